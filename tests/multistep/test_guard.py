"""The guard of a blind choice: what it measures, what it refuses, and when it is on."""
import math
import pickle

import pytest
import torch

from sep_toolkit.core import ParameterError
from sep_toolkit.multistep.guard import GUARD_DB, guard_margin
from sep_toolkit.multistep.method import MultiStep
from sep_toolkit.runs.run import record
from sep_toolkit.runs.separator import Separator
from sep_toolkit.sound.audio import Audio

SR = 8000


class Gate(Separator):
    "Takes a part of the input away, the more the weaker the input is: a second pass removes more."
    sr, stems, max_batch = SR, ("a",), 4
    def forward(self, x, sr): return (x*x.abs().clamp(max=1))[:, None]


class Two(Separator):
    sr, stems = SR, ("a", "b")
    def forward(self, x, sr):
        a = x*x.abs().clamp(max=1)
        return torch.stack([a, x - a], 1)


def mixture(): return Audio(.5*torch.randn(1, SR//4, generator=torch.Generator().manual_seed(0)), SR)


def quiet(estimate): return -float(estimate.square().mean())


def stray(trace, stem="a"):
    first = trace[0].audio[stem]
    return [guard_margin(s.audio[stem], first, trace.mix.samples) for s in trace.accepted]


def test_the_margin_is_that_of_its_definition():
    x = torch.randn(2, 500, generator=torch.Generator().manual_seed(1))
    for part in (.01, .1, 1.): assert guard_margin(x + part*x, x, 2*x) == pytest.approx(-20*math.log10(part), abs=1e-3)
    assert guard_margin(x, x, 2*x) == guard_margin(x, x, x) == math.inf and guard_margin(2*x, x, x) == -math.inf
    with pytest.raises(ParameterError, match="first"): guard_margin(x, x[:1], x)


@pytest.mark.parametrize("search", ["adaptive", "grid", "tenths", "music"])
@pytest.mark.parametrize("coupling, model", [("each", Gate), ("each", Two), ("consistent", Two)])
def test_a_blind_choice_keeps_the_guard(search, coupling, model):
    settings = dict(metric=quiet, search=search, steps=3, ratios=4, passes=9, coupling=coupling, target=None)
    free = record(mixture(), MultiStep(model(), guard_db=None, **settings), progress=False)
    for guard in ("auto", 12.):
        kept = record(mixture(), MultiStep(model(), guard_db=guard, **settings), progress=False)
        for stem in kept.stem_names: assert min(stray(kept, stem)) >= (GUARD_DB if guard == "auto" else guard)
    if coupling == "each": assert min(stray(free)) < 12


def test_the_guard_leaves_room_to_gain():
    trace = record(mixture(), MultiStep(Gate(), metric=quiet, guard_db=1., search="grid", ratios=(.9, .7, .5, 0.), steps=3), progress=False)
    scores = [s.scalars["score"] for s in trace.accepted]
    assert len(scores) > 1 and scores == sorted(scores)


def test_when_the_guard_is_on():
    clean = mixture()
    db = lambda **given: MultiStep(Gate(), **given).guarded_db
    assert db(metric=quiet) == GUARD_DB and db(metric=quiet, guard_db=None) is None and db(metric=quiet, guard_db=7) == 7
    assert db(metric="snr", reference=clean) is None and db(metric="snr", reference=clean, guard_db=7) == 7
    assert db(metric="mixture_consistency") is None and db(search="fixed", ratios=(.5,)) is None
    for bad in ("yes", math.nan, (1, 2)):
        with pytest.raises(ParameterError, match="guard_db"): MultiStep(Gate(), metric=quiet, guard_db=bad)
    assert pickle.loads(pickle.dumps(MultiStep(Gate(), metric=quiet, guard_db=9))).settings["guard_db"] == 9


def test_segments_have_the_guard_too():
    trace = record(mixture(), MultiStep(Gate(), metric=quiet, segment_s=.1, steps=2, ratios=3), progress=False)
    first = torch.stack([s.audio["a"] for s in trace if s.point.get("step") == 0 and s.span and s.span[0] == 0])[0]
    pieces = [s for s in trace.accepted if s.span and s.span[0] == 0]
    n = first.shape[-1]
    assert all(guard_margin(s.audio["a"], first, trace.mix.samples[..., :n]) >= GUARD_DB for s in pieces)
