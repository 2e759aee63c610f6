"""The training loop: exact resume, what it needs, what it refuses; the data recipe: laws of every part."""
import json
import math
import os
import signal
import subprocess
import sys
import time
import warnings
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
import torture
from safetensors.torch import save_file
from hypothesis import given, settings
from hypothesis import strategies as st

from sep_toolkit.sound.audio import Audio
from sep_toolkit.sound.files import save
from sep_toolkit.core import DataError, generator, ParameterError, SepError, SepNotice
from sep_toolkit.onestep.enhancer import load_enhancer
from sep_toolkit.diffusion.prior import Denoiser, DiffusionPrior, LEVEL_DB, load_prior, save_prior
from sep_toolkit.diffusion.tfnet import count, TFNet
from sep_toolkit.train.command import main
from sep_toolkit.train.loop import (
    average_runs, BLOCK_OF_SEEDS, draw_history, LAST_SEED, Plan, read_checkpoint, Training, TrainingTask,
)
from sep_toolkit.train.losses import batch_si_sdr_db, batch_snr_db, spectral_distance
from sep_toolkit.train.packs import (
    clicks, colour, crop, envelope, hum, mixture, mixtures, noise, NOISES, Pack, read_pack, stretch, write_pack,
)
from sep_toolkit.train.clips import clips_pack, held_clips, loud_spans, rhythm, source, toy_clips
from sep_toolkit.train.identification import identification, kind_wins, winners
from sep_toolkit.train.priors import (
    finish_prior, mean_spectra, palettes, prior_batch, prior_loss, prior_of, prior_task, train_prior, write_wav,
)
from sep_toolkit.train.speech import enhancer_task, finish_enhancer

ROOT = Path(__file__).resolve().parents[2]
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


def test_a_checkpoint_without_a_part_is_refused(pack, tmp_path):
    from safetensors import safe_open
    from safetensors.torch import save_file
    loop_of(pack, tmp_path).run(stop_at=2)
    path = tmp_path / "checkpoint.safetensors"
    with safe_open(path, "pt") as f:
        facts, tensors = f.metadata(), {k: f.get_tensor(k) for k in f.keys()}
    states = sorted(k for k in tensors if k.startswith("optimizer."))
    assert {k.rpartition(".")[2] for k in states} >= {"step", "exp_avg"}
    for k in (next(k for k in states if k.endswith(".step")), next(k for k in tensors if k.startswith("model."))):
        save_file({n: x for n, x in tensors.items() if n != k}, path, facts)
        with pytest.raises(DataError, match="does not belong to this model"): loop_of(pack, tmp_path)
    save_file({**tensors, "optimizer.first.step": torch.zeros(1)}, path, facts)
    with pytest.raises(DataError, match="does not belong to this model"): loop_of(pack, tmp_path)


def test_models_that_draw_resume_too(pack, tmp_path):
    def dropping(folder=None):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(1)
            model = torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.Dropout(0.5), torch.nn.Linear(8, 1))
        task = TrainingTask(model, lambda g, n: (torch.randn(n, 8, generator=g),), lambda m, x: (m(x).square().mean(), {}))
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


# The seed of a batch

def drawn(seed, i):
    "What iteration `i` of a training with that seed draws."
    seen = []
    def batch(g, n):
        seen.append(torch.rand(4, generator=g))
        return (torch.ones(n, 2),)
    loop = Training(TrainingTask(torch.nn.Linear(2, 1), batch, lambda m, x: (m(x).mean(), {})), Plan(seed=seed, batch=1), device="cpu")
    loop.iteration = i
    loop.step()
    return seen[0]


def test_a_batch_depends_on_the_seed_and_on_the_iteration():
    assert torch.equal(drawn(1, 5), drawn(1, 5))
    others = [drawn(1, 6), drawn(2, 5), drawn(0, 5), drawn(1, 4), drawn(5, 1), drawn(2, 4), drawn(0, 6)]
    assert not any(torch.equal(drawn(1, 5), x) for x in others)


def test_runs_with_different_seeds_share_no_batch():
    "Every plan seed has a block of batch seeds of its own, and all of them differ in the 32 bits that a generator uses."
    first, last = [], []
    for seed in range(LAST_SEED + 1):
        plan = Plan(iterations=BLOCK_OF_SEEDS, seed=seed)
        first.append(plan.batch_seed(0))
        last.append(plan.batch_seed(plan.iterations - 1))
    assert all(a < b for a, b in zip(first, last)) and all(b < a for b, a in zip(last, first[1:])) and last[-1] < 2**32
    same_32_bits = (torch.rand(3, generator=torch.Generator().manual_seed(7 + k*2**32)) for k in (0, 1))
    assert torch.equal(*same_32_bits), "a generator uses more than 32 bits by now: more seeds could be allowed"
    for bad in (dict(seed=LAST_SEED + 1), dict(iterations=BLOCK_OF_SEEDS + 1)):
        with pytest.raises(ParameterError, match=next(iter(bad))): Plan(**bad)


# A disk that is full

@pytest.fixture
def room(monkeypatch):
    "A disk that can be full: no file of these names is written then, as on a real one."
    full, write = set(), os.replace
    def replace(a, b):
        if "all" in full or Path(b).name in full: raise OSError(28, "No space left on device")
        return write(a, b)
    monkeypatch.setattr(os, "replace", replace)
    return full


def run_and_hear(loop):
    "The error at the end, or None, and the notices."
    error = None
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try: loop.run()
        except DataError as e: error = str(e)
    return error, [str(w.message) for w in said if isinstance(w.message, SepNotice)]


