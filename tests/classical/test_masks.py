"Masks: sums, limits, oracle order, the comb against closed forms and against a real quartet."
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sep_toolkit.sound.audio import Audio, Stems
from sep_toolkit.sound.files import load
from sep_toolkit.core import ParameterError
from sep_toolkit.classical.masks import apply_masks, CombMask, mask_spectrum, oracle_masks, OracleMask, ORACLES, share, slope, teeth
from sep_toolkit.scores.score import score
from sep_toolkit.runs.run import separate
from sep_toolkit.sound.scenes import scene
from sep_toolkit.sound.stft import stft

SR = 16000
CHOIR = scene("voices", duration_s=2., seed=3, sr=SR)


def noise(*shape, seed=0): return .1*torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


# share and apply

@settings(max_examples=40, deadline=None)
@given(S=st.integers(1, 5), power=st.floats(.1, 6), floor=st.sampled_from([0., 1e-6, .1]), seed=st.integers(0, 1000),
       scale=st.sampled_from([1e-30, 1e-6, 1., 1e6]))
def test_masks_are_shares(S, power, floor, seed, scale):
    m = scale*torch.rand(S, 5, 7, generator=torch.Generator().manual_seed(seed))
    m[:, 2] = 0
    before = m.clone()
    got = share(m, power, floor)
    assert torch.equal(m, before) and torch.isfinite(got).all() and (got >= 0).all() and (got <= 1 + 1e-6).all()
    assert torch.allclose(got.sum(0), torch.ones(5, 7), atol=1e-5)
    assert torch.allclose(got[:, 2], torch.full((S, 7), 1/S), atol=1e-6)
    if not floor:
        exact = (m[:, :2].double()/scale)**power
        assert torch.allclose(got[:, :2].double(), exact/exact.sum(0), atol=1e-5)


def test_wiener_is_the_ratio_of_powers():
    m = torch.rand(3, 4, 5).double()
    assert torch.allclose(share(m, 2.), m**2/(m**2).sum(0))
    assert torch.allclose(share(m, floor=.1), (m + .1)/(m + .1).sum(0))


def test_stems_of_masks_sum_to_the_mixture_for_any_length():
    for T in (1, 5, 500, 4001):
        x = noise(2, T)
        X = stft(x, 256, 64)
        got = apply_masks(share(torch.rand(3, *X.shape[1:])), x, 256, 64)
        assert got.shape == (3, 2, T) and torch.allclose(got.sum(0), x, atol=1e-6)
        per_channel = apply_masks(share(torch.rand(3, *X.shape)), x, 256, 64)
        assert torch.allclose(per_channel.sum(0), x, atol=1e-6)
        assert torch.equal(mask_spectrum(torch.ones(1, *X.shape[1:]), X, 256, 64, T), apply_masks(torch.ones(1, *X.shape[1:]), x, 256, 64))


# oracles

def test_oracle_masks_have_their_closed_forms():
    a = torch.stack([noise(1, 4000, seed=i) for i in range(3)])
    mags = stft(a, 512, 128).abs()
    assert torch.allclose(oracle_masks(a, "ratio", 512, 128), mags/mags.sum(0), atol=1e-6)
    assert torch.allclose(oracle_masks(a, "wiener", 512, 128), mags**2/(mags**2).sum(0), atol=1e-6)
    binary = oracle_masks(a, "binary", 512, 128)
    assert torch.equal(binary.argmax(0), mags.argmax(0)) and set(binary.unique().tolist()) == {0., 1.}


def test_stems_that_are_equal_or_silent_split_the_cell():
    a = noise(1, 1, 3000)
    for kind in ORACLES:
        for x in (a.expand(3, 1, 3000), torch.zeros(3, 1, 3000)):
            assert torch.allclose(oracle_masks(x, kind, 512, 128), torch.tensor(1/3), atol=1e-6)


def test_one_stem_gets_everything_and_a_silent_one_nothing():
    x = Audio(noise(1, 4000), SR)
    for kind in ORACLES:
        alone = OracleMask(Stems({"a": x}), kind=kind)(x)
        assert torch.allclose(alone["a"].samples, x.samples, atol=1e-6)
        two = OracleMask(Stems({"a": x, "b": x*0.}), kind=kind)(x)
        assert torch.allclose(two["a"].samples, x.samples, atol=1e-6) and two["b"].peak < 1e-6


