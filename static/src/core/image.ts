/** What the server says about one image: the image page's `.json`. */

export interface Row {
  readonly key: string;
  readonly label: string;
  readonly value: string;
  readonly href: string | null;
}

export interface Pane {
  readonly key: "image" | "instance" | "panoptic";
  readonly label: string;
  readonly rows: readonly Row[];
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
