"""File to file: the stems of `separate`, whatever the length; kills, interrupts, full disks and damaged files lose nothing."""
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import soundfile as sf
import torch

from sep_toolkit.classical.hpss import HPSS
from sep_toolkit.core import DataError, ParameterError, SepError, SepNotice
from sep_toolkit.runs import file_to_file
from sep_toolkit.runs.file_to_file import fingerprint, separate_file, separate_files
from sep_toolkit.runs.run import separate
from sep_toolkit.runs.separator import Separator
from sep_toolkit.sound.audio import resample, Resampler
from sep_toolkit.sound.files import load

SR = 8000


class Killed(BaseException):
    "What a kill looks like from inside: nothing catches it."


class Gains(Separator):
    "Levels of the mixture that change within each chunk, so that a chunk in the wrong place is heard; counts its chunks."
    def __init__(self, gains=(.5, -.25), chunk_s=.5, overlap_s=.1, sr=None, batch=1, permutes=False, stop_at=None, stop=Killed):
        self.gains, self.chunk_s, self.overlap_s, self.sr, self.max_batch = gains, chunk_s, overlap_s, sr, batch
        self.permutes, self.stems = permutes, tuple(f"s{i}" for i in range(len(gains)))
        self.stop_at, self.stop, self.n = stop_at, stop, 0

    @property
    def settings(self): return {"gains": self.gains, "permutes": self.permutes}

    def forward(self, x, sr):
        self.n += 1
        if self.n == self.stop_at: raise self.stop
        ramp = torch.linspace(0, 1, x.shape[-1])
        y = torch.stack([g*x*(1 + .1*ramp) for g in self.gains], 1)
        return y.flip(1) if self.permutes and x[0, 0, 0] > 0 else y


def noise(n, channels=2, sr=SR, seed=0): return .3*torch.randn(channels, n, generator=torch.Generator().manual_seed(seed)).numpy()


def write(path, x, sr=SR, **how):
    sf.write(path, x.T, sr, **({"subtype": "FLOAT"} if path.suffix == ".wav" and not how else how))
    return path


@pytest.fixture
def song(tmp_path): return write(tmp_path/"song.wav", noise(3*SR))


@pytest.fixture
def out(tmp_path): return tmp_path/"out"


def same(files, want, tol=1e-5):
    assert list(files) == list(want.names)
    for name in want:
        got = load(files[name])
        assert got.sr == want.sr and got.samples.shape == want[name].samples.shape
        assert (got.samples - want[name].samples).abs().max() < tol, name


# ---------------------------------------------------------------- the same as in memory

@pytest.mark.parametrize("seed", range(10))
def test_files_are_what_separate_gives(tmp_path, seed):
    "Random lengths, rates, channels, formats, chunks and batches; every other case with a method at another rate."
    r = np.random.default_rng(seed)
    sr, channels = int(r.choice([8000, 11025, 22050])), int(r.integers(1, 4))
    n, suffix = int(r.integers(1, 4*sr)), str(r.choice([".wav", ".flac", ".ogg"]))
    how = {} if suffix == ".wav" else {"format": suffix[1:].upper()}
    path = write(tmp_path/f"song{suffix}", noise(n, channels, seed=seed), sr, **how)
    method = Gains(chunk_s=float(r.uniform(.2, 1.5)), overlap_s=float(r.uniform(0, .2)), batch=int(r.integers(1, 4)),
                   sr=int(r.choice([8000, 16000])) if seed % 2 else None, permutes=bool(r.random() < .3))
    same(separate_file(path, tmp_path/"out", method, progress=False), separate(path, method, progress=False))


def test_parts_of_a_method_that_cuts_itself(tmp_path):
    path = write(tmp_path/"song.wav", noise(41*SR, 1))
    same(separate_file(path, tmp_path/"out", "hpss", progress=False), separate(path, "hpss", progress=False))


