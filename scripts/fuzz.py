"""Random calls of the public functions with good and bad arguments and damaged files.

The law: a call ends well, or in an error of the SepError family. A TypeError is right only where the arguments of the call itself
do not fit (an unknown or a missing keyword), and where Python asks for one (`audio + 3`); KeyError and IndexError only from `[...]`.
Nothing else may leave a call; no call hangs, takes more than 1.5 GB, changes what it was given, or ends the process.

    python scripts/fuzz.py --count 2000 --seed 0       run, and print what broke the law
    python scripts/fuzz.py --seed 0 --case 123         one case again, with its traceback

The same seed gives the same cases. Cases run in a child process, which is ended and replaced where one does not come back."""
import argparse
import json
import os
import random
import re
import select
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

MEMORY = 1.5e9   # bytes a case may add
CPU_S = 10.      # of computing that a case may take
WALL_S = 60.     # after which a case that does not compute counts as hung
FITS_CALL = re.compile(r"(got|for) an unexpected keyword argument|missing \d+ required|takes .* positional argument|has no setting|"
                       r"^\w+ needs |go with a method's name|multiple values for")


@dataclass
class Result:
    case: int
    name: str     # of the call
    text: str     # the call as it can be read
    bad: int      # arguments that were bad on purpose, or files damaged
    tensors: bool = False # a function of tensors
    kind: str = "" # what law it broke; "" for none
    error: str = "" # what was raised
    where: str = "" # the deepest function of the package

    @property
    def group(self): return f"{self.kind} in {self.where}" if self.where else f"{self.kind} of {self.name}"


# One case, in the child

def draw(seed, case, folder):
    "The call of a case and its arguments."
    import fuzz_calls as fc
    import fuzz_values as fv
    r = random.Random(f"{seed}/{case}")
    call = r.choice(fc.calls())
    world = fc.World(r, folder)
    kinds = call.parameters()
    given = [k for k, kind in kinds.items() if not kind.endswith("?") or r.random() < .5]
    if call.damaged and r.random() < .8: world.damaged = []
    wanted = min(r.choice([0, 1, 1, 1, 2]) if not call.damaged else r.choice([0, 0, 0, 1]), call.most_bad, len(given))
    open_to_bad = [k for k in given if not kinds[k].endswith("!")]  # not what the method belongs to
    worse = set(r.sample(open_to_bad, min(wanted, len(open_to_bad))))
    args = {k: fv.bad(r, world) if k in worse else getattr(world, "a_" + kinds[k].rstrip("?!"))() for k in given}
    said = ", ".join(f"{k}={fv.describe(v)}" for k, v in args.items())
    if world.damaged: said += f"  [{'; '.join(world.damaged)}]"
    return call, args, f"{call.name}({said})", len(worse) + len(world.damaged or ())


def run_case(seed, case, folder, loud=False):
    import fuzz_values as fv
    call, args, text, bad = draw(seed, case, folder)
    before = {k: fv.fingerprint(v) for k, v in args.items() if k != "self"}
    result = Result(case, call.name, text, bad, call.tensors)
    forget_peak()
    held = memory("VmRSS")
    try: call.target(**args)
    except KeyboardInterrupt: raise
    except BaseException as e:
        judge(result, call, e)
        if loud: traceback.print_exc()
    if not result.kind and any(fv.fingerprint(args[k]) != v for k, v in before.items()): result.kind = "changed its argument"
    if not result.kind and memory("VmHWM") - held > MEMORY: result.kind = "took too much memory"
    return result


def judge(result, call, e):
    from sep_toolkit.core import SepError
    if isinstance(e, SepError):
        try: text = str(e)
        except Exception: text = ""
        if not text.strip(): result.kind, result.error = "an error without a text", type(e).__name__
        return
    if isinstance(e, call.may): return
    try: text = str(e)
    except Exception: text = "(no text)"
    if isinstance(e, TypeError) and FITS_CALL.search(text): return
    inside = [f for f in traceback.extract_tb(e.__traceback__) if "sep_toolkit" in Path(f.filename).parts]
    result.kind, result.error = type(e).__name__, " ".join(text.split())[:160]
    result.where = f"{Path(inside[-1].filename).stem}.{inside[-1].name}" if inside else ""


def memory(name):
    "Bytes of this process, from the kernel; 0 where it does not tell."
    try: return int(re.search(rf"{name}:\s+(\d+)", Path("/proc/self/status").read_text())[1])*1024
    except (OSError, TypeError): return 0


def forget_peak():
    try: Path("/proc/self/clear_refs").write_text("5")
    except OSError: pass


def worker(seed, folder):
    "Cases by number from standard input, results as JSON lines; what the package prints goes nowhere."
    import warnings
    out = os.fdopen(os.dup(1), "w", buffering=1)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    warnings.simplefilter("ignore")
    at_home(folder)
    out.write("ready\n")
    for line in sys.stdin: out.write(json.dumps(asdict(run_case(seed, int(line), folder))) + "\n")


def at_home(folder):
    "In a folder of its own, without a network, and drawing to memory."
    import socket

    import matplotlib
    matplotlib.use("agg")
    def refuse(*args, **more): raise socket.gaierror(-2, "no network while fuzzing")
    socket.getaddrinfo = socket.socket.connect = refuse
    inner = Path(folder)/"a"/"b"/"c"/"d"
    inner.mkdir(parents=True, exist_ok=True)
    os.chdir(inner)
    import torch
    torch.set_num_threads(1)
    import fuzz_calls as fc
    fc.calls(), fc.library(folder)


