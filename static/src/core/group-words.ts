/** What the headings of groups say: a value as its field's type and the step of its grouping make it. */

import type { Texts } from "./i18n.js";

export type GroupValue = string | number | null;
export type GroupLabel = (depth: number, value: GroupValue) => string;

/** Characters of the query's grammar are written ~XX in names. */
function plain(text: string): string {
  return text.replace(/~([0-9A-F]{2})/g, (_, byte: string) => String.fromCharCode(Number.parseInt(byte, 16)));
}

/** Return the words for the groups of a query, given its keys and the types of all fields. */
export function groupLabel(texts: Texts, keys: Iterable<readonly [string, string]>, types: Readonly<Record<string, string>>): GroupLabel {
  const byName = new Map(Object.entries(types).map(([name, type]) => [name.toLowerCase(), type]));
  const levels = [...keys].filter(([key]) => key === "_group").map(([, value]) => {
    const [field = "", step = ""] = value.split(":").map(plain);
    return { type: byName.get(field.toLowerCase()) ?? "text", step };
  });
  return (depth, value) => {
    const { type = "text", step = "" } = levels[depth] ?? {};
    if (value === null) return texts.t("group.none");
    if (value === "") return texts.t("group.empty");
    if (type === "checkbox") return texts.t(value ? "value.yes" : "value.no");
    if (type === "number" && step) return bin(texts, Number(value), Number(step));
    if (step === "monthofyear") return month(texts.language, Number(value));
    return typeof value === "number" ? number(texts, value) : value;
  };
}

function number(texts: Texts, value: number): string {
  return Number.isInteger(value) ? texts.number(value) : value.toLocaleString(texts.language, { maximumFractionDigits: 10 });
}

/** A bin is named by its lower edge. */
function bin(texts: Texts, low: number, width: number): string {
  const whole = Number.isInteger(low) && Number.isInteger(width);
  if (whole && width === 1) return number(texts, low);
  const high = number(texts, whole ? low + width - 1 : low + width);
  return texts.t(whole ? "group.range" : "group.below", { low: number(texts, low), high });
}

function month(language: string, n: number): string {
  return new Intl.DateTimeFormat(language, { month: "long", timeZone: "UTC" }).format(Date.UTC(2000, n - 1, 15));
}
