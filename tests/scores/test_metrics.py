"Metrics: closed forms, independent libraries, laws, the rule for silence, every error, and the time they take."
import importlib.util
import math
import os
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sep_toolkit.scores import metrics
from sep_toolkit.sound.audio import Audio, Stems
from sep_toolkit.sound.files import load
from sep_toolkit.core import ParameterError, SepError, SepNotice
from sep_toolkit.scores.comparison import compare
from sep_toolkit.scores.metrics import (
    best_permutation, correlations, dnsmos_excerpts, GROUPS, INTERACTIVE, is_silent, lay, LIMIT_DB, Metric, METRICS, sdr, si_sdr, snr,
    solve_toeplitz,
)
from sep_toolkit.scores.score import framewise, score, Scores

SR = 16000


def noise(*shape, seed=0, level=.1): return level*torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def speechlike(*shape, seed=0):
    "Coloured noise with a syllable rate, so that filters and frames have something to hold on to."
    x = noise(*shape, seed=seed).double().numpy()
    from scipy.signal import lfilter
    y = lfilter([1], [1, -1.6, .8], x, axis=-1)
    t = np.arange(shape[-1])/SR
    return torch.from_numpy(.3*y*(.2 + np.abs(np.sin(2*np.pi*3*t)))).float()


def scene(S=3, T=2*SR, leak=.2, seed=0, C=1):
    r = torch.stack([speechlike(C, T, seed=seed + i) for i in range(S)])
    e = r + leak*r.roll(1, 0) + .01*noise(S, C, T, seed=99)
    names = [f"stem {i}" for i in range(S)]
    mix = Audio(r.sum(0), SR)
    return Stems.from_tensor(e, names, mix), Stems.from_tensor(r, names, mix), mix


# closed forms

@pytest.mark.parametrize("ratio_db", [-20., 0., 6., 40., 80.])
def test_snr_and_si_sdr_have_their_closed_forms(ratio_db):
    r, n = noise(4000).double(), noise(4000, seed=1).double()
    n = n - (n*r).sum()/r.square().sum()*r  # orthogonal to the reference
    n = n*(r.norm()/n.norm())*10**(-ratio_db/20)
    assert float(snr(r + n, r)) == pytest.approx(ratio_db, abs=1e-6)
    assert float(si_sdr(r + n, r)) == pytest.approx(ratio_db, abs=1e-6)
    assert float(snr(.5*r, r)) == pytest.approx(20*math.log10(2), abs=1e-9)


def test_sdr_forgives_any_filter_of_512_taps_and_no_longer_one():
    r = noise(20000).double()
    taps = noise(512, seed=3).double()
    full = torch.nn.functional.conv1d(r[None, None], taps.flip(0)[None, None], padding=511)[0, 0]
    e, ref = full, torch.nn.functional.pad(r, (0, 511))
    assert float(sdr(e, ref)) > 100
    late = torch.nn.functional.pad(r, (600, 0))
    assert float(sdr(late, torch.nn.functional.pad(r, (0, 600)))) < 0


# independent libraries

@pytest.mark.parametrize("S,T,leak", [(1, 8000, .3), (2, 16000, .1), (4, 20000, .6), (3, 3000, .02)])
def test_the_three_ratios_equal_torchmetrics(S, T, leak):
    from torchmetrics.functional import audio as tm
    E, R, _ = scene(S, T, leak)
    e, r = E.tensor[:, 0].double(), R.tensor[:, 0].double()
    assert torch.allclose(snr(e, r), tm.signal_noise_ratio(e, r), atol=1e-3)
    assert torch.allclose(si_sdr(e, r), tm.scale_invariant_signal_distortion_ratio(e, r), atol=1e-3)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # torch's own batched solver fails with two threads on some builds
    try: want = tm.signal_distortion_ratio(e, r)
    finally: torch.set_num_threads(threads)
    assert torch.allclose(sdr(e, r), want, atol=1e-3)


