"""Cards of models that see spectrograms: ONNX graphs made here, each with a known answer, and cards that say something wrong."""
import hashlib
import json
import pickle

import numpy as np
import pytest
import torch

from sep_toolkit.core import ParameterError, SepError, WeightsError
from sep_toolkit.onestep.models import load_model
from sep_toolkit.onestep.spectra import encode_spectrum, Spectrum, through_spectrum
from sep_toolkit.runs.run import separate
from sep_toolkit.sound.audio import Audio

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
SR = 8000
MIX = Audio(torch.randn(2, 3000, generator=torch.Generator().manual_seed(0))*.1, SR)
NODE = onnx.helper.make_node


def made(folder, nodes, inputs, outputs, card, constants=()):
    "A graph of these nodes and its card; inputs and outputs: name -> number of axes."
    value = lambda name, axes: onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [f"{name}{i}" for i in range(axes)])
    fixed = [onnx.helper.make_tensor(n, onnx.TensorProto.INT64 if isinstance(v, int) else onnx.TensorProto.FLOAT, np.shape(v), np.ravel(v))
             for n, v in dict(constants).items()]
    graph = onnx.helper.make_graph(nodes, "g", [value(*i) for i in inputs.items()], [value(*o) for o in outputs.items()], fixed)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=8)
    data = model.SerializeToString()
    (folder/"net.onnx").write_bytes(data)
    facts = dict(name="net", kind="onnx", sr=SR, licence="MIT", attribution="-", training_data="-", source="made here",
                 files={"model": {"path": "net.onnx", "sha256": hashlib.sha256(data).hexdigest()}}, stems=["a"])
    (folder/"net.json").write_text(json.dumps(facts | card))
    return folder/"net.json"


def half(folder, **card):
    "Magnitudes times a constant input."
    spectrum = {"n_fft": 256, "hop": 64, "gives": "magnitude", "answer": "BCFN"} | card.pop("spectrum", {})
    nodes = [NODE("Mul", ["x", "level"], ["y"]), NODE("Identity", ["x"], ["other"])]
    card = {"spectrum": spectrum, "constants": {"level": .5}, "outputs": ["y"]} | card
    return made(folder, nodes, {"x": 4, "level": 0}, {"y": 4, "other": 4}, card)


@pytest.mark.parametrize("spectrum", [{}, {"window_length": 200}, {"window": "sqrt_hann"}, {"layout": "1BNF", "answer": "1BNF"},
                                      {"layout": "BFN1", "answer": "BFN1"}])
def test_magnitudes_constants_and_one_of_two_outputs(tmp_path, spectrum):
    out = separate(MIX, load_model(half(tmp_path, spectrum=spectrum)), progress=False)
    assert (out["a"].samples - MIX.samples/2).abs().max() < 1e-5


def test_real_and_imaginary_part_as_two_inputs_in_the_order_of_the_card(tmp_path):
    "The graph names the imaginary part first, turns the phase by 180 degrees for the second stem, and has both stems as one output."
    nodes = [NODE("Neg", ["re"], ["nr"]), NODE("Neg", ["im"], ["ni"]), NODE("Concat", ["re", "nr"], ["out_re"], axis=1),
             NODE("Concat", ["im", "ni"], ["out_im"], axis=1)]
    card = {"spectrum": {"n_fft": 256, "hop": 64, "sees": "complex", "gives": "spectrum", "layout": "B1FN", "answer": "BSFN"},
            "inputs": ["re", "im"], "stems": ["same", "turned"]}
    method = load_model(made(tmp_path, nodes, {"im": 4, "re": 4}, {"out_re": 4, "out_im": 4}, card))
    out = separate(MIX, method, progress=False)
    assert (out["same"].samples - MIX.samples).abs().max() < 1e-5 and (out["turned"].samples + MIX.samples).abs().max() < 1e-5
    assert torch.equal(separate(MIX, pickle.loads(pickle.dumps(method)), progress=False).tensor, out.tensor)


@pytest.mark.parametrize("power", [1., .3, 2.])
def test_compressed_spectra_with_real_and_imaginary_part_on_one_axis(tmp_path, power):
    card = {"spectrum": {"n_fft": 256, "hop": 64, "sees": "complex", "gives": "spectrum", "power": power, "layout": "BRFN",
                         "answer": "BRFN"}}
    path = made(tmp_path, [NODE("Mul", ["x", "k"], ["y"])], {"x": 4}, {"y": 4}, card, {"k": np.float32(.5**power)})
    assert (separate(MIX, load_model(path), progress=False)["a"].samples - MIX.samples/2).abs().max() < 1e-4


