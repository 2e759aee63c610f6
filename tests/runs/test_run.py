"""Run: start, pause, cancel, branch, evaluate; record and separate; one thread, nothing lost."""
import _thread
import gc
import hashlib
import itertools
import os
import re
import threading
import time
import warnings
import weakref
from types import SimpleNamespace

import pytest
import torch

from sep_toolkit.sound.audio import Audio
from sep_toolkit.core import DataError, ParameterError, SepError, SepNotice
from sep_toolkit.runs.live import curves_png, live
from sep_toolkit.runs.run import as_method, make_method, METHODS, Progress, record, Run, separate
from sep_toolkit.runs.separator import Iterative, Separator
from sep_toolkit.runs.trace import Step, Trace

MIX = Audio(torch.randn(4000, generator=torch.Generator().manual_seed(0))*0.1, 8000)


class Halve(Iterative):
    stems = ("quiet",)
    def __init__(self, *, iterations=8, delay_s=0., fail_at=None):
        self.iterations, self.delay_s, self.fail_at = iterations, delay_s, fail_at
    @property
    def total(self): return self.iterations
    def steps(self, mix, *, seed=0, start=None):
        x = mix.samples if start is None else start.audio["quiet"]
        for i in range(0 if start is None else start.point["i"], self.iterations):
            if i == self.fail_at: raise ZeroDivisionError("at the <worst> moment")
            time.sleep(self.delay_s)
            x = x/2
            yield Step({"i": i + 1, "thread": threading.current_thread().name}, {"level": float(x.abs().max())}, audio={"quiet": x})
    def evaluate(self, mix, parent, *, seed=0, factor):
        return Step({"factor": factor}, audio={"quiet": parent.audio["quiet"]*factor}, accepted=False)


class Copy(Separator):
    stems, chunk_s, overlap_s = ("same",), 0.05, 0.01
    def __init__(self, *, delay_s=0.): self.delay_s = delay_s
    def forward(self, x, sr):
        time.sleep(self.delay_s)
        return x[:, None]


def threads(): return [t for t in threading.enumerate() if t.name == "sep_toolkit-run"]


def until(condition, seconds=5):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.002)


@pytest.mark.parametrize("method", [Halve(), Copy()])
def test_both_kinds_of_methods_run_in_one_worker_thread(method):
    run = Run(method, MIX)
    assert run.state == "ready" and run.start() is run and run.wait().state == "done" and run.progress.done == 1
    assert run.stems.names == method.stems and len(run.trace) > 3
    until(lambda: not threads())


def test_work_is_off_the_callers_thread():
    names = {s.point["thread"] for s in Run(Halve(), MIX).start().wait().trace}
    assert names == {"sep_toolkit-run"}


def test_one_step_model_as_steps_is_the_same_as_separate():
    assert torch.equal(record(MIX, Copy()).stems["same"].samples, separate(MIX, Copy())["same"].samples)
    assert (separate(MIX, Copy()).residual.samples).abs().max() < 1e-6


@pytest.mark.parametrize("method", [Halve(iterations=200, delay_s=0.01), Copy(delay_s=0.05)])
def test_cancel_keeps_the_partial_trace(method):
    run = Run(method, MIX).start()
    until(lambda: len(run.trace) >= 2)
    run.cancel().wait()
    n = len(run.trace)
    assert run.state == "cancelled" and n < 200 and any("cancelled" in note for note in run.trace.notes)
    assert run.stems.names == method.stems
    time.sleep(0.05)
    assert len(run.trace) == n and not threads()
    with pytest.raises(ParameterError, match="cancelled"): run.start()


def test_cancel_before_start_and_while_paused():
    assert Run(Halve(), MIX).cancel().state == "cancelled"
    run = Run(Halve(iterations=100, delay_s=0.01), MIX).start().pause().wait()
    assert run.state == "paused" and run.cancel().state == "cancelled"


