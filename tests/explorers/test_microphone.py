"""The recorder: what it accepts from a page, and what it refuses."""
import threading

import numpy as np
import pytest

import sep_toolkit as st
from sep_toolkit.errors import ParameterError
from sep_toolkit.explorers.recorder import Microphone

RATE = 48_000
TONE = (.3 * np.sin(2 * np.pi * 220 * np.arange(RATE) / RATE)).astype("<f4")


def send(recorder, content, *buffers):
    "As a message from the page arrives."
    recorder._handle_custom_msg(content, list(buffers))


def take(recorder, x, sr=RATE, block=10_000):
    send(recorder, {"do": "take", "id": "a", "sr": sr, "n": len(x)})
    for at in range(0, len(x), block):
        send(recorder, {"do": "part", "id": "a", "at": at}, memoryview(x[at:at + block].tobytes()))


@pytest.fixture
def recorder():
    made = st.microphone(limit_s=2)
    yield made
    made.close()


def test_a_recording_arrives_sample_by_sample(recorder):
    assert isinstance(recorder, Microphone) and recorder.audio is None
    seen = []
    recorder.observe(lambda change: seen.append(change.new), "audio")
    take(recorder, TONE)
    assert recorder.audio.sr == RATE and np.array_equal(recorder.audio.numpy(), TONE[None])
    assert seen == [recorder.audio] and "1.0 s at 48 kHz" in recorder.said["text"] and not recorder.said["bad"]
    first = recorder.audio
    take(recorder, TONE[:RATE // 2])
    assert recorder.audio is not first and recorder.audio.n_samples == RATE // 2


def test_the_rate_that_was_asked_for():
    recorder = st.microphone(sr=16_000)
    take(recorder, TONE)
    assert recorder.audio.sr == 16_000 and recorder.audio.n_samples == 16_000
    recorder.close()


@pytest.mark.parametrize(("x", "said"), [(np.zeros(4800, "<f4"), "silent"), (np.ones(4800, "<f4"), "too loud")])
def test_what_went_wrong_is_said(recorder, x, said):
    take(recorder, x)
    assert recorder.audio.n_samples == 4800 and said in recorder.said["text"] and recorder.said["bad"]


PART = TONE[:100].tobytes()
HOSTILE = {
    "no order": (None, []), "a text": ("take", []), "a list": ([1], []), "another order": ({"do": "close"}, []),
    "no fields": ({"do": "take"}, []),
    **{name: ({"do": "take", "id": "a", "sr": RATE, "n": 100, **more}, []) for name, more in {
        "too long": {"n": 3 * RATE}, "huge": {"n": 10**15}, "nothing": {"n": 0}, "half a sample": {"n": 1.5},
        "a rate of a text": {"sr": "48000"}, "a rate too high": {"sr": 10**9}}.items()},
    **{name: ({"do": "part", "id": "a", "at": 0, **more}, buffers) for name, more, buffers in (
        ("no recording", {"id": "b"}, [PART]), ("another place", {"at": 7}, [PART]), ("a place of a list", {"at": [0]}, [PART]),
        ("no buffer", {}, []), ("two buffers", {}, [PART, PART]), ("a broken sample", {}, [PART[:-1]]), ("an empty buffer", {}, [b""]),
        ("more than was said", {}, [TONE.tobytes()]), ("not a number", {}, [np.full(200, np.nan, "<f4").tobytes()]))},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_message_is_refused_and_nothing_is_lost(recorder, name):
    take(recorder, TONE)
    kept, content, buffers = recorder.audio, *HOSTILE[name]
    send(recorder, {"do": "take", "id": "a", "sr": RATE, "n": 200})
    send(recorder, content, *buffers)
    assert recorder.audio is kept and recorder.said["bad"] and recorder.said["text"]
    take(recorder, TONE[:4800])
    assert recorder.audio.n_samples == 4800


@pytest.mark.parametrize("state", [{"limit_s": 1e9}, {"_esm": "alert(1)"}, {"kind": "player"}, {"said": {"text": "x"}}])
def test_a_page_writes_no_trait(recorder, state):
    before = {k: getattr(recorder, k) for k in state if k != "said"}
    recorder.set_state(state)
    assert {k: getattr(recorder, k) for k in before} == before and "only Python writes it" in recorder.said["text"]


@pytest.mark.parametrize("wrong", [*({"limit_s": x} for x in (0, 601, "10", float("nan"))), *({"sr": x} for x in (3, "16000"))])
def test_a_wrong_argument_is_named(wrong):
    with pytest.raises(ParameterError, match=next(iter(wrong))):
        st.microphone(**wrong)


def test_nothing_is_left_after_close(recorder):
    take(recorder, TONE)
    threads = threading.active_count()
    recorder.close()
    take(recorder, TONE[:4800])
    assert recorder.audio.n_samples == RATE and threading.active_count() == threads and "Audio" in repr(recorder)
