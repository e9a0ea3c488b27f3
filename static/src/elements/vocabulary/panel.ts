/** What is beside the tree: one tag with all that is known of it and what can be done to it, or what several offer. */

import { html, nothing, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import type { Texts } from "../../core/i18n.js";
import { COLOR_NAMES, PALETTE } from "../../core/palette.js";
import type { Term, Vocabulary } from "../../core/vocabulary.js";

export interface Samples {
  readonly query: string;
  readonly grid: { readonly label: string; readonly href: string };
  readonly suggest: { readonly label: string; readonly href: string };
  readonly samples: readonly { readonly label: string; readonly href: string; readonly thumb_url: string }[];
}

/** What a person does to tags. */
export interface Acts {
  /** Resolves to false where it was refused. */
  change(tag: Term, columns: Record<string, string | null>): Promise<boolean>;
  /** Leave the panel for the tree. */
  back(): void;
  unparent(tag: Term, parent: number): void;
  make(name: string, parent: number | null): void;
  ask(kind: "move" | "merge" | "split" | "delete"): void;
  show(id: number): void;
}

/** A tag for those who look. */
export function looking(texts: Texts, vocabulary: Vocabulary, tag: Term, samples: Samples | null, acts: Acts): TemplateResult {
  return html`<article class="vocabulary-tag" aria-labelledby="panoptic-tag-name">
    <h2 id="panoptic-tag-name" style=${tag.color ? `--tag: ${tag.color}` : ""}>${tag.name}</h2>
    ${facts(texts, tag, samples, false)} ${tag.description ? html`<p class="description">${tag.description}</p>` : nothing}
    ${address(tag)} ${relatives(texts, vocabulary, tag, acts, false)}
  </article>`;
}

/** A tag for those who may change it. */
export function editing(texts: Texts, vocabulary: Vocabulary, tag: Term, samples: Samples | null, acts: Acts): TemplateResult {
  const change = (name: "name" | "color" | "description" | "uri") => async (event: Event) => {
    const input = event.target as HTMLInputElement;
    const [value, old] = [input.value.trim(), tag[name] ?? ""];
    if (value !== old && !(await acts.change(tag, { [name]: value || null }))) input.value = old;
  };
  const pressed = (event: KeyboardEvent): void => {
    if (event.key === "Escape") (event.target as HTMLInputElement).value = tag.name;
    else if (event.key !== "Enter" || event.isComposing) return;
    acts.back();
  };
  const article = html`<article class="vocabulary-tag" aria-labelledby="panoptic-tag-name">
    <h2 id="panoptic-tag-name" class="unseen">${tag.name}</h2>
    <label class="title" style=${tag.color ? `--tag: ${tag.color}` : ""}>
      <span class="unseen">${texts.t("tags.name")}</span>
      <input type="text" name="name" autocomplete="off" .value=${tag.name} @change=${change("name")} @keydown=${pressed} />
    </label>
    ${facts(texts, tag, samples, true)}
    <div class="colors" role="group" aria-label=${texts.t("tags.color")}>
      ${PALETTE.map((color, at) => swatch(color, texts.t(`ui.color.${COLOR_NAMES[at]}`), tag, acts))}
      <input type="color" aria-label=${texts.t("tags.color")} .value=${tag.color ?? "#888888"} @change=${change("color")} />
      ${swatch(null, texts.t("ui.tags.clear_color"), tag, acts)}
    </div>
    <label>${texts.t("tags.description")}<textarea rows="2" .value=${tag.description ?? ""} @change=${change("description")}></textarea></label>
    <label>${texts.t("tags.uri")}<input type="text" autocomplete="off" .value=${tag.uri ?? ""} @change=${change("uri")} /></label>
    ${address(tag)} ${relatives(texts, vocabulary, tag, acts, true)}
    ${maker(texts.t("tags.new_below"), texts.t("tags.create"), (name) => acts.make(name, tag.id))} ${commands(texts, acts, true)}
  </article>`;
  return html`${keyed(tag.id, article)}`; // what is typed for one tag never shows up at another
}

export function several(texts: Texts, tags: readonly Term[], acts: Acts, canEdit: boolean): TemplateResult {
  return html`<article class="vocabulary-tag" aria-labelledby="panoptic-tag-name">
    <h2 id="panoptic-tag-name">${texts.count("ui.tags.selected", tags.length)}</h2>
    <ul class="relatives">
      ${tags.slice(0, 100).map((tag) => html`<li>${link(tag, acts)}</li>`)}
    </ul>
    ${canEdit ? commands(texts, acts, false) : nothing}
  </article>`;
}

/** A field that makes a tag. */
export function maker(label: string, button: string, make: (name: string) => void): TemplateResult {
  const submitted = (event: SubmitEvent): void => {
    event.preventDefault();
    const input = (event.target as HTMLFormElement).querySelector("input")!;
    if (input.value.trim()) make(input.value.trim());
    input.value = "";
  };
  return html`<form class="vocabulary-new" @submit=${submitted}>
    <label>${label} <input type="text" name="new" autocomplete="off" required /></label>
    <button>${button}</button>
  </form>`;
}

function facts(texts: Texts, tag: Term, samples: Samples | null, canEdit: boolean): TemplateResult {
  const suggest = canEdit && samples ? html` · <a href=${samples.suggest.href}>${samples.suggest.label}</a>` : nothing;
  return html`<p class="count">${texts.t("tags.counts", { own: tag.count, whole: tag.count_below })}</p>
    <div class="samples">
      ${samples?.samples.map(
        (sample) => html`<a href=${sample.href}><img src=${sample.thumb_url} alt=${sample.label} loading="lazy" decoding="async" /></a>`,
      )}
    </div>
    ${samples?.samples.length ? html`<p class="all"><a href=${samples.grid.href}>${samples.grid.label}</a>${suggest}</p>` : html`<p class="all">&nbsp;</p>`}`;
}

function address(tag: Term): TemplateResult | typeof nothing {
  const isWeb = tag.uri && /^https?:\/\//.test(tag.uri);
  return isWeb ? html`<p class="uri"><a href=${tag.uri} rel="nofollow noopener">${tag.uri}</a></p>` : nothing;
}

function swatch(color: string | null, label: string, tag: Term, acts: Acts): TemplateResult {
  return html`<button
    type="button"
    class=${color ? "swatch" : "swatch none"}
    style=${color ? `background: ${color}` : ""}
    aria-label=${label}
    title=${label}
    aria-pressed=${tag.color === color}
    @click=${() => void acts.change(tag, { color })}
  ></button>`;
}

function link(tag: Term, acts: Acts): TemplateResult {
  const show = (event: Event): void => {
    event.preventDefault();
    acts.show(tag.id);
  };
  return html`<a href="?tag=${tag.id}" style=${tag.color ? `--tag: ${tag.color}` : ""} @click=${show}>${tag.name}</a>`;
}

function relatives(texts: Texts, vocabulary: Vocabulary, tag: Term, acts: Acts, canEdit: boolean): TemplateResult {
  const parents = tag.parent_ids.map((id) => vocabulary.byId.get(id)!);
  const below = vocabulary.below(tag.id);
  return html`<h3>${texts.t("tags.parents")}</h3>
    ${parents.length
      ? html`<ul class="relatives">
          ${parents.map((parent) => {
            const label = texts.t("tags.remove_parent", { name: parent.name });
            const button = html`<button type="button" class="quiet" aria-label=${label} title=${label} @click=${() => acts.unparent(tag, parent.id)}>×</button>`;
            return html`<li>${link(parent, acts)}${canEdit ? button : nothing}</li>`;
          })}
        </ul>`
      : html`<p class="none">${texts.t("tags.top")}</p>`}
    ${below.length
      ? html`<h3>${texts.t("tags.below")}</h3>
          <ul class="relatives">
            ${below.slice(0, 100).map((child) => html`<li>${link(child, acts)}</li>`)}${below.length > 100 ? html`<li>…</li>` : nothing}
          </ul>`
      : nothing}`;
}

function commands(texts: Texts, acts: Acts, isOne: boolean): TemplateResult {
  const button = (kind: "move" | "merge" | "split" | "delete"): TemplateResult =>
    html`<button type="button" class=${kind === "delete" ? "danger" : ""} @click=${() => acts.ask(kind)}>${texts.t(`ui.tags.${kind}`)}</button>`;
  return html`<p class="commands">${button("move")} ${button("merge")} ${isOne ? button("split") : nothing} ${button("delete")}</p>`;
}
