"""The time-frequency attention network: its size, its shapes, what its parts compute, and what it must not mix."""
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sep_toolkit.core import ParameterError
from sep_toolkit.diffusion.tfnet import (
    Attention, CONFIGS, Conv, count, Feed, fold_cells, Local, make_tfnet, Path, rotate, sinusoid, TFNet, unfold_cells, Whole,
)

MICRO = dict(n_fft=62, hop=31, widths=(8, 16), blocks=(1, 1, 1), heads=2, cond=16)


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def awake(model, seed=0):
    "Every parameter away from the zeros it starts with."
    g = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for p in model.parameters():
            p.add_(0.15 * torch.randn(p.shape, generator=g))
    return model.eval()


def micro(seed=0, **more):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return awake(TFNet(**{**MICRO, **more}), seed)


# Size

def test_the_published_size():
    with torch.device("meta"):
        model = make_tfnet("paper", labels=51)
    assert abs(count(model) / 37.2e6 - 1) < 0.01
    assert model.settings["widths"] == [72, 144, 288] and model.settings["blocks"] == [2, 4, 8, 4, 2] and model.settings["n_fft"] == 510
    assert sum(isinstance(m, Whole) for m in model.modules()) == 8  # only at the lowest resolution
    assert sum(isinstance(m, Path) for m in model.modules()) == 2 * 20 and not any(isinstance(m, Local) for m in model.modules())
    assert {m.attend.qkv.in_features for m in model.middle.layers if isinstance(m, Whole)} == {256}


def test_a_network_with_shapes_sees_the_guess():
    torch.manual_seed(0)
    model, X, t = micro(shapes=3), noise(1, 32, 8, 2), torch.ones(1)
    for p in model.parameters():
        p.data.add_(0.1 * torch.randn(p.shape))
    a, b = (model(X, t, None, g * torch.ones(1, 32, 8, 1)) for g in (0., 1.))
    assert a.shape == X.shape and not torch.allclose(a, b, atol=1e-4)
    with pytest.raises(ParameterError, match="guess is None.*Denoiser"):
        model(X, t)


def test_gains_see_magnitudes_and_answer_with_one_more_number():
    model, X = micro(gains=True), noise(1, 32, 8, 2)
    turned_by = torch.stack([-X[..., 1], X[..., 0]], -1)  # the same magnitudes, other phases
    assert model(X, torch.ones(1)).shape == (1, 32, 8, 3) and micro(gains=False)(X, torch.ones(1)).shape == X.shape
    with torch.no_grad():
        model.into.weight.view(8, 3, 3, 3)[:, :2] = 0.
    assert torch.allclose(model(X, torch.ones(1)), model(turned_by, torch.ones(1)), atol=1e-6)
    assert not torch.allclose(model(X, torch.ones(1)), model(2 * X, torch.ones(1)), atol=1e-3)


@pytest.mark.parametrize("config", list(CONFIGS))
def test_label_rows_are_all_that_labels_add(config):
    with torch.device("meta"):
        zero, three, seven = (make_tfnet(config, labels=k) for k in (0, 3, 7))
    stages = 2 * len(zero.settings["widths"])
    place = 0 if zero.place is None else zero.place.numel()
    assert count(seven) - count(three) == 4 * (stages * zero.settings["cond"] + place)
    assert count(three) - count(zero) == 3 * stages * zero.settings["cond"] + 2 * place


def test_sizes_are_in_order_and_fit_the_wheel():
    sizes = [count(make_tfnet(c, labels=8)) for c in ("toy", "tiny", "small")]
    assert sizes == sorted(sizes) and 2 * sizes[-1] < 16e6


# Shapes

@pytest.mark.parametrize("frames", [1, 2, 3, 4, 5, 16, 33])
@pytest.mark.parametrize("more", [{}, dict(patch=2, place=True), dict(attend=(False, True)), dict(labels=3), dict(labels=3, place=True),
                                  dict(widths=(8, 8, 16), blocks=(1, 0 + 1, 1, 2, 1))])
def test_any_number_of_frames(frames, more):
    model, X = micro(**more), noise(2, 32, frames, 2)
    kept = X.clone()
    label = torch.tensor([0, 2]) if "labels" in more else None
    with torch.no_grad():
        y = model(X, torch.tensor([1., 500.]), label)
    assert y.shape == X.shape and torch.isfinite(y).all() and float(y.std()) > 0.01
    assert torch.equal(X, kept)