def test_a_full_disk_does_not_end_a_training(pack, tmp_path, room):
    "It trains to the end of the plan, notifies once, keeps the last checkpoint, and fails only at the end."
    loop_of(pack, tmp_path).run(stop_at=2)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    loop = loop_of(pack, tmp_path, valid=2, plan=dict(save_every_s=0))
    room.add("all")
    error, said = run_and_hear(loop)
    assert loop.iteration == 6 and len(loop.history) == 3
    assert len(said) == 1 and "No space left" in said[0] and "The training continues" in said[0]
    assert str(tmp_path) in error and "No space left" in error and "iteration 6" in error and ".save()" in error
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before
    room.clear()
    loop.save()
    again = loop_of(pack, tmp_path, valid=2)
    assert again.iteration == 6 and same(loop, again)


def test_a_disk_that_has_room_again_is_used(pack, tmp_path, room):
    "Once a save works, the next failure is reported anew; with the checkpoint written at the end there is no error."
    loop = loop_of(pack, tmp_path, plan=dict(save_every_s=0, valid_every=1))
    room.add("all")
    def clear(line):
        if line["iteration"] == 2: room.clear()
        if line["iteration"] == 4: room.add("all")
        if line["iteration"] == 5: room.clear()
    loop.on_log = clear
    error, said = run_and_hear(loop)
    assert error is None and len(said) == 2 and loop_of(pack, tmp_path).iteration == 6


def test_the_best_weights_count_once_they_are_on_disk(pack, tmp_path, room):
    scores = iter([1., 3., 2., 2.5])
    model = torch.nn.Linear(2, 1)
    task = TrainingTask(model, lambda g, n: (torch.randn(n, 2, generator=g),), lambda m, x: (m(x).square().mean(), {}),
                lambda m: {"score": next(scores)})
    change = {1: room.add, 2: room.discard}
    loop = Training(task, Plan(iterations=4, batch=1, valid_every=1, warmup=0), tmp_path, device="cpu",
                    on_log=lambda line: change.get(line["iteration"], len)("best.safetensors"))
    error, said = run_and_hear(loop)
    assert error is None and len(said) == 1 and loop.best == {"score": 2.5, "iteration": 4}  # 3 was never written


def test_a_folder_that_cannot_be_made_is_an_error_before_the_training(pack, tmp_path):
    (tmp_path / "file").write_text("in the way")
    loop = loop_of(pack, tmp_path / "file" / "runs")
    with pytest.raises(DataError, match="file"): loop.run()
    assert loop.iteration == 0


def test_a_prior_on_a_full_disk_is_one_clear_error(toys, tmp_path, room):
    loop = prior_loop(toys, valid=0)
    loop.run(stop_at=1)
    prior = prior_of(loop, 8000)
    card = dict(licence="MIT", attribution="x", training_data="x", source="x")
    save_prior(prior, tmp_path, card)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    room.add("all")
    with pytest.raises(DataError, match="cannot write .*No space left on device"): save_prior(prior, tmp_path, card, name="sounds")
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_a_real_full_disk(tmp_path):
    "On a small file system: the training ends at the end of its plan, with the old checkpoint in place; a prior is not written at all."
    with torture.small_disk(tmp_path, 1500) as place:
        if place is None: pytest.skip("needs the right to mount a small file system")
        out = torture.training(place)
        assert out.count == 4 and not out.failed, out.notes


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


def test_the_command_says_where_it_cannot_write(tmp_path, toys, capsys):
    (tmp_path / "file").write_text("in the way")
    pack = write_pack(tmp_path / "p", {k: [x.float() / 32767 for x in v] for k, v in toys.groups.items()}, sr=8000)
    with pytest.raises(SystemExit) as e:
        main(["prior", "--pack", str(pack), "--out", str(tmp_path / "file"), "--config", "toy", "--iterations", "1", "--seconds", "0.25"])
    assert e.value.code == 1 and str(tmp_path / "file") in capsys.readouterr().err


# The loop

def test_it_learns(pack):
    loop = loop_of(pack, plan=dict(iterations=40, lr=1e-2, warmup=3, batch=4, ema=0.9, valid_every=20), valid=4)
    history = loop.run()
    assert history[-1]["loss"] < history[0]["loss"] and history[-1]["snr"] > history[0]["snr"] + 3
    assert loop.best["score"] == max(line["score"] for line in history)
    held = mixtures(generator(12345), pack, 4, 4 * SR, "_valid")
    with torch.no_grad():
        after = batch_si_sdr_db(loop.averaged()(held[0]), held[1]).clamp(max=30)
    assert float((after - batch_si_sdr_db(*held).clamp(max=30)).mean()) == pytest.approx(history[-1]["score"], abs=1e-3)


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
    loop = Training(TrainingTask(model, lambda g, n: (torch.ones(n, 2),), loss), Plan(iterations=40, batch=1), device="cpu")
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


