"""JAMS files: what the library of the format writes is read, what is written validates there, and damage is one clear error."""
import json
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

import sep_toolkit as st
from sep_toolkit.errors import DataError, SepError, SepNotice

TABLE = st.f0.as_pitch([[0., 220., 0.], [.01, 221., 330.], [.02, 0., 331.], [.03, 222., 0.]], names=("low", "high"))


def annotation(namespace, rows, name=""):
    return {"namespace": namespace, "data": rows, "annotation_metadata": {"data_source": name}, "sandbox": {}}


def at(time, value, duration=0., confidence=None):
    return {"time": time, "duration": duration, "value": value, "confidence": confidence}


def tone(time, hz, index=0, voiced=True, confidence=None):
    return at(time, {"index": index, "frequency": hz, "voiced": voiced}, confidence=confidence)


def read(folder, *annotations, name="a.jams", **settings):
    (folder/name).write_text(json.dumps({"annotations": annotations, "file_metadata": {"duration": 1.}, "sandbox": {}}))
    return st.f0.read_pitch(folder/name, **settings)


def test_there_and_back(tmp_path):
    again = st.f0.read_pitch(st.f0.write_pitch(TABLE, tmp_path/"a.jams"))
    assert again.names == TABLE.names and np.array_equal(again.hz, TABLE.hz) and np.allclose(again.time_s, TABLE.time_s)
    assert np.array_equal(again.confidence, TABLE.confidence)
    (tmp_path/"b.txt").write_bytes((tmp_path/"a.jams").read_bytes())
    assert np.array_equal(st.f0.read_pitch(tmp_path/"b.txt").hz, TABLE.hz)  # known by its content


def test_what_is_written_is_valid_for_the_library_of_the_format(tmp_path):
    jams = pytest.importorskip("jams")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = jams.load(str(st.f0.write_pitch(TABLE, tmp_path/"a.jams")), validate=True, strict=True)
    low, high = found.search(namespace="pitch_contour")
    assert [o.value["frequency"] for o in low.data] == [220., 221., 0., 222.]
    assert [o.value["voiced"] for o in high.data] == [False, True, True, False]
    assert low.annotation_metadata.data_source == "low" and found.file_metadata.duration == pytest.approx(.04)


def test_what_the_library_of_the_format_writes(tmp_path):
    jams = pytest.importorskip("jams")
    made = jams.JAMS()
    made.file_metadata.duration = 1.
    contour, notes = jams.Annotation("pitch_contour", duration=1.), jams.Annotation("note_midi", duration=1.)
    for k in range(5): contour.append(time=.01*k, duration=0, value={"index": 0, "frequency": 200. + k, "voiced": k != 2}, confidence=.5)
    notes.append(time=.1, duration=.2, value=69., confidence=None)
    made.annotations.extend([contour, notes])
    made.save(str(tmp_path/"a.jams"))
    with pytest.warns(SepNotice, match="notes are left out"): p = st.f0.read_pitch(tmp_path/"a.jams")
    assert p.hz[:, 0].tolist() == [200., 201., 0., 203., 204.] and p.confidence[0, 0] == .5
    made.annotations.remove(contour)
    made.save(str(tmp_path/"b.jams"))
    p = st.f0.read_pitch(tmp_path/"b.jams")
    assert np.allclose(p.hz[(p.time_s > .11) & (p.time_s < .29)], 440) and (p.hz[p.time_s < .09] == 0).all()


@pytest.mark.parametrize("namespace, value, hz", [("pitch_hz", 330., 330.), ("pitch_hz", -330., 0.), ("pitch_midi", 69., 440.)])
def test_a_pitch_at_a_time(tmp_path, namespace, value, hz):
    p = read(tmp_path, annotation(namespace, [at(.01*k, value) for k in range(6)]))
    assert p.hz[1, 0] == pytest.approx(hz)


