"""Export the notebooks, or clean them: `notebooks.py export`, `notebooks.py clean`, each with optional file names."""
import ast
import json
import re
import sys
from pathlib import Path

import docstrings

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def all_notebooks(root):
    "The notebooks of a project: those of the ground, then room by room, then the tutorials."
    found = (root / "nbs").rglob("*.ipynb")
    return sorted((p for p in found if ".ipynb_checkpoints" not in p.parts),
                  key=lambda p: (len(p.parts), p.parent.name == "tutorials", p.parent.name, p.name))


def clean(nb):
    "A notebook without outputs, counts and editor metadata; tags stay, and hidden cells stay hidden."
    cells = []
    for i, cell in enumerate(nb["cells"], 1):
        new = {"cell_type": cell["cell_type"], "id": cell.get("id") or f"c{i:03d}", "metadata": {}}
        if tags := cell.get("metadata", {}).get("tags"):
            new["metadata"]["tags"] = tags
            if "hide-input" in tags: new["metadata"]["jupyter"] = {"source_hidden": True}  # an answer: JupyterLab folds it too
        source = cell["source"]
        new["source"] = source.splitlines(keepends=True) if isinstance(source, str) else source
        if cell["cell_type"] == "code":
            new |= {"execution_count": None, "outputs": []}
        cells.append(new)
    return {"cells": cells, "metadata": {"kernelspec": KERNEL}, "nbformat": 4, "nbformat_minor": 5}


def as_text(nb):
    "A notebook as it is written to disk."
    return json.dumps(nb, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def export(paths, lib_path):
    "Write the module of every notebook that has one into `lib_path`, comments moved into docstrings, and the rooms' stubs."
    from nbdev.export import nb_export
    for path in paths:
        if name := re.search(r"#\| default_exp ([\w.]+)", path.read_text(encoding="utf-8")):
            nb_export(path, lib_path=lib_path)
            module = lib_path / (name[1].replace(".", "/") + ".py")
            module.write_text(docstrings.documented(module.read_text(encoding="utf-8")), encoding="utf-8")
    for folder in sorted(p for p in lib_path.iterdir() if p.is_dir() and list(p.glob("[a-z]*.py"))):
        (folder / "__init__.pyi").write_text(stub(folder), encoding="utf-8")


def stub(folder):
    "The stub of a room: the public names that its modules define, for editors and for the package's lazy imports."
    modules = {p.stem: ast.parse(p.read_text(encoding="utf-8")) for p in sorted(folder.glob("[a-z]*.py"))}
    out = ["# The public names of this room: read by the package itself (lazy_loader) and by editors."]
    out += [f"from . import {name} as {name}" for name in modules]
    for module, tree in modules.items():
        assigned = (n for n in tree.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "__all__")
        names = next((ast.literal_eval(n.value) for n in assigned), [])
        if names := sorted(set(names) - set(modules)):
            out += [f"from .{module} import (", *(f"    {name} as {name}," for name in names), ")"]
    return "\n".join(out) + "\n"


def readme(path):
    "A notebook as Markdown, with pictures found from the project's root."
    import nbformat
    from nbconvert import MarkdownExporter
    nb = nbformat.read(path, 4)
    nb.metadata["language_info"] = {"name": "python"}
    text = MarkdownExporter().from_notebook_node(nb)[0].replace("](../", "](").replace("```python\n\n", "```python\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.strip().splitlines())) + "\n"


def main(command, *names):
    root = Path(__file__).resolve().parent.parent
    paths = [Path(n).resolve() for n in names] or all_notebooks(root)
    if command == "export":
        export(paths, root / "sep_toolkit")
        (root / "README.md").write_text(readme(root / "nbs/index.ipynb"), encoding="utf-8")
        print(f"{len(paths)} notebooks read, sep_toolkit/ and README.md written")
    elif command == "clean":
        for path in paths:
            old = path.read_text(encoding="utf-8")
            new = as_text(clean(json.loads(old)))
            if new != old:
                path.write_text(new, encoding="utf-8")
                print(f"cleaned {path.relative_to(root)}")
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    main(*(sys.argv[1:] or [""]))