def test_runs_side_by_side_go_on_from_the_mean_of_their_weights(pack, tmp_path):
    "Weights and averaged weights are those of the mean; optimizer, iteration and seed stay each run's own."
    make = lambda name, **plan: loop_of(pack, tmp_path / name, plan=plan)
    runs = [make(name, seed=seed) for name, seed in (("a", 1), ("b", 2), ("c", 3))]
    for i, loop in enumerate(runs): loop.run(stop_at=2 + i)
    before = [read_checkpoint(tmp_path / name / "checkpoint.safetensors") for name in "abc"]
    assert average_runs([tmp_path / name for name in "abc"]) == [2, 3, 4]
    after = [make(name, seed=seed) for name, seed in (("a", 1), ("b", 2), ("c", 3))]
    for i, loop in enumerate(after):
        loop.save()
        meta, tensors = read_checkpoint(tmp_path / "abc"[i] / "checkpoint.safetensors")
        assert {k: v for k, v in meta.items() if k != "plan"} == {k: v for k, v in before[i][0].items() if k != "plan"}
        for k, v in tensors.items():
            weight = k.startswith(("model.", "ema.")) and v.is_floating_point()
            want = sum(t[k].double() for _, t in before) / 3 if weight else before[i][1][k].double()
            assert torch.allclose(v.double(), want, atol=1e-6), k
    assert not same(runs[0], after[0])
    make("d", lr=0.5).run(stop_at=1)
    with pytest.raises(ParameterError, match="folders"): average_runs([tmp_path / "a", tmp_path / "d"])
    with pytest.raises(ParameterError, match="two or more"): average_runs([tmp_path / "a"])
    with pytest.raises(DataError, match="checkpoint"): average_runs([tmp_path / "a", tmp_path])


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
    assert len(draw_history(tmp_path).axes) == 2 and len(draw_history(lines, ("lr",)).axes) == 1
    with pytest.raises(DataError, match="no history"):
        draw_history(tmp_path / "none")


def test_finish_takes_the_best(pack, tmp_path):
    loop = loop_of(pack, tmp_path, valid=2)
    loop.run()
    best = {k: v.clone() for k, v in loop.ema.items()}
    loop.best = {"score": 1e9, "iteration": 6}
    save_file(best, tmp_path / "best.safetensors")
    for v in loop.ema.values():
        v.zero_()
    card = finish_enhancer(loop, pack, facts={"made": "today"})
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


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.01, 0.25))
def test_packs_of_half_the_size(tmp_path_factory, seed, rms):
    "Eight bits follow the level: the error stays 35 dB below loud and soft sounds; silence stays silence."
    path, x = tmp_path_factory.mktemp("pack") / "p", rms * torch.randn(4000, generator=generator(seed))
    back = read_pack(write_pack(path, {"a": [x, torch.zeros(9)], "b": []}, sr=8000, bits=8)).groups
    assert back["a"][0].dtype == torch.int16 and not back["a"][1].any() and back["b"] == []
    clipped, got = x.clamp(-1, 1), back["a"][0].float() / 32767
    assert 10 * math.log10(clipped.square().sum() / (got - clipped).square().sum()) > 35
    assert path.stat().st_size < 4000 + 1000
    with pytest.raises(ParameterError, match="bits"): write_pack(path, {"a": [x]}, sr=8000, bits=12)


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
    snrs = torch.stack([batch_snr_db(a[None], b[None])[0] for a, b in pairs])
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
    assert torch.allclose(batch_snr_db(s + e, s), want, atol=1e-3)
    assert float(batch_snr_db(s, s, 30.)[0]) == pytest.approx(30, abs=1e-3)
    a = (s * (s + e)).sum(-1, keepdim=True) / s.square().sum(-1, keepdim=True) * s
    assert torch.allclose(batch_si_sdr_db(s + e, s), 10 * torch.log10(a.square().sum(-1) / (s + e - a).square().sum(-1)), atol=1e-3)
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


# Priors: the data

MICRO = dict(n_fft=62, hop=31, widths=(8, 16), blocks=(1, 1, 1), heads=2, cond=16, patch=2, attend=(False, True), place=True, gains=True)


@pytest.fixture(scope="module")
def toys():
    return clips_pack(toy_clips(8, seconds=1.), 8000)


def prior_loop(toys, folder=None, plan=None, **more):
    task = prior_task(toys, config=MICRO, seconds=0.25, **{"valid": 1, **more})
    return Training(task, Plan(**{"iterations": 6, "batch": 4, "warmup": 2, "valid_every": 3, **(plan or {})}), folder, device="cpu")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1000, 4000), st.integers(1000, 4000)), min_size=1, max_size=4))
def test_spans_find_what_is_loud(parts):
    "Silences longer than a window part the spans; each covers its sound and at most a window more on each side."
    x, want, at = [], [], 0
    for quiet, loud in parts:
        x += [torch.zeros(quiet), 0.5 * torch.ones(loud)]
        want.append((at + quiet, at + quiet + loud))
        at += quiet + loud
    found = loud_spans(torch.cat(x), 8000)
    assert len(found) == len(want)
    for (a, b), (c, d) in zip(found, want):
        assert c - 400 <= a <= c and d - 200 <= b <= d + 400


def test_spans_of_next_to_nothing():
    assert loud_spans(torch.zeros(8000), 8000) == [] and loud_spans(torch.zeros(0), 8000) == []
    assert loud_spans(torch.ones(10), 8000) == [(0, 10)]
    assert loud_spans(0.0099 * torch.ones(8000), 8000) == [] and len(loud_spans(0.0101 * torch.ones(8000), 8000)) == 1  # the published 1e-4


def test_rhythms_are_made_of_the_shots():
    "Every hit is one of them; with a click for a shot, hits lie on the grid of one tempo."
    shots = [torch.zeros(50, dtype=torch.int16)]
    shots[0][0] = 30000
    for seed in range(20):
        x = rhythm(generator(seed), shots, 24000, 8000)
        assert x.shape == (24000,) and torch.isfinite(x).all() and x.abs().max() > 0.01
        peaks = (x.abs() > 0.3 * x.abs().max()).nonzero()[:, 0]
        gaps = peaks.diff()[peaks.diff() > 400]
        if len(gaps) > 2:
            step = gaps.min()
            steps = [60 / bpm / k * 8000 for bpm in (70, 160) for k in (2, 4)]
            assert min(steps) - 2 <= step or step >= min(steps) - 2
    assert torch.equal(rhythm(generator(3), shots, 9000, 8000), rhythm(generator(3), shots, 9000, 8000))


