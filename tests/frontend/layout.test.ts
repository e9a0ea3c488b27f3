import assert from "node:assert/strict";
import { test } from "node:test";
import { type Frame, Layout, type Step } from "../../static/src/core/layout.js";
import { chanceFrom } from "./chance.js";

const FRAME: Frame = { width: 1100, thumb: 160, gap: 20, margin: 32 };

function* layouts(seed: number, rounds: number): Generator<Layout> {
  const chance = chanceFrom(seed);
  for (let round = 0; round < rounds; round++) {
    const frame = { width: 200 + chance(2000), thumb: 60 + chance(340), gap: chance(30), margin: chance(40) };
    yield new Layout(1 + chance(round % 2 ? 50 : 1_000_000), frame);
  }
}

test("rows fill the width and keep the margins", () => {
  for (const layout of layouts(1, 500)) {
    const { width, margin, thumb, gap } = layout.frame;
    const right = layout.x(layout.columns - 1) + layout.cell;
    assert.ok(right <= width - margin, "nothing beyond the margin");
    assert.ok(width - margin - right < layout.columns, "less than a pixel a column is left over");
    if (layout.columns > 1) assert.ok(layout.cell >= thumb);
    assert.ok(layout.columns * layout.cell + (layout.columns - 1) * gap + 2 * margin <= width);
  }
});

test("the content ends one margin below the last row", () => {
  for (const layout of layouts(2, 300)) {
    assert.equal(layout.height, layout.y(layout.count - 1) + layout.cell + layout.frame.margin);
  }
});

test("a band holds exactly the positions that touch it", () => {
  for (const layout of layouts(3, 300)) {
    const chance = chanceFrom(layout.count);
    const height = 1 + chance(1200);
    const top = chance(Math.max(1, layout.height));
    const [{ from, to } = { from: layout.count, to: layout.count }] = layout.bands(top, height);
    const touches = (position: number): boolean =>
      layout.y(position) < top + height && layout.y(position) + layout.cell > top;
    for (let position = from; position < to; position++) assert.ok(touches(position) || position >= to - layout.columns);
    if (from > 0) assert.ok(!touches(from - 1), "the one before");
    if (to < layout.count) assert.ok(!touches(to), "the one after");
  }
});

test("an address written for an offset leads back to that row", () => {
  for (const layout of layouts(4, 300)) {
    for (const viewport of [600, 900]) {
      const maximum = Math.max(0, layout.height - viewport);
      const chance = chanceFrom(layout.count + viewport);
      for (const top of [0, maximum, chance(maximum + 1)]) {
        const at = layout.positionAt(top, viewport);
        assert.ok(at >= 0 && at < layout.count);
        const restored = Math.min(maximum, layout.topOf(at));
        assert.ok(Math.abs(restored - top) <= layout.pitch / 2 + 1 || top === maximum);
        if (top === maximum && layout.rows > 1) assert.ok(restored >= top - layout.pitch);
        assert.equal(layout.positionAt(layout.topOf(at), viewport), at, "again and again");
      }
    }
  }
});

test("steps stay inside and mean what they say", () => {
  const layout = new Layout(100, FRAME);
  assert.equal(layout.columns, 5);
  const cases: [number, Step, number][] = [
    [0, "left", 0],
    [7, "left", 6],
    [99, "right", 99],
    [4, "right", 5],
    [3, "up", 3],
    [8, "up", 3],
    [92, "down", 97],
    [97, "down", 97],
    [50, "home", 0],
    [50, "end", 99],
    [2, "pageup", 2],
    [97, "pagedown", 99],
    [7, "pagedown", 17],
    [17, "pageup", 7],
  ];
  for (const [from, step, to] of cases) assert.equal(layout.step(from, step, 700), to, `${step} from ${from}`);
});

test("from the row above a short last row, down leads to its end", () => {
  const layout = new Layout(7, FRAME);
  assert.equal(layout.step(4, "down", 700), 6);
  assert.equal(layout.step(1, "down", 700), 6);
  assert.equal(layout.step(6, "down", 700), 6);
});

test("revealing moves as little as possible", () => {
  for (const layout of layouts(5, 200)) {
    const chance = chanceFrom(layout.count);
    const viewport = layout.cell + 2 * layout.frame.margin + chance(900);
    const position = chance(layout.count);
    const top = chance(Math.max(1, layout.height));
    const moved = layout.reveal(position, top, viewport);
    assert.ok(layout.y(position) >= moved && layout.y(position) + layout.cell <= moved + viewport, "whole");
    assert.equal(layout.reveal(position, moved, viewport), moved, "once is enough");
  }
});

test("an empty view has no height", () => {
  const layout = new Layout(0, FRAME);
  assert.equal(layout.height, 0);
  assert.deepEqual(layout.bands(0, 800), []);
});