def test_a_card_says_that_channels_are_given_one_by_one(tmp_path):
    shape = [NODE("Shape", ["x"], ["n"]), NODE("Gather", ["n", "second"], ["c"]), NODE("Cast", ["c"], ["f"], to=1),
             NODE("Mul", ["x", "f"], ["y"])]
    path = made(tmp_path, shape, {"x": 3}, {"y": 3}, {"takes": "B1T"}, {"second": 1})
    assert torch.equal(separate(MIX, load_model(path), progress=False)["a"].samples, MIX.samples)  # times its channels


def test_log_magnitudes_and_masks_one_output_for_each_stem(tmp_path):
    "Where the logarithm is above that of .5 the point belongs to the first stem, elsewhere to the second."
    nodes = [NODE("Greater", ["x", "edge"], ["g"]), NODE("Cast", ["g"], ["loud"], to=1), NODE("Sub", ["one", "loud"], ["soft"])]
    card = {"spectrum": {"n_fft": 256, "hop": 64, "log": 1e-5, "layout": "BNF", "answer": "BNF"}, "stems": ["loud", "soft"]}
    path = made(tmp_path, nodes, {"x": 3}, {"loud": 3, "soft": 3}, card, {"edge": np.float32(np.log(.5 + 1e-5)), "one": np.float32(1)})
    out = separate(MIX, load_model(path), progress=False)
    assert out.residual.peak < 1e-5
    X = torch.stft(MIX.samples, 256, 64, window=torch.hann_window(256), pad_mode="constant", return_complex=True)
    want = torch.istft(X*(X.abs() > .5), 256, 64, window=torch.hann_window(256), length=MIX.n_samples)
    assert (out["loud"].samples - want).abs().max() < 1e-4 < want.abs().max()


@pytest.mark.parametrize("n", [1, 3, 255, 256, 257])
def test_signals_of_any_length(n):
    s = Spectrum(256, 64, window_length=200, answer="BCFN")
    x = torch.randn(3, n, generator=torch.Generator().manual_seed(n))
    assert (through_spectrum(lambda xs: [torch.ones_like(xs[0])], x, s, 1)[0] - x).abs().max() < 1e-4


@pytest.mark.parametrize("card, words", [
    ({"spectrum": {"n_fftt": 3}}, "no field 'n_fftt'"), ({"spectrum": {"n_fft": "many"}}, "spectrum: n_fft is 'many'"),
    ({"spectrum": {"window_length": 999}}, "window_length is 999"), ({"spectrum": {"layout": "BCXN"}}, "layout is 'BCXN'"),
    ({"spectrum": {"sees": "complex"}}, "expected 2: name them in order"), ({"constants": {}}, "expected 1: name them"),
    ({"constants": {"volume": 1}}, "constants names 'volume'"), ({"outputs": ["z"]}, "outputs names 'z'"),
    ({"inputs": ["level"]}, "its card says level"), ({"spectrum": {"log": .1, "gives": "spectrum", "sees": "complex"}}, "log is 0.1"),
])
def test_a_card_that_does_not_fit_its_graph(tmp_path, card, words):
    with pytest.raises(WeightsError, match=words): load_model(half(tmp_path, **card))


def test_an_answer_that_does_not_fit_the_card(tmp_path):
    with pytest.raises(SepError, match=r"returned shape .* expected .*BSCFN"):
        separate(MIX, load_model(half(tmp_path, spectrum={"answer": "BSCFN"})), progress=False)
    with pytest.raises(SepError, match="has 1 outputs: expected 2"):
        separate(MIX, load_model(half(tmp_path, stems=["a", "b"])), progress=False)
    with pytest.raises(ParameterError, match="hop is 300"): Spectrum(256, 300)
    with pytest.raises(ParameterError, match="hop is 220"): Spectrum(256, 220, window_length=200)
    assert encode_spectrum(torch.zeros(1, 3, 2, dtype=torch.complex64), Spectrum(4, 1, sees="complex", power=.3))[1].shape == (1, 1, 3, 2)
