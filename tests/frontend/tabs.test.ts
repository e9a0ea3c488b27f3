import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddress } from "../../static/src/core/address.js";
import { addressOf, isChanged, isPlain, savedText, sideOf, splitHref, type Tab } from "../../static/src/core/tabs.js";

const tab = (query: string, layout: Record<string, string> = {}): Tab => ({
  id: 7,
  name: "Cats",
  query,
  layout,
  href: "",
  link: "",
  count: 1,
  fault: "",
});

const SAME: readonly (readonly [string, Record<string, string>, string])[] = [
  ["", {}, ""],
  ["Topic=cat&_group=Author", {}, "?_group=Author&Topic=cat&_tab=7"],
  ["_folder=2&_folder=1&_sort_desc=name", {}, "?_sort_desc=name&_folder=1&_folder=2&_at=9&_lang=fr&_tab=7"],
  ["Topic=cat", { _thumb: "200", _show: "a~2Cb" }, "?Topic=cat&_show=a~2Cb&_thumb=200"],
  ["_where=any(a=1;b=2)&_search=x+y", {}, "?_search=x+y&_where=any(a%3D1%3Bb%3D2)"],
];

for (const [query, layout, search] of SAME) {
  test(`${query || "everything"} is as it was saved at ${search || "no address"}`, () => {
    assert.equal(isChanged(tab(query, layout), parseAddress(search)), false);
  });
}

const OTHER: readonly (readonly [string, Record<string, string>, string])[] = [
  ["Topic=cat", {}, "?Topic=dog"],
  ["_group=a&_group=b", {}, "?_group=b&_group=a"],
  ["_sort=a&_sort_desc=b", {}, "?_sort_desc=b&_sort=a"],
  ["", {}, "?_thumb=200"],
  ["", { _view: "table" }, ""],
];

for (const [query, layout, search] of OTHER) {
  test(`${query || "everything"} is changed at ${search || "no address"}`, () => {
    assert.equal(isChanged(tab(query, layout), parseAddress(search)), true);
  });
}

test("a tab's address says which tab is open, and saving it saves the same", () => {
  const address = addressOf(tab("Topic=cat", { _thumb: "200" }));
  assert.equal(address.layout._tab, "7");
  assert.equal(savedText(address), "Topic=cat&_thumb=200");
  assert.equal(savedText(parseAddress("?_at=3&_lang=fr&_tab=2")), "");
});

test("an address without a question is plain, however it is shown", () => {
  assert.equal(isPlain(parseAddress("?_view=table&_thumb=90&_tab=3")), true);
  assert.equal(isPlain(parseAddress("?_folder=1")), false);
});

test("half of a split view is a saved view while it is as saved, and else an address", () => {
  assert.equal(sideOf(tab("Topic=cat"), parseAddress("?Topic=cat&_at=5&_tab=7")), "7");
  assert.equal(sideOf(tab("Topic=cat"), parseAddress("?Topic=dog&_at=5&_tab=7")), "Topic=dog&_tab=7");
  assert.equal(sideOf(undefined, parseAddress("?Topic=dog&_lang=fr")), "Topic=dog");
  assert.equal(splitHref("/db/-/panoptic", "7", "a=b&c=d"), "/db/-/panoptic/split?left=7&right=a%3Db%26c%3Dd");
});
