/** The pages of tables: a file may be dropped anywhere, and a choice in the form is looked at without a new page. */

/** Send a table that is dropped onto the page. */
export function enlivenUpload(form: HTMLFormElement): void {
  const input = form.elements.namedItem("file") as HTMLInputElement;
  const hover = (event: DragEvent): void => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    form.classList.add("over");
  };
  window.addEventListener("dragenter", hover);
  window.addEventListener("dragover", hover);
  window.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) form.classList.remove("over");
  });
  window.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    form.classList.remove("over");
    input.files = event.dataTransfer.files;
    form.requestSubmit();
  });
}

/** Look at a table again when something is chosen; the last choice wins. */
export function enlivenPreview(form: HTMLFormElement): void {
  let running: AbortController | undefined;
  form.addEventListener("change", () => void again());
  form.addEventListener("submit", (event) => {
    if ((event.submitter as HTMLButtonElement | null)?.formMethod === "post") return;
    event.preventDefault();
    void again();
  });

  async function again(): Promise<void> {
    running?.abort();
    const own = (running = new AbortController());
    const query = new URLSearchParams(new FormData(form) as unknown as Record<string, string>);
    const address = `${form.action}?${query}`;
    form.classList.add("busy");
    form.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(address, { signal: own.signal, headers: { accept: "text/html" } });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = page.querySelector("form.table-form");
      if (!fresh) return location.assign(address); // the page that says why
      history.replaceState(null, "", address);
      replaceInside(form, fresh);
    } catch (error) {
      if (!own.signal.aborted) location.assign(address);
      return;
    } finally {
      if (running === own) {
        form.classList.remove("busy");
        form.removeAttribute("aria-busy");
      }
    }
  }
}

/** Put what is new in the place of what was, and the focus where it was. */
function replaceInside(form: HTMLFormElement, fresh: Element): void {
  const focused = document.activeElement;
  const name = focused instanceof HTMLElement && form.contains(focused) ? focused.getAttribute("name") : null;
  const value = focused instanceof HTMLInputElement && focused.type === "checkbox" ? focused.value : null;
  form.replaceChildren(...fresh.childNodes);
  if (!name) return;
  const same = [...form.querySelectorAll<HTMLInputElement>(`[name="${CSS.escape(name)}"]`)];
  (value === null ? same[0] : same.find((one) => one.value === value))?.focus();
}
