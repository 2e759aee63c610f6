"""The rules that fail the build. Each takes the project's root and returns its complaints, one line each.

`python scripts/checks.py` prints them; tests/test_project.py runs each one here and on a small project that breaks it."""
import ast
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import docstrings
import notebooks as nbk

PACKAGE = "sep_toolkit"
# The floors of the house, from the ground up. A room imports from lower floors and, within itself, from lower numbers.
FLOORS = (("errors",), ("core",), ("sound",), ("cards",), ("runs",), ("scores", "classical", "onestep"),
          ("multistep", "diffusion", "source_filter"), ("train", "explorers"), ("experiments",), ("bench",))
USUAL_CELL = 25
LONGEST_CELL = 40  # lines
LONGEST_MODULE = 400  # lines, docstrings not counted
LARGEST_NOTEBOOK = 1_000_000  # bytes
# Spelled in pieces, so that this file does not trip over itself.
MACHINE_PATH = re.compile(r"(^|[^a-z.])/(" + "|".join(["work", "root", "farm"]) + ")/")
PACKAGE_HOST = re.compile("cdn" + r"\.|un" + "pkg|jsde" + "livr")
UNPICKLING = re.compile("allow_" + "pickle=True|weights_" + r"only=False|\bpic" + r"kle\.loads?\b|job" + r"lib\.load\b")
LEFT_OPEN = re.compile(r"\b(TO" + "DO|FIX" + r"ME|X" + r"XX)\b")
BINARY = {".png", ".jpg", ".flac", ".wav", ".ogg", ".mp3", ".onnx", ".safetensors", ".npz", ".ico", ".woff2"}


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def code_cells(path):
    "(number, source, syntax tree) of the code cells; lines for IPython alone are left out."
    for i, cell in enumerate(read(path)["cells"], 1):
        if cell["cell_type"] == "code":
            source = "".join(cell["source"])
            yield i, source, ast.parse("\n".join(s for s in source.splitlines() if not s.lstrip().startswith(("%", "!"))))


def is_exported(source):
    return re.search(r"^#\|\s*export", source, re.M) is not None


def module_of(path):
    "The module a notebook exports to, or None."
    for _, source, _ in code_cells(path):
        if m := re.search(r"^#\|\s*default_exp\s+(\S+)", source, re.M):
            return m[1]
    return None


def sources(root):
    "The notebooks that may export: all but the tutorials and the index."
    return [p for p in nbk.all_notebooks(root) if p.parent.name != "tutorials" and p.name != "index.ipynb"]


def tracked(root, *folders):
    "Text files of the project: those git knows or would add, or all of them where there is no git."
    folders = folders or (".",)
    out = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard", "--", *folders],
                         capture_output=True, text=True)
    if out.returncode == 0:
        paths = [root / line for line in out.stdout.splitlines()]
    else:
        paths = [p for f in folders for p in (root / f).rglob("*") if "node_modules" not in p.parts]
    return sorted(p for p in set(paths) if p.is_file() and p.suffix not in BINARY)


def grep(root, pattern, paths):
    for path in paths:
        for i, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if m := pattern.search(line):
                yield f"{path.relative_to(root)}:{i}: {line[max(m.start() - 30, 0):m.end() + 40].strip()}"


def notebooks_clean(root):
    "Notebooks hold no outputs, no counts, and no metadata but tags and what follows from them."
    for path in nbk.all_notebooks(root):
        nb, name = read(path), path.relative_to(root)
        for i, cell in enumerate(nb["cells"], 1):
            if cell.get("outputs"):
                yield f"{name}: cell {i} has outputs; run make clean-nbs"
            if cell.get("execution_count") is not None:
                yield f"{name}: cell {i} has an execution count; run make clean-nbs"
            if set(cell["metadata"]) - {"tags", "jupyter" if "hide-input" in cell["metadata"].get("tags", ()) else "tags"}:
                yield f"{name}: cell {i} has metadata {sorted(cell['metadata'])}; run make clean-nbs"
        if nbk.clean(nb) != nb or nbk.as_text(nb) != path.read_text(encoding="utf-8"):
            yield f"{name}: is not as make clean-nbs writes it"


def notebooks_small(root):
    "No notebook is over 1 MB."
    for path in nbk.all_notebooks(root):
        if path.stat().st_size > LARGEST_NOTEBOOK:
            yield f"{path.relative_to(root)}: {path.stat().st_size} bytes"


