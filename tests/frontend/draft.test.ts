import assert from "node:assert/strict";
import { test } from "node:test";
import { conditionsOf, DraftCondition, DraftGroup, draftOf, fitted, pruned, wheresOf } from "../../static/src/core/draft.js";
import { conditionOn, freshCondition, isComplete, takesOf } from "../../static/src/core/draft-known.js";
import type { Known } from "../../static/src/core/known.js";
import type { FieldType } from "../../static/src/core/project.js";
import type { Where } from "../../static/src/core/where.js";

const cat: Where = { field: "Topic", operator: "exact", operands: ["cat"] };
const likes: Where = { field: "Likes", operator: "gt", operands: ["5"] };

const CASES: Record<string, readonly Where[]> = {
  "nothing": [],
  "one condition": [cat],
  "several, each a key of its own": [cat, likes],
  "one group is the whole": [{ kind: "any", parts: [cat, { kind: "not", parts: [likes] }] }],
  "a group beside a condition": [cat, { kind: "any", parts: [likes, cat] }],
};

for (const [name, wheres] of Object.entries(CASES)) {
  test(`${name}: what is not edited stays as it was`, () => assert.deepEqual(wheresOf(draftOf(wheres)), wheres));
}

test("a group in which all hold is taken apart, and empty groups are left out", () => {
  assert.deepEqual(wheresOf(draftOf([{ kind: "all", parts: [cat, likes] }])), [cat, likes]);
  const empty = new DraftGroup("any", [new DraftGroup("not", [])]);
  assert.deepEqual(wheresOf(new DraftGroup("all", [empty])), []);
  assert.deepEqual(wheresOf(new DraftGroup("any", [])), []);
});

test("incomplete conditions are left out without touching what is edited", () => {
  const draft = draftOf([cat, { kind: "any", parts: [likes] }]);
  assert.deepEqual(wheresOf(pruned(draft, ({ field }) => field === "Topic")), [cat]);
  assert.equal(conditionsOf(draft).length, 2);
});

test("operands are kept as far as another operator takes them", () => {
  assert.deepEqual(fitted(["a", "b", "c"], "one"), ["a"]);
  assert.deepEqual(fitted(["a"], "two"), ["a", ""]);
  assert.deepEqual(fitted(["a", ""], "list"), ["a"]);
  assert.deepEqual(fitted(["a"], "none"), []);
});

const TYPES: Record<string, FieldType> = { Author: "text", Topic: "multi_tags", Likes: "number", Seen: "checkbox", Said: "date" };
const one = (key: string) => ({ key, operands: "one" as const });
const known = {
  fields: Object.entries(TYPES).map(([name, type], id) => ({ id, name, type })),
  words: { field: (name: string) => (TYPES[name] ? { type: TYPES[name] } : undefined) },
  operators: {
    text: [one("exact"), one("contains"), { key: "any", operands: "list" }],
    multi_tags: [one("exact"), { key: "any", operands: "list" }],
    number: [one("gte"), { key: "between", operands: "two" }, { key: "isblank", operands: "none" }],
    checkbox: [one("exact")],
    date: [one("within")],
  },
} as unknown as Known;

test("a new condition asks what is most often meant", () => {
  const said = (name: string): unknown[] => Object.values(conditionOn(known, name)).slice(0, 3);
  assert.deepEqual(said("Author"), ["Author", "contains", [""]]);
  assert.deepEqual(said("Topic"), ["Topic", "any", []]);
  assert.deepEqual(said("Seen"), ["Seen", "exact", ["true"]]);
  assert.equal(freshCondition(known).field, "Topic");
});

test("complete is what can be asked", () => {
  const is = (field: string, operator: string, ...operands: string[]): boolean => isComplete(known, new DraftCondition(field, operator, operands));
  assert.equal(takesOf(known, new DraftCondition("Gone", "contains", [])), "one");
  assert.deepEqual([is("Author", "contains", " "), is("Author", "exact", ""), is("Author", "any")], [false, true, false]);
  assert.deepEqual([is("Likes", "between", "1", ""), is("Likes", "between", "1", "2"), is("Likes", "isblank")], [false, true, true]);
  assert.deepEqual([is("Likes", "gte", ""), is("Topic", "any", "cat")], [false, true]);
});
