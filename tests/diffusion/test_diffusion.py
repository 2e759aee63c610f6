"""The diffusion separator: levels, windows, batches, draws, branches, probes, and every wrong input."""
import math
import warnings

import pytest
import torch

from sep_toolkit.sound.audio import Audio, Stems
from sep_toolkit.core import ParameterError, SepError, SepNotice
from sep_toolkit.diffusion.method import CHOICES, DiffusionSeparator, direction_maps, How
from sep_toolkit.diffusion.gaussian import GaussianPrior
from sep_toolkit.diffusion.guidance import Terms
from sep_toolkit.diffusion.solvers import SOLVERS
from sep_toolkit.scores.metrics import si_sdr
from sep_toolkit.runs.run import record, Run, separate
from sep_toolkit.diffusion.schedule import ddpm
from sep_toolkit.runs.separator import cost
from sep_toolkit.runs.trace import load_trace

SR = 16000


def coloured(centre, width, **settings):
    f = torch.linspace(0, 1, 65)
    s = torch.exp(-((f - centre)/width)**2) + 1e-3
    return GaussianPrior(spectrum=s*.08**2/s.mean(), **settings)


PRIORS = {"low": coloured(.1, .2), "high": coloured(.6, .3)}
TRUE = Stems({n: Audio(p.sample(1, 6000, seed=i)*.37, SR) for i, (n, p) in enumerate(PRIORS.items())})
MIX = TRUE.mix


def method(**settings): return DiffusionSeparator(**{"priors": PRIORS, "steps": 12, **settings})


@pytest.fixture(scope="module")
def trace(): return record(MIX, method())


def test_a_trace_holds_every_level(trace):
    m = method()
    *levels, end = trace
    assert m.stems == ("low", "high") and m.sr == SR and m.total == 13 == len(trace) == len(trace.accepted)
    assert [s.point["step"] for s in levels] == list(range(1, 13)) and [s.point["t"] for s in levels] == list(range(11, -1, -1))
    sigma = trace.scalars()["sigma"][:12]
    assert (sigma.diff()[1:] < 0).all() and math.isclose(sigma[0], float(ddpm().sigma[149]), rel_tol=1e-9) and abs(sigma[11] - .01) < 1e-4
    assert dict(end.point) == {"step": 12, "given_back": "mask"} and end.scalars["given_back"] == levels[-1].scalars["residual"]
    assert float(end.audio["residual"].abs().max()) < 1e-6 < .005 < levels[-1].scalars["residual"]
    for s in levels:
        assert set(s.audio) == {"low", "high", "low noisy", "high noisy", "residual"}
        assert torch.allclose(s.audio["low"] + s.audio["high"] + s.audio["residual"], MIX.samples, atol=1e-6)
        assert math.isclose(s.scalars["residual"], float(s.audio["residual"].square().mean().sqrt()), rel_tol=1e-5)
        assert math.isclose(s.scalars["strength"], (s.scalars["strength low"] + s.scalars["strength high"])/2, rel_tol=1e-5)
        assert {"cosine", "conflict", "gamma", "loss", "evaluations", "scale"} <= set(s.scalars)
    end = record(MIX, method(how=How(close=None)))[-1].audio
    assert torch.equal(end["low"], end["low noisy"]) and torch.equal(end["low"], levels[-1].audio["low noisy"])  # no noise is left


def test_maps_are_small_and_mean_what_they_say(trace):
    step = trace[5]
    for name in ("prior_db", "pull_db", "agreement"):
        dims, m = step.arrays[name]
        assert dims == ("source", "band", "moment") and m.shape[0] == 2 and m.size < 5000
    assert abs(step.arrays["agreement"][1]).max() <= 1.001

    class Facts: prior, pull = torch.randn(1, 1, 4000), None
    Facts.pull = -.5*Facts.prior
    maps = direction_maps(Facts)
    assert torch.allclose(maps["agreement"][1], -torch.ones_like(maps["agreement"][1]), atol=1e-3)
    assert torch.allclose(maps["prior_db"][1] - maps["pull_db"][1], torch.full_like(maps["pull_db"][1], 6.0206), atol=1e-3)
    assert trace.data["agreement"].sizes["step"] == 13 and trace.data["agreement"][-1].isnull().all()  # no level, no map


