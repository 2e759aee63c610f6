"""Collections of recordings: what a folder is taken for, what is refused, and what travels."""
import pickle
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from sep_toolkit.core import DataError, ParameterError, SepError, SepNotice
from sep_toolkit.experiments import data
from sep_toolkit.experiments.items import as_items, Item, Items
from sep_toolkit.sound.audio import Audio, Stems
from sep_toolkit.sound.files import save
from sep_toolkit.sound.scenes import scene

SR = 8000


def tone(hz, seconds=.5): return Audio(.2*torch.sin(2*torch.pi*hz*torch.arange(round(seconds*SR))/SR), SR)


def write(folder, **sounds):
    folder.mkdir(parents=True, exist_ok=True)
    for name, audio in sounds.items(): save(audio, folder/f"{name}.wav")


def test_a_folder_for_each_recording_with_splits(tmp_path):
    for split in ("train", "test"):
        write(tmp_path/split/f"song {split}", mixture=tone(200) + tone(300), voice=tone(200), rest=tone(300))
    (tmp_path/"train/song train/f0.csv").write_text("time_s,voice_hz,rest_hz\n0,200,300\n0.1,200,300\n")
    items = data.folder(tmp_path, licence="CC0")
    assert [(i.name, i.split, i.licence) for i in items] == [("song test", "test", "CC0"), ("song train", "train", "CC0")]
    assert items["song train"].stems.names == ("rest", "voice") and items["song train"].f0.tolist()[0] == [0, 200, 300]
    assert items["song test"].f0 is None and len(items["song test"].paths) == 3


def test_a_folder_for_each_stem(tmp_path):
    for name in ("a", "b"):
        for stem, sound in (("mix_clean", tone(200) + tone(300)), ("s1", tone(200)), ("s2", tone(300))):
            write(tmp_path/stem, **{name: sound})
    items = data.folder(tmp_path)
    assert items.names == ("a", "b") and items["a"].stems.names == ("s1", "s2") and items["a"].mix.peak > .3


def test_names_by_a_pattern(tmp_path):
    write(tmp_path, **{"007_mix": tone(200), "007_voice": tone(200), "008_voice": tone(300), "notes": tone(100)})
    items = data.folder(tmp_path, "{item}_{stem}.wav")
    assert items.names == ("007", "008") and items["008"].mix.peak > .1 and items["007"].stems.names == ("voice",)
    assert data.folder(tmp_path).names == ("007_mix", "007_voice", "008_voice", "notes")  # without it, every file is a recording
    for bad in ("{stem}.wav", 7, "{item}{item}.wav"):
        with pytest.raises(ParameterError, match="pattern"): data.folder(tmp_path, bad)