@pytest.mark.parametrize("S,T", [(2, 12000), (3, 20000)])
def test_sdr_equals_mir_eval(S, T):
    import mir_eval
    E, R, _ = scene(S, T, .3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        want = mir_eval.separation.bss_eval_sources(R.tensor[:, 0].numpy(), E.tensor[:, 0].numpy(), False)[0]
    assert score(E, R, metrics="sdr")["sdr"].to_numpy()[:S] == pytest.approx(want, abs=1e-3)


@pytest.mark.parametrize("C", [1, 2])
def test_bsseval_equals_museval(C):
    from sep_toolkit.scores.metrics import museval_metrics
    E, R, _ = scene(2, 2*SR, .3, C=C)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        want = museval_metrics().bss_eval(R.tensor.transpose(1, 2).numpy(), E.tensor.transpose(1, 2).numpy(), window=SR, hop=SR,
                                        compute_permutation=False)
    got = score(E, R, metrics="bsseval")
    for name, w in zip(("bss_sdr", "bss_isr", "bss_sir", "bss_sar"), want[:4], strict=True):
        assert got[name].to_numpy()[:2] == pytest.approx(np.nanmedian(w, axis=1), abs=1e-3)


def test_an_ill_conditioned_reference_still_equals_mir_eval():
    import mir_eval
    t = torch.arange(SR)/SR
    r = .3*torch.sin(2*torch.pi*440*t)
    e = r + .01*noise(SR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        want = mir_eval.separation.bss_eval_sources(r[None].numpy(), e[None].numpy(), False)[0]
    assert float(sdr(e, r)) == pytest.approx(float(want[0]), abs=.05)


def test_pesq_and_stoi_are_the_libraries(mirror):
    import pesq
    import pystoi
    clean = load(mirror/"data/noisy_speech/clean/p232_003.flac")
    noisy = load(mirror/"data/noisy_speech/noisy/p232_003.flac")
    got = score(noisy, clean, metrics=("pesq", "stoi", "estoi"))
    a, b = (x.samples[0].double().numpy() for x in (noisy, clean))
    assert float(got["pesq"].iloc[0]) == pytest.approx(pesq.pesq(SR, b, a, "wb"), abs=1e-6)
    assert float(got["stoi"].iloc[0]) == pytest.approx(pystoi.stoi(b, a, SR), abs=1e-9)
    assert float(got["estoi"].iloc[0]) == pytest.approx(pystoi.stoi(b, a, SR, extended=True), abs=1e-9)
    low = score(noisy.resample(8000), clean.resample(8000), metrics="pesq")
    assert float(low["pesq"].iloc[0]) == pytest.approx(
        pesq.pesq(8000, clean.resample(8000).samples[0].double().numpy(), noisy.resample(8000).samples[0].double().numpy(), "nb"))


def test_dnsmos_is_the_library_and_batched(mirror):
    from speechmos import dnsmos
    clean = load(mirror/"data/noisy_speech/clean/p232_005.flac")
    noisy = load(mirror/"data/noisy_speech/noisy/p232_005.flac")
    n = min(clean.n_samples, noisy.n_samples)
    both = Stems({"clean": Audio(clean.samples[:, :n], SR), "noisy": Audio(noisy.samples[:, :n], SR)})
    got = score(both, metrics="dnsmos")
    for name in ("noisy",):
        want = dnsmos.run(both[name].samples[0].numpy(), SR)
        for ours, theirs in (("sig", "sig_mos"), ("bak", "bak_mos"), ("ovrl", "ovrl_mos")):
            assert got[f"dnsmos_{ours}"][name] == pytest.approx(want[theirs], abs=1e-4)
    assert got["dnsmos_bak"]["clean"] > got["dnsmos_bak"]["noisy"]


@pytest.mark.parametrize("seconds", [.5, 3., 9.01, 9.5, 10.2, 12.])
def test_dnsmos_excerpts_are_those_of_the_library(seconds):
    x = np.arange(int(seconds*SR), dtype=np.float32)
    a = x
    while len(a) < 144160: a = np.append(a, a)
    want = []
    for i in range(int(np.floor(len(a)/SR) - 9.01) + 1):
        seg = a[int(i*SR):int((i + 9.01)*SR)]
        if len(seg) >= 144160: want.append(seg)
    got = dnsmos_excerpts(x)
    assert len(want) == len(got) and all(np.array_equal(w, g) for w, g in zip(want, got, strict=True))


def test_dnsmos_keeps_no_memory():
    "In a process of its own: at most 500 MB above the model while it scores ten candidates of 8 s, and less after it."
    pytest.importorskip("speechmos")
    code = """import torch
from sep_toolkit import metrics
rss = lambda key: int(next(l for l in open("/proc/self/status") if l.startswith(key)).split()[1])/1000
metrics.dnsmos_model()
before = rss("VmRSS")
metrics.METRICS["dnsmos_ovrl"](.1*torch.randn(10, 16000*8), sr=16000)
print(rss("VmHWM") - before, rss("VmRSS") - before)"""
    if not os.path.exists("/proc/self/status"): pytest.skip("needs /proc to see the memory of a process")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    peak, kept = map(float, out.split())
    assert peak < 500 and kept < 400


def test_channels_lie_apart_for_the_filter():
    "511 zeros between channels: no tap of the filter reaches from one into the next."
    x = torch.arange(1., 11.).reshape(1, 2, 5)
    got = lay(x)
    assert got.shape == (1, 2*5 + 511) and got[0, :5].tolist() == [1, 2, 3, 4, 5] and got[0, 516:].tolist() == [6, 7, 8, 9, 10]
    assert not got[0, 5:516].any() and got.dtype == torch.float64
    assert torch.equal(lay(x[:, :1]), x[:, 0].double())
    left, right = noise(2000), noise(2000, seed=1)
    est = torch.stack([left, torch.cat([left[-300:], right[300:]])])[None]  # the end of one channel at the beginning of the next
    ref = torch.stack([left, right])[None]
    each = sdr(est[0].double(), ref[0].double())
    assert float(sdr(lay(est), lay(ref))[0]) < float(each.max()) - 10


@pytest.mark.parametrize("frames, n", [(.3, 1), (1., 1), (1.49, 1), (1.5, 2), (2.49, 2), (2.5, 3), (3.49, 3), (3.5, 4), (4.5, 5), (5.5, 6)])
def test_a_last_frame_counts_from_its_half_on(frames, n):
    x = Stems({"a": Audio(noise(round(frames*1000)), 1000)})
    got = framewise(x, x, metric="snr", frame_s=1.)
    assert len(got) == n and got.index[-1] == pytest.approx(n - .5)


def test_correlations_are_numpy_s():
    r, e = noise(9000).double(), noise(9000, seed=1).double()
    got = correlations(r, [r, e])
    for lag in (0, 1, 100, 511):
        assert float(got[0][lag]) == pytest.approx(float((r[:9000 - lag]*r[lag:]).sum()), abs=1e-9)
        assert float(got[1][lag]) == pytest.approx(float((r[:9000 - lag]*e[lag:]).sum()), abs=1e-9)


def test_toeplitz_solver_copes_with_singular_matrices():
    r = np.zeros(512)
    r[::2] = 1.  # rank two
    b = np.stack([r, r], 1)
    h = solve_toeplitz(r, b)
    from scipy.linalg import toeplitz
    assert np.allclose(toeplitz(r) @ h, b, atol=1e-8)


# laws

finite = st.floats(-3, 3, allow_nan=False)


@settings(max_examples=25, deadline=None)
@given(gain=st.floats(.01, 100), seed=st.integers(0, 10_000), leak=st.floats(.01, 3))
def test_scale_laws(gain, seed, leak):
    r = noise(2000, seed=seed).double()
    e = r + leak*noise(2000, seed=seed + 1).double()
    assert float(si_sdr(gain*e, r)) == pytest.approx(float(si_sdr(e, r)), abs=1e-6)
    assert float(si_sdr(-e, r)) == pytest.approx(float(si_sdr(e, r)), abs=1e-6)
    assert float(si_sdr(e, gain*r)) == pytest.approx(float(si_sdr(e, r)), abs=1e-6)
    assert float(sdr(gain*e, r)) == pytest.approx(float(sdr(e, r)), abs=1e-6)
    assert float(snr(gain*e, gain*r)) == pytest.approx(float(snr(e, r)), abs=1e-6)
    assert float(sdr(e, r)) >= float(si_sdr(e, r)) - 1e-6
    assert float(snr(e, r)) <= 10*math.log10(10**(float(si_sdr(e, r))/10) + 1) + 1e-6  # a gain can only help


@settings(max_examples=25, deadline=None)
@given(S=st.integers(1, 5), seed=st.integers(0, 10_000), data=st.data())
def test_the_permutation_is_recovered(S, seed, data):
    r = noise(S, 1500, seed=seed)
    order = data.draw(st.permutations(range(S)))
    e = (r + .3*noise(S, 1500, seed=seed + 1))[list(order)]
    got = best_permutation(e, r)
    assert [order[i] for i in got] == list(range(S))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), T=st.integers(1, 3000), C=st.integers(1, 3))
