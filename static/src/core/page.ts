/** What the server tells the script about the page, once, as JSON in the page. */

import type { Mode } from "./codec.js";
import { type Messages, Texts } from "./i18n.js";

export interface Folder {
  readonly id: number;
  readonly parent_id: number | null;
  readonly name: string;
  /** Cells of the current mode in it and below it. */
  readonly count: number;
  readonly missing: number;
}

export interface Page {
  readonly database: string;
  /** Path of the project's pages, without a slash at the end. */
  readonly base: string;
  readonly query: string;
  readonly mode: Mode;
  readonly count: number;
  readonly images: number;
  readonly instances: number;
  readonly version: string;
  /** See ViewHeader. */
  readonly order: number;
  readonly thumb: number;
  readonly at: number;
  readonly can_edit: boolean;
  readonly can_import: boolean;
  readonly can_run: boolean;
  readonly originals: boolean;
  readonly language: string;
  readonly messages: Messages;
  readonly folders: readonly Folder[];
  /** Types of all fields by name. */
  readonly types: Readonly<Record<string, string>>;
  readonly sorts: readonly { readonly key: string; readonly label: string }[];
  readonly view_url: string;
  readonly thumbs_url: string;
}

export function readPage(): Page {
  const element = document.getElementById("panoptic-page");
  if (!element?.textContent) throw new Error("the page carries no #panoptic-page");
  return JSON.parse(element.textContent) as Page;
}

export function textsOf(page: Pick<Page, "messages" | "language">): Texts {
  return new Texts(page.messages, page.language);
}
