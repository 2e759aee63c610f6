"""What no function of sound and classical can use is refused at once, by name."""
import numpy as np
import pytest
import torch

import sep_toolkit as st
from sep_toolkit.core import ParameterError

HUGE, META = 10**400, torch.zeros(3, 2, device="meta")
TABLE = np.column_stack([np.arange(5)*.1, np.full(5, 220.)])
NOTES = np.array([[0, .5, 60.]])


@pytest.mark.parametrize(("name", "call"), [
    ("f0", lambda: st.pitch.as_pitch([[0, HUGE]])), ("f0", lambda: st.pitch.as_pitch(META)), ("f0", lambda: st.pitch.f0_at(3, [0.])),
    ("times_s", lambda: st.pitch.regrid(TABLE, META)), ("times_s", lambda: st.pitch.f0_at(TABLE, [HUGE])),
    ("hz", lambda: st.pitch.Pitch([0.], 3, ("a",))), ("time_s", lambda: st.pitch.F0Table([], [[1.]], ("a",))),
    ("n is", lambda: st.pitch.on_frames(TABLE, n=2**31, hop=1, sr=16000)), ("hop", lambda: st.pitch.frame_f0(TABLE, 2**31, 16000, 1)),
    ("notes", lambda: st.sound.voices_of(META)), ("notes", lambda: st.sound.voices_of([[0, 1, 1e300]])),
    ("0 s", lambda: st.sound.from_notes([("", NOTES - [5, 5, 0], None)], .01)),
    ("x is", lambda: st.display.pool("x", 3, np.maximum)),
    ("n is", lambda: st.display.pool(np.zeros(3), 2**40, np.maximum)), ("color", lambda: st.display.thumbnail([[0, 1]], [[9]], color="")),
    ("colors", lambda: st.display.script_free({"a": st.Audio([.1], 8000)}, colors=np.array(["a", None]))),
    ("thing", lambda: st.show(META)), ("thing", lambda: st.show(torch.tensor(1.))), ("width", lambda: st.display.figure(-np.inf)),
    ("audio", lambda: st.scenes.rms(3)), ("formants_hz", lambda: st.scenes.vocal_tract(np.int8(-3), np.ones(6))),
    ("Vh", lambda: st.classical.divergence(torch.ones(2), torch.ones(3))), ("n is", lambda: st.classical.smooth_basis(9, 8000, 1)),
    *[("iterations", lambda method=method: method(TABLE, iterations=2**31))
      for method in (st.classical.InformedNMF, st.classical.SourceFilterNMF)],
    ("iterations", lambda: st.classical.NMF(iterations=2**31)),
    *[("title", lambda title=title: st.explorers.Player({"a": st.Audio([.1], 8000)}, title=title)) for title in (torch.ones(2), 3, b"x")],
    ("sr", lambda: st.classical.rolled(torch.ones(2, 8), 1 << 64, 512)), ("sr", lambda: st.classical.teeth(torch.ones(2, 8), 1 << 64, 512)),
    ("masked", lambda: st.Audio(np.ma.masked_invalid([.1, np.nan]), 8000)),
    ("masked", lambda: st.pitch.as_pitch(np.ma.masked_equal(TABLE, 220))),
])
def test_it_is_refused(name, call):
    with pytest.raises(ParameterError, match=name): call()


def test_a_mask_that_hides_nothing_is_no_obstacle():
    assert st.Audio(np.ma.masked_invalid([.1, .2]), 8000).n_samples == 2


@pytest.mark.parametrize("fn", [torch.nn.Linear(2, 2), object, lambda a: a.nothing], ids=["module", "class", "function"])
def test_a_function_that_fails_is_named_with_its_stem(fn):
    with pytest.raises(ParameterError, match="fn fails for 'a' "): st.Stems({"a": st.Audio([.1], 8000)}).map(fn)
