import assert from "node:assert/strict";
import { test } from "node:test";
import type { Project, Property, Saying, Tag } from "../../static/src/core/project.js";
import { TagDesk } from "../../static/src/core/tag-desk.js";
import type { Having } from "../../static/src/core/tag-match.js";

const property = (type: "tag" | "multi_tags"): Property =>
  ({ id: 1, name: "Topic", type, scope: "image", group: null, position: 1, description: null });
const tag = (id: number, name: string): Tag => ({ id, name, color: null, description: null, parents: [], count: 0, count_below: 0 });

/** A project that knows cat and dog, and makes what it is told to. */
function desk(type: "tag" | "multi_tags", having: Having | null, makes = false): { desk: TagDesk; said: Saying[]; fail: (reason: string) => void } {
  const tags = [tag(1, "cat"), tag(2, "dog")];
  const said: Saying[] = [];
  let failure = "";
  const project = {
    properties: async () => [property(type)],
    tags: async () => [...tags],
    write: async (_: string, { name }: { name: string }) => tags.push(tag(tags.length + 1, name)),
  } as unknown as Project;
  const made = new TagDesk({
    project,
    property: property(type),
    having: async () => having,
    makes,
    say: async (saying) => {
      if (failure) throw new Error(failure);
      said.push(saying);
      if (saying.color) tags.push(tag(tags.length + 1, saying.text!));
    },
  });
  return { desk: made, said, fail: (reason) => (failure = reason) };
}

test("what is said is known from then on", async () => {
  const { desk: open, said } = desk("multi_tags", new Map([[1, "some"]]));
  await open.take(property("multi_tags"));
  assert.deepEqual(open.tags.map((one) => open.state(one)), ["some", "none"]);
  await open.say("add", "cat");
  assert.deepEqual([open.state(open.tags[0]!), open.chips], ["all", ["cat"]]);
  await open.say("remove", "cat");
  assert.deepEqual([open.state(open.tags[0]!), open.chips], ["none", []]);
  assert.deepEqual(said[0], { act: "add", name: "Topic", text: "cat" });
});

test("a property of one tag has the last one", async () => {
  const { desk: open } = desk("tag", new Map([[1, "all"]]));
  await open.take(property("tag"));
  await open.say("add", "dog");
  assert.deepEqual(open.chips, ["dog"]);
});

test("of cells that nobody asked about only what was added here is known", async () => {
  const { desk: open } = desk("multi_tags", null);
  await open.take(property("multi_tags"));
  assert.equal(open.state(open.tags[0]!), null);
  await open.say("add", "cat");
  assert.deepEqual([open.state(open.tags[0]!), open.state(open.tags[1]!), open.chips], ["all", null, ["cat"]]);
});

test("a new tag is offered last, unless there is one of that name", async () => {
  const { desk: open } = desk("multi_tags", new Map());
  await open.take(property("multi_tags"));
  const kinds = (typed: string): string[] => open.rows(typed, 50).map((row) => (row.kind === "new" ? `+${row.name}` : row.tag.name));
  assert.deepEqual(kinds(" ca "), ["cat", "+ca"]);
  assert.deepEqual(kinds("CAT"), ["cat"]);
  const { color } = open;
  await open.make("ca");
  assert.deepEqual(kinds("ca"), ["ca", "cat"]);
  assert.equal(open.color, color, "the colour of a tag without one is still free");
});

test("what is made and added in one is one saying, with a colour", async () => {
  const { desk: open, said } = desk("multi_tags", new Map(), true);
  await open.take(property("multi_tags"));
  const { color } = open;
  await open.make("boat");
  assert.deepEqual(said, [{ act: "add", name: "Topic", text: "boat", color }]);
  assert.deepEqual(open.chips, ["boat"]);
});

test("what could not be said is not known, and the next may be said", async () => {
  const { desk: open, said, fail } = desk("multi_tags", new Map());
  await open.take(property("multi_tags"));
  fail("read-only");
  await assert.rejects(open.say("add", "cat"), /read-only/);
  assert.deepEqual(open.chips, []);
  fail("");
  await open.say("add", "dog");
  assert.deepEqual([open.chips, said.length], [["dog"], 1]);
});
