import assert from "node:assert/strict";
import { test } from "node:test";
import { Layout } from "../../static/src/core/layout.js";
import { GroupedLayout, HEADING } from "../../static/src/core/grouped.js";
import { Outline } from "../../static/src/core/outline.js";
import type { Property } from "../../static/src/core/project.js";
import { allColumns, fieldsOf, readShown, writeShown } from "../../static/src/core/shown.js";
import { areaOf, cellsOf, columnsOf, dropAt, moved, NARROWEST, neighbour, spread } from "../../static/src/core/table.js";
import { chanceFrom } from "./chance.js";

const ROW = { width: 48, thumb: 48, gap: 0, margin: 0 };

function property(name: string, id: number | null = 1): Property {
  return { id, name, type: "text", scope: "image", group: null, position: null, description: null };
}

test("the rows of a table are a layout of one column without gaps", () => {
  const layout = new Layout(1_000_000, ROW);
  assert.deepEqual([layout.columns, layout.cell, layout.pitch, layout.height], [1, 48, 48, 48_000_000]);
  assert.deepEqual(layout.bands(96, 100), [{ from: 2, to: 5 }]);
  assert.equal(layout.step(7, "down", 480), 8);
  assert.equal(layout.reveal(20, 0, 480), 21 * 48 - 480);
});

test("rows of groups follow their headings", () => {
  const layout = new GroupedLayout(5, ROW, new Outline([[0, "a", 0, 2, 0], [0, "b", 2, 3, 0]]));
  assert.deepEqual([0, 1].map((at) => layout.y(at)), [HEADING, HEADING + 48]);
  assert.equal(layout.step(1, "down", 480), -3, "onto the next heading");
  assert.equal(layout.x(3), 0);
});

test("what stands below the pictures moves rows apart, not columns", () => {
  const chance = chanceFrom(9);
  for (let round = 0; round < 200; round++) {
    const frame = { width: 300 + chance(1500), thumb: 60 + chance(300), gap: chance(30), margin: chance(40) };
    const below = 6 + 20 * (1 + chance(8));
    const count = 1 + chance(5_000);
    const [plain, captioned] = [new Layout(count, frame), new Layout(count, { ...frame, below })];
    const outline = new Outline([[0, "a", 0, count, 0]]);
    const grouped = new GroupedLayout(count, { ...frame, below }, outline);
    const at = chance(count);
    const row = Math.floor(at / plain.columns);
    assert.equal(captioned.cell, plain.cell);
    assert.equal(captioned.x(at), plain.x(at));
    assert.equal(grouped.x(at), plain.x(at));
    assert.equal(captioned.y(at), plain.y(at) + row * below);
    assert.equal(captioned.height, plain.height + plain.rows * below);
    const viewport = captioned.tall + 2 * frame.margin + chance(900);
    const top = captioned.reveal(at, chance(captioned.height), viewport);
    assert.ok(captioned.y(at) >= top && captioned.y(at) + captioned.tall <= top + viewport, "whole, with what is below");
    const shown = grouped.reveal(at, chance(grouped.height), viewport);
    assert.ok(grouped.y(at) >= shown && grouped.y(at) + grouped.tall <= shown + viewport, "in a group too");
    const [{ from, to } = { from: 0, to: 0 }] = captioned.bands(captioned.y(at) + captioned.tall - 1, 1);
    assert.ok(from <= at && at < to, "the last pixel below a picture is the cell's");
  }
});

test("names in the address are read back, whatever they hold", () => {
  for (const names of [["Topic"], ["Kind, long", "a~b", "x=(y;z):!"], [], ["É"]]) assert.deepEqual(readShown(writeShown(names)), names);
  assert.equal(readShown(undefined), null);
  assert.equal(writeShown(["Kind, long"]), "Kind~2C long");
});

test("columns are fields that there are, each once, in the order of the names", () => {
  const fields = [property("id", null), property("folder", null), property("width", null), property("Topic", 1), property("Author", 2)];
  const names = (found: readonly Property[]): string[] => found.map(({ name }) => name);
  assert.deepEqual(names(fieldsOf(fields, ["author", "gone", "Topic", "AUTHOR"])), ["Author", "Topic"]);
  assert.deepEqual(names(allColumns(fields)), ["Topic", "Author", "folder", "width"]);
});

test("widths that somebody gave are kept within reason", () => {
  const columns = columnsOf([property("a"), property("b"), property("c")], { a: 3, b: 300 }, () => true);
  assert.deepEqual(columns.map(({ width }) => width), [NARROWEST, 300, 220]);
});

test("a column goes where it is dropped", () => {
  const widths = [100, 100, 100];
  assert.deepEqual([10, 120, 180, 290].map((x) => dropAt(widths, 0, x)), [0, 0, 1, 2]);
  assert.deepEqual([10, 120, 240].map((x) => dropAt(widths, 2, x)), [0, 1, 2]);
  assert.deepEqual(moved(["a", "b", "c"], 0, 2), ["b", "c", "a"]);
  assert.deepEqual(moved(["a", "b", "c"], 2, 0), ["c", "a", "b"]);
});

test("cells follow each other in reading order, and rows end at the last", () => {
  assert.deepEqual(neighbour({ row: 0, column: 3 }, 1, 3, 2), { row: 1, column: 1 });
  assert.deepEqual(neighbour({ row: 1, column: 1 }, -1, 3, 2), { row: 0, column: 3 });
  assert.equal(neighbour({ row: 1, column: 3 }, 1, 3, 2), null);
  assert.equal(neighbour({ row: 0, column: 1 }, -1, 3, 2), null);
});

test("a paste goes right and down from the first cell, cut at the edges; one text fills the area", () => {
  const area = areaOf({ row: 4, column: 3 }, { row: 3, column: 2 });
  assert.equal(cellsOf(area), 4);
  const spots = spread([["a", "b", "c"], ["d"], ["e"]], area, 3, 5);
  assert.deepEqual(spots.map(([{ row, column }, text]) => `${row}.${column}${text}`), ["3.2a", "3.3b", "4.2d"]);
  assert.deepEqual(spread([["x"]], area, 3, 5).map(([{ row, column }]) => `${row}.${column}`), ["3.2", "3.3", "4.2", "4.3"]);
});
