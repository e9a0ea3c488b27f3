import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { COLOR_NAMES, colorNamed, nextColor, PALETTE, stepColor } from "../../static/src/core/palette.js";

test("the palette is the one that the server reads numbers of colours by", () => {
  const python = readFileSync("datasette_panoptic/domain/palette.py", "utf8");
  assert.deepEqual([...PALETTE], python.match(/#[0-9a-f]{6}/g));
  assert.deepEqual([...COLOR_NAMES], [...python.matchAll(/"([a-z]+)": "#/g)].map(([, name]) => name));
  assert.equal(COLOR_NAMES.length, PALETTE.length);
});

test("new tags take the colours in turn, then those that are used least", () => {
  assert.equal(nextColor([]), PALETTE[0]);
  assert.equal(nextColor([PALETTE[0], PALETTE[1].toUpperCase(), null, "#123456"]), PALETTE[2]);
  assert.equal(nextColor([...PALETTE, PALETTE[0]]), PALETTE[1]);
});

test("steps go around", () => {
  assert.equal(stepColor(PALETTE[0], -1), PALETTE[11]);
  assert.equal(stepColor(PALETTE[11], 1), PALETTE[0]);
});

test("a colour may be written by its name", () => {
  assert.deepEqual(["Red", "#E03131", "#102030", ""].map(colorNamed), ["#e03131", "#e03131", "#102030", ""]);
});
