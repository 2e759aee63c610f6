"""Priors: what a denoiser promises whatever its weights, labels, samples, and files that are not what they claim."""
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

import sep_toolkit
from sep_toolkit.core import ParameterError, WeightsError
from sep_toolkit.diffusion.prior import Denoiser, DiffusionPrior, LEVEL_DB, LEVELS, load_prior, save_prior, SHIPPED, SIGMA, _NEIGHBOURS
from sep_toolkit.diffusion.schedule import ddpm
from sep_toolkit.diffusion.tfnet import count, TFNet

WEIGHTS = Path(sep_toolkit.__file__).parent / "weights"
MICRO = dict(n_fft=62, hop=31, widths=(8, 16), blocks=(1, 1, 1), heads=2, cond=16, patch=2, attend=(False, True), place=True, gains=True)
LABELS = ("low", "mid", "high")
CARD = dict(licence="none", attribution="a test", title="Noise")


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def prior_of(labels=LABELS, parametrisation="edm", seed=0, awake=True, spectra=None, **more):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = TFNet(**{**MICRO, "gains": parametrisation == "edm", **more}, labels=len(labels))
        for p in net.parameters() if awake else ():
            p.data.add_(0.1 * torch.randn(p.shape))
    if spectra is None and parametrisation == "edm":
        spectra = 0.02 + 0.1 * torch.rand(max(1, len(labels)), 32, generator=torch.Generator().manual_seed(seed))
    return DiffusionPrior(Denoiser(net, parametrisation, spectra), labels, sr=8000)


PRIOR, PLAIN = prior_of(), prior_of(())


# The protocol

def test_protocol():
    assert PRIOR.sr == 8000 and PRIOR.labels == LABELS and (PRIOR.sigma_min, PRIOR.sigma_max) == SIGMA and PRIOR.level_db == LEVEL_DB
    one = PRIOR["mid"]
    assert one.labels == () and one.label == "mid" and one.index == 1 and one.base is PRIOR and one.sr == 8000 and one.card == PRIOR.card
    assert PLAIN.labels == () and PLAIN.label is None and PLAIN.base is PLAIN
    assert "mid" in repr(one) and "low, mid, high" in repr(PRIOR)
    assert not any(p.requires_grad for p in PRIOR.denoiser.parameters()) and not PRIOR.denoiser.training


@pytest.mark.parametrize("T", [1, 2, 30, 31, 32, 61, 62, 63, 400, 1001])
@pytest.mark.parametrize("prior", [PLAIN, PRIOR["high"], prior_of((), "noise")], ids=["plain", "label", "noise"])
def test_any_length(prior, T):
    x = noise(2, T)
    kept = x.clone()
    y = prior.denoise(x, torch.tensor([0.1, 1.]))
    assert y.shape == x.shape and y.dtype == x.dtype and torch.isfinite(y).all()
    assert torch.equal(x, kept)


def test_dtype_comes_back():
    x = noise(1, 100).double()
    assert PLAIN.denoise(x, 0.1).dtype == torch.float64
    assert torch.allclose(PLAIN.denoise(x, 0.1).float(), PLAIN.denoise(x.float(), 0.1), atol=1e-6)


@pytest.mark.parametrize("sigma", [0.3, torch.tensor(0.3), torch.tensor([0.3]), torch.full((3,), 0.3), torch.full((3,), 0.3).double()])
def test_sigma_in_any_form(sigma):
    x = noise(3, 200)
    assert torch.allclose(PLAIN.denoise(x, sigma), PLAIN.denoise(x, 0.3), atol=1e-6)


# Limits

@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 500), st.sampled_from(LABELS))
def test_without_noise_nothing_changes(seed, T, label):
    "sigma -> 0 is the identity for any weights, as fast as sigma."
    x = 0.1 * noise(1, T, seed=seed)
    errors = [float((PRIOR[label].denoise(x, s) - x).abs().max()) for s in (1e-3, 1e-5)]
    assert errors[1] < 1e-4 and errors[0] < 0.05


