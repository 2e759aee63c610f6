"""The batch protocol: exact overlap-add, order of stems, checks of what a model returns, cost."""
import itertools
import warnings

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sep_toolkit.sound.audio import Audio
from sep_toolkit.core import ParameterError, SepError, SepNotice
from sep_toolkit.runs.separator import (
    apply, chunk_starts, Cost, cost, fade, forward, Iterative, match, prepare, restore, Separator, spans, two_orders,
)
from sep_toolkit.runs.trace import Step


class Gains(Separator):
    "Stems are the mixture times fixed gains."
    def __init__(self, *, gains=(1.,), chunk_s=None, overlap_s=0.5, max_batch=1, sr=None):
        self.gains, self.chunk_s, self.overlap_s, self.max_batch, self.sr = gains, chunk_s, overlap_s, max_batch, sr
        self.stems, self.seen = tuple(f"s{i}" for i in range(len(gains))), []
    def forward(self, x, sr):
        self.seen.append(tuple(x.shape))
        return torch.stack([x*g for g in self.gains], 1)


class Switching(Separator):
    "Two tones told apart by a filter, in an order that is drawn anew for every chunk."
    stems, permutes, chunk_s, overlap_s = ("a", "b"), True, 0.5, 0.1
    def __init__(self, seed=0): self.rng = torch.Generator().manual_seed(seed)
    def forward(self, x, sr):
        X = torch.fft.rfft(x)
        cut = int(1000*X.shape[-1]*2/sr)
        low, high = X.clone(), X.clone()
        low[..., cut:], high[..., :cut] = 0, 0
        parts = [torch.fft.irfft(p, n=x.shape[-1]) for p in (low, high)]
        return torch.stack(parts[::-1] if torch.rand(1, generator=self.rng) < 0.5 else parts, 1)


def noise(T, C=1, seed=0): return torch.randn(C, T, generator=torch.Generator().manual_seed(seed))*0.1


@given(T=st.integers(1, 5000), size=st.integers(2, 2000), over=st.floats(0, 0.5), batch=st.integers(1, 4), C=st.integers(1, 2))
@settings(deadline=None, max_examples=100)
def test_identity_in_identity_out(T, size, over, batch, C):
    x = noise(T, C)
    before = x.clone()
    parts = list(spans(Gains(gains=(1., -0.5), chunk_s=size/1000, overlap_s=over*size/1000, max_batch=batch), x, 1000))
    assert [p[0] for p in parts] == [0, *[p[1] for p in parts][:-1]] and parts[-1][1] == T
    y = torch.cat([p[2] for p in parts], -1)
    assert y.shape == (2, C, T) and (y[0] - x).abs().max() < 1e-6 and (y[1] + x/2).abs().max() < 1e-6
    assert torch.equal(x, before)


@given(st.integers(1, 400), st.integers(1, 100), st.integers(0, 50))
def test_chunks_cover_everything(T, size, over):
    if over > size//2:
        with pytest.raises(ParameterError): chunk_starts(T, size, over)
        return
    starts = chunk_starts(T, size, over)
    assert starts[0] == 0 and starts[-1] + size >= T and starts[-1] < T
    assert all(b - a == size - over for a, b in zip(starts, starts[1:], strict=False))


@given(st.integers(0, 500))
def test_fades_sum_to_one(n): assert torch.allclose(fade(n) + fade(n).flip(0), torch.ones(n), atol=1e-6)


def test_batches_are_cut_to_what_the_model_takes():
    m = Gains(chunk_s=0.1, overlap_s=0, max_batch=3)
    apply(m, Audio(noise(1000), 1000))
    assert m.seen == [(3, 1, 100)]*3 + [(1, 1, 100)]
    m = Gains(max_batch=2)
    assert forward(m, torch.zeros(5, 1, 10), 1000).shape == (5, 1, 1, 10) and [s[0] for s in m.seen] == [2, 2, 1]


@pytest.mark.parametrize("seed", range(5))
def test_order_of_stems_is_kept_across_chunks(seed):
    t = torch.arange(24000)/8000
    low, high = torch.sin(2*torch.pi*300*t)*0.3, torch.sin(2*torch.pi*2000*t)*0.2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        stems = apply(Switching(seed), Audio(low + high, 8000))
    best = min(max(float((stems[a].samples[0] - low).abs().max()), float((stems[b].samples[0] - high).abs().max()))
               for a, b in (("a", "b"), ("b", "a")))
    assert best < 0.05


def test_without_matching_the_order_would_be_lost():
    t = torch.arange(24000)/8000
    low, high = torch.sin(2*torch.pi*300*t)*0.3, torch.sin(2*torch.pi*2000*t)*0.2
    method = Switching(1)
    method.permutes = False
    a = apply(method, Audio(low + high, 8000))["a"].samples[0]
    assert min(float((a - low).abs().max()), float((a - high).abs().max())) > 0.2


