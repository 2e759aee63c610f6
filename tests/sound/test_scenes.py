"""Scenes: exact sums, exact levels, known f0 that an independent tracker confirms, and the examples of the wheel."""
from importlib import resources
import hashlib
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sep_toolkit.sound import scenes
from sep_toolkit.sound.audio import Audio, Stems
from sep_toolkit.core import ParameterError
from sep_toolkit.sound.scenes import coloured_noise, COLOURS, example, example_f0, examples, mix, scene, SCENE_KINDS

FOLDER = Path(str(resources.files("sep_toolkit"))) / "examples"
CATALOGUE = json.loads((FOLDER / "catalogue.json").read_text())
ROOT = Path(__file__).resolve().parents[2]


def some_stems(seed=0, count=2, channels=1, n=4000, sr=8000, loudness=(1.,)):
    rng = np.random.default_rng(seed)
    level = [.1 * loudness[i % len(loudness)] for i in range(count)]
    return {f"s{i}": Audio(rng.standard_normal((channels, n)) * level[i], sr) for i in range(count)}


def measured_db(a, b):
    "Power ratio in double precision by an independent route."
    p, q = (np.sum(x.numpy().astype(np.float64) ** 2) for x in (a, b))
    return 10 * np.log10(p / q)


# ---------------------------------------------------------------- mix

@settings(max_examples=60, deadline=None)
@given(st.integers(0, 9999), st.integers(2, 5), st.integers(1, 3), st.floats(-120, 120),
       st.lists(st.floats(1e-3, 1e2), min_size=1, max_size=5))
def test_snr_is_exact_and_stems_sum_to_the_mixture(seed, count, channels, snr_db, loudness):
    given_stems = some_stems(seed, count, channels, loudness=loudness)
    before = {k: a.samples.clone() for k, a in given_stems.items()}
    total, stems = mix(given_stems, snr_db)
    names = list(stems)
    for name in names[1:]:
        assert abs(measured_db(stems[names[0]], stems[name]) - snr_db) < 1e-4
    assert torch.equal(stems[names[0]].samples, before[names[0]])
    assert torch.equal(stems.mix.samples, total.samples) and stems.residual.peak == 0
    added = sum(a.samples for a in stems.values())
    assert torch.equal(added, total.samples)
    assert all(torch.equal(given_stems[k].samples, x) for k, x in before.items()), "an input was changed"


def test_without_snr_the_stems_are_left_alone():
    given_stems = some_stems(count=3)
    total, stems = mix(given_stems)
    assert all(torch.equal(stems[k].samples, a.samples) for k, a in given_stems.items())
    assert torch.equal(total.samples, sum(a.samples for a in given_stems.values()))
    assert mix(Stems(given_stems))[0].peak == total.peak


def test_snr_by_name_leaves_the_others():
    given_stems = some_stems(count=3)
    _, stems = mix(given_stems, {"s2": -7})
    assert abs(measured_db(stems["s0"], stems["s2"]) + 7) < 1e-4
    assert torch.equal(stems["s1"].samples, given_stems["s1"].samples)


def test_snr_counts_the_whole_clip():
    "Half a clip of silence costs 3 dB: the level is not that of the loud part."
    x = np.random.default_rng(0).standard_normal(8000) * .1
    half = x.copy()
    half[4000:] = 0
    _, stems = mix({"a": Audio(x, 8000), "b": Audio(half, 8000)}, 0)
    ratio = np.mean(stems["b"].numpy()[0, :4000] ** 2) / np.mean(x ** 2)
    assert abs(10 * np.log10(ratio) - 3.01) < .2


@pytest.mark.parametrize("snr_db, words", [
    (np.nan, ("snr_db", "finite")), ("6", ("snr_db", "finite number")), (200, ("120",)), ({"s9": 3}, ("s9", "s1")),
    ({"s0": 3}, ("s0",)), ({"s1": np.inf}, ("s1", "finite"))])
def test_a_bad_snr_is_named(snr_db, words):
    with pytest.raises(ParameterError) as e:
        mix(some_stems(), snr_db)
    assert all(w in str(e.value) for w in words)


@pytest.mark.parametrize("stems, words", [
    ({}, ("stems",)), (None, ("stems",)), ([1, 2], ("stems",)), ({"a": np.zeros(8)}, ("a", "Audio")),
    ({"a": Audio(np.ones(8), 8000), "b": Audio(np.ones(8), 16000)}, ("8000", "16000")),
    ({"a": Audio(np.ones(8), 8000), "b": Audio(np.ones(9), 8000)}, ("8 samples", "9 samples")),
    ({"a": Audio(np.ones(8), 8000), "b": Audio(np.ones((2, 8)), 8000)}, ("channels",))])
