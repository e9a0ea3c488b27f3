/**
 * `<panoptic-properties>`: the properties beside the grid under their headings, each with an eye, a menu and, where it has
 * tags, the tree of them. Rows and headings are put in order by dragging, or with Alt and ↑ ↓.
 */

import { html, nothing, type TemplateResult } from "lit";
import { reasonOf } from "../../core/api.js";
import type { App } from "../grid-page.js";
import { chosenOf, toggled } from "../../core/facet-toggle.js";
import { type Known, readKnown } from "../../core/known.js";
import { type Heading, headingsOf, type Order, orderOf, withGroup, withProperty } from "../../core/panel.js";
import { hasTags, type Property, type Written } from "../../core/project.js";
import { allColumns, readShown, writeShown } from "../../core/shown.js";
import * as icons from "../icons.js";
import { LightElement } from "../light.js";
import { openMenu } from "../dialogs/menu.js";
import { PropertyDialogs } from "./property-dialogs.js";
import { propertyMenu } from "./property-menu.js";
import { PanopticPropertyTags } from "./property-tags.js";
import { Toast } from "../toast.js";
import { typeIcon } from "./type-icons.js";

type Dragged = { readonly kind: "property" | "group"; readonly id: number };

export class PanopticProperties extends LightElement {
  static override properties = {
    known: { state: true },
    headings: { state: true },
    open: { state: true },
    over: { state: true },
  };
  private declare known: Known | null;
  private declare headings: readonly Heading[];
  /** Ids of the properties whose tags are shown. */
  private declare open: ReadonlySet<number>;
  /** Before what a dragged row would be dropped. */
  private declare over: string;
  private app!: App;
  private toast!: Toast;
  private dialogs!: PropertyDialogs;
  private dragged: Dragged | null = null;

  constructor() {
    super();
    this.known = null;
    this.headings = [];
    this.open = new Set();
    this.over = "";
  }

  async start(app: App): Promise<void> {
    this.app = app;
    this.toast = new Toast(app, app.texts);
    this.dialogs = new PropertyDialogs(
      app,
      () => this.headings,
      (words, written) => this.told(words, written),
    );
    app.project.addEventListener("change", () => void this.read());
    app.addEventListener("app-address", () => this.requestUpdate());
    app.addEventListener("app-layout", () => this.requestUpdate());
    await this.read();
  }

  private async read(): Promise<void> {
    const { project, texts } = this.app;
    const [known, groups] = await Promise.all([readKnown(project, texts), project.groups()]);
    this.headings = headingsOf(known.fields.filter(({ id }) => id !== null), groups);
    this.known = known;
    this.texts = texts; // and now it is drawn, in place of the server's list
  }

  protected override render(): TemplateResult | typeof nothing {
    const { texts, known, headings } = this;
    if (!known) return nothing;
    const canEdit = this.app.page.can_edit;
    const label = texts.t("ui.properties.add");
    const isEmpty = headings.length === 1 && !headings[0]!.properties.length;
    return html`<div class="side-head">
        <h2 id="panoptic-properties-title">${texts.t("properties.title")}</h2>
        ${canEdit
          ? html`<button type="button" class="quiet" aria-label=${label} title=${label} @click=${(event: Event) => this.add(event)}>${icons.plus}</button>`
          : nothing}
      </div>
      ${isEmpty ? html`<p class="none">${texts.t("properties.none")}</p>` : headings.map((heading) => this.heading(heading, canEdit))}
      <details class="of-system">
        <summary>${texts.t("pane.panoptic")}</summary>
        <ul>
          ${known.fields.filter(({ id }) => id === null).map((field) => this.row(field, false))}
        </ul>
      </details>`;
  }

