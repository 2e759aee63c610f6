"""Audio, Stems, load and save: laws, and every kind of bad input."""
import io
import os
import signal
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sep_toolkit import core
from sep_toolkit.sound.audio import Audio, check_same, resample, Stems
from sep_toolkit.sound.files import file_name, load, save
from sep_toolkit.sound.registry import fetch
from sep_toolkit.core import DataError, ParameterError, SepNotice

SR = 8000
signals = arrays(np.float32, st.tuples(st.integers(1, 3), st.integers(1, 200)), elements=st.floats(-4, 4, width=32))


def tone(f=440, seconds=0.5, sr=SR, gain=0.3): return Audio(gain*np.sin(2*np.pi*f*np.arange(int(seconds*sr))/sr), sr)


# --- Audio

@pytest.mark.parametrize("samples, word", [
    ([], "at least one sample"), (np.zeros((0, 5)), "channels"), (np.zeros((2, 0)), "at least one sample"),
    (np.zeros(3, np.int16), "floating-point"), (np.zeros(3, complex), "floating-point"), (np.zeros(3, bool), "floating-point"),
    (np.zeros((1, 1, 3)), "shape"), (np.float64(0.5), "shape"), ([0., np.nan], "not finite"), ([np.inf, 0.], "not finite"),
    (np.zeros((100, 2)), "Transpose"), ("hello", "floating|array"), (None, "floating|array"), ([[0.1], [0.1, 0.2]], "array"),
])
def test_bad_samples_are_named(samples, word):
    with pytest.raises(ParameterError, match=f"samples.*({word})"): Audio(samples, SR)


@pytest.mark.parametrize("sr", [None, 0, -1, 44.1, "16k", float("nan"), 10**9])
def test_bad_rates_are_named(sr):
    with pytest.raises(ParameterError, match="sr is"): Audio([0.1], sr)


@given(signals)
def test_audio_keeps_samples_and_shares_nothing(x):
    before = x.copy()
    a = Audio(x, SR)
    assert np.array_equal(a.numpy(), before)
    x[:] = 9
    assert np.array_equal(a.numpy(), before)
    a.numpy()[:] = 7
    assert np.array_equal(a.numpy(), before)


def test_audio_is_frozen():
    with pytest.raises(AttributeError): tone().sr = 3


def test_arithmetic_insists_on_like_signals():
    a = tone()
    assert torch.allclose((a*2 - a - a).samples, torch.zeros(1, a.n_samples), atol=1e-7)
    for other, word in ((tone(sr=16000), "Hz"), (tone(seconds=0.2), "samples"), (Audio(np.zeros((2, a.n_samples)), SR), "channels")):
        with pytest.raises(ParameterError, match=word): a + other
    with pytest.raises(TypeError): a + 1


@given(st.sampled_from([8000, 11025, 16000, 22050, 44100, 48000]), st.sampled_from([8000, 16000, 44100, 48000]))
@settings(deadline=None, max_examples=20)
def test_resampling_keeps_level_pitch_and_length(sr, new):
    a = tone(440, 0.5, sr)
    b = a.resample(new)
    assert abs(b.n_samples - a.n_samples*new/sr) < 1 + 1e-9 and b.sr == new
    assert abs(b.clip(0.1, 0.4).rms_db - a.clip(0.1, 0.4).rms_db) < 0.05
    peak = np.argmax(np.abs(np.fft.rfft(b.numpy()[0])))*new/b.n_samples
    assert abs(peak - 440) < 3


def test_clip_and_mono():
    a = Audio(np.stack([np.arange(10.), np.zeros(10)])/10, 100)
    assert a.clip(0.02, 0.05).numpy()[0].tolist() == pytest.approx([0.2, 0.3, 0.4])
    assert a.mono().numpy()[0, 4] == pytest.approx(0.2)
    for bad in ((0.5, 0.2), (-1, 2), (0.2, 0.2), (99, None)):
        with pytest.raises(ParameterError): a.clip(*bad)


# --- Stems

