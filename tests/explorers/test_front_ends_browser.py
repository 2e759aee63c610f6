"""A player and the three explorers in Notebook 7, Voilà and marimo, each in a real browser. They run where these programs are installed:
`pip install notebook voila marimo`. JupyterLab has tests of its own."""
import contextlib
import importlib.util
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from browser import Browser, free_port, LOCAL, need_browser, write_notebook

CELLS = ["import sep_toolkit as st\nmix, truth = st.scenes.example('quartet')\ntruth.player()",
         *(f"st.explore(st.recorded({name!r}))" for name in ("blend", "trajectory", "fit"))]
MARIMO = """import marimo

app = marimo.App()


@app.cell
def _():
    import sep_toolkit as st
    return (st,)
"""
OWN = re.compile(r"require(\.min)?\.js|fontawesome|font-awesome")  # what Voilà's own page fetches


def as_marimo(cells):
    "The same cells as a program of marimo."
    body = [c.removeprefix("import sep_toolkit as st\n").replace("\n", "\n    ") for c in cells]
    cells = "".join(f"\n\n@app.cell\ndef _(st):\n    {c}\n    return\n" for c in body)
    return MARIMO + cells + '\n\nif __name__ == "__main__":\n    app.run()\n'


def command(kind, folder, port):
    "How the front end is started, and the page to open."
    if kind == "marimo":
        (folder/"shown.py").write_text(as_marimo(CELLS))
        return ["-m", "marimo", "run", str(folder/"shown.py"), "--headless", f"--port={port}", "--no-token"], ""
    write_notebook(folder/"shown.ipynb", CELLS)
    if kind == "voila": return ["-m", "voila", str(folder/"shown.ipynb"), "--no-browser", f"--port={port}"], ""
    return ["-m", "notebook", "--no-browser", "--allow-root", f"--port={port}", "--ip=127.0.0.1", "--IdentityProvider.token=",
            "--ServerApp.password=", f"--ServerApp.root_dir={folder}"], "notebooks/shown.ipynb"


@contextlib.contextmanager
def served(kind, folder):
    "The address of a front end that shows the cells."
    port = free_port()
    args, page = command(kind, folder, port)
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    with open(folder/"log", "wb") as log:
        process = subprocess.Popen([sys.executable, *args], env=env, cwd=folder, stdout=log, stderr=subprocess.STDOUT,
                                   start_new_session=True)
        try:
            for _ in range(300):
                with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/static/none", timeout=1): break
                if port_answers(port): break
                time.sleep(.2)
            yield f"http://127.0.0.1:{port}/{page}"
        finally:
            for sig in (signal.SIGTERM, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError): os.killpg(process.pid, sig)
                time.sleep(.5)


def port_answers(port):
    try: urllib.request.urlopen(f"http://127.0.0.1:{port}/none", timeout=1).close()
    except urllib.error.HTTPError: return True
    except OSError: return False
    return True


@pytest.mark.parametrize("kind", ["notebook", "voila", "marimo"])
def test_a_player_and_the_explorers_are_alive(kind, tmp_path):
    need_browser()
    if importlib.util.find_spec(kind) is None: pytest.skip(f"needs another front end: pip install {kind}")
    with served(kind, tmp_path) as url, Browser(viewport={"width": 1440, "height": 1000}) as browser:
        page = browser.page()
        page.set_default_timeout(120_000)
        page.goto(url)
        if kind == "notebook":
            page.wait_for_selector(".jp-Notebook .jp-Cell")
            page.wait_for_timeout(5000)
            page.locator(".jp-Notebook .jp-Cell").first.click()
            page.keyboard.press("Escape")
            for _ in CELLS: page.keyboard.press("Shift+Enter"); page.wait_for_timeout(1500)
        if kind == "voila":
            page.wait_for_timeout(3000)
            if any("require" in e and "Failed" in e for e in browser.errors): pytest.skip("Voilà's own page fetches require.js: no network")
        page.locator(".st-player").nth(3).wait_for(state="attached")  # marimo has them in a shadow root
        page.get_by_role("button", name=re.compile("^Play")).first.click()
        page.get_by_role("button", name=re.compile("^Pause")).first.wait_for()
        ours = [e for e in browser.complaints() if "st-" in e or "sep" in e or "anywidget" in e]
        assert ours == [] and [r for r in browser.requests if not LOCAL.match(r) and not OWN.search(r)] == []
