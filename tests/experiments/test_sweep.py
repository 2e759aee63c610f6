"""The sweep: what is computed, what is not, what survives, and who computes it."""
import os
import random
import signal
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from sep_toolkit.core import DataError, ParameterError, SepError, SepNotice
from sep_toolkit.experiments import store as stores
from sep_toolkit.experiments.cells import digest_of, failed_job, item_digest, Job, of_item, variants
from sep_toolkit.experiments.engines import as_client, run_jobs
from sep_toolkit.experiments.items import as_items, Item
from sep_toolkit.experiments.store import Store
from sep_toolkit.experiments.study import bootstrap, Experiment, open_study
from sep_toolkit.experiments.sweep import plan_sweep, sweep
from sep_toolkit.sound.audio import Audio, Stems
from sep_toolkit.sound.files import save

SR, N = 8000, 800


def two(seed=0):
    x = torch.randn(2, 1, N, generator=torch.Generator().manual_seed(seed))*.1
    return Stems({"a": Audio(x[0], SR), "b": Audio(x[1], SR)})


ITEMS = {f"item {k}": two(k) for k in range(3)}


def part(mix, gain=.5, log=None):
    "Two stems that are parts of the mixture; a line in the log for every call."
    if log is not None:
        with open(log, "a") as f: f.write(f"{float(mix.samples[0, 0]):.9f} {gain}\n")
    return Stems({"a": mix*gain, "b": mix*(1 - gain)}, mix=mix)


def is_item(mix, k): return torch.equal(mix.samples, ITEMS[f"item {k}"].mix.samples)
def lines(log): return Path(log).read_text().splitlines() if Path(log).exists() else []
def quiet(*args, metrics="si_sdr", **more): return sweep(*args, metrics=metrics, progress=False, **more)


def test_tables_are_tidy_and_one_error_stops_nothing():
    def fragile(mix): return 1/0 if is_item(mix, 1) else part(mix)
    methods = {"part": (part, {"gain": [.3, .5]}), "fragile": fragile, "none": lambda mix: mix}
    exp = quiet(ITEMS, methods, metrics=["si_sdr", "snr"], seed=[1, 2])
    rows, cells = exp.frame(), exp.cells()
    assert list(rows) == ["item", "method", "settings", "seed", "stem", "metric", "value"] and not rows.duplicated(list(rows)[:-1]).any()
    assert len(cells) == 3*4*2 and set(rows.settings) == {"gain=0.3", "gain=0.5", ""} and set(rows.seed) == {1, 2}
    bad = exp.failed()
    assert len(bad) == 2*(1 + 3) and "ZeroDivisionError" in bad.error[bad.method == "fragile"].iloc[0]
    assert "expected functions that return Stems" in bad.error[bad.method == "none"].iloc[0]
    ok = cells[cells.status == "ok"]
    assert (ok.seconds > 0).all() and (ok.peak_mb >= 0).all() and ok.facts.iloc[0]["version"] and (ok.residual_db < -60).all()
    assert exp.labels == ("part gain=0.3", "part gain=0.5", "fragile", "none") and exp.by_item("snr").shape == (3, 3)
    assert exp.means().loc["part gain=0.3", ("si_sdr", "n")] == 3 and exp.means().loc["none", ("cells", "failed")] == 6


def test_nothing_is_computed_twice_and_every_change_says_why(tmp_path, monkeypatch):
    log, sound = tmp_path/"log", tmp_path/"x.wav"
    save(two(9).mix, sound)
    items = as_items({**ITEMS, "file": (sound, {"a": sound, "b": sound})})
    methods = {"part": (part, {"gain": [.3], "log": str(log)})}
    run = lambda items=items, methods=methods, **more: quiet(items, methods, store=tmp_path/"study", **more)
    first = run().frame()
    assert len(lines(log)) == 4
    pd.testing.assert_frame_equal(first, run().frame())
    assert len(lines(log)) == 4
    save(two(10).mix, sound)
    with pytest.warns(SepNotice, match="1 cell computed again: the recording changed"): run()
    with pytest.warns(SepNotice, match="4 cells computed again: other metrics"): run(metrics=["si_sdr", "snr"])
    monkeypatch.setattr("sep_toolkit.experiments.sweep.metadata.version", lambda name: "9.9")
    with pytest.warns(SepNotice, match="4 cells computed again: it was computed by another version"): run(metrics=["si_sdr", "snr"])
    other = {"part": (lambda mix, gain, log: part(mix, gain/2, log), methods["part"][1])}
    with pytest.warns(SepNotice, match="the method or its settings changed"): exp = run(methods=other, metrics=["si_sdr", "snr"])
    assert len(lines(log)) == 4 + 1 + 4 + 4 + 4 and len(exp.store) == 4 and len(exp.frame()) == 4*2*2
    assert len(open_study(tmp_path/"study").cells()) == 4


