"""Errors, checks, seeds and atomic writes."""
import math
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sep_toolkit.core import (
    as_path, atomic_folder, atomic_path, cache_dir, check_choice, check_number, DataError, fail, generator, human_bytes, need,
    ParameterError, pick_device, SepError, SepNotice, short, WeightsError,
)


def test_one_family():
    for cls in (ParameterError, DataError, WeightsError): assert issubclass(cls, SepError)
    assert issubclass(ParameterError, ValueError)


def test_fail_names_argument_value_accepted_and_remedy():
    with pytest.raises(ParameterError, match=r"^speed is 'fast': expected a number\. Try 3\.$"):
        fail("speed", "fast", "a number", "Try 3.")


def test_short_describes_arrays_and_cuts_text():
    assert short(torch.zeros(3, 4)) == "an array of shape (3, 4) and type float32"
    assert len(short("x"*500)) <= 60 and "\n" not in short("a\nb")


@given(st.one_of(st.floats(), st.integers(), st.text(), st.booleans(), st.none(), st.complex_numbers()))
def test_check_number_returns_a_finite_number_in_range_or_names_the_argument(value):
    try: out = check_number("n", value, -5, 5)
    except ParameterError as e: assert str(e).startswith("n is ")
    else: assert isinstance(out, float) and math.isfinite(out) and -5 <= out <= 5


@pytest.mark.parametrize("value", [1.5, "3", True, None, float("inf"), 11, -1, torch.zeros(2)])
def test_check_number_integer_refuses(value):
    with pytest.raises(ParameterError): check_number("n", value, 0, 10, integer=True)


def test_check_number_takes_scalars_of_arrays():
    assert check_number("n", torch.tensor(3), integer=True) == 3


def test_check_choice_suggests():
    with pytest.raises(ParameterError, match="Did you mean 'kaiser'"): check_choice("w", "kayser", ["hann", "kaiser"])


def test_need_says_how_to_install():
    with pytest.raises(SepError, match=r"pip install 'sep_toolkit\[eval\]'"): need("no_such_module_here", "eval")


def test_generators_do_not_touch_global_state():
    torch.manual_seed(5)
    expected = torch.rand(2)
    torch.manual_seed(5)
    torch.rand(3, generator=generator(0))
    assert torch.equal(torch.rand(2), expected)
    for bad in (-1, 2**63, 0.5, "a"):
        with pytest.raises(ParameterError, match="seed"): generator(bad)


def test_pick_device_announces_a_fallback():
    if torch.cuda.is_available(): pytest.skip("needs a machine without CUDA")
    with pytest.warns(SepNotice, match="computing on the CPU"): assert pick_device("cuda").type == "cpu"
    for bad in ("gpu please", 10**400, -7, object(), []):
        with pytest.raises(ParameterError, match="device"): pick_device(bad)


def test_atomic_path_keeps_the_old_file_on_any_failure(tmp_path):
    p = tmp_path/"f.txt"
    p.write_text("old")
    for error in (ValueError, KeyboardInterrupt, OSError):
        with pytest.raises((error, DataError)), atomic_path(p) as tmp:
            tmp.write_text("half")
            raise error("x")
        assert p.read_text() == "old" and os.listdir(tmp_path) == ["f.txt"]


def test_atomic_path_keeps_the_old_file_when_killed(tmp_path):
    p = tmp_path/"f.txt"
    p.write_text("old")
    code = ("import os, signal\nfrom sep_toolkit.core import atomic_path\n"
            f"with atomic_path({str(p)!r}) as tmp:\n    tmp.write_text('half')\n    os.kill(os.getpid(), signal.SIGKILL)\n")
    assert subprocess.run([sys.executable, "-c", code]).returncode == -9
    assert p.read_text() == "old"


def test_atomic_path_names_a_missing_folder(tmp_path):
    with pytest.raises(DataError, match="folder that exists"), atomic_path(tmp_path/"no"/"f"): pass


def test_cache_dir_follows_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("SEP_TOOLKIT_CACHE", str(tmp_path/"c"))
    assert cache_dir() == tmp_path/"c" and cache_dir().is_dir()


@pytest.mark.parametrize("n, text", [(12, "12 B"), (1010, "1.0 kB"), (3_200_000, "3.2 MB"), (512_000, "512 kB"), (7.5e9, "7.5 GB")])
def test_human_bytes(n, text): assert human_bytes(n) == text


def test_bounds_are_allowed_values():
    assert check_number("n", 3, 3, 5) == 3 and check_number("n", 5, 3, 5) == 5


