"""What nobody does on purpose: the process is killed in the middle of a save, Ctrl-C comes twice, the disk is full, a page sends
ten thousand messages, names hold scripts, and everything runs for a quarter of an hour. One table says what happened.

    python scripts/torture.py                     all of it, about 25 minutes
    python scripts/torture.py --short             the same in two minutes
    python scripts/torture.py --only kills soak --soak 3600"""
import argparse
import contextlib
import json
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
import torch

import sep_toolkit as st
from sep_toolkit.core import SepError, SepNotice

SR = 16000
PARTS = {}


@dataclass
class Outcome:
    "One line of the table."
    part: str
    what: str
    count: int = 0
    failed: int = 0
    notes: list = field(default_factory=list)

    def check(self, good, note=""):
        self.count += 1
        if not good:
            self.failed += 1
            if note and note not in self.notes: self.notes.append(note)


def part(f):
    PARTS[f.__name__] = f
    return f


def in_child(call):
    "Fork; the child calls and leaves; the parent gets its number."
    sys.stdout.flush()
    pid = os.fork()
    if pid: return pid
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        call()
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def noise(seconds, seed=0, channels=1): return st.Audio(torch.randn(channels, round(SR*seconds),
    generator=torch.Generator().manual_seed(seed))*.1, SR)


# Kills

def one_trace(k):
    "A trace whose every number tells which of the two it is."
    trace = st.trace.Trace(st.Audio(torch.full((1, 40_000), .1*k), SR), ["a", "b"])
    for _ in range(4): trace.append(st.trace.Step({"k": k}, {"score": k}, {"x": ("t", np.full(20_000, k))},
        {n: torch.full((1, 40_000), .1*k) for n in "ab"}))
    return trace


def sound_state(path):
    x = st.load(path).samples
    assert float(x.min()) == float(x.max()) and x.shape[1] in (200_000, 300_000)
    return round(float(x[0, 0])*10)


def trace_state(path):
    t = st.trace.load_trace(path)
    ks = {s.point["k"] for s in t} | {round(float(x)*10) for s in t for x in s.audio["a"].unique()} | {float(
        s.arrays["x"][1][0]) for s in t}
    assert len(ks) == 1 and len(t) == 4, ks
    return ks.pop()


def stems_state(path):
    names = sorted(p.stem for p in path.iterdir() if not p.name.startswith("."))
    values = {round(float(st.load(p).samples[0, 0])*100) for p in path.iterdir() if p.stem in ("a", "b", "c")}
    assert (names, values) in ((["a", "b", "c", "mix"], {10}), (["a", "mix"], {20})), f"mixed: {names} {sorted(values)}"
    return 1 if len(names) == 4 else 2


@part
def studies(args, folder):
    "SIGKILL at a random moment of a sweep, again and again: in the end every cell is there once, and few were computed twice."
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent/"tests"))
    from experiments.test_sweep import killed_study
    out, each = Outcome("studies", "a sweep killed, resumed and finished"), 10
    for k in range(2 if args.short else 20):
        (folder/f"study{k}").mkdir()
        exp, computed = killed_study(folder/f"study{k}", each, seed=args.seed + k)
        good = len(exp.cells()) == len(set(computed)) == 20 and len(exp.frame()) == 40 and len(computed) <= 20 + each
        out.check(good, f"study {k}: {len(exp.cells())} cells, {len(computed)} computed")
    yield out


