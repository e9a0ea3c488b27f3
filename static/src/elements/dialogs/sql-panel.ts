/** The SQL of the view that the page shows, in a dialog: to read, to copy, and to go on with in Datasette's editor. */

import { render } from "lit";
import { queryText, withQuery } from "../../core/address.js";
import { getJson } from "../../core/api.js";
import type { App } from "../grid-page.js";
import * as icons from "../icons.js";
import { copied } from "../tab-actions.js";

interface Sql {
  readonly sql: string;
  readonly params: Readonly<Record<string, string | number>>;
  readonly literal: string;
  readonly tokens: readonly (readonly [string, string])[];
  readonly notes: readonly string[];
  readonly editor_url: string | null;
}

export async function openSql(app: App): Promise<void> {
  const dialog = document.createElement("dialog");
  dialog.className = "panoptic sql-panel";
  dialog.setAttribute("aria-labelledby", "panoptic-sql-title");
  dialog.addEventListener("close", () => {
    dialog.remove();
    app.grid.focus();
  });
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  const body = element("div", "sql-view");
  dialog.append(head(app, () => dialog.close()), body);
  app.append(dialog);
  dialog.showModal();
  try {
    const found = await getJson<Sql>(withQuery(`${app.page.base}/sql.json`, queryText(app.address)));
    body.append(...parts(app, found));
  } catch (error) {
    body.append(element("p", "fault", app.texts.t("ui.failed", { reason: error instanceof Error ? error.message : String(error) })));
  }
}

function head(app: App, close: () => void): HTMLElement {
  const header = element("header");
  const title = element("h2", "", app.texts.t("sql.title"));
  title.id = "panoptic-sql-title";
  const button = act("", close);
  button.className = "quiet";
  render(icons.close, button);
  button.setAttribute("aria-label", app.texts.t("ui.close"));
  header.append(title, button);
  return header;
}

function parts({ texts }: App, found: Sql): HTMLElement[] {
  const ways = element("p", "ways");
  const said = element("span", "said");
  said.setAttribute("role", "status");
  const copy = act(texts.t("ui.sql.copy"), async () => {
    said.textContent = (await copied(found.literal)) ? texts.t("ui.sql.copied") : "";
  });
  ways.append(copy);
  if (found.editor_url) {
    const editor = element("a", "", texts.t("sql.editor")) as HTMLAnchorElement;
    editor.href = found.editor_url;
    ways.append(editor);
  }
  ways.append(said);
  return [painted(texts.t("sql.title"), found.tokens), ...params(texts.t("sql.params"), found), ...found.notes.map(noted), ways];
}

function painted(label: string, tokens: Sql["tokens"]): HTMLElement {
  const pre = element("pre", "sql");
  pre.tabIndex = 0;
  pre.setAttribute("role", "region");
  pre.setAttribute("aria-label", label);
  for (const [kind, text] of tokens) pre.append(kind ? element("span", kind, text) : text);
  return pre;
}

function params(caption: string, { params: found }: Sql): HTMLElement[] {
  const rows = Object.entries(found);
  if (!rows.length) return [];
  const table = document.createElement("table");
  table.className = "params";
  table.createCaption().textContent = caption;
  for (const [name, value] of rows) {
    const row = table.insertRow();
    const heading = element("th", "", `:${name}`);
    heading.setAttribute("scope", "row");
    row.append(heading);
    row.insertCell().textContent = String(value);
  }
  return [table];
}

/** A note, with what stands in backticks as code. */
function noted(text: string): HTMLElement {
  const note = element("p", "note");
  text.split("`").forEach((part, at) => note.append(at % 2 ? element("code", "", part) : part));
  return note;
}

function element(name: string, className = "", text = ""): HTMLElement {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.textContent = text;
  return made;
}

function act(label: string, action: () => void): HTMLButtonElement {
  const button = element("button", "", label) as HTMLButtonElement;
  button.type = "button";
  button.addEventListener("click", action);
  return button;
}
