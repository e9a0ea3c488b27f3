/** Cells of a spreadsheet as text: what is copied out of a table and pasted into it. */

import type { FieldType, Said, Tag } from "./project.js";
import { joinTags } from "./tag-match.js";
import { typed } from "./value-words.js";

/** Rows of cells; one that holds a tab, a line's end or a quote at its start stands in quotes. */
export function writeSheet(rows: readonly (readonly string[])[]): string {
  const cell = (text: string): string => (/[\t\r\n]|^"/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return rows.map((row) => row.map(cell).join("\t")).join("\n");
}

/** Read what a spreadsheet copies; without any tab, lines that all have the same number of commas are read as CSV. */
export function readSheet(text: string): string[][] {
  if (text.includes("\t")) return split(text, "\t");
  const rows = split(text, ",");
  const [columns = 1] = rows.map((row) => row.length);
  const isCsv = rows.length > 1 && columns > 1 && rows.every((row) => row.length === columns);
  return isCsv ? rows : split(text, "\t");
}

function split(text: string, separator: string): string[][] {
  const rows: string[][] = [[]];
  let at = 0;
  const end = text.replace(/\r?\n$/, "").length; // the last line ends without being followed by one
  while (at <= end) {
    let cell = "";
    if (text[at] === '"') {
      const close = closing(text, at + 1);
      cell = text.slice(at + 1, close).replaceAll('""', '"');
      at = close + 1;
    }
    const stop = next(text, at, separator, end);
    cell += text.slice(at, stop);
    rows[rows.length - 1]!.push(cell);
    if (stop >= end) return rows;
    at = stop + (text.startsWith("\r\n", stop) ? 2 : 1);
    if (text[stop] !== separator) rows.push([]);
  }
  return rows;
}

/** Where a quoted cell ends; an open one ends with the text. */
function closing(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] !== '"') continue;
    if (text[at + 1] !== '"') return at;
    at++;
  }
  return text.length;
}

function next(text: string, from: number, separator: string, end: number): number {
  for (let at = from; at < end; at++) {
    if (text[at] === separator || text[at] === "\n" || text.startsWith("\r\n", at)) return at;
  }
  return end;
}

/** A value as the text of a cell, which reads back as the same value. */
export function cellText(type: FieldType, said: Said | undefined): string {
  return Array.isArray(said) ? joinTags(said.map(({ name }: Pick<Tag, "name">) => name)) : typed(type, said);
}