@part
def kills(args, folder):
    "SIGKILL at a random moment of a save that replaces an older one: the old or the new, whole."
    flat = lambda v, n: st.Audio(torch.full((1, n), v), SR)
    first = st.Stems({n: flat(.1, 60_000) for n in "abc"}), st.Stems({"a": flat(.2, 60_000)})
    kinds = {"st.save of a sound": (folder/"a.wav", [flat(.1, 200_000), flat(.2, 300_000)], st.save, sound_state),
             "Trace.save": (folder/"a.nc", [one_trace(1), one_trace(2)], lambda t, p: t.save(p), trace_state),
             "st.save of stems": (folder/"stems", first, st.save, stems_state)}
    r = random.Random(args.seed)
    for name, (path, values, save, state) in kinds.items():
        out, swept = Outcome("kills", name), Outcome("kills", f"{name}: leftovers after the next save")
        begin = time.perf_counter()
        for value in (values[1], values[0]): save(value, path)
        once = (time.perf_counter() - begin)/2
        def forever(save=save, values=values, path=path):
            while True:
                for v in (values[1], values[0]): save(v, path)
        for _ in range(args.kills):
            pid = in_child(forever)
            time.sleep(r.uniform(.2, 4)*once)
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            try: state(path)
            except Exception as e: out.check(False, f"{type(e).__name__}: {e}"[:120])
            else: out.check(True)
        with contextlib.suppress(OSError): shutil.rmtree(path) if path.is_dir() else path.unlink()
        save(values[0], path)
        left = [p.name for p in folder.iterdir() if p.name.startswith((".part", ".old"))]
        swept.check(not left, f"{len(left)} left, such as {left[:1]}")
        for p in folder.iterdir():
            if p.name in left: shutil.rmtree(p) if p.is_dir() else p.unlink()
        yield out
        yield swept


# Interrupts

class Slow(st.separator.Iterative):
    "Steps that take their time, and do not look up meanwhile."
    sr, stems, total = SR, ("a", "b"), 40
    def __init__(self, seconds=.7): self.seconds = seconds
    def steps(self, mix, *, seed=0, start=None):
        for i in range(self.total):
            until = time.monotonic() + (self.seconds if i else .05)
            while time.monotonic() < until: time.sleep(.01)
            yield st.trace.Step({"i": i}, {"score": i}, {}, {n: mix.samples/2 for n in self.stems})


class SlowChunks(st.separator.Separator):
    sr, stems, chunk_s, overlap_s = SR, ("a", "b"), .2, .05
    def forward(self, x, sr):
        time.sleep(.5)
        return torch.stack([x/2, x/2], 1)


METHODS = {"slow steps": Slow, "slow chunks": SlowChunks, "nmf": lambda: st.classical.NMF(iterations=4000, audio_every=1)}


def interrupted(method, folder):
    "In a child: record, say what is left, and work once more."
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        (folder/"began").touch()
        try: trace, at = st.record(noise(2.), method(), progress=False), time.time()
        except BaseException as e: answer = {"error": f"{type(e).__name__} left st.record", "at": time.time()}
        else: answer = told(trace, at)
        try: answer["again"] = len(st.record(noise(.3), "hpss", progress=False, n_fft=512, hop=128))
        except BaseException as e: answer["again"] = f"{type(e).__name__}"
    (folder/"answer").write_text(json.dumps(answer))


def told(trace, at):
    "What is left of a recording. A Ctrl-C that arrives only now, after the recording has ended, ends the first attempt to say so."
    say = lambda: {"steps": len(trace), "stems": list(trace.stems), "at": at}
    try: return say()
    except KeyboardInterrupt: return say()


@part
def interrupts(args, folder):
    "Ctrl-C once and twice while a run records: the trace is kept, a second one is obeyed at once, and the kernel goes on."
    r = random.Random(args.seed)
    for times in (1, 2):
        out = Outcome("interrupts", f"{'one' if times == 1 else 'two'} while recording")
        for i in range(args.interrupts):
            name, method = list(METHODS.items())[i % len(METHODS)]
            for f in ("began", "answer"): (folder/f).unlink(missing_ok=True)
            pid = in_child(lambda method=method: interrupted(method, folder))
            while not (folder/"began").exists(): time.sleep(.005)
            time.sleep(r.uniform(.9, 1.8))
            for k in range(times):
                if k: time.sleep(r.uniform(.05, .3))
                last = time.time()
                os.kill(pid, signal.SIGINT)
            answer = ended(pid, folder/"answer", 15)
            late = answer.get("at", 0) - last
            out.check(obeyed(answer, late, times), f"{name}: {answer.get('error') or answer}, {late:.1f} s after the last"[:140])
        yield out


def obeyed(answer, late, times):
    """Whether an interrupt did what it should: the trace has steps, it came back in time, and the kernel works on. A second Ctrl-C that
    arrives after the recording has ended (`late` is negative) belongs to whatever runs then, and may end that."""
    works = answer.get("again") == 1 or late < 0 and answer.get("again") == "KeyboardInterrupt"
    return answer.get("steps", 0) > 0 and works and late < (3 if times == 1 else 1.)


