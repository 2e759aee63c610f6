"""The trajectory explorer without a page: what it tells, what it is asked, runs beside runs, and what an exported page holds."""
import math
import time
from copy import copy

import numpy as np
import pytest
import torch
from browser import page_state
from refusing import check_refusals

import sep_toolkit as st
from sep_toolkit.sound.audio import Audio, Stems
from sep_toolkit.core import ParameterError
from sep_toolkit.diffusion.method import DiffusionSeparator, How
from sep_toolkit.diffusion.gaussian import GaussianPrior
from sep_toolkit.runs.recorded import recorded
from sep_toolkit.runs.run import record, Run
from sep_toolkit.runs.trace import load_trace, Step, Trace
from sep_toolkit.explorers.levels import (
    changed, facts_of, first_signals, heard_keys, kept_levels, map_of, rms_of, run_name, settings_of, trajectory_figure,
)
from sep_toolkit.explorers.trajectory import TrajectoryExplorer

SR, T, STEPS = 8000, 8000, 8


@pytest.fixture(scope="module")
def priors():
    f = torch.linspace(0, 1, 65)
    at = {"low": (.12, .1), "high": (.6, .25)}
    return {n: GaussianPrior(spectrum=.006 * torch.exp(-((f - m) / w) ** 2) + 1e-6, sr=SR) for n, (m, w) in at.items()}


@pytest.fixture(scope="module")
def truth(priors):
    return {n: Audio(p.sample(1, T, seed=i), SR) for i, (n, p) in enumerate(priors.items())}


@pytest.fixture(scope="module")
def mixture(truth):
    return truth["low"] + truth["high"]


@pytest.fixture(scope="module")
def method(priors):
    return DiffusionSeparator(priors, steps=STEPS, how=How(close=None))


@pytest.fixture(scope="module")
def trace(method, mixture):
    return record(mixture, method, progress=False)


@pytest.fixture
def made():
    "Explorers to close at the end."
    out = []
    yield lambda *a, **k: out.append(TrajectoryExplorer(*a, **k)) or out[-1]
    for ex in out:
        ex.close()


def settle(ex, timeout_s=60):
    "Until the desk has nothing left to do."
    stop = time.monotonic() + timeout_s
    while (ex._due or ex._desk._thread is not None) and time.monotonic() < stop:
        time.sleep(.01)
    assert not ex._due and ex._desk._thread is None
    return ex


class Slow(DiffusionSeparator):
    "A chain that can be caught on its way."
    def steps(self, mix, *, seed=0, start=None):
        for step in super().steps(mix, seed=seed, start=start):
            time.sleep(.05)
            yield step


def sent(ex):
    "What goes to the page by messages, from here on."
    out = []
    ex.send = lambda content, buffers=None: out.append((content, buffers))
    return out


def test_facts_are_those_of_the_trace(trace, mixture):
    for step in trace:
        f = facts_of(step, trace.stem_names, rms_of(mixture))
        x = {n: step.scalars for n in trace.stem_names}
        want = [x[n][f"strength {n}"] for n in x]
        assert np.allclose([10 ** (v / 20) for v in f["strength"][1:]], want, rtol=1e-3)
        assert np.isclose(10 ** (f["strength"][0] / 10), np.mean(np.square(want)), rtol=1e-3)
        assert np.allclose(f["cosine"][1:], [x[n][f"cosine {n}"] for n in x], atol=1e-3)
        assert np.allclose(f["bound"][1:], [x[n][f"conflict {n}"] / x[n][f"gamma {n}"] for n in x], rtol=1e-2, atol=1e-3)
        rest = mixture.samples[0] - sum(step.audio[n][0] for n in trace.stem_names)
        assert np.isclose(f["residual"], 10 * math.log10(float(rest.square().mean() / mixture.samples.square().mean())), atol=.05)
    assert facts_of(Step({"sigma": .1}, {"residual": 1.}), ("a",), 1.) is None  # a question is no level of the chain


def test_bound_and_cosine_agree_in_sign(trace, mixture):
    "B is above 0 exactly where the cosine is below: both say that prior and guidance pull apart."
    for step in trace:
        f = facts_of(step, trace.stem_names, rms_of(mixture))
        assert all((c < 0) == (b > 0) for c, b in zip(f["cosine"][1:], f["bound"][1:]))