def test_score_never_gives_inf_and_never_writes_to_its_inputs(seed, T, C):
    rng = np.random.default_rng(seed)
    pick = lambda: rng.choice([0., 1e-8, 1e-3, 1.])
    r = torch.stack([noise(C, T, seed=seed + i)*pick() for i in range(3)])
    e = torch.stack([noise(C, T, seed=seed + 7 + i)*pick() if rng.random() < .7 else r[i] for i in range(3)])
    E, R = (Stems({n: Audio(x, SR) for n, x in zip("abc", s, strict=True)}) for s in (e, r))
    before = E.tensor, R.tensor
    got = score(E, R)
    values = got.to_numpy()
    assert not np.isinf(values).any()
    quiet = is_silent(lay(r)).numpy()
    assert np.array_equal(np.isnan(values[:3]).any(1), quiet) and np.array_equal(np.isnan(values[:3]).all(1), quiet)
    assert np.abs(values[:3][:, :3][~quiet]).max(initial=0) <= LIMIT_DB
    assert torch.equal(E.tensor, before[0]) and torch.equal(R.tensor, before[1])


def test_improvements_are_antisymmetric_and_zero_for_the_mixture():
    E, R, mix = scene()
    e, r, m = E.tensor[:, 0], R.tensor[:, 0], mix.samples[0].expand(3, -1)
    for name in ("snri", "sdri", "si_sdri"):
        there = METRICS[name](e, r, SR, m)
        assert torch.allclose(there, -METRICS[name](m, r, SR, e), atol=1e-9)
        assert torch.allclose(METRICS[name](m, r, SR, m), torch.zeros(3, dtype=torch.float64), atol=1e-9)
        base = METRICS[name.removesuffix("i")]
        assert torch.allclose(there, base(e, r, SR) - base(m, r, SR), atol=1e-9)


