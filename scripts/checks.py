"""The rules that fail the build. Each takes the project's root and returns its complaints, one line each.

`python scripts/checks.py` prints them; tests/test_project.py runs each one here and on a small project that breaks it."""
import ast
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import notebooks as nbk

PACKAGE = "sep_toolkit"
LONGEST_CELL = 40  # lines
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


def layer_of(path):
    m = re.match(r"\d+", path.name)
    return int(m[0]) if m else None


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
    "Notebooks hold no outputs, no counts, and no metadata but tags."
    for path in nbk.all_notebooks(root):
        nb, name = read(path), path.relative_to(root)
        for i, cell in enumerate(nb["cells"], 1):
            if cell.get("outputs"):
                yield f"{name}: cell {i} has outputs; run make clean-nbs"
            if cell.get("execution_count") is not None:
                yield f"{name}: cell {i} has an execution count; run make clean-nbs"
            if set(cell["metadata"]) - {"tags"}:
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
        copies.mkdir()
        lib.mkdir()
        for path in (root / "nbs").glob("*.ipynb"):
            (copies / path.name).write_bytes(path.read_bytes())
        nbk.export(sorted(copies.glob("*.ipynb")), lib)
        for new in sorted(lib.glob("*.py")):
            old = root / PACKAGE / new.name
            if not old.exists():
                yield f"{PACKAGE}/{new.name}: missing; run make export"
            elif old.read_text(encoding="utf-8") != new.read_text(encoding="utf-8"):
                yield f"{PACKAGE}/{new.name}: differs from its notebook; run make export"


def modules_current(root):
    "Every generated module names an existing notebook that exports to it."
    exports = {module_of(p): p.name for p in (root / "nbs").glob("*.ipynb")}
    for path in sorted((root / PACKAGE).rglob("*.py")):
        name = path.relative_to(root)
        if path.name in ("__init__.py", "_modidx.py"):
            continue
        m = re.search(r"File to edit: (?:\.\./)*nbs/(\S+\.ipynb)", path.read_text(encoding="utf-8"))
        if not m:
            yield f"{name}: names no notebook; modules are written in nbs/"
        elif exports.get(path.stem) != m[1]:
            yield f"{name}: stale, {m[1]} does not export to it; delete it"


def numbered(root):
    "(notebook, layer, module) of the notebooks that export."
    for path in sorted((root / "nbs").glob("*.ipynb")):
        if module := module_of(path):
            yield path, layer_of(path), module


def exporting_notebooks(root):
    "A notebook that exports is nbs/NN_module.ipynb, opens with a title and a '>' line; tutorials export nothing."
    for path in nbk.all_notebooks(root):
        name, first = path.relative_to(root), read(path)["cells"][0]
        text = "".join(first["source"])
        if first["cell_type"] != "markdown" or not text.startswith("# "):
            yield f"{name}: the first cell is no '# Title'"
        if path.parent.name != "nbs":
            if any(is_exported(source) for _, source, _ in code_cells(path)):
                yield f"{name}: a tutorial that exports"
        elif module := module_of(path):
            if not re.fullmatch(rf"\d\d_{module}\.ipynb", path.name):
                yield f"{name}: exports to {module}"
            if not re.search(r"^> \S", text, re.M):
                yield f"{name}: no '> ' line under the title"


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


def run_at_import(tree):
    "The nodes that run when a module is imported: all but the bodies of functions."
    todo = list(tree.body)
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            todo.extend(ast.iter_child_nodes(node))


def imported_modules(node):
    "Names below the package that an import statement reaches; '' is the package itself."
    if isinstance(node, ast.Import):
        names = [a.name for a in node.names]
    elif isinstance(node, ast.ImportFrom):
        base = f"{PACKAGE}.{node.module or ''}".rstrip(".") if node.level else node.module
        names = [f"{base}.{a.name}" for a in node.names] if base == PACKAGE else [base]
    else:
        return []
    return [n[len(PACKAGE) + 1:].split(".")[0] for n in names if n == PACKAGE or n.startswith(PACKAGE + ".")]


def layer_order(root):
    "Module-level imports go to lower-numbered notebooks only."
    rows = list(numbered(root))
    layers = {module: layer for _, layer, module in rows}
    for path, layer, module in rows:
        for i, source, tree in code_cells(path):
            if not is_exported(source):
                continue
            for name in (n for node in run_at_import(tree) for n in imported_modules(node)):
                above = layers.get(name)
                if above is None or layer is None or above >= layer:
                    what = f"{name} ({above})" if name else "the package itself"
                    yield f"{path.relative_to(root)}: cell {i}: {module} ({layer}) imports {what}"


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


def short_cells(root):
    "Exported cells have at most 40 lines."
    for path in nbk.all_notebooks(root):
        for i, source, _ in code_cells(path):
            if is_exported(source) and len(source.splitlines()) > LONGEST_CELL:
                yield f"{path.relative_to(root)}: cell {i} has {len(source.splitlines())} lines"


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


CHECKS = [notebooks_clean, notebooks_small, modules_in_sync, modules_current, exporting_notebooks, enough_prose, imports_apart,
          star_imports, layer_order, module_names, short_cells, no_machine_paths, no_package_hosts, no_unpickling,
          readme_in_sync, nothing_left_open, ruff]


if __name__ == "__main__":
    complaints = [f"{check.__name__}: {c}" for check in CHECKS for c in check(Path(__file__).resolve().parent.parent)]
    print("\n".join(complaints) or f"{len(CHECKS)} checks, no complaints")
    raise SystemExit(bool(complaints))
