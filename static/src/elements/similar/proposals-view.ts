/** What the panel of image suggestions looks like: its line of choices, its pictures, its answers. */

import { html, nothing, render, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import type { Answer, GroupName, Proposal, Space, Wishes } from "../../core/proposals.js";
import type { App } from "../grid-page.js";
import * as icons from "../icons.js";

const percent = (share: number): number => Math.round(share * 100);

/** The panel's state, and what its buttons do. */
interface Proposals {
  readonly app: App;
  readonly panel: HTMLElement;
  readonly answer: Answer | null;
  readonly spaces: readonly Space[];
  readonly wishes: Wishes;
  readonly group: GroupName;
  readonly rows: readonly Proposal[];
  readonly selected: ReadonlySet<number>;
  readonly active: number;
  readonly level: number;
  readonly failure: string;
  readonly said: string;
  readonly canUndo: boolean;
  threshold: number | null;
  acceptAll(): void;
  close(): void;
  decide(answer: "accept" | "refuse", images?: readonly number[]): void;
  draw(): void;
  pick(at: number, isRange: boolean): void;
  toggleWithin(): void;
  undo(): void;
  wish(wishes: Partial<Wishes>): void;
}

export function drawProposals(proposals: Proposals): void {
  render(html`${head(proposals)}${row(proposals)}${foot(proposals)}`, proposals.panel);
}

function head(proposals: Proposals): TemplateResult {
  const { app, answer, spaces, wishes } = proposals;
  const { texts } = app;
  const { accepted = 0, refused = 0, candidates = 0, unchecked = 0 } = answer?.counts ?? {};
  const counts = [
    texts.count("ui.recommend.accepted", accepted),
    texts.count("ui.recommend.refused", refused),
    texts.count("ui.recommend.left", candidates),
  ];
  const waiting = new URLSearchParams([...proposals.group.map((pair) => [...pair]), ["unchecked", proposals.group[0]![0]]]);
  const space = (event: Event): void => proposals.wish({ space: Number((event.target as HTMLSelectElement).value) });
  return html`<header>
    <h2>${texts.t("ui.recommend")} · <strong>${proposals.group.map(([, value]) => value).join(" › ")}</strong></h2>
    <p class="counts">
      ${answer ? counts.join(" · ") : nothing}
      ${unchecked ? html`· <a href="${app.page.base}?${waiting}">${texts.count("ui.recommend.unchecked", unchecked)}</a>` : nothing}
    </p>
    <span class="choices">
      ${answer && spaces.length > 1
        ? html`<label
            >${texts.t("ui.similar.space")}
            <select .value=${String(answer.space)} @change=${space}>
              ${spaces.map(({ id, label }) => html`<option value=${id} ?selected=${id === answer.space}>${label}</option>`)}
            </select></label
          >`
        : nothing}
      <label><input type="checkbox" .checked=${wishes.within !== null} @change=${() => proposals.toggleWithin()} /> ${texts.t("ui.recommend.within")}</label>
      <button
        type="button"
        aria-pressed=${wishes.first === "uncertain"}
        title=${texts.t("ui.recommend.uncertain_title")}
        @click=${() => proposals.wish({ first: wishes.first === "best" ? "uncertain" : "best" })}
      >
        ${texts.t("ui.recommend.uncertain")} <kbd aria-hidden="true">U</kbd>
      </button>
    </span>
    <button type="button" class="quiet close" aria-label=${texts.t("ui.close")} title=${texts.t("ui.close")} @click=${() => proposals.close()}>
      ${icons.close}
    </button>
  </header>`;
}

function row(proposals: Proposals): TemplateResult {
  const { rows, failure, answer, app } = proposals;
  const { texts } = app;
  const nothingHere = answer?.counts.members === 0 ? "ui.recommend.nobody" : "ui.recommend.none";
  const note = failure || (answer ? texts.t(nothingHere) : texts.t("ui.recommend.reading"));
  const current = rows[proposals.active];
  return html`<ul
      role="listbox"
      tabindex="0"
      aria-multiselectable="true"
      aria-label=${texts.t("ui.recommend.list")}
      aria-activedescendant=${current ? `proposal-${current.image_id}` : nothing}
      ?hidden=${!rows.length}
    >
      ${repeat(rows, ({ image_id: image }) => image, (one, at) => candidate(proposals, one, at))}
    </ul>
    ${rows.length ? nothing : html`<p class="note">${note}</p>`}`;
}

function candidate(proposals: Proposals, one: Proposal, at: number): TemplateResult {
  const { texts, page } = proposals.app;
  const isSelected = proposals.selected.has(one.image_id);
  const told = texts.t("ui.recommend.score", { probability: percent(one.probability), similarity: one.similarity.toFixed(2) });
  // For the mouse alone: a choice of a list holds no buttons, and the keys and those below answer too.
  const button = (answer: "accept" | "refuse", sign: string): TemplateResult =>
    html`<span
      class=${answer}
      title=${texts.t(`ui.recommend.${answer}`)}
      @click=${(event: Event) => {
        event.stopPropagation();
        proposals.decide(answer, [one.image_id]);
      }}
      >${sign}</span
    >`;
  return html`<li
    id="proposal-${one.image_id}"
    role="option"
    class=${at === proposals.active ? "active" : ""}
    aria-selected=${isSelected}
    aria-label="${one.name}, ${told}"
    @click=${(event: MouseEvent) => proposals.pick(at, event.shiftKey)}
  >
    <img src="${page.base}/thumb/${one.sha1}-preview" alt="" decoding="async" title="${one.name} · ${told}" />
    <span class="chance" aria-hidden="true">${percent(one.probability)} %</span>
    <span class="answers" aria-hidden="true">${button("accept", "✓")}${button("refuse", "✕")}</span>
  </li>`;
}

function foot(proposals: Proposals): TemplateResult {
  const { answer, app, selected, level } = proposals;
  const { texts } = app;
  const estimates = answer?.estimates ?? [];
  const { threshold = 0.5, count = 0, wrong = 0 } = estimates[level] ?? {};
  const slide = (event: Event): void => {
    proposals.threshold = estimates[Number((event.target as HTMLInputElement).value)]!.threshold;
    proposals.draw();
  };
  const key = (label: string, letter: string, act: () => void, isOff = false): TemplateResult =>
    html`<button type="button" ?disabled=${isOff} @click=${act}>${label} <kbd aria-hidden="true">${letter}</kbd></button>`;
  const chosen = selected.size || 1;
  const estimate = count ? texts.count("ui.recommend.estimate", count, { wrong: percent(wrong) }) : texts.t("ui.recommend.nothing_sure");
  return html`<footer>
    <span class="one">
      ${key(texts.count("ui.recommend.accept_n", chosen), "Y", () => proposals.decide("accept"), !proposals.rows.length)}
      ${key(texts.count("ui.recommend.refuse_n", chosen), "N", () => proposals.decide("refuse"), !proposals.rows.length)}
      ${key(texts.t("ui.undo"), "Z", () => proposals.undo(), !proposals.canUndo)}
      <span class="said" role="status">${proposals.said}</span>
    </span>
    <span class="all">
      <label>
        ${texts.t("ui.recommend.least", { percent: percent(threshold) })}
        <input
          type="range"
          min="0"
          max=${Math.max(estimates.length - 1, 0)}
          step="1"
          .value=${String(level)}
          aria-valuetext="${percent(threshold)} %, ${estimate}"
          ?disabled=${!estimates.length}
          @input=${slide}
        />
      </label>
      <span class="estimate">${estimate}</span>
      <button type="button" ?disabled=${!count} @click=${() => proposals.acceptAll()}>${texts.t("ui.recommend.accept_all")}</button>
    </span>
  </footer>`;
}
