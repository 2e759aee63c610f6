"""The training loop: exact resume, what it needs, what it refuses; the data recipe: laws of every part."""
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sep_toolkit.core import DataError, ParameterError, SepError, generator
from sep_toolkit.enhancer import load_enhancer
from sep_toolkit.train import (
    NOISES, Plan, Task, Training, clicks, colour, crop, draw, enhancer_task, envelope, finish, hum, main, mixture, mixtures, noise,
    read_checkpoint, read_pack, si_sdr_db, snr_db, spectral_distance, stretch, write_pack,
)

ROOT = Path(__file__).resolve().parent.parent
SR = 4000
SMALL = dict(n_fft=64, hop=32, low=16, channels=(4, 4, 4), hidden=6)


@pytest.fixture(scope="module")
def pack_file(tmp_path_factory):
    g = torch.Generator().manual_seed(0)
    t = torch.arange(3 * SR) / SR
    speech = [0.2 * torch.sin(2 * torch.pi * f * t) * torch.sin(2 * torch.pi * 2 * t).clamp(min=0) for f in (200, 300, 410, 520)]
    hiss = [0.1 * torch.randn(2 * SR, generator=g) for _ in range(3)]
    return write_pack(tmp_path_factory.mktemp("pack") / "pack.safetensors",
                      dict(speech=speech[:3], speech_valid=speech[3:], noise=hiss[:2], noise_valid=hiss[2:]), sr=SR,
                      facts={"credits": [{"what": "sines", "by": "nobody", "licence": "CC0"}]})


@pytest.fixture(scope="module")
def pack(pack_file):
    return read_pack(pack_file)


def loop_of(pack, folder=None, plan=None, valid=0, **more):
    task = enhancer_task(pack, seconds=0.5, settings=SMALL, valid=valid)
    plan = Plan(**{"iterations": 6, "batch": 2, "warmup": 2, "valid_every": 2, **(plan or {})})
    return Training(task, plan, folder, device="cpu", **more)


def same(a, b):
    return all(torch.equal(v, b.model.state_dict()[k]) for k, v in a.model.state_dict().items()) \
        and all(torch.equal(v, b.ema[k]) for k, v in a.ema.items())


def without_time(history):
    return [{k: v for k, v in line.items() if k != "seconds"} for line in history]


# Exact resume

@pytest.mark.parametrize("stop", [1, 3, 5])
def test_resumed_is_the_same_to_the_bit(pack, tmp_path, stop):
    straight = loop_of(pack, tmp_path / "a", valid=2)
    straight.run()
    loop_of(pack, tmp_path / "b", valid=2).run(stop_at=stop)
    second = loop_of(pack, tmp_path / "b", valid=2)
    assert second.iteration == stop
    second.run()
    assert same(straight, second) and second.iteration == 6
    assert without_time(straight.history) == without_time(second.history)
    assert straight.best == second.best
    assert (tmp_path / "a/best.safetensors").read_bytes() == (tmp_path / "b/best.safetensors").read_bytes()


def test_a_crash_after_a_checkpoint_repeats_the_lost_iterations(pack, tmp_path):
    straight, first = loop_of(pack), loop_of(pack, tmp_path)
    straight.run()
    first.run(stop_at=2)
    for _ in range(3):
        first.step()  # lost: never written
    second = loop_of(pack, tmp_path)
    assert second.iteration == 2
    second.run()
    assert same(straight, second)


def test_models_that_draw_resume_too(pack, tmp_path):
    def dropping(folder=None):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(1)
            model = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.Dropout(0.5), torch.nn.Linear(8, 1))
        task = Task(model, lambda g, n: (torch.randn(n, 8, generator=g),), lambda m, x: (m(x).square().mean(), {}))
        return Training(task, Plan(iterations=6, batch=4), folder, device="cpu")
    straight = dropping()
    straight.run()
    dropping(tmp_path).run(stop_at=3)
    torch.manual_seed(12345)
    torch.rand(3)
    second = dropping(tmp_path)
    second.run()
    assert same(straight, second)


def test_training_leaves_the_global_generator_alone(pack):
    torch.manual_seed(3)
    want = torch.rand(2)
    torch.manual_seed(3)
    loop_of(pack).run(stop_at=2)
    assert torch.equal(torch.rand(2), want)