  private heading(heading: Heading, canEdit: boolean): TemplateResult {
    const { id, name, properties } = heading;
    const { texts } = this;
    const menu = (event: Event): void =>
      openMenu(event.currentTarget as HTMLElement, name!, [
        { label: texts.t("properties.rename"), act: () => this.dialogs.renameGroup(heading) },
        { label: texts.t("ui.properties.delete_ask"), act: () => this.dialogs.deleteGroup(heading) },
      ]);
    return html`<section class="group" aria-label=${name ?? nothing} @dragover=${this.draggedOver} @drop=${this.dropped} @dragleave=${() => (this.over = "")} data-group=${id ?? ""}>
      ${name === null
        ? nothing
        : html`<header draggable=${canEdit} data-drag="group" data-id=${id} class=${this.over === `group ${id}` ? "over" : ""} @dragstart=${this.taken}>
            <h3 tabindex=${canEdit ? 0 : nothing} @keydown=${(event: KeyboardEvent) => this.pressed(event, `property-groups/${id}`)}>${name}</h3>
            ${canEdit ? this.more(name, menu) : nothing}
          </header>`}
      <ul>
        ${properties.map((property) => this.row(property, canEdit))}
      </ul>
    </section>`;
  }

  private row(property: Property, canEdit: boolean): TemplateResult {
    const { texts, app } = this;
    const { id, name, type, scope, description } = property;
    const label = id === null ? texts.t(`row.${name}`) : name;
    const isShown = this.shown.includes(name);
    const isOpen = id !== null && this.open.has(id);
    const eye = texts.t("ui.properties.show", { name: label });
    const menu = (event: Event): void =>
      openMenu(event.currentTarget as HTMLElement, label, propertyMenu(app, property, this.known!, this.dialogs, (error) => this.failed(error)));
    const text = html`${typeIcon(type)}<span class="name">${label}</span>${scope === "instance" && id !== null
        ? html`<span class="scope" title=${texts.t("scope.instance.long")}>${texts.t("ui.properties.of_instance")}</span>`
        : nothing}`;
    return html`<li
      data-drag="property"
      data-id=${id ?? nothing}
      data-name=${name}
      draggable=${canEdit}
      class=${this.over === `property ${id}` ? "over" : ""}
      @dragstart=${this.taken}
    >
      <div class="line" title=${description ?? nothing}>
        ${id !== null && hasTags(property)
          ? html`<button type="button" class="head" aria-expanded=${isOpen} @click=${() => this.unfold(id)} @keydown=${(event: KeyboardEvent) => this.pressed(event, `properties/${id}`)}>${text}${icons.chevron}</button>`
          : html`<span class="head" tabindex=${canEdit ? 0 : nothing} @keydown=${(event: KeyboardEvent) => this.pressed(event, `properties/${id}`)}>${text}</span>`}
        <button type="button" class="quiet eye" aria-pressed=${isShown} aria-label=${eye} title=${eye} @click=${() => this.look(name)}>${icons.eye}</button>
        ${this.more(label, menu)}
      </div>
      ${isOpen ? this.tags(property) : nothing}
    </li>`;
  }

  private more(name: string, open: (event: Event) => void): TemplateResult {
    const label = this.texts.t("ui.properties.menu", { name });
    return html`<button type="button" class="quiet more" aria-haspopup="menu" aria-label=${label} title=${label} @click=${open}>${icons.more}</button>`;
  }

  private tags(property: Property): TemplateResult {
    const { grammar } = this.known!;
    const { rest } = this.app.address;
    const toggle = (event: CustomEvent<{ tag: string }>): void =>
      this.app.navigate({ rest: grammar.replace(this.app.address.rest, toggled(grammar.read(this.app.address.rest), property.name, event.detail.tag)) });
    return html`<panoptic-property-tags
      .texts=${this.texts}
      .project=${this.app.project}
      .property=${property}
      .chosen=${chosenOf(grammar.read(rest), property.name).in}
      @tag-toggle=${toggle}
    ></panoptic-property-tags>`;
  }

  private get shown(): readonly string[] {
    const { layout } = this.app.address;
    const all = layout._view === "table" ? allColumns(this.known!.fields).map(({ name }) => name) : [];
    return readShown(layout._show) ?? all;
  }

  private look(name: string): void {
    const { shown } = this;
    this.app.arrange({ _show: writeShown(shown.includes(name) ? shown.filter((each) => each !== name) : [...shown, name]) });
  }