def modules_in_sync(root):
    "Exporting the notebooks gives the committed modules, byte for byte."
    with tempfile.TemporaryDirectory() as tmp:
        lib, copies = Path(tmp) / PACKAGE, Path(tmp) / "nbs"
        lib.mkdir()
        for path in sources(root):
            copy = copies / path.relative_to(root / "nbs")
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
        nbk.export(sorted(copies.rglob("*.ipynb")), lib)
        for new in sorted([*lib.rglob("*.py"), *lib.rglob("*.pyi")]):
            name = new.relative_to(lib)
            old = root / PACKAGE / name
            if not old.exists():
                yield f"{PACKAGE}/{name}: missing; run make export"
            elif old.read_text(encoding="utf-8") != new.read_text(encoding="utf-8"):
                yield f"{PACKAGE}/{name}: differs from its notebook; run make export"


def modules_current(root):
    "Every generated module names an existing notebook that exports to it."
    exports = {p.relative_to(root / "nbs").as_posix(): module_of(p) for p in sources(root)}
    for path in sorted((root / PACKAGE).rglob("*.py")):
        name = path.relative_to(root)
        if path.name.startswith("_"):
            continue
        m = re.search(r"File to edit: (?:\.\./)*nbs/(\S+\.ipynb)", path.read_text(encoding="utf-8"))
        module = ".".join(path.relative_to(root / PACKAGE).with_suffix("").parts)
        if not m:
            yield f"{name}: names no notebook; modules are written in nbs/"
        elif exports.get(m[1]) != module:
            yield f"{name}: stale, {m[1]} does not export to it; delete it"


def exporting_notebooks(root):
    "A notebook that exports is nbs/ROOM/NN_module.ipynb, opens with a title and a '>' line; tutorials export nothing."
    for path in nbk.all_notebooks(root):
        name, first = path.relative_to(root), read(path)["cells"][0]
        text = "".join(first["source"])
        if first["cell_type"] != "markdown" or not text.startswith("# "):
            yield f"{name}: the first cell is no '# Title'"
        if path.parent.name == "tutorials":
            if any(is_exported(source) for _, source, _ in code_cells(path)):
                yield f"{name}: a tutorial that exports"
        elif module := module_of(path):
            room, _, leaf = module.rpartition(".")
            if not re.fullmatch(rf"\d\d_{leaf}\.ipynb", path.name) or path.parent.relative_to(root / "nbs").as_posix() != (room or "."):
                yield f"{name}: exports to {module}"
            if not re.search(r"^> \S", text, re.M):
                yield f"{name}: no '> ' line under the title"


def ids_unique(root):
    "No cell id stands twice in a notebook."
    for path in nbk.all_notebooks(root):
        ids = [cell["id"] for cell in read(path)["cells"]]
        for i in sorted({i for i in ids if ids.count(i) > 1}):
            yield f"{path.relative_to(root)}: cell id {i} stands {ids.count(i)} times"


def enough_prose(root):
    "At least one cell of prose for four of code."
    for path in nbk.all_notebooks(root):
        kinds = [c["cell_type"] for c in read(path)["cells"]]
        prose, code = kinds.count("markdown"), kinds.count("code")
        if prose * 4 < code:
            yield f"{path.relative_to(root)}: {prose} cells of prose for {code} of code"


def imports_apart(root):
    "Cells that import do nothing else: nbdev runs import cells on their own."
    for path in nbk.all_notebooks(root):
        for i, _, tree in code_cells(path):
            kinds = {isinstance(node, ast.Import | ast.ImportFrom) for node in tree.body}
            if kinds == {True, False}:
                yield f"{path.relative_to(root)}: cell {i} mixes imports with code"


def star_imports(root):
    "Nothing is imported by star."
    trees = [(f"{p.relative_to(root)}: cell {i}", t) for p in nbk.all_notebooks(root) for i, _, t in code_cells(p)]
    trees += [(str(p.relative_to(root)), ast.parse(p.read_text(encoding="utf-8")))
              for p in tracked(root) if p.suffix == ".py"]
    for where, tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and any(a.name == "*" for a in node.names):
                yield f"{where}: from {node.module} import *"


def imported_modules(node, room):
    "Dotted names below the package that an import statement reaches; '' is the package itself."
    if isinstance(node, ast.Import):
        names = [a.name for a in node.names]
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            up = [PACKAGE, *([room] if room else [])]
            base = ".".join([*up[:len(up) - node.level + 1], *filter(None, [node.module])])
        names = [f"{base}.{a.name}" for a in node.names] if base == PACKAGE or base.count(".") == 1 and node.module else [base]
    else:
        return []
    return [n[len(PACKAGE) + 1:] for n in names if n == PACKAGE or n.startswith(PACKAGE + ".")]


