import assert from "node:assert/strict";
import { test } from "node:test";
import { cellText, readSheet, writeSheet } from "../../static/src/core/sheet.js";
import { chanceFrom } from "./chance.js";

const CASES: Readonly<Record<string, string[][]>> = {
  "a\tb\n1\t2\n": [["a", "b"], ["1", "2"]],
  "a\tb\r\n1\t2\r\n": [["a", "b"], ["1", "2"]],
  '"two\nlines"\tb': [["two\nlines", "b"]],
  '"say ""hi"""\t': [['say "hi"', ""]],
  "\t\n\tx": [["", ""], ["", "x"]],
  alone: [["alone"]],
  "one, two": [["one, two"]],
  "a\nb\n": [["a"], ["b"]],
  "a,b\n1,2\n": [["a", "b"], ["1", "2"]],
  '"x, y",2\nz,3': [["x, y", "2"], ["z", "3"]],
  "a,b\nonly one": [["a,b"], ["only one"]],
  'half "quoted"\tb': [['half "quoted"', "b"]],
  '"open': [["open"]],
  "": [[""]],
};

for (const [text, rows] of Object.entries(CASES)) {
  test(`a pasted ${JSON.stringify(text)} is read`, () => assert.deepEqual(readSheet(text), rows));
}

test("what is written is read back, whatever the cells hold", () => {
  const chance = chanceFrom(7);
  const letters = ["a", "é", " ", '"', "\t", "\n", ",", "\r\n", "1"];
  for (let round = 0; round < 2_000; round++) {
    const [high, wide] = [1 + chance(4), 2 + chance(3)];
    const cell = (): string => Array.from({ length: chance(6) }, () => letters[chance(letters.length)]).join("");
    const rows = Array.from({ length: high }, () => Array.from({ length: wide }, cell));
    assert.deepEqual(readSheet(writeSheet(rows)), rows);
  }
});

test("values are written so that they are read as the same values", () => {
  assert.equal(cellText("multi_tags", [{ id: 1, name: "cat", color: null }, { id: 2, name: "rue, place", color: null }]), 'cat,"rue, place"');
  assert.equal(cellText("number", "1234567890123456789"), "1234567890123456789");
  assert.equal(cellText("checkbox", false), "false");
  assert.equal(cellText("date", "1890-05"), "1890-05");
  assert.equal(cellText("text", undefined), "");
});