def ended(pid, path, limit_s):
    "What a child wrote; it is killed where it does not end."
    until = time.monotonic() + limit_s
    while time.monotonic() < until:
        if os.waitpid(pid, os.WNOHANG)[0]: return json.loads(path.read_text()) if path.exists() else {"error": "ended without an answer"}
        time.sleep(.01)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return {"error": f"did not end within {limit_s} s"}


# A full disk

@contextlib.contextmanager
def small_disk(folder, kb):
    "A file system of some kB, in memory where that can be mounted; None where this user may not."
    place = folder/"disk"
    place.mkdir(exist_ok=True)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kb}k", "tmpfs", str(place)], capture_output=True)
    try: yield place if done.returncode == 0 else None
    finally:
        if done.returncode == 0: subprocess.run(["umount", "-l", str(place)], capture_output=True)


def small_task():
    "A training task that costs nothing and whose checkpoint needs some kB."
    model = torch.nn.Linear(64, 64)
    batch = lambda g, n: (torch.randn(n, 64, generator=g),)
    loss = lambda model, x: ((model(x) - x).square().mean(), {})
    return st.train.TrainingTask(model, batch, loss)


def fill(place, leave_kb):
    room = os.statvfs(place)
    (place/"ballast").write_bytes(bytes(max(room.f_bavail*room.f_frsize - leave_kb*1000, 0)))


@part
def disk(args, folder):
    "Every way to save, on a disk that fills up: an error that says so, the old file whole, nothing left lying about."
    with small_disk(folder, 1500) as place:
        if place is None: yield Outcome("disk", "skipped: needs the right to mount a small file system"); return
        flat = lambda v, n: st.Audio(torch.full((1, n), v), SR)
        prior = lambda: st.prior.DiffusionPrior(st.prior.Denoiser(st.tfnet.make_tfnet("tiny", labels=1)), ("a",))
        page = st.player.Player(noise(1.))
        saves = {"st.save": (lambda v, p: st.save(flat(v, 5000 if v < .15 else 600_000), p), "a.wav"),
                 "st.save of stems": (lambda v, p: st.save(st.Stems({"x": flat(v, 5000 if v < .15 else 400_000)}), p), "stems"),
                 "Trace.save": (lambda v, p: (one_trace(1) if v < .15 else big_trace()).save(p), "a.nc"),
                 "write_pitch": (lambda v, p: st.f0.write_pitch(np.c_[np.arange(100 if v < .15 else 60_000)*.01,
                     np.full(100 if v < .15 else 60_000, 200.)], p), "a.csv"),
                 "Player.to_html": (lambda v, p: page.to_html(p) if v > .15 else p.write_text("old"), "a.html"),
                 "save_prior": (lambda v, p: st.prior.save_prior(prior(), p,
                     dict(licence="MIT", attribution="x", training_data="x", source="x")), "prior")}
        for name, (save, file) in saves.items():
            out, path = Outcome("disk", name), place/file
            for p in place.iterdir(): shutil.rmtree(p) if p.is_dir() else p.unlink()
            if name != "save_prior": save(.1, path)
            before = snapshot(path)
            fill(place, 40 if name in ("save_prior", "Player.to_html") else 300)
            for _ in range(3):
                try: save(.2, path)
                except SepError as e: out.check(re.search("(?i)space|full|disk", str(e)) is not None,
                    f"the error does not say why: {e}"[:120])
                except BaseException as e: out.check(False, f"{type(e).__name__}: {e}"[:120])
                else: out.check(False, "it was saved: the disk was not full")
            out.check(snapshot(path) == before, "the old file is not what it was")
            out.check(not [p for p in place.iterdir() if p.name.startswith(".part")], "a part was left")
            yield out
        yield training(place)


def big_trace():
    trace = one_trace(2)
    for i in range(8): trace.append(st.trace.Step({"k": i}, {}, {"x": ("t", np.random.default_rng(i).standard_normal(60_000))}))
    return trace


