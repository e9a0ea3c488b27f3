/**
 * The stamp: a dialog that says several things of many cells at once, one changeset. Each property has an act: leave it,
 * set, add or remove tags, erase. What the server refuses is shown at the property it names, and nothing typed is lost.
 */

import { html, nothing, type TemplateResult } from "lit";
import { live } from "lit/directives/live.js";
import { reasonOf } from "../core/api.js";
import type { Texts } from "../core/i18n.js";
import { hasTags, type Project, type Property, type Saying, type Written } from "../core/project.js";
import * as icons from "./icons.js";
import { LightElement } from "./light.js";
import { propertyForm } from "./vocabulary/property-form.js";
import { stampField } from "./stamp-field.js";

type Act = Saying["act"] | "leave";

/** What is to be done to one property. */
export interface Plan {
  readonly act: Act;
  readonly text: string;
}

export interface Stamping {
  readonly project: Project;
  readonly texts: Texts;
  /** What is stamped: "340 instances". */
  readonly title: string;
  /** Write it; a rejection keeps the dialog open. */
  say(sayings: readonly Saying[]): Promise<Written>;
}

/** Resolves with what was written, or null where the dialog was closed. */
export function openStamp(stamping: Stamping): Promise<Written | null> {
  const stamp = document.createElement("panoptic-stamp") as PanopticStamp;
  stamp.texts = stamping.texts;
  stamp.stamping = stamping;
  (document.querySelector("panoptic-app, .panoptic") ?? document.body).append(stamp);
  return new Promise((resolve) => (stamp.done = resolve));
}

const NONE: Plan = { act: "leave", text: "" };

export class PanopticStamp extends LightElement {
  static override properties = {
    properties: { state: true },
    plans: { state: true },
    fault: { state: true },
    isBusy: { state: true },
  };
  stamping!: Stamping;
  done: (written: Written | null) => void = () => {};
  /** Null: not read yet. */
  declare private properties: readonly Property[] | null;
  declare private plans: ReadonlyMap<number, Plan>;
  declare private fault: string;
  declare private isBusy: boolean;
  private written: Written | null = null;

  constructor() {
    super();
    Object.assign(this, { properties: null, plans: new Map(), fault: "", isBusy: false });
  }

  protected override firstUpdated(): void {
    const dialog = this.querySelector("dialog")!;
    dialog.showModal();
    dialog.addEventListener("close", (event) => {
      if (event.target !== dialog) return;
      this.remove();
      this.done(this.written);
    });
    void this.read();
  }

  private async read(): Promise<void> {
    try {
      this.properties = await this.stamping.project.properties();
      await this.updateComplete;
      this.querySelector<HTMLElement>(".stamp-row input, .stamp-row select")?.focus();
    } catch (error) {
      this.fault = this.texts.t("ui.failed", { reason: reasonOf(error) });
    }
  }

  private get sayings(): readonly Saying[] {
    return (this.properties ?? []).flatMap(({ id, name }) => {
      const { act, text } = this.plans.get(id!) ?? NONE;
      if (act === "leave") return [];
      return [act === "erase" ? { act, name } : { act, name, text }];
    });
  }

  protected override render(): TemplateResult {
    const { texts, stamping, properties, sayings } = this;
    const close = texts.t("ui.close");
    return html`<dialog class="panoptic stamp" aria-labelledby="panoptic-stamp-title" @keydown=${(event: Event) => event.stopPropagation()}>
      <header>
        <h2 id="panoptic-stamp-title">${texts.t("ui.stamp.title", { what: stamping.title })}</h2>
        <form method="dialog"><button class="quiet" aria-label=${close} title=${close}>${icons.close}</button></form>
      </header>
      ${properties?.length === 0
        ? propertyForm(texts, stamping.project, () => void this.read())
        : html`<form @submit=${this.apply}>
            <div class="rows">${properties?.map((property) => this.row(property))}</div>
            <footer>
              <p class="fault" role="alert">${this.fault}</p>
              <p class="plan">${sayings.length ? texts.count("ui.stamp.plan", sayings.length, { what: stamping.title }) : texts.t("ui.stamp.hint")}</p>
              <button class="main" ?disabled=${!sayings.length || this.isBusy}>${texts.t("form.apply")}</button>
            </footer>
          </form>`}
    </dialog>`;
  }

  private row(property: Property): TemplateResult {
    const { texts } = this;
    const plan = this.plans.get(property.id!) ?? NONE;
    const acts: readonly Act[] = hasTags(property) ? ["leave", "add", "remove", "set", "erase"] : ["leave", "set", "erase"];
    const isWrong = this.fault.includes(`\`${property.name}\``);
    return html`<fieldset class=${isWrong ? "stamp-row wrong" : "stamp-row"}>
      <legend>${property.name}</legend>
      <select
        aria-label=${texts.t("ui.stamp.act", { property: property.name })}
        .value=${live(plan.act)}
        @change=${(event: Event) => this.plan(property, { ...plan, act: (event.target as HTMLSelectElement).value as Act })}
      >
        ${acts.map((act) => html`<option value=${act} ?selected=${act === plan.act}>${texts.t(`ui.act.${act}`)}</option>`)}
      </select>
      ${plan.act === "erase"
        ? nothing
        : stampField(this.stamping, property, plan.text, isWrong, (text) => {
            const act = plan.act !== "leave" ? plan.act : hasTags(property) ? "add" : "set";
            this.plan(property, text ? { act, text } : NONE);
          })}
    </fieldset>`;
  }

  private plan(property: Property, plan: Plan): void {
    this.fault = "";
    this.plans = new Map(this.plans).set(property.id!, plan);
  }

  private readonly apply = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (!this.sayings.length || this.isBusy) return;
    this.isBusy = true;
    this.fault = "";
    try {
      this.written = await this.stamping.say(this.sayings);
      this.querySelector("dialog")?.close();
    } catch (error) {
      this.fault = this.texts.t("ui.failed", { reason: reasonOf(error) });
      this.isBusy = false;
      await this.updateComplete;
      this.querySelector<HTMLElement>(".wrong :is(input, .field)")?.focus();
    }
  };
}

if (!customElements.get("panoptic-stamp")) customElements.define("panoptic-stamp", PanopticStamp);
