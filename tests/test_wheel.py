"""A wheel built from the tree holds what it needs and nothing else, and works in an empty environment."""
import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import checks
import pytest

ROOT = Path(__file__).resolve().parent.parent
LARGEST_WHEEL = 20_000_000  # bytes: examples of at most 8 MB, weights of four networks, the bundles, the code
TRY_IT = """
import json, sys, sep_toolkit as st
from sep_toolkit.scenes import example, examples
name = examples().index[0]
mix, stems = example(name)
player = stems.player()
player.to_html("player.html")
print(json.dumps([st.__file__, st.__version__, name, list(stems), mix.duration, sys.prefix]))
"""


def run(*command, cwd, timeout=1500, **env):
    clean = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "SEP_TOOLKIT_MIRROR", "VIRTUAL_ENV")} | env
    out = subprocess.run([str(c) for c in command], cwd=cwd, capture_output=True, text=True, timeout=timeout, env=clean)
    assert out.returncode == 0, f"{out.stdout[-3000:]}\n{out.stderr[-3000:]}"
    return out.stdout


@pytest.fixture(scope="module")
def shipped():
    "The files of the package that are committed, or would be, relative to the project."
    return {p.relative_to(ROOT) for p in committed() if p.is_relative_to(ROOT / "sep_toolkit")}


def committed():
    out = subprocess.run(["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard"], capture_output=True, text=True)
    names = out.stdout.splitlines() if out.returncode == 0 else [p.relative_to(ROOT) for p in checks.tracked(ROOT)]
    return [p for p in (ROOT / n for n in names) if p.is_file() and "node_modules" not in p.parts]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    "A wheel built from a copy of the tree, so that no older build can leak into it."
    tree = tmp_path_factory.mktemp("tree")
    for path in committed():
        target = tree / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tree / "dist", cwd=tree)
    return next((tree / "dist").glob("*.whl"))


@pytest.fixture(scope="module")
def inside(wheel):
    with zipfile.ZipFile(wheel) as z:
        return {Path(n) for n in z.namelist() if not n.endswith("/")}


def test_wheel_holds_the_whole_package(inside, shipped):
    assert {p for p in inside if p.parts[0] == "sep_toolkit"} == shipped


def test_wheel_holds_nothing_else(inside):
    others = {p.parts[0] for p in inside} - {"sep_toolkit"}
    assert len(others) == 1 and others.pop().endswith(".dist-info")


def test_wheel_holds_bundles_examples_cards_and_licence(inside):
    names = {str(p) for p in inside}
    for start, end in (("sep_toolkit/static/", ".js"), ("sep_toolkit/examples/", ".flac"), ("sep_toolkit/model_cards/", ".json")):
        assert any(n.startswith(start) and n.endswith(end) for n in names), (start, end)
    assert any(n.endswith("licenses/LICENSE") or n.endswith("dist-info/LICENSE") for n in names)


def test_wheel_is_small(wheel):
    assert wheel.stat().st_size < LARGEST_WHEEL


def check_player_page(path):
    "The exported page is one file that asks for nothing outside itself."
    page = path.read_text(encoding="utf-8")
    assert "<audio" in page or "AudioContext" in page
    assert not checks.PACKAGE_HOST.search(page)


def test_wheel_works_away_from_the_tree(wheel, tmp_path):
    "Installed beside this environment's packages: the package comes from the wheel, and its player exports."
    site = tmp_path / "site"
    run(sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", site, wheel, cwd=tmp_path)
    out = json.loads(run(sys.executable, "-c", TRY_IT, cwd=tmp_path, PYTHONPATH=str(site)).splitlines()[-1])
    assert Path(out[0]).is_relative_to(site) and len(out[3]) > 1 and out[4] > 1
    check_player_page(tmp_path / "player.html")


@pytest.mark.timeout(1800)
def test_wheel_works_in_an_empty_environment(wheel, tmp_path, full):
    "A new virtual environment with the wheel and what it requires, no extras; then its player in a browser."
    home = tmp_path / "venv"
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    run(python, "-m", "pip", "install", "-qq", "-c", ROOT / "constraints.txt", wheel, cwd=tmp_path)
    out = json.loads(run(python, "-c", TRY_IT, cwd=tmp_path).splitlines()[-1])
    assert Path(out[0]).is_relative_to(home) and Path(out[5]) == home
    have = {d["name"].lower() for d in json.loads(run(python, "-m", "pip", "list", "--format=json", cwd=tmp_path))}
    assert not have & {"torchaudio", "onnxruntime", "pesq", "jupyterlab", "nbdev"}
    check_player_page(tmp_path / "player.html")
    shows_in_a_browser(tmp_path / "player.html")


def shows_in_a_browser(path):
    "The page draws something and logs no error, where there is a browser."
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.skip("needs chromium")
    from playwright.sync_api import sync_playwright
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page, said, asked = browser.new_page(), [], []
        page.on("console", lambda m: said.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: said.append(str(e)))
        page.on("request", lambda r: asked.append(r.url) if r.url.startswith("http") else None)
        page.goto(path.as_uri())
        page.wait_for_selector("canvas", timeout=30_000)
        assert page.locator("canvas").first.bounding_box()["width"] > 100
        browser.close()
    assert said == [] and asked == []