def test_maps_are_what_the_step_holds(trace):
    for step in trace:
        m = map_of(step)
        assert m.shape == (3, *step.arrays["agreement"][1].shape) and m.dtype == np.uint8
        assert np.abs(m[0] / 127.5 - 1 - np.clip(step.arrays["agreement"][1], -1, 1)).max() <= 1 / 127
        for layer, name in ((m[1], "prior_db"), (m[2], "pull_db")):
            db = step.arrays[name][1]
            back = (layer / 255 - 1) * 40 + db.max()
            assert np.abs(back - np.maximum(db, db.max() - 40)).max() < .1
    assert map_of(Step({"sigma": 1.})) is None


@pytest.mark.parametrize("init", ["augmented", "mixture", "noise"])
def test_first_signals_lead_to_the_first_step(priors, mixture, init):
    "The signal before the first step, handed to the priors, gives the first guess."
    method = DiffusionSeparator(priors, steps=4, init=init, seed=2)
    run = Run(method, mixture, seed=5)
    first, step = first_signals(run), next(iter(method.steps(mixture, seed=5)))
    sigma, scale = step.point["sigma"], step.scalars["scale"]
    for n, p in priors.items():
        x = first[n].samples * scale * math.sqrt(1 + sigma ** 2)
        assert torch.allclose(p.denoise(x, sigma).clamp(-1, 1) / scale, step.audio[n], atol=1e-5)


def test_no_first_signals_where_they_would_cost(priors, mixture, truth, trace):
    class Costly(DiffusionSeparator):
        def forward(self, x, sr): raise AssertionError("asked")
    start = Costly(priors, steps=2)
    assert first_signals(Run(DiffusionSeparator(priors, init=start, steps=2), mixture)) == {}
    assert first_signals(Run(DiffusionSeparator(priors, steps=2), mixture * 0.)) == {}
    warm = first_signals(Run(DiffusionSeparator(priors, init=Stems(truth, mix=mixture), steps=2), mixture))
    assert set(warm) == {"low", "high"} and not torch.equal(warm["low"].samples, warm["high"].samples)


def test_settings_and_names(priors, method):
    base = settings_of(method)
    assert base == {"solver": "hybrid", "strength": 1., "init": "augmented", "t0": 150, "seed": 0, "steps": STEPS, "total": STEPS,
                    "t0_of": dict.fromkeys(("noise", "mixture", "augmented", "look"), 150)}
    assert run_name(method, base) == "hybrid"
    assert run_name(changed(method, solver="dps", strength=.5, seed=3, steps=5), base) == "dps ×0.5, 5 steps, seed 3"
    assert run_name(changed(method, init="noise"), base) == "hybrid, noise start"
    assert run_name(changed(method, t0=100), base) == "hybrid, t0 100"
    again = changed(method, solver="dsg")
    assert again.priors == method.priors and again.given is method.given and method.solver == "hybrid"
    assert changed(method) is method and changed(method, init="given").init == "augmented"


def test_another_start_goes_where_it_is_advised(priors):
    "Unless somebody said where."
    advising = {n: copy(p) for n, p in priors.items()}
    for p in advising.values(): p.card = {"t0": {"look": 40, "augmented": 75}}
    method = DiffusionSeparator(advising, steps=3)
    base = settings_of(method)
    assert (method.init, method.t0) == ("look", 40) and base["t0_of"] == {"noise": 75, "mixture": 75, "augmented": 75, "look": 40}
    other = changed(method, init="augmented")
    assert other.t0 == 75 and run_name(other, base) == "hybrid, augmented start"
    assert changed(method, init="augmented", t0=60).t0 == 60 and changed(changed(method, t0=60), init="augmented").t0 == 60
    assert changed(method, seed=1).t0 == 40 and changed(other, init="look").t0 == 40
    assert run_name(changed(method, init="mixture", t0=60), base) == "hybrid, mixture start, t0 60"