def test_pause_and_resume_give_the_same_result():
    run = Run(Halve(iterations=20, delay_s=0.01), MIX).start()
    until(lambda: len(run.trace) >= 3)
    run.pause().wait()
    n = len(run.trace)
    assert run.state == "paused" and not threads()
    time.sleep(0.05)
    assert len(run.trace) == n
    run.resume().wait()
    assert run.state == "done" and torch.equal(run.stems["quiet"].samples, separate(MIX, Halve(iterations=20))["quiet"].samples)


def test_evaluate_while_running_paused_and_done():
    run = Run(Halve(iterations=30, delay_s=0.01), MIX).start()
    until(lambda: len(run.trace) >= 1)
    step = run.evaluate(factor=3.).result(timeout=2)
    assert run.state == "running" and step.accepted is False and step.index is not None
    run.pause().wait()
    assert run.evaluate(factor=2.).result(timeout=2).point["factor"] == 2 and run.state == "paused"
    run.start().wait()
    parent = run.trace.accepted[0]
    assert torch.allclose(run.evaluate(parent=parent, factor=2.).result(timeout=2).audio["quiet"], MIX.samples)
    assert run.state == "done" and len(run.trace) == 33
    with pytest.raises(TypeError): run.evaluate(ratio=1).result(timeout=2)
    with pytest.raises(ParameterError, match="cannot be evaluated"): Run(Copy(), MIX).evaluate(x=1)
    until(lambda: not threads())


def test_branch_goes_on_from_a_step():
    run = Run(Halve(iterations=6), MIX).start().wait()
    branch = run.branch(2).start().wait()
    assert torch.equal(branch.stems["quiet"].samples, run.stems["quiet"].samples) and len(branch.trace) == 6
    longer = run.branch(run.trace[3], iterations=10).start().wait()
    assert longer.trace[-1].point["i"] == 10 and longer.trace.provenance["branched_from"]["step"] == 3
    with pytest.raises(ParameterError, match="no steps to branch"): Run(Copy(), MIX).start().wait().branch(0)


def test_failure_keeps_the_trace_and_raises_in_wait():
    run = Run(Halve(fail_at=3), MIX).start()
    with pytest.raises(ZeroDivisionError): run.wait()
    assert run.state == "failed" and len(run.trace) == 3 and any("ZeroDivisionError" in n for n in run.trace.notes)
    assert run.stems["quiet"].peak > 0


def test_observers_hear_steps_and_states_and_a_bad_one_stops_nothing():
    seen = []
    run = Run(Halve(), MIX)
    run.observe(lambda r: seen.append((r.state, len(r.trace))))
    run.observe(lambda r: 1/0)
    with pytest.warns(SepNotice, match="observer"): run.start().wait()
    until(lambda: not threads())
    assert seen[0] == ("running", 0) and seen[-1] == ("done", 8) and [n for s, n in seen if s == "running"] == list(range(9))


def test_progress_estimates_what_is_left():
    run = Run(Halve(iterations=40, delay_s=0.02), MIX).start()
    until(lambda: len(run.trace) >= 10)
    p = run.progress
    assert 0.2 < p.done < 0.6 and 0.1 < p.remaining_s < 5
    run.cancel().wait()


def test_record_keeps_what_is_there_on_interrupt():
    threading.Timer(0.25, _thread.interrupt_main).start()
    with pytest.warns(SepNotice, match="interrupted: the trace keeps") as said: trace = record(MIX, Halve(iterations=500, delay_s=0.01))
    assert any(f"keeps {len(trace)} steps" in str(w.message) for w in said)
    assert 3 < len(trace) < 500 and trace.stems["quiet"].peak >= 0 and not threads()


def test_separate_keeps_the_last_step_on_interrupt():
    class Interrupted(Halve):
        def steps(self, mix, *, seed=0, start=None):
            for n, s in enumerate(super().steps(mix)):
                if n == 3: raise KeyboardInterrupt
                yield s
    with pytest.warns(SepNotice, match="interrupted after 3"): stems = separate(MIX, Interrupted())
    assert torch.allclose(stems["quiet"].samples, MIX.samples/8)