def test_leading_dimensions_broadcast_and_keep_their_shape():
    r, e = noise(3000), noise(2, 5, 3000, seed=1)
    for fn in (snr, sdr, si_sdr):
        got = fn(e, r)
        assert got.shape == (2, 5) and float(got[1, 3]) == pytest.approx(float(fn(e[1, 3], r)), abs=1e-9)
        assert METRICS[fn.__name__](e, r, SR).shape == (2, 5)
        assert fn(e[0], r.expand(5, -1)).shape == (5,)
        assert torch.allclose(fn(e.numpy(), r.numpy()), got)


def test_channels_share_one_gain_one_filter_and_one_energy():
    E, R, _ = scene(2, 6000, C=2)
    got = score(E, R)
    e, r = E.tensor.double(), R.tensor.double()
    want = 10*torch.log10(r.square().sum((1, 2))/(r - e).square().sum((1, 2)))
    assert got["snr"].to_numpy()[:2] == pytest.approx(want.numpy(), abs=1e-9)
    hard = Stems({"a": Audio(torch.stack([r[0, 0].float(), torch.zeros(6000)]), SR)})  # panned hard to one side
    est = Stems({"a": Audio(torch.stack([e[0, 0].float(), torch.zeros(6000)]), SR)})
    one = score(Audio(e[0, 0], SR), Audio(r[0, 0], SR))
    assert score(est, hard).to_numpy() == pytest.approx(one.to_numpy(), abs=1e-6, nan_ok=True)


# silence

def test_the_rule_for_silence_in_pure_functions():
    x, zero = noise(1000), torch.zeros(1000)
    for fn in (snr, sdr, si_sdr):
        assert math.isnan(fn(x, zero)) and math.isnan(fn(zero, zero)) and math.isnan(fn(x, 1e-9*x))
    assert float(snr(zero, x)) == 0 and float(sdr(zero, x)) == float(si_sdr(zero, x)) == -LIMIT_DB
    assert float(snr(x, x)) == float(sdr(x, x)) == float(si_sdr(x, x)) == LIMIT_DB


def test_silent_stems_are_counted_and_left_out_of_the_mean():
    E, R, mix = scene()
    R = Stems({n: a*(0. if n == "stem 1" else 1.) for n, a in R.items()}, mix=mix)
    E = Stems({n: a*(0. if n == "stem 2" else 1.) for n, a in E.items()}, mix=mix)
    got = score(E, R)
    assert got.loc["stem 1"].isna().all() and got["snr"]["stem 2"] == 0 and got["si_sdr"]["stem 2"] == -LIMIT_DB
    assert got["si_sdr"].mean() == pytest.approx((got["si_sdr"]["stem 0"] - LIMIT_DB)/2)
    assert got.notes == ("1 of 3 with a silent reference (stem 1): NaN.", "1 of 3 with a silent estimate (stem 2): the worst value.")
    assert all(n in repr(got) for n in got.notes)


def test_silence_in_the_library_metrics():
    x = speechlike(3*SR)
    E = Stems({"quiet estimate": Audio(0*x, SR), "quiet reference": Audio(x, SR), "both": Audio(0*x, SR), "none": Audio(x, SR)})
    R = Stems({"quiet estimate": Audio(x, SR), "quiet reference": Audio(0*x, SR), "both": Audio(0*x, SR), "none": Audio(x, SR)})
    got = score(E, R, metrics=("pesq", "stoi", "estoi"))
    for name in ("pesq", "stoi", "estoi"):
        assert got[name]["quiet estimate"] == METRICS[name].worst
        assert math.isnan(got[name]["quiet reference"]) and math.isnan(got[name]["both"])
        assert got[name]["none"] == pytest.approx(METRICS[name].hi, abs=.02)
    blind = score({n: E[n] for n in ("quiet estimate", "none")}, metrics="dnsmos_ovrl")["dnsmos_ovrl"]
    assert blind["quiet estimate"] == 1. and 1 < blind["none"] < 5


def test_silence_in_bsseval():
    E, R, mix = scene(3, SR)
    want = score(E, R, metrics="bsseval")
    e = E.tensor
    e[1] = 0
    got = score(Stems.from_tensor(e, E.names, mix), R, metrics="bsseval")  # silent estimate: the others keep their scores
    assert (got.loc["stem 1"] == -LIMIT_DB).all() and got.loc["stem 0"].to_numpy() == pytest.approx(want.loc["stem 0"].to_numpy())
    r = R.tensor
    r[2] = 0
    got = score(E, Stems.from_tensor(r, R.names, mix), metrics="bsseval")
    assert got.loc["stem 2"].isna().all() and np.isfinite(got.loc["stem 0"]).all()
    r = R.tensor
    E, R, mix = scene(2, 2*SR)
    r = R.tensor
    r[0, :, :SR] = 0
    got = score(E, Stems.from_tensor(r, R.names, mix), metrics="bsseval")
    assert np.isfinite(got.to_numpy()).all() and "1 of 2 windows left out" in got.notes[0]
    nothing = Stems({"a": Audio(torch.zeros(SR), SR)})
    assert score(nothing, nothing, metrics="bsseval").isna().to_numpy().all()


