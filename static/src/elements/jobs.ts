/**
 * `<panoptic-jobs>`: the server's list of jobs, kept true while it is looked at. The page itself is asked again, and what
 * differs in it takes the place of what is shown, so that the words are the server's alone.
 */

const RUNNING_MS = 1_000;
const IDLE_MS = 5_000;

export class PanopticJobs extends HTMLElement {
  private asking = new AbortController();
  private readonly told = document.createElement("p");

  connectedCallback(): void {
    this.told.className = "job-told";
    this.told.setAttribute("role", "status");
    this.after(this.told); // not among what is replaced
    this.asking = new AbortController();
    void this.watch(this.asking.signal);
  }

  disconnectedCallback(): void {
    this.asking.abort();
  }

  private async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, this.dataset["running"] ? RUNNING_MS : IDLE_MS));
      if (document.hidden || signal.aborted) continue;
      try {
        const response = await fetch(location.href, { signal, headers: { accept: "text/html" }, credentials: "same-origin" });
        const page = new DOMParser().parseFromString(await response.text(), "text/html");
        const now = page.querySelector<HTMLElement>("panoptic-jobs");
        if (response.ok && now) this.show(now);
      } catch {
        // A server that is away for a while is asked again.
      }
    }
  }

  private show(now: HTMLElement): void {
    this.dataset["running"] = now.dataset["running"] ?? "";
    for (const job of now.querySelectorAll<HTMLElement>(".job")) {
      const before = this.querySelector(`[data-job="${job.dataset["job"]}"] .state`)?.textContent;
      const after = job.querySelector(".state")?.textContent ?? "";
      if (before && before !== after) this.told.textContent = job.querySelector("h2")!.textContent;
    }
    if (now.innerHTML !== this.innerHTML) replace(this, now);
  }
}

/** Put the children of an element in place of another's, leaving those that are the same: focus stays where it is. */
function replace(element: Element, now: Element): void {
  const old = [...element.childNodes];
  const fresh = [...now.childNodes];
  const isAlike = old.length === fresh.length && old.every((node, at) => node.nodeName === fresh[at]!.nodeName);
  if (!isAlike) return element.replaceChildren(...fresh);
  old.forEach((node, at) => {
    const to = fresh[at]!;
    if (node.isEqualNode(to)) return;
    if (!(node instanceof Element) || !(to instanceof Element)) return node.replaceWith(to);
    for (const name of new Set([...node.getAttributeNames(), ...to.getAttributeNames()])) {
      const value = to.getAttribute(name);
      if (value === null) node.removeAttribute(name);
      else if (value !== node.getAttribute(name)) node.setAttribute(name, value);
    }
    replace(node, to);
  });
}