def test_functions_and_settings(song, out):
    same(separate_file(song, out, lambda x: torch.stack([x/2, -x], 1), sr="any", stems=("a", "b")),
         separate(song, lambda x: torch.stack([x/2, -x], 1), sr="any", stems=("a", "b")))
    same(separate_file(song, out, "hpss", kernel=5), separate(song, "hpss", kernel=5))


@pytest.mark.parametrize("sr, new_sr", [(44100, 48000), (48000, 44100), (8000, 44100), (44100, 16000), (11025, 8000), (100, 768000)])
def test_resampling_block_by_block_is_resampling(sr, new_sr):
    r = np.random.default_rng(sr + new_sr)
    for n in (1, 7, int(r.integers(2, 3*sr + 3))):
        x, stream, out, at = noise(n, 2), Resampler(sr, new_sr, 2), [], 0
        while at < n:
            k = int(r.integers(1, n + 1))
            out.append(stream.add(np.ascontiguousarray(x.T[at:at + k])))
            at += k
        got, want = np.concatenate([*out, stream.end()]).T, resample(torch.from_numpy(x), sr, new_sr).numpy()
        assert got.shape == want.shape and np.abs(got - want).max() < 1e-5


# ---------------------------------------------------------------- after an interruption

@pytest.mark.parametrize("at", [1, 2, 5, 8])
def test_what_was_done_before_a_kill_is_not_done_again(song, out, at):
    with pytest.raises(Killed): separate_file(song, out, Gains(stop_at=at), progress=False)
    assert not list(out.glob("*.wav"))
    again, whole = Gains(), Gains()
    files = separate_file(song, out, again, progress=False)
    same(files, separate(song, whole, progress=False))
    assert again.n == whole.n - (at - 1) and sorted(p.name for p in out.iterdir()) == [file_to_file.RECORD, "s0.wav", "s1.wav"]


@pytest.mark.parametrize("where", ["unlink", "replace"])
@pytest.mark.parametrize("call", [0, 1])
def test_a_kill_while_the_files_are_finished(song, out, monkeypatch, where, call):
    calls, real = [], getattr(os, where)
    def dies(*a, **k):
        if str(a[0]).endswith((f"{call}.f32", f"{call}.wav")): raise Killed
        calls.append(a)
        return real(*a, **k)
    with monkeypatch.context() as m:
        m.setattr(os, where, dies)
        with pytest.raises(Killed): separate_file(song, out, Gains(sr=16000), progress=False)
    again = Gains(sr=16000)
    same(separate_file(song, out, again, progress=False), separate(song, Gains(sr=16000), progress=False))
    assert again.n == 0


def test_samples_that_the_note_does_not_know_are_cut_off(song, out):
    with pytest.raises(Killed): separate_file(song, out, Gains(stop_at=4), progress=False)
    for p in out.glob(".separating/[01].f32"): p.write_bytes(p.read_bytes() + b"more than the note knows of!!!!!")
    same(separate_file(song, out, Gains(), progress=False), separate(song, Gains(), progress=False))


@pytest.mark.parametrize("change", ["note", "stem", "source"])
def test_damaged_work_begins_anew(song, out, change):
    with pytest.raises(Killed): separate_file(song, out, Gains(stop_at=4), progress=False)
    path = out/".separating"/{"note": "state.safetensors", "stem": "0.f32", "source": "mixture.f32"}[change]
    path.write_bytes(path.read_bytes()[:40])
    again = Gains()
    with pytest.warns(SepNotice, match="begins anew"): same(separate_file(song, out, again, progress=False), separate(song, Gains()))
    assert again.n == 8


@pytest.mark.parametrize("what", ["source", "settings", "seed", "chunks", "weights"])
def test_other_work_begins_anew_and_says_so(song, out, what):
    with pytest.raises(Killed): separate_file(song, out, Gains(stop_at=4), progress=False)
    again = Gains(gains=(.5, -.3) if what == "settings" else (.5, -.25), chunk_s=.6 if what == "chunks" else .5)
    if what == "weights": again.card = {"files": {"weights": {"sha256": "0"*64}}}
    if what == "source": write(song, noise(3*SR, seed=1))
    with pytest.warns(SepNotice, match="another source, method or settings: it begins anew"):
        files = separate_file(song, out, again, seed=int(what == "seed"), progress=False)
    same(files, separate(song, again, progress=False))