def test_a_clip_too_short_for_a_library_is_said():
    x = speechlike(1000)
    got = score(Audio(x, SR), Audio(x, SR), metrics=("pesq", "stoi", "snr"))
    assert math.isnan(got["pesq"].iloc[0]) and math.isnan(got["stoi"].iloc[0]) and got["snr"].iloc[0] == LIMIT_DB
    assert len(got.notes) == 2 and all("no value" in n for n in got.notes)


# the table

def test_the_table_says_what_its_columns_mean():
    E, R, mix = scene()
    got = score(E, R)
    assert list(got.columns) == list(INTERACTIVE) and list(got.index) == ["stem 0", "stem 1", "stem 2"]
    for text in (repr(got), got._repr_html_()):
        for name in INTERACTIVE: assert name in text
        assert "higher is better" in text and "dB" in text and "NaN" in text and "Residual" in text
    rest = mix.samples.double() - E.tensor.double().sum(0)
    assert got.residual_db == pytest.approx(10*math.log10(float(rest.square().sum()/mix.samples.double().square().sum())), abs=1e-3)


def test_the_means_are_apart_from_the_stems():
    "Rows are stems and nothing else, whatever a stem is called; the means are printed under a line, by method where there are several."
    E, R, mix = scene()
    E, R = (x.rename({"stem 1": "mean"}) for x in (E, R))
    got = score(E, R, metrics=("snr", "si_sdr"))
    assert list(got.index) == ["stem 0", "mean", "stem 2"] and got.index.name == "stem"
    assert got.means["snr"] == pytest.approx(np.mean([got["snr"][n] for n in R])) and got.means.equals(pd.DataFrame(got).mean())
    quiet = score(E, Stems({n: a*float(n != "mean") for n, a in R.items()}), metrics="snr")
    assert math.isnan(quiet["snr"]["mean"]) and quiet.means["snr"] == pytest.approx((quiet["snr"]["stem 0"] + quiet["snr"]["stem 2"])/2)
    both = compare(mix, {"b": E, "a": Stems({n: mix*.5 for n in R})}, R, metrics=("snr", "si_sdr"))
    assert list(both.index) == [(m, n) for m in "ba" for n in R] and list(both.means.index) == ["b", "a"]
    assert both.means["snr"]["b"] == pytest.approx(got.means["snr"]) and both.groupby("stem")["snr"].mean().notna().all()
    for table, rows in ((got, 1), (both, 2)):
        lines = repr(table).split("\n")
        rule = next(i for i, line in enumerate(lines) if set(line) == {"-"})
        assert all("mean" in line for line in lines[rule + 1:rule + 1 + rows]) and f"{got.means['snr']:.2f}" in lines[rule + 1]
        assert table._repr_html_().count("border-top") == 1 and f"{got.means['snr']:.2f}" in table._repr_html_()
    one = score(Stems({"a": R["mean"]}), Stems({"a": R["mean"]}), metrics="snr")
    for part in (one, got.describe(), got.T, got.iloc[:1], got.reset_index()): assert "---" not in repr(part)


def test_slices_keep_the_legend_of_what_they_show():
    E, R, _ = scene()
    got = score(E, R)
    part = got[["snr"]]
    assert isinstance(part, Scores) and part.legend()[0].startswith("snr") and not any(x.startswith("sdr") for x in part.legend())
    assert isinstance(got.T, Scores) and repr(got.T) and repr(got.describe()) and repr(got.copy()) and repr(got.iloc[:0])
    assert isinstance(got["snr"], pd.Series) and repr(Scores({"x": [1.]}))


def test_names_are_escaped():
    bad = "<script>alert(1)</script>"
    x = Audio(noise(1000), SR)
    html = score(Stems({bad: x*0., "b": x}), Stems({bad: x*0., "b": x}))._repr_html_()
    assert "<script" not in html


def test_metrics_by_group_name_metric_and_function():
    E, R, _ = scene(2)
    def loudness(estimate, reference, sr): return float(estimate.square().mean())
    got = score(E, R, metrics=("interactive", "snr", METRICS["stoi"], loudness))
    assert list(got.columns) == [*INTERACTIVE, "stoi", "loudness"]
    assert got["loudness"].iloc[0] == pytest.approx(float(E.tensor[0].square().mean()), rel=1e-5)
    assert list(score(E, R, metrics="si_sdr").columns) == ["si_sdr"]


