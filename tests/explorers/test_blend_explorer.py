"""The blend explorer's Python side, and what every explorer shares: curves, scores, orders, state, closing. The page is tested in
test_blend_explorer_browser.py."""
import base64
import io
import json
import math
import threading
import time
import types

import numpy as np
import pytest
import soundfile as sf
import torch
from browser import page_state
from refusing import check_refusals
from traitlets import TraitError

from sep_toolkit.sound.audio import Audio
from sep_toolkit.explorers.blend import BlendExplorer, choice_table
from sep_toolkit.explorers.ratios import curves, offered, Scorer, steepest
from sep_toolkit.core import ParameterError, SepError
from sep_toolkit.explorers.opening import explore
from sep_toolkit.multistep.analysis import BestOf, lipschitz_band, rescore
from sep_toolkit.multistep.method import MultiStep
from sep_toolkit.multistep.tiles import TileSteps
from sep_toolkit.scores.judge import as_metric
from sep_toolkit.runs.run import record, Run
from sep_toolkit.runs.separator import Separator
from sep_toolkit.explorers.desk import Desk
from sep_toolkit.runs.trace import exchange, load_trace, Step, Trace

SR = 8000


def crest(estimate):
    return float(estimate.abs().max() / estimate.square().mean().sqrt().clamp(min=1e-9))


T = torch.arange(SR) / SR
VOICE = .5 * torch.sin(2 * math.pi * 220 * T) * (torch.sin(2 * math.pi * 2 * T) > 0)
HISS = .05 * torch.randn(1, SR, generator=torch.Generator().manual_seed(0))


class Soft(Separator):
    "Comes nearer to the voice with every pass; counts its passes, and can be made slow or made to fail."
    stems, max_batch, wait_s, fail_after = ("voice",), 4, 0., math.inf

    def __init__(self):
        self.passes = 0

    def forward(self, x, sr):
        self.passes += len(x)
        time.sleep(self.wait_s)
        if self.passes > self.fail_after:
            raise ValueError("out of luck")
        v = torch.zeros_like(x)
        v[..., :SR] = VOICE[:x.shape[-1]]
        return (x + .4 * (v - x) + .03 * (x - v).abs() + .02 * x.square())[:, None]


class Two(Soft):
    stems = ("voice", "rest")

    def forward(self, x, sr):
        y = super().forward(x, sr)
        return torch.cat([y, .9 * (x[:, None] - y)], 1)


@pytest.fixture(scope="module")
def sound():
    voice, hiss = Audio(VOICE, SR), Audio(HISS, SR)
    return voice + hiss, {"voice": voice, "rest": hiss}


def settle(ex, seconds=20):
    end = time.monotonic() + seconds
    while ex.is_scoring or ex._desk.busy or (ex.run is not None and not ex.run._idle.is_set()):
        assert time.monotonic() < end, "the explorer does not come to rest"
        time.sleep(.005)


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(.005)


@pytest.fixture
def make(sound):
    made = []

    def make(thing=None, mix=None, done=True, net=None, **settings):
        mine = {"metric": "snr", "reference": sound[1], "search": "grid", "ratios": (0., .3, .6), "steps": 3}
        given = {k: settings.pop(k) for k in ("metric", "reference", "search", "ratios", "steps", "coupling", "segment_s", "target")
                 if k in settings}
        if thing is None:
            thing, mix = MultiStep(net or Soft(), **{**mine, **given}), sound[0]
        ex = BlendExplorer(thing, mix, **{"metrics": ["si_sdr", crest], **settings})
        ex.sent = []
        ex.send = lambda content, buffers=None: ex.sent.append((content, buffers))
        made.append(ex)
        if done and ex.run is not None:
            ex.start().wait()
            settle(ex)
        return ex

    yield make
    for ex in made:
        ex.close()


def passes(trace):
    return sum(s.scalars["passes"] for s in trace)


# Curves and scores