def test_what_is_done_is_not_done_again_unless_it_was_changed(song, out):
    separate_file(song, out, Gains(), progress=False)
    again = Gains()
    files = separate_file(song, out, again, progress=False)
    assert again.n == 0
    files["s1"].write_bytes(b"")
    same(separate_file(song, out, again, progress=False), separate(song, Gains()))
    assert again.n == 8


def test_ctrl_c_keeps_what_is_done(song, out):
    with pytest.raises(KeyboardInterrupt, match="5[0-9]% of song.wav is kept"):
        separate_file(song, out, Gains(stop_at=5, stop=KeyboardInterrupt), progress=False)
    with pytest.warns(SepNotice, match="5[0-9]% of this work"): separate_file(song, out, Gains(), progress=False)


def test_a_failing_method_keeps_what_is_done(song, out):
    with pytest.raises(SepError, match="Gains failed at 0.8 s of 3.0 s: ValueError"):
        separate_file(song, out, Gains(stop_at=3, stop=ValueError), progress=False)
    again = Gains()
    separate_file(song, out, again, progress=False)
    assert again.n == 6


SLOW = """
import sys, time
import torch
from sep_toolkit.runs.file_to_file import separate_file
def slow(x):
    print("chunk", flush=True)
    time.sleep(.2)
    return torch.stack([x/2, x/3], 1)
from sep_toolkit.onestep.wrapped import wrap
m = wrap(slow, sr="any", stems=("a", "b")); m.chunk_s, m.overlap_s = .5, .1
separate_file(sys.argv[1], sys.argv[2], m, progress=False)
print("done")
"""


def test_sigkill(song, out):
    "A real one, twice, and a process that has the folder is not disturbed."
    for _ in range(2):
        with subprocess.Popen([sys.executable, "-W", "ignore", "-c", SLOW, song, out], stdout=subprocess.PIPE, text=True) as p:
            for _ in range(3): assert p.stdout.readline() == "chunk\n"
            with pytest.raises(DataError, match="another process"): separate_file(song, out, Gains())
            os.kill(p.pid, signal.SIGKILL)
        assert not list(out.glob("*.wav"))
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", SLOW, song, out], capture_output=True, text=True, check=True).stdout
    assert done.endswith("done\n") and done.count("chunk") <= 4
    assert torch.allclose(load(out/"b.wav").samples, load(song).samples/3, atol=1e-6)


# ---------------------------------------------------------------- disks

def fake_disk(monkeypatch, free):
    usage = type("Usage", (), {"free": free})
    monkeypatch.setattr(file_to_file.shutil, "disk_usage", lambda _: usage)


def test_a_full_disk_is_told_before(song, out, monkeypatch):
    fake_disk(monkeypatch, 500_000)
    method = Gains()
    with pytest.raises(DataError, match="676 kB will be written.*500 kB are free.*Nothing was separated"): separate_file(song, out, method)
    assert method.n == 0 and not out.exists()
    fake_disk(monkeypatch, 680_000)
    same(separate_file(song, out, method, progress=False), separate(song, method))


def test_room_for_a_method_at_a_higher_rate(song, out, monkeypatch):
    fake_disk(monkeypatch, 1_200_000)
    with pytest.raises(DataError, match="1.3 MB will be written"): separate_file(song, out, Gains(sr=16000))
    fake_disk(monkeypatch, 1_300_000)
    monkeypatch.setattr(file_to_file, "_write_note", lambda work, real=file_to_file._write_note: (real(work), sizes.append(
        sum(p.stat().st_size for p in work.folder.iterdir())))[0])
    sizes = []
    separate_file(song, out, Gains(sr=16000), progress=False)
    assert 760_000 < max(sizes) < 1_300_000