def test_failed_cells_are_kept_until_they_are_asked_for(tmp_path):
    log = tmp_path/"log"
    def at_first(mix, log):
        part(mix, log=log)
        return part(mix) if len(lines(log)) > 3 else 1/0
    run = lambda **more: quiet(ITEMS, {"x": (at_first, {"log": str(log)})}, store=tmp_path/"study", **more)
    assert len(run().failed()) == len(run().failed()) == 3 and len(lines(log)) == 3
    with pytest.warns(SepNotice, match="3 cells computed again: it failed"): assert not len(run(retry=True).failed())


def test_a_damaged_item_fails_alone_and_is_computed_when_it_is_whole(tmp_path):
    sound = tmp_path/"x.wav"
    items = as_items({"whole": ITEMS["item 0"], "missing": str(sound)})
    run = lambda: quiet(items, {"part": part}, store=tmp_path/"study")
    assert run().failed().item.tolist() == ["missing"] and "no such file" in run().failed().error[0]
    save(two(1).mix, sound)
    with pytest.warns(SepNotice, match="1 cell computed again: the recording changed"): assert not len(run().failed())


def test_sounds_are_kept_within_the_budget(tmp_path):
    exp = quiet(ITEMS, {"part": part}, store=tmp_path/"study", keep_mb=1)
    assert exp.cells().kept.all()
    again = open_study(tmp_path/"study")
    stems, (mix, true) = again.stems("item 1", "part"), again.reference("item 1")
    assert torch.allclose(stems["a"].samples, ITEMS["item 1"].mix.samples*.5, atol=1e-4) and true.names == ("a", "b") and mix.n_samples == N
    assert list(again.sounds("item 1")) == ["mixture", "a · true", "b · true", "a · part", "b · part"]
    with pytest.warns(SepNotice, match="the stems of 3 cells were not kept: the budget of 0.001 MB"):
        other = quiet(ITEMS, {"part": part}, keep_mb=.001)
    with pytest.warns(SepNotice, match="computed again"): stems = other.stems("item 0", "part")
    assert torch.equal(stems["a"].samples, part(ITEMS["item 0"].mix)["a"].samples)
    with pytest.raises(DataError, match="were kept"): Experiment(other.store).stems("item 0", "part")


def test_what_each_item_brings_goes_to_the_method():
    oracle = "oracle", {"reference": of_item("stems"), "kind": ["binary", "ratio"]}
    exp = quiet(ITEMS, {"oracle": oracle, "comb": ("comb", {"f0": of_item("f0")})})
    assert "item.f0" in exp.failed().error.iloc[0] and set(exp.failed().method) == {"comb"}
    assert set(exp.frame().settings) == {"kind='binary'", "kind='ratio'"}


def test_ctrl_c_keeps_what_is_there(tmp_path):
    def stopped(mix):
        if is_item(mix, 1): raise KeyboardInterrupt
        return part(mix)
    with pytest.warns(SepNotice, match="interrupted: 1 of 3 cells"): exp = quiet(ITEMS, {"x": stopped}, store=tmp_path/"study")
    assert len(exp) == 1 and "2 to do" in repr(exp) and exp.store.claim("any") and len(exp.store.rows("SELECT * FROM claims")) == 1


def test_a_method_that_ends_an_interrupt_quietly_leaves_no_cell():
    "`separate` gives what is finished, then silence: no result to score."
    def ended(mix):
        warnings.warn("interrupted: the stems hold the first 0.1 s of 1.0 s, then silence.", SepNotice, stacklevel=1)
        return part(mix)
    with pytest.warns(SepNotice, match="interrupted: 0 of 3 cells"): assert len(quiet(ITEMS, {"x": ended})) == 0


def test_a_cell_replaces_another_whole_or_not_at_all(tmp_path):
    store, cell = Store(tmp_path/"study"), failed_job(Job("k", None, "", 0, ()), "") | {"scores": [("a", "si_sdr", 1.)]}
    store.put(("i", "m", "", 0), cell, {}, {})
    broken = cell | {"key": "k2", "scores": [("a", "snr", 1.), ("a", "sdr", object())]}
    with pytest.raises(DataError): store.put(("i", "m", "", 0), broken, {}, {})
    assert store.rows("SELECT key FROM cells") == [("k",)] and store.rows("SELECT metric FROM scores") == [("si_sdr",)]


def forked(call):
    pid = os.fork()
    if pid: return pid
    try: call()
    finally: os._exit(0)


def slow(mix, log):
    time.sleep(.004)
    return part(mix, log=log)


