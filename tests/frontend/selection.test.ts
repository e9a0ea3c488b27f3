import assert from "node:assert/strict";
import { test } from "node:test";
import { Selection } from "../../static/src/core/selection.js";
import { chanceFrom } from "./chance.js";

const WIDTH = 60;

function same(selection: Selection, oracle: Set<number>): void {
  assert.equal(selection.count, oracle.size);
  for (let position = -1; position <= WIDTH; position++) assert.equal(selection.has(position), oracle.has(position));
  selection.ranges.forEach((range, at) => {
    assert.ok(range.from < range.to, "no empty range");
    const next = selection.ranges[at + 1];
    if (next) assert.ok(range.to < next.from, "sorted, disjoint, not touching");
  });
}

test("any sequence of changes agrees with a set of positions", () => {
  const chance = chanceFrom(3);
  for (let round = 0; round < 200; round++) {
    let selection = Selection.none;
    const oracle = new Set<number>();
    for (let change = 0; change < 30; change++) {
      const from = chance(WIDTH);
      const to = from + chance(WIDTH - from + 1);
      const kind = chance(3);
      if (kind === 0) {
        selection = selection.add(from, to);
        for (let position = from; position < to; position++) oracle.add(position);
      } else if (kind === 1) {
        selection = selection.remove(from, to);
        for (let position = from; position < to; position++) oracle.delete(position);
      } else {
        selection = selection.toggle(from);
        if (!oracle.delete(from)) oracle.add(from);
      }
      same(selection, oracle);
    }
  }
});

test("a selection is a value", () => {
  const before = Selection.of(0, 10);
  before.toggle(5);
  before.remove(0, 10);
  assert.equal(before.count, 10);
});

test("all of a million is one range", () => {
  const all = Selection.of(0, 1_000_000);
  assert.equal(all.count, 1_000_000);
  assert.equal(all.toggle(500_000).ranges.length, 2);
  assert.equal(Selection.of(3, 3), Selection.none);
});
