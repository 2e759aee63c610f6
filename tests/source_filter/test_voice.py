"""The voice synthesiser: against sums of sines and recursions, its gradients, its speed, the way back, and what is refused."""
import math
from dataclasses import FrozenInstanceError, fields, replace

import librosa
import numpy as np
import pytest
import scipy.signal
import torch
from torch.autograd import gradcheck

from sep_toolkit.source_filter import voice as vc
from sep_toolkit.source_filter.allpole import filter_samples, formants, formants_to_lpc, lpc_to_lsf, lsf_from_logits, lsf_to_lpc
from sep_toolkit.sound.audio import Audio
from sep_toolkit.sound.files import load
from sep_toolkit.core import ParameterError, SepError
from sep_toolkit.sound.scenes import VOWELS_HZ
from sep_toolkit.runs.trace import Step
from sep_toolkit.source_filter.voice import Voice

D = torch.float64
SR, HOP = 16000, 256


def rand(*shape, seed=0, dtype=D):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def some(*lead, n=20, order=20, hz=150., seed=0, hop=HOP, dtype=D):
    "A voice with moving parameters."
    f0 = hz*(1 + .2*torch.sin(torch.linspace(0, 3, n, dtype=dtype))).expand(*lead, n)
    v = vc.from_logits(f0, rand(*lead, n, 2, seed=seed), rand(*lead, n, order + 1, seed=seed + 1)*.3, rand(*lead, vc.BANDS, seed=seed + 2),
                       sr=SR, hop=hop)
    return v.to(dtype)


def vowel(n=60, hz=150., name="a", noise=0.):
    a = formants_to_lpc(torch.tensor(VOWELS_HZ[name]).double(), torch.tensor([80., 90, 120, 160, 220]).double(), SR)
    return Voice(torch.full((n,), hz, dtype=D), torch.full((n,), .5, dtype=D), torch.full((n,), noise, dtype=D),
                 lpc_to_lsf(a).expand(n, -1), torch.ones(vc.BANDS, dtype=D), SR, HOP)


# -- the buzz

@pytest.mark.parametrize("K", [1, 2, 3, 4, 7, 9, 10, 11, 50, 101])
@pytest.mark.parametrize("dtype", [torch.float32, D])
def test_bank_is_a_sum_of_sines(K, dtype):
    T, f = 3000, 77.
    C = torch.complex(rand(K), rand(K, seed=1))
    t, k = torch.arange(T, dtype=D)/SR, torch.arange(1, K + 1, dtype=D)[:, None]
    ref = (C[:, None]*torch.polar(torch.ones(K, T, dtype=D), 2*math.pi*f*k*t)).imag.sum(0)
    got = vc.harmonic_bank(C.expand(1, 13, K).to(dtype.to_complex()), torch.full((1, 13), f, dtype=dtype), sr=SR, hop=HOP, length=T)
    assert got.shape == (1, T) and float((got[0] - ref).abs().max()) < (1e-9 if dtype == D else 2e-4*float(ref.abs().max()))


def test_bank_glides_and_fades_as_written():
    "Against a plain sum: phase by numerical integration, amplitudes by overlapping Hann windows."
    n, T, K = 9, 2000, 6
    f0 = torch.tensor([200., 240, 230, 300, 280, 250, 200, 220, 260], dtype=D)
    C = torch.complex(rand(n, K), rand(n, K, seed=1))
    hz = np.interp(np.arange(T*8)/8, np.arange(n)*HOP, f0.numpy())
    phase = np.concatenate([[0], np.cumsum((hz[1:] + hz[:-1])/2)])*2*np.pi/SR/8
    ref, t = np.zeros(T), np.arange(T)
    for i in range(n):
        w = np.where(np.abs(t - i*HOP) < HOP, .5 + .5*np.cos(np.pi*(t - i*HOP)/HOP), 0)
        for k in range(1, K + 1): ref += w*np.imag(C[i, k - 1].item()*np.exp(1j*k*phase[::8]))
    got = vc.harmonic_bank(C[None], f0[None], sr=SR, hop=HOP, length=T)[0]
    assert np.abs(got.numpy() - ref).max() < 2e-3*np.abs(ref).max()


