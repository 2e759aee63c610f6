"""A real JupyterLab in a real browser, for tests: start a server, open a notebook, run it, and keep what the page complained about.

    with JupyterLab(tmp_path) as lab, Browser() as browser:
        page = browser.notebook(lab, ["import sep_toolkit as st", "st.Audio(...)"])
        page.wait_for_selector(".st-player")
        assert browser.complaints() == []
"""
import base64
import contextlib
import functools
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import zlib
from pathlib import Path

import pytest

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required"]
LOCAL = re.compile(r"^(https?|wss?)://(127\.0\.0\.1|localhost)[:/]|^(file|data|blob|about|chrome|devtools):")
# What JupyterLab itself says on a fresh profile, whatever the notebook holds.
NOISE = re.compile(r"service-worker|ServiceWorker|third-party cookie|favicon|Failed to load resource.*404|Autosave|jupyterlab/apps|"
                   r"api/(me|lsp|news|terminals)|/lab/api/|Sourcemap|source map|deprecat|taking too long to activate|ms to activate", re.I)


@functools.lru_cache
def missing():
    "Why browser tests cannot run here, or an empty text."
    if not shutil.which("chromium"):
        return "needs a browser: apt-get install chromium"
    try:
        import jupyterlab  # noqa: F401
        import playwright.sync_api  # noqa: F401
    except ImportError as e:
        return f"needs {e.name}: pip install 'sep_toolkit[dev]'"
    return ""


def need_browser():
    "Skip the test, with the reason, where there is no browser."
    if missing():
        pytest.skip(missing())


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def write_notebook(path, cells):
    "A notebook of code cells; a cell may also be a whole cell as a dict."
    import nbformat
    made = [nbformat.v4.new_code_cell(c) if isinstance(c, str) else nbformat.from_dict(c) for c in cells]
    nb = nbformat.v4.new_notebook(cells=made, metadata={"kernelspec": {
        "name": "python3", "display_name": "Python 3", "language": "python"}})
    nbformat.write(nb, path)


class JupyterLab:
    "A JupyterLab server in folders of its own, gone with its kernels when the block ends."
    def __init__(self, folder, env=None):
        self.root = Path(folder) / "lab"
        self.env = env or {}

    def __enter__(self):
        self.root.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        home = self.root.parent / "home"
        dirs = {"HOME": home, "JUPYTER_CONFIG_DIR": home / "config", "JUPYTER_DATA_DIR": home / "data",
                "JUPYTER_RUNTIME_DIR": home / "runtime", "IPYTHONDIR": home / "ipython",
                "JUPYTERLAB_SETTINGS_DIR": home / "settings",
                "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces"}
        for d in dirs.values():
            Path(d).mkdir(parents=True, exist_ok=True)
        quiet = home / "settings/@jupyterlab/apputils-extension"
        quiet.mkdir(parents=True)
        (quiet / "notification.jupyterlab-settings").write_text('{"fetchNews": "false", "checkForUpdates": false}')
        kernels = Path(sys.prefix) / "share/jupyter"
        env = {**os.environ, **{k: str(v) for k, v in dirs.items()}, "JUPYTER_PATH": str(kernels), "OMP_NUM_THREADS": "1",
               **self.env}
        args = ["--no-browser", "--allow-root", f"--port={self.port}", "--ip=127.0.0.1", "--ServerApp.port_retries=0",
                "--IdentityProvider.token=", "--ServerApp.password=", "--ServerApp.disable_check_xsrf=True",
                f"--ServerApp.root_dir={self.root}", "--LabApp.expose_app_in_browser=True",
                "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
        self.log = open(self.root.parent / "server.log", "wb")
        self.process = subprocess.Popen([sys.executable, "-m", "jupyterlab", *args], env=env, cwd=self.root, stdout=self.log,
                                        stderr=subprocess.STDOUT, start_new_session=True)
        for _ in range(300):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{self.url}/api/status", timeout=2).read()
                return self
            if self.process.poll() is not None:
                break
            time.sleep(.1)
        self.__exit__()
        raise RuntimeError("JupyterLab did not start:\n" + (self.root.parent / "server.log").read_text()[-2000:])

    def __exit__(self, *_):
        for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            if self.process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.process.pid, sig)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(4)
        self.log.close()

    def kernels(self):
        return json.loads(urllib.request.urlopen(f"{self.url}/api/kernels", timeout=5).read())