def test_a_new_network_says_nothing():
    X = noise(1, 32, 8, 2)
    assert not TFNet(**MICRO)(X, torch.ones(1)).any()


@pytest.mark.parametrize("r", [2, 4])
@pytest.mark.parametrize("shape", [(1, 8, 4, 3), (2, 4, 12, 16)])
def test_folding_loses_nothing_and_is_pixel_unshuffle(r, shape):
    x = noise(*shape)
    y = fold_cells(x, r)
    want = torch.nn.functional.pixel_unshuffle(x.permute(0, 3, 1, 2), r).permute(0, 2, 3, 1)  # channels in another order
    assert torch.equal(y.sort(-1).values, want.sort(-1).values)
    assert torch.equal(unfold_cells(y, r), x)


def test_conv_is_a_convolution_of_the_picture():
    conv, x = Conv(3, 5), noise(2, 6, 7, 3)
    want = torch.nn.functional.conv2d(x.permute(0, 3, 1, 2), conv.weight, conv.bias, padding=1).permute(0, 2, 3, 1)
    assert torch.allclose(conv(x), want, atol=1e-6)


# Parts against their definitions

def test_attention_against_the_formula():
    "Softmax of rotated products, written out."
    layer, x = awake(Attention(8, 2)), noise(1, 5, 8)
    qkv = (x @ layer.qkv.weight.T + layer.qkv.bias).reshape(5, 3, 2, 4)
    out = torch.zeros(5, 2, 4)
    for h in range(2):
        q, k, v = (qkv[:, i, h] for i in range(3))
        for i in range(5):
            w = torch.stack([turned(q[i], i) @ turned(k[j], j) for j in range(5)]) / 4**0.5
            out[i, h] = w.softmax(0) @ v
    want = out.reshape(5, 8) @ layer.out.weight.T + layer.out.bias
    assert torch.allclose(layer(x)[0], want, atol=1e-5)


def turned(x, i):
    "Pairs (a, b) as complex numbers, turned by i times their own angle."
    half = len(x) // 2
    z = torch.complex(x[:half], x[half:]) * torch.polar(torch.ones(half), i * 10000. ** (-torch.arange(half) / half))
    return torch.cat([z.real, z.imag])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 40), st.integers(0, 1000))
def test_only_distance_counts(shift, seed):
    q, k = noise(2, 12, seed=seed)
    a, b = rotate(q.expand(50, 12)), rotate(k.expand(50, 12))
    assert torch.allclose(a[3] @ b[7], a[(3 + shift) % 46] @ b[(3 + shift) % 46 + 4], atol=1e-4)
    assert torch.allclose(a.norm(dim=-1), q.norm().expand(50), atol=1e-4)


def test_sinusoid_is_the_published_one():
    t, size = torch.tensor([0., 7., 995.]), 256
    y = sinusoid(t, size)
    for i, v in enumerate(t.tolist()):
        for k in (0, 5, 127):
            angle = v * math.exp(-math.log(10000) * k / 128)
            assert y[i, k] == pytest.approx(math.cos(angle), abs=1e-3) and y[i, 128 + k] == pytest.approx(math.sin(angle), abs=1e-3)


@pytest.mark.parametrize("make", [lambda: Path(8, 2, 16, "bins"), lambda: Path(8, 2, 16, "frames"), lambda: Local(8, 16),
                                  lambda: Whole(8, 2, 16, 8), lambda: Feed(8, 16)])
def test_blocks_start_as_the_identity_and_gates_open_them(make):
    x, c = noise(1, 8, 5, 8), noise(1, 16, seed=1)
    layer = make()
    assert torch.equal(layer(x, c), x)
    assert not torch.allclose(awake(layer)(x, c), x, atol=1e-2)


def reach(layer, x, c, at):
    "Which cells of the output change with one cell of the input."
    y = x.clone()
    y[:, at[0], at[1]] += noise(8, seed=9)
    with torch.no_grad():
        return (layer(y, c) - layer(x, c)).abs().amax((0, 3)) > 1e-6


def test_every_path_looks_where_it_should():
    x, c, at = noise(1, 8, 6, 8), noise(1, 16, seed=1), (5, 2)
    cell, frame, bin_ = torch.zeros(8, 6, dtype=bool), torch.zeros(8, 6, dtype=bool), torch.zeros(8, 6, dtype=bool)
    cell[4:7, 1:4], frame[:, 2], bin_[5] = True, True, True
    assert torch.equal(reach(awake(Path(8, 2, 16, "bins")), x, c, at), frame)
    assert torch.equal(reach(awake(Path(8, 2, 16, "frames")), x, c, at), bin_)
    assert torch.equal(reach(awake(Local(8, 16)), x, c, at), cell)
    assert reach(awake(Whole(8, 2, 16, 8)), x, c, at).all()