def training(place):
    "A training run goes to its end when its checkpoint cannot be written, keeps the last one, says so, and names the folder at the end."
    out = Outcome("disk", "training goes on, the last checkpoint is kept")
    for p in place.iterdir(): shutil.rmtree(p) if p.is_dir() else p.unlink()
    runs = place/"runs"
    runs.mkdir()
    plan = lambda n: st.train.Plan(iterations=n, batch=2, warmup=1, save_every_s=0)
    st.train.Training(small_task(), plan(3), runs).run()
    before = (runs/"checkpoint.safetensors").read_bytes()
    fill(place, 20)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        loop, error = st.train.Training(small_task(), plan(9), runs), "none"
        try: loop.run()
        except BaseException as e: error = f"{type(e).__name__}: {e}"
    reached = loop.iteration
    out.check(reached == 9, f"it ended after {reached}: {error}"[:120])
    out.check(error.startswith("DataError") and str(runs) in error, f"the error at the end is {error}"[:120])
    out.check((runs/"checkpoint.safetensors").read_bytes() == before, "the last checkpoint is gone")
    told = [w for w in said if re.search("(?i)space|full|disk", str(w.message))]
    out.check(len(told) == 1, f"it was said {len(told)} times")
    return out


def snapshot(path):
    if path.is_dir(): return {p.name: p.read_bytes() for p in sorted(path.iterdir()) if p.is_file() and not p.name.startswith(".")} or None
    return path.read_bytes() if path.exists() else None


# Messages from a page

ODD = [None, True, -1, 0, 1e9, -1e300, "", "x", "<b>", "a"*3000, [], [0, 0], [0.01, 0.01], [0.01, 0.05], [1, 2, 3], ["voice"], ["nobody"],
    {}, {"a": 1},
       [None], [[]], 0.02, 7, 2**60, "both", "wave"]


def messages(r, traits, n):
    for _ in range(n):
        if r.random() < .1: yield {"method": "custom", "content": {r.choice(["kind", "event", "x"]): r.choice(ODD)}}
        elif r.random() < .02: yield {"method": "request_state"}
        else: yield {"method": "update", "state": {r.choice(traits): r.choice(ODD) for _ in range(r.choice([1, 1, 2]))}, "buffer_paths": []}


@part
def floods(args, folder):
    "Messages as a page would send them, thousands, most of them nonsense: refused values are rolled back, memory stays flat."
    for name, make in (("Player", lambda: st.player.Player(st.Stems({"voice": noise(.2), "noise": noise(.2, 1)}))),
        ("BlendExplorer", blend), ("FitExplorer", fit)):
        out = Outcome("floods", f"messages to a {name}")
        widget = make()
        traits = sorted(k for k in widget.keys if not k.startswith("_") and k not in ("layout", "tabbable", "tooltip", "info", "tracks",
            "audio", "peaks",
                                                                                      "pictures", "map", "fallback_id"))
        r, process = random.Random(args.seed), psutil.Process()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for i, content in enumerate(messages(r, traits, args.floods)):
                try: widget._handle_msg({"content": {"data": content, "comm_id": "x"}, "buffers": []})
                except (SepError, *trait_errors()): out.check(True)
                except BaseException as e: out.check(False, f"{type(e).__name__}: {e}"[:110])
                else: out.check(True)
                if i % 50 == 0: sane(widget, out, content)
                if i == args.floods//4: held = process.memory_info().rss
            sane(widget, out, content)
            grown = (process.memory_info().rss - held)/1e6
            out.check(grown < 60, f"memory grew by {grown:.0f} MB")
            widget.close()
        yield out


def trait_errors():
    import traitlets
    return (traitlets.TraitError,)


def sane(widget, out, content):
    "The traits hold what their own checks accept, and Python can still ask."
    try:
        for name in ("solo", "muted"):
            if any(n not in widget.names for n in getattr(widget, name)): raise ValueError(f"{name} is {getattr(widget, name)!r}")
        for name, lo, hi in (("volume_db", -60, 12), ("position", 0, widget.duration + 1e-3)):
            v = getattr(widget, name)
            if not (isinstance(v, int | float) and lo <= v <= hi): raise ValueError(f"{name} is {v!r}")
        region = widget.region
        if region is not None and not (len(region) == 2 and 0 <= region[0] < region[1] <= widget.duration + 1e-3): raise ValueError(
            f"region is {region!r}")
        if widget.view not in ("wave", "both", "spec"): raise ValueError(f"view is {widget.view!r}")
        for name in ("trace", "step", "point"):
            if hasattr(type(widget), name): getattr(widget, name)
        repr(widget)
    except BaseException as e: out.check(False, f"afterwards: {type(e).__name__}: {e}"[:110])


