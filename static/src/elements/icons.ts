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