def test_no_oracle_beats_the_best_real_mask_for_its_cells():
    "The clipped phase-sensitive mask minimises the error in every cell among masks in [0, 1], so it bounds the others."
    X, S = stft(CHOIR.mix.samples, 2048, 512), stft(CHOIR.stems.tensor, 2048, 512)
    best = ((S*X.conj()).real/X.abs().square().clamp(min=1e-20)).clamp(0, 1)
    error = lambda m: (S - m*X).abs().square().sum()
    for kind in ORACLES: assert error(best) <= error(oracle_masks(CHOIR.stems.tensor, kind, 2048, 512))
    assert error(oracle_masks(CHOIR.stems.tensor, "wiener")) < error(oracle_masks(CHOIR.stems.tensor, "ratio"))


@pytest.mark.parametrize("kind", ORACLES)
def test_oracles_separate_a_known_scene(kind):
    got = score(OracleMask(CHOIR.stems, kind=kind)(CHOIR.mix), CHOIR.stems, metrics="si_sdri")
    assert got["si_sdri"].mean() > 12


def test_stereo_oracles_take_stereo_or_mono_references():
    left = CHOIR.mix.samples
    mix = Audio(torch.cat([left, .5*left]), SR)
    pan = CHOIR.stems.map(lambda a: Audio(torch.cat([a.samples, .5*a.samples]), SR))
    two, one = OracleMask(pan)(mix), OracleMask(CHOIR.stems)(mix)
    assert two.channels == 2 and torch.allclose(two.tensor, one.tensor, atol=1e-5)
    with pytest.raises(ParameterError, match="channels"): OracleMask(pan)(CHOIR.mix)


# teeth

def test_teeth_sit_at_the_harmonics_with_their_width():
    hz = torch.full((1, 3), 500.)
    hz[0, 1] = 0
    g = teeth(hz, SR, 2048, 1.2)
    per_bin = SR/2048
    assert g.shape == (1, 1025, 3) and (g[..., 1] == 0).all()
    for k in (1, 2, 15): assert float(g[0, round(k*500/per_bin), 0]) == 1.
    assert float(g[0, 64 + 2, 0]) == pytest.approx(math.exp(-.5*(2/1.2)**2), abs=1e-5)
    assert float(g[0, 10, 0]) < 1e-20  # nothing at 0 Hz
    assert torch.equal(g[..., 0], g[..., 2])


def test_gliding_pitch_widens_high_teeth_only_when_asked():
    hz = torch.linspace(400, 440, 9)[None]
    assert torch.allclose(slope(hz)[0, 1:-1], torch.full((7,), 5.), atol=1e-4) and slope(hz)[0, 0] == 0
    plain, wide = teeth(hz, SR), teeth(hz, SR, glide=1.)
    assert torch.equal(plain[..., 0], wide[..., 0]) and wide[0, 900:, 4].sum() > 1.5*plain[0, 900:, 4].sum()
    hz[0, 5] = 0
    assert slope(hz)[0, 4] == 0 and slope(hz)[0, 6] == 0


# the comb

def test_the_comb_separates_what_it_knows_the_pitch_of():
    comb = CombMask(CHOIR.f0, names=CHOIR.stems.names)
    before = CHOIR.mix.samples.clone()
    got = comb(CHOIR.mix)
    assert torch.equal(CHOIR.mix.samples, before) and got.names == CHOIR.stems.names and got.residual.peak < 1e-5
    assert score(got, CHOIR.stems, metrics="si_sdri")["si_sdri"].mean() > 10


def test_unvoiced_frames_are_shared_equally():
    table = CHOIR.f0.copy()
    table[:, 1:] = 0
    got = CombMask(table)(CHOIR.mix)
    for a in got.values(): assert torch.allclose(a.samples, CHOIR.mix.samples/4, atol=1e-6)


def test_batch_items_are_independent():
    comb = CombMask(CHOIR.f0)
    x = torch.stack([CHOIR.mix.samples, .3*CHOIR.mix.samples.flip(-1)])
    got = comb.forward(x, SR)
    assert got.shape == (2, 4, 1, CHOIR.mix.n_samples) and torch.allclose(got[1:], comb.forward(x[1:], SR))


def test_settings_are_recorded_and_make_the_same_method():
    comb = CombMask(CHOIR.f0, width_bins=2., floor=.01, n_fft=1024, hop=128)
    again = CombMask(**comb.settings)
    assert torch.equal(comb(CHOIR.mix).tensor, again(CHOIR.mix).tensor) and comb.settings["width_bins"] == 2.


