import assert from "node:assert/strict";
import { test } from "node:test";
import { Browsing } from "../../static/src/core/browsing.js";
import { above, type Term, Vocabulary } from "../../static/src/core/vocabulary.js";
import { type Commands, pressKey } from "../../static/src/elements/vocabulary/keys.js";

const NAMES = ["animal", "cat", "dog", "éclair", "pet", "tom"];
const PARENTS: Record<string, string[]> = { cat: ["animal", "pet"], dog: ["animal"], tom: ["cat"] };
const COUNTS = [1, 2, 3, 40, 5, 6];

const idOf = (name: string): number => NAMES.indexOf(name) + 1;

function terms(names = NAMES): Term[] {
  return names.map((name) => {
    const parents = (PARENTS[name] ?? []).filter((parent) => names.includes(parent));
    const count = COUNTS[NAMES.indexOf(name)]!;
    const plain = { color: null, description: null, uri: null };
    return { id: idOf(name), name, parents, parent_ids: parents.map(idOf), count, count_below: count, ...plain };
  });
}

const told = (browsing: Browsing): string[] => browsing.rows.map(({ tag, level }) => " ".repeat(level - 1) + tag.name);
const chosen = (browsing: Browsing): string[] => browsing.chosen.map(({ name }) => name).sort();

function begun(names = NAMES): Browsing {
  return new Browsing(new Vocabulary(terms(names), "name"), () => {});
}

test("a tag stands below each of its parents, and each place opens by itself", () => {
  const vocabulary = new Vocabulary(terms(), "name");
  const rows = vocabulary.rows(new Set(["1", "5", "5/2"]));
  assert.deepEqual(rows.map(({ key }) => key), ["1", "1/2", "1/3", "4", "5", "5/2", "5/2/6"]); // prettier-ignore
  assert.deepEqual(rows.map(({ parent }) => parent), [0, 1, 1, 0, 0, 5, 2]);
  assert.deepEqual(rows.map(({ leaf }) => leaf), [false, false, true, true, false, false, true]);
  assert.deepEqual([rows[1]!.index, rows[1]!.siblings, rows[2]!.index], [0, 2, 1]);
});

test("siblings are ordered by name or by how often they are used", () => {
  const names = new Vocabulary(terms(), "count").rows(new Set(["1"])).map(({ tag }) => tag.name);
  assert.deepEqual(names, ["éclair", "pet", "animal", "dog", "cat"]);
});

test("a search finds parts of names without case and accents", () => {
  const vocabulary = new Vocabulary(terms(), "name");
  assert.deepEqual(vocabulary.search(" ECL ").map(({ tag }) => tag.name), ["éclair"]);
  assert.deepEqual(vocabulary.search("t").map(({ tag }) => tag.name), ["cat", "pet", "tom"]);
});

test("what is below a tag is known, also where descriptions close a circle", () => {
  const vocabulary = new Vocabulary(terms(), "name");
  for (const top of ["tom", "cat", "animal", "pet"]) assert.ok(vocabulary.isBelow(idOf("tom"), idOf(top)));
  for (const other of ["dog", "éclair"]) assert.ok(!vocabulary.isBelow(idOf("tom"), idOf(other)));
  assert.deepEqual([vocabulary.placeOf(idOf("tom")), above("1/2/6")], ["1/2/6", ["1", "1/2"]]);
  const [one, two] = terms(["animal", "dog"]);
  const circle = new Vocabulary([{ ...one!, parent_ids: [3] }, two!], "name");
  assert.ok(!circle.isBelow(1, 4));
  assert.equal(circle.placeOf(1), "3/1");
});

test("tags are selected one by one, besides, and in ranges", () => {
  const browsing = begun();
  const [animal, eclair, pet] = browsing.rows;
  browsing.takeOne(eclair!);
  browsing.takeRange(pet!);
  assert.deepEqual(chosen(browsing), ["pet", "éclair"]);
  browsing.takeRange(animal!);
  assert.deepEqual(chosen(browsing), ["animal", "éclair"]);
  browsing.takeToggled(pet!);
  browsing.takeToggled(animal!);
  assert.deepEqual([chosen(browsing), browsing.one], [["pet", "éclair"], null]);
});

test("showing a tag opens the way to it, and ends a search that does not find it", () => {
  const browsing = begun();
  browsing.search("dog");
  assert.deepEqual([told(browsing), browsing.one?.name], [["dog"], "dog"]);
  browsing.show(idOf("tom"));
  assert.equal(browsing.typed, "");
  assert.deepEqual(told(browsing), ["animal", " cat", "  tom", " dog", "éclair", "pet"]);
  assert.equal(browsing.current, "1/2/6");
});

test("when tags are gone, what is left of the selection stays, or else the first is taken", () => {
  const browsing = begun();
  browsing.show(idOf("tom"));
  browsing.renew(new Vocabulary(terms(["pet", "tom"]), "name"));
  assert.deepEqual([browsing.current, chosen(browsing)], ["6", ["tom"]]);
  browsing.renew(new Vocabulary(terms(["dog", "pet"]), "name"));
  assert.deepEqual([browsing.current, chosen(browsing)], ["3", ["dog"]]);
  browsing.renew(new Vocabulary([], "name"));
  assert.deepEqual([browsing.current, chosen(browsing)], ["", []]);
});

test("keys walk the tree, fold it, and ask for what is to be done", () => {
  const browsing = begun();
  browsing.takeOne(browsing.rows[0]!);
  const asked: string[] = [];
  const commands: Commands = { rename: () => asked.push("rename"), ask: (kind) => asked.push(kind), bring: () => {} };
  const press = (key: string, held: Partial<KeyboardEvent> = {}): boolean =>
    pressKey(browsing, { key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...held } as KeyboardEvent, commands);
  for (const key of ["ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight"]) assert.ok(press(key));
  assert.equal(browsing.current, "1/2/6");
  for (const key of ["ArrowRight", "ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft"]) assert.ok(press(key));
  assert.deepEqual([browsing.current, told(browsing)], ["1", ["animal", "éclair", "pet"]]);
  press("End");
  press("ArrowUp", { shiftKey: true });
  assert.deepEqual(chosen(browsing), ["pet", "éclair"]);
  press("ArrowUp", { ctrlKey: true });
  assert.deepEqual([browsing.current, chosen(browsing)], ["1", ["pet", "éclair"]]);
  press(" ");
  assert.equal(chosen(browsing).length, 3);
  for (const key of ["Enter", "F2", "Delete", "m", "P", "s"]) assert.ok(press(key));
  assert.deepEqual(asked, ["rename", "rename", "delete", "merge", "move", "split"]);
  assert.ok(!press("m", { ctrlKey: true }) && !press("x") && !press("ArrowDown", { altKey: true }));
});
