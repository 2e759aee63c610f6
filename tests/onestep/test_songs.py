"""Songs as people have them, through Spleeter's separator (with small random networks): a right result, or one clear error."""
import numpy as np
import pytest
import soundfile as sf
import torch
from test_spleeter import SMALL, weights, write_bundle

from sep_toolkit.cards import save_weights
from sep_toolkit.core import DataError, ParameterError, WeightsError
from sep_toolkit.onestep.spleeter import convert, FACTS, MODELS, Spleeter, SpleeterNet
from sep_toolkit.runs.file_to_file import separate_file
from sep_toolkit.runs.run import separate
from sep_toolkit.sound.files import load

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def method(tmp_path_factory):
    torch.manual_seed(0)
    folder, stems = tmp_path_factory.mktemp("model"), MODELS["2stems"]
    card = FACTS | {"name": "spleeter", "stems": list(stems), "settings": {"activation": "relu", "filters": list(SMALL)}}
    save_weights(SpleeterNet(stems, filters=SMALL).state_dict(), folder, "spleeter", card)
    return Spleeter(folder, device="cpu")


def tone(seconds, channels, sr): return .3*np.sin(2*np.pi*220*np.arange(max(1, int(seconds*sr)))/sr)[:, None]*np.ones(channels)


SONGS = {
    "8-bit": (tone(.7, 2, 44100), 44100, "PCM_U8"), "six channels": (tone(.4, 6, 44100), 44100, "PCM_16"),
    "96 kHz": (tone(.5, 2, 96000), 96000, "PCM_24"), "mono": (tone(.5, 1, 44100), 44100, "PCM_16"),
    "0.3 s at 22.05 kHz": (tone(.3, 2, 22050), 22050, "FLOAT"), "one sample": (tone(0, 2, 44100), 44100, "FLOAT"),
    "clipped": (np.clip(9*tone(.5, 2, 44100), -1, 1), 44100, "PCM_16"), "far over 1": (40*tone(.5, 2, 44100), 44100, "FLOAT"),
    "silent": (np.zeros((30_000, 2)), 44100, "PCM_16"), "hardly there": (1e-9*tone(.5, 2, 44100), 44100, "FLOAT"),
    "one side only": (tone(.5, 2, 44100)*[1, 0], 44100, "PCM_16"), "13 s, two chunks": (tone(13, 2, 44100), 44100, "PCM_16"),
}


@pytest.mark.parametrize("name", SONGS)
def test_every_song_comes_back_as_stems_of_its_rate_length_and_channels(tmp_path, method, name):
    x, sr, subtype = SONGS[name]
    sf.write(tmp_path/"song.wav", x, sr, subtype=subtype)
    song = load(tmp_path/"song.wav")
    out = separate(tmp_path/"song.wav", method, progress=False)
    assert out.names == MODELS["2stems"] and out.sr == sr and out.tensor.shape[1:] == song.samples.shape == x.T.shape
    middle = slice(song.n_samples//4, -(song.n_samples//4) or None)  # away from the edges, where a resampled tone rings
    assert (out.residual.samples[:, middle]).abs().max() <= .02*max(song.peak, 1e-12) or name in ("8-bit", "one sample", "clipped")
    if name == "silent": assert out.tensor.abs().max() == 0
    if name == "one side only": assert out.tensor[:, 1].abs().max() < 1e-6
    for n, path in separate_file(tmp_path/"song.wav", tmp_path/"out", method, progress=False).items():
        assert (load(path).samples - out[n].samples).abs().max() <= 1e-5*max(1, song.peak)


@pytest.mark.parametrize("name, data", [
    ("empty.wav", b""), ("text.mp3", b"this is no song"), ("cut.flac", 4000), ("cut.wav", 30), ("archive.wav", b"PK\x03\x04" + bytes(99)),
])
def test_a_damaged_song_is_one_error_and_leaves_nothing(tmp_path, method, name, data):
    path = tmp_path/name
    if isinstance(data, int):
        sf.write(path, RNG.normal(size=(9000, 2))*.1, 44100)
        data = path.read_bytes()[:data]
    path.write_bytes(data)
    for call in (lambda: separate(path, method, progress=False), lambda: separate_file(path, tmp_path/"out", method, progress=False)):
        with pytest.raises(DataError, match=name.replace(".", r"\.")): call()
    assert not (tmp_path/"out").exists()


def test_samples_that_are_not_finite(tmp_path, method):
    x = tone(.5, 2, 44100)
    x[-1] = np.nan
    sf.write(tmp_path/"song.wav", x, 44100, subtype="FLOAT")
    with pytest.raises(DataError, match="not finite"): separate_file(tmp_path/"song.wav", tmp_path/"out", method, progress=False)
    assert not (tmp_path/"out").exists()


@pytest.mark.parametrize("model, there, words", [("4stems", 2, "has no "), ("2stems", 4, "more than 2 stems"), ("5stems", 4, "has no ")])
def test_a_checkpoint_with_another_number_of_stems(tmp_path, model, there, words):
    write_bundle(tmp_path/"b", weights([f"s{i}" for i in range(there)]))
    with pytest.raises(WeightsError, match=words): convert(tmp_path/"b", model, tmp_path/"into")
    assert not (tmp_path/"into").exists()


def test_a_number_of_stems_that_there_is_not(tmp_path, method):
    for call in (lambda: separate("song.wav", "spleeter:3stems"), lambda: separate_file("song.wav", tmp_path, "spleeter:3stems")):
        with pytest.raises((ParameterError, DataError)): call()
    sf.write(tmp_path/"song.wav", tone(.3, 2, 44100), 44100)
    for call in (separate, lambda p, m: separate_file(p, tmp_path/"out", m)):
        with pytest.raises(ParameterError, match="2stems, 4stems, 5stems"): call(tmp_path/"song.wav", "spleeter:3stems")
