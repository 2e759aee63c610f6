"""Noise levels in two languages, schedules, respacing, one step down."""
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sep_toolkit.core import generator, ParameterError
from sep_toolkit.diffusion.schedule import (
    abar_of, clean_of, cosine, ddpm, index_at, karras, level_at, make_schedule, noise_of, respace, Schedule, SCHEDULES, sigma_of,
    step_down, to_ve, to_vp,
)

def test_a_step_down_has_the_variance_its_eta_says():
    "DDIM: eta² times the ancestral variance is fresh noise, the rest of the level comes from the noise that is there."
    s, x, clean, z = ddpm(), *torch.randn(3, 50, dtype=torch.float64, generator=generator(1))
    for t in (0, 1, 60, 199):
        a, before = float(s.abar[t]), float(s.abar[t - 1]) if t else 1.
        for eta in (0., .3, .5, 1.):
            var = eta**2*float(s.btilde[t])
            mean = step_down(x, clean, s, t, eta=eta)
            noise = (x - math.sqrt(a)*clean)/math.sqrt(1 - a)
            assert torch.allclose(mean, math.sqrt(before)*clean + math.sqrt(max(0., 1 - before - var))*noise, atol=1e-12)
            assert torch.allclose(step_down(x, clean, s, t, eta=eta, noise=z) - mean, math.sqrt(var)*z, atol=1e-12)


@pytest.mark.parametrize("make", [ddpm, cosine, karras])
def test_a_schedule_of_one_level(make):
    s = make(1)
    assert len(s) == 1 and float(s.btilde[0]) == 0 and float(level_at(s, 0)) == float(s.sigma[0]) and index_at(s, s.sigma).tolist() == [0]
    x, clean = torch.randn(2, 9, dtype=torch.float64)
    assert torch.allclose(step_down(x, clean, s, 0, noise=x), clean) and len(respace(s, 1)) == 1 and make_schedule(make.__name__, 1).name


TABLE = [(199, .3636, .9316, .1412), (149, .5660, .8244, .1220), (100, .7723, .6353, .0997), (50, .9357, .3527, .0701),
         (10, .9967, .0811, .0303), (0, .99995, .0100, 0)]


@pytest.mark.parametrize("t, signal, noise, spread", TABLE)
def test_published_table(t, signal, noise, spread):
    s = ddpm()
    assert abs(s.abar[t].sqrt() - signal) < 6e-5 and abs((1 - s.abar[t]).sqrt() - noise) < 6e-5
    assert abs(s.btilde[t].sqrt() - spread) < 6e-5


def test_published_start_in_ve_terms():
    s = ddpm()
    assert abs(s.sigma[149] - 1.46) < .005 and abs(s.sigma[199] - 2.56) < .005


@settings(deadline=None, max_examples=40)
@given(st.floats(1e-3, 1e2), st.integers(1, 3), st.integers(1, 20))
def test_conversions_are_inverse(sigma, batch, n):
    g = generator(n)
    s, z = torch.randn(batch, n, generator=g, dtype=torch.float64), torch.randn(batch, n, generator=g, dtype=torch.float64)
    x = s + sigma*z
    assert torch.allclose(to_ve(to_vp(x, sigma), sigma), x)
    assert math.isclose(sigma_of(abar_of(sigma)), sigma, rel_tol=1e-6)
    assert torch.allclose(noise_of(x, s, sigma), z, atol=1e-6) and torch.allclose(clean_of(x, z, sigma), s, atol=1e-9)
    a = abar_of(sigma)
    assert torch.allclose(to_vp(x, sigma), math.sqrt(a)*s + math.sqrt(1 - a)*z)


def test_a_level_per_row():
    sigma, x = torch.tensor([.5, 2.]), torch.ones(2, 3, 4)
    assert torch.allclose(to_vp(x, sigma)[1], to_vp(x[1], 2.)) and torch.allclose(noise_of(x, 0*x, sigma)[0], x[0]*2)
    before = x.clone()
    to_ve(x, sigma), to_vp(x, sigma), clean_of(x, x, sigma)
    assert torch.equal(x, before)


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("steps", [1, 2, 37, 200])
def test_levels_rise_and_variances_fit(name, steps):
    s = make_schedule(name, steps)
    assert len(s) == steps and bool((s.sigma.diff() > 0).all()) and s.sigma.dtype == torch.float64
    assert s.btilde[0] == 0 and bool((s.btilde[1:] > 0).all()) and bool((s.btilde <= s.beta).all())
    assert torch.allclose(torch.cumprod(1 - s.beta, 0), s.abar)
    assert make_schedule(s) is s