def test_names_and_settings():
    with pytest.raises(ParameterError, match="Did you mean 'nmf'"): separate(MIX, "nfm")
    with pytest.raises(TypeError, match="go with a method's name"): separate(MIX, Halve(), iterations=3)
    with pytest.raises(ParameterError, match="wrap"): as_method(lambda x: x, {})
    with pytest.raises(TypeError, match="no setting 'nonsense'.*there are"): make_method("hpss", nonsense=1)
    with pytest.raises(ParameterError, match="seed"): Run(Halve(), MIX, seed=-1)
    assert set(METHODS) >= {"hpss", "nmf", "gtcrn"}


@pytest.mark.parametrize("name, needs", [("comb", "f0"), ("oracle", "reference"), ("multistep", "model"), ("diffusion", "priors")])
def test_a_name_alone_says_what_is_needed(name, needs):
    with pytest.raises(TypeError, match=rf"{name} needs {needs}: st.separate\(mix, '{name}', {needs}=…\).*help"): separate(MIX, name)


def test_provenance_and_replay(monkeypatch):
    trace = record(MIX, Halve(iterations=5), seed=3)
    p = trace.provenance
    assert p["method"] == "Halve" and p["settings"]["iterations"] == 5 and p["seed"] == 3 and len(p["mix"]["sha256"]) == 64
    assert not p["replayable"] and torch.equal(trace.replay(Halve(iterations=5)).stems["quiet"].samples, trace.stems["quiet"].samples)
    trace = record(MIX, "nmf", n_components=4, iterations=5, seed=11, budget_mb=77)
    assert trace.replay().budget_mb == 77
    assert trace.provenance["replayable"] and torch.equal(trace.replay().stems.tensor, trace.stems.tensor)


def test_results_come_back_at_the_mixtures_rate():
    method = Halve()
    method.sr = 4000
    with pytest.warns(SepNotice, match="resampled"): run = Run(method, MIX)
    run.start().wait()
    assert run.trace.stems.sr == 4000 and run.stems.sr == 8000 and run.stems.n_samples == MIX.n_samples
    with pytest.warns(SepNotice, match="resampled"): branch = run.branch(2)
    assert branch.given is MIX and branch.stems.sr == 8000


def test_nothing_accepted_is_an_error():
    class Never(Halve):
        def steps(self, mix, *, seed=0, start=None): yield Step(audio={"quiet": mix.samples}, accepted=False)
    with pytest.raises(SepError, match="no accepted step"): separate(MIX, Never())
    with pytest.raises(DataError, match="no accepted step"): record(MIX, Never()).stems


def test_memory_does_not_grow_over_runs():
    alive = []
    for _ in range(5):
        run = Run(Halve(), MIX).start().wait()
        alive.append(weakref.ref(run.trace))
        del run
    until(lambda: not threads())
    gc.collect()
    assert not any(r() for r in alive)