def numbered(root):
    "module -> (floor, room, number within the room), of the notebooks that export."
    floors = {room: i for i, rooms in enumerate(FLOORS) for room in rooms}
    out = {}
    for path in sources(root):
        if module := module_of(path):
            room = module.rpartition(".")[0]
            number = re.match(r"\d+", path.name)
            out[module] = floors.get(room or module), room, int(number[0]) if number else None
    return out


def below(lower, upper):
    "Whether one place of `numbered` lies below another."
    if lower[0] is None or upper[0] is None or lower[0] > upper[0]:
        return False
    return lower[0] < upper[0] or lower[1] == upper[1] and None not in (lower[2], upper[2]) and lower[2] < upper[2]


def run_nodes(tree):
    "The nodes of a syntax tree but those under `if TYPE_CHECKING`, which editors read and nobody runs."
    todo = [tree]
    while todo:
        node = todo.pop()
        yield node
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            todo.extend(ast.iter_child_nodes(node))


def layer_order(root):
    "Imports go down only, inside functions as well: to lower floors, and within a room to lower numbers; for types, anywhere."
    places = numbered(root)
    for path in sources(root):
        module = module_of(path)
        if not module:
            continue
        if places[module][0] is None:
            yield f"{path.relative_to(root)}: {module} is in no room of FLOORS"
        for i, source, tree in code_cells(path):
            if not is_exported(source):
                continue
            for name in (n for node in run_nodes(tree) for n in imported_modules(node, module.rpartition(".")[0])):
                known = name if name in places else name.rpartition(".")[0]
                if known not in places or not below(places[known], places[module]):
                    yield f"{path.relative_to(root)}: cell {i}: {module} imports {name or 'the package itself'}"


