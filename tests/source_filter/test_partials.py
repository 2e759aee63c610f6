"Partials solved for together: the waves, the solution, the pitch that the phases tell, bad input."
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as s

from sep_toolkit.core import generator, ParameterError
from sep_toolkit.classical.masks import share, teeth
from sep_toolkit.scores.metrics import si_sdr
from sep_toolkit.source_filter.partials import (
    expected_columns, in_parts, most_partials, noise_power, phases, read_at, refine, solve, unmix, waves,
)
from sep_toolkit.sound.stft import istft, stft

SR, N_FFT, HOP = 16000, 2048, 256
BINS = torch.arange(N_FFT//2 + 1)[:, None]*(SR/N_FFT)


def tones(pitches, seconds=1., seed=0, level=.1): # (S,) constant pitches -> (S, T), amplitude level / k
    t, g = torch.arange(round(seconds*SR))/SR, generator(seed)
    turn = lambda: 2*math.pi*torch.rand(1, generator=g)
    return torch.stack([sum(torch.sin(2*math.pi*k*f*t + turn())*(level/k) for k in range(1, int(4000/f))) for f in pitches])


def expected(pitches, T, level=.1): # -> f0, envelope, models, hiss of such tones
    n = 1 + -(-T//HOP)
    f0 = torch.tensor(pitches)[:, None].expand(-1, n).contiguous()
    envelope = (level*f0[:, :1]/BINS.T.clamp(min=50.)).clamp(max=level)[..., None].expand(-1, -1, n).contiguous()
    return f0, envelope, envelope*teeth(f0, SR, N_FFT, 1.2) + 1e-6, torch.full_like(envelope, 1e-5)


def masked(x, models): return istft(share(models/models.mean(), 2., 1e-6)*stft(x, N_FFT, HOP), N_FFT, HOP, length=len(x))


# --- waves

@settings(max_examples=20, deadline=None)
@given(f=s.floats(70, 500), depth=s.floats(0, .03), k=s.integers(1, 8), m=s.integers(8, 30))
def test_a_wave_is_the_fourier_transform_of_a_moving_sine(f, depth, k, m):
    f0 = (f*(1 + depth*torch.sin(torch.arange(40)*.5)))[None].double()
    E, first = waves(phases(f0.float(), sr=SR)[m], f0[:, m].float(), k, sr=SR)
    at = m + torch.arange(-N_FFT//2, N_FFT//2 + 1).double()/HOP
    i = at.floor().long()
    inst = f0[0, i] + (f0[0, i + 1] - f0[0, i])*(at - i)
    turn = torch.cat([torch.zeros(1).double(), ((inst[1:] + inst[:-1])/2).cumsum(0)])*(2*math.pi/SR)
    turn = (turn - turn[N_FFT//2])[:-1]
    exact = torch.fft.fft(torch.polar(torch.hann_window(N_FFT).double()/(N_FFT/2), k*turn))
    a = int(first[0, k - 1])
    assert float((E[0, k - 1] - exact[a:a + E.shape[-1]]).abs().max()) < 4e-3*float(exact.abs().max())


def test_the_slope_is_how_a_wave_changes_with_the_pitch():
    f0, d = torch.full((1, 20), 200.), .05
    at = lambda f: waves(phases(f, sr=SR)[10], f0[:, 10], 5, sr=SR)[0]
    _, _, slope = waves(phases(f0, sr=SR)[10], f0[:, 10], 5, sr=SR, sloped=True)
    change = (at(f0 + d) - at(f0 - d))/(2*d)
    assert float((change - 1j*slope).abs().max()) < 2e-2*float(slope.abs().max())


def test_phases_are_zero_in_the_middle_and_hold_the_pitch_where_nobody_sings():
    f0 = torch.tensor([[100., 100., 0., 0., 0., 0., 0., 0., 0., 300., 300., 300.]])
    turn = phases(f0, sr=SR)
    assert turn.shape == (12, 1, N_FFT//16) and float(turn[:, 0, 64].abs().max()) == 0
    step = (turn[1, 0, 64] - turn[1, 0, 63])/(2*math.pi*16/SR)
    assert float(step) == pytest.approx(100, rel=1e-3)


# --- the solution

def test_the_solution_is_the_posterior_mean():
    g = np.random.default_rng(0)
    B, y, r = g.normal(size=(6, 9)) + 1j*g.normal(size=(6, 9)), g.normal(size=9) + 1j*g.normal(size=9), g.uniform(.5, 2, 9)
    as_t = lambda v, kind: torch.tensor(v, dtype=kind)[None]
    found = solve(as_t(y, torch.complex128), as_t(B, torch.complex128), as_t(r, torch.float64))[0].numpy()
    wave = B.T
    exact = wave.conj().T @ np.linalg.solve(wave @ wave.conj().T + np.diag(r), y)
    np.testing.assert_allclose(found, exact, atol=1e-10)


@settings(max_examples=10, deadline=None)
@given(pitches=s.lists(s.floats(80, 600), min_size=1, max_size=4), T=s.integers(300, 9000), seed=s.integers(0, 99))
def test_stems_add_up_to_any_mixture(pitches, T, seed):
    x = torch.randn(T, generator=generator(seed))*.1
    given_ = expected(pitches, T)
    kept = [v.clone() for v in (x, *given_)]
    stems = unmix(x, *given_)
    assert stems.shape == (len(pitches), T) and float((stems.sum(0) - x).abs().max()) < 1e-4
    assert all(torch.equal(a, b) for a, b in zip(kept, (x, *given_)))


@pytest.mark.parametrize("pitches", [(220., 331.), (200., 301., 403.), (150., 160.)])
def test_partials_that_meet_are_told_apart_where_masks_cannot(pitches):
    true = tones(pitches)
    f0, envelope, models, hiss = expected(pitches, true.shape[1])
    db = [float(si_sdr(v, true).mean()) for v in (masked(true.sum(0), models), unmix(true.sum(0), f0, envelope, models, hiss))]
    assert db[1] > db[0] + 2, db


def test_level_does_not_matter():
    true = tones((220., 331.))
    f0, *rest = expected((220., 331.), true.shape[1])
    a, b = unmix(true.sum(0), f0, *rest), unmix(1e-3*true.sum(0), f0, *(1e-3*v for v in rest))
    torch.testing.assert_close(1e-3*a, b, atol=1e-7, rtol=1e-3)


def test_one_pitch_twice_is_shared_evenly():
    x = tones((220.,))[0]
    _, envelope, models, hiss = expected((220., 220.), len(x))
    f0 = torch.full((2, envelope.shape[-1]), 220.)
    a, b = unmix(x, f0, envelope, models, hiss)
    torch.testing.assert_close(a, b, atol=1e-4, rtol=1e-3)


def test_without_pitch_it_is_the_mask():
    x = torch.randn(5000, generator=generator(0))*.1
    f0, envelope, models, hiss = expected((220., 331.), 5000)
    torch.testing.assert_close(unmix(x, 0*f0, envelope, models, hiss), masked(x, models), atol=1e-4, rtol=1e-3)


def test_silence_and_very_short_sounds():
    for T in (1, 20, 300):
        f0, envelope, models, hiss = expected((220., 331.), T)
        assert not unmix(torch.zeros(T), f0, envelope, models, hiss).any()
        nothing = unmix(torch.zeros(T), f0, 0*envelope, 0*models, 0*hiss)
        assert not nothing.any() and nothing.isfinite().all()
        assert torch.equal(refine(torch.zeros(T), f0, 0*envelope, 0*models, 0*hiss), f0)


def test_many_frames_are_worked_on_a_few_at_a_time(monkeypatch):
    true = tones((220., 331.))
    rest = expected((220., 331.), true.shape[1])
    whole = unmix(true.sum(0), *rest)
    monkeypatch.setattr("sep_toolkit.source_filter.partials.PART", 1)
    assert len(in_parts(7, 10, 10)) == 7
    torch.testing.assert_close(unmix(true.sum(0), *rest), whole, atol=1e-5, rtol=1e-4)


# --- parts of it

def test_columns_are_only_those_that_may_sound():
    f0 = torch.tensor([[203.125, 203.125], [0., 0.]])  # 26 bins
    envelope = torch.ones(2, 1025, 2)
    B, voice, k, size = expected_columns(phases(f0, sr=SR), f0.T, envelope, 30, SR, N_FFT, 256)
    assert B.shape == (2, len(k), 256) and set(voice.tolist()) == {0} and (size > 0).all()
    assert int(k.max()) == int((256*SR/N_FFT - 60)//203.125)
    assert B.abs().amax(-1).allclose(torch.ones(()), atol=1e-2)


def test_readings_and_counts():
    M = torch.arange(1025.)[None, :, None].expand(2, -1, 3)
    assert read_at(M, torch.tensor([[[1000.], [9000.]]]*3), SR).flatten().tolist() == [128., 1024.]*3
    assert most_partials(torch.tensor([[0., 100.], [250., 0.]]), 4500.) == 45
    assert most_partials(torch.zeros(2, 3), 4500.) == 0
    assert (noise_power(torch.zeros(1, 5, 2), torch.zeros(1, 5, 2)) > 0).all()


# --- the pitch

@settings(max_examples=12, deadline=None)
@given(a=s.floats(-12, 12), b=s.floats(-12, 12), seed=s.integers(0, 50))
def test_the_phases_tell_the_pitch(a, b, seed):
    true = tones((220., 293.), seed=seed)
    f0, *rest = expected((220., 293.), true.shape[1])
    x = true.sum(0) + 1e-3*torch.randn(true.shape[1], generator=generator(seed))
    off = f0*2**(torch.tensor([[a], [b]])/1200)
    found = refine(x, refine(x, off, *rest), *rest)
    error = 1200*torch.log2(found/f0)[:, 6:-6].abs().mean(1)
    assert float(error.max()) < 5 and (error <= torch.tensor([abs(a), abs(b)])*.7 + 1.).all()


def test_a_pitch_moves_no_further_than_told_and_silence_stays():
    true = tones((220., 331.))
    f0, *rest = expected((220., 331.), true.shape[1])
    f0[1, 10:20] = 0
    found = refine(true.sum(0), f0*2**(10/1200), *rest, cents=5)
    moved = 1200*torch.log2(found.clamp(min=1)/(f0*2**(10/1200)).clamp(min=1)).abs()
    assert float(moved.max()) <= 5.05 and not found[1, 10:20].any() and (found[0] > 0).all()


# --- bad input

@pytest.mark.parametrize(("name", "change"), [
    ("x", lambda a: [a[0][None], *a[1:]]), ("x", lambda a: [a[0].long(), *a[1:]]), ("f0", lambda a: [a[0], a[1][:, :-1], *a[2:]]),
    ("f0", lambda a: [a[0], a[1]*math.nan, *a[2:]]), ("f0", lambda a: [a[0], -a[1], *a[2:]]),
    ("f0", lambda a: [a[0], a[1].clamp(max=5.), *a[2:]]),
    ("envelope", lambda a: [*a[:2], a[2][:, :9], *a[3:]]), ("models", lambda a: [*a[:3], a[3][:, :9], a[4]]),
    ("hiss", lambda a: [*a[:4], a[4][:1]])])
@pytest.mark.parametrize("call", [unmix, refine])
def test_bad_input_is_named(call, name, change):
    x = tones((220., 331.))[0]
    with pytest.raises(ParameterError, match=name): call(*change([x, *expected((220., 331.), len(x))]))


def test_the_lowest_pitch_stays_one_that_is_taken():
    x = tones((19.9,))[0]
    f0, *rest = expected((20.,), len(x))
    moved = refine(x, f0, *rest)
    assert float(moved.min()) >= 20 and unmix(x, moved, *rest).isfinite().all()


def test_bad_settings_are_named():
    x = tones((220.,))[0]
    good = expected((220.,), len(x))
    with pytest.raises(ParameterError, match="cents"): refine(x, *good, cents=0)
    with pytest.raises(ParameterError, match="power"): unmix(x, *good, power=0)
    f0, *rest = good
    n = 1 + -(-len(x)//1000)
    with pytest.raises(ParameterError, match="hop"): unmix(x, f0[:, :n], *(v[..., :n] for v in rest), hop=1000)
    with pytest.raises(ParameterError, match="models"): refine(x, f0, *(v[:, :1020] for v in rest))
