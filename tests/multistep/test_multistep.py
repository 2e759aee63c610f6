"""Multi-step separation: the published searches, the guarantee, the memory, and what happens when a model or metric misbehaves."""
import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import sep_toolkit.multistep.search as ms
from sep_toolkit.sound.audio import Audio, Stems
from sep_toolkit.core import ParameterError, SepError, SepNotice
from sep_toolkit.scores.metrics import Metric, METRICS
from sep_toolkit.multistep.analysis import BestOf, curve, fair_table, lipschitz_band, positions, regret, rescore, score_noise
from sep_toolkit.multistep.base import blend, Case, Known, project, state_of
from sep_toolkit.multistep.method import MultiStep, published
from sep_toolkit.multistep.search import Adaptive, grid_ratios, GRIDS, halved, vertex
from sep_toolkit.multistep.tiles import band_masks, choose_tiles, moments, split_bands, TileSteps
from sep_toolkit.scores.judge import Judge, as_metric
from sep_toolkit.scores.metrics import one_number
from sep_toolkit.runs.run import record, Run, separate
from sep_toolkit.runs.separator import Separator
from sep_toolkit.runs.trace import load_trace, side_by_side

SR = 8000


def noise(T=800, C=1, seed=0, gain=.1): return torch.randn(C, T, generator=torch.Generator().manual_seed(seed))*gain


class Odd(Separator):
    "A smooth, nonlinear function of its input with random coefficients; counts what it is asked."
    def __init__(self, seed=0, S=1, max_batch=1):
        g = torch.Generator().manual_seed(seed)
        self.taps, self.bend = torch.randn(S, 5, generator=g)*.4, 3*torch.rand(S, generator=g)
        self.taps[:, 2] = 0                                                                     # no stem is the input itself
        self.stems, self.max_batch, self.passes, self.calls = tuple(f"s{i}" for i in range(S)), max_batch, 0, []

    def forward(self, x, sr):
        self.passes += len(x)
        self.calls.append(len(x))
        y = torch.stack([torch.nn.functional.conv1d(x.reshape(-1, 1, x.shape[-1]), t[None, None], padding=2).reshape(x.shape)
                         for t in self.taps], 1)
        return torch.tanh(y*(1 + self.bend[:, None, None]*y.abs()))


class Denoise(Separator):
    "Pulls small samples towards zero: a denoiser for sparse signals, better when asked twice."
    stems, max_batch = ("clean",), 4
    def __init__(self, level=.05): self.level, self.passes = level, 0
    def forward(self, x, sr):
        self.passes += len(x)
        return (x*(x**2/(x**2 + self.level**2)))[:, None]


def sparse(T=1600, seed=0, C=1):
    g = torch.Generator().manual_seed(seed)
    return (torch.rand(C, T, generator=g) > .9)*torch.randn(C, T, generator=g)*.5


def case(seed=0, T=1600, C=1):
    clean = sparse(T, seed, C)
    return Audio(clean + noise(T, C, seed + 100, .08), SR), Audio(clean, SR)


def snr(estimate, clean): return float(10*torch.log10(clean.square().sum()/(clean - estimate).square().sum()))


def scores_of(trace): return [s.scalars["score"] for s in trace.accepted]


def passes_of(trace): return int(sum(s.scalars["passes"] for s in trace))


def evaluated(trace):
    "The steps of a trace without those that only tell who has won: accepted, and told before."
    seen = [(tuple(s.point.items()), s.parent) for s in trace]
    return [s for i, s in enumerate(trace) if not (s.accepted and seen[i] in seen[:i] and s.scalars["passes"] == 0)]


# The published searches

def published_loop(model, x, clean, which, T=20, K=10):
    "Algorithm 1 as the authors run it: no memory, weights of the estimate, plain SDR."
    y = first = model.forward(x[None], SR)[0, 0]
    passes, path = 1, [snr(y, clean)]
    for i, _ in itertools.product(range(T), range(1)):
        weights = [i/T + (j/K)*(1 - i/T) if which == "sdr" else j/K for j in range(K)]
        outs = [model.forward((w*y + (1 - w)*x)[None], SR)[0, 0] for w in weights]
        passes += K
        best = max(outs, key=lambda c: snr(c, clean))
        y = best if which == "music" or snr(best, clean) > snr(y, clean) else y
        path.append(snr(y, clean))
    return y, first, passes, path


@pytest.mark.parametrize("which", GRIDS)
@pytest.mark.parametrize("seed", range(3))
def test_published_searches_are_reproduced(which, seed):
    mix, clean = case(seed)
    y, _, passes, path = published_loop(Denoise(), mix.samples, clean.samples, which)
    assert passes == 201
    model = Denoise()
    method = MultiStep(model, metric="snr", reference=clean, search=which)
    trace = record(mix, method, progress=False)
    assert torch.allclose(trace.stems["clean"].samples, y, atol=1e-5)
    assert math.isclose(scores_of(trace)[-1], path[-1], abs_tol=1e-3)
    assert model.passes == passes_of(trace) <= (200 if which == "sdr" else 181)
    assert len(trace) - passes_of(trace) == sum(s.scalars["passes"] == 0 for s in trace)


def test_published_grids():
    for T, K in ((20, 10), (3, 4)):
        for i in range(T):
            assert np.allclose(grid_ratios("sdr", i + 1, steps=T, ratios=K), [1 - (i/T + j/K*(1 - i/T)) for j in range(K)])
            assert np.allclose(grid_ratios("music", i + 1, steps=T, ratios=K), [1 - j/K for j in range(K)])
            assert 0 < min(grid_ratios("tenths", i + 1, steps=T, ratios=K))
    music = published(Odd(), "music", reference=Audio(noise(), SR))
    assert (music.segment_s, music.channels, music.n_steps, music.ratios, music.keeps) == (5.92, "each", 20, 10, False)
    for bad in (dict(name="sdrs", step=1), dict(name="sdr", step=0), dict(name="sdr", step=1, ratios=0)):
        with pytest.raises(ParameterError): grid_ratios(**bad)


