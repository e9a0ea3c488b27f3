/** A sign for each type of property. */

import { html, svg, type SVGTemplateResult, type TemplateResult } from "lit";
import type { FieldType } from "../../core/project.js";

const DRAWN: Readonly<Record<FieldType, SVGTemplateResult>> = {
  text: svg`<path d="M3.5 4.5v-1h9v1M8 3.5v9M6.5 12.5h3" />`,
  number: svg`<path d="M6.5 2.5 5 13.5M11 2.5 9.5 13.5M3 6h10.5M2.5 10H13" />`,
  date: svg`<rect x="2.5" y="3.5" width="11" height="10" rx="1.5" /><path d="M2.5 6.5h11M5.5 2v3M10.5 2v3" />`,
  tag: svg`<path d="M2.5 2.5h5l6 6-5 5-6-6zM5.5 5.5h.01" />`,
  multi_tags: svg`<path d="M2 4.5h4l5 5-4 4-5-5zM6.5 2.5h3l5 5-2.5 2.5M4.5 7h.01" />`,
  url: svg`<path d="M6.5 9.5l3-3M7 4.5l1.5-1.5a3 3 0 0 1 4.5 4.5L11.5 9M9 11.5 7.5 13A3 3 0 0 1 3 8.5L4.5 7" />`,
  color: svg`<path d="M8 2c2.5 3 4.5 5 4.5 7.5a4.5 4.5 0 0 1-9 0C3.5 7 5.5 5 8 2z" />`,
  checkbox: svg`<rect x="2.5" y="2.5" width="11" height="11" rx="2" /><path d="M5 8l2.2 2.200L11 6" />`,
};

export function typeIcon(type: FieldType): TemplateResult {
  return html`<svg class="icon type" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
    ${DRAWN[type]}
  </svg>`;
}