def test_ambiguous_order_is_said():
    x = noise(100)
    with pytest.warns(SepNotice, match="ambiguous"): match(torch.stack([x, x]), torch.stack([x, x]))
    with pytest.warns(SepNotice, match="ambiguous"): match(torch.zeros(2, 1, 50), torch.zeros(2, 1, 50))


@given(st.permutations(range(4)))
@settings(deadline=None)
def test_match_undoes_any_permutation(order):
    old = torch.stack([noise(200, seed=i) for i in range(4)])
    assert torch.equal(old[list(order)][match(old, old[list(order)])], old)


@pytest.mark.parametrize("returned, word", [
    (lambda x: x, "shape"), (lambda x: torch.cat([x, x], -1)[:, None], "shape"), (lambda x: None, "NoneType"),
    (lambda x: x[:, None]*float("nan"), "NaN"), (lambda x: x[:, None].to("meta"), "meta"), (lambda x: 1/0, "ZeroDivisionError"),
])
def test_what_a_model_returns_is_checked(returned, word):
    method = Gains(chunk_s=0.1, overlap_s=0.)
    method.forward = lambda x, sr: returned(x)
    with pytest.raises(SepError, match=word): apply(method, Audio(noise(1000), 1000))


def test_a_model_that_writes_to_its_input_changes_nothing():
    method = Gains()
    method.forward = lambda x, sr: x.mul_(0)[:, None]
    mix = Audio(noise(100), 1000)
    before = mix.numpy()
    apply(method, mix)
    assert (mix.numpy() == before).all()


def test_rate_and_length_come_back():
    mix = Audio(noise(11025, 2), 11025)
    with pytest.warns(SepNotice, match="resampled from 11025 Hz to 8000 Hz"): stems = apply(Gains(sr=8000), mix)
    assert stems.sr == 11025 and stems.n_samples == mix.n_samples and stems.mix is mix


def test_interrupt_keeps_the_finished_parts():
    method = Gains(chunk_s=0.1, overlap_s=0.)
    original, calls = method.forward, []
    def interrupted(x, sr):
        calls.append(1)
        if len(calls) == 4: raise KeyboardInterrupt
        return original(x, sr)
    method.forward = interrupted
    mix = Audio(noise(1000), 1000)
    with pytest.warns(SepNotice, match=r"first 0\.3 s of 1\.0 s"): stems = apply(method, mix)
    assert torch.equal(stems["s0"].samples[:, :300], mix.samples[:, :300]) and stems["s0"].samples[:, 300:].abs().max() == 0
    assert torch.equal(stems.residual.samples[:, 300:], mix.samples[:, 300:])
    calls[:] = [1, 1, 1]
    with pytest.raises(KeyboardInterrupt): apply(method, mix)


def test_prepare_says_what_is_wrong():
    mono = Gains()
    mono.mono = True
    with pytest.raises(ParameterError, match=r"mix\.mono\(\)"): prepare(mono, Audio(noise(10, 2), 1000))
    with pytest.raises(ParameterError, match="mix is"): prepare(mono, noise(10))
    with pytest.raises(ParameterError, match=r"onestep\.wrap"): prepare(lambda x: x, Audio(noise(10), 1000))


def test_settings_are_the_arguments():
    assert Gains(gains=(1., 2.), sr=8000).settings == dict(gains=(1., 2.), chunk_s=None, overlap_s=0.5, max_batch=1, sr=8000)


def test_cost_counts_passes():
    c = cost(Gains(chunk_s=1, overlap_s=0.), Audio(noise(10_000), 1000))
    assert c.passes == 10 and c.seconds > 0 and c.signal_bytes == 4*10_000*2 + 4*1000*2
    class Three(Iterative):
        stems, total = ("a",), 3
        def steps(self, mix, *, seed=0, start=None):
            for i in range(3): yield Step({"i": i}, audio={"a": mix.samples})
    assert cost(Three(), Audio(noise(500), 1000)).passes == 3
    assert torch.equal(Three()(Audio(noise(50), 1000))["a"].samples, noise(50))


class Streaming(Gains):
    "Gives its stems stretch by stretch."
    def __init__(self, *cuts, fails_at=None, wrong=lambda y: y):
        super().__init__(gains=(1., -0.5))
        self.cuts, self.fails_at, self.wrong = cuts, fails_at, wrong
    def parts(self, x, sr):
        for a, b in self.cuts:
            if a == self.fails_at: raise ZeroDivisionError("no frame")
            yield a, b, self.wrong(torch.stack([x[:, a:b], -0.5*x[:, a:b]]))