def test_killed_from_outside_and_called_again(pack_file, tmp_path):
    "SIGTERM waits for the end of the step and leaves a checkpoint; the same command goes on, to the same bits."
    def command(out, iterations):
        return ["enhancer", "--pack", str(pack_file), "--out", str(out), "--batch", "1", "--seconds", "0.25", "--device", "cpu",
                "--threads", "1", "--valid-every", "100000", "--decay", "0", "--save-every-s", "0", "--iterations", str(iterations)]
    process = subprocess.Popen([sys.executable, "-m", "sep_toolkit.train", *command(tmp_path / "a", 10**6)])
    for _ in range(1200):
        if (tmp_path / "a/checkpoint.safetensors").exists():
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    stopped, threads = read_checkpoint(tmp_path / "a/checkpoint.safetensors")[0]["iteration"], torch.get_num_threads()
    assert 0 < stopped < 10**6
    try:
        for out in ("a", "b"):
            main(command(tmp_path / out, stopped + 1))
    finally:
        torch.set_num_threads(threads)
    (meta, a), (_, b) = (read_checkpoint(tmp_path / out / "checkpoint.safetensors") for out in ("a", "b"))
    assert meta["iteration"] == stopped + 1 and a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)
    assert (tmp_path / "a/enhancer.safetensors").read_bytes() == (tmp_path / "b/enhancer.safetensors").read_bytes()


# What it needs

BLOCKER = """
import sys
from importlib.machinery import ModuleSpec
class Only:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {blocked}: return ModuleSpec(name, self)
    def create_module(self, spec): raise ImportError(spec.name + " is blocked")
    def exec_module(self, module): pass
sys.meta_path.insert(0, Only())
from sep_toolkit.train import main
raise SystemExit(main(sys.argv[1:]))
"""
BLOCKED = {"librosa", "soundfile", "scipy", "matplotlib", "pandas", "xarray", "h5netcdf", "h5py", "torchmetrics", "IPython", "ipywidgets",
           "anywidget", "numba", "sklearn", "onnxruntime", "nbdev", "fastcore", "pooch", "traitlets"}


def test_the_recipe_needs_torch_numpy_and_safetensors(pack_file, tmp_path):
    out = subprocess.run([sys.executable, "-c", BLOCKER.format(blocked=BLOCKED), "enhancer", "--pack", str(pack_file), "--out",
                          str(tmp_path), "--iterations", "3", "--batch", "1", "--seconds", "0.5", "--valid-every", "2", "--device", "cpu"],
                         capture_output=True, text=True)
    assert out.returncode == 0, out.stderr
    card = json.loads((tmp_path / "enhancer.json").read_text())
    assert "nobody (CC0)" in card["attribution"] and card["credits"][0]["what"] == "sines" and card["training"]["iterations"] == 3
    assert load_enhancer(tmp_path)(torch.zeros(1, 100)).shape == (1, 100)


def test_a_blocked_library_would_be_noticed():
    code = BLOCKER.format(blocked=BLOCKED).replace("from sep_toolkit.train import main", "import scipy")
    assert "scipy is blocked" in subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stderr


def test_the_command_line_says_what_is_wrong(tmp_path, capsys):
    with pytest.raises(SystemExit) as e:
        main(["enhancer", "--pack", str(tmp_path / "none"), "--out", str(tmp_path)])
    assert e.value.code == 1 and "is not a data pack" in capsys.readouterr().err


# The loop

def test_it_learns(pack):
    loop = loop_of(pack, plan=dict(iterations=40, lr=1e-2, warmup=3, batch=4, ema=0.9, valid_every=20), valid=4)
    history = loop.run()
    assert history[-1]["loss"] < history[0]["loss"] and history[-1]["snr"] > history[0]["snr"] + 3
    assert loop.best["score"] == max(line["score"] for line in history)
    held = mixtures(generator(12345), pack, 4, 4 * SR, "_valid")
    with torch.no_grad():
        after = si_sdr_db(loop.averaged()(held[0]), held[1]).clamp(max=30)
    assert float((after - si_sdr_db(*held).clamp(max=30)).mean()) == pytest.approx(history[-1]["score"], abs=1e-3)


