/** Read the binary answers of the server: `view` (PNV1), record ranges, and `thumbs` packs (PNT1). Little-endian. */

import type { Clusters } from "./clusters.js";
import type { GroupRow } from "./outline.js";

export type Mode = "instances" | "images";

export interface ViewHeader {
  version: string;
  mode: Mode;
  count: number;
  images: number;
  instances: number;
  /** Records that follow the header. */
  first: number;
  /** Records per chunk when the rest is fetched. */
  chunk: number;
  /** The same for views with the same cells in the same order. */
  order: number;
  /** Each group before those in it; none: the view has no groups. */
  groups?: readonly GroupRow[];
  /** Of levels whose groups are clusters. */
  clusters?: Clusters;
}

/** One thumbnail of a pack, as the server describes it. `copies` counts the instances of its image. */
export interface Cell {
  id: number;
  image_id: number;
  sha1: string;
  name: string;
  width: number;
  height: number;
  copies: number;
  mime: string;
  offset: number;
  bytes: number;
}

/** u32 id, u32 look. */
export const WORDS_PER_RECORD = 2;

const HEAD = 8; // magic, then the length of the JSON header

export class CodecError extends Error {}

function openEnvelope<T>(buffer: ArrayBuffer, magic: string): { header: T; body: number } {
  const found = buffer.byteLength < HEAD ? "" : String.fromCharCode(...new Uint8Array(buffer, 0, 4));
  if (found !== magic) throw new CodecError(`expected ${magic}, the server sent something else`);
  const length = new DataView(buffer).getUint32(4, true);
  if (HEAD + length > buffer.byteLength) throw new CodecError(`${magic}: the header is cut short`);
  const text = new TextDecoder().decode(new Uint8Array(buffer, HEAD, length));
  return { header: JSON.parse(text) as T, body: HEAD + length };
}

/** Return the header and the first records; the records are a view onto the buffer, not a copy. */
export function decodeView(buffer: ArrayBuffer): { header: ViewHeader; records: Uint32Array } {
  const { header, body } = openEnvelope<ViewHeader>(buffer, "PNV1");
  const words = header.first * WORDS_PER_RECORD;
  if (body + words * 4 > buffer.byteLength) throw new CodecError("PNV1: the records are cut short");
  return { header, records: new Uint32Array(buffer, body, words) };
}

export function decodeRecords(buffer: ArrayBuffer): Uint32Array {
  if (buffer.byteLength % (4 * WORDS_PER_RECORD)) throw new CodecError("a record is cut short");
  return new Uint32Array(buffer);
}

export function decodePack(buffer: ArrayBuffer): { cell: Cell; data: Uint8Array<ArrayBuffer> }[] {
  const { header, body } = openEnvelope<{ cells: Cell[] }>(buffer, "PNT1");
  return header.cells.map((cell) => {
    if (body + cell.offset + cell.bytes > buffer.byteLength) throw new CodecError("PNT1: a thumbnail is cut short");
    return { cell, data: new Uint8Array(buffer, body + cell.offset, cell.bytes) };
  });
}

/** Pack a colour and a size as the server does. */
export function lookOf(rgb: number, width: number, height: number): number {
  const aspect = Math.min(255, Math.max(0, Math.round(128 + 32 * Math.log2(width / height))));
  return ((rgb << 8) | aspect) >>> 0;
}

/** Width divided by height, to about 2 %; exact enough for a placeholder. */
export function aspectOf(look: number): number {
  return 2 ** (((look & 0xff) - 128) / 32);
}

/** What transparent pictures lie on, in CSS. */
export const MAT = "var(--pan-mat)";

/** Whether a thumbnail may be transparent: an import writes no others in this format. */
export function isTransparent(cell: Pick<Cell, "mime">): boolean {
  return cell.mime === "image/webp";
}

/** The image's mean colour in CSS. */
export function colorOf(look: number): string {
  return `#${(look >>> 8).toString(16).padStart(6, "0")}`;
}