def test_stems_that_do_not_belong_together_are_refused(stems, words):
    with pytest.raises(ParameterError) as e:
        mix(stems)
    assert all(w in str(e.value) for w in words)


@pytest.mark.parametrize("silent", ["s0", "s1"])
def test_a_silent_stem_has_no_snr(silent):
    stems = some_stems()
    stems[silent] = stems[silent] * 0.
    with pytest.raises(ParameterError, match=f"'{silent}' is silent"):
        mix(stems, 0)
    assert mix(stems)[0].n_samples == 4000


# ---------------------------------------------------------------- noise

@pytest.mark.parametrize("colour", [-2., -1., 0., 1., 2., 3., *COLOURS])
def test_the_slope_of_coloured_noise(colour):
    a = coloured_noise(colour, duration_s=30, seed=1)
    exponent = COLOURS.get(colour, colour)
    p = np.abs(np.fft.rfft(a.numpy()[0].astype(np.float64))) ** 2
    f = np.fft.rfftfreq(a.n_samples, 1 / a.sr)
    band = (f > 600) & (f < 7800)
    slope = np.polyfit(np.log(f[band]), np.log(p[band]), 1)[0]
    assert abs(slope + exponent) < .05
    assert abs(a.rms_db - scenes.NOISE_DB) < 1e-3 and abs(float(a.samples.double().mean())) < 1e-6


def test_noise_is_seeded():
    assert torch.equal(coloured_noise("pink", seed=4).samples, coloured_noise(1, seed=4).samples)
    assert not torch.equal(coloured_noise(seed=4).samples, coloured_noise(seed=5).samples)
    state = np.random.get_state()[1].copy(), torch.get_rng_state()
    coloured_noise(), scene()
    assert np.array_equal(np.random.get_state()[1], state[0]) and torch.equal(torch.get_rng_state(), state[1])


@pytest.mark.parametrize("bad", [dict(colour="grey"), dict(colour=9), dict(duration_s=0), dict(duration_s=np.nan),
                                 dict(sr=3), dict(seed=-1), dict(seed=.5)])
def test_bad_noise(bad):
    with pytest.raises(ParameterError, match=next(iter(bad))):
        coloured_noise(**bad)


# ---------------------------------------------------------------- scenes

@pytest.mark.parametrize("kind", SCENE_KINDS)
@pytest.mark.parametrize("seed, sr, duration_s", [(0, 16000, 2.), (1, 44100, 1.3), (2, 8000, 1.)])
def test_the_laws_of_every_scene(kind, seed, sr, duration_s):
    s = scene(kind, seed=seed, sr=sr, duration_s=duration_s)
    assert s.stems.residual.peak == 0 and s.stems.mix is s.mix
    assert s.mix.n_samples == round(duration_s * sr) and s.mix.sr == sr and s.mix.peak < 1
    assert s.f0.shape[1] == 1 + len(s.stems) and np.all(np.diff(s.f0[:, 0]) > 0) and s.f0[-1, 0] < duration_s
    assert np.isfinite(s.f0).all() and (s.f0 >= 0).all()
    for dims, array in s.envelopes.values():
        assert array.shape[:2] == (len(s.stems), len(s.f0)) and len(dims) == array.ndim
        with pytest.raises(ValueError):
            array[:] = 0
    again = scene(kind, seed=seed, sr=sr, duration_s=duration_s)
    assert all(torch.equal(s.stems[k].samples, again.stems[k].samples) for k in s.stems)
    assert np.array_equal(s.f0, again.f0) and s.parameters == again.parameters
    assert not torch.equal(s.mix.samples, scene(kind, seed=seed + 1, sr=sr, duration_s=duration_s).mix.samples)


@pytest.mark.parametrize("kind, seed, n_stems", [("voices", 0, 4), ("voices", 5, 4), ("tones", 1, 4),
                                                 ("drums", 2, None), ("noise", 3, None)])
