"""All-pole filters: laws between the forms, independent references, gradients, and what is refused."""
import math
import sys
import types

import librosa
import numpy as np
import pytest
import scipy.signal
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd import gradcheck, gradgradcheck

from sep_toolkit.source_filter import allpole as ap
from sep_toolkit.core import ParameterError, SepError

D = torch.float64


def logits(*shape, seed=0, scale=1.):
    return torch.randn(*shape, dtype=D, generator=torch.Generator().manual_seed(seed))*scale


def some_filter(*lead, order=20, seed=0):
    return ap.lsf_to_lpc(ap.lsf_from_logits(logits(*lead, order + 1, seed=seed), least_gap=.1))


@given(order=st.integers(1, 24), seed=st.integers(0, 999), scale=st.floats(0, 3), lead=st.lists(st.integers(1, 3), max_size=2))
@settings(deadline=None, max_examples=60)
def test_any_numbers_make_a_stable_filter(order, seed, scale, lead):
    x = logits(*lead, order + 1, seed=seed, scale=scale)
    before = x.clone()
    lsf = ap.lsf_from_logits(x, least_gap=.01)
    a = ap.lsf_to_lpc(lsf)
    assert lsf.shape == (*lead, order) and a.shape == (*lead, order + 1) and torch.equal(x, before)
    ap.check_lsf(lsf)
    assert (a[..., 0] == 1).all() and ap.is_stable(a).all() and (ap.lpc_to_reflection(a).abs() < 1).all()


@given(order=st.integers(1, 24), seed=st.integers(0, 999), lead=st.lists(st.integers(1, 3), max_size=2))
@settings(deadline=None, max_examples=60)
def test_every_form_comes_back(order, seed, lead):
    lsf = ap.lsf_from_logits(logits(*lead, order + 1, seed=seed), least_gap=.2)
    a = ap.lsf_to_lpc(lsf)
    assert torch.allclose(ap.lpc_to_lsf(a), lsf, atol=1e-6)
    assert torch.allclose(ap.reflection_to_lpc(ap.lpc_to_reflection(a)), a, atol=1e-8)
    assert torch.allclose(ap.poles_to_lpc(ap.poles(a)), a, atol=1e-7)
    assert torch.allclose(ap.lsf_from_logits(ap.lsf_to_logits(lsf)), lsf, atol=1e-6)


@pytest.mark.parametrize("order", [1, 2, 3, 8, 19, 20])
def test_lsf_are_the_angles_of_the_two_polynomials(order):
    a = some_filter(order=order, seed=order)
    x = np.r_[a.numpy(), 0.]
    roots = np.concatenate([np.roots(x + x[::-1]), np.roots(x - x[::-1])])
    assert np.allclose(np.abs(roots), 1, atol=1e-6)
    angles = np.sort([v for v in np.angle(roots) if 1e-5 < v < math.pi - 1e-5])
    assert np.allclose(angles, ap.lpc_to_lsf(a).numpy(), atol=1e-6)


@pytest.mark.parametrize("order", [1, 2, 3, 19, 20])
def test_response_is_the_polynomial_on_the_circle(order):
    lsf = ap.lsf_from_logits(logits(2, 3, order + 1, seed=order))
    w = torch.linspace(0, math.pi, 129, dtype=D)
    _, ref = scipy.signal.freqz(ap.lsf_to_lpc(lsf)[1, 2].numpy(), 1, worN=w.numpy())
    assert np.allclose(ap.lsf_response(lsf, w.expand(2, 3, -1))[1, 2].numpy(), ref, atol=1e-9)


def test_response_in_float32_keeps_its_digits_where_the_sum_of_coefficients_loses_them():
    f = torch.tensor([200., 450., 800., 1200., 1700., 2300., 2900., 3600., 4500., 6000.], dtype=D)
    a = ap.formants_to_lpc(f, torch.full((10,), 30., dtype=D), 16000)
    lsf = ap.lpc_to_lsf(a)
    w = 2*math.pi*torch.linspace(100, 7000, 400, dtype=D)/16000
    exact = ap.lsf_response(lsf, w).abs()
    single = ap.lsf_response(lsf.float(), w.float()).abs()
    summed = (a.float()[:, None]*torch.polar(torch.ones(21, 400), -torch.arange(21.)[:, None]*w.float())).sum(0).abs()
    error = lambda got: float(((got - exact)/exact).abs().max())
    assert error(single) < 2e-3 and error(single) < error(summed)/2