def module_names(root):
    "No module carries the name of a top-level function: importing it would hide the function."
    tree = ast.parse((root / PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    names = next((ast.literal_eval(n.value) for n in tree.body
                  if isinstance(n, ast.Assign) and getattr(n.targets[0], "id", "") == "__all__"), None)
    if names is None:
        yield f"{PACKAGE}/__init__.py: no literal __all__"
    for path in (root / PACKAGE).iterdir():
        if path.stem in (names or ()) and (path.is_dir() or path.suffix == ".py"):
            yield f"{path.relative_to(root)}: hides {PACKAGE}.{path.stem}"


def is_public_class(tree):
    "Whether a cell is one public class and nothing else: its methods belong into its body, however many there are."
    return len(tree.body) == 1 and isinstance(tree.body[0], ast.ClassDef) and not tree.body[0].name.startswith("_")


def short_cells(root):
    "Exported cells have at most 40 lines, but for a cell that is one public class."
    for path in nbk.all_notebooks(root):
        for i, source, tree in code_cells(path):
            if is_exported(source) and len(source.splitlines()) > LONGEST_CELL and not is_public_class(tree):
                yield f"{path.relative_to(root)}: cell {i} has {len(source.splitlines())} lines"


def mostly_short_cells(root):
    "Nine of ten exported cells have at most 25 lines, with their docstrings and the words beside their parameters."
    sizes = [len(source.splitlines()) for path in nbk.all_notebooks(root) for _, source, _ in code_cells(path) if is_exported(source)]
    long = sum(size > USUAL_CELL for size in sizes)
    if long*10 > len(sizes):
        yield f"nbs: {long} of {len(sizes)} exported cells have more than {USUAL_CELL} lines"


def modules_of(root):
    "(path, source, syntax tree) of the modules that notebooks export."
    for path in sorted((root / PACKAGE).rglob("[a-z]*.py")):
        source = path.read_text(encoding="utf-8")
        yield path.relative_to(root), source, ast.parse(source)


def module_sizes(root):
    "A module has at most 400 lines without its docstrings, or its head says why it is longer ('Long because …')."
    for name, source, tree in modules_of(root):
        texts = [n.body[0] for n in ast.walk(tree) if isinstance(n, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(n)]
        lines = len(source.splitlines()) - sum(t.end_lineno - t.lineno + 1 for t in texts)
        if lines > LONGEST_MODULE and "Long because" not in (ast.get_docstring(tree) or ""):
            yield f"{name}: {lines} lines"


def names_unique(root):
    "A public name is defined in one module only."
    homes = {}
    for name, _, tree in modules_of(root):
        own = {n.name for n in tree.body if isinstance(n, ast.ClassDef | ast.FunctionDef)}
        targets = (t for n in tree.body if isinstance(n, ast.Assign) for t in n.targets)
        stored = (t for target in targets for t in ast.walk(target) if isinstance(t, ast.Name))
        own |= {t.id for t in stored if isinstance(t.ctx, ast.Store)}
        for public in (n for n in own if not n.startswith("_")):
            homes.setdefault(public, []).append(str(name))
    for public, names in sorted(homes.items()):
        if len(names) > 1:
            yield f"{public} is defined in {' and '.join(names)}"


def whole_classes(root):
    "Methods stand in the body of their class: nothing is assigned to a class, or deleted from it, afterwards."
    trees = [(name, tree) for name, _, tree in modules_of(root)]
    classes = {n.name for _, tree in trees for n in tree.body if isinstance(n, ast.ClassDef)}
    for name, tree in trees:
        for node in tree.body:
            targets = node.targets if isinstance(node, ast.Assign | ast.Delete) else []
            for target in (t for outer in targets for t in (outer.elts if isinstance(outer, ast.Tuple) else [outer])):
                if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id in classes:
                    yield f"{name}:{node.lineno}: {ast.unparse(target)} is set outside the class"


def help_complete(root):
    "help() of every public function, class and method says what it does, what goes in, what comes back, and which errors it raises."
    for path in sources(root):
        if not module_of(path):
            continue
        for i, source, _ in code_cells(path):
            if is_exported(source):
                for item in docstrings.items(source):
                    yield from (f"{path.relative_to(root)}: cell {i}: {item.name}: {what}" for what in docstrings.missing(item))


def no_machine_paths(root):
    "No path of one machine, in any file."
    return grep(root, MACHINE_PATH, (p for p in tracked(root) if p.name != "package-lock.json"))


def no_package_hosts(root):
    "Nothing that ships loads from a package host, and the lock file names the public registry only."
    paths = [p for p in tracked(root, PACKAGE, "nbs", "js") if p.name != "package-lock.json"]
    yield from grep(root, PACKAGE_HOST, paths)
    lock = root / "js" / "package-lock.json"
    if lock.exists():
        for name, package in read(lock).get("packages", {}).items():
            if "resolved" in package:
                yield f"js/package-lock.json: {name} says where it comes from; npm's omit-lockfile-registry-resolved leaves it out"


def no_unpickling(root):
    "Nothing a user could have downloaded is unpickled."
    yield from grep(root, UNPICKLING, tracked(root, PACKAGE, "nbs"))
    for path in tracked(root, PACKAGE):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if path.suffix == ".py" else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load":
                safe = [k for k in node.keywords if k.arg == "weights_only" and ast.unparse(k.value) == "True"]
                if not safe:
                    yield f"{path.relative_to(root)}:{node.lineno}: torch.load without weights_only=True"


def readme_in_sync(root):
    "README.md is what index.ipynb says."
    index, readme = root / "nbs/index.ipynb", root / "README.md"
    if index.exists() and (not readme.exists() or readme.read_text(encoding="utf-8") != nbk.readme(index)):
        yield "README.md: differs from nbs/index.ipynb; run make export"


def nothing_left_open(root):
    "No note to come back later."
    return grep(root, LEFT_OPEN, (p for p in tracked(root, PACKAGE, "nbs", "js", "tests", "scripts")
                                  if p.name != "package-lock.json" and not p.name.endswith(".min.js")))


def ruff(root):
    "ruff finds nothing in notebooks, package, tests and scripts."
    out = subprocess.run([sys.executable, "-m", "ruff", "check", "--output-format=concise", "--no-cache", "."],
                         cwd=root, capture_output=True, text=True)
    if out.returncode:
        yield from (line for line in (out.stdout + out.stderr).splitlines() if ":" in line)


CHECKS = [notebooks_clean, notebooks_small, ids_unique, modules_in_sync, modules_current, exporting_notebooks, enough_prose, imports_apart,
          star_imports, layer_order, module_names, short_cells, mostly_short_cells, module_sizes, names_unique, whole_classes,
          help_complete,
          no_machine_paths, no_package_hosts, no_unpickling, readme_in_sync, nothing_left_open, ruff]


HOUSE = [module_sizes, names_unique, whole_classes, help_complete]


if __name__ == "__main__":
    if len(sys.argv) > 1:  # the rules of the house for one room: checks.py help sep_toolkit/sound
        rooms = [a.replace(PACKAGE, "").strip("/") for a in sys.argv[2:]]
        found = [f"{check.__name__}: {c}" for check in HOUSE for c in check(Path(__file__).resolve().parent.parent)]
        found = [f for f in found if not rooms or any(f"/{r}/" in f or f"/{r}.py" in f or re.search(rf"nbs/\d\d_{r}\.", f) for r in rooms)]
        raise SystemExit("\n".join([*found, f"{len(found)} complaints"]))
    complaints = [f"{check.__name__}: {c}" for check in CHECKS for c in check(Path(__file__).resolve().parent.parent)]
    print("\n".join(complaints) or f"{len(CHECKS)} checks, no complaints")
    raise SystemExit(bool(complaints))