def blend():
    mix = noise(.2)
    method = st.multistep.MultiStep(st.onestep.wrap(lambda x: torch.stack([x/2, x/2], 1), sr=SR, stems=["voice", "noise"]), metric="snr",
                                    reference=st.Stems({"voice": mix, "noise": mix}), steps=2, ratios=2)
    return st.explore(st.record(mix, method, progress=False))


def fit():
    table = np.c_[np.arange(0, .5, .01), np.full(50, 220.)]
    return st.explore(st.record(noise(.5), st.source_filter.SourceFilter(table, rounds=2, every=1), progress=False))


# Soak

@part
def soak(args, folder):
    "Everything, again and again: memory, threads and open files stay flat."
    out, process, r = Outcome("soak", f"{args.soak} s of everything"), psutil.Process(), random.Random(args.seed)
    memory, threads, files, until, i = [], [], [], time.monotonic() + args.soak, 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        while time.monotonic() < until:
            try: one_round(folder, r)
            except BaseException as e: out.check(False, f"{type(e).__name__}: {e}"[:120])
            else: out.check(True)
            i += 1
            memory.append(process.memory_info().rss/1e6); threads.append(process.num_threads()); files.append(process.num_fds())
    third = max(len(memory)//3, 1)
    for what, series, most in (("memory, MB", memory, max(40., .05*memory[0])), ("threads", threads, 2), ("open files", files, 2)):
        early, late = statistics.median(series[third:2*third] or series[:1]), statistics.median(series[-third:])
        out.check(late - early <= most, f"{what}: {early:.0f} in the second third, {late:.0f} in the last")
    out.notes.append(f"{i} rounds, {memory[0]:.0f} MB at first, {memory[-1]:.0f} MB at last")
    yield out


def one_round(folder, r):
    import matplotlib.pyplot as plt
    mix = noise(.5, r.randrange(99))
    stems = st.separate(mix, "hpss", progress=False)
    trace = st.record(mix, st.classical.NMF(iterations=3, n_fft=512, audio_every=1), progress=False)
    trace.save(folder/"soak.nc")
    table = st.trace.load_trace(folder/"soak.nc").data
    assert table.sizes["step"] == len(trace)
    player = stems.player()
    player.region, player.solo = (.1, .3), player.names[:1]
    player.to_html(folder/"soak.html")
    player.close()
    st.explore(trace).close()
    st.score(stems, stems)
    st.save(stems, folder/"soak")
    st.load(folder/"soak"/"mix.wav")
    st.show(stems)
    plt.close("all")
    run = st.run.Run(Slow(.01), mix).start()
    run.cancel().wait(5)


# Hostile pages

SCRIPTS = ["<script>window.pwned=1</script>", "<img src=x onerror=window.pwned=1>", '"><svg onload=window.pwned=1>',
    "</title><script>window.pwned=1</script>",
           "</script><script>window.pwned=1</script>", "<!--<script>window.pwned=1</script>-->", "';window.pwned=1;//",
               "`${window.pwned=1}`",
           "javascript:window.pwned=1", "<iframe srcdoc='<script>parent.pwned=1</script>'>",
               "<a href=javascript:window.pwned=1 autofocus onfocus=window.pwned=1>x</a>",
           "<style>*{background:url(http://evil.invalid/x)}</style>", "<link rel=stylesheet href=http://evil.invalid/x>",
               "<base href=http://evil.invalid/>",
           "<meta http-equiv=refresh content='0;url=http://evil.invalid/'>", "\u2028<script>window.pwned=1</script>",
               "{{constructor.constructor('window.pwned=1')()}}"]


def pages(k, folder):
    "Pages and outputs in which every name and title is a script."
    s, other = SCRIPTS[k % len(SCRIPTS)], SCRIPTS[(k + 1) % len(SCRIPTS)]
    mix = noise(.2)
    sounds = {s: mix, other + " ": mix*.5}
    player = st.player.Player(sounds, title=s)
    yield "player", player.to_html(folder/"player.html").read_text()
    yield "fallback", player._fallback()
    method = st.onestep.wrap(lambda x: torch.stack([x/2, x/2], 1), sr=SR, stems=["voice", "noise"])
    steps = st.multistep.MultiStep(method, metric="snr", reference=st.Stems({"voice": mix, "noise": mix}), steps=1, ratios=2)
    explorer = st.explore(st.record(mix, steps, progress=False))
    yield "explorer", explorer.to_html(folder/"explorer.html").read_text()
    trace = st.trace.Trace(mix, ["voice"], provenance={"method": s})
    trace.notes.append(s)
    trace.append(st.trace.Step({s: s}, {s: 1.}, {}, {"voice": mix.samples}))
    view = st.explore(trace)
    yield "trace", view.player.to_html(folder/"trace.html").read_text()
    with contextlib.suppress(SepError): yield "scores", st.score(st.Stems({s: mix}), st.Stems({s: mix*.9}))._repr_html_()
    yield "listen", st.listen(**{s: mix})._repr_html_()
    for one in (player, explorer, view): one.close()


def watch(page, asked):
    "Note what a page asks of its reader or of a network."
    page.on("dialog", lambda d: (asked.append(d.message), d.dismiss()))
    page.on("request", lambda q: None if q.url.startswith(("file:", "data:", "blob:", "about:")) else asked.append(q.url))


@part
def hostile(args, folder):
    "Chromium opens what was made of them: no script of theirs runs, nothing is asked of the network."
    try: from playwright.sync_api import sync_playwright
    except ImportError: yield Outcome("hostile", "skipped: needs playwright"); return
    chromium = shutil.which("chromium")
    if not chromium: yield Outcome("hostile", "skipped: needs chromium"); return
    out = Outcome("hostile", "pages with scripts for names and titles")
    flags = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync"]
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=chromium, args=flags)
        for k in range(args.pages):
            try: made = list(pages(k, folder))
            except BaseException as e: out.check(False, f"{type(e).__name__}: {e}"[:120]); continue
            for name, text in made:
                # A notebook's output has no policy of its own: judged without one.
                path = folder/f"{name}.html"
                path.write_text(text if "<html" in text else f"<!doctype html><html><body>{text}</body></html>")
                asked, page = [], browser.new_page()
                watch(page, asked)
                page.goto(path.as_uri())
                page.wait_for_timeout(250)
                ran = page.evaluate("() => window.pwned")
                out.check(not ran and not asked, f"{name}: {SCRIPTS[k % len(SCRIPTS)]!r} {'ran' if ran else asked[:1]}"[:140])
                page.close()
        browser.close()
    yield out