def test_it_separates(trace):
    end = {n: float(si_sdr(trace.stems[n].samples, TRUE[n].samples)) for n in TRUE}
    first = {n: float(si_sdr(MIX.samples, TRUE[n].samples)) for n in TRUE}
    assert min(end[n] - first[n] for n in TRUE) > 2, (first, end)


@pytest.mark.parametrize("solver", SOLVERS)
def test_every_solver_separates(solver):
    steps = 60 if solver in ("dirac", "gaussian") else 40
    stems = separate(MIX, method(solver=solver, steps=steps))
    gain = [float(si_sdr(stems[n].samples, TRUE[n].samples) - si_sdr(MIX.samples, TRUE[n].samples)) for n in TRUE]
    assert sum(gain)/2 > {"dps": -12, "cqt": 0, "gaussian": -3, "dsg": 1}.get(solver, 2), gain


def test_separate_record_and_seeds_agree(trace):
    assert torch.equal(separate(MIX, method()).tensor, trace.stems.tensor)
    assert torch.equal(trace.replay(method()).stems.tensor, trace.stems.tensor)
    for other in (separate(MIX, method(), seed=1), separate(MIX, method(seed=1))):
        assert not torch.allclose(other.tensor, trace.stems.tensor, atol=1e-3)
    assert not torch.equal(separate(MIX, method(), seed=1).tensor, separate(MIX, method(seed=1)).tensor)


@pytest.mark.parametrize("priors", [{"flute": "flute", "drums": "percussion"}, ["flute", "percussion"]])
def test_a_run_with_shipped_priors_is_made_again_from_its_file(priors, tmp_path):
    from sep_toolkit.sound.scenes import example
    made = record(example("flute_drums")[0].clip(0, 1), DiffusionSeparator(priors, steps=2), seed=3)
    made.save(tmp_path / "run.nc")
    again = load_trace(tmp_path / "run.nc").replay()
    assert made.provenance["replayable"] and again.stems.names == tuple(priors) and torch.equal(again.stems.tensor, made.stems.tensor)


def test_a_run_with_priors_of_ones_own_asks_for_them(trace):
    assert not trace.provenance["replayable"]
    with pytest.raises(ParameterError, match=r"replay\(method\)"): trace.replay()


@pytest.mark.parametrize("gain", [.25, 3., 1e-3])
def test_the_level_is_put_on_and_taken_off_exactly(gain, trace):
    scaled = record(MIX*gain, method())
    assert torch.allclose(scaled.stems.tensor, gain*trace.stems.tensor, atol=2e-4*gain)
    assert math.isclose(scaled[0].scalars["scale"]*gain, trace[0].scalars["scale"], rel_tol=1e-5)
    want = 10**((-22.5 + 10*math.log10(2))/20)
    assert math.isclose(trace[0].scalars["scale"]*float(MIX.samples.square().mean().sqrt()), want, rel_tol=1e-5)


def test_closing():
    ends = {k: record(MIX, method(how=How(close=k))) for k in (None, "share", "mask")}
    left = {k: t.stems.residual.rms_db - MIX.rms_db for k, t in ends.items()}
    assert -25 < left[None] < -5 and left["share"] < -100 and left["mask"] < -100
    a, b = (ends[k].stems for k in (None, "share"))
    for n in TRUE: assert torch.allclose(b[n].samples, a[n].samples + a.residual.samples/2, atol=1e-6)
    gain = {k: sum(float(si_sdr(t.stems[n].samples, TRUE[n].samples)) for n in TRUE) for k, t in ends.items()}
    assert gain["share"] > gain[None] and gain["mask"] > gain[None]
    whole = [separate(MIX, method(solver="dirac", how=How(close=k))).tensor for k in (None, "share", "mask")]
    assert torch.allclose(whole[0], whole[1], atol=1e-5) and torch.allclose(whole[0], whole[2], atol=1e-5)  # these add up as they are
    clips = torch.stack([MIX.samples, MIX.samples*2])
    assert torch.allclose(method(how=How(close="mask")).forward(clips, SR)[0], ends["mask"].stems.tensor, atol=1e-5)
    noisy = separate(MIX, method(sigma_y=.02))
    assert -25 < noisy.residual.rms_db - MIX.rms_db < -3  # noise of the mixture stays outside


