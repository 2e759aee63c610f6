"""2 000 random calls of the public functions: none may hang, take the machine's memory, change its arguments, or end in an error
that is not of the family. `make fuzz` makes ten times as many."""
import random

import fuzz
import pytest

SEED, COUNT = 20261130, 2000
pytestmark = pytest.mark.filterwarnings("ignore")  # odd values make NumPy and torch talk


@pytest.fixture(scope="module")
def results(): return fuzz.run(SEED, range(COUNT))


@pytest.mark.parametrize("tensors", [False, True], ids=["face", "tensors"])
def test_every_call_ends_well_or_in_an_error_of_the_family(results, tensors):
    mine = [r for r in results if r.tensors == tensors]
    assert not any(r.kind for r in mine), fuzz.report(mine, SEED)


def test_the_cases_reach_every_function_and_many_are_good(results):
    import fuzz_calls
    assert len(results) == COUNT
    names = {c.name for c in fuzz_calls.calls()}
    assert len({r.name for r in results}) > .95*len(names)
    assert sum(not r.bad for r in results) > COUNT/8


MATCHED = {  # whose arguments must fit each other in shape or kind, which values that are drawn one by one do not
    "tfnet:fold_cells", "tfnet:make_tfnet", "prior:Denoiser", "prior:DiffusionPrior", "DiffusionPrior.denoise", "DiffusionPrior.rows",
    "solvers:initial", "solvers:hybrid", "harmonics:harmonic_bank", "voice:from_logits", "Voice.from_arrays", "partials:waves",
    "fit:cold_start", "parameters:envelopes", "VoiceNet()", "method:cut_out", "display:panels"}


def test_good_calls_end_well(tmp_path, monkeypatch):
    "The table is right about what the functions take: without a bad argument at least one call of each ends well."
    import fuzz_calls
    monkeypatch.chdir(tmp_path)
    refused = {}
    for call in fuzz_calls.calls():
        for i in range(4):
            world = fuzz_calls.World(random.Random(i), tmp_path)
            kinds = {k: v for k, v in call.parameters().items() if not v.endswith("?") or i % 2}
            try: call.target(**{k: getattr(world, "a_" + v.rstrip("?!"))() for k, v in kinds.items()})
            except Exception as e: refused[call.name] = f"{call.name}: {type(e).__name__}: {e}"
            else: refused.pop(call.name, None); break
    for name in ("registry:resolve", "st:fetch", *MATCHED): refused.pop(name, None)  # the first two need a network, or a mirror
    assert not refused, "\n".join(refused.values())


def test_the_same_seed_gives_the_same_cases(tmp_path):
    text = lambda: [fuzz.draw(3, case, tmp_path)[2] for case in range(120)]
    assert text() == text()


@pytest.mark.parametrize("broken, kind", [
    (lambda value: 1/0, "ZeroDivisionError"), (lambda value: [].x, "AttributeError"), (lambda value: fuzz.os._exit(3), "ended the process"),
    (lambda value: any(iter(int, 1)), "computed for more than 3 s"), (lambda value: fuzz.time.sleep(60), "did not come back within 6 s"),
    (lambda value: len(b"x"*1_900_000_000), "took too much memory"), (lambda value: value.append(1), "changed its argument")],
    ids=["error", "attribute", "exit", "busy", "asleep", "memory", "mutated"])
def test_the_fuzzer_sees_what_breaks_the_law(tmp_path, monkeypatch, broken, kind):
    "A broken function in the place of the table, in a child that inherits it."
    assert in_child(broken, kind, tmp_path, monkeypatch) == kind


def in_child(broken, kind, tmp_path, monkeypatch):
    import os
    import signal

    import fuzz_calls
    monkeypatch.setattr(fuzz_calls, "calls", lambda: [fuzz_calls.Call("broken", broken, {"value": "list!"})])
    monkeypatch.setattr(fuzz_calls.World, "a_list", lambda self: [1], raising=False)
    monkeypatch.setattr(fuzz, "CPU_S", 3.)
    monkeypatch.setattr(fuzz, "WALL_S", 6. if kind.startswith("did not") else 60.)
    fuzz_calls.library(str(tmp_path))
    inn, out = os.pipe(), os.pipe()
    pid = os.fork()
    if not pid:  # the child: one case, its result as a line
        r = fuzz.run_case(0, 0, str(tmp_path))
        os.write(out[1], (r.kind + "\n").encode())
        os._exit(0)
    os.close(out[1])
    child = object.__new__(fuzz.Child)
    child.process = type("Process", (), {"pid": pid, "stdout": os.fdopen(out[0])})()
    try: return child.wait_line(fuzz.WALL_S, fuzz.CPU_S).strip()
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        child.process.stdout.close()
        for fd in inn: os.close(fd)
