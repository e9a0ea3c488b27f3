/** The rows of the tag tree: only those on the screen are in the document, so that ten thousand cost what thirty do. */

import { html, nothing, type TemplateResult } from "lit";
import type { Texts } from "../../core/i18n.js";
import type { Browsing } from "../../core/browsing.js";
import type { Row } from "../../core/vocabulary.js";
import * as icons from "../icons.js";

/** Height of a row, as the style sheet has it. */
export const rowHeight = (): number => (matchMedia("(pointer: coarse)").matches ? 42 : 32);
const BEYOND = 12; // rows above and below the screen: focus and scrolling find them there

export interface TreeState {
  readonly texts: Texts;
  readonly browsing: Browsing;
  /** The row that something is dragged over. */
  readonly over: string;
  readonly canEdit: boolean;
  readonly top: number;
  readonly height: number;
  readonly label: string;
}

export function treeOf(state: TreeState): TemplateResult {
  const { top, height } = state;
  const { rows, current } = state.browsing;
  const one = rowHeight();
  const from = Math.max(0, Math.floor(top / one) - BEYOND);
  const to = Math.min(rows.length, Math.ceil((top + height) / one) + BEYOND);
  const shown = rows.slice(from, to);
  const isShown = shown.some(({ key }) => key === current);
  return html`<div
    class="tree"
    role="tree"
    tabindex="0"
    aria-label=${state.label}
    aria-multiselectable="true"
    aria-describedby="panoptic-tags-keys"
    aria-activedescendant=${isShown ? rowId(current) : nothing}
  >
    <div class="spacer" style="height: ${rows.length * one}px">
      ${shown.map((row, at) => rowOf(state, row, (from + at) * one))}
    </div>
  </div>`;
}

const rowId = (key: string): string => `tag-${key.replaceAll("/", "-")}`;

function rowOf(state: TreeState, row: Row, y: number): TemplateResult {
  const { texts } = state;
  const { current, isSearch, open, selected } = state.browsing;
  const { tag, key, level, leaf } = row;
  const isOpen = open.has(key);
  const classes = ["term", key === current ? "current" : "", key === state.over ? "over" : ""];
  const path = isSearch && tag.parents.length ? tag.parents.join(", ") : "";
  return html`<div
    class=${classes.filter(Boolean).join(" ")}
    role="treeitem"
    id=${rowId(key)}
    data-key=${key}
    style="top: ${y}px; --level: ${level - 1}"
    draggable=${state.canEdit ? "true" : "false"}
    title=${tag.description ?? nothing}
    aria-level=${level}
    aria-posinset=${row.index + 1}
    aria-setsize=${row.siblings}
    aria-selected=${selected.has(tag.id)}
    aria-expanded=${leaf ? nothing : String(isOpen)}
  >
    <span class="twist">${leaf ? nothing : icons.chevron}</span>
    <span class="swatch" style=${tag.color ? `background: ${tag.color}` : ""}></span>
    <span class="name">${tag.name}${path ? html` <span class="path">${path}</span>` : nothing}</span>
    <span class="count" title=${texts.t("tags.counts", { own: tag.count, whole: tag.count_below })}>
      ${texts.number(tag.count_below)}${tag.count === tag.count_below ? nothing : html` <span class="own">${texts.number(tag.count)}</span>`}
    </span>
  </div>`;
}

/** Scroll so that a row is in sight. */
export function reveal(tree: HTMLElement, at: number): void {
  const one = rowHeight();
  const y = at * one;
  if (y < tree.scrollTop) tree.scrollTop = y;
  else if (y + one > tree.scrollTop + tree.clientHeight) tree.scrollTop = y + one - tree.clientHeight;
}
