/** What the server says about one image: the image page's `.json`. */

import type { FieldType, Property, Said } from "./project.js";

export interface Row {
  readonly key: string;
  readonly label: string;
  readonly value: string;
  readonly href: string | null;
  /** Of several values, each with what has it too. */
  readonly links: readonly { readonly label: string; readonly href: string }[];
  /** Of a property, as the rest; null: what the import found out. */
  readonly property_id: number | null;
  readonly type: FieldType;
  /** Its value as `values.json` says it; null: none. */
  readonly plain: Said | null;
  /** Its value as a saying takes it; null: none. */
  readonly text: string | null;
  /** Who said it last, and when. */
  readonly said: string;
  readonly group: string | null;
  readonly description: string | null;
}

export interface Pane {
  readonly key: "image" | "instance" | "panoptic";
  readonly label: string;
  readonly rows: readonly Row[];
  /** What its values are written of; null: this visitor writes none. */
  readonly instance: number | null;
}

export interface InstanceTable {
  readonly label: string;
  readonly columns: readonly string[];
  readonly rows: readonly {
    readonly id: number;
    readonly name: string;
    readonly href: string;
    readonly is_current: boolean;
    readonly cells: readonly Row[];
  }[];
  readonly note: string;
}

/** A changeset that touched the image. */
export interface Change {
  readonly id: number;
  readonly actor_label: string;
  readonly at: string;
  readonly at_label: string;
  readonly tool_label: string;
  readonly properties: string;
  readonly is_standing: boolean;
  readonly state_label: string;
  readonly undo_url: string | null;
}

export interface InstanceRow {
  readonly id: number;
  readonly name: string;
  readonly folder: string;
  readonly missing_label: string;
  readonly href: string;
  readonly is_current: boolean;
}

export interface Neighbour {
  readonly id: number;
  readonly instance_id: number | null;
  readonly href: string;
}

export interface ImageContext {
  readonly id: number;
  readonly instance_id: number | null;
  readonly width: number;
  readonly height: number;
  readonly name: string;
  readonly title: string;
  readonly preview_url: string;
  readonly original_url: string | null;
  /** What can be had of the original, in words. */
  readonly original_label: string;
  /** Whether browsers show the original's format. */
  readonly original_is_shown: boolean;
  readonly original_state: "ok" | "disabled" | "missing" | "stored";
  readonly panes: readonly Pane[];
  readonly instances: readonly InstanceRow[];
  readonly instances_label: string;
  readonly table: InstanceTable | null;
  readonly changes: readonly Change[];
  readonly history: { readonly label: string; readonly href: string };
  readonly previous: Neighbour | null;
  readonly next: Neighbour | null;
  /** From 1 within the view; null: the view does not contain it. */
  readonly position: number | null;
  readonly position_label: string;
  readonly grid_url: string;
}

/** The address of a page's context. */
export function jsonAddress(href: string, base: string): string {
  const url = new URL(href, base);
  url.pathname += ".json";
  return url.href;
}

/** The property that a line is of. */
export function propertyOf(row: Row, scope: Property["scope"]): Property {
  const { property_id: id, key: name, type, group, description } = row;
  return { id, name, type, scope, group, description, position: null };
}

/** An image read again; one that what was said of it took out of the view keeps its neighbours, or there were no way on. */
export function stayed(before: ImageContext | null, now: ImageContext): ImageContext {
  const isSame = before?.id === now.id && before.instance_id === now.instance_id;
  if (!isSame || now.position !== null || before.position === null) return now;
  const { previous, next, position_label } = before;
  return { ...now, previous, next, position_label };
}

/** What stands in an image's panes where its values are written, between and below them: made by the tools, when they are here. */
export interface ImageParts {
  pane(pane: Pane, context: ImageContext): Node | null;
  /** Before what the import found out. */
  between(context: ImageContext): Node;
  below(context: ImageContext): Node;
}