@given(signals, signals)
def test_residual_is_mixture_minus_sum(x, y):
    n, c = min(x.shape[1], y.shape[1]), min(x.shape[0], y.shape[0])
    a, b = Audio(x[:c, :n], SR), Audio(y[:c, :n], SR)
    mix = a + b*0.5
    s = Stems({"a": a, "b": b}, mix=mix)
    assert torch.allclose(s.residual.samples, mix.samples - a.samples - b.samples, atol=1e-6)
    assert Stems({"a": a, "b": b}).residual.peak <= 1e-6
    assert torch.equal(s["a"].samples, a.samples) and s.names == ("a", "b") and len(s) == 2


@pytest.mark.parametrize("make", [
    lambda: Stems({}), lambda: Stems([tone()]), lambda: Stems({"a": np.zeros(3)}), lambda: Stems({"": tone()}),
    lambda: Stems({"a\n": tone()}), lambda: Stems({3: tone()}), lambda: Stems({"x"*101: tone()}),
    lambda: Stems({"a": tone(), "b": tone(sr=16000)}), lambda: Stems({"a": tone(), "b": tone(seconds=0.1)}),
    lambda: Stems({"a": tone()}, mix=tone(seconds=0.1)), lambda: Stems({"a": tone()}, mix=3),
])
def test_bad_stems(make):
    with pytest.raises(ParameterError): make()


def test_stems_views():
    s = Stems({"a": tone(), "b": tone(880)})
    assert s.tensor.shape == (2, 1, 4000) and s.rename({"a": "z"}).names == ("z", "b")
    assert s.clip(0, 0.1).n_samples == 800 and s.resample(16000).mix.sr == 16000
    with pytest.raises(KeyError, match="there are a, b"): s["c"]
    s.tensor.zero_()
    assert s["a"].peak > 0.2


# --- load and save

@given(x=signals, suffix=st.sampled_from([".wav", ".flac"]))
@settings(deadline=None, max_examples=25)
def test_save_then_load_gives_the_same(x, suffix):
    a = Audio(x if suffix == ".wav" else np.clip(x, -1, 1), 16000)
    with tempfile.TemporaryDirectory() as d:
        b = load(save(a, Path(d)/f"x{suffix}"))
    assert b.sr == 16000 and b.samples.shape == a.samples.shape
    assert torch.allclose(a.samples, b.samples, atol=0 if suffix == ".wav" else 2**-22)


def test_load_takes_arrays_bytes_paths_and_says_resampling(tmp_path):
    p = save(tone(), tmp_path/"t.wav")
    assert load(str(p)).n_samples == load(p.read_bytes()).n_samples == load(tone()).n_samples == 4000
    assert load(np.zeros(10), sr=SR).sr == SR
    with pytest.warns(SepNotice, match="resampled from 8000 Hz to 16000 Hz"): assert load(p, sr=16000).n_samples == 8000
    with pytest.raises(ParameterError, match="sr"): load(np.zeros(10))


def test_missing_empty_folder_and_mislabelled_files(tmp_path):
    (tmp_path/"empty.wav").touch()
    (tmp_path/"text.wav").write_text("this is no sound "*100)
    (tmp_path/"pickle.flac").write_bytes(b"\x80\x04\x95" + bytes(300))
    for name, word in (("none.wav", "no such file"), ("empty.wav", "is empty"), ("text.wav", "cannot be read"),
                       ("pickle.flac", "cannot be read"), ("", "folder")):
        with pytest.raises(DataError, match=word): load(tmp_path/name)
    with pytest.raises(DataError, match="is empty"): load(b"")
    with pytest.raises(ParameterError, match="source"): load(object())


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
@pytest.mark.parametrize("share", [0.9, 0.5, 0.02])
def test_truncated_files(tmp_path, suffix, share):
    rng = np.random.default_rng(0)
    p = save(Audio(rng.uniform(-0.5, 0.5, 40000), SR), tmp_path/f"x{suffix}")
    data = p.read_bytes()
    p.write_bytes(data[:int(len(data)*share)])
    with pytest.raises(DataError, match="truncated|cannot be read"): load(p)


