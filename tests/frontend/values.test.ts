import assert from "node:assert/strict";
import { test } from "node:test";
import { type CellValues, Values, type ValuesOptions } from "../../static/src/core/values.js";
import { host, number, typed, webAddress, words } from "../../static/src/core/value-words.js";
import { Texts } from "../../static/src/core/i18n.js";

interface Asked {
  readonly ids: number[];
  readonly url: string;
  readonly signal: AbortSignal | undefined;
  answer(said?: string): Promise<void>;
}

/** A project, the cache of its values, and what is asked of the server. */
function scene(options: ValuesOptions = {}) {
  const asked: Asked[] = [];
  const project = Object.assign(new EventTarget(), { base: "/p" });
  const fetch = <T>(url: string, signal?: AbortSignal): Promise<T> =>
    new Promise((resolve, reject) => {
      const ids = new URL(url, "http://x").searchParams.get("ids")!.split(",").map(Number);
      signal?.addEventListener("abort", () => reject(new DOMException("stopped", "AbortError")));
      const answer = async (said = "old"): Promise<void> => {
        resolve({ cells: ids.filter((id) => id < 1_000).map((id): CellValues => ({ id, image_id: id, values: { 1: said }, fields: {} })) } as T);
        await later();
      };
      asked.push({ ids, url, signal, answer });
    });
  const values = new Values(project, "instances", { fetch, delay: 1, ...options });
  return { asked, project, values, change: () => project.dispatchEvent(new Event("change")) };
}

const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 8));
const said = (values: Values, id: number) => values.get(id)?.values[1];

test("cells are asked for together, in batches, and each once", async () => {
  const { asked, values } = scene({ perBatch: 3 });
  values.want([1, 2]);
  values.want([1, 2, 3, 4]);
  await later();
  assert.deepEqual(asked.map(({ ids }) => ids), [[1, 2, 3], [4]]);
  for (const each of [...asked]) await each.answer();
  assert.equal(said(values, 4), "old");
  values.want([4, 3, 5]);
  await later();
  assert.deepEqual(asked.at(-1)!.ids, [5]);
});

test("while values change all is shown as it was, and asked for again", async () => {
  const { asked, values, change } = scene();
  values.want([1, 2]);
  await later();
  await asked[0]!.answer();
  let told = 0;
  values.onValues = () => told++;
  change();
  assert.equal(told, 1, "whoever shows them draws again");
  assert.equal(said(values, 1), "old");
  values.want([1]);
  await later();
  assert.deepEqual(asked[1]!.ids, [1]);
  await asked[1]!.answer("new");
  assert.equal(said(values, 1), "new");
  assert.equal(said(values, 2), "old");
});

test("an answer from before a change is asked for again", async () => {
  const { asked, values, change } = scene();
  values.want([1]);
  await later();
  change();
  await asked[0]!.answer();
  await later();
  assert.deepEqual(asked[1]?.ids, [1]);
});

test("what is scrolled away is not waited for", async () => {
  const { asked, values } = scene();
  values.want([1, 2]);
  await later();
  values.pause();
  assert.equal(asked[0]!.signal!.aborted, true);
  await later();
  assert.equal(asked.length, 1);
  values.want([2, 3]);
  await later();
  assert.deepEqual(asked[1]!.ids, [2, 3]);
});

test("a batch that still holds something wanted goes on", async () => {
  const { asked, values } = scene();
  values.want([1, 2]);
  await later();
  values.want([2, 3]);
  await later();
  assert.equal(asked[0]!.signal!.aborted, false);
  assert.deepEqual(asked[1]!.ids, [3]);
});

test("the least recently used are forgotten", async () => {
  const { asked, values } = scene({ most: 3 });
  values.want([1, 2, 3]);
  await later();
  await asked[0]!.answer();
  values.get(1);
  values.want([4]);
  await later();
  await asked[1]!.answer();
  assert.deepEqual([1, 2, 3, 4].map((id) => said(values, id)), ["old", undefined, "old", "old"]);
});

test("cells that are not there are not asked for again and again", async () => {
  const { asked, values } = scene();
  values.want([1, 5_000]);
  await later();
  await asked[0]!.answer();
  values.want([1, 5_000]);
  await later();
  assert.equal(asked.length, 1);
  assert.equal(values.get(5_000), undefined);
});

test("other fields of the system are asked for when they are wanted", async () => {
  const { asked, values } = scene();
  values.want([1], ["width"]);
  await later();
  await asked[0]!.answer();
  values.want([1], ["width", "folder"]);
  await later();
  assert.match(asked[1]!.url, /fields=width,folder/);
});

test("one cell is read at once, past the queue", async () => {
  const { asked, values } = scene();
  const reading = values.read([7]);
  assert.deepEqual(asked[0]!.ids, [7]);
  await asked[0]!.answer("new");
  assert.equal((await reading)[0]!.id, 7);
  assert.equal(said(values, 7), "new");
});

const english = new Texts({ "value.yes": "yes", "value.no": "no" }, "en");
const french = new Texts({ "value.yes": "oui", "value.no": "non" }, "fr");

test("numbers keep their digits and are written the language's way", () => {
  assert.equal(number(english, "1234567890123456789"), "1,234,567,890,123,456,789");
  assert.equal(number(french, -1234567), "-1\u202f234\u202f567");
  assert.equal(number(english, 1968), "1968");
  assert.equal(number(french, 12.5), "12,5");
  assert.equal(number(english, 0.1 + 0.2), "0.3");
});

test("addresses are their sites, and only those of the web are links", () => {
  assert.equal(host("https://www.example.org/a?b"), "example.org");
  assert.equal(host("no address"), "no address");
  assert.equal(webAddress("javascript:alert(1)"), null);
  assert.equal(webAddress("https://"), null);
  assert.equal(webAddress("HTTP://example.org/x"), "HTTP://example.org/x");
});

test("checkboxes are yes or no, and typed as true or false", () => {
  assert.deepEqual([words(french, "checkbox", true), words(english, "checkbox", 0)], ["oui", "no"]);
  assert.deepEqual([typed("checkbox", true), typed("checkbox", false), typed("checkbox", undefined)], ["true", "false", ""]);
  assert.equal(typed("number", "1234567890123456789"), "1234567890123456789");
});
