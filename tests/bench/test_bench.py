"""The bench harness: medians, ratios, memory, rows that survive, and a command line that leaves no item out silently."""
import csv
import time

import pytest
import torch

from sep_toolkit.bench import core as b
from sep_toolkit.bench import ground
from sep_toolkit.core import DataError, ParameterError, SepError


@pytest.fixture
def mine():
    "A list with an item that works, one that is not here, and one that breaks."
    bench, calls = b.Bench(), []

    @bench("good", against="the other")
    def good():
        calls.append("good")
        yield b.Measure("case, with comma", 2., 4., "MB", 3)
        yield b.Measure("alone", 1., unit="dB")

    @bench("absent")
    def absent(): raise b.NotHere("needs a theremin")

    @bench("broken")
    def broken():
        yield b.Measure("first", 1.)
        raise ValueError("snapped")

    @bench("long", full=True)
    def long():
        calls.append("long")
        yield b.Measure("hours", 3600.)

    bench.calls = calls
    return bench


@pytest.mark.parametrize("ours, theirs, ratio", [(1., 2., .5), (3., 1., 3.), (1., None, None), (1., 0., None)])
def test_ratio(ours, theirs, ratio):
    assert b.Measure("x", ours, theirs).ratio == ratio
    assert b.Measure("x", ours, theirs, "dB").ratio is None


@pytest.mark.parametrize("value, unit, text", [
    (2.5, "s", "2.50 s"), (1., "s", "1.00 s"), (.0999, "s", "99.9 ms"), (4.25e-5, "s", "42.5 µs"), (14.654, "dB", "14.65 dB"),
    (123.4, "MB", "123 MB"), (1e-9, "s", "0.00100 µs"), (-3.0, "dB", "-3.00 dB"), (None, "s", "-")])
def test_human(value, unit, text):
    assert b.human(value, unit) == text


def test_race_takes_turns_after_a_warm_up():
    order = []
    m = b.race("x", lambda: order.append("o"), lambda: order.append("t"), repeats=4)
    assert "".join(order) == "ot" * 5 and m.repeats == 4


def test_race_without_warm_up():
    order = []
    b.race("x", lambda: order.append("o"), lambda: order.append("t"), repeats=2, warm=False)
    assert "".join(order) == "otot"


def test_a_turn_lasts_as_long_as_asked_and_counts_a_call():
    "What is quick is called again within its turn, what is slow is not; both are told per call."
    order = []
    def nap(s, name): time.sleep(s); order.append(name)
    m = b.race("x", lambda: nap(.002, "o"), lambda: nap(.25, "t"), repeats=2, warm=False, turn_s=.2)
    assert order[0] == order[1] == "o" and order.count("t") == 2 and .002 <= m.ours < .25 <= m.theirs


def test_race_keeps_the_median_not_the_mean():
    naps = iter([0, .001, .001, .2, .001, .001])
    assert b.race("x", lambda: time.sleep(next(naps)), repeats=5).ours < .05


def test_race_alone_has_no_ratio():
    m = b.race("x", lambda: None, repeats=2)
    assert m.theirs is None and m.ratio is None and m.repeats == 2


def test_race_stops_at_its_budget_but_not_before_three():
    assert b.race("x", lambda: time.sleep(.02), repeats=1000, budget_s=.01).repeats == 3


@pytest.mark.parametrize("repeats", [0, -1, 1.5, "3"])
def test_race_refuses_repeats(repeats):
    with pytest.raises(ParameterError, match="repeats"):
        b.race("x", lambda: None, repeats=repeats)


@pytest.mark.parametrize("mb, before", [(100, 0), (300, 0), (100, 400)])
def test_memory_is_what_the_work_takes(mb, before):
    assert mb * .95 < b.peak_mb("sep_toolkit.bench.core:hold", mb, before) < mb + 25


def test_memory_does_not_inherit_from_this_process():
    "A child that is forked from a large parent must not report the parent's peak."
    kept = torch.ones(150_000_000)
    assert b.peak_mb("sep_toolkit.bench.core:hold", 50) < 100
    assert kept.numel()


@pytest.mark.parametrize("target", ["sep_toolkit.bench:gone", "sep_toolkit.gone:x"])
def test_memory_of_nothing_says_so(target):
    with pytest.raises(SepError, match=f"{target} failed in its own process: .*gone"):
        b.peak_mb(target)


def test_rows_are_kept_and_a_second_run_goes_on(mine, tmp_path, capsys):
    path = tmp_path / "deep" / "rows.csv"
    assert b.run_items(mine, path=path) == 1
    first, said = b.read_rows(path), capsys.readouterr().out
    assert [(r["item"], r["case"], r["ratio"]) for r in first] == [("good", "case, with comma", "0.5"), ("good", "alone", "")]
    assert first[0]["against"] == "the other" and first[1]["against"] == ""
    assert "FAILED: ValueError: snapped" in said and "not measured: needs a theremin" in said and "hours" not in said
    assert all(r["commit"] == b.commit() and r["machine"] == b.machine() and r["date"] for r in first)
    b.run_items(mine, full=True, path=path)
    assert mine.calls == ["good", "long"] and [r["item"] for r in b.read_rows(path)] == ["good", "good", "long"]
    assert "in " + str(path) in capsys.readouterr().out


