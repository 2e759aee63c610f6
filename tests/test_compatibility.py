"""What version 0.1 wrote and named still works: saved traces load and replay, public names can be imported."""
import importlib
import json
from pathlib import Path

import pytest
import torch

import sep_toolkit as st
from sep_toolkit._moved import ROOMS
from sep_toolkit.runs.trace import load_trace

DATA = Path(__file__).parent / "data"
TRACES = sorted((DATA / "traces").glob("*.nc"))
LESSONS = json.loads((DATA / "lesson_names_0_1.json").read_text())  # what README and tutorials of 0.1 used
NAMES = json.loads((DATA / "public_names_0_1.json").read_text())


def test_there_is_a_trace_of_every_method():
    assert {p.stem for p in TRACES} == {"comb", "diffusion", "enhancer", "hpss", "informed_nmf", "multistep", "nmf", "source_filter",
                                        "source_filter_nmf"}


@pytest.mark.parametrize("path", TRACES, ids=lambda p: p.stem)
def test_a_saved_trace_loads_and_replays(path):
    old = load_trace(path)
    assert len(old) and old.provenance["sep_toolkit"] == "0.1.0"
    new = old.replay()
    given_back = path.stem == "diffusion"  # what is left over at the end was part of the last level; now it is a step of its own
    assert new.stem_names == old.stem_names and len(new) == len(old) + given_back
    error = new.stems.tensor - old.stems.tensor
    assert error.square().mean().sqrt() < 1e-3 * old.stems.tensor.square().mean().sqrt().clamp(min=1e-9)
    assert torch.equal(new.mix.samples, old.mix.samples)


@pytest.mark.parametrize("name", NAMES["sep_toolkit"])
def test_a_name_of_the_package_is_there(name):
    assert getattr(st, name) is not None


@pytest.mark.parametrize("name", LESSONS["attributes"])
def test_an_attribute_that_the_lessons_used_is_there(name):
    thing = st
    for part in name.split("."): thing = getattr(thing, part)
    assert thing is not None


@pytest.mark.parametrize("name", LESSONS["imports"])
def test_an_import_that_the_lessons_used_works(name):
    module, _, what = name.partition(".")
    namespace = {}
    exec(f"from sep_toolkit.{module} import {what}", namespace)
    assert namespace[what] is not None


def test_old_modules_lead_to_the_new_ones():
    import sep_toolkit.runs.run
    import sep_toolkit.run
    assert sep_toolkit.run.Run is sep_toolkit.runs.run.Run is st.run.Run and "Run" in dir(sep_toolkit.run)
    with pytest.raises(AttributeError, match="is in sep_toolkit.runs.run"): sep_toolkit.run.gone
    with pytest.raises(ModuleNotFoundError): importlib.import_module("sep_toolkit.gone")


@pytest.mark.parametrize("old", ROOMS)
def test_every_room_of_an_old_module_exists(old):
    for room in ROOMS[old]: importlib.import_module(f"sep_toolkit.{room}")
