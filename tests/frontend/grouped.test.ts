import assert from "node:assert/strict";
import { test } from "node:test";
import { groupLabel } from "../../static/src/core/group-words.js";
import { GroupedLayout, groupOfCursor, HEADING, headingCursor } from "../../static/src/core/grouped.js";
import { Texts } from "../../static/src/core/i18n.js";
import type { Frame, Step } from "../../static/src/core/layout.js";
import { type GroupRow, Outline } from "../../static/src/core/outline.js";
import { chanceFrom } from "./chance.js";

/** Groups of random sizes and depth over consecutive positions, some of them folded. */
function chanceOutline(seed: number, groups: number, depth: number, folds: number): { outline: Outline; count: number } {
  const chance = chanceFrom(seed);
  const rows: GroupRow[] = [];
  const fill = (level: number, start: number): number => {
    let at = start;
    for (let n = 1 + chance(level ? 4 : groups); n > 0; n--) {
      const index = rows.push([level, n, at, 0, level]) - 1;
      const own = chance(4) ? 0 : chance(30); // in a tree, cells that stand before the first group within
      const end = level + 1 < depth ? fill(level + 1, at + own) : at + 1 + chance(40);
      rows[index] = [level, n, at, end - at, level];
      at = end;
    }
    return at;
  };
  const count = fill(0, 0);
  const outline = new Outline(rows);
  for (let group = 0; group < rows.length; group++) outline.folded[group] = chance(10) < folds ? 1 : 0;
  return { outline, count };
}

/** What stands where, found line by line. */
function naive(outline: Outline, layout: GroupedLayout): { headings: Map<number, number>; cells: Map<number, [number, number]>; end: number } {
  const headings = new Map<number, number>();
  const cells = new Map<number, [number, number]>();
  let y = 0;
  const visit = (from: number, to: number): void => {
    for (let group = from; group < to; group = outline.ends[group]!) {
      headings.set(group, y);
      y += HEADING;
      if (outline.folded[group]) continue;
      const isLeaf = outline.ends[group] === group + 1;
      const own = isLeaf ? outline.counts[group]! : outline.starts[group + 1]! - outline.starts[group]!;
      for (let n = 0; n < own; n++) {
        if (n && n % layout.columns === 0) y += layout.pitch;
        cells.set(outline.starts[group]! + n, [layout.frame.margin + (n % layout.columns) * layout.pitch, y]);
      }
      if (own) y += layout.cell + 16;
      if (!isLeaf) visit(group + 1, outline.ends[group]!);
    }
  };
  visit(0, outline.length);
  return { headings, cells, end: y };
}

function* layouts(rounds: number): Generator<{ outline: Outline; layout: GroupedLayout; chance: (n: number) => number }> {
  for (let round = 0; round < rounds; round++) {
    const chance = chanceFrom(round + 1000);
    const { outline, count } = chanceOutline(round, 30, 1 + (round % 3), round % 4 ? chance(11) : 0);
    const frame: Frame = { width: 250 + chance(1500), thumb: 60 + chance(300), gap: chance(30), margin: chance(40) };
    yield { outline, layout: new GroupedLayout(count, frame, outline), chance };
  }
}

test("cells and headings stand where a walk through the tree puts them", () => {
  for (const { outline, layout } of layouts(120)) {
    const { headings, cells, end } = naive(outline, layout);
    assert.deepEqual([...layout.groups.subarray(0, layout.headings)], [...headings.keys()]);
    for (const [group, y] of headings) assert.equal(layout.headingTop(group), y);
    for (const [position, [x, y]] of cells) assert.deepEqual([layout.x(position), layout.y(position)], [x, y]);
    assert.equal(layout.height, end + layout.frame.margin);
  }
});

test("a band holds exactly the cells and headings that touch it", () => {
  for (const { outline, layout, chance } of layouts(120)) {
    const { headings, cells } = naive(outline, layout);
    for (let n = 0; n < 10; n++) {
      const [top, height] = [chance(Math.ceil(layout.height)), 1 + chance(1500)];
      const found = layout.bands(top, height).flatMap(({ from, to }) => Array.from({ length: to - from }, (_, at) => from + at));
      const touching = [...cells].filter(([, [, y]]) => y < top + height && y + layout.cell > top).map(([position]) => position);
      assert.deepEqual(found, touching);
      const { from, to } = layout.headingBand(top, height);
      const seen = [...headings].filter(([, y]) => y < top + height && y + HEADING > top).map(([group]) => group);
      assert.deepEqual([...layout.groups.subarray(from, to)], seen);
      const left = [...headings].filter(([, y]) => y < top).map(([group]) => group);
      assert.equal(layout.groupAt(top), left[left.length - 1] ?? -1);
    }
  }
});

test("an address written for an offset leads back there", () => {
  for (const { layout, chance } of layouts(120)) {
    const viewport = 700;
    const maximum = Math.max(0, layout.height - viewport);
    for (const top of [0, maximum, chance(maximum + 1), chance(maximum + 1)]) {
      const at = layout.positionAt(top, viewport);
      assert.ok(at >= 0 && at < layout.count);
      if (layout.topOf(at) < maximum - 2) assert.equal(layout.positionAt(layout.topOf(at), viewport), at, "again and again");
      if (top < maximum) assert.ok(Math.abs(layout.topOf(at) - top) <= layout.pitch + 4 * HEADING + 16);
    }
  }
});

