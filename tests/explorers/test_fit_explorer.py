"""The fit explorer's Python side: parts of the model as sound, edits and drafts, locks and refits, what travels, orders, exports, closing.
The page is tested in test_fit_explorer_browser.py."""
import base64
import threading
import time

import numpy as np
import pytest
import torch
from browser import page_state as held_by
from hypothesis import given, settings
from hypothesis import strategies as some
from refusing import check_refusals
from traitlets import TraitError

from sep_toolkit.explorers import byhand as fx
from sep_toolkit.sound.audio import Audio
from sep_toolkit.core import ParameterError, SepError
from sep_toolkit.explorers.opening import explore
from sep_toolkit.sound.pitch_files import read_pitch
from sep_toolkit.explorers.byhand import check_edits, check_locks, edit_words, edited, HEARD, lock_for, lock_text, voice_part
from sep_toolkit.explorers.fit import EXPORTS, FitExplorer
from sep_toolkit.runs.run import record, Run
from sep_toolkit.sound.scenes import scene
from sep_toolkit.source_filter.fit import HOP, SR
from sep_toolkit.source_filter.method import _locks, SourceFilter
from sep_toolkit.source_filter.parameters import Fitted, load_parameters, nudge
from sep_toolkit.runs.trace import load_trace, Step, Trace
from sep_toolkit.source_filter.voice import VOICE_DIMS

SONG = scene("voices", n_stems=2, duration_s=1.5, seed=4)
NAMES = tuple(SONG.stems)
A, B = NAMES


def method_of(**more):
    return SourceFilter(SONG.f0, names=NAMES, **{"rounds": 4, "every": 2, "warm": False, **more})


@pytest.fixture(scope="module")
def run():
    return Run(method_of(sounds=("voice", "harmonics", "noise", "excitation")), SONG.mix, seed=3).start().wait()


@pytest.fixture(scope="module")
def fitted(run):
    return Fitted.of(run.trace[-1].arrays)


def until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(.005)


def settle(ex):
    until(lambda: not ex._desk.busy and (ex.run is None or ex.run._idle.is_set()))
    return ex


@pytest.fixture
def make(run):
    made = []

    def new(thing=None, *args, **more):
        thing = Run(run.method, SONG.mix, seed=3, start=None) if thing == "new" else thing or again(run)
        made.append(settle(FitExplorer(thing, *args, **more)))
        made[-1].told = []
        made[-1].send = lambda content, buffers=None, ex=made[-1]: ex.told.append((content, buffers))
        return made[-1]
    yield new
    for ex in made:
        ex.close()


def again(run):
    "A run that is done, with a trace of its own; nothing is computed again."
    new = Run(run.method, SONG.mix, seed=run.seed)
    for s in run.trace:
        new.trace.append(Step(s.point, s.scalars, s.arrays, s.audio, s.accepted))
    new.state = "done"
    return new


def ask(ex, **order):
    ex._asked(ex, order, [])
    return ex


def close_to(a, b, atol=2e-5):
    return bool((a.reshape(-1) - b.reshape(-1)).abs().max() < atol)


# sounds

def test_parts_are_those_of_the_method(run, fitted):
    "Every part as the method itself synthesises it, noise included."
    step = run.trace[-1]
    for i, name in enumerate(NAMES):
        for kind in ("voice", "harmonics", "noise", "excitation"):
            assert close_to(voice_part(fitted, i, kind, SONG.mix, seed=3), step.audio[f"{name} {kind}"]), (name, kind)
        assert not close_to(voice_part(fitted, i, "noise", SONG.mix, seed=4), step.audio[f"{name} noise"], 1e-7)
    probe = run.method.evaluate(SONG.mix, step, stem=A, what="gain", db=3.)
    assert close_to(voice_part(Fitted.of(probe.arrays), 0, "mask", SONG.mix), probe.audio[A])
    assert not close_to(voice_part(Fitted.of(probe.arrays), 0, "mask", SONG.mix, power=1.), probe.audio[A], 1e-3)


