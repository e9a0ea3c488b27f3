import assert from "node:assert/strict";
import { test } from "node:test";
import { headingsOf, orderOf, treeOf, withGroup, withProperty } from "../../static/src/core/panel.js";
import type { Property, Tag } from "../../static/src/core/project.js";

const property = (id: number, group: string | null): Property => ({
  id, name: `p${id}`, type: "text", scope: "image", group, position: id, description: null, // prettier-ignore
});
const GROUPS = [
  { id: 7, name: "Looks" },
  { id: 8, name: "Empty" },
];
const HEADINGS = headingsOf([property(1, null), property(2, "Looks"), property(3, null), property(4, "Looks")], GROUPS);
const flat = (order: ReturnType<typeof orderOf>): string => order.map(({ group, properties }) => `${group}:${properties.join()}`).join(" ");

test("properties stand under their headings, those under none first", () => {
  assert.deepEqual(HEADINGS.map(({ name }) => name), [null, "Looks", "Empty"]);
  assert.equal(flat(orderOf(HEADINGS)), "null:1,3 7:2,4 8:");
});

test("a property goes before another, to the end of a group, and nowhere", () => {
  const order = orderOf(HEADINGS);
  assert.equal(flat(withProperty(order, 4, null, 3)), "null:1,4,3 7:2 8:");
  assert.equal(flat(withProperty(order, 1, 8, null)), "null:3 7:2,4 8:1");
  assert.equal(flat(withProperty(order, 1, null, null)), "null:3,1 7:2,4 8:");
  assert.equal(flat(withProperty(order, 1, null, 1)), flat(order));
});

test("a group takes its properties along", () => {
  const order = orderOf(HEADINGS);
  assert.equal(flat(withGroup(order, 8, 7)), "null:1,3 8: 7:2,4");
  assert.equal(flat(withGroup(order, 7, null)), "null:1,3 8: 7:2,4");
  assert.equal(flat(withGroup(order, 99, null)), flat(order));
});

const tag = (name: string, ...parents: string[]): Tag =>
  ({ id: name.length, name, color: null, description: null, parents, count: 0, count_below: 0 }) as unknown as Tag;
const TAGS = [tag("sea"), tag("storm", "sea", "weather"), tag("weather")];

test("a tree of tags shows what is open, and a tag below each of its parents", () => {
  const names = (open: string[]): string[] => treeOf(TAGS, new Set(open)).map(({ path }) => path);
  assert.deepEqual(names([]), ["/sea", "/weather"]);
  assert.deepEqual(names(["/sea", "/weather"]), ["/sea", "/sea/storm", "/weather", "/weather/storm"]);
  assert.deepEqual(treeOf(TAGS, new Set(["/sea"])).map(({ level, isLeaf }) => [level, isLeaf]), [[1, false], [2, true], [1, false]]); // prettier-ignore
});