@pytest.mark.parametrize("make,words", [
    (lambda: CombMask(CHOIR.f0, width_bins=0), ["width_bins", "0"]),
    (lambda: CombMask(CHOIR.f0, floor=-1), ["floor"]),
    (lambda: CombMask(CHOIR.f0, n_fft=1001), ["n_fft", "even"]),
    (lambda: CombMask(CHOIR.f0, n_fft=512, hop=512), ["hop", "256"]),
    (lambda: OracleMask(CHOIR.mix), ["reference", "Stems"]),
    (lambda: OracleMask(CHOIR.stems, kind="ideal"), ["kind", "ratio, binary, wiener"]),
    (lambda: OracleMask(CHOIR.stems)(CHOIR.mix.clip(0, 1)), ["as many samples as the reference"]),
    (lambda: OracleMask(CHOIR.stems).forward(CHOIR.mix.samples[None], 8000), ["sr", "16000"]),
    (lambda: share(-torch.ones(2, 3, 4)), ["models", "negative"]),
    (lambda: share(torch.full((2, 3, 4), math.nan)), ["models", "NaN"]),
    (lambda: share(torch.ones(3)), ["models", "(S, ..., F, N)"]),
    (lambda: share(torch.ones(2, 3, 4), power=0), ["power"]),
    (lambda: apply_masks(torch.ones(2, 3, 4), noise(1, 4000)), ["masks", "1025"]),
])
def test_bad_input_gets_a_clear_error(make, words):
    with pytest.raises(ParameterError) as err: make()
    for w in words: assert w in str(err.value), str(err.value)


@pytest.mark.filterwarnings("ignore::sep_toolkit.core.SepNotice")
def test_a_real_quartet_gives_the_published_numbers(mirror):
    "Mean SI-SDR over the 4 s excerpts in which all four sing: input -5.4 dB, comb 4.6 dB, ideal mask of powers 11.4 dB."
    folder, names = mirror/"data/choir", ("soprano", "alto", "tenor", "bass")
    stems = {n: load(folder/f"nino_dios_{n}_3.flac") for n in names}
    table = np.loadtxt(folder/"nino_dios_quartet_3_multif0.csv", delimiter=",", skiprows=1)
    T = min(a.n_samples for a in stems.values())
    stems = Stems({n: Audio(a.samples[:, :T], SR) for n, a in stems.items()})
    found = {"mixture": [], "comb": [], "wiener": []}
    for start in range(0, int(T/SR) - 3, 4):
        part = stems.clip(start, start + 4)
        if min(a.rms_db for a in part.values()) < -50: continue
        rows = table[(table[:, 0] >= start) & (table[:, 0] < start + 4)] - [start, 0, 0, 0, 0]
        made = {"mixture": part.map(lambda a, m=part.mix: m), "comb": CombMask(rows, names=names)(part.mix),
                "wiener": OracleMask(part, kind="wiener", hop=256)(part.mix)}
        for k, s in made.items(): found[k].append(score(s, part, metrics="si_sdr")["si_sdr"].mean())
    means = {k: float(np.mean(v)) for k, v in found.items()}
    assert len(found["comb"]) == 24
    assert means["mixture"] == pytest.approx(-5.4, abs=.1)
    assert means["comb"] == pytest.approx(4.6, abs=.3) and means["wiener"] == pytest.approx(11.4, abs=.3), means


@pytest.mark.parametrize("seconds", [.4, .9])
@pytest.mark.parametrize("make", [lambda: CombMask(CHOIR.f0), lambda: CombMask(CHOIR.f0, n_fft=1024, hop=200),
                                  *(lambda kind=kind: OracleMask(CHOIR.stems, kind=kind) for kind in ORACLES),
                                  lambda: OracleMask(CHOIR.stems, n_fft=512, hop=100)])
def test_masks_in_blocks_are_the_masks_of_the_whole(make, seconds):
    method = make()
    method.chunk_s = seconds
    parts = list(method.parts(CHOIR.mix.samples, SR))
    assert len(parts) > 2
    assert torch.allclose(torch.cat([y for *_, y in parts], -1), make().forward(CHOIR.mix.samples[None], SR)[0], atol=1e-6)
    assert separate(CHOIR.mix, method).residual.peak < 1e-5


def test_windows_with_too_many_frames_are_refused():
    for make in (lambda **k: CombMask(CHOIR.f0, **k), lambda **k: OracleMask(CHOIR.stems, **k)):
        with pytest.raises(ParameterError, match="hop is 1: .*hours"): make(hop=1)
