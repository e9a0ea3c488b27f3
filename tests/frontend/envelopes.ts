/** Build what the server sends. */

import type { Cell, ViewHeader } from "../../static/src/core/codec.js";

export function envelope(magic: string, header: unknown, body: Uint8Array): ArrayBuffer {
  let json = new TextEncoder().encode(JSON.stringify(header));
  const padded = new Uint8Array(Math.ceil((8 + json.length) / 8) * 8 - 8).fill(0x20);
  padded.set(json);
  json = padded;
  const out = new Uint8Array(8 + json.length + body.length);
  out.set(new TextEncoder().encode(magic));
  new DataView(out.buffer).setUint32(4, json.length, true);
  out.set(json, 8);
  out.set(body, 8 + json.length);
  return out.buffer;
}

export function records(ids: readonly number[], look = (id: number): number => id): ArrayBuffer {
  const words = new Uint32Array(ids.length * 2);
  ids.forEach((id, at) => words.set([id, look(id)], at * 2));
  return words.buffer;
}

export function viewAnswer(ids: readonly number[], header: Partial<ViewHeader>): ArrayBuffer {
  const whole = { version: "1", mode: "instances", count: ids.length, images: 0, instances: 0, first: ids.length, chunk: 4, order: 0 };
  return envelope("PNV1", { ...whole, ...header }, new Uint8Array(records(ids)));
}

/** A pack with one byte per thumbnail: its id. */
export function packAnswer(ids: readonly number[]): ArrayBuffer {
  const cells = ids.map((id, offset): Cell => {
    const cell = { id, image_id: id + 1000, sha1: "0", name: `n${id}`, width: 4, height: 3, copies: 1, mime: "image/jpeg" };
    return { ...cell, offset, bytes: 1 };
  });
  return envelope("PNT1", { cells }, Uint8Array.from(ids, (id) => id & 0xff));
}