def test_live_figure_draws_and_steers():
    run = Run(Halve(iterations=60, delay_s=0.02), MIX)
    box = live(run, "level", every_s=0.05)
    (pause, cancel, text), picture = box.children[0].children, box.children[1]
    run.start()
    until(lambda: picture.value[:4] == b"\x89PNG" and "running" in text.value)
    pause.click()
    until(lambda: run.state == "paused")
    assert pause.description == "Resume"
    pause.click()
    until(lambda: run.state == "running")
    cancel.click()
    until(lambda: run.state == "cancelled")
    assert pause.disabled and cancel.disabled and "cancelled" in text.value
    with pytest.raises(ParameterError, match="names"): curves_png(run.trace, ["nothing"])


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="reads /proc")
def test_one_hour_through_a_one_step_model_stays_under_1_gib():
    import subprocess, sys
    code = """
import resource, torch
from sep_toolkit.sound.audio import Audio
from sep_toolkit.runs.run import separate
from sep_toolkit.runs.separator import Separator
class Half(Separator):
    stems, chunk_s = ("a",), 30
    def forward(self, x, sr): return (x*0.5)[:, None]
Half()(Audio(torch.zeros(1, 16000), 16000))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
mix = Audio._own(torch.rand(1, 16000*3600) - 0.5, 16000)
stems = separate(mix, Half(), progress=False)
assert (stems["a"].samples[:, ::1000] - mix.samples[:, ::1000]/2).abs().max() < 1e-6
stems.residual
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert out.returncode == 0, out.stderr
    assert int(out.stdout.split()[-1]) < 1024**2, f"{int(out.stdout)/1024:.0f} MiB above the start"


class Spans(Iterative):
    "Gives the signal back in four parts, each in its place; stops itself on request."
    sr, stems, total = None, ("a",), 4
    def __init__(self, stop_at=None): self.stop_at = stop_at
    def steps(self, mix, *, seed=0, start=None):
        cuts = [mix.n_samples*k//4 for k in range(5)]
        for k, (a, b) in enumerate(zip(cuts, cuts[1:], strict=False)):
            if k == self.stop_at: raise KeyboardInterrupt
            yield Step({"part": k}, audio={"a": mix.samples[:, a:b]}, span=(a, b))


def test_parts_of_a_signal_are_put_in_their_places():
    mix = Audio(torch.randn(1, 1001, generator=torch.Generator().manual_seed(0))*.1, 8000)
    assert torch.equal(separate(mix, Spans())["a"].samples, mix.samples)
    with pytest.warns(SepNotice, match="after 2 of 4"): part = separate(mix, Spans(2))["a"].samples
    assert torch.equal(part[:, :500], mix.samples[:, :500]) and not part[:, 500:].any()


class Slow(Halve):
    "A probe of it takes until it is let go."
    def __init__(self, *, iterations=3): Halve.__init__(self, iterations=iterations); self.go, self.asked = threading.Event(), []
    def evaluate(self, mix, parent, *, seed=0, factor):
        self.asked.append(factor)
        self.go.wait(5)
        return Step({"factor": factor, "seed": seed}, audio={"quiet": mix.samples*factor})


def test_cancel_while_a_probe_is_answered_before_the_start():
    run = Run(Slow(), MIX)
    probes = [run.evaluate(factor=f) for f in (1., 2., 3.)]
    until(lambda: run.method.asked)
    run.cancel()
    run.method.go.set()
    assert run.wait().state == "cancelled" and run.method.asked == [1.] and len(run.trace) == 1
    assert probes[0].result(2).point["factor"] == 1 and all(p.cancelled() for p in probes[1:])
    assert run.evaluate(factor=4.).result(2).index == 1, "a run that has ended can still be asked"
    assert run.state == "cancelled" and sum("cancelled" in n for n in run.trace.notes) == 1


def test_a_probe_is_refused_and_knows_where_it_came_from():
    run = Run(Slow(), MIX, seed=3).start().wait()
    run.method.go.set()
    step = run.evaluate(0, factor=.5).result(2)
    assert not step.accepted and step.parent == 0 and step.point["seed"] == 3 and run.trace.stems["quiet"].peak == MIX.peak/8
    assert run.evaluate(factor=.5).result(2).parent == 2 and run.evaluate(parent=step, factor=.5).result(2).parent == step.index
    for parent, words in ((9, "parent is 9: expected a whole number from -6 to 5"), ("x", "parent is 'x'")):
        with pytest.raises(ParameterError, match=words): run.evaluate(parent, factor=1.)


def test_probes_do_not_count_as_progress():
    run = Run(Slow(iterations=4), MIX)
    run.method.go.set()
    for _ in range(3): run.evaluate(factor=1.).result(2)
    until(lambda: run._probes == 3)
    assert run.progress.done == 0 and run.progress.remaining_s is None and run.progress.steps == 3
    run.start().wait()
    assert run.progress.done == 1 and run.progress.remaining_s == 0 and "left" not in repr(run)
    assert "about 3 s left" in repr(Progress(.5, 2, 3., 3.)) and "left" not in repr(Progress(0., 0, 0., None))


def test_a_branch_counts_its_time_from_where_it_starts():
    branch = Run(Halve(iterations=10), MIX).start().wait().branch(4)
    assert branch.progress.done == .5 and branch.progress.remaining_s is None
    branch._spent = 2.
    branch.trace.append(Step())
    assert branch.progress.remaining_s == pytest.approx(8.)


def test_a_branch_says_what_it_cannot_do_again():
    run = Run(make_method("nmf", iterations=4, audio_every=2), MIX, seed=1).start().wait()
    branch = run.branch(1).start().wait()
    assert run.trace.provenance["replayable"] and not branch.trace.provenance["replayable"] and branch.seed == 1
    for method in (None, run.method):
        with pytest.raises(ParameterError, match="goes on from step 1 of another run"): branch.trace.replay(method)
    for step, words in ((9, "step is 9: expected a whole number from -4 to 3"), ("x", "step is 'x'")):
        with pytest.raises(ParameterError, match=words): run.branch(step)


@pytest.mark.filterwarnings("ignore::sep_toolkit.core.SepNotice")
def test_a_branch_keeps_the_sounds_of_its_path():
    run = Run(Halve(iterations=8), MIX, budget_mb=.02).start().wait()
    assert run.trace[0].audio.form == "disk" and run.trace.budget_mb == .02
    branch = run.branch(6)
    before = branch.trace[0].audio["quiet"].clone()
    del run
    gc.collect()
    assert torch.equal(branch.trace[0].audio["quiet"], before) and branch.trace.budget_mb == .02


def test_a_branch_keeps_the_places_of_parts():
    run = Run(Spans(), MIX).start().wait()
    branch = run.branch(2)
    assert [s.span for s in branch.trace] == [s.span for s in run.trace][:3]
    assert torch.equal(branch.trace.stems["a"].samples[:, :3000], MIX.samples[:, :3000])


class Careless(Halve):
    "Cleaning up after an early end goes wrong."
    def steps(self, mix, *, seed=0, start=None):
        try: yield from super().steps(mix, seed=seed)
        finally: raise RuntimeError("left open")


def test_a_method_that_fails_to_clean_up_still_ends():
    run = Run(Careless(iterations=500, delay_s=.005), MIX).start()
    until(lambda: len(run.trace) >= 2)
    run.cancel().wait(5)
    assert run.state == "cancelled" and not threads() and any("cleaning up failed: RuntimeError: left open" in n for n in run.trace.notes)


def test_an_observer_that_fails_where_warnings_are_errors():
    run = Run(Halve(), MIX)
    run.observe(lambda r: 1/0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert run.start().wait(5).state == "done"


def test_an_observer_cannot_wait_for_its_own_run():
    said, run = [], Run(Halve(iterations=2), MIX)
    def waits(r):
        if r.state != "done" or threading.current_thread() is threading.main_thread(): return
        try: r.wait()
        except ParameterError as e: said.append(str(e))
    run.observe(waits)
    assert run.start().wait(5).state == "done" and len(said) == 1 and "observer" in said[0]
    with pytest.raises(ParameterError, match="timeout_s is -1"): run.wait(-1)


class Drawn(Iterative):
    "Noise drawn from the seed; sees 0.2 s at once."
    stems, chunk_s, overlap_s, total, sr = ("a",), .2, 0., 1, None
    def steps(self, mix, *, seed=0, start=None):
        yield Step(audio={"a": torch.randn(mix.samples.shape, generator=torch.Generator().manual_seed(seed))})


def test_the_seed_reaches_every_chunk_of_an_iteration():
    a, b = (separate(MIX, Drawn(), seed=s)["a"].samples for s in (0, 5))
    assert not torch.equal(a, b) and torch.equal(b[:, :1600], torch.randn(1, 1600, generator=torch.Generator().manual_seed(5)))
    assert torch.equal(b[:, 1600:3200], b[:, :1600]), "each chunk is drawn anew"
    assert torch.equal(record(MIX, Drawn(), seed=5).stems["a"].samples, b)
    whole = Drawn()
    whole.chunk_s = None
    c = record(MIX, whole, seed=5).stems["a"].samples
    assert torch.equal(c, torch.randn(1, 4000, generator=torch.Generator().manual_seed(5)))
    assert torch.equal(separate(MIX, whole, seed=5)["a"].samples, c)
    with pytest.raises(ParameterError, match="seed is -1"): separate(MIX, Drawn(), seed=-1)


def test_what_is_no_mixture_is_said_whatever_the_method():
    for method in (Drawn(), Halve(), Copy()):
        with pytest.raises(ParameterError, match="mix is an array"): separate(MIX.samples, method)


def test_an_interrupt_where_the_last_step_has_no_sound():
    class Now(Halve):
        def steps(self, mix, *, seed=0, start=None):
            yield Step(audio={"quiet": mix.samples/2})
            yield Step()
            raise KeyboardInterrupt
    with pytest.warns(SepNotice, match="interrupted after 2"): stems = separate(MIX, Now())
    assert torch.equal(stems["quiet"].samples, MIX.samples/2)


def test_a_line_of_progress_ends(monkeypatch):
    class Terminal(list):
        def isatty(self): return True
        def write(self, text): self.append(text)
        def flush(self): pass
    for method, steps in ((Halve(iterations=3), 3), (Copy(), 13)):
        said, ticks = Terminal(), itertools.count(0, 2)
        monkeypatch.setattr("sys.stderr", said)
        monkeypatch.setattr("sep_toolkit.runs.run.time", SimpleNamespace(monotonic=lambda ticks=ticks: next(ticks)))
        separate(MIX, method)
        assert len([t for t in said if "%" in t]) >= steps and "100%" in said[-2] and said[-1] == "\n"
        said.clear()
        separate(MIX, method, progress=False)
        ticks = itertools.count()
        monkeypatch.setattr("sep_toolkit.runs.run.time", SimpleNamespace(monotonic=lambda ticks=ticks: next(ticks)/100))
        separate(MIX, method)
        assert not said, "nothing is said of what takes less than a second"


def test_a_failed_run_says_why_in_its_figure():
    run = Run(Halve(fail_at=2), MIX)
    text = live(run).children[0].children[2]
    with pytest.raises(ZeroDivisionError): run.start().wait()
    assert "failed" in text.value and "ZeroDivisionError: at the &lt;worst&gt; moment" in text.value


def test_a_class_of_the_same_name_is_another_method():
    NMF = type("NMF", (Halve,), {"__module__": "elsewhere.classical"})
    assert record(MIX, NMF()).provenance["method_name"] is None and record(MIX, "nmf", iterations=2).provenance["method_name"] == "nmf"


def test_what_a_run_says_about_itself():
    method = Halve(iterations=2, delay_s=.005)
    method.card = {"name": "halves", "licence": "CC0", "sha256": "ab", "secret": 1}
    p = Run(method, MIX, seed=4).start().wait().trace.provenance
    assert p["weights"] == {"name": "halves", "licence": "CC0", "sha256": "ab"} and p["seed"] == 4 and p["seconds"] > 0
    assert p["mix"] == {"sha256": hashlib.sha256(MIX.samples.numpy().tobytes()).hexdigest(), "sr": 8000, "seconds": .5, "channels": 1}


def test_a_start_goes_with_steps_only():
    with pytest.raises(ParameterError, match="Copy has no steps to go on from"): Run(Copy(), MIX, start=Step()).start().wait(5)


def test_observers_can_leave():
    seen, run = [], Run(Halve(iterations=3), MIX)
    leave = run.observe(lambda r: seen.append(r.state))
    leave()
    leave()
    run.start().wait(5)
    assert not seen


def test_wait_has_a_limit_and_pauses_take_no_time():
    run = Run(Halve(iterations=1000, delay_s=.005), MIX).start()
    assert run.wait(.02) is run and run.state == "running"
    run.pause().wait(5)
    assert run.state == "paused" and run._since is None
    spent = run.progress.elapsed_s
    assert spent > 0 and run.progress.elapsed_s == spent
    run.cancel()


def test_pictures_are_drawn_now_and_then(monkeypatch):
    drawn = []
    monkeypatch.setattr("sep_toolkit.runs.live.curves_png", lambda trace, names: drawn.append(len(trace)) or b"")
    run = Run(Halve(iterations=20), MIX)
    live(run, every_s=1000.)
    run.start().wait(5)
    assert len(drawn) <= 2 and drawn[-1] == 20, "the first one at most, and the last one always"


def test_the_line_goes_through_accepted_steps_and_refused_ones_are_dots(monkeypatch):
    from matplotlib.figure import Figure
    figures = []
    monkeypatch.setattr(Figure, "savefig", lambda self, *args, **kwargs: figures.append(self))
    trace = Trace(Audio(torch.zeros(1, 8), 8000), ["a"])
    for value, accepted in ((1., True), (5., False), (2., True)):
        trace.append(Step({}, {"score": value}, audio={}, accepted=accepted))
    curves_png(trace)
    line, dots = figures[0].axes[0].lines
    assert list(line.get_xdata()) == [0, 2] and list(line.get_ydata()) == [1, 2] and line.get_linestyle() == "-"
    assert list(dots.get_xdata()) == [1] and list(dots.get_ydata()) == [5] and dots.get_marker() == "o"


PRESSED = """
import signal, sys, threading, time, warnings
import torch
warnings.simplefilter("ignore")
from sep_toolkit.sound.audio import Audio, Stems
from sep_toolkit.classical.masks import OracleMask
from sep_toolkit.runs.run import Run, record, separate
from sep_toolkit.runs.separator import Iterative, Separator
from sep_toolkit.runs.trace import Step, Trace