def test_music_does_not_keep_the_previous_output():
    "Steps may fall, but with ratio 1 among the candidates none is worse than one step."
    falls = 0
    for seed in range(20):
        mix, clean = Audio(noise(400, seed=seed), SR), Audio(noise(400, seed=seed + 50), SR)
        trace = record(mix, MultiStep(Odd(seed), metric="snr", reference=clean, search="music", steps=6, ratios=4), progress=False)
        s = scores_of(trace)
        assert min(s) >= s[0] - 1e-9
        falls += any(b < a for a, b in itertools.pairwise(s))
    assert falls


# Never worse

@st.composite
def problems(draw):
    S, C = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    seed, T = draw(st.integers(0, 10**6)), draw(st.integers(20, 400))
    kind = draw(st.sampled_from(["snr", "si_sdr", "random", "spiky", "low", "joint"]))
    search = draw(st.sampled_from(["adaptive", "grid", "tenths", "given"]))
    return S, C, seed, T, kind, search, draw(st.sampled_from(["each", "consistent"])), draw(st.integers(1, 4))


def metric_named(kind, seed):
    w = np.random.default_rng(seed).standard_normal(8)
    if kind == "random": return lambda e: float(np.sin(50*np.dot(w, np.resize(e.numpy(), 8))))   # a different answer to every input
    if kind == "spiky": return lambda e, sr: round(float(e.abs().max()), 1)                        # flat, with ties
    if kind == "low":
        return Metric("low", "", lambda e, r, m, sr, say, names: {"low": e.abs().mean((-1, -2)).double()}, lo=1., hi=0., needs=())
    return "mixture_consistency" if kind == "joint" else kind


@given(problems())
@settings(deadline=None, max_examples=150)
def test_never_worse(problem):
    S, C, seed, T, kind, search, coupling, steps = problem
    model = Odd(seed, S, max_batch=seed % 3 + 1)
    mix = Audio(noise(T, C, seed), SR)
    before = mix.samples.clone()
    truth = {n: Audio(noise(T, C, seed + i + 1), SR) for i, n in enumerate(model.stems)}
    oracle = kind in ("snr", "si_sdr")
    method = MultiStep(model, metric=metric_named(kind, seed), reference=truth if oracle else None, steps=steps, passes=9,
                       coupling=coupling if S > 1 else "each", ratios=(.1, .4, 1., 0.) if search == "given" else 5,
                       search="grid" if search == "given" else search)
    trace = record(mix, method, progress=False)
    sign, s = (-1 if kind == "low" else 1), scores_of(trace)
    assert all(sign*b > sign*a for a, b in itertools.pairwise(s)), s
    judge = Judge(as_metric(method.metric), mix, model.stems, torch.stack([a.samples for a in truth.values()]) if oracle else None)
    final = trace.stems.tensor
    assert math.isclose(np.mean([judge.sign*judge.score(final, i) for i in range(S)]), s[-1], rel_tol=1e-6, abs_tol=1e-6)
    assert model.passes == passes_of(trace) <= method.most_passes and torch.equal(mix.samples, before)
    assert len(trace) <= method.total


@given(st.integers(0, 10**6), st.integers(2, 30), st.integers(1, 30))
@settings(deadline=None, max_examples=60)
def test_the_adaptive_search_keeps_to_its_passes(seed, passes, steps):
    model = Odd(seed)
    method = MultiStep(model, metric="snr", reference=Audio(noise(100, seed=seed + 1), SR), passes=passes, steps=steps)
    trace = record(Audio(noise(100, seed=seed), SR), method, progress=False)
    assert model.passes <= passes and max(s.point["step"] for s in trace) <= steps


def test_a_step_without_gain_ends_the_run():
    mix = Audio(noise(), SR)
    flat = MultiStep(Odd(), metric=lambda e: 1., search="tenths", steps=20)
    trace = record(mix, flat, progress=False)
    assert len(trace.accepted) == 1 and len(trace) == 10 and {s.point["step"] for s in trace} == {0, 1}
    trace = record(mix, MultiStep(Odd(), metric=lambda e: 1., steps=20), progress=False)
    assert len(trace.accepted) == 1 and len(trace) <= 1 + 5 + ms.HALVINGS
    model = Odd()
    first = model.forward(mix.samples[None], SR)[0, 0].mean(0)
    trace = record(mix, MultiStep(model, metric=lambda e: -float((e - first).abs().mean()), steps=20), progress=False)
    assert {s.point["step"] for s in trace} == {0, 1} and len(trace) == 1 + 5 + ms.HALVINGS        # a curve worth following, no gain


def test_the_narrowing_grid_goes_on_as_published():
    trace = record(Audio(noise(), SR), MultiStep(Odd(), metric=lambda e: 1., steps=3, ratios=4), progress=False)
    assert max(s.point["step"] for s in trace) == 1                                             # adaptive
    trace = record(Audio(noise(), SR), MultiStep(Odd(), metric=lambda e: 1., steps=3, ratios=4, search="grid"), progress=False)
    assert max(s.point["step"] for s in trace) == 3 and len(trace.accepted) == 1


# Nothing twice

def test_nothing_is_computed_twice():
    mix, clean = case()
    model = Denoise()
    run = Run(MultiStep(model, metric="snr", reference=clean, search="tenths", steps=3), mix).start().wait()
    spent = model.passes
    assert spent == passes_of(run.trace) == len(evaluated(run.trace))
    for step in run.trace.steps:                                                                # every known point, from its parent
        if step.point["step"] == 0: continue
        again = run.evaluate(run.trace[step.parent], ratio=step.point["ratio"]).result()
        assert again.scalars["score"] == step.scalars["score"] and again.parent == step.parent and not again.accepted
        assert torch.equal(again.audio["clean"], step.audio["clean"])
    assert torch.equal(run.evaluate(run.trace[3], ratio=1).result().audio["clean"], run.trace[0].audio["clean"])
    assert model.passes == spent
    new = run.evaluate(run.trace.accepted[1], ratio=.123).result()
    assert model.passes == spent + 1 and new.point == {"step": 2, "ratio": .123} and new.scalars["passes"] == 1
    run.evaluate(run.trace.accepted[1], ratio=.123).result()
    assert model.passes == spent + 1
    branch = run.branch(run.trace.accepted[1]).start().wait()
    assert scores_of(branch.trace)[-1] >= scores_of(run.trace)[-1] - 1e-9
    rest = model.passes
    assert rest - spent - 1 == passes_of(branch.trace) - sum(s.scalars["passes"] for s in branch.trace if s.point["step"] <= 1)