def test_a_done_run(made, method, mixture, truth):
    run = Run(method, mixture).start().wait()
    ex = settle(made(run, reference=truth))
    c = ex.curves[0]
    assert len(ex.rows) == len(c["index"]) == STEPS and c["name"] == "hybrid" and c["state"] == "done" and c["evaluations"] == STEPS
    scores = [run.trace.stems_at(i).score(truth).si_sdr for i in range(STEPS)]
    for got, want in zip(c["score"], scores):
        assert np.allclose(got[1:], [want["low"], want["high"]], atol=.01) and np.isclose(got[0], np.mean(got[1:]), atol=.01)
    assert ex.scored and ex.match and ex.solo == ("low",) and ex.map_shape == [3, 2, 24, 33]
    assert ex.names == ("mixture", "low", "low x_t", "low removed", "true low", "high", "high x_t", "high removed", "true high", "residual")
    assert "hybrid (done): 8 steps" in ex.summary and f"SI-SDR {scores[-1].mean():.1f} dB" in ex.summary
    assert ex.step is run.trace[-1] and ex.point["step"] == STEPS


def test_pulls_apart_in_words(made, trace):
    ex = settle(made(trace))
    cos = [c[0] for c in ex.curves[0]["cosine"]]
    assert f"pull apart in {sum(v < 0 for v in cos)} of {STEPS} steps, most at step {1 + int(np.argmin(cos))}" in ex.summary
    assert f"above 1) in {sum(b[0] > 1 for b in ex.curves[0]['bound'])}" in ex.summary
    assert not ex.scored and "SI-SDR" not in ex.summary


def test_what_is_given_back_is_not_what_the_chain_left(made, priors, mixture, trace):
    ex = settle(made(record(mixture, DiffusionSeparator(priors, steps=STEPS), progress=False)))
    c = ex.curves[0]
    assert c["left"] == c["residual"][-1] > -100 and "the rest given back at the end" in ex.summary
    last = ex.rows[-1]
    assert len(c["index"]) == STEPS == last["index"] and f"left over ({c['left']:.0f}".replace("-", "\N{MINUS SIGN}") in last["says"]
    assert ex.step is ex.trace[STEPS] and ex.trace.stems.residual.peak < 1e-6, "what is heard at the end is what was given back"
    plain = settle(made(trace)).curves[0]
    assert plain["left"] == plain["residual"][-1]


def test_every_sound_of_a_step_can_be_had(made, method, mixture):
    ex = settle(made(Run(method, mixture).start().wait()))
    rows = ex.rows
    first = first_signals(ex.run)
    for i, row in enumerate(rows):
        guess_low, guess_high, x_low, x_high = (ex._heard(k).samples for k in heard_keys(rows, i, ex.sources))
        assert torch.equal(guess_low, ex.trace[i].audio["low"]) and torch.equal(guess_high, ex.trace[i].audio["high"])
        before = {n: first[n].samples if i == 0 else ex.trace[i - 1].audio[f"{n} noisy"] for n in ex.sources}
        assert torch.allclose(x_low, before["low"]) and torch.allclose(x_high, before["high"])
        assert ("first" in row) == (i == 0) and "residual" not in row["sounds"]


def test_streams_in_and_cancel_keeps_the_partial_run(made, priors, mixture):
    ex = made(Run(Slow(priors, steps=40), mixture))
    assert ex._now.state == "ready" and ex.summary == "Nothing has been computed yet." and not ex.curves[0]["index"]
    told = sent(ex)
    ex._asked(ex, {"do": "start"}, [])
    while len(ex.curves[0]["index"]) < 4 or len(ex.rows) < 4:  # curves are read from the trace, rows follow
        time.sleep(.01)
    assert ex.run.state == "running"
    ex._asked(ex, {"do": "cancel"}, [])
    ex.run._idle.wait(10)
    settle(ex)
    n = len(ex.trace)
    assert 4 <= n < 40 and ex.run.state == "cancelled" and len(ex.rows) == n == len(ex.curves[0]["index"])
    assert "cancelled" in ex.summary and ex.said["text"].startswith("Cancelled")
    maps = [i for content, _ in told if "maps" in content for i in content["maps"]]
    assert sorted(maps) == list(range(n))  # they come without being asked for


