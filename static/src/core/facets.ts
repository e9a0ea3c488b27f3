/** Facets: what `facets.json` answers, and which fields the address wants counted. */

import type { FieldType } from "./project.js";
import { escaped, unescaped } from "./names.js";

export interface FacetValue {
  /** The operand that asks for it; null: cells without a value. */
  readonly value: string | null;
  readonly label: string;
  readonly count: number;
  /** Of a tag: how far it stands below others that are listed. */
  readonly depth?: number;
  readonly color?: string;
}

export interface Facet {
  readonly field: string;
  readonly type: FieldType;
  readonly label: string;
  readonly values: readonly FacetValue[];
  /** The chart of a number or a date. */
  readonly svg: string | null;
  /** Values that are not listed. */
  readonly more: number;
}

export interface FacetAnswer {
  readonly version: string;
  readonly facets: readonly Facet[];
}

/** The names in a key of the layout that is a list of them. */
export const splitNames = (text: string | undefined): string[] => (text ? text.split(",").map(unescaped) : []);
export const joinNames = (names: readonly string[]): string => names.map(escaped).join(",");
