"""One-step models: wrapped functions, streaming graphs that need a card and no code, programs of torch, and what is refused."""
import gc
import hashlib
import io
import json
import os
import random
import sys
import threading
import time
import tracemalloc
import types
import weakref
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from damage import damaged, nudged
from hypothesis import given, settings
from hypothesis import strategies as st

import sep_toolkit.cards as cards
import sep_toolkit.onestep.exports as exports
import sep_toolkit.onestep.graphs as graphs
import sep_toolkit.onestep.models as onestep
import sep_toolkit.onestep.programs as loaders
import sep_toolkit.onestep.streaming as streaming
import sep_toolkit.onestep.wrapped as wrapped
from sep_toolkit.sound.audio import Audio
from sep_toolkit.core import ParameterError, SepError, SepNotice, WeightsError
from sep_toolkit.cards import read_card
from sep_toolkit.onestep.models import load_model
from sep_toolkit.onestep.streaming import Frames, stretches
from sep_toolkit.onestep.wrapped import wrap
from sep_toolkit.runs.separator import apply, Separator, spans

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

SR, FRAME, HOP = 8000, 64, 32
BINS = FRAME//2 + 1


def noise(*shape, seed=0): return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape).astype(np.float32))*.2


def far(a, b): return float((torch.as_tensor(a) - torch.as_tensor(b)).abs().max())


def audio(T=4000, C=1, sr=SR, seed=0): return Audio(noise(C, T, seed=seed), sr)


# ---------------------------------------------------------------------------------------------------------------- wrap

def test_wrapped_is_a_separator():
    method = wrap(lambda x: x/2, sr=SR, stems="half")
    assert isinstance(method, Separator) and method.sr == SR and method.stems == ("half",)
    stems = method(audio())
    assert torch.equal(stems["half"].samples, audio().samples/2)
    assert torch.allclose(stems.residual.samples, audio().samples/2)


RETURNS = {  # what comes back for x (B, C, T), stems, channels
    "BSCT": (lambda x: torch.stack([x, -x], 1), 2, 2),
    "SCT": (lambda x: torch.stack([x[0], -x[0]]), 2, 2),
    "ST": (lambda x: torch.stack([x[0, 0], -x[0, 0]]), 2, 1),
    "BST": (lambda x: torch.cat([x, -x], 1), 2, 1),
    "BT": (lambda x: x[:, 0], 1, 1),
    "T": (lambda x: x[0, 0], 1, 1),
    "BCT": (lambda x: x, 1, 2),
    "dict": (lambda x: {"stem2": -x, "stem1": x}, 2, 2),
    "dict of (T,)": (lambda x: {"stem2": -x[0, 0].numpy(), "stem1": x[0, 0]}, 2, 1),
    "numpy": (lambda x: np.stack([x, -np.asarray(x)], 1), 2, 2),
    "double": (lambda x: torch.stack([x, -x], 1).double(), 2, 2),
    "float64 array": (lambda x: np.stack([x, -np.asarray(x)], 1).astype(float), 2, 1),
    "view": (lambda x: x[:, None].expand(-1, 1, -1, -1), 1, 2),
    "negative strides": (lambda x: np.asarray(x)[:, :, ::-1][:, :, ::-1], 1, 1),
}


@pytest.mark.parametrize("name", RETURNS)
def test_what_may_come_back(name):
    fn, S, C = RETURNS[name]
    x = noise(1, C, 500)
    kept = x.clone()
    y = wrap(fn, sr=SR, stems=S).forward(x, SR)
    assert y.shape == (1, S, C, 500) and y.dtype == torch.float32
    assert torch.equal(y, torch.stack([x, -x], 1)[:, :S])
    y += 1
    assert torch.equal(x, kept)


@given(st.tuples(*[st.integers(1, 3)]*3, st.integers(2, 9)), st.integers(0, 15), st.integers(0, 2))
def test_axes_of_length_one_may_be_left_out_or_added(want, drop, more):
    full = noise(*want)
    shape = [n for i, n in enumerate(want) if n != 1 or not drop >> i & 1]
    y = wrapped.lay_out(full.reshape([1]*more + shape), want, "f", "cpu")
    assert torch.equal(y, full)


@given(st.permutations((0, 1, 2, 3)))
def test_axes_in_another_order_are_refused(order):
    want = (2, 3, 4, 50)
    y = noise(*want).permute(order)
    if list(order) == [0, 1, 2, 3]: assert wrapped.lay_out(y, want, "f", "cpu") is not None
    else:
        with pytest.raises(SepError, match="returned shape"): wrapped.lay_out(y, want, "f", "cpu")


TAKEN = {"BCT": (2, 3, 70), "B1T": (6, 1, 70), "BT": (6, 70), "CT": (3, 70), "T": (70,)}


@pytest.mark.parametrize("takes", TAKEN)
@pytest.mark.parametrize("S", [1, 2])
def test_what_a_function_is_given(takes, S):
    seen = []
    def fn(x):
        seen.append(tuple(x.shape))
        lead = x.ndim - len(takes.replace("B", "").replace("1", ""))
        y = x[:, 0] if takes == "B1T" else x
        return torch.stack([y*(i + 1) for i in range(S)], {"BCT": 1, "B1T": 1, "BT": 1, "CT": 0, "T": 0}[takes]) if lead >= 0 else None
    x = noise(2, 3, 70)
    y = wrap(fn, sr=SR, stems=S, takes=takes).forward(x, SR)
    assert set(seen) == {TAKEN[takes]}
    assert torch.equal(y, torch.stack([x*(i + 1) for i in range(S)], 1))


WRONG = {
    "shorter": (lambda x: x[..., 3:], 1, r"returned shape \(1, 2, 397\): expected \(1, 1, 2, 400\).* from 400 to 397 samples"),
    "longer": (lambda x: torch.cat([x, x], -1), 1, "from 400 to 800 samples"),
    "stems": (lambda x: torch.stack([x, x], 1), 3, r"returned shape \(1, 2, 2, 400\): expected \(1, 3, 2, 400\)"),
    "one channel": (lambda x: x[:, :1], 1, r"\(1, 1, 400\): expected \(1, 1, 2, 400\)"),
    "NaN": (lambda x: x*float("nan"), 1, "NaN or infinite samples: 800 of 800"),
    "infinite": (lambda x: x/0, 1, "NaN or infinite"),
    "device": (lambda x: x.to("meta"), 1, "on meta: expected cpu"),
    "None": (lambda x: None, 1, "returned a NoneType: expected a tensor"),
    "list": (lambda x: [x], 1, "returned a list: expected a tensor"),
    "complex": (lambda x: torch.fft.fft(x), 1, "complex64: expected real"),
    "texts": (lambda x: np.array(["a"]), 1, "array of <U1: expected a tensor"),
    "missing name": (lambda x: {"stem1": x}, 2, "returned stems 'stem1': expected 'stem1', 'stem2'"),
    "other name": (lambda x: {"stem1": x, "noise": x}, 2, "'stem1', 'noise': expected"),
    "dict length": (lambda x: {"stem1": x[..., 1:]}, 1, "stem 'stem1', returned shape"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_answers_are_named(name):
    fn, S, text = WRONG[name]
    with pytest.raises(SepError, match=text): wrap(fn, sr=SR, stems=S).forward(noise(1, 2, 400), SR)


def test_a_failing_function_is_named():
    def broken(x): raise RuntimeError("no such thing")
    with pytest.raises(SepError, match="RuntimeError: no such thing"): wrap(broken, sr=SR, stems=1)(audio())


ASKED = {"sr": (dict(stems=1), "sr is None.*give sr="), "stems": (dict(sr=SR), "stems is None.*give stems="),
         "kHz": (dict(sr=16, stems=1), "Hz, not kHz"), "text rate": (dict(sr="44.1 kHz", stems=1), "sr is '44.1 kHz'"),
         "no stems": (dict(sr=SR, stems=[]), "stems is"), "twice": (dict(sr=SR, stems=["a", "a"]), "each name once"),
         "zero": (dict(sr=SR, stems=0), "from 1 to 64"), "number": (dict(sr=SR, stems=1.5), "stems is 1.5"),
         "name": (dict(sr=SR, stems=["a\n"]), "stem name"), "takes": (dict(sr=SR, stems=1, takes="CBT"), "takes is 'CBT'"),
         "batch": (dict(sr=SR, stems=1, max_batch=0), "max_batch"), "device": (dict(sr=SR, stems=1, device="gpu"), "device is 'gpu'")}


@pytest.mark.parametrize("name", ASKED)
def test_what_is_unknown_is_asked_for(name):
    given, text = ASKED[name]
    with pytest.raises(ParameterError, match=text): wrap(lambda x: x, **given)


def test_only_callables_are_wrapped():
    with pytest.raises(ParameterError, match="fn is 'model.onnx'.*load_model"): wrap("model.onnx", sr=SR, stems=1)


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.drop, self.norm = torch.nn.Dropout(.5), torch.nn.BatchNorm1d(1)
        self.norm.eval()
        self.seen = []
    def forward(self, x):
        self.seen.append((self.training, self.drop.training, torch.is_inference_mode_enabled()))
        return self.drop(x)


def test_a_module_keeps_its_mode_and_computes_in_another():
    net = Net().train()
    net.norm.eval()
    y = wrap(net, sr=SR, stems=1).forward(noise(1, 1, 90), SR)
    assert net.seen == [(False, False, True)] and torch.equal(y[0, 0], noise(1, 1, 90)[0])
    assert net.training and net.drop.training and not net.norm.training
    y += 1  # a tensor like any other
    assert not y.is_inference()


def test_a_module_keeps_its_mode_when_it_fails():
    class Bad(Net):
        def forward(self, x): raise ValueError("bad")
    net = Bad().train()
    with pytest.raises(SepError, match="ValueError: bad"): wrap(net, sr=SR, stems=1)(audio())
    assert net.training and net.drop.training


def test_the_callers_module_is_not_moved():
    net = torch.nn.Conv1d(1, 1, 3, padding=1)
    assert wrap(net, sr=SR, stems=1, device="cpu").fn is net and wrap(net, sr=SR, stems=1).device.type == "cpu"
    there = torch.nn.Conv1d(1, 1, 3, device="meta")
    assert wrapped.home_of(there) == (there, torch.device("meta"))


def test_arrays_where_tensors_fail_and_where_they_are_annotated():
    kinds = []
    def copies(x): kinds.append(type(x)); return x.copy()
    def annotated(x:np.ndarray): kinds.append(type(x)); return x
    def tensors(x:torch.Tensor): kinds.append(type(x)); return x
    method = wrap(copies, sr=SR, stems=1)
    for _ in range(2): method.forward(noise(1, 1, 50), SR)
    assert kinds == [torch.Tensor, np.ndarray, np.ndarray]
    kinds.clear()
    for fn in (annotated, tensors): wrap(fn, sr=SR, stems=1).forward(noise(1, 1, 50), SR)
    assert kinds == [np.ndarray, torch.Tensor]


def test_the_rate_is_passed_to_who_asks_for_it():
    seen = []
    def fn(x, sr): seen.append(sr); return x
    wrap(fn, sr="any", stems=1)(audio(sr=11025))
    assert seen == [11025]


def test_a_function_cannot_spoil_the_mixture():
    def spoil(x): x *= 0; return x
    mix = audio()
    kept = mix.samples.clone()
    assert wrap(spoil, sr=SR, stems=1)(mix)["stem1"].peak == 0
    assert torch.equal(mix.samples, kept)
    def tensors(x:torch.Tensor): x *= 0; return x
    def arrays(x:np.ndarray): x *= 0; return x
    for fn in (spoil, tensors, arrays, torch.nn.Threshold(10, 0, inplace=True)):
        x = noise(1, 1, 50)
        assert wrap(fn, sr=SR, stems=1).forward(x, SR).abs().max() == 0
        assert torch.equal(x, noise(1, 1, 50))


def test_another_rate_is_resampled_and_said():
    with pytest.warns(SepNotice, match="resampled from 8000 Hz to 4000"): stems = wrap(lambda x: x, sr=4000, stems=1)(audio())
    assert stems.sr == SR and stems.n_samples == 4000


# ------------------------------------------------------------------------------------------------------ the engine

@settings(deadline=None, max_examples=40)
@given(st.integers(4, 40), st.integers(1, 40), st.integers(1, 400), st.integers(1, 20), st.integers(0, 60),
       st.sampled_from(["rect", "hann", "sqrt_hann"]), st.sampled_from(["rect", "sqrt_hann"]), st.floats(.1, 1e4))
def test_a_process_that_does_nothing_gives_back_the_signal(frame, hop, T, count, delay, wa, ws, scale):
    hop = min(hop, frame)
    try: frames = Frames(frame, hop, wa, ws, "normalised", delay, scale)
    except ParameterError:
        assert "hann" in wa + ws
        return
    x = noise(2, T).numpy()
    late = np.pad(x, ((0, 0), (0, delay)))
    spans_ = list(stretches(late, frames, lambda b: b[:, :, None], count))
    assert [a for a, _, _ in spans_] == [0, *[b for _, b, _ in spans_[:-1]]] and spans_[-1][1] == T + delay
    y = np.concatenate([y for _, _, y in spans_], -1)[:, 0]
    # an identity is not late, so the answer comes out early by what was compensated
    assert np.abs(y[:, :T] - late[:, delay:delay + T])[:, :T].max(initial=0) <= 2e-6*(1 + 1/frames.cover.min())


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 300))
def test_the_stretch_does_not_matter(one, other, T):
    x, frames = noise(1, T).numpy(), Frames(16, 8, "sqrt_hann", "sqrt_hann", delay=8)
    def slow():
        state = np.zeros((1, 16), np.float32)
        def process(blocks):
            nonlocal state
            out = np.empty_like(blocks)
            for k, b in enumerate(blocks): state = out[k] = .5*state + .5*b
            return out[:, :, None]
        return process
    a, b = (np.concatenate([y for _, _, y in stretches(x, frames, slow(), n)], -1) for n in (one, other))
    assert a.shape == b.shape == (1, 1, T) and np.abs(a - b).max() < 1e-6


