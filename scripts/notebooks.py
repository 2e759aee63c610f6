"""Export the notebooks, or clean them: `notebooks.py export`, `notebooks.py clean`, each with optional file names."""
import json
import re
import sys
from pathlib import Path

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def all_notebooks(root):
    "The notebooks of a project, in layer order, then the tutorials."
    found = (root / "nbs").rglob("*.ipynb")
    return sorted((p for p in found if ".ipynb_checkpoints" not in p.parts), key=lambda p: (len(p.parts), p.name))


def clean(nb):
    "A notebook without outputs, counts and editor metadata; tags stay."
    cells = []
    for i, cell in enumerate(nb["cells"], 1):
        new = {"cell_type": cell["cell_type"], "id": cell.get("id") or f"c{i:03d}", "metadata": {}}
        if tags := cell.get("metadata", {}).get("tags"):
            new["metadata"]["tags"] = tags
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
    "Write the module of every notebook that has one into `lib_path`."
    from nbdev.export import nb_export
    for path in paths:
        if "#| default_exp" in path.read_text(encoding="utf-8"):
            nb_export(path, lib_path=lib_path)


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