def main(argv=None):
    p = argparse.ArgumentParser(description="Kills, interrupts, full disks, floods, hostile pages, soak.")
    p.add_argument("--short", action="store_true", help="fewer of everything: two minutes")
    p.add_argument("--only", nargs="+", choices=list(PARTS), default=list(PARTS))
    p.add_argument("--seed", type=int, default=0)
    for name, long, short in (("kills", 200, 25), ("interrupts", 24, 3), ("floods", 10_000, 800), ("pages", 17, 4), ("soak", 900, 20)):
        p.add_argument(f"--{name}", type=int, help=f"how many; for soak, seconds ({long}; {short} in a short run)")
        p.set_defaults(**{f"{name}_": (long, short)})
    args = p.parse_args(argv)
    for name in ("kills", "interrupts", "floods", "pages", "soak"):
        if getattr(args, name) is None: setattr(args, name, getattr(args, f"{name}_")[args.short])
    import matplotlib
    matplotlib.use("agg")
    torch.set_num_threads(1)
    warnings.simplefilter("ignore", SepNotice)
    rows = []
    for name in args.only:
        with tempfile.TemporaryDirectory(prefix="sep_toolkit-torture-") as folder:
            print(f"{name} …", file=sys.stderr, flush=True)
            try:
                for out in PARTS[name](args, Path(folder)): rows.append(out)
            except Exception as e:
                traceback.print_exc()
                rows.append(Outcome(name, f"broke off: {type(e).__name__}: {e}"[:80], 1, 1))
    print(f"{'part':11} {'what':56} {'number':>7} {'failed':>7}")
    for r in rows:
        print(f"{r.part:11} {r.what:56} {r.count:7d} {r.failed:7d}")
        for note in r.notes[:5]: print(f"{'':12}  {note}")
    return any(r.failed for r in rows)


if __name__ == "__main__": sys.exit(main())
