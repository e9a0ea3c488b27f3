import assert from "node:assert/strict";
import { test } from "node:test";
import type { Tag } from "../../static/src/core/project.js";
import { fold, havingOf, joinTags, matchTags, pathOf, splitTags } from "../../static/src/core/tag-match.js";

const tag = (id: number, name: string, ...parents: string[]): Tag =>
  ({ id, name, color: null, description: null, parents, count: 0, count_below: 0 });

const names = (tags: readonly Tag[]): string[] => tags.map(({ name }) => name);

test("case, accents and ligatures do not matter", () => {
  const same = { "Évry": "evry", "ŒUVRE": "oeuvre", "Łódź": "lodz", "Straße": "strasse", "ＡＢＣ": "abc", "Ðð": "dd" };
  for (const [text, folded] of Object.entries(same)) assert.equal(fold(text), folded);
});

test("the nearest come first: the name itself, its start, a word's start, within a word, its letters in order", () => {
  const all = ["scatter", "c-a-t", "black cat", "Cats", "cat", "dog"].map((name, at) => tag(at, name));
  assert.deepEqual(names(matchTags(all, "CAT", 50)), ["cat", "Cats", "black cat", "scatter", "c-a-t"]);
  assert.deepEqual(names(matchTags(all, "  ", 50)), names(all), "nothing typed: all in their own order");
  assert.deepEqual(matchTags(all, "catx", 50), []);
});

test("of equal matches people's order is kept, and no more than asked for come", () => {
  const many = Array.from({ length: 10_000 }, (_, at) => tag(at, `tag ${at}`));
  assert.deepEqual(names(matchTags(many, "tag", 3)), ["tag 0", "tag 1", "tag 2"]);
  assert.equal(matchTags(many, "9", 50).length, 50);
  assert.deepEqual(names(matchTags(many, "tag 9999", 50)), ["tag 9999"]);
});

test("a path leads to the top along first parents, and a circle ends", () => {
  const all = [tag(1, "a"), tag(2, "b", "a", "z"), tag(3, "c", "b"), tag(4, "x", "y"), tag(5, "y", "x")];
  const byName = new Map(all.map((one) => [one.name, one]));
  assert.deepEqual(pathOf(all[2]!, byName), ["a", "b"]);
  assert.deepEqual(pathOf(all[0]!, byName), []);
  assert.deepEqual(pathOf(all[3]!, byName), ["x", "y"]);
});

test("tags survive being written as one text", () => {
  for (const all of [["cat"], ["rue, place", "cat"], ['say "hi"'], ['"'], ['","'], [" padded "], ["двор", "🐈"], []]) {
    assert.deepEqual(splitTags(joinTags(all)), all);
  }
  assert.deepEqual(splitTags(' cat , dog,,cat, "rue, place" '), ["cat", "dog", "rue, place"], "as a person types them");
});

test("what cells have is all, some or none", () => {
  const having = havingOf([[{ id: 1 }, { id: 2 }], [{ id: 1 }]]);
  assert.deepEqual([1, 2, 3].map((id) => having.get(id)), ["all", "some", undefined]);
  assert.equal(havingOf([]).size, 0);
});
