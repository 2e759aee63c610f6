"""What runs and scores refuse, they refuse in one sentence of their own: never an error of Python or of a library."""
import numpy as np
import pytest
import torch

from sep_toolkit.core import DataError, ParameterError
from sep_toolkit.runs.live import curves_png
from sep_toolkit.runs.run import record, Run
from sep_toolkit.runs.separator import chunk_starts, fade, forward, match, restore, Separator, spans
from sep_toolkit.runs.trace import load_trace, plain, Step, Trace
from sep_toolkit.scores.judge import Judge, reference_for
from sep_toolkit.scores.metrics import best_permutation, energy, METRICS, si_sdr
from sep_toolkit.scores.score import framewise, residual_level, score, wanted
from sep_toolkit.sound.audio import Audio, Stems

MIX = Audio(torch.randn(1, 800, generator=torch.Generator().manual_seed(0))*.1, 8000)
STEMS = Stems({"a": MIX, "b": MIX})


class NoRepr:
    def __repr__(self): raise RuntimeError("this object has no text")


class NoArray:
    shape = (3,)
    def __array__(self, *args, **more): raise RuntimeError("cannot be an array")


class Copy(Separator):
    stems = ("a",)
    def forward(self, x, sr): return x[:, None]


@pytest.mark.parametrize("given", [
    {"point": 3}, {"point": "ab"}, {"point": {1: 2}}, {"scalars": [1]}, {"scalars": {"x": torch.zeros(2)}}, {"scalars": {"x": NoRepr()}},
    {"arrays": NoRepr()}, {"arrays": {"x": NoRepr()}}, {"arrays": {"x": ("t", NoArray())}}, {"arrays": {"x": ((1,), np.zeros(3))}},
    {"audio": {"x": torch.zeros(3, dtype=torch.complex64)}}, {"audio": {"x": torch.zeros(3, device="meta")}}, {"audio": MIX},
    {"accepted": np.zeros(2)}, {"accepted": "yes"}, {"span": (0, .5)}, {"span": torch.zeros(2, 2)}, {"span": [NoRepr()]}, {"span": 3},
    {"parent": "first"}, {"index": -1}])
def test_a_step_refuses_what_it_cannot_keep(given):
    with pytest.raises(ParameterError, match=next(iter(given))): Step(**given)


@pytest.mark.parametrize("path", [None, NoRepr(), torch.zeros(3), "a\0.nc", 3.5])
def test_a_path_that_is_none(path):
    with pytest.raises((ParameterError, DataError), match="path"): load_trace(path)
    with pytest.raises((ParameterError, DataError), match="path"): Trace(MIX, ["a"]).save(path)


def test_what_a_trace_refuses():
    for stems in (3, [1], None, "a"):
        with pytest.raises(ParameterError, match="stems"): Trace(MIX, stems)
    with pytest.raises(ParameterError, match="provenance"): Trace(MIX, ["a"], provenance=3)
    with pytest.raises(ParameterError, match="fn"): Trace(MIX, ["a"]).observe(3)


def test_any_value_becomes_plain():
    assert plain({NoRepr(): NoRepr()}) == {"an object of type NoRepr": "an object of type NoRepr"}
    assert isinstance(plain(NoArray()), str) and isinstance(plain(np.datetime64("2020-01-01")), str)
    t = Trace(MIX, ["a"], provenance={"method": NoRepr()})
    t.append(Step({"k": NoRepr()}))
    assert "NoRepr" in repr(t) and "NoRepr" in repr(t[0]) and "NoRepr" in str(t.data["k"].values)


@pytest.mark.parametrize("call, arg", [
    (lambda: forward("hpss", torch.zeros(1, 1, 9), 8000), "method"), (lambda: forward(Copy(), 3, 8000), "x"),
    (lambda: forward(Copy(), torch.zeros(1, 1, 9), "x"), "sr"), (lambda: list(spans(None, torch.zeros(1, 9), 8000)), "method"),
    (lambda: list(spans(Copy(), torch.zeros(9), 8000)), "x"), (lambda: chunk_starts("x", 5, 1), "T"), (lambda: fade(-1), "n"),
    (lambda: match(torch.zeros(2, 1, 5), torch.zeros(2, 1, 4)), "new"), (lambda: match(3, torch.zeros(2, 1, 4)), "old"),
    (lambda: restore(torch.zeros(1, 1, 9), 8000, ["a"], None), "mix"), (lambda: restore(torch.zeros(1, 1, 9), 8000, 3, MIX), "names"),
    (lambda: Run(Copy(), MIX, start=3), "start"), (lambda: Run(Copy(), MIX).observe("x"), "fn"),
    (lambda: record(MIX, Copy(), progress=np.zeros(2)), "progress"), (lambda: curves_png(3), "trace"),
    (lambda: curves_png(Trace(MIX, ["a"]), 3), "names")])
def test_what_runs_refuse(call, arg):
    with pytest.raises(ParameterError, match=f"^{arg} is"): call()


@pytest.mark.parametrize("call, arg", [
    (lambda: si_sdr(torch.zeros(5), "/"), "reference"), (lambda: si_sdr(object(), torch.zeros(5)), "estimate"),
    (lambda: METRICS["snr"](NoArray(), torch.zeros(5)), "estimate"),
    (lambda: METRICS["snri"](torch.zeros(5), torch.zeros(5), mix=[NoRepr()]), "mix"),
    (lambda: energy(True), "x"), (lambda: best_permutation(3., torch.zeros(2, 5)), "estimate"), (lambda: wanted(3), "metrics"),
    (lambda: score(STEMS, STEMS, permute=np.zeros(2)), "permute"), (lambda: residual_level(STEMS, 3), "mix"),
    (lambda: framewise(STEMS, STEMS, frame_s=1e300), "frame_s"), (lambda: Judge(3, MIX, ("a",)), "metric"),
    (lambda: Judge("snr", MIX, ("a",)), "reference"), (lambda: Judge(None, 3, ("a",)), "mix"), (lambda: Judge(None, MIX, 3), "names"),
    (lambda: reference_for(STEMS, MIX, ("a", "b"), 3), "wanted")])
def test_what_scores_refuse(call, arg):
    with pytest.raises(ParameterError, match=f"^{arg} is"): call()