def test_before_training_it_is_the_wiener_filter_of_its_label():
    "Bin by bin, for a stationary signal and any noise."
    prior, sigma = prior_of(awake=False), 0.07
    x = noise(1, 31 * 40)
    d = prior.denoiser
    for i, name in enumerate(LABELS):
        gain = (d.spectra[i]**2 / (d.spectra[i]**2 + sigma**2))[None, :, None, None]
        want = d.signal(d.spectrum(x) * gain, x.shape[-1])
        assert torch.allclose(prior[name].denoise(x, sigma), want, atol=1e-5)
    assert float(prior["low"].denoise(x, 1e3).abs().max()) < 1e-4  # nothing but noise: the mean of the prior, 0


def painted(labels=LABELS, K=3, seed=0, awake=False):
    "A prior whose first guess comes from a palette."
    g = torch.Generator().manual_seed(seed)
    palette = torch.rand(max(1, len(labels)), K, 32, generator=g)**3 + 1e-3
    palette, share = palette / palette.mean(-1, keepdim=True), torch.rand(max(1, len(labels)), K, generator=g)**4
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = TFNet(**MICRO, labels=len(labels), shapes=K)
        for p in net.parameters() if awake else ():
            p.data.add_(0.1 * torch.randn(p.shape))
    return DiffusionPrior(Denoiser(net, "edm", None, palette, share / share.sum(-1, keepdim=True)), labels, sr=8000)


@pytest.mark.parametrize("sigma", [0.01, 0.1, 1.])
def test_the_guess_is_the_posterior_mean_under_the_palette(sigma):
    "Bayes, cell by cell, with the normal density of scipy."
    d, X = painted().denoiser, 0.07 * noise(1, 32, 7, 2, seed=1)
    got, side = d.guess(X, torch.tensor([sigma]), torch.tensor([1]))[0, ..., 0].double().numpy(), len(_NEIGHBOURS) // 2
    power = (LEVELS[:, None, None] * d.palette[1][None]).reshape(-1, 32).double().numpy()
    share = np.tile(d.share[1].double().exp().numpy(), len(LEVELS))
    cells = X[0].double().numpy()
    density = np.array([[norm.logpdf(cells[:, n], scale=np.sqrt(v + sigma**2)[:, None]).sum() for v in power] for n in range(7)])
    near = np.array([sum(w * density[min(6, max(0, n + i - side))] for i, w in enumerate(_NEIGHBOURS)) for n in range(7)])
    belief = np.exp(near - near.max(1, keepdims=True)) * share
    want = ((belief / belief.sum(1, keepdims=True)) @ (power / (power + sigma**2))).T
    assert np.allclose(got, want, rtol=5e-3, atol=1e-6)
    assert torch.allclose(d(torch.zeros(1, 50), torch.tensor([sigma]), torch.tensor([1])), torch.zeros(1, 50))


def test_a_palette_keeps_what_a_prior_promises():
    prior, x = painted(awake=True), 0.1 * noise(2, 700)
    d = prior.denoiser
    assert all(0 <= float(v) <= 1 for v in d.guess(d.spectrum(x), torch.tensor([0.1, 1.]), torch.tensor([0, 2])).aminmax())
    assert float((prior["low"].denoise(x, 1e-4) - x).abs().max()) < 1e-2  # no noise: the sound itself
    one = torch.cat([prior["low"].denoise(x[:1], 0.2), prior["high"].denoise(x[1:], 0.2)])
    assert torch.allclose(prior.denoise(x, 0.2, label=["low", "high"]), one, atol=1e-5)
    assert not torch.allclose(prior["low"].denoise(x, 0.2), prior["high"].denoise(x, 0.2), atol=1e-4)
    plain = painted(())
    assert plain.denoise(x, 0.2).shape == x.shape
    y, v = x[:1].clone().requires_grad_(), noise(1, 700, seed=3)
    slope = torch.autograd.grad(prior["low"].denoise(y, 0.2).square().sum(), y)[0].mul(v).sum()
    f = lambda e: prior["low"].denoise((y + e * v).detach().double(), 0.2).square().sum()
    assert float(slope) == pytest.approx(float((f(2e-4) - f(-2e-4)) / 4e-4), rel=0.02)


