"""Files that are something else are called what they are, and sound goes only to places on this machine."""
import gzip

import h5py
import numpy as np
import pytest
import soundfile as sf

from sep_toolkit.core import DataError, ParameterError
from sep_toolkit.runs.trace import load_trace
from sep_toolkit.sound.audio import Audio, Stems
from sep_toolkit.sound.files import load, save
from sep_toolkit.sound.pitch_files import read_pitch


@pytest.mark.parametrize("data, says", [
    (b"\xef\xbb\xbf\r\n<!DOCTYPE html><title>404</title>" + b" "*300, "a web page: download the file itself"),
    (gzip.compress(bytes(3000)), "packed with gzip: unpack it"),
    (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "git lfs pull"),
    (b"PK\3\4" + bytes(300), "a zip archive"), (b"\x89PNG\r\n\x1a\n" + bytes(300), "a picture"),
    (b"%PDF-1.7\n" + bytes(300), "a PDF document")])
def test_a_file_that_is_something_else_is_called_what_it_is(tmp_path, data, says):
    for name, read in (("x.wav", load), ("x.flac", load), ("x.mp3", load), ("x.csv", read_pitch), ("x.nc", load_trace)):
        (tmp_path/name).write_bytes(data)
        with pytest.raises(DataError, match=says): read(tmp_path/name)
    with pytest.raises(DataError, match=says): load(data)


def test_a_file_of_an_unknown_format_is_refused_with_what_to_try(tmp_path):
    (tmp_path/"take.xyz").write_bytes(b"something else" * 50)
    with pytest.raises(DataError, match='ffmpeg -i "take.xyz" "take.wav"'): load(tmp_path/"take.xyz")


def test_a_trace_that_is_an_hdf5_file_of_another_kind_keeps_its_reason(tmp_path):
    with h5py.File(tmp_path/"x.nc", "w") as f: f["a"] = [1.]
    with pytest.raises(DataError, match="no list of steps|cannot be read as a trace") as e: load_trace(tmp_path/"x.nc")
    assert "it is an HDF5 file" not in str(e.value)


def test_a_soundfile_object_stands_for_its_file(tmp_path):
    sf.write(tmp_path/"x.wav", np.zeros((800, 2)) + .25, 8000, subtype="FLOAT")
    with sf.SoundFile(tmp_path/"x.wav") as f:
        f.read(300)
        assert load(f).samples.shape == (2, 800) and f.tell() == 300
    with open(tmp_path/"x.wav", "rb") as raw, sf.SoundFile(raw) as f: assert load(f).samples.shape == (2, 800)


def test_where_sound_is_written(tmp_path):
    a = Audio(np.zeros((1, 800), "f4") + .25, 8000)
    assert save(a, (tmp_path/"a b.wav").as_uri()) == tmp_path/"a b.wav" and load(tmp_path/"a b.wav").samples.shape == (1, 800)
    for path in ("https://example.org/x.wav", "http://example.org/x.wav", "file://elsewhere/x.wav"):
        with pytest.raises(ParameterError, match="this machine"): save(a, path)
    with pytest.raises(DataError, match="has 655351 Hz, and FLAC holds 1 to 655350"): save(Audio(a.samples, 655351), tmp_path/"x.flac")
    assert save(Audio(a.samples, 655350), tmp_path/"x.flac").exists()


def test_an_error_of_the_library_names_the_file_that_was_meant(tmp_path, monkeypatch):
    def failing(file, *rest, **more): raise RuntimeError(f"Error opening {str(file)!r}: no such thing")
    monkeypatch.setattr(sf, "SoundFile", failing)
    with pytest.raises(DataError) as e: save(Audio(np.zeros((1, 10), "f4"), 8000), tmp_path/"wide.wav")
    assert str(e.value) == f"cannot write {tmp_path/'wide.wav'}: Error opening {str(tmp_path/'wide.wav')!r}: no such thing"


@pytest.mark.parametrize("sr", [8000, 11025, 16000, 22050, 44100, 48000])
@pytest.mark.parametrize("channels", [1, 2])
def test_lossy_files_keep_length_place_and_nearly_the_sound(tmp_path, sr, channels):
    t = np.arange(int(1.3*sr) + 17)/sr
    x = np.stack([.3*np.sin(2*np.pi*(220 + 90*c)*t) for c in range(channels)]).astype("f4")
    for name in ("x.mp3", "x.ogg"):
        got = load(save(Audio(x, sr), tmp_path/name))
        assert got.sr == sr and got.samples.shape == x.shape
        assert np.square(got.numpy() - x).sum() < 3e-3*np.square(x).sum(), "a shift by one sample would be more"
        assert (tmp_path/name).stat().st_size < x.nbytes/4
    for n in (1, 2, 100, 1151):
        for name in ("s.mp3", "s.ogg", "s.flac"): assert load(save(Audio(x[:, :n], sr), tmp_path/name)).n_samples == n


def test_a_long_sound_is_written_in_blocks_and_stems_in_every_format(tmp_path):
    x = .2*np.random.default_rng(0).standard_normal((2, 30*44100)).clip(-4, 4).astype("f4")
    assert load(save(Audio(x, 44100), tmp_path/"x.ogg")).n_samples == x.shape[1]
    stems = Stems({n: Audio(x[:, :9000]*g, 44100) for n, g in (("a", .5), ("b", .25))})
    for fmt in ("wav", "flac", "mp3", "ogg"):
        assert {p.name for p in save(stems, tmp_path/"out", fmt=fmt).glob("[!.]*")} == {f"{n}.{fmt}" for n in ("a", "b", "mix")}
    with pytest.raises(ParameterError, match="fmt is 'aac'"): save(stems, tmp_path/"out", fmt="aac")


def test_what_a_format_cannot_hold_is_refused(tmp_path):
    x = np.zeros((1, 900), "f4") + .25
    mono, wide = Audio(x, 44100), Audio(np.repeat(x, 9, 0), 44100)
    for audio, name, says in ((Audio(x, 96000), "x.mp3", "has 96000 Hz, and MP3 holds 8000, "), (Audio(x, 6000), "x.ogg", "8000 to 192000"),
                              (wide, "x.mp3", "at most 2 channels"), (wide, "x.flac", "at most 8 channels"),
                              (mono*5, "x.ogg", "the peak is 1.250"), (mono*5, "x.mp3", "the peak is 1.250")):
        with pytest.raises(DataError, match=says): save(audio, tmp_path/name)
        assert not list(tmp_path.iterdir())
    with pytest.raises(ParameterError, match="a name ending in .wav, .flac, .mp3, .ogg"): save(Audio(x, 8000), tmp_path/"x.aac")
