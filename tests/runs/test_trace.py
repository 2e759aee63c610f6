"""Step and Trace: budget, views, one file, atomic writes, replay."""
import dataclasses
import json
import os
import pydoc
import signal
import subprocess
import sys
import textwrap
import threading
import time
import tracemalloc
import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sep_toolkit.sound.audio import Audio
from sep_toolkit.core import DataError, ParameterError, SepNotice
from sep_toolkit.runs.trace import (
    Arrays, arrays_to_disk, droppable, load_trace, plain, Sounds, spill_folder, Step, to_disk, to_int16, Trace,
)

SR = 8000
MIX = Audio(torch.randn(2, SR, generator=torch.Generator().manual_seed(0))*0.1, SR)


def make(n=6, **kw):
    trace = Trace(MIX, ("a", "b"), **kw)
    for i in range(n):
        trace.append(Step({"iteration": i, "kind": "x"}, {"loss": 1/(i + 1)}, {"env": (("frame",), np.arange(5.) + i)},
                          {"a": MIX.samples*0.1*i, "b": MIX.samples*0.5}, accepted=i % 3 != 1))
    return trace


def test_steps_are_frozen_copies():
    x, env = torch.ones(1, 4), np.ones(3)
    s = Step({"r": 0.5}, {"loss": torch.tensor(2.)}, {"env": ("frame", env)}, {"a": x})
    x.zero_()
    env[:] = 0
    assert s.audio["a"].sum() == 4 and s.arrays["env"][1].sum() == 3 and s.scalars["loss"] == 2.0
    for change in (lambda: s.point.update(r=1), lambda: setattr(s, "index", 3), lambda: s.arrays["env"][1].fill(0)):
        with pytest.raises((AttributeError, TypeError, ValueError)): change()


@pytest.mark.parametrize("kw", [dict(arrays={"a": np.ones(3)}), dict(arrays={"a": (("x", "y"), np.ones(3))}),
                                dict(arrays={"a": ("x", np.ones((3, 3)))}),
                                dict(arrays={"a": ("x", np.array(["o", None]))}), dict(audio={"a": [1., 2.]}),
                                dict(audio={"a": torch.zeros(1, 2, 3)})])
def test_bad_steps(kw):
    with pytest.raises(ParameterError): Step(**kw)


def test_index_parent_accepted_and_result():
    t = make()
    assert [s.index for s in t] == list(range(6)) and [s.parent for s in t] == [None, 0, 0, 2, 3, 3]
    assert [s.index for s in t.accepted] == [0, 2, 3, 5]
    assert torch.allclose(t.stems["a"].samples, MIX.samples*0.5) and torch.allclose(t.stems.residual.samples, MIX.samples*0, atol=1e-7)
    assert torch.allclose(t.stems_at(1)["a"].samples, MIX.samples*0.1)


def test_no_result_yet():
    with pytest.raises(DataError, match="no accepted step"): Trace(MIX, ("a",)).stems


def test_spans_are_put_side_by_side_and_the_rest_is_silent():
    t = Trace(MIX, ("a",))
    for a, b in ((0, 3000), (3000, 5000)): t.append(Step(audio={"a": MIX.samples[:, a:b]}, span=(a, b)))
    assert torch.equal(t.stems["a"].samples[:, :5000], MIX.samples[:, :5000]) and t.stems["a"].samples[:, 5000:].abs().max() == 0
    assert torch.equal(t.stems.residual.samples[:, 5000:], MIX.samples[:, 5000:])


def test_observers_see_every_step_and_can_leave():
    t, seen = Trace(MIX, ("a",)), []
    leave = t.observe(lambda s: seen.append(s.index))
    t.append(Step())
    leave()
    leave()
    t.append(Step())
    assert seen == [0]


@given(st.lists(st.floats(0, 8, width=32), min_size=1, max_size=6))
@settings(deadline=None)
def test_packing_shares_one_scale_and_is_undone(gains):
    rng = torch.Generator().manual_seed(1)
    s = Sounds({str(i): torch.randn(1, 300, generator=rng)*g for i, g in enumerate(gains)})
    p, peak = to_int16(s), max(float(x.abs().max()) for x in s.values())
    for k in s: assert (p[k] - s[k]).abs().max() <= peak/32767*0.51 + 1e-7
    q = to_disk(p)
    for k in s: assert torch.equal(q[k], p[k])
    assert q.nbytes == 0 and q.disk_bytes == p.nbytes == os.path.getsize(q._file)