mix = Audio(torch.randn(1, 8000, generator=torch.Generator().manual_seed(0))*.1, 8000)
class Halve(Iterative):
    stems, total = ("quiet",), 10**9
    def __init__(self, delay_s): self.delay_s = delay_s
    def steps(self, mix, *, seed=0, start=None):
        for i in range(self.total):
            if i: time.sleep(self.delay_s)
            yield Step({"i": i}, audio={"quiet": mix.samples/(i + 1)})
class Once(Separator):
    stems = ("a",)
    def forward(self, x, sr):
        time.sleep(600)
        return x[:, None]
class Grind(Once):
    def forward(self, x, sr):
        while True: torch.randn(300, 300) @ torch.randn(300, 300)
class Deaf(Once):
    def forward(self, x, sr):
        while True:
            try: time.sleep(.5)
            except BaseException: pass
class Ceiling(OracleMask):
    def forward(self, x, sr):
        time.sleep(600)
        return super().forward(x, sr)
methods = {"fast": Halve(.001), "slow": Halve(600), "once": Once(), "grind": Grind(), "deaf": Deaf(),
           "oracle": Ceiling(Stems({"a": mix, "b": mix}))}
many = sys.argv[2] == "many"
for name in sys.argv[1].split(","):
    if many: signal.signal(signal.SIGINT, lambda *_: None)  # what comes between two rounds is meant for neither
    print("go", flush=True)
    trace = record(mix, methods[name], progress=False)
    if many: signal.signal(signal.SIGINT, signal.SIG_IGN)
    assert isinstance(trace, Trace) and (len(trace) > 0) == (name in ("fast", "slow")), (name, len(trace))
    if len(trace): assert trace.stems["quiet"].peak > 0
    n = len(trace)
    trace.append(Step())
    assert len(trace) == n + 1 and len(Run(Halve(0.), mix).start().pause().wait(5).cancel().trace) >= 0
    assert separate(mix, "hpss", progress=False).residual.peak < 1e-4
    print("done", flush=True)