def test_a_level_of_ones_own():
    assert record(MIX, method(level=None)).accepted[0].scalars["scale"] == 1
    assert math.isclose(record(MIX, method(level=-30.))[0].scalars["scale"], 10**((-30 - MIX.rms_db)/20), rel_tol=1e-6)


def test_levels_far_from_the_priors_are_said():
    with pytest.warns(SepNotice, match="priors know mixtures of -22 to -17 dB"): separate(MIX*.01, method(level=None))
    with pytest.warns(SepNotice, match="may be nothing but noise"): separate(MIX*1e-4, method())
    with warnings.catch_warnings():
        warnings.simplefilter("error", SepNotice)
        separate(MIX*.01, method())


def test_a_batch_is_its_clips_one_by_one(trace):
    clips = torch.stack([MIX.samples, torch.zeros_like(MIX.samples), MIX.samples.flip(-1)*2])
    before = clips.clone()
    with pytest.warns(SepNotice, match="silent"): y = method().forward(clips, SR)
    assert torch.equal(clips, before) and y.shape == (3, 2, 1, 6000) and not y[1].any()
    assert torch.allclose(y[0], trace.stems.tensor, atol=1e-5)
    assert torch.allclose(y[2], separate(Audio(clips[2], SR), method()).tensor, atol=3e-5)
    many = method(best_of=2, steps=5).forward(clips[::2], SR)
    assert torch.allclose(many[1], separate(Audio(clips[2], SR), method(best_of=2, steps=5)).tensor, atol=1e-5)


def test_nothing_is_written_to():
    mix = Audio(MIX.samples.clone(), SR)
    init = Stems({n: Audio(a.samples.clone(), SR) for n, a in TRUE.items()})
    separate(mix, method(init=init))
    assert torch.equal(mix.samples, MIX.samples) and all(torch.equal(init[n].samples, TRUE[n].samples) for n in TRUE)


# Several draws

@pytest.mark.parametrize("choose", [*CHOICES, lambda stems: stems["low"].rms_db])
def test_draws_and_the_choice(choose):
    m = method(steps=6, best_of=3, choose=choose)
    t = record(MIX, m)
    assert m.total == 9
    last = [s for s in t if "candidate" in s.point]
    assert len(t) == 6 + len(last) and [s.accepted for s in last] == [False]*(len(last) - 1) + [True]
    alone = record(MIX, method(steps=6)).stems  # draw 0 is the draw of a run without others
    draws = {s.point["candidate"]: torch.stack([s.audio["low"], s.audio["high"]]) for s in last}
    assert torch.allclose(draws[0], alone.tensor, atol=1e-5) and not torch.allclose(draws[0], draws[1], atol=1e-3)
    if choose == "mean": assert torch.allclose(t.stems.tensor, (draws[0] + draws[1] + draws[2])/3, atol=1e-6)
    else: assert last[-1].scalars["score"] == max(s.scalars["score"] for s in last)
    if choose == "residual":
        open_ends = [s for s in record(MIX, method(steps=6, best_of=3, choose=choose, how=How(close=None))) if "candidate" in s.point]
        assert open_ends[-1].point == last[-1].point
        assert open_ends[-1].scalars["residual"] == min(s.scalars["residual"] for s in open_ends)
    if callable(choose): assert math.isclose(last[-1].scalars["score"], t.stems["low"].rms_db, abs_tol=1e-4)


@pytest.mark.parametrize("solver", ["gaussian", "dirac", "tweedie", "wiener"])
def test_a_mean_is_of_opposite_draws(solver):
    "What depends on the noise in a straight line cancels in a pair: nothing is left where priors and solver are linear, less elsewhere."
    make = lambda **more: separate(MIX, method(solver=solver, how=How(clip=False, close="share"), **more), progress=False).tensor
    differ = lambda a, b: float((a - b).square().mean()/a.square().mean())
    apart = differ(make(seed=1), make(seed=2))
    paired = differ(*(make(seed=k, best_of=2, choose="mean") for k in (1, 2)))
    assert apart > 1e-6 and paired < (1e-3 if solver != "wiener" else .3)*apart
    three = [s for s in record(MIX, method(solver=solver, best_of=3, choose="mean")) if "candidate" in s.point]
    assert differ(three[1].audio["low"], three[2].audio["low"]) > 1e-6  # the third has noise of its own