def test_rescoring_makes_no_pass():
    mix, clean = case()
    model = Denoise()
    trace = record(mix, MultiStep(model, metric="snr", reference=clean), progress=False)
    spent = model.passes
    table = rescore(trace, "si_sdr", clean)
    assert model.passes == spent and len(table) == len(trace)
    for step, value in zip(trace, table["si_sdr"], strict=True):
        assert math.isclose(value, float(METRICS["si_sdr"](step.audio["clean"], clean.samples)[0]), abs_tol=1e-6)
    assert np.allclose(rescore(trace, "snr", clean)["snr"], table["score"])
    with pytest.raises(ParameterError, match="reference"): rescore(trace, "snr")


def test_memory_is_bounded():
    known = Known(limit_mb=.01)
    for i in range(10): known[i] = torch.zeros(1000)
    assert known.nbytes <= 10000 and known[9] is not None and known[0] is None
    known["large"] = torch.zeros(10000)
    assert known["large"] is not None and len(known.held) == 1                                  # one is always kept
    mix, clean = case()
    model = Denoise()
    method = MultiStep(model, metric="snr", reference=clean, search="tenths", steps=4)
    method._known = Known(limit_mb=1e-6)
    forgetful = record(mix, method, progress=False)
    free = record(mix, MultiStep(Denoise(), metric="snr", reference=clean, search="tenths", steps=4), progress=False)
    assert scores_of(forgetful) == scores_of(free)


def test_a_batch_is_what_the_model_takes():
    model = Odd(max_batch=4)
    record(Audio(noise(), SR), MultiStep(model, metric=lambda e: 1., search="tenths", steps=1), progress=False)
    assert model.calls == [1, 4, 4, 1]                                                          # ratio 1 is known


def test_a_long_file_is_one_pass_in_chunks():
    class Chunked(Denoise): chunk_s, overlap_s = .05, .01
    mix, clean = case()
    trace = record(mix, MultiStep(Chunked(), metric="snr", reference=clean), progress=False)
    whole = record(mix, MultiStep(Denoise(), metric="snr", reference=clean), progress=False)
    assert np.allclose(scores_of(trace), scores_of(whole), atol=1e-4)                           # pointwise: chunks change nothing


def test_no_hidden_gain_and_no_16_bits():
    seen = []
    class Spy(Odd):
        def forward(self, x, sr):
            seen.append(x.clone())
            return super().forward(x, sr)
    mix = Audio(noise(gain=3.), SR)                                                             # far above full scale
    trace = record(mix, MultiStep(Spy(), metric=lambda e: 1., search="grid", ratios=(.3,), steps=1), progress=False)
    assert torch.equal(seen[0][0], mix.samples) and mix.peak > 3
    assert torch.equal(seen[1][0], blend(mix.samples, trace[0].audio["s0"], .3))
    assert blend(1., torch.tensor(0.), .25) == .25                                              # r weighs the mixture


# Stems, target, coupling

def stems_case(S=3, T=600, seed=0):
    model = Odd(seed, S)
    truth = Stems({n: Audio(noise(T, seed=seed + i + 1), SR) for i, n in enumerate(model.stems)})
    return model, truth.mix, truth


def test_stems_are_refined_on_their_own():
    model, mix, truth = stems_case()
    trace = record(mix, MultiStep(model, metric="snr", reference=truth, search="tenths", steps=3), progress=False)
    for name in model.stems:                                                                    # as if it were alone
        alone = record(mix, MultiStep(Odd(0, 3), metric="snr", reference=truth, search="tenths", steps=3, target=name), progress=False)
        assert torch.equal(alone.stems[name].samples, trace.stems[name].samples)
        ratios, scores = curve(trace, 1, stem=name)
        assert np.allclose(ratios, np.arange(1, 10)/10) and np.isfinite(scores).all()
    with pytest.raises(ParameterError, match="stem"): curve(trace, 1)


def test_a_target_takes_the_others_from_the_same_pass():
    model, mix, truth = stems_case()
    trace = record(mix, MultiStep(model, metric="snr", reference=truth["s1"], target="s1", search="tenths", steps=2), progress=False)
    for step in trace.accepted[1:]:
        parent = trace[step.parent]
        out = model.forward(blend(mix.samples, parent.audio["s1"], step.point["ratio"])[None], SR)[0]
        assert all(torch.allclose(step.audio[n], out[i], atol=1e-6) for i, n in enumerate(model.stems))
    with pytest.raises(ParameterError, match="target"): MultiStep(model, metric="snr", reference=truth, target="s7")


@pytest.mark.parametrize("seed", range(4))
def test_consistent_stems_sum_to_the_mixture(seed):
    model, mix, truth = stems_case(seed=seed)
    trace = record(mix, MultiStep(model, metric="snr", reference=truth, coupling="consistent", steps=3), progress=False)
    s = scores_of(trace)
    assert s == sorted(s)
    assert len(s) == 1 or trace.stems.residual.peak < 1e-5
    with pytest.raises(ParameterError, match="coupling"): MultiStep(Odd(), metric=lambda e: 1., coupling="consistent")


@given(st.integers(1, 5), st.integers(1, 2), st.integers(0, 999))
@settings(deadline=None, max_examples=40)
def test_projection(S, C, seed):
    x, stems = noise(50, C, seed), torch.stack([noise(50, C, seed + i) for i in range(1, S + 1)])
    p = project(stems, x)
    assert torch.allclose(p.sum(0), x, atol=1e-6) and torch.allclose(project(p, x), p, atol=1e-6)
    assert torch.allclose(p[0] - stems[0], p[-1] - stems[-1], atol=1e-6)                         # an equal part each: the nearest