def test_a_palette_is_kept_in_the_file(tmp_path):
    prior, x = painted(awake=True), 0.1 * noise(3, 500)
    save_prior(prior, tmp_path, CARD)
    again = load_prior(tmp_path, device="cpu")
    assert torch.equal(again.denoiser.share, prior.denoiser.share)
    a, b = (p.denoise(x, 0.2, label=list(LABELS)) for p in (prior, again))
    assert float((a - b).norm() / a.norm()) < 5e-3


def test_white_noise_of_rms_1_has_cells_of_rms_1():
    "So a spectrum in RMS and a noise level in RMS are compared in one unit."
    X = PRIOR.denoiser.spectrum(noise(4, 31 * 400))
    assert X[:, 1:-1].square().mean().sqrt() == pytest.approx(1, abs=0.02)
    x = noise(2, 1000)
    assert torch.allclose(PRIOR.denoiser.signal(PRIOR.denoiser.spectrum(x), 1000), x, atol=1e-5)


def test_the_published_parametrisation():
    "Noise from the VP signal at the floor of t * 1000 / 200, D = x - sigma * eps."
    prior, chain = prior_of((), "noise"), ddpm().sigma
    d, x = prior.denoiser, noise(1, 310)
    for t in (0, 50, 149, 199):
        s = float(chain[t])
        X = d.spectrum(x)
        eps = d.net(X / (1 + s * s)**0.5, torch.tensor([float(t * 1000 // 200)]))
        assert torch.allclose(prior.denoise(x, s), d.signal(X - s * eps, 310), atol=1e-4)
    between = float((chain[100] * chain[101])**0.5)
    a, b = (prior.denoiser.net(d.spectrum(x), torch.tensor([5. * t])) for t in (100, 101))
    assert not torch.equal(a, b) and torch.isfinite(prior.denoise(x, between)).all()


# Gradients

def test_gradient_against_differences():
    x, v = 0.1 * noise(1, 200), noise(1, 200, seed=3)
    x.requires_grad_()
    slope = torch.autograd.grad(PRIOR["low"].denoise(x, 0.2).square().sum(), x)[0].mul(v).sum()
    f = lambda e: PRIOR["low"].denoise((x + e * v).detach().double(), 0.2).square().sum()
    assert float(slope) == pytest.approx(float((f(1e-3) - f(-1e-3)) / 2e-3), rel=0.02)


def test_weights_get_no_gradient():
    x = noise(1, 100).requires_grad_()
    PRIOR["low"].denoise(x, 0.2).sum().backward()
    assert x.grad is not None and all(p.grad is None for p in PRIOR.denoiser.parameters())


# Batches and labels

def test_a_row_does_not_know_its_mates():
    x, s = noise(4, 300), torch.tensor([0.02, 0.3, 1., 2.])
    label = torch.tensor([2, 0, 1, 1])
    y = PRIOR.denoise(x, s, label=label)
    for i in range(4):
        assert torch.allclose(y[i:i + 1], PRIOR[LABELS[label[i]]].denoise(x[i:i + 1], float(s[i])), atol=1e-5)


def test_labels_in_any_form():
    x = noise(2, 100)
    want = PRIOR.denoise(x, 0.1, label=torch.tensor([0, 2]))
    assert torch.equal(want, PRIOR.denoise(x, 0.1, label=["low", "high"])) and torch.equal(want, PRIOR.denoise(x, 0.1, label=[0, 2]))
    assert torch.allclose(PRIOR.denoise(x, 0.1, label="mid"), PRIOR["mid"].denoise(x, 0.1))
    assert torch.allclose(PRIOR["low"].denoise(x, 0.1, label=torch.tensor([0, 2])), want)  # a label given outweighs the prior's own
    assert float((PRIOR["low"].denoise(x, 0.1) - PRIOR["high"].denoise(x, 0.1)).abs().max()) > 1e-3


@pytest.mark.parametrize("call, says", [
    (lambda x: PRIOR.denoise(x, 0.1), r"label is None: expected one of low, mid, high. Take one: prior\['low'\]"),
    (lambda x: PRIOR.denoise(x, 0.1, label="hihg"), "Did you mean 'high'"),
    (lambda x: PRIOR["hihg"], "Did you mean 'high'"),
    (lambda x: PRIOR["low"]["high"], "It is 'low' already"),
    (lambda x: PLAIN["low"], "This prior has none"),
    (lambda x: PLAIN.denoise(x, 0.1, label="low"), "no labels"),
    (lambda x: PRIOR.denoise(x, 0.1, label=[0, 1, 2]), "2 whole numbers"),
    (lambda x: PRIOR.denoise(x, 0.1, label=torch.tensor([0., 1.])), "2 whole numbers"),
    (lambda x: PRIOR.denoise(x, 0.1, label=3), "from 0 to 2"),
    (lambda x: PRIOR.denoise(x, 0.1, label=-1), "from 0 to 2"),
    (lambda x: PLAIN.denoise(x, 0.), "sigma"), (lambda x: PLAIN.denoise(x, -1.), "sigma"),
    (lambda x: PLAIN.denoise(x, float("nan")), "sigma"),
    (lambda x: PLAIN.denoise(x, torch.ones(3)), "2 numbers"), (lambda x: PLAIN.denoise(x, torch.ones(2, 1)), "sigma"),
    (lambda x: PLAIN.denoise(x[0], 0.1), r"\(B, T\)"), (lambda x: PLAIN.denoise(x[:, :0], 0.1), "This one is empty"),
    (lambda x: PLAIN.denoise(x.long(), 0.1), "real"), (lambda x: PLAIN.denoise(x.tolist(), 0.1), "real"),
    (lambda x: DiffusionPrior(PLAIN.denoiser, ("a",)), "0 names"),
    (lambda x: Denoiser(PLAIN.denoiser.net, "score"), "edm, noise"),
    (lambda x: Denoiser(PLAIN.denoiser.net, "noise"), "'edm' for a network with gains"),
    (lambda x: Denoiser(PLAIN.denoiser.net, spectra=torch.zeros(1, 32)), "levels above 0"),
    (lambda x: Denoiser(PLAIN.denoiser.net, spectra=torch.ones(2, 32)), r"\(1, 32\)"),
    (lambda x: Denoiser(PLAIN.denoiser.net, palette=torch.ones(1, 3, 32)), "None for a network without shapes"),
    (lambda x: Denoiser(TFNet(**MICRO, shapes=3), palette=torch.ones(1, 2, 32)), r"\(1, 3, 32\)"),
    (lambda x: Denoiser(TFNet(**MICRO, shapes=3), palette=torch.zeros(1, 3, 32)), "powers above 0"),
    (lambda x: Denoiser(TFNet(**MICRO, shapes=3), share=-torch.ones(1, 3)), "none below 0"),
    (lambda x: Denoiser(TFNet(**{**MICRO, "gains": False}, shapes=3), "noise"), "network with shapes"),
])
def test_what_is_wrong_is_said(call, says):
    with pytest.raises(ParameterError, match=says):
        call(noise(2, 100))


# Samples

def test_samples_are_seeded_one_by_one():
    a = PRIOR.sample(3, 0.05, label=["low", "mid", "high"], steps=6, seed=5, churn=0.5)
    assert a.shape == (3, 400) and torch.equal(a, PRIOR.sample(3, 0.05, label=["low", "mid", "high"], steps=6, seed=5, churn=0.5))
    assert torch.allclose(a[1:2], PRIOR["mid"].sample(1, 0.05, steps=6, seed=6, churn=0.5), atol=1e-4)
    assert not torch.allclose(a[0], PRIOR.sample(1, 0.05, label="low", steps=6, seed=6, churn=0.5)[0], atol=1e-3)


@pytest.mark.parametrize("order, churn, steps", [(2, 0., 30), (1, 0., 200), (2, 1., 60), (1, 1., 200)])
def test_samples_of_a_gaussian_prior_have_its_variance(order, churn, steps):
    "An untrained prior is the exact denoiser of white Gaussian signals: what it samples is known."
    prior = prior_of((), awake=False, spectra=torch.full((1, 32), 0.08))
    x = prior.sample(4, 1., steps=steps, order=order, churn=churn, seed=1)
    assert float(x.std()) == pytest.approx(0.08, rel=0.06)


def test_heun_needs_fewer_steps_than_euler():
    "Against the exact path of a white Gaussian prior: the start, scaled to the level of the class."
    prior, sigma = prior_of((), awake=False, spectra=torch.full((1, 32), 0.08)), SIGMA[1]
    start = sigma * torch.randn(8000, generator=torch.Generator().manual_seed(2))
    exact = (start * 0.08 / (0.08**2 + sigma**2)**0.5)[300:-300]
    def error(**kw): return float((prior.sample(1, 1., seed=2, **kw)[0, 300:-300] - exact).norm() / exact.norm())
    assert error(steps=20, order=2) < 0.3 * error(steps=40, order=1) and error(steps=40, order=2) < 0.02


def test_sampling_leaves_the_global_generator_alone():
    torch.manual_seed(3)
    want = torch.rand(2)
    torch.manual_seed(3)
    PLAIN.sample(1, 0.02, steps=2, churn=1.)
    assert torch.equal(torch.rand(2), want)


@pytest.mark.parametrize("bad", [dict(count=0), dict(seconds=0.), dict(steps=1), dict(churn=2.), dict(order=3), dict(seed=-1)])
def test_bad_sampling(bad):
    with pytest.raises(ParameterError, match=next(iter(bad))):
        PLAIN.sample(**bad)


# Files

def test_round_trip(tmp_path):
    card = save_prior(PRIOR, tmp_path, CARD, name="sounds")
    again, x = load_prior(tmp_path, device="cpu"), 0.1 * noise(3, 500)
    assert again.labels == LABELS and again.sr == 8000 and again.card == card and card["parameters"] == count(PRIOR.denoiser)
    assert card["licence"] == "none" and card["files"]["weights"]["bytes"] == (tmp_path / "sounds.safetensors").stat().st_size
    for sigma in (0.01, 0.3, 2.):
        a, b = (p.denoise(x, sigma, label=list(LABELS)) for p in (PRIOR, again))
        assert float((a - b).norm() / a.norm()) < 5e-3  # half precision
    assert torch.equal(again.denoiser.spectra, PRIOR.denoiser.spectra)  # levels are kept whole
    for way in (tmp_path / "sounds.json", tmp_path / "sounds.safetensors", str(tmp_path)):
        assert load_prior(way, device="cpu").card["name"] == "sounds"
    second = save_prior(again, tmp_path / "b")  # what was read and written is the same file
    assert second["files"] == card["files"] and second == card


def test_the_other_parametrisation_round_trips(tmp_path):
    prior, x = prior_of((), "noise"), noise(1, 100)
    save_prior(prior, tmp_path, CARD)
    again = load_prior(tmp_path, device="cpu")
    assert again.denoiser.parametrisation == "noise" and again.labels == ()
    assert torch.allclose(again.denoise(x, 0.5), prior.denoise(x, 0.5), atol=2e-2)


def saved(tmp_path, change=None, weights=None):
    save_prior(PRIOR, tmp_path, CARD)
    path = tmp_path / "sounds.json"
    card = json.loads(path.read_text())
    if change:
        change(card)
        path.write_text(json.dumps(card))
    if weights is not None:
        (tmp_path / "sounds.safetensors").write_bytes(weights)
    return tmp_path


@pytest.mark.parametrize("change, says", [
    (lambda c: c.update(architecture="unet"), "architecture is 'unet'"),
    (lambda c: c["files"]["weights"].update(sha256="0" * 64), "SHA-256 differs"),
    (lambda c: c["files"]["weights"].update(path="../x.safetensors"), "beside the card"),
    (lambda c: c["files"]["weights"].update(path="none.safetensors"), "cannot be read"),
    (lambda c: c.pop("files"), "names no weights"),
    (lambda c: c["settings"].update(widths=[8, 24]), "do not fit"),
    (lambda c: c["settings"].update(widths=[8]), "do not fit"),
    (lambda c: c["settings"].update(surprise=1), "do not fit"),
    (lambda c: c.update(labels=["low", "mid"]), "do not fit.*labels"),
    (lambda c: c.update(parametrisation="score"), "do not fit"),
    (lambda c: c.pop("sigma"), "do not fit"),
])
def test_cards_that_do_not_fit(tmp_path, change, says):
    with pytest.raises(WeightsError, match=says):
        load_prior(saved(tmp_path, change))


def test_damaged_weights(tmp_path):
    folder = saved(tmp_path)
    data = bytearray((folder / "sounds.safetensors").read_bytes())
    data[-1] ^= 1
    with pytest.raises(WeightsError, match="SHA-256 differs"):
        load_prior(saved(tmp_path, weights=bytes(data)))


@pytest.mark.parametrize("text, says", [("{", "not valid JSON"), ("[]", "names no weights"), (None, "Expected the card of a prior")])
def test_no_card(tmp_path, text, says):
    if text is not None:
        (tmp_path / "sounds.json").write_text(text)
    with pytest.raises(WeightsError, match=says):
        load_prior(tmp_path / "sounds.json")


def test_saving_changes_nothing(tmp_path):
    before = {k: v.clone() for k, v in PRIOR.denoiser.state_dict().items()}
    card = dict(CARD)
    save_prior(PRIOR, tmp_path, card)
    assert card == CARD and all(torch.equal(v, before[k]) for k, v in PRIOR.denoiser.state_dict().items())


# The weights of the wheel

@pytest.fixture(scope="module")
def shipped():
    return load_prior(device="cpu")


def test_shipped_card(shipped):
    card, size = shipped.card, (WEIGHTS / "sounds.safetensors").stat().st_size
    assert SHIPPED == ("sounds",) and size == card["files"]["weights"]["bytes"] < 16e6
    assert shipped.sr == 16000
    assert set(shipped.labels) == {"speech", "percussion", "violin", "guitar", "cello", "flute", "trumpet", "marimba"}
    assert {c["licence"] for c in card["credits"]} == {"Apache-2.0", "CC0", "CC BY 3.0", "MIT"} and card["licence"]
    kinds = card["matrix"]["kinds"]
    assert set(kinds) == {"0.1", "0.3", "1"} and all(set(v) == {"speech", "percussion", "violin", "instruments"} for v in kinds.values())
    assert min(*kinds["0.1"].values(), *kinds["0.3"].values()) >= 0.9
    matrix = card["matrix"]["error_db"]
    assert set(matrix) == {"0.1", "0.3", "1"}
    assert all(set(rows) == set(shipped.labels) and all(set(r) == set(shipped.labels) for r in rows.values()) for rows in matrix.values())


def test_shipped_weights_denoise(shipped):
    "A violin-like tone comes out of noise much better than a Wiener filter does it."
    t = torch.arange(32000) / 16000
    clean = sum(torch.sin(2 * torch.pi * 440 * k * t) / k for k in range(1, 8))[None]
    clean = clean * 0.075 / clean.square().mean().sqrt()
    x = clean + 0.1 * noise(1, 32000)
    error = lambda y: 10 * torch.log10((y - clean).square().sum() / clean.square().sum())
    plain = TFNet(**{**shipped.denoiser.net.settings, "shapes": 0})
    wiener = DiffusionPrior(Denoiser(plain, "edm", shipped.denoiser.spectra), shipped.labels)
    assert float(error(shipped["violin"].denoise(x, 0.1))) < float(error(wiener["violin"].denoise(x, 0.1))) - 2


def test_shipped_samples_are_finite_and_near_their_level(shipped):
    x = shipped.sample(2, 1., label=["speech", "violin"], steps=8, seed=1)
    assert torch.isfinite(x).all() and all(-45 < v < -10 for v in (20 * x.std(-1).log10()).tolist())


