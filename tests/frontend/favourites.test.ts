import assert from "node:assert/strict";
import { test } from "node:test";
import { bind, digitOf, favouriteKey, freeDigit } from "../../static/src/core/favourites.js";

const cat = { property: 1, tag: 7, name: "cat", color: null };
const dog = { property: 1, tag: 8, name: "dog", color: "#e03131" };

test("a tag has one digit, a digit one tag", () => {
  const first = bind({}, 3, cat);
  assert.deepEqual(bind(first, 4, cat), { 4: cat }, "the tag moves");
  assert.deepEqual(bind(first, 3, dog), { 3: dog }, "the digit changes hands");
  assert.deepEqual(bind(first, 3, cat), {}, "binding it again frees it");
  assert.deepEqual([digitOf(first, cat), digitOf(first, dog)], [3, null]);
});

test("the first free digit is found, or none", () => {
  assert.equal(freeDigit({ 1: cat, 2: dog }), 3);
  assert.equal(freeDigit(Object.fromEntries([1, 2, 3, 4, 5, 6, 7, 8, 9].map((digit) => [digit, cat]))), null);
});

test("a digit adds on any keyboard, with Shift it removes where it writes no digit", () => {
  const cases = [
    ["1", "Digit1", false, "add"],
    ["!", "Digit1", true, "remove"],
    ["&", "Digit1", false, "add"], // French, without Shift
    ["1", "Digit1", true, "add"], // French, with Shift
    ["1", "Numpad1", false, "add"],
  ] as const;
  for (const [key, code, shiftKey, act] of cases) assert.deepEqual(favouriteKey({ key, code, shiftKey }), { digit: 1, act });
  assert.equal(favouriteKey({ key: "0", code: "Digit0", shiftKey: false }), null);
  assert.equal(favouriteKey({ key: "t", code: "KeyT", shiftKey: false }), null);
});
