/**
 * Edits one image, on its page or in the dialog over the grid: its properties, those of its instances, its last changes.
 * Keys: `E` the first property, then Tab; `T` tags; `Z`, Shift and `Z` undo and redo.
 */

import { html, nothing, render } from "lit";
import { reasonOf, statusOf } from "../../core/api.js";
import type { ImageContext, ImageParts, InstanceTable, Pane, Row } from "../../core/image.js";
import { isTyping, travelOf } from "../../core/image-keys.js";
import type { Project, Property, Said, Saying, Tag, Target, Written } from "../../core/project.js";
import type { Subject } from "../subject.js";
import { havingOf } from "../../core/tag-match.js";
import { chooseValues } from "../dialogs/copy-values.js";
import { changesOf } from "./changes.js";
import type { PanopticImage } from "./image.js";
import { SimilarPane } from "../similar/pane.js";
import { type Ground, Statement } from "./statement.js";
import { pickTags } from "../vocabulary/tag-picker.js";
import { travel, type Way } from "../travel.js";
import { Toast } from "../toast.js";

/** The values of properties; a heading has none. */
const LINES = ".statements > :not(.heading) dd";

/** What is selected in the grid below the dialog. */
export type SelectionOf = () => Subject | null;

export class ImageEditing implements ImageParts {
  private readonly panes = new Map<string, HTMLElement>();
  /** The cells of the table of instances, by instance and property; those of another image are forgotten. */
  private readonly cells = new Map<string, HTMLElement>();
  private shown: number | null = null;
  private readonly statements = new Map<HTMLElement, Statement>();
  private readonly foot = document.createElement("div");
  private readonly toast: Toast;
  private readonly ground: Ground;
  private readonly similar: SimilarPane;

  /** `selection`: absent on a page of its own, where there is nothing to select. */
  constructor(
    private readonly image: PanopticImage,
    private readonly project: Project,
    private readonly selection?: SelectionOf,
  ) {
    const { texts } = image;
    this.toast = new Toast(image.closest("dialog") ?? image.parentElement!, texts);
    this.ground = {
      project,
      texts,
      write: async (instance, sayings) => void (await project.annotate(of(instance), sayings, "cell")),
      move: (from, step) => this.move(from, step),
      paint: selection && ((saying) => void this.paint([saying])),
      selected: () => selection?.()?.count ?? 0,
    };
    project.addEventListener("change", () => image.dispatchEvent(new Event("image-stale")));
    window.addEventListener("keydown", (event) => this.pressed(event));
    this.similar = new SimilarPane(image, project.base);
    image.parts = this;
  }

  pane(pane: Pane): Node | null {
    if (pane.key === "panoptic" || !pane.rows.length) return null;
    const list = this.panes.get(pane.key) ?? document.createElement("dl");
    this.panes.set(pane.key, list);
    list.className = "statements";
    const scope = pane.key;
    const lines = pane.rows.flatMap((row, at) => {
      const line = this.line(list, String(row.property_id), row.label);
      (line.firstElementChild as HTMLElement).title = row.description ?? "";
      this.statement(line.lastElementChild as HTMLElement).show(row, scope, pane.instance);
      const isFirst = row.group !== null && row.group !== pane.rows[at - 1]?.group;
      return isFirst ? [this.line(list, "", row.group!), line] : [line];
    });
    const stand = lines.length === list.children.length && lines.every((line, at) => line === list.children[at]);
    if (!stand) list.replaceChildren(...lines); // who types in one of them stays there
    return list;
  }

  between(context: ImageContext): Node {
    return this.similar.of(context);
  }

  below(context: ImageContext): Node {
    const { texts } = this.image;
    if (this.shown !== context.id) this.forget();
    this.shown = context.id;
    const canPaint = this.selection && context.panes.some(({ instance }) => instance !== null);
    render(
      html`${canPaint
        ? html`<p class="copy"><button type="button" @click=${() => void this.copy(context)}>${texts.t("ui.copy")}</button></p>`
        : nothing}
      ${context.table ? this.table(context.table, context.panes.some(({ instance }) => instance !== null)) : nothing}
      ${changesOf(texts, context, (changeset) => void this.travel("undo", changeset))}`,
      this.foot,
    );
    return this.foot;
  }

  /** The line of a property or, without an id, of a heading: the same element as long as it is there. */
  private line(list: HTMLElement, id: string, label: string): HTMLElement {
    const lines = [...list.children] as HTMLElement[];
    const found = lines.find(({ dataset, firstElementChild }) => dataset.property === id && (id || firstElementChild!.textContent === label));
    const line = found ?? document.createElement("div");
    if (!found) line.append(document.createElement("dt"), document.createElement("dd"));
    line.dataset.property = id;
    line.classList.toggle("heading", !id);
    line.firstElementChild!.textContent = label;
    return line;
  }

