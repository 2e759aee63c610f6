"""Every notebook runs from top to bottom, as a reader would run it, and no output hides an error."""
import os
import re
import sys
import tempfile
from pathlib import Path

import nbformat
import notebooks as nbk
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from traitlets.config import Config

ROOT = Path(__file__).resolve().parent.parent
TOUR = ROOT / "nbs" / "tutorials" / "00_tour.ipynb"
NOTEBOOKS = [p for p in nbk.all_notebooks(ROOT) if p != TOUR]
CELL_TIMEOUT = 420  # s; many times what a cell takes, since the machine may be busy


def run(nb, folder, mirror=None):
    "The notebook after running it in a fresh kernel of this environment; an error fails the test."
    env = {k: v for k, v in os.environ.items() if k not in ("SEP_TOOLKIT_MIRROR", "JPY_PARENT_PID")}
    env |= {"MPLBACKEND": "module://matplotlib_inline.backend_inline", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    if mirror:
        env["SEP_TOOLKIT_MIRROR"] = str(mirror)
    # sockets in the file system: with TCP, kernels started at the same time can be given the same port
    with tempfile.TemporaryDirectory(prefix="k") as sockets:
        client = NotebookClient(nb, timeout=CELL_TIMEOUT, kernel_name="python3", store_widget_state=True,
                                config=Config({"KernelManager": {"transport": "ipc", "ip": f"{sockets}/k"}}),
                                resources={"metadata": {"path": str(folder)}})
        try:
            client.execute(env=env)
        except CellExecutionError as e:
            pytest.fail(re.sub(r"\x1b\[[\d;]*m", "", str(e)), pytrace=False)
    return nb


def hidden_errors(nb):
    "Errors in outputs that did not stop the notebook: from callbacks, `with Output()`, and widgets' own status."
    for i, cell in enumerate(nb.cells, 1):
        if "raises-exception" in cell.get("metadata", {}).get("tags", []):
            continue
        for out in cell.get("outputs", []):
            text = out.get("text", "") if out.output_type == "stream" else ""
            if out.output_type == "error" or "Traceback (most recent call last)" in text:
                yield f"cell {i}: {out.get('evalue') or text.strip().splitlines()[-1]}"
    for model in nb.metadata.get("widgets", {}).get("application/vnd.jupyter.widget-state+json", {}).get("state", {}).values():
        for out in model.get("state", {}).get("outputs", ()):
            if out.get("output_type") == "error":
                yield f"a widget's output: {out.get('ename')}: {out.get('evalue')}"


def check(path, folder, mirror=None):
    nb = run(nbformat.read(path, as_version=4), folder, mirror)
    assert list(hidden_errors(nb)) == []
    return nb


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebook_runs(path, tmp_path):
    check(path, tmp_path)


@pytest.mark.parametrize("where", ["wheel", "mirror"])
def test_tour_runs(where, tmp_path, request):
    "In under 3 minutes of computing, with nothing but the wheel, and with the mirror."
    mirror = request.getfixturevalue("mirror") if where == "mirror" else None
    nb = nbformat.read(TOUR, as_version=4)
    nb.cells.append(nbformat.v4.new_code_cell("import time; print(time.process_time())"))
    assert list(hidden_errors(run(nb, tmp_path, mirror))) == []
    assert float(nb.cells[-1].outputs[-1].text) < 180


def notebook(*sources, **metadata):
    cells = [nbformat.v4.new_code_cell(s, metadata=metadata) for s in sources]
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": nbk.KERNEL})


def test_an_error_is_seen(tmp_path):
    with pytest.raises(pytest.fail.Exception, match="ZeroDivisionError: division by zero"):
        run(notebook("1/0"), tmp_path)


def test_an_expected_error_is_not(tmp_path):
    assert list(hidden_errors(run(notebook("1/0", tags=["raises-exception"]), tmp_path))) == []


CALLBACKS = {
    "interact": "import ipywidgets as w\nw.interact(lambda x: 1/x, x=w.IntSlider(0, 0, 3));",
    "output": "import ipywidgets as w\nout = w.Output()\ndisplay(out)\nwith out: 1/0",
    "thread": "import threading\nt = threading.Thread(target=lambda: 1/0)\nt.start(); t.join()",
}


@pytest.mark.parametrize("kind", CALLBACKS)
def test_an_error_in_a_callback_is_seen(kind, tmp_path):
    assert any("division by zero" in e for e in hidden_errors(run(notebook(CALLBACKS[kind]), tmp_path)))


def test_the_kernel_is_this_environment(tmp_path):
    nb = run(notebook("import sys; print(sys.prefix)"), tmp_path)
    assert nb.cells[0].outputs[0].text.strip() == sys.prefix


def test_kernels_talk_through_files(tmp_path):
    nb = run(notebook("from ipykernel.connect import get_connection_info as f; print(f(unpack=True)['transport'])"), tmp_path)
    assert nb.cells[0].outputs[0].text.strip() == "ipc"
