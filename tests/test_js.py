"""The front-end sources: types, unit tests, and bundles that are what the sources build. Needs npm; skipped without it."""
import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest

JS = Path(__file__).resolve().parent.parent / "js"
LARGEST_BUNDLE = 260_000  # bytes; page.js holds every widget


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


def test_bundles_are_current(tools):
    code, said = npm("run", "--silent", "build", "--", "--check")
    assert code == 0, said


def test_a_changed_source_is_seen(tools, tmp_path):
    "The check can fail: a copy with one more line is stale."
    copy = tmp_path / "js"
    shutil.copytree(JS, copy, ignore=shutil.ignore_patterns("node_modules"))
    (copy / "node_modules").symlink_to(JS / "node_modules")
    shutil.copytree(JS.parent / "sep_toolkit/static", tmp_path / "sep_toolkit/static")
    build = lambda: subprocess.run(["node", "build.mjs", "--check"], cwd=copy, capture_output=True, text=True)
    assert build().returncode == 0
    (copy / "lib/timeline.js").write_text((copy / "lib/timeline.js").read_text().replace('"−∞ dB"', '"-inf"'))
    assert build().returncode == 1 and "player.js: stale" in build().stderr


@pytest.mark.parametrize("name", sorted(p.name for p in (JS.parent / "sep_toolkit/static").glob("*.js")))
def test_bundle_is_small_and_self_contained(name):
    text = (files("sep_toolkit") / "static" / name).read_text(encoding="utf-8")
    assert len(text.encode()) < LARGEST_BUNDLE and "</script" not in text
    assert not re.search(r"^\s*import\s|(?<!\{)\bimport\(|\bfetch\(|XMLHttpRequest|\beval\(|new Function|innerHTML", text, re.M)
    assert set(re.findall(r"https?://[\w./]+", text)) == {"http://www.w3.org/2000/svg"}


def test_lock_names_no_registry():
    lock = (JS / "package-lock.json").read_text()
    assert '"resolved"' not in lock and "integrity" in lock
