"""What travels while a run grows: the difference, and its size, which must not depend on how long the run is."""
import json
import math
import random

import numpy as np
import pytest
import torch

from sep_toolkit.diffusion.gaussian import GaussianPrior
from sep_toolkit.diffusion.method import DiffusionSeparator, How
from sep_toolkit.explorers.blend import BlendExplorer
from sep_toolkit.explorers.changes import apply_change, what_changed
from sep_toolkit.explorers.fit import FitExplorer
from sep_toolkit.explorers.trajectory import TrajectoryExplorer
from sep_toolkit.multistep.method import MultiStep
from sep_toolkit.runs.run import record, Run
from sep_toolkit.runs.separator import Separator
from sep_toolkit.runs.trace import Step
from sep_toolkit.sound.audio import Audio
from sep_toolkit.sound.scenes import scene
from sep_toolkit.source_filter.method import SourceFilter

EARLY, LATE = 10, 200


def some_json(r, depth=3):
    kind = r.random()
    if depth and kind < .35:
        return [some_json(r, depth - 1) for _ in range(r.randrange(4))]
    if depth and kind < .6:
        return {k: some_json(r, depth - 1) for k in r.sample("abcd", r.randrange(4))}
    return r.choice([None, True, 1, 1., "x", "y", -3.5])


def same(a, b):
    return json.dumps(a, sort_keys=True) == json.dumps(b, sort_keys=True)


def test_a_difference_leads_from_any_value_to_any_other():
    r = random.Random(0)
    for _ in range(3000):
        old, new = some_json(r), some_json(r)
        before, change = json.dumps(old), what_changed(old, new)
        assert (change is None) == same(old, new), (old, new)
        made = apply_change(old, change)
        assert same(made, new) and same(apply_change(made, change), new), "twice is once"
        assert json.dumps(old) == before


def test_differences_that_come_late_lead_to_the_newest():
    "A page that took a newer whole value ends with the newest one, whichever of the older differences still arrive."
    r = random.Random(1)
    for _ in range(300):
        values = [[]]
        for _ in range(8):
            rows = [dict(v) for v in values[-1]]
            for row in rows:
                if r.random() < .2:
                    row["score"] = r.random()
            values.append(rows + [{"index": len(rows), "score": None} for _ in range(r.randrange(3))])
        changes = [what_changed(a, b) for a, b in zip(values, values[1:])]
        held = values[r.randrange(len(values))]
        for change in changes:
            held = apply_change(held, change) if change is None or len(held) >= (change["at"] or [[0]])[0][0] else held
        first = r.randrange(len(values))
        held = values[first]
        for change in changes[max(0, first - 1):]:
            held = apply_change(held, change)
        assert held == values[-1]


def grown(explorer, trace, step_of, steps):
    "Bytes that travel for each step, sounds and maps aside."
    sizes, now = [], 0
    def send(message, buffers=None):
        nonlocal now
        now += len(json.dumps(message))
    explorer._send = send
    explorer.send_changes()
    for i in range(steps):
        now = 0
        trace.append(step_of(i))
        explorer._show()
        sizes.append(now)
    return sizes


class Half(Separator):
    stems = ("voice",)
    def forward(self, x, sr):
        return (.5 * x)[:, None]


def blend():
    mix = Audio(.1 * torch.randn(1, 1600, generator=torch.Generator().manual_seed(0)), 8000)
    ex = BlendExplorer(Run(MultiStep(Half(), metric="snr", reference={"voice": mix}), mix), metrics=[])
    def step(i):
        if not i:
            return Step({"step": 0, "ratio": 1.}, {"score": 1., "passes": 1}, audio={"voice": mix.samples})
        k, last = (i - 1) // 5, (i - 1) // 5 * 5
        return Step({"step": k + 1, "ratio": .1 + (i - 1) % 5 * .2}, {"score": math.sin(i), "passes": 1},
                    audio={"voice": mix.samples * (1 + i)},
                    parent=last, accepted=i % 5 == 0)
    return ex, step


def trajectory():
    flat = {n: GaussianPrior(spectrum=torch.full((65,), .001 * (1 + i)), sr=8000) for i, n in enumerate(("low", "high"))}
    mix = Audio(.1 * torch.randn(1, 4000, generator=torch.Generator().manual_seed(0)), 8000)
    method = DiffusionSeparator(flat, steps=4, how=How(close=None))
    model = record(mix, method, progress=False)[1]
    ex = TrajectoryExplorer(Run(method, mix))
    def step(i):
        sound = {k: v * (1 + .001 * i) for k, v in model.audio.items()}
        return Step({**model.point, "step": 1 + i, "sigma": 1000. - i}, dict(model.scalars), dict(model.arrays), sound,
                    parent=i - 1 if i else None)
    return ex, step


def fit():
    song = scene("voices", n_stems=1, duration_s=1., seed=4)
    method = SourceFilter(song.f0, names=list(song.stems), rounds=1, every=1, warm=False)
    model = record(song.mix, method, progress=False)[-1]
    ex = FitExplorer(Run(method, song.mix))
    def step(i):
        arrays = {**model.arrays, "noise_gain": (model.arrays["noise_gain"][0], np.asarray(model.arrays["noise_gain"][1]) * (1 + i))}
        return Step({"iteration": 1000 + i}, dict(model.scalars), arrays, {}, parent=i - 1 if i else None)
    return ex, step


@pytest.mark.parametrize("make", [blend, trajectory, fit], ids=lambda f: f.__name__)
def test_bytes_for_a_step_do_not_depend_on_the_length_of_the_run(make):
    explorer, step_of = make()
    try:
        sizes = grown(explorer, explorer.trace, step_of, LATE + 5)
        assert len(explorer.rows) == LATE + 5
        early, late = np.mean(sizes[EARLY:EARLY + 5]), np.mean(sizes[LATE:LATE + 5])
        assert 200 < early and late < 1.15 * early + 50, (early, late)
        whole = len(json.dumps({name: getattr(explorer, name) for name in explorer.growing}))
        assert late < whole / 40, "as a whole it would be much more"
    finally:
        explorer.close()


def test_a_page_that_follows_has_what_python_has():
    explorer, step_of = blend()
    page, told = {}, []
    def send(message, buffers=None):
        message = json.loads(json.dumps(message))
        if message["method"] == "update":
            page.update({k: v for k, v in message["state"].items() if k in explorer.growing})
            told.append(set(message["state"]) & set(explorer.growing))
        elif "change" in message["content"]:
            page.update({k: apply_change(page[k], c) for k, c in message["content"]["change"].items()})
    explorer._send = send
    for i in range(7):
        explorer.trace.append(step_of(i))
        explorer._show()
    assert {"rows", "lines"} <= told[-1], "a page that has not asked is sent wholes"
    explorer._asked(explorer, {"do": "changes"}, [])
    while explorer._desk.busy:
        pass
    told.clear()
    for i in range(7, 30):
        explorer.trace.append(step_of(i))
        explorer._show()
    assert told == [] and set(page) >= set(explorer.growing)
    assert all(same(page[name], getattr(explorer, name)) for name in explorer.growing)
    explorer.close()
