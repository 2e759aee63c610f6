"""The bench of diffusion: one run of several draws says what a run of one says, and what their mean is worth."""
import pytest
import torch

from sep_toolkit.bench import diffusion as bd
from sep_toolkit.diffusion.gaussian import GaussianPrior
from sep_toolkit.runs.run import separate


@pytest.fixture(autouse=True)
def stand_ins(monkeypatch):
    "Gaussian priors instead of trained ones, and their samples instead of recordings."
    f = torch.linspace(0, 1, 65)
    priors = {n: GaussianPrior(spectrum=.0064*torch.exp(-((f - c)/.2)**2)) for n, c in (("speech", .1), ("percussion", .6), ("violin", .3))}
    monkeypatch.setattr(bd, "base_prior", lambda: priors)
    monkeypatch.setattr(bd, "held_clip", lambda label, k, seconds=4., held=True: priors[label].sample(1, 8000, seed=k)[0])
    monkeypatch.setattr(bd, "package_there", lambda name: False)


def test_the_first_of_several_draws_is_the_default():
    single, averaged = bd.draws("speech + percussion", 2, 2, steps=8)
    alone = bd.separated_rows("speech + percussion", 2, lambda labels: bd.separator_of(labels, steps=8))
    assert [r["gain"] for r in single] == pytest.approx([r["gain"] for r in alone], abs=1e-2)
    assert all(b["gain"] > a["gain"] and a["labels"] == ("speech", "percussion") for a, b in zip(single, averaged))
    true = bd.held_mixture("speech + percussion", 1)
    stems = separate(true.mix, bd.separator_of(true.names, steps=8, best_of=2, choose="mean"), progress=False)
    assert bd.row_of(stems, true, 0.)["gain"] == pytest.approx(averaged[1]["gain"], abs=1e-2)


def test_gains_and_failures():
    rows = [{"gain": 3., "si_sdr": 2.}, {"gain": 1., "si_sdr": -1.}]
    gain, failed = bd.gain_measures("a", rows, against="b")
    assert (gain.ours, gain.theirs, gain.unit, gain.repeats) == (2., 0., "dB", 2) and (failed.ours, failed.unit) == (50., "%")


def test_every_comparison_changes_what_it_says(monkeypatch):
    "Each variant reaches the separator, in mixed precision."
    seen = []
    def row(task, count, of):
        one = of(bd.MIXTURES_OF[task][0])
        seen.append(one)
        return [{"gain": 1., "si_sdr": 1.}]*count
    monkeypatch.setattr(bd, "separated_rows", row)
    for variants in bd.COMPARED.values(): assert len(list(bd.compared(variants)())) == 2*len(variants)
    assert len(seen) == 2*sum(map(len, bd.COMPARED.values())) and {one.how.precision for one in seen} == {"bfloat16"}
    assert {one.solver for one in seen} >= set(bd.COMPARED["solvers"]) and {one.t0 for one in seen} >= {75, 100, 125, 150, 175, 200}
    assert {one.init for one in seen} == {"look", "augmented", "noise", "mixture"}
