import type { Address, LayoutKey } from "../core/address.js";
import type { Links } from "../core/links.js";
import type { Page } from "../core/page.js";
import type { Project } from "../core/project.js";
import type { Texts } from "../core/i18n.js";
import type { View } from "../core/view.js";
import type { PanopticGrid } from "./grid/grid.js";
import type { Status } from "./status.js";

/**
 * What the parts of the grid page know of it. They act through these methods and listen to its events:
 * `app-address`: the address is another; `app-view` {view}: a view is shown, or the same one read anew; `app-layout`: other layout keys in the address;
 * `grid-select` {selection}: other cells are selected.
 */
export interface App extends HTMLElement {
  readonly page: Page;
  readonly texts: Texts;
  readonly links: Links;
  readonly project: Project;
  readonly grid: PanopticGrid;
  readonly status: Status;
  readonly address: Address;
  /** The view that is shown; null until the first has been read. */
  readonly view: View | null;
  /** Go to another view: a new entry in the history, or the same one again. */
  navigate(change: Partial<Address>, replaces?: boolean): void;
  /** Show the same view in another way; null takes a key out of the address. */
  arrange(layout: Partial<Record<LayoutKey, string | null>>): void;
  /** Read the view again, where it stands: what is said of the images has changed. */
  reread(): Promise<void>;
  /** Read everything again: images came or went. */
  refresh(): void;
}

/** What the tools' bundle brings to the grid page. */
export interface Tools {
  start(app: App): void;
}