def test_which_levels_attend_is_a_setting():
    kinds = lambda m: [{type(x).__name__ for x in stage.layers} for stage in (m.down[0], m.middle, m.up[0])]
    assert kinds(micro(attend=(False, True))) == [{"Local"}, {"Whole", "Path"}, {"Local"}]
    assert kinds(micro(attend=(True, False))) == [{"Path"}, {"Whole", "Local"}, {"Path"}]


# What it must not mix, and what it must use

@pytest.mark.parametrize("more", [{}, dict(patch=2, place=True), dict(attend=(False, True))])
def test_rows_do_not_see_each_other(more):
    model = micro(labels=4, **more)
    X, t, label = noise(3, 32, 9, 2), torch.tensor([1., 40., 700.]), torch.tensor([0, 3, 1])
    with torch.no_grad():
        y = model(X, t, label)
        for i in range(3):
            assert torch.allclose(y[i:i + 1], model(X[i:i + 1], t[i:i + 1], label[i:i + 1]), atol=1e-5)


@pytest.mark.parametrize("what", ["time", "label"])
def test_the_condition_is_heard(what):
    model, X = micro(labels=2), noise(1, 32, 8, 2)
    a = model(X, torch.tensor([10.]), torch.tensor([0]))
    b = model(X, torch.tensor([90. if what == "time" else 10.]), torch.tensor([1 if what == "label" else 0]))
    assert float((a - b).detach().abs().max()) > 1e-3


def test_gradients_reach_everything():
    model, X = micro(labels=2, place=True), noise(2, 32, 8, 2).requires_grad_()
    model(X, torch.tensor([1., 2.]), torch.tensor([0, 1])).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in model.parameters())
    assert (model.place.grad.abs().amax((1, 2, 3)) > 0).all()  # every label has its own
    assert torch.isfinite(X.grad).all() and X.grad.abs().amax((0, 3)).min() > 0


def test_gradient_against_differences():
    model, X = micro(patch=2).double(), noise(1, 32, 4, 2).double()
    direction = noise(1, 32, 4, 2, seed=5).double()
    X.requires_grad_()
    y = lambda x: model(x, torch.tensor([3.])).sin().sum()
    slope = torch.autograd.grad(y(X), X)[0].mul(direction).sum()
    with torch.no_grad():
        want = (y(X + 1e-6 * direction) - y(X - 1e-6 * direction)) / 2e-6
    assert float(slope) == pytest.approx(float(want), rel=1e-4)


def test_bfloat16_is_close():
    model, X, t = micro(place=True), noise(2, 32, 8, 2), torch.tensor([1., 2.])
    with torch.no_grad():
        full = model(X, t)
        with torch.autocast("cpu", torch.bfloat16):
            half = model(X, t)
    assert torch.isfinite(half).all() and float((full - half).norm() / full.norm()) < 0.1


# Settings

@pytest.mark.parametrize("bad, says", [
    (dict(widths=(8,)), "blocks"), (dict(widths=(10, 20)), "multiples of 4"), (dict(widths=(8, 0)), "widths"), (dict(widths=8), "widths"),
    (dict(blocks=(1, 1)), "blocks"), (dict(blocks=(1, 0, 1)), "blocks"), (dict(heads=3), "heads"), (dict(heads=0), "heads"),
    (dict(n_fft=64), "n_fft"), (dict(hop=32), "hop"), (dict(hop=0), "hop"), (dict(labels=-1), "labels"), (dict(patch=0), "patch"),
    (dict(patch=16), "n_fft"), (dict(attend=(True,)), "attend"), (dict(cond=1.5), "cond"),
])
def test_settings_that_cannot_work(bad, says):
    with pytest.raises(ParameterError, match=says):
        TFNet(**{**MICRO, **bad})


def test_unknown_size():
    with pytest.raises(ParameterError, match="Did you mean 'tiny'"):
        make_tfnet("tinny")


def test_settings_make_the_same_network_again():
    a = micro(labels=2, patch=2, place=True, attend=(False, True))
    b = TFNet(**a.settings)
    b.load_state_dict(a.state_dict())
    X, t, k = noise(1, 32, 8, 2), torch.ones(1), torch.ones(1, dtype=torch.long)
    assert torch.equal(a(X, t, k), b.eval()(X, t, k))
