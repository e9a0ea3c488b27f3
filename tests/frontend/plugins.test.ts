import assert from "node:assert/strict";
import { test } from "node:test";
import { choiceOf, initialOf, type Parameter, type Plugin, valuesOf } from "../../static/src/core/plugins.js";

function parameter(name: string, kind: Parameter["kind"], more: Partial<Parameter> = {}): Parameter {
  return { name, kind, label: name, help: "", default: null, required: false, optional: false, choices: [], minimum: null, maximum: null, ...more };
}

function plugin(id: string, more: Partial<Plugin> = {}): Plugin {
  return { role: "action", id, label: id, description: "", missing: "", given: [], parameters: [], remembered: null, ...more };
}

function form(values: Record<string, string>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(values)) data.set(name, value);
  return data;
}

test("the plugin that was chosen by default comes first, unless it cannot be run", () => {
  const plugins = [plugin("broken", { missing: "pip install x" }), plugin("a"), plugin("b")];
  assert.equal(initialOf(plugins, "b")?.id, "b");
  assert.equal(initialOf(plugins, null)?.id, "a");
  assert.equal(initialOf(plugins, "broken")?.id, "a");
  assert.equal(initialOf(plugins.slice(0, 1), null), undefined);
});

test("a form begins with what is remembered, and with defaults for what came since", () => {
  const parameters = [parameter("n", "integer", { default: 3 }), parameter("new", "text", { default: "x" })];
  const remembered = { params: { n: 7, gone: 1 }, seed: 5, space: 2, texts: null };
  assert.deepEqual(valuesOf(plugin("a", { parameters, remembered })), { params: { n: 7, new: "x" }, seed: 5, space: 2, texts: null });
  assert.deepEqual(valuesOf(plugin("a", { parameters })), { params: { n: 3, new: "x" }, seed: 0, space: null, texts: null });
});

test("an optional field that was left empty begins empty again", () => {
  const parameters = [parameter("tags", "property", { default: "Colours", optional: true })];
  const remembered = { params: { tags: null }, seed: 0, space: null, texts: null };
  assert.deepEqual(valuesOf(plugin("a", { parameters, remembered })).params, { tags: null });
});

const EVERY = plugin("a", {
  parameters: [
    parameter("on", "checkbox", { default: true }),
    parameter("n", "integer", { default: 3 }),
    parameter("where", "property", { optional: true }),
    parameter("word", "text"),
  ],
});

test("an unticked box is sent, numbers as they are written, and what may be empty as nothing", () => {
  const sent = choiceOf(EVERY, form({ "param:n": "07", "param:where": "", "param:word": "", seed: "4", space: "2" }));
  assert.deepEqual(sent, { plugin: "a", params: { on: false, n: "07", where: null, word: "" }, seed: 4, space: 2, texts: null, by_default: false });
});

test("a field that the form has not is left out", () => {
  assert.deepEqual(choiceOf(EVERY, form({ "param:on": "on", by_default: "on" })), {
    plugin: "a",
    params: { on: true, where: null },
    seed: 0,
    space: null,
    texts: null,
    by_default: true,
  });
});
