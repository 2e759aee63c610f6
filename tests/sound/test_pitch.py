"""Pitch tables: what is read and refused, other grids, what is told where a table meets a signal, corrections by hand."""
import math
import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sep_toolkit.sound.audio import Audio
from sep_toolkit.core import ParameterError, SepError, SepNotice
from sep_toolkit.classical.masks import CombMask
from sep_toolkit.sound.pitch import (
    as_pitch, check_f0, edit, f0_at, F0Table, frame_f0, on_frames, Pitch, regrid, tell_gap,
)
from sep_toolkit.sound.pitch_tables import LEGATO_S, LOWEST_HZ, voices_of
from sep_toolkit.runs.run import separate
from sep_toolkit.sound.scenes import scene
from sep_toolkit.sound.stft import stft
from sep_toolkit.source_filter.voice import analyse

SR = 16000
CHOIR = scene("voices", duration_s=2., seed=3, sr=SR)


def table(*columns, hop=.01):
    return np.column_stack([np.arange(len(columns[0]))*hop, *columns]).astype(float)


# -- tables

def test_a_table_is_read_from_arrays_frames_and_tensors():
    raw = np.array([[0., 100., 0.], [.01, 110., 220.]])
    for x in (raw, raw.tolist(), torch.tensor(raw), check_f0(raw)):
        got = check_f0(x)
        assert got.names == ("voice 1", "voice 2") and np.array_equal(got.hz, raw[:, 1:]) and np.array_equal(got.time_s, raw[:, 0])
    frame = pd.DataFrame(raw, columns=["time_s", "alto_hz", "bass"])
    assert check_f0(frame).names == ("alto", "bass") and check_f0(frame, names=("x", "y")).names == ("x", "y")
    assert check_f0(check_f0(frame)).names == ("alto", "bass")
    assert np.array_equal(np.asarray(check_f0(raw)), raw)
    got = check_f0(raw)
    got.hz[:] = 1
    assert raw[0, 1] == 100.


def test_values_too_low_for_a_pitch_are_unvoiced_and_it_is_said():
    raw = np.array([[0., 100.], [.01, 3.], [.02, LOWEST_HZ]])
    with pytest.warns(SepNotice, match="1 values of f0"): got = check_f0(raw)
    assert got.hz[:, 0].tolist() == [100., 0., LOWEST_HZ] and raw[1, 1] == 3.


@pytest.mark.parametrize("bad,words", [
    (np.zeros(5), ["(N, 1 + S)"]), (np.zeros((5, 1)), ["(N, 1 + S)"]), (np.zeros((0, 3)), ["(N, 1 + S)"]),
    (np.zeros((2, 3, 4)), ["(N, 1 + S)"]), ([["a", "b"]], ["table of numbers"]), (None, ["f0"]),
    (np.array([[0., 1e5]]), ["100000 Hz"]), (np.array([[0., -1.]]), ["-1 Hz"]),
    (np.array([[1., 100.], [0., 100.]]), ["rise"]), (np.array([[0., 100.], [0., 100.]]), ["rise"]),
    (np.array([[0., np.nan]]), ["1 values", "not finite"]), (np.array([[np.inf, 100.]]), ["not finite"]),
])
def test_bad_tables_get_a_clear_error(bad, words):
    with pytest.raises(ParameterError, match="f0") as err: check_f0(bad)
    for w in words: assert w in str(err.value)


def test_voices_are_counted_and_named():
    raw = np.array([[0., 100., 200.]])
    with pytest.raises(ParameterError, match="3 columns"): check_f0(raw, n_voices=3)
    with pytest.raises(ParameterError, match="2 different names"): check_f0(raw, names=("a",))
    with pytest.raises(ParameterError, match="2 different names"): check_f0(raw, names=("a", "a"))


def test_pitch_between_rows():
    f0 = check_f0([[0., 100.], [1., 200.], [2., 0.], [3., 300.]])
    got = f0_at(f0, [0., .5, 1., 1.4, 1.6, 2., 2.6, 3., 3.5, 9., -5.])[0]
    assert got.tolist() == pytest.approx([100, 150, 200, 200, 0, 0, 300, 300, 300, 0, 0])
    assert f0_at(check_f0([[0., 100.]]), [0., .04, .2])[0].tolist() == [100, 100, 0]
    assert f0_at(F0Table(np.array([0., 1.]), np.zeros((2, 3)), ("a", "b", "c")), [0.]).shape == (3, 1)