# The parent

class Child:
    "A process that runs cases."
    def __init__(self, seed, folder):
        env = os.environ | {"OMP_NUM_THREADS": "1", "SEP_TOOLKIT_CACHE": f"{folder}/cache", "PYTHONWARNINGS": "ignore"}
        env.pop("SEP_TOOLKIT_MIRROR", None)
        env["PYTHONPATH"] = paths()
        self.log = open(f"{folder}/log", "ab")
        self.process = subprocess.Popen([sys.executable, __file__, "--worker", folder, "--seed", str(seed)], env=env, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log)
        self.wait_line(180, None)

    def wait_line(self, wall_s, cpu_s):
        "The next line, or what went wrong."
        import psutil
        me, start = psutil.Process(self.process.pid), time.monotonic()
        try: busy = sum(me.cpu_times()[:2])
        except psutil.Error: return "ended the process"
        while not select.select([self.process.stdout], [], [], .05)[0]:
            try: used, held = sum(me.cpu_times()[:2]) - busy, me.memory_info().rss
            except psutil.Error: return "ended the process"
            if cpu_s and used > cpu_s: return f"computed for more than {cpu_s:g} s"
            if cpu_s and held > 2*MEMORY: return "took too much memory"
            if time.monotonic() - start > wall_s: return f"did not come back within {wall_s:g} s"
        return self.process.stdout.readline() or "ended the process"

    def ask(self, case):
        try: self.process.stdin.write(f"{case}\n"); self.process.stdin.flush()
        except OSError: return "ended the process"
        return self.wait_line(WALL_S, CPU_S)

    def stop(self):
        self.process.kill()
        self.process.wait()
        for f in (self.process.stdin, self.process.stdout, self.log): f.close()


def run(seed, cases, tell=None):
    "The results of all cases, in order."
    results, child = [], None
    with tempfile.TemporaryDirectory(prefix="sep_toolkit-fuzz-") as folder:
        try:
            for case in cases:
                if child is None: child = Child(seed, folder)
                line = child.ask(case)
                if line.startswith("{"): result = Result(**json.loads(line))
                else:
                    child.stop(); child = None
                    result = Result(case, *lost(seed, case, folder), kind=line.strip())
                results.append(result)
                if tell: tell(result)
        finally:
            if child is not None: child.stop()
    return results


def paths():
    "Where the package and these scripts lie: a path that was given goes first."
    here = Path(__file__).resolve().parent
    return os.pathsep.join(p for p in [os.environ.get("PYTHONPATH"), str(here.parent), str(here)] if p)


def lost(seed, case, folder):
    "Name, text and badness of a case whose process is gone: drawn again, not run."
    program = (f"import fuzz, json; fuzz.at_home({folder!r}); call, _, text, bad = fuzz.draw({seed}, {case}, {folder!r}); "
               "print(json.dumps([call.name, text, bad, call.tensors]))")
    env = os.environ | {"PYTHONPATH": paths()}
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, env=env,
                          cwd=Path(__file__).resolve().parent)
    try: return json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError): return "unknown", f"(cannot be drawn again: {done.stderr.strip()[-200:]})", 0, False


def report(results, seed):
    "Failures grouped by kind, most frequent first, each with one case to run again."
    failed = [r for r in results if r.kind]
    lines = [f"{len(results)} cases with seed {seed}, {len({r.name for r in results})} functions: {len(failed)} broke the law, of "
             f"{len({r.group for r in failed})} kinds."]
    for title, tensors in (("The face of the package", False), ("Functions of tensors", True)):
        part = [r for r in failed if r.tensors == tensors]
        lines.append(f"\n{title}: {len(part)} of {sum(r.tensors == tensors for r in results)} cases")
        for group, n in Counter(r.group for r in part).most_common():
            mine = [r for r in part if r.group == group]
            r = min(mine, key=lambda r: len(r.text))
            others = sorted({m.name for m in mine} - {r.name})
            lines += [f"{n:4d} × {group}{': ' + r.error if r.error else ''}", f"       {r.text}",
                      f"       python scripts/fuzz.py --seed {seed} --case {r.case}"]
            lines += [f"       also {', '.join(others)}"]*bool(others)
    return "\n".join(lines)


def main(argv=None):
    p = argparse.ArgumentParser(description="Random calls of the public functions.")
    p.add_argument("--count", type=int, default=2000)
    p.add_argument("--start", type=int, default=0, help="number of the first case")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--case", type=int, help="run one case here, with its traceback")
    p.add_argument("--worker", metavar="FOLDER", help=argparse.SUPPRESS)
    args = p.parse_args(argv)
    if args.worker: return worker(args.seed, args.worker)
    if args.case is not None:
        with tempfile.TemporaryDirectory() as folder:
            at_home(folder)
            r = run_case(args.seed, args.case, folder, loud=True)
            print(r.text, f"{r.kind}: {r.error}" if r.kind else "keeps the law", sep="\n")
            os.chdir("/")
        return bool(r.kind)
    start, state = time.monotonic(), Counter()
    def tell(r):
        state["broke"] += bool(r.kind); state["done"] += 1
        if state["done"] % 500 == 0:
            print(f"{state['done']} cases, {state['broke']} broke the law, {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    results = run(args.seed, range(args.start, args.start + args.count), tell)
    print(report(results, args.seed))
    return any(r.kind for r in results)


if __name__ == "__main__": sys.exit(main())