def test_functions_say_by_their_arguments_what_they_need():
    "As in a search: estimate alone, with the rate, or with reference and rate; blind ones need no reference."
    E, R, _ = scene(2)
    def crest(estimate): return estimate.abs().max()/estimate.square().mean().sqrt()
    def rate(estimate, sr): return sr
    def error(estimate, reference, sr): return (estimate - reference).square().mean()
    def gain(estimate, reference, sr, floor=1e-9): return float(estimate.std()/max(float(reference.std()), floor))
    got = E.score(R, metrics=[crest, rate, error, gain])
    assert list(got.columns) == ["crest", "rate", "error", "gain"] and set(got["rate"]) == {SR}
    for i, n in enumerate(R):
        e, r = E.tensor[i].mean(0), R.tensor[i].mean(0)
        assert got["crest"][n] == pytest.approx(float(crest(e))) and got["error"][n] == pytest.approx(float(error(e, r, SR)))
        assert got["gain"][n] == pytest.approx(gain(e, r, SR))
    assert E.score(metrics=[crest, rate])["crest"].equals(got["crest"])
    assert "dnsmos" not in str(E.score(metrics="mixture_consistency").columns)
    for wrong, said in ((error, "reference is None.*error"), (lambda: 1, "metric is "), (lambda a, b, c, d: 1, "metric is "), (3, "is 3")):
        with pytest.raises((ParameterError, TypeError), match=said): E.score(metrics=[wrong])
    with pytest.raises(SepError, match="two returned an array.*expected one number"):
        def two(estimate): return np.ones(2)
        E.score(metrics=two)


def test_stems_are_scored_without_a_reference_where_none_is_needed():
    E, _, _ = scene(2, 2*SR)
    pytest.importorskip("speechmos")
    assert E.score(metrics="dnsmos").equals(score(E, metrics="dnsmos")) and E.score(metrics="dnsmos").shape == (2, 3)


def test_scores_leave_the_warnings_of_other_threads_alone(monkeypatch):
    "A filter of warnings is one for the whole process: while STOI or BSSEval ran, np.log(0) raised in another thread, or said nothing."
    pystoi = pytest.importorskip("pystoi.stoi")
    if not importlib.util.find_spec("museval"): pytest.skip("museval is not installed")
    E, R, _ = scene(1, 2*SR)
    before, seen = list(warnings.filters), []
    def watched(f): return lambda *a, **k: seen.append(list(warnings.filters)) or f(*a, **k)
    monkeypatch.setattr(pystoi, "stoi", watched(pystoi.stoi))
    monkeypatch.setattr(metrics.museval_metrics(), "bss_eval", watched(metrics.museval_metrics().bss_eval))
    score(E, R, metrics=("stoi", "estoi", "bsseval"))
    assert len(seen) == 3 and all(f == before for f in seen)


def test_stoi_of_too_little_sound_is_said_as_the_library_would():
    pystoi = pytest.importorskip("pystoi")
    for n, sr in ((3000, 10000), (4200, 10000), (4350, 10000), (7000, SR), (6200, SR), (SR, SR)):
        x = Audio(speechlike(n), sr)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            want = pystoi.stoi(x.samples[0].double().numpy(), x.samples[0].double().numpy(), sr)
        got = score(Stems({"a": x}), Stems({"a": x}), metrics="stoi")
        few = any("Not enough" in str(w.message) for w in told)
        assert math.isnan(got["stoi"]["a"]) == few and (few or got["stoi"]["a"] == pytest.approx(want, abs=1e-12))
        assert few == any("fewer than 30 frames" in t for t in got.notes)


def test_every_metric_can_be_called_by_name():
    E, R, mix = scene(2, SR)
    e, r, m = E.tensor[:, 0], R.tensor[:, 0], mix.samples[0]
    table = score(E, R, mix, metrics=tuple(METRICS))
    assert list(table.columns) == list(METRICS)
    for name, metric in METRICS.items():
        assert isinstance(metric, Metric) and metric.definition and metric.name == name
        assert metric.higher_is_better and metric.worst == metric.lo
        if name in GROUPS["bsseval"][1:] + GROUPS["dnsmos"][1:]: continue  # the same computation as the first of the group
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SepNotice)
            got = metric(e, r, SR, m)
        assert got.shape == (2,) and got.numpy() == pytest.approx(table[name].to_numpy()[:2], abs=1e-6), name
    for group in GROUPS.values(): assert set(group) <= set(METRICS)


def test_permuted_scores_name_who_was_taken():
    E, R, mix = scene(3)
    E2 = Stems({"x": E["stem 2"], "y": E["stem 0"], "spare": mix*.01, "z": E["stem 1"]}, mix=mix)
    got = score(E2, R, permute=True)
    assert got.order == {"stem 0": "y", "stem 1": "z", "stem 2": "x"}
    assert got.to_numpy() == pytest.approx(score(E, R).to_numpy())


def test_the_mixture_is_the_estimate_s_then_the_reference_s():
    E, R, mix = scene(2)
    bare = Stems(dict(E))
    assert score(bare, R)["si_sdri"].iloc[0] == pytest.approx(score(E, R, mix)["si_sdri"].iloc[0])
    other = mix + Audio(noise(1, mix.n_samples, seed=5), SR)
    assert score(E, R, other)["snri"].iloc[0] > score(E, R)["snri"].iloc[0]
    assert E.score(R).equals(score(E, R))