# -- tables of other programs

def frame(**columns): return pd.DataFrame(columns)


SECONDS = np.array([0., .01, .02])


@pytest.mark.parametrize("table", [
    frame(time=SECONDS, frequency=[220, 0, 330.]), frame(frequency=[220, np.nan, 330.], time=SECONDS),
    frame(time=SECONDS, f0=[220, 0, 330.], label=["a", "b", "c"]), frame(f0_hz=[220, 0, 330.]).set_index(SECONDS),
    frame(f0=[220, 0, 330.]).set_index(pd.to_timedelta(SECONDS, unit="s")),
    frame(f0=[220, 0, 330.]).set_index(pd.Timestamp("2020-01-01") + pd.to_timedelta(SECONDS, unit="s")),
    frame(f0=[220, 0, 330.], time=pd.to_timedelta(SECONDS, unit="s")),
    frame(time_ms=[0, 10, 20], f0=[220, 0, 330.]), frame(f0=[220, 0, 330.]).set_index(pd.Index([0, 10, 20], name="time_ms")),
    frame(time=SECONDS, frequency=[220, 0, 330.]).reset_index(), pd.Series([220, 0, 330.], index=SECONDS),
    frame(time=SECONDS, f0=[220, 100, 330.], voiced=[True, False, True]), np.array([[0, 220], [.01, -100], [.02, 330]]),
], ids=lambda t: type(t).__name__)
@pytest.mark.filterwarnings("ignore::sep_toolkit.core.SepNotice")
def test_the_same_table_in_many_forms(table):
    before = table.copy()
    for read in (check_f0, as_pitch):
        got = read(table)
        assert got.hz.tolist() == [[220], [0], [330]] and np.allclose(got.time_s, SECONDS)
    assert before.equals(table) if hasattr(before, "equals") else np.array_equal(before, table)


def test_a_confidence_is_no_voice():
    table = np.column_stack([SECONDS, [220, 221, 222.], [.9, .5, 1.]])
    for x in (table, pd.DataFrame(table, columns=["time", "frequency", "confidence"]), pd.DataFrame(table)):
        p = as_pitch(x)
        assert p.hz[:, 0].tolist() == [220, 221, 222] and p.confidence[:, 0].tolist() == [.9, .5, 1] and check_f0(x).hz.shape == (3, 1)
    two = as_pitch(frame(time=SECONDS, a_hz=[220.]*3, b_hz=[330.]*3, b_confidence=[.1]*3, a_confidence=[.9]*3))
    assert two.names == ("a", "b") and two.confidence[0].tolist() == [.9, .1]


def test_the_initials_of_a_choir_are_voices():
    p = as_pitch(frame(time_s=SECONDS, s=[400.]*3, a=[300.]*3, t=[200.]*3, b=[100.]*3))
    assert p.names == ("s", "a", "t", "b") and p.hz[0].tolist() == [400, 300, 200, 100]


@pytest.mark.parametrize(("table", "says"), [
    (frame(alto_hz=[220., 221.], bass_hz=[100., 101.]), "no column of times among alto_hz, bass_hz"),
    (frame(frequency=[220., 221., 222.]), "a time and a column of Hz"),
    (frame(frequency=[220., 221.], confidence=[.9, .8]), "no column of times"),
    (frame(frame=[0, 1], f0=[220., 221.]), "frames or samples in place of times"),
    (frame(time=[0, np.nan], f0=[220., 221.]), "1 rows without a time"),
    (frame(time=[0, .1], label=["a", "b"]), "Hz"),
    (frame(time=[0, .1], confidence=[.5, .4]), "no column of Hz"),
    (frame(onset=[0, .1], duration=[0., 0.], midi=[60, 61]), "no note"),
    (frame(onset=[0., 0.], duration=[1e12, 1.], midi=[60, 61]), "larger hop_s"),
    (frame(onset=[0.]*40, duration=[1.]*40, midi=np.arange(40) + 40), "over 32 notes at once"),
    (np.array([[0, -220.], [.1, -221]]), "none above 0"),
    (np.array([[0, 220.], [.1, np.nan]]), "np.nan_to_num"),
    (frame(), "a time and a column of Hz"),
], ids=lambda v: v if isinstance(v, str) else "")
def test_tables_that_cannot_be_read_say_why(table, says):
    for read in (check_f0, as_pitch):
        with pytest.raises(ParameterError) as e: read(table)
        assert says in str(e.value)


