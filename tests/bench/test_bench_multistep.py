"""The items of multi-step separation: the plain loop is the published one, answers per pair survive a stop, figures travel."""
import json
import math

import pytest
import torch

from sep_toolkit.bench import core as b
from sep_toolkit.bench import multistep as bm
from sep_toolkit.sound.audio import Audio
from sep_toolkit.core import DataError
from sep_toolkit.scores.metrics import Metric
from sep_toolkit.runs.separator import Separator

SR = 16000
NAMES = ("p1", "p2", "p3")


class Shrink(Separator):
    "Pulls small samples towards zero; counts its passes."
    stems = ("speech",)
    def __init__(self): self.passes = 0
    def forward(self, x, sr):
        self.passes += len(x)
        return (x**3/(x**2 + .0025))[:, None]


def recording(name):
    g = torch.Generator().manual_seed(int(name[1:]))
    clean = (torch.rand(1, 1600, generator=g) > .9)*torch.randn(1, 1600, generator=g)*.5
    return Audio(clean + .08*torch.randn(1, 1600, generator=g), SR), Audio(clean, SR)


@pytest.fixture
def small(monkeypatch, tmp_path):
    "Three short recordings in place of the mirror, and a model that needs none."
    folder = tmp_path/"data"/"noisy_speech"/"noisy"
    folder.mkdir(parents=True)
    for n in NAMES: (folder/f"{n}.flac").write_text("x"*(9 - int(n[1:])))                         # p3 is the shortest
    model = Shrink()
    monkeypatch.setattr(bm, "mirror", lambda: tmp_path)
    monkeypatch.setattr(bm, "pair", recording)
    monkeypatch.setattr(bm, "enhancer_named", lambda which: model)
    monkeypatch.chdir(tmp_path)
    return model


def test_the_plain_loop_is_the_published_one():
    model, (mix, clean) = Shrink(), recording("p1")
    y, first, best, passes = bm.published_search(model, mix, clean)
    assert passes == model.passes == 201
    def sdr(e): return float(10*torch.log10(clean.samples.square().sum()/(clean.samples - e).square().sum()))
    z = model.forward(mix.samples[None], SR)[0, 0]
    assert math.isclose(first, sdr(z), abs_tol=1e-3)
    for i in range(20):
        weights = [i/20 + j/10*(1 - i/20) for j in range(10)]
        z = max([z, *(model.forward((w*z + (1 - w)*mix.samples)[None], SR)[0, 0] for w in weights)], key=sdr)
    assert torch.allclose(y, z, atol=1e-6) and math.isclose(best, sdr(z), abs_tol=1e-3) and best > first


def test_answers_for_a_pair_survive_a_stop(small, tmp_path):
    asked, path = [], tmp_path/"_bench"/"pairs.jsonl"

    def ask(noisy, clean):
        if len(asked) == 2: raise KeyboardInterrupt
        asked.append(noisy.n_samples)
        return [len(asked), noisy.n_samples]
    with pytest.raises(KeyboardInterrupt): bm.each_pair("q", ask, path=path)
    with path.open("a") as f: f.write('\n["q", "cut of')                                         # a kill in the middle of a line
    asked.clear()
    assert bm.each_pair("q", ask, path=path) == [[1, 1600], [2, 1600], [1, 1600]] and len(asked) == 1  # p1 was left
    asked.clear()
    with pytest.raises(KeyboardInterrupt): bm.each_pair("another", ask, path=path)               # another question is asked anew
    asked.clear()
    assert bm.each_pair("q", ask, ["p1"], path=path) == [[1, 1600]] and len(asked) == 1          # the short items ask each time


def test_answers_of_other_code_do_not_count(small, tmp_path, monkeypatch):
    path = tmp_path/"pairs.jsonl"
    monkeypatch.setattr(bm, "commit", lambda: "old")
    bm.each_pair("q", lambda *_: [1], path=path)
    monkeypatch.setattr(bm, "commit", lambda: "new")
    assert bm.each_pair("q", lambda *_: [2], path=path) == [[2]]*3
    assert len([line for line in path.read_text().splitlines() if line]) == 6 and json.loads(path.read_text().splitlines()[1])[1] == "old"


