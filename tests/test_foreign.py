"""Files of other tools, read: `scripts/make_foreign.py` makes them and says what must come out."""
import inspect
import os
import re
import traceback
import warnings

import make_foreign as mf
import numpy as np
import pytest
import torch

import sep_toolkit as st
from sep_toolkit.core import SepError, SepNotice

ROWS = {r.name: r for r in mf.ROWS}
AT = dict(ids=lambda r: r.name.replace(" ", "_") if isinstance(r, mf.Row) else None)


def of(*kinds): return [r for r in mf.ROWS if r.kind in kinds]


@pytest.fixture
def made(tmp_path_factory):
    "The file of a row, in a folder of its own that is not the working folder, and whose name says nothing."
    def make(r):
        lacking = mf.missing(r.needs)
        if lacking: pytest.skip(f"needs {', '.join(lacking)}")
        return r.build(tmp_path_factory.mktemp("f"))
    return make


def said_by(e, path):
    "The text of an error without the file's own name, which could hold any word."
    return re.sub(re.escape(path.name) + r"(?![\w.])", "it", str(e).replace(str(path), "it")) if path else str(e)


def held(read, expect, check, path=None):
    "Whether a reading ends as it must."
    if isinstance(expect, mf.Either):
        try: value = read()
        except SepError as e: assert re.search(expect.phrase, said_by(e, path)), f"refused without saying {expect.phrase!r}: {e}"
        else: check(value, expect.thing)
    elif isinstance(expect, mf.Refused):
        with pytest.raises(SepError) as caught: read()
        assert re.search(expect.phrase, said_by(caught.value, path)), f"refused without saying {expect.phrase!r}: {caught.value}"
    elif isinstance(expect, mf.Told):
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            try: read()
            except SepError as e: texts = [said_by(e, path)]
            else: texts = [said_by(w.message, path) for w in said if isinstance(w.message, SepNotice)]
        assert any(re.search(expect.phrase, t) for t in texts), f"nobody says {expect.phrase!r}: {texts or 'no word at all'}"
    else: check(read(), expect)


# Sounds

@pytest.mark.parametrize("through", ["path", "bytes"])
@pytest.mark.parametrize("r", of("sound"), **AT)
def test_a_sound_file(made, r, through):
    path = made(r)
    expect = r.expect
    if through == "bytes" and path.suffix == ".raw": pytest.skip("bytes have no name that could say they are raw")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SepNotice)
        held(lambda: st.load(path if through == "path" else path.read_bytes()), expect, check_sound, path)


def check_sound(audio, expect):
    truth = np.concatenate([mf.song(p, expect.sr, expect.channels, expect.seconds) for p in expect.parts])
    slack = expect.within*len(expect.parts)
    assert audio.sr == expect.sr
    assert audio.channels == expect.channels
    assert abs(audio.n_samples - len(truth)) <= slack, f"{audio.n_samples} samples of {len(truth)}"
    if not expect.alike: return
    got, at = audio.numpy().T.astype(float), 0
    for p in expect.parts:
        part = mf.song(p, expect.sr, expect.channels, expect.seconds)
        place = where(got[:, 0], part[:, 0], slack, at)
        there = got[place:place + len(part)]
        for c in range(expect.channels):
            alike, db = likeness(there[:, c], part[:len(there), c])
            assert alike > expect.alike, f"part {p!r}, channel {c}: correlation {alike:.5f}"
            assert abs(db) < (.1 if expect.alike > .999 else 1. if expect.alike > .9 else 2.), f"part {p!r}, channel {c}: {db:+.2f} dB"
        assert len(there) >= len(part) - slack
        at += len(part)


def where(got, part, slack, at):
    "The place near `at` at which `part` fits best."
    if not slack: return at
    n = 1 << int(np.ceil(np.log2(len(got) + len(part))))
    fits = np.fft.irfft(np.fft.rfft(got, n)*np.fft.rfft(part, n).conj(), n)
    low, high = max(at - slack, 0), min(at + slack, len(got))
    return low + int(np.argmax(fits[low:high + 1]))


def likeness(a, b):
    return float(a @ b/np.sqrt((a @ a)*(b @ b) + 1e-30)), 10*np.log10((a @ a + 1e-30)/(b @ b + 1e-30))


@pytest.mark.parametrize("r", of("big"), **AT)
def test_a_small_file_that_would_fill_the_memory(made, r, monkeypatch):
    "Read in a child that has little memory left: it ends in an error that says so, and not at the kernel's hand."
    import psutil
    path = made(r)
    few = psutil.virtual_memory()._replace(available=1_000_000_000)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: few)
    text, status = in_a_child(lambda: st.load(path) if path.suffix == ".flac" else st.f0.read_pitch(path), 2.5e9)
    assert status == 0 and re.search(r.expect.phrase, text.replace(str(path), "it")), f"status {status}: {text[-400:] or 'killed'}"


