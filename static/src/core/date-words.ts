/** Stored dates in words: as precise and as certain as they are written, and with the zone that they were written with. */

import type { Texts } from "./i18n.js";

/** Steps that dates are grouped by, as `domain/dates/steps.py` has them. */
export const DATE_STEPS = [
  "century", "decade", "year", "month", "week", "day", "hour", "minute", "second", "monthofyear", "weekday",
] as const;

const PLAIN = /^(-?\d{4})(?:-(\d\d|XX)(?:-(\d\d|XX)(?:T(\d\d(?::\d\d){0,2}(?:\.\d+)?)(Z|[+-]\d\d:\d\d)?)?)?)?$/;
const MARKS: Readonly<Record<string, string>> = { "?": "uncertain", "~": "approximate", "%": "uncertain_approximate" };

/** What a group is called where all of it lies in one unit of its step. */
const IN_UNIT: Readonly<Record<string, RegExp>> = {
  century: /^-?\d\dXX$|^Y-?\d+\/Y/,
  decade: /^-?\d{3}0s$|^Y-?\d+\/Y/,
  year: /^-?\d{4}$|^Y-?\d+$/,
  month: /^-?\d{4}-(?:0\d|1[0-2])$/,
  week: /-W\d\d$/,
  day: /^.*-\d\d-\d\d$/,
  hour: /T\d\d$/,
  minute: /T\d\d:\d\d$/,
  second: /T\d\d:\d\d:\d\d$/,
};

/** 1890-05-03 → 3 May 1890, 1890~ → about 1890, 189X → 1890s, 1890/.. → from 1890 on; what is no date is itself. */
export function dateWords(texts: Texts, stored: string): string {
  const [first = "", last, ...more] = stored.split("/");
  if (last === undefined) return single(texts, stored);
  if (more.length) return stored;
  if (first === "..") return texts.t("date.until", { date: single(texts, last) });
  if (first === "") return texts.t("date.from_unknown", { date: single(texts, last) });
  if (last === "..") return texts.t("date.from", { date: single(texts, first) });
  if (last === "") return texts.t("date.to_unknown", { date: single(texts, first) });
  return texts.t("group.range", { low: single(texts, first), high: single(texts, last) });
}

/** A group of dates; one that is less exact than its step says so: 1890, month not known. */
export function dateGroup(texts: Texts, step: string, value: string): string {
  if (step === "monthofyear" || step === "weekday") {
    if (/^X+$/.test(value)) return texts.t(step === "weekday" ? "group.no_weekday" : "group.no_month");
    const n = /^\d\d?$/.test(value) ? Number(value) : 0;
    if (!n) return value;
    const options = step === "weekday" ? ({ weekday: "long" } as const) : ({ month: "long" } as const);
    const moment = step === "weekday" ? Date.UTC(2024, 0, n) : Date.UTC(2000, n - 1, 15); // 2024 began on a Monday
    return new Intl.DateTimeFormat(texts.language, { ...options, timeZone: "UTC" }).format(moment);
  }
  const label = /XX$|0s$/.test(value) ? single(texts, value.replace(/0s$/, "X")) : value;
  const isUnit = !step || IN_UNIT[step]?.test(value);
  return isUnit ? label : texts.t(`group.unknown_${step}`, { value: label });
}

function single(texts: Texts, stored: string): string {
  const mark = MARKS[stored.at(-1) ?? ""];
  if (mark) return texts.t(`date.${mark}`, { date: single(texts, stored.slice(0, -1)) });
  const years = /^(-?)(\d+)(X+)$/.exec(stored);
  if (years) return decades(texts, years[1]!, years[2]!, years[3]!.length);
  if (/^Y-?\d+$/.test(stored)) return texts.number(Number(stored.slice(1)));
  const [, year, month, day, time, zone] = PLAIN.exec(stored) ?? [];
  if (!year) return stored;
  if (month === undefined) return Number(year) > 0 ? year : formatted(texts, year);
  if (month === "XX") return texts.t("group.unknown_month", { value: single(texts, year) });
  if (Number(month) > 20 && day === undefined) return texts.t(`date.season_${month}`, { year: single(texts, year) });
  if (day === "XX") return texts.t("group.unknown_day", { value: formatted(texts, year, month) });
  const written = formatted(texts, year, month, day);
  if (time === undefined) return written;
  return `${written} ${time.length === 2 ? `${time} h` : time}${zone ? ` ${zone === "Z" ? "UTC" : zone}` : ""}`;
}

/** 189X is a decade; 18XX and 1XXX are ranges of years. */
function decades(texts: Texts, sign: string, digits: string, missing: number): string {
  if (missing === 1) return texts.t("group.decade", { year: `${sign}${digits}0` });
  const [low, high] = [`${digits}${"0".repeat(missing)}`, `${digits}${"9".repeat(missing)}`];
  if (!sign) return texts.t("group.range", { low, high });
  return texts.t("group.range", { low: `-${high}`, high: `-${Number(low) ? low : low.replace(/0$/, "1")}` });
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatted({ language }: Texts, year: string, month?: string, day?: string): string {
  const options: Intl.DateTimeFormatOptions = { year: "numeric", timeZone: "UTC" };
  if (month) options.month = day ? "short" : "long";
  if (day) options.day = "numeric";
  if (Number(year) < 1) options.era = "short";
  const key = [language, month && "month", day && "day", options.era].join();
  const format = formats.get(key) ?? new Intl.DateTimeFormat(language === "en" ? "en-GB" : language, options);
  formats.set(key, format);
  const moment = new Date(0);
  moment.setUTCFullYear(Number(year), Number(month ?? 1) - 1, Number(day ?? 1)); // years below 100 are no 1900s
  return format.format(moment);
}
