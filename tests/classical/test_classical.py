"Classical methods: laws of the updates, resuming, grouping, independent references, what they separate, every error."
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sep_toolkit.sound.audio import Audio, Stems
from sep_toolkit.sound.files import load
from sep_toolkit.classical.factorisation import divergence, DIVERGENCES, EPS, spectrogram, update
from sep_toolkit.classical.hpss import HPSS
from sep_toolkit.classical.nmf import DictionaryNMF, group, InformedNMF, NMF, smooth_basis, SourceFilterNMF, templates
from sep_toolkit.core import generator, ParameterError, SepNotice
from sep_toolkit.scores.score import score
from sep_toolkit.runs.run import record
from sep_toolkit.sound.scenes import scene
from sep_toolkit.runs.separator import Iterative
from sep_toolkit.sound.stft import stft

SR = 16000
CHOIR = scene("voices", duration_s=1.5, seed=3, sr=SR)
BAND = scene("drums", duration_s=1.5, seed=3, sr=SR)
CLIPS = dict(scene("noise", duration_s=1.5, seed=5, sr=SR).stems)
NAMES = CHOIR.stems.names

ITERATIVE = {
    "kl": lambda: NMF(n_stems=3, iterations=25, audio_every=5),
    "is": lambda: NMF(n_stems=3, kind="is", iterations=25),
    "euclidean": lambda: NMF(n_stems=3, kind="euclidean", iterations=25),
    "grouped": lambda: NMF(n_stems=2, n_components=7, iterations=25),
    "informed": lambda: InformedNMF(CHOIR.f0, names=NAMES, iterations=8),
    "source-filter": lambda: SourceFilterNMF(CHOIR.f0, names=NAMES, iterations=12, audio_every=4),
    "combs": lambda: SourceFilterNMF(CHOIR.f0, names=NAMES, combs=3, iterations=6),
    "dictionary": lambda: DictionaryNMF(CLIPS, n_atoms=8, iterations=15, train_iterations=10),
    "dictionary is": lambda: DictionaryNMF(CLIPS, n_atoms=8, kind="is", iterations=15, train_iterations=10),
}


@pytest.fixture(params=ITERATIVE)
def method(request): return ITERATIVE[request.param]()


def sounds(step): return {k: step.audio[k] for k in step.audio}


# one update

@settings(max_examples=30, deadline=None)
@given(kind=st.sampled_from(list(DIVERGENCES)), seed=st.integers(0, 10_000), level=st.sampled_from([1e-4, 1., 1e4]))
def test_an_update_never_makes_the_divergence_larger(kind, seed, level):
    g = generator(seed)
    V = level*torch.rand(12, 15, generator=g).double() + EPS
    V[3] = EPS
    W, H = torch.rand(12, 4, generator=g).double(), level*torch.rand(4, 15, generator=g).double()
    before = divergence(V, W @ H + EPS, kind)
    new = update(H, lambda x: W.T @ x, V, W @ H + EPS, kind)
    assert (new >= 0).all() and divergence(V, W @ new + EPS, kind) <= before*(1 + 1e-9)
    zeroed = torch.where(torch.rand(H.shape, generator=g) < .5, 0., H)
    assert (update(zeroed, lambda x: W.T @ x, V, W @ zeroed + EPS, kind)[zeroed == 0] == 0).all()


def test_a_perfect_model_is_a_fixed_point():
    W, H = torch.rand(9, 3).double() + .1, torch.rand(3, 8).double() + .1
    V = W @ H + EPS
    for kind in DIVERGENCES:
        assert divergence(V, V, kind) == pytest.approx(0, abs=1e-15)
        assert torch.allclose(update(H, lambda x: W.T @ x, V, V, kind), H, rtol=1e-9)


def test_divergences_have_their_closed_forms():
    V, M = torch.full((2, 2), 3.), torch.full((2, 2), 1.5)
    assert divergence(V, M, "euclidean") == pytest.approx(1.125)
    assert divergence(V, M, "kl") == pytest.approx(3*math.log(2) - 1.5)
    assert divergence(V, M, "is") == pytest.approx(2 - math.log(2) - 1)
    with pytest.raises(ParameterError, match="kind"): divergence(V, M, "kullback")