@pytest.mark.parametrize("table", [
    frame(onset=[0, .5], duration=[.5, .25], f0=[220., 330]), frame(start=[0, .5], end=[.5, .75], pitch_hz=[220., 330]),
    np.array([[0, .5, 220], [.5, .25, 330]]), np.array([[0, 220, .5], [.5, 330, .25]]), np.array([[0, .5, 220], [.5, .75, 330]]),
    frame(start_time_s=[.5, 0], end_time_s=[.75, .5], pitch_midi=69 + 12*np.log2(np.array([330, 220])/440), velocity=[80, 90]),
], ids=lambda t: type(t).__name__)
def test_notes_become_rows(table):
    p = as_pitch(table)
    assert p.hz.shape == (76, 1) and np.allclose(p.hz[:50], 220) and np.allclose(p.hz[50:75], 330) and p.hz[75, 0] == 0


@given(seed=st.integers(0, 999), n=st.integers(1, 40))
@settings(deadline=None, max_examples=60)
def test_no_note_is_lost_among_voices(seed, n):
    rng = np.random.default_rng(seed)
    start = np.round(rng.uniform(0, 5, n), 2)
    notes = np.column_stack([start, start + np.round(rng.uniform(.05, 2, n), 2), rng.integers(40, 80, n)])
    of = voices_of(notes)
    for v in range(of.max() + 1):
        mine = notes[of == v][np.argsort(notes[of == v, 0])]
        assert (mine[1:, 0] > mine[:-1, 1] - LEGATO_S - 1e-6).all()  # no two of a voice sound together
    ends = notes[:, 1] - np.minimum(LEGATO_S, .5*(notes[:, 1] - notes[:, 0]))
    assert of.max() + 1 == max(((notes[:, 0] <= t) & (ends > t + 1e-9)).sum() for t in notes[:, 0])  # and as few voices as can be


def test_numbers_like_midi_notes_are_told_of(recwarn):
    with pytest.warns(SepNotice, match=r"440\*2\*\*"): check_f0(np.array([[0, 60], [.1, 62], [.2, 64.5]]))
    with pytest.warns(SepNotice, match="lie from 60 to 64.3, as MIDI notes do"): check_f0(np.array([[0, 60], [.1, 62], [.2, 64.3]]))
    for hz in ([100, 100, 100], [60, 62, 200], [220, 221, 222]): check_f0(np.column_stack([SECONDS, hz]))
    check_f0(pd.DataFrame({"time_s": [0, .1, .2], "bass_hz": [60, 62, 64.3]}))
    assert not recwarn.list


@pytest.mark.parametrize("names", [("a\n",), ("\0",), ("x"*150,), ("",), "a", 3])
def test_names_that_no_file_could_carry_fail_at_the_door(names):
    table = np.array([[0, 220.], [.1, 221]])
    for call in (lambda: as_pitch(table, names=names), lambda: check_f0(table, names=names), lambda: CombMask(table, names=names)):
        with pytest.raises(ParameterError, match="name"): call()
    with pytest.raises(ParameterError, match="name"): as_pitch(pd.DataFrame(table, columns=["time", "x"*150]))


def test_a_hole_is_a_gap_for_every_reader():
    x = np.column_stack([np.r_[SECONDS, 1 + SECONDS], [220.]*6])
    assert f0_at(check_f0(x), [.5])[0, 0] == 0 and CombMask(x).f0.hz.shape[0] == 8


# -- where a table meets a signal

def rows(times, hz=220.): return check_f0(np.column_stack([times, np.full(len(times), hz)]))