def test_again_runs_beside(made, method, mixture):
    ex = settle(made(Run(method, mixture).start().wait()))
    ex._asked(ex, {"do": "again", "solver": "wiener", "seed": 4, "steps": 5}, [])
    settle(ex)
    ex.wait_all()
    assert [r["name"] for r in ex.runs] == ["hybrid", "wiener, 5 steps, seed 4"] and ex.shown == 1
    assert len(ex.curves[0]["index"]) == STEPS and len(ex.curves[1]["index"]) == 5
    assert ex.settings["solver"] == "wiener" and ex.settings["seed"] == 4 and ex.settings["steps"] == 5
    alone = record(mixture, changed(method, solver="wiener", seed=4, steps=5), progress=False)
    assert torch.equal(ex.trace.stems["low"].samples, alone.stems["low"].samples)
    ex.again(solver="wiener", seed=4, steps=5)
    settle(ex.wait())
    assert ex.runs[2]["name"] == "wiener, 5 steps, seed 4 (2)"


def test_again_pauses_what_works(made, priors, mixture):
    ex = made(Run(Slow(priors, steps=30), mixture))
    ex.start()
    while len(ex.trace) < 2:
        time.sleep(.01)
    old = ex.run
    new = ex.again(steps=2)
    new.wait()
    old._idle.wait(10)
    assert old.state == "paused" and new.state == "done" and len(new.trace) == 3  # two levels, and what is given back


def test_solvers_from_one_seed_start_alike(made, method, mixture):
    ex = settle(made(Run(method, mixture).start().wait()))
    ex._asked(ex, {"do": "compare", "solvers": ["hybrid", "dsg", "wiener"]}, [])
    settle(ex)
    settle(ex.wait_all())
    assert [r["name"] for r in ex.runs] == ["hybrid", "dsg", "wiener"] and {r["state"] for r in ex.runs} == {"done"}
    first = [ex._heard(k.rows[0]["first"]["low"]).samples for k in ex._kept]
    assert torch.equal(first[0], first[1]) and torch.equal(first[0], first[2])
    assert len({tuple(c["residual"]) for c in ex.curves}) == 3
    assert ex.compare("dsg") == [] and "already" in ex.said["text"]
    residual = {c["name"]: c["residual"][-1] for c in ex.curves}
    assert residual["wiener"] < residual["hybrid"]


def test_one_run_at_a_time_and_cancel_empties_the_line(made, priors, mixture):
    ex = made(Run(Slow(priors, steps=12), mixture))
    ex.start()
    ex.compare("dsg", "wiener")
    while len(ex.trace) < 2:
        time.sleep(.01)
    assert [k.state for k in ex._kept] == ["running", "ready", "ready"]
    ex.cancel()
    ex.run._idle.wait(10)
    settle(ex)
    assert [k.state for k in ex._kept] == ["cancelled", "ready", "ready"]


def test_branch_goes_on_as_the_run_did(made, method, mixture, trace):
    ex = settle(made(Run(method, mixture).start().wait()))
    ex._asked(ex, {"do": "branch", "step": 3}, [])
    settle(ex)
    settle(ex.wait())
    assert torch.allclose(ex.trace.stems["low"].samples, trace.stems["low"].samples, atol=1e-5)
    assert len(ex.trace) == STEPS and ex.runs[1]["start"] == 4 and ex.runs[1]["name"] == "Branch 1: hybrid from step 4"
    assert ex.rows[0]["first"] == ex._kept[0].rows[0]["first"] != {}  # the same beginning
    ex.shown = 0
    ex.branch(3, solver="wiener")
    settle(ex.wait())
    assert not torch.allclose(ex.trace.stems["low"].samples, trace.stems["low"].samples, atol=1e-3)
    assert np.isclose(ex.curves[2]["sigma"][3], ex.curves[0]["sigma"][3]) and ex.curves[2]["residual"][-1] < -60


def test_go_shows_another_run_at_a_step(made, method, mixture):
    ex = settle(made(Run(method, mixture).start().wait()))
    ex.again(solver="dsg")
    settle(ex.wait())
    ex._asked(ex, {"do": "go", "run": 0, "index": 3}, [])
    settle(ex)
    assert ex.shown == 0 and ex.cursor == 3 and ex.step is ex._kept[0].trace[3]


def test_maps_are_sent_when_asked(made, trace):
    ex = settle(made(trace))
    told = sent(ex)
    ex._asked(ex, {"do": "maps", "run": 0, "indices": [0, 5]}, [])
    settle(ex)
    (content, buffers), = told
    assert content == {"maps": [0, 5], "run": 0} and buffers[1] == map_of(trace[5]).tobytes()


