"""What may be given to `separate` and `record`: any sound, any method, and one clear error for anything else."""
import numpy as np
import pytest
import soundfile as sf
import torch
from torch import nn

from sep_toolkit.classical.hpss import HPSS
from sep_toolkit.core import DataError, ParameterError
from sep_toolkit.runs.run import record, separate
from sep_toolkit.sound.audio import Audio, Stems

SR = 8000
MIX = Audio(torch.randn(2, 4000, generator=torch.Generator().manual_seed(0))*.1, SR)


class Halves(nn.Module):
    "Half of the signal and the rest; unlike in training if it is not in evaluation mode."
    def __init__(self):
        super().__init__()
        self.gain = nn.Parameter(torch.tensor(.5))

    def forward(self, x): return torch.stack([self.gain*x, (1 - self.gain)*x], 1) + self.training


def halves(x): return torch.stack([x/2, x/2], 1)


@pytest.fixture
def path(tmp_path):
    sf.write(tmp_path/"song.wav", MIX.samples.numpy().T, SR, subtype="FLOAT")
    return tmp_path/"song.wav"


@pytest.mark.parametrize("given", ["path", "text", "array", "tensor", "one channel", "audio"])
def test_any_sound_gives_the_same_stems(path, given):
    mix = {"path": path, "text": str(path), "array": MIX.numpy(), "tensor": MIX.samples, "one channel": MIX.samples[0], "audio": MIX}[given]
    sr = {"sr": SR} if given in ("array", "tensor", "one channel") else {}
    want = HPSS()(Audio(MIX.samples[0], SR) if given == "one channel" else MIX)
    for method in ("hpss", HPSS()):
        got = separate(mix, method, **sr, progress=False)
        assert torch.equal(got.tensor, want.tensor) and got.sr == SR
    assert torch.equal(record(mix, "hpss", **sr).stems.tensor, want.tensor)


@pytest.mark.parametrize("method", [halves, lambda x: x.numpy()[:, None].repeat(2, 1)/2, Halves()])
def test_any_function_or_module_is_a_method(path, method):
    for mix in (MIX, path, MIX.samples):
        out = separate(mix, method, sr=SR, stems=("a", "b"), progress=False)
        assert out.names == ("a", "b") and torch.allclose(out["a"].samples, MIX.samples/2)
    assert separate(MIX, method, sr="any", stems=2).names == ("stem1", "stem2")
    assert torch.allclose(record(MIX, method, sr=SR, stems=2).stems.tensor, out.tensor)


def test_a_function_sees_its_own_rate_but_the_stems_have_that_of_the_mixture():
    with pytest.warns(UserWarning, match="resampled from 8000 Hz to 16000"):
        out = separate(MIX, lambda x: halves(x)*(x.shape[-1] == 8000), sr=16000, stems=2, progress=False)
    assert out.sr == SR and out.n_samples == 4000 and out["stem1"].peak > .1


def test_further_settings_of_a_function():
    out = separate(MIX, lambda x: torch.stack([x, x], 1), sr=SR, stems=2, takes="BT", progress=False)
    assert torch.equal(out["stem2"].samples, MIX.samples)


@pytest.mark.parametrize("call, error, words", [
    (lambda: separate(MIX.samples, "hpss"), ParameterError, "mix is an array.*Give sr="),
    (lambda: separate(MIX.samples, halves, stems=2), ParameterError, "method is .*together with sr="),
    (lambda: separate(MIX, halves, sr=SR), ParameterError, "method is .*together with stems="),
    (lambda: separate(MIX, halves), ParameterError, "together with sr= and stems=.*onestep.wrap"),
    (lambda: separate(MIX, halves, sr=SR, stems=2, iterations=3), TypeError, "no setting 'iterations'"),
    (lambda: separate(MIX, halves, sr=SR, stems=3), Exception, "returned shape"),
    (lambda: separate(MIX, "hpss", sr=SR), TypeError, "hpss has no setting 'sr'"),
    (lambda: separate(MIX, HPSS(), stems=2), TypeError, "stems go with a method's name"),
    (lambda: separate(MIX, HPSS), ParameterError, r"This is a class: make one, HPSS\("),
    (lambda: separate(MIX, Halves), ParameterError, "This is a class"),
    (lambda: separate(MIX, 3), ParameterError, "method is 3.*sr= and stems=.*hpss"),
    (lambda: separate("nothing.wav", "hpss"), DataError, "mix is 'nothing.wav': no such file"),
    (lambda: separate(Stems({"a": MIX}), "hpss"), ParameterError, "mix is .*stems.mix"),
    (lambda: separate(None, "hpss"), ParameterError, "mix is None: expected an Audio, the path"),
    (lambda: separate(MIX.samples, "hpss", sr="fast"), ParameterError, "sr is 'fast'"),
    (lambda: separate((MIX.samples*9).to(torch.int16), "hpss", sr=SR), ParameterError, "mix is .*32768"),
    (lambda: separate(np.zeros((2, 0), "f4"), "hpss", sr=SR), ParameterError, "at least one sample"),
])
def test_anything_else_is_one_clear_error(call, error, words):
    with pytest.raises(error, match=words): call()


def test_a_folder_is_no_song(tmp_path):
    with pytest.raises(DataError, match="mix is .*This is a folder"): separate(tmp_path, "hpss")
