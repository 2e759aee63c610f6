"""Fixtures shared by all tests: the optional mirror of real recordings, and a count of what was skipped."""
import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def mirror():
    "The folder of real recordings and models named by SEP_TOOLKIT_MIRROR; skips the test where it is not set."
    root = os.environ.get("SEP_TOOLKIT_MIRROR")
    if not root or not (Path(root) / "data").is_dir():
        pytest.skip("needs real recordings: set SEP_TOOLKIT_MIRROR to a folder with data/ and models/")
    return Path(root)
