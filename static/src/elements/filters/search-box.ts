/** The search box: the view follows what is typed. The server's form does the same with a key more. */

import type { App } from "../grid-page.js";
import type { Pair } from "../../core/where.js";

const PATIENCE_MS = 250;

const isSearch = ([key]: Pair): boolean => key === "_search";

/** Bring the box of a bar to life; return what puts the cursor into it. */
export function searchBox(app: App, bar: HTMLElement): () => void {
  const form = bar.querySelector<HTMLFormElement>("form.search");
  const input = form?.querySelector<HTMLInputElement>("input[type=search]");
  if (!form || !input) return () => undefined;
  let waiting = 0;
  let isOurs = false; // the entry of the history was made by what is being typed: it is replaced while that goes on

  const asked = (): string => app.address.rest.find(isSearch)?.[1] ?? "";
  const go = (): void => {
    clearTimeout(waiting);
    waiting = 0;
    const text = input.value.trim();
    if (text === asked()) return;
    const rest: Pair[] = app.address.rest.filter((pair) => !isSearch(pair)).map((pair) => pair);
    app.navigate({ rest: text ? [["_search", text], ...rest] : rest }, isOurs);
    isOurs = true;
  };

  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(go, PATIENCE_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    if (!input.value) return app.grid.focus();
    input.value = "";
    go();
  });
  input.addEventListener("change", () => {
    go();
    isOurs = false;
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    go();
    isOurs = false;
  });
  app.addEventListener("app-address", () => {
    if (!waiting && input.value.trim() !== asked()) input.value = asked();
  });
  if (input.value.trim() !== asked()) go(); // typed before the script was there
  return () => {
    input.focus();
    input.select();
  };
}