ORDERS = [({"do": "go", "run": 3}, "run is 3"), ({"do": "go", "run": 0, "index": 99}, "index is 99"),
          ({"do": "maps", "run": 0, "indices": [-1]}, "indices is -1"), ({"do": "again", "priors": {}}, "setting is 'priors'"),
          ({"do": "again", "solver": "euler"}, "solver is 'euler'"), ({"do": "again", "steps": 0}, "steps is 0"),
          ({"do": "again", "t0": 201}, "t0 is 201"), ({"do": "compare", "solvers": ["euler"]}, "solvers is 'euler'"),
          ({"do": "branch", "step": STEPS - 1}, "expected a step before the last"), ({"do": "branch", "step": 99}, "step is 99"),
          ({"do": "evil"}, "do is 'evil'")]


@pytest.fixture(scope="module")
def patient(method, mixture):
    ex = TrajectoryExplorer(Run(method, mixture).start().wait())
    yield settle(ex)
    ex.close()


@pytest.mark.parametrize("order,said", ORDERS, ids=str)
def test_bad_orders_are_said_and_change_nothing(patient, order, said):
    before = len(patient.runs), patient.shown, patient.cursor, len(patient.trace)
    patient._asked(patient, order, [])
    settle(patient)
    assert said in patient.said["text"] and patient.said["bad"]
    assert (len(patient.runs), patient.shown, patient.cursor, len(patient.trace)) == before


@pytest.mark.parametrize("trait,value", [("axis", "time"), ("map_mode", "x"), ("curve_of", 3), ("lanes", ["y"]), ("cursor", 99)])
def test_bad_traits(patient, trait, value):
    before = getattr(patient, trait)
    with pytest.raises(ParameterError, match=trait):
        setattr(patient, trait, value)
    assert getattr(patient, trait) == before


def test_what_a_page_cannot_say_is_refused(made, trace):
    check_refusals(settle(made(trace)))


def test_the_page_learns_of_a_run_and_of_its_rows_at_once(made, method, mixture):
    "Rows of one run under the number of another made the page ask for maps that do not exist."
    ex, sent = settle(made(Run(method, mixture).start().wait())), []
    for go_on in (lambda: ex.again(seed=5), lambda: ex.branch(2), lambda: ex.compare("dsg"), lambda: ex._do_go(0)):
        sent.clear()
        ex.send_state = lambda key=None: sent.append({k: len(ex.rows) for k in ([key] if isinstance(key, str) else key or [])})
        go_on()
        ex.wait_all()
        settle(ex)
        del ex.send_state
        assert all("rows" in s for s in sent if "shown" in s) and any("shown" in s for s in sent)


def test_what_it_does_not_take(method, mixture):
    other = Trace(mixture, ["low", "high"])
    other.append(Step({"iteration": 1}, {"loss": 1.}, audio={"low": mixture.samples, "high": mixture.samples}))
    for thing, mix in ((method, None), ("hpss", mixture), (other, None), (3, None), (Run(method, mixture), mixture)):
        with pytest.raises(ParameterError):
            TrajectoryExplorer(thing, mix)


def test_a_trace_from_a_file_is_looked_at(made, trace, tmp_path):
    ex = settle(made(load_trace(trace.save(tmp_path / "run.nc"))))
    assert ex.able == [] and len(ex.rows) == STEPS and ex.rows[0]["first"] == {} and ex.settings == {}
    with pytest.raises(ParameterError, match="view-only"):
        ex.again()


def test_probe_and_draws_have_rows(made, priors, mixture):
    ex = settle(made(Run(DiffusionSeparator(priors, steps=3, best_of=2, choose="residual"), mixture).start().wait()))
    says = [r["says"] for r in ex.rows]
    assert says[0].startswith("step 1 of 3, σ") and sum(s.startswith("draw") for s in says) == 2 and len(ex.curves[0]["index"]) == 3
    step = ex.probe(ex.trace[2], sigma=.3).result(30)
    assert ex.run._idle.wait(30)
    settle(ex)
    assert ex.cursor == step.index and ex.rows[step.index]["says"] == "asked again, σ 0.3" and not ex.rows[step.index]["map"]