def in_a_child(call, room):
    "What a call ends in, in a forked child that may take `room` bytes more."
    import resource
    here, there = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            now = int(re.search(r"VmSize:\s+(\d+)", open("/proc/self/status").read())[1])*1024
            resource.setrlimit(resource.RLIMIT_AS, (int(now + room),)*2)
            call()
            os.write(there, b"it was read")
            os._exit(1)
        except SepError as e: os.write(there, str(e).encode()); os._exit(0)
        except BaseException: os.write(there, traceback.format_exc().encode()[-2000:]); os._exit(2)
    os.close(there)
    with os.fdopen(here, "rb") as f: text = f.read().decode(errors="replace")
    return text, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


# Pitch tables and MIDI

@pytest.mark.parametrize("r", of("pitch", "midi"), **AT)
def test_a_pitch_file(made, r):
    path = made(r)
    with warnings.catch_warnings():
        if not isinstance(r.expect, mf.Told): warnings.simplefilter("ignore", SepNotice)
        held(lambda: st.f0.read_pitch(path), r.expect, check_pitch, path)


def check_pitch(p, expect):
    assert expect.count in (0, p.hz.shape[1]), f"{p.hz.shape[1]} voices: {p}"
    assert np.isfinite(p.hz).all() and (np.diff(p.time_s) > 0).all() and p.time_s[-1] < 2
    for moment, wanted in expect.at:
        hz = sorted(st.f0.regrid(p, [moment]).hz[0])
        hz = [f for f in hz if f > 0]
        assert len(hz) == len(wanted), f"at {moment} s: {hz}, expected {wanted}"
        cents = [abs(1200*np.log2(a/b)) for a, b in zip(hz, sorted(wanted))]
        assert max(cents) < expect.cents, f"at {moment} s: {hz}, expected {wanted}"
    for moment in expect.silent: assert not st.f0.regrid(p, [moment]).hz.any(
        ), f"at {moment} s: {st.f0.regrid(p, [moment]).hz}, expected silence"


def test_confidence_is_read_and_is_no_voice(made):
    for name in ("CREPE", "SwiftF0"):
        p = st.f0.read_pitch(made(ROWS[name]))
        assert p.hz.shape[1] == 1
        np.testing.assert_allclose(np.interp([.3, .7], p.time_s, p.confidence[:, 0]), [.9, .9], atol=.06)
        guess = st.f0.regrid(p, [.03])
        assert guess.hz[0, 0] == 0 or guess.confidence[0, 0] < .2, "a guess of no confidence passes for a pitch"


@pytest.mark.parametrize("r", of("use"), **AT)
def test_a_table_that_cannot_be_what_it_says(made, r):
    path = made(r)
    t = torch.arange(round(16000*r.expect.seconds))/16000
    sound = st.Audio(torch.sin(2*torch.pi*220*t)*.3, 16000)
    held(lambda: st.separate(sound, st.masks.CombMask(st.f0.read_pitch(path)), progress=False), r.expect, None, path)


def test_the_index_of_a_frame_is_no_time(tmp_path):
    import pandas as pd
    hz = [mf.hz_at(t) for t in mf.TIMES]
    frame = pd.DataFrame({"voice_hz": hz, "other_hz": hz}, index=pd.Index(mf.TIMES, name="time_s"))
    held(lambda: st.f0.as_pitch(frame), mf.Either(mf.Voices(2, ((.3, (220., 220.)), (.7, (330., 330.)))), "(?i)index|time"), check_pitch)
    frame = pd.DataFrame({"time_s": mf.TIMES, "voice_hz": hz})
    check_pitch(st.f0.as_pitch(frame), mf.SUNG)


@pytest.mark.parametrize("reader", ["mido", "pretty_midi"])
def test_what_we_write_is_read_by_others(tmp_path, reader):
    pytest.importorskip(reader)
    t = np.arange(0, 1, .01)
    low, high = np.where((t >= .1) & (t < .9), 220., 0), np.where((t >= .1) & (t < .9), np.where(t < .5, 330., 440.), 0)
    path = st.f0.write_pitch(st.f0.as_pitch(np.column_stack([t, low, high]), names=["tief", "höher"]), tmp_path/"a.mid")
    if reader == "mido":
        import mido
        f = mido.MidiFile(path)
        names = {m.name for track in f.tracks for m in track if m.type == "track_name"}
        notes = [(m.note, m.channel) for track in f.tracks for m in track if m.type == "note_on" and m.velocity]
        assert sorted(n for n, _ in notes) == [57, 64, 69] and len({c for _, c in notes}) == 2
        assert len(names) == 2 and "tief" in names and abs(f.length - .9) < .05
    else:
        import pretty_midi
        f = pretty_midi.PrettyMIDI(str(path))
        spans = sorted((n.pitch, round(n.start, 2), round(n.end, 2)) for i in f.instruments for n in i.notes)
        np.testing.assert_allclose(spans, [(57, .1, .9), (64, .1, .5), (69, .5, .9)], atol=.021)
        assert not any(i.is_drum for i in f.instruments)