def test_a_disk_that_fills_up_meanwhile_loses_nothing(song, out, monkeypatch):
    real, calls = os.fsync, []
    def full(fd):
        calls.append(fd)
        if len(calls) == 8: raise OSError(28, "No space left on device")
        return real(fd)
    with monkeypatch.context() as m:
        m.setattr(os, "fsync", full)
        with pytest.raises(DataError, match="No space left|What is done is kept"): separate_file(song, out, Gains(), progress=False)
    assert not list(out.glob("*.wav"))
    same(separate_file(song, out, Gains(), progress=False), separate(song, Gains()))


def test_a_folder_that_cannot_be(song, tmp_path):
    with pytest.raises(DataError, match="cannot make the folder"): separate_file(song, song/"below", "hpss")
    with pytest.raises(DataError, match="no such file"): separate_file(tmp_path/"none.wav", tmp_path/"out", "hpss")
    with pytest.raises(ParameterError, match="stem name is '../a'"):
        separate_file(song, tmp_path/"out", lambda x: x, sr="any", stems=["../a"])
    assert not (tmp_path/"out").exists()


def test_a_method_that_sees_everything_at_once_must_fit_the_memory(song, out, monkeypatch):
    monkeypatch.setattr(file_to_file, "free_memory", lambda: 1_000)
    with pytest.raises(DataError, match=r"sees 3 s at once.*chunk_s"): separate_file(song, out, Gains(chunk_s=None))
    assert not out.exists()


# ---------------------------------------------------------------- many

def test_a_folder_of_songs(tmp_path):
    (tmp_path/"in").mkdir()
    for i, name in enumerate(("a.wav", "b.wav")): write(tmp_path/"in"/name, noise(SR, seed=i))
    write(tmp_path/"in/b.flac", noise(SR, seed=2), format="FLAC")
    (tmp_path/"in/notes.txt").write_text("no song")
    (tmp_path/"in/c.mp3").write_bytes(b"no song either")
    method = Gains()
    with pytest.raises(SepError, match="1 of 4 files failed.*c.mp3"): separate_files(tmp_path/"in", tmp_path/"out", method, progress=False)
    (tmp_path/"in/c.mp3").unlink()
    n = method.n
    got = separate_files(tmp_path/"in", tmp_path/"out", method, progress=False)
    assert method.n == n and [p.name for p in got] == ["a.wav", "b.flac", "b.wav"]
    assert sorted(p.name for p in (tmp_path/"out").iterdir()) == ["a", "b.flac", "b.wav"]
    same(got[tmp_path/"in/b.flac"], separate(tmp_path/"in/b.flac", method))
    assert list(separate_files([tmp_path/"in/a.wav"], tmp_path/"out", method)) == [tmp_path/"in/a.wav"]
    for bad in (tmp_path, tmp_path/"in/a.wav", [], 3, [tmp_path/"in/a.wav"]*2):
        with pytest.raises((ParameterError, DataError), match="sources is"): separate_files(bad, tmp_path/"out", method)


# ---------------------------------------------------------------- what the work is

def test_fingerprints():
    net, number = torch.nn.Linear(2, 2), 3
    def one(x): return net(x)*number
    same_again = fingerprint(one)
    assert fingerprint(one) == same_again and len({fingerprint(m) for m in (HPSS(), HPSS(kernel=5), Gains(), one)}) == 4
    number = 4
    assert fingerprint(one) != same_again
    number = 3
    assert fingerprint(one) == same_again
    with torch.no_grad(): net.weight[0, 0] += 1
    assert fingerprint(one) != same_again
    stream = iter([1])
    assert fingerprint(stream) != fingerprint(stream)  # cannot be known
    assert fingerprint(torch.ones(3)) != fingerprint(torch.ones(1, 3)) and fingerprint({"a": 1}) == fingerprint({"a": 1})
    from sep_toolkit.onestep.models import load_model
    assert fingerprint(load_model("enhancer")) == fingerprint(load_model("enhancer"))


def test_time_left():
    assert file_to_file._told(.5, .25, 30) == " 50%, 1:00 left" and file_to_file._told(1., 0., 10) == "100%, 0:00 left"