def test_a_header_that_promises_gigabytes(tmp_path):
    n = 4_000_000_000
    fmt = struct.pack("<IHHIIHH", 16, 1, 1, SR, SR*2, 2, 16)
    head = b"RIFF" + struct.pack("<I", n) + b"WAVEfmt " + fmt + b"data" + struct.pack("<I", n - 36)
    with pytest.raises(DataError, match="promises"): load(head + bytes(100))
    flac = bytearray((save(tone(), tmp_path/"x.flac")).read_bytes())
    flac[21] |= 0x0F  # the four high bits of the number of samples
    flac[22:26] = b"\xff\xff\xff\xfe"  # all bits set would mean that the number is unknown
    with pytest.warns(SepNotice, match="promises 68719476734 samples, and its frames contain"):
        assert load(bytes(flac)).n_samples == tone().n_samples
    with pytest.raises(DataError, match="promises"): load(bytes(flac[:-1000]))


def test_nan_in_a_file(tmp_path):
    sf.write(tmp_path/"n.wav", np.array([0.1, np.nan, 0.2], np.float32), SR, subtype="FLOAT")
    with pytest.raises(DataError, match="not finite"): load(tmp_path/"n.wav")


@given(st.binary(max_size=400))
@settings(deadline=None)
def test_load_of_any_bytes_is_audio_or_a_data_error(data):
    try: assert load(data).n_samples > 0
    except DataError: pass


@given(st.data())
@settings(deadline=None, max_examples=60)
def test_load_of_a_damaged_file_is_audio_or_a_data_error(data):
    buffer = io.BytesIO()
    sf.write(buffer, np.linspace(-0.5, 0.5, 500), SR, format=data.draw(st.sampled_from(["WAV", "FLAC", "OGG"])))
    raw = bytearray(buffer.getvalue())
    for _ in range(data.draw(st.integers(1, 6))): raw[data.draw(st.integers(0, min(len(raw) - 1, 200)))] = data.draw(st.integers(0, 255))
    try: load(bytes(raw))
    except (DataError, ParameterError): pass


def test_save_refuses_and_leaves_the_old_file(tmp_path):
    p = save(tone(), tmp_path/"x.flac")
    before = p.read_bytes()
    with pytest.raises(DataError, match="FLAC holds at most 1"): save(tone(gain=3), p)
    assert p.read_bytes() == before and os.listdir(tmp_path) == ["x.flac"]
    with pytest.raises(ParameterError, match=r"\.wav, \.flac"): save(tone(), tmp_path/"x.aac")
    with pytest.raises(DataError, match="folder that exists"): save(tone(), tmp_path/"no"/"x.wav")
    with pytest.raises(ParameterError, match="an Audio or Stems"): save(np.zeros(3), tmp_path/"x.wav")


@pytest.mark.parametrize("name", ["../evil", "a/b", "a\\b", "..", ".hidden", "mix", "residual", "<script>", "a:b", "x."])
def test_stem_names_that_could_leave_the_folder(tmp_path, name):
    with pytest.raises(ParameterError, match="stem name"): save(Stems({name: tone()}), tmp_path/"out")
    assert not (tmp_path/"out").exists() and os.listdir(tmp_path) == []


def test_stems_to_a_folder_and_again(tmp_path):
    s = Stems({"a b": tone(), "c": tone(880)})
    for _ in range(2): save(s, tmp_path/"out")
    assert sorted(os.listdir(tmp_path/"out")) == [".stems.json", "a b.wav", "c.wav", "mix.wav"] and os.listdir(tmp_path) == ["out"]
    assert torch.equal(load(tmp_path/"out"/"c.wav").samples, s["c"].samples)
    (tmp_path/"file").touch()
    with pytest.raises(DataError, match="folder"): save(s, tmp_path/"file")


def test_unwritable_folder(tmp_path, monkeypatch):
    p = save(tone(), tmp_path/"x.wav")
    def refused(*a, **k): raise PermissionError(13, "Permission denied")
    monkeypatch.setattr(os, "open", refused)
    monkeypatch.setattr(os, "mkdir", refused)
    with pytest.raises(DataError, match="cannot write to .*Permission denied"): save(tone(880), p)
    with pytest.raises(DataError, match="cannot write to .*Permission denied"): save(Stems({"a": tone()}), tmp_path/"out")
    monkeypatch.undo()
    assert torch.equal(load(p).samples, tone().samples) and os.listdir(tmp_path) == ["x.wav"]


