"""What every separator promises, asked of every separator there is."""
import functools
import pickle
import tempfile

import numpy as np
import pytest
import torch

from sep_toolkit.sound.audio import Audio, Stems
from sep_toolkit.core import ParameterError
from sep_toolkit.runs.run import make_method, METHODS, record, Run, separate
from sep_toolkit.sound.scenes import scene
from sep_toolkit.runs.separator import cost

SR = 16000
SCENE = scene("voices", seed=3, duration_s=1.0, sr=SR, n_stems=2)
F0 = SCENE.f0


def wrapped():
    from sep_toolkit.onestep.wrapped import wrap
    return wrap(lambda x: torch.stack([x*0.7, x*0.3], 1), sr=SR, stems=("most", "rest"))


def diffusion():
    from sep_toolkit.diffusion.gaussian import GaussianPrior
    f = torch.arange(257)/256
    return make_method("diffusion", priors={"low": GaussianPrior(spectrum=torch.exp(-30*f)), "high": GaussianPrior(spectrum=.1*f)}, steps=8)


@functools.cache
def spleeter_folder():
    "A network of Spleeter's shape, small and untrained; its own tests ask the pretrained one."
    from sep_toolkit.cards import save_weights
    from sep_toolkit.onestep.spleeter import FACTS, MODELS, SpleeterNet
    torch.manual_seed(0)
    settings = {"activation": "elu", "filters": [2, 3, 4, 4, 5, 6]}
    net, folder = SpleeterNet(MODELS["2stems"], **settings), tempfile.TemporaryDirectory()
    card = FACTS | {"name": "spleeter", "stems": list(MODELS["2stems"]), "settings": settings}
    save_weights(net.state_dict(), folder.name, "spleeter", card)
    return folder  # deleted when Python ends


def mix_for(method):
    "The mixture at the rate of a method: a trace holds what the method saw."
    return SCENE.mix if method.sr in (None, SR) else SCENE.mix.resample(method.sr)


MADE = {
    "comb": lambda: make_method("comb", f0=F0),
    "hpss": lambda: make_method("hpss"),
    "nmf": lambda: make_method("nmf", n_stems=2, iterations=6),
    "informed_nmf": lambda: make_method("informed_nmf", f0=F0, iterations=4),
    "source_filter_nmf": lambda: make_method("source_filter_nmf", f0=F0, iterations=4),
    "oracle": lambda: make_method("oracle", reference=SCENE.stems),
    "binary": lambda: make_method("oracle", reference=SCENE.stems, kind="binary"),
    "wiener": lambda: make_method("oracle", reference=SCENE.stems, kind="wiener"),
    "wrapped": wrapped,
    "enhancer": lambda: make_method("enhancer"),
    "gtcrn": lambda: make_method("gtcrn"),
    "dtln": lambda: make_method("dtln"),
    "multistep": lambda: make_method("multistep", model="enhancer", metric="mixture_consistency", passes=6),
    "diffusion": diffusion,
    "diffusion by name": lambda: make_method("diffusion", priors=["speech", "percussion"], steps=3),
    "source_filter": lambda: make_method("source_filter", f0=F0, rounds=4),
    "spleeter": lambda: make_method("spleeter", model=f"{spleeter_folder().name}/spleeter.json", device="cpu"),
}
SUMS_TO_MIX = {"comb", "hpss", "nmf", "informed_nmf", "source_filter_nmf", "oracle", "binary", "wiener", "wrapped", "source_filter"}
NEEDS_MIRROR = {"gtcrn", "dtln"}
LEVELS = {"gtcrn": -6, "dtln": -12, "spleeter": -20}  # dB: these networks have learned levels; half as loud, their stems differ a little


@pytest.fixture(params=MADE)
def case(request):
    if request.param in NEEDS_MIRROR:
        request.getfixturevalue("mirror")
        pytest.importorskip("onnxruntime")
    return request.param, MADE[request.param]()


def test_every_named_method_is_asked():
    "Spleeter works at 44.1 kHz and hears both channels at once: tests/onestep/test_spleeter.py asks it the same there."
    assert set(METHODS) - {"spleeter"} <= set(MADE)


def test_memory_is_bounded(case):
    name, method = case
    if name != "wrapped": assert method.chunk_s is not None and method.chunk_s <= 120 or method.parts is not None