test("every line is reached by stepping down, and again by stepping up", () => {
  for (const { outline, layout } of layouts(60)) {
    const { headings, cells } = naive(outline, layout);
    const y = (cursor: number): number => (cursor < 0 ? headings.get(groupOfCursor(cursor))! : cells.get(cursor)![1]);
    const lines = new Set([...headings.values(), ...[...cells.values()].map(([, top]) => top)]);
    const walk = (start: number, step: Step): Set<number> => {
      const seen = new Set([y(start)]);
      for (let before = start, at = layout.step(start, step, 700); at !== before; ) {
        assert.ok(step === "down" ? y(at) > y(before) : y(at) < y(before));
        seen.add(y(at));
        [before, at] = [at, layout.step(at, step, 700)];
      }
      return seen;
    };
    assert.equal(walk(headingCursor(0), "down").size, lines.size);
    const bottom = Math.max(...lines);
    const last = [...headings].find(([, top]) => top === bottom);
    if (last) assert.equal(walk(headingCursor(last[0]), "up").size, lines.size);
    else assert.equal(walk(layout.step(headingCursor(0), "end", 700), "up").size, lines.size);
    const order = [...cells.keys()];
    if (order.length) {
      assert.equal(layout.step(order[0]!, "end", 700), order[order.length - 1]);
      assert.equal(layout.step(order[order.length - 1]!, "home", 700), order[0]);
      for (let n = 1; n < order.length; n++) {
        assert.equal(layout.step(order[n - 1]!, "right", 700), order[n]);
        assert.equal(layout.step(order[n]!, "left", 700), order[n - 1]);
      }
    }
  }
});

test("pages move on until the ends, and what is revealed is in sight", () => {
  for (const { layout } of layouts(60)) {
    const viewport = layout.cell + 2 * layout.frame.margin + 3 * HEADING + 200;
    for (const step of ["pagedown", "pageup"] as const) {
      let cursor = layout.step(headingCursor(0), step === "pagedown" ? "home" : "end", viewport);
      let top = 0;
      for (let n = 0; n < 5000; n++) {
        top = layout.reveal(cursor, top, viewport);
        const y = cursor < 0 ? layout.headingTop(groupOfCursor(cursor)) : layout.y(cursor);
        assert.ok(y >= top && y + (cursor < 0 ? HEADING : layout.cell) <= top + viewport, "whole");
        assert.equal(layout.reveal(cursor, top, viewport), top, "once is enough");
        const next = layout.step(cursor, step, viewport);
        if (next === cursor) break;
        cursor = next;
        assert.ok(n < 4999, "it ends");
      }
    }
  }
});

test("a hidden cursor stands on the heading that hides it, until its groups are opened", () => {
  const outline = new Outline([[0, "a", 0, 5, 0], [1, "x", 0, 2, 1], [1, "y", 2, 3, 1], [0, "b", 5, 4, 0], [1, "x", 5, 4, 1]]);
  const layout = (): GroupedLayout => new GroupedLayout(9, { width: 500, thumb: 100, gap: 10, margin: 10 }, outline);
  outline.toggle(0);
  assert.equal(layout().shown(3), headingCursor(0));
  assert.equal(layout().shown(headingCursor(2)), headingCursor(0));
  assert.equal(layout().shown(6), 6);
  assert.ok(outline.uncover(3));
  assert.ok(!outline.uncover(3));
  assert.equal(layout().shown(3), 3);
  assert.deepEqual(outline.path(2), [0, 2]);
  outline.foldAll(true);
  assert.equal(layout().height, 2 * HEADING + 10);
  assert.equal(outline.roots, 2);
});

test("20,000 groups of a million cells are laid out within a frame or two", () => {
  const rows = Array.from({ length: 20_000 }, (_, n): GroupRow => [0, n, n * 50, 50, 0]);
  const outline = new Outline(rows);
  const frame = { width: 1100, thumb: 160, gap: 20, margin: 32 };
  const begun = performance.now();
  const layout = new GroupedLayout(1_000_000, frame, outline);
  for (let n = 0; n < 1000; n++) layout.bands((layout.height * n) / 1000, 900);
  assert.ok(performance.now() - begun < 500);
  assert.equal(layout.y(999_999) + layout.cell + 16 + 32, layout.height);
});

test("headings speak the language of their field and step", () => {
  const texts = new Texts({ "group.none": "none", "group.range": "{low}–{high}", "group.below": "{low}<{high}", "value.yes": "yes" }, "en");
  const types = { Likes: "number", Seen: "checkbox", taken_at: "date", Topic: "tag" };
  const said = (group: string, value: string | number | null): string => groupLabel(texts, [["_group", group]], types)(0, value);
  assert.equal(said("likes:1000", 2000), "2,000–2,999");
  assert.equal(said("Likes:0.5", 1), "1<1.5");
  assert.equal(said("Seen", 1), "yes");
  assert.equal(said("taken_at:monthofyear", "03"), "March");
  assert.equal(said("taken_at:year", "2021"), "2021");
  assert.equal(said("taken_at", "1890?"), "1890?");
  assert.equal(said("Topic::!size", null), "none");
});

test("an outline read anew folds what was folded, and nothing else", () => {
  const rows: GroupRow[] = [[0, "a", 0, 4, 0], [1, "x", 0, 2, 1], [1, "y", 2, 2, 1], [0, "b", 4, 2, 0], [1, "x", 4, 2, 1]];
  const before = new Outline(rows);
  before.toggle(1);
  before.toggle(3);
  const after = new Outline([[0, "0", 0, 1, 0], [1, "x", 0, 1, 1], ...rows.map(([depth, value, start, ...more]): GroupRow => [depth, value, start + 1, ...more])]);
  after.foldLike(before);
  assert.deepEqual([...after.folded], [0, 0, 0, 1, 0, 1, 0]);
});