# Models

def trust(r): return {"trust": True} if r.kind == "trusted" else {}


@pytest.mark.parametrize("r", of("model", "trusted"), **AT)
def test_a_model_file(made, r, tmp_path_factory, monkeypatch, capsys):
    path = made(r)
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    if r.kind == "trusted": assert "trust" in inspect.signature(st.onestep.load_model).parameters, "load_model has no trust="
    mix = st.Audio(torch.from_numpy(mf.song("a", 16000).T)[:, :3000].float(), 16000)
    known = {} if path.suffix == ".json" else dict(sr=16000, stems=["a", "b"])
    def read(): return mix, st.separate(mix, st.onestep.load_model(path, **known, **trust(r)), progress=False)
    if not isinstance(r.expect, mf.Harmless): held(read, r.expect, check_halves, path); return
    victim = path.parent/"victim"
    before = victim.read_bytes() if victim.exists() else None
    try: _, stems = read()
    except SepError as e: assert re.search(r.expect.phrase, said_by(e, path)), f"refused without saying {r.expect.phrase!r}: {e}"
    else: pytest.fail(f"it was run, and gave {stems}")
    finally: assert (victim.read_bytes() if victim.exists() else None) == before, "a model wrote to a file of the user's"


def check_halves(result, expect):
    mix, stems = result
    assert len(stems) == len(expect.shares)
    for a, share in zip(stems.values(), expect.shares): torch.testing.assert_close(a.samples, mix.samples*share, rtol=1e-4, atol=1e-5)


def test_what_a_torchscript_may_do_is_said(made):
    "The error that asks for trust says what trusting means."
    path = made(ROWS["TorchScript, not trusted"])
    with pytest.raises(SepError, match=r"(?is)(code|files).*trust=True|trust=True.*(code|files)"):
        st.onestep.load_model(path, sr=16000, stems=["a", "b"])


# Doors: what `load` takes besides a path and bytes

@pytest.fixture
def song_file(tmp_path):
    path = tmp_path/"a song.wav"
    mf.sf.write(path, mf.song("a"), 22050, subtype="FLOAT")
    return path


@pytest.mark.parametrize("door", ["text", "file url", "home", "bytesio", "bytesio in the middle", "open file", "memoryview", "pathlike"])
def test_the_doors_of_load(song_file, monkeypatch, door):
    import io
    monkeypatch.setenv("HOME", str(song_file.parent))
    data = song_file.read_bytes()
    middle = io.BytesIO(data)
    middle.seek(100)
    class Like:
        def __fspath__(self): return str(song_file)
    opened = open(song_file, "rb")
    sources = {"text": str(song_file), "file url": song_file.as_uri(), "home": "~/a song.wav", "bytesio": io.BytesIO(data),
               "bytesio in the middle": middle, "open file": opened, "memoryview": memoryview(data), "pathlike": Like()}
    with opened: check_sound(st.load(sources[door]), mf.Sound())


@pytest.mark.parametrize("suffix, subtype", [(".wav", "FLOAT"), (".flac", "PCM_16"), (".mp3", "MPEG_LAYER_III"), (".ogg", "VORBIS")])
@pytest.mark.parametrize("offset, duration", [(0, .5), (.5, .25), (1.75, None), (1.9, 5.)])
def test_a_part_of_a_file_is_that_part_of_the_whole(tmp_path, suffix, subtype, offset, duration):
    path = tmp_path/f"a{suffix}"
    mf.sf.write(path, mf.song("a"), 22050, subtype=subtype)
    whole = st.load(path).samples
    part = st.load(path, offset=offset, duration=duration).samples
    a = round(offset*22050)
    b = whole.shape[1] if duration is None else min(round((offset + duration)*22050), whole.shape[1])
    torch.testing.assert_close(part, whole[:, a:b], rtol=0, atol=1e-5)


def test_a_part_beyond_the_end_is_refused(song_file):
    for offset, duration in ((5, None), (-1, None), (0, 0), (0, -1)):
        with pytest.raises(SepError): st.load(song_file, offset=offset, duration=duration)


def test_the_table_is_long_and_its_names_are_different():
    assert len(ROWS) == len(mf.ROWS) > 150
    assert {r.kind for r in mf.ROWS} == {"sound", "pitch", "use", "midi", "model", "trusted", "big"}
