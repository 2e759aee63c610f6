"""The front-end sources: types, unit tests, and the bundles, which are what the sources build. Needs npm; skipped without it."""
import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest

JS = Path(__file__).resolve().parent.parent / "js"
STATIC = JS.parent / "sep_toolkit/static"
# Bytes: one module holds the player, the explorers and their styles, for notebooks and exported pages; others are loaded where needed.
LARGEST = {"widget.js": 200_000, "microphone.js": 20_000}


def npm(*arguments):
    out = subprocess.run(["npm", *arguments], cwd=JS, capture_output=True, text=True, timeout=300)
    return out.returncode, out.stdout + out.stderr


@pytest.fixture(scope="module")
def tools():
    "js/node_modules as package-lock.json says."
    if not shutil.which("npm"):
        pytest.skip("needs npm: apt-get install npm")
    stamp = JS / "node_modules/.package-lock.json"
    if not stamp.exists() or stamp.stat().st_mtime < (JS / "package-lock.json").stat().st_mtime:
        code, said = npm("ci", "--silent", "--no-audit", "--no-fund")
        if code:
            pytest.skip(f"npm ci failed: {said.strip()[-200:]}")


def test_types(tools):
    code, said = npm("run", "--silent", "check")
    assert code == 0, said


def test_units(tools):
    code, said = npm("run", "--silent", "test")
    assert code == 0 and re.search(r"# pass [1-9]|ℹ pass [1-9]", said), said


def test_the_bundle_is_current(tools):
    code, said = npm("run", "--silent", "build", "--", "--check")
    assert code == 0, said


def test_a_changed_source_is_seen(tools, tmp_path):
    "The check can fail: a changed source is stale, and a second file is one too many until a build takes it away."
    copy = tmp_path / "js"
    shutil.copytree(JS, copy, ignore=shutil.ignore_patterns("node_modules"))
    (copy / "node_modules").symlink_to(JS / "node_modules")
    static = tmp_path / "sep_toolkit/static"
    shutil.copytree(STATIC, static)
    build = lambda flag="--check": subprocess.run(["node", "build.mjs", flag], cwd=copy, capture_output=True, text=True)
    assert build().returncode == 0
    (static / "player.js").write_text("")
    assert build().returncode == 1 and "player.js: not built from js/" in build().stderr
    assert build("--write").returncode == 0 and {p.name for p in static.iterdir()} == set(LARGEST) and build().returncode == 0
    (copy / "lib/timeline.js").write_text((copy / "lib/timeline.js").read_text().replace('"−∞ dB"', '"-inf"'))
    assert build().returncode == 1 and "widget.js: stale" in build().stderr


def test_there_are_the_bundles_and_nothing_else():
    assert {p.name for p in STATIC.iterdir()} == set(LARGEST)


@pytest.mark.parametrize("name", LARGEST)
def test_a_bundle_is_small_and_self_contained(name):
    text = (files("sep_toolkit") / "static" / name).read_text(encoding="utf-8")
    assert len(text.encode()) < LARGEST[name] and "</script" not in text
    assert not re.search(r"^\s*import\s|(?<!\{)\bimport\(|\bfetch\(|XMLHttpRequest", text, re.M)
    assert not re.search(r"\beval\(|new Function|innerHTML|sourceMappingURL", text)
    assert set(re.findall(r"https?://[\w./]+", text)) <= {"http://www.w3.org/2000/svg", "http://localhost."}


def test_colours_come_from_python_or_from_the_theme():
    "Curves, runs, tracks and maps have the colours that Python sends; style sheets hold those of the page; scripts have black and white."
    for path in [*JS.glob("*.js"), *(JS / "lib").glob("*.js")]:
        text = path.read_text(encoding="utf-8")
        found = re.findall(r"[\"'`](#[0-9a-fA-F]{3,8})\b|rgba?\((\d[\d ,./%]*)\)", text)
        assert {a or b for a, b in found} <= {"#ffffff", "0, 0, 0, .75"}, path.name


def test_an_exported_page_has_the_same_bundle(tmp_path):
    import torch
    from sep_toolkit.explorers.player import bundle, Player
    from sep_toolkit.sound.audio import Audio
    page = Player(Audio(torch.ones(1, 8000) * .1, 8000)).to_html(tmp_path / "p.html").read_text()
    text = (STATIC / "widget.js").read_text(encoding="utf-8")
    assert bundle() == text and page.count(text) == 1 and page.count("<script type=\"module\">") == 1


def test_lock_names_no_registry():
    lock = (JS / "package-lock.json").read_text()
    assert '"resolved"' not in lock and "integrity" in lock
