"""Cards and weights: one reader, one writer, every hash checked, and every damaged file one clear error."""
import hashlib
import json
import pickle
import random
import shutil
from pathlib import Path

import pytest
import torch
from damage import damaged, nudged

import sep_toolkit
import sep_toolkit.cards as cards
import sep_toolkit.onestep.enhancer as enhancer
import sep_toolkit.source_filter.f0 as f0
import sep_toolkit.diffusion.prior as prior
import sep_toolkit.source_filter as source_filter
from sep_toolkit.cards import Card, read_card, read_tensors, read_weights, save_weights, weights_card
from sep_toolkit.core import DataError, ParameterError, SepError, WeightsError

WEIGHTS = Path(sep_toolkit.__file__).parent/"weights"
SHIPPED = ("enhancer", "multipitch", "sounds", "source_filter")
FACTS = {"name": "toy", "licence": "CC0", "attribution": "nobody"}
STATE = {"a": torch.arange(6.).reshape(2, 3).half(), "b": torch.ones(4)}


# What is written comes back

def test_what_is_written_comes_back(tmp_path):
    written = save_weights(STATE, tmp_path/"new"/"folder", "toy", FACTS)
    for source in (tmp_path/"new"/"folder", str(tmp_path/"new/folder/toy.json"), tmp_path/"new/folder/toy.safetensors"):
        card = weights_card(source, "toy", "a toy")
        assert card == written and card["licence"] == "CC0" and isinstance(card, Card)
        got = read_tensors(card)
        assert set(got) == set(STATE) and all(torch.equal(got[k], v.float()) for k, v in STATE.items())
    data = (tmp_path/"new/folder/toy.safetensors").read_bytes()
    assert card["files"] == {"weights": {"path": "toy.safetensors", "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}}
    assert sorted(p.name for p in (tmp_path/"new/folder").iterdir()) == ["toy.json", "toy.safetensors"]


def test_writing_changes_nothing_that_was_given(tmp_path):
    state, facts = {k: v.clone() for k, v in STATE.items()}, {**FACTS, "files": {"weights": {"path": "elsewhere"}}}
    kept = json.dumps(facts)
    save_weights(state, tmp_path, "toy", facts)
    assert json.dumps(facts) == kept and all(torch.equal(state[k], v) for k, v in STATE.items())


@pytest.mark.parametrize("what", ["safetensors", "json"])
def test_a_disk_that_is_full_leaves_the_old_pair(tmp_path, monkeypatch, what):
    save_weights(STATE, tmp_path, "toy", FACTS)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    write_bytes, write_text = Path.write_bytes, Path.write_text
    def full(write):
        def fails(self, *args, **more):
            if self.suffix == f".{what}":
                write(self, args[0][:10], **more)
                raise OSError(28, "No space left on device")
            return write(self, *args, **more)
        return fails
    monkeypatch.setattr(Path, "write_bytes", full(write_bytes))
    monkeypatch.setattr(Path, "write_text", full(write_text))
    with pytest.raises(DataError, match="No space left"): save_weights({"a": torch.zeros(9)}, tmp_path, "toy", FACTS)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_a_card_that_cannot_be_written_leaves_the_old_pair(tmp_path):
    save_weights(STATE, tmp_path, "toy", FACTS)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    with pytest.raises(ParameterError, match="card is .*: expected what can be written as JSON"):
        save_weights({"a": torch.zeros(9)}, tmp_path, "toy", {**FACTS, "odd": object()})
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path/"file").write_text("x")
    with pytest.raises(DataError, match="cannot make the folder"): save_weights(STATE, tmp_path/"file"/"folder", "toy", FACTS)
    with pytest.raises(ParameterError, match="name"): save_weights(STATE, tmp_path, "a\nb", FACTS)


# Everything that ships is checked

@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_weights_are_those_on_their_cards(name):
    card = weights_card(None, name, name)
    entry = card["files"]["weights"]
    assert entry == {"path": f"{name}.safetensors", "sha256": hashlib.sha256((WEIGHTS/f"{name}.safetensors").read_bytes()).hexdigest(),
                     "bytes": (WEIGHTS/f"{name}.safetensors").stat().st_size}
    assert all(torch.isfinite(v).all() for v in read_tensors(card).values()) and card["licence"] and card["attribution"]


def spoilt(tmp_path, monkeypatch, name, change):
    for suffix in ("json", "safetensors"): shutil.copy(WEIGHTS/f"{name}.{suffix}", tmp_path)
    data = bytearray((tmp_path/f"{name}.safetensors").read_bytes())
    (tmp_path/f"{name}.safetensors").write_bytes(change(data))
    for module in (cards, prior): monkeypatch.setattr(module, "shipped", lambda n: tmp_path/f"{n}.json")
    f0._weights.cache_clear()


def two_bits(data):
    data[-5] ^= 1
    data[-9] ^= 16
    return bytes(data)


LOAD = {"enhancer": enhancer.load_enhancer, "multipitch": f0._weights, "sounds": prior.load_prior,
        "source_filter": source_filter.load_voice_net}


@pytest.mark.parametrize("change", [two_bits, lambda d: bytes(d[:-1]), lambda d: bytes(d) + b"x", lambda d: b""],
                         ids=["two bits", "shorter", "longer", "empty"])
@pytest.mark.parametrize("name", SHIPPED)
def test_changed_weights_of_the_package_are_refused(tmp_path, monkeypatch, name, change):
    spoilt(tmp_path, monkeypatch, name, change)
    says = f"{name}.safetensors is not the file its card describes.*SHA-256 differs.*stopped between the two.*save the weights again"
    with pytest.raises(WeightsError, match=says): LOAD[name]()
    monkeypatch.undo()
    f0._weights.cache_clear()
    assert LOAD[name]() is not None


# Cards that are wrong

BAD = {
    "no files": (lambda c: c.pop("files"), "names no weights"),
    "files is a list": (lambda c: c.update(files=[1]), "names no weights"),
    "other file": (lambda c: c.update(files={"model": c["files"]["weights"]}), "names no weights"),
    "entry is a text": (lambda c: c.update(files={"weights": "a.safetensors"}), "'files.weights' is 'a.safetensors': expected an object"),
    "no name": (lambda c: c.pop("name"), "no field 'name'"),
    "name is a number": (lambda c: c.update(name=3), "field 'name' is 3"),
    "no hash": (lambda c: c["files"]["weights"].pop("sha256"), "no field 'files.weights.sha256'"),
    "hash is a number": (lambda c: c["files"]["weights"].update(sha256=10**400), "files.weights.sha256' is 1000"),
    "hash in capitals": (lambda c: c["files"]["weights"].update(sha256="A"*64), "64 hex digits"),
    "path up": (lambda c: c["files"]["weights"].update(path="../toy.safetensors"), "beside the card.*refused"),
    "path from the root": (lambda c: c["files"]["weights"].update(path="/etc/passwd"), "beside the card.*refused"),
    "path with a zero": (lambda c: c["files"]["weights"].update(path="a\0b"), "beside the card.*refused"),
    "path is a folder": (lambda c: c["files"]["weights"].update(path="."), "beside the card.*refused"),
    "path is gone": (lambda c: c["files"]["weights"].update(path="gone.safetensors"), "gone.safetensors cannot be read: No such file"),
    "path is too long": (lambda c: c["files"]["weights"].update(path="x"*5000), "cannot be read"),
    "key of nothing": (lambda c: c["files"]["weights"].update(key="no/such"), "toy: "),
    "key is a list": (lambda c: c["files"]["weights"].update(key=["a"]), "field 'files.weights.key'"),
    "hash of another": (lambda c: c["files"]["weights"].update(sha256="0"*64), "SHA-256 differs.*expected 0000"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_card_that_is_wrong_is_one_error(tmp_path, name):
    change, says = BAD[name]
    save_weights(STATE, tmp_path, "toy", FACTS)
    fields = json.loads((tmp_path/"toy.json").read_text())
    change(fields)
    (tmp_path/"toy.json").write_text(json.dumps(fields))
    with pytest.raises(WeightsError, match=says): read_tensors(weights_card(tmp_path, "toy", "a toy"))


@pytest.mark.parametrize("text, says", [(b"{", "not valid JSON"), (b"", "not valid JSON"), (b"[]", "names no weights"),
                                        (b"3", "names no weights"), (b"\xff\xfe{}", "not valid JSON"),
                                        (b"["*100_000, "not valid JSON"), (b" "*1_000_001, "at most 1000000"),
                                        (None, "cannot be read: No such file.*Expected the card of a toy")])
def test_what_is_no_card(tmp_path, text, says):
    if text is not None: (tmp_path/"toy.json").write_bytes(text)
    with pytest.raises(WeightsError, match=says): weights_card(tmp_path, "toy", "a toy")
    if text is None: return
    with pytest.raises(WeightsError): read_card(tmp_path/"toy.json")


@pytest.mark.parametrize("source", [3, 1.5, ["a"], object()])
def test_what_cannot_be_a_path(source):
    with pytest.raises(ParameterError, match="source is .*the card of a toy"): weights_card(source, "toy", "a toy")


def test_weights_that_are_no_safetensors(tmp_path):
    save_weights(STATE, tmp_path, "toy", FACTS)
    card = weights_card(tmp_path, "toy", "a toy")
    for data in (b"", b"x"*7, b"\xff"*8, (1 << 62).to_bytes(8, "little") + b"{}", pickle.dumps({"a": 1})):
        (tmp_path/"toy.safetensors").write_bytes(data)
        card["files"]["weights"]["sha256"] = hashlib.sha256(data).hexdigest()
        with pytest.raises(WeightsError, match="cannot be read as safetensors.*Save them again"): read_tensors(card)


def test_names_of_files_may_hold_dots(tmp_path):
    data = b"x"
    (tmp_path/"m.onnx.data").write_bytes(data)
    card = Card({"name": "toy", "files": {"m.onnx.data": {"path": "m.onnx.data", "sha256": hashlib.sha256(data).hexdigest()}}}, tmp_path,
                needs=cards.WEIGHTS_FIELDS)
    assert read_weights(card, "m.onnx.data") == data


def test_a_card_goes_to_another_process(tmp_path):
    save_weights(STATE, tmp_path, "toy", FACTS)
    card = weights_card(tmp_path, "toy", "a toy")
    again = pickle.loads(pickle.dumps(card))
    assert again == card and again.folder == card.folder and torch.equal(read_tensors(again)["b"], STATE["b"])


def test_a_relative_folder_is_kept_as_it_was_meant(tmp_path, monkeypatch):
    save_weights(STATE, tmp_path, "toy", FACTS)
    monkeypatch.chdir(tmp_path)
    card = weights_card("toy.json", "toy", "a toy")
    monkeypatch.chdir("/")
    assert set(read_tensors(card)) == {"a", "b"}


# Fuzz: whatever happens to a file, the answer is one error of the family, or the weights

def test_a_damaged_file_is_one_error(tmp_path):
    rng = random.Random(0)
    save_weights(STATE, tmp_path, "toy", FACTS)
    data = (tmp_path/"toy.safetensors").read_bytes()
    card = weights_card(tmp_path, "toy", "a toy")
    for _ in range(250):
        other = damaged(data, rng)
        (tmp_path/"toy.safetensors").write_bytes(other)
        if other != data:
            with pytest.raises(WeightsError, match="SHA-256 differs"): read_tensors(card)
        card["files"]["weights"]["sha256"] = hashlib.sha256(other).hexdigest()
        try: assert all(isinstance(v, torch.Tensor) for v in read_tensors(card).values())
        except WeightsError: pass
        card["files"]["weights"]["sha256"] = hashlib.sha256(data).hexdigest()


SMALL = {"enhancer": 40, "sounds": 40, "source_filter": 40, "multipitch": 80}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_nudged_card_is_one_error(tmp_path, monkeypatch, name):
    rng, fields = random.Random(name), json.loads((WEIGHTS/f"{name}.json").read_text())
    fields = {k: v for k, v in fields.items() if k in ("name", "kind", "architecture", "sr", "stems", "files", "settings", "labels",
                                                         "sigma", "level_db", "parametrisation")}
    shutil.copy(WEIGHTS/f"{name}.safetensors", tmp_path)
    monkeypatch.setattr(cards, "shipped", lambda n: tmp_path/f"{n}.json")
    load = LOAD[name] if name == "multipitch" else lambda: LOAD[name](tmp_path)
    for _ in range(SMALL[name]):
        (tmp_path/f"{name}.json").write_text(json.dumps(nudged(fields, rng)))
        f0._weights.cache_clear()
        try: load()
        except SepError: pass
    monkeypatch.undo()
    f0._weights.cache_clear()


def test_nudged_cards_of_models_are_one_error(tmp_path):
    rng, fields = random.Random(0), json.loads((WEIGHTS.parent/"model_cards"/"dtln.json").read_text())
    for _ in range(400):
        (tmp_path/"a.json").write_text(json.dumps(nudged(fields, rng)))
        try: assert read_card(tmp_path/"a.json")["stems"]
        except WeightsError as e: assert len(str(e)) < 500