def test_parts_are_handed_on_as_they_come():
    x = noise(1000, 2)
    got = list(spans(Streaming((0, 400), (400, 1000)), x, 1000))
    assert [g[:2] for g in got] == [(0, 400), (400, 1000)]
    y = torch.cat([g[2] for g in got], -1)
    assert torch.equal(y[0], x) and torch.equal(y[1], -0.5*x)


def test_an_error_inside_parts_says_where_and_keeps_what_came_before():
    got = []
    with pytest.raises(SepError, match=r"Streaming failed at 0.4 s of 1.0 s: ZeroDivisionError: no frame"):
        for part in spans(Streaming((0, 400), (400, 1000), fails_at=400), noise(1000), 1000): got.append(part)
    assert len(got) == 1


@pytest.mark.parametrize("cuts, words", [
    (((0, 400), (500, 1000)), "gave samples 500 to 1000 after 400 of 1000"), (((0, 400), (300, 1000)), "300 to 1000 after 400"),
    (((0, 1200),), "0 to 1200"), (((0, 0),), "0 to 0"), (((0, 400),), "ended after 400 of 1000"), ((), "ended after 0 of 1000")])
def test_parts_have_no_gaps(cuts, words):
    with pytest.raises(SepError, match=words): list(spans(Streaming(*cuts), noise(1000), 1000))


@pytest.mark.parametrize("wrong, words", [
    (lambda y: y*float("nan"), "NaN"), (lambda y: y[:1], "returned shape"), (lambda y: None, "NoneType")])
def test_parts_are_checked(wrong, words):
    with pytest.raises(SepError, match=words): list(spans(Streaming((0, 1000), wrong=wrong), noise(1000), 1000))


def test_a_method_may_know_its_own_cost():
    class Knows(Gains):
        def cost(self, mix, *, excerpt_s=1., seed=0): return Cost(7, mix.duration, 12)
    assert cost(Knows(), Audio(noise(2000), 1000)) == Cost(7, 2., 12)


class Noise(Iterative):
    "Stems are noise drawn from the seed, in chunks."
    stems, chunk_s, overlap_s, total = ("a",), 0.1, 0., 1
    def steps(self, mix, *, seed=0, start=None):
        yield Step(audio={"a": torch.randn(mix.samples.shape, generator=torch.Generator().manual_seed(seed))})


def test_the_seed_reaches_every_chunk():
    mix, x = Audio(noise(250), 1000), noise(100, seed=7)*10
    a = apply(Noise(), mix, seed=7)["a"].samples
    assert torch.allclose(a[:, :100], x) and torch.allclose(a[:, 200:], x[:, :50]), "the same seed in every chunk, of the whole chunk"
    assert not torch.allclose(apply(Noise(), mix)["a"].samples[:, :100], x)
    assert torch.equal(torch.cat([y for _, _, y in spans(Noise(), mix.samples, 1000, seed=7)], -1)[0], a)


class Quiet(Iterative):
    "Accepted steps carry their stems now and then; the last one does not."
    stems, total = ("a",), 3
    def steps(self, mix, *, seed=0, start=None):
        for i, loud in enumerate((True, True, False)): yield Step({"i": i}, audio={"a": mix.samples*i} if loud else {})
        yield Step({"i": 3}, audio={"a": mix.samples*9}, accepted=False)


def test_the_last_accepted_step_with_sound_is_the_result():
    assert torch.equal(Quiet()(Audio(noise(50), 1000))["a"].samples, noise(50))


def test_parts_of_an_iteration_are_put_in_their_places():
    class Parts(Quiet):
        def steps(self, mix, *, seed=0, start=None):
            for a, b in ((20, 50), (0, 20)): yield Step(audio={"a": mix.samples[:, a:b]}, span=(a, b))
    assert torch.equal(Parts()(Audio(noise(50), 1000))["a"].samples, noise(50))


def test_parts_keep_no_gradient():
    net = torch.nn.Linear(1, 1)
    class Learnt(Gains):
        def parts(self, x, sr): yield 0, x.shape[-1], (x[..., None]*net.weight[0]).mT
    assert not apply(Learnt(), Audio(noise(50), 1000))["s0"].samples.requires_grad


@given(st.permutations(range(8)))
@settings(deadline=None, max_examples=20)
def test_many_stems_are_matched_as_few_are(order):
    old = torch.stack([noise(60, seed=i) for i in range(8)])
    assert torch.equal(old[list(order)][match(old, old[list(order)])], old)


def test_an_ambiguous_order_of_many_stems_is_said():
    old = torch.stack([noise(60, seed=min(i, 6)) for i in range(8)])
    with pytest.warns(SepNotice, match="ambiguous at 3.0 s"): match(old, old, "at 3.0 s")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        match(old[:7], old[:7])


