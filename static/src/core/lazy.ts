/** Modules that are fetched when they are first needed. Each is a bundle of its own beside the main one. */

import type OpenSeadragon from "openseadragon";

interface Bundles {
  "panoptic-zoom": { readonly default: typeof OpenSeadragon };
  "panoptic-tools": typeof import("../tools.js");
  "panoptic-import": typeof import("../elements/import.js");
  "panoptic-jobs": typeof import("../elements/jobs.js");
  "panoptic-vocabulary": typeof import("../elements/vocabulary/vocabulary.js");
}

export function load<Name extends keyof Bundles>(name: Name): Promise<Bundles[Name]> {
  // A computed address: the bundler leaves it alone. One file more for shared code would delay every page.
  return import(new URL(`./${name}.js`, import.meta.url).href) as Promise<Bundles[Name]>;
}

/** Enhance a page that works without it: where the bundle does not come, the page stays as the server made it. */
export function enhance<Name extends keyof Bundles>(name: Name, act: (bundle: Bundles[Name]) => void): void {
  load(name).then(act, (error: unknown) => console.warn(error));
}

/** Bring in a bundle's style sheet; resolves when it is here. */
export function style(name: keyof Bundles): Promise<void> {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL(`./${name}.css`, import.meta.url).href;
  return new Promise((resolve) => {
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => resolve()); // without it the page works, and is plain
    document.head.append(link);
  });
}
