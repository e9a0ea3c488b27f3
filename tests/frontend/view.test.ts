import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../../static/src/core/api.js";
import { View } from "../../static/src/core/view.js";
import { records, viewAnswer } from "./envelopes.js";

const COUNT = 30; // in chunks of 4; ids are position + 100

function server(first: number): { asked: string[]; fetch: (url: string, signal?: AbortSignal) => Promise<ArrayBuffer> } {
  const asked: string[] = [];
  const ids = Array.from({ length: COUNT }, (_, position) => position + 100);
  return {
    asked,
    fetch: (url, signal) =>
      new Promise((resolve, reject) => {
        const params = new URL(url, "http://x").searchParams;
        const [from, to] = [Number(params.get("_from")), Number(params.get("_to"))];
        if (params.has("_from")) asked.push(`${from}-${to}`);
        signal?.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
        setTimeout(() => {
          if (params.has("_from")) resolve(records(ids.slice(from, to)));
          else resolve(viewAnswer(ids.slice(0, first), { count: COUNT, first, version: "v 1" }));
        });
      }),
  };
}

const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));

test("the first records are there without asking", async () => {
  const { asked, fetch } = server(10);
  const view = await View.open("/view", "a=1", undefined, fetch);
  view.want([{ from: 0, to: 10 }]);
  await settled();
  assert.deepEqual(asked, []);
  assert.deepEqual([view.id(0), view.look(9), view.id(10)], [100, 109, undefined]);
});

test("a range is fetched in its chunks, the middle first, and read back by position", async () => {
  const { asked, fetch } = server(2);
  const view = await View.open("/view", "", undefined, fetch);
  let told = 0;
  view.onRecords = () => told++;
  view.want([{ from: 8, to: 21 }]);
  await settled();
  assert.deepEqual(asked, ["12-16", "16-20", "8-12", "20-24"]);
  assert.equal(told, 4);
  for (let position = 8; position < 24; position++) assert.equal(view.id(position), position + 100);
  assert.equal(view.id(2), undefined);
  view.want([{ from: 0, to: COUNT }]);
  await settled();
  for (let position = 0; position < COUNT; position++) assert.equal(view.look(position), position + 100);
  assert.ok(asked.includes("28-30"), "the last chunk ends with the view");
});

test("a view that the page already told needs no asking", () => {
  const header = { version: "1", mode: "instances" as const, count: 1000, images: 0, instances: 0, first: 0, chunk: 64, order: 0 };
  const view = View.known("/view", "", header, 500, Uint32Array.from([7, 70, 8, 80]));
  assert.deepEqual([view.id(499), view.id(500), view.look(501), view.id(502)], [undefined, 7, 80, undefined]);
  view.want([{ from: 500, to: 502 }]); // would fail without a server
});

test("what is no longer wanted is not fetched", async () => {
  const { asked, fetch } = server(0);
  const view = await View.open("/view", "", undefined, fetch);
  view.want([{ from: 0, to: 16 }]);
  view.want([{ from: 24, to: 28 }]);
  await settled();
  assert.equal(view.id(24), 124);
  assert.equal(view.id(12), undefined);
  assert.ok(!asked.includes("12-16"));
});

test("a corpus that changed is told once", async () => {
  const { fetch } = server(0);
  let stale = 0;
  const view = await View.open("/view", "", undefined, (url, signal) =>
    url.includes("_from") ? Promise.reject(new ApiError("changed", 409)) : fetch(url, signal),
  );
  view.onStale = () => stale++;
  view.want([{ from: 0, to: 8 }]);
  await settled();
  view.want([{ from: 8, to: 16 }]);
  await settled();
  assert.equal(stale, 1);
});
