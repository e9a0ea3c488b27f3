import assert from "node:assert/strict";
import { test } from "node:test";
import { type ImageContext, stayed } from "../../static/src/core/image.js";

const shown = (id: number, position: number | null, next: string | null): ImageContext =>
  ({
    id, instance_id: id, position, position_label: `${position}`,
    previous: null, next: next && { id: 9, instance_id: 9, href: next },
  }) as unknown as ImageContext; // prettier-ignore

test("an image that an edit took out of the view keeps the way on", () => {
  const now = stayed(shown(1, 3, "/next"), shown(1, null, null));
  assert.equal(now.next?.href, "/next");
  assert.equal(now.position_label, "3");
});

test("any other image is what it is", () => {
  assert.equal(stayed(shown(2, 3, "/next"), shown(1, null, null)).next, null);
  assert.equal(stayed(null, shown(1, null, null)).next, null);
  assert.equal(stayed(shown(1, 3, "/next"), shown(1, 4, "/other")).next?.href, "/other");
});