def test_held_fills_from_the_past_then_the_future():
    f = torch.tensor([[0., 0, 3, 0, 5, 0], [0., 0, 0, 0, 0, 0]])
    assert vc.filled_f0(f).tolist() == [[3, 3, 3, 3, 5, 5], [100.]*6]


def test_nothing_aliases_and_nothing_unvoiced_buzzes():
    n = 40
    rising = torch.linspace(500, 7600, n, dtype=D)
    v = replace(vowel(n), f0_hz=rising)
    C = vc.harmonic_amplitudes(v)
    k = torch.arange(1, C.shape[-1] + 1)
    top = torch.stack([rising, torch.cat([rising[1:], rising[-1:]])]).amax(0)
    assert (C[(top[:, None]*k) >= SR/2] == 0).all() and (C[:-1, 0] != 0).all()
    fixed = vc.synthesise(replace(vowel(80), f0_hz=torch.full((80,), 1210., dtype=D)), part="harmonics")[HOP*8:HOP*72]
    spectrum = np.abs(np.fft.rfft(fixed.numpy()*np.blackman(len(fixed))))
    f = np.fft.rfftfreq(len(fixed), 1/SR)
    off = np.abs(f/1210 - np.round(f/1210))*1210 > 40
    assert spectrum[off].max() < 1e-4*spectrum.max()
    quiet = vc.synthesise(replace(vowel(n), f0_hz=torch.where(torch.arange(n) < 20, 150., 0.).double()), part="harmonics")
    assert quiet[21*HOP:].abs().max() == 0 and quiet[:19*HOP].abs().max() > .001


def test_rolloff_is_6_db_per_octave_above_200_hz():
    C = vc.harmonic_amplitudes(replace(vowel(hz=100.), harmonic_gain=torch.full((60,), 101., dtype=D)), filtered=False)[5].abs()
    assert torch.allclose(C[:2], torch.ones(2, dtype=D)) and torch.allclose(C[3]/C[7], torch.tensor(2., dtype=D))
    assert 20*math.log10(C[3]/C[7]) == pytest.approx(6.02, abs=.01)


# -- the tract

@pytest.mark.parametrize("name", ["a", "i", "u"])
def test_steady_voice_is_its_excitation_through_the_recursion(name):
    v = vowel(name=name)
    ref = filter_samples(vc.synthesise(v, part="harmonics", filtered=False), lsf_to_lpc(v.lsf[0]), backend="loop")
    got = vc.synthesise(v, part="harmonics")
    assert float((got - ref)[4000:].square().mean()/ref.square().mean()) < 1e-16


def test_float32_keeps_ninety_db():
    v = vowel(name="u")
    a, b = vc.synthesise(v, part="harmonics"), vc.synthesise(v.to(torch.float32), part="harmonics")
    assert 10*math.log10(float((a - b).square().mean()/a.square().mean())) < -90


@pytest.mark.parametrize("order", [1, 2, 19, 20])
def test_tract_matches_scipy(order):
    lsf = lsf_from_logits(rand(3, order + 1), least_gap=.1)
    w = torch.linspace(.01, 3.1, 50, dtype=D)
    _, ref = scipy.signal.freqz([1.], lsf_to_lpc(lsf)[1].numpy(), worN=w.numpy())
    assert np.allclose(vc.tract_at(lsf, w.expand(3, -1))[1].numpy(), ref)


def test_slow_voice_is_near_the_recursion_with_a_moving_filter():
    from sep_toolkit.source_filter.allpole import lsf_at_samples
    n = 120
    u = torch.linspace(0, 1, n, dtype=D)[:, None]
    v = replace(vowel(n), lsf=(1 - u)*vowel(1, name="a").lsf + u*vowel(1, name="e").lsf)
    T = (n - 1)*HOP
    ref = filter_samples(vc.synthesise(v, part="harmonics", filtered=False), lsf_to_lpc(lsf_at_samples(v.lsf, T, HOP)), backend="loop")
    got = vc.synthesise(v, part="harmonics")
    assert 10*math.log10(float((got - ref)[2000:].square().mean()/ref.square().mean())) < -30