def test_every_candidate_lies_on_one_curve(make):
    ex = make()
    assert len(ex.lines) == 3 and len(ex.trace.accepted) == 4 and len(ex.trace) > 1 + 9, "winners are told twice"
    on = [i for line in ex.lines for _, _, i in line["points"] if i]
    told = {(s.parent, s.point["ratio"]): s.index for s in sorted(ex.trace.steps[1:], key=lambda s: s.accepted)}
    assert sorted(on) == sorted(told.values()), "each once, as the accepted one where it is; the first estimate is the point at ratio 1"
    for line in ex.lines:
        assert line["points"] == sorted(line["points"]) and line["points"][-1][0] == 1 and line["points"][-1][2] == 0
        assert line["level"] == ex.trace[line["parent"]].scalars["score"]
        r, g = zip(*[p[:2] for p in line["points"]])
        assert line["slope"] == lipschitz_band(r, g).slope
        assert all(ex.trace[i].scalars["score"] == g and ex.trace[i].point["ratio"] == r for r, g, i in line["points"])
    assert [line["name"] for line in ex.lines] == [f"Step {i + 1}" for i in range(len(ex.lines))]
    assert steepest([[.5, 1., 0]]) is None and steepest([[0, 0., 0], [.5, 1., 1], [.5, None, 2]]) == 2


def test_several_stems_have_curves_of_their_own(make):
    ex = make(net=Two())
    assert {line["stem"] for line in ex.lines} == {"voice", "rest"} and "Step 1 · voice" in [line["name"] for line in ex.lines]
    for line in ex.lines:
        assert all(ex.trace[i].point["stem"] == line["stem"] and g == ex.trace[i].scalars["own"] for _, g, i in line["points"])
        stem = ex.trace.stem_names.index(line["stem"])
        parent = ex.trace[line["parent"]].audio[line["stem"]]
        assert line["level"] == pytest.approx(float(as_metric("snr")(parent, ex._scorer.truth[stem], SR)), abs=1e-6)
    step = ex.evaluate(.45, line=ex.lines[1]["key"]).result()
    assert step.point["stem"] == ex.lines[1]["stem"]


@pytest.mark.parametrize("net", [Soft, Two])
def test_scores_are_those_of_rescore(make, net):
    ex = make(net=net())
    for metric in ("si_sdr", crest):
        mine = [ex._scorer.score(s, as_metric(metric)) for s in ex.trace]
        assert np.allclose(mine, rescore(ex.trace, metric, ex.run.method.reference)[as_metric(metric).name])


def test_another_metric_costs_no_pass(make):
    net = Soft()
    ex = make(net=net)
    before, steps = net.passes, len(ex.trace)
    for metric in ("si_sdr", "crest", "snr"):
        ex.metric = metric
        settle(ex)
        assert ex.unit == ("" if metric == "crest" else "dB")
        want = rescore(ex.trace, crest if metric == "crest" else metric, ex.run.method.reference)[metric]
        assert np.allclose(ex.values, want, atol=1e-6) and (metric == "crest") == ("(blind)" in ex.summary)
        assert all(np.isclose(g, want[i]) for line in ex.lines for _, g, i in line["points"])
        assert [y for _, y, _ in ex.runs[0]["path"]] == pytest.approx([want[s.index] for s in ex.trace.accepted])
    assert net.passes == before == passes(ex.trace) and len(ex.trace) == steps


def test_metrics_on_offer(make, sound):
    assert [m["name"] for m in make(done=False).metrics] == ["snr", "si_sdr", "crest"]
    assert list(offered(None, True, 1))[:3] == ["snr", "si_sdr", "sdr"] and "snr" not in offered(None, False, 2)
    blind = make(metric=crest, reference=None, metrics=None, done=False)
    assert blind.metric == "crest" and not any(m["oracle"] for m in blind.metrics)
    for wrong in (dict(metrics=["loudness"]), dict(metrics=["snr"], metric=crest, reference=None)):
        with pytest.raises(ParameterError):
            make(done=False, **wrong)


def test_a_metric_that_fails_is_said_and_the_rest_goes_on(make):
    def broken(estimate):
        return math.nan
    ex = make(metrics=[broken])
    ex.metric = "broken"
    settle(ex)
    assert ex.said["bad"] and "broken returned nan" in ex.said["text"] and ex.said["n"] == 1 and set(ex.values) == {None}
    ex.metric = "snr"
    settle(ex)
    assert None not in ex.values


# State, orders, probes, branches

