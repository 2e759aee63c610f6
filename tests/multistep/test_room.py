"""The room as a whole: a class does not depend on which module was imported first; functions refuse what they cannot use."""
import math
import subprocess
import sys

import numpy as np
import pytest
import torch

import sep_toolkit.multistep as room
from sep_toolkit.core import ParameterError

PROGRAM = """
import importlib, inspect, json, sys
for name in sys.argv[1].split(): importlib.import_module("sep_toolkit.multistep." + name)
from sep_toolkit.multistep.base import Judged
from sep_toolkit.multistep.method import MultiStep
print(json.dumps([[c.__module__ + "." + c.__qualname__, name, inspect.getsource(value) if inspect.isfunction(value) else str(type(value))]
                  for c in (Judged, MultiStep) for name, value in sorted(vars(c).items()) if not name.startswith("__")]))
"""


def members(*modules):
    return subprocess.run([sys.executable, "-c", PROGRAM, " ".join(modules)], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("modules", [("tiles", "analysis"), ("analysis", "tiles", "method")], ids=" ".join)
def test_classes_are_the_same_whatever_is_imported(modules): assert members(*modules) == members("method")


@pytest.mark.parametrize("call", ["vertex(0)", "vertex({'a': 1})", "halved({})", "halved({0.: 1.}, 'x')", "make_search('grid', None, 3)",
                                  "check_ratios((.5,), np.zeros(3))", "band_masks('x', 4)", "moments('x', 512)", "blend(X, '', .5)",
                                  "blend(X, torch.zeros(1, 7), .5)", "project(None, X)", "project(X[None], X[:, :9])", "regret([], .1)",
                                  "score_noise('snr', X)", "lipschitz_band([0, math.nan], [1, 2])"])
def test_functions_of_the_room_refuse_what_they_cannot_use(call):
    names = {n: getattr(room, n) for n in room.__all__} | {"X": torch.zeros(1, 800), "np": np, "torch": torch, "math": math}
    with pytest.raises(ParameterError): eval(call, names)