print("end", flush=True)
"""


def pressed(names, waits, mode):
    "A child that records, interrupted twice in every round; its last words."
    import signal, subprocess, sys
    child = subprocess.Popen([sys.executable, "-c", PRESSED, ",".join(names), mode], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             text=True)
    clock = threading.Timer(120, child.kill)
    clock.start()
    try:
        for first, second in waits:
            if child.stdout.readline() != "go\n": break
            for wait in (first, second):
                time.sleep(wait)
                child.send_signal(signal.SIGINT)
            if child.stdout.readline() != "done\n": break
        out, err = child.stdout.read(), child.stderr.read()
        child.wait()
    finally: clock.cancel()
    return child.returncode, out, err


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
@pytest.mark.parametrize("seed", range(2))
def test_a_second_interrupt_returns_what_there_is(seed):
    import random
    r = random.Random(seed)
    names = ["slow", "fast", "once", "oracle", "grind", "deaf", "slow", "fast"]
    r.shuffle(names)
    code, out, err = pressed(names, [(r.uniform(.1, .5), r.uniform(0, .4)) for _ in names], "many")
    assert code == 0 and out.endswith("end\n"), (names, code, out, err[-2000:])


@pytest.mark.skipif(os.name != "posix", reason="sends signals")
@pytest.mark.parametrize("name", ["slow", "oracle", "grind"])
def test_a_process_ends_well_after_two_interrupts(name):
    code, out, err = pressed([name], [(.3, .3)], "one")
    assert code == 0 and out == "end\n" and not err, (code, out, err[-2000:])


def test_the_first_interrupt_says_what_it_waits_for():
    threading.Timer(0.2, _thread.interrupt_main).start()
    with pytest.warns(SepNotice) as said: trace = record(MIX, Halve(iterations=500, delay_s=.3))
    texts = [str(w.message) for w in said]
    assert "waiting for the evaluation under way; press again to stop now" in texts[0] and f"keeps {len(trace)} steps" in texts[1]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        threading.Timer(0.2, _thread.interrupt_main).start()
        assert len(record(MIX, Halve(iterations=500, delay_s=.01))) > 3


def test_separate_is_not_torn_while_its_result_is_put_together(monkeypatch):
    import sep_toolkit.runs.run as module
    real = module.restore
    def restore(*args):
        for _ in range(3): _thread.interrupt_main()
        time.sleep(.01)
        return real(*args)
    monkeypatch.setattr(module, "restore", restore)
    assert torch.equal(separate(MIX, Halve())["quiet"].samples, MIX.samples/256)
    time.sleep(.01)


def test_abandon_throws_the_late_step_away():
    method = Slow()
    run = Run(method, MIX)
    late, waiting = run.evaluate(factor=1.), run.evaluate(factor=2.)
    until(lambda: method.asked)
    assert run.start().abandon().state == "cancelled" and run.abandon().wait(1) is run
    method.go.set()
    with pytest.raises(SepError, match="abandoned"): late.result(5)
    assert waiting.cancelled() and not len(run.trace)
    until(lambda: not threads())
    assert run.evaluate(factor=3.).result(5).index == 0 and sum("cancelled" in n for n in run.trace.notes) == 1


@pytest.mark.parametrize("code", [0, 3, "because"])
def test_sys_exit_in_a_callers_code_does_not_end_the_process(code):
    import sys
    class Leaves(Copy):
        def forward(self, x, sr): sys.exit(code)
    class Later(Halve):
        def steps(self, mix, *, seed=0, start=None):
            yield from itertools.islice(super().steps(mix), 2)
            sys.exit(code)
        def evaluate(self, mix, parent, *, seed=0): sys.exit(code)
    words = re.escape(f"it called sys.exit({code!r})")
    for method in (Leaves(), Later()):
        for call in (separate, record, lambda mix, m: m(mix)):
            with pytest.raises(SepError, match=words): call(MIX, method)
    run = Run(Later(), MIX).start()
    with pytest.raises(SepError, match=words): run.wait()
    assert run.state == "failed" and len(run.trace) == 2
    with pytest.raises(SepError, match=words): run.evaluate().result(5)
    def metric(estimate): sys.exit(code)
    for call in (separate, record):
        with pytest.raises(SepError, match=words): call(MIX, "multistep", model=Copy(), metric=metric)


def test_help_names_the_methods():
    import pydoc
    text = pydoc.plain(pydoc.render_doc(Run))
    for name in ("observe", "start", "pause", "resume", "cancel", "abandon", "wait", "evaluate", "branch"):
        assert f" |  {name}(self" in text, name
