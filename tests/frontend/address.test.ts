import assert from "node:assert/strict";
import { test } from "node:test";
import { addressText, DEFAULT_ADDRESS, parseAddress, queryText, withQuery } from "../../static/src/core/address.js";
import { chanceFrom } from "./chance.js";

test("the default view is the empty text", () => {
  assert.equal(addressText(DEFAULT_ADDRESS), "");
  assert.deepEqual(parseAddress(""), DEFAULT_ADDRESS);
});

const CASES: Record<string, string> = {
  "?_sort=id": "",
  "?_mode=instances": "",
  "?_folder=9&_folder=2&_folder=9": "_folder=2&_folder=9",
  "?_sort_desc=id": "_sort_desc=id",
  "?_sort_desc=Likes&_sort=name&_seed=7": "_sort_desc=Likes&_sort=name",
  "?_sort=id&_sort=name": "_sort=id&_sort=name",
  "?_sort=name&_sort=random&_seed=7": "_sort=name&_sort=random&_seed=7",
  "?_sort=random&_seed=7": "_sort=random&_seed=7",
  "?_sort=name&_seed=7": "_sort=name",
  "?_thumb=5000&_at=12": "_thumb=400&_at=12",
  "?_thumb=x&_at=-3": "",
  "?topic=cat&_mode=images&topic=dog": "topic=cat&topic=dog&_mode=images",
  "?_lang=fr&_at=3": "_at=3&_lang=fr",
  "?_show=Topic,Author&_view=table&topic=cat": "topic=cat&_view=table&_show=Topic%2CAuthor",
};

for (const [given, canonical] of Object.entries(CASES)) {
  test(`${given} is ${canonical || "nothing"}`, () => assert.equal(addressText(parseAddress(given)), canonical));
}

test("layout is no part of the query", () => {
  assert.equal(queryText(parseAddress("?_thumb=90&_at=70&_lang=fr&_folder=3&_view=table&_facets=Topic&_tab=3")), "_folder=3");
});

test("what is written is read back", () => {
  const chance = chanceFrom(1);
  for (let round = 0; round < 500; round++) {
    const keys = ["name", "random", "taken_at", "id"].slice(0, chance(5));
    if (keys.length === 4) keys.reverse();
    const sorts = keys.map((key) => ({ key, descending: chance(2) === 1 }));
    const address = {
      mode: chance(2) ? ("images" as const) : ("instances" as const),
      folders: [...new Set(Array.from({ length: chance(4) }, () => chance(99)))].sort((a, b) => a - b),
      sorts,
      seed: keys.includes("random") && chance(2) ? chance(1e6) : null,
      thumb: chance(2) ? 60 + chance(340) : null,
      at: chance(3) ? chance(1e6) : 0,
      layout: (chance(2) ? { _view: "table", _show: "Topic,Ünï" } : {}) as Record<string, string>,
      rest: chance(2) ? ([["title__contains", "a&b=c é"]] as const) : [],
      language: chance(2) ? "fr" : null,
    };
    assert.deepEqual(parseAddress(`?${addressText(address)}`), address);
  }
});

test("joining", () => {
  assert.equal(withQuery("/a", ""), "/a");
  assert.equal(withQuery("/a", "b=1"), "/a?b=1");
  assert.equal(withQuery("/a?b=1", "c=2"), "/a?b=1&c=2");
});