def test_an_independent_tracker_finds_the_known_f0(kind, seed, n_stems):
    import librosa
    s = scene(kind, seed=seed, duration_s=3, n_stems=n_stems)
    for i, (name, a) in enumerate(s.stems.items(), 1):
        known = s.f0[:, i]
        if not (known > 0).any():
            continue
        low = known[known > 0].min()
        found, _, _ = librosa.pyin(a.numpy()[0], fmin=max(.7 * low, 55), fmax=1.4 * known.max(), sr=a.sr,
                                   frame_length=1024 if low > 130 else 2048, hop_length=160)
        m = min(len(found), len(known))
        both = (known[:m] > 0) & np.isfinite(found[:m])
        assert both.sum() > .9 * (known > 0).sum(), name
        off = np.abs(found[:m][both] / known[:m][both] - 1)
        assert np.median(off) < .01 and np.mean(off < .03) > .95, name


def test_harmonics_have_the_amplitudes_of_the_envelope():
    "A steady tone: every harmonic's amplitude is the envelope at its frequency, nothing above half the rate."
    sr, f0 = 16000, 250.
    n = sr
    formants = np.array(scenes.VOWELS_HZ["a"], float)
    x = scenes.harmonics(np.full(n, f0), np.ones(n), lambda f, at: scenes.vocal_tract(f, formants), sr)
    spectrum = np.abs(np.fft.rfft(x)) / (n / 2)
    k = np.arange(1, 30)
    assert np.allclose(spectrum[(k * f0).astype(int)], scenes.vocal_tract(k * f0, formants), rtol=1e-6)
    assert spectrum[int(.48 * sr):].max() < 1e-6
    assert abs(scenes.vocal_tract(np.zeros(1), formants)[0] - 1) < 1e-12


def test_the_sound_stops_where_the_gain_is_zero():
    s = scene("voices", seed=1, n_stems=2, duration_s=3)
    time, gain = s.f0[:, 0], s.envelopes["gain"][1]
    for i, (name, a) in enumerate(s.stems.items()):
        off = np.flatnonzero((gain[i] == 0) & (s.f0[:, 1 + i] == 0))
        inner = [k for k in off if k - 1 in off and k + 1 in off]
        assert inner, "no rest in this scene: choose another seed"
        at = np.round(time[inner] * a.sr).astype(int)
        assert np.abs(a.numpy()[0, at]).max() < 1e-6, name


def test_gain_follows_the_snr():
    loud, quiet = scene("noise", seed=1, snr_db=0), scene("noise", seed=1, snr_db=20)
    assert abs(measured_db(quiet.stems["voice"], quiet.stems["noise"]) - 20) < 1e-4
    ratio = loud.envelopes["gain"][1][1] / quiet.envelopes["gain"][1][1]
    assert np.allclose(ratio, 10, rtol=1e-3)


def test_drum_onsets_are_where_the_sound_starts():
    s = scene("drums", seed=0, duration_s=3)
    for drum in ("kick", "snare", "hat"):
        x = np.abs(s.stems[drum].numpy()[0])
        for t in s.parameters[drum]["onsets_s"]:
            a = round(t * s.mix.sr)
            assert x[a:a + 200].max() > 3 * x[max(a - 20, 0):a].max(initial=0), (drum, t)


def test_scene_as_a_dataset():
    d = scene("voices", n_stems=3, duration_s=1).dataset()
    assert dict(d.sizes) == {"time": 100, "stem": 3, "formant": 5}
    assert list(d.stem.values) == ["soprano", "tenor", "bass"] and set(d.data_vars) == {"f0_hz", "gain", "formants_hz"}


@pytest.mark.parametrize("bad", [dict(kind="choir"), dict(kind=None), dict(seed=-1), dict(duration_s=.9),
                                 dict(duration_s=1e6), dict(sr=4000), dict(n_stems=0), dict(n_stems=5),
                                 dict(snr_db="loud")])
def test_bad_scenes(bad):
    with pytest.raises(ParameterError, match=next(iter(bad))):
        scene(**bad)


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(list(SCENE_KINDS)), st.integers(0, 2 ** 31), st.floats(1, 2), st.sampled_from([8000, 11025, 22050]),
       st.one_of(st.none(), st.floats(-30, 30)))
def test_any_scene_sums(kind, seed, duration_s, sr, snr_db):
    s = scene(kind, seed=seed, duration_s=duration_s, sr=sr, snr_db=snr_db)
    assert s.stems.residual.peak == 0
    names = list(s.stems)
    if snr_db is not None:
        assert all(abs(measured_db(s.stems[names[0]], s.stems[n]) - snr_db) < 1e-4 for n in names[1:])


# ---------------------------------------------------------------- the examples in the wheel

