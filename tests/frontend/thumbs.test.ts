import assert from "node:assert/strict";
import { test } from "node:test";
import { Thumbs } from "../../static/src/core/thumbs.js";
import { packAnswer } from "./envelopes.js";

/** A server whose answers are let go by hand. */
class Server {
  readonly asked: number[][] = [];
  readonly aborted: number[][] = [];
  private readonly held: (() => void)[] = [];

  constructor(private readonly has: (id: number) => boolean = () => true) {}

  readonly fetch = (url: string, signal?: AbortSignal): Promise<ArrayBuffer> => {
    const ids = new URL(url, "http://x").searchParams.get("ids")!.split(",").map(Number);
    this.asked.push(ids);
    return new Promise((resolve, reject) => {
      signal?.addEventListener("abort", () => {
        this.aborted.push(ids);
        reject(new DOMException("", "AbortError"));
      });
      this.held.push(() => resolve(packAnswer(ids.filter(this.has))));
    });
  };

  async answer(): Promise<void> {
    for (const release of this.held.splice(0)) release();
    await new Promise((resolve) => setTimeout(resolve));
  }
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);

function thumbsOf(server: Server, budget = 1e6): Thumbs {
  const encode = (_mime: string, data: Uint8Array): string => `data:${data[0]}`.padEnd(10, ".");
  return new Thumbs("/thumbs", "instances", { fetch: server.fetch, encode, budget, perPack: 10, parallel: 2 });
}

test("packs are asked for in the order given, a bounded number at a time", async () => {
  const server = new Server();
  const thumbs = thumbsOf(server);
  thumbs.want(range(0, 50), "grid");
  assert.deepEqual(server.asked, [range(0, 12)], "the first comes alone");
  await server.answer();
  assert.deepEqual(server.asked.slice(1), [range(12, 22), range(22, 32)]);
  assert.equal(thumbs.get(3, "grid")?.url, "data:3....");
  assert.equal(thumbs.get(3, "grid")?.image_id, 1003);
});

test("ids that were scrolled away are never asked for", async () => {
  const server = new Server();
  const thumbs = thumbsOf(server);
  thumbs.want([0], "grid");
  await server.answer();
  thumbs.want(range(100, 150), "grid");
  thumbs.want([...range(105, 110), ...range(200, 205)], "grid");
  await server.answer();
  assert.deepEqual(server.aborted, [range(110, 120)], "a pack without any wanted id is cancelled");
  assert.deepEqual(server.asked, [[0], range(100, 110), range(110, 120), range(200, 205)]);
});

test("nothing is asked for twice, not even what the server does not have", async () => {
  const server = new Server((id) => id !== 2);
  const thumbs = thumbsOf(server);
  for (let round = 0; round < 3; round++) {
    thumbs.want(range(0, 5), "grid");
    await server.answer();
  }
  assert.deepEqual(server.asked, [range(0, 5)]);
  assert.equal(thumbs.get(2, "grid"), undefined);
});

test("the least recently used go first when the budget is spent", async () => {
  const server = new Server();
  const thumbs = thumbsOf(server, 40);
  thumbs.want(range(0, 4), "grid");
  await server.answer();
  thumbs.get(0, "grid");
  thumbs.want([9], "grid");
  await server.answer();
  assert.deepEqual(range(0, 10).filter((id) => thumbs.get(id, "grid")), [0, 2, 3, 9]);
});

test("the small thumbnail stands in for the large one", async () => {
  const server = new Server();
  const thumbs = thumbsOf(server);
  thumbs.want([1], "grid");
  await server.answer();
  assert.ok(thumbs.get(1, "preview"));
  thumbs.want([1], "preview");
  assert.equal(server.asked.length, 2);
});

test("one id can be asked for past the queue", async () => {
  const server = new Server((id) => id !== 5);
  const thumbs = thumbsOf(server);
  const found = thumbs.fetchCell(4);
  const none = thumbs.fetchCell(5);
  await server.answer();
  assert.equal((await found)?.name, "n4");
  assert.equal(await none, undefined);
});