@pytest.mark.parametrize(("times", "says"), [
    (np.arange(400)*10., "milliseconds, divide them by 1000"), (np.arange(250)*1., "frame numbers, multiply them by hop/sr"),
    (np.arange(250)*256., "samples, divide them by the rate, perhaps 16000"), (np.linspace(0, 4*44100, 172), "perhaps 44100"),
    (np.arange(300)*7., "the last one should be about 4.0"), (20 + np.arange(400)*.01, "subtract its start")])
def test_times_that_cannot_be_seconds_are_refused(times, says):
    with pytest.raises(ParameterError, match=says): tell_gap(rows(times), 4.)
    with pytest.raises(ParameterError, match=says): CombMask(rows(times))(Audio(.1*torch.ones(4*SR), SR))


@pytest.mark.parametrize(("times", "says"), [
    (np.arange(900)*.01, "from 0.00 to 8.99 s of 4.00 s"), (np.linspace(0, 1, 300), "from 0 to 1")])
def test_times_that_may_not_be_meant_are_told_of(times, says):
    with pytest.warns(SepNotice, match=says): tell_gap(rows(times), 4.)


def test_even_rows_far_apart_are_a_track_with_its_confidence():
    t, sure = np.arange(40)*.1, np.linspace(.2, .9, 40)
    assert np.allclose(as_pitch(np.column_stack([t, np.full(40, 220.), sure])).confidence[:, 0], sure)


def test_slow_tables_that_fit_are_fine(recwarn):
    for times in (np.arange(5)*1., np.arange(9)*.5, np.arange(12)*.5): tell_gap(rows(times), 4.)
    assert not recwarn.list


def test_every_use_of_a_table_meets_the_signal():
    x, slow = Audio(.1*torch.sin(torch.arange(SR)*.1), SR), np.column_stack([np.arange(100)*10., np.full(100, 220.)])
    for call in (lambda: analyse(x, slow), lambda: separate(x, "comb", f0=slow, progress=False),
                 lambda: separate(x, "source_filter", f0=slow, rounds=1, progress=False),
                 lambda: separate(x, "source_filter", f0=np.column_stack([np.arange(100)*.01, np.full(100, 220.)]), also=slow, rounds=1,
                                  progress=False)):
        with pytest.raises(SepError, match="milliseconds"): call()


# -- other grids

hz_lists = st.lists(st.one_of(st.just(0.), st.floats(50, 1000)), min_size=2, max_size=60)


@given(hz=hz_lists, other=st.floats(.003, .05), seed=st.integers(0, 99))
@settings(deadline=None, max_examples=80)
def test_regrid_never_crosses_an_unvoiced_gap(hz, other, seed):
    x = table(hz)
    p = regrid(x, np.arange(1, 40)*other)
    for t, f in zip(p.time_s, p.hz[:, 0]):
        if f == 0: continue
        i = min(int(t/.01 + 1e-9), len(hz) - 1)
        around = [h for h in hz[max(i - 1, 0):i + 2] if h > 0]
        assert around and min(around) - 1e-6 <= f <= max(around) + 1e-6
        pair = hz[i:i + 2]
        if 0 in pair: assert f in [pytest.approx(h) for h in around]  # beside a gap: a value of the table, not a blend


@given(hz=hz_lists)
@settings(deadline=None, max_examples=40)
def test_regrid_to_its_own_grid_changes_nothing(hz):
    x = table(hz, hz[::-1])
    before = x.copy()
    p = regrid(x, x[:, 0])
    assert np.allclose(np.asarray(p), x) and np.array_equal(x, before)


def test_a_hole_in_the_times_is_a_gap():
    x = np.array([[0, 200], [.01, 200], [.02, 200], [1, 300], [1.01, 300], [1.02, 300]])
    p = regrid(x, np.arange(0, 1.03, .01))
    assert (p.hz[5:95, 0] == 0).all() and p.hz[1, 0] == 200 and p.hz[-2, 0] == 300


def test_confidence_travels_and_is_checked():
    p = Pitch(np.arange(3)*.1, np.array([[100.], [0], [200]]), ("a",), [[.5], [.2], [1]])
    assert regrid(p, [.01, .11, .19]).confidence[:, 0].tolist() == [.5, .2, 1] and as_pitch(p).confidence[0, 0] == .5
    assert (as_pitch(table([100., 0])).confidence == 1).all()
    for bad in ([[2.], [0], [0]], [[math.nan], [0], [0]], [[0.], [0]]):
        with pytest.raises(ParameterError, match="confidence"): Pitch(p.time_s, p.hz, p.names, bad)


