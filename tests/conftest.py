"""Fixtures shared by all tests: the optional mirror of real recordings, and a count of what was skipped."""
import os
from collections import Counter
from pathlib import Path

import pytest

if worker := os.environ.get("PYTEST_XDIST_WORKER"):  # two processes that write the same cache of compiled code can spoil it for both
    os.environ["NUMBA_CACHE_DIR"] = str(Path(__file__).resolve().parent.parent/".stamps"/"numba"/worker)


@pytest.fixture(scope="session")
def mirror():
    "The folder of real recordings and models named by SEP_TOOLKIT_MIRROR; skips the test where it is not set."
    root = os.environ.get("SEP_TOOLKIT_MIRROR")
    if not root or not (Path(root) / "data").is_dir():
        pytest.skip("needs real recordings: set SEP_TOOLKIT_MIRROR to a folder with data/ and models/")
    return Path(root)


@pytest.fixture(scope="session")
def full():
    "Skips the slow variant of a test, unless CI=true or SEP_TOOLKIT_FULL=1."
    if os.environ.get("CI") != "true" and os.environ.get("SEP_TOOLKIT_FULL") != "1":
        pytest.skip("slow: set SEP_TOOLKIT_FULL=1 to run it (it runs in CI)")


def pytest_terminal_summary(terminalreporter):
    "Say how many tests were skipped and why, so that a green run cannot hide them."
    reports = terminalreporter.stats.get("skipped", [])
    if not reports:
        return
    why = Counter(r.longrepr[2].removeprefix("Skipped: ") if isinstance(r.longrepr, tuple) else str(r.longrepr)
                  for r in reports)
    terminalreporter.section(f"{len(reports)} tests skipped")
    for reason, n in why.most_common():
        terminalreporter.write_line(f"{n:5d}  {reason}")