def test_frames_are_scored_one_by_one():
    E, R, _ = scene(2, 3*SR)
    got = framewise(E, R, frame_s=.5)
    assert list(got.columns) == ["stem 0", "stem 1"] and got.index.name == "time_s" and len(got) == 6
    for i, t in enumerate(got.index):
        cut = lambda s, t=t: s.clip(t - .25, t + .25)
        assert got.iloc[i].to_numpy() == pytest.approx(score(cut(E), cut(R))["si_sdr"].to_numpy()[:2], abs=1e-6)
    assert len(framewise(E, R, frame_s=.5, hop_s=.25)) == 11
    assert len(framewise(E, R, frame_s=10.)) == 1
    whole = score(E, R, metrics=("si_sdr", "snri"), frames_s=.5)
    assert whole["si_sdr"].iloc[0] == pytest.approx(got["stem 0"].median())
    assert whole.frames.columns.names == ["metric", "stem"] and "6 frames" in whole.notes[-1]


def test_silent_frames_are_nan():
    E, R, mix = scene(2, 2*SR)
    x = R.tensor
    x[0, :, :SR] = 0
    got = framewise(E, Stems.from_tensor(x, R.names, mix), frame_s=1.)
    assert math.isnan(got["stem 0"].iloc[0]) and got["stem 0"].iloc[1:].notna().all() and got["stem 1"].notna().all()


# errors

@pytest.mark.parametrize("change,words", [
    (lambda E, R, m: score(E.clip(0, 1), R), ["samples"]),
    (lambda E, R, m: score(E.resample(8000), R), ["8000", "16000", "resample"]),
    (lambda E, R, m: score(E, R, m.clip(0, 1)), ["mixture", "samples"]),
    (lambda E, R, m: score(E.rename({"stem 0": "x"}), R), ["estimate", "'x'", "permute=True", "rename"]),
    (lambda E, R, m: score(Stems({"stem 0": E["stem 0"]}), R, permute=True), ["estimate", "at least 2"]),
    (lambda E, R, m: score(E, R, metrics="si_sd"), ["metrics", "si_sd", "Did you mean"]),
    (lambda E, R, m: score(E, R, metrics=(3,)), ["metric", "3"]),
    (lambda E, R, m: score(E), ["reference", "dnsmos"]),
    (lambda E, R, m: score(E.tensor, R), ["estimate", "Stems", "Wrap"]),
    (lambda E, R, m: score(E, R, "mix"), ["mix", "Audio"]),
    (lambda E, R, m: score(E, R, metrics="bsseval", frames_s=1.), ["bss_sdr", "framewise already"]),
    (lambda E, R, m: score(E, R, frames_s=0), ["frame_s", "0"]),
    (lambda E, R, m: compare(m, {}, R), ["methods", "at least one"]),
    (lambda E, R, m: compare(m, "nmf", R), ["methods", "{name: method}"]),
    (lambda E, R, m: compare(m, {"x": E}, R.clip(0, 1)), ["mixture", "reference"]),
    (lambda E, R, m: compare(E, {"x": E}, R), ["mix", "Audio"]),
    (lambda E, R, m: METRICS["si_sdr"](E.tensor), ["reference", "si_sdr"]),
    (lambda E, R, m: METRICS["pesq"](E.tensor, R.tensor), ["sr", "pesq"]),
    (lambda E, R, m: METRICS["bss_sir"](E.tensor[0, 0], R.tensor[0, 0], SR), ["estimate", "(S, T)"]),
    (lambda E, R, m: snr(E.tensor[..., 1:], R.tensor), ["estimate", "32000"]),
    (lambda E, R, m: snr(E.tensor[[0, 1, 1]], R.tensor), ["estimate", "leading"]),
    (lambda E, R, m: snr(E.tensor*math.nan, R.tensor), ["estimate", "NaN"]),
    (lambda E, R, m: sdr(E.tensor, R.tensor/0), ["reference", "NaN or infinite"]),
    (lambda E, R, m: si_sdr(E.tensor.short(), R.tensor), ["estimate", "real"]),
    (lambda E, R, m: si_sdr(E.tensor[..., :0], R.tensor), ["estimate"]),
    (lambda E, R, m: best_permutation(E.tensor[:1, 0], R.tensor[:, 0]), ["estimate", "at least 2"]),
])
def test_bad_input_gets_a_clear_error(change, words):
    E, R, mix = scene(2)
    before = E.tensor, R.tensor, mix.samples.clone()
    with pytest.raises(ParameterError) as err: change(E, R, mix)
    for w in words: assert w in str(err.value), str(err.value)
    assert all(torch.equal(a, b) for a, b in zip(before, (E.tensor, R.tensor, mix.samples), strict=True))


def test_a_missing_package_is_named_in_one_line(monkeypatch):
    E, R, _ = scene(1)
    for package, metric in (("pesq", "pesq"), ("pystoi", "stoi"), ("museval", "bsseval"), ("speechmos", "dnsmos")):
        METRICS[metric].family.__globals__["dnsmos_model"].cache_clear() if metric == "dnsmos_sig" else None
        from sep_toolkit.scores import metrics
        metrics.dnsmos_model.cache_clear()
        metrics.museval_metrics.cache_clear()
        monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(SepError, match=r"sep_toolkit\[eval\]") as err: score(E, R, metrics=metric)
        assert "\n" not in str(err.value) and package.split(".")[0] in str(err.value)