def test_a_spectrogram_of_rank_two_is_found():
    rng = np.random.default_rng(0)
    W, H = torch.from_numpy(rng.gamma(.5, size=(1025, 2))), torch.from_numpy(rng.gamma(.5, size=(2, 60)))
    V = (W @ H)/(W @ H).mean() + EPS
    nmf = NMF(n_stems=2, iterations=300)
    state = nmf._begin(V, None, generator(0))
    for _ in range(300): state = nmf._improve(V, None, state)
    assert divergence(V, state["W"] @ state["H"] + EPS) < 1e-3
    found, true = state["W"]/state["W"].norm(dim=0), W/W.norm(dim=0)
    assert (found.T @ true).max(0).values.min() > .99


# the loop

def test_losses_never_rise(method):
    steps = list(method.steps(CHOIR.mix, seed=4))
    losses = [s.scalars["loss"] for s in steps]
    assert all(b <= a*(1 + 1e-5) for a, b in zip(losses, losses[1:], strict=False)) and losses[-1] < losses[0]
    assert isinstance(method, Iterative) and len(steps) == method.total == method.iterations
    assert [s.point["iteration"] for s in steps] == list(range(1, len(steps) + 1))


def test_going_on_from_any_step_changes_nothing(method):
    steps = list(method.steps(CHOIR.mix, seed=4))
    for i in (0, len(steps)//2, len(steps) - 2):
        rest = list(method.steps(CHOIR.mix, seed=77, start=steps[i]))
        assert len(rest) == len(steps) - 1 - i
        assert [s.scalars["loss"] for s in rest] == [s.scalars["loss"] for s in steps[i + 1:]]
        for name in method.stems: assert torch.equal(rest[-1].audio[name], steps[-1].audio[name])
    assert list(method.steps(CHOIR.mix, start=steps[-1])) == []


def test_steps_carry_named_factors_and_stems_now_and_then(method):
    steps = list(method.steps(CHOIR.mix))
    for i, s in enumerate(steps, 1):
        assert set(s.arrays) == set(method.dims)
        for k, (dims, x) in s.arrays.items(): assert dims == method.dims[k] and np.isfinite(x).all() and (x >= 0).all()
        loud = i % method.audio_every == 0 or i == len(steps)
        assert tuple(s.audio) == (method.stems if loud else ())
    last = torch.stack([steps[-1].audio[n] for n in method.stems])
    assert torch.allclose(last.sum(0), CHOIR.mix.samples, atol=1e-5)


def test_a_trace_of_it_is_a_dataset_and_has_its_stems():
    trace = record(CHOIR.mix, ITERATIVE["kl"](), seed=1)
    assert trace.data["W"].dims == ("step", "bin", "component") and trace.data.sizes["step"] == 25
    assert torch.allclose(trace.stems.tensor, ITERATIVE["kl"]()(CHOIR.mix).tensor) is False  # another seed
    assert trace.stems.residual.peak < 1e-5


def test_the_seed_decides():
    nmf = ITERATIVE["kl"]()
    first = lambda seed: next(nmf.steps(CHOIR.mix, seed=seed)).scalars["loss"]
    assert first(1) == first(1) != first(2)


def test_level_does_not_matter(method):
    a, b = (next(iter(reversed(list(method.steps(m))))) for m in (CHOIR.mix, CHOIR.mix*1e-3))
    for name in method.stems: assert torch.allclose(a.audio[name]*1e-3, b.audio[name], atol=1e-3*float(a.audio[name].abs().max())*2e-3)


def test_channels_share_one_mask(method):
    stereo = Audio(torch.cat([CHOIR.mix.samples, -.5*CHOIR.mix.samples]), SR)
    last = list(method.steps(stereo))[-1]
    for name in method.stems: assert torch.allclose(last.audio[name][1], -.5*last.audio[name][0], atol=1e-6)


def test_silence_and_short_clips(method):
    for x in (torch.zeros(1, 4000), CHOIR.mix.samples[:, :1], CHOIR.mix.samples[:, 4000:4100]):
        mix = Audio(x, SR)
        stems = method(mix)
        assert torch.isfinite(stems.tensor).all() and stems.residual.peak < 1e-5
        if mix.peak == 0: assert max(a.peak for a in stems.values()) == 0


def test_inputs_are_not_touched(method):
    before, table = CHOIR.mix.samples.clone(), CHOIR.f0.copy()
    steps = list(method.steps(CHOIR.mix))
    arrays = {k: x.copy() for k, (_, x) in steps[0].arrays.items()}
    list(method.steps(CHOIR.mix, start=steps[0]))
    assert torch.equal(CHOIR.mix.samples, before) and np.array_equal(CHOIR.f0, table)
    assert all(np.array_equal(arrays[k], steps[0].arrays[k][1]) for k in arrays)


def test_a_foreign_step_is_refused(method):
    step = next(iter(method.steps(CHOIR.mix)))
    with pytest.raises(ParameterError, match="start holds"): next(iter(method.steps(CHOIR.mix.clip(0, .5), start=step)))
    from sep_toolkit.runs.trace import Step
    with pytest.raises(ParameterError, match="no factors"): next(iter(method.steps(CHOIR.mix, start=Step(point={"iteration": 1}))))


# blind

def test_blind_nmf_finds_parts_that_do_not_overlap():
    t = torch.arange(2*SR)/SR
    low = .3*torch.sin(2*torch.pi*300*t)*(torch.sin(2*torch.pi*2*t) > 0)
    high = .3*torch.sin(2*torch.pi*2100*t)*(torch.sin(2*torch.pi*3*t) > 0)
    true = Stems({"low": Audio(low, SR), "high": Audio(high, SR)})
    for kind in ("kl", "euclidean"):  # Itakura-Saito gives every cell the same weight, silent ones too
        got = score(NMF(n_stems=2, kind=kind, iterations=60)(true.mix), true, metrics="si_sdr", permute=True)
        assert got["si_sdr"].min() > 20, kind


def test_components_with_like_envelopes_go_together():
    bands = torch.rand(24, 1, generator=generator(1)) + .1
    other = torch.rand(24, 1, generator=generator(2)) + .1
    e = torch.cat([bands, 5*other, 3*bands, .1*other, bands*1.01], 1)
    assert group(e, 2).tolist() == [0, 1, 0, 1, 0]
    assert group(e, 5).tolist() == [0, 1, 2, 3, 4] and group(e, 1).tolist() == [0]*5


def test_bands_are_a_partition():
    for F, sr, n in ((1025, 16000, 30), (257, 8000, 12), (2049, 44100, 40)):
        b = smooth_basis(F, sr, n)
        assert b.shape == (F, n) and (b >= 0).all() and torch.allclose(b.sum(1), torch.ones(F), atol=1e-5)
        assert (b > 0).any(0).all()


def test_spectrogram_is_the_mean_power_of_the_channels():
    x = CHOIR.mix.samples
    X = stft(torch.cat([0*x, x]), 1024, 256)
    V = spectrogram(X, "is")
    assert float(V.mean()) == pytest.approx(1, abs=1e-4)
    assert torch.allclose(spectrogram(X, "kl"), spectrogram(stft(x, 1024, 256), "kl"), rtol=1e-4, atol=1e-6)
    assert torch.equal(spectrogram(0*X), torch.full(X.shape[1:], EPS))


# harmonic and percussive

def test_hpss_is_librosa_s():
    import librosa
    x = BAND.mix.samples
    X = stft(x, 2048, 512)
    h, p = librosa.decompose.hpss(X.numpy())
    got = HPSS()(BAND.mix)
    again = stft(got["harmonic"].samples, 2048, 512)
    from sep_toolkit.sound.stft import istft
    assert torch.allclose(got["harmonic"].samples, istft(torch.from_numpy(h), 2048, 512, length=x.shape[-1]), atol=1e-5)
    assert torch.allclose(got["percussive"].samples, istft(torch.from_numpy(p), 2048, 512, length=x.shape[-1]), atol=1e-5)
    assert again.shape == X.shape


def test_hpss_takes_lines_from_strokes():
    t = torch.arange(2*SR)/SR
    tone, clicks = .2*torch.sin(2*torch.pi*440*t), torch.zeros(2*SR)
    clicks[2000::4000] = 1.
    true = Stems({"harmonic": Audio(tone, SR), "percussive": Audio(clicks, SR)})
    assert score(HPSS()(true.mix), true, metrics="si_sdr")["si_sdr"].min() > 8
    loose = HPSS(margin=3.)(true.mix)
    assert loose.residual.rms_db > HPSS()(true.mix).residual.rms_db + 20
    stereo = Audio(torch.stack([tone + clicks, .5*clicks]), SR)
    assert HPSS()(stereo)["harmonic"].samples[1].abs().max() < .1*HPSS()(stereo)["percussive"].samples[1].abs().max()


def test_hpss_of_short_clips_never_filters_past_the_array(monkeypatch):
    "A median filter much longer than its array reads freed memory: sometimes NaN, so only the size asked for can be tested."
    import librosa
    real, asked = librosa.decompose.hpss, []
    def spy(S, *, kernel_size, **kw):
        asked.append((kernel_size, S.shape[-1], S.shape[-2]))
        return real(S, kernel_size=kernel_size, **kw)
    monkeypatch.setattr(librosa.decompose, "hpss", spy)
    for n in (1, 300, 2000, CHOIR.mix.n_samples):
        x = CHOIR.mix.samples[None, :, :n]
        assert torch.equal(HPSS().forward(x, SR), HPSS().forward(x, SR))
    assert len(asked) == 8 and all(k[0] < 2*N and k[1] < 2*F for k, N, F in asked) and asked[-1][0] == (31, 31)


# with pitch

def test_templates_sound_only_near_the_track():
    hz = np.array([0., 220., 220., 247., 0.])
    W, where, pitch = templates(hz, 10., 20., SR, 2048)
    assert W.shape == (1025, len(pitch)) and where.shape == (len(pitch), 5) and not where[:, [0, 4]].any()
    for n in (1, 3):
        cents = 1200*np.log2(pitch[where[:, n]].numpy()/hz[n])
        assert np.abs(cents).max() <= 20.01 and len(cents) in (4, 5)
    assert templates(0*hz, 10., 20., SR, 2048)[0].shape == (1025, 0)


@pytest.mark.parametrize("make,gain_db", [(lambda: InformedNMF(CHOIR.f0, names=NAMES), 9),
                                          (lambda: SourceFilterNMF(CHOIR.f0, names=NAMES), 12),
                                          (lambda: SourceFilterNMF(CHOIR.f0, names=NAMES, combs=3, iterations=15), 12)])
def test_pitch_separates_a_known_scene(make, gain_db):
    assert score(make()(CHOIR.mix), CHOIR.stems, metrics="si_sdri")["si_sdri"].mean() > gain_db


def test_combs_around_the_track_help_when_it_is_off():
    off = CHOIR.f0*np.array([1., *[2**(20/1200)]*4])
    gain = lambda **kw: score(SourceFilterNMF(off, names=NAMES, iterations=15, **kw)(CHOIR.mix), CHOIR.stems,
                              metrics="si_sdri")["si_sdri"].mean()
    assert gain(combs=3, spacing_cents=20.) > gain() + .3


@pytest.mark.filterwarnings("ignore:f0 has rows")
def test_unvoiced_voices_and_tables_that_end_early():
    table = CHOIR.f0.copy()
    table[:, 1] = 0
    for cls in (InformedNMF, SourceFilterNMF):
        got = cls(table, names=NAMES)(CHOIR.mix)
        assert got[NAMES[0]].rms_db < CHOIR.mix.rms_db - 10 and got.residual.peak < 1e-5
        nobody = cls(0*table + [[t, 0, 0, 0, 0] for t in table[:, 0]], names=NAMES)(CHOIR.mix)
        for a in nobody.values(): assert torch.allclose(a.samples, CHOIR.mix.samples/4, atol=1e-5)
        assert cls(CHOIR.f0[:40])(CHOIR.mix).residual.peak < 1e-5


@pytest.mark.parametrize("sr", [8000, 22050, 44100])
def test_the_window_follows_the_rate(sr):
    for cls in (InformedNMF, SourceFilterNMF):
        method = cls(CHOIR.f0, iterations=2)
        n_fft, hop = method.window(sr)
        assert .08 < n_fft/sr < .2 and hop == n_fft//8 and n_fft & (n_fft - 1) == 0
        assert method(CHOIR.mix.clip(0, .5).resample(sr)).residual.peak < 1e-4


def test_settings_make_the_same_method():
    for make in ITERATIVE.values():
        m = make()
        again = type(m)(**m.settings)
        a, b = (list(x.steps(CHOIR.mix.clip(0, .5), seed=3))[-1] for x in (m, again))
        assert a.scalars["loss"] == b.scalars["loss"]


@pytest.mark.filterwarnings("ignore::sep_toolkit.core.SepNotice")
def test_a_real_quartet_is_separated_better_than_by_the_comb(mirror):
    from sep_toolkit.classical.masks import CombMask
    folder, names = mirror/"data/choir", ("soprano", "alto", "tenor", "bass")
    table = np.loadtxt(folder/"nino_dios_quartet_3_multif0.csv", delimiter=",", skiprows=1)
    stems = {n: load(folder/f"nino_dios_{n}_3.flac") for n in names}
    T = min(a.n_samples for a in stems.values())
    stems = Stems({n: Audio(a.samples[:, :T], SR) for n, a in stems.items()})
    found = {"comb": [], "informed": [], "source-filter": []}
    for start in (8, 40, 76):
        part = stems.clip(start, start + 4)
        rows = table[(table[:, 0] >= start) & (table[:, 0] < start + 4)] - [start, 0, 0, 0, 0]
        for k, cls in zip(found, (CombMask, InformedNMF, SourceFilterNMF), strict=True):
            found[k].append(score(cls(rows, names=names)(part.mix), part, metrics="si_sdr")["si_sdr"].mean())
    comb, informed, tract = (float(np.mean(v)) for v in found.values())
    assert comb > 4 and informed > comb + .5 and tract > comb + 1.5, found


# dictionaries

def test_dictionaries_separate_what_they_were_taught():
    pupil = scene("noise", duration_s=1.5, seed=8, sr=SR)
    method = DictionaryNMF(CLIPS, n_atoms=24)
    got = score(method(pupil.mix), pupil.stems, metrics="si_sdri")
    assert got["si_sdri"].mean() > 5 and method.stems == tuple(CLIPS)
    assert method.dictionary is method.dictionary and torch.allclose(method.dictionary.sum(0), torch.ones(48), atol=1e-4)
    assert torch.equal(DictionaryNMF(CLIPS, n_atoms=24).dictionary, method.dictionary)
    assert not torch.equal(DictionaryNMF(CLIPS, n_atoms=24, seed=1).dictionary, method.dictionary)


# errors

TONE = Audio(.1*torch.ones(4000), SR)


@pytest.mark.parametrize("make,words", [
    (lambda: NMF(n_stems=0), ["n_stems", "0"]),
    (lambda: NMF(n_stems=4, n_components=3), ["n_components", "4"]),
    (lambda: NMF(kind="kullback"), ["kind", "is, kl, euclidean"]),
    (lambda: NMF(iterations=2.5), ["iterations", "2.5"]),
    (lambda: NMF(n_fft=1001), ["n_fft", "even"]),
    (lambda: NMF(n_fft="long"), ["n_fft", "'long'"]),
    (lambda: NMF(audio_every=0), ["audio_every"]),
    (lambda: HPSS(kernel=0), ["kernel"]),
    (lambda: HPSS(margin=.5), ["margin", "0.5"]),
    (lambda: InformedNMF(CHOIR.f0[:, 0]), ["f0"]),
    (lambda: InformedNMF(CHOIR.f0, names=("a",)), ["names", "4"]),
    (lambda: InformedNMF(CHOIR.f0, cents=0), ["cents"]),
    (lambda: InformedNMF(CHOIR.f0, reach_cents=1.), ["reach_cents"]),
    (lambda: SourceFilterNMF(CHOIR.f0, combs=2), ["combs", "odd"]),
    (lambda: SourceFilterNMF(CHOIR.f0, filters=0), ["filters"]),
    (lambda: SourceFilterNMF(None), ["f0"]),
    (lambda: DictionaryNMF({}), ["clips", "mapping"]),
    (lambda: DictionaryNMF([TONE]), ["clips", "mapping"]),
    (lambda: DictionaryNMF({"a": TONE.samples}), ["clips['a']", "Audio"]),
    (lambda: DictionaryNMF({"a": []}), ["clips['a']"]),
    (lambda: DictionaryNMF({"a": TONE*0.}), ["clips['a']", "silent"]),
    (lambda: DictionaryNMF({"a": TONE, "b": TONE.resample(8000)}), ["clips", "8000", "resample"]),
])
def test_bad_input_gets_a_clear_error(make, words):
    with pytest.raises(ParameterError) as err: make()
    for w in words: assert w in str(err.value), str(err.value)


# long signals

LONG = scene("voices", duration_s=6., seed=4, sr=SR, n_stems=2)


def whole(method, mix=None): return method.forward((mix or LONG.mix).samples[None], SR)[0]


def in_parts(method, seconds, mix=None, **kw):
    method.chunk_s = seconds
    parts = list(method.parts((mix or LONG.mix).samples, SR, **kw))
    assert len(parts) > 2 and parts[0][0] == 0 and all(a[1] == b[0] for a, b in zip(parts, parts[1:]))
    return torch.cat([y for *_, y in parts], -1)


@pytest.mark.parametrize("settings", [dict(), dict(kernel=7, hop=300), dict(kernel=101, n_fft=512, hop=128), dict(n_fft=4096, hop=1024)])
@pytest.mark.parametrize("seconds", [.7, 1.9])
def test_hpss_in_blocks_is_hpss(settings, seconds):
    stereo = Audio(torch.cat([LONG.mix.samples, LONG.mix.samples.flip(-1)]), SR)
    assert torch.allclose(in_parts(HPSS(**settings), seconds, stereo), whole(HPSS(**settings), stereo), atol=1e-6)


def test_a_dictionary_in_blocks_is_the_same():
    make = lambda: DictionaryNMF(CLIPS, n_atoms=6, iterations=10, train_iterations=5)
    assert torch.allclose(in_parts(make(), 1.), whole(make()), atol=2e-6)


LONGS = {
    "kl": lambda: NMF(n_stems=2, iterations=30), "is": lambda: NMF(n_stems=2, kind="is", iterations=30),
    "grouped": lambda: NMF(n_stems=2, n_components=6, iterations=30),
    "informed": lambda: InformedNMF(LONG.f0, names=LONG.stems.names), "combs": lambda: SourceFilterNMF(LONG.f0, combs=3, iterations=6),
    "source-filter": lambda: SourceFilterNMF(LONG.f0, names=LONG.stems.names, iterations=20),
}


@pytest.mark.parametrize("name", LONGS)
def test_long_signals_share_their_spectra(name):
    with pytest.warns(SepNotice, match="is learned on .* spread over it"): a = in_parts(LONGS[name](), 2., seed=3)
    with pytest.warns(SepNotice): b = in_parts(LONGS[name](), 2., seed=3)
    assert torch.equal(a, b) and torch.allclose(a.sum(0), LONG.mix.samples, atol=1e-5)
    method = LONGS[name]()
    method.chunk_s = 2.
    with pytest.warns(SepNotice): trace = record(LONG.mix, method, seed=3)
    assert torch.equal(trace.stems.tensor, a) and all(s.span for s in trace)
    if name in ("informed", "source-filter"):
        long, short = (score(Stems(dict(zip(method.stems, (Audio(x, SR) for x in y)))), LONG.stems)["si_sdr"].mean()
                       for y in (a, whole(LONGS[name]())))
        assert long > short - 1.5, (long, short)


def test_a_joint_of_blocks_is_not_heard():
    with pytest.warns(SepNotice): stems = in_parts(SourceFilterNMF(LONG.f0, iterations=15), 2.)
    jumps = stems.diff(dim=-1).abs()
    at = [2*SR//256*256, 4*SR//256*256]
    for k in at: assert jumps[..., k - 1].max() < 10*jumps[..., k - 40:k + 40].mean() + 1e-3


@pytest.mark.parametrize("level", [1e-30, 1e-12, 1e12, 1e30])
def test_levels_that_have_no_power(method, level):
    def stems(mix): return torch.stack([list(method.steps(mix, seed=2))[-1].audio[n] for n in method.stems])
    loud = Audio._own(CHOIR.mix.samples*level, SR)
    a, b = stems(loud)/level, stems(CHOIR.mix)
    assert torch.isfinite(a).all() and (a - b).square().sum() < 1e-6*b.square().sum()


@pytest.mark.parametrize("make", [lambda **k: HPSS(**k)])
def test_windows_that_would_take_hours_are_refused(make):
    for k in (dict(hop=1), dict(n_fft=131072), dict(n_fft=4096, hop=63)):
        with pytest.raises(ParameterError, match="hop is .*n_fft/64"): make(**k)
    assert make(n_fft=131072, hop=2048).hop == 2048 and make(n_fft=64, hop=1).hop == 1
    x = torch.randn(1, 1, 882)
    for k in (dict(n_fft=131072, hop=2048, kernel=1000), dict(n_fft=2048, hop=32)): assert torch.isfinite(make(**k).forward(x, 44100)).all()