FRAMES = {"frame": (dict(frame=2, hop=1), "frame is 2"), "hop 0": (dict(frame=8, hop=0), "hop is 0"),
          "hop": (dict(frame=8, hop=9), "hop is 9: expected a whole number from 1 to 8"),
          "window": (dict(frame=8, hop=4, analysis="han"), "analysis is 'han'.*'hann'"), "delay": (dict(frame=8, hop=4, delay=-1), "delay"),
          "scale": (dict(frame=8, hop=4, scale=0.), "scale is 0"), "sum": (dict(frame=8, hop=4, overlap_add="mean"), "overlap_add"),
          "gap": (dict(frame=8, hop=8, analysis="hann", overlap_add="normalised"), "leaves no gap")}


@pytest.mark.parametrize("name", FRAMES)
def test_impossible_frames_are_refused(name):
    given, text = FRAMES[name]
    with pytest.raises(ParameterError, match=text): Frames(**given)


# ------------------------------------------------------------------------- streaming graphs made on the spot: cards, no code

def graph(nodes, inputs, outputs, constants=None):
    "An ONNX file; inputs and outputs are {name: (shape, type)}."
    infos = [[helper.make_tensor_value_info(n, t, s) for n, (s, t) in side.items()] for side in (inputs, outputs)]
    inits = [numpy_helper.from_array(np.asarray(v), n) for n, v in (constants or {}).items()]
    model = helper.make_model(helper.make_graph(nodes, "g", *infos, inits), opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    if all(s is not None for side in (inputs, outputs) for s, _ in side.values()): onnx.checker.check_model(model)
    return model.SerializeToString()


F32, I64 = TensorProto.FLOAT, TensorProto.INT64
node = helper.make_node


def smoother(batch=1, many=False):
    "Magnitude in, mask out: a running mean of the magnitudes, half old and half new, through a sigmoid."
    shape, cache = ([batch, BINS], F32), ([batch, BINS], F32)
    nodes = [node("Mul", ["old", "half"], ["a"]), node("Mul", ["mag", "half"], ["b"]), node("Add", ["a", "b"], ["new"]),
             node("Sigmoid", ["new"], ["m"])]
    if many:
        nodes += [node("Sub", ["one", "m"], ["rest"]), node("Unsqueeze", ["m", "axis"], ["m1"]),
                  node("Unsqueeze", ["rest", "axis"], ["m2"]), node("Concat", ["m1", "m2"], ["mask"], axis=1)]
    else: nodes += [node("Identity", ["m"], ["mask"])]
    out = ([batch, 2, BINS] if many else [batch, BINS], F32)
    return graph(nodes, {"mag": shape, "old": cache}, {"mask": out, "new": cache},
                 {"half": np.float32(.5), "one": np.float32(1), "axis": np.array([1])})


def smoothed(x, frame=FRAME, hop=HOP):
    "What `smoother` means, written without the engine: (mask signal, the rest)."
    w = np.sqrt(np.hanning(frame + 1)[:-1])
    padded = np.pad(x.astype(float), (frame - hop, 2*frame))
    out, state = np.zeros((2, len(padded))), np.zeros(frame//2 + 1)
    for a in range(0, len(padded) - frame + 1, hop):
        X = np.fft.rfft(padded[a:a + frame]*w)
        state = .5*state + .5*abs(X)
        m = 1/(1 + np.exp(-state))
        for i, mask in enumerate((m, 1 - m)): out[i, a:a + frame] += np.fft.irfft(X*mask)*w
    return out[:, frame - hop:frame - hop + len(x)]


def write_card(folder, graphs, *args, **more):
    "A card with its files; returns its path. Further arguments replace fields; None leaves a field out."
    entries = {}
    for name, data in graphs.items():
        (folder/f"{name}.onnx").write_bytes(data)
        entries[name] = {"path": f"{name}.onnx", "sha256": hashlib.sha256(data).hexdigest()}
    card = dict(name="toy", kind="streaming-onnx", sr=SR, stems=["voice"], files=entries, frame=FRAME, hop=HOP,
                window={"analysis": "sqrt_hann", "synthesis": "sqrt_hann"}, overlap_add="sum", delay=0, scale=1.0, stages=args[0],
                licence="Apache-2.0", attribution="nobody", training_data="none", source="made on the spot") | more
    path = folder/"toy.json"
    path.write_text(json.dumps({k: v for k, v in card.items() if v is not None}))
    return path


def stage(file, inp, out, *caches):
    side = lambda s: dict(zip(("name", "domain", "layout"), s))
    return {"file": file, "input": side(inp), "output": side(out),
            "caches": [{"input": i, "output": o, "shape": s} for i, o, s in caches]}


SMOOTH = stage("net", ("mag", "magnitude", "BF"), ("mask", "mask", "BF"), ("old", "new", [1, BINS]))


def test_a_card_alone_runs_a_magnitude_mask(tmp_path):
    method = load_model(write_card(tmp_path, {"net": smoother()}, [SMOOTH]))
    mix = audio(3001, C=2)
    y = method(mix)["voice"].samples.numpy()
    for c in range(2): assert np.abs(y[c] - smoothed(mix.samples[c].numpy())[0]).max() < 1e-5


def test_a_card_alone_runs_two_stems(tmp_path):
    many = stage("net", ("mag", "magnitude", "BF"), ("mask", "mask", "BSF"), ("old", "new", [1, BINS]))
    method = load_model(write_card(tmp_path, {"net": smoother(many=True)}, [many], stems=["voice", "rest"]))
    mix = audio(2000)
    stems = method(mix)
    assert np.abs(stems.tensor[:, 0].numpy() - smoothed(mix.samples[0].numpy())).max() < 1e-5
    assert stems.residual.peak < 1e-5  # the masks sum to one


def test_a_graph_with_a_free_batch_takes_all_signals_at_once(tmp_path):
    free = stage("net", ("mag", "magnitude", "BF"), ("mask", "mask", "BF"), ("old", "new", ["B", BINS]))
    method = load_model(write_card(tmp_path, {"net": smoother(batch="N")}, [free]))
    assert method.batched
    x = noise(3, 2, 1500)
    y = method.forward(x, SR)
    for b in range(3):
        for c in range(2): assert np.abs(y[b, 0, c].numpy() - smoothed(x[b, c].numpy())[0]).max() < 1e-5


def complex_late():
    "Spectrum in, the spectrum before out, laid out as (1, F, 1, 2); and a counter of another type."
    s, c = ([1, BINS, 1, 2], F32), ([1], I64)
    return graph([node("Identity", ["before"], ["y"]), node("Identity", ["x"], ["keep"]), node("Add", ["n", "one"], ["n1"])],
                 {"x": s, "before": s, "n": c}, {"y": s, "keep": s, "n1": c}, {"one": np.array([1])})


LATE = stage("net", ("x", "spectrum", "BF1R"), ("y", "spectrum", "BF1R"), ("before", "keep", [1, BINS, 1, 2]), ("n", "n1", [1]))


@pytest.mark.parametrize("T", [1, 5, HOP, FRAME, FRAME + 1, 4000])
def test_a_late_answer_is_aligned(tmp_path, T):
    method = load_model(write_card(tmp_path, {"net": complex_late()}, [LATE], delay=HOP))
    mix = audio(T)
    assert far(method(mix)["voice"].samples, mix.samples) < 1e-5


def test_without_its_delay_it_would_be_late(tmp_path):
    method = load_model(write_card(tmp_path, {"net": complex_late()}, [LATE]))
    mix = audio()
    y = method(mix)["voice"].samples
    assert far(y[:, HOP:], mix.samples[:, :-HOP]) < 1e-5 and lag(y[0], mix.samples[0]) == HOP


def lag(y, x): # samples by which y is late
    n = 2*len(x)
    corr = np.fft.irfft(np.fft.rfft(y.numpy(), n)*np.conj(np.fft.rfft(x.numpy(), n)), n)
    at = int(np.argmax(corr))
    return at if at < n//2 else at - n


def blocks(fn="Tanh", T=FRAME):
    return graph([node(fn, ["x"], ["y"])], {"x": ([1, 1, T], F32)}, {"y": ([1, 1, T], F32)})


TANH = stage("soft", ("x", "block", "B1T"), ("y", "block", "B1T"))


def test_stages_follow_each_other(tmp_path):
    path = write_card(tmp_path, {"net": smoother(), "soft": blocks()}, [SMOOTH, TANH],
                      window={"analysis": "rect", "synthesis": "rect"}, hop=FRAME)
    mix = audio(10*FRAME)
    got, want, state = load_model(path)(mix)["voice"].samples[0].numpy(), [], np.zeros(BINS)
    for b in mix.samples[0].numpy().astype(float).reshape(-1, FRAME):
        X = np.fft.rfft(b)
        state = .5*state + .5*abs(X)
        want.append(np.tanh(np.fft.irfft(X/(1 + np.exp(-state)))))
    assert np.abs(got - np.concatenate(want)).max() < 1e-5


def test_scale_is_undone_exactly(tmp_path):
    whole = dict(window={"analysis": "rect", "synthesis": "rect"}, hop=FRAME)
    mix = audio(10*FRAME)
    for scale in (.25, 32768.):
        method = load_model(write_card(tmp_path, {"soft": blocks()}, [TANH], scale=scale, **whole))
        assert far(method(mix)["voice"].samples, torch.tanh(mix.samples*scale)/scale) < 1e-6


@pytest.mark.parametrize("domain, layout", [("magnitude", "1BF"), ("spectrum", "RF"), ("complex_mask", "RFB"), ("block", "T1")])
def test_every_domain_and_layout(tmp_path, domain, layout):
    "Identity graphs: what goes in comes out; a complex mask squares the spectrum."
    source = "spectrum" if domain == "complex_mask" else domain
    shape = [{"1": 1, "B": 1, "F": BINS, "R": 2, "T": FRAME}[l] for l in layout]
    net = graph([node("Identity", ["x"], ["y"])], {"x": (shape, F32)}, {"y": (shape, F32)})
    card = write_card(tmp_path, {"net": net}, [stage("net", ("x", source, layout), ("y", domain, layout))])
    mix = audio(700)
    y = load_model(card)(mix)["voice"].samples
    if domain != "complex_mask": assert far(y, mix.samples) < 1e-5
    else:
        squares = lambda b: np.fft.irfft(np.fft.rfft(b)**2)[:, :, None].astype(np.float32)
        parts = stretches(mix.samples.numpy(), Frames(FRAME, HOP, "sqrt_hann", "sqrt_hann"), squares)
        assert np.abs(y.numpy() - np.concatenate([p for _, _, p in parts], -1)[0]).max() < 1e-4


def test_normalised_overlap_add(tmp_path):
    card = write_card(tmp_path, {"id": blocks("Identity")}, [stage("id", ("x", "block", "B1T"), ("y", "block", "B1T"))],
                      window={"analysis": "hann", "synthesis": "hann"}, overlap_add="normalised", hop=20)
    assert far(load_model(card)(audio())["voice"].samples, audio().samples) < 1e-5


def test_parts_are_the_whole(tmp_path, monkeypatch):
    method = load_model(write_card(tmp_path, {"net": smoother()}, [SMOOTH]))
    x = noise(2, 9000)
    whole = method.forward(x[None], SR)[0]
    monkeypatch.setattr(streaming, "STRETCH_S", .1)
    parts = list(spans(method, x, SR))
    assert len(parts) > 10 and parts[0][0] == 0 and parts[-1][1] == 9000
    assert torch.cat([y for _, _, y in parts], -1).sub(whole).abs().max() < 1e-6
    assert apply(method, Audio(x, SR)).tensor.sub(whole).abs().max() < 1e-6


def test_a_run_steps_through_a_file_and_can_be_cancelled(tmp_path, monkeypatch):
    from sep_toolkit.runs.run import Run
    monkeypatch.setattr(streaming, "STRETCH_S", .1)
    method, mix = load_model(write_card(tmp_path, {"net": smoother()}, [SMOOTH])), audio(40000)
    run = Run(method, mix)
    run.observe(lambda r: r.cancel() if len(r.trace) == 7 else None)
    run.start().wait()
    spans_ = [s.span for s in run.trace]
    assert run.state == "cancelled" and 7 <= len(spans_) < 20 and spans_[0][0] == 0
    assert all(a[1] == b[0] for a, b in zip(spans_, spans_[1:]))
    done = spans_[-1][1]
    assert far(run.trace.stems["voice"].samples[:, :done], method(mix)["voice"].samples[:, :done]) < 1e-4


def test_signals_are_independent_and_calls_forget(tmp_path):
    method = load_model(write_card(tmp_path, {"net": smoother()}, [SMOOTH]))
    x = noise(5, 3, 800)
    kept, y = x.clone(), method.forward(x, SR)
    alone = torch.stack([torch.cat([method.forward(c[None, None], SR)[0] for c in one], 1) for one in x])
    assert torch.equal(y, alone) and torch.equal(x, kept)
    assert torch.equal(method.forward(x, SR), y)


def test_threads_do_not_share_a_memory(tmp_path):
    method = load_model(write_card(tmp_path, {"net": smoother()}, [SMOOTH]))
    xs = [noise(1, 2, 6000, seed=i) for i in range(4)]
    want, got = [method.forward(x, SR) for x in xs], [None]*4
    def work(i): got[i] = [method.forward(xs[i], SR) for _ in range(3)]
    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for t in threads: t.start()
    for t in threads: t.join()
    for w, g in zip(want, got): assert all(torch.equal(w, y) for y in g)


def test_memory_does_not_grow_with_the_file(tmp_path):
    method = load_model(write_card(tmp_path, {"net": smoother()}, [SMOOTH]))
    def peak(seconds):
        x = torch.zeros(1, seconds*SR)
        tracemalloc.start()
        for _ in method.parts(x, SR): pass
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top
    peak(5)
    assert peak(150) < 1.2*peak(30) < 60e6


def test_the_card_goes_into_the_provenance(tmp_path):
    from sep_toolkit.runs.run import provenance
    method = load_model(write_card(tmp_path, {"net": smoother()}, [SMOOTH]))
    said = provenance(method, audio(), 0)["weights"]
    assert said["licence"] == "Apache-2.0" and said["training_data"] == "none" and len(said["files"]["net"]["sha256"]) == 64


def test_licence_is_said_once(tmp_path, capsys):
    path = write_card(tmp_path, {"net": smoother()}, [SMOOTH], name="said once")
    load_model(path), load_model(path)
    assert capsys.readouterr().out.count("said once: licence Apache-2.0, nobody; made on the spot") == 1


def test_a_card_can_name_a_file_of_the_registry(tmp_path, monkeypatch):
    (tmp_path/"elsewhere").mkdir()
    (tmp_path/"elsewhere/net.onnx").write_bytes(smoother())
    monkeypatch.setattr(cards, "resolve", lambda key: tmp_path/"elsewhere"/key.split("/")[-1])
    files = {"net": {"key": "models/toy/net.onnx", "sha256": hashlib.sha256(smoother()).hexdigest()}}
    assert load_model(write_card(tmp_path, {}, [SMOOTH], files=files)).card["name"] == "toy"


# ------------------------------------------------------------------------------------- cards and files that are refused

FIELDS = ["name", "kind", "sr", "stems", "files", "frame", "hop", "window", "overlap_add", "delay", "scale", "stages", "licence",
          "attribution", "training_data", "source"]


@pytest.mark.parametrize("field", FIELDS)
def test_a_missing_field_is_named(tmp_path, field):
    path = write_card(tmp_path, {"net": smoother()}, [SMOOTH], **{field: None})
    with pytest.raises(WeightsError, match=f"toy.json has no field '{field}"): load_model(path)


@pytest.mark.parametrize("path_", ["window.synthesis", "stages.0.file", "stages.0.input", "stages.0.output.layout", "stages.0.input.domain",
                                   "stages.0.caches.0.shape", "files.net.sha256", "files.net.path"])
def test_a_missing_inner_field_is_named(tmp_path, path_):
    card = write_card(tmp_path, {"net": smoother()}, [SMOOTH])
    fields = json.loads(card.read_text())
    *keys, last = path_.split(".")
    at = fields
    for k in keys: at = at[int(k) if isinstance(at, list) else k]
    del at[last]
    card.write_text(json.dumps(fields))
    with pytest.raises(WeightsError, match=f"toy.json has no field '{path_}"): load_model(card)


BAD_CARDS = {
    "kind": (dict(kind="streaming"), "kind is 'streaming': expected one of streaming-onnx"),
    "sr text": (dict(sr="16k"), "field 'sr' is '16k': expected a whole number"),
    "sr kHz": (dict(sr=16), "Hz, not kHz"),
    "sr true": (dict(sr=True), "field 'sr' is True"),
    "stems": (dict(stems=[]), "stems is"),
    "stem name": (dict(stems=["a\nb"]), "stem name"),
    "hop": (dict(hop=1000), "toy.json: hop is 1000"),
    "window": (dict(window={"analysis": "hamming", "synthesis": "rect"}), "analysis is 'hamming'"),
    "no stages": (dict(stages=[]), "'stages' is empty"),
    "stage file": (dict(stages=[SMOOTH | {"file": "other"}]), "stages.0.file is 'other': expected one of net"),
    "domain": (dict(stages=[stage("net", ("mag", "power", "BF"), ("mask", "mask", "BF"))]), "domain is 'power': expected one of block"),
    "layout": (dict(stages=[stage("net", ("mag", "magnitude", "BT"), ("mask", "mask", "BF"))]), "layout is 'BT': expected F once"),
    "layout twice": (dict(stages=[stage("net", ("mag", "magnitude", "FF"), ("mask", "mask", "BF"))]), "layout is 'FF'"),
    "layout stems": (dict(stems=["a", "b"]), "output.layout is 'BF': expected F, S once"),
    "input name": (dict(stages=[stage("net", ("spec", "magnitude", "BF"), ("mask", "mask", "BF"))]), "no input 'spec'.* of mag, old"),
    "output name": (dict(stages=[stage("net", ("mag", "magnitude", "BF"), ("gain", "mask", "BF"))]), "no output 'gain'"),
    "cache left out": (dict(stages=[stage("net", ("mag", "magnitude", "BF"), ("mask", "mask", "BF"))]), "inputs old are not on the card"),
    "cache shape": (dict(stages=[stage("net", ("mag", "magnitude", "BF"), ("mask", "mask", "BF"), ("old", "new", [1, 7]))]),
                    r"input 'old' is \(1, 33\) in the graph and \(1, 7\) on the card"),
    "frame": (dict(frame=128), r"input 'mag' is \(1, 33\) in the graph and \(1, 65\) on the card"),
    "rank": (dict(stages=[stage("net", ("mag", "magnitude", "B1F"), ("mask", "mask", "BF"), ("old", "new", [1, BINS]))]), "in the graph"),
    "wrong hash": (dict(files={"net": {"path": "net.onnx", "sha256": "0"*64}}), "SHA-256 .*, expected 0000000000000000…: it was changed"),
    "short hash": (dict(files={"net": {"path": "net.onnx", "sha256": "abc"}}), "expected 64 hex digits"),
    "missing file": (dict(files={"net": {"path": "gone.onnx", "sha256": "0"*64}}), "gone.onnx cannot be read: No such file"),
}


@pytest.mark.parametrize("name", BAD_CARDS)
def test_bad_cards_are_refused(tmp_path, name):
    more, text = BAD_CARDS[name]
    with pytest.raises(WeightsError, match=text): load_model(write_card(tmp_path, {"net": smoother()}, [SMOOTH], **more))


@pytest.mark.parametrize("path", ["../net.onnx", "a/../../net.onnx", "/etc/passwd", "..\\net.onnx", "C:\\net.onnx", "C:net.onnx", ""])
def test_a_card_cannot_reach_out_of_its_folder(tmp_path, path):
    (tmp_path/"net.onnx").write_bytes(smoother())
    (tmp_path/"in").mkdir()
    files = {"net": {"path": path, "sha256": hashlib.sha256(smoother()).hexdigest()}}
    with pytest.raises(WeightsError, match="beside the card.*refused"): load_model(write_card(tmp_path/"in", {}, [SMOOTH], files=files))


@pytest.mark.parametrize("text, said", [("[1]", "not a card: expected a JSON object"), ("{", "not valid JSON"), ("", "not valid JSON"),
                                        ("\"x\"", "JSON object"), ("[" * 100000, "not valid JSON"), (" " * 1_000_001, "at most 1000000")])
def test_what_is_no_card(tmp_path, text, said):
    (tmp_path/"a.json").write_text(text)
    with pytest.raises(WeightsError, match=said): load_model(tmp_path/"a.json")


@pytest.mark.parametrize("part", [0, 1, 100, -10])
def test_a_truncated_graph(tmp_path, part):
    data = smoother()[:part]
    with pytest.raises(WeightsError, match="cannot be opened as ONNX|has no"): load_model(write_card(tmp_path, {"net": data}, [SMOOTH]))


def test_a_graph_of_another_type(tmp_path):
    D = TensorProto.DOUBLE
    net = graph([node("Identity", ["x"], ["y"])], {"x": ([1, 1, FRAME], D)}, {"y": ([1, 1, FRAME], D)})
    with pytest.raises(WeightsError, match=r"'x' is a tensor\(double\): expected a tensor\(float\)"):
        load_model(write_card(tmp_path, {"soft": net}, [TANH]))


def test_a_card_knows_its_rate_and_stems(tmp_path):
    path = write_card(tmp_path, {"net": smoother()}, [SMOOTH])
    assert load_model(path, sr=SR, stems="voice").sr == SR
    with pytest.raises(ParameterError, match="sr is 44100: expected 8000, the rate of toy"): load_model(path, sr=44100)
    with pytest.raises(ParameterError, match=r"stems is 2: expected \['voice'\]"): load_model(path, stems=2)


def test_without_onnxruntime(tmp_path, monkeypatch):
    path = write_card(tmp_path, {"net": smoother()}, [SMOOTH])
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(SepError, match=r"onnxruntime is not installed: pip install 'sep_toolkit\[onnx\]'"): load_model(path)


def test_a_new_kind_is_one_line(tmp_path, monkeypatch):
    module = types.ModuleType("sep_toolkit.newkind")
    module.load = lambda card, device=None: wrap(lambda x: x, sr=card["sr"], stems=card["stems"])
    monkeypatch.setitem(sys.modules, "sep_toolkit.newkind", module)
    monkeypatch.setitem(onestep.LOADERS, "new", "newkind:load")
    (tmp_path/"w.safetensors").write_bytes(b"x")
    write_card(tmp_path, {}, None, kind="new", files={"w": {"path": "w.safetensors", "sha256": "0"*64}}).rename(tmp_path/"w.json")
    assert load_model(tmp_path/"w.safetensors").stems == ("voice",)


def test_safetensors_need_a_card(tmp_path):
    (tmp_path/"w.safetensors").write_bytes(b"x")
    with pytest.raises(WeightsError, match="needs a card beside it: w.json is missing"): load_model(tmp_path/"w.safetensors")


def test_unknown_names_say_what_there_is():
    with pytest.raises(WeightsError, match="name_or_path is 'gtrcn'.*dtln, gtcrn.*demucs:NAME"): load_model("gtrcn")


def test_cards_of_the_package_are_complete():
    for name, path in onestep.cards().items():
        card = read_card(path)
        assert card["name"] == name and card["stems"] == ["speech"]
        assert card["licence"] == {"streaming-onnx": "MIT", "native": "Apache-2.0"}[card["kind"]]
        if card["kind"] == "streaming-onnx": streaming.check_stages(card), streaming.frames_of(card)
        assert card["licence"] in repr(card) and card["attribution"] in repr(card)


def test_the_model_in_the_package():
    method, x = load_model("enhancer"), noise(2, 1, 4000)
    assert method.sr == 16000 and method.stems == ("speech",) and method.card["kind"] == "native"
    assert method.forward(x, 16000).shape == (2, 1, 1, 4000)


def test_weights_that_are_not_here(tmp_path, monkeypatch):
    monkeypatch.delenv("SEP_TOOLKIT_MIRROR", raising=False)
    monkeypatch.setenv("SEP_TOOLKIT_CACHE", str(tmp_path))
    with pytest.raises(WeightsError, match=r"gtcrn: .*fetch\('models/gtcrn'\)"): load_model("gtcrn")


# ----------------------------------------------------------------------------------------------------- whole-signal models

def whole(tmp_path, shape, out=None, outputs=("y",)):
    net = graph([node("Mul", ["x", f"g{i}"], [o]) for i, o in enumerate(outputs)], {"x": (shape, F32)},
                {o: (out or shape, F32) for o in outputs}, {f"g{i}": np.float32(i + 2) for i in range(len(outputs))})
    (tmp_path/"w.onnx").write_bytes(net)
    return tmp_path/"w.onnx"


@pytest.mark.parametrize("shape", [["B", "T"], [1, "T"], ["B", 1, "T"], [1, 1, "T"], ["B", "C", "T"], [2, 2, "T"], ["T"], [3, "T"]])
def test_whole_signal_onnx(tmp_path, shape):
    method = load_model(whole(tmp_path, shape), sr=SR, stems=1)
    for B in (1, 2, 3):
        x = noise(B, 2, 400)
        assert torch.equal(method.forward(x, SR)[:, 0], 2*x)
    assert method.card["licence"] == "not stated" and len(method.card["files"]["model"]["sha256"]) == 64


def test_whole_signal_onnx_with_an_output_for_each_stem(tmp_path):
    stems = load_model(whole(tmp_path, ["B", "T"], outputs=("a", "b")), sr=SR, stems=["two", "three"])(audio(C=2))
    assert torch.equal(stems["two"].samples, 2*audio(C=2).samples) and torch.equal(stems["three"].samples, 3*audio(C=2).samples)


@pytest.mark.parametrize("T", [100, 1000, 1001, 3456])
def test_a_fixed_length_becomes_the_chunk(tmp_path, T):
    method = load_model(whole(tmp_path, [1, 1, 1000]), sr=SR, stems=1)
    assert method.chunk_s == 1000/SR and method.length == 1000
    assert method(audio(T))["stem1"].samples.sub(2*audio(T).samples).abs().max() < 1e-6
    with pytest.raises(SepError, match="takes 1000 samples at once: 1001"): method.forward(noise(1, 1, 1001), SR)


def test_fixed_channels(tmp_path):
    method = load_model(whole(tmp_path, [1, 2, "T"]), sr=SR, stems=1)
    with pytest.raises(SepError, match="takes 2 channels: the mixture has 1"): method(audio())


def test_files_do_not_tell_their_rate_or_stems(tmp_path):
    path = whole(tmp_path, ["B", "T"])
    with pytest.raises(ParameterError, match="sr is None.*give sr="): load_model(path, stems=1)
    with pytest.raises(ParameterError, match="stems is None.*give stems="): load_model(path, sr=SR)
    with pytest.raises(ParameterError, match="sr is 'any'"): load_model(path, sr="any", stems=1)


def test_a_graph_with_caches_needs_a_card(tmp_path):
    (tmp_path/"s.onnx").write_bytes(smoother())
    with pytest.raises(WeightsError, match="2 inputs .mag, old.*'streaming-onnx'"): load_model(tmp_path/"s.onnx", sr=SR, stems=1)


def test_whole_signal_onnx_by_card(tmp_path):
    whole(tmp_path, ["B", "T"])
    path = write_card(tmp_path, {"model": (tmp_path/"w.onnx").read_bytes()}, None, kind="onnx")
    assert torch.equal(load_model(path)(audio())["voice"].samples, 2*audio().samples)


class Two(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv1d(1, 2, 9, padding=4)
        self.drop = torch.nn.Dropout(.5)
    def forward(self, x): return self.drop(self.conv(x))


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return Two().eval()


@pytest.fixture(scope="module")
def programs(net, tmp_path_factory):
    "The same net as TorchScript, as torch.export, and as a checkpoint."
    folder, free = tmp_path_factory.mktemp("programs"), torch.export.Dim.DYNAMIC
    with pytest.warns(DeprecationWarning): torch.jit.script(net).save(folder/"script.pt")
    torch.export.save(torch.export.export(net, (torch.zeros(2, 1, 900),), dynamic_shapes=({0: free, 2: free},)), folder/"export.pt2")
    torch.export.save(torch.export.export(net, (torch.zeros(1, 1, 1000),)), folder/"fixed.pt2")
    torch.save(net.state_dict(), folder/"weights.pt")
    torch.save(net, folder/"module.pt")
    torch.save(net.state_dict(), folder/"old.pth", _use_new_zipfile_serialization=False)
    return folder


@pytest.mark.parametrize("name, takes", [("script.pt", "B1T"), ("export.pt2", None), ("fixed.pt2", None)])
def test_programs_of_torch(programs, net, name, takes):
    method = load_model(programs/name, sr=SR, stems=["a", "b"], takes=takes, device="cpu", trust=name.endswith(".pt"))
    mix = audio(900, C=2)
    with torch.no_grad(): want = net(mix.samples[:, None]).transpose(0, 1)
    assert method(mix).tensor.sub(want).abs().max() < 1e-6
    assert method.card["name"] == name.split(".")[0]


def test_an_exported_length_becomes_the_chunk(programs):
    method = load_model(programs/"fixed.pt2", sr=SR, stems=2, device="cpu")
    assert method.chunk_s == 1000/SR and method(audio(2500)).n_samples == 2500


def test_programs_do_not_tell_their_rate(programs):
    for name in ("script.pt", "export.pt2"):
        with pytest.raises(ParameterError, match="sr is None"): load_model(programs/name, stems=2)
        with pytest.raises(ParameterError, match="stems is None"): load_model(programs/name, sr=SR)


@pytest.mark.parametrize("name", ["weights.pt", "module.pt", "old.pth"])
@pytest.mark.parametrize("suffix", [None, ".pt2", ".onnx", ".ts", ".data"])
def test_pickled_checkpoints_are_refused(programs, tmp_path, name, suffix):
    path = tmp_path/(Path(name).stem + (suffix or Path(name).suffix))
    path.write_bytes((programs/name).read_bytes())
    with pytest.raises(WeightsError, match="pickled checkpoint.*refused.*safetensors.*torch.export|cannot be opened as ONNX"):
        load_model(path, sr=SR, stems=2)


class Payload:
    "Pickles to a call that writes a file when it is unpickled."
    def __init__(self, path): self.path = str(path)
    def __reduce__(self): return (Path.write_text, (Path(self.path), "owned"))


@pytest.mark.parametrize("name", ["a.pkl", "a.pickle", "a.ckpt", "a.tar", "a.bin"])
def test_pickles_are_refused_unread(tmp_path, name):
    import pickle
    (tmp_path/name).write_bytes(pickle.dumps(Payload(tmp_path/"owned")))
    with pytest.raises(WeightsError, match="pickled checkpoint"): load_model(tmp_path/name, sr=SR, stems=1)
    assert not (tmp_path/"owned").exists()


def rebuilt(source, target, change):
    "A copy of an archive with its members changed: change(name, bytes) -> bytes, or None to drop it."
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as new:
        for info in old.infolist():
            data = change(info.filename.split("/", 1)[1], old.read(info))
            if data is not None: new.writestr(info.filename, data)
    return target


def pickled(thing):
    out = io.BytesIO()
    torch.save(thing, out)
    return out.getvalue()


def edit(path, key, value): # changes every such key in a JSON member
    def walk(node):
        if isinstance(node, dict): return {k: (value if k == key and isinstance(v, type(value)) else walk(v)) for k, v in node.items()}
        return [walk(n) for n in node] if isinstance(node, list) else node
    return lambda name, data: json.dumps(walk(json.loads(data))).encode() if name == path else data


MODEL, CONFIG, CONSTANTS = "models/model.json", "data/weights/model_weights_config.json", "data/constants/model_constants_config.json"


def hostile(kind, flag):
    if kind == "samples": return lambda n, d: pickled((Payload(flag),)) if n.startswith("data/sample_inputs") else d
    if kind == "pickled weights": return edit(CONFIG, "use_pickle", True)
    if kind == "another path": return edit(CONFIG, "path_name", "../weight_0")
    if kind == "operator": return edit(MODEL, "target", "torch.ops.load_library")
    if kind == "other operator": return edit(MODEL, "target", "torch.os.system")
    if kind == "extension": return edit(MODEL, "target", "#anything")
    if kind == "expression": return edit(MODEL, "expr_str", f"__import__('pathlib').Path('{flag}').write_text('owned')")
    if kind == "bare expression": return edit(MODEL, "expr_str", "exec(chr(49))")
    if kind == "object":
        entry = {"config": {"o": {"path_name": "opaque_obj_0", "is_param": False, "use_pickle": True, "tensor_meta": None}}}
        return lambda n, d: json.dumps(entry).encode() if n == CONSTANTS else d
    if kind == "older": return lambda n, d: None if n == "archive_version" else d
    raise KeyError(kind)


@pytest.mark.parametrize("kind", ["pickled weights", "another path", "operator", "other operator", "extension", "expression",
                                  "bare expression", "object", "older"])
def test_hostile_exports_are_refused_unread(programs, tmp_path, kind):
    path = rebuilt(programs/"export.pt2", tmp_path/"h.pt2", hostile(kind, tmp_path/"owned"))
    with pytest.raises(WeightsError, match="so it is refused"): load_model(path, sr=SR, stems=2)
    assert not (tmp_path/"owned").exists()


@pytest.mark.parametrize("member", ["data/aotinductor/model/a.so", "data/weights/model.pt", "data/constants/custom_obj_0", "models/b.json"])
def test_exports_with_more_in_them_are_refused(programs, tmp_path, member):
    path = rebuilt(programs/"export.pt2", tmp_path/"h.pt2", lambda n, d: d)
    with zipfile.ZipFile(path, "a") as z: z.writestr("export/" + member, b"{}")
    with pytest.raises(WeightsError, match="unusual member.*refused"): load_model(path, sr=SR, stems=2)


def test_a_harmless_copy_loads(programs, tmp_path):
    path = rebuilt(programs/"export.pt2", tmp_path/"h.pt2", lambda n, d: d)
    assert load_model(path, sr=SR, stems=2, device="cpu").stems == ("stem1", "stem2")


@pytest.mark.parametrize("text, plain", [("Symbol('s77', positive=True, integer=True)", True), ("Mul(Integer(-1), Symbol('s3'))", True),
                                         ("FloorDiv(s77 + 3, 8)", True), ("x.y", False), ("__import__('os')", False),
                                         ("(lambda: 0)()", False),
                                         ("exec(1)", False), ("Symbol('a b')", False), ("[1][0]", False), ("", False), ("(", False)])
def test_plain_expressions(text, plain): assert exports.plain_expression(text) is plain


@pytest.mark.parametrize("name", ["script.pt", "export.pt2"])
@pytest.mark.parametrize("part", [.3, .95])
def test_truncated_programs(programs, tmp_path, name, part):
    data = (programs/name).read_bytes()
    (tmp_path/name).write_bytes(data[:int(len(data)*part)])
    with pytest.raises(WeightsError, match="truncated|refused"): load_model(tmp_path/name, sr=SR, stems=2, trust=True)


def test_nothing_is_unpickled_while_loading(programs, tmp_path, monkeypatch):
    import pickle
    def never(*a, **k): raise AssertionError("unpickled")
    monkeypatch.setattr(pickle, "loads", never)
    monkeypatch.setattr(pickle, "load", never)
    load_model(programs/"export.pt2", sr=SR, stems=2, device="cpu")


@pytest.mark.parametrize("name, data, text", [("a.txt", b"hello", "unknown kind"), ("a.onnx", b"", "cannot be opened as ONNX"),
                                              ("a.pt", b"hello", "pickled checkpoint"), ("a.zip", b"PK\3\4x", "truncated")])
def test_other_files(tmp_path, name, data, text):
    (tmp_path/name).write_bytes(data)
    with pytest.raises(WeightsError, match=text): load_model(tmp_path/name, sr=SR, stems=1)


# ------------------------------------------------------------------------------------------------------- other packages

NEEDS = {"demucs:htdemucs": "'sep_toolkit.demucs.'", "asteroid:a/b": "asteroid", "speechbrain:a/b": "speechbrain", "espnet:a/b": "espnet"}


@pytest.mark.parametrize("name", NEEDS)
def test_a_missing_package_is_one_line(name, monkeypatch):
    for module in ("demucs", "asteroid", "speechbrain", "espnet2"): monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SepError, match=f"is not installed: pip install {NEEDS[name]}") as e: load_model(name, sr=SR, stems=2)
    assert "\n" not in str(e.value) and ("torchaudio" in str(e.value)) == (not name.startswith("demucs"))


def test_a_package_whose_torchaudio_fails_says_so(monkeypatch):
    def broken(name): raise OSError("libtorchaudio.so: undefined symbol")
    monkeypatch.setattr(onestep.importlib, "import_module", broken)
    with pytest.raises(SepError, match="asteroid does not import .OSError: libtorchaudio.so: undefined.*asteroid.*torchaudio"):
        load_model("asteroid:a/b", sr=SR, stems=2)


def fake(monkeypatch, **modules): # dotted names with __ for .
    for name, content in modules.items():
        module = types.ModuleType(name.replace("__", "."))
        module.__dict__.update(content)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        parent = module.__name__.partition(".")[0]
        if parent not in sys.modules or sys.modules[parent] is None: monkeypatch.setitem(sys.modules, parent, types.ModuleType(parent))


def test_demucs_without_a_network_is_one_clear_error(monkeypatch):
    def nothing(name): raise OSError("Name or service not known")
    fake(monkeypatch, demucs__pretrained={"get_model": nothing}, demucs__apply={"apply_model": None})
    with pytest.raises(WeightsError, match="demucs cannot load 'htdemucs' .*service not known.*network"): load_model("demucs:htdemucs")


def test_demucs(monkeypatch):
    calls = []
    model = types.SimpleNamespace(samplerate=44100, sources=["drums", "bass", "other", "vocals"], audio_channels=2)
    def apply_model(m, mix, shifts=1, split=True, device=None):
        calls.append((m, tuple(mix.shape), shifts))
        return torch.stack([mix*(i + 1) for i in range(4)], 1)
    fake(monkeypatch, demucs__pretrained={"get_model": lambda name: calls.append(name) or model},
         demucs__apply={"apply_model": apply_model})
    method = load_model("demucs:htdemucs", device="cpu")
    assert method.sr == 44100 and method.stems == ("drums", "bass", "other", "vocals") and calls == ["htdemucs"]
    for C in (1, 2):
        mix = audio(500, C=C, sr=44100)
        stems = method(mix)
        assert calls[-1] == (model, (1, 2, 500), 0)
        for i, s in enumerate(stems.values()): assert torch.allclose(s.samples, mix.samples*(i + 1))
    with pytest.raises(SepError, match="takes 2 channels: the mixture has 3"): method(audio(500, C=3, sr=44100))
    with pytest.raises(ParameterError, match="sr is 16000: expected 44100"): load_model("demucs:htdemucs", sr=16000)
    with pytest.raises(ParameterError, match="stems is 2: expected .'drums'"): load_model("demucs:htdemucs", stems=2)


def test_an_untrained_htdemucs_of_the_package(monkeypatch):
    "The real package, with a small network of random weights: shapes, rates, pieces, stems."
    module = pytest.importorskip("demucs.htdemucs")
    pretrained = pytest.importorskip("demucs.pretrained")
    torch.manual_seed(0)
    net = module.HTDemucs(["drums", "bass", "other", "vocals"], channels=8, t_layers=1, segment=1., use_train_segment=False).eval()
    monkeypatch.setattr(pretrained, "get_model", lambda name: net)
    method = load_model("demucs:htdemucs", device="cpu")
    assert method.sr == 44100 and method.stems == ("drums", "bass", "other", "vocals")
    for C, n in ((1, 30000), (2, 60000)):
        stems = method(audio(n, C=C, sr=44100))
        assert all(s.samples.shape == (C, n) and s.sr == 44100 and torch.isfinite(s.samples).all() for s in stems.values())
    assert torch.equal(method(audio(30000, C=2, sr=44100)).tensor, method(audio(30000, C=2, sr=44100)).tensor)  # nothing random
    assert method(audio(20000, C=2, sr=22050))["bass"].sr == 22050
    method.chunk_s = 1.  # pieces
    assert method(audio(100000, C=2, sr=44100))["vocals"].samples.shape == (2, 100000)


class Masker(torch.nn.Module):
    sample_rate, n_src = 8000., 2
    def forward(self, x): return torch.stack([x, -x], 1)


@pytest.mark.parametrize("rate", [8000., None])
def test_asteroid(monkeypatch, rate):
    seen = []
    def from_pretrained(name):
        seen.append(name)
        net = Masker()
        net.sample_rate = rate
        return net
    fake(monkeypatch, asteroid__models={"BaseModel": types.SimpleNamespace(from_pretrained=from_pretrained)})
    if rate is None:
        with pytest.raises(ParameterError, match="sr is None.*asteroid:a/b"): load_model("asteroid:a/b")
    method = load_model("asteroid:a/b", device="cpu", **({} if rate else {"sr": 8000}))
    assert method.sr == 8000 and method.stems == ("stem1", "stem2") and method.permutes and set(seen) == {"a/b"}
    assert torch.equal(method(audio(C=2))["stem2"].samples, -audio(C=2).samples)


def test_speechbrain(monkeypatch):
    model = types.SimpleNamespace(hparams=types.SimpleNamespace(sample_rate=8000, num_spks=2),
                                  separate_batch=lambda x: torch.stack([x, -x], -1))
    seen = {}
    def from_hparams(source, run_opts): seen.update(source=source, **run_opts); return model
    fake(monkeypatch, speechbrain__inference__separation={"SepformerSeparation": types.SimpleNamespace(from_hparams=from_hparams)})
    method = load_model("speechbrain:sepformer-wham", device="cpu")
    assert method.sr == 8000 and seen == {"source": "sepformer-wham", "device": "cpu"}
    assert torch.equal(method(audio())["stem2"].samples, -audio().samples)


def test_espnet(monkeypatch):
    seen = {}
    def from_pretrained(model_tag, device):
        def model(x, fs): seen.update(fs=fs, shape=x.shape); return [x, -x]
        return model
    fake(monkeypatch, espnet2__bin__enh_inference={"SeparateSpeech": types.SimpleNamespace(from_pretrained=from_pretrained)})
    with pytest.raises(ParameterError, match="sr is None"): load_model("espnet:tag", stems=2)
    with pytest.raises(ParameterError, match="stems is None"): load_model("espnet:tag", sr=8000)
    method = load_model("espnet:tag", sr=8000, stems=["a", "b"], device="cpu")
    assert torch.equal(method(audio())["b"].samples, -audio().samples) and seen == {"fs": 8000, "shape": (1, 4000)}


# ------------------------------------------------------------------------------------------ the real models (with the mirror)

@pytest.fixture(scope="module")
def models(mirror):
    if not (mirror/"models/gtcrn").is_dir(): pytest.skip("needs the models of the mirror")
    return {name: load_model(name) for name in ("gtcrn", "dtln")}


@pytest.fixture(scope="module")
def pairs(mirror):
    from sep_toolkit.sound.files import load
    folder = mirror/"data/noisy_speech"
    return [(load(p), load(folder/"clean"/p.name)) for p in sorted((folder/"noisy").glob("*.flac"))]


@pytest.mark.parametrize("name, least", [("gtcrn", 13.3), ("dtln", 15.)])
def test_quality_on_real_speech(models, pairs, name, least):
    from sep_toolkit.scores.metrics import si_sdr
    mean = lambda xs: float(np.mean([float(si_sdr(x.samples, clean.samples)) for x, (_, clean) in zip(xs, pairs)]))
    before, after = mean([n for n, _ in pairs]), mean([models[name](n)["speech"] for n, _ in pairs])
    print(f"{name}: mean SI-SDR {after:.2f} dB over {len(pairs)} pairs, noisy {before:.2f} dB")
    assert len(pairs) == 24 and 6.9 < before < 7.1 and after >= least


@pytest.mark.parametrize("name", ["gtcrn", "dtln"])
def test_real_models_are_aligned_and_keep_the_length(models, pairs, name):
    for noisy, clean in pairs[:3]:
        y = models[name](noisy)
        assert y.names == ("speech",) and y.n_samples == noisy.n_samples and lag(y["speech"].samples[0], clean.samples[0]) == 0
        assert torch.equal(y.residual.samples, noisy.samples - y["speech"].samples)


@pytest.mark.parametrize("name", ["gtcrn", "dtln"])
def test_real_models_have_no_seams(models, pairs, name, monkeypatch):
    x = torch.cat([n.samples for n, _ in pairs[:4]], -1)[:, :12*16000]
    two = torch.cat([x, x.flip(1)*.5])
    whole = models[name].forward(x[None], 16000)[0]
    monkeypatch.setattr(streaming, "STRETCH_S", 1.)
    parts = torch.cat([y for _, _, y in spans(models[name], two, 16000)], -1)
    assert parts[:, :1].sub(whole).abs().max() < 1e-6


@pytest.mark.parametrize("name", ["gtcrn", "dtln"])
def test_silence_stays_silent(models, name):
    assert models[name](Audio(torch.zeros(1, 16000), 16000))["speech"].peak < 1e-3


def test_a_spoilt_mirror_is_noticed(mirror, tmp_path, monkeypatch):
    (tmp_path/"data").mkdir()
    (tmp_path/"models/gtcrn").mkdir(parents=True)
    data = (mirror/"models/gtcrn/gtcrn_simple.onnx").read_bytes()
    (tmp_path/"models/gtcrn/gtcrn_simple.onnx").write_bytes(data[:-1] + b"x")
    monkeypatch.setenv("SEP_TOOLKIT_MIRROR", str(tmp_path))
    with pytest.raises(WeightsError, match="SHA-256"): load_model("gtcrn")


def test_torch_files_of_the_mirror_are_refused(mirror):
    path = mirror/"models/gtcrn/model_trained_on_dns3.tar"
    if not path.is_file(): pytest.skip("needs the models of the mirror")
    with pytest.raises(WeightsError, match="pickled checkpoint"): load_model(path, sr=16000, stems=1)


def test_every_card_listed_is_of_a_one_step_model():
    from sep_toolkit.cards import read_card
    from sep_toolkit.onestep.models import cards
    assert {"enhancer", "gtcrn", "dtln"} <= set(cards()) and not {"sounds", "source_filter", "multipitch"} & set(cards())
    for path in cards().values(): assert read_card(path)["stems"]


# ------------------------------------------------------------- what a model file could do: attacks that worked once, each refused

class Creates(torch.nn.Module):
    "TorchScript that writes a file while it is loaded."
    def __init__(self, path:str):
        super().__init__()
        self.path = path
    @torch.jit.export
    def __getstate__(self): return (self.path, self.training)
    @torch.jit.export
    def __setstate__(self, state:tuple[str, bool]):
        self.training = state[1]
        t = torch.from_file(state[0], True, 4, dtype=torch.uint8)
        t.fill_(65)
        self.path = state[0] + str(int(t.sum()))
    def forward(self, x:torch.Tensor)->torch.Tensor: return x


@pytest.fixture
def attack(tmp_path):
    "A TorchScript file that creates another file when it is loaded."
    with pytest.warns(DeprecationWarning): torch.jit.script(Creates(str(tmp_path/"owned"))).save(tmp_path/"a.pt")
    return tmp_path/"a.pt"


def test_torchscript_runs_code_and_needs_trust(attack):
    for trust in (False, None, "yes", 1):
        with pytest.raises(WeightsError, match="run any code while it is loaded, and read and write all your files.*ONNX.*trust=True"):
            load_model(attack, sr=SR, stems=1, trust=trust)
    assert not (attack.parent/"owned").exists()
    load_model(attack, sr=SR, stems=1, trust=True)
    assert (attack.parent/"owned").read_bytes() == b"AAAA"  # what the message says is true


def test_torchscript_does_not_come_in_through_a_card_or_a_mirror(attack, tmp_path, monkeypatch):
    from sep_toolkit.runs.run import make_method
    files = {"model": {"path": "a.pt", "sha256": hashlib.sha256(attack.read_bytes()).hexdigest()}}
    card = write_card(tmp_path, {}, None, kind="torchscript", files=files)
    with pytest.raises(WeightsError, match="trust=True"): load_model(card)
    with pytest.raises(WeightsError, match="trust=True"): onestep.load_card(read_card(card))
    with pytest.raises(WeightsError, match="trust=True"): loaders.load_torchscript(read_card(card))
    monkeypatch.setattr(cards, "resolve", lambda key: attack)
    files = {"model": {"key": "models/a/a.pt", "sha256": files["model"]["sha256"]}}
    mirrored = write_card(tmp_path, {}, None, kind="torchscript", files=files)
    with pytest.raises(WeightsError, match="trust=True"): load_model(mirrored)
    monkeypatch.chdir(tmp_path)
    attack.rename(tmp_path/"enhancer")  # a file of that name in the working folder
    assert make_method("enhancer").card["kind"] == "native"
    assert not (tmp_path/"owned").exists()


def ones(x): return x + torch.ops.aten.ones.default([4], dtype=torch.uint8).sum()*0


class Ones(torch.nn.Module):
    def forward(self, x): return ones(x)


def texts(**more): return [{"name": k, "arg": {"as_string": v} if isinstance(v, str) else v, "kind": 1} for k, v in more.items()]


STEALS = {
    "from_file": ("from_file.default", dict(filename="SECRET", shared={"as_bool": True}, size={"as_int": 4}, dtype={"as_scalar_type": 1})),
    "from_file.out": ("from_file.out", dict(filename="SECRET", shared={"as_bool": True}, size={"as_int": 4})),
    "memory": ("empty.memory_format", dict(size={"as_ints": [4]}, dtype={"as_scalar_type": 1})),
    "_print": ("_print.default", dict(s="hello")),
    "out": ("ones.out", dict(size={"as_ints": [4]})),
}


@pytest.fixture(scope="module")
def innocent(tmp_path_factory):
    path = tmp_path_factory.mktemp("innocent")/"a.pt2"
    torch.export.save(torch.export.export(Ones(), (torch.zeros(1, 800),), dynamic_shapes=({1: torch.export.Dim.DYNAMIC},)), path)
    return path


def program_with(source, target, change):
    "A copy of an archive whose program was changed in place by `change`."
    def member(name, data):
        if name != MODEL: return data
        tree = json.loads(data)
        change(tree)
        return json.dumps(tree).encode()
    return rebuilt(source, target, member)


@pytest.mark.parametrize("name", STEALS)
def test_programs_that_reach_for_files_and_memory(innocent, tmp_path, name):
    target, args = STEALS[name]
    (tmp_path/"secret").write_bytes(b"root")
    def steal(tree):
        node_ = next(n for n in tree["graph_module"]["graph"]["nodes"] if "ones" in n["target"])
        node_["target"], node_["inputs"] = f"torch.ops.aten.{target}", texts(**args)
    text = lambda tree: steal(tree) or tree["graph_module"]["graph"]["nodes"]
    def change(tree):
        for n in text(tree):
            for i in n["inputs"]:
                if i["arg"] == {"as_string": "SECRET"}: i["arg"] = {"as_string": str(tmp_path/"secret")}
    path = program_with(innocent, tmp_path/"h.pt2", change)
    with pytest.raises(WeightsError, match=f"the operator 'torch.ops.aten.{target}'.*reach your files.*refused.*ONNX"):
        load_model(path, sr=SR, stems=1, device="cpu")
    assert (tmp_path/"secret").read_bytes() == b"root"


def test_an_untouched_copy_still_runs(innocent, tmp_path):
    path = program_with(innocent, tmp_path/"h.pt2", lambda tree: None)
    assert torch.equal(load_model(path, sr=SR, stems=1, device="cpu")(audio(900))["stem1"].samples, audio(900).samples)


def renamed(old, new):
    def change(tree):
        def walk(n):
            if isinstance(n, dict): return {(new if k == old else k): walk(v) for k, v in n.items()}
            return [walk(v) for v in n] if isinstance(n, list) else new if n == old else n
        fresh = walk(tree)
        tree.clear()
        tree.update(fresh)
    return change


CODE = "x=__import__('pathlib').Path('owned').write_text('x')"
SPEC = json.dumps([1, {"type": "collections.defaultdict", "children_spec": [],
                       "context": {"default_factory_module": "antigravity", "default_factory_name": "fly"}}])
HIDDEN = {
    "name of an input": (renamed("x", CODE), "the name"),
    "module that is imported": (lambda t: t["graph_module"]["module_call_graph"][0]["signature"].update(in_spec=SPEC), "unusual kind"),
    "operator as an argument": (lambda t: t["graph_module"]["graph"]["nodes"][0]["inputs"].append(
        {"name": "f", "arg": {"as_operator": "torch.load"}, "kind": 1}), "the field 'as_operator'"),
    "object": (lambda t: t["graph_module"]["graph"]["nodes"][0]["inputs"].append(
        {"name": "f", "arg": {"as_custom_obj": {"name": "o", "class_fqn": "c"}}, "kind": 1}), "the field 'as_custom_obj'"),
    "operator that is no text": (lambda t: t["graph_module"]["graph"]["nodes"][0].update(target=["torch.load"]), "the operator"),
    "attribute": (lambda t: t["graph_module"]["graph"]["nodes"][0].update(target="torch.ops.aten.add.Tensor.__globals__"), "the operator"),
    "other library": (lambda t: t["graph_module"]["graph"]["nodes"][0].update(target="torch.ops.torchaudio.load.default"), "the operator"),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_programs_with_something_hidden_in_them(innocent, tmp_path, monkeypatch, name):
    change, says = HIDDEN[name]
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WeightsError, match=f"{says}.*refused"):
        load_model(program_with(innocent, tmp_path/"h.pt2", change), sr=SR, stems=1, device="cpu")
    assert not (tmp_path/"owned").exists() and "antigravity" not in sys.modules


def test_notes_of_a_program_are_left_behind(innocent, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    def change(tree):
        tree["guards_code"] = [CODE, "__import__('pathlib').Path('owned').write_text('x') > 0"]
        for n in tree["graph_module"]["graph"]["nodes"]: n["metadata"]["source_fn_stack"] = "a,torch.load"
    method = load_model(program_with(innocent, tmp_path/"h.pt2", change), sr=SR, stems=1, device="cpu")
    assert torch.equal(method(audio(900))["stem1"].samples, audio(900).samples) and not (tmp_path/"owned").exists()


def test_sample_inputs_are_never_read(programs, tmp_path):
    path = rebuilt(programs/"export.pt2", tmp_path/"h.pt2", hostile("samples", tmp_path/"owned"))
    assert load_model(path, sr=SR, stems=2, device="cpu").stems == ("stem1", "stem2") and not (tmp_path/"owned").exists()


def test_archives_that_grow_are_refused(programs, tmp_path):
    with zipfile.ZipFile(programs/"export.pt2") as old, zipfile.ZipFile(tmp_path/"h.pt2", "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist(): new.writestr(info.filename, old.read(info))
    with pytest.raises(WeightsError, match="compressed parts.*refused"): load_model(tmp_path/"h.pt2", sr=SR, stems=2)


def test_no_allowed_operator_takes_a_file_or_a_name():
    seen = set()
    for schema in torch._C._jit_get_all_schemas():
        space, _, name = schema.name.partition("::")
        if space != "aten" or not exports.is_allowed(f"torch.ops.aten.{name}.{schema.overload_name or 'default'}"): continue
        seen.add(name.removesuffix("_"))
        for a in schema.arguments:
            odd = set(a.name.split("_")) & {"file", "filename", "path", "module", "callback", "stream"}
            assert not odd or "str" not in str(a.type), schema
            assert "Storage" not in str(a.type) and "Callable" not in str(a.type), schema
    assert len(seen) > 350
    assert not {n for n in exports.OPERATORS if not hasattr(torch.ops.aten, n)} - {"_fused_rms_norm"}  # not in the oldest torch
    for name in ("from_file.default", "empty.memory_format", "new_empty.default", "empty_like.default", "set_.source_Storage",
                 "resize_.default", "save.default", "_print.default", "ones.out", "add.Tensor_out"):
        assert not exports.is_allowed(f"torch.ops.aten.{name}")
    for name in ("torch.load", "torch.ops.load_library", "torch.hub.load", "torch.sym_", "_operator.attrgetter", "_operator.methodcaller",
                 "os.system", "torch.ops.aten.add", "torch.ops.prims.fft.default", "torch.ops.aten.add.Tensor.x", "#a:b", ""):
        assert not exports.is_allowed(name)


class Many(torch.nn.Module):
    "Convolution, recurrence, two transforms, a switch of gradients, a buffer: what a separator is made of."
    def __init__(self):
        super().__init__()
        self.conv, self.gru = torch.nn.Conv1d(1, 2, 9, padding=4), torch.nn.GRU(2, 2, batch_first=True)
        self.norm, self.heads = torch.nn.GroupNorm(1, 2), torch.nn.MultiheadAttention(2, 1, batch_first=True)
        self.register_buffer("w", torch.hann_window(64))
    def forward(self, x):
        y = torch.nn.functional.gelu(self.norm(self.conv(x)))
        with torch.no_grad(): y = y/y.abs().amax(-1, keepdim=True).clamp(min=1e-3)
        g, _ = self.gru(y.transpose(1, 2))
        g = g + self.heads(g[:, :40], g[:, :40], g[:, :40])[0].mean(1, keepdim=True)
        X = torch.stft(x[:, 0], 64, 16, window=self.w, return_complex=True)
        z = torch.istft(X*torch.sigmoid(X.abs()), 64, 16, window=self.w, length=x.shape[-1])
        return y*torch.softmax(g.transpose(1, 2), 1) + torch.einsum("bt,c->bct", z, self.conv.bias)


def test_an_ordinary_network_needs_no_other_operator(tmp_path):
    torch.manual_seed(0)
    net = Many().eval()
    torch.export.save(torch.export.export(net, (torch.zeros(1, 1, 800),)), tmp_path/"a.pt2")
    x = noise(1, 1, 800)
    with torch.no_grad(): want = net(x)
    assert far(load_model(tmp_path/"a.pt2", sr=SR, stems=2, device="cpu").forward(x, SR)[:, :, 0], want) < 1e-5


# ----------------------------------------------------------------------------------------- graphs with weights of their own

def with_data(folder, location="w.onnx.data", value=2., name="w.onnx", stored=None):
    "An ONNX file that multiplies by weights in a file of its own; returns its path."
    net = onnx.load_from_string(graph([node("Mul", ["x", "g"], ["y"])], {"x": (["B", 1000], F32)}, {"y": (["B", 1000], F32)},
                                      {"g": np.full(1000, value, np.float32)}))
    (folder/(stored or "w.onnx.data")).unlink(missing_ok=True)  # it would be appended to
    onnx.save_model(net, str(folder/name), save_as_external_data=True, location=stored or "w.onnx.data", size_threshold=100)
    if location != "w.onnx.data":
        net = onnx.load(str(folder/name), load_external_data=False)
        for entry in net.graph.initializer[0].external_data:
            if entry.key == "location": entry.value = str(location)
        (folder/name).write_bytes(net.SerializeToString())
    return folder/name


def test_weights_beside_a_graph_are_found_from_anywhere(tmp_path, monkeypatch):
    (tmp_path/"model").mkdir()
    (tmp_path/"elsewhere").mkdir()
    path = with_data(tmp_path/"model")
    with_data(tmp_path/"elsewhere", value=7.)  # another one, in the working folder
    for where in (tmp_path/"model", tmp_path/"elsewhere", tmp_path):
        monkeypatch.chdir(where)
        for way in (path, os.path.relpath(path)):
            method = load_model(way, sr=SR, stems=1)
            assert torch.equal(method(audio(700))["stem1"].samples, 2*audio(700).samples)
    assert set(method.card["files"]) == {"model", "w.onnx.data"}


def test_every_byte_that_is_used_is_in_the_provenance(tmp_path):
    from sep_toolkit.runs.run import provenance
    seen = []
    for value in (2., 3.):
        method = load_model(with_data(tmp_path, value=value), sr=SR, stems=1)
        seen.append({k: f["sha256"] for k, f in provenance(method, audio(), 0)["weights"]["files"].items()})
    assert seen[0]["model"] == seen[1]["model"] and seen[0]["w.onnx.data"] != seen[1]["w.onnx.data"]


def card_of(path, **more):
    "A card for a graph that names its weights too."
    files = {n: {"path": p.name, "sha256": hashlib.sha256(p.read_bytes()).hexdigest()}
             for n, p in {"model": path, "weights": path.with_name("w.onnx.data")}.items()}
    return write_card(path.parent, {}, None, kind="onnx", files=files, **more)


def test_changed_data_are_refused_under_an_unchanged_card(tmp_path):
    card = card_of(with_data(tmp_path))
    assert torch.equal(load_model(card)(audio(700))["voice"].samples, 2*audio(700).samples)
    data = bytearray((tmp_path/"w.onnx.data").read_bytes())
    data[5] ^= 1
    (tmp_path/"w.onnx.data").write_bytes(data)
    with pytest.raises(WeightsError, match="w.onnx.data is not the file its card describes"): load_model(card)


def test_a_card_must_name_the_weights_of_a_graph(tmp_path):
    path = with_data(tmp_path)
    card = write_card(tmp_path, {}, None, kind="onnx",
                      files={"model": {"path": "w.onnx", "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}})
    with pytest.raises(WeightsError, match="keeps its weights in 'w.onnx.data', and the card does not name that file. Add it to files"):
        load_model(card)


OUTSIDE = {"up": "../w.onnx.data", "from the root": "/etc/passwd", "up and down": "a/../../w.onnx.data", "drive": "C:w.onnx.data",
           "backslash": "..\\w.onnx.data", "nothing": ""}


@pytest.mark.parametrize("name", OUTSIDE)
def test_weights_outside_the_folder_are_refused(tmp_path, name):
    (tmp_path/"in").mkdir()
    with_data(tmp_path)
    path = with_data(tmp_path/"in", location=OUTSIDE[name])
    with pytest.raises(WeightsError, match="expected a file beside it, without '..'. It is refused"): load_model(path, sr=SR, stems=1)


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_weights_behind_a_link_are_refused(tmp_path, kind):
    (tmp_path/"in").mkdir()
    with_data(tmp_path)
    if kind == "file":
        path = with_data(tmp_path/"in")
        (tmp_path/"in/w.onnx.data").unlink()
        (tmp_path/"in/w.onnx.data").symlink_to(tmp_path/"w.onnx.data")
    else:
        path = with_data(tmp_path/"in", location="there/w.onnx.data")
        (tmp_path/"in/there").symlink_to(tmp_path)
    with pytest.raises(WeightsError, match="which is a link.*refused"): load_model(path, sr=SR, stems=1)


def test_weights_in_a_folder_below(tmp_path):
    (tmp_path/"data").mkdir()
    path = with_data(tmp_path, location="data/w.onnx.data")
    (tmp_path/"w.onnx.data").rename(tmp_path/"data/w.onnx.data")
    assert load_model(path, sr=SR, stems=1)(audio(100))["stem1"].peak > 0


def test_weights_that_are_missing_or_too_short(tmp_path):
    path = with_data(tmp_path)
    (tmp_path/"w.onnx.data").write_bytes((tmp_path/"w.onnx.data").read_bytes()[:100])
    with pytest.raises(WeightsError, match="cannot be opened as ONNX"): load_model(path, sr=SR, stems=1)
    (tmp_path/"w.onnx.data").unlink()
    with pytest.raises(WeightsError, match="which is missing beside it. Put both files into one folder"): load_model(path, sr=SR, stems=1)
    with pytest.raises(WeightsError, match="give its bytes as external="): graphs.open_session(path.read_bytes(), "w")


def test_a_constant_in_a_file_is_refused_before_it_is_read(tmp_path):
    value = numpy_helper.from_array(np.full(1000, 3, np.float32), "v")
    net = onnx.load_from_string(graph([node("Constant", [], ["g"], value=value), node("Mul", ["x", "g"], ["y"])],
                                      {"x": (["B", 1000], F32)}, {"y": (["B", 1000], F32)}))
    onnx.save_model(net, str(tmp_path/"c.onnx"), save_as_external_data=True, location="c.data", size_threshold=100, convert_attribute=True)
    with pytest.raises(WeightsError, match="part of a branch or a constant in 'c.data'.*Save it as one file"):
        load_model(tmp_path/"c.onnx", sr=SR, stems=1)


def test_a_streaming_card_pins_the_weights_of_its_graphs(tmp_path):
    net = onnx.load_from_string(graph([node("Mul", ["x", "g"], ["y"])], {"x": ([1, 1, FRAME], F32)}, {"y": ([1, 1, FRAME], F32)},
                                      {"g": np.full(FRAME, 2, np.float32)}))
    onnx.save_model(net, str(tmp_path/"s.onnx"), save_as_external_data=True, location="s.data", size_threshold=10)
    files = {n: {"path": n, "sha256": hashlib.sha256((tmp_path/n).read_bytes()).hexdigest()} for n in ("s.onnx", "s.data")}
    card = write_card(tmp_path, {}, [stage("s.onnx", ("x", "block", "B1T"), ("y", "block", "B1T"))], files=files)
    assert far(load_model(card)(audio())["voice"].samples, 2*audio().samples) < 1e-5
    (tmp_path/"s.data").write_bytes(bytes(4*FRAME))
    with pytest.raises(WeightsError, match="s.data is not the file its card describes"): load_model(card)


@pytest.mark.parametrize("domain, op", [("com.evil", "Run"), ("ai.onnx.contrib", "PyOp"), ("com.microsoft", "EPContext")])
def test_operators_of_nobody_are_refused(tmp_path, domain, op):
    net = helper.make_model(helper.make_graph([node(op, ["x"], ["y"], domain=domain)], "g",
                                              [helper.make_tensor_value_info("x", F32, ["B", "T"])],
                                              [helper.make_tensor_value_info("y", F32, ["B", "T"])]),
                            opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(domain, 1)], ir_version=8)
    (tmp_path/"a.onnx").write_bytes(net.SerializeToString())
    with pytest.raises(WeightsError, match=f"the operator '{op}' of '{domain}': expected operators of ONNX itself. It is refused"):
        load_model(tmp_path/"a.onnx", sr=SR, stems=1)


# --------------------------------------------------------------------------------------------------- what is no signal

FEATURES = {"frames of bins": ["B", "N", 161], "one frame": ["B", 161], "a spectrogram": ["B", 2, 257, "N"], "bins first": ["B", 161, "N"],
            "nothing": []}


@pytest.mark.parametrize("name", FEATURES)
def test_what_is_no_signal_is_refused(tmp_path, name):
    path = whole(tmp_path, FEATURES[name]) if name != "nothing" else whole(tmp_path, None)
    says = "expected a signal, .T,., .B, T. or .B, C, T.*Wrap a"
    if name == "nothing": says = "does not say how many axes its input 'x' has: give takes="
    with pytest.raises(WeightsError, match=says): load_model(path, sr=16000, stems=1)


@pytest.mark.parametrize("axes", [["batch", "frames", "bins"], ["B", "n_mels", "T"], ["N", "freq", "time"],
                                  ["batch", "frames", "feature_dim"]])
def test_axes_named_after_features_are_refused(tmp_path, axes):
    with pytest.raises(WeightsError, match="the axis '.*' is none of a signal.*card"): load_model(whole(tmp_path, axes), sr=16000, stems=1)
    load_model(whole(tmp_path, ["combined", "channels", "abandoned_time"]), sr=16000, stems=1)
    load_model(whole(tmp_path, axes), sr=16000, stems=1, takes="BCT")  # who says what it takes is believed


def test_a_graph_of_unknown_rank_can_be_told_what_it_takes(tmp_path):
    for takes in onestep.TAKES:
        if takes == "CT": continue
        method = load_model(whole(tmp_path, None), sr=SR, stems=1, takes=takes)
        assert torch.equal(method.forward(noise(2, 2, 300), SR)[:, 0], 2*noise(2, 2, 300))


def level_graph(folder):
    "x times a level that is an input of its own; two outputs."
    net = graph([node("Mul", ["x", "level"], ["loud"]), node("Neg", ["x"], ["other"])], {"x": (["B", "T"], F32), "level": ([1], F32)},
                {"loud": (["B", "T"], F32), "other": (["B", "T"], F32)})
    (folder/"level.onnx").write_bytes(net)
    return {"level": net}


def test_a_card_gives_constants_and_chooses_outputs(tmp_path):
    net = level_graph(tmp_path)["level"]
    with pytest.raises(WeightsError, match="2 inputs .x, level.: expected one signal.*\"constants\".*streaming-onnx.*spectrum"):
        load_model(tmp_path/"level.onnx", sr=SR, stems=1)
    for wanted, factor in (("loud", 3), ("other", -1)):
        card = write_card(tmp_path, {"model": net}, None, kind="onnx", constants={"level": [3.0]}, outputs=[wanted])
        assert torch.equal(load_model(card)(audio())["voice"].samples, factor*audio().samples)
    two = write_card(tmp_path, {"model": net}, None, kind="onnx", constants={"level": [3.0]}, stems=["a", "b"])
    assert torch.equal(load_model(two)(audio())["b"].samples, -audio().samples)


WRONG_SIDES = {"outputs left open": (dict(constants={"level": [1]}), "2 outputs .loud, other. for 1 stems.*Say on its card which to take"),
               "unknown constant": (dict(constants={"volume": 1}), "constants names 'volume': expected one of x, level"),
               "constant is a text": (dict(constants={"level": "loud"}), "constants cannot be given to the graph"),
               "constants is a list": (dict(constants=[1]), "field 'constants' is .1.: expected an object"),
               "unknown output": (dict(constants={"level": [1]}, outputs=["quiet"]), "outputs names 'quiet': expected one of loud, other"),
               "no signal left": (dict(constants={"level": [1], "x": [1]}, outputs=["loud"]), "0 inputs")}


@pytest.mark.parametrize("name", WRONG_SIDES)
def test_wrong_constants_and_outputs(tmp_path, name):
    more, says = WRONG_SIDES[name]
    card = write_card(tmp_path, {"model": level_graph(tmp_path)["level"]}, None, kind="onnx", **more)
    with pytest.raises(WeightsError, match=says): load_model(card)


# ------------------------------------------------------------------------------ bounds, devices, locks, processes, interrupts

def test_a_card_cannot_ask_for_endless_work(tmp_path):
    with pytest.raises(ParameterError, match="hop is 1: expected at least 128"): Frames(8192, 1)
    assert Frames(8192, 128).hop == 128
    cache = {"input": "old", "output": "new"}
    for more, says in ((dict(frame=8192, hop=1), "toy.json: hop is 1: expected at least 128"), (dict(frame=10**400), "toy.json"),
                       (dict(stages=[SMOOTH]*17), "'stages' has 17: expected at most 16"),
                       (dict(stages=[SMOOTH | {"caches": [cache | {"shape": [1 << 20, 1 << 20]}]}]), "16777216 numbers"),
                       (dict(stages=[SMOOTH | {"caches": [cache | {"shape": [1, -3]}]}]), "whole numbers from 1"),
                       (dict(stages=[SMOOTH | {"caches": 3}]), "field 'stages.0.caches' is 3: expected a list"),
                       (dict(stages=[3]), "no field 'stages.0.file'")):
        with pytest.raises(WeightsError, match=says): load_model(write_card(tmp_path, {"net": smoother()}, [SMOOTH], **more))


@pytest.mark.parametrize("device", ["gpu", "", "cuda:x", 3.5, object()])
def test_a_device_that_does_not_exist(tmp_path, device):
    card = write_card(tmp_path, {"net": smoother()}, [SMOOTH])
    for call in (lambda: load_model(card, device=device), lambda: streaming.Streaming(read_card(card), device=device),
                 lambda: onestep.load_card(read_card(card), device=device),
                 lambda: load_model(whole(tmp_path, ["B", "T"]), sr=SR, stems=1, device=device)):
        with pytest.raises(ParameterError, match="device is .*expected 'cpu'"): call()


@pytest.mark.parametrize("name", [3, None, b"a", ["gtcrn"]])
def test_what_cannot_be_a_name(name):
    with pytest.raises(ParameterError, match="name_or_path is .*: expected a name or a path"): load_model(name)


def test_two_wrappers_of_one_module_share_a_lock():
    at_once, most = [], []
    class Slow(torch.nn.Module):
        def forward(self, x):
            at_once.append(1)
            most.append(len(at_once))
            time.sleep(.02)
            at_once.pop()
            return x
        def again(self, x): return self.forward(x)
    net = Slow()
    methods = [wrap(fn, sr=SR, stems=1) for fn in (net, net, net.again, net.again)]
    assert len({id(m._lock) for m in methods}) == 1 and wrap(Slow(), sr=SR, stems=1)._lock is not methods[0]._lock
    threads = [threading.Thread(target=m.forward, args=(noise(1, 1, 50), SR)) for m in methods*2]
    for t in threads: t.start()
    for t in threads: t.join()
    assert max(most) == 1 and len(most) == 8


def test_a_lock_does_not_keep_a_module_alive():
    net = torch.nn.Identity()
    gone = weakref.ref(net)
    method = wrap(net, sr=SR, stems=1)
    del net, method
    gc.collect()
    assert gone() is None


def test_one_module_inside_itself_does_not_wait_forever():
    net = torch.nn.Identity()
    inner = wrap(net, sr=SR, stems=1)
    class Outer:
        def __call__(self, x:torch.Tensor): return inner.forward(x, SR)
    outer = wrap(Outer(), sr=SR, stems=1)
    outer._lock = inner._lock
    assert torch.equal(outer.forward(noise(1, 1, 50), SR)[:, 0], noise(1, 1, 50))


class Bare:
    "Neither hashable nor weakly referable."
    __slots__, __hash__ = (), None
    def __call__(self, x:torch.Tensor): return x


def test_what_has_no_place_for_a_lock_gets_its_own():
    fn = Bare()
    assert wrap(fn, sr=SR, stems=1)._lock is not wrap(fn, sr=SR, stems=1)._lock
    assert torch.equal(wrap(fn, sr=SR, stems=1).forward(noise(1, 1, 50), SR)[:, 0], noise(1, 1, 50))


def same_answer(a, b, x):
    import pickle
    assert torch.equal(pickle.loads(pickle.dumps(a)).forward(x, b), a.forward(x, b))


def halve(x:torch.Tensor): return x/2


def test_methods_go_to_other_processes(tmp_path, programs, monkeypatch):
    x, torchscript = noise(1, 1, 1000), load_model(programs/"script.pt", sr=SR, stems=2, takes="B1T", trust=True, device="cpu")
    methods = [wrap(torch.nn.Conv1d(1, 1, 3, padding=1), sr=SR, stems=1), wrap(halve, sr=SR, stems=1), torchscript,
               load_model(whole(tmp_path, ["B", "T"]), sr=SR, stems=1), load_model(programs/"export.pt2", sr=SR, stems=2, device="cpu"),
               load_model(write_card(tmp_path, {"net": smoother()}, [SMOOTH])), load_model("enhancer", device="cpu")]
    monkeypatch.chdir("/")
    for method in methods: same_answer(method, method.sr, x)


def test_a_method_runs_in_another_process(tmp_path):
    import multiprocessing
    method = load_model(write_card(tmp_path, {"net": smoother()}, [SMOOTH]))
    with multiprocessing.get_context("spawn").Pool(1) as pool: got = pool.apply(method.forward, (noise(1, 1, 500), SR))
    assert torch.equal(got, method.forward(noise(1, 1, 500), SR))


def test_a_copy_of_a_method_whose_file_changed_is_refused(tmp_path):
    import pickle
    method = load_model(whole(tmp_path, ["B", "T"]), sr=SR, stems=1)
    kept = pickle.dumps(method)
    (tmp_path/"w.onnx").write_bytes(smoother())
    with pytest.raises(WeightsError, match="SHA-256 differs"): pickle.loads(kept)


def test_changes_to_a_method_go_along(tmp_path):
    import pickle
    method = load_model(whole(tmp_path, ["B", "T"]), sr=SR, stems=1)
    method.max_batch, method.chunk_s = 3, 7.
    again = pickle.loads(pickle.dumps(method))
    assert (again.max_batch, again.chunk_s, again.name) == (3, 7., method.name) and again._lock is not method._lock


def test_a_model_cannot_end_the_program():
    def leaves(x): sys.exit("done")
    def exits(x:torch.Tensor): raise SystemExit(3)
    class Quits(torch.nn.Module):
        def forward(self, x): sys.exit()
    for fn, said in ((leaves, "leaves called sys.exit.'done'"), (exits, "exits called sys.exit.3"), (Quits(), "Quits called sys")):
        with pytest.raises(SepError, match=f"{said}.*: expected an answer"): wrap(fn, sr=SR, stems=1)(audio())
    def stopped(x): raise KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt): wrap(stopped, sr=SR, stems=1).forward(noise(1, 1, 50), SR)


# ------------------------------------------------------------------------------------------- fuzz: damaged files, one error each

def tried(path, runs=True, **given):
    "Load and run a file; only errors of the family may come out."
    try:
        method = load_model(path, **given)
        if runs: method(audio(500))
    except SepError: return False
    return True


@pytest.mark.parametrize("name", ["w.onnx", "export.pt2", "script.pt"])
def test_a_damaged_model_is_one_error(programs, tmp_path, name):
    source = with_data(tmp_path) if name == "w.onnx" else programs/name
    data, rng = source.read_bytes(), random.Random(name)
    path = tmp_path/name
    for _ in range(200):
        path.write_bytes(damaged(data, rng))
        tried(path, sr=SR, stems=1 if name == "w.onnx" else 2, trust=True, device="cpu")
    path.write_bytes(data)
    assert tried(path, sr=SR, stems=1 if name == "w.onnx" else 2, trust=True, device="cpu")


@pytest.mark.parametrize("member", [MODEL, CONFIG])
def test_a_nudged_program_is_one_error(programs, tmp_path, member):
    rng = random.Random(member)
    for _ in range(100):
        change = lambda n, d: json.dumps(nudged(json.loads(d), rng)).encode() if n == member else d
        path = rebuilt(programs/"export.pt2", tmp_path/"h.pt2", change)
        tried(path, sr=SR, stems=2, device="cpu")


def test_a_nudged_streaming_card_is_one_error(tmp_path):
    rng, card = random.Random(0), write_card(tmp_path, {"net": smoother(), "soft": blocks()}, [SMOOTH, TANH])
    fields = json.loads(card.read_text())
    assert tried(card)
    for _ in range(200):
        card.write_text(json.dumps(nudged(fields, rng)))
        tried(card)


@pytest.mark.parametrize("data, says", [(b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "a pointer of Git LFS"),
                                        (b"<!DOCTYPE html><html></html>", "a web page"), (b"\x0c" + bytes(99), "ONNX does not have")])
def test_what_is_no_onnx_is_named(tmp_path, data, says):
    (tmp_path/"a.onnx").write_bytes(data)
    with pytest.raises(WeightsError, match=says): load_model(tmp_path/"a.onnx", sr=SR, stems=1)
