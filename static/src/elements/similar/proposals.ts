/**
 * The panel of image suggestions at the foot of the grid: candidates for one group, which are accepted or refused one by
 * one, several at once, or all above a threshold. After each answer those that remain are ranked anew.
 */

import { reasonOf, isAbort } from "../../core/api.js";
import { queryText } from "../../core/address.js";
import type { App } from "../grid-page.js";
import { type Answer, type GroupName, type Proposal, ProposalDesk, type Space, type Wishes } from "../../core/proposals.js";
import type { Written } from "../../core/project.js";
import { drawProposals } from "./proposals-view.js";
import { travel } from "../travel.js";
import type { Toast } from "../toast.js";

const CALM_MS = 40;
/** The threshold that the slider starts with, or the greatest below that somebody reaches. */
const USUAL = 0.95;
const SAID = { accept: "ui.recommend.accepted", refuse: "ui.recommend.refused" };

export class Proposals {
  readonly panel = document.createElement("section");
  answer: Answer | null = null;
  spaces: readonly Space[] = [];
  failure = "";
  said = "";
  /** Null: nobody has moved the slider yet. */
  threshold: number | null = null;
  active = 0;
  readonly selected = new Set<number>();
  wishes: Wishes = { first: "best", space: null, within: null };
  private desk: ProposalDesk | null = null;
  private asking = new AbortController();
  private anchor = 0;
  private timer = 0;
  private before: Element | null = null;

  constructor(
    readonly app: App,
    private readonly toast: Toast,
  ) {
    this.panel.className = "panoptic proposals";
    this.panel.hidden = true;
    this.panel.setAttribute("aria-label", app.texts.t("ui.recommend"));
    this.panel.addEventListener("keydown", (event) => this.pressed(event));
    app.append(this.panel);
    // What else stands at the foot of the page stands above it.
    new ResizeObserver(() => app.style.setProperty("--pan-foot", `${this.panel.offsetHeight}px`)).observe(this.panel);
    app.project.addEventListener("change", () => this.later());
    app.addEventListener("app-view", () => this.wishes.within !== null && this.later());
  }

  get group(): GroupName {
    return this.desk?.group ?? [];
  }

  get canUndo(): boolean {
    return this.desk?.canUndo ?? false;
  }

  /** The place of the threshold among the estimates. */
  get level(): number {
    const { estimates = [] } = this.answer ?? {};
    const { threshold } = this;
    if (threshold !== null) return estimates.findIndex((each) => each.threshold >= threshold);
    return Math.max(0, estimates.findLastIndex((each) => each.threshold <= USUAL && each.count > 0));
  }

  get rows(): readonly Proposal[] {
    return this.answer?.rows ?? [];
  }

  open(group: GroupName): void {
    this.before = document.activeElement;
    this.desk = new ProposalDesk(this.app.project, group);
    this.answer = null;
    this.said = "";
    this.active = 0;
    this.selected.clear();
    this.panel.hidden = false;
    this.draw();
    void this.read().then(() => this.focus());
    void this.offerSpaces(this.desk);
  }

  private async offerSpaces(desk: ProposalDesk): Promise<void> {
    this.spaces = await desk.spaces().catch(() => []); // without the choice it is the usual one
    this.draw();
  }

  close(): void {
    this.asking.abort();
    this.desk = null;
    this.panel.hidden = true;
    if (this.before instanceof HTMLElement && this.before.isConnected) this.before.focus({ preventScroll: true });
    else this.app.grid.focus();
  }

  wish(wishes: Partial<Wishes>): void {
    this.wishes = { ...this.wishes, ...wishes };
    this.active = 0;
    void this.read();
  }

  toggleWithin(): void {
    this.wish({ within: this.wishes.within === null ? queryText(this.app.address) : null });
  }

  /** Answer for what is selected, or else for the one that the cursor is on. */
  decide(answer: "accept" | "refuse", images: readonly number[] = this.chosen()): void {
    const { desk, answer: known } = this;
    if (!desk || !known || !images.length) return;
    const write = answer === "accept" ? desk.accept(images, known.space) : desk.refuse(images);
    for (const image of images) this.selected.delete(image);
    // What was answered goes at once; the next ones come with the new ranking.
    this.answer = { ...known, rows: known.rows.filter(({ image_id: image }) => !images.includes(image)) };
    void this.follow(write, () => this.app.texts.count(SAID[answer], images.length));
  }

