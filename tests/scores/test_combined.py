"""Several blind scores as one."""
import pickle

import pytest
import torch

from sep_toolkit.core import ParameterError
from sep_toolkit.scores.combined import combined
from sep_toolkit.scores.judge import is_oracle, Judge
from sep_toolkit.sound.audio import Audio

SR = 8000


def loud(estimate): return 10*float(estimate.square().mean().log10())
def dull(estimate): return -10*float(estimate.diff().square().mean().log10())


def signals():
    mix = torch.randn(1, 1000, generator=torch.Generator().manual_seed(0))
    return mix, torch.stack([mix, 2*mix, .5*mix, mix.cumsum(-1)])[:, 0]


@pytest.mark.parametrize("rule", ["mean", "least"])
def test_the_rules_are_what_they_say(rule):
    mix, e = signals()
    metric = combined({loud: 2., dull: 1.}, rule=rule)
    a = torch.tensor([2*(loud(x) - loud(mix[0])) for x in e]).double()
    b = torch.tensor([dull(x) - dull(mix[0]) for x in e]).double()
    expected = (a + b)/3 if rule == "mean" else torch.minimum(a, b)
    assert torch.allclose(metric(e, sr=SR, mix=mix[0]), expected, atol=1e-4)
    assert not is_oracle(metric) and metric.higher_is_better
    again = pickle.loads(pickle.dumps(metric))
    assert torch.allclose(again(e, sr=SR, mix=mix[0]), expected, atol=1e-4)


def test_a_judge_takes_it():
    mix, e = signals()
    judge = Judge(combined({loud: 1.}), Audio(mix, SR), ("a",))
    assert judge.score(e[1][None, None], 0) == pytest.approx(6.02, abs=.01)


@pytest.mark.parametrize("weights, match", [
    ({}, "weights"), ("loud", "weights"), ({loud: 0}, "larger than 0"), ({loud: -1}, "weights"), ({"si_sdr": 1}, "one stem only"),
    ({"mixture_consistency": 1}, "one stem only"), ({"lodness": 1}, "metric")])
def test_what_is_refused(weights, match):
    with pytest.raises(ParameterError, match=match): combined(weights)


def test_the_rule_is_checked():
    with pytest.raises(ParameterError, match="rule"): combined({loud: 1}, rule="median")


def test_the_networks_are_one_computation():
    pytest.importorskip("speechmos")
    from sep_toolkit.scores.metrics import METRICS
    mix = .1*torch.randn(1, 16000, generator=torch.Generator().manual_seed(0))
    metric = combined({"dnsmos_sig": 1., "dnsmos_bak": 3.})
    sig, bak = (METRICS[f"dnsmos_{k}"](torch.cat([.5*mix, mix]), sr=16000) for k in ("sig", "bak"))
    assert float(metric(.5*mix, sr=16000, mix=mix)) == pytest.approx(float((sig[0] - sig[1] + 3*(bak[0] - bak[1]))/4), abs=1e-3)