def test_reflection_matches_an_independent_step_down():
    a = some_filter(order=9, seed=4).numpy()
    ks, cur = [], a
    while len(cur) > 1:
        ks.insert(0, cur[-1])
        cur = np.array([(cur[i] - cur[-1]*cur[len(cur) - 1 - i])/(1 - cur[-1]**2) for i in range(len(cur) - 1)])
    assert np.allclose(ap.lpc_to_reflection(torch.from_numpy(a)).numpy(), ks)


def test_formants_come_back_and_missing_ones_are_nan():
    f, b = torch.tensor([500., 1500., 2500.], dtype=D), torch.tensor([60., 90., 120.], dtype=D)
    a = ap.formants_to_lpc(f, b, 16000)
    got_f, got_b = ap.formants(a, 16000)
    assert torch.allclose(got_f, f, atol=1e-6) and torch.allclose(got_b, b, atol=1e-6)
    padded = ap.poles_to_lpc(torch.cat([ap.poles(a), torch.tensor([.3, -.2], dtype=torch.complex128)]))
    got_f, got_b = ap.formants(padded, 16000)
    assert torch.allclose(got_f[:3], f, atol=1e-4) and torch.isnan(got_f[3]) and torch.isnan(got_b[3])
    wide = ap.formants(ap.formants_to_lpc(f, torch.tensor([60., 2000., 120.], dtype=D), 16000), 16000)[0]
    assert torch.allclose(wide[:2], f[[0, 2]], atol=1e-4) and torch.isnan(wide[2])


# -- linear prediction

def test_levinson_solves_the_normal_equations():
    r = torch.from_numpy(np.correlate(x := np.random.default_rng(0).standard_normal(500), x, "full")[499:512])
    a, k, e = ap.levinson(r)
    assert np.allclose(a[1:].numpy(), scipy.linalg.solve_toeplitz(r[:-1].numpy(), -r[1:].numpy()))
    assert torch.allclose(ap.reflection_to_lpc(k), a) and 0 < float(e) < 1


def test_burg_matches_librosa_and_autocorrelation_matches_scipy():
    x = scipy.signal.lfilter([1.], some_filter(order=6).numpy(), np.random.default_rng(1).standard_normal(400))
    got, _ = ap.lpc(torch.from_numpy(x)[None], 6, method="burg")
    assert np.allclose(got[0].numpy(), librosa.lpc(x, order=6), atol=1e-8)
    v = x*scipy.signal.get_window("hann", 400)
    r = np.correlate(v, v, "full")[399:406]
    got, _ = ap.lpc(torch.from_numpy(x), 6)
    assert np.allclose(got[1:].numpy(), scipy.linalg.solve_toeplitz(r[:-1], -r[1:]), atol=1e-6)


@pytest.mark.parametrize("method", ["autocorrelation", "burg"])
def test_lpc_finds_filter_and_gain(method):
    a = some_filter(order=6, seed=3)
    x = scipy.signal.lfilter([1.], a.numpy(), .3*np.random.default_rng(2).standard_normal(200_000))
    got, gain = ap.lpc(torch.from_numpy(x), 6, method=method)
    assert torch.allclose(got, a, atol=.05) and abs(float(gain) - .3) < .01


@pytest.mark.parametrize("method", ["autocorrelation", "burg"])
@pytest.mark.parametrize("dtype", [torch.float32, D])
def test_lpc_of_anything_is_stable_and_of_silence_is_flat(method, dtype):
    tone = torch.sin(torch.arange(512., dtype=dtype)*.3)
    x = torch.stack([torch.zeros(512, dtype=dtype), tone, tone*1e-12, torch.ones(512, dtype=dtype)])
    a, gain = ap.lpc(x, 20, method=method)
    assert torch.isfinite(a).all() and torch.isfinite(gain).all() and gain[0] == 0
    assert torch.equal(a[0, 1:], torch.zeros(20, dtype=dtype))
    if method == "autocorrelation": assert (ap.poles(a).abs() < 1.001).all()


# -- filtering

@pytest.mark.parametrize("lead", [(), (2,), (2, 3)])
def test_samples_match_scipy(lead):
    x, a = torch.randn(*lead, 500, dtype=D), some_filter(*lead)
    before = x.clone(), a.clone()
    y = ap.filter_samples(x, a, backend="loop")
    for i in np.ndindex(*lead): assert np.allclose(y[i], scipy.signal.lfilter([1.], a[i].numpy(), x[i].numpy()))
    moving = ap.filter_samples(x, a.unsqueeze(-2).expand(*lead, 500, -1), backend="loop")
    assert torch.allclose(moving, y) and torch.equal(x, before[0]) and torch.equal(a, before[1])


