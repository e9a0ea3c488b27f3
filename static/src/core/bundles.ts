/** Modules that are fetched when they are first needed. Each is a bundle of its own beside the main one. */

/** The bundles of `static/build.mjs` that are not in every page. */
type BundleName = "panoptic-zoom" | "panoptic-tools" | "panoptic-import" | "panoptic-jobs" | "panoptic-vocabulary";

/** Fetch a bundle. Who asks says what it exports: this module knows none of them. */
export function load<Bundle>(name: BundleName): Promise<Bundle> {
  // A computed address: the bundler leaves it alone. One file more for shared code would delay every page.
  return import(new URL(`./${name}.js`, import.meta.url).href) as Promise<Bundle>;
}

/** Enhance a page that works without it: where the bundle does not come, the page stays as the server made it. */
export function enhance<Bundle>(name: BundleName, act: (bundle: Bundle) => void): void {
  load<Bundle>(name).then(act, (error: unknown) => console.warn(error));
}

/** Bring in a bundle's style sheet; resolves when it is here. */
export function style(name: BundleName): Promise<void> {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL(`./${name}.css`, import.meta.url).href;
  return new Promise((resolve) => {
    link.addEventListener("load", () => resolve());
    link.addEventListener("error", () => resolve()); // without it the page works, and is plain
    document.head.append(link);
  });
}