def test_a_broken_item_leaves_no_half_of_itself(mine, tmp_path):
    b.run_items(mine, ["broken"], path=tmp_path / "rows.csv")
    assert b.read_rows(tmp_path / "rows.csv") == []


def test_rows_of_another_commit_do_not_count(mine, tmp_path, monkeypatch):
    path = tmp_path / "rows.csv"
    b.run_items(mine, ["good"], path=path)
    monkeypatch.setattr(b, "commit", lambda: "another")
    b.run_items(mine, ["good"], path=path)
    assert mine.calls == ["good", "good"] and len(b.read_rows(path)) == 4


def test_a_failed_write_leaves_the_old_rows(mine, tmp_path, monkeypatch):
    path = tmp_path / "rows.csv"
    b.run_items(mine, ["good"], path=path)
    before = path.read_bytes()

    def full_disk(*_):
        raise OSError(28, "No space left on device")
    monkeypatch.setattr("os.replace", full_disk)
    with pytest.raises(DataError, match="No space left"):
        b.append_rows(path, [])
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["rows.csv"]


def test_a_foreign_file_is_not_overwritten(mine, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="has columns .*Give another --csv"):
        b.run_items(mine, path=path)
    assert path.read_text() == "a,b\n1,2\n"


def test_csv_is_plain(mine, tmp_path):
    b.run_items(mine, ["good"], path=tmp_path / "rows.csv")
    with open(tmp_path / "rows.csv", newline="") as f:
        rows = list(csv.reader(f))
    assert tuple(rows[0]) == b.COLUMNS and all(len(r) == len(b.COLUMNS) for r in rows)


def test_time_limit_is_said(mine, capsys):
    b.run_items(mine, limit_s=-1)
    assert mine.calls == [] and capsys.readouterr().out.count("past the time limit") == 3


def test_an_unknown_item_suggests_the_nearest(mine):
    with pytest.raises(ParameterError, match="Did you mean 'good'"):
        b.run_items(mine, ["goood"])


def test_busy_machine_is_said(monkeypatch):
    monkeypatch.setattr("os.getloadavg", lambda: (99., 0., 0.))
    assert "BUSY, load 99.0" in b.busy()
    monkeypatch.setattr("os.getloadavg", lambda: (0., 0., 0.))
    assert b.busy() == ""


def test_commit_names_changes(monkeypatch):
    head = b.commit()
    assert head.split("+")[0] and " " not in head


def test_command_line(capsys, tmp_path):
    assert b.bench_command(["--list"]) == 0
    listed = capsys.readouterr().out
    for name in ("load", "stft", "score", "long file", "first paint", "one-step"):
        assert f"{name} " in listed
    assert b.bench_command(["--only", "lod"]) == 2 and "Did you mean 'load'" in capsys.readouterr().err
    assert b.bench_command(["--only", "stft", "--csv", str(tmp_path / "rows.csv")]) == 0
    assert {r["against"] for r in b.read_rows(tmp_path / "rows.csv")} == {"librosa.stft", "librosa.istft"}


def test_small_net_keeps_the_protocol():
    mix = b.seeded_noise(1.3)
    whole, cut = ground.SmallNet()(mix), ground.SmallNet(chunk_s=.5)(mix)
    assert whole.n_samples == cut.n_samples == mix.n_samples and whole.names == ("a", "b")
    assert torch.equal(ground.SmallNet()(mix).tensor, whole.tensor), "untrained, but the same every time"


def test_one_hour_stays_under_1_gib():
    assert b.peak_mb("sep_toolkit.bench.ground:separate_long", 3600, 10) < 1024**3 / 1e6


def test_quality_of_the_one_step_models(mirror):
    rows = {m.case: m for m in ground.one_step()}
    assert rows["gtcrn, mean SI-SDR of 24 pairs"].ours > 13.3
    assert rows["dtln, mean SI-SDR of 24 pairs"].ours > 15
    assert rows["gtcrn, mean SI-SDR of 24 pairs"].theirs == pytest.approx(7.0, abs=.1)


def test_songs_say_what_is_missing(monkeypatch, tmp_path):
    from sep_toolkit.bench import songs
    monkeypatch.setenv("SEP_TOOLKIT_CACHE", str(tmp_path))
    monkeypatch.delenv("SEP_TOOLKIT_MIRROR", raising=False)
    monkeypatch.setitem(__import__("sys").modules, "demucs", None)
    with pytest.raises(b.NotHere, match=r"fetch\('models/spleeter_2stems'\)"): songs.song_method("spleeter")
    with pytest.raises(b.NotHere, match="pip install demucs"): next(songs.demucs())
    assert songs.song_time("hpss", .5) > 0
    probe = songs.song_file(.5, "hpss")
    assert next(probe) is None and list(next(probe)) == ["harmonic", "percussive"]