def test_one_filter_serves_many_signals_and_one_signal_many_filters():
    x, a = torch.randn(3, 200, dtype=D), some_filter(3)
    assert torch.allclose(ap.filter_samples(x, a[0])[2], ap.filter_samples(x[2], a[0]))
    assert torch.allclose(ap.filter_samples(x[:1], a)[2], ap.filter_samples(x[0], a[2]))


def test_a_moving_filter_is_its_definition():
    x, a = torch.randn(60, dtype=D), some_filter(60, order=4)
    y = np.zeros(60)
    for t in range(60): y[t] = x[t] - sum(a[t, k]*y[t - k] for k in range(1, 5) if t >= k)
    assert np.allclose(ap.filter_samples(x, a, backend="loop").numpy(), y)


def with_one(tail): return torch.cat([torch.ones_like(tail[..., :1]), tail], -1)


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 25, 3)])
def test_gradients_of_the_recursion(shape):
    x = torch.randn(2, 25, dtype=D, requires_grad=True)
    lead = shape[:-1]
    tail = some_filter(*lead, order=shape[-1], seed=5)[..., 1:].clone().requires_grad_()
    run = lambda x, t: ap.filter_samples(x, with_one(t), backend="loop")
    assert gradcheck(run, (x, tail)) and gradgradcheck(run, (x, tail))


def test_gradients_of_the_other_functions():
    g, r = logits(2, 7).requires_grad_(), torch.tensor([[.5, -.3, .2]], dtype=D, requires_grad=True)
    w = torch.linspace(.1, 3, 9, dtype=D).expand(2, -1).clone().requires_grad_()
    assert gradcheck(lambda g: ap.lsf_to_lpc(ap.lsf_from_logits(g)), (g,))
    assert gradcheck(lambda g: ap.lsf_to_lpc(ap.lsf_from_logits(g[:, :6])), (g,))
    assert gradcheck(lambda g, w: ap.lsf_response(ap.lsf_from_logits(g), w), (g, w))
    assert gradcheck(ap.reflection_to_lpc, (r,))
    assert gradcheck(lambda k: ap.lpc_to_reflection(with_one(ap.reflection_to_lpc(k)[..., 1:])), (r,))
    x = torch.randn(2, 30, dtype=D, requires_grad=True)
    assert gradcheck(lambda x: ap.lpc(x, 4)[0], (x,)) and gradcheck(lambda x: ap.lpc(x, 4, method="burg")[0], (x,))
    a = some_filter(2, 9, order=3)[..., 1:].clone().requires_grad_()
    assert gradcheck(lambda x, a: ap.filter_frames(x, with_one(a), 4, n_fft=32), (x, a))


