import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { DEFAULT_ADDRESS, parseAddress, queryText } from "../../static/src/core/address.js";
import { Scores, writeScore } from "../../static/src/core/scores.js";
import * as similar from "../../static/src/core/similar.js";

const cases = JSON.parse(readFileSync("tests/cases/similar.json", "utf8")) as {
  words: [string, string[]][];
  examples: string[];
};

test("words become the examples that the server makes of them", () => {
  for (const [text, expected] of cases.words) assert.equal(similar.writeExamples(similar.examplesOfWords(text)), expected.join(","));
});

test("examples are written as they were read", () => {
  for (const text of cases.examples) assert.equal(similar.writeExamples(similar.readExamples(text)), text);
});

test("a view of what is similar keeps filters and groups, and leaving it gives them back", () => {
  const before = parseAddress("Topic=cat&_group=Topic&_folder=3&_sort=name");
  const inside = { ...before, ...similar.toSimilar(before, { examples: similar.readExamples("image:5"), space: "2" }) };
  assert.equal(
    queryText(inside),
    "_similar=image%3A5&_space=2&similarity__between=0.5%2C1&Topic=cat&_group=Topic&_folder=3&_sort_desc=similarity",
  );
  const after = { ...inside, ...similar.leave(inside) };
  assert.equal(queryText(after), "Topic=cat&_group=Topic&_folder=3");
});

test("a search by words begins with all that is likelier than chance, and goes on with the scores that were asked for", () => {
  const of = (examples: string, query = ""): similar.Scope | null => {
    const before = parseAddress(query);
    return similar.scopeOf({ ...before, ...similar.toSimilar(before, { examples: similar.readExamples(examples), space: null }) });
  };
  assert.deepEqual(of("text:a boat,-text:night"), [0, 1]);
  assert.deepEqual(of("text:a boat,image:5"), [0.5, 1]);
  assert.deepEqual(of("text:a boat", "similarity__between=0.3,1"), [0.3, 1]);
});

test("scores that are asked for are read from any of their conditions, and one scope takes their place", () => {
  const of = (query: string): similar.Scope | null => similar.scopeOf(parseAddress(query));
  assert.deepEqual(of("_similar=image:1"), null);
  assert.deepEqual(of("similarity__gte=0.5"), [0.5, 1]);
  assert.deepEqual(of("Similarity__lte=0.9&similarity__gte=0.2"), [0.2, 0.9]);
  assert.deepEqual(of("similarity__between=0.25,0.75"), [0.25, 0.75]);
  const address = parseAddress("_similar=image:1&similarity__gte=0.5&similarity__lte=0.9&Topic=cat");
  assert.equal(queryText({ ...address, ...similar.toScope(address, [0.1, 1]) }), "_similar=image%3A1&Topic=cat&similarity__between=0.1%2C1");
});

test("all images are the view without its filters, whose scores and groups stay", () => {
  const address = parseAddress("_similar=image:1&similarity__gte=0.5&Topic=cat&_where=any(a=1)&_search=x&_in=4&_group=Topic&_folder=2");
  assert.equal(similar.filters(address), true);
  const all = { ...address, ...similar.everywhere(address) };
  assert.equal(queryText(all), "_similar=image%3A1&similarity__gte=0.5&_group=Topic");
  assert.equal(similar.filters(all), false);
});

test("scores come in chunks, each asked for once", async () => {
  const asked: string[] = [];
  const answer = new Int16Array([9_999, -32_768, -2_500]).buffer;
  const scores = new Scores("/p", { ...DEFAULT_ADDRESS, rest: [["_similar", "image:1"]] }, "1.2.3", 3, async (url) => {
    asked.push(url);
    return answer;
  });
  const arrived = new Promise<void>((resolve) => (scores.onScores = resolve));
  assert.equal(scores.get(0), undefined);
  scores.want(0, 500);
  scores.want(0, 2);
  await arrived;
  assert.deepEqual(asked, ["/p/similar-scores?_similar=image%3A1&_from=0&_to=3&_version=1.2.3"]);
  assert.deepEqual([0, 1, 2, 3].map((at) => scores.get(at)), [0.9999, null, -0.25, undefined]);
});

test("what is not the same never reads as 1", () => {
  assert.deepEqual([1, 0.9999, 0.5, -0.2, -0.004].map((score) => writeScore(score, "en")), ["1.00", "0.99", "0.50", "-0.20", "0.00"]);
  assert.equal(writeScore(0.5, "fr"), "0,50");
});
