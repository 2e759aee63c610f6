"""Errors, checks, seeds and atomic writes."""
import math
import os
import subprocess
import sys

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sep_toolkit.core import (
    DataError,
    ParameterError,
    SepError,
    SepNotice,
    WeightsError,
    atomic_path,
    cache_dir,
    check_choice,
    check_number,
    fail,
    generator,
    human_bytes,
    need,
    pick_device,
    short,
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
    with pytest.raises(ParameterError, match="device"): pick_device("gpu please")


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
