"""What steers a run from a page: jobs by name in one thread, in the order of their dates."""
import threading
import time

import pytest
import torch

from sep_toolkit.sound.audio import Audio
from sep_toolkit.core import ParameterError
from sep_toolkit.runs.run import record, Run
from sep_toolkit.runs.separator import Iterative
from sep_toolkit.explorers.desk import Desk, finite, kept_of
from sep_toolkit.runs.trace import Step, Trace

MIX = Audio(torch.ones(1, 800)*.1, 8000)


class Halve(Iterative):
    stems, total = ("quiet",), 3
    def steps(self, mix, *, seed=0, start=None):
        for i in range(3): yield Step({"i": i}, audio={"quiet": mix.samples/2**(i + 1)})


def until(condition, seconds=5):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(.002)


@pytest.fixture
def desk():
    desk = Desk(lambda e: None)
    yield desk
    desk.close()


def test_jobs_run_one_after_the_other_in_a_thread_of_their_own(desk):
    seen = []
    for i in range(5): desk.ask(str(i), lambda i=i: seen.append((i, threading.current_thread().name)))
    until(lambda: not desk.busy)
    assert [i for i, _ in seen] == list(range(5)) and {n for _, n in seen} == {"sep_toolkit-desk"}


def test_a_newer_job_takes_the_place_of_a_waiting_one(desk):
    seen = []
    desk.ask("show", lambda: seen.append("old"), .1)
    desk.ask("show", lambda: seen.append("new"), .1)
    until(lambda: not desk.busy)
    assert seen == ["new"]


def test_an_earlier_date_of_the_same_name_stays(desk):
    seen = []
    desk.ask("show", lambda: seen.append("old"), .05)
    desk.ask("show", lambda: seen.append("new"), 600.)
    until(lambda: seen == ["new"])
    desk.ask("show", lambda: seen.append("late"), 600.)
    desk.ask("show", lambda: seen.append("soon"), 0.)
    until(lambda: seen == ["new", "soon"])
    assert not desk.busy or not desk._jobs


def test_the_earliest_date_comes_first(desk):
    seen = []
    desk.ask("late", lambda: seen.append("late"), .2)
    desk.ask("soon", lambda: seen.append("soon"), .02)
    until(lambda: len(seen) == 2)
    assert seen == ["soon", "late"]


def test_an_error_is_reported_and_the_next_job_is_done():
    errors, seen = [], []
    desk = Desk(errors.append)
    desk.ask("bad", lambda: 1/0)
    desk.ask("good", lambda: seen.append(1))
    until(lambda: seen == [1])
    assert [type(e) for e in errors] == [ZeroDivisionError]
    desk.close()


def test_a_closed_desk_forgets_and_takes_nothing():
    seen, desk = [], Desk(lambda e: None)
    desk.ask("late", lambda: seen.append(1), .05)
    desk.close()
    desk.ask("later", lambda: seen.append(2))
    until(lambda: not desk.busy)
    time.sleep(.1)
    assert not seen


def test_what_can_be_opened():
    run = Run(Halve(), MIX)
    kept = kept_of(run)
    assert kept.run is run and kept.trace is run.trace and not kept.owned and kept.state == "ready" and not kept.busy
    trace = record(MIX, Halve())
    assert kept_of(trace).state == "trace" and isinstance(kept_of(trace).trace, Trace)
    made = kept_of(Halve(), MIX, seed=4, budget_mb=9)
    assert made.owned and made.run.seed == 4 and made.trace.budget_mb == 9
    for call, words in ((lambda: kept_of(run, MIX), "None with a Run"), (lambda: kept_of(3), "thing is 3"),
                        (lambda: kept_of(Halve()), "mix is None")):
        with pytest.raises(ParameterError, match=words): call()


def test_numbers_that_json_does_not_have():
    assert [finite(v) for v in (1.5, float("inf"), -float("inf"), float("nan"))] == [1.5, None, None, None]
