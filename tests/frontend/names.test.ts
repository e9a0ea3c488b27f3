import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parseAddress, queryText } from "../../static/src/core/address.js";
import { type Grouping, readGroupings, writeGrouping } from "../../static/src/core/groupings.js";
import { keyName, nameKey, sameName, tidied } from "../../static/src/core/names.js";

const CASES = JSON.parse(readFileSync("tests/cases/names.json", "utf8")) as {
  same: [string, string][];
  distinct: [string, string][];
  written: { name: string; key: string; group: string; also: string[] }[];
  groupings: (Grouping & { text: string })[];
};

for (const [one, other] of CASES.same) {
  test(`${one} and ${other} are the same name`, () => {
    assert.ok(sameName(one, other));
    assert.equal(nameKey(tidied(one)), nameKey(other.normalize("NFD")));
  });
}

for (const [one, other] of CASES.distinct) {
  test(`${one} and ${other} are two names`, () => assert.ok(!sameName(one, other)));
}

for (const { name, key, group, also } of CASES.written) {
  test(`${name} is written and read as the server does`, () => {
    assert.equal(keyName(name), key);
    const by = { step: "", order: "value", descending: false, of: "" } as const;
    assert.equal(writeGrouping({ field: name, ...by }), group);
    for (const value of [group, ...also]) assert.deepEqual(readGroupings([["_group", value]]), [{ field: name, ...by }]);
    for (const value of [key, ...also]) assert.equal(parseAddress(new URLSearchParams({ _sort: value }).toString()).sorts[0]!.key, name);
    const sorted = new URLSearchParams(queryText(parseAddress(new URLSearchParams({ _sort: key }).toString())));
    assert.equal(sorted.get("_sort"), key);
  });
}

for (const { text, ...grouping } of CASES.groupings) {
  test(`_group=${text} is read as the server does`, () => {
    assert.deepEqual(readGroupings([["_group", text]]), [grouping]);
    assert.deepEqual(readGroupings([["_group", writeGrouping(grouping)]]), [grouping]);
  });
}