def test_explained_prefers_sources_in_their_own_stems():
    from sep_toolkit.diffusion.method import explained
    from sep_toolkit.diffusion.guidance import Windows
    x = torch.stack([a.samples[0] for a in TRUE.values()])*.08/.03
    right, swapped = explained(PRIORS.values(), torch.stack([x, x.flip(0)]), Windows(6000))
    assert right > swapped + .01


# Branches

def test_a_branch_ends_where_the_run_did(tmp_path, trace):
    run = Run(method(), MIX).start().wait()
    branch = run.branch(4).start().wait()
    assert len(branch.trace) == 13 and (branch.trace.stems.tensor - trace.stems.tensor).abs().max() < 1e-5
    assert branch.trace[5].point["step"] == 6
    trace.save(tmp_path/"run.nc")
    loaded = load_trace(tmp_path/"run.nc")
    *_, last = method().steps(MIX, start=loaded[4])
    assert torch.allclose(last.audio["low"], trace[-1].audio["low"], atol=1e-5)


@pytest.mark.parametrize("settings", [{"solver": "wiener"}, {"strength": .5}, {"seed": 3}, {"steps": 30}, {"steps": 3}, {"best_of": 2}])
def test_a_branch_with_other_settings_goes_its_own_way(settings, trace):
    run = Run(method(), MIX).start().wait()
    branch = run.branch(4, **settings).start().wait().trace
    assert torch.equal(branch[4].audio["low"], run.trace[4].audio["low"])
    assert branch[5].point["sigma"] == pytest.approx(run.trace[4].scalars["sigma_next"], rel=1e-9)
    assert (branch.stems.tensor - trace.stems.tensor).abs().max() > (0 if "best_of" in settings else 1e-4)
    if "steps" in settings: assert len(branch) - 5 == sum(DiffusionSeparator(PRIORS, **settings).chain.sigma < branch[5].point["sigma"]) + 2


def test_start_must_be_a_step_of_such_a_run(trace):
    with pytest.raises(ParameterError, match="a step before the last"): list(method().steps(MIX, start=trace[-1]))
    from sep_toolkit.runs.trace import Step
    with pytest.raises(ParameterError, match="Missing: low noisy, high noisy"): list(method().steps(MIX, start=Step(audio={"low": MIX})))
    with pytest.raises(ParameterError, match="a run on this mixture"): list(method().steps(MIX.clip(0, .3), start=trace[3]))


def test_cancel_keeps_what_is_there():
    run = Run(method(steps=400), MIX)
    run.observe(lambda r: r.cancel() if len(r.trace) == 7 else None)
    run.start().wait()
    assert run.state == "cancelled" and 7 <= len(run.trace) < 12 and run.stems.tensor.shape == (2, 1, 6000)
    on = run.branch(len(run.trace) - 1, steps=20).start().wait()
    assert on.state == "done"


# Starts

def test_priors_advise_where_to_start():
    "The quietest start that a card names; the published one where none does; what is asked for above all."
    low, high = coloured(.1, .2), coloured(.6, .3)
    start = lambda **settings: DiffusionSeparator({"low": low, "high": high}, **settings).t0
    assert start() == 150
    low.card = {"t0": 80}
    assert start() == 80 and start(t0=150) == 150
    high.card = {"t0": 60, "licence": "MIT"}
    assert start() == 60
    m = DiffusionSeparator({"low": low, "high": high}, steps=60)
    assert len(m.chain) == 60 and m.settings["t0"] == 60 and m.start_sigma == ddpm().sigma[59]
    low.card = {"t0": "late"}
    with pytest.raises(ParameterError, match="t0 is 'late'"):
        start()


def test_priors_advise_how_to_start():
    "The first kind of the first card that all cards know; given stems stand where a look does."
    low, high = coloured(.1, .2), coloured(.6, .3)
    def start(**settings):
        m = DiffusionSeparator({"low": low, "high": high}, **settings)
        return m.init, m.t0
    low.card, high.card = {"t0": {"look": 40, "augmented": 75}}, {"t0": {"augmented": 90, "look": 30}}
    assert start() == ("look", 30) and start(init="augmented") == ("augmented", 75) and start(init="mixture") == ("mixture", 75)
    assert start(t0=99) == ("look", 99) and start(init=TRUE) == (TRUE, 30)
    high.card = {"t0": 60}
    assert start() == ("augmented", 60) and start(init="look") == ("look", 60)
    high.card = {"licence": "MIT"}
    assert start() == ("look", 40)
    low.card = None
    assert start() == ("augmented", 150)


