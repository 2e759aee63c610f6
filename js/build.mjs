// The bundle for the package: `node build.mjs` writes it, `node build.mjs --check` says whether the committed one is current and alone.
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import path from "node:path";
import { build, transform } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.join(here, "..", "sep_toolkit", "static");
const banner = { js: "// Built from js/ by `npm run build`; edit the sources there." };

/** One ES module, for anywidget and for exported pages, which hold it inline. */
const file = "widget.js";

/** Style sheets travel as text, minified. @type {import("esbuild").Plugin} */
const styles = { name: "styles", setup({ onLoad }) {
  onLoad({ filter: /\.css$/ }, async ({ path: from }) => ({ contents: (await transform(await readFile(from, "utf8"), { loader: "css", minify: true })).code, loader: "text" }));
} };

const check = process.argv.includes("--check");
const result = await build({
  entryPoints: [path.join(here, "main.js")], bundle: true, format: "esm", target: "es2022", charset: "utf8", banner, write: false,
  absWorkingDir: here, legalComments: "none", minify: true, plugins: [styles],
});
const text = result.outputFiles[0].text.replaceAll("</script", "<\\/script");
await mkdir(out, { recursive: true });
const more = (await readdir(out)).filter((name) => name !== file);
const current = (await readFile(path.join(out, file), "utf8").catch(() => "")) === text;
for (const name of more) {
  if (check) console.error(`${name}: not built from js/, run make js`);
  else { await rm(path.join(out, name)); console.log(`${name}: removed`); }
}
if (current) console.log(`${file}: up to date, ${Buffer.byteLength(text)} bytes`);
else if (check) console.error(`${file}: stale, run make js`);
else { await writeFile(path.join(out, file), text); console.log(`${file}: written, ${Buffer.byteLength(text)} bytes`); }
process.exit(check && (more.length || !current) ? 1 : 0);