# -- the hiss

def test_hiss_has_the_spectrum_that_it_should():
    n = 600
    shape = torch.linspace(2, .2, vc.BANDS, dtype=D)
    v = replace(vowel(n, noise=.1), noise_shape=shape)
    x = vc.synthesise(v, part="noise").numpy()
    f, power = scipy.signal.welch(x, SR, nperseg=512)
    tract = np.abs(scipy.signal.freqz([1.], lsf_to_lpc(v.lsf[0]).numpy(), worN=2*np.pi*f/SR)[1])
    want = .1**2/3*2/SR*(tract*np.interp(f, np.linspace(0, SR/2, vc.BANDS), shape.numpy()))**2
    keep = (f > 200) & (f < 7800)
    assert np.abs(10*np.log10(power[keep]/want[keep])).mean() < 1.
    flat = vc.synthesise(replace(vowel(n, noise=.1), noise_shape=torch.ones(vc.BANDS, dtype=D)), part="noise", filtered=False)
    assert float(flat.square().mean().sqrt()) == pytest.approx(.1/math.sqrt(3), rel=.03)


def test_noise_response_is_the_fir_it_says():
    shape = rand(3, vc.BANDS).abs()
    h = np.fft.fftshift(np.fft.irfft(shape[1].numpy(), 78))*scipy.signal.get_window("hann", 78)
    _, ref = scipy.signal.freqz(h, worN=2*np.pi*np.arange(257)/512)
    assert np.allclose(vc.noise_response(shape, 512)[1].numpy(), np.real(ref*np.exp(1j*2*np.pi*np.arange(257)/512*39)), atol=1e-9)


def test_noise_follows_its_seed_and_voices_differ():
    v = some(2, dtype=torch.float32)
    a, b, c = (vc.synthesise(v, part="noise", seed=s) for s in (0, 0, 1))
    assert torch.equal(a, b) and not torch.allclose(a, c)
    u = vc.white((2,), 4000)
    assert abs(float(np.corrcoef(u.numpy())[0, 1])) < .1 and float(u.abs().max()) <= 1 and abs(float(u.std()) - 3**-.5) < .02


# -- the whole

def test_parts_add_up_and_leading_dims_are_free():
    v = some(2, 3)
    whole = vc.synthesise(v, 4000)
    assert whole.shape == (2, 3, 4000)
    assert torch.allclose(whole, vc.synthesise(v, 4000, part="harmonics") + vc.synthesise(v, 4000, part="noise"))
    one = v[1][2]
    assert one.lead == () and torch.allclose(vc.synthesise(one, 4000, part="harmonics"), vc.synthesise(v, 4000, part="harmonics")[1, 2])


@pytest.mark.parametrize("length", [1, 100, 256, 257, 5000, 20_000])
def test_any_length(length):
    v = some(2, n=20)
    y = vc.synthesise(v, length)
    assert y.shape == (2, length) and torch.isfinite(y).all()
    m = min(length, 4000)
    same = vc.synthesise(v, part="harmonics")[:, :m]
    assert torch.allclose(vc.synthesise(v, length, part="harmonics")[:, :m], same)
    assert vc.synthesise(some(n=1), 100).shape == (100,)
    if length == 20_000: assert vc.synthesise(v, length, part="harmonics")[:, -HOP:].abs().max() > 0  # the last frame is held


def test_inputs_are_not_touched_and_the_record_is_frozen():
    v = some(2)
    before = {f.name: getattr(v, f.name).clone() for f in fields(v) if f.name in vc.VOICE_DIMS}
    vc.synthesise(v, 4000)
    assert all(torch.equal(getattr(v, k), x) for k, x in before.items())
    with pytest.raises(FrozenInstanceError): v.f0_hz = None