  private unfold(id: number): void {
    const open = new Set(this.open);
    if (!open.delete(id)) open.add(id);
    this.open = open;
  }

  private add(event: Event): void {
    openMenu(event.currentTarget as HTMLElement, this.texts.t("ui.properties.add"), [
      { label: this.texts.t("ui.properties.new"), act: () => this.dialogs.create() },
      { label: this.texts.t("ui.properties.new_group"), act: () => this.dialogs.createGroup() },
    ]);
  }

  /** Alt and an arrow move a row or a heading; the focus stays on it. */
  private pressed(event: KeyboardEvent, path: string): void {
    const step = { ArrowUp: "up", ArrowDown: "down" }[event.key];
    if (!event.altKey || !step || !this.app.page.can_edit || path.endsWith("null")) return;
    event.preventDefault();
    const { drag, id } = (event.currentTarget as Element).closest<HTMLElement>("[data-drag]")!.dataset; // soon another's
    void this.write(`${path}/move`, { step }).then(async () => {
      await this.updateComplete;
      this.querySelector<HTMLElement>(`[data-drag=${drag}][data-id="${id}"] :is(h3, .head)`)?.focus();
    });
  }

  private readonly taken = (event: DragEvent): void => {
    const { drag, id } = (event.currentTarget as HTMLElement).dataset;
    if (!id) return event.preventDefault();
    event.stopPropagation();
    this.dragged = { kind: drag as Dragged["kind"], id: Number(id) };
    event.dataTransfer!.effectAllowed = "move";
    event.dataTransfer!.setData("text/plain", id);
  };

  private readonly draggedOver = (event: DragEvent): void => {
    const target = this.placeOf(event);
    if (!target) return;
    event.preventDefault();
    this.over = target;
  };

  private readonly dropped = (event: DragEvent): void => {
    const target = this.placeOf(event);
    const { dragged } = this;
    this.over = "";
    this.dragged = null;
    if (!target || !dragged) return;
    event.preventDefault();
    const section = (event.currentTarget as HTMLElement).dataset.group!;
    const group = section ? Number(section) : null;
    const before = target === "end" ? null : Number(target.split(" ")[1]);
    const order = orderOf(this.headings);
    const moved = dragged.kind === "group" ? withGroup(order, dragged.id, before) : withProperty(order, dragged.id, group, before);
    void this.arrange(moved);
  };

  /** Where a drop would put what is dragged: before a property or group, or at the end. */
  private placeOf(event: DragEvent): string | null {
    if (!this.dragged) return null;
    const row = (event.target as Element).closest<HTMLElement>("[data-drag]");
    const section = (event.currentTarget as HTMLElement).dataset.group;
    if (this.dragged.kind === "group") return section ? `group ${section}` : null;
    return row?.dataset.drag === "property" && row.dataset.id ? `property ${row.dataset.id}` : "end";
  }

  private async arrange(order: Order): Promise<void> {
    await this.write("properties/order", { order });
  }

  private async write(path: string, body: object): Promise<void> {
    try {
      await this.app.project.write(path, body);
      await this.read();
    } catch (error) {
      this.failed(error);
    }
  }

  private failed(error: unknown): void {
    this.toast.show(this.texts.t("ui.failed", { reason: reasonOf(error) }));
  }

  private told(words: string, { changeset }: Written): void {
    const undo = async (): Promise<void> => {
      await this.app.project.undo(changeset ?? undefined);
      this.toast.hide();
    };
    this.toast.show(words, { label: this.texts.t("ui.undo"), act: () => void undo().catch((error) => this.failed(error)) });
  }
}

/** The server's list stands until there is what to draw in its place. */
export async function startProperties(app: App): Promise<void> {
  await app.project.fields();
  customElements.get("panoptic-property-tags") ?? customElements.define("panoptic-property-tags", PanopticPropertyTags);
  customElements.get("panoptic-properties") ?? customElements.define("panoptic-properties", PanopticProperties);
  await app.querySelector<PanopticProperties>("panoptic-properties")?.start(app);
}
