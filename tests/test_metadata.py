"""settings.ini is the one source of the package's metadata; importing the package costs next to nothing."""
import configparser
import importlib.metadata as metadata
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import sep_toolkit

ROOT = Path(__file__).resolve().parent.parent
EXTRAS = ("onnx", "eval", "demucs", "docs", "cluster", "dev")


@pytest.fixture(scope="module")
def settings():
    parser = configparser.ConfigParser(delimiters=["="], interpolation=None)
    parser.read(ROOT / "settings.ini")
    return parser["DEFAULT"]


@pytest.fixture(scope="module")
def installed():
    return metadata.metadata("sep_toolkit")


@pytest.fixture(scope="module")
def pyproject():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def parsed(lines):
    return {(canonicalize_name(r.name), str(r.specifier)) for r in map(Requirement, lines)}


def test_installed_metadata_is_settings_ini(settings, installed):
    assert installed["Name"] == settings["lib_name"] == sep_toolkit.__name__
    assert installed["Version"] == settings["version"] == sep_toolkit.__version__
    assert installed["Summary"] == settings["description"]
    assert installed.get_all("Classifier") == settings["classifiers"].split("\n")[1:]
    assert installed["Requires-Python"] == f">={settings['min_python']}"
    assert settings["license"] in (installed.get("License"), installed.get("License-Expression"))
    assert set(installed.get_all("Provides-Extra")) == set(EXTRAS)


@pytest.mark.parametrize("extra", (None, *EXTRAS))
def test_installed_requirements_are_settings_ini(settings, installed, extra):
    lines = [Requirement(r) for r in installed.get_all("Requires-Dist")]
    here = [str(r).split(";")[0] for r in lines if (f'extra == "{extra}"' in str(r.marker) if extra else r.marker is None)]
    assert parsed(here) == parsed(settings[f"{extra}_requirements" if extra else "requirements"].split())


def test_pyproject_repeats_nothing(settings, pyproject):
    assert set(pyproject["project"]) == {"name", "dynamic"}, "metadata belongs into settings.ini"
    assert pyproject["project"]["name"] == settings["lib_name"]
    assert "version" in pyproject["project"]["dynamic"] and "dependencies" in pyproject["project"]["dynamic"]
    assert pyproject["tool"]["nbdev"]["lib_path"] == settings["lib_name"]
    assert pyproject["tool"]["nbdev"]["update_pyproject"] is False
    assert pyproject["tool"]["ruff"]["target-version"] == "py" + settings["min_python"].replace(".", "")


def test_core_install_is_light(settings):
    names = {n for n, _ in parsed(settings["requirements"].split())}
    assert not names & {"torchaudio", "onnxruntime", "pesq", "pystoi", "museval", "speechmos", "nbdev", "jupyterlab", "pytest"}


def constraints():
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return {canonicalize_name(r.name): r.specifier for r in map(Requirement, (s for s in lines if not s.startswith("#")))}


def closure(names):
    "Everything that the named requirements pull in here, by name."
    todo, seen = list(names), {}
    while todo:
        need = Requirement(todo.pop())
        key = canonicalize_name(need.name)
        if seen.get(key, set()) >= need.extras | {""}:
            continue
        seen[key] = seen.get(key, set()) | need.extras | {""}
        try:
            lines = metadata.distribution(key).requires or []
        except metadata.PackageNotFoundError:
            continue
        todo += [s for s in lines
                 if not (m := Requirement(s).marker) or any(m.evaluate({"extra": e}) for e in seen[key])]
    return set(seen)


def test_constraints_pin_every_requirement(settings):
    pins = constraints()
    wanted = [r for key in ("requirements", *(f"{e}_requirements" for e in EXTRAS)) for r in settings[key].split()]
    for need in map(Requirement, wanted):
        version = next(iter(pins[canonicalize_name(need.name)])).version
        assert need.specifier.contains(version), f"{need.name}: {version} is pinned, settings.ini wants {need.specifier}"
    cuda = {n for n in closure(wanted) if re.match(r"nvidia|cuda|triton", n)}
    assert closure(wanted) - cuda - set(pins) == set(), "not pinned; add the tested version to constraints.txt"


def test_constraints_are_what_is_installed():
    off = {name: (str(spec), have) for name, spec in constraints().items() if name != "soupsieve"
           and (have := installed_version(name)) and not spec.contains(Version(have).public)}
    assert off == {}


def installed_version(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def test_license_is_apache():
    text = (ROOT / "LICENSE").read_text()
    assert "Apache License" in text and "END OF TERMS AND CONDITIONS" in text and len(text.splitlines()) > 190


def fresh(code):
    "What a fresh interpreter prints, as JSON."
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert out.returncode == 0, out.stderr
    return json.loads(out.stdout)


HEAVY = ("torch", "numpy", "scipy", "librosa", "pandas", "xarray", "matplotlib", "anywidget", "IPython")


def test_import_loads_nothing_heavy():
    loaded = fresh(f"import sys, json, sep_toolkit; print(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))")
    assert loaded == []


def test_first_use_loads_torch():
    assert fresh("import sys, json, sep_toolkit as st; st.Audio; print(json.dumps('torch' in sys.modules))")


def test_top_level_names():
    names = {"Audio", "Stems", "load", "save", "fetch", "mix", "separate", "separate_file", "separate_files", "record", "score",
             "compare", "show", "listen", "explore", "microphone", "sweep", "recorded"}
    assert set(sep_toolkit.__all__) == names and names <= set(dir(sep_toolkit))


@pytest.mark.parametrize("name", sep_toolkit.__all__)
def test_top_level_name_is_there(name):
    value = getattr(sep_toolkit, name)
    assert callable(value) and value.__module__.startswith("sep_toolkit.")
    assert getattr(sep_toolkit, name) is value


def test_submodules_are_there_without_importing_them():
    names = {p.stem for p in (ROOT / "sep_toolkit").glob("*.py") if not p.stem.startswith("_")}
    assert names <= set(dir(sep_toolkit))
    got = fresh("import json, sep_toolkit as st; print(json.dumps([st.core.__name__, st.stft.__name__]))")
    assert got == ["sep_toolkit.core", "sep_toolkit.stft"]


def test_unknown_name_says_so():
    with pytest.raises(AttributeError, match="'sep_toolkit' has no attribute 'seperate'"):
        sep_toolkit.seperate


def test_the_description_shows_no_picture_that_an_index_page_lacks(installed):
    "The README has pictures that lie beside it; the text for an index page has none of them, and all the rest."
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", (ROOT / "README.md").read_text())
    assert len(pictures) == 2 and all((ROOT / p).stat().st_size < 250_000 for p in pictures)
    said = installed.get_payload() or installed["Description"]
    assert "![" not in said and "## Three explorers" in said and "## What is in it" in said