def test_budget_packs_then_spills_then_thins_and_says_so_once():
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        t = make(30, budget_mb=0.3, disk_mb=0.5)
    texts = [str(w.message) for w in said if issubclass(w.category, SepNotice)]
    assert len(texts) == 3 and "16 bits" in texts[0] and "temporary file" in texts[1] and "dropped" in texts[2]
    assert [n.split(":")[0] for n in t.notes] == ["16 bit", "disk", "thinned"]
    assert t.nbytes == sum(s.audio.nbytes + s.arrays.nbytes for s in t) <= 0.3e6 and sum(s.audio.disk_bytes for s in t) <= 0.5e6 + 64_000
    assert len(t.accepted[-1].audio) == 2
    dropped = next(s.index for s in t if not len(s.audio))
    with pytest.raises(DataError, match="no sound for a, b"): t.stems_at(dropped)
    assert t.scalars()["loss"].notna().all()
    files = [s.audio._file.path for s in t if s.audio._file]
    assert files and sum(map(os.path.getsize, files)) == sum(s.audio.disk_bytes for s in t), "what was thinned is off the disk"
    assert set(map(os.path.dirname, files)) == {spill_folder()}
    del t
    assert not any(map(os.path.exists, files))


@pytest.mark.filterwarnings("ignore::sep_toolkit.core.SepNotice")
def test_a_step_outlives_its_trace():
    t = make(12, budget_mb=0.05)
    assert t[2].audio.form == "disk" and t[2].arrays._file
    kept = t[2]
    del t
    assert (kept.audio["b"] - MIX.samples*0.5).abs().max() < 1e-4 and (kept.arrays["env"][1] == np.arange(5.) + 2).all()