def test_every_method_goes_to_another_process(case):
    name, method = case
    if name in ("wrapped", *NEEDS_MIRROR): return pytest.skip("a caller's lambda; methods of onnxruntime have tests of their own")
    mix = mix_for(method)
    before = separate(mix, method, seed=2).tensor
    assert torch.equal(separate(mix, pickle.loads(pickle.dumps(method)), seed=2).tensor, before)
    assert torch.equal(pickle.loads(pickle.dumps(record(mix, method, seed=2))).stems.tensor, before)


def test_shape_rate_names_and_untouched_input(case):
    name, method = case
    before = SCENE.mix.numpy()
    stems = separate(SCENE.mix, method)
    assert stems.names == tuple(method.stems) and stems.sr == SR and stems.mix is SCENE.mix
    assert stems.tensor.shape == (len(method.stems), 1, SCENE.mix.n_samples) and torch.isfinite(stems.tensor).all()
    assert np.array_equal(SCENE.mix.numpy(), before)
    assert max(a.peak for a in stems.values()) > 1e-3


def test_stems_and_residual_make_the_mixture(case):
    name, method = case
    stems = separate(SCENE.mix, method)
    total = sum((a.samples for a in stems.values()), stems.residual.samples)
    assert torch.allclose(total, SCENE.mix.samples, atol=1e-5)
    if name in SUMS_TO_MIX: assert stems.residual.peak < 1e-4


def test_silence_in_silence_out(case):
    name, method = case
    stems = separate(Audio(torch.zeros(1, SCENE.mix.n_samples), SR), method)
    assert all(a.peak < 1e-4 for a in stems.values())


def test_scale_covariance(case):
    name, method = case
    a, b = separate(SCENE.mix, method).tensor, separate(SCENE.mix*0.5, method).tensor
    error = 10*torch.log10((a*0.5 - b).square().sum()/(a*0.5).square().sum() + 1e-20)
    assert error < LEVELS.get(name, -60), f"{float(error):.1f} dB"


def test_same_seed_same_result_and_record_agrees(case):
    name, method = case
    mix = mix_for(method)
    a, b = separate(mix, method, seed=5), separate(mix, method, seed=5)
    assert torch.equal(a.tensor, b.tensor)
    assert torch.allclose(record(mix, method, seed=5).stems.tensor, a.tensor, atol=1e-6)


def test_stereo_is_taken_or_refused_by_name(case):
    name, method = case
    stereo = Audio(torch.cat([SCENE.mix.samples, SCENE.mix.samples*0.5]), SR)
    if method.mono:
        with pytest.raises(ParameterError, match=r"\.mono\(\)"): separate(stereo, method)
        return
    if name in ("oracle", "binary", "wiener"):
        method = make_method("oracle", reference=SCENE.stems.map(lambda a: Audio(torch.cat([a.samples, a.samples*0.5]), SR)))
    stems = separate(stereo, method)
    assert stems.channels == 2 and (stems[stems.names[0]].samples[1] - stems[stems.names[0]].samples[0]*0.5).abs().max() < 0.05


@pytest.mark.parametrize("n", [1, 7, 300])
def test_clips_shorter_than_a_window(case, n):
    name, method = case
    if name in ("oracle", "binary", "wiener"):
        method = make_method("oracle", reference=Stems({k: Audio(a.samples[:, :n], SR) for k, a in SCENE.stems.items()}))
    stems = separate(Audio(SCENE.mix.samples[:, 3000:3000 + n], SR), method)
    assert stems.n_samples == n and torch.isfinite(stems.tensor).all()


def test_a_run_can_be_watched_and_costs_are_known(case):
    name, method = case
    seen = []
    run = Run(method, SCENE.mix)
    run.observe(lambda r: seen.append(len(r.trace)))
    assert run.start().wait().state == "done" and max(seen) == len(run.trace) >= 1
    if name not in ("oracle", "binary", "wiener"): assert cost(method, SCENE.mix).passes >= 1


def test_replay_gives_the_same(case):
    name, method = case
    trace = record(SCENE.mix, method, seed=2)
    if name in NEEDS_MIRROR: assert trace.provenance["replayable"] and trace.provenance["weights"]["licence"]
    again = trace.replay() if trace.provenance["replayable"] else trace.replay(method)
    assert torch.equal(again.stems.tensor, trace.stems.tensor)