def test_notes_in_hz_end_where_they_end(tmp_path):
    p = read(tmp_path, annotation("note_hz", [at(0., 220., .5), at(.5, 330., .5)], "flute"), hop_s=.1)
    assert np.allclose(p.hz[:10, 0], [220.]*5 + [330.]*5, rtol=1e-6) and p.names == ("flute",)


def test_an_annotation_is_a_voice_and_keeps_its_name(tmp_path):
    strings = [annotation("pitch_contour", [tone(.01*k, 100.*(s + 1)) for k in range(4)], f"string {s}") for s in range(6)]
    p = read(tmp_path, *strings, annotation("beat", [at(0., 1)]))
    assert p.names == tuple(f"string {s}" for s in range(6)) and p.hz[0].tolist() == [100., 200., 300., 400., 500., 600.]


def test_contours_one_after_the_other_are_one_voice(tmp_path):
    rows = [tone(.01*k, 200., 0) for k in range(5)] + [tone(.2 + .01*k, 300., 1) for k in range(5)]
    p = read(tmp_path, annotation("pitch_contour", rows))
    assert p.hz.shape[1] == 1 and set(p.hz[:, 0]) <= {0., 200., 300.} and 300. in p.hz


def test_contours_at_once_are_voices(tmp_path):
    rows = [tone(.01*k, hz, i) for k in range(5) for i, hz in enumerate((200., 300.))]
    p = read(tmp_path, annotation("pitch_contour", rows, "duo"))
    assert p.hz.shape == (5, 2) and p.hz[2].tolist() == [200., 300.] and p.names == ("duo 1", "duo 2")


def test_voices_with_times_of_their_own_share_rows(tmp_path):
    a, b = [tone(.01*k, 200.) for k in range(50)], [tone(.25 + .02*k, 300.) for k in range(10)]
    p = read(tmp_path, annotation("pitch_contour", a), annotation("pitch_contour", b))
    assert p.time_s[1] - p.time_s[0] == pytest.approx(.01)
    assert (p.hz[:, 0] == 200).all() and p.hz[25, 1] == 300 and (p.hz[:24, 1] == 0).all() and (p.hz[:, 1] == 300).sum() >= 10


@pytest.mark.parametrize("text, says", [
    ("{", "not a JAMS file"), ('{"annotations": 3}', "not a JAMS file"), ("[]", None), ('{"annotations": []}', "no annotation"),
    ('{"annotations": [{"namespace": "chord", "data": [{"time": 0}]}]}', "chord"),
    ('{"annotations": [{"namespace": "pitch_hz", "data": [{"time": "x", "value": 3}]}]}', "damaged"),
    ('{"annotations": [{"namespace": "pitch_hz", "data": {"time": [0, 1], "duration": [0], "value": [3], "confidence": [1]}}]}', "JAMS"),
    ('{"annotations": [{"namespace": "note_hz", "data": [{"time": 0, "duration": 0, "value": 3}]}]}', "no length"),
    ("{"*100_000, "not a JAMS file")])
def test_a_damaged_file_is_one_clear_error(tmp_path, text, says):
    (tmp_path/"a.jams").write_text(text)
    with pytest.raises(DataError, match=says or "a.jams"): st.f0.read_pitch(tmp_path/"a.jams")


def test_a_small_file_does_not_cost_much(tmp_path):
    far = [tone(0., 200.), tone(.0001, 200.), tone(1e9, 200.)]
    with pytest.raises(DataError, match="at most"): read(tmp_path, annotation("pitch_contour", far), annotation("pitch_contour", far[:2]))


@settings(max_examples=60, deadline=None)
@given(cut=some.integers(0, 400), flip=some.lists(some.tuples(some.integers(0, 399), some.integers(0, 255)), max_size=4))
def test_damage_never_crashes(tmp_path_factory, cut, flip):
    path = tmp_path_factory.mktemp("jams")/"a.jams"
    st.f0.write_pitch(TABLE, path)
    data = bytearray(path.read_bytes())
    for k, v in flip: data[k] = v
    path.write_bytes(bytes(data[:len(data) - cut]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try: st.f0.read_pitch(path)
        except SepError: pass
