"""The rules of the project (scripts/checks.py), run on it and, each, on a small project that breaks the rule."""
import json
import subprocess
import sys
from pathlib import Path

import checks
import docstrings
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


HALF = '#| export\ndef half(x:float # any number\n)->int: # at most x/2\n    "Half of a number, rounded down."\n    return math.floor(x/2)'
MIXED = '#| export\ndef mixed(x): # a number\n    "Mixes."\n    half(x)'
LOOKED = '#| export\ndef looked(x): # a number\n    "Looks."\n    mixed(x)'


class Project:
    "A small project of a ground and two rooms that keeps every rule."
    def __init__(self, root):
        self.root = root
        for folder in ("nbs/tutorials", "nbs/sound", "nbs/runs", "sep_toolkit", "scripts", "js"):
            (root / folder).mkdir(parents=True)
        (root / "sep_toolkit/__init__.py").write_text('__all__ = ["mix"]\n')
        (root / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
        self.notebook("nbs/00_core.ipynb", markdown("# Core\n> Errors."), code("#| default_exp core"),
                      code("#| export\nimport math"), code(HALF))
        self.notebook("nbs/sound/01_scenes.ipynb", markdown("# Scenes\n> Mixtures."), code("#| default_exp sound.scenes"),
                      code("#| export\nfrom sep_toolkit.core import half"), code(MIXED))
        self.notebook("nbs/sound/02_display.ipynb", markdown("# Display\n> Pictures."), code("#| default_exp sound.display"),
                      code("#| export\nfrom sep_toolkit.sound.scenes import mixed"), code(LOOKED))
        self.notebook("nbs/runs/01_trace.ipynb", markdown("# Trace\n> Steps."), code("#| default_exp runs.trace"),
                      code('#| export\ndef traced():\n    "Follows."\n    from sep_toolkit.sound.scenes import mixed\n    mixed(1)'))
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
        nbk.export(checks.sources(self.root), self.root / "sep_toolkit")


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda c: c.__name__)
def test_good_project_passes(check, project):
    assert list(check(project.root)) == []


def output(cell):
    return cell | {"outputs": [{"output_type": "stream", "name": "stdout", "text": "x"}]}