def test_the_second_best_order_is_the_second_best():
    cost = torch.rand(7, 7, generator=torch.Generator().manual_seed(2)).tolist()
    few = [row[:5] for row in cost[:5]]
    assert [o for _, o in two_orders(few)] == [o for _, o in sorted((sum(few[i][j] for i, j in enumerate(p)), p)
                                                                   for p in itertools.permutations(range(5)))[:2]]
    everything = sorted(sum(cost[i][j] for i, j in enumerate(p)) for p in itertools.permutations(range(7)))
    assert [c for c, _ in two_orders(cost)] == pytest.approx(everything[:2])


@pytest.mark.parametrize("chunk_s, overlap_s, passes", [(1, .5, 19), (1, .25, 13), (20, .5, 1), (None, .5, 1), (1e-6, .5, 9999)])
def test_cost_counts_the_chunks_that_are_made(chunk_s, overlap_s, passes):
    method, mix = Gains(chunk_s=chunk_s, overlap_s=overlap_s), Audio(noise(10_000), 1000)
    assert cost(method, mix).passes == passes
    method.seen.clear()
    apply(method, mix)
    assert len(method.seen) == passes


def test_a_name_is_no_separator_here():
    for fn in (cost, prepare, apply):
        with pytest.raises(ParameterError, match=r"method is 'nmf': expected a Separator. A name: run\.make_method"):
            fn("nmf", Audio(noise(10), 1000))
        with pytest.raises(ParameterError, match="mix is an array"): fn(Gains(), noise(10))


def test_progress_is_told_after_every_part():
    told = []
    apply(Gains(chunk_s=.25, overlap_s=0.), Audio(noise(1000), 1000), on_span=told.append)
    assert told == [.25, .5, .75, 1.]


def test_forward_keeps_no_gradient_its_input_and_one_type():
    net, x = torch.nn.Linear(1, 1), noise(50)[None]
    class Doubled(Gains):
        def forward(self, x, sr): return (x.mul_(2)[..., None]*net.weight[0]).mT[:, :, 0][:, None].double()
    before = x.clone()
    y = forward(Doubled(), x, 1000)
    assert not y.requires_grad and y.dtype == torch.float32 and torch.equal(x, before)


def test_an_error_in_a_chunk_says_where_and_one_of_ours_stays_what_it_is():
    method, calls = Gains(chunk_s=.1, overlap_s=0.), []
    def fails(error):
        def forward(x, sr):
            calls.append(1)
            if len(calls)%3 == 0: raise error
            return x[:, None]
        return forward
    method.forward = fails(ZeroDivisionError("no frame"))
    with pytest.raises(SepError, match=r"^Gains failed at 0\.2 s of 1\.0 s: ZeroDivisionError: no frame$"):
        apply(method, Audio(noise(1000), 1000))
    method.forward = fails(ParameterError("f0 is None"))
    with pytest.raises(ParameterError, match="^f0 is None$"): apply(method, Audio(noise(1000), 1000))


def test_fades_begin_and_end_softly(): assert fade(100)[0] < 1e-3 and fade(100)[-1] > .999 and abs(float(fade(100)[25]) - .153) < .001


@pytest.mark.parametrize("degrees, said", [(40, False), (43, True), (47, True), (50, False)])
def test_where_an_order_begins_to_be_a_guess(degrees, said):
    c, s = (float(f(torch.deg2rad(torch.tensor(float(degrees))))) for f in (torch.cos, torch.sin))
    old, new = torch.tensor([[[1., 0]], [[0, 1]]]), torch.tensor([[[c, s]], [[s, c]]])
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        assert match(old, new) == ([0, 1] if degrees < 45 else [1, 0])
    assert bool(heard) is said


def test_stems_come_back_at_the_rate_they_left():
    mix = Audio(torch.sin(torch.arange(11025)*2*torch.pi*300/11025)*.3, 11025)
    with pytest.warns(SepNotice, match="resampled"): stems = apply(Gains(sr=8000), mix)
    assert (stems["s0"].samples - mix.samples)[:, 500:-500].abs().max() < 1e-3 and stems["s0"].n_samples == mix.n_samples
    for n in (93, 107):
        got = restore(torch.ones(1, 1, n), 1000, ["a"], Audio(noise(100), 1000))["a"].samples
        assert got.shape == (1, 100) and got.sum() == min(n, 100)


def test_cost_times_an_excerpt():
    method = Gains()
    cost(method, Audio(noise(10_000), 1000))
    cost(method, Audio(noise(10_000), 1000), excerpt_s=.3)
    cost(method, Audio(noise(200), 1000))
    assert method.seen == [(1, 1, 1000), (1, 1, 300), (1, 1, 200)]
