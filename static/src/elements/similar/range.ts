/** A slider with two thumbs over the scores of a view, and how many cells there are between them, told while it moves. */

import { html, nothing, svg, type TemplateResult } from "lit";
import type { Texts } from "../../core/i18n.js";
import type { Scope } from "../../core/similar.js";

const STEPS = 100;

/** See `similar-counts.json`. */
export interface Counts {
  readonly space: number;
  readonly low: number;
  readonly below: readonly number[];
  readonly upto: readonly number[];
  readonly without: number;
}

export interface Range {
  readonly texts: Texts;
  readonly counts: Counts;
  readonly scope: Scope;
  /** Key of the text that counts cells. */
  readonly cells: string;
  readonly moved: (scope: Scope) => void;
  readonly chosen: (scope: Scope) => void;
}

export function rangeSlider(range: Range): TemplateResult {
  const { texts, counts, scope } = range;
  const [low, high] = scope.map((score) => Math.round(score * STEPS)) as [number, number];
  const from = Math.max(counts.low, low);
  const share = (score: number): string => `${((score - counts.low) / (STEPS - counts.low)) * 100}%`;
  const said = (score: number): string => written(texts, score / STEPS);
  const thumb = (value: number, key: string, scopeOf: (value: number) => Scope): TemplateResult => {
    const act = (event: Event, done: boolean): void => {
      const input = event.target as HTMLInputElement;
      const next = scopeOf(Number(input.value));
      input.value = String(Math.round((key === "low" ? next[0] : next[1]) * STEPS));
      (done ? range.chosen : range.moved)(next);
    };
    return html`<input
      type="range"
      min=${counts.low}
      max=${STEPS}
      aria-label=${texts.t(`ui.similar.${key}`)}
      aria-valuetext=${said(value)}
      .value=${String(value)}
      @input=${(event: Event) => act(event, false)}
      @change=${(event: Event) => act(event, true)}
    />`;
  };
  return html`<div class="range" style="--low: ${share(from)}; --high: ${share(high)}">
      ${shape(counts)}
      <div class="track"></div>
      ${thumb(from, "low", (value) => [Math.min(value, high) / STEPS, high / STEPS])}
      ${thumb(high, "high", (value) => [from / STEPS, Math.max(value, from) / STEPS])}
    </div>
    <output class="found">
      ${texts.t("ui.similar.count", { low: said(from), high: said(high) })}
      (${texts.count(range.cells, counts.upto[high - counts.low]! - counts.below[from - counts.low]!)})
    </output>
    ${counts.without ? html`<span class="hint">${texts.count("ui.similar.without", counts.without)}</span>` : nothing}`;
}

/** How the scores are spread: a hill for each hundredth, on a scale of roots that shows the few beside the many. */
function shape({ below, upto }: Counts): TemplateResult {
  const heights = below.map((n, at) => Math.sqrt((at + 1 < below.length ? below[at + 1]! : upto[at]!) - n));
  const top = Math.max(1, ...heights);
  const points = heights.map((height, at) => `${at},${(1 - height / top).toFixed(3)}`);
  const width = below.length - 1;
  return html`<svg viewBox="0 0 ${width} 1" preserveAspectRatio="none" aria-hidden="true">
    ${svg`<path d="M0,1 L${points.join(" L")} L${width},1 Z" />`}
  </svg>`;
}

function written(texts: Texts, score: number): string {
  return texts.language === "fr" ? String(score).replace(".", ",") : String(score);
}