def test_gradients():
    n, hop = 3, 16
    f0 = torch.tensor([[300., 330, 310]], dtype=D, requires_grad=True)
    args = [f0, rand(1, n, 2).requires_grad_(), (rand(1, n, 5, seed=1)*.5).requires_grad_(), rand(1, vc.BANDS, seed=2).requires_grad_()]
    run = lambda f, g, t, s: vc.synthesise(vc.from_logits(f, g, t, s, hop=hop), 40)
    assert gradcheck(run, args, atol=1e-4)
    odd = [a if i != 2 else (rand(1, n, 4, seed=3)*.5).requires_grad_() for i, a in enumerate(args)]
    assert gradcheck(run, odd, atol=1e-4)


@pytest.mark.parametrize("K", [1, 2, 10, 37])
def test_gradients_of_the_bank(K):
    C = torch.complex(rand(2, 4, K), rand(2, 4, K, seed=1)).requires_grad_()
    f = (200 + 20*rand(2, 4, seed=2)).requires_grad_()
    assert gradcheck(lambda C, f: vc.harmonic_bank(C, f, sr=SR, hop=8, length=24), (C, f))


def test_an_unvoiced_clip_has_finite_gradients():
    g, t, s = rand(2, 9, 2).requires_grad_(), rand(2, 9, 21).requires_grad_(), rand(2, 40).requires_grad_()
    vc.synthesise(vc.from_logits(torch.zeros(2, 9, dtype=D), g, t, s), 2000).square().mean().backward()
    assert all(torch.isfinite(x.grad).all() for x in (g, t, s)) and (g.grad[..., 0] == 0).all() and (g.grad[..., 1] != 0).any()


def test_parameters_can_be_learned_by_the_loss():
    target = vc.synthesise(vowel(20, noise=.01).to(torch.float32))
    g, t, s = torch.zeros(20, 2).requires_grad_(), torch.zeros(20, 21).requires_grad_(), torch.zeros(40).requires_grad_()
    opt = torch.optim.Adam([g, t, s], lr=.05)
    losses = []
    for _ in range(40):
        opt.zero_grad()
        y = vc.synthesise(vc.from_logits(torch.full((20,), 150.), g, t, s))
        loss = vc.multiscale_loss(y, target)
        loss.backward()
        opt.step()
        losses.append(loss.item())
    assert losses[-1] < .5*losses[0]


def test_arrays_fit_a_step_and_come_back():
    v = some(2, dtype=torch.float32)
    step = Step(arrays=v.arrays())
    again = Voice.from_arrays(step.arrays, sr=SR, hop=HOP)
    assert all(torch.equal(getattr(again, k), getattr(v, k)) for k in vc.VOICE_DIMS) and again.sr == SR
    assert step.arrays["lsf"][0] == ("stem", "frame", "pole") and some().arrays()["f0_hz"][0] == ("frame",)
    assert some(2, 3).arrays()["noise_shape"][0] == ("batch", "stem", "band")


# -- speed: against the published kind

def published_filter(x, a): # (..., L), (..., P + 1) -> (..., L)
    "Each frame through the recursion from rest: one step per sample, vectorised over everything else, autograd."
    P = a.shape[-1] - 1
    taps, past, out = a[..., 1:], x.new_zeros(*x.shape[:-1], P), []
    for t in range(x.shape[-1]):
        y = x[..., t] - (taps*past).sum(-1)
        past = torch.cat([y[..., None], past[..., :-1]], -1)
        out.append(y)
    return torch.stack(out, -1)


def published_synthesiser(v, length):
    "101 sines at every sample, noise by frames, overlapping frames of 512 filtered from zero state."
    n, (S,) = v.n_frames, v.lead
    at = torch.arange(length)
    i, u = at//HOP, (at % HOP)/HOP
    nxt = (i + 1).clamp(max=n - 1)
    f = v.f0_hz[:, i]*(1 - u) + v.f0_hz[:, nxt]*u
    k = torch.arange(1, 102)[None, :, None]
    phase = 2*math.pi*(f.double()/SR).cumsum(-1).float()[:, None]*k
    w = .5 + .5*torch.cos(math.pi*u)
    amp = v.harmonic_gain[:, i]*w + v.harmonic_gain[:, nxt]*(1 - w)
    gain = 200/(f[:, None]*k).clamp(min=200)*(f[:, None]*k < SR/2)/101
    e = (torch.sin(phase)*gain*amp[:, None]).sum(1)
    window = torch.hann_window(512)
    frames = torch.nn.functional.pad(e, (256, 512)).unfold(-1, 512, 256)[:, :n]
    noise = torch.nn.functional.pad(vc.white((S,), length), (256, 512)).unfold(-1, 512, 256)[:, :n]
    shaped = torch.fft.irfft(torch.fft.rfft(noise)*(vc.noise_response(v.noise_shape, 512)[:, None]*v.noise_gain[..., None]))
    y = published_filter((frames + shaped)*window, lsf_to_lpc(v.lsf))
    return torch.nn.functional.fold(y.transpose(1, 2), (1, (n + 1)*256), (1, 512), stride=(1, 256))[:, 0, 0, 256:256 + length]


