/** Modules that are fetched when they are first needed. Each is a bundle of its own beside the main one. */

import type OpenSeadragon from "openseadragon";

interface Bundles {
  "panoptic-zoom": { readonly default: typeof OpenSeadragon };
  "panoptic-tools": typeof import("../tools.js");
  "panoptic-import": typeof import("../elements/import.js");
}

export function load<Name extends keyof Bundles>(name: Name): Promise<Bundles[Name]> {
  // A computed address: the bundler leaves it alone. One file more for shared code would delay every page.
  return import(new URL(`./${name}.js`, import.meta.url).href) as Promise<Bundles[Name]>;
}