def test_state_can_be_read_and_written(make):
    ex = make()
    assert ex.step is ex.trace.accepted[-1] and ex.cursor is None and ex.point == dict(ex.step.point)
    ex.cursor = 2
    assert ex.step is ex.trace[2] and ex.point == {"step": 1, "ratio": ex.trace[2].point["ratio"]}
    ex.region = (.1, .5)
    assert ex.region == (.1, .5) and ex.names == ("mixture", "candidate", "previous", "difference", "residual", "true voice")
    for trait, value in (("cursor", 99), ("cursor", "x"), ("shown", 1), ("metric", "loud"), ("solo", "nobody"), ("band", "x")):
        with pytest.raises((ParameterError, TraitError)):
            setattr(ex, trait, value)
    for at in ([0, 99], [1, 0], [0], 3):
        with pytest.raises((ParameterError, TraitError, TypeError, ValueError)):
            ex.at = at
    assert ex.cursor == 2 and ex.shown == 0 and ex.metric == "snr"


def test_what_a_page_cannot_say_is_refused(make):
    ex = make()
    check_refusals(ex)
    ex.shown = 0
    assert len(ex.trace) and ex.run.state == "done"


def test_an_old_answer_does_not_move_the_cursor(make):
    "What was asked for before the reader chose a step is kept, and the choice stays."
    ex = make()
    old = ex.probe(ratio=.123)
    ex.set_state({"at": [0, 2]})
    old.result()
    settle(ex)
    assert ex.cursor == 2 and ex.trace[-1].point["ratio"] == .123 and ex.step.index == 2
    ex.probe(ratio=.456).result()
    settle(ex)
    assert ex.step.point["ratio"] == .456 and ex.cursor == len(ex.trace) - 1


def test_orders_never_raise(make):
    ex = make(done=False)
    for order, text in [({"do": "dance"}, "do is 'dance'"), ({}, "do is None"), ({"do": "probe", "ratio": 2}, "ratio is 2"),
                        ({"do": "probe", "ratio": .5}, "Start it first"), ({"do": "sound", "keys": ["x"]}, "sound is 'x'"),
                        ({"do": "branch", "step": 4}, "step is 4"), ({"do": "probe"}, "ratio"), ({"do": "start", "now": 1}, "TypeError"),
                        ({"do": "_close"}, "do is '_close'"), (3, "TypeError")]:
        ex._asked(ex, order, [])
        assert ex.said["bad"] and text in ex.said["text"], order
    assert ex.run.state == "ready" and len(ex.trace) == 0
    ex._asked(ex, {"do": "start"}, [])
    ex.wait()
    settle(ex)
    assert len(ex.rows) == len(ex.trace) and ex.runs[0]["state"] == "done" and "start" not in ex.able
    ex._asked(ex, {"do": "start"}, [])
    assert "the run is done" in ex.said["text"]
    ex._asked(ex, {"do": "probe", "ratio": .5, "line": "7||"}, [])
    assert "line is '7||'" in ex.said["text"]


def test_a_probe_is_one_pass_and_moves_the_cursor(make):
    net = Soft()
    ex = make(net=net)
    before, first = net.passes, ex.lines[1]
    ex._asked(ex, {"do": "probe", "ratio": .45, "line": first["key"]}, [])
    until(lambda: ex.cursor is not None)
    step = ex.step
    assert net.passes == before + 1 and step.point == {"step": 2, "ratio": .45} and not step.accepted and step.parent == first["parent"]
    settle(ex)
    assert [p for p in ex.lines[1]["points"] if p[2] == step.index] and ex.values[step.index] == step.scalars["score"]
    at = [c["sound"] for c, _ in ex.sent if "sound" in c].index(ex.rows[step.index]["sounds"]["voice"])
    assert at > 1, "its sound went to the page"
    again = ex.evaluate(.45, line=first["key"]).result()
    assert net.passes == before + 1 and torch.equal(again.audio["voice"], step.audio["voice"])
    until(lambda: ex.cursor == again.index != step.index)
    assert ex.evaluate(.46).result().parent == first["parent"], "without a curve: that of the cursor"


