"""The reference: a page for each room and each of its modules, from the docstrings; and llms.txt, the site in one plain text file."""
import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT/"sep_toolkit"
DOORS = """# The names that most people need

```{eval-rst}
.. currentmodule:: sep_toolkit

%s
```
"""


def head(path):
    "The docstring of a module, and its public names."
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assigned = (n for n in tree.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == "__all__")
    names = next((ast.literal_eval(n.value) for n in assigned), [])
    return ast.get_docstring(tree) or "", names, tree


def rooms():
    "Room -> its modules, in the order of their notebooks."
    out = {}
    for notebook in sorted((ROOT/"nbs").glob("*/*.ipynb")):
        found = re.search(r"#\| default_exp (\w+)\.(\w+)", notebook.read_text(encoding="utf-8"))
        if found: out.setdefault(found[1], []).append(found[2])
    return out


def write(folder):
    "The pages; returns {module: public names}."
    folder.mkdir(parents=True, exist_ok=True)
    found, modules = {}, {}
    for room, names in rooms().items():
        lines = [f"# {room}", "", "```{toctree}", ":maxdepth: 1", ""]
        for name in names:
            module = f"{room}.{name}"
            modules[module], public, _ = head(PACKAGE/room/f"{name}.py")
            found[module] = public
            if not public: continue
            lines.append(module)
            (folder/f"{module}.rst").write_text(page(module, modules[module]), encoding="utf-8")
        (folder/f"{room}.md").write_text("\n".join([*lines, "```", ""]), encoding="utf-8")
    (folder/"index.md").write_text(index(found), encoding="utf-8")
    return found


def page(module, text):
    "A module's page."
    title = f"sep_toolkit.{module}"
    return f"{title}\n{'='*len(title)}\n\n.. automodule:: {title}\n   :members:\n"


def index(found):
    "The first page of the reference: what most people call, then the rooms."
    homes = {}
    for line in (PACKAGE/"__init__.pyi").read_text(encoding="utf-8").splitlines():
        if not (m := re.match(r"from \.(\w+)\.(\w+) import (.+)", line)): continue
        for name in m[3].split(","): homes[name.split(" as ")[-1].strip()] = f"{m[1]}.{m[2]}"
    first = "\n".join(f"| `st.{name}` | {{py:obj}}`sep_toolkit.{home}.{name}` |" for name, home in homes.items())
    names = "\n".join(sorted({m.split('.')[0] for m in found}))
    return f"""# Reference

Every public function and class, by room. A room is a folder of the package; names within it can be reached through the room
(`st.sound.Audio`) and through their module (`st.sound.audio.Audio`). These are also names of the package itself:

| name | where it is described |
|---|---|
{first}

```{{toctree}}
:maxdepth: 1

{names}
```
"""


def callables(module):
    "The functions and classes of a module: name -> node."
    _, _, tree = head(PACKAGE/(module.replace(".", "/") + ".py"))
    return {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)}


def first_sentence(node):
    "Of a docstring."
    return (ast.get_docstring(node) or "").split("\n\n")[0].replace("\n", " ")


def llms(source, found):
    "One plain text file for programs that read: the pages, and every public name with its arguments and first sentence."
    out = ["# sep_toolkit", "", "> Hear, see and steer audio source separation in Jupyter.", "", "## Pages", ""]
    for path in sorted(p for p in Path(source).rglob("*.md") if "reference" not in p.parts):
        title = next((line[2:] for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("# ")), path.stem)
        out.append(f"- [{title}]({path.relative_to(source).with_suffix('.html')})")
    for module, names in found.items():
        nodes = callables(module)
        lines = [f"- `{signature(nodes[n])}`: {first_sentence(nodes[n])}" for n in names if n in nodes]
        if lines: out += ["", f"## sep_toolkit.{module}", "", *lines]
    return "\n".join(out) + "\n"


def signature(node):
    "A name with its arguments."
    call = node if isinstance(node, ast.FunctionDef) else next(
        (n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"), None)
    given = re.sub(r"^self(, )?", "", ast.unparse(call.args)) if call else ""
    return f"{node.name}({given})"