def test_cosine_is_the_published_formula_below_its_cut():
    s = cosine(100, sigma_max=1e6)  # the cut is so high that it does not show
    u = torch.arange(1, 101, dtype=torch.float64)/100
    f = lambda u: torch.cos((u + .008)/1.008*torch.pi/2).square()
    assert torch.allclose(s.abar[:90], (f(u)/f(torch.zeros(1, dtype=torch.float64)))[:90], rtol=1e-3)
    assert abs(cosine(50).sigma[-1] - 10) < 1e-6


def test_karras_is_even_in_its_power():
    s = karras(20, .01, 2.5, 7.)
    assert torch.allclose(s.sigma[[0, -1]], torch.tensor([.01, 2.5]).double())
    steps = (s.sigma**(1/7)).diff()
    assert torch.allclose(steps, steps[0].expand(19))


@settings(deadline=None, max_examples=30)
@given(st.sampled_from(sorted(SCHEDULES)), st.integers(1, 300), st.integers(0, 199), st.sampled_from(["even", "karras"]))
def test_respacing_keeps_the_ends(name, steps, t0, spacing):
    long = make_schedule(name)
    if spacing == "karras" and t0 == 0 and steps > 1 or spacing == "even" and t0 == 0 and steps > 1: return
    s = respace(long, steps, t0=t0, spacing=spacing)
    assert len(s) == steps and math.isclose(s.sigma[-1], long.sigma[t0], rel_tol=1e-9)
    if steps > 1: assert math.isclose(s.sigma[0], long.sigma[0], rel_tol=1e-9)


def test_respacing_to_the_same_number_is_the_same():
    s = ddpm()
    assert torch.equal(respace(s).sigma, s.sigma) and torch.equal(respace(s, t0=149).sigma, s.sigma[:150])
    assert torch.equal(respace(s, 150, t0=149).sigma, s.sigma[:150])


@given(st.floats(0, 199))
def test_index_and_level_are_inverse(t):
    s = ddpm()
    assert math.isclose(float(index_at(s, level_at(s, t))), t, abs_tol=1e-6)


def test_index_beyond_the_ends():
    assert index_at(ddpm(), 1e-9) == 0 and index_at(ddpm(), 1e9) == 199 and index_at(karras(1), 3.) == 0


@pytest.mark.parametrize("t", [1, 60, 199])
def test_the_ancestral_step_is_ddpms(t):
    s, g = ddpm(), generator(t)
    x, guess, z = (torch.randn(50, generator=g, dtype=torch.float64) for _ in range(3))
    a, before, beta = s.abar[t], s.abar[t - 1], s.beta[t]
    mean = before.sqrt()*beta/(1 - a)*guess + (1 - beta).sqrt()*(1 - before)/(1 - a)*x
    assert torch.allclose(step_down(x, guess, s, t, noise=z), mean + s.btilde[t].sqrt()*z)
    assert torch.allclose(step_down(x, guess, s, t), mean)


def test_the_last_step_ends_at_the_guess_and_adds_no_noise():
    x = torch.randn(9)
    assert torch.allclose(step_down(x, x*.3, ddpm(), 0, noise=x), x*.3, atol=1e-6)


def test_a_deterministic_step_keeps_the_noise():
    s, g = ddpm(), generator(0)
    clip, z = torch.randn(50, generator=g, dtype=torch.float64), torch.randn(50, generator=g, dtype=torch.float64)
    at = lambda t: s.abar[t].sqrt()*clip + (1 - s.abar[t]).sqrt()*z
    assert torch.allclose(step_down(at(120), clip, s, 120, eta=0., noise=z), at(119))


def test_a_schedule_is_private():
    levels = torch.tensor([.1, 1.])
    s = Schedule(levels)
    levels[0] = .5
    assert abs(s.sigma[0] - .1) < 1e-7
    with pytest.raises(AttributeError): s.sigma = levels


BAD = [(lambda: make_schedule("dpm"), "schedule is 'dpm': expected one of ddpm"), (lambda: Schedule([]), r"expected a tensor \(T,\)"),
       (lambda: Schedule([1., 1.]), "rise with t"), (lambda: Schedule([0., 1.]), "above 0"), (lambda: Schedule([.1, math.nan]), "finite"),
       (lambda: Schedule("x"), "sigma is 'x'"), (lambda: Schedule([[1., 2.]]), "sigma is"), (lambda: ddpm(0), "steps is 0"),
       (lambda: karras(5, 1., .5), "more than sigma_min"), (lambda: respace(ddpm(), 5, t0=200), "t0 is 200"),
       (lambda: respace(ddpm(), 0), "steps is 0"), (lambda: respace(ddpm(), 5, spacing="odd"), "spacing is 'odd'"),
       (lambda: level_at(ddpm(), 200), "index from 0 to 199"), (lambda: ddpm(5, 2.), "first is 2.0")]


@pytest.mark.parametrize("call, says", BAD)
def test_bad_input(call, says):
    with pytest.raises(ParameterError, match=says): call()
