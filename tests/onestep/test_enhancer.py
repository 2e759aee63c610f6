"""The enhancer: laws that hold for any weights, what the shipped weights can do, and files that are not what they claim."""
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import sep_toolkit
from sep_toolkit.sound.audio import Audio
from sep_toolkit.sound.files import load
from sep_toolkit.core import ParameterError, WeightsError
from sep_toolkit.onestep.enhancer import (
    apply_filter, Bands, Enhance, Enhancer, features, load_enhancer, load_native, read_native, save_enhancer,
)
from sep_toolkit.runs.separator import apply
from sep_toolkit.sound.stft import stft
from sep_toolkit.train.losses import batch_si_sdr_db

WEIGHTS = Path(sep_toolkit.__file__).parent / "weights"
SMALL = dict(n_fft=128, hop=64, low=32, channels=(4, 4, 4), hidden=8)
CARD = dict(licence="none", attribution="a test", training_data="nothing", source="here")


def model_of(seed=0, **more):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Enhancer(**{**SMALL, **more})
        for m in model.modules():  # statistics that are not the identity
            if isinstance(m, torch.nn.BatchNorm2d):
                m.running_mean.normal_(0, 0.2)
                m.running_var.uniform_(0.5, 2)
    return model.eval().requires_grad_(False)


MODEL = model_of()


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


# Laws

@pytest.mark.parametrize("T", [1, 2, 63, 64, 65, 127, 128, 129, 1000, 4097])
@pytest.mark.parametrize("lead", [(), (1,), (2, 3), (2, 1, 2)])
def test_same_shape_out(T, lead):
    x = noise(*lead, T)
    kept = x.clone()
    y = MODEL(x)
    assert y.shape == x.shape and y.dtype == x.dtype and torch.isfinite(y).all()
    assert torch.equal(x, kept)


@settings(max_examples=30, deadline=None)
@given(st.floats(-12, 9), st.integers(0, 5), st.integers(100, 3000))
def test_level_passes_through(power, seed, T):
    a, x = 10**power, noise(1, T, seed=seed)
    assert torch.allclose(MODEL(a * x) / a, MODEL(x), rtol=1e-3, atol=1e-4)


def test_powers_of_two_are_exact():
    x = noise(2, 3000)
    for a in (2**-20, 0.5, 4., 2**20):
        assert torch.equal(MODEL(a * x), a * MODEL(x))


@pytest.mark.parametrize("a", [1e-35, 1e-20, 1e15])
def test_extreme_levels_stay_finite(a):
    y = MODEL(a * noise(1, 2000))
    assert torch.isfinite(y).all() and y.abs().max() > 0


def test_silence_stays_silence():
    assert not MODEL(torch.zeros(2, 1000)).any()
    x = torch.cat([torch.zeros(1, 1000), noise(1, 1000)])
    assert not MODEL(x)[0].any()


def test_channels_do_not_hear_each_other():
    x = noise(3, 2, 2000)
    y = MODEL(x)
    for b in range(3):
        for c in range(2):
            assert torch.allclose(MODEL(x[b, c]), y[b, c], atol=1e-5)


def test_an_impulse_in_long_silence():
    x = torch.zeros(1, 200_000)
    x[0, 100_000] = 1
    assert torch.isfinite(MODEL(x)).all()


def test_gradients_reach_every_weight():
    model = model_of().train().requires_grad_(True)
    model(noise(2, 2000)).square().mean().backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() and p.grad.abs().sum() > 0 for p in model.parameters())


# Parts

@pytest.mark.parametrize("n_bins, low, group", [(257, 128, 4), (65, 32, 4), (33, 16, 1), (65, 30, 7), (5, 1, 9)])
def test_bands_invert_spread(n_bins, low, group):
    bands = Bands(n_bins, low, group)
    v = noise(2, 3, bands.n_bands, 4)
    wide = bands.spread(v)
    assert wide.shape == (2, 3, n_bins, 4)
    assert torch.allclose(bands(wide), v, atol=1e-6)
    assert torch.allclose(bands(torch.ones(n_bins, 2)), torch.ones(bands.n_bands, 2))


