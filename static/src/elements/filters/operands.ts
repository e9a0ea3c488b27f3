/** The fields in which the operands of a condition are given, by the type of what they are compared with. */

import { html, nothing, type TemplateResult } from "lit";
import type { DraftCondition } from "../../core/draft.js";
import type { Texts } from "../../core/i18n.js";
import { COLOR_NAMES, colorNamed, PALETTE } from "../../core/palette.js";
import type { FieldType, Operator } from "../../core/project.js";
import * as icons from "../icons.js";
import type { Suggest } from "./tokens.js";

export interface OperandForm {
  readonly texts: Texts;
  readonly type: FieldType;
  readonly takes: Operator["operands"];
  readonly condition: DraftCondition;
  /** Id of what is said of a mistake. */
  readonly describedby: string;
  readonly suggest: Suggest;
  readonly change: (operands: string[]) => void;
}

export function operandForm(form: OperandForm): TemplateResult | typeof nothing {
  const { takes, type, texts } = form;
  if (takes === "none") return nothing;
  if (type === "color") return colors(form);
  if (type === "checkbox") return takes === "list" ? checks(form) : yesOrNo(form);
  if (type === "tag" || type === "multi_tags") return tokens(form, false);
  if (takes === "list") return tokens(form, true);
  if (takes === "one") return input(form, 0, texts.t("filters.value"));
  return html`${input(form, 0, texts.t("ui.filter.from"))}
    <span class="between">${texts.t("ui.filter.and")}</span>
    ${input(form, 1, texts.t("ui.filter.to"))}`;
}

function input(form: OperandForm, at: number, label: string): TemplateResult {
  const { texts, type, condition } = form;
  const isDate = type === "date" && condition.operator !== "lastdays";
  const isNumber = type === "number" || condition.operator === "lastdays";
  const set = (value: string): void => form.change(Object.assign([...condition.operands], { [at]: value }));
  return html`<span class="operand">
    <input
      type="text"
      class=${isNumber ? "number" : isDate ? "date" : "text"}
      inputmode=${isNumber ? "decimal" : "text"}
      spellcheck="false"
      autocomplete="off"
      aria-label=${label}
      aria-describedby=${form.describedby}
      aria-invalid=${condition.problem !== ""}
      placeholder=${isDate ? texts.t("ui.filter.date_hint") : ""}
      .value=${condition.operands[at] ?? ""}
      @input=${(event: Event) => set((event.target as HTMLInputElement).value)}
    />
    ${isDate ? picker(texts, condition.operands[at] ?? "", set) : nothing}
  </span>`;
}

/** The browser's own calendar, for whole days. */
function picker(texts: Texts, value: string, set: (day: string) => void): TemplateResult {
  const label = texts.t("ui.filter.pick_day");
  const open = (event: Event): void => (event.currentTarget as HTMLElement).parentElement!.querySelector<HTMLInputElement>("input[type=date]")!.showPicker();
  return html`<button type="button" class="quiet" aria-label=${label} title=${label} @click=${open}>${icons.calendar}</button>
    <input
      type="date"
      tabindex="-1"
      aria-hidden="true"
      .value=${/^\d{4}-\d\d-\d\d/.test(value) ? value.slice(0, 10) : ""}
      @change=${(event: Event) => set((event.target as HTMLInputElement).value)}
    />`;
}

function tokens({ texts, condition, takes, describedby, suggest, change }: OperandForm, free: boolean): TemplateResult {
  return html`<panoptic-tokens
    .texts=${texts}
    .values=${condition.operands.filter((operand) => operand !== "")}
    .label=${texts.t("filters.value")}
    .describedby=${describedby}
    .suggest=${suggest}
    .free=${free}
    .most=${takes === "one" ? 1 : Number.POSITIVE_INFINITY}
    @tokens-change=${(event: CustomEvent<{ values: string[] }>) => change([...event.detail.values])}
  ></panoptic-tokens>`;
}

function yesOrNo({ texts, condition, change }: OperandForm): TemplateResult {
  const [chosen = ""] = condition.operands;
  return html`<select aria-label=${texts.t("filters.value")} @change=${(event: Event) => change([(event.target as HTMLSelectElement).value])}>
    <option value="true" .selected=${chosen !== "false"}>${texts.t("value.yes")}</option>
    <option value="false" .selected=${chosen === "false"}>${texts.t("value.no")}</option>
  </select>`;
}

function checks(form: OperandForm): TemplateResult {
  return several(form, [["true", form.texts.t("value.yes")], ["false", form.texts.t("value.no")]]);
}

function several({ texts, condition, change }: OperandForm, choices: readonly (readonly [string, string])[]): TemplateResult {
  const { operands } = condition;
  return html`<span class="choices" role="group" aria-label=${texts.t("filters.value")}>
    ${choices.map(
      ([value, label]) => html`<label>
        <input
          type="checkbox"
          .checked=${operands.includes(value)}
          @change=${() => change(operands.includes(value) ? operands.filter((one) => one !== value) : [...operands, value])}
        />
        ${label}
      </label>`,
    )}
  </span>`;
}

function colors({ texts, condition, takes, describedby, change }: OperandForm): TemplateResult {
  const operands = condition.operands.map(colorNamed);
  const others = operands.filter((one) => one && !(PALETTE as readonly string[]).includes(one));
  const names = [...PALETTE.map((color, at) => [color, texts.t(`ui.color.${COLOR_NAMES[at]!}`)] as const), ...others.map((one) => [one, one] as const)];
  const chosen = (color: string): string[] => {
    if (takes === "one") return [color];
    return operands.includes(color) ? operands.filter((one) => one !== color) : [...operands, color];
  };
  return html`<span class="palette" role="group" aria-label=${texts.t("filters.value")} aria-describedby=${describedby}>
    ${names.map(
      ([color, name]) => html`<button
        type="button"
        class="swatch"
        style="--color: ${color}"
        aria-pressed=${operands.includes(color)}
        aria-label=${name}
        title=${name}
        @click=${() => change(chosen(color))}
      ></button>`,
    )}
  </span>`;
}