CORE, SCENES, TRACE, TOUR = "nbs/00_core.ipynb", "nbs/sound/01_scenes.ipynb", "nbs/runs/01_trace.ipynb", "nbs/tutorials/00_tour.ipynb"
PICKLE = "allow_" + "pickle"
def long_class(name): return f"#| export\nclass {name}:\n" + "\n".join(f"    x{i} = {i}" for i in range(40))


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
    "reaches up": (checks.layer_order, lambda p: p.add(CORE, code("#| export\nimport sep_toolkit.sound.scenes")),
                   "core imports sound.scenes"),
    "reaches up by from": (checks.layer_order, lambda p: p.add(
        CORE, code("#| export\nfrom sep_toolkit.sound import scenes")), "core imports sound.scenes"),
    "reaches up relatively": (checks.layer_order, lambda p: p.add(
        CORE, code("#| export\nfrom .sound.scenes import mixed")), "core imports sound.scenes"),
    "reaches up relatively from a room": (checks.layer_order, lambda p: p.add(
        SCENES, code("#| export\nfrom ..runs.trace import traced")), "sound.scenes imports runs.trace"),
    "reaches up in a class": (checks.layer_order, lambda p: p.add(
        CORE, code("#| export\nclass A:\n    from sep_toolkit.sound.scenes import mixed")), "sound.scenes"),
    "reaches up in a function": (checks.layer_order, lambda p: p.add(
        SCENES, code("#| export\ndef f():\n    if 1:\n        from sep_toolkit.runs.trace import traced")),
        "sound.scenes imports runs.trace"),
    "reaches up within a room": (checks.layer_order, lambda p: p.add(
        SCENES, code("#| export\nfrom .display import looked")), "sound.scenes imports sound.display"),
    "reaches a whole room": (checks.layer_order, lambda p: p.add(SCENES, code("#| export\nimport sep_toolkit.runs")), "imports runs"),
    "no room": (checks.layer_order, lambda p: ((p.root / "nbs/attic").mkdir(), p.notebook(
        "nbs/attic/01_box.ipynb", markdown("# Box\n> b."), code("#| default_exp attic.box"))), "attic.box is in no room"),
    "reaches itself": (checks.layer_order, lambda p: p.add(CORE, code("#| export\nimport sep_toolkit.core")), "core imports core"),
    "reaches the package": (checks.layer_order, lambda p: p.add(CORE, code("#| export\nimport sep_toolkit")), "package itself"),
    "reaches nowhere": (checks.layer_order, lambda p: p.add(CORE, code("#| export\nimport sep_toolkit.gone")), "core imports gone"),
    "same id twice": (checks.ids_unique, lambda p: p.write(TOUR, (p.root / TOUR).read_text().replace("c003", "c002")),
                      "c002 stands 2 times"),
    "long module": (checks.module_sizes, lambda p: p.write("sep_toolkit/core.py", "x = 1\n"*401), "core.py: 401 lines"),
    "a long head is no reason": (checks.module_sizes, lambda p: p.write(
        "sep_toolkit/core.py", '"""Why not."""\n' + "x = 1\n"*401), "core.py: 401 lines"),
    "two homes": (checks.names_unique, lambda p: (p.add(TRACE, code("#| export\ndef half(x): return x")), p.export()),
                  "half is defined in sep_toolkit/core.py and sep_toolkit/runs/trace.py"),
    "method from outside": (checks.whole_classes, lambda p: (p.add(CORE, code("#| export\nclass A: pass"), code(
        "#| export\ndef f(self): pass\n\n\nA.f, x = f, 1")), p.export()), "A.f is set outside"),
    "method taken away": (checks.whole_classes, lambda p: (p.add(CORE, code("#| export\nclass A: f = 1"), code(
        "#| export\ndel A.f")), p.export()), "A.f is set outside"),
    "no docstring": (checks.help_complete, lambda p: p.add(CORE, code("#| export\ndef f(): pass")), "f: no docstring"),
    "no sentence": (checks.help_complete, lambda p: p.add(CORE, code('#| export\ndef f():\n    "Half"')), "no whole sentence"),
    "no word about a parameter": (checks.help_complete, lambda p: p.add(CORE, code(
        '#| export\ndef f(x, # a number\n      y,\n):\n    "Adds."')), "f: nothing is said about y"),
    "no word about the result": (checks.help_complete, lambda p: p.add(CORE, code(
        '#| export\ndef f(x # a number\n):\n    "Adds."\n    return x')), "f: nothing is said about what comes back"),
    "no word about an error": (checks.help_complete, lambda p: p.add(CORE, code(
        '#| export\ndef f():\n    "Adds."\n    raise DataError("no")')), "when it raises DataError"),
    "no word about a method": (checks.help_complete, lambda p: p.add(CORE, code(
        '#| export\nclass A:\n    "A thing."\n    def f(self, x): pass')), "A.f: nothing is said about x"),
    "hiding module": (checks.module_names, lambda p: p.write("sep_toolkit/mix.py", ""), "mix.py: hides"),
    "no __all__": (checks.module_names, lambda p: p.write("sep_toolkit/__init__.py", ""), "no literal __all__"),
    "long cell": (checks.short_cells, lambda p: p.add(CORE, code("#| export\n" + "x = 1\n" * 40)), "41 lines"),
    "cells that are long as a rule": (checks.mostly_short_cells, lambda p: p.add(CORE, code("#| export\n" + "x = 1\n" * 25)),
                                      "1 of 8 exported cells"),
    "long private class": (checks.short_cells, lambda p: p.add(CORE, code(long_class("_A"))), "42 lines"),
    "long class and more": (checks.short_cells, lambda p: p.add(CORE, code(long_class("A") + "\nx = 1\n")), "43 lines"),
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