def test_average_is_the_formula(pack):
    loop = loop_of(pack, plan=dict(ema=0.7))
    name = next(iter(dict(loop.model.named_parameters())))
    want = loop.model.state_dict()[name].clone()
    for i in range(5):
        loop.step()
        keep = min(0.7, (1 + i) / (10 + i))
        want = keep * want + (1 - keep) * loop.model.state_dict()[name]
    assert torch.allclose(loop.ema[name], want, atol=1e-6)
    assert loop.ema["down.0.1.num_batches_tracked"] == 5


def test_bfloat16_runs(pack):
    loop = loop_of(pack, plan=dict(precision="bfloat16"))
    loop.run(stop_at=2)
    assert all(torch.isfinite(v).all() and v.dtype != torch.bfloat16 for v in loop.model.state_dict().values())


@pytest.mark.parametrize("what", ["one", "all"])
def test_gradients_that_are_not_finite(what):
    model, calls = torch.nn.Linear(2, 1), []
    def loss(m, x):
        calls.append(1)
        return m(x).sum() * (float("nan") if what == "all" or len(calls) == 2 else 1.), {}
    loop = Training(Task(model, lambda g, n: (torch.ones(n, 2),), loss), Plan(iterations=40, batch=1), device="cpu")
    if what == "all":
        with pytest.raises(SepError, match="iteration 20: no finite gradient"):
            loop.run()
    else:
        loop.run()
        assert loop.iteration == 40
    assert all(torch.isfinite(p).all() for p in model.parameters())


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5000), st.integers(0, 500), st.floats(0, 1))
def test_rate_stays_in_bounds_and_ends_low(iterations, warmup, decay):
    plan = Plan(iterations=iterations, warmup=warmup, decay=decay, lr=1.)
    rates = [plan.rate(i) for i in range(0, iterations, max(1, iterations // 50))]
    assert all(0 < r <= 1 for r in rates)
    assert plan.rate(iterations - 1) <= 1 / max(1., decay * iterations) + 1e-12


def test_the_end_can_be_moved(pack, tmp_path):
    loop_of(pack, tmp_path).run(stop_at=2)
    longer = loop_of(pack, tmp_path, plan=dict(iterations=9))
    longer.run()
    assert longer.iteration == 9


@pytest.mark.parametrize("plan", [dict(lr=0.5), dict(seed=3), dict(batch=5), dict(ema=0.5)])
def test_another_plan_is_refused(pack, tmp_path, plan):
    loop_of(pack, tmp_path).run(stop_at=1)
    with pytest.raises(ParameterError, match=next(iter(plan))):
        loop_of(pack, tmp_path, plan=plan)


def test_another_task_is_refused(pack, tmp_path):
    loop_of(pack, tmp_path).run(stop_at=1)
    with pytest.raises(ParameterError, match="seconds"):
        Training(enhancer_task(pack, seconds=0.6, settings=SMALL, valid=0), Plan(iterations=6, batch=2, warmup=2), tmp_path, device="cpu")


@pytest.mark.parametrize("data", [b"", b"rubbish", None])
def test_a_damaged_checkpoint_says_so(pack, tmp_path, data):
    loop_of(pack, tmp_path).run(stop_at=1)
    path = tmp_path / "checkpoint.safetensors"
    path.write_bytes(path.read_bytes()[:-100] if data is None else data)
    with pytest.raises(DataError, match="checkpoint"):
        loop_of(pack, tmp_path)


@pytest.mark.parametrize("bad", [dict(iterations=0), dict(lr=-1), dict(ema=2), dict(precision="half"), dict(batch=1.5), dict(decay=-0.1)])
def test_bad_plans(bad):
    with pytest.raises(ParameterError, match=next(iter(bad))):
        Plan(**bad)


def test_an_interrupt_waits_for_the_step(pack, tmp_path):
    loop, plain = loop_of(pack, tmp_path), signal.getsignal(signal.SIGINT)
    batch = loop.task.batch
    def interrupted(g, n):
        if loop.iteration == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return batch(g, n)
    object.__setattr__(loop.task, "batch", interrupted)
    loop.run()
    assert loop.iteration == 3 and signal.getsignal(signal.SIGINT) is plain
    assert read_checkpoint(tmp_path / "checkpoint.safetensors")[0]["iteration"] == 3


def test_minutes_and_folderless(pack):
    loop = loop_of(pack)
    loop.run(minutes=0)
    assert loop.iteration == 0
    assert "0 of 6" in repr(loop)


def test_log_lines_and_curves(pack, tmp_path):
    lines = []
    loop = loop_of(pack, tmp_path, valid=2, on_log=lines.append)
    loop.run()
    assert [x["iteration"] for x in lines] == [2, 4, 6] and lines == loop.history
    assert all({"loss", "snr", "distance", "gradient", "score", "worst", "lr"} <= set(x) for x in lines)
    assert len(draw(tmp_path).axes) == 2 and len(draw(lines, ("lr",)).axes) == 1
    with pytest.raises(DataError, match="no history"):
        draw(tmp_path / "none")


def test_finish_takes_the_best(pack, tmp_path):
    loop = loop_of(pack, tmp_path, valid=2)
    loop.run()
    best = {k: v.clone() for k, v in loop.ema.items()}
    loop.best = {"score": 1e9, "iteration": 6}
    loop._write("best.safetensors", best, {})
    for v in loop.ema.values():
        v.zero_()
    card = finish(loop, pack, facts={"made": "today"})
    saved = load_enhancer(tmp_path).state_dict()
    assert all(torch.allclose(saved[k], best[k], rtol=1e-3, atol=1e-6) for k in best if best[k].is_floating_point())
    assert card["made"] == "today" and card["validation"]["iteration"] == 6


# Packs

def test_packs_come_back(tmp_path):
    x = [torch.linspace(-1, 1, 100), torch.tensor([2., -2., 0.5])]
    pack = read_pack(write_pack(tmp_path / "p", {"a": x, "empty": []}, sr=8000, facts={"k": [1, "ü"]}))
    assert pack.sr == 8000 and pack.facts == {"k": [1, "ü"]} and pack.groups["empty"] == []
    assert [len(v) for v in pack.groups["a"]] == [100, 3]
    assert torch.allclose(pack.groups["a"][0].float() / 32767, x[0], atol=1 / 32767)
    assert pack.groups["a"][1].tolist() == [32767, -32767, 16384]
    assert "a: 2 signals" in repr(pack)


@pytest.mark.parametrize("data", [b"", b"x" * 50])
def test_no_pack(tmp_path, data):
    (tmp_path / "p").write_bytes(data)
    with pytest.raises(DataError, match="not a data pack"):
        read_pack(tmp_path / "p")


def test_other_safetensors_are_no_pack(tmp_path):
    from safetensors.torch import save_file
    save_file({"a": torch.zeros(3)}, tmp_path / "p")
    with pytest.raises(DataError, match="not a data pack"):
        read_pack(tmp_path / "p")


def test_a_pack_without_noise(tmp_path):
    pack = read_pack(write_pack(tmp_path / "p", {"speech": [torch.rand(100)]}, sr=8000))
    with pytest.raises(DataError, match="'noise'"):
        enhancer_task(pack)


# The data

@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(50, 9000), st.floats(0.5, 2))
def test_crops_have_the_size_asked_for(seed, size, rate):
    signals = [torch.arange(300, dtype=torch.int16), torch.arange(6000, dtype=torch.int16)]
    kept = [s.clone() for s in signals]
    x = crop(generator(seed), signals, size, rate)
    assert x.shape == (size,) and torch.isfinite(x).all() and x.abs().max() < 1
    assert all(torch.equal(a, b) for a, b in zip(kept, signals))
    assert torch.equal(x, crop(generator(seed), signals, size, rate))


def test_stretch_moves_the_pitch():
    t = torch.arange(4000)
    x = torch.sin(2 * torch.pi * 100 * t / 4000)
    for size in (2000, 3999, 5000):
        y = stretch(x, size)
        assert int(torch.fft.rfft(y).abs().argmax()) == 100 and float(y.abs().max()) == pytest.approx(1, abs=0.02)


def test_colour_has_the_slope():
    x = torch.randn(1 << 16, generator=generator(0))
    X, Y = (torch.fft.rfft(v).abs() for v in (x, colour(generator(0), x, -1., 0.)))
    f = torch.arange(len(X)) / len(X)
    assert torch.allclose((Y / X)[100:], 1 / (1 + 400 * f[100:]), rtol=1e-2)


@pytest.mark.parametrize("size", [500, 8000, 32000])
@pytest.mark.parametrize("make", [hum, clicks, envelope])
def test_made_noises(make, size):
    for seed in range(20):
        x = make(generator(seed), size, SR)
        assert x.shape == (size,) and torch.isfinite(x).all()
        if make is envelope:
            assert (x > 0).all()


def test_all_kinds_of_noise_come_and_have_rms_1(pack):
    for seed in range(60):
        x = noise(generator(seed), pack, 4000)
        assert torch.isfinite(x).all() and float(x.square().mean().sqrt()) == pytest.approx(1, abs=0.05) or float(x.abs().max()) < 1e-3
    assert sum(NOISES.values()) == pytest.approx(1)


def test_mixtures_are_speech_plus_noise_at_the_snr_asked_for(pack):
    pairs = [mixture(generator(s), pack, 8000) for s in range(150)]
    snrs = torch.stack([snr_db(a[None], b[None])[0] for a, b in pairs])
    noisy = snrs[snrs < 60]
    assert 0 < (snrs > 60).sum() < 20
    assert -6 < float(noisy.min()) < 0 and 15 < float(noisy.max()) < 21.5


def test_validation_material_is_not_trained_on(pack_file):
    "With the training groups silenced, nothing of the validation groups is heard."
    pack = read_pack(pack_file)
    for name in ("speech", "noise"):
        for v in pack.groups[name]:
            v.zero_()
    assert all(not mixture(generator(s), pack, 2000)[1].any() for s in range(10))


def test_losses_against_their_definitions():
    g = generator(0)
    s, e = torch.randn(3, 4000, generator=g), 0.3 * torch.randn(3, 4000, generator=g)
    want = 10 * torch.log10(s.square().sum(-1) / e.square().sum(-1))
    assert torch.allclose(snr_db(s + e, s), want, atol=1e-3)
    assert float(snr_db(s, s, 30.)[0]) == pytest.approx(30, abs=1e-3)
    a = (s * (s + e)).sum(-1, keepdim=True) / s.square().sum(-1, keepdim=True) * s
    assert torch.allclose(si_sdr_db(s + e, s), 10 * torch.log10(a.square().sum(-1) / (s + e - a).square().sum(-1)), atol=1e-3)
    assert spectral_distance(s + e, s) > spectral_distance(s + 0.1 * e, s) > spectral_distance(s, s) == 0
    assert torch.allclose(spectral_distance(5 * (s + e), 5 * s), spectral_distance(s + e, s), rtol=1e-3)


def test_the_same_iteration_draws_the_same_batch(pack):
    task = enhancer_task(pack, seconds=0.5, settings=SMALL, valid=0)
    for x, y in zip(task.batch(generator(7), 3), task.batch(generator(7), 3)):
        assert torch.equal(x, y)
    assert not torch.equal(task.batch(generator(7), 3)[0], task.batch(generator(8), 3)[0])


def test_the_pack_script(mirror, tmp_path):
    "A pack from the real recordings; test material stays outside."
    command = [sys.executable, str(ROOT / "scripts/make_enhancer_pack.py"), str(tmp_path / "p"), "--mirror", str(mirror), "--limit", "20"]
    out = subprocess.run(command, capture_output=True, text=True)
    assert out.returncode == 0, out.stderr
    pack = read_pack(tmp_path / "p")
    assert pack.sr == 16000 and {n: len(g) for n, g in pack.groups.items()} == dict(speech=21, speech_valid=2, noise=7, noise_valid=7)
    named = json.dumps(pack.facts["credits"])
    assert all(name in named for name in ("Picovoice", "InspectorJ", "LibriSpeech", "Google")) and "noisy_speech" not in named


def test_plan_is_written_whole(pack, tmp_path):
    loop = loop_of(pack, tmp_path)
    loop.run(stop_at=1)
    assert read_checkpoint(tmp_path / "checkpoint.safetensors")[0]["plan"] == asdict(loop.plan)
