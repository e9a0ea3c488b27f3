import assert from "node:assert/strict";
import { test } from "node:test";
import { aspectOf, CodecError, colorOf, decodePack, decodeRecords, decodeView } from "../../static/src/core/codec.js";
import { envelope, packAnswer, records, viewAnswer } from "./envelopes.js";

test("a view's header and first records", () => {
  const { header, records: words } = decodeView(viewAnswer([7, 4_294_967_295], { count: 9 }));
  assert.equal(header.count, 9);
  assert.deepEqual([...words], [7, 7, 4_294_967_295, 4_294_967_295]);
});

test("a header of any length, in any language", () => {
  for (let length = 0; length < 20; length++) {
    const { header } = decodeView(viewAnswer([1], { version: "é".repeat(length) }));
    assert.equal(header.version, "é".repeat(length));
  }
});

test("a pack's thumbnails are cut where the header says", () => {
  const pack = decodePack(packAnswer([3, 1, 2]));
  assert.deepEqual(pack.map(({ cell, data }) => [cell.id, cell.name, [...data]]), [
    [3, "n3", [3]],
    [1, "n1", [1]],
    [2, "n2", [2]],
  ]);
});

test("what is no answer of ours is refused", () => {
  const bad = {
    "an error page": new TextEncoder().encode("<html>nothing here").buffer,
    empty: new ArrayBuffer(0),
    "the other magic": packAnswer([1]),
    "a header cut short": viewAnswer([1], {}).slice(0, 30),
    "records cut short": viewAnswer([1, 2], {}).slice(0, -4),
  };
  for (const [name, buffer] of Object.entries(bad)) assert.throws(() => decodeView(buffer), CodecError, name);
  assert.throws(() => decodePack(packAnswer([1, 2]).slice(0, -1)), CodecError);
  assert.throws(() => decodePack(envelope("PNV1", { cells: [] }, new Uint8Array())), CodecError);
  assert.throws(() => decodeRecords(new ArrayBuffer(12)), CodecError);
  assert.deepEqual([...decodeRecords(records([5]))], [5, 5]);
});

test("looks", () => {
  assert.equal(colorOf(0xff0a0080), "#ff0a00");
  assert.equal(colorOf(0x00000180), "#000001");
  assert.equal(aspectOf(128), 1);
  for (const ratio of [0.1, 0.5, 2 / 3, 1, 1.5, 1.78, 8]) {
    const byte = Math.round(128 + 32 * Math.log2(ratio));
    assert.ok(Math.abs(aspectOf(0xffffff00 | byte) / ratio - 1) < 0.012, `${ratio}`);
  }
});