def test_only_the_newest_waiting_probe_is_computed(make):
    net = Soft()
    ex = make(net=net)
    net.wait_s, before = .2, net.passes
    futures = [ex.evaluate(.4 + i / 100, line=ex.lines[0]["key"]) for i in range(6)]
    until(lambda: all(f.done() for f in futures))
    assert net.passes - before <= 2 and not futures[-1].cancelled() and futures[2].cancelled()
    until(lambda: ex.cursor == futures[-1].result().index)


def test_a_branch_goes_on_from_a_refused_candidate(make):
    ex = make(steps=2)
    step = next(s for s in ex.trace if not s.accepted and s.point["step"] == 1 and s.point["ratio"] == .6)
    ex._asked(ex, {"do": "branch", "step": step.index}, [])
    until(lambda: len(ex.runs) == 2)
    ex.wait()
    settle(ex)
    old, new = ex._kept
    assert ex.shown == 1 and ex.trace is new.trace and new.owned and new.start == 2
    assert torch.equal(new.trace[1].audio["voice"], step.audio["voice"]) and new.trace[1].accepted
    assert all(s.point["step"] > step.point["step"] for s in new.trace.steps[2:]) and len(new.trace) > 2
    ex.at = [0, 1]  # a choice in the first run that arrives late
    assert ex.cursor is None and ex.step is ex.trace.accepted[-1]
    ex.shown = 0
    settle(ex)
    assert ex.cursor == 1 and ex.trace is old.trace and len(ex.rows) == len(old.trace) and ex.lines[0]["points"][-1][0] == 1


def test_branching_pauses_the_run_that_works(make):
    net = Soft()
    net.wait_s, net.max_batch = .03, 1
    ex = make(net=net, done=False, steps=20, search="tenths", ratios=10)
    ex.start()
    until(lambda: len(ex.trace) > 2)
    old = ex.run
    new = ex.branch(0)
    until(lambda: old.state == "paused")
    ex.cancel()
    new.wait()
    assert new.state == "cancelled" and old.state == "paused"


def test_cancel_keeps_what_is_there(make):
    net = Soft()
    net.wait_s, net.max_batch = .03, 1
    ex = make(net=net, done=False, steps=20, search="tenths", ratios=10)
    ex._asked(ex, {"do": "start"}, [])
    until(lambda: len(ex.rows) > 2)
    assert ex.runs[0]["state"] == "running" and ex.able[:2] == ["pause", "cancel"] and 0 < ex.runs[0]["done"] < 1
    ex._asked(ex, {"do": "pause"}, [])
    until(lambda: ex.runs[0]["state"] == "paused")
    n = len(ex.trace)
    ex._asked(ex, {"do": "start"}, [])
    until(lambda: len(ex.trace) > n)
    ex._asked(ex, {"do": "cancel"}, [])
    until(lambda: ex.runs[0]["state"] == "cancelled")
    settle(ex)
    assert len(ex.rows) == len(ex.trace) < 100 and ex.lines and "Cancelled" in ex.summary
    assert ex.evaluate(.123).result().point["ratio"] == .123, "a cancelled run still answers"


def test_a_failure_is_said_and_the_trace_stays(make):
    net = Soft()
    net.fail_after, net.max_batch = 3, 1
    ex = make(net=net, done=False)
    ex.start()
    until(lambda: ex.runs[0]["state"] == "failed")
    settle(ex)
    assert ex.said["bad"] and "out of luck" in ex.said["text"] and "step 1" in ex.said["text"] and len(ex.rows) >= 2
    with pytest.raises(SepError, match="out of luck"):
        ex.wait()


# What is explored

def test_what_it_takes(make, sound):
    mix, truth = sound
    run = Run(MultiStep(Soft(), metric="snr", reference=truth), mix).start().wait()
    ex = make(run, done=False)
    assert len(ex.rows) == len(run.trace) and ex.run is run and not ex._now.owned
    tiles = make(TileSteps(Soft(), metric="snr", reference=truth, passes=4, bands=2), mix)
    assert tiles.lines and "probe" not in tiles.able and "branch" in tiles.able
    with pytest.raises(ParameterError, match="evaluate any ratio"):
        tiles.evaluate(.5)
    trace = record(mix, BestOf(Soft(), metric="snr", reference=truth, passes=2), progress=False)
    for thing, given in [(3, None), (Soft(), mix), (BestOf(Soft(), metric=crest), mix), (trace, None), (run, mix), (run.method, None),
                         ("hpss", mix), (run.method, "x")]:
        with pytest.raises(ParameterError, match="(thing|mix) is "):
            make(thing, given)
    with pytest.raises(TypeError):
        BlendExplorer(run, speed=2)