def test_silence(made, method, mixture):
    with pytest.warns(UserWarning, match="silent"):
        run = Run(method, mixture * 0.).start().wait()
    ex = settle(made(run))
    assert ex.rows[0]["says"].startswith("step 1") and ex.curves[0]["index"] == []
    trajectory_figure(ex)


def page_data(path):
    return page_state(path.read_text())


def test_exported_page_holds_every_level(made, method, mixture, tmp_path):
    ex = settle(made(Run(method, mixture).start().wait()))
    state = page_data(ex.to_html(tmp_path / "page.html"))
    assert all(r["heard"] for r in state["rows"]) and len(state["kept_maps"]["ids"]) == STEPS
    wanted = {k for i in range(STEPS) for k in heard_keys(ex.rows, i, ex.sources)}
    assert set(state["kept_sounds"]["ids"]) == wanted and len(state["curves"][0]["index"]) == STEPS


def test_exported_page_keeps_to_its_budget(made, method, mixture, tmp_path):
    "Where all levels do not fit, evenly spaced ones do, the first and the last among them."
    ex = settle(made(Run(method, mixture).start().wait()))
    state = page_data(ex.to_html(tmp_path / "page.html", max_mb=.1))
    heard = [r["index"] for r in state["rows"] if r["heard"]]
    size = sum(len(d["base64"]) * 3 / 4 for d in state["kept_sounds"]["data"])
    assert size <= .1e6 and heard[0] == 0 and heard[-1] == STEPS - 1 and 1 < len(heard) < STEPS
    held = set(state["kept_sounds"]["ids"])
    assert all(set(heard_keys(state["rows"], i, ex.sources)) <= held for i in heard)


def test_kept_levels(patient):
    rows = patient.rows
    all_of_them = len({k for i in range(STEPS) for k in heard_keys(rows, i, patient.sources)})
    assert kept_levels(rows, patient.sources, all_of_them) == list(range(STEPS))
    assert kept_levels(rows, patient.sources, all_of_them - 1) == [0, 2, 4, 6, 7] and kept_levels(rows, patient.sources, 0) == [0, 7]
    assert kept_levels([], patient.sources, 5) == []


def test_static_picture_needs_no_script(made, method, mixture, truth):
    ex = settle(made(Run(method, mixture).start().wait(), reference=truth, title="<b>x</b>"))
    page = ex._fallback()
    assert "<script" not in page and "<b>x</b>" not in page and page.count("<audio") >= 6 and "pull apart in" in page
    figure = trajectory_figure(ex)
    titles = [a.get_title() for a in figure.axes]
    assert "noise level σ" in titles and "SI-SDR (dB)" in titles and sum("prior against guidance" in t for t in titles) == 2


def test_names_that_clash(made, priors, mixture):
    odd = DiffusionSeparator({"mixture": priors["low"], "residual": priors["high"]}, steps=2)
    ex = settle(made(Run(odd, mixture).start().wait()))
    assert len(set(ex.names)) == len(ex.names) and ex.sources == ["mixture", "residual"]
    assert [t["source"] for t in ex.tracks if t["role"] == "guess"] == ["mixture", "residual"]


def test_close_frees_threads_and_runs(priors, mixture):
    import threading
    ex = TrajectoryExplorer(Slow(priors, steps=100), mixture)
    ex.start()
    while len(ex.trace) < 1:
        time.sleep(.01)
    run = ex.run
    ex.close()
    run._idle.wait(10)
    assert run.state == "cancelled" and ex.rows == []
    time.sleep(.1)
    assert not [t for t in threading.enumerate() if t is run._thread]


def test_explore_gives_it(method, mixture, trace):
    for args in ((method, mixture), (Run(method, mixture),), (trace,)):
        ex = st.explore(*args)
        assert isinstance(ex, TrajectoryExplorer)
        ex.close()


def test_a_recorded_trace_opens_without_empty_lanes():
    "What was not recorded has no lane: neither where the method is known, nor for the trace alone."
    ex = TrajectoryExplorer(recorded("trajectory"))
    try: assert ex.lanes == [] and len(ex.rows) == len(ex.trace) > 30
    finally: ex.close()
