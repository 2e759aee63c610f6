// Bundles for the package: `node build.mjs` writes them, `node build.mjs --check` says whether the committed ones are current.
import { readFile, writeFile, mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import path from "node:path";
import { build } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.join(here, "..", "sep_toolkit", "static");
const banner = { js: "// Built from js/ by `npm run build`; edit the sources there." };

/** Entry points: widgets are ES modules for anywidget, page.js is one script for exported pages. */
const bundles = [
  { entry: "player.js", file: "player.js", format: "esm" },
  { entry: "blend.js", file: "blend.js", format: "esm" },
  { entry: "trajectory.js", file: "trajectory.js", format: "esm" },
  { entry: "fit.js", file: "fit.js", format: "esm" },
  { entry: "page.js", file: "page.js", format: "iife" },
];

const check = process.argv.includes("--check");
let stale = 0;
await mkdir(out, { recursive: true });
for (const { entry, file, format } of bundles) {
  const result = await build({
    entryPoints: [path.join(here, entry)], bundle: true, format, target: "es2022", charset: "utf8", banner, write: false,
    absWorkingDir: here, loader: { ".css": "text" }, legalComments: "none", minifySyntax: true, minifyWhitespace: file === "page.js",
  });
  const text = result.outputFiles[0].text.replaceAll("</script", "<\\/script");
  const target = path.join(out, file);
  const old = await readFile(target, "utf8").catch(() => "");
  if (old === text) console.log(`${file}: up to date, ${text.length} bytes`);
  else if (check) { stale += 1; console.error(`${file}: stale, run make js`); }
  else { await writeFile(target, text); console.log(`${file}: written, ${text.length} bytes`); }
}
process.exit(stale ? 1 : 0);
