"""The rules of the project (scripts/checks.py), run on it and, each, on a small project that breaks the rule."""
import json
import subprocess
import sys
from pathlib import Path

import checks
import notebooks as nbk
import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda c: c.__name__)
def test_project(check):
    assert list(check(ROOT)) == []


def markdown(text):
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def code(text, **metadata):
    return {"cell_type": "code", "metadata": metadata, "source": text, "outputs": [], "execution_count": None}


class Project:
    "A small project of two layers that keeps every rule."
    def __init__(self, root):
        self.root = root
        for folder in ("nbs/tutorials", "sep_toolkit", "scripts", "js"):
            (root / folder).mkdir(parents=True)
        (root / "sep_toolkit/__init__.py").write_text('__all__ = ["mix"]\n')
        (root / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
        self.notebook("nbs/00_core.ipynb", markdown("# Core\n> Errors."), code("#| default_exp core"),
                      code("#| export\nimport math"), code("#| export\ndef half(x): return math.floor(x/2)"))
        self.notebook("nbs/10_scenes.ipynb", markdown("# Scenes\n> Mixtures."), code("#| default_exp scenes"),
                      code("#| export\nfrom sep_toolkit.core import half"),
                      code("#| export\ndef quarter(x):\n    from sep_toolkit.top import f\n    return half(half(f(x)))"))
        self.notebook("nbs/20_top.ipynb", markdown("# Top\n> Above."), code("#| default_exp top"),
                      code("#| export\ndef f(x): return x"))
        self.notebook("nbs/tutorials/00_tour.ipynb", markdown("# Tour"), code("import sep_toolkit as st"), code("st.mix"))
        self.export()

    def notebook(self, name, *cells):
        nb = nbk.clean({"cells": list(cells)})
        (self.root / name).write_text(nbk.as_text(nb), encoding="utf-8")

    def add(self, name, *cells):
        nb = json.loads((self.root / name).read_text())
        nb["cells"] += cells
        nb = nbk.clean(nb) | {"cells": nb["cells"]}
        (self.root / name).write_text(nbk.as_text(nb), encoding="utf-8")

    def write(self, name, text):
        (self.root / name).write_text(text, encoding="utf-8")

    def export(self):
        nbk.export(sorted((self.root / "nbs").glob("*.ipynb")), self.root / "sep_toolkit")


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda c: c.__name__)
def test_good_project_passes(check, project):
    assert list(check(project.root)) == []


def output(cell):
    return cell | {"outputs": [{"output_type": "stream", "name": "stdout", "text": "x"}]}


