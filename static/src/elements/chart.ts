/** The server's charts in the page: their bars are one stop of the Tab key, and arrows go from bar to bar. */

const drawn = new Map<string, Element>();
const KEPT = 40;

/** Return the element that a chart's text is; the same one for the same text, so that it keeps the focus. */
export function chartOf(svg: string): Element {
  const known = drawn.get(svg);
  if (known) return known;
  const chart = document.importNode(new DOMParser().parseFromString(svg, "image/svg+xml").documentElement, true);
  const bars = [...chart.querySelectorAll<SVGAElement>("a")];
  bars.forEach((bar, at) => bar.setAttribute("tabindex", at ? "-1" : "0"));
  chart.addEventListener("keydown", (event) => {
    const at = bars.indexOf(event.target as SVGAElement);
    const steps: Readonly<Record<string, number>> = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: bars.length - 1 };
    const next = bars[steps[(event as KeyboardEvent).key] ?? -1];
    if (!next) return;
    event.preventDefault();
    for (const bar of bars) bar.setAttribute("tabindex", bar === next ? "0" : "-1");
    next.focus();
  });
  if (drawn.size >= KEPT) drawn.delete(drawn.keys().next().value!);
  drawn.set(svg, chart);
  return chart;
}