def test_a_trace_is_looked_at(make, sound, tmp_path):
    mix, truth = sound
    trace = record(mix, MultiStep(Soft(), metric="snr", reference=truth, steps=2), progress=False)
    trace.save(tmp_path / "t.nc")
    ex = make(load_trace(tmp_path / "t.nc"), metrics=None)
    assert ex.run is None and ex.able == [] and ex.runs[0]["state"] == "trace" and ex.metric == "snr"
    assert ex.values == [s.scalars["score"] for s in trace], "recorded scores need no reference"
    assert "true voice" not in ex.names
    for order in ("start", "pause", "cancel", "branch", "cost"):
        ex._asked(ex, {"do": order}, [])
        assert "view-only" in ex.said["text"]
    for call in (ex.start, ex.branch, ex.wait, lambda: ex.evaluate(.5)):
        with pytest.raises(ParameterError, match="no method attached"):
            call()
    assert make(load_trace(tmp_path / "t.nc"), reference=truth, metrics=None).metrics[0]["oracle"]


def test_segments_are_seen_and_heard_in_their_place(make):
    ex = make(segment_s=.5, steps=2)
    assert ex.can_probe is False and "branch" not in ex.able and ex.lines[0]["name"].startswith("segment 0")
    part = next(s for s in ex.trace if s.span and s.span[0] > 0)
    heard = ex._heard(ex.rows[part.index]["sounds"]["voice"])
    assert heard.n_samples == SR and heard.samples[:, :part.span[0]].abs().max() == 0
    assert torch.equal(heard.samples[:, slice(*part.span)], part.audio["voice"])
    with pytest.raises(ParameterError):
        ex.evaluate(.5)


def test_explore_finds_it(sound):
    mix, truth = sound
    method = MultiStep(Soft(), metric="snr", reference=truth, steps=1)
    run = Run(method, mix).start().wait()
    for thing, given in ((method, mix), (run, None), (run.trace, None), (TileSteps(Soft(), metric=crest), mix)):
        ex = explore(thing, given)
        assert isinstance(ex, BlendExplorer)
        ex.close()


# Sounds, pictures, pages

def decoded(data, info):
    if info["codec"] == "flac":
        x = sf.read(io.BytesIO(data), dtype="int16")[0].astype(float) if data else np.zeros(info["play_length"])
        return x[None] * info["scale"] / 32767
    x = np.frombuffer(data, "<i2").astype(float) * info["scale"] / 32767
    return x.reshape(info["channels"], info["play_length"]) if len(x) else np.zeros((info["channels"], info["play_length"]))


def test_each_sound_travels_once_and_is_what_was_computed(make):
    ex = make()
    sent = {c["sound"]: decoded(b[0], c["info"]) for c, b in ex.sent}
    assert len(sent) == len(ex.sent) and set(sent) == {k for r in ex.rows for k in r["sounds"].values()}
    for row, step in zip(ex.rows, ex.trace):
        x = step.audio["voice"].numpy()
        assert np.abs(sent[row["sounds"]["voice"]] - x).max() <= .51 * np.abs(x).max() / 32767
    n, key = len(ex.sent), ex.rows[0]["sounds"]["voice"]
    ex._asked(ex, {"do": "sound", "keys": [key]}, [])
    settle(ex)
    assert len(ex.sent) == n + 1 and ex.sent[-1][0]["sound"] == key, "asked for, it travels again"


def test_long_sounds_wait_until_asked(make, monkeypatch):
    monkeypatch.setattr("sep_toolkit.explorers.steering.PUSH_BYTES", 100)
    ex = make()
    assert ex.sent == []
    ex._asked(ex, {"do": "sound", "keys": [r["sounds"]["voice"] for r in ex.rows[:2]]}, [])
    settle(ex)
    assert len(ex.sent) == 2