CORE, SCENES, TOUR = "nbs/00_core.ipynb", "nbs/10_scenes.ipynb", "nbs/tutorials/00_tour.ipynb"
PICKLE = "allow_" + "pickle"
BREAKS = {  # name -> the check, what breaks it, what the complaint says
    "output": (checks.notebooks_clean, lambda p: p.add(CORE, output(code("1"))), "has outputs"),
    "count": (checks.notebooks_clean, lambda p: p.add(CORE, code("1") | {"execution_count": 3}), "execution count"),
    "metadata": (checks.notebooks_clean, lambda p: p.add(CORE, code("1", collapsed=True)), "collapsed"),
    "format": (checks.notebooks_clean,
               lambda p: p.write(CORE, (p.root / CORE).read_text().replace("\n ", "\n  ")), "make clean-nbs"),
    "tutorial output": (checks.notebooks_clean, lambda p: p.add(TOUR, output(code("1"))), "00_tour"),
    "size": (checks.notebooks_small, lambda p: p.add(CORE, code("#" + "x" * 1_000_000)), "bytes"),
    "edited module": (checks.modules_in_sync, lambda p: p.write("sep_toolkit/core.py", "x = 1\n"), "core.py: differs"),
    "edited notebook": (checks.modules_in_sync, lambda p: p.add(CORE, code("#| export\nx = 1")), "core.py: differs"),
    "new notebook": (checks.modules_in_sync, lambda p: p.notebook("nbs/30_b.ipynb", markdown("# B\n> b."),
                     code("#| default_exp b"), code("#| export\nx = 1")), "b.py: missing"),
    "renamed notebook": (checks.modules_current, lambda p: (p.root / CORE).rename(p.root / "nbs/01_base.ipynb"), "stale"),
    "renamed module": (checks.modules_current,
                       lambda p: (p.root / "sep_toolkit/core.py").rename(p.root / "sep_toolkit/base.py"), "base.py: stale"),
    "hand-written module": (checks.modules_current, lambda p: p.write("sep_toolkit/hand.py", "x = 1\n"), "names no notebook"),
    "wrong number": (checks.exporting_notebooks,
                     lambda p: (p.root / CORE).rename(p.root / "nbs/core.ipynb"), "exports to core"),
    "no title": (checks.exporting_notebooks, lambda p: p.notebook(TOUR, code("1")), "no '# Title'"),
    "no summary": (checks.exporting_notebooks,
                   lambda p: p.notebook(CORE, markdown("# Core"), code("#| default_exp core")), "no '> '"),
    "tutorial exports": (checks.exporting_notebooks, lambda p: p.add(TOUR, code("#| export\nx = 1")), "a tutorial"),
    "prose": (checks.enough_prose, lambda p: p.add(TOUR, *[code("1")] * 9), "1 cells of prose for 11"),
    "mixed": (checks.imports_apart, lambda p: p.add(TOUR, code("import os\nx = os.sep")), "mixes imports"),
    "mixed with magic": (checks.imports_apart, lambda p: p.add(TOUR, code("%time\nimport os\nx = 1")), "mixes imports"),
    "star": (checks.star_imports, lambda p: p.add(TOUR, code("from math import *")), "from math import *"),
    "star in a file": (checks.star_imports, lambda p: p.write("scripts/a.py", "from os import *\n"), "a.py: from os"),
    "reaches up": (checks.layer_order, lambda p: p.add(CORE, code("#| export\nimport sep_toolkit.scenes")), "scenes (10)"),
    "reaches up by from": (checks.layer_order, lambda p: p.add(
        CORE, code("#| export\nfrom sep_toolkit import scenes")), "core (0) imports scenes (10)"),
    "reaches up relatively": (checks.layer_order, lambda p: p.add(
        CORE, code("#| export\nfrom .scenes import quarter")), "core (0) imports scenes (10)"),
    "reaches up in a class": (checks.layer_order, lambda p: p.add(
        CORE, code("#| export\nclass A:\n    from sep_toolkit.scenes import quarter")), "scenes (10)"),
    "reaches itself": (checks.layer_order, lambda p: p.add(CORE, code("#| export\nimport sep_toolkit.core")), "core (0)"),
    "reaches the package": (checks.layer_order, lambda p: p.add(CORE, code("#| export\nimport sep_toolkit")), "package itself"),
    "reaches nowhere": (checks.layer_order, lambda p: p.add(CORE, code("#| export\nimport sep_toolkit.gone")), "gone (None)"),
    "hiding module": (checks.module_names, lambda p: p.write("sep_toolkit/mix.py", ""), "mix.py: hides"),
    "no __all__": (checks.module_names, lambda p: p.write("sep_toolkit/__init__.py", ""), "no literal __all__"),
    "long cell": (checks.short_cells, lambda p: p.add(CORE, code("#| export\n" + "x = 1\n" * 40)), "41 lines"),
    "machine path": (checks.no_machine_paths, lambda p: p.write("README.md", "cd " + "/wo" + "rk/main\n"), "README.md:1"),
    "machine path in a notebook": (checks.no_machine_paths,
                                   lambda p: p.add(TOUR, code("open('" + "/ro" + "ot/a')")), "00_tour"),
    "package host": (checks.no_package_hosts, lambda p: p.write("js/a.js", "import 'https://un" + "pkg.com/x'"), "js/a.js:1"),
    "a package's origin": (checks.no_package_hosts, lambda p: p.write("js/package-lock.json", json.dumps(
        {"packages": {"a": {"resolved": "http://mirror.local/a.tgz"}}})), "a says where"),
    "unpickling": (checks.no_unpickling, lambda p: p.add(CORE, code(f"#| export\nx = dict({PICKLE}=True)")), PICKLE),
    "torch.load": (checks.no_unpickling, lambda p: p.write("sep_toolkit/b.py", "import torch\ntorch.load('x')\n"), "b.py:2"),
    "readme": (checks.readme_in_sync, lambda p: p.notebook("nbs/index.ipynb", markdown("# New")), "README.md: differs"),
    "left open": (checks.nothing_left_open, lambda p: p.write("js/a.js", "// TO" + "DO later\n"), "a.js:1"),
    "unknown name": (checks.ruff, lambda p: p.add(TOUR, code("print(undefined)")), "F821"),
    "unused import": (checks.ruff, lambda p: p.write("scripts/a.py", "import os\n"), "F401"),
    "long line": (checks.ruff, lambda p: p.add(TOUR, code("x = '" + "x" * 150 + "'")), "E501"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_check_can_fail(name, project):
    check, spoil, expected = BREAKS[name]
    spoil(project)
    complaints = list(check(project.root))
    assert any(expected in c for c in complaints), complaints


def test_every_check_is_seen_failing():
    assert {check for check, _, _ in BREAKS.values()} == set(checks.CHECKS)


def test_tags_survive_cleaning():
    nb = nbk.clean({"cells": [code("1/0", tags=["raises-exception"], collapsed=True)]})
    assert nb["cells"][0]["metadata"] == {"tags": ["raises-exception"]}


def test_cleaning_twice_changes_nothing_more():
    nb = {"cells": [markdown("# T"), output(code("a\nb"))], "metadata": {"widgets": {}}, "nbformat": 4, "nbformat_minor": 4}
    once = nbk.clean(nb)
    assert nbk.clean(once) == once and once["cells"][1]["outputs"] == [] and once["cells"][1]["source"] == ["a\n", "b"]


def test_nbdev_export_agrees(tmp_path):
    "The nbdev command writes what make export writes, and touches nothing else that is committed."
    for name in ("nbs", "sep_toolkit"):
        for path in (ROOT / name).rglob("*"):
            if path.suffix in (".py", ".ipynb") and path.name != "_modidx.py":
                (tmp_path / path.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / path.relative_to(ROOT)).write_bytes(path.read_bytes())
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    out = subprocess.run([sys.executable, "-c", "from nbdev.doclinks import nbdev_export; nbdev_export()"],
                         cwd=tmp_path, capture_output=True, text=True)
    assert out.returncode == 0, out.stderr
    after = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file() and "__pycache__" not in p.parts}
    changed = {str(p.relative_to(tmp_path)) for p in before.keys() | after.keys() if before.get(p) != after.get(p)}
    assert changed <= {"sep_toolkit/_modidx.py"}