def killed_study(folder, kills, seed=0):
    "Kill a study at random moments, finish it, and give its tables and how often cells were computed."
    items, rng = {f"item {k}": two(k) for k in range(20)}, random.Random(seed)
    study = lambda: quiet(items, {"slow": (slow, {"log": f"{folder}/log"})}, store=f"{folder}/study", keep_mb=5)
    for _ in range(kills):
        pid = forked(study)
        time.sleep(rng.uniform(.01, .25))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return study(), lines(f"{folder}/log")


def test_a_study_survives_being_killed(tmp_path):
    exp, computed = killed_study(tmp_path, 5)
    assert len(exp.cells()) == 20 and len(exp.frame()) == 40 and exp.cells().kept.all()
    assert len(set(computed)) == 20 and len(computed) <= 20 + 5  # at most the cell that was under way is computed again
    assert exp.store.rows("PRAGMA integrity_check") == [("ok",)] and not exp.store.rows("SELECT * FROM claims")


def test_two_processes_share_one_store(tmp_path):
    items = {f"item {k}": two(k) for k in range(12)}
    study = lambda: quiet(items, {"slow": (slow, {"log": f"{tmp_path}/log"})}, store=f"{tmp_path}/study")
    pid = forked(study)
    exp = study()
    os.waitpid(pid, 0)
    computed = lines(f"{tmp_path}/log")
    assert len(exp.cells()) == len(computed) == len(set(computed)) == 12


def fatal(mix, log):
    "Kills its process, for one of the items."
    part(mix, log=log)
    return os._exit(1) if is_item(mix, 1) else part(mix)


def test_processes_give_the_same_and_a_death_costs_one_more_try(tmp_path):
    methods = {"part": part, "fatal": (fatal, {"log": f"{tmp_path}/log"}), "nmf": ("nmf", {"n_stems": 2, "iterations": 2})}
    exp = quiet(ITEMS, methods, executor=2, permute=True)
    assert exp.failed()[["item", "method"]].values.tolist() == [["item 1", "fatal"]] and "died, twice" in exp.failed().error[0]
    first = f"{float(ITEMS['item 1'].mix.samples[0, 0]):.9f} 0.5"
    assert lines(f"{tmp_path}/log").count(first) == 2  # and no third time
    assert len(exp) == 9 and len(set(exp.cells().worker)) > 1 and f":{os.getpid()}" not in " ".join(exp.cells().worker)
    alone = quiet(ITEMS, {k: methods[k] for k in ("part", "nmf")}, permute=True)
    for m in ("part", "nmf"): assert np.allclose(alone.by_item()[m], exp.by_item()[m], atol=1e-6)


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None) as cluster: yield cluster


def test_a_cluster_by_address_client_or_itself(cluster, tmp_path):
    from distributed import Client
    save(two(5).mix, tmp_path/"x.wav")
    items = as_items({**ITEMS, "file": str(tmp_path/"x.wav")})
    want = quiet(items, {"part": part})
    for executor in (cluster, cluster.scheduler_address):
        got = quiet(items, {"part": part, "bad": lambda mix: 1/0}, executor=executor)
        assert np.allclose(got.by_item()["part"], want.by_item()["part"], atol=1e-6) and len(got.failed()) == 4
    with Client(cluster) as client:
        assert len(quiet(items, {"part": part}, executor=client)) == 4
        assert client.status == "running"  # a client that was given stays open


def test_workers_are_asked_for_their_version(cluster, monkeypatch):
    missing = ModuleNotFoundError("sep_toolkit")
    for found, text in (("0.0.1", "has sep_toolkit 0.0.1, this process"), (missing, "has no sep_toolkit: install")):
        monkeypatch.setattr("distributed.Client.run", lambda *args, found=found, **more: {"tcp://worker": found})
        with pytest.raises(SepError, match=f"the worker tcp://worker {text}"): as_client(cluster)