def test_shots_are_played_at_the_speeds_asked():
    "A short tone at twice its speed: an octave higher."
    shot = (9000 * torch.sin(2 * math.pi * 500 * torch.arange(4000) / 8000)).to(torch.int16)
    def loudest(speeds): return int(torch.fft.rfft(rhythm(generator(2), [shot], 8000, 8000, speeds)).abs().argmax())
    assert abs(loudest((1., 1.)) - 500) < 40 and abs(loudest((2., 2.)) - 1000) < 80


def test_sources_have_the_level_and_the_label(toys):
    for seed in range(12):
        for label in ("tones", "clicks"):
            x = source(generator(seed), toys, label, 4000)
            level = 20 * float(x.square().mean().sqrt().log10())
            assert x.shape == (4000,) and LEVEL_DB[0] - 0.01 <= level <= LEVEL_DB[1] + 0.01
    crest = lambda label: torch.stack([x.abs().max() / x.square().mean().sqrt() for x in held_clips(toys, label, 6, seconds=0.5)]).mean()
    assert crest("clicks") > 1.5 * crest("tones")


def test_held_clips_are_held_out_and_stay_the_same(toys):
    a = held_clips(toys, "tones", 3, seconds=0.5, seed=1)
    assert a.shape == (3, 4000) and torch.equal(a, held_clips(toys, "tones", 3, seconds=0.5, seed=1))
    assert torch.equal(a[:2], held_clips(toys, "tones", 2, seconds=0.5, seed=1))
    silent = type(toys)({k: [x * 0 for x in v] if k == "tones" else v for k, v in toys.groups.items()}, toys.sr, toys.facts)
    assert torch.equal(a, held_clips(silent, "tones", 3, seconds=0.5, seed=1))
    with pytest.raises(DataError, match="bells"):
        held_clips(toys, "bells", 1)


def test_noise_levels_cover_the_range_in_every_batch(toys):
    for seed in range(5):
        clean, hiss, sigma, label = prior_batch(generator(seed), toys, ("tones", "clicks"), 32, 400)
        assert clean.shape == hiss.shape == (32, 400) and float(hiss.std()) == pytest.approx(1, abs=0.05)
        assert 0.005 <= float(sigma.min()) < 0.01 and 2. < float(sigma.max()) <= 2.5
        assert int(label.sum()) == 16 and int((sigma > 1).sum()) > 4 and int((sigma < 0.1).sum()) > 8
    label = prior_batch(generator(0), toys, ("tones", "clicks"), 40, 100, weights=(3, 1))[3]
    assert int((label == 0).sum()) == 30


@pytest.mark.parametrize("tilt", [0.5, 1., 2.])
def test_tilt_is_a_power_of_the_place_in_the_logarithm_of_the_range(toys, tilt):
    sigma = prior_batch(generator(1), toys, ("tones", "clicks"), 64, 100, tilt=tilt)[2]
    below = (math.log(0.03 / 0.005) / math.log(500)) ** (1 / tilt)
    assert abs(int((sigma < 0.03).sum()) - 64 * below) <= 1
    task = prior_task(toys, ("tones", "clicks"), config="toy", seconds=0.1, valid=0, tilt=tilt)
    assert torch.equal(task.batch(generator(1), 8)[2], prior_batch(generator(1), toys, ("tones", "clicks"), 8, 800, tilt=tilt)[2])
    with pytest.raises(ParameterError, match="tilt"): prior_task(toys, config="toy", seconds=0.1, valid=0, tilt=0)


def test_rivals_are_other_labels_at_levels_around_their_own(toys):
    "With white noise taken out, what is left is a sound of the other label; now and then the label's own is absent."
    plain, rival = (prior_batch(generator(4), toys, ("tones", "clicks"), 200, 800, rivals=r) for r in (0., 1.))
    assert torch.equal(plain[2], rival[2]) and torch.equal(plain[3], rival[3])
    absent = rival[0].abs().amax(-1) == 0
    assert torch.equal(plain[0][~absent], rival[0][~absent]) and 0.02 < float(absent.float().mean()) < 0.12
    rest = (rival[1] - plain[1]) * rival[2][:, None]
    level = 20 * rest.square().mean(-1).sqrt().log10()
    assert LEVEL_DB[0] - 10.01 <= float(level.min()) < LEVEL_DB[0] - 7 and LEVEL_DB[1] + 2 < float(level.max()) <= LEVEL_DB[1] + 5.01
    crest = rest.abs().amax(-1) / rest.square().mean(-1).sqrt()
    assert crest[rival[3] == 0].mean() > 1.5 * crest[rival[3] == 1].mean()  # clicks under tones, tones under clicks


def test_rivals_follow_the_weights(toys):
    "A label without weight is no rival, and is not drawn."
    three = type(toys)({**toys.groups, "silence": [torch.zeros(8000, dtype=torch.int16)]}, toys.sr, toys.facts)
    draw = lambda rivals: prior_batch(generator(1), three, ("silence", "tones", "clicks"), 24, 800, weights=(0, 1, 1), rivals=rivals)
    plain, rival = draw(0.), draw(1.)
    assert int((rival[3] == 0).sum()) == 0 and float((rival[1] - plain[1]).abs().amax(-1).min()) > 0


