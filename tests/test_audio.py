"""Audio, Stems, load and save: laws, and every kind of bad input."""
import io
import os
import struct
import tempfile
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sep_toolkit.audio import Audio, Stems, load, save
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
    flac[22:26] = b"\xff"*4
    with pytest.raises(DataError, match="promises"): load(bytes(flac))


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
    with pytest.raises(ParameterError, match=r"\.wav or \.flac"): save(tone(), tmp_path/"x.mp3")
    with pytest.raises(DataError, match="folder that exists"): save(tone(), tmp_path/"no"/"x.wav")
    with pytest.raises(ParameterError, match="an Audio or Stems"): save(np.zeros(3), tmp_path/"x.wav")


@pytest.mark.parametrize("name", ["../evil", "a/b", "a\\b", "..", ".hidden", "mix", "residual", "<script>", "a:b", "x."])
def test_stem_names_that_could_leave_the_folder(tmp_path, name):
    with pytest.raises(ParameterError, match="stem name"): save(Stems({name: tone()}), tmp_path/"out")
    assert not (tmp_path/"out").exists() and os.listdir(tmp_path) == []


def test_stems_to_a_folder_and_again(tmp_path):
    s = Stems({"a b": tone(), "c": tone(880)})
    for _ in range(2): save(s, tmp_path/"out")
    assert sorted(os.listdir(tmp_path/"out")) == ["a b.wav", "c.wav", "mix.wav"] and os.listdir(tmp_path) == ["out"]
    assert torch.equal(load(tmp_path/"out"/"c.wav").samples, s["c"].samples)
    (tmp_path/"file").touch()
    with pytest.raises(DataError, match="folder"): save(s, tmp_path/"file")


def test_unwritable_folder(tmp_path, monkeypatch):
    p = save(tone(), tmp_path/"x.wav")
    def refused(*a, **k): raise PermissionError(13, "Permission denied")
    monkeypatch.setattr(tempfile, "mkstemp", refused)
    monkeypatch.setattr(tempfile, "mkdtemp", refused)
    with pytest.raises(DataError, match="cannot write to .*Permission denied"): save(tone(880), p)
    with pytest.raises(DataError, match="cannot write to .*Permission denied"): save(Stems({"a": tone()}), tmp_path/"out")
    assert torch.equal(load(p).samples, tone().samples) and os.listdir(tmp_path) == ["x.wav"]


def test_full_disk(tmp_path, monkeypatch):
    p = save(tone(), tmp_path/"x.wav")
    before = p.read_bytes()
    def full(*a, **k): raise OSError(28, "No space left on device")
    monkeypatch.setattr(sf, "write", full)
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