def test_parts_follow_the_mixtures_level(fitted):
    "The parameters are for a peak of 1; what is heard has the level of the mixture."
    quiet = SONG.mix * .1
    for kind in HEARD:
        assert close_to(voice_part(fitted, 1, kind, quiet), .1 * voice_part(fitted, 1, kind, SONG.mix), 1e-5)
    assert voice_part(fitted, 0, "mask", SONG.mix * 0.).abs().max() == 0
    with pytest.raises(ParameterError, match="breath.*excitation"):
        voice_part(fitted, 0, "breath", SONG.mix)


def test_keys_name_sounds_by_their_numbers(fitted):
    same, moved = fx.voice_keys(fitted), fx.voice_keys(edited(fitted, NAMES, [{"stem": A, "what": "gain", "db": 1.}]))
    assert same == fx.voice_keys(Fitted.of(fitted.arrays())) and len(set(same.values())) == 2 * len(HEARD)
    assert {k for k in same if same[k] != moved[k]} == {*(f"0/{kind}" for kind in HEARD), "1/mask"}


# edits

EDITS = some.fixed_dictionaries({"stem": some.sampled_from(NAMES), "start_s": some.floats(0, .7), "stop_s": some.floats(.8, 2.)}).flatmap(
    lambda e: some.one_of(
        some.builds(lambda w, c: {**e, "what": w, "cents": c}, some.sampled_from(["f0", "formant 1", "formant 3"]), some.floats(-300, 300)),
        some.builds(lambda w, d: {**e, "what": w, "db": d}, some.sampled_from(["gain", "noise"]), some.floats(-20, 20)),
        some.builds(lambda w, f: {**e, "what": w, "hz": f}, some.sampled_from(["f0", "formant 2"]), some.floats(100, 900))))


@settings(max_examples=12, deadline=None)
@given(edits=some.lists(EDITS, min_size=1, max_size=2))
def test_an_edit_of_one_voice_is_the_edit_of_all(fitted, edits):
    kept = {k: getattr(fitted.voice, k).clone() for k in VOICE_DIMS}
    whole = fitted
    for e in edits:
        whole = nudge(whole, NAMES.index(e["stem"]), e["what"], **{k: e[k] for k in fx.AMOUNTS if k in e})
    got = edited(fitted, NAMES, check_edits(edits, NAMES))
    assert all(torch.allclose(getattr(got.voice, k), getattr(whole.voice, k), atol=1e-5) for k in VOICE_DIMS)
    assert torch.allclose(got.bands, whole.bands, rtol=2e-3) and torch.allclose(got.hiss, whole.hiss, rtol=2e-3)
    assert all(torch.equal(getattr(fitted.voice, k), kept[k]) for k in VOICE_DIMS), "what was given stays as it is"
    plain = edited(Fitted(fitted.voice), NAMES, check_edits(edits, NAMES))
    assert plain.bands is None and all(torch.equal(getattr(plain.voice, k), getattr(got.voice, k)) for k in VOICE_DIMS)


def test_edits_in_words():
    assert edit_words({"stem": "low-alto", "what": "gain", "db": -27.25}) == "low-alto harmonics −27.2 dB"
    assert edit_words({"stem": A, "what": "f0", "cents": 50.}) == f"{A} pitch +50 cents"
    assert edit_words({"stem": A, "what": "formant 2", "hz": 900.}) == f"{A} F2 to 900 Hz"


@pytest.mark.parametrize("wrong", [[], "f0", [{"what": "f0", "cents": 1.}], [{"stem": A, "cents": 1.}],
                                   [{"stem": A, "what": "f0", "gain": 1.}], [{"stem": "flute", "what": "f0", "cents": 1.}],
                                   [{"stem": A, "what": "vowel", "cents": 1.}]])
def test_edits_that_are_none(wrong):
    with pytest.raises(ParameterError, match="edits|stem|what"):
        check_edits(wrong, NAMES)