def test_atomic_path_gives_a_new_file_and_leaves_the_old_one_to_its_readers(tmp_path):
    path = tmp_path/"a.txt"
    path.write_text("old")
    with path.open() as reader:
        with atomic_path(path) as tmp: tmp.write_text("new")
        assert reader.read() == "old" and path.read_text() == "new"


def test_atomic_path_writes_to_the_disk_before_it_moves(tmp_path, monkeypatch):
    calls = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *a, name=name, real=real: (calls.append(name), real(*a))[1])
    with atomic_path(tmp_path/"a.txt") as tmp: tmp.write_text("x")
    assert calls == ["fsync", "replace"]


def test_atomic_path_keeps_to_the_umask(tmp_path):
    old = os.umask(0o027)
    try:
        with atomic_path(tmp_path/"a.txt") as tmp: tmp.write_text("x")
    finally: os.umask(old)
    assert (tmp_path/"a.txt").stat().st_mode & 0o777 == 0o640


# --- the gate never falls

class Odd:
    "Raises whatever is asked of it."
    def __repr__(self): raise RuntimeError("no repr")
    def __eq__(self, other): raise RuntimeError("no comparison")
    __hash__ = None


class OddArray:
    shape = property(lambda self: 1/0)
    def item(self): raise RuntimeError("no item")


ODD = [Odd(), OddArray(), np.zeros(3), np.array("hann"), np.array(["hann"]), torch.zeros(2, 2), torch.zeros(1, device="meta"),
       10**400, -10**400, 10**5000, "x"*10**6, b"\xff"*1000, ["x"]*10**6, {"a": Odd()}, [Odd()], object, float("nan"), 1j, "\ud800", "a\0b",
       None, ..., range(10**9)]


@pytest.mark.parametrize("value", ODD, ids=lambda v: type(v).__name__)
def test_no_value_breaks_the_gate(value):
    line = short(value)
    assert len(line) <= 100 and "\n" not in line
    with pytest.raises(ParameterError, match="^n is "): check_number("n", value, 0, 10)
    with pytest.raises(ParameterError, match="^n is "): check_number("n", value, integer=True, hi=5)
    if not (isinstance(value, np.ndarray) and value.shape == ()):
        with pytest.raises(ParameterError, match="^w is "): check_choice("w", value, ["hann", "kaiser"])
    with pytest.raises(ParameterError, match="^p is "): fail("p", value, "something else")


def test_check_choice_gives_the_choice_itself():
    assert check_choice("bits", np.int64(8), (8, 16)) == 8 and type(check_choice("bits", np.int64(8), (8, 16))) is int
    assert check_choice("w", np.str_("hann"), ["hann"]) == "hann" and check_choice("x", None, [None, "a"]) is None


def test_of_many_choices_the_nearest_are_named():
    many = [f"sound {i}" for i in range(300)]
    with pytest.raises(ParameterError) as e: check_choice("sound", "sund 7", many)
    assert len(str(e.value)) < 200 and "sound 7" in str(e.value) and "297 others" in str(e.value)
    with pytest.raises(ParameterError, match="one of a, b, c"): check_choice("x", "z", "abc")


@pytest.mark.parametrize("value", ["a\0b", 3, None, "x"*300, "/" + "x/"*3000, "\ud800", Odd(), np.zeros(2)], ids=lambda v: type(v).__name__)
def test_a_path_that_no_file_can_have(value):
    for error in (ParameterError, DataError):
        with pytest.raises(error, match="^path is "): as_path("path", value, error)
    with pytest.raises((ParameterError, DataError)), atomic_path(value): pass
    with pytest.raises((ParameterError, DataError)), atomic_folder(value): pass


def test_a_path_knows_the_home_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert as_path("path", "~/a") == tmp_path/"a" and as_path("path", b"b~").name == "b~"


# --- imports

@pytest.mark.parametrize("body, error, words", [
    ("raise KeyboardInterrupt", KeyboardInterrupt, "^$"),
    ("try: raise KeyboardInterrupt\nexcept BaseException as e: raise ImportError('could not load') from e", KeyboardInterrupt, "."),
    ("try: raise KeyboardInterrupt\nexcept BaseException: raise ImportError('could not load')", KeyboardInterrupt, "."),
    ("raise ImportError('KeyboardInterrupt')", KeyboardInterrupt, "."),
    ("raise ImportError('libfoo.so is missing')", SepError, "is installed but cannot be imported.*libfoo.so.*pip install"),
    ("import no_such_thing_at_all", SepError, "is not installed.*could not import no_such_thing_at_all.*pip install"),
])
def test_need_tells_an_interrupt_from_what_is_missing(tmp_path, monkeypatch, body, error, words):
    (tmp_path/"needed_by_a_test.py").write_text(body)
    monkeypatch.syspath_prepend(str(tmp_path))
    sys.modules.pop("needed_by_a_test", None)
    with pytest.raises(error, match=words): need("needed_by_a_test")