@pytest.mark.parametrize("taps", [1, 3, 5])
def test_filter_is_the_sum_written_out(taps):
    X = torch.complex(noise(2, 5, 7), noise(2, 5, 7, seed=1))
    H = noise(2, 2 * taps, 5, 7, seed=2)
    want = torch.zeros_like(X)
    for k in range(taps):
        for n in range(7):
            if 0 <= (m := n + k - taps // 2) < 7:
                want[..., n] += torch.complex(H[:, k], H[:, taps + k])[..., n] * X[..., m]
    assert torch.allclose(apply_filter(X, H), want, atol=1e-5)


def test_features_keep_phase_and_compress():
    X = stft(noise(1, 4000), 128, 64, "sqrt_hann")
    f = features(X, 0.3)
    assert torch.allclose(torch.complex(f[:, 0], f[:, 1]).angle()[X.abs() > 1e-2], X.angle()[X.abs() > 1e-2], atol=1e-4)
    assert torch.allclose(f[:, 2], (X.abs().square() + 1e-8)**0.15, rtol=1e-4)
    assert torch.isfinite(features(torch.zeros_like(X))).all()


@pytest.mark.parametrize("bad, says", [
    ({"taps": 2}, "odd"), ({"hop": 100}, "half of n_fft"), ({"n_fft": 7}, "n_fft"), ({"channels": (4, 4)}, "channels"),
    ({"channels": (4, 4, 0)}, "channels"), ({"hidden": 0}, "hidden"), ({"low": 65}, "low"), ({"group": 1.5}, "group")])
def test_bad_settings(bad, says):
    with pytest.raises(ParameterError, match=says):
        Enhancer(**{**SMALL, **bad})


@pytest.mark.parametrize("x", [torch.zeros(0), torch.zeros(2, 0), torch.zeros(3, dtype=torch.int16), [0., 1.], torch.tensor(1.)])
def test_bad_input(x):
    with pytest.raises(ParameterError, match="x is"):
        MODEL(x)


@pytest.mark.parametrize("low, group, n_fft", [(32, 4, 128), (10, 3, 64), (8, 1, 16), (60, 50, 130)])
def test_any_geometry(low, group, n_fft):
    model = model_of(n_fft=n_fft, hop=n_fft // 4, low=low, group=group, taps=1) if low <= n_fft // 2 else None
    if model is not None:
        assert model(noise(1, 500)).shape == (1, 500)


# Files

def test_saved_and_loaded(tmp_path):
    card = save_enhancer(MODEL, tmp_path, CARD)
    again = load_enhancer(tmp_path)
    x = noise(1, 3000)
    assert torch.allclose(again(x), MODEL(x), atol=1e-2 * float(MODEL(x).abs().max()))  # half precision
    assert again.settings == MODEL.settings and not again.training
    assert again.card == json.loads((tmp_path / "enhancer.json").read_text())
    assert card["files"]["weights"]["bytes"] == (tmp_path / "enhancer.safetensors").stat().st_size
    save_enhancer(again, tmp_path / "second", CARD)
    assert (tmp_path / "second/enhancer.safetensors").read_bytes() == (tmp_path / "enhancer.safetensors").read_bytes()
    assert torch.equal(load_enhancer(tmp_path / "enhancer.json")(x), again(x))


def spoil(folder, **changes):
    card = json.loads((folder / "enhancer.json").read_text())
    card.update(changes)
    (folder / "enhancer.json").write_text(json.dumps(card))


@pytest.mark.parametrize("changes, says", [
    ({"architecture": "other"}, "architecture is 'other'"), ({"files": {}}, "names no weights"), ({"files": None}, "names no weights"),
    ({"files": {"weights": {"path": "../x.safetensors", "sha256": "0"}}}, "beside the card"),
    ({"files": {"weights": {"path": "gone.safetensors", "sha256": "0" * 64}}}, "cannot be read"),
    ({"files": {"weights": {"path": 3, "sha256": "0"}}}, "field 'files.weights.path' is 3"),
    ({"settings": {**SMALL, "hidden": 9}}, "do not fit"), ({"settings": {"what": 1}}, "do not fit"), ({"settings": None}, "do not fit")])
def test_cards_that_lie(tmp_path, changes, says):
    save_enhancer(MODEL, tmp_path, CARD)
    spoil(tmp_path, **changes)
    with pytest.raises(WeightsError, match=re.escape(says)):
        load_enhancer(tmp_path)


@pytest.mark.parametrize("where", [10, 500, -1])
def test_changed_weights_are_refused(tmp_path, where):
    save_enhancer(MODEL, tmp_path, CARD)
    data = bytearray((tmp_path / "enhancer.safetensors").read_bytes())
    data[where] ^= 1
    (tmp_path / "enhancer.safetensors").write_bytes(data)
    with pytest.raises(WeightsError, match="SHA-256"):
        load_enhancer(tmp_path)


def test_weights_that_are_no_safetensors(tmp_path):
    import hashlib
    save_enhancer(MODEL, tmp_path, CARD)
    (tmp_path / "enhancer.safetensors").write_bytes(b"nothing of the kind")
    spoil(tmp_path, files={"weights": {"path": "enhancer.safetensors", "sha256": hashlib.sha256(b"nothing of the kind").hexdigest()}})
    with pytest.raises(WeightsError, match="do not fit"):
        load_enhancer(tmp_path)


@pytest.mark.parametrize("change", ["a name less", "a name more"])
def test_weights_of_another_network(tmp_path, change):
    import hashlib
    from safetensors.torch import load_file, save_file
    save_enhancer(MODEL, tmp_path, CARD)
    path = tmp_path / "enhancer.safetensors"
    state = load_file(path)
    if change == "a name less":
        del state["middle.into.bias"]
    else:
        state["middle.extra"] = torch.zeros(1)
    save_file(state, path)
    spoil(tmp_path, files={"weights": {"path": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}})
    with pytest.raises(WeightsError, match="1 names differ"):
        load_enhancer(tmp_path)


@pytest.mark.parametrize("text, says", [("{", "JSON"), ("[]", "names no weights"), (None, "cannot be read")])
def test_no_card(tmp_path, text, says):
    if text is not None:
        (tmp_path / "enhancer.json").write_text(text)
    with pytest.raises(WeightsError, match=says):
        read_native(tmp_path)


# As a separator

def test_separator_contract(tmp_path):
    save_enhancer(MODEL, tmp_path, CARD)
    method = Enhance(weights=str(tmp_path), device="cpu")
    assert method.stems == ("speech",) and method.sr == 16000 and method.settings == {"weights": str(tmp_path), "device": "cpu"}
    stems = apply(method, Audio(0.1 * noise(2, 44100), 44100))
    assert stems.names == ("speech",) and stems.sr == 44100 and stems.n_samples == 44100 and stems.channels == 2
    assert method.forward(noise(3, 2, 500), 16000).shape == (3, 1, 2, 500)


def test_long_files_go_in_chunks(tmp_path):
    save_enhancer(MODEL, tmp_path, CARD)
    method = Enhance(weights=tmp_path, device="cpu")
    seen = []
    forward, method.forward = method.forward, lambda x, sr: (seen.append(x.shape[-1]), forward(x, sr))[1]
    apply(method, Audio(0.1 * noise(1, 16000 * 45), 16000))
    assert seen and set(seen) == {20 * 16000}


# What the package ships

def test_the_shipped_card():
    card = json.loads((WEIGHTS / "enhancer.json").read_text())
    file = WEIGHTS / card["files"]["weights"]["path"]
    assert file.stat().st_size <= 2_000_000 and card["sr"] == 16000 and card["stems"] == ["speech"]
    for name in ("licence", "attribution", "training_data", "source", "settings", "validation", "test", "credits", "made"):
        assert card[name]
    for name in ("Picovoice", "InspectorJ", "Google", "Panayotov"):  # whom a licence asks to be named
        assert name in card["attribution"]
    model = load_enhancer()
    assert sum(p.numel() for p in model.parameters()) == card["parameters"] <= 1_000_000


def test_the_package_example_improves():
    from sep_toolkit.sound.scenes import example
    mix, stems = example("speech_noise")
    speech, clean = Enhance(device="cpu")(mix)["speech"].samples, stems["speech"].samples
    assert float(batch_si_sdr_db(speech, clean)) > float(batch_si_sdr_db(mix.samples, clean)) + 4


def test_a_card_object_with_its_folder():
    class Card(dict):
        folder = WEIGHTS
    method = load_native(Card(json.loads((WEIGHTS / "enhancer.json").read_text())), device="cpu")
    assert method.card["name"] == "enhancer"


def test_real_noisy_speech(mirror):
    "Every one of 24 real pairs improves, by the figures on the card."
    card = json.loads((WEIGHTS / "enhancer.json").read_text())
    method, before, after = Enhance(device="cpu"), [], []
    folder = mirror / "data" / "noisy_speech"
    for path in sorted((folder / "noisy").glob("*.flac")):
        noisy, clean = load(path), load(folder / "clean" / path.name)
        before.append(batch_si_sdr_db(noisy.samples, clean.samples))
        after.append(batch_si_sdr_db(method(noisy)["speech"].samples, clean.samples))
    before, after = torch.cat(before), torch.cat(after)
    assert len(after) == 24
    assert float((after - before).min()) > 0
    assert float(after.mean()) == pytest.approx(card["test"]["si_sdr_db"], abs=0.05)
    assert float((after - before).min()) == pytest.approx(card["test"]["worst_gain_db"], abs=0.05)


def test_needs_torch_alone():
    "Loading and running the network opens none of the heavy libraries."
    code = ("import sys\n"
            "from sep_toolkit.onestep.enhancer import load_enhancer\n"
            "import torch\n"
            "load_enhancer()(torch.zeros(1, 1000))\n"
            "print([m for m in ('librosa', 'scipy', 'soundfile', 'matplotlib', 'pandas', 'xarray', 'IPython') if m in sys.modules])")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