@pytest.mark.parametrize("weights", [(1, 0), (0, 0), (1, -1), (1,), (1, float("nan")), (1, 1, 1)])
def test_weights_that_nothing_can_be_drawn_from_are_named(toys, weights):
    "Rivals need a second label; without them one is enough."
    labels = ("tones", "clicks")
    with pytest.raises(ParameterError, match="weights"):
        prior_batch(generator(0), toys, labels, 2, 800, weights=weights, rivals=0.5)
    with pytest.raises(ParameterError, match="weights"):
        prior_task(toys, labels, config=MICRO, weights=weights, rivals=0.5)
    assert set(prior_batch(generator(0), toys, labels, 8, 800, weights=(1, 0))[3].tolist()) == {0}


def test_the_error_under_a_rival_counts_by_noise_and_rival(toys):
    "At hardly any noise a rival is all there is to take away; what it costs stays in proportion."
    model = prior_task(toys, config=MICRO, seconds=0.25, valid=0).model
    clean, noise, _, label = prior_batch(generator(3), toys, ("tones", "clicks"), 16, 2000)
    other = source(generator(9), toys, "clicks", 2000)
    soft = torch.full((16,), 0.005)
    alone, rival = (float(prior_loss(model, clean, n, soft, label)[0].detach()) for n in (noise, noise + other / soft[:, None]))
    assert alone < 2 and alone / 3 < rival < 30 * alone


# Priors: clips in any form

def test_clips_in_every_form(tmp_path):
    x = {"a": [torch.sin(torch.arange(n) * 0.3) * 0.5 for n in (900, 800, 700)], "b": [torch.cos(torch.arange(600.))] * 7}
    pack = clips_pack(x, 8000)
    assert pack.facts["labels"] == ["a", "b"] and {k: len(v) for k, v in pack.groups.items()} == dict(a=3, a_valid=3, b=5, b_valid=2)
    assert [len(v) for v in pack.groups["a"]] == [765, 680, 595] and len(pack.groups["a_valid"][0]) == 135
    assert pack.groups["a"][0].abs().max() == round(0.9 * 32767)
    for label, clips in x.items():
        for i, c in enumerate(clips):
            (tmp_path / label).mkdir(exist_ok=True)
            save(Audio(c[None] * 0.9 / c.abs().max(), 8000), tmp_path / label / f"{i}.wav")
    again = clips_pack(tmp_path)
    assert again.sr == 8000 and all(torch.allclose(a.float(), b.float(), atol=2) for k in pack.groups
                                    for a, b in zip(pack.groups[k], again.groups[k]))
    flat = clips_pack(tmp_path / "b")
    assert list(flat.groups) == ["sounds", "sounds_valid"] and clips_pack(flat) is flat
    mixed = clips_pack([Audio(torch.rand(2, 1000) - 0.5, 16000)], 8000)
    assert mixed.sr == 8000 and len(mixed.groups["sounds"][0]) + len(mixed.groups["sounds_valid"][0]) == 500