def test_mixture_consistency():
    model, mix, truth = stems_case()
    trace = record(mix, MultiStep(model, metric="mixture_consistency", steps=3), progress=False)
    rest = mix.samples - trace.stems.tensor.sum(0)
    assert math.isclose(scores_of(trace)[-1], float(10*torch.log10(mix.samples.square().sum()/rest.square().sum())), abs_tol=1e-3)


def test_stems_without_order_are_put_in_order_and_swapped_ones_are_an_error():
    class Swaps(Separator):
        stems, permutes = ("low", "high"), True
        def forward(self, x, sr):
            X = torch.fft.rfft(x)
            low, high = X.clone(), X.clone()
            low[..., 100:], high[..., :100] = 0, 0
            parts = [torch.fft.irfft(p, n=x.shape[-1]) for p in (low, high)]
            return torch.stack(parts[::-1] if x.abs().max() < .999*self.peak else parts, 1)
    mix, model = Audio(noise(), SR), Swaps()
    model.peak = mix.peak
    truth = dict(zip(model.stems, (Audio(a, SR) for a in model.forward(mix.samples[None], SR)[0]), strict=True))
    record(mix, MultiStep(model, metric="snr", reference=truth, steps=1), progress=False)
    model.permutes = False
    with pytest.raises(SepError, match=r"gave low under the name high in step 1 at ratio 0.5: .*order low, high"):
        record(mix, MultiStep(model, metric="snr", reference=truth, steps=1), progress=False)


# Segments and channels

class Same(Separator):
    stems = ("a", "b")
    def forward(self, x, sr): return torch.stack([x, -x/2], 1)


@given(T=st.integers(200, 3000), C=st.integers(1, 2), segment=st.floats(.02, .2), each=st.booleans())
@settings(deadline=None, max_examples=40)
def test_segments_are_joined_exactly(T, C, segment, each):
    mix = Audio(noise(T, C), SR)
    method = MultiStep(Same(), metric=lambda e: 1., segment_s=segment, channels="each" if each else "together", steps=1, ratios=2)
    method.overlap_s = .01
    trace = record(mix, method, progress=False)
    assert torch.allclose(trace.stems["a"].samples, mix.samples, atol=1e-6)
    assert torch.allclose(side_by_side(trace.stem_names, [s for s in trace.accepted if s.span], trace.mix)[1], -mix.samples/2, atol=1e-6)
    assert trace[-1].span is None and trace[-1].accepted
    assert torch.equal(separate(mix, method)["a"].samples, trace.stems["a"].samples)


def test_each_segment_and_channel_is_a_problem_of_its_own():
    mix, clean = case(C=2)
    method = MultiStep(Denoise(), metric="snr", reference=clean, search="music", segment_s=.1, channels="each", steps=3, ratios=4)
    method.overlap_s = 0
    trace = record(mix, method, progress=False)
    for i, c in itertools.product(range(2), range(2)):
        at = slice(800*i, 800*i + 800)
        part, true = Audio(mix.samples[c:c + 1, at], SR), Audio(clean.samples[c:c + 1, at], SR)
        alone = record(part, MultiStep(Denoise(), metric="snr", reference=true, search="music", steps=3, ratios=4), progress=False)
        assert torch.allclose(trace.stems["clean"].samples[c, at], alone.stems["clean"].samples[0], atol=1e-6)
        assert np.allclose(curve(trace, 1, segment=i, channel=c)[1], curve(alone, 1)[1][:-1], atol=1e-4)
    for bad in (lambda: method.evaluate(mix, ratio=.5), lambda: list(method.steps(mix, start=trace[0]))):
        with pytest.raises(ParameterError): bad()


def test_silence():
    quiet, mix = Audio(torch.zeros(1, 1600), SR), case()[0]
    with pytest.raises(ParameterError, match="not silent"): record(mix, MultiStep(Denoise(), metric="snr", reference=quiet), progress=False)
    trace = record(quiet, MultiStep(Denoise(), metric="snr", reference=case()[1]), progress=False)
    assert len(trace.accepted) == 1
    half = Audio(torch.cat([torch.zeros(1, 800), sparse(800)], 1), SR)
    method = MultiStep(Denoise(), metric="snr", reference=half, segment_s=.1, steps=2)
    method.overlap_s = 0
    trace = record(Audio(half.samples + noise(1600), SR), method, progress=False)
    assert sum(s.point["segment"] == 0 for s in trace) == 1 < sum(s.point["segment"] == 1 for s in trace)
    model, mix, truth = stems_case()
    some = {**truth, "s1": Audio(torch.zeros(1, 600), SR)}
    trace = record(mix, MultiStep(model, metric="snr", reference=some, steps=2), progress=False)
    assert torch.equal(trace.stems["s1"].samples, trace[0].audio["s1"]) and all(math.isfinite(s) for s in scores_of(trace))


# Searches

@given(st.floats(.02, .98), st.floats(.05, 1.))
def test_vertex_is_exact_on_a_parabola(top, width):
    points = {r: -((r - top)/width)**2 for r in (0., .35, 1.)}
    found, best = vertex(points, least=0), max(points, key=points.get)
    assert found is None if best != .35 else math.isclose(found, top, abs_tol=1e-6)


@given(st.dictionaries(st.floats(0, 1), st.floats(-5, 5), min_size=1, max_size=9))
def test_halving_stays_inside(points):
    r = halved(points)
    assert r is None or (0 < r < 1 and min(abs(r - k) for k in points) >= .0149)


def test_the_search_comes_near_the_top_of_one_peak():
    for top in np.linspace(0, 1, 21):
        for width in (.15, .3, 1.):
            g = lambda r, top=top, width=width: math.exp(-((r - top)/width)**2)
            search, found, asked = Adaptive(ms.FIRST_RATIOS), 0., 0
            for t in range(1, 5):
                line, points = search.line(t, found), {}
                group = next(line)
                while group:
                    points |= {r: g(r) for r in group}
                    try: group = line.send(points)
                    except StopIteration: break
                found, asked = max(found, *points.values()), asked + len(points)
            assert found > .93, (top, width, found)


# Beyond the paper

