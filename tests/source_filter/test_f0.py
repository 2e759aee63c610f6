"""Pitch: estimates against known and recorded voices."""
import hashlib
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from importlib.util import find_spec

import numpy as np
import pytest
import torch

from sep_toolkit.source_filter import f0 as fz
from sep_toolkit.sound.audio import Audio, Stems
from sep_toolkit.sound.files import load
from sep_toolkit.core import SepError, SepNotice
from sep_toolkit.sound.pitch import regrid
from sep_toolkit.source_filter.f0 import evaluate, multipitch, pitch
from sep_toolkit.classical.masks import CombMask
from sep_toolkit.sound.scenes import scene

VOICES = ("soprano", "alto", "tenor", "bass")


def table(*columns, hop=.01):
    return np.column_stack([np.arange(len(columns[0]))*hop, *columns]).astype(float)


def tone(hz, sr=16000, seconds=1., partials=8):
    "A harmonic tone whose pitch is given at every sample, or fixed."
    hz = np.broadcast_to(hz, round(seconds*sr))
    phase = 2*np.pi*np.cumsum(hz)/sr
    return sum(np.sin(k*phase)/k for k in range(1, partials + 1))*.1


# -- one voice

METHODS = [pytest.param("swift", marks=pytest.mark.skipif(find_spec("swift_f0") is None, reason="needs swift-f0")), "pyin"]


@pytest.mark.parametrize("hz", [80., 150., 440., 900.])
@pytest.mark.parametrize("sr", [16000, 44100])
@pytest.mark.parametrize("method", METHODS)
def test_a_tone_is_heard(hz, sr, method):
    p = pitch(Audio(tone(hz, sr), sr), method=method)
    voiced = p.hz[5:-5, 0]
    assert (voiced > 0).all() and np.abs(1200*np.log2(voiced/hz)).max() < 15
    assert p.hop_s == pytest.approx(.016, rel=.02) and p.confidence.min() >= 0


@pytest.mark.parametrize("method", METHODS)
def test_a_glide_is_followed(method):
    hz = 200*2**(np.arange(32000)/32000)
    p = pitch(Audio(tone(hz, seconds=2.), 16000), method=method)
    want = np.interp(p.time_s, np.arange(32000)/16000, hz)
    assert np.median(np.abs(1200*np.log2(p.hz[10:-10, 0]/want[10:-10]))) < 10