  private statement(element: HTMLElement): Statement {
    const found = this.statements.get(element) ?? new Statement(element, this.ground);
    this.statements.set(element, found);
    return found;
  }

  private forget(): void {
    for (const cell of this.cells.values()) this.statements.delete(cell);
    this.cells.clear();
  }

  private table({ label, columns, rows, note }: InstanceTable, canEdit: boolean) {
    const cell = (row: Row, instance: number) => {
      const key = `${instance} ${row.property_id}`;
      const element = this.cells.get(key) ?? document.createElement("div");
      this.cells.set(key, element);
      this.statement(element).show(row, "instance", canEdit ? instance : null);
      return element;
    };
    return html`<details class="pane table-of-instances">
      <summary>${label}</summary>
      <div class="table" tabindex="0" role="region" aria-label=${label}>
        <table>
          <thead>
            <tr>
              <th scope="col">${this.image.texts.t("row.name")}</th>
              ${columns.map((name) => html`<th scope="col">${name}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${rows.map(
              ({ id, name, href, is_current, cells }) => html`<tr>
                <th scope="row"><a href=${href} aria-current=${is_current ? "true" : nothing}>${name}</a></th>
                ${cells.map((row) => html`<td>${cell(row, id)}</td>`)}
              </tr>`,
            )}
          </tbody>
        </table>
      </div>
      ${note ? html`<p class="none">${note}</p>` : nothing}
    </details>`;
  }

  private move(from: Statement, step: -1 | 1): void {
    const shown = [...this.image.querySelectorAll<HTMLElement>(`${LINES}, .table-of-instances[open] td > div`)];
    const at = shown.indexOf(from.element);
    const next = shown[at + step];
    if (next) this.statements.get(next)?.edit();
    else from.focus();
  }

  private async copy(context: ImageContext): Promise<void> {
    const selected = this.selection?.();
    if (!selected) return this.toast.show(this.image.texts.t("ui.paint.none"));
    const sayings = await chooseValues(this.image, this.image.texts, context, selected.count);
    if (sayings) await this.paint(sayings);
  }

  private async paint(sayings: readonly Saying[]): Promise<void> {
    const { texts } = this.image;
    const selected = this.selection?.();
    if (!selected) return this.toast.show(texts.t("ui.paint.none"));
    try {
      this.told(await this.project.annotate(selected.target, sayings, "paint"));
    } catch (error) {
      const isStale = statusOf(error) === 409;
      this.toast.show(isStale ? texts.t("ui.stale") : texts.t("ui.failed", { reason: reasonOf(error) }));
    }
  }

  private told({ changeset, changed }: Written): void {
    const { texts } = this.image;
    if (changeset === null) return this.toast.show(texts.t("ui.no_change"));
    this.toast.show(texts.count("ui.changed", changed), { label: texts.t("ui.undo"), act: () => void this.travel("undo", changeset) });
  }

  /** Take back a changeset, by default one's own last one, or do again what was taken back. */
  private travel(way: Way, changeset?: number): Promise<void> {
    return travel(this.project, this.image.texts, this.toast, way, changeset);
  }

  private async tag(context: ImageContext, instance: number): Promise<void> {
    const { texts } = this.image;
    const said = (property: Property): Said | null | undefined =>
      this.image.context?.panes.flatMap(({ rows }) => rows).find(({ property_id }) => property_id === property.id)?.plain;
    await pickTags({
      project: this.project,
      texts,
      title: context.name,
      having: async (property) => havingOf([(said(property) ?? []) as readonly Pick<Tag, "id">[]]),
      makes: true,
      say: async (saying) => {
        const { changed } = await this.project.annotate(of(instance), [saying], "tagging");
        return texts.count("ui.changed", saying.color ? changed - 1 : changed);
      },
    });
  }

  private pressed(event: KeyboardEvent): void {
    const { context } = this.image;
    const instance = context?.panes[0]?.instance ?? null;
    const isOver = [...document.querySelectorAll("dialog[open]")].some((dialog) => !dialog.contains(this.image));
    const direction = travelOf(event);
    const isCombined = !direction && (event.ctrlKey || event.metaKey || event.altKey);
    const isHeld = isCombined || event.repeat || event.defaultPrevented;
    if (instance === null || isOver || isHeld || !this.image.isConnected || isTyping(event.target)) return;
    const key = event.key.toLowerCase();
    const first = this.image.querySelector<HTMLElement>(LINES);
    if (key === "e" && first) this.statements.get(first)?.edit();
    else if (key === "t") void this.tag(context!, instance);
    else if (direction) void this.travel(direction);
    else return;
    event.preventDefault();
  }
}

function of(instance: number): Target {
  return { query: `id=${instance}` };
}