def test_locks(run):
    one = lock_for({"stem": A, "what": "formant 2", "start_s": .5, "stop_s": 1., "cents": 3.})
    assert one == {"what": "tract", "stem": A, "start_s": .5, "stop_s": 1.}
    whole = {"what": "f0", "stem": B}
    assert check_locks([one, dict(one), whole], NAMES) == [one, {**whole, "start_s": 0., "stop_s": None}]
    texts = [lock_text(x) for x in check_locks([one, whole, {"what": "gain", "stem": A, "start_s": 1.}], NAMES)]
    assert texts == [f"tract/{A}/0.500-1.000", f"f0/{B}", f"gain/{A}/1.000-inf"]
    locked = _locks(method_of(lock=texts), 94)
    t = torch.arange(94) * HOP / SR
    assert torch.equal(locked["tract"][0], (t >= .5) & (t < 1)) and not locked["tract"][1].any() and locked["f0"][1].all()
    assert torch.equal(locked["gain"][0], t >= 1)
    for wrong in ({"what": "breath", "stem": A}, {"what": "f0", "stem": "flute"}, {"what": "f0"}, {"what": "f0", "stem": A, "start_s": -1.},
                  {"what": "f0", "stem": A, "start_s": 1., "stop_s": .5}, "f0"):
        with pytest.raises(ParameterError):
            check_locks([wrong], NAMES)


def test_what_a_page_cannot_say_is_refused(make):
    check_refusals(make())


# what travels

