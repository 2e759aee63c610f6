"""A file that is dropped on an explorer: what is opened, and what is refused."""
import io

import numpy as np
import pytest
import soundfile
import torch

from sep_toolkit.errors import ParameterError
from sep_toolkit.explorers.blend import BlendExplorer
from sep_toolkit.explorers.receiving import FILE_BYTES, OPENED_S, Incoming, opened_file, received
from sep_toolkit.multistep.method import MultiStep
from sep_toolkit.onestep.wrapped import wrap
from sep_toolkit.sound.audio import Audio

SR = 8000
BOTH = wrap(lambda x, sr: torch.stack([.7 * x, .3 * x], 1), sr=SR, stems=("a", "b"))


def noise(seconds, sr=SR, channels=1):
    return (.1 * np.random.default_rng(0).standard_normal((round(seconds * sr), channels))).astype(np.float32)


def file_of(x, sr=SR, kind="WAV"):
    out = io.BytesIO()
    soundfile.write(out, x, sr, format=kind)
    return out.getvalue()


@pytest.fixture
def explorer():
    made = BlendExplorer(MultiStep(BOTH, metric="mixture_consistency", passes=3), Audio(torch.from_numpy(noise(1.)[:, 0]), SR))
    yield made
    if made.opened is not None:
        made.opened.close()
    made.close()


def drop(explorer, data, name="song.wav", block=7000, **more):
    for at in range(0, len(data), block):
        content = {"do": "file", "id": "1", "name": name, "size": len(data), "at": at, **more}
        explorer._handle_custom_msg(content, [memoryview(data)[at:at + block]])
    while explorer._desk.busy:
        pass


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "MP3"])
def test_a_dropped_file_is_explored_with_the_same_method(explorer, kind):
    drop(explorer, file_of(noise(1.5, 44_100, 2), 44_100, kind))
    new = explorer.opened
    assert isinstance(new, BlendExplorer)
    old, now = explorer.run.method.settings, new.run.method.settings
    assert {k: (now[k], v) for k, v in old.items() if now[k] is not v and now[k] != v} == {}
    assert new.trace.mix.sr == SR and new.trace.mix.channels == 1 and new.trace.mix.duration == pytest.approx(1.5, abs=.06)
    assert "song.wav" in explorer.said["text"] and ".opened" in explorer.said["text"] and not explorer.said["bad"]
    assert explorer.trace.mix.duration == 1  # the first stays as it is


def test_the_true_stems_of_the_old_mixture_are_not_those_of_the_file():
    mix = Audio(torch.from_numpy(noise(1.)[:, 0]), SR)
    made = BlendExplorer(MultiStep(BOTH, metric="si_sdr", reference={"a": .7 * mix, "b": .3 * mix}, passes=3), mix)
    drop(made, file_of(noise(.5)))
    assert made.opened.run.method.reference is None and "true stems are not known" in made.said["text"]
    made.opened.close()
    made.close()


def test_a_long_file_is_cut_and_that_is_said():
    data = file_of(noise(OPENED_S + 2, 4000), 4000)
    audio, said = opened_file(Incoming("1", "long.wav", len(data), bytearray(data)), Audio(torch.zeros(1, 100), SR))
    assert audio.duration == OPENED_S and f"the first {OPENED_S} s" in said


@pytest.mark.parametrize("data", [b"no sound at all", file_of(noise(.1))[:30]])
def test_what_is_no_sound_is_refused_in_the_status_line(explorer, data):
    drop(explorer, data)
    assert explorer.opened is None and explorer.said["bad"]
    drop(explorer, file_of(noise(.5)))
    assert explorer.opened is not None and not explorer.said["bad"]


@pytest.mark.parametrize("wrong", [*({"size": x} for x in (FILE_BYTES + 1, 0, "9", 3)), *({"at": x} for x in (-1, 5, None)),
                                   {"id": "2", "at": 4}])
def test_a_hostile_block_is_refused(explorer, wrong):
    explorer._handle_custom_msg({"do": "file", "id": "1", "name": "x", "size": 100, "at": 0}, [b"RIFF"])
    explorer._handle_custom_msg({"do": "file", "id": "1", "name": "x", "size": 100, "at": 0, **wrong}, [b"12345"])
    assert explorer.said["bad"] and explorer._file is None and explorer.opened is None


@pytest.mark.parametrize("buffers", [[], [b""], [b"1", b"2"]])
def test_a_message_has_one_block(buffers):
    with pytest.raises(ParameterError, match="buffers"):
        received(None, {"id": "1", "name": "x", "size": 9, "at": 0}, buffers)