def test_a_folder_without_sounds_says_so(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing to hear")
    with pytest.raises(DataError, match="folder with sound files.*folders of them"):
        clips_pack(tmp_path)


@pytest.mark.parametrize("clips, sr, says", [
    ([torch.ones(5)], None, "rate of the clips"), ([torch.ones(2, 5)], 8000, r"a tensor \(T,\)"), ([torch.zeros(5)], 8000, "sound in them"),
    ([torch.full((5,), float("nan"))], 8000, "finite"), ([], 8000, "at least one clip"), ({"a": []}, 8000, "at least one clip"),
    ([torch.ones(5, dtype=torch.int16)], 8000, r"a tensor \(T,\)"), ("/nowhere", 8000, "a pack, a folder"),
])
def test_clips_that_cannot_be_used(clips, sr, says):
    with pytest.raises(SepError, match=says):
        clips_pack(clips, sr)


def test_wav_needs_no_library_and_reads_back(tmp_path):
    import soundfile
    x = torch.tensor([0., 0.5, -0.5, 2., -2.])
    y, sr = soundfile.read(write_wav(tmp_path / "deep/a.wav", x, 11025))
    assert sr == 11025 and torch.allclose(torch.tensor(y).float(), x.clamp(-1, 1), atol=1e-4)


# Priors: the loss and the matrix

def test_loss_of_nothing_learned_is_the_weighted_wiener_error(toys):
    "From the definition: squared error over (c_out * its mean over bins), c_out at the level of all that is not the clip."
    task = prior_task(toys, config=MICRO, seconds=0.25, valid=0)
    clean, hiss, sigma, label = prior_batch(generator(0), toys, ("tones", "clicks"), 6, 2000, rivals=0.5)
    d, total = task.model, []
    for c, n, s, k in zip(clean, hiss, sigma, label):
        S, X, level = d.spectrum(c[None])[0], d.spectrum((c + s * n)[None])[0], d.spectra[k][:, None, None]
        other = s * n.square().mean().sqrt()
        out = other * level / (other**2 + level**2).sqrt()
        total.append(((level**2 / (level**2 + s**2) * X - S).square() / (out * out.mean())).mean())
    loss, facts = prior_loss(d, clean, hiss, sigma, label)
    assert float(loss.detach()) == pytest.approx(float(torch.stack(total).detach().mean()), rel=1e-4)
    assert facts["gain"] == pytest.approx(0, abs=1e-3)


def test_published_loss_is_that_of_the_noise(toys):
    task = prior_task(toys, config=MICRO | dict(gains=False), parametrisation="noise", seconds=0.25, valid=0)
    clean, hiss, sigma, label = prior_batch(generator(0), toys, ("tones", "clicks"), 4, 2000)
    loss, _ = prior_loss(task.model, clean, hiss, sigma, label)
    assert float(loss.detach()) == pytest.approx(float(task.model.spectrum(hiss).square().mean()), rel=1e-3)  # a new network says 0


def test_matrix_tells_who_wins():
    e = torch.tensor([[[[-9., -9.], [-3., -9.5]], [[-1., -1.], [-2., -3.]]]])  # sigma, sounds, labels, clips
    assert winners(e).tolist() == [[0.5, 1.0]]


def test_kinds_of_several_labels_win_together():
    "The label that is right against every label of the other kinds; those of its own kind do not count."
    e = torch.tensor([[[-3., -3.], [-2., -4.], [-1., -5.]],   # sounds 0 under labels 0, 1, 2; two clips
                      [[-1., -2.], [-2., -1.], [-9., -9.]],
                      [[-1., -1.], [-9., -9.], [-8., -2.]]])
    assert kind_wins(e, [0]) == 0.5       # the second clip goes to label 1
    assert kind_wins(e, [1, 2]) == 0.75   # 1 against 0: won, lost; 2 against 0: won twice


def test_identification_is_the_error_of_every_label_on_every_sound(toys):
    task = prior_task(toys, config=MICRO, seconds=0.25, valid=0)
    held = [held_clips(toys, k, 2, seconds=0.25) for k in ("tones", "clicks")]
    e = identification(task.model, held, sigmas=(0.3,), seed=5, rows=3)
    assert e.shape == (1, 2, 2, 2)
    for a, label, i in ((0, 0, 0), (0, 1, 1), (1, 0, 1)):
        x = held[a][i:i + 1] + 0.3 * torch.randn(2000, generator=generator(5 + i))
        y = task.model(x, torch.tensor([0.3]), torch.tensor([label])).detach()
        want = 10 * torch.log10((y - held[a][i]).square().sum() / held[a][i].square().sum())
        assert float(e[0, a, label, i]) == pytest.approx(float(want), abs=1e-2)


def test_a_palette_finds_the_spectra_it_was_made_of(toys):
    "Noise of two colours, at any level: two shapes, met as often as they were played."
    t = torch.arange(4000)
    low, high = torch.cos(0.4 * t), torch.cos(2.6 * t)
    g = generator(0)
    clips = [0.1 * (k * torch.randn(4000, generator=g)) for k in (0.3, 1., 2.)]
    colour = lambda x, c: torch.nn.functional.conv1d(x[None, None], torch.tensor([[[1., c]]]))[0, 0]
    pack = clips_pack({"a": [colour(x, 0.95) for x in clips] + [colour(x, -0.95) for x in clips[:1]], "b": [low, high]}, 8000)
    shapes, share = palettes(pack, ("a", "b"), 2000, 2, count=32, hop=31)
    assert shapes.shape == (2, 2, 32) and share.shape == (2, 2) and torch.allclose(share.sum(1), torch.ones(2))
    assert torch.allclose(shapes.mean(-1), torch.ones(2, 2), atol=0.02) and (shapes > 0).all()
    bottom = shapes[0, :, :10].mean(-1) > shapes[0, :, 22:].mean(-1)
    assert sorted(bottom.tolist()) == [False, True] and float(share[0, bottom.nonzero()[0, 0]]) > 0.5
    assert sorted(shapes[1].argmax(-1).tolist()) == pytest.approx([4, 26], abs=2)
    again = palettes(pack, ("a", "b"), 2000, 2, count=32, hop=31)
    assert torch.equal(again[0], shapes) and torch.equal(again[1], share)


def test_a_task_with_shapes_begins_with_their_guess(toys):
    task = prior_task(toys, config=MICRO | dict(shapes=4), seconds=0.25, valid=0)
    batch = prior_batch(generator(0), toys, ("tones", "clicks"), 6, 2000)
    loss, facts = prior_loss(task.model, *batch)
    assert facts["gain"] == pytest.approx(0, abs=1e-3) and torch.isfinite(loss)
    assert not torch.allclose(task.model.palette[0], task.model.palette[1], rtol=0.1)
    again = prior_task(toys, config=MICRO | dict(shapes=4), seconds=0.25, valid=0, start=DiffusionPrior(task.model, ("tones", "clicks")))
    assert torch.equal(again.model.palette, task.model.palette)


def test_a_task_goes_on_from_a_prior_with_other_labels(toys):
    "Known labels keep their rows, new ones keep their first look, and start as the mean in the network."
    first = prior_task(toys, ("tones", "clicks"), config=MICRO | dict(shapes=4, place=True), seconds=0.25, valid=0)
    table, place = first.model.net.down[0].condition.label.weight, first.model.net.place
    with torch.no_grad():
        place.copy_(torch.randn(place.shape, generator=generator(3)))
        first.model.palette[1] *= 2
    start = DiffusionPrior(first.model, ("tones", "clicks"))
    pack = Pack({**toys.groups, "bells": [x.flip(0) for x in toys.groups["tones"]]}, 8000, toys.facts)
    again = prior_task(pack, ("clicks", "bells"), config=MICRO | dict(shapes=4, place=True), seconds=0.25, valid=0, start=start).model
    assert torch.equal(again.net.down[0].condition.label.weight, torch.stack([table[1], table.mean(0)]))
    assert torch.equal(again.net.place, torch.stack([place[1], place.mean(0)]))
    assert torch.equal(again.palette[0], first.model.palette[1]) and torch.equal(again.spectra[0], first.model.spectra[1])
    fresh = prior_task(pack, ("clicks", "bells"), config=MICRO | dict(shapes=4, place=True), seconds=0.25, valid=0).model
    assert torch.equal(again.palette[1], fresh.palette[1]) and torch.equal(again.net.out.weight, first.model.net.out.weight)
    more = prior_task(toys, ("tones", "clicks"), config=MICRO | dict(shapes=6, place=True), seconds=0.25, valid=0, start=start).model
    assert more.palette.shape == (2, 6, 32) and torch.equal(more.net.place, place)
    with pytest.raises(ParameterError, match="start.*the same settings"):
        prior_task(toys, ("tones", "clicks"), config=MICRO | dict(shapes=4, place=False), seconds=0.25, valid=0, start=start)


def test_a_prior_grows(toys):
    "With more blocks it begins as what it was; with fewer it does not."
    small, large = (MICRO | dict(shapes=4, blocks=b) for b in ((1, 1, 1), (1, 3, 2)))
    first = prior_task(toys, config=small, seconds=0.25, valid=0).model
    with torch.no_grad():
        for p in first.net.parameters(): p.copy_(.1*torch.randn(p.shape, generator=generator(p.numel())))
    start = DiffusionPrior(first, ("tones", "clicks"))
    grown = prior_task(toys, config=large, seconds=0.25, valid=0, start=start).model
    x = torch.randn(2, 2000, generator=generator(1))
    a, b = (m.eval()(x, torch.tensor([.1, 1.]), torch.tensor([0, 1])) for m in (first, grown))
    assert count(grown) > 1.5*count(first) and torch.allclose(a, b, atol=1e-6) and a.std() > .01
    with pytest.raises(ParameterError, match="or fewer blocks"):
        prior_task(toys, config=small, seconds=0.25, valid=0, start=DiffusionPrior(grown, ("tones", "clicks")))


def test_speeds_of_a_label_keep_to_the_packs(toys):
    t = torch.arange(32000) / 8000
    pack = Pack({"a": [(torch.sin(2 * torch.pi * 1000 * t) * 20000).short()]}, 8000, {"speeds": {"a": 1.02}})
    top = lambda x: float(torch.fft.rfft(x).abs().argmax()) * 8000 / len(x)
    found = [top(source(generator(i), pack, "a", 16000)) for i in range(12)]
    assert 979 < min(found) < 995 and 1005 < max(found) < 1021
    pack.facts.clear()
    found = [top(source(generator(i), pack, "a", 16000)) for i in range(12)]
    assert min(found) < 930 and max(found) > 1070


def test_mean_spectrum_is_the_power_of_the_sources(toys):
    s = mean_spectra(toys, ("tones", "clicks"), 4000, count=8, hop=31)
    clips = torch.stack([source(generator(i), toys, k, 4000) for k in ("tones", "clicks") for i in range(8)])
    assert s.shape == (1, 32) and (s > 0).all()
    assert float(s.square().mean()) == pytest.approx(float(clips.square().mean()), rel=0.15)  # white noise would have every bin at its RMS
    assert s[0, 2:8].mean() > 2 * s[0, 24:30].mean()


# Priors: the training

def test_a_prior_resumed_is_the_same_to_the_bit(toys, tmp_path):
    straight = prior_loop(toys, tmp_path / "a", rivals=0.5)
    straight.run()
    prior_loop(toys, tmp_path / "b", rivals=0.5).run(stop_at=4)
    second = prior_loop(toys, tmp_path / "b", rivals=0.5)
    assert second.iteration == 4
    second.run()
    assert same(straight, second) and without_time(straight.history) == without_time(second.history)
    with pytest.raises(ParameterError, match="rivals"):
        prior_loop(toys, tmp_path / "b", rivals=0.25)


def test_bfloat16_trains_a_prior(toys):
    loop = prior_loop(toys, plan=dict(precision="bfloat16"), valid=0)
    loop.run(stop_at=2)
    assert all(torch.isfinite(v).all() and v.dtype == torch.float32 for v in loop.model.state_dict().values())


def test_it_goes_on_from_weights(toys, tmp_path):
    loop = prior_loop(toys, tmp_path, valid=0)
    loop.run()
    finish_prior(loop, toys, clips=1, seconds=0.25)
    prior = load_prior(tmp_path, device="cpu")
    start = prior.denoiser
    task = prior_task(toys, config=start.net.settings, seconds=0.25, valid=0, start=prior)
    again = Training(task, Plan(iterations=1, lr=0., weight_decay=0., batch=1), device="cpu")
    x, s, k = 0.1 * torch.randn(2, 500, generator=generator(0)), torch.tensor([0.1, 1.]), torch.tensor([0, 1])
    with torch.no_grad():
        assert torch.allclose(again.averaged()(x, s, k), start(x, s, k), atol=1e-6)
        assert torch.allclose(start(x, s, k), loop.averaged()(x, s, k), atol=2e-3)


def test_a_toy_prior_learns_its_two_sounds():
    "A few seconds: better than the Wiener filter it starts as, and each label knows its own."
    prior = train_prior(toy_clips(12, seconds=2.), sr=8000, config="toy", seconds=0.5, iterations=70, batch=6, lr=4e-3, warmup=10, ema=0.95,
                        live=False, valid_every=70)
    history = prior.card["history"]
    assert prior.labels == ("tones", "clicks") and prior.sr == 8000 and history[-1]["iteration"] == 70
    assert history[-1]["gain"] > 0.2 and history[-1]["wins"] > 0.7
    pack = clips_pack(toy_clips(12, seconds=2.), 8000)
    clips = [held_clips(pack, k, 4, seconds=1.) for k in prior.labels]
    after = identification(prior.denoiser, clips)
    d = prior.denoiser
    guess = identification(Denoiser(TFNet(**d.net.settings), "edm", d.spectra, d.palette, d.share.exp()), clips)
    wiener = identification(Denoiser(TFNet(**{**d.net.settings, "shapes": 0}), "edm", d.spectra), clips)
    own = lambda e: torch.stack([e[:, i, i] for i in range(2)]).mean((0, 2))
    assert (own(after)[:2] < own(guess)[:2] - 0.08).all() and (own(guess)[:2] < own(wiener)[:2] - 1).all()
    assert (winners(after).mean(1)[:2] >= 0.85).all()


def test_one_kind_of_sound_has_no_labels(tmp_path):
    prior = train_prior(toy_clips(4, seconds=1.)["tones"], sr=8000, config=MICRO, seconds=0.25, iterations=2, batch=2, folder=tmp_path,
                        live=False)
    assert prior.labels == () and prior.denoise(torch.zeros(1, 100), 0.1).shape == (1, 100)
    assert len(list((tmp_path / "samples").glob("*.wav"))) == 2  # heard at every validation


def test_train_prior_goes_on_where_it_was(tmp_path):
    go = lambda folder, n, **kw: train_prior(toy_clips(4, seconds=1.), sr=8000, config=MICRO, seconds=0.25, iterations=n, batch=2,
                                             decay=0., valid_every=2, folder=folder, live=False, **kw)
    straight = go(tmp_path / "a", 4)
    go(tmp_path / "b", 2)
    resumed = go(tmp_path / "b", 4)
    assert all(torch.equal(v, resumed.denoiser.state_dict()[k]) for k, v in straight.denoiser.state_dict().items())
    assert go(tmp_path / "c", 4, minutes=0.).card["training"]["done"] == 0


@pytest.mark.parametrize("call, says", [
    (lambda t: prior_task(t, ("bells",)), "'bells'"), (lambda t: prior_task(t, config="smal"), "Did you mean 'small'"),
    (lambda t: prior_task(t, config=MICRO, rivals=2.), "rivals"), (lambda t: train_prior(t, lr=-1.), "lr"),
    (lambda t: prior_task(t, config=MICRO, parametrisation="score"), "edm, noise"),
    (lambda t: prior_task(t, config=MICRO, parametrisation="noise"), "network with gains"),
])
def test_what_a_prior_cannot_be_trained_on(toys, call, says):
    with pytest.raises(SepError, match=says):
        call(toys)


def test_the_prior_recipe_needs_torch_numpy_and_safetensors(toys, tmp_path):
    "Pack in, weights and card out, and on from those weights, with everything else blocked."
    file = write_pack(tmp_path / "p", {k: [x.float() / 32767 for x in v] for k, v in toys.groups.items()}, sr=16000,
                      facts={"labels": ["tones", "clicks"], "credits": [{"what": "toys", "by": "nobody", "licence": "CC0"}]})
    short = "--config tiny --iterations 2 --batch 1 --seconds 0.25 --valid 1 --clips 1 --valid-every 2 --device cpu --threads 1".split()
    run = lambda *more: subprocess.run([sys.executable, "-c", BLOCKER.format(blocked=BLOCKED), "prior", "--pack", str(file), *short, *more],
                                       capture_output=True, text=True)
    out = run("--out", str(tmp_path / "a"))
    assert out.returncode == 0, out.stderr
    card = json.loads((tmp_path / "a/sounds.json").read_text())
    assert "nobody (CC0)" in card["attribution"] and set(card["matrix"]["error_db"]["0.3"]["tones"]) == {"tones", "clicks"}
    out = run("--out", str(tmp_path / "b"), "--from-weights", str(tmp_path / "a/sounds.json"))
    assert out.returncode == 0, out.stderr
    assert load_prior(tmp_path / "b", device="cpu").labels == ("tones", "clicks")


def test_the_prior_pack_script(mirror, tmp_path):
    "Trial packs from the real recordings: groups, split, credits; with --much one hit of each drum more, in fewer bits."
    packs = []
    for name, more in (("plain", []), ("much", ["--much"])):
        command = [sys.executable, str(ROOT / "scripts/make_prior_pack.py"), str(tmp_path / name), "--mirror", str(mirror), "--limit", "13"]
        out = subprocess.run([*command, *more], capture_output=True, text=True)
        if "is missing" in out.stderr:
            pytest.skip(out.stderr.strip())
        assert out.returncode == 0, out.stderr
        packs.append(pack := read_pack(tmp_path / name))
        labels = pack.facts["labels"]
        assert pack.sr == 16000 and labels[:3] == ["speech", "percussion", "violin"] and len(labels) == 8
        assert set(pack.groups) == {*labels, *(f"{k}_valid" for k in labels)} and all(pack.groups.values())
        assert len(pack.groups["speech"]) == 11 and len(pack.groups["speech_valid"]) == 2 and len(pack.groups["percussion_valid"]) == 2
        assert sorted(a for v in pack.facts["kinds"].values() for a in v) == sorted(labels)
        assert {c["licence"] for c in pack.facts["credits"]} == {"Apache-2.0", "CC0", "CC BY 3.0", "MIT"}
        assert all(x.abs().max() > 100 for g in pack.groups.values() for x in g)
    plain, much = packs
    assert len(much.groups["percussion"]) == len(plain.groups["percussion"]) + 13
    assert len(much.facts["credits"]) == len(plain.facts["credits"]) + 1
    assert (tmp_path / "much").stat().st_size < 0.6 * (tmp_path / "plain").stat().st_size