def test_starts_and_their_levels():
    s = ddpm().sigma
    assert method(init="noise").chain.sigma[-1] == s[199] and method(t0=100).chain.sigma[-1] == s[99]
    m = method(how=How(from_top=True))
    assert m.chain.sigma[-1] == s[199] and m.start_sigma == s[149]
    assert [len(method(steps=None, **kw).chain) for kw in ({}, {"init": "noise"}, {"solver": "dirac"}, {"t0": 51}, {"t0": 50})] == [50]*5
    assert torch.equal(method(steps=None, t0=8).chain.sigma, s[:8]) and torch.equal(method(steps=150).chain.sigma, s[:150])
    assert len(method(steps=200, init="noise").chain) == 200 and len(method(steps=30, t0=8).chain) == 30
    assert len(method(solver="dirac", steps=150).chain) == 150 and not torch.equal(method(solver="dirac", steps=150).chain.sigma, s[:150])
    tame = {n: coloured(.2, .2, sigma_max=2.5) for n in "ab"}
    assert DiffusionSeparator(tame, init="noise").chain.sigma[-1] == s[199]  # 2.56: a little more than 2.5 is allowed
    short = {n: coloured(.2, .2, sigma_max=1.) for n in "ab"}
    assert 1 < DiffusionSeparator(short).chain.sigma[-1] < 1.03


def test_a_warm_start_is_kept_where_little_noise_is_put_on_it():
    short = dict(t0=2, steps=2, how=How(close="share"))
    worst = lambda init: min(float(si_sdr(a.samples, TRUE[n].samples)) for n, a in separate(MIX, method(init=init, **short)).items())
    assert worst(TRUE) > 8 and worst(TRUE) > worst("augmented") + 6, (worst(TRUE), worst("augmented"))
    first = method(steps=8)
    a, b = separate(MIX, method(init=first, t0=60)), separate(MIX, method(init=first(MIX), t0=60))
    assert torch.allclose(a.tensor, b.tensor, atol=1e-5)


# Windows

def test_windows_blend_without_a_seam():
    true = {n: p.sample(1, 24000, seed=9) for n, p in PRIORS.items()}
    mix = Audio(sum(true.values()), SR)
    whole, cut = (separate(mix, method(solver="wiener", how=How(window_s=w, overlap_s=.1)))["low"].samples[0] for w in (10., .5))
    far = (whole - cut).square()
    borders = [round(k*(24000 - 8000)/3) + d for k in range(1, 4) for d in (0, 8000)][:-1]
    near = torch.cat([far[b - 200:b + 200] for b in borders if 200 < b < 23800])
    assert far.mean() < .05*whole.square().mean() and near.mean() < 4*far.mean()
    jump = cut.diff().abs()
    assert max(float(jump[b - 1:b + 1].max()) for b in borders if 1 < b < 23999) < float(jump.max())


def test_neighbouring_windows_cannot_swap_two_equal_sources():
    p = coloured(.2, .2)
    mix = Audio(p.sample(1, 16000, seed=1) + p.sample(1, 16000, seed=2), SR)
    t = record(mix, DiffusionSeparator({"a": p, "b": p}, steps=15, how=How(window_s=.4, overlap_s=.1)))
    one = record(mix, DiffusionSeparator({"a": p, "b": p}, steps=15, how=How(window_s=2.)))
    for k in range(0, 16000, 2000):  # every stretch of a resembles a of the run without windows, not b
        a, ref = t.stems["a"].samples[0, k:k + 2000], {n: one.stems[n].samples[0, k:k + 2000] for n in "ab"}
        assert (a - ref["a"]).square().mean() < (a - ref["b"]).square().mean()


class Small(GaussianPrior):
    "A prior on a machine with little memory."
    room = 3000
    def denoise(self, x, sigma):
        if x.shape[-1] > self.room: raise torch.OutOfMemoryError("out of memory: tried to allocate 2 GiB")
        return super().denoise(x, sigma)


