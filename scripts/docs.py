"""Build the site into _docs/: `docs.py` runs the lessons (once; a lesson runs again when it or the package has changed), `docs.py --fast`
takes them as they are, with what an earlier build has kept. The page to open is _docs/index.html."""
import argparse
import ast
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import docs_gallery
import docs_live
import docs_reference

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT/"_docs"/".kept"
DRAWS = re.compile(r"\bplt\.subplots\(")
LINK = re.compile(r"\]\(\.\./tutorials/(\w+)\.ipynb\)|\]\((\w+)\.ipynb\)")
EMPTY = re.compile(r"<th[^>]*>\s*</th>")
LIMIT_S = 600  # of one cell


def lessons():
    "The notebooks of the site in reading order."
    return sorted((ROOT/"nbs/tutorials").glob("*.ipynb"))


def code_hash():
    "What the results of a lesson depend on besides itself: the package."
    digest = hashlib.sha256()
    for path in sorted((ROOT/"sep_toolkit").rglob("*")):
        if path.is_file() and path.suffix in (".py", ".js", ".json", ".safetensors", ".nc"): digest.update(path.read_bytes())
    for name in ("docs_live.py", "docs.py"): digest.update((ROOT/"scripts"/name).read_bytes())
    return digest.hexdigest()


def ran(path, package):
    "A lesson with its outputs and the folder of its frames: from an earlier build where nothing has changed, else by running it."
    kept = KEPT/path.stem
    key = hashlib.sha256(path.read_bytes() + package.encode()).hexdigest()
    if (kept/"key").exists() and (kept/"key").read_text() == key: return kept
    begin = time.perf_counter()
    shutil.rmtree(kept, ignore_errors=True)
    (kept/"live").mkdir(parents=True)
    (kept/"lesson.ipynb").write_text(json.dumps(executed(path, kept/"live")), encoding="utf-8")
    (kept/"key").write_text(key)
    print(f"== {path.stem}: ran in {time.perf_counter() - begin:.0f} s", flush=True)
    return kept


def executed(path, live):
    "The notebook after Run All."
    import nbformat
    from nbclient import NotebookClient
    nb = nbformat.read(path, 4)
    quiet = {k: v for k, v in os.environ.items() if k != "SEP_TOOLKIT_MIRROR"}
    nb.cells = [nbformat.v4.new_code_cell(docs_live.HOOK), *nb.cells, nbformat.v4.new_code_cell(docs_live.LAST)]
    client = NotebookClient(nb, timeout=LIMIT_S, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}})
    client.execute(env={**quiet, "SITE_LIVE": str(live), "SITE_NAME": path.stem, "PYTHONPATH": str(ROOT)})
    nb.cells = nb.cells[1:-1]
    return nb


def page_of(nb, live):
    "A lesson as it goes to Sphinx: code that only draws is folded, widgets are frames, long data lie beside the page."
    for cell in nb["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            cell["source"] = LINK.sub(lambda m: f"]({m[1] or m[2]}.ipynb)", source)
            continue
        if DRAWS.search(source) and len(source.splitlines()) > 3:
            cell["metadata"]["tags"] = [*cell["metadata"].get("tags", []), "hide-input"]
        cell["outputs"] = [shown for out in cell["outputs"] if (shown := output_of(out, live))]
    nb["metadata"].pop("widgets", None)  # their state: the frames have it
    nb["metadata"]["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return nb


def read_aloud(text):
    "Tables of pandas as screen readers and keyboards need them: no header without a text, and a table that scrolls takes the focus."
    return EMPTY.sub("<td></td>", text).replace('class="dataframe"', 'class="dataframe" tabindex="0"')


def output_of(out, live):
    "An output without widget data, or None where nothing is left to show."
    if out["output_type"] == "stream": return None if out["name"] == "stderr" else out
    if "data" not in out: return out
    data = {k: v for k, v in out["data"].items() if "widget" not in k}
    if page := data.get("text/html"): data["text/html"] = docs_live.media_apart(read_aloud("".join(page)), live)
    return {**out, "data": data} if set(data) - {"text/plain"} or set(data) == set(out["data"]) else None


def stage(source, live, fast):
    "Everything that Sphinx reads, in one folder."
    shutil.copytree(ROOT/"docs", source, ignore=shutil.ignore_patterns("__pycache__"))
    package = code_hash()
    (source/"lessons").mkdir(exist_ok=True)
    for path in lessons():
        kept = KEPT/path.stem if fast and (KEPT/path.stem/"lesson.ipynb").exists() else None if fast else ran(path, package)
        nb = json.loads((kept/"lesson.ipynb" if kept else path).read_text(encoding="utf-8"))
        for page in (kept/"live").glob("*.html") if kept else (): shutil.copy(page, live)
        (source/"lessons"/path.name).write_text(json.dumps(page_of(nb, live)), encoding="utf-8")
    docs_gallery.write(source/"gallery.md", live)
    names = docs_reference.write(source/"reference")
    (source/"_extra").mkdir()
    (source/"_extra"/"llms.txt").write_text(docs_reference.llms(source, names), encoding="utf-8")


def version():
    "As in settings.ini."
    return re.search(r"^version *= *(\S+)", (ROOT/"settings.ini").read_text(), re.M)[1]


def build(out, fast=False):
    "The site in the folder `out`; warnings of Sphinx are errors."
    out = Path(out)
    source, live = out/".source", out/".live"
    for old in (source, live): shutil.rmtree(old, ignore_errors=True)
    live.mkdir(parents=True)
    stage(source, live, fast)
    docs_live.share(live, (ROOT/"sep_toolkit/static/widget.js").read_text(encoding="utf-8"))
    html = out/"html"
    shutil.rmtree(html, ignore_errors=True)
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT/"scripts")]), "SITE_VERSION": version()}
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-d", str(out/".doctrees"), str(source), str(html)]
    subprocess.run(command, check=True, env=env)
    shutil.move(live, html/"_live")
    for extra in (source/"_extra").iterdir(): shutil.copy(extra, html)
    shutil.rmtree(source)
    return html


def main():
    parser = argparse.ArgumentParser(description=ast.get_docstring(ast.parse(Path(__file__).read_text())))
    parser.add_argument("out", nargs="?", default=ROOT/"_docs")
    parser.add_argument("--fast", action="store_true", help="do not run the lessons")
    args = parser.parse_args()
    begin = time.perf_counter()
    html = build(args.out, args.fast)
    size = sum(p.stat().st_size for p in html.rglob("*") if p.is_file())
    print(f"== {html/'index.html'}: {len(list(html.rglob('*.html')))} pages, {size/1e6:.1f} MB, {time.perf_counter() - begin:.0f} s")


if __name__ == "__main__": main()
