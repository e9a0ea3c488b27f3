import assert from "node:assert/strict";
import { test } from "node:test";
import { isPassedOver, looksLikeImage } from "../../static/src/core/upload.js";

test("folders of systems and what is hidden are passed over", () => {
  for (const name of ["@eaDir", "#recycle", "$RECYCLE.BIN", "__MACOSX", ".thumbnails", "Previews.LRDATA"])
    assert.ok(isPassedOver(name, true), name);
  for (const name of ["._a.jpg", ".a.jpg"]) assert.ok(isPassedOver(name, false), name);
});

test("names that only look like them are not", () => {
  for (const name of ["recycled", "eaDir", "2020", "lrdata"]) assert.ok(!isPassedOver(name, true), name);
  for (const name of ["@eaDir", "#recycle", "a.lrdata", "a.jpg"]) assert.ok(!isPassedOver(name, false), name);
});

test("images are told by their type or their name", () => {
  assert.ok(looksLikeImage({ name: "A.HEIC", type: "", size: 1 }));
  assert.ok(looksLikeImage({ name: "a", type: "image/png", size: 1 }));
  assert.ok(!looksLikeImage({ name: "a.txt", type: "text/plain", size: 1 }));
});