# --- writes

def test_a_private_file_stays_private_even_while_it_is_written(tmp_path):
    p = tmp_path/"a.txt"
    p.write_text("old")
    for mode in (0o600, 0o640, 0o444, 0o755):
        p.chmod(mode)
        with atomic_path(p) as tmp:
            assert tmp.stat().st_mode & 0o077 & ~mode == 0
            tmp.write_text("new")
        assert p.stat().st_mode & 0o777 == mode


def test_the_umask_is_never_changed(tmp_path, monkeypatch):
    def never(*a): raise AssertionError("other threads would see this")
    monkeypatch.setattr(os, "umask", never)
    with atomic_path(tmp_path/"a.txt") as tmp: tmp.write_text("x")
    with atomic_folder(tmp_path/"b") as tmp: (tmp/"c").write_text("x")


def test_a_link_is_written_through(tmp_path):
    (tmp_path/"real").mkdir()
    (tmp_path/"real"/"a.txt").write_text("old")
    for name in ("a.txt", "not yet.txt"):
        link = tmp_path/f"link to {name}"
        link.symlink_to(tmp_path/"real"/name)
        with atomic_path(link) as tmp: tmp.write_text("new")
        assert link.is_symlink() and (tmp_path/"real"/name).read_text() == "new" and not (tmp_path/"real"/name).is_symlink()
    (tmp_path/"nowhere").symlink_to(tmp_path/"no"/"a.txt")
    with pytest.raises(DataError, match="folder that exists"), atomic_path(tmp_path/"nowhere"): pass


def test_devices_and_folders_are_not_replaced(tmp_path):
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path/"pipe")
        with pytest.raises(DataError, match="not a folder or a device"), atomic_path(tmp_path/"pipe"): pass
    with pytest.raises(DataError, match="not a folder or a device"), atomic_path(tmp_path): pass
    (tmp_path/"file").touch()
    with pytest.raises(DataError, match="a folder"), atomic_folder(tmp_path/"file"): pass


@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_a_dead_process_left_is_swept_and_nothing_else(tmp_path, what):
    code = (f"import os, signal\nfrom sep_toolkit.core import atomic_path, atomic_folder\n"
            f"with atomic_{'path' if what == 'file' else 'folder'}({str(tmp_path/'a.txt')!r}) as tmp:\n"
            f"    ({'tmp' if what == 'file' else 'tmp/chr(98)'}).write_text('half')\n    os.kill(os.getpid(), signal.SIGKILL)\n")
    assert subprocess.run([sys.executable, "-c", code]).returncode == -9
    (left,) = os.listdir(tmp_path)
    host, pid = left.split("-")[1:3]
    theirs = [".part-", ".part-notes.txt", f".part-{host}-{os.getpid()}-0123abcd.txt", f".part-ffffff-{pid}-0123abcd.txt",
              ".part-abcdefgh.wav"]
    for name in theirs: (tmp_path/name).touch()
    (tmp_path/".part-zyxwvuts.wav").touch()
    os.utime(tmp_path/".part-zyxwvuts.wav", (1, 1))
    with atomic_path(tmp_path/"b.txt") as tmp: tmp.write_text("x")
    assert sorted(os.listdir(tmp_path)) == sorted([*theirs, "b.txt"])


def test_threads_write_the_same_file(tmp_path):
    from concurrent.futures import ThreadPoolExecutor
    p = tmp_path/"a.txt"
    def write(i):
        with atomic_path(p) as tmp: tmp.write_text(str(i)*10000)
    with ThreadPoolExecutor(8) as pool: list(pool.map(write, range(10)))
    assert len(set(p.read_text())) == 1 and os.listdir(tmp_path) == ["a.txt"]


def test_a_cache_folder_that_cannot_be_made(tmp_path, monkeypatch):
    (tmp_path/"file").touch()
    monkeypatch.setenv("SEP_TOOLKIT_CACHE", str(tmp_path/"file"/"cache"))
    with pytest.raises(DataError, match="cannot be created.*SEP_TOOLKIT_CACHE"): cache_dir()
    monkeypatch.setenv("SEP_TOOLKIT_CACHE", "~/c")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_dir() == tmp_path/"c"


@pytest.mark.skipif(sys.platform != "linux", reason="the place on Linux")
def test_the_cache_stays_where_it_was(tmp_path, monkeypatch):
    for name in ("SEP_TOOLKIT_CACHE", "XDG_CACHE_HOME"): monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_dir() == tmp_path/".cache"/"sep_toolkit"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path/"x"))
    assert cache_dir() == tmp_path/"x"/"sep_toolkit"
