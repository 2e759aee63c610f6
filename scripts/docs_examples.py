"""An example for every function and class of the reference: the shortest cell of a notebook that calls it. The tests run all notebooks."""
import ast
import json
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 24  # lines of an example


@cache
def cells():
    "(notebook relative to nbs/, source, names it calls) of every code cell that is not exported."
    out = []
    for path in sorted((ROOT/"nbs").rglob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            source = "".join(cell["source"]).strip()
            if cell["cell_type"] != "code" or source.startswith(("#|", "%", "!")) or len(source.splitlines()) > LONGEST: continue
            try: called = names_called(ast.parse(source))
            except SyntaxError: continue
            out.append((path.relative_to(ROOT/"nbs"), source, called))
    return out


def names_called(tree):
    "Last parts of what is called; what a cell itself defines, or expects to fail, does not count."
    fails = {n for w in ast.walk(tree) if isinstance(w, ast.With) and "raises" in ast.unparse(w.items[0]) for n in ast.walk(w)}
    calls = [n.func for n in ast.walk(tree) if isinstance(n, ast.Call) and n not in fails]
    own = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    return {f.attr if isinstance(f, ast.Attribute) else f.id for f in calls if isinstance(f, ast.Attribute | ast.Name)} - own


@cache
def home_of():
    "Notebook -> the module it makes, such as sound.audio."
    out = {}
    for path in sorted((ROOT/"nbs").rglob("*.ipynb")):
        text = path.read_text(encoding="utf-8")
        at = text.find("#| default_exp ")
        if at >= 0: out[path.relative_to(ROOT/"nbs")] = text[at + 15:].split('"')[0].split("\\n")[0].strip()
    return out


@cache
def example(module, name):
    "(notebook, source) of the shortest cell that calls a name: of its own notebook, else of its room, else of a lesson; None without one."
    def distance(path):
        home = home_of().get(path)
        return 0 if home == module else 1 if path.parts[0] == module.split(".")[0] else 2 if path.parts[0] == "tutorials" else 3
    found = [(distance(path), len(source), str(path), source) for path, source, called in cells() if name in called]
    return min(found)[2:] if found else None


def lines_of(full_name):
    "What is added to the docstring of sep_toolkit.room.module.name, as lines of reStructuredText."
    parts = full_name.split(".")
    if len(parts) < 3 or not (found := example(".".join(parts[1:-1]), parts[-1])): return []
    code = [f"   {line}" for line in found[1].splitlines()]
    return ["", f".. rubric:: Example (from nbs/{found[0]})", "", ".. code-block:: python", "", *code, ""]