def quartet_logits():
    n = 251
    f0 = torch.tensor([[420.], [300.], [220.], [140.]]).expand(4, n).contiguous()
    return f0, [rand(4, n, 2).float(), .3*rand(4, n, 21, seed=1).float(), rand(4, 40, seed=2).float()]


def test_published_filter_is_the_recursion():
    a, x = lsf_to_lpc(lsf_from_logits(rand(3, 21), least_gap=.1)), rand(3, 100)
    assert torch.allclose(published_filter(x, a), filter_samples(x, a, backend="loop"))


def test_both_synthesisers_sound_alike():
    f0, logits = quartet_logits()
    v = vc.from_logits(f0, *logits)
    a, b = (f(v, 64000).detach() for f in (vc.synthesise, published_synthesiser))
    power = lambda x: torch.stft(x[:, 8000:56000], 512, 128, window=torch.hann_window(512), return_complex=True).abs().square().mean(-1)
    A, B = power(a), power(b)
    assert (10*torch.log10(A[:, 3:200]/B[:, 3:200])).abs().mean() < 2.5


# -- the loss

def test_loss_in_closed_form():
    x = rand(2, 9000)
    assert vc.multiscale_loss(x, x) == 0
    for g in (.5, 3.):
        mean = sum(float(np.abs(stft_ref(row, n)).mean()) for n in vc.SCALES for row in x.numpy())/2
        want = abs(1 - g)*mean + len(vc.SCALES)*abs(math.log(g))
        assert float(vc.multiscale_loss(g*x, x, floor=1e-12)) == pytest.approx(want, rel=1e-6)