@pytest.mark.parametrize("bands", [1, 3, 8, 32])
@pytest.mark.parametrize("T", [1, 100, 4000])
def test_bands_and_moments_sum_to_the_signal(bands, T):
    masks, x = band_masks(16000, bands), noise(T, 2)
    assert (masks >= 0).all() and torch.allclose(masks.sum(0), torch.ones(257), atol=1e-6)
    assert torch.allclose(split_bands(x, masks).sum(0), x, atol=1e-6)
    cover = torch.zeros(T)
    for a, b, w in moments(T, 500): cover[a:b] += w
    assert torch.allclose(cover, torch.ones(T), atol=1e-6)


@given(st.integers(0, 10**6), st.integers(1, 3), st.integers(2, 20), st.sampled_from(["snr", "random", "low"]))
@settings(deadline=None, max_examples=25)
def test_tiles_are_never_worse(seed, S, passes, kind):
    model = Odd(seed, S)
    mix = Audio(noise(300, seed=seed), SR)
    truth = {n: Audio(noise(300, seed=seed + i + 1), SR) for i, n in enumerate(model.stems)}
    method = TileSteps(model, metric=metric_named(kind, seed), reference=truth if kind == "snr" else None, passes=passes, steps=3,
                       bands=2, tile_s=.02, ratios=(0., .5))
    trace = record(mix, method, progress=False)
    s = [(-1 if kind == "low" else 1)*v for v in scores_of(trace)]
    assert all(b > a for a, b in itertools.pairwise(s)) and model.passes == passes_of(trace) <= 1 + S*(passes - 1)


def test_tiles_do_at_least_as_well_as_the_best_candidate():
    mix, clean = case(T=4000)
    trace = record(mix, TileSteps(Denoise(), metric="snr", reference=clean, steps=1, bands=4, tile_s=.1), progress=False)
    assert scores_of(trace)[-1] >= max(s.scalars["score"] for s in trace if not s.accepted)
    dims, ratios = trace.accepted[-1].arrays["ratio"]
    assert dims == ("band", "moment") and ratios.shape == (4, 5) and set(ratios[~np.isnan(ratios)].ravel()) <= {0., .1, .3, .5, .75}
    with pytest.raises(ParameterError): TileSteps(Denoise(), metric=None)


@pytest.mark.parametrize("along", ["band", "moment"])
def test_tiles_take_the_best_of_each(along):
    "Two candidates, each right in one half: in time, or in frequency."
    clean = Audio(noise(8000, seed=1), SR)
    wrong = clean.samples + noise(8000, seed=2)
    halves = torch.arange(8000) < 4000
    if along == "band":
        X, W = torch.fft.rfft(clean.samples), torch.fft.rfft(wrong)
        low = torch.arange(X.shape[-1]) < 1000                                                  # below 1 kHz
        outs = [torch.fft.irfft(torch.where(low == first, X, W), n=8000) for first in (True, False)]
    else: outs = [torch.where(halves == first, clean.samples, wrong) for first in (True, False)]
    case_ = Case(Denoise(), Audio(wrong, SR), Judge(as_metric("snr"), Audio(wrong, SR), ("clean",), clean.samples[None]), Known())
    state = state_of(case_, [0], wrong[None], 0)
    masks, places = band_masks(SR, 4), moments(8000, 1000)
    new, chosen = choose_tiles(case_, state, 0, 1, [(math.nan, wrong), (.1, outs[0]), (.6, outs[1])], masks, places)
    alone = [snr(y, clean.samples) for y in outs]
    assert new.score > max(alone) + 3 and math.isclose(new.score, snr(new.stems[0], clean.samples), abs_tol=1e-4)
    assert chosen.shape == (4, 8)
    first, last = (chosen[0], chosen[-1]) if along == "band" else (chosen[:, 0], chosen[:, -1])
    assert (first == .1).all() and (last == .6).all()


def test_best_of_shifts():
    class Wavy(Odd):
        def forward(self, x, sr): return super().forward(x, sr)*(1 + .3*torch.sin(torch.arange(x.shape[-1])))
    mix, clean = Audio(noise(), SR), Audio(noise(seed=3), SR)
    model = Wavy()
    trace = record(mix, BestOf(model, metric="snr", reference=clean, passes=6), progress=False)
    assert len(evaluated(trace)) == model.passes == passes_of(trace) == 6 and len(trace.accepted) <= 2 and len(trace) <= 7
    assert scores_of(trace)[-1] == max(s.scalars["score"] for s in trace)
    same = record(mix, BestOf(Same(), metric="mixture_consistency", passes=3), progress=False)
    assert len(same.accepted) == 1 and torch.allclose(same[2].audio["a"], mix.samples)            # shifted there and back


def test_the_table_tells_who_chose():
    mix, clean = case()
    table = fair_table(Denoise(), mix, clean, blind=lambda e: float(e.abs().max()), passes=6)
    assert list(table.index) == ["none (one step)", "oracle", "blind", "blind, best of shifts", "fixed"]
    assert list(table["chosen_by"]) == ["", "snr", "<lambda>", "<lambda>", "ratio 0.3"]
    assert (table["passes"] <= 6).all() and table.loc["oracle", "snr"] > table.loc["none (one step)", "snr"]
    with pytest.raises(ParameterError): fair_table(Denoise(), mix, clean, blind="snr")
    with pytest.raises(ParameterError): fair_table(Denoise(), mix, clean, oracle=lambda e: 1.)


def test_fixed_ratios_need_no_metric():
    mix, _ = case()
    model = Denoise()
    trace = record(mix, MultiStep(model, search="fixed", ratios=(.5, .2), steps=3), progress=False)
    y = model.forward(mix.samples[None], SR)[0, 0]
    for r in (.5, .2, .2): y = model.forward(blend(mix.samples, y, r)[None], SR)[0, 0]
    assert torch.equal(trace.stems["clean"].samples, y) and len(trace.accepted) == 4 and "score" not in trace[0].scalars


# What theory says