def test_a_pitch_is_a_table_for_everyone():
    s = scene("voices", n_stems=2, duration_s=1.)
    p = as_pitch(s.f0, names=s.stems.names)
    assert isinstance(p, F0Table) and CombMask(p).names == s.stems.names
    assert np.array_equal(np.asarray(p), s.f0) and p.hop_s == pytest.approx(.01)


def test_on_frames():
    x = table(np.full(101, 200.), np.r_[np.zeros(50), np.full(51, 300.)])
    f = on_frames(x, n=63, hop=256, sr=16000)
    assert f.shape == (2, 63) and f.dtype == torch.float32 and (f[0] == 200).all() and f[1, 10] == 0 and f[1, 50] == 300
    assert torch.equal(on_frames(f, n=63, hop=256, sr=16000), f)


def test_frame_pitch_has_one_column_per_frame():
    f0 = check_f0(CHOIR.f0)
    for T in (1, 255, 256, 257, 32000): assert frame_f0(f0, T, SR, 256).shape[1] == stft(torch.zeros(T), 2048, 256).shape[-1]


@pytest.mark.parametrize("rows_s, seconds, told", [
    ((0., 4.), 10., True), ((3., 10.), 10., True), ((0., 9.2), 10., False), ((-1., 12.), 10., False), ((.8, 10.), 10., False),
    ((0., 1.3), 2., False), ((0., .5), 2., True), ((5., 96.), 100., False), ((6., 94.), 100., True)])
def test_a_table_that_leaves_much_of_the_sound_out_is_told_of(rows_s, seconds, told):
    table = check_f0(np.column_stack([np.linspace(*rows_s, 200), np.full(200, 220.)]))
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        tell_gap(table, seconds)
    assert [f"from {rows_s[0]:.2f} to {rows_s[1]:.2f} s of {seconds:.2f} s" in str(w.message) for w in heard] == [True] * told


@pytest.mark.parametrize("name, more", [("comb", {}), ("informed_nmf", {"iterations": 1}), ("source_filter_nmf", {"iterations": 1}),
                                            ("source_filter", {"rounds": 1})])
def test_every_method_with_a_pitch_tells_of_such_a_table(name, more):
    table = np.column_stack([np.linspace(0, 1, 100), np.full(100, 220.), np.full(100, 300.)])
    x = torch.sin(torch.arange(4 * 16000) * 2 * math.pi * 220 / 16000)[None] * 0.2
    with pytest.warns(SepNotice, match="0.00 to 1.00 s of 4.00 s"):
        separate(Audio(x, 16000), name, f0=table, progress=False, **more)


# -- by hand

def test_edit_changes_one_stretch_and_leaves_the_original():
    x = table(np.full(50, 200.), np.full(50, 300.))
    p = as_pitch(x, names=("a", "b"))
    q = edit(p, "b", .1, .2, hz=[400, 500])
    assert np.allclose(q.hz[10:20, 1], np.linspace(400, 500, 10)) and (q.hz[:10] == p.hz[:10]).all() and (q.hz[20:] == p.hz[20:]).all()
    assert (q.hz[:, 0] == 200).all() and (p.hz[:, 1] == 300).all()
    assert np.allclose(edit(p, 0, 0, .1, cents=100).hz[:10, 0], 200*2**(1/12)) and (edit(p, 0, 0, .1, hz=0).hz[:10, 0] == 0).all()
    sure = Pitch(p.time_s, p.hz, p.names, np.full((50, 2), .3))
    assert (edit(sure, 0, 0, .1, hz=210).confidence[:10, 0] == 1).all() and (edit(sure, 0, 0, .1, hz=210).confidence[:, 1] == .3).all()


def test_an_edited_curve_keeps_its_gap():
    q = edit(table(np.full(50, 200.)), 0, 0, .5, hz=[300, 0, 0, 400])
    assert set(np.unique(q.hz)) <= {0., 300., 400.} and (q.hz == 0).any()