def stft_ref(x, n):
    return librosa.stft(np.pad(x, (0, -len(x) % (n//4))), n_fft=n, hop_length=n//4, pad_mode="constant")


def test_loss_against_librosa():
    x, y = rand(5000).numpy(), rand(5000, seed=1).numpy()
    want = 0
    for n in vc.SCALES:
        a, b = np.abs(stft_ref(x, n)), np.abs(stft_ref(y, n))
        want += np.abs(a - b).mean() + np.abs(np.log(a + 1e-5) - np.log(b + 1e-5)).mean()
    assert float(vc.multiscale_loss(torch.from_numpy(x), torch.from_numpy(y))) == pytest.approx(want, rel=1e-9)
    short, target = torch.from_numpy(x[:300]).requires_grad_(), torch.from_numpy(y[:300])
    assert gradcheck(lambda x: vc.multiscale_loss(x, target, scales=(64, 128)), (short,))


# -- the way back

@pytest.mark.parametrize("name", ["a", "e", "i"])
def test_analysis_finds_what_was_made(name):
    v = vowel(60, 140., name, noise=.002)
    x = Audio(vc.synthesise(v).float(), SR)
    table = np.column_stack([np.arange(60)*HOP/SR, np.full(60, 140.)])
    found = vc.analyse(x, table)
    mid = slice(10, 50)
    got = formants(lsf_to_lpc(found.lsf.double()), SR, widest_hz=500)[0][mid, :3].median(0).values
    want = torch.tensor(VOWELS_HZ[name][:3]).double()
    assert ((got - want).abs() < .1*want).all()
    back = vc.synthesise(found, x.n_samples)
    assert abs(Audio(back, SR).rms_db - x.rms_db) < .5
    level = float(vc.multiscale_loss(back[None], x.samples)/vc.multiscale_loss(0*x.samples, x.samples))
    assert level < .15


def test_analysis_of_noise_and_of_silence():
    n = 100
    v = replace(vowel(n, noise=.05), f0_hz=torch.zeros(n, dtype=D))
    x = Audio(vc.synthesise(v).float(), SR)
    found = vc.analyse(x, np.column_stack([np.arange(n)*HOP/SR, np.zeros(n)]))
    assert (found.harmonic_gain == 0).all() and abs(Audio(vc.synthesise(found, x.n_samples, seed=3), SR).rms_db - x.rms_db) < 1
    nothing = vc.analyse(Audio(torch.zeros(4000), SR))
    assert (nothing.harmonic_gain == 0).all() and (nothing.noise_gain == 0).all() and vc.synthesise(nothing, 4000).abs().max() == 0


@pytest.mark.parametrize("samples", [1, 60, 255, 300])
def test_a_clip_shorter_than_a_frame(samples):
    found = vc.analyse(Audio(torch.sin(torch.arange(float(samples))), SR))
    assert torch.isfinite(vc.synthesise(found, samples)).all()


def test_a_glide_is_not_smeared():
    "The residual of a fast glide, demodulated with its own phase, is small."
    n = 80
    v = replace(vowel(n), f0_hz=torch.linspace(120, 260, n, dtype=D))
    x = vc.synthesise(v, part="harmonics")
    C = vc.demodulate(x, v.f0_hz, SR, HOP)
    back = vc.harmonic_bank(C[None], v.f0_hz[None], sr=SR, hop=HOP, length=len(x))[0]
    inner = slice(8*HOP, -8*HOP)
    assert 10*math.log10(float((x - back)[inner].square().mean()/x[inner].square().mean())) < -15


def test_a_real_voice_analysed_and_made_again(mirror):
    x = load(mirror/"data"/"solo_voice"/"vocadito_1.flac", sr=16000, mono=True).clip(0, 8)
    table = np.loadtxt(mirror/"data"/"solo_voice"/"vocadito_1_f0.csv", delimiter=",")
    found = vc.analyse(x, table)
    back = Audio(vc.synthesise(found, x.n_samples), SR)
    loss, silence = (float(vc.multiscale_loss(y, x.samples)) for y in (back.samples, 0*x.samples))
    print(f"multi-scale loss {loss:.2f}, of silence {silence:.2f}; level {x.rms_db:.1f} and {back.rms_db:.1f} dB")
    assert loss < .35*silence and abs(back.rms_db - x.rms_db) < 1.5


# -- beside Praat

def praat(x, times, highest_hz):
    "F1 to F3 at these times (s) by Praat: Burg's method on 5 resonances below `highest_hz`."
    sound = pytest.importorskip("parselmouth").Sound(x.samples[0].double().numpy(), x.sr)
    found = sound.to_formant_burg(time_step=.01, max_number_of_formants=5, maximum_formant=highest_hz)
    return np.array([[found.get_value_at_time(k, t) for k in (1, 2, 3)] for t in times])


def by_analysis(x, table):
    "F1 to F3 of every frame by `analyse`, 3 columns."
    return formants(lsf_to_lpc(vc.analyse(x, table).lsf.double()), SR, widest_hz=600)[0][:, :3].numpy()


@pytest.mark.parametrize("hz", [110., 140., 200.])
@pytest.mark.parametrize("name", "aeiou")
def test_formants_of_a_made_vowel_are_praats(name, hz):
    times = np.arange(80)*HOP/SR
    x = Audio(vc.synthesise(vowel(80, hz, name, noise=.002)).float(), SR)
    ours, theirs = (np.nanmedian(f, 0) for f in (by_analysis(x, np.column_stack([times, np.full(80, hz)]))[10:70],
                                                 praat(x, times[10:70], 5000.)))
    print(name, hz, ours.round(), theirs.round())
    assert np.abs(ours/theirs - 1).max() < .1 and np.abs(ours/np.array(VOWELS_HZ[name][:3]) - 1).max() < .15


def test_formants_of_a_sung_vowel_are_praats(mirror):
    "The middle of every note of 0.4 s and more, where Praat is sure: it stays within 10 %, whichever of two ceilings it is given."
    folder = mirror/"data"/"solo_voice"
    x = load(folder/"vocadito_1.flac", sr=SR, mono=True)
    table, notes = (np.loadtxt(folder/f"vocadito_1_{n}.csv", delimiter=",") for n in ("f0", "notesA1"))
    where = [np.arange(math.ceil((s + .25*d)*SR/HOP), int((s + .75*d)*SR/HOP)) for s, _, d in notes if d >= .4]
    seen = {c: np.split(praat(x, np.concatenate(where)*HOP/SR, c), np.cumsum([len(w) for w in where])[:-1]) for c in (4500., 5000., 5500.)}
    low, theirs, high = (np.array([np.nanmedian(f, 0) for f in seen[c]]) for c in seen)
    spread = np.array([np.subtract(*np.nanpercentile(f, [75, 25], 0)) for f in seen[5000.]])/theirs
    sure = (spread < .1) & (np.abs(low/high - 1) < .15)
    every = by_analysis(x, table)
    off = np.abs(np.array([np.nanmedian(every[w], 0) for w in where])/theirs - 1)
    for k in range(3):
        print(f"F{k + 1}: {sure[:, k].sum()} of {len(where)} vowels, off by {np.median(off[sure[:, k], k]):.1%} (median), "
              f"{np.max(off[sure[:, k], k]):.1%} (most)")
    assert (sure.sum(0) >= 8).all() and all(np.median(off[sure[:, k], k]) < .05 for k in range(3))
    assert (off[sure] < .1).all()


# -- what is refused

def bad(**kw): return lambda: replace(some(2), **{k: v(getattr(some(2), k)) for k, v in kw.items()})


@pytest.mark.parametrize(("call", "says"), [
    (bad(f0_hz=lambda x: x*math.nan), "f0_hz has values that are not finite"),
    (bad(f0_hz=lambda x: -x), "f0_hz is -"),
    (bad(f0_hz=lambda x: x*100), "below half the rate, 8000"),
    (bad(f0_hz=lambda x: x/100), "at least 10 Hz"),
    (bad(f0_hz=lambda x: x[:, :-1]), "harmonic_gain is"),
    (bad(f0_hz=lambda x: x.long()), "f0_hz is"),
    (bad(noise_gain=lambda x: -x), "noise_gain has negative"),
    (bad(noise_shape=lambda x: x[:, :12]), "(2, 40)"),
    (bad(lsf=lambda x: x.flip(-1)), "does not rise"),
    (bad(lsf=lambda x: x[:1]), "lsf is"),
    (lambda: vc.synthesise(some(), part="buzz"), "part is 'buzz'"),
    (lambda: vc.synthesise(some(), 0), "length is 0"),
    (lambda: vc.synthesise(some(), 100, seed=-1), "seed is -1"),
    (lambda: Voice.from_arrays({"f0_hz": np.zeros(3)}), "harmonic_gain"),
    (lambda: some()[0], "stem dimension"),
    (lambda: some(1, 1, 1).arrays(), "at most a batch"),
    (lambda: vc.multiscale_loss(torch.zeros(9), torch.zeros(8)), "the target's shape"),
    (lambda: vc.multiscale_loss(torch.zeros(9), torch.zeros(9), scales=(6,)), "divisible by 4"),
    (lambda: vc.analyse(np.zeros(9)), "an Audio"),
    (lambda: vc.analyse(Audio(torch.zeros(2, 4000), SR)), ".mono()"),
    (lambda: vc.analyse(Audio(torch.ones(4000), SR), np.array([[0, 9000.]])), "below half the rate"),
    (lambda: vc.analyse(Audio(torch.ones(4000), SR), np.array([[0, 200., 300.]])), "voice"),
])
def test_bad_input(call, says):
    with pytest.raises((SepError, ParameterError)) as e: call()
    assert says in str(e.value)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_says_the_same():
    v = some(2, dtype=torch.float32)
    assert torch.allclose(vc.synthesise(v.to("cuda"), 4000).cpu(), vc.synthesise(v, 4000), atol=1e-4)