@given(st.lists(st.floats(0, 1), min_size=2, max_size=12, unique=True), st.integers(0, 999))
@settings(deadline=None)
def test_the_band_holds_a_lipschitz_curve(ratios, seed):
    if min(np.diff(sorted(ratios))) < 1e-6: return
    g = np.random.default_rng(seed).standard_normal(len(ratios))
    band = lipschitz_band(ratios, g)
    order = np.argsort(ratios)
    line = np.interp(band.ratio, np.array(ratios)[order], g[order])
    inside = (band.ratio >= min(ratios)) & (band.ratio <= max(ratios))
    assert (band.low <= line + 1e-6*band.slope + 1e-9)[inside].all() and (line <= band.high + 1e-6*band.slope + 1e-9)[inside].all()
    assert math.isclose(band.gap(11), band.slope/20)


def test_the_band_refuses():
    for bad in (([.1], [1.]), ([.1, .1], [1., 2.]), ([.1, .2], [1.])):
        with pytest.raises(ParameterError, match="ratios"): lipschitz_band(*bad)


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=10), st.floats(0, 3), st.integers(0, 99))
def test_noise_costs_at_most_two_eps(scores, eps, seed):
    lost = regret(scores, eps, trials=50, seed=seed)
    assert (lost >= 0).all() and lost.max() <= 2*eps + 1e-9


def test_score_noise():
    mix, clean = case()
    assert score_noise(lambda e: 1., mix) == 0
    assert 0 < score_noise("snr", mix, clean, level_db=-80) < score_noise("snr", mix, clean, level_db=-40)


def test_positions():
    mix, clean = case()
    trace = record(mix, MultiStep(Denoise(), metric="snr", reference=clean, search="tenths", steps=3), progress=False)
    p = positions(trace, clean)
    assert len(p) == len(trace.accepted) and p.input_along[0] == 0 and p.input_beside[0] < 1e-6
    assert math.isclose(p.output_snr_db.iloc[-1], scores_of(trace)[-1], abs_tol=1e-3)
    assert p.input_along[1] > 0                                                                 # a blend is nearer to clean


# Bad input

@pytest.mark.parametrize("bad, word", [
    (dict(steps=0), "steps"), (dict(steps=1.5), "steps"), (dict(ratios=0), "ratios"), (dict(ratios=(.5, 1.1)), r"ratios\[1\]"),
    (dict(ratios=(-.1,)), r"ratios\[0\]"), (dict(ratios=(math.nan,)), r"ratios\[0\]"), (dict(ratios=()), "ratios"),
    (dict(ratios="tenths"), "ratios"), (dict(ratios=(.5,), search="tenths"), "ratios"), (dict(search="gird"), "search"),
    (dict(metric=None), "metric"), (dict(metric="sndr"), "metric"), (dict(metric=3), "metric"), (dict(metric=lambda: 1), "metric"),
    (dict(reference=None), "reference"), (dict(coupling="both"), "coupling"), (dict(channels="left"), "channels"),
    (dict(segment_s=0), "segment_s"), (dict(passes=0), "passes"), (dict(search="fixed", ratios=3), "ratios")])
def test_settings_are_checked(bad, word):
    with pytest.raises(ParameterError, match=f"^{word}"):
        MultiStep(Denoise(), **{"metric": "snr", "reference": Audio(noise(), SR), **bad})


def test_references_are_checked():
    mix, clean = case()
    for bad, match in ((clean.clip(0, .1), "samples"), (3, "reference"), ({"other": clean}, "clean"),
                       ({"clean": 1}, r"reference\['clean'\]")):
        with pytest.raises(ParameterError, match=match): record(mix, MultiStep(Denoise(), metric="snr", reference=bad), progress=False)
    with pytest.raises(ParameterError, match="reference"): record(mix, MultiStep(Odd(S=2), metric="snr", reference=clean), progress=False)
    with pytest.warns(SepNotice, match="resampled from 16000 Hz to 8000 Hz"):
        record(mix, MultiStep(Denoise(), metric="snr", reference=clean.resample(16000), steps=1), progress=False)
    with pytest.raises(ParameterError, match="together with sr= and stems="): MultiStep(lambda x: x, metric="snr", reference=clean)


def misbehaving(how):
    class Bad(Denoise):
        max_batch = 1
        def forward(self, x, sr):
            y = super().forward(x, sr)
            if self.passes < 4: return y
            if how == "raises": raise RuntimeError("out of luck")
            return {"length": y[..., 1:], "nan": y*math.nan, "device": y.to("meta"), "stems": torch.cat([y, y], 1), "list": [1.],
                    "own error": None}[how] if how != "own error" else fail_inside()
    return Bad()


def fail_inside(): raise SepError("the model says no.")


@pytest.mark.parametrize("how", ["length", "nan", "device", "stems", "list", "raises", "own error"])
def test_a_model_that_misbehaves_is_named_with_step_and_ratio(how):
    mix, clean = case()
    run = Run(MultiStep(misbehaving(how), metric="snr", reference=clean, search="tenths"), mix).start()
    with pytest.raises(SepError, match="in step 1 at ratio 0.7"): run.wait()
    assert run.state == "failed" and sorted(s.point["ratio"] for s in evaluated(run.trace)) == pytest.approx([.8, .9, 1.])
    s = scores_of(run.trace)
    assert s == sorted(s) and s[-1] == max(t.scalars["score"] for t in run.trace)                # the best so far is accepted


@pytest.mark.parametrize("value", [math.nan, math.inf, None, "good", [1., 2.], torch.zeros(2), 1j])
def test_a_metric_that_misbehaves_is_named_with_step_and_ratio(value):
    mix, _ = case()
    calls = []
    def metric(e):
        calls.append(1)
        return float(len(calls)) if len(calls) < 4 else value
    run = Run(MultiStep(Denoise(), metric=metric, search="tenths"), mix).start()
    with pytest.raises(SepError, match="metric.*in step 1 at ratio 0.7"): run.wait()
    assert len(evaluated(run.trace)) == 3 and len(run.trace.accepted) == 2 and len(run.trace) == 4


@pytest.mark.parametrize("value", [1, np.float32(2), np.array([3.]), torch.tensor(4.)])
def test_numbers_of_any_kind_are_scores(value): assert one_number(value, "m") == np.asarray(value).item()


@pytest.mark.parametrize("ratio", [-.1, 1.1, math.nan, "half", None])
def test_a_probe_outside_is_refused(ratio):
    mix, clean = case()
    with pytest.raises(ParameterError, match="ratio"): MultiStep(Denoise(), metric="snr", reference=clean).evaluate(mix, ratio=ratio)


