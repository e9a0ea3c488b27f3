import assert from "node:assert/strict";
import { test } from "node:test";
import { readGroupings } from "../../static/src/core/groupings.js";
import { type GroupRow, Outline } from "../../static/src/core/outline.js";
import type { FieldType, Property } from "../../static/src/core/project.js";
import { groupAt, groupOfHash } from "../../static/src/core/proposals.js";

const property = (name: string, type: FieldType): Property =>
  ({ id: 1, name, type, scope: "image", group: null, position: 0, description: null });

const PROPERTIES = [property("Topic", "multi_tags"), property("Place", "text"), property("Taken", "date")];

/** What the last of some groups within each other has in common. */
const common = (groups: string[], rows: readonly GroupRow[]): unknown =>
  groupAt(new Outline(rows), rows.length - 1, readGroupings(groups.map((value) => ["_group", value] as const)), PROPERTIES);

const nested = (...values: (string | number | null)[]): GroupRow[] => values.map((value, depth) => [depth, value, 0, 1, depth]);

test("a group has the values of all its levels in common, whatever the case of their names", () => {
  assert.deepEqual(common(["topic", "Place"], nested("cat", "Paris")), [["Topic", "cat"], ["Place", "Paris"]]);
});

test("in a tree the deepest tag says it", () => {
  assert.deepEqual(common(["Topic:tree"], [[0, "animal", 0, 2, 0], [1, "cat", 1, 1, 0]]), [["Topic", "cat"]]);
});

test("levels that nobody can say of an image are left out, and a group at such a level proposes nothing", () => {
  assert.deepEqual(common(["folder", "Topic"], nested("a/b", "cat")), [["Topic", "cat"]]);
  for (const [name, value] of [["cluster_7", 3], ["Taken:year", "1890"], ["Topic", null], ["Place", ""]] as const) {
    assert.deepEqual(common(["Topic", name], nested("cat", value)), [], name);
  }
});

test("an address can ask for a group", () => {
  assert.deepEqual(groupOfHash("#suggest=1&property=Topic&value=a%26b&property=Place&value="), [["Topic", "a&b"], ["Place", ""]]);
  for (const hash of ["", "#suggest", "#property=Topic&value=cat", "#suggest=1&property=Topic"]) assert.equal(groupOfHash(hash), null, hash);
});