@pytest.mark.parametrize(("call", "says"), [
    (lambda: as_pitch(np.array([[0, math.nan]])), "not finite"),
    (lambda: as_pitch(np.array([[0, -5.]])), "-5 Hz"),
    (lambda: as_pitch(np.array([[0, 9000.]]), sr=16000), "below half the rate, 8000"),
    (lambda: as_pitch(np.array([[0, 30_000.]])), "at most 20000"),
    (lambda: as_pitch(np.array([[.1, 200.], [0, 200.]])), "do not rise"),
    (lambda: as_pitch(np.zeros((4, 1))), "table"),
    (lambda: as_pitch({"a": 1}), "table"),
    (lambda: as_pitch(table([2e2]), sr="high"), "sr is 'high'"),
    (lambda: as_pitch(table([2e2]), n_voices="a"), "n_voices is 'a'"),
    (lambda: check_f0(table([2e2]), highest_hz="a"), "highest_hz is 'a'"),
    (lambda: regrid(table([2e2]), "soon"), "times_s"),
    (lambda: regrid(table([2e2]), [10**400]), "times_s"),
    (lambda: edit(table([2e2, 2e2]), 0, 0, 1, hz=10**400), "hz is"),
    (lambda: on_frames(table([2e2]), n=3, hop=256, sr=None), "sr is None"),
    (lambda: as_pitch(np.zeros((0, 2))), "table"),
    (lambda: as_pitch(table([1e2, 2e2], [3e2, 3e2]), n_voices=1), "1 columns"),
    (lambda: on_frames(torch.full((2, 60), 200.), n=63, hop=256, sr=16000), "(S, 63) on the frames"),
    (lambda: on_frames(torch.full((2, 63), 9000.), n=63, hop=256, sr=16000), "below half the rate"),
    (lambda: on_frames(torch.full((2, 63), math.nan), n=63, hop=256, sr=16000), "not finite"),
    (lambda: on_frames(torch.full((2, 63), 200.), n=63, hop=256, sr=16000, n_voices=3), "3 columns"),
    (lambda: regrid(table([200., 200.]), [1, 0]), "times_s"),
    (lambda: regrid(table([200., 200.]), []), "times_s"),
    (lambda: edit(table([2e2, 2e2]), "alt", 0, 1, hz=1e2), "voice is 'alt'"),
    (lambda: edit(table([2e2, 2e2]), 1, 0, 1, hz=1e2), "voice is 1"),
    (lambda: edit(table([2e2, 2e2]), 0, 5, 6, hz=1e2), "a stretch with rows"),
    (lambda: edit(table([2e2, 2e2]), 0, 0, 1), "either hz or cents"),
    (lambda: edit(table([2e2, 2e2]), 0, 0, 1, hz=1e2, cents=3), "either hz or cents"),
    (lambda: edit(table([2e2, 2e2]), 0, 0, 1, hz=-3), "hz is -3"),
    (lambda: edit(table([2e2, 2e2]), 0, 0, 1, hz="high"), "a curve"),
    (lambda: edit(table([2e2, 2e2]), 0, 0, 1, hz=[1e2, math.inf]), "hz is"),
])
def test_bad_input(call, says):
    with pytest.raises(SepError) as e: call()
    assert says in str(e.value)


def test_a_part_of_a_pitch_fits_the_same_part_of_the_sound():
    t = np.arange(0, 2, .01)
    p = Pitch(t, np.column_stack([200 + t, 300 + t]), ("a", "b"), np.column_stack([t/2, 1 - t/2]))
    part = p.clip(.5, 1.2)
    assert np.allclose(part.time_s, np.arange(70)*.01) and part.names == p.names
    assert np.allclose(part.hz[:, 0], 200.5 + part.time_s) and np.allclose(part.confidence[:, 1], .75 - part.time_s/2)
    assert len(p.clip(1.5).time_s) == 50 and len(p.clip().time_s) == 200 and len(p.time_s) == 200
    for bad in ((1., .5), (3., None), (-1., None), (0., "x")):
        with pytest.raises(ParameterError, match="start_s|stop_s"): p.clip(*bad)
