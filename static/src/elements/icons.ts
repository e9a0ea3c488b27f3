/** Line icons on a 16-pixel square; decoration only, their buttons carry the words. */

import { svg, type SVGTemplateResult, html, type TemplateResult } from "lit";

function icon(path: SVGTemplateResult): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
    ${path}
  </svg>`;
}

const line = (d: string): TemplateResult => icon(svg`<path d=${d} />`);

export const ascending = line("M4 13V3M1.5 5.5 4 3l2.5 2.5M9 4h2.5M9 8h4M9 12h5.5");
export const descending = line("M4 3v10M1.5 10.5 4 13l2.5-2.5M9 4h5.5M9 8h4M9 12h2.5");
export const dice = icon(
  svg`<rect x="2" y="2" width="12" height="12" rx="2.5" /><path d="M5.5 5.5h.01M10.5 10.5h.01M8 8h.01" stroke-width="2" />`,
);
export const chevron = line("M6 4l4 4-4 4");
export const left = line("M10 3 5 8l5 5");
export const right = line("M6 3l5 5-5 5");
export const close = line("M3.5 3.5l9 9M12.5 3.5l-9 9");
export const plus = line("M8 3v10M3 8h10");
export const minus = line("M3 8h10");
export const fit = line("M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10");
export const menu = line("M2 4h12M2 8h12M2 12h8");
export const small = icon(svg`<rect x="5" y="5" width="6" height="6" rx="0.5" />`);
export const large = icon(svg`<rect x="2" y="2" width="12" height="12" rx="0.5" />`);
export const more = icon(svg`<path d="M3.5 8h.01M8 8h.01M12.5 8h.01" stroke-width="2.2" />`);
export const calendar = line("M2.5 4h11v9.5h-11zM2.5 7h11M5.5 2.5V5M10.5 2.5V5");
export const eye = icon(svg`<path d="M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8z" /><circle cx="8" cy="8" r="2" />`);
export const undo = line("M6 3 2.5 6.5 6 10M3 6.5h6.5a4 3.5 0 0 1 0 7H6");
export const redo = line("M10 3l3.5 3.5L10 10M13 6.5H6.5a4 3.5 0 0 0 0 7H10");
export const up = line("M8 12.5v-9M4.5 7 8 3.5 11.5 7");
export const down = line("M8 3.5v9M4.5 9 8 12.5 11.5 9");
export const cards = line("M2.5 2.5h4.5v4.5H2.5zM9 2.5h4.5v4.5H9zM2.5 9h4.5v4.5H2.5zM9 9h4.5v4.5H9z");
export const table = line("M2 3h12M2 6.5h12M2 10h12M2 13.5h12");
export const paint = line("M6.5 2.5 3 6a1.2 1.2 0 0 0 0 1.7L6.3 11a1.2 1.2 0 0 0 1.7 0l4-4zM6.5 2.5 5 1M12 7H3M13.3 9.5s-1.3 1.6-1.3 2.6a1.3 1.3 0 0 0 2.6 0c0-1-1.3-2.6-1.3-2.6z");
export const outside = line("M6.5 3.5h-3v9h9v-3M9 2.5h4.5V7M13.5 2.5 7.5 8.5");