def test_parameters_travel(run):
    a = {k: np.asarray(v[1]) for k, v in run.trace[-1].arrays.items()}
    data, n = fx.packed_step(run.trace[-1].arrays), a["f0_hz"].shape[1]
    few, half = -(-n // 4), -(-n // 2)
    floats = np.frombuffer(data, "<f4", 2 * (3 * n + 5 * few))
    f0, harmonic, noise = floats[:6 * n].reshape(3, 2, n)
    formant = floats[6 * n:].reshape(2, few, 5)
    envelope = np.frombuffer(data, np.uint8, offset=floats.nbytes).reshape(2, half, 129)
    lo, hi = fx.ENVELOPE_DB
    assert np.array_equal(f0, a["f0_hz"]) and np.allclose(10**(harmonic/20), np.maximum(a["harmonic_gain"], 1e-5), rtol=1e-5)
    assert np.allclose(noise, 20*np.log10(np.maximum(a["noise_gain"], 1e-5)), atol=1e-4)
    assert np.allclose(formant, np.nan_to_num(a["formant_hz"][:, ::4])) and np.isfinite(formant).all()
    assert np.abs(lo + envelope*((hi - lo)/255.) - a["envelope_db"][:, ::2].clip(lo, hi)).max() <= .251


@pytest.mark.parametrize("hz", [110., 440., 2500.])
def test_the_pitch_picture_shows_a_tone_where_it_is(hz):
    t = torch.arange(2 * SR) / SR
    picture, shape = fx.pitch_picture(Audio(.2 * torch.sin(2 * torch.pi * hz * t), SR))
    row = picture[:, shape["cols"] // 2].argmax()
    assert abs(shape["lo_hz"] * (shape["hi_hz"] / shape["lo_hz"])**(row / (shape["rows"] - 1)) / hz - 1) < .04 and picture.max() == 255
    assert fx.pitch_picture(Audio(torch.zeros(1, SR), SR))[0].max() == 0
    long, wide = fx.pitch_picture(Audio(torch.zeros(1, 1600 * 400), SR))
    assert wide["cols"] == long.shape[1] <= 1602 and wide["step"] * (wide["cols"] - 1) == pytest.approx(40, abs=.1)


# the explorer

def test_rows_sounds_and_words(make, run):
    ex = make()
    assert [r["says"] for r in ex.rows] == ["start", "round 2", "round 4"] and ex.step.index == 2 and all(r["fit"] for r in ex.rows)
    for i, name in enumerate(NAMES):
        for kind in HEARD:
            want = ex.step.audio[name] if kind == "mask" else ex.step.audio[f"{name} {kind}"]
            assert close_to(ex._heard(ex.rows[2]["sounds"][f"{i}/{kind}"]).samples, want), kind
    assert ex.solo == (A,) and ex.tracks[1]["name"] == A and [p[:2] for p in ex.runs[0]["path"]][0] == [0, None]
    assert ex.runs[0]["path"][2][1] == pytest.approx(run.trace[2].scalars["loss"])
    f0 = np.asarray(ex.step.arrays["f0_hz"][1])[0]
    assert f"pitch {np.median(f0[f0 > 0]):.0f} Hz" in ex.summary and "loss from" in ex.summary and B in ex.summary
    ask(ex, do="sound", keys=[ex.rows[1]["sounds"]["1/noise"]])
    settle(ex)
    assert ex.told[-1][0]["sound"] == ex.rows[1]["sounds"]["1/noise"] and ex.told[-1][1]
    ask(ex, do="params", keys=[[0, 1]])
    settle(ex)
    assert ex.told[-1] == ({"params": "0/1"}, [fx.packed_step(ex.trace[1].arrays)])


def test_a_synthesis_keeps_masks_and_stems_apart(make):
    trace = record(SONG.mix, method_of(output="synthesis", rounds=1, sounds=()), progress=False)
    ex = make(trace)
    keys = ex.rows[-1]["sounds"]
    assert close_to(ex._heard(keys["0/voice"]).samples, ex.step.audio[A])
    assert close_to(ex._heard(keys["0/mask"]).samples, voice_part(Fitted.of(ex.step.arrays), 0, "mask", SONG.mix))
    assert not close_to(ex._heard(keys["0/mask"]).samples, ex.step.audio[A], 1e-3)


def test_a_drag_is_a_draft_until_it_is_let_go(make, fitted):
    "The page gets the sound, then the parameters; the trace gets a step only at the end; both are the same."
    ex = make()
    ex.hear = "voice"
    edits = [{"stem": A, "what": "formant 2", "start_s": .2, "stop_s": 1., "cents": 250.}]
    ask(ex, do="nudge", edits=edits, step=2, id=7)
    settle(ex)
    (sound, _), early, (draft, buffers) = ex.told[-3:]
    assert early == (draft, None), "what is heard is said before the parameters are ready"
    assert draft["draft"] == 7 and sound["sound"] == draft["sounds"]["0/voice"] and len(ex.trace) == 3 and ex.cursor is None
    assert "0/mask" not in draft["sounds"] and draft["sounds"]["1/voice"] == ex.rows[2]["sounds"]["1/voice"]
    want = edited(fitted, NAMES, edits)
    assert close_to(ex._heard(sound["sound"]).samples, voice_part(want, 0, "voice", SONG.mix, seed=3))
    ask(ex, do="nudge", edits=edits, step=2, id=8, done=True)
    until(lambda: len(ex.trace) == 4 and ex.cursor == 3)
    settle(ex)
    assert ex.nudged == {"id": 8, "index": 3} and not ex.step.accepted and ex.step.parent == 2
    assert {k: v for k, v in ex.rows[3]["sounds"].items() if not k.endswith("mask")} == draft["sounds"], "what was heard is what is kept"
    assert buffers == [fx.packed_step(ex.step.arrays)] or np.abs(np.frombuffer(buffers[0], np.uint8).astype(int) - np.frombuffer(
        fx.packed_step(ex.step.arrays), np.uint8).astype(int)).max() <= 1
    assert ex.before["index"] == 2 and ex.locks == [{"what": "tract", "stem": A, "start_s": .2, "stop_s": 1.}]
    assert ex.rows[3]["nudged"] and f"{A} F2 +250 cents" in ex.rows[3]["says"] and "+250 cents" in ex.summary


def test_a_draft_of_masks(make, fitted):
    "What is dragged is taken out by masks, at once; what is let go is solved for, as the method does."
    ex = make()
    edits = [{"stem": B, "what": "gain", "db": 12.}]
    ask(ex, do="nudge", edits=edits, step=2, id=1)
    settle(ex)
    draft = ex.told[-1][0]
    ask(ex, do="nudge", edits=edits, step=2, id=2, done=True)
    until(lambda: ex.cursor == 3)
    settle(ex)
    apart = {k for k, v in ex.rows[3]["sounds"].items() if draft["sounds"].get(k) != v}
    assert "1/mask" in draft["sounds"]
    assert all(k.endswith("mask") for k in apart), "masks may differ in the last bit: another thread made them"
    for i, name in enumerate(NAMES):
        masked = voice_part(edited(fitted, NAMES, edits), i, "mask", SONG.mix, output="mask")
        assert close_to(ex._heard(draft["sounds"][f"{i}/mask"]).samples, masked)
        assert close_to(ex._heard(ex.rows[3]["sounds"][f"{i}/mask"]).samples, ex.step.audio[name])


def test_a_draft_of_masks_is_the_step_where_the_method_makes_masks(make):
    masks = Run(method_of(output="mask", sounds=()), SONG.mix)
    masks.start()
    masks.wait()
    ex = make(masks)
    edits = [{"stem": B, "what": "gain", "db": 12.}]
    last = len(ex.trace) - 1
    ask(ex, do="nudge", edits=edits, step=last, id=1)
    settle(ex)
    draft = ex.told[-1][0]
    ask(ex, do="nudge", edits=edits, step=last, id=2, done=True)
    until(lambda: ex.cursor == last + 1)
    settle(ex)
    for i, name in enumerate(NAMES): assert close_to(ex._heard(draft["sounds"][f"{i}/mask"]).samples, ex.step.audio[name])


def test_only_the_newest_draft_is_made(make):
    ex = make()
    ex.hear = "harmonics"
    gate = threading.Event()
    ex._desk.ask("wait", gate.wait)
    for k in range(20):
        ask(ex, do="nudge", edits=[{"stem": A, "what": "f0", "cents": 5. * k}], step=2, id=k)
    gate.set()
    settle(ex)
    assert [m["draft"] for m, _ in ex.told if "draft" in m] == [19, 19]
    for k in range(40):
        ask(ex, do="nudge", edits=[{"stem": A, "what": "gain", "db": .1 * k}], step=2, id=100 + k)
        settle(ex)
    assert len(ex._drafts) == 24 and sum(isinstance(s[0], Fitted) for s in ex._sounds.values()) < 24 * 12, "old drafts are let go"


def test_nudge_lock_refit_compare(make):
    "A stretch of pitch moved by hand stays through a refit; the rest is fitted again."
    ex = make()
    ex.region, ex.voice = (.4, .9), B
    nudged = ex.nudge("f0", cents=200.).result(60)
    until(lambda: ex.cursor == 3)
    rows = slice(26, 56)
    was, now = (np.asarray(ex.trace[k].arrays["f0_hz"][1]) for k in (2, 3))
    assert np.allclose(now[1, rows] / was[1, rows], 2**(1 / 6), rtol=1e-5) and np.array_equal(now[0], was[0])
    ex.lock("tract", A, 0., 1.)
    ex.autolock = False
    new = ex.refit(rounds=2)
    settle(ex.wait())
    assert ex.shown == 1 and ex.runs[1]["name"] == "Refit 1" and new.method.lock == (f"f0/{B}/0.400-0.900", f"tract/{A}/0.000-1.000")
    f0, lsf = (np.asarray(ex.step.arrays[k][1]) for k in ("f0_hz", "lsf"))
    assert np.allclose(f0[1, rows], now[1, rows], rtol=1e-5) and np.array_equal(lsf[0, :60], np.asarray(nudged.arrays["lsf"][1])[0, :60])
    assert not np.array_equal(lsf[1], np.asarray(nudged.arrays["lsf"][1])[1]), "what is free moves"
    assert ex.before == {"run": 0, "index": 2, "says": "Run, round 4", "sounds": ex._kept[0].rows[2]["sounds"]}
    assert ex.step.point["iteration"] == 6
    before = ex.locks
    ex.nudge("gain", A, db=2.).result(60)
    settle(ex)
    assert ex.locks == before, "without autolock nothing is locked"
    ex.mark(0)
    assert ex.before["index"] == 0 and ex.before["run"] == 1


def test_while_it_runs_and_after_a_pause(make):
    ex = make("new")
    assert ex.summary.startswith("Nothing") and not ex.rows and ex.step is None and ex.able == ["start", "again", "branch", "probe"]
    with pytest.raises(ParameterError, match="step with parameters"):
        ex.nudge("f0", cents=1.)
    stop = ex.run.observe(lambda run: run.pause() if len(run.trace) == 2 else None)
    ex.start()
    until(lambda: ex.run.state == "paused")
    settle(ex)
    stop()
    ex.nudge("gain", B, db=-6.).result(60)
    settle(ex)
    assert ex.run.state == "paused" and [s.accepted for s in ex.trace] == [True, True, False] and ex.cursor == 2
    ex.start()
    settle(ex.wait())
    assert ex.run.state == "done" and [s.accepted for s in ex.trace] == [True, True, False, True] and ex.cursor == 2
    assert ex.step.index == 2, "what is seen stays while the run goes on"


@pytest.mark.parametrize("order", [
    dict(do="nudge", edits=[], step=2), dict(do="nudge", edits=[{"stem": A, "what": "vowel", "cents": 1.}], step=2),
    dict(do="nudge", edits=[{"stem": A, "what": "f0", "cents": 1.}], step=99), dict(do="params", keys=[[1, 0]]),
    dict(do="params", keys=[[0, 9]]),
    dict(do="export", kind="wav"), dict(do="refit", step=77), dict(do="mark", step=-1), dict(do="sound", keys=["none"]), dict(do="dance"),
    dict(do="nudge", edits=[{"stem": A, "what": "f0", "db": 1.}], step=2),
    dict(do="nudge", edits=[{"stem": A, "what": "gain", "db": 3.}], step=2, colour=1)])
def test_orders_that_make_no_sense(make, order):
    "Said in the status line, and nothing else happens."
    ex = make()
    settle(ask(ex, **order))
    assert ex.said["bad"] and ex.said["text"] and len(ex.trace) == 3 and len(ex.runs) == 1 and not ex.locks


def test_calls_that_make_no_sense(make, run):
    ex = make()
    for call, said in ((lambda: ex.nudge("f0", cents=1., db=2.), "one|cents|db"), (lambda: ex.nudge("f0", "flute", cents=1.), "flute"),
                       (lambda: ex.nudge("formant 9", cents=1.), "formant 9"), (lambda: ex.lock("breath"), "breath"),
                       (lambda: ex.export("fit.wav"), "wav"),
                       (lambda: FitExplorer(run.method), "mix"), (lambda: FitExplorer("hpss", SONG.mix), "SourceFilter"),
                       (lambda: FitExplorer(Trace(SONG.mix, NAMES)), "parameters"), (lambda: FitExplorer(run, SONG.mix), "None")):
        with pytest.raises(ParameterError, match=said):
            call()
    assert not ex.locks and not ex.before and len(ex.trace) == 3
    for name, value in (("hear", "breath"), ("voice", "flute"), ("curve", "x"), ("locks", [{"what": "x", "stem": A}])):
        with pytest.raises((TraitError, ParameterError)):
            setattr(ex, name, value)


def test_files(make, tmp_path, monkeypatch):
    "Written where the notebook is; what is there already stays."
    monkeypatch.chdir(tmp_path)
    ex = make()
    for _ in range(2):
        for kind in EXPORTS:
            settle(ask(ex, do="export", kind=kind, step=1))
            assert ex.said["text"].startswith("Written: ") and str(tmp_path) in ex.said["text"] and ex.said["text"].endswith("." + kind)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(f"fit-round-2{n}.{k}" for n in ("", "-2") for k in EXPORTS)
    back, names = load_parameters(tmp_path / "fit-round-2.json")
    assert names == NAMES and np.allclose(back.voice.lsf, ex.trace[1].arrays["lsf"][1], atol=1e-6)
    midi = read_pitch(tmp_path / "fit-round-2.mid", hop_s=HOP / SR)
    f0 = np.asarray(ex.trace[1].arrays["f0_hz"][1])[0]
    n = min(len(midi.hz), len(f0)) - 2
    on = (f0[:n] > 0) & (midi.hz[:n, 0] > 0)
    assert midi.names == NAMES and on.mean() > .5 and np.median(np.abs(1200 * np.log2(midi.hz[:n, 0][on] / f0[:n][on]))) < 3
    assert (tmp_path / "fit-round-2.csv").read_text().startswith(f"time_s,{A}_f0_hz")
    ex.nudge("gain", A, db=1.).result(60)
    settle(ex)
    settle(ask(ex, do="export", kind="csv"))
    assert (tmp_path / "fit-round-4-nudged.csv").exists() and ex.export(tmp_path / "own.json", 0) == tmp_path / "own.json"


def test_a_trace_can_be_looked_at(make, run, tmp_path):
    "Saved and loaded: seen, heard and written, but not nudged."
    run.trace.save(tmp_path / "fit.nc")
    ex = make(load_trace(tmp_path / "fit.nc"))
    assert ex.able == [] and len(ex.rows) == 3 and "round 4" in ex.summary
    assert close_to(ex._heard(ex.rows[2]["sounds"]["0/excitation"]).samples, run.trace[2].audio[f"{A} excitation"], 2e-4)
    assert ex.export(tmp_path / "fit.json").exists()
    for call in (lambda: ex.nudge("f0", cents=3.), ex.refit):
        with pytest.raises(ParameterError, match="Explore its Run"):
            call()
    assert not ex.locks and not ex.before


def test_explore_knows_it(run):
    for thing, mix in ((run, None), (run.trace, None), (run.method, SONG.mix)):
        ex = explore(thing, mix)
        assert isinstance(ex, FitExplorer)
        ex.close()


# pages

def test_the_most_wanted_sounds_come_first():
    row = lambda i, ok=True: {"accepted": ok, "sounds": {f"{v}/{k}": f"{i}{v}{k}" for v in range(2) for k in HEARD}}
    rows = [row(0), row(1), row(2, False)]
    keys = fx.wanted_keys(rows, 2, {"sounds": rows[0]["sounds"]}, "noise")
    assert len(keys) == 30 == len(set(keys)) and set(keys[:10]) == set(rows[2]["sounds"].values())
    assert set(keys[10:20]) == set(rows[1]["sounds"].values())
    rows = [row(i) for i in range(4)]
    keys = fx.wanted_keys(rows, None, {}, "noise")
    assert set(keys[:10]) == set(rows[3]["sounds"].values())
    assert keys[10:16] == ["20noise", "21noise", "10noise", "11noise", "00noise", "01noise"]
    assert fx.wanted_keys([], None, {}, "mask") == []


def page_state(path):
    text = path.read_text()
    return held_by(text), text


def test_a_page_without_a_kernel(make, tmp_path):
    ex = make()
    ex.nudge("f0", A, cents=100.).result(60)
    settle(ex)
    state, text = page_state(ex.to_html(tmp_path / "fit.html"))
    assert state["kept_params"]["ids"] == ["0/0", "0/1", "0/2", "0/3"] and state["before"]["index"] == 2
    assert base64.b64decode(state["kept_params"]["data"][3]["base64"]) == fx.packed_step(ex.step.arrays)
    assert set(state["kept_sounds"]["ids"]) == {k for r in ex.rows for k in r["sounds"].values()}
    assert len(base64.b64decode(state["pitch_map"]["base64"])) == ex.pitch_shape["rows"] * ex.pitch_shape["cols"]
    assert "http://" not in text.replace("http://www.w3.org", "") and "https://" not in text
    small, _ = page_state(ex.to_html(tmp_path / "small.html", max_mb=.09))
    held = small["kept_sounds"]["ids"]
    assert set(ex.rows[3]["sounds"].values()) >= set(held[:10]) and len(held) < len(state["kept_sounds"]["ids"])


def test_without_a_script(make):
    ex = make()
    text = ex._fallback()
    assert text.count("<audio") == 3 and text.count("<img") >= 1 and "<script" not in text
    assert ex.player.fallback_id in text and "loss from" in text
    assert 'alt="Pitches over the spectrogram' in text
    empty = make("new")._fallback()
    assert "Nothing has been computed yet" in empty and empty.count("<audio") == 1
    assert len(fx.fit_figure(ex).axes) == 4


def test_closing_frees(make):
    ex = make()
    ex._heard(ex.rows[0]["sounds"]["0/noise"])
    run = ex.run
    ex.close()
    ex.close()
    assert not ex._made and not ex._drafts and ex.pitch_map == b"" and not ex.rows and not run._observers
    until(lambda: not any(t.name == "sep_toolkit-desk" for t in threading.enumerate() if t is ex._desk._thread))
    assert isinstance(SepError("x"), SepError) and repr(ex)