@pytest.mark.parametrize("samples", [1, 100, 300, 3000])
@pytest.mark.parametrize("method", METHODS)
def test_short_clips_and_silence_are_unvoiced(samples, method):
    for x in (torch.zeros(samples), 1e-9*torch.ones(samples)):
        p = pitch(Audio(x, 16000), method=method)
        assert (p.hz == 0).all() and len(p.time_s) == 1 + -(-samples//256) and (p.confidence == 0).all()
    for sr in (8000, 16000, 44100): assert np.isfinite(np.asarray(pitch(Audio(tone(200, sr)[:samples], sr), method=method))).all()


@pytest.mark.parametrize("method", METHODS)
def test_noise_is_mostly_unvoiced(method):
    p = pitch(Audio(torch.randn(32000, generator=torch.Generator().manual_seed(0))*.1, 16000), method=method)
    assert (p.hz > 0).mean() < .2 and p.confidence.min() >= 0


@pytest.mark.parametrize("kw", [dict(lo_hz=200, hi_hz=260), dict(hop_s=.1), dict(hop_s=.5), dict(hop_s=.001), dict(lo_hz=50, hi_hz=60),
                                dict(lo_hz=20, hi_hz=24), dict(lo_hz=60, hi_hz=72, hop_s=.5), dict(hi_hz=2000)], ids=str)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("sr", [8000, 16000, 44100])
def test_everything_inside_the_stated_ranges_works(kw, method, sr):
    if method == "swift" and kw.get("lo_hz", 60) < 47: kw = {**kw, "lo_hz": 47, "hi_hz": 60}
    x = Audio(np.r_[tone(220., sr), np.zeros(sr)], sr)
    p = pitch(x, method=method, **kw)
    lo, hi, hop = kw.get("lo_hz", 60), kw.get("hi_hz", 1100), kw.get("hop_s", .016)
    assert p.hop_s == pytest.approx(hop, rel=.05) and p.time_s[-1] == pytest.approx(2, abs=hop)
    assert ((p.hz == 0) | ((p.hz > .97*lo) & (p.hz < 1.03*hi))).all() and not p.hz[p.time_s > 1.1 + hop].any()
    if lo < 220 < hi and hop < .05: assert np.median(p.hz[(p.time_s > .1) & (p.time_s < .9)]) == pytest.approx(220, rel=.01)


def test_the_level_does_not_matter_to_swift():
    pytest.importorskip("swift_f0")
    x = Audio(tone(220.), 16000)
    for gain in (1e-4, 20.): assert np.allclose(pitch(x*gain, method="swift").hz, pitch(x, method="swift").hz, rtol=1e-4)


def test_which_estimator_is_taken_and_said(monkeypatch, recwarn):
    pytest.importorskip("swift_f0")
    x = Audio(tone(220.), 16000)
    assert np.array_equal(pitch(x).hz, pitch(x, method="swift").hz) and not recwarn.list
    with pytest.warns(SepNotice, match="by pYIN.*46.875 to 2093.75 Hz only"): got = pitch(x, lo_hz=40)
    assert np.array_equal(got.hz, pitch(x, lo_hz=40, method="pyin").hz)
    fz._detector.cache_clear()
    monkeypatch.setitem(sys.modules, "swift_f0", None)
    with pytest.warns(SepNotice, match=r"by pYIN.*swift_f0 is not installed.*sep_toolkit\[onnx\]"): got = pitch(x)
    assert np.array_equal(got.hz, pitch(x, method="pyin").hz)
    with pytest.raises(SepError, match=r"sep_toolkit\[onnx\]"): pitch(x, method="swift")


def test_a_pitch_can_be_pickled_and_the_estimator_used_in_threads():
    x = Audio(tone(220.), 16000)
    with ThreadPoolExecutor(3) as pool: many = list(pool.map(lambda _: pitch(x).hz, range(4)))
    p = pickle.loads(pickle.dumps(pitch(x)))
    assert all(np.array_equal(m, p.hz) for m in many)


def test_solo_voice_against_hand_made_labels(mirror):
    pytest.importorskip("swift_f0")
    folder = mirror/"data"/"solo_voice"
    x = load(folder/"vocadito_1.flac").clip(0, 15)
    reference = np.loadtxt(folder/"vocadito_1_f0.csv", delimiter=",")
    reference = reference[reference[:, 0] < 15]
    r = evaluate(pitch(x), reference)
    print({k: round(v, 3) for k, v in r.items()})
    assert r["raw_pitch"] > .95 and r["overall"] > .95 and r["voicing_recall"] > .95


# -- several voices

def made(seed, n):
    s = scene("voices", seed=seed, n_stems=n, duration_s=4.)
    return s, multipitch(s.mix, n, names=s.stems.names)


@pytest.mark.parametrize(("n", "hit"), [(1, .85), (2, .75), (3, .65), (4, .6)])
def test_scenes(n, hit):
    r = [evaluate(p, s.f0) for s, p in (made(seed, n) for seed in (100, 101, 102))]
    assert np.mean([x["hit"] for x in r]) > hit and np.mean([x["precision"] for x in r]) > .75


def test_steady_chord_is_found_and_sorted():
    hz = (494., 329.6, 220., 146.8)
    x = sum(tone(f, seconds=2., partials=20) for f in hz)
    p = multipitch(Audio(x, 16000), 4, names=VOICES)
    assert p.names == VOICES and np.abs(1200*np.log2(np.median(p.hz[20:-20], axis=0)/hz)).max() < 20
    assert p.confidence[20:-20].mean() > .4


@pytest.mark.parametrize("samples", [1, 200, 2047, 4000])
@pytest.mark.parametrize("level", [0., .1])
def test_short_or_silent_mixtures(samples, level):
    p = multipitch(Audio(level*tone(220)[:samples], 16000), 3)
    assert p.hz.shape == (1 + -(-samples//256), 3) and np.isfinite(p.hz).all()
    if level == 0: assert (p.hz == 0).all() and (p.confidence == 0).all()


def test_level_rate_and_channels_do_not_matter():
    s = scene("voices", seed=7, n_stems=2, duration_s=2.)
    base = multipitch(s.mix, 2)
    for other in (s.mix*.003, Audio(s.mix.samples.expand(2, -1), s.mix.sr)): assert np.allclose(multipitch(other, 2).hz, base.hz, rtol=2e-3)
    high = evaluate(multipitch(s.mix.resample(44100), 2), base)
    assert high["hit"] > .95


def test_a_long_file_in_parts_is_the_same_as_in_one():
    x = torch.from_numpy(tone(200 + 50*np.sin(np.arange(320000)/20000), seconds=20.)).float()
    whole = torch.sigmoid(fz._network(fz.stacked_spectrum(x)))
    assert torch.allclose(fz.salience(Audio(x, 16000)), whole, atol=1e-5)


def test_ranges_are_kept():
    x = Audio(tone(440., seconds=1.) + tone(220., seconds=1.), 16000)
    p = multipitch(x, 2, ranges_hz=[(400, 500), (100, 300)])
    assert ((p.hz[:, 0] == 0) | ((p.hz[:, 0] > 395) & (p.hz[:, 0] < 505))).all() and (p.hz[:, 1] < 305).all()
    assert np.median(p.hz[5:-5, 1]) == pytest.approx(220, rel=.01)


def test_a_voice_that_leaves_is_unvoiced():
    low, high = tone(150., seconds=3., partials=20), tone(420., seconds=3., partials=15)
    high[24000:] = 0
    p = multipitch(Audio(low + high, 16000), 2)
    late = p.time_s > 1.8
    assert (p.hz[late, 0] == 0).mean() > .9 and np.median(p.hz[late, 1]) == pytest.approx(150, rel=.01)


def test_choices_fall_and_share_at_most_once():
    for m, S in ((3, 2), (4, 3), (6, 4)):
        rows = fz._choices(m, S)
        for r in rows:
            used = [j for j in r if j < m]
            assert used == sorted(used) and all(used.count(j) <= 2 for j in used)
        assert len(set(map(tuple, rows))) == len(rows) and (rows == m).all(1).sum() == 1
    assert len(fz._choices(3, 2)) == 1 + 3 + 3 + 6  # none; one of either voice; pairs, equal ones among them


def test_weights_are_those_on_the_card():
    data = (resources.files("sep_toolkit")/"weights"/"multipitch.safetensors").read_bytes()
    assert hashlib.sha256(data).hexdigest() == fz.card()["files"]["weights"]["sha256"] and len(data) < 400_000
    assert "CC BY" in fz.card()["licence"] and "singers 3 held out" in fz.card()["training_data"]


# -- the choir

def choir(mirror, q, at, seconds=4):
    folder = mirror/"data"/"choir"
    stems = Stems({v: load(folder/f"nino_dios_{v}_{q}.flac").clip(at, at + seconds) for v in VOICES})
    supplied = np.loadtxt(folder/f"nino_dios_quartet_{q}_multif0.csv", delimiter=",", skiprows=1)
    supplied = supplied[(supplied[:, 0] >= at) & (supplied[:, 0] < at + seconds)] - [at, 0, 0, 0, 0]
    supplied[:, 1:][supplied[:, 1:] < 30] = 0
    return stems, supplied


def si_sdr(est, ref):
    a = (est*ref).sum(-1, keepdim=True)/ref.square().sum(-1, keepdim=True)
    return float((10*torch.log10((a*ref).square().sum(-1)/(a*ref - est).square().sum(-1))).mean())


def comb(stems, f0):
    x = stems.mix.samples[None]
    return si_sdr(CombMask(f0, names=VOICES).forward(x, 16000)[0, :, 0], stems.tensor[:, 0])


def test_own_pitch_separates_nearly_as_well_as_the_supplied_table(mirror):
    "Six excerpts of quartet 3, whose singers were never trained on; against the table, and pYIN on the stems as the reference."
    own, supplied, scores = [], [], []
    for at in (16, 32, 48, 56, 72, 88):
        stems, given_ = choir(mirror, 3, at)
        p = multipitch(stems.mix, 4, names=VOICES)
        own.append(comb(stems, p))
        supplied.append(comb(stems, given_))
        reference = np.column_stack([p.time_s, *[regrid(pitch(stems[v], method="pyin"), p.time_s).hz for v in VOICES]])
        scores.append([[e[k] for k in ("precision", "recall", "accuracy")] for e in (evaluate(p, reference), evaluate(given_, reference))])
    print(f"comb mask: own {np.mean(own):.2f} dB, supplied {np.mean(supplied):.2f} dB; precision, recall, accuracy:",
          np.mean(scores, 0).round(3).tolist())
    assert np.mean(own) > np.mean(supplied) - 1
    assert np.mean(scores, 0)[0, 2] > np.mean(scores, 0)[1, 2] - .02


# -- how good

def test_measures_count_what_they_say():
    ref = table(np.full(100, 200.), np.full(100, 300.))
    swapped = ref[:, [0, 2, 1]]
    r = evaluate(swapped, ref)
    assert r["precision"] == r["recall"] == 1 and r["hit"] == 0 and r["wrong"] == 1
    half = ref.copy(); half[:50, 1] = 0
    r = evaluate(half, ref)
    assert r["precision"] == 1 and r["recall"] == .75 and r["hit"] == .75 and r["voicing_agrees"] == .75
    solo = evaluate(table(np.r_[np.full(50, 200.), np.full(50, 400.)]), table(np.full(100, 200.)))
    assert solo["raw_pitch"] == .5 and solo["raw_chroma"] == 1 and solo["voicing_recall"] == 1
    assert evaluate(table(np.full(100, 200*2**(30/1200))), table(np.full(100, 200.)))["median_cents"] == pytest.approx(30)


@pytest.mark.parametrize(("call", "says"), [
    (lambda: pitch(np.zeros(9)), "an Audio"),
    (lambda: pitch(Audio(torch.zeros(999), 16000), lo_hz=300, hi_hz=200), "hi_hz is 200"),
    (lambda: pitch(Audio(torch.zeros(999), 16000), method="crepe"), "one of swift, pyin"),
    (lambda: pitch(Audio(torch.zeros(999), 16000), method="swift", lo_hz=30), "from 46.875 to 2093.75 Hz"),
    (lambda: pitch(Audio(torch.zeros(999), 16000), name="a\n"), "name"),
    (lambda: multipitch(Audio(torch.zeros(999), 16000), 1, names=["x"*150]), "name"),
    (lambda: multipitch(Audio(torch.zeros(999), 16000), 1, names="a"), "1 different names"),
    (lambda: multipitch(np.zeros(9), 2), "an Audio"),
    (lambda: multipitch(Audio(torch.zeros(999), 16000), 0), "n_voices is 0"),
    (lambda: multipitch(Audio(torch.zeros(999), 16000), 7), "n_voices is 7"),
    (lambda: multipitch(Audio(torch.zeros(999), 16000), 2, names=["a"]), "2 different names"),
    (lambda: multipitch(Audio(torch.zeros(999), 16000), 2, names=["a", "a"]), "2 different names"),
    (lambda: multipitch(Audio(torch.zeros(999), 16000), 1, ranges_hz=[(300, 200)]), "ranges_hz"),
    (lambda: multipitch(Audio(torch.zeros(999), 16000), 1, ranges_hz="low"), "ranges_hz"),
    (lambda: evaluate(table([2e2, 2e2]), table([2e2, 2e2], [1e2, 1e2])), "2 voices"),
    (lambda: evaluate(table([2e2, 2e2]), table([2e2, 2e2]), cents="few"), "cents is 'few'"),
])
def test_bad_input(call, says):
    with pytest.raises(SepError) as e: call()
    assert says in str(e.value)
