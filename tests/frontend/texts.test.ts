import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { HELP, HELP_EDIT, HELP_SAVING, HELP_TABS, commandOf } from "../../static/src/core/keys.js";
import { Texts } from "../../static/src/core/i18n.js";
import { batches, looksLikeImage } from "../../static/src/core/upload.js";

const LOCALES = Object.fromEntries(
  ["en", "fr"].map((language) => [
    language,
    JSON.parse(readFileSync(`static/locales/${language}.json`, "utf8")) as Record<string, string>,
  ]),
);

test("places are filled, numbers written the language's way, unknown keys shown", () => {
  const texts = new Texts({ a: "{n} of {count}, {name}", "b.one": "{n} picture", "b.other": "{n} pictures" }, "en");
  assert.equal(texts.t("a", { n: 1, count: 1000, name: "{x}" }), "1 of 1,000, {x}");
  assert.equal(texts.t("a", {}), "{n} of {count}, {name}");
  assert.equal(texts.t("zzz"), "zzz");
  assert.deepEqual([0, 1, 2].map((n) => texts.count("b", n)), ["0 pictures", "1 picture", "2 pictures"]);
});

test("numbers are grouped as the browser's own formatter does", () => {
  for (const language of ["en", "fr", "de"]) {
    const texts = new Texts({}, language);
    for (const n of [0, 7, 999, 1000, 12_345, 1_000_000]) assert.equal(texts.number(n), n.toLocaleString(language));
  }
});

test("languages without a rule of ours follow the browser's", () => {
  const texts = new Texts({ "b.one": "1", "b.few": "few", "b.other": "other" }, "pl");
  assert.deepEqual([1, 3, 5].map((n) => texts.count("b", n)), ["1", "few", "other"]);
});

test("French counts none and one alike", () => {
  const texts = new Texts({ "b.one": "{n} vue", "b.other": "{n} vues" }, "fr");
  assert.deepEqual([0, 1, 2].map((n) => texts.count("b", n)), ["0 vue", "1 vue", "2 vues"]);
  assert.match(texts.count("b", 1_000_000), /vues$/);
});

test("both languages say everything, with the same places", () => {
  const places = (text: string): string[] => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  const [en, fr] = [LOCALES.en!, LOCALES.fr!];
  assert.deepEqual(Object.keys(fr), Object.keys(en));
  for (const key of Object.keys(en)) {
    assert.deepEqual(places(fr[key]!), places(en[key]!), key);
    assert.ok(fr[key] && en[key], `${key} is not empty`);
  }
});

test("every row of the key help has its text", () => {
  for (const [keys, text] of [...HELP, ...HELP_EDIT, ...HELP_TABS, ...HELP_SAVING]) {
    for (const key of [text, ...keys.filter((key) => key.includes("."))]) assert.ok(LOCALES.en![key], key);
  }
});

const press = (key: string, held: Partial<KeyboardEvent> = {}): ReturnType<typeof commandOf> =>
  commandOf({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...held });

test("keys mean one thing each, and leave the browser its own", () => {
  assert.deepEqual(press("ArrowDown"), { kind: "step", step: "down", extend: false });
  assert.deepEqual(press("ArrowDown", { shiftKey: true }), { kind: "step", step: "down", extend: true });
  assert.deepEqual(press("a", { ctrlKey: true }), { kind: "action", action: "all" });
  assert.deepEqual(press("End", { metaKey: true }), { kind: "step", step: "end", extend: false });
  for (const [key, held] of [["ArrowLeft", { altKey: true }], ["o", { ctrlKey: true }], ["a", {}], ["+", { ctrlKey: true }]] as const) {
    assert.equal(press(key, held), null, key);
  }
});

test("files go in batches that a server takes, in order", () => {
  const files = Array.from({ length: 120 }, (_, n) => ({ name: `${n}.jpg`, type: "image/jpeg", size: n === 60 ? 90_000_000 : 10 }));
  const cut = batches(files);
  assert.deepEqual(cut.flat(), files);
  assert.deepEqual(cut.map((batch) => batch.length), [50, 10, 1, 50, 9]);
  assert.deepEqual(batches([]), []);
});

test("of a dropped folder, only images are sent", () => {
  const names = { "a.JPG": "", "b.heic": "", ".DS_Store": "", ".hidden.png": "image/png", "c.txt": "text/plain", "d.svgz": "" };
  const sent = Object.entries(names).filter(([name, type]) => looksLikeImage({ name, type, size: 1 }));
  assert.deepEqual(sent.map(([name]) => name), ["a.JPG", "b.heic"]);
});