  acceptAll(): void {
    const { desk, answer, app } = this;
    const level = answer?.estimates[this.level];
    if (!desk || !answer || !level) return;
    const write = desk.acceptAll(level.threshold, answer.space, this.wishes.within).then((written) => {
      const words = app.texts.count("ui.recommend.accepted", written.changed);
      const undo = (): void => void travel(app.project, app.texts, this.toast, "undo", written.changeset ?? undefined);
      this.toast.show(words, { label: app.texts.t("ui.undo"), act: undo });
      return written;
    });
    void this.follow(write, () => "");
  }

  undo(): void {
    const undone = this.desk?.undo();
    if (undone) void this.follow(undone, (written) => (written ? this.app.texts.t("ui.recommend.undone") : ""));
  }

  pick(at: number, isRange: boolean): void {
    const { rows } = this;
    if (isRange) {
      const [from, to] = [Math.min(at, this.anchor), Math.max(at, this.anchor)];
      for (const { image_id: image } of rows.slice(from, to + 1)) this.selected.add(image);
    } else {
      const image = rows[at]!.image_id;
      if (!this.selected.delete(image)) this.selected.add(image);
      this.anchor = at;
    }
    this.active = at;
    this.draw();
    this.focus();
  }

  private chosen(): number[] {
    const picked = this.rows.filter(({ image_id: image }) => this.selected.has(image)).map(({ image_id: image }) => image);
    const current = this.rows[this.active]?.image_id;
    return picked.length ? picked : current === undefined ? [] : [current];
  }

  private async follow(write: Promise<Written | null>, words: (written: Written | null) => string): Promise<void> {
    this.draw();
    try {
      this.said = words(await write);
    } catch (error) {
      this.toast.show(this.app.texts.t("ui.failed", { reason: reasonOf(error) }));
      void this.read(); // what went too early is there again
    }
    this.draw();
  }

  /** Several changes in a row are one reading. */
  private later(): void {
    if (this.panel.hidden) return;
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      if (this.wishes.within !== null) this.wishes = { ...this.wishes, within: queryText(this.app.address) };
      void this.read();
    }, CALM_MS);
  }

  private async read(): Promise<void> {
    if (!this.desk) return;
    this.asking.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    try {
      this.answer = await this.desk.read(this.wishes, signal);
      this.failure = "";
    } catch (error) {
      if (isAbort(error) || signal.aborted) return;
      this.failure = reasonOf(error);
    }
    this.active = Math.min(this.active, Math.max(0, this.rows.length - 1));
    const shown = new Set(this.rows.map(({ image_id: image }) => image));
    for (const image of this.selected) if (!shown.has(image)) this.selected.delete(image);
    this.draw();
  }

  draw(): void {
    if (this.desk) drawProposals(this);
  }

  private focus(): void {
    this.panel.querySelector<HTMLElement>("[role=listbox]")?.focus({ preventScroll: true });
  }

  private move(by: number, isRange: boolean): void {
    this.active = Math.max(0, Math.min(this.rows.length - 1, this.active + by));
    if (isRange) return this.pick(this.active, true);
    this.anchor = this.active;
    this.draw();
    this.panel.querySelector(".active")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  private pressed(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") this.close();
    else if (event.target instanceof HTMLSelectElement || event.target instanceof HTMLInputElement) return;
    else if (!this.command(event)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Whether a key meant something. */
  private command({ key, shiftKey, target, repeat }: KeyboardEvent): boolean {
    const steps: Record<string, number> = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1, Home: -Infinity, End: Infinity };
    const step = steps[key];
    if (step !== undefined) this.move(step, shiftKey);
    else if (key === " " && !(target instanceof HTMLButtonElement) && this.rows.length) this.pick(this.active, false);
    else if (repeat) return false;
    else if (key === "y" || key === "Y") this.decide("accept");
    else if (key === "n" || key === "N") this.decide("refuse");
    else if (key === "u" || key === "U") this.wish({ first: this.wishes.first === "best" ? "uncertain" : "best" });
    else if (key === "z" || key === "Z") this.undo();
    else return false;
    return true;
  }
}
