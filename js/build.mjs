// The bundles for the package: `node build.mjs` writes them, `node build.mjs --check` says whether the committed ones are current and alone.
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import path from "node:path";
import { build, transform } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.join(here, "..", "sep_toolkit", "static");
const banner = { js: "// Built from js/ by `npm run build`; edit the sources there." };

/** ES modules and where each begins: what every page needs, which exported pages hold inline, and what is loaded only where it is used. @type {Record<string, string>} */
const entries = { "widget.js": "main.js", "microphone.js": "microphone.js" };

/** Names of properties that nothing outside a bundle uses, neither the page nor Python: they become short, but for those that tests read. */
const PRIVATE = /^_|Button$|^(toggleSolo|toggleMute|dragging|passing|trackInfo|mapRows|paintRows|paintMaps|stretchSaid|hoverLine|playSteps|gainRow|undrawn|baseParams)$/;
const READ = /^(_meter|_paint|_go|flipButton|playButton)$/;

/** Style sheets travel as text, minified. @type {import("esbuild").Plugin} */
const styles = { name: "styles", setup({ onLoad }) {
  onLoad({ filter: /\.css$/ }, async ({ path: from }) => ({ contents: (await transform(await readFile(from, "utf8"), { loader: "css", minify: true })).code, loader: "text" }));
} };

/** @param {string} from @returns {Promise<string>} */
async function bundled(from) {
  const result = await build({
    entryPoints: [path.join(here, from)], bundle: true, format: "esm", target: "es2022", charset: "utf8", banner, write: false,
    absWorkingDir: here, legalComments: "none", minify: true, mangleProps: PRIVATE, reserveProps: READ, plugins: [styles],
  });
  return result.outputFiles[0].text.replaceAll("</script", "<\\/script");
}

const check = process.argv.includes("--check");
let wrong = 0;
await mkdir(out, { recursive: true });
for (const name of await readdir(out)) {
  if (name in entries) continue;
  wrong += 1;
  if (check) console.error(`${name}: not built from js/, run make js`);
  else { await rm(path.join(out, name)); console.log(`${name}: removed`); }
}
for (const [file, from] of Object.entries(entries)) {
  const text = await bundled(from);
  const current = (await readFile(path.join(out, file), "utf8").catch(() => "")) === text;
  if (current) console.log(`${file}: up to date, ${Buffer.byteLength(text)} bytes`);
  else if (check) { wrong += 1; console.error(`${file}: stale, run make js`); }
  else { await writeFile(path.join(out, file), text); console.log(`${file}: written, ${Buffer.byteLength(text)} bytes`); }
}
process.exit(check && wrong ? 1 : 0);