def test_oracle(small):
    rows = {m.case: m for m in bm.oracle_measures("gtcrn")}
    n = "gtcrn, 3 pairs: "
    assert rows[n + "passes, most"].ours <= 25 and rows[n + "passes, mean"].theirs == 201
    gain, grid = rows[n + "adaptive gains"].ours, rows[n + "published grid gains"].ours
    assert gain > 0 and math.isclose(rows[n + "adaptive gains"].theirs, grid) and rows[n + "published grid gains"].theirs == .4
    assert math.isclose(rows[n + "adaptive, share of that"].ours, gain/grid) and rows[n + "time"].ours > 0
    assert {m.repeats for m in rows.values()} == {3}
    expected = []
    for name in NAMES:
        _, first, best, _ = bm.published_search(Shrink(), *recording(name))
        expected.append(best - first)
    assert math.isclose(sum(expected)/3, grid, abs_tol=1e-6)


def test_tiles(small):
    rows = {m.case.split(": ")[1]: m for m in bm.tile_measures("enhancer", NAMES[:1], passes=8)}
    assert rows["tiles gain"].ours > 0 and rows["tiles gain"].theirs > 0
    assert math.isclose(rows["tiles, times that"].ours, rows["tiles gain"].ours/rows["tiles gain"].theirs)
    assert max(rows["passes"].ours, rows["passes"].theirs) <= 8


def test_choices(small, monkeypatch):
    "With metrics that are quick: the matrix has a row for each, and the shifts get as many passes as the blind run made."
    names = ("snr", "loud", "dnsmos_ovrl")
    monkeypatch.setattr(bm, "JUDGES", names)
    for m in ("loud", "dnsmos_ovrl"):
        monkeypatch.setitem(bm.METRICS, m, Metric(m, "", lambda e, r, x, sr, say, names, m=m: {m: e.double().abs().mean((-1, -2))},
                                                  "MOS", 0., 1., ()))
    monkeypatch.setattr(bm, "package", lambda name: None)
    rows = {m.case: m for m in bm.choice_measures("enhancer", NAMES[:2], 5, names, heard=names)}
    assert rows["enhancer: optimise snr, snr gains"].ours > 0
    assert rows["enhancer, 2 pairs: blind, passes"].ours == rows["enhancer, 2 pairs: blind, passes"].theirs
    same = rows["enhancer: optimise loud, loud gains"], rows["enhancer, 2 pairs: blind, dnsmos_ovrl gains"]
    assert math.isclose(*(m.ours for m in same), abs_tol=1e-9)
    assert sum("optimise" in c for c in rows) == 9


def test_music_and_memory():
    mix, parts = bm.band(8000, 2., 3.)
    assert (mix - parts.mix).peak < 1e-5
    rows = list(bm.music_measures("band", mix, parts, bm.HPSS(n_fft=512, hop=128)))
    assert all(m.ours >= m.theirs for m in rows if "SDR" in m.case)
    kept, held, peak = bm.memory_measures(20., 8, 4.)
    assert kept.ours >= 9 and held.ours <= 4 + 2*4*SR*20/1e6 and peak.ours > 0


def test_the_items_are_on_the_list():
    full = {name: spec[2] for name, spec in b.bench.items.items()}
    assert not any(full[n] for n in ("multistep", "multi tiles", "multi blind", "multi music", "multi memory"))
    assert all(full[f"{model} {what}"] for model in ("gtcrn", "enh.") for what in ("oracle", "tiles", "blind")) and full["multi song"]


# Figures that travel

def row(item, case, ours, commit): return dict.fromkeys(b.COLUMNS, "") | {"item": item, "case": case, "ours": ours, "commit": commit}


def test_the_newest_run_of_an_item_is_shipped(tmp_path):
    measured, to = tmp_path/"bench.csv", tmp_path/"shipped.csv"
    b.append_rows(to, [row("a", "gone", 1, "old"), row("a", "x", 1, "old"), row("b", "x", 5, "old")])
    b.append_rows(measured, [row("a", "x", 2, "new"), row("a", "y", 3, "new"), row("c", "x", 4, "new")])
    assert b.ship(measured, "a", to=to) == ["b", "a"]
    table = b.results(path=to)
    assert [(r["item"], r.case, r.ours) for _, r in table.iterrows()] == [("b", "x", 5), ("a", "x", 2), ("a", "y", 3)]
    assert list(b.results("a", path=to).ours) == [2, 3] and b.results("c", path=to).empty
    assert b.ship(measured, to=to) == ["b", "a", "c"] and len(b.results(path=to)) == 4
    to.write_text("something, else\n")
    with pytest.raises(DataError, match="columns"): b.results(path=to)


def test_what_comes_with_the_package_says_where_it_was_measured():
    table = b.results()
    assert len(table) and (table[["commit", "machine", "date"]] != "").all(axis=None)
    assert not table.astype(str).apply(lambda c: c.str.contains("/home|/work|/root", regex=True)).any(axis=None)