def test_out_of_memory_tries_smaller_windows_once_and_says_so():
    priors = {n: Small(spectrum=p.spectrum) for n, p in PRIORS.items()}
    m = DiffusionSeparator(priors, steps=8, how=How(window_s=.25, overlap_s=.05))
    with pytest.warns(SepNotice, match="windows of 0.25 s: continuing with windows of half the length"): t = record(MIX, m)
    assert len(t) == 9
    with pytest.warns(SepNotice, match="half the length"): assert m.forward(MIX.samples[None], SR).shape == (1, 2, 1, 6000)
    for p in priors.values(): p.room = 100
    with pytest.warns(SepNotice), pytest.raises(SepError, match="out of memory with windows of 0.12 s at sigma 1.46"): separate(MIX, m)


def test_out_of_memory_in_a_look_is_no_other():
    priors = {n: Small(spectrum=p.spectrum) for n, p in PRIORS.items()}
    m = DiffusionSeparator(priors, init="look", steps=3, how=How(window_s=.25, overlap_s=.05))
    with pytest.warns(SepNotice, match="windows of 0.25 s: continuing with windows of half the length"): assert len(record(MIX, m)) == 4
    with pytest.warns(SepNotice, match="half the length"): assert m.forward(MIX.samples[None], SR).shape == (1, 2, 1, 6000)


def test_out_of_memory_in_mid_run_keeps_the_trace():
    class Filling(GaussianPrior):
        left = 12
        def denoise(self, x, sigma):
            Filling.left -= 1
            if Filling.left < 0: raise MemoryError
            return super().denoise(x, sigma)
    run = Run(DiffusionSeparator({n: Filling(spectrum=p.spectrum) for n, p in PRIORS.items()}, steps=20), MIX)
    with pytest.warns(SepNotice), pytest.raises(SepError, match="out of memory"): run.start().wait()
    assert run.state == "failed" and len(run.trace) == 6 and run.trace.stems.names == ("low", "high")


def test_an_error_of_a_prior_is_not_taken_for_want_of_memory():
    class Broken(GaussianPrior):
        def denoise(self, x, sigma): raise RuntimeError("size mismatch")
    with pytest.raises(RuntimeError, match="size mismatch"):
        list(DiffusionSeparator({n: Broken(spectrum=p.spectrum) for n, p in PRIORS.items()}).steps(MIX))


# Silence, short clips, probes

def test_silence_gives_silence():
    with pytest.warns(SepNotice, match="silent"): t = record(Audio(torch.zeros(1, 500), SR), method())
    assert len(t) == 1 and not t.stems.tensor.any() and not t.stems.residual.samples.any()


@pytest.mark.parametrize("n", [1, 7, 300])
def test_short_clips(n):
    stems = separate(Audio(MIX.samples[:, 100:100 + n], SR), method())
    assert stems.n_samples == n and torch.isfinite(stems.tensor).all()


def test_a_probe_joins_the_trace_as_a_refused_step():
    run = Run(method(), MIX).start().wait()
    step = run.evaluate(sigma=.02).result()
    assert not step.accepted and step.point["sigma"] == .02 and len(run.trace) == 14
    assert (step.audio["low"] - run.trace[12].audio["low"]).abs().max() < .1*run.trace[12].audio["low"].abs().max() + .02
    assert torch.equal(run.evaluate(sigma=.02).result().audio["low"], step.audio["low"])
    with pytest.raises(ParameterError, match="sigma is 50"): run.evaluate(sigma=50).result()
    with pytest.raises(ParameterError, match="parent is None"): Run(method(), MIX).evaluate(sigma=.1).result()


def test_cost_and_settings():
    m = method(strength=.5)
    assert cost(m, MIX).passes == 13 and m.settings["steps"] == 12 and m.settings["strength"] == .5
    again = DiffusionSeparator(**m.settings)
    assert torch.equal(again(MIX).tensor, m(MIX).tensor)
    assert method(terms=Terms(1, 0, 0)).settings["terms"] == Terms(1, 0, 0) and "terms" not in m.settings


def test_terms_strength_and_clip_matter(trace):
    for settings in ({"terms": Terms(1, 0, 0)}, {"strength": .5}, {"how": How(eta=0.)}, {"how": How(order=2)}, {"how": How(pace="step")},
                     {"how": How(cap=.1)}, {"sigma_y": .02}, {"how": How(schedule="cosine")}, {"how": How(spacing="karras")},
                     {"how": How(close="share")}):
        assert not torch.allclose(separate(MIX, method(**settings)).tensor, trace.stems.tensor, atol=1e-4), settings
    free = record(MIX, method(strength=0.))
    assert all(s.scalars["strength"] == 0 for s in free) and len(free) == 12  # nothing is given back to free sources