def test_full_disk(tmp_path, monkeypatch):
    p = save(tone(), tmp_path/"x.wav")
    before = p.read_bytes()
    def full(*a, **k): raise OSError(28, "No space left on device")
    monkeypatch.setattr(sf.SoundFile, "write", full)
    with pytest.raises(DataError, match="No space left"): save(tone(880), p)
    with pytest.raises(DataError, match="No space left"): save(Stems({"a": tone()}), tmp_path/"out")
    assert p.read_bytes() == before and os.listdir(tmp_path) == ["x.wav"]


def test_tensors_clips_and_mappings_are_copies():
    x = torch.ones(1, 1000)
    a = Audio(x, 8000)
    part = a.clip(0, 0.05)
    x *= 2
    part.samples.mul_(3)
    assert float(a.samples.max()) == 1 and float(part.samples.max()) == 3
    stems_of = {"a": a}
    stems = Stems(stems_of)
    stems_of["b"] = a
    assert stems.names == ("a",)


# --- arrays and conventions

def test_an_audio_is_an_array_to_numpy_scipy_and_torch():
    import scipy.signal
    a = Audio(np.stack([np.sin(np.arange(3000)*.1), np.cos(np.arange(3000)*.1)]), SR)
    x = np.asarray(a)
    assert x.shape == (2, 3000) and x.dtype == np.float32 and np.array_equal(x, a.numpy())
    assert np.asarray(a, dtype=np.float64).dtype == np.float64
    x[:] = 0
    assert a.peak > .9, "it is a copy"
    with pytest.raises(ValueError, match="copied"): np.array(a, copy=False)
    assert np.array_equal(np.abs(a), np.abs(a.numpy()))
    assert scipy.signal.stft(a, nperseg=256)[2].shape[0] == 2
    assert np.array_equal(torch.abs(a), np.abs(a.numpy())) and torch.stack([a, a]).shape == (2, 2, 3000)
    assert torch.stft(a, 256, window=torch.hann_window(256), return_complex=True).shape[:2] == (2, 129)
    torch.relu_(a)
    assert float(a.samples.min()) < -.9, "what works in place works on a copy"


def test_an_audio_stays_one_beside_the_numbers_of_numpy():
    a = tone()
    for twice in (np.float64(2)*a, a*np.float32(2), 2*a, np.int64(2)*a):
        assert isinstance(twice, Audio) and torch.equal(twice.samples, a.samples*2)
    with pytest.raises(TypeError): a + np.ones(a.n_samples)
    with pytest.raises(TypeError): np.ones((1, a.n_samples)) + a


@pytest.mark.parametrize("make", [
    lambda: tone()*1e39, lambda: tone()*1e38*1e38, lambda: -3e39*tone(), lambda: Audio([3e38], SR) + Audio([3e38], SR),
    lambda: Audio([-3e38], SR) - Audio([3e38], SR), lambda: Audio([[3e38], [3e38]], SR).mono()])
def test_no_arithmetic_gives_infinite_samples(make):
    with pytest.raises(ParameterError, match="32-bit samples"): make()


def test_very_large_samples_are_still_samples():
    assert (Audio([1e38, -1e38], SR)*2).peak == pytest.approx(2e38)
    assert load(io.BytesIO(wav_bytes(np.full(50, 2e38)))).peak == pytest.approx(2e38)


def wav_bytes(x):
    file = io.BytesIO()
    sf.write(file, np.asarray(x, np.float32), SR, format="WAV", subtype="FLOAT")
    return file.getvalue()


def test_load_mixes_down_when_asked(tmp_path):
    x = np.random.default_rng(0).uniform(-1, 1, (2, 4000))
    p = save(Audio(x, SR), tmp_path/"x.wav")
    assert load(p).channels == 2
    for how in (dict(), dict(sr=SR)):
        for source in (p, p.read_bytes(), Audio(x, SR)):
            one = load(source, mono=True, **how)
            assert one.samples.shape == (1, 4000) and np.abs(one.numpy()[0] - x.mean(0)).max() < 1e-6
    assert load(x, sr=SR, mono=True).channels == 1
    with pytest.warns(SepNotice): low = load(p, sr=4000, mono=True)
    assert torch.allclose(low.samples, Audio(x, SR).mono().resample(4000).samples)


