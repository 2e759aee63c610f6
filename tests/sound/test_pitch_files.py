"""Pitch files: tables of text and MIDI by other programs, there and back, and what is refused."""
import math
import struct
import tracemalloc
import warnings

import mido
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sep_toolkit.sound import pitch_files as pf
from sep_toolkit.core import DataError, ParameterError, SepError, SepNotice
from sep_toolkit.sound.pitch import as_pitch, Pitch, regrid
from sep_toolkit.sound.pitch_files import read_pitch, write_pitch

VOICES = ("soprano", "alto", "tenor", "bass")


def table(*columns, hop=.01):
    return np.column_stack([np.arange(len(columns[0]))*hop, *columns]).astype(float)


def rich():
    rng = np.random.default_rng(0)
    a = 220*2**((np.cumsum(rng.normal(0, .2, 300)) + .5*np.sin(np.arange(300)/3))/12)
    b = np.where(np.arange(300) % 90 < 60, 130*2**(np.arange(300)//45/12), 0)
    return Pitch(np.arange(300)*.016, np.column_stack([a, b]), ("a", "b"), rng.uniform(0, 1, (300, 2)))


def test_csv_there_and_back(tmp_path):
    p = rich()
    q = read_pitch(write_pitch(p, tmp_path/"x.csv"))
    assert q.names == p.names and np.allclose(q.hz, p.hz, rtol=1e-5) and np.allclose(q.time_s, p.time_s, atol=1e-6)
    assert np.allclose(q.confidence, p.confidence, atol=1e-5)


def test_midi_there_and_back(tmp_path):
    p = rich()
    q = regrid(read_pitch(write_pitch(p, tmp_path/"x.mid"), hop_s=.001), p.time_s + .002)
    assert q.names == ("a", "b") and ((q.hz > 0) == (p.hz > 0)).mean() > .99
    on = (q.hz > 0) & (p.hz > 0)
    assert np.quantile(np.abs(1200*np.log2(q.hz[on]/p.hz[on])), .97) < .1
    assert (q.confidence == 1).all()


def test_files_of_the_data_sets_are_read(mirror):
    with pytest.warns(match="treated as unvoiced"):
        p = read_pitch(mirror/"data"/"choir"/"nino_dios_quartet_1_multif0.csv")
    assert p.names == VOICES and p.hop_s == pytest.approx(.016)
    assert read_pitch(mirror/"data"/"solo_voice"/"vocadito_1_f0.csv", names=["me"]).names == ("me",)


def midi(*tracks, division=480, fmt=1):
    body = b"".join(b"MTrk" + struct.pack(">I", len(t)) + t for t in tracks)
    return b"MThd" + struct.pack(">IHHH", 6, fmt, len(tracks), division) + body


def test_midi_by_others(tmp_path):
    "Running status, note-on of velocity 0, a tempo change, a bend range by RPN, a text event, format 0."
    tempo = b"\0\xff\x51\3\x07\xa1\x20" + b"\x83\x60\xff\x51\3\x0f\x42\x40"  # 0.5 s per beat; from tick 480 on, 1 s
    notes = (b"\0\xff\x03\x04lead" + b"\0\xb0\x65\0" + b"\0\x64\0" + b"\0\x06\x0c" + b"\0\x90\x45\x50" + b"\x83\x60\x45\0"
             + b"\0\x47\x50" + b"\0\xe0\0\x60" + b"\x83\x60\x90\x47\0" + b"\0\xff\x2f\0")
    (tmp_path/"a.mid").write_bytes(midi(tempo + b"\0\xff\x2f\0", notes))
    p = read_pitch(tmp_path/"a.mid")
    assert p.names == ("lead",)
    assert p.hz[20, 0] == pytest.approx(440) and p.hz[100, 0] == pytest.approx(440*2**((2 + 6)/12)) and p.time_s[-1] == pytest.approx(1.5)
    (tmp_path/"b.mid").write_bytes(midi(notes, fmt=0))
    assert len(read_pitch(tmp_path/"b.mid").names) == 1


# -- MIDI by other programs

def played(path, *tracks, **kw):
    "A MIDI file of tracks of (tick, message); 480 ticks a beat, half a second a beat."
    file = mido.MidiFile(**{"ticks_per_beat": 480, **kw})
    for events in tracks:
        track, now = mido.MidiTrack(), 0
        for tick, m in sorted(events, key=lambda e: e[0]): track.append(m.copy(time=tick - now)); now = tick
        file.tracks.append(track)
    file.save(path)
    return path


def note(start, stop, number, ch=0):
    return [(start, mido.Message("note_on", note=number, velocity=80, channel=ch)),
            (stop, mido.Message("note_off", note=number, channel=ch))]


def hz_of(number): return 440*2**((number - 69)/12)


def test_every_channel_of_a_format_0_file_is_a_voice(tmp_path):
    quartet = [e for ch, n in enumerate((72, 67, 60, 48)) for e in note(0, 480, n, ch)]
    p = read_pitch(played(tmp_path/"x.mid", [(0, mido.MetaMessage("track_name", name="Quartet")), *quartet], type=0))
    assert p.hz[10].tolist() == pytest.approx([hz_of(n) for n in (72, 67, 60, 48)])
    assert p.names == tuple(f"Quartet {i}" for i in (1, 2, 3, 4))


def test_a_bend_stays_on_its_channel_and_has_its_own_reach(tmp_path):
    control = lambda c, v: (0, mido.Message("control_change", control=c, value=v, channel=1))
    wide = [control(c, v) for c, v in ((101, 0), (100, 0), (6, 12), (38, 50), (101, 127), (100, 127), (6, 3))]
    bend = [(240, mido.Message("pitchwheel", pitch=4096, channel=ch)) for ch in (1, 2)]
    p = read_pitch(played(tmp_path/"x.mid", [*wide, *bend, *(e for ch in (0, 1, 2) for e in note(0, 480, 60, ch))], type=0))
    assert p.hz[10].tolist() == pytest.approx([hz_of(60)]*3)
    assert p.hz[40].tolist() == pytest.approx([hz_of(60), hz_of(60 + 6.25), hz_of(61)])


def test_drums_are_left_out_and_it_is_said(tmp_path):
    with pytest.warns(SepNotice, match="drums"): p = read_pitch(played(tmp_path/"x.mid", note(0, 480, 60), note(0, 480, 36, 9)))
    assert p.hz.shape[1] == 1 and p.hz[10, 0] == pytest.approx(hz_of(60))
    with pytest.raises(DataError, match="drums"): read_pitch(played(tmp_path/"y.mid", note(0, 480, 36, 9)))


def test_a_note_that_is_never_ended_lasts_to_the_end_of_its_track(tmp_path):
    with pytest.warns(SepNotice, match="1 notes are never ended"):
        p = read_pitch(played(tmp_path/"x.mid", [note(0, 9, 60)[0], (960, mido.MetaMessage("end_of_track"))], note(0, 1920, 50)))
    assert (p.hz[:100, 0] > 0).all() and not p.hz[100:, 0].any() and (p.hz[:200, 1] > 0).all()


def test_chords_become_voices_the_highest_first(tmp_path):
    chords = [(0, (60, 64, 67)), (480, (59, 62, 67)), (960, (60, 72)), (1440, (48, 64, 76))]
    with pytest.warns(SepNotice, match="up to 3 notes at once"):
        p = read_pitch(played(tmp_path/"x.mid", [e for t, c in chords for n in c for e in note(t, t + 480, n)]))
    assert p.names == ("voice 1", "voice 2", "voice 3")
    for (t, c), k in zip(chords, (25, 75, 125, 175), strict=True):
        got = p.hz[k][p.hz[k] > 0]
        assert got.tolist() == pytest.approx([hz_of(n) for n in sorted(c, reverse=True)]), (t, got)  # none is lost, in order


def test_a_held_note_stays_in_its_voice(tmp_path):
    with pytest.warns(SepNotice): p = read_pitch(played(tmp_path/"x.mid", note(0, 1920, 60) + note(480, 960, 72) + note(960, 1440, 71)))
    assert np.allclose(p.hz[:200, 1], hz_of(60)) and np.allclose(p.hz[50:100, 0], hz_of(72)) and np.allclose(p.hz[100:150, 0], hz_of(71))


def test_legato_is_one_voice(tmp_path, recwarn):
    p = read_pitch(played(tmp_path/"x.mid", [e for i, n in enumerate((60, 62, 64, 60)) for e in note(480*i, 480*i + 530, n)]))
    assert p.hz.shape[1] == 1 and p.hz[[25, 75, 125, 175], 0].tolist() == pytest.approx([hz_of(n) for n in (60, 62, 64, 60)])
    assert not recwarn.list


def test_what_pretty_midi_writes(tmp_path):
    pretty_midi = pytest.importorskip("pretty_midi")
    file = pretty_midi.PrettyMIDI(initial_tempo=90)
    for program, drum, numbers in ((0, False, (60, 64, 67)), (40, False, (72,)), (0, True, (36,))):
        part = pretty_midi.Instrument(program, is_drum=drum, name=f"part {program}")
        part.notes += [pretty_midi.Note(80, n, .5*i, .5*i + .5) for i in range(4) for n in numbers]
        file.instruments.append(part)
    file.instruments[1].pitch_bends.append(pretty_midi.PitchBend(4096, .75))
    file.write(str(tmp_path/"x.mid"))
    with pytest.warns(SepNotice): p = read_pitch(tmp_path/"x.mid")
    assert p.names == ("part 0 1", "part 0 2", "part 0 3", "part 40")
    assert np.allclose(p.hz[:200, :3], [hz_of(n) for n in (67, 64, 60)]) and np.allclose(p.hz[:74, 3], hz_of(72))
    assert np.allclose(p.hz[76:200, 3], hz_of(73))


def test_a_file_of_very_many_tracks_is_refused_at_once(tmp_path):
    with pytest.raises(DataError, match="3000 voices"): read_pitch(played(tmp_path/"x.mid", *[note(0, 480, 60)]*3000))


def test_a_short_note_is_not_lost(tmp_path):
    p = read_pitch(played(tmp_path/"x.mid", note(3, 7, 60) + note(480, 960, 62)))
    assert p.hz[1, 0] == pytest.approx(hz_of(60))


def test_tempo_map_and_division_by_frames(tmp_path):
    tempi = [(0, mido.MetaMessage("set_tempo", tempo=500_000)), (480, mido.MetaMessage("set_tempo", tempo=1_000_000)),
             (960, mido.MetaMessage("set_tempo", tempo=250_000))]
    p = read_pitch(played(tmp_path/"x.mid", tempi, note(240, 720, 60) + note(1440, 1920, 62)))
    on = np.flatnonzero(p.hz[:, 0])
    assert on[0] == 25 and p.hz[99, 0] > 0 and not p.hz[101:174, 0].any() and on[-1] == 199
    data = bytearray(played(tmp_path/"y.mid", note(0, 500, 60)).read_bytes())
    data[12:14] = struct.pack(">bB", -25, 40)  # 25 frames a second, 40 ticks a frame
    (tmp_path/"y.mid").write_bytes(bytes(data))
    assert (read_pitch(tmp_path/"y.mid").hz[:, 0] > 0).sum() == 50


def test_format_2_has_a_clock_for_every_track(tmp_path):
    slow = [(0, mido.MetaMessage("set_tempo", tempo=1_000_000))]
    p = read_pitch(played(tmp_path/"x.mid", slow + note(0, 480, 60), note(0, 480, 62), type=2))
    assert [(h > 0).sum() for h in p.hz.T] == [100, 50]


def test_other_chunks_and_wrapped_files(tmp_path):
    data = played(tmp_path/"x.mid", note(0, 480, 60)).read_bytes()
    want = read_pitch(tmp_path/"x.mid").hz
    (tmp_path/"y.mid").write_bytes(data[:14] + b"XFIH" + struct.pack(">I", 3) + b"abc" + data[14:])
    (tmp_path/"z.mid").write_bytes(b"RIFF" + struct.pack("<I", len(data) + 12) + b"RMIDdata" + struct.pack("<I", len(data)) + data)
    for name in "yz": assert np.array_equal(read_pitch(tmp_path/f"{name}.mid").hz, want)


def test_written_files_are_the_same_for_mido_and_pretty_midi(tmp_path):
    pretty_midi = pytest.importorskip("pretty_midi")
    p = rich()
    path = write_pitch(Pitch(p.time_s, p.hz, ("Fräulein", "b")), tmp_path/"x.mid")
    assert [t.name for t in mido.MidiFile(path, charset="utf-8").tracks[1:]] == ["Fräulein", "b"]
    total = sum(m.time for m in mido.MidiFile(path))
    assert total == pytest.approx(p.time_s[-1] + .016, abs=.002)
    for v, part in enumerate(pretty_midi.PrettyMIDI(str(path)).instruments):
        bends = [(b.time, b.pitch) for b in part.pitch_bends]
        for n in part.notes:
            rows = np.flatnonzero((p.time_s > n.start + .002) & (p.time_s < n.end - .002))
            for k in rows:
                bend = [b for t, b in bends if t <= p.time_s[k] + .001][-1:] or [0]
                assert 1200*abs(math.log2(hz_of(n.pitch + bend[0]/4096)/p.hz[k, v])) < 1
        voiced = sum(n.end - n.start for n in part.notes)
        assert voiced == pytest.approx((p.hz[:, v] > 0).sum()*.016, abs=.05)


@pytest.mark.parametrize(("tracks", "hold", "says"), [(40, 480, "at most 32"), (30, 480*60_000, "larger hop_s"),
                                                      (1, 480*200_000, "ten hours")])
def test_a_small_file_does_not_cost_much(tmp_path, tracks, hold, says):
    path = played(tmp_path/"x.mid", *(note(0, hold, 40 + i % 60, i % 9) for i in range(tracks)))
    assert path.stat().st_size < 2000
    tracemalloc.start()
    with pytest.raises(DataError, match=says): read_pitch(path)
    assert tracemalloc.get_traced_memory()[1] < 50e6
    tracemalloc.stop()


@given(cut=st.integers(0, 400), flips=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6))
@settings(deadline=None, max_examples=150)
def test_damaged_midi_never_crashes(tmp_path_factory, cut, flips):
    p = rich()
    data = bytearray(pf._to_midi(Pitch(p.time_s[:40], p.hz[:40], p.names)))
    for at, value in flips: data[at % len(data)] = value
    path = tmp_path_factory.mktemp("m")/"x.mid"
    path.write_bytes(bytes(data[:len(data) - cut % len(data)]))
    try: assert np.isfinite(read_pitch(path).hz).all()
    except (DataError, ParameterError): pass


def test_writing_is_all_or_nothing(tmp_path):
    path = write_pitch(rich(), tmp_path/"x.csv")
    before = path.read_bytes()
    with pytest.raises(SepError): write_pitch(np.array([[0, math.nan]]), path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("call", "says"), [
    (lambda: as_pitch("no such file.csv"), "exists"),
    (lambda: write_pitch(table([2e2, 2e2]), "x.xml"), ".csv"),
])
def test_bad_input(call, says):
    with pytest.raises(SepError) as e: call()
    assert says in str(e.value)


@pytest.mark.parametrize("text", [
    "", "time_s\n0\n", "a,b\nc,d\n", "0,200\n-1,200\n", "nan,200\n", "0,200\n1,A3\n", "0,200\n0.01,200,words\n", "time,f0\n0,200,300\n",
    "0,inf\n", "0,220,330\n.1,inf\n",
    "0,200\nthe end\n", "<svg/>", '{"a": 1}', "time,frequency\n0,1e9\n", "frame,f0\n0,200\n1,200\n", ",f0\n0,200\n1,200\n",
    "alto_hz,bass_hz\n200,100\n", "time,confidence\n0,1\n", "onset,duration,pitch\n0,0,60\n", '"ooTextFile"\n"TextGrid"\n0\n1\n',
    'File type = "ooTextFile"\nObject class = "Pitch 1"\n\n0\n1\n20\n',
    'File type = "ooTextFile"\nObject class = "PitchTier"\n\n0\n1\n9\n1\n'
    ])
def test_bad_csv(tmp_path, text):
    (tmp_path/"x.csv").write_text(text)
    with pytest.raises(DataError, match=r"x\.csv"): read_pitch(tmp_path/"x.csv")


# -- tables of other programs

HZ = [220.5, 0., 330.25]
TRACKS = {  # the same three rows, 0.00, 0.01 and 0.02 s, the second unvoiced
    "tony": "0.000000000,220.5\n0.010000000,0\n0.020000000,330.25\n",
    "sonic visualiser": 'TIME,VALUE,LABEL\n0.000000000,220.5,"A, low"\n0.010000000,0,\n0.020000000,330.25,\n',
    "sonic visualiser, quoted": '"TIME","VALUE","LABEL"\n"0.00","220.5",""\n"0.01","0",""\n"0.02","330.25",""\n',
    "crepe": "time,frequency,confidence\n0.00,220.5,0.9\n0.01,0.000,0.8\n0.02,330.25,0.7\n",
    "sonic annotator": '"/a/b, c.wav",0.000,220.5\n,0.010,-210.1\n,0.020,330.25\n',
    "librosa": "time,f0,voiced_flag,voiced_prob\n0.0,220.5,True,0.9\n0.01,,False,0.2\n0.02,330.25,True,0.7\n",
    "savetxt": "0.000000e+00 2.205000e+02\n1.000000e-02 nan\n2.000000e-02 3.302500e+02\n",
    "savetxt with a header": "# time f0\n0.000 220.5\n0.010 nan\n0.020 330.25\n",
    "swift": "timestamp,pitch_hz,confidence,voiced\n0.0000,220.50,0.9000,true\n0.0100,99.00,0.2000,false\n0.0200,330.25,0.7000,true\n",
    "mirex": "0.00\t220.5\n0.01\t-210.1\n0.02\t330.25\n",
    "praat": "Time_s   F0_Hz\n0.000000   220.500000\n0.010000   --undefined--\n0.020000   330.250000\n",
    "semicolons": "Zeit;Tonhöhe\n0,00;220,5\n0,01;\n0,02;330,25\n",
    "semicolons with a name": "time_s;alto_hz\n0,00;220,5\n0,01;\n0,02;330,25\n",
    "spaces and decimal commas": "0,00 220,5\n0,01 0,0\n0,02 330,25\n",
    "trailing commas": "0.00,220.5,\n0.01,,\n0.02,330.25,\n",
    "title and comments": "My melody\n# hand-made, 2020\n\ntime (s), f0 (Hz)\n0.00, 220.5\n# a rest\n0.01, 0\n0.02, 330.25\n\n",
    "comment only": "% f0 of the alto\n0.00,220.5\n0.01,0\n0.02,330.25\n",
    "mark of byte order, carriage returns": "\ufefftime,f0\r\n0.00,220.5\r\n0.01,\r\n0.02,330.25\r\n",
    "pandas": ",time,frequency\n0,0.00,220.5\n1,0.01,\n2,0.02,330.25\n",
    "pandas, time as index": "time,frequency\n0.00,220.5\n0.01,\n0.02,330.25\n",
    "pandas, nameless time": ",frequency\n0.00,220.5\n0.01,\n0.02,330.25\n",
    "milliseconds": "time_ms,f0\n0,220.5\n10,0\n20,330.25\n",
    "rows without a pitch": "0.00\t220.5\n0.01\n0.02\t330.25\n",
    "commas, most rows without a pitch": "0.00,220.5\n0.01\n0.02,330.25\n0.03\n0.04\n0.05\n",
    "midi": f"time,midi\n0.00,{69 + 12*math.log2(220.5/440)!r}\n0.01,0\n0.02,{69 + 12*math.log2(330.25/440)!r}\n",
}


@pytest.mark.filterwarnings("ignore::sep_toolkit.core.SepNotice")
@pytest.mark.parametrize("name", TRACKS)
@pytest.mark.parametrize("ending", [".csv", ".txt", ".f0"])
def test_pitch_tracks_of_other_programs(tmp_path, name, ending):
    (tmp_path/f"x{ending}").write_bytes(TRACKS[name].encode())
    p = read_pitch(tmp_path/f"x{ending}")
    assert p.hz.shape[1] == 1 and np.allclose(p.hz[:3, 0], HZ) and np.allclose(p.time_s[:3], [0, .01, .02]), np.asarray(p)
    assert not p.hz[3:].any()
    if name in ("crepe",): assert p.confidence[:, 0].tolist() == [.9, .8, .7]
    if name in ("librosa", "swift"): assert p.confidence[:, 0].tolist() == pytest.approx([.9, .8, .7])  # unvoiced: of there being none


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_codings_of_text(tmp_path, coding):
    (tmp_path/"x.csv").write_bytes("time_s,Fräulein_hz\n0,220\n".encode(coding))
    assert read_pitch(tmp_path/"x.csv").names == ("Fräulein",)


def test_what_swift_f0_and_librosa_write(tmp_path):
    swift = pytest.importorskip("swift_f0")
    hz, sure = np.array([220., 221.5, 300., 90.]), np.array([.9, .95, .6, .1])
    times = np.arange(4)*.016
    swift.export_to_csv(swift.PitchResult(times, hz, sure, np.zeros(4)), tmp_path/"s.csv")
    p = read_pitch(tmp_path/"s.csv")
    assert p.hz[:, 0].tolist() == [220, 221.5, 300, 0] and p.confidence[:, 0].tolist() == [.9, .95, .6, .9]
    assert p.time_s.tolist() == pytest.approx(times.tolist())
    table = np.column_stack([times, np.where(sure > .5, hz, np.nan)])
    np.savetxt(tmp_path/"l.csv", table, delimiter=",", header="time,f0")
    assert np.allclose(read_pitch(tmp_path/"l.csv").hz, p.hz)


def test_what_praat_writes(tmp_path):
    parselmouth = pytest.importorskip("parselmouth")
    call, t = parselmouth.praat.call, np.arange(16000)/16000
    pitch = parselmouth.Sound(np.sin(2*np.pi*220*t)*(t > .3), 16000).to_pitch(time_step=.05)
    want = pitch.selected_array["frequency"]
    pitch.save_as_text_file(str(tmp_path/"a.Pitch")); pitch.save_as_short_text_file(str(tmp_path/"b.Pitch"))
    for name in ("a.Pitch", "b.Pitch"):
        p = read_pitch(tmp_path/name)
        assert np.allclose(p.hz[:, 0], want) and np.allclose(p.time_s, pitch.xs()) and p.confidence[p.hz > 0].min() > .9
    tier = call(pitch, "Down to PitchTier")
    tier.save_as_text_file(str(tmp_path/"a.PitchTier")); tier.save_as_short_text_file(str(tmp_path/"b.PitchTier"))
    call(tier, "Save as PitchTier spreadsheet file", str(tmp_path/"c.PitchTier"))
    call(tier, "Save as headerless spreadsheet file", str(tmp_path/"d.PitchTier"))
    for name in "abcd":
        p = read_pitch(tmp_path/f"{name}.PitchTier")
        assert np.allclose(p.hz[:, 0], want[want > 0]) and np.allclose(p.time_s, pitch.xs()[want > 0])
    pitch.save_as_binary_file(str(tmp_path/"e.Pitch"))
    with pytest.raises(DataError): read_pitch(tmp_path/"e.Pitch")


def test_several_voices_with_confidences_and_gaps(tmp_path):
    (tmp_path/"x.csv").write_text("time_s,alto_hz,bass_hz,alto_confidence,bass_confidence\n0,220,,.9,.8\n.01,,110,.7,.6\n")
    p = read_pitch(tmp_path/"x.csv")
    assert p.names == ("alto", "bass") and p.hz.tolist() == [[220, 0], [0, 110]] and p.confidence.tolist() == [[.9, .8], [.7, .6]]
    (tmp_path/"y.csv").write_text("0,220,110,.9,.8\n.01,221,111,.7,.6\n")
    p = read_pitch(tmp_path/"y.csv")
    assert p.hz.tolist() == [[220, 110], [221, 111]] and p.confidence.tolist() == [[.9, .8], [.7, .6]]


def test_rows_of_any_number_of_pitches_become_voices(tmp_path):
    "MIREX multi-f0: no order, no names; each voice stays itself when another pauses."
    rng, t = np.random.default_rng(0), np.arange(200)*.01
    voices = np.column_stack([440 + 20*np.sin(t*5), 300 + 10*np.cos(t*4), 150 + 9*np.sin(t*3)])*(rng.uniform(size=(200, 3)) > .2)
    voices[:3] = [[440, 300, 150]]*3
    lines = ["\t".join([f"{a:.2f}", *(f"{f:.4f}" for f in rng.permutation(v[v > 0]))]) for a, v in zip(t, voices, strict=True)]
    (tmp_path/"x.txt").write_text("\n".join(lines))
    with pytest.warns(SepNotice, match="assigned to 3 voices"): p = read_pitch(tmp_path/"x.txt")
    assert np.allclose(p.hz, voices, atol=1e-4)


NOTES = {  # A3 from 0.5 to 1.0 s, E4 from 1.0 to 1.4 s
    "tony": "0.5,220.0,0.5\n1.0,329.6276,0.4\n",
    "sonic visualiser": "TIME,VALUE,DURATION,LEVEL,LABEL\n0.5,57,0.5,0.8,New Note\n1.0,64,0.4,0.8,New Note\n",
    "sonic visualiser without a header": "0.5,57,0.5,0.8,New Note\n1.0,64,0.4,0.8,New Note\n",
    "pYIN notes": '"a.wav",0.5,0.5,220.0\n,1.0,0.4,329.6276\n',
    "basic-pitch": "start_time_s,end_time_s,pitch_midi,velocity,pitch_bend\n1.0,1.4,64,99,0,1,1\n0.5,1.0,57,90,0,0\n",
    "basic-pitch without bends": "start_time_s,end_time_s,pitch_midi,velocity,pitch_bend\n0.5,1.0,57,99\n1.0,1.4,64,90\n",
    "mirex": "0.5\t1.0\t220.0\n1.0\t1.4\t329.6276\n",
    "durations first": "onset,duration,pitch\n0.5,0.5,57\n1.0,0.4,64\n",
    "milliseconds": "onset_ms,duration_ms,f0_hz\n500,500,220\n1000,400,329.6276\n",
    "start, stop, note": "start;end;midi\n0,5;1,0;57\n1,0;1,4;64\n",
    "no header, durations first": "0.5 0.5 57\n1.0 0.4 64\n",
}


@pytest.mark.filterwarnings("ignore::sep_toolkit.core.SepNotice")
@pytest.mark.parametrize("name", NOTES)
def test_notes_of_other_programs(tmp_path, name):
    (tmp_path/"x.csv").write_text(NOTES[name])
    p = read_pitch(tmp_path/"x.csv")
    want = np.where(p.time_s < .5 - 1e-6, 0, np.where(p.time_s < 1 - 1e-6, 220, np.where(p.time_s < 1.4 - 1e-6, 329.6276, 0)))
    assert p.hz.shape == (141, 1) and np.allclose(p.hz[:, 0], want, rtol=1e-5)


def test_numbers_taken_for_midi_are_told_of_and_can_be_set(tmp_path):
    (tmp_path/"x.csv").write_text("0.5,57,0.5\n1.0,64,0.4\n")
    with pytest.warns(SepNotice, match="57 to 64, are taken for MIDI"): read_pitch(tmp_path/"x.csv")
    assert read_pitch(tmp_path/"x.csv", unit="hz").hz.max() == pytest.approx(64)
    (tmp_path/"y.csv").write_text("0,57\n.01,59\n.02,60.5\n")
    with pytest.warns(SepNotice, match="as MIDI notes are"): assert read_pitch(tmp_path/"y.csv").hz.max() == 60.5
    assert read_pitch(tmp_path/"y.csv", unit="midi").hz[0, 0] == pytest.approx(220)


def test_rows_that_are_not_sure_can_be_left_out(tmp_path):
    (tmp_path/"x.csv").write_text("time,frequency,confidence\n0.00,220.5,0.9\n0.01,99,0.1\n0.02,330.25,0.7\n")
    with pytest.warns(SepNotice, match="33% of the rows .* least_confidence"): assert read_pitch(tmp_path/"x.csv").hz.min() == 99
    assert read_pitch(tmp_path/"x.csv", least_confidence=.5).hz[:, 0].tolist() == [220.5, 0, 330.25]


@pytest.mark.parametrize("names", [["a\n"], ["\0"], ["x"*150], ["a", "b"], "a", [1]])
def test_names_that_no_file_could_carry(tmp_path, names):
    (tmp_path/"x.csv").write_text("0,220\n.01,220\n")
    with pytest.raises(ParameterError, match="name"): read_pitch(tmp_path/"x.csv", names=names)


def test_names_in_a_file_that_cannot_be_used_are_left(tmp_path):
    (tmp_path/"x.csv").write_text(f"time_s,{'x'*150},alto_hz\n0,220,330\n")
    assert read_pitch(tmp_path/"x.csv").names == ("x"*100, "alto")


@given(data=st.binary(max_size=200) | st.text("0123456789.,;\t\n -#etimfqc\"", max_size=200).map(str.encode))
@settings(deadline=None, max_examples=300)
@pytest.mark.filterwarnings("ignore::sep_toolkit.core.SepNotice")
def test_damaged_tables_are_one_clear_error(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("m")/"x.csv"
    path.write_bytes(data)
    try: assert np.isfinite(read_pitch(path).hz).all()
    except DataError as e: assert "x.csv" in str(e)


def test_bad_midi(tmp_path):
    for data in (b"", b"RIFF1234", midi(b"\0\xff\x2f\0"), midi(b"\0\x45\x45"), midi(b"\xff\xff\xff\xff\xff"), midi(b"", division=0x9000)):
        (tmp_path/"x.mid").write_bytes(data)
        with pytest.raises(DataError): read_pitch(tmp_path/"x.mid")


@pytest.mark.filterwarnings("ignore::sep_toolkit.core.SepNotice")
@pytest.mark.parametrize("seed", range(20))
def test_tables_that_were_damaged_are_read_or_refused(tmp_path, seed):
    rng, path = np.random.default_rng(seed), tmp_path/"x.csv"
    junk = [b"nan", b"inf", b"-1", b"1e400", b",", b";", b"\t", b"\n", b"\0", b"\xff", b"time", b"midi", b"onset", b"9"*25, b"=", b"["]
    for text in (*TRACKS.values(), *NOTES.values()):
        data = bytearray(text.encode())
        for at in rng.integers(0, len(data) + 1, rng.integers(1, 6)):
            if rng.uniform() < .5: data[at:at] = junk[rng.integers(len(junk))]
            else: del data[at:at + rng.integers(1, 30)]
        path.write_bytes(bytes(data))
        try: p = read_pitch(path)
        except DataError as e: assert "x.csv" in str(e)
        else: assert np.isfinite(np.asarray(p)).all()


# -- tables of other tools, as fresh eyes brought them

def rows(line, n=30): return "\n".join(line(i) for i in range(n)) + "\n"


@pytest.mark.parametrize("unit", ["cents", "pitch_cents", "rad_s", "f0_semitones"])
def test_a_unit_that_is_not_hz_is_refused(tmp_path, unit):
    path = tmp_path/"x.csv"
    path.write_text(f"time,{unit}\n" + rows(lambda i: f"{i*.01:.2f},{1382 + i}"))
    with pytest.raises(DataError, match=f"unit of its column {unit}.*Convert"): read_pitch(path)
    path.write_text(f"time,f0_hz,{unit}\n" + rows(lambda i: f"{i*.01:.2f},220,{1382 + i}"))
    assert np.asarray(read_pitch(path))[:, 1:].tolist() == [[220.]]*30


@pytest.mark.parametrize("head", ["", "time,pitch\n", "time,f0\n", "time,frequency\n"])
def test_numbers_that_lie_where_notes_do_are_told_of(tmp_path, head):
    path = tmp_path/"x.csv"
    path.write_text(head + rows(lambda i: f"{i*.01:.2f},{57.03 + i*.31}"))
    with pytest.warns(SepNotice, match="57.03 to 66.02, as MIDI notes do"): read_pitch(path)
    path.write_text("time,bass_hz\n" + rows(lambda i: f"{i*.01:.2f},{57.03 + i*.31}"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_pitch(path).names == ("bass",)


def test_a_column_of_yes_and_no_beside_confidence(tmp_path):
    path = tmp_path/"x.csv"
    path.write_text("timestamp,pitch_hz,confidence,voicing\n" + rows(lambda i: f"{i*.01:.2f},220,.9,{i % 2 == 0}"))
    assert np.asarray(read_pitch(path))[:4, 1].tolist() == [220, 0, 220, 0]


def test_a_track_of_reaper(tmp_path):
    path = tmp_path/"x.f0"
    head = "EST_File Track\nDataType ascii\nNumFrames 30\nNumChannels 1\nNumAuxChannels 0\nEqualSpace 0\nEST_Header_End\n"
    path.write_text(head + rows(lambda i: f"{i*.005:.3f} {i % 2} {120.5 if i % 2 else -1}"))
    pitch = read_pitch(path)
    assert len(pitch.names) == 1 and np.asarray(pitch)[:3].tolist() == [[0, 0], [.005, 120.5], [.01, 0]]
    path.write_text(head.replace("ascii", "binary") + "\n")
    with pytest.raises(DataError, match="DataType ascii"): read_pitch(path)


def test_loudness_is_no_voice(tmp_path):
    path = tmp_path/"x.csv"
    path.write_text("time,f0,rms\n" + rows(lambda i: f"{i*.01:.2f},220,.1"))
    assert len(read_pitch(path).names) == 1


def test_rows_that_were_left_out_are_not_told_of(tmp_path):
    path = tmp_path/"x.csv"
    path.write_text("time,f0,confidence\n" + rows(lambda i: f"{i*.01:.2f},220,{.2 if i % 3 == 0 else .9}"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert (np.asarray(read_pitch(path, least_confidence=.5))[:, 1] > 0).sum() == 20


# -- MIDI of other programs

def one_track(path, *messages):
    "A file of 500 ticks a second with these messages, each (ticks after the last one, type, values)."
    file = mido.MidiFile(type=1, ticks_per_beat=250)
    file.tracks.append(mido.MidiTrack([mido.Message(kind, time=t, **values) for t, kind, values in messages]))
    file.save(path)
    return path


def control(t, number, value): return t, "control_change", dict(control=number, value=value)


@pytest.mark.parametrize("number", [120, 123, 124])
def test_all_notes_off_ends_notes(tmp_path, number):
    path = one_track(tmp_path/"a.mid", (0, "note_on", dict(note=69)), control(250, number, 0), (500, "note_on", dict(note=71)),
                     (250, "note_off", dict(note=71)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pitch = read_pitch(path)
    sounding = pitch.time_s[pitch.hz[:, 0] > 0]
    assert pitch.hz[:, 0].max() == pytest.approx(440*2**(2/12)) and not ((sounding > .51) & (sounding < 1.49)).any()


def test_a_channel_that_is_tuned(tmp_path):
    tune = [control(0, 101, 0), control(0, 100, 1), control(0, 6, 96), control(0, 38, 0)]  # half a semitone up
    path = one_track(tmp_path/"a.mid", *tune, (0, "note_on", dict(note=69)), (250, "note_off", dict(note=69)))
    assert read_pitch(path).hz.max() == pytest.approx(440*2**(.5/12))
    tune += [control(0, 101, 0), control(0, 100, 2), control(0, 6, 76)]  # and an octave
    path = one_track(tmp_path/"a.mid", *tune, (0, "note_on", dict(note=69)), (250, "note_off", dict(note=69)))
    assert read_pitch(path).hz.max() == pytest.approx(880*2**(.5/12))


def test_a_sustain_pedal_is_told_of(tmp_path):
    path = one_track(tmp_path/"a.mid", control(0, 64, 127), (0, "note_on", dict(note=69)), (250, "note_off", dict(note=69)),
                     control(500, 64, 0))
    with pytest.warns(SepNotice, match="sustain pedal is not heard"): assert (read_pitch(path).hz > 0).sum() == 50


def test_bytes_behind_the_last_track_do_no_harm(tmp_path):
    path = one_track(tmp_path/"a.mid", (0, "note_on", dict(note=69)), (250, "note_off", dict(note=69)))
    path.write_bytes(path.read_bytes() + bytes(range(200, 240)))
    assert read_pitch(path).hz.max() == pytest.approx(440)


def test_a_pitch_above_midi_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="at most 14080 Hz for MIDI"): write_pitch([[0, 15000.], [1, 15000.]], tmp_path/"a.mid")
    assert not (tmp_path/"a.mid").exists()
