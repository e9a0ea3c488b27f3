// Bundle static/src into static/dist: `node static/build.mjs [--watch]`.
import { readdir, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const watching = process.argv.includes("--watch");
const dist = here("dist");

const options = {
  entryPoints: [
    { in: here("src/main.ts"), out: "panoptic" },
    { in: here("src/tools.ts"), out: "panoptic-tools" }, // this one once the first pictures are painted
    { in: here("src/elements/import.ts"), out: "panoptic-import" }, // the others when they are needed
    { in: here("src/elements/jobs.ts"), out: "panoptic-jobs" },
    { in: here("src/elements/split.ts"), out: "panoptic-split" },
    { in: here("src/elements/vocabulary/vocabulary.ts"), out: "panoptic-vocabulary" },
    { in: "openseadragon", out: "panoptic-zoom" },
    { in: here("src/app.css"), out: "panoptic" },
    { in: here("src/tools.css"), out: "panoptic-tools" },
    { in: here("src/pages.css"), out: "panoptic-pages" },
  ],
  outdir: dist,
  bundle: true,
  format: "esm",
  target: ["chrome123", "firefox128", "safari17.5"], // the first with light-dark() and cascade layers
  minify: !watching,
  sourcemap: watching,
  legalComments: "linked",
  logLevel: "info",
};

// Chunks of earlier builds are never asked for again; the build hook's fingerprint stays.
for (const name of await readdir(dist).catch(() => [])) {
  if (name !== "sources.sha256") await rm(`${dist}/${name}`, { recursive: true });
}

if (watching) await (await esbuild.context(options)).watch();
else await esbuild.build(options);
