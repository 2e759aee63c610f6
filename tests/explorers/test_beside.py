"""More runs beside the first, from Python: other settings, a step by its point, and the cell that shows it all again."""
import pytest
import torch

from sep_toolkit.core import ParameterError
from sep_toolkit.explorers.blend import BlendExplorer
from sep_toolkit.multistep.method import MultiStep
from sep_toolkit.onestep.wrapped import wrap
from sep_toolkit.sound.audio import Audio

SR = 8000
TRUTH = {n: Audio(torch.randn(1, SR, generator=torch.Generator().manual_seed(i))*.1, SR) for i, n in enumerate(("low", "high"))}
MIX = TRUTH["low"] + TRUTH["high"]


@pytest.fixture
def explorer():
    both = wrap(lambda x, sr: torch.stack([.7*x, .3*x.tanh()], 1), sr=SR, stems=("low", "high"))
    ex = BlendExplorer(MultiStep(both, metric="si_sdr", reference=TRUTH, passes=6), MIX)
    ex.start().wait()
    yield ex
    ex.close()


def test_a_run_with_another_setting_stands_beside(explorer):
    run = explorer.again(passes=4, search="tenths", steps=2)
    explorer.wait(60)
    assert explorer.run is run and [r["name"] for r in explorer.runs][1] == explorer.selected == "search tenths, passes 4, steps 2"
    assert run.method.passes == 4 and run.method.reference is TRUTH and {f["key"]: f["value"] for f in explorer.form}["passes"] == 4
    explorer.selected = 0
    assert explorer.selected == "Run" and explorer.shown == 0
    for bad in ({"passes": 0}, {"passs": 4}, {"search": "deep"}, {"ratios": "few"}):
        with pytest.raises(ParameterError):
            explorer.again(**bad)
    assert len(explorer.runs) == 2


def test_step_point_and_goto_are_read_and_set(explorer):
    explorer.step = 2
    assert explorer.cursor == 2 and explorer.step is explorer.trace[2]
    explorer.step = explorer.trace[1]
    assert explorer.cursor == 1 and explorer.goto(None) is explorer and explorer.cursor is None
    known = next(s for s in explorer.trace if isinstance(s.point.get("ratio"), float) and s.point.get("step"))
    explorer.point = {"ratio": known.point["ratio"]}
    assert explorer.step.point["ratio"] == known.point["ratio"]
    explorer.region, explorer.solo = (.1, .4), "previous"
    code = explorer.code()
    assert f"explorer.goto({explorer.cursor})" in code and "explorer.region = (0.1, 0.4)" in code and "('previous',)" in code
    for bad in (10**6, "first", {"ratio": "half"}):
        with pytest.raises(ParameterError):
            explorer.goto(bad)


def test_the_cell_makes_the_runs_again(explorer):
    explorer.again(passes=4)
    explorer.wait(60)
    code = explorer.code()
    compile(code, "cell", "exec")
    assert "passes=6" in code and "explorer.again(passes=4).wait()" in code and "explorer.selected = 'passes 4'" in code
    assert code.index("start().wait()") < code.index("again(")