@pytest.mark.parametrize("name", CATALOGUE)
def test_an_example_is_what_its_catalogue_says(name):
    entry = CATALOGUE[name]
    mixture, stems = example(name)
    assert list(stems) == list(entry["stems"]) and mixture.sr == entry["sr"] and mixture.channels == entry["channels"]
    assert abs(mixture.duration - entry["seconds"]) < 1e-3
    assert stems.residual.peak == 0 and torch.equal(sum(a.samples for a in stems.values()), mixture.samples)
    assert -6 < 20 * np.log10(mixture.peak) < -3
    for stem, info in entry["stems"].items():
        data = (FOLDER / info["file"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == info["sha256"] and len(data) == info["bytes"]
        assert sf.info(io.BytesIO(data)).subtype == "PCM_16"
        assert -40 < stems[stem].rms_db < -15 and stems[stem].peak < 1
        assert torch.equal(stems[stem].samples * 32768, (stems[stem].samples * 32768).round()), "16-bit values, exactly"


def test_all_examples_fit_in_the_wheel_and_nothing_else_is_there():
    files = {i["file"] for e in CATALOGUE.values() for i in e["stems"].values()}
    assert {p.name for p in FOLDER.iterdir()} == files | {"catalogue.json", "LICENSES.md", "runs"}
    assert {p.name for p in (FOLDER/"runs").iterdir()} == {"blend.zip", "trajectory.zip", "fit.zip"}
    assert sum(p.stat().st_size for p in FOLDER.rglob("*") if p.is_file()) < 9e6
    table = examples()
    assert list(table.index) == list(CATALOGUE) and table.kB.sum() < 8000
    assert table.licence.str.len().min() > 5 and {"stems", "seconds", "sr", "description"} <= set(table)
    assert "Frank Wen" in (FOLDER / "LICENSES.md").read_text()


def test_levels_that_the_catalogue_promises():
    for name, expected in (("speech_noise", 5), ("speech_drums", 3), ("speakers", 0)):
        stems = list(example(name)[1].values())
        assert abs(measured_db(*stems) - expected) < .1, name


SCORED = [(n, s) for n, e in CATALOGUE.items() for s, i in e["stems"].items() if "notes" in i]


@pytest.mark.parametrize("name, stem", SCORED)
def test_the_sound_follows_the_score(name, stem):
    import librosa
    _, stems = example(name)
    table = example_f0(name)
    a, known = stems[stem].mono(), table[:, 1 + list(stems).index(stem)]
    notes = CATALOGUE[name]["stems"][stem]["notes"]
    steady = np.zeros(len(known), bool)
    for start, stop, _ in notes:
        steady |= (table[:, 0] > start + .1) & (table[:, 0] < stop - .03)
    low = known[known > 0].min()
    found, _, _ = librosa.pyin(a.numpy()[0], fmin=.8 * low, fmax=1.25 * known.max(), sr=a.sr, hop_length=a.sr // 100,
                               frame_length=2048 if a.sr < 20000 else 4096)
    m = min(len(found), len(known))
    both = (steady & (known > 0))[:m] & np.isfinite(found[:m])
    assert both.sum() > .9 * steady.sum()
    off = found[:m][both] / known[:m][both] - 1
    assert abs(np.median(off)) < .01 and np.mean(np.abs(off) < .03) > .95


def test_names_that_are_not_there():
    with pytest.raises(ParameterError, match="quartet"):
        example("quintet")
    with pytest.raises(ParameterError, match="name"):
        example_f0("speech_noise")
    with pytest.raises(ParameterError, match="hop_s"):
        example_f0("quartet", 0)


def test_the_scores_alone_make_the_same_notes(tmp_path):
    "The script's scores are those of the catalogue, and a MIDI file it writes is well formed."
    code = ("import sys; sys.path.insert(0, 'scripts'); import render_examples as r, json; "
            "n = r.line(r.QUARTET['bass'], 72); b = r.midi(n, 53); "
            "print(json.dumps([[[round(a, 4), round(b, 4), q] for a, b, q, _ in n], b.hex()]))")
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    notes, data = json.loads(done.stdout)
    assert notes == CATALOGUE["quartet"]["stems"]["bass"]["notes"]
    data = bytes.fromhex(data)
    assert data[:4] == b"MThd" and data[14:18] == b"MTrk" and int.from_bytes(data[18:22], "big") == len(data) - 22
    assert data.endswith(b"\xff\x2f\x00")
