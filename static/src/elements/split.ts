/**
 * `<panoptic-split>`: two grids in frames, and between them a divider to drag or to move with the arrow keys. The page's
 * address follows what the frames show. A bundle of its own.
 */

const LEAST = 15;
const MOST = 85;
const STEP = 2;

const SIDES = ["left", "right"] as const;
type Side = (typeof SIDES)[number];

class PanopticSplit extends HTMLElement {
  private readonly divider = document.createElement("div");
  private readonly shown: Record<Side, string> = { left: "", right: "" };
  private share = 50;

  connectedCallback(): void {
    const asked = new URLSearchParams(location.search);
    for (const side of SIDES) {
      this.shown[side] = asked.get(side) ?? "";
      const frame = this.frame(side);
      frame.addEventListener("load", () => this.loaded(side));
      if (frame.contentDocument?.readyState === "complete") this.loaded(side);
    }
    this.buildDivider();
    this.resize(Number(this.style.getPropertyValue("--share")));
    this.dataset.live = "";
  }

  private frame(side: Side): HTMLIFrameElement {
    return this.querySelector<HTMLIFrameElement>(`iframe[name=${side}]`)!;
  }

  private buildDivider(): void {
    const { divider } = this;
    divider.className = "divider";
    divider.tabIndex = 0;
    divider.setAttribute("role", "separator");
    divider.setAttribute("aria-orientation", "vertical");
    divider.setAttribute("aria-label", this.dataset.divider ?? "");
    divider.setAttribute("aria-valuemin", String(LEAST));
    divider.setAttribute("aria-valuemax", String(MOST));
    divider.addEventListener("keydown", (event) => this.pressed(event));
    divider.addEventListener("pointerdown", ({ pointerId }) => {
      divider.setPointerCapture(pointerId);
      this.classList.add("dragging"); // frames would swallow the pointer
    });
    divider.addEventListener("pointermove", ({ clientX, pointerId }) => {
      if (!divider.hasPointerCapture(pointerId)) return;
      const { left, width } = this.getBoundingClientRect();
      this.resize((100 * (clientX - left)) / width);
    });
    divider.addEventListener("lostpointercapture", () => {
      this.classList.remove("dragging");
      this.tell();
    });
    this.frame("left").after(divider);
  }

  private pressed(event: KeyboardEvent): void {
    const to = { ArrowLeft: this.share - STEP, ArrowRight: this.share + STEP, Home: LEAST, End: MOST, Enter: 50 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.resize(to);
    this.tell();
  }

  private resize(percent: number): void {
    this.share = Math.round(Math.min(MOST, Math.max(LEAST, percent)));
    this.style.setProperty("--share", String(this.share));
    this.divider.setAttribute("aria-valuenow", String(this.share));
  }

  /** A frame shows another page: follow what it shows from now on. */
  private loaded(side: Side): void {
    const inside = this.frame(side).contentDocument;
    for (const name of ["app-view", "app-layout"]) inside?.addEventListener(name, () => this.follow(side));
    this.follow(side);
  }

  private follow(side: Side): void {
    const frame = this.frame(side);
    const { pathname, search } = frame.contentWindow!.location;
    if (pathname !== this.dataset.base) return; // another page, or one of another project
    const query = new URLSearchParams(search);
    for (const key of ["_at", "_lang"]) query.delete(key);
    this.shown[side] = query.toString();
    const open = frame.contentDocument!.querySelector("panoptic-tabs [aria-current]");
    frame.title = (open?.querySelector(".name") ?? open)?.textContent?.trim() || frame.title;
    this.querySelector<HTMLAnchorElement>(`a[data-part=${side}]`)!.href = pathname + search;
    this.tell();
  }

  /** Write what is shown into the page's address, and into the link that swaps the sides. */
  private tell(): void {
    const { left, right } = this.shown;
    const share = String(this.share);
    history.replaceState(null, "", `?${new URLSearchParams({ left, right, share })}`);
    const swapped = new URLSearchParams({ left: right, right: left, share: String(100 - this.share) });
    this.querySelector<HTMLAnchorElement>("a[data-part=swap]")!.href = `?${swapped}`;
    document.title = SIDES.map((side) => this.frame(side).title).join(" | ");
    this.querySelector("h1")!.textContent = document.title;
  }
}

customElements.define("panoptic-split", PanopticSplit);