def test_a_dropped_sound_says_so(make):
    ex = make()
    key = ex.rows[1]["sounds"]["voice"]
    exchange(ex.trace, ex.trace[1], audio={})
    ex._asked(ex, {"do": "sound", "keys": [key]}, [])
    settle(ex)
    assert ex.said["bad"] and "dropped to save memory" in ex.said["text"]
    ex.metric = "si_sdr"
    settle(ex)
    assert ex.values[1] is None and ex.values[2] is not None


def test_page_holds_every_candidate(make, tmp_path):
    ex = make()
    ex.cursor = 2
    page = ex.to_html(tmp_path / "b.html").read_text()
    state = page_state(page)
    kept = state["kept_sounds"]
    assert set(kept["ids"]) == {k for r in state["rows"] for k in r["sounds"].values()} and state["at"] == [0, 2]
    for row, step in zip(state["rows"], ex.trace):
        place = kept["ids"].index(row["sounds"]["voice"])
        got = sum(decoded(base64.b64decode(kept["data"][i]["base64"]), kept["info"]) for i in {place, kept["base"][place]} - {-1})
        assert np.abs(got - step.audio["voice"].numpy()).max() < 1e-4
    assert state["lines"] == json.loads(json.dumps(ex.lines)) and "fallback_id" not in state
    with pytest.raises(ParameterError, match="max_mb"):
        ex.to_html(tmp_path / "c.html", max_mb=0)


def test_the_script_free_picture(make):
    ex = make(done=False)
    assert "Nothing has been computed" in ex._fallback() and ex._fallback().count("<audio") == 2, "the mixture and the true stem"
    ex.start().wait()
    settle(ex)
    page = ex._fallback()
    assert page.count("<img") == 7 and page.count("<audio") == 6 and "<script" not in page and ex.player.fallback_id in page
    assert "Step 1: 4 ratios" in page and "best" in ex.summary


def test_names_are_text(sound, make):
    evil = "<img src=x onerror=alert(1)>"

    class Evil(Soft):
        stems = (evil,)
    ex = make(net=Evil(), reference={evil: sound[1]["voice"]})
    assert evil not in ex._fallback() and ex.rows[1]["stem"] == evil


def test_side_by_side(make):
    net = Soft()
    ex = make(net=net)
    before = net.passes
    assert ex.choices == {}
    ex._asked(ex, {"do": "choices"}, [])
    settle(ex)
    rows = {r["name"]: r for r in ex.choices["rows"]}
    table = rescore(ex.trace, crest, ex.run.method.reference)
    assert ex.choices["columns"] == ["SNR (dB)", "crest"] and net.passes == before
    assert rows["oracle"]["index"] == table["score"].idxmax() and rows["blind"]["index"] == table["crest"].idxmax()
    assert rows["one step"]["index"] == 0 and rows["fixed ratio"]["ratio"] == .3
    assert rows["path of the run"]["index"] == ex.trace.accepted[-1].index
    assert rows["blind, guarded"]["values"][1] <= rows["blind"]["values"][1] and "20 dB" in rows["blind, guarded"]["why"]
    assert rows["blind"]["values"] == pytest.approx([table["score"][rows["blind"]["index"]], table["crest"].max()])
    blind = make(metric=crest, reference=None, metrics=[crest])
    assert "No oracle" in choice_table(blind)["note"] and "oracle" not in [r["name"] for r in choice_table(blind)["rows"]]
    assert "No blind metric" in choice_table(make(metrics=["si_sdr"]))["note"]


# Closing

def test_close_frees_everything(make, sound):
    mix, truth = sound
    threads = set(threading.enumerate())
    net = Soft()
    net.wait_s, net.max_batch = .03, 1
    given = Run(MultiStep(net, metric="snr", reference=truth, search="sdr"), mix).start()
    ex = make(given, done=False)
    until(lambda: len(ex.trace) > 2)
    branch = ex.branch(0)
    given.start()
    ex.close()
    until(lambda: branch.state == "cancelled")
    assert given.state == "running" and given._observers == [] and branch._observers == [], "a run that was given stays"
    given.cancel()
    until(lambda: set(threading.enumerate()) <= threads)
    assert ex.comm is None and ex.rows == ex.lines == ex.tracks == [] and repr(ex) == "BlendExplorer(closed)"
    ex.close()
    ex._told(given)
    assert not ex._desk.busy


