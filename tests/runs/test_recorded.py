"""The runs that come with the package: small, whole, audible, and found by the run that would repeat them."""
import copy
import json
import math
from importlib import resources
from pathlib import Path

import pytest
import torch

import sep_toolkit as st
from sep_toolkit.core import DataError, ParameterError
from sep_toolkit.explorers.desk import kept_of
from sep_toolkit.runs.recorded import mixture_of, pack_run, read_run, RECORDED, recorded, recorded_of, truth_of
from sep_toolkit.runs.run import Run
from sep_toolkit.runs.trace import Trace
from sep_toolkit.scores.metrics import si_sdr

ROOT = Path(__file__).parents[2]


def file(name): return resources.files("sep_toolkit")/"examples"/"runs"/f"{name}.zip"


@pytest.fixture(scope="module")
def traces(): return {name: recorded(name) for name in RECORDED}


def db(x): return 10*math.log10(float(x.double().square().mean()) + 1e-20)


def test_they_are_small_and_say_where_they_come_from(traces):
    for name, trace in traces.items():
        assert len(file(name).read_bytes()) <= 400_000
        about = trace.provenance
        assert about["recorded"]["by"] == "scripts/record_runs.py" and "Apache-2.0" in about["recorded"]["licence"]
        assert about["sep_toolkit"] and about["torch"] and about["date"].startswith("20") and about["mix"]["sr"] == trace.sr
        assert torch.equal(trace.mix.samples, mixture_of(about["recorded"]["source"]).samples)


def test_the_blend_is_audible(traces):
    trace = traces["blend"]
    first, last = trace[0], trace.accepted[-1]
    truth = truth_of(trace)["speech"].samples
    assert last.scalars["si_sdr"] - first.scalars["si_sdr"] >= 1
    assert db(last.audio["speech"] - first.audio["speech"]) > -35
    for step in (first, last): assert float(si_sdr(step.audio["speech"], truth)) == pytest.approx(step.scalars["si_sdr"], abs=.3)


def test_the_trajectory_starts_in_noise_and_arrives(traces):
    trace = traces["trajectory"]
    levels, end = [s for s in trace if "sigma" in s.point], trace[-1]
    assert 25 <= len(levels) <= 50 and levels[0].point["sigma"] > 2.4 and trace.provenance["settings"]["init"] == "noise"
    assert levels[0].scalars["si_sdr"] < -20 and end.scalars["si_sdr"] > 16  # the first guess reaches about 19.5
    assert end.point["given_back"] and end.scalars["si_sdr"] - levels[-1].scalars["si_sdr"] > 1
    truth = truth_of(trace)
    heard = [float(si_sdr(end.audio[n], truth[n].samples)) for n in truth]
    assert sum(heard)/2 == pytest.approx(end.scalars["si_sdr"], abs=.7) and db(end.audio["residual"]) < -100
    for s in trace: assert all(db(s.audio[n]) > -60 for n in truth)


def test_a_vowel_changes_in_the_fit(traces):
    trace = traces["fit"]
    end = trace[-1]
    assert not end.accepted and "formant 1" in end.point["edits"] and "envelope_db" in end.arrays
    parent = trace[end.parent]
    change = end.audio["tenor"] - parent.audio["tenor"]
    assert db(change) > -35 and db(change) - db(parent.audio["tenor"]) > -12


def test_a_run_that_would_repeat_one_finds_it(traces):
    method = st.diffusion.DiffusionSeparator({"flute": "flute", "drums": "percussion"}, init="noise", steps=40)
    mix = mixture_of({"example": "flute_drums", "stop_s": 4.})
    kept = kept_of(method, mix)
    assert kept.recorded and kept.run.state == "done" and len(kept.trace) == len(traces["trajectory"])
    assert kept.run.stems.names == ("flute", "drums")
    assert recorded_of(Run(method, mix, seed=1)) is None and recorded_of(Run(method, mix*.5)) is None
    other = copy.copy(method)
    other.strength = .5
    assert not kept_of(other, mix).recorded


def test_the_examples_of_the_readme_open_on_them(traces):
    cells = [c for c in json.loads((ROOT/"nbs"/"index.ipynb").read_text())["cells"] if c["cell_type"] == "code"]
    room, opened = {"st": st}, []
    exec("mix, truth = st.scenes.example('quartet'); f0 = st.scenes.example_f0('quartet')", room)
    for source in ("".join(c["source"]) for c in cells if any("st.explore(" in line for line in c["source"])):
        *before, last = source.splitlines()
        exec("\n".join(before), room)
        opened.append(eval(last, room))
    try:
        for explorer, name in zip(opened, RECORDED, strict=True):
            assert len(explorer.rows) == len(traces[name]) and "start" in explorer.able and explorer.run.state == "done"
    finally:
        for explorer in opened: explorer.close()


def test_replay_has_the_same_shape(traces):
    trace = traces["trajectory"]
    settings = {**trace.provenance["settings"], "steps": 2}
    small = Trace(trace.mix.clip(0, .3), trace.stem_names, provenance={**trace.provenance, "settings": settings})
    again = small.replay()
    for new, old in zip(again, (trace[0], trace[1], trace[-1]), strict=True):
        assert set(new.point) == set(old.point) and {n for n in old.audio} <= set(new.audio) and set(old.arrays) == set(new.arrays)


def test_what_is_packed_comes_back(tmp_path):
    source = {"example": "speakers", "start_s": 1., "stop_s": 1.5}
    mix = mixture_of(source)
    trace = st.record(mix, "hpss")
    back = read_run(pack_run(trace, tmp_path/"a.zip", source, below_db=40).read_bytes())
    for n in trace.stem_names: assert db(back[0].audio[n] - trace[0].audio[n]) < db(mix.samples) - 35
    assert pack_run(trace, tmp_path/"b.zip", source, below_db=40).read_bytes() == (tmp_path/"a.zip").read_bytes()
    with pytest.raises(ParameterError, match="the mixture of the trace"): pack_run(trace, tmp_path/"c.zip", {"example": "speakers"})
    with pytest.raises(ParameterError, match="one for each step"): pack_run(trace, tmp_path/"c.zip", source, below_db=[1., 2.])


def test_a_damaged_file_is_said():
    data = file("trajectory").read_bytes()
    for bad in (b"", b"PK", data[:len(data)//2], data[:-30] + b"0"*30, data.replace(b"head.json", b"heat.json")):
        with pytest.raises(DataError, match="the recorded run cannot be read"): read_run(bad)
    broken = bytearray(data)
    broken[len(data)//3] ^= 255
    with pytest.raises(DataError): read_run(bytes(broken))
    with pytest.raises(ParameterError, match="name is 'tour'"): recorded("tour")