def test_stems_that_end_early_are_filled_up(tmp_path):
    write(tmp_path/"song", long=tone(200, .5), brief=tone(300, .25))
    item = data.folder(tmp_path)["song"]
    assert item.mix.duration == .5 and float(item.stems["brief"].samples[0, SR//4:].abs().max()) == 0


def test_pairs_know_the_noise(tmp_path):
    write(tmp_path/"noisy", a=tone(200) + tone(900), b=tone(200), only=tone(100))
    write(tmp_path/"clean", a=tone(200), b=tone(200, .25))
    with pytest.warns(SepNotice, match="1 files are on one side only.*only"): items = data.pairs(tmp_path/"noisy", tmp_path/"clean")
    assert torch.allclose(items["a"].stems["noise"].samples, tone(900).samples, atol=1e-6)
    with pytest.raises(DataError, match="item 'b'.*samples"): items["b"].read()  # a pair of two lengths is no pair
    with pytest.raises(DataError, match="clean is"): data.pairs(tmp_path/"noisy", tmp_path/"nowhere")


def test_missing_empty_and_damaged_items_are_told_by_name_and_skipped(tmp_path):
    for name in ("whole", "empty", "damaged", "missing"): write(tmp_path/name, voice=tone(200))
    items = data.folder(tmp_path)
    (tmp_path/"empty/voice.wav").write_bytes(b"")
    (tmp_path/"damaged/voice.wav").write_bytes((tmp_path/"whole/voice.wav").read_bytes()[:60])
    (tmp_path/"missing/voice.wav").unlink()
    assert set(items.problems()) == {"empty", "damaged", "missing"} and "is empty" in items.problems()["empty"]
    with pytest.warns(SepNotice, match="left out: item 'damaged'"): assert items.usable().names == ("whole",)
    with pytest.raises(DataError, match="item 'missing'.*no such file"): items["missing"].mix
    with pytest.raises(DataError, match="holds no recordings"): data.folder(tmp_path/"missing")
    with pytest.raises(DataError, match="a folder that exists"): data.folder(tmp_path/"nowhere")


def test_a_collection_is_cut_joined_chosen_and_tabled():
    items = data.scenes(8, seed=5, duration_s=1.)
    assert len(items) == 8 and items[2:4].names == items.names[2:4] and items[-1].name == "noise 12" and items[:0].frame().empty
    assert items.sample(3, seed=1).names == items.sample(3, seed=1).names != items.sample(3, seed=2).names
    assert items.filter(lambda i: i.name.startswith("voices")).names == ("voices 5", "voices 9")
    assert len(items[:2] + {"mine": tone(200)}) == 3
    table = items[:2].frame(read=True)
    assert list(table.index) == ["voices 5", "tones 6"] and list(table.seconds) == [1, 1] and table.f0.all()
    for call in (lambda: items["voices 7"], lambda: items.sample(9), lambda: items.filter(3), lambda: items + items, lambda: Items([3]),
                 lambda: as_items("a.wav"), lambda: as_items({"a": 3}), lambda: Item(""), lambda: Item("a"),
                 lambda: Item("a\nb", tone(200))):
        with pytest.raises(ParameterError): call()


def test_a_larger_set_of_scenes_begins_with_the_smaller_and_items_travel():
    a, b = data.scenes(2, seed=3, duration_s=1.)[1], pickle.loads(pickle.dumps(data.scenes(5, seed=3, duration_s=1.)))[1]
    assert torch.equal(a.mix.samples, b.mix.samples) and np.array_equal(a.f0, b.f0)
    assert len(pickle.dumps(data.scenes(1)[0])) < 1000  # a scene travels as its recipe


def test_what_is_in_memory_becomes_items():
    s = scene("voices", duration_s=1., n_stems=2)
    items = as_items({"scene": s, "stems": s.stems, "pair": (s.mix, s.stems), "mix": s.mix})
    assert items["scene"].f0.shape[1] == 3 and items["stems"].has_stems
    assert not items["mix"].has_stems and items["mix"].stems is None


def test_every_set_of_the_registry_opens(mirror):
    from sep_toolkit.sound.registry import entries
    here = [k for k, e in entries().items() if e.kind == "recordings" and e.mirror]
    sets = {k: data.recordings(k) for k in here}
    assert all(len(s) for s in sets.values())
    assert sets["choir"].names == ("quartet_1", "quartet_2", "quartet_3") and sets["choir"][0].f0.shape[1] == 5
    assert sets["noisy_speech"][0].stems.names == ("speech", "noise") and sets["solo_voice"][0].f0.shape[1] == 2
    with pytest.raises(DataError, match=r"fetch\('esc50'\)"): data.recordings("esc50")
    with pytest.raises(ParameterError, match="key"): data.recordings("models/gtcrn")


def test_musdb_is_read_by_its_package(tmp_path):
    pytest.importorskip("musdb")
    voices = {n: tone(200 + 50*k) for k, n in enumerate(("vocals", "drums", "bass", "other"))}
    write(tmp_path/"test/A - B", mixture=sum(list(voices.values())[1:], voices["vocals"]), **voices)
    (tmp_path/"train").mkdir()
    items = data.musdb(tmp_path)
    assert [(i.name, i.split) for i in items] == [("A - B", "test")] and set(items[0].stems) == set(voices) and len(items[0].paths) == 5
    with pytest.raises(DataError, match="no tracks of MUSDB18"): data.musdb(tmp_path/"train")


def test_a_bridge_without_its_package_says_how_to_get_it(tmp_path, monkeypatch):
    for name in ("musdb", "mirdata"): monkeypatch.setitem(sys.modules, name, None)
    for call in (lambda: data.musdb(tmp_path), lambda: data.mirdata("vocadito")):
        with pytest.raises(SepError, match="pip install m"): call()


def test_mirdata_multitracks_become_stems():
    track = lambda hz: SimpleNamespace(audio=(tone(hz).numpy(), SR))
    tracks = {"a": track(200), "b": track(300)}
    dataset = SimpleNamespace(name="tiny", data_home=".", mtrack_ids=["m1"], multitrack=lambda k: SimpleNamespace(tracks=tracks))
    assert data.mirdata(dataset)["m1"].stems.names == ("a", "b")
    single = SimpleNamespace(name="tiny", data_home=".", track_ids=["t1"], track=lambda k: tracks["a"])
    item = data.mirdata(single)["t1"]
    assert item.stems is None and not item.has_stems and item.mix.sr == SR
    single.track = lambda k: SimpleNamespace(audio=None)
    with pytest.raises(DataError, match="mirdata cannot read 't1'"): item.read()


def test_stems_of_two_rates_are_refused(tmp_path):
    write(tmp_path/"song", a=tone(200))
    save(Audio(torch.zeros(1, 100), 16000), Path(tmp_path)/"song/b.wav")
    with pytest.raises(DataError, match="item 'song'.*Hz"): data.folder(tmp_path)["song"].read()
    assert isinstance(Items([Item("a", None, Stems({"x": tone(100)}))])[0].stems, Stems)


@pytest.mark.parametrize("call, argument", [
    (lambda folder: Items(1e-320), "items"), (lambda folder: Items(torch.tensor(3)), "items"),
    (lambda folder: data.scenes(3, kinds=True), "kinds"), (lambda folder: data.scenes(3, kinds=()), "kinds"),
    (lambda folder: data.scenes(2**31), "n is"), (lambda folder: data.pairs(folder, folder, rest=3), "rest"),
    (lambda folder: data.pairs(folder, folder, stem=[]), "stem"),
    (lambda folder: Item("a", Audio(torch.zeros(1, 9), 8000), licence=3), "licence")])
def test_what_is_no_collection_is_one_clear_error(tmp_path, call, argument):
    with pytest.raises(ParameterError, match=argument): call(tmp_path)