@pytest.mark.parametrize("hop", [1, 64, 100, 256])
def test_frames_are_the_recursion_for_a_filter_that_stands_still(hop):
    x = torch.randn(2, 3000, dtype=D)
    a = ap.formants_to_lpc(torch.tensor([[500., 1500.], [700., 2600.]], dtype=D), torch.tensor(200., dtype=D), 16000)
    N = 1 + -(-3000//hop)
    y = ap.filter_frames(x, a[:, None].expand(2, N, -1), hop, n_fft=4096)
    assert y.shape == x.shape and torch.allclose(y, ap.filter_samples(x, a, backend="loop"), atol=1e-8)


def glide(T, hop, slow):
    "The same glide, run both ways; dB of the difference."
    x = torch.randn(T, dtype=D, generator=torch.Generator().manual_seed(1))
    u = torch.linspace(0, 1/slow, 1 + -(-T//hop), dtype=D)[:, None]
    ends = [ap.formants_to_lpc(torch.tensor(f, dtype=D), torch.tensor(150., dtype=D), 16000)
            for f in ([700., 1100, 2400], [300., 2200, 3000])]
    lsf = (1 - u)*ap.lpc_to_lsf(ends[0]) + u*ap.lpc_to_lsf(ends[1])
    exact = ap.filter_samples(x, ap.lsf_to_lpc(ap.lsf_at_samples(lsf, T, hop)), backend="loop")
    fast = ap.filter_frames(x, ap.lsf_to_lpc(lsf), hop, n_fft=2048)
    return 10*math.log10(float((exact - fast).square().mean()/exact.square().mean()))


def test_frames_come_near_the_recursion_as_the_filter_slows():
    assert glide(8000, 128, 1) < -25
    assert glide(8000, 128, 8) < glide(8000, 128, 1) - 10


def test_lsf_at_samples_meets_its_frames_and_stays_stable():
    lsf = ap.lsf_from_logits(logits(2, 5, 11))
    at = ap.lsf_at_samples(lsf, 1200, 256)
    assert torch.allclose(at[:, ::256], lsf[:, :5]) and torch.allclose(at[:, -1], lsf[:, -1])
    ap.check_lsf(at)


def test_torchlpc_is_used_where_it_is_installed(monkeypatch):
    fake = types.ModuleType("torchlpc")
    fake.sample_wise_lpc = lambda x, a: ap._AllPole.apply(x, a) + 1
    fake.__spec__ = types.SimpleNamespace()
    monkeypatch.setitem(sys.modules, "torchlpc", fake)
    x, a = torch.randn(2, 40, dtype=D), some_filter(2)
    plain = ap.filter_samples(x, a, backend="loop")
    assert torch.allclose(ap.filter_samples(x, a), plain + 1)
    assert torch.allclose(ap.filter_samples(x, a[:, None].expand(2, 40, -1), backend="torchlpc"), plain + 1)


@pytest.mark.skipif("torchlpc" not in sys.modules and __import__("importlib.util").util.find_spec("torchlpc") is None,
                    reason="torchlpc is not installed")
def test_torchlpc_agrees():
    x, a = torch.randn(2, 300, dtype=D), some_filter(2, 300)
    assert torch.allclose(ap.filter_samples(x, a, backend="torchlpc"), ap.filter_samples(x, a, backend="loop"))


UNSTABLE = torch.tensor([1., -2.1, 1.2])


@pytest.mark.parametrize(("call", "says"), [
    (lambda: ap.check_lsf(torch.tensor([.5, .4])), "does not rise"),
    (lambda: ap.check_lsf(torch.tensor([.5, 3.2])), "below π"),
    (lambda: ap.check_lsf(torch.tensor([float("nan"), 1.])), "does not rise"),
    (lambda: ap.lsf_to_logits(torch.tensor([.5, .5])), "does not rise"),
    (lambda: ap.lsf_from_logits(torch.zeros(3), least_gap=2), "least_gap is 2"),
    (lambda: ap.lpc_to_lsf(UNSTABLE), "outside the unit circle"),
    (lambda: ap.lpc_to_reflection(UNSTABLE), "outside the unit circle"),
    (lambda: ap.filter_samples(torch.zeros(9), UNSTABLE), "outside the unit circle"),
    (lambda: ap.filter_frames(torch.zeros(9), UNSTABLE.expand(9, -1), 4), "outside the unit circle"),
    (lambda: ap.check_lpc(torch.tensor([2., .1])), "start with 1"),
    (lambda: ap.check_lpc(torch.tensor([1., float("nan")])), "not finite"),
    (lambda: ap.check_lpc([1., .1]), "a is"),
    (lambda: ap.poles_to_lpc(torch.tensor([.5 + .5j])), "conjugate pairs"),
    (lambda: ap.formants_to_lpc(torch.tensor([9000.]), torch.tensor([50.]), 16000), "between 0 and 8000"),
    (lambda: ap.formants_to_lpc(torch.tensor([900.]), torch.tensor([0.]), 16000), "above 0 Hz"),
    (lambda: ap.lpc(torch.zeros(20), 20), "longer than the order"),
    (lambda: ap.lpc(torch.zeros(20), 20, method="burg"), "longer than the order"),
    (lambda: ap.lpc(torch.zeros(99), 2, method="brug"), "'burg'"),
    (lambda: ap.filter_samples(torch.zeros(9), some_filter(8)), None),
    (lambda: ap.filter_frames(torch.zeros(90), some_filter(3), 4), "each of 24 frames"),
    (lambda: ap.filter_frames(torch.zeros(90), some_filter(24), 4, n_fft=7), "n_fft is 7"),
    (lambda: ap.filter_samples(torch.zeros(2, 9), some_filter(2, 8), backend="loop"), None),
    (lambda: ap.filter_samples(torch.zeros(9), some_filter(8), backend="loop"), "each of 9 samples"),
    (lambda: ap.filter_samples(torch.zeros(9), some_filter(), backend="numba"), "backend is 'numba'"),
    (lambda: ap.lsf_at_samples(torch.zeros(3, 2), 0), "length is 0"),
])
def test_bad_input(call, says):
    with pytest.raises((SepError, ParameterError)) as e: call()
    assert says is None or says in str(e.value)