class Browser:
    "Chromium, and everything a page said or asked for."
    def __init__(self, flags=(), **context):
        self.flags, self.options = flags, context
        self.errors, self.requests = [], []

    def __enter__(self):
        from playwright.sync_api import sync_playwright
        self.playwright = sync_playwright().start()
        self.chromium = self.playwright.chromium.launch(executable_path=shutil.which("chromium"), args=[*FLAGS, *self.flags])
        return self

    def __exit__(self, *_):
        self.chromium.close()
        self.playwright.stop()

    def page(self, url=None, **options):
        "A new page in a profile of its own, watched from its first request on."
        context = self.chromium.new_context(**{"viewport": {"width": 1280, "height": 1000}, **self.options, **options})
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("console", lambda m: self.errors.append(f"{m.type}: {m.text} {m.location.get('url', '')}")
                if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: self.errors.append(f"exception: {e}"))
        page.on("request", lambda r: self.requests.append(r.url))
        page.on("websocket", lambda w: self.requests.append(w.url))
        if url:
            page.goto(url)
        return page

    def complaints(self):
        "Errors and warnings, less what JupyterLab says of itself."
        return [e for e in self.errors if not NOISE.search(e)]

    def foreign(self):
        "Requests that left the machine."
        return [r for r in self.requests if not LOCAL.match(r)]

    def notebook(self, lab, cells, run=True, name=None, theme=None, page=None, timeout=90_000, **options):
        "Open a notebook of these cells, or one that lies there, in JupyterLab; wait for its kernel, and run it all."
        name = name or f"nb-{secrets.token_hex(4)}.ipynb"
        if cells is not None:
            write_notebook(lab.root / name, cells)
        page = page or self.page(**options)
        if theme:
            folder = Path(lab.root.parent / "home/settings/@jupyterlab/apputils-extension")
            (folder / "themes.jupyterlab-settings").write_text(json.dumps({"theme": theme}))
        page.goto(f"{lab.url}/doc/workspaces/{secrets.token_hex(4)}/tree/{name}?reset")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        wait_idle(page)
        if run:
            run_all(page, timeout)
        return page


def page_state(text):
    "What an exported page holds: the state of its widget."
    packed = re.search(r'data-sep-widget="[a-z]+">"(.*?)"</script>', text, re.S)[1]
    return json.loads(zlib.decompress(base64.b64decode(packed)))


def wait_for(page, condition, timeout=30_000, arg=None):
    "Wait until a JavaScript expression holds; unlike Playwright's own, it works under a policy that forbids eval."
    deadline = time.time() + timeout / 1000
    while not (value := page.evaluate(f"(arg) => ({condition})", arg)):
        if time.time() > deadline:
            raise TimeoutError(f"not within {timeout} ms: {condition}")
        page.wait_for_timeout(30)
    return value


IDLE = "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
RUN_ALL = """() => { const w = window; w.ranAll = ''; w.jupyterapp.commands.execute('notebook:run-all-cells').then(
    (ok) => { w.ranAll = String(ok); }, (e) => { w.ranAll = String(e); }); }"""


def wait_idle(page, timeout=60_000):
    "Wait until the notebook has a kernel and the kernel is idle; before that, Run All does nothing and nothing complains."
    page.wait_for_function(IDLE, timeout=timeout)


def run_all(page, timeout=90_000):
    "Run every cell and wait until the last one is done; false where a cell raised."
    page.evaluate(RUN_ALL)
    page.wait_for_function("() => window.ranAll", timeout=timeout)
    wait_idle(page)
    return page.evaluate("() => window.ranAll") == "true"


def run_cell(page, index, timeout=60_000):
    "Run one cell and wait for it; the text of its outputs."
    cell = page.locator(".jp-Notebook .jp-CodeCell").nth(index)
    before = cell.locator(".jp-InputPrompt").inner_text()
    cell.locator(".jp-InputArea .cm-content").click()
    page.keyboard.press("Control+Enter")
    page.wait_for_function("""([i, before]) => {
        const now = document.querySelectorAll('.jp-Notebook .jp-CodeCell')[i].querySelector('.jp-InputPrompt').textContent;
        return /\\[\\d+\\]/.test(now) && now !== before; }""", arg=[index, before], timeout=timeout)
    return cell.locator(".jp-OutputArea").inner_text() if cell.locator(".jp-OutputArea-output").count() else ""