def test_what_cannot_work_is_said_first(tmp_path):
    file, other, later = tmp_path/"file", tmp_path/"other", tmp_path/"later"
    file.write_text("x")
    other.mkdir()
    (other/"notes.txt").write_text("x")
    store = Store(later)
    store.set_fact("format", "99")
    store.close()
    plain = Item("plain", two().mix)
    for call, error, text in (
            (lambda: quiet([], {"x": part}), ParameterError, "items is .*at least one item"),
            (lambda: quiet([plain, plain], {"x": part}), ParameterError, "plain.*names of their own"),
            (lambda: quiet(ITEMS, {"x": 3}), ParameterError, r"methods\['x'\] is 3"),
            (lambda: quiet(ITEMS, {"x": "nfm"}), ParameterError, "Did you mean 'nmf'"),
            (lambda: quiet(ITEMS, {"x": ("nmf", {"rounds": [3]})}), ParameterError, "has no setting 'rounds'"),
            (lambda: quiet(ITEMS, [part]), ParameterError, "methods is .*{name: method}"),
            (lambda: quiet([plain], {"x": part}), ParameterError, "metrics is 'si_sdr'.*no true stems"),
            (lambda: quiet(ITEMS, {"x": part}, metrics="loudness"), ParameterError, "metrics"),
            (lambda: quiet(ITEMS, {"x": part}, store=file), DataError, "There is a file of that name"),
            (lambda: quiet(ITEMS, {"x": part}, store=other), DataError, "holds other files"),
            (lambda: quiet(ITEMS, {"x": part}, store=later), DataError, "later version"),
            (lambda: quiet(ITEMS, {"x": part}, store="/proc/nowhere"), DataError, "cannot be made"),
            (lambda: quiet(ITEMS, {"x": part}, executor=0), ParameterError, "executor"),
            (lambda: quiet(ITEMS, {"x": part}, executor=2.5), ParameterError, "executor"),
            (lambda: quiet(ITEMS, {"x": part}, seed=[1, 1]), ParameterError, "seed"),
            (lambda: open_study(tmp_path), DataError, "that a sweep has written"),
            (lambda: quiet(ITEMS, {"x": part}).stems("item 9", "x"), ParameterError, "item"),
            (lambda: as_client("tcp://127.0.0.1:9", wait_s=.5), SepError, "no scheduler answers")):
        with pytest.raises(error, match=text): call()


def test_a_full_disk_is_one_clear_error(tmp_path):
    exp = quiet(ITEMS, {"part": part}, store=tmp_path/"study")
    exp.store._db.execute("PRAGMA max_page_count=1")
    big = failed_job(Job("k", None, "", 0, ()), "") | {"notes": ["x"*500_000]}
    with pytest.raises(DataError, match="Is the disk full"): exp.store.put(("i", "m", "", 0), big, {}, {})
    assert len(exp.store) == 3


def test_a_plan_says_what_it_takes(tmp_path):
    quiet(ITEMS, {"part": part}, store=tmp_path/"study")
    plan = plan_sweep(ITEMS, {"part": part, "nmf": ("nmf", {"n_stems": 2, "iterations": [1]})}, ["si_sdr"], tmp_path/"study")
    assert "6 cells: 3 in the store, 3 to compute" in repr(plan) and plan.seconds > 0 and len(plan.todo) == 3


def test_digests_follow_content():
    a, b = two(1), two(1)
    assert item_digest(Item("x", a.mix, dict(a))) == item_digest(Item("y", b.mix, dict(b))) != item_digest(Item("x", a.mix*.5, dict(a)))
    class Mine:
        def __init__(self, k): self.k, self.me = k, self
        def __call__(self, mix): return mix
    assert digest_of(Mine(1)) == digest_of(Mine(1)) != digest_of(Mine(2))
    functions = lambda m: m, lambda m: -m
    for x, y in ((1, 1.), ((1, 2), (12,)), ({"a": 1}, {"a": 2}), (np.zeros(2), np.zeros(3)), functions, ([[1], 2], [[1, 2]])):
        assert digest_of(x) != digest_of(y)
    n = lambda k: variants({"nmf": ("nmf", {"n_stems": 2, "iterations": k})})[0].digest
    assert n(3) == n(3) != n(4)


def test_intervals_hold_the_mean():
    mean, low, high = bootstrap([1., 2., 3., float("nan")])
    assert low < mean == 2 < high and all(np.isnan(bootstrap([])))
    exp = quiet(ITEMS, {"half": part, "most": (part, {"gain": .9})})
    d = exp.paired("half", "most")
    table = exp.by_item()
    assert d["n"] == 3 and np.isclose(d["mean"], (table["half"] - table["most"]).mean()) and d["low"] <= d["mean"] <= d["high"]


def test_a_store_of_many_rows_opens_at_once(tmp_path):
    store = Store(tmp_path/"study")
    with store._db as db:
        db.execute("BEGIN")
        db.executemany(f"INSERT INTO cells ({', '.join(stores.CELL)}) VALUES ({', '.join('?'*len(stores.CELL))})",
                       [(f"k{k}", f"item {k}", "m", "", 0, "ok", 1, 1, 1, 0, "", "[]", 0, "", "", "{}", "{}") for k in range(10_000)])
        db.executemany("INSERT INTO scores VALUES (?, 'a', ?, 1.5)", [(k + 1, f"m{j}") for k in range(10_000) for j in range(10)])
    store.close()
    start = time.process_time()
    exp = open_study(tmp_path/"study")
    opened = time.process_time() - start
    assert len(exp.frame()) == 100_000 and opened < 1


def test_jobs_go_one_by_one():
    "The jobs are read as they are computed, so that a claim is no older than its cell."
    read = []
    jobs = (read.append(k) or j for k, j in enumerate([c.job for c in plan_sweep(ITEMS, {"part": part}, ["si_sdr"]).cells]))
    next(run_jobs(jobs, {v.label: v for v in variants({"part": part})}))
    assert read == [0]