def test_a_public_class_may_be_long(project):
    project.add(CORE, code(long_class("A")))
    assert not list(checks.short_cells(project.root))


def test_types_may_be_of_any_floor(project):
    project.add(CORE, code("#| export\nif TYPE_CHECKING:\n    from sep_toolkit.sound.scenes import mixed\nelse: half = 1"))
    assert not list(checks.layer_order(project.root))


def test_a_long_module_may_say_why(project):
    project.write("sep_toolkit/core.py", '"""Long because it is one table."""\n' + "x = 1\n"*401)
    assert not list(checks.module_sizes(project.root))


def test_every_check_is_seen_failing():
    assert {check for check, _, _ in BREAKS.values()} == set(checks.CHECKS)


def test_tags_survive_cleaning():
    nb = nbk.clean({"cells": [code("1/0", tags=["raises-exception"], collapsed=True)]})
    assert nb["cells"][0]["metadata"] == {"tags": ["raises-exception"]}


def test_a_hidden_cell_stays_hidden():
    nb = nbk.clean({"cells": [code("right = 20", tags=["hide-input"]), code("x = 1", jupyter={"source_hidden": True})]})
    assert [cell["metadata"].get("jupyter") for cell in nb["cells"]] == [{"source_hidden": True}, None]


def test_cleaning_twice_changes_nothing_more():
    nb = {"cells": [markdown("# T"), output(code("a\nb"))], "metadata": {"widgets": {}}, "nbformat": 4, "nbformat_minor": 4}
    once = nbk.clean(nb)
    assert nbk.clean(once) == once and once["cells"][1]["outputs"] == [] and once["cells"][1]["source"] == ["a\n", "b"]


def test_help_shows_what_the_comments_say():
    source = '''
def f(x, # (..., T) samples
      y:int=(1, # one
             2), # Hz, any number
      *more, # noqa: B006
      z={"a": ")"}, w=None, # two at
                    # once
)->list: # of pairs
    "Pairs."
    check_number("y", y)
    return [x]  # not this
'''.lstrip()
    made = docstrings.documented(source)
    names = {}
    exec(made, names)
    assert names["f"].__doc__ == """Pairs.

    Args:
        x: (..., T) samples
        y: one Hz, any number
        z, w: two at once

    Returns:
        of pairs

    Raises:
        ParameterError: where an argument is not as described.
    """
    assert "# noqa: B006" in made and "# not this" in made and "samples" not in made[:made.index('"""')]
    assert list(docstrings.missing(next(docstrings.items(source)))) == ["nothing is said about more"]


def test_help_of_a_class_tells_what_makes_one():
    source = '''
@dataclass(frozen=True)
class A:
    "A thing."
    x: int = 1  # of something


class B(A):
    """A thing.

    With more."""
    def __init__(self, a): # number
        fail("a", a)
'''
    made = docstrings.documented(source)
    assert "    Args:\n        x: of something\n" in made and "    With more.\n\n    Args:\n        a: number\n\n    Raises:" in made
    assert docstrings.documented("def f(): return 1\n") == "def f(): return 1\n"
    one, other = (next(docstrings.items(f"def f(x){back}: # so\n    'Does.'\n    return x\n")) for back in ("->int", ""))
    assert (one.args, one.returns) == ({"x": ""}, "so") and (other.args, other.returns) == ({"x": "so"}, "")


def test_nbdev_export_agrees(tmp_path):
    "The nbdev command writes what make export writes, but for the docstrings, and touches nothing else that is committed."
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
    for path in (tmp_path / name for name, _, _ in checks.modules_of(tmp_path)):
        path.write_text(docstrings.documented(path.read_text()))
    after = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file() and "__pycache__" not in p.parts}
    changed = {str(p.relative_to(tmp_path)) for p in before.keys() | after.keys() if before.get(p) != after.get(p)}
    assert changed <= {"sep_toolkit/_modidx.py"}