@pytest.mark.filterwarnings("ignore::sep_toolkit.core.SepNotice")
def test_thinning_takes_refused_steps_first_and_leaves_the_result():
    t = make(30, budget_mb=0.1)
    order = [s.index for s in droppable(t)]
    assert [t[i].accepted for i in order] == sorted(t[i].accepted for i in order) and len(order) == 29
    assert t[-1].accepted and t[-1].index not in order
    taken = [i for i in order if t[i].accepted]
    path = [s.index for s in t.accepted[:-1]]
    assert taken[:len(path)//2] == path[1::2], "every second step of the path stays as long as it can"


@pytest.mark.filterwarnings("ignore::sep_toolkit.core.SepNotice")
def test_parts_of_a_long_signal_are_never_thinned():
    t, n = Trace(MIX, ("a",), budget_mb=0.005, disk_mb=0.001), SR//10
    for i in range(10): t.append(Step(audio={"a": MIX.samples[:, i*n:(i + 1)*n]}, span=(i*n, (i + 1)*n)))
    assert (t.stems["a"].samples - MIX.samples).abs().max() < 1e-4


def test_a_disk_that_is_full_while_a_run_goes_on(monkeypatch):
    def full(*a, **k): raise OSError(28, "No space left on device")
    monkeypatch.setattr("sep_toolkit.runs.step.Spill", full)
    with pytest.warns(SepNotice, match="dropped: they cannot be written .*No space left"): t = make(30, budget_mb=0.5)
    assert len(t) == 30 and t.nbytes <= 0.5e6 and len(t.stems) == 2 and t.scalars()["loss"].notna().all()
    assert sum("no disk" in n for n in t.notes) == 1


@pytest.mark.filterwarnings("ignore::sep_toolkit.core.SepNotice")
def test_a_file_is_read_into_its_budget(tmp_path):
    p = make(12).save(tmp_path/"t.nc")
    assert load_trace(p).nbytes > 1e6
    u = load_trace(p, budget_mb=0.2)
    assert u.nbytes <= 0.2e6 and (u.stems["b"].samples - MIX.samples*0.5).abs().max() < 1e-4
    with pytest.raises(ParameterError, match="budget_mb"): load_trace(p, budget_mb=0)


def test_what_a_method_computed_with_can_be_saved(tmp_path):
    t = Trace(MIX, ("a",))
    t.append(Step({"r": torch.tensor(.5), "k": np.int64(3)}, {"loss": np.float32(2)}, accepted=torch.tensor(True),
                  span=(np.int64(0), torch.tensor(5)), arrays={"on": ("k", np.array([True, False]))}, audio={"a": torch.zeros(0)}))
    s = load_trace(t.save(tmp_path/"t.nc"))[0]
    assert s.accepted is True and s.span == (0, 5) and dict(s.point) == {"r": .5, "k": 3} and s.audio["a"].shape == (1, 0)
    assert s.arrays["on"][1].dtype == bool


def test_an_observer_that_fails_stops_nothing():
    t, seen = Trace(MIX, ("a",)), []
    t.observe(lambda s: 1/0)
    t.observe(lambda s: seen.append(s.index))
    with pytest.warns(SepNotice, match="an observer of the trace failed: ZeroDivisionError"): t.append(Step())
    assert seen == [0] and len(t) == 1


def test_what_is_no_step_is_named():
    t = make(3)
    for call, words in ((lambda: t.stems_at(3), "step is 3: expected a whole number from -3 to 2"),
                        (lambda: t.stems_at("x"), "step is 'x'"),
                        (lambda: Trace(MIX, ("a",)).stems_at(0), "none yet"), (lambda: t.append(5), "step is 5: expected a Step"),
                        (lambda: Step(scalars={"loss": "high"}), r"scalars\['loss'\] is 'high': expected a number"),
                        (lambda: Trace(MIX, "voice"), r"stems is 'voice': expected a list of names. A single one: \['voice'\]"),
                        (lambda: Trace(MIX.samples, ("a",)), "mix is an array")):
        with pytest.raises(ParameterError, match=words): call()
    assert torch.equal(t.stems_at(np.int64(-1))["b"].samples, t.stems["b"].samples)


def test_views_of_a_trace_that_grows_meanwhile():
    t = make(3)
    class Late(dict):
        def get(self, *a):
            if len(t) < 5: t.append(Step({"iteration": 9}))
            return dict.get(self, *a)
    object.__setattr__(t[0], "point", Late(t[0].point))
    assert t.data.sizes["step"] == 3 and len(t) == 5


def test_arrays_count_and_go_to_disk_as_they_are():
    t = Trace(MIX, ("a",), budget_mb=0.1)
    with pytest.warns(SepNotice, match="temporary file"):
        for i in range(20): t.append(Step(arrays={"w": (("k", "n"), np.full((50, 40), i, np.float32))}))
    assert t.nbytes <= 0.1e6 and all((s.arrays["w"][1] == i).all() and s.arrays["w"][0] == ("k", "n") for i, s in enumerate(t))
    assert t.data["w"].shape == (20, 50, 40)
    two = arrays_to_disk(Arrays({"a": (("k",), np.arange(3)), "b": (("k",), np.arange(4.))}))
    assert (two["a"][1] == np.arange(3)).all() and (two["b"][1] == np.arange(4.)).all() and two.disk_bytes == 3*8 + 4*8
    with pytest.raises(ValueError): t[0].arrays["w"][1][0, 0] = 3


def test_views():
    t = make()
    table = t.scalars()
    assert list(table.columns) == ["iteration", "kind", "loss", "accepted", "parent"] and len(table) == 6
    assert str(table["parent"].dtype) == "Int64" and table["parent"].tolist()[1:] == [0, 0, 2, 3, 3]
    assert not len(Trace(MIX, ("a",)).scalars())
    ds = t.data
    assert ds["env"].dims == ("step", "frame") and ds["env"].shape == (6, 5) and float(ds["loss"][3]) == 0.25
    assert json.loads(ds.attrs["provenance"])["torch"] == torch.__version__


def test_dataset_with_missing_arrays_changing_shapes_and_clashing_names():
    t = Trace(MIX, ("a",))
    t.append(Step({"loss": 1}, {"loss": 2.}, {"w": ("k", np.ones(2))}))
    t.append(Step({}, {}, {}))
    t.append(Step({}, {}, {"w": ("k", np.ones(3))}))
    ds = t.data
    assert np.isnan(ds["w"].values[1]).all() and np.isnan(ds["w"].values[0, 2]) and ds["w"].values[2].sum() == 3
    assert ds["loss"].values[0] == 1 and ds["scalars_loss"].values[0] == 2


@pytest.mark.parametrize("budget", [256, 0.3])
@pytest.mark.filterwarnings("ignore::sep_toolkit.core.SepNotice")
def test_one_file(tmp_path, budget):
    t = make(12, budget_mb=budget)
    p = t.save(tmp_path/"t.nc")
    u = load_trace(p)
    assert u.scalars().equals(t.scalars()) and u.notes == t.notes and u.provenance == plain(t.provenance)
    for s, v in zip(t, u, strict=True):
        assert (s.point, s.scalars, s.accepted, s.parent, s.span) == (v.point, v.scalars, v.accepted, v.parent, v.span)
        for k in s.audio: assert torch.equal(s.audio[k], v.audio[k])
        for k in s.arrays: assert s.arrays[k][0] == v.arrays[k][0] and np.array_equal(s.arrays[k][1], v.arrays[k][1])
    assert torch.equal(u.mix.samples, t.mix.samples) and os.listdir(tmp_path) == ["t.nc"]
    u.append(Step(audio={"a": MIX.samples, "b": MIX.samples}))
    assert u[-1].index == 12


def test_names_of_any_kind_survive(tmp_path):
    t = Trace(MIX, ("../ü <b>", "x/y"))
    t.append(Step({"a b": 1}, arrays={"p/q": ("f g", np.ones(2))}, audio={"../ü <b>": MIX.samples, "x/y": MIX.samples}))
    assert load_trace(t.save(tmp_path/"t.nc")).stems.names == ("../ü <b>", "x/y")


def test_bad_files(tmp_path):
    p = make().save(tmp_path/"t.nc")
    data = p.read_bytes()
    for name, content in (("cut.nc", data[:len(data)//2]), ("text.nc", b"hello"), ("empty.nc", b""), ("pickle.nc", b"\x80\x04K\x01.")):
        (tmp_path/name).write_bytes(content)
        with pytest.raises(DataError, match="cannot be read as a trace"): load_trace(tmp_path/name)
    with pytest.raises(DataError, match="expected a file"): load_trace(tmp_path/"none.nc")
    with pytest.raises(ParameterError, match=r"\.nc"): make().save(tmp_path/"t.pkl")
    import xarray as xr
    xr.Dataset({"x": ("y", [1.])}).to_netcdf(tmp_path/"other.nc", engine="h5netcdf")
    with pytest.raises(DataError, match="cannot be read as a trace"): load_trace(tmp_path/"other.nc")


def test_a_file_of_a_later_format(tmp_path, monkeypatch):
    monkeypatch.setattr("sep_toolkit.runs.trace_file.FORMAT", 99)
    p = make().save(tmp_path/"t.nc")
    monkeypatch.undo()
    with pytest.raises(DataError, match="Update sep_toolkit"): load_trace(p)


def test_a_full_disk_leaves_the_old_file(tmp_path, monkeypatch):
    p = make().save(tmp_path/"t.nc")
    before = p.read_bytes()
    def full(*a, **k): raise OSError(28, "No space left on device")
    monkeypatch.setattr("sep_toolkit.runs.trace_file.write_array", full)
    with pytest.raises(DataError, match="No space left"): make(3).save(p)
    assert p.read_bytes() == before and os.listdir(tmp_path) == ["t.nc"]


def test_saving_what_is_on_disk_does_not_bring_all_of_it_to_memory(tmp_path):
    t = Trace(MIX, ("a",), budget_mb=.5)
    with pytest.warns(SepNotice):
        for i in range(40):
            t.append(Step({"i": i}, {}, {"w": ("k", np.full(100_000, i, np.float32)), "none": ("k", np.zeros(0))},
                          {"a": torch.full((1, 100_000), i/40)}))
    on_disk = sum(s.audio.disk_bytes + s.arrays.disk_bytes for s in t)
    make().save(tmp_path/"t.nc")  # what is imported on the way does not count
    tracemalloc.start()
    try: t.save(tmp_path/"t.nc"); peak = tracemalloc.get_traced_memory()[1]
    finally: tracemalloc.stop()
    assert on_disk > 20e6 and peak < .4*on_disk, (peak, on_disk)
    again = load_trace(tmp_path/"t.nc")
    assert len(again) == len(t) and torch.equal(again.mix.samples, t.mix.samples)
    for a, b in zip(again, t):
        assert dict(a.point) == dict(b.point) and torch.equal(a.audio["a"], b.audio["a"])
        assert all(np.array_equal(a.arrays[k][1], b.arrays[k][1]) and a.arrays[k][0] == b.arrays[k][0] for k in ("w", "none"))


def test_a_kill_while_saving_leaves_the_old_file(tmp_path):
    p = make().save(tmp_path/"t.nc")
    before = p.read_bytes()
    code = textwrap.dedent(f"""
        import os, torch, signal
        from sep_toolkit.runs import trace_file
        from sep_toolkit.sound.audio import Audio
        from sep_toolkit.runs.trace import Step, Trace
        write = trace_file.write_array
        def half(f, name, x):
            write(f, name, x)
            f.flush()
            if name != "mix": os.kill(os.getpid(), signal.SIGKILL)
        trace_file.write_array = half
        t = Trace(Audio(torch.zeros(1, 100), 8000), ('a',))
        t.append(Step(audio={{'a': torch.zeros(1, 100)}}))
        t.save({str(p)!r})
    """)
    assert subprocess.run([sys.executable, "-c", code]).returncode == -signal.SIGKILL
    assert p.read_bytes() == before


def test_replay_needs_a_method_or_its_name():
    with pytest.raises(ParameterError, match="replay"): make().replay()


def test_steps_appended_by_many_threads_have_their_places(monkeypatch):
    trace, replace = Trace(MIX, ("a",)), dataclasses.replace
    monkeypatch.setattr("sep_toolkit.runs.trace.replace", lambda *a, **k: time.sleep(.001) or replace(*a, **k))  # others may come between
    workers = [threading.Thread(target=lambda: [trace.append(Step({"x": 1})) for _ in range(5)]) for _ in range(6)]
    for w in workers: w.start()
    for w in workers: w.join()
    assert [s.index for s in trace] == list(range(30)) and [s.parent for s in trace] == [None, *range(29)]


def test_a_parent_that_is_given_stays():
    t = make(4)
    assert t.append(Step(parent=1)).parent == 1 and t.append(Step()).parent == 4


def test_the_result_has_all_stems():
    t = make(4)
    t.append(Step(audio={"a": MIX.samples}))
    assert t.stems["b"] is not None and (t.stems["a"].samples - MIX.samples*0.3).abs().max() < 1e-6


def test_dimensions_of_a_dataset():
    t = Trace(MIX, ("a",))
    t.append(Step(arrays={"w": (("step", "k"), np.ones((2, 3))), "v": ("k", np.ones(3))}))
    t.append(Step(arrays={"w": (("step", "k"), np.ones((2, 4))), "v": ("k", np.ones(3))}))
    assert t.data["w"].dims == ("step", "w_step", "k_w") and t.data["w"].shape == (2, 2, 4) and t.data["v"].dims == ("step", "k")


def test_temporary_files_go_with_the_process_and_stay_with_a_fork():
    code = textwrap.dedent("""
        import os, sys, torch, warnings
        warnings.simplefilter("ignore")
        from sep_toolkit.sound.audio import Audio
        from sep_toolkit.runs.trace import Step, Trace, spill_folder
        t = Trace(Audio(torch.ones(1, 4000), 8000), ("a",), budget_mb=.001)
        for i in range(4): t.append(Step(audio={"a": torch.ones(1, 4000)}))
        if not os.fork(): sys.exit()
        os.wait()
        assert len(os.listdir(spill_folder())) == 3 and float(t[0].audio["a"].mean()) > .99
        print(spill_folder())
    """)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not os.path.exists(done.stdout.strip())


def attacked(tmp_path, change, digests=False):
    "A trace whose file was changed by `change(h5py.File, folder)`; its own digests would give most changes away, so they go too."
    import h5py
    path = make(3).save(tmp_path/"t.nc")
    with h5py.File(path, "a") as f:
        if not digests and "sep_toolkit_digest" in f.attrs:
            del f.attrs["sep_toolkit_digest"]
            f.attrs["sep_toolkit_trace"] = json.dumps({k: v for k, v in json.loads(f.attrs["sep_toolkit_trace"]).items() if k != "digests"})
        change(f, tmp_path)
    return path


SECRET = np.arange(2*SR, dtype=np.float32).reshape(2, SR)


def external(f, folder):
    SECRET.tofile(folder/"secret.raw")
    del f["audio_0_0"]
    f.create_dataset("audio_0_0", SECRET.shape, "f4", external=[(str(folder/"secret.raw"), 0, SECRET.nbytes)])


def other_file(folder):
    import h5py
    with h5py.File(folder/"other.h5", "w") as g: g["x"] = SECRET
    return folder/"other.h5"


def virtual(f, folder):
    import h5py
    layout = h5py.VirtualLayout(SECRET.shape, "f4")
    layout[:] = h5py.VirtualSource(str(other_file(folder)), "x", SECRET.shape)
    del f["audio_0_0"]
    f.create_virtual_dataset("audio_0_0", layout)


def external_link(f, folder):
    import h5py
    del f["audio_0_0"]
    f["audio_0_0"] = h5py.ExternalLink(str(other_file(folder)), "/x")


def soft_link(f, folder):
    import h5py
    f["out"] = h5py.ExternalLink(str(other_file(folder)), "/")
    del f["audio_0_0"]
    f["audio_0_0"] = h5py.SoftLink("/out/x")


@pytest.mark.parametrize("change, words", [(external, "another file"), (virtual, "another file"), (external_link, "is a link"),
                                           (soft_link, "is a link")])
def test_a_trace_does_not_read_other_files(tmp_path, change, words):
    with pytest.raises(DataError, match=words): load_trace(attacked(tmp_path, change))


def unwritten(f, folder):
    del f["audio_0_0"]
    f.create_dataset("audio_0_0", (2, 40_000_000), "f4", chunks=(1, 1_000_000), compression="gzip")


def never_allocated(f, folder):
    del f["audio_0_0"]
    f.create_dataset("audio_0_0", (2, 40_000_000), "f4")


def one_in_many(f, folder):
    del f["audio_0_0"]
    f.create_dataset("audio_0_0", (2, 4_000_000), "f4", data=np.zeros((2, 4_000_000), "f4"), compression="gzip", compression_opts=9)
    for i, k in ((0, 1), (1, 0), (1, 1), (2, 0), (2, 1)):
        del f[f"audio_{i}_{k}"]
        f[f"audio_{i}_{k}"] = f["audio_0_0"]


def huge_chunk(f, folder):
    del f["array_0_0"]
    f.create_dataset("array_0_0", (5,), "f8", data=np.arange(5.), maxshape=(None,), chunks=(20_000_000,), compression="gzip")


@pytest.mark.parametrize("change", [unwritten, never_allocated, one_in_many, huge_chunk])
def test_a_small_file_cannot_promise_much(tmp_path, change):
    path = attacked(tmp_path, change)
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="promises|second name"): load_trace(path)
        assert tracemalloc.get_traced_memory()[1] < 5e6
    finally: tracemalloc.stop()


def test_silence_is_small_and_still_loads(tmp_path):
    t = Trace(Audio(torch.zeros(2, 2_000_000), SR), ("a",))
    t.append(Step(arrays={"w": ("k", np.zeros(300_000))}, audio={"a": t.mix.samples}))
    path = t.save(tmp_path/"t.nc")
    assert load_trace(path).mix.peak == 0 and load_trace(path)[0].arrays["w"][1].shape == (300_000,)


def head(change):
    def changed(f, folder):
        h = json.loads(f.attrs["sep_toolkit_trace"])
        change(h)
        f.attrs["sep_toolkit_trace"] = json.dumps(h)
    return changed


@pytest.mark.parametrize("change", [
    lambda h: h["steps"][0].update(span=[0, 10**9]), lambda h: h["steps"][0].update(span=[-5, 10]),
    lambda h: h["steps"][0].update(span=[7, 7]),
    lambda h: h["steps"][0].update(span=[0, 1, 2]), lambda h: h["steps"][0].update(span=[0, "x"]), lambda h: h["steps"][0].update(span=3.5),
    lambda h: h["steps"][0].update(scale=0), lambda h: h["steps"][0].update(scale=1e308), lambda h: h["steps"][0].update(scale="x"),
    lambda h: h["steps"][0].update(scale=1e-3), lambda h: h["steps"][1].update(parent=1), lambda h: h["steps"][1].update(parent=-1),
    lambda h: h["steps"][1].update(parent=10**30), lambda h: h["steps"][0].update(accepted="no"),
    lambda h: h["steps"][0].update(scalars={"a": []}),
    lambda h: h["steps"][0].update(point=3), lambda h: h["steps"][0].update(arrays={"env": ["a", "b", "c"]}), lambda h: h.update(sr=0),
    lambda h: h.update(sr=10**400), lambda h: h.update(stems="ab"), lambda h: h.update(notes=[1]), lambda h: h.update(provenance=[]),
    lambda h: h.update(steps={}), lambda h: h.update(format="x"), lambda h: h["steps"].append(h["steps"][0]), lambda h: h.clear()])
def test_absurd_values_in_a_file(tmp_path, change):
    with pytest.raises(DataError, match="cannot be read as a trace"): load_trace(attacked(tmp_path, head(change)))


def test_a_sound_that_is_no_number(tmp_path):
    def nan(f, folder): f["audio_0_0"][0, 3] = np.nan
    with pytest.raises(DataError, match="NaN"): load_trace(attacked(tmp_path, nan))


def test_a_list_of_steps_that_is_nested_without_end(tmp_path):
    def deep(f, folder): f.attrs["sep_toolkit_trace"] = "["*50_000
    with pytest.raises(DataError, match="cannot be read"): load_trace(attacked(tmp_path, deep))


FUZZ = """
import sys, random, warnings
import numpy as np, torch
from pathlib import Path
warnings.simplefilter("ignore")
from sep_toolkit.sound.audio import Audio
from sep_toolkit.core import DataError
from sep_toolkit.runs.trace import Step, Trace, load_trace
folder, seeds = Path(sys.argv[1]), range(int(sys.argv[2]), int(sys.argv[3]))
x = torch.randn(1, 600, generator=torch.Generator().manual_seed(0))
t = Trace(Audio(x*.1, 8000), ("a",))
for i in range(3): t.append(Step({"i": i}, {"loss": 1/(i + 1)}, {"w": (("k",), np.arange(1200.) + i)}, {"a": x*.05*i}))
data = t.save(folder/"t.nc").read_bytes()
same = lambda u: (len(u) == 3 and torch.equal(u.mix.samples, t.mix.samples) and u.scalars().equals(t.scalars())
                  and all(torch.equal(s.audio["a"], v.audio["a"]) for s, v in zip(u, t))
                  and all(np.array_equal(s.arrays["w"][1], v.arrays["w"][1]) for s, v in zip(u, t)))
refused = 0
for seed in seeds:
    r = random.Random(seed)
    bad = bytearray(data[:r.randrange(len(data))] if seed % 4 == 0 else data)
    for _ in range(0 if seed % 4 == 0 else r.choice((1, 3, 20, 200))):
        k = r.randrange(len(bad))
        bad[k] ^= 1 << r.randrange(8)
    (folder/"bad.nc").write_bytes(bad)
    print(seed, flush=True)
    try: assert same(load_trace(folder/"bad.nc")), "a damaged file gave another trace"
    except DataError: refused += 1
print("refused", refused)
"""


def test_damaged_files_are_one_error_or_no_harm(tmp_path):
    done = subprocess.run([sys.executable, "-c", FUZZ, str(tmp_path), "0", "200"], capture_output=True, text=True)
    assert done.returncode == 0, (done.returncode, done.stdout[-200:], done.stderr[-2000:])
    assert int(done.stdout.split()[-1]) > 60


def test_a_full_disk_is_one_error_and_the_old_file_stays(tmp_path):
    pytest.importorskip("resource")
    before = make(2).save(tmp_path/"t.nc").read_bytes()
    code = textwrap.dedent(f"""
        import resource, signal, sys, torch
        sys.path.insert(0, {str(os.path.dirname(__file__))!r})
        from test_trace import make
        from sep_toolkit.core import DataError
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        t = make(20)
        for size in range(0, 900_000, 60_000):  # files cannot grow beyond it, as on a disk that is full
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
            try: t.save({str(tmp_path/"t.nc")!r})
            except DataError as e: print(e)
    """)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, (done.returncode, done.stderr[-2000:])
    assert done.stdout.count("cannot write") == 15 and (tmp_path/"t.nc").read_bytes() == before and os.listdir(tmp_path) == ["t.nc"]
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr, done.stderr


def test_dimensions_of_one_name_and_several_sizes():
    t = Trace(MIX, ("a",))
    t.append(Step(arrays={"u": ("k", np.ones(2)), "v": ("k", np.ones(3)), "w": (("k", "k"), np.ones((3, 2))), "loss": ("u", np.ones(4))}))
    ds = t.data
    assert ds["u"].dims == ("step", "k") and ds["v"].dims == ("step", "k_v") and (ds["v"].values == 1).all()
    assert ds["w"].shape == (1, 3, 2) and len(set(ds["w"].dims)) == 3 and ds["loss"].shape == (1, 4)


@pytest.mark.parametrize("given", [dict(parent=5), dict(parent=-1), dict(span=(0, SR + 1)), dict(span=(5, 5)), dict(span=(1,))])
def test_a_step_has_its_place_in_its_trace(given):
    t = make(2)
    with pytest.raises(ParameterError, match="parent|span"): t.append(Step(**given))
    assert len(t) == 2


def test_a_sound_that_does_not_fit_its_place_is_said():
    t = Trace(MIX, ("a",))
    t.append(Step(audio={"a": MIX.samples[:, :5]}, span=(0, 9)))
    with pytest.raises(DataError, match=r"shape \(2, 5\): expected \(2, 9\)"): t.stems


@pytest.mark.filterwarnings("ignore::sep_toolkit.core.SepNotice")
@pytest.mark.parametrize("budget", [256, .3])
def test_a_trace_goes_to_another_process(budget):
    import pickle
    t = make(12, budget_mb=budget)
    t.observe(print)
    u = pickle.loads(pickle.dumps(t))
    assert u.scalars().equals(t.scalars()) and u.notes == t.notes and u.nbytes <= budget*1e6 and torch.equal(u.stems.tensor, t.stems.tensor)
    for s, v in zip(t, u, strict=True):
        assert (s.point, s.scalars, s.index, s.parent, s.span) == (v.point, v.scalars, v.index, v.parent, v.span)
        for k in s.audio: assert torch.equal(s.audio[k], v.audio[k])
        for k in s.arrays: assert np.array_equal(s.arrays[k][1], v.arrays[k][1]) and not v.arrays[k][1].flags.writeable
    assert u.append(Step()).index == 12 and len(t) == 12
    alone = pickle.loads(pickle.dumps(t[2]))
    assert torch.equal(alone.audio["a"], t[2].audio["a"]) and dict(alone.point) == dict(t[2].point)


def test_what_is_sent_is_not_larger_than_what_it_holds():
    import pickle
    whole = torch.randn(50, 1, 4000)
    step = Step(audio={"a": Audio._own(whole[3], SR)})
    assert len(pickle.dumps(step)) < 30_000


def test_help_names_the_methods():
    text = pydoc.plain(pydoc.render_doc(Trace))
    for name in ("append", "observe", "stems_at", "step_at", "scalars", "save", "replay"): assert f" |  {name}(self" in text, name