def test_an_interrupt_keeps_the_best_of_the_step():
    mix, clean = case()
    class Stops(Denoise):
        max_batch = 1
        def forward(self, x, sr):
            if self.passes == 5: raise KeyboardInterrupt
            return super().forward(x, sr)
    steps = []
    with pytest.raises(KeyboardInterrupt):
        for step in MultiStep(Stops(), metric="snr", reference=clean, search="tenths").steps(mix): steps.append(step)
    assert len(steps) == 6 and steps[-1].accepted and steps[-1].scalars["score"] == max(s.scalars["score"] for s in steps)
    assert [s.scalars["passes"] for s in steps] == [1]*5 + [0]                                  # the winner, told again


def scored(metric, seen):
    "A metric that notes every score it gives."
    def metric_(estimate, reference, sr):
        seen.append(snr(estimate, reference))
        return seen[-1]
    return metric_


METHODS_WITH_STEPS = {
    **{search: (lambda m, r, search=search: MultiStep(Denoise(), metric=m, reference=r, search=search, steps=3, ratios=5))
       for search in ("adaptive", "sdr", "tenths", "music")},
    "batch of 1": lambda m, r: MultiStep(Odd(), metric=m, reference={"s0": r["clean"]}, steps=3),
    "segments": lambda m, r: MultiStep(Denoise(), metric=m, reference=r, steps=2, segment_s=.1),
    "shifts": lambda m, r: BestOf(Odd(2), metric=m, reference={"s0": r["clean"]}, passes=6)}


@pytest.mark.parametrize("how", METHODS_WITH_STEPS)
def test_wherever_a_run_stops_its_best_candidate_is_there(how):
    "At every step the best score ever given to a candidate is in what was handed out, and every winner is accepted once."
    (mix, clean), seen = case(), []
    out, segment = [], object()
    for step in METHODS_WITH_STEPS[how](scored("snr", seen), {"clean": clean}).steps(mix):
        if step.point.get("segment") != segment:
            segment, out = step.point.get("segment"), []
            del seen[:-1]
        out.append(step)
        assert max(s.scalars["score"] for s in out) >= max(seen) - 1e-9, step
    points = [tuple(s.point.items()) for s in out if s.accepted]
    assert len(points) == len(set(points)) or how in ("shifts", "music")


def test_a_winner_that_comes_last_is_not_told_twice():
    mix, clean = case()
    for ratios, twice in (((.9, .5, .1), 0), ((.1, .9, .5), 3)):                                # the smaller the better, here
        method = MultiStep(Denoise(), metric="snr", reference=clean, search="grid", ratios=ratios, steps=3)
        trace = record(mix, method, progress=False)
        assert passes_of(trace) == 10 and len(trace) == 10 + twice and len(trace.accepted) == 4
        assert {s.parent for s in trace if s.point["step"] == 2} == {trace.accepted[1].index}
    trace = record(mix, MultiStep(Denoise(), metric="snr", reference=clean), progress=False)
    assert passes_of(trace) == 25 <= len(trace) <= 26                                           # a later line ends with its winner
    lines = record(mix, MultiStep(Denoise(), search="fixed", ratios=(.5,), steps=3), progress=False)
    assert len(lines) == 4 == passes_of(lines)


@pytest.mark.parametrize("after", [2, 4, 7, 12])
def test_cancel_keeps_the_partial_trace(after):
    (mix, clean), seen = case(), []
    method = MultiStep(Denoise(), metric=scored("snr", seen), reference=clean, search="sdr")
    run = Run(method, mix)
    run.observe(lambda r: r.cancel() if len(r.trace) == after else None)
    run.start().wait()
    assert run.state == "cancelled" and len(run.trace) == after and run.trace.stems["clean"].n_samples == mix.n_samples
    assert max(s.scalars["score"] for s in run.trace) == max(seen)


def test_an_interrupt_keeps_finished_segments():
    mix, clean = case(T=3200)
    class Stops(Denoise):
        chunk_s = None
        def forward(self, x, sr):
            if self.passes > 12: raise KeyboardInterrupt
            return super().forward(x, sr)
    def method(model):
        m = MultiStep(model, metric="snr", reference=clean, segment_s=.1, search="tenths", steps=1)
        m.overlap_s = .02
        return m
    whole = separate(mix, method(Denoise()))["clean"].samples
    with pytest.warns(SepNotice, match="interrupted"): part = separate(mix, method(Stops()))["clean"].samples
    first = 800 - 160                                                                            # the rest of segment 1 is cross-faded
    assert torch.equal(part[..., :first], whole[..., :first]) and part[..., :first].abs().max() > 0
    assert part[..., 1600:].abs().max() == 0 and part.shape == whole.shape
    run = Run(method(Denoise()), mix)
    run.observe(lambda r: r.cancel() if len(r.trace) == 14 else None)
    run.start().wait()
    assert torch.equal(run.trace.stems["clean"].samples[..., :first], whole[..., :first])


# Around a run

def test_settings_make_the_same_method_again():
    _, clean = case()
    method = MultiStep(Denoise(), metric="snr", reference=clean, steps=7, ratios=(.1, .2), search="grid")
    again = MultiStep(**method.settings)
    assert again.settings == method.settings and method.settings["steps"] == 7
    tiles = TileSteps(Denoise(), metric="snr", reference=clean, steps=4)
    assert TileSteps(**tiles.settings).settings == tiles.settings


def test_a_saved_trace_has_its_curves(tmp_path):
    mix, clean = case()
    trace = record(mix, MultiStep(Denoise(), metric="snr", reference=clean, search="tenths", steps=2), progress=False)
    trace.save(tmp_path/"t.nc")
    back = load_trace(tmp_path/"t.nc")
    assert all(np.array_equal(a, b) for a, b in zip(curve(trace, 2), curve(back, 2), strict=True))
    assert list(curve(trace, 1)[0]) == pytest.approx([.1*k for k in range(1, 11)])