def test_cards_are_joined():
    a, b = coloured(.1, .2), coloured(.6, .3)
    a.card, b.card = {"licence": "CC0", "sha256": "1"}, {"licence": "CC BY 4.0", "sha256": "2"}
    m = DiffusionSeparator({"a": a, "b": b}, steps=2)
    assert m.card == {"licence": "CC0; CC BY 4.0", "sha256": "1; 2"} and method().card is None
    assert Run(m, MIX).trace.provenance["weights"]["licence"] == "CC0; CC BY 4.0"


class Labelled:
    sr, sigma_min, sigma_max, labels, label = SR, .005, 2.5, ("speech", "violin"), None
    def denoise(self, x, sigma): return x


BAD = [
    (lambda: DiffusionSeparator({"low": PRIORS["low"]}), "2 to 4 names"),
    (lambda: DiffusionSeparator({str(k): PRIORS["low"] for k in range(5)}), "2 to 4 names"),
    (lambda: DiffusionSeparator("speech"), "2 to 4 names"),
    (lambda: DiffusionSeparator({"a": 3, "b": PRIORS["low"]}), r"priors\['a'\] is 3"),
    (lambda: DiffusionSeparator({"a/\n": PRIORS["low"], "b": PRIORS["low"]}), "stem name"),
    (lambda: DiffusionSeparator({"a": Labelled(), "b": PRIORS["low"]}), r"one of speech, violin. Take prior\[label\]"),
    (lambda: DiffusionSeparator({"a": coloured(.1, .1, sr=8000), "b": PRIORS["low"]}), "different rates .a 8000 Hz, b 16000 Hz"),
    (lambda: DiffusionSeparator({n: coloured(.1, .1, sigma_max=.001) for n in "ab"}), "sigma_max of at least"),
    (lambda: method(solver="hybird"), "Did you mean 'hybrid'"),
    (lambda: method(init="silence"), "init is 'silence'"),
    (lambda: method(init=3), "one of noise, mixture, augmented, look, Stems, or a Separator"),
    (lambda: method(init=TRUE.rename({"low": "bass"})), "stems named low, high"),
    (lambda: method(steps=0), "steps is 0"), (lambda: method(t0=0), "t0 is 0"), (lambda: method(t0=201), "t0 is 201"),
    (lambda: method(strength=-1), "strength is -1"), (lambda: method(strength=math.nan), "strength is nan"),
    (lambda: method(best_of=0), "best_of is 0"), (lambda: method(choose="best"), "choose is 'best'"),
    (lambda: method(seed=-1), "seed is -1"), (lambda: method(sigma_y=-1), "sigma_y is -1"),
    (lambda: method(level="loud"), "level is 'loud'"),
    (lambda: method(how=How(close="no")), "how.close is 'no'"),
    (lambda: method(how=How(precision="half")), "how.precision is 'half'"),
    (lambda: method(terms="time"), "a Terms"), (lambda: method(how=3), "a How"),
    (lambda: separate(MIX, method(how=How(pace="run"))), "pace is 'run'"),
    (lambda: separate(MIX, method(how=How(window_s=0))), "window_s is 0"),
    (lambda: method(how=How(schedule="linear")), "schedule is 'linear'"), (lambda: method(how=How(spacing="odd")), "spacing is 'odd'"),
    (lambda: separate(Audio(torch.zeros(2, 100), SR), method()), "Use mix.mono"),
    (lambda: list(method().steps(Audio(torch.zeros(2, 100), SR))), "Use mix.mono"),
    (lambda: method().forward(torch.zeros(1, 2, 100), SR), "Use mix.mono"),
    (lambda: method().forward(torch.zeros(1, 1, 100), 8000), "sr is 8000"),
    (lambda: list(method().steps(MIX.resample(8000))), "16000 Hz, the priors' rate"),
    (lambda: separate(MIX.clip(0, .1), method(init=TRUE)), "init and the mixture"),
    (lambda: separate(MIX, method(solver="dirac", sigma_y=.1)), "sigma_y")]


@pytest.mark.parametrize("call, says", BAD)
def test_bad_input(call, says):
    with pytest.raises((ParameterError, SepError), match=says): call()
