/**
 * What the parts of the grid page know of it. They act through these methods and listen to its events:
 * `app-address`: the address is another; `app-view` {view}: a view is shown, or the same one read anew; `app-layout`: other layout keys in the address;
 * `grid-select` {selection}: other cells are selected.
 */

import type { PanopticGrid } from "../elements/grid/grid.js";
import type { Status } from "../elements/status.js";
import type { Address, LayoutKey } from "./address.js";
import type { Texts } from "./i18n.js";
import type { Links } from "./links.js";
import type { Page } from "./page.js";
import type { Project } from "./project.js";
import type { View } from "./view.js";

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