def test_a_branch_may_change_the_metric():
    mix, clean = case()
    run = Run(MultiStep(Denoise(), metric="snr", reference=clean, steps=3), mix).start().wait()
    branch = run.branch(run.trace.accepted[1], metric="si_sdr", search="tenths").start().wait()
    s = [x.scalars["score"] for x in branch.trace.accepted if x.point["step"] > 1]
    assert all(v > float(METRICS["si_sdr"](run.trace.accepted[1].audio["clean"], clean.samples)[0]) for v in s)


def test_cost_is_an_upper_bound():
    mix, clean = case()
    for settings_ in (dict(), dict(search="sdr"), dict(search="tenths"), dict(search="music", segment_s=.1, channels="each", steps=3),
                      dict(search="grid", ratios=(.1, 1.), steps=3)):
        model = Denoise()
        method = MultiStep(model, metric="snr", reference=clean, **settings_)
        cost, model.passes = method.cost(mix), 0
        record(mix, method, progress=False)
        assert 0 < model.passes <= cost.passes and cost.seconds > 0
    assert published(Denoise(), "sdr", reference=clean).cost(mix).passes == 200
    assert published(Denoise(), "tenths", reference=clean).cost(mix).passes == 181


def test_a_named_model_can_be_replayed():
    from sep_toolkit.runs.run import is_plain, make_method
    mix = Audio(noise(1600), 16000)
    method = make_method("multistep", model="enhancer", metric="mixture_consistency", passes=4, ratios=(.2, .6))
    assert all(map(is_plain, method.settings.values())) and method.settings["model"] == "enhancer"
    trace = record(mix, method, progress=False)
    assert trace.provenance["method_name"] == "multistep" and trace.provenance["replayable"]
    assert "Apache" in trace.provenance["weights"]["licence"]
    again = trace.replay()
    assert [s.scalars["score"] for s in again] == [s.scalars["score"] for s in trace]
    for other in (TileSteps("enhancer", metric="mixture_consistency", passes=3), BestOf("enhancer", metric=lambda e: 1., passes=2)):
        told = record(mix, other, progress=False).provenance                                    # its name makes the model alone
        assert not told["replayable"] and "enhancer" in told["weights"]["name"]


def test_methods_nest():
    mix, clean = case()
    inner = MultiStep(Denoise(), search="fixed", ratios=(.3,), steps=1)
    trace = record(mix, MultiStep(inner, metric="snr", reference=clean, steps=2), progress=False)
    assert scores_of(trace) == sorted(scores_of(trace)) and math.isclose(
        scores_of(trace)[0], snr(separate(mix, inner)["clean"].samples, clean.samples), abs_tol=1e-4)


# Real speech

def test_gtcrn_on_real_pairs(mirror):
    "Two pairs: the adaptive search in 25 passes, against the published tenths in up to 181."
    pytest.importorskip("onnxruntime")
    from sep_toolkit.sound.files import load
    from sep_toolkit.onestep.models import load_model
    model, folder = load_model("gtcrn"), mirror/"data"/"noisy_speech"
    gains = {}
    for name in ("p232_170", "p232_357"):
        clean, mix = load(folder/"clean"/f"{name}.flac"), load(folder/"noisy"/f"{name}.flac")
        for search in ("adaptive", "tenths"):
            trace = record(mix, MultiStep(model, metric="snr", reference=clean, search=search), progress=False)
            s = scores_of(trace)
            assert s == sorted(s) and (search != "adaptive" or passes_of(trace) <= 25)
            gains[search, name] = s[-1] - s[0]
    mean = lambda search: np.mean([g for (k, _), g in gains.items() if k == search])
    assert mean("adaptive") >= .95*mean("tenths") > 0


def test_long_mixtures_are_searched_in_chunks(monkeypatch):
    import pickle

    from sep_toolkit.multistep.base import Judged
    from sep_toolkit.runs.separator import cost
    truth = Stems({n: Audio(torch.randn(1, 3*SR, generator=torch.Generator().manual_seed(i))*.1, SR) for i, n in enumerate("ab")})
    mix = Audio(truth.tensor.sum(0), SR)
    class Blur(Separator):
        sr, stems = SR, ("a", "b")
        def forward(self, x, sr): return torch.stack([.6*x, .4*x], 1)
    whole = separate(mix, MultiStep(Blur(), metric="si_sdr", reference=truth, passes=4))
    monkeypatch.setattr(Judged, "chunk_s", 1.)
    method = MultiStep(Blur(), metric="si_sdr", reference=truth, passes=4)
    trace = record(mix, method)
    assert [s.span[1] for s in trace][-1] == mix.n_samples and len(trace) > 2
    assert torch.equal(trace.stems.tensor, separate(mix, method).tensor) and trace.stems.tensor.shape == whole.tensor.shape
    assert (trace.stems["a"].samples - whole["a"].samples).abs().max() < .2 and method.reference is truth
    assert cost(method, mix).passes == 5*method.most_passes
    early = truth.map(lambda a: Audio(a.samples*(torch.arange(a.n_samples) < SR), SR))  # the last chunks are silent: no search there
    assert torch.isfinite(separate(mix, MultiStep(Blur(), metric="si_sdr", reference=early, passes=4)).tensor).all()
    assert MultiStep(Blur(), metric="si_sdr", reference=truth, segment_s=.5).chunk_s is None
    assert torch.equal(separate(mix, pickle.loads(pickle.dumps(MultiStep(Blur_(), metric="mixture_consistency", passes=3)))).tensor,
                       separate(mix, MultiStep(Blur_(), metric="mixture_consistency", passes=3)).tensor)


class Blur_(Separator):
    sr, stems = SR, ("a", "b")
    def forward(self, x, sr): return torch.stack([.6*x, .4*x], 1)


@pytest.mark.parametrize("metric", ["si_sdr", METRICS["estoi"], "mixture_consistency"])
def test_a_method_with_any_metric_of_ours_can_be_sent(metric):
    import pickle
    needs = metric != "mixture_consistency"
    truth = Stems({n: Audio(torch.randn(1, SR), SR) for n in "ab"})
    again = pickle.loads(pickle.dumps(MultiStep(Blur_(), metric=metric, reference=truth if needs else None)))
    assert again._metric.name == getattr(metric, "name", metric) and again.stems == ("a", "b")