# --- resampling

@pytest.mark.parametrize("sr, new", [(44100, 16000), (48000, 44100), (44100, 22050), (16000, 8000), (48000, 16000)])
def test_what_would_alias_is_120_db_down(sr, new):
    t = np.arange(2*sr)/sr
    for factor in (1.02, 1.05, 1.1, 1.25, 1.9):
        if factor*new >= sr: continue
        y = Audio(np.sin(np.pi*factor*new*t), sr).resample(new).clip(.5, 1.5)
        assert y.rms_db < -120 - 3, f"{factor} times the Nyquist frequency"
    assert abs(Audio(np.sin(np.pi*.85*new*t), sr).resample(new).clip(.5, 1.5).rms_db + 3.0103) < .01


@given(st.integers(1, 3000), st.sampled_from([100, 7350, 8000, 16000, 22050, 44100, 48000, 44101, 768000]),
       st.sampled_from([100, 8000, 11025, 16000, 44100, 48000, 767999]), st.integers(1, 3))
@settings(deadline=None, max_examples=60)
def test_the_length_after_resampling(n, sr, new, channels):
    if n*new/sr > 1e6: return
    a = Audio(np.ones((channels, n)), sr)
    b = a.resample(new)
    assert b.samples.shape == (channels, -(-n*new//sr)) and a.peak == 1 and b.samples.is_contiguous()


def test_resampling_up_and_down_again_keeps_the_place_of_every_sample():
    x = np.sin(2*np.pi*440*np.arange(8000)/8000)*np.hanning(8000)
    for sr in (16000, 11025, 44100):
        assert np.abs(Audio(x, 8000).resample(sr).resample(8000).numpy()[0, :8000] - x).max() < 1e-4
    both = Audio(np.stack([x, 0*x]), 8000).resample(11025)
    assert torch.equal(both.samples[0], Audio(x, 8000).resample(11025).samples[0]) and float(both.samples[1].abs().max()) == 0


# --- stems in a folder

def pair(**gains): return Stems({n: tone()*g for n, g in gains.items()})


def test_stale_stems_go_and_everything_else_stays(tmp_path):
    out = tmp_path/"out"
    save(pair(a=1, b=.5, c=.25), out)
    (out/"notes.txt").write_text("mine")
    (out/"takes").mkdir()
    (out/"takes"/"one.wav").write_bytes(b"mine")
    (out/"c.wav").write_bytes(b"edited by hand")
    (out/"b.wav").rename(out/"kept.wav")
    os.symlink("notes.txt", out/"link")
    save(pair(a=2), out)
    assert sorted(os.listdir(out)) == [".stems.json", "a.wav", "c.wav", "kept.wav", "link", "mix.wav", "notes.txt", "takes"]
    assert load(out/"a.wav").peak == pytest.approx(tone().peak*2) and (out/"takes"/"one.wav").read_bytes() == b"mine"
    assert (out/"c.wav").read_bytes() == b"edited by hand" and os.readlink(out/"link") == "notes.txt"
    save(pair(x=1), out, fmt="flac")
    assert [n for n in sorted(os.listdir(out)) if n.endswith(("wav", "flac"))] == ["c.wav", "kept.wav", "mix.flac", "x.flac"]
    assert os.listdir(tmp_path) == ["out"]


def test_a_list_of_stems_that_was_tampered_with_removes_nothing_outside(tmp_path):
    out = tmp_path/"out"
    save(pair(a=1), out)
    for text in ('{"../secret.wav": [1, 2]}', '[1]', '{"secret": 3}', "{", '{"a.wav": [0, 0]}', "\0"):
        (tmp_path/"secret.wav").write_bytes(b"x")
        (out/".stems.json").write_text(text)
        save(pair(b=1), out)
        assert (tmp_path/"secret.wav").exists() and (out/"b.wav").exists()


@pytest.mark.parametrize("step", ["swap", "two steps"])
def test_a_folder_is_all_old_or_all_new_when_killed(tmp_path, step, monkeypatch):
    "Killed at every call to the system that names a file, one after the other."
    if not hasattr(os, "fork"): pytest.skip("needs os.fork")
    out = tmp_path/"out"
    new = Stems({n: Audio(np.full(100, 2/4), 8000) for n in ("a", "new")})
    if step == "two steps": monkeypatch.setattr(core, "_swap", lambda a, b: False)

    def save_until(stop):
        "In a process of its own, which ends itself at the call of that number; returns how it ended."
        calls = [0]
        def count(event, args):
            if event.split(".")[0] not in ("os", "shutil", "open"): return
            calls[0] += 1
            if calls[0] == stop: os.kill(os.getpid(), signal.SIGKILL)
        if child := os.fork(): return os.waitpid(child, 0)[1]
        sys.addaudithook(count)
        try: save(new, out)
        finally: os._exit(0)

    old = Stems({n: Audio(np.full(100, 1/4), 8000) for n in ("a", "old")})
    for stop in range(1, 200):
        save(old, out)
        (out/"mine.txt").write_text("mine")
        ended = save_until(stop)
        if not out.exists():
            assert step == "two steps"
            core._bring_back(out)  # as the next save to this folder does before anything else
        names = {n: load(out/n).peak for n in os.listdir(out) if n.endswith(".wav")}
        assert names in ({"a.wav": .25, "old.wav": .25, "mix.wav": .5}, {"a.wav": .5, "new.wav": .5, "mix.wav": 1}), (stop, names)
        assert (out/"mine.txt").read_text() == "mine"
        if ended == 0: break
    else: raise AssertionError("it was never left to end")
    assert stop > 8
    save(old, out)
    assert [n for n in os.listdir(tmp_path) if n.startswith((".part-", ".old-"))] == [], "the next save sweeps what was left"


def test_a_folder_keeps_its_rights_its_place_and_its_link(tmp_path):
    out = tmp_path/"real"
    save(pair(a=1), out)
    os.chmod(out, 0o750)
    os.chmod(out/"a.wav", 0o600)
    os.symlink("real", tmp_path/"link")
    save(pair(a=2), tmp_path/"link")
    assert (tmp_path/"link").is_symlink() and out.stat().st_mode & 0o777 == 0o750 and (out/"a.wav").stat().st_mode & 0o777 == 0o600
    assert load(out/"a.wav").peak == pytest.approx(2*tone().peak)


def test_the_folder_one_works_in_stays_the_folder(tmp_path, monkeypatch):
    out = tmp_path/"out"
    save(pair(a=1, b=1), out)
    monkeypatch.chdir(out)
    before = os.stat(".").st_ino
    save(pair(a=2), ".")
    assert os.stat(out).st_ino == before and sorted(os.listdir(".")) == [".stems.json", "a.wav", "mix.wav"]
    assert load("a.wav").peak == pytest.approx(2*tone().peak)


@pytest.mark.parametrize("make, words", [
    (lambda d: save(pair(a=1), d/"x", fmt=None), "fmt"), (lambda d: save(pair(a=1), d/"x", fmt=3), "fmt"),
    (lambda d: save(pair(a=1), d/"x", fmt="aac"), "fmt.*wav, flac"), (lambda d: save(pair(a=1), d/"x", fmt=np.zeros(3)), "fmt"),
    (lambda d: save(tone(), None), "path"), (lambda d: save(tone(), 3), "path"), (lambda d: save(tone(), d/"a\0.wav"), "path.*zero"),
    (lambda d: save(tone(), d/("x"*300 + ".wav")), "path.*255 bytes"), (lambda d: save(pair(a=1), d/("x"*300)), "path.*255 bytes"),
    (lambda d: save(Stems({"ä"*99: tone()}), d/"x"), "stem name.*200 bytes"),
    (lambda d: save(Stems({"a": tone(), "A": tone()}), d/"x"), "upper and lower case"),
    (lambda d: file_name(3, ".wav"), "stem name"), (lambda d: file_name(b"a", ".wav"), "stem name"),
    (lambda d: load(torch.zeros(3, device="meta"), sr=SR), "source.*holds its samples"),
    (lambda d: load(tone(), mono=np.zeros(3)), "mono.*True or False"), (lambda d: load(tone(), mono="yes"), "mono.*True or False"),
    (lambda d: pair(a=1).rename("a"), "names.*mapping"), (lambda d: pair(a=1).rename(None), "names.*mapping"),
    (lambda d: pair(a=1, b=1).rename({"a": "b"}), "names.*different"), (lambda d: pair(a=1).rename({"z": "b"}), "names is 'z'.*a"),
    (lambda d: pair(a=1).rename({"a": 3}), "stem name"), (lambda d: pair(a=1, b=1).rename({"a": "x", "b": "x"}), "different"),
    (lambda d: Stems.from_tensor(torch.zeros(1, 1, 4000), ["a"], 16000), "mix"),
    (lambda d: Stems.from_tensor(torch.zeros(1, 1, 4000), 3, tone()), "names"),
    (lambda d: Stems.from_tensor(None, ["a"], tone()), "x is None"),
    (lambda d: Stems.from_tensor(torch.zeros(2, 1, 4000), ["a", "a"], tone()), "each name once"),
    (lambda d: Stems.from_tensor(torch.zeros(2, 1, 4000), "ab", tone()), "list of names"),
    (lambda d: Stems.from_tensor(torch.zeros(1, 4000), ["a"], tone()), "shape"),
])
def test_arguments_of_the_wrong_kind(tmp_path, make, words):
    with pytest.raises(ParameterError, match=words): make(tmp_path)
    assert os.listdir(tmp_path) == []


def test_a_disk_that_is_full_in_the_middle_of_a_file(tmp_path):
    if sys.platform != "linux": pytest.skip("needs a limit on file size")
    p = save(tone(), tmp_path/"x.wav")
    before = p.read_bytes()
    code = """
import resource, signal, sys
import numpy as np
from sep_toolkit.sound.audio import Audio, Stems
from sep_toolkit.sound.files import save
from sep_toolkit.core import DataError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
a = Audio(np.random.default_rng(0).uniform(-1, 1, 100_000), 8000)
for what, where in ((a, "x.wav"), (a, "x.flac"), (Stems({"a": a}), "out")):
    try: save(what, sys.argv[1] + "/" + where)
    except DataError as e: print("DataError", e)
"""
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout.count("DataError cannot write") == 3, done.stdout
    assert p.read_bytes() == before and os.listdir(tmp_path) == ["x.wav"]


def test_small_functions_refuse_what_they_cannot_use():
    for call, name in ((lambda: Audio(torch.ones(9).to_sparse(), SR), "samples"), (lambda: resample("x", SR, 16000), "x"),
                       (lambda: resample(torch.zeros(3), SR, "fast"), "sr"),
                       (lambda: check_same(tone(), 3), "b"), (lambda: Stems({"a": tone()}).map(np.zeros(3)), "fn"),
                       (lambda: core.human_bytes(np.zeros(3)), "n"),
                       (lambda: fetch("violin", quiet=np.zeros(3)), "quiet")):
        with pytest.raises(ParameterError, match=f"^{name} is "): call()


@pytest.mark.parametrize("cls", [Audio, Stems])
def test_help_shows_methods_by_their_own_names(cls):
    for name, member in vars(cls).items():
        function = getattr(member, "fget", None) or getattr(member, "__func__", member)
        if callable(function) and not name.startswith("_"): assert function.__name__ == name and function.__doc__


def test_a_name_that_cannot_be_printed_is_no_stem():
    class NoText:
        def __repr__(self): raise ValueError("no text")
    with pytest.raises(KeyError, match="no stem an object of type NoText: there are a"): Stems({"a": tone()})[NoText()]


def test_the_peak_of_a_sound_is_never_below_nothing():
    for x in ([-.5, .2], [.5, .1], [-.1, -.3], [.2, .3], [0., 0.], [-0., -0.]):
        peak = Audio(x, 8000).peak
        assert peak == np.float32(np.abs(x).max()) and not np.signbit(peak)