def test_other_rates_are_resampled_and_it_is_said():
    x = Audio(speechlike(3*22050), 22050)
    got = score(x, x, metrics=("pesq", "dnsmos_sig"))
    assert got["pesq"].iloc[0] > 4.5 and [n for n in got.notes if n == "pesq: resampled from 22050 Hz to 16000 Hz."]
    with pytest.warns(SepNotice, match="11025 Hz to 8000 Hz"): METRICS["pesq"](x.samples, x.samples, 11025)


# compare

def test_compare_scores_every_method_and_keeps_every_result():
    E, R, mix = scene(2)
    class Named:
        def __call__(self, m): return Stems({"stem 0": m*.5, "stem 1": m*.5})
    got = compare(mix, {"given": E, "half": Named()}, R, metrics=("snr", "si_sdri"))
    assert list(got.columns) == ["snr", "si_sdri", "residual_db", "seconds"]
    assert got.loc["given"][["snr", "si_sdri"]].to_numpy() == pytest.approx(score(E, R, metrics=("snr", "si_sdri")).to_numpy())
    assert set(got.results) == {"given", "half"} and got.results["half"].residual.peak < 1e-6
    assert list(got.sounds())[0] == "mixture" and len(got.sounds()) == 5
    assert math.isnan(got["seconds"]["given", "stem 0"]) and got["seconds"]["half", "stem 1"] >= 0
    assert "snr (dB" in repr(got) and type(got[["snr"]]) is Scores


def test_one_failing_method_does_not_take_the_others_with_it():
    E, R, mix = scene(2)
    def broken(m): raise RuntimeError("out of cheese")
    got = compare(mix, {"given": E, "broken": broken, "wrong": lambda m: m, "other names": E.rename({"stem 0": "a", "stem 1": "b"})}, R)
    assert list(got.results) == ["given", "other names"]
    assert "out of cheese" in " ".join(got.notes) and "expected functions that return Stems" in " ".join(got.notes)
    assert got["snr"]["broken"].isna().all() and got["snr"]["given"].notna().all()
    with pytest.raises(SepError, match="every method failed.*cheese"): compare(mix, {"broken": broken}, R)


def test_a_metric_that_cannot_be_computed_does_not_take_the_others_with_it(monkeypatch):
    "Not installed, or failing: its column is NaN and it is said once; asked for alone, it raises."
    E, R, mix = scene(2)
    def lacking(name, extra=""): raise SepError(f"{name} is not installed: pip install 'sep_toolkit[{extra}]'.")
    monkeypatch.setattr("sep_toolkit.scores.libraries.need", lacking)
    def angry(estimate): raise RuntimeError("out of cheese")
    got = compare(mix, {"given": E, "half": Stems({n: mix*.5 for n in R})}, R, metrics=("snr", "pesq", "stoi", angry))
    assert list(got.columns) == ["snr", "pesq", "stoi", "angry", "residual_db", "seconds"]
    assert got["snr"].notna().all() and got[["pesq", "stoi", "angry"]].isna().all(axis=None) and set(got.results) == {"given", "half"}
    assert len([n for n in got.notes if "pesq is not installed: pip install 'sep_toolkit[eval]'" in n]) == 1
    assert len([n for n in got.notes if "out of cheese" in n]) == 1 and "pystoi is not installed" in repr(got)
    assert compare(mix, {"given": E}, metrics=("dnsmos", "mixture_consistency"))["mixture_consistency"].notna().all()
    with pytest.raises(SepError, match="pesq is not installed"): score(E, R, metrics=("snr", "pesq"))


def test_an_interrupt_stops_compare():
    def stop(m): raise KeyboardInterrupt
    _, R, mix = scene(2)
    with pytest.raises(KeyboardInterrupt): compare(mix, {"stop": stop}, R)


def test_compare_without_a_reference_and_with_stems_on_one_side_only():
    E, R, mix = scene(2)
    got = compare(mix, {"given": E})
    assert list(got.columns) == ["residual_db", "seconds"] and got.index.tolist() == [("given", "all")]
    part = compare(mix, {"given": E}, Stems({"stem 0": R["stem 0"]}), metrics="snr")
    assert part["snr"]["given", "stem 0"] == pytest.approx(score(E, R)["snr"]["stem 0"])
    assert "not scored" in part.notes[0] and "stem 1" in part.notes[0]
    free = compare(mix, {"x": E.rename({"stem 0": "b", "stem 1": "a"})}, R, metrics="snr", permute=True)
    assert free["snr"].to_numpy() == pytest.approx(score(E, R)["snr"].to_numpy())


def test_compare_runs_separators_by_object_and_name():
    from sep_toolkit.classical.masks import OracleMask
    _, R, mix = scene(2)
    got = compare(mix, {"oracle": OracleMask(R)}, R)
    assert got.means["si_sdri"]["oracle"] > 3 and got.means["seconds"]["oracle"] > 0
    assert "hpss" in compare(mix, ["hpss"], metrics=()).results
