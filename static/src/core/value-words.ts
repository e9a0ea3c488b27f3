/** Values as people read them, in the language of the page. */

import { dateWords } from "./date-words.js";
import type { Texts } from "./i18n.js";
import { colorWords } from "./palette.js";
import type { FieldType, Said } from "./project.js";

/** The words of a value that is no list of tags. */
export function words(texts: Texts, type: FieldType, said: string | number | boolean): string {
  if (type === "checkbox") return texts.t(said === true || said === 1 ? "value.yes" : "value.no");
  if (type === "number") return number(texts, said as string | number);
  if (type === "date") return dateWords(texts, String(said));
  if (type === "color") return colorWords(texts, String(said));
  if (type === "url") return host(String(said));
  return String(said);
}

/** Digits of 64 bits come as a text, and stay what they are. */
export function number(texts: Texts, said: string | number): string {
  const text = String(said);
  if (/^-?\d+$/.test(text)) {
    return text.replace("-", "").length < 5 ? text : grouped(texts, text); // most four-digit numbers are years
  }
  const value = Number(text);
  return Number.isFinite(value) ? value.toLocaleString(texts.language, { maximumFractionDigits: 10 }) : text;
}

function grouped(texts: Texts, digits: string): string {
  const separator = texts.number(1000).replaceAll(/\d/g, "");
  return digits.replace(/\B(?=(\d{3})+$)/g, separator);
}

/** The site that an address is on; what is no address is itself. */
export function host(url: string): string {
  try {
    return new URL(url).hostname.replace(/^www\./, "") || url;
  } catch {
    return url;
  }
}

/** An address that a link may lead to: nothing but the web. */
export function webAddress(url: string): string | null {
  return /^https?:\/\//i.test(url) && URL.canParse(url) ? url : null;
}

/** A value as a person would type it, to be edited; tags have no such text. */
export function typed(type: FieldType, said: Said | undefined): string {
  if (said === undefined || Array.isArray(said)) return "";
  return type === "checkbox" ? String(said === true || said === 1) : String(said);
}