def test_what_was_on_its_way_at_close_does_not_fill_a_closed_explorer(make):
    ex = make()
    inside, go, refresh = threading.Event(), threading.Event(), ex.refresh
    ex.refresh = lambda: (inside.set(), go.wait(), refresh())
    ex._told(ex.run)
    assert inside.wait(20)
    threading.Timer(.1, go.set).start()
    ex.close()
    until(lambda: not ex._desk.busy)
    assert ex.rows == ex.lines == ex.runs == [] and ex.choices == {}


def test_what_was_asked_for_is_the_step_at_once(make):
    "Not only when the desk has moved the cursor there."
    ex, gate = make(), threading.Event()
    before = ex.step
    ex._desk.ask("hold", gate.wait)
    found = ex.evaluate(0.447).result(20)
    assert ex.cursor is None and ex.step is found and ex.point["ratio"] == 0.447
    gate.set()
    settle(ex)
    assert ex.cursor == found.index and ex.step is ex.trace[found.index]
    ex.cursor = before.index
    assert ex.step is before


def test_a_desk_serves_the_newest_and_survives_errors():
    seen, errors = [], []
    desk = Desk(errors.append)
    gate = threading.Event()
    desk.ask("wait", gate.wait)
    for i in range(50):
        desk.ask("a", lambda i=i: seen.append(i))
    desk.ask("b", lambda: [][0])
    desk.ask("later", lambda: seen.append("late"), after_s=.1)
    desk.ask("c", lambda: seen.append("c"))
    gate.set()
    until(lambda: not desk.busy)
    assert seen == [49, "c", "late"] and [type(e) for e in errors] == [IndexError]
    desk.ask("again", lambda: seen.append("again"))
    until(lambda: "again" in seen)
    desk.close()
    desk.ask("a", lambda: seen.append("no"))
    assert "no" not in seen and not desk.busy


def test_a_scorer_without_a_reference(sound):
    mix, truth = sound
    scorer, step = Scorer(mix, ("voice",)), Step({"step": 1, "ratio": .5}, audio={"voice": mix.samples}, index=1)
    assert scorer.score(step, as_metric(crest)) == pytest.approx(crest(mix.samples))
    with pytest.raises(ParameterError, match="reference is None"):
        scorer.score(step, as_metric("snr"))
    assert math.isnan(scorer.score(Step({}, audio={}), as_metric(crest)))
    assert math.isnan(scorer.score(Step({}, audio={"voice": mix.samples}, span=(0, 9)), as_metric(crest)))
    with pytest.raises(ParameterError, match="reference"):
        Scorer(mix, ("voice",), {"drums": mix})


def test_curves_of_a_trace_by_hand(sound):
    mix, _ = sound
    trace = Trace(mix, ("voice",))
    for point, accepted in (({"step": 0, "ratio": 1.}, True), ({"step": 1, "ratio": .5}, False), ({"step": 1, "ratio": 0.}, True),
                            ({"step": 2, "ratio": .25}, False), ({"iteration": 4}, False)):
        trace.append(Step(point, {"score": float(len(trace))}, audio={"voice": mix.samples}, accepted=accepted))
    made = curves(trace, lambda s: s.scalars["score"])
    assert [line["points"] for line in made] == [[[0., 2., 2], [.5, 1., 1], [1., 0., 0]], [[.25, 3., 3], [1., 0., 0]]]
    assert [line["level"] for line in made] == [0., 2.]


def test_the_guarded_choice_is_among_those_that_stay_near():
    from sep_toolkit.explorers.blend import guarded
    from sep_toolkit.multistep.guard import GUARD_DB, guard_margin
    mix = Audio(torch.randn(1, 400, generator=torch.Generator().manual_seed(0)), 8000)
    first, rest = .5*mix.samples, .5*mix.samples
    parts = (0., .05, .09, .11, .5, -.3)
    pool = [types.SimpleNamespace(audio={"a": first + p*rest}) for p in parts]
    kept = guarded(types.SimpleNamespace(mix=mix), pool)
    assert kept == pool[:3] and all(guard_margin(s.audio["a"], first, mix.samples) >= GUARD_DB for s in kept)
