"""Spleeter in torch: the reader of TensorFlow's checkpoints, the layers against plain sums, the separator at its edges."""
import io
import json
import pickle
import struct
import tarfile

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, softmax

from sep_toolkit.core import DataError, ParameterError, SepError, WeightsError
from sep_toolkit.onestep.bundles import MAGIC, read_bundle, read_index, read_message, read_varint
from sep_toolkit.onestep.models import load_model
from sep_toolkit.onestep.spleeter import (
    convert, LAYER_PARTS, MODELS, names_of, network_settings, shares, Spleeter, SpleeterNet, translate, UNet,
)
from sep_toolkit.runs.methods import make_method
from sep_toolkit.runs.run import record, separate
from sep_toolkit.sound.audio import Audio
from sep_toolkit.sound.files import load
from sep_toolkit.sound.registry import entries, untar

SMALL = (2, 3, 4, 5, 6, 7)


def varint(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes([*out, n])


def entry(dtype, shape, offset, size, shard=0):
    dims = b"".join(b"\x12" + varint(len(d)) + d for d in (b"\x08" + varint(n) for n in shape))
    return (b"\x08" + varint(dtype) + b"\x12" + varint(len(dims)) + dims + (b"\x18" + varint(shard) if shard else b"") + b"\x20" +
            varint(offset) + b"\x28" + varint(size) + b"\x35" + bytes(4))


def block(pairs, every=16):
    "A block of a table, keys shortened by what they share with the one before, as LevelDB writes it."
    out, starts, last = bytearray(), [], b""
    for i, (key, value) in enumerate(pairs):
        shared = 0
        if i % every: shared = next((n for n, (a, b) in enumerate(zip(key, last)) if a != b), min(len(key), len(last)))
        else: starts.append(len(out))
        out += varint(shared) + varint(len(key) - shared) + varint(len(value)) + key[shared:] + value
        last = key
    starts = starts or [0]
    return bytes(out) + struct.pack(f"<{len(starts) + 1}I", *starts, len(starts))


def write_bundle(folder, tensors, per_block=7, change=None):
    "A checkpoint as TensorFlow writes it, with several blocks; `change` may turn entries into lies."
    folder.mkdir(exist_ok=True)
    data, pairs = bytearray(), [(b"", b"\x08\x01\x1a\x02\x08\x01")]
    for name in sorted(tensors):
        x = tensors[name]
        pairs.append((name.encode(), entry(1, x.shape, len(data), 4*x.size)))
        data += x.astype("<f4").tobytes()
    pairs.append((b"global_step", entry(9, (), len(data), 8)))
    data += bytes(8)
    pairs = sorted(change(pairs) if change else pairs)
    index, handles = bytearray(), []
    for i in range(0, len(pairs), per_block):
        part = block(pairs[i:i + per_block])
        handles.append((pairs[min(i + per_block, len(pairs)) - 1][0], varint(len(index)) + varint(len(part))))
        index += part + bytes(5)
    last, empty = block(handles), block([])
    meta = varint(len(index)) + varint(len(empty))
    index += empty + bytes(5)
    footer = (meta + varint(len(index)) + varint(len(last))).ljust(40, b"\0") + struct.pack("<Q", MAGIC)
    (folder/"model.index").write_bytes(bytes(index) + last + bytes(5) + footer)
    (folder/"model.data-00000-of-00001").write_bytes(data)
    return folder/"model.index"


def weights(stems, filters=SMALL, seed=0):
    "Random weights of a whole model under TensorFlow's names, in its layout."
    rng, out = np.random.default_rng(seed), {}
    state = SpleeterNet(stems, filters=filters).state_dict()
    for s, stem in enumerate(stems):
        for ours, theirs in names_of(s).items():
            for part, name in LAYER_PARTS["norm" if "norm" in ours else "conv"].items():
                shape = tuple(state[f"{stem}.{ours}.{part}"].shape)
                shape = (shape[2], shape[3], shape[1], shape[0]) if len(shape) == 4 else shape
                out[f"{theirs}/{name}"] = rng.uniform(.5, 1.5, shape).astype("f4")*.3
    return out


@pytest.fixture
def model(tmp_path):
    torch.manual_seed(0)
    from sep_toolkit.cards import save_weights
    from sep_toolkit.onestep.spleeter import FACTS
    net = SpleeterNet(MODELS["4stems"], activation="elu", filters=SMALL)
    card = FACTS | {"name": "spleeter", "stems": list(MODELS["4stems"]), "settings": {"activation": "elu", "filters": list(SMALL)}}
    save_weights(net.state_dict(), tmp_path, "spleeter", card)
    return tmp_path/"spleeter.json"


# ---------------------------------------------------------------- checkpoints

@given(st.lists(st.text("abc/_1", min_size=1, max_size=12), min_size=1, max_size=40, unique=True), st.integers(1, 9), st.data())
@settings(max_examples=40, deadline=None)
def test_a_bundle_is_read_as_it_was_written(tmp_path_factory, names, per_block, data):
    rng = np.random.default_rng(0)
    tensors = {n: rng.normal(size=data.draw(st.lists(st.integers(1, 4), max_size=4))).astype("f4") for n in names}
    got = read_bundle(write_bundle(tmp_path_factory.mktemp("b"), tensors, per_block))
    assert got.keys() == tensors.keys()
    for n in names: assert got[n].shape == tensors[n].shape and np.array_equal(got[n].numpy(), tensors[n])


def swap(name, value): return lambda pairs: [(k, value if k == name else v) for k, v in pairs]


@pytest.mark.parametrize("change, message", [
    (swap(b"a", entry(1, (2, 2), 12, 16)), "a and b share bytes"),
    (swap(b"b", entry(1, (3,), 1 << 40, 12)), "b lies behind the end"),
    (swap(b"b", entry(1, (4,), 16, 12)), "has 12 bytes, and its shape"),
    (swap(b"b", entry(1, (1 << 40,), 16, 12)), "has the shape"),
    (swap(b"b", entry(1, (0,), 16, 0)), "has the shape"),
    (swap(b"b", entry(1, (3,), 16, 12, shard=1)), "several pieces"),
    (swap(b"b", b"\x12\x7f"), "runs past the end of its message"),
    (lambda pairs: [*pairs, (b"a", entry(1, (1,), 28, 4))], "twice"),
])
def test_an_index_that_lies_is_refused(tmp_path, change, message):
    tensors = {"a": np.ones((2, 2), "f4"), "b": np.ones(3, "f4")}
    with pytest.raises(WeightsError, match=message) as e: read_bundle(write_bundle(tmp_path/"b", tensors, change=change))
    assert "Get it again" in str(e.value)


def test_a_bundle_that_is_cut_or_missing(tmp_path):
    index = write_bundle(tmp_path/"b", {"a": np.ones(9, "f4")})
    data = index.with_suffix(".data-00000-of-00001")
    data.write_bytes(data.read_bytes()[:20])
    with pytest.raises(WeightsError, match="cut off"): read_bundle(index)
    data.unlink()
    with pytest.raises(WeightsError, match="two files"): read_bundle(index)
    index.write_bytes(b"x"*100)
    with pytest.raises(WeightsError, match="does not end as an index"): read_bundle(index)


def test_bytes_changed_anywhere_are_one_error_or_other_numbers(tmp_path):
    "2000 damaged indexes: a WeightsError, or variables that lie within the file; never another exception, never much memory."
    whole = write_bundle(tmp_path/"b", {f"v{i}": np.ones(i + 1, "f4") for i in range(20)}).read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(2000):
        data = bytearray(whole)
        for at in rng.integers(0, len(data) - 8, rng.integers(1, 5)): data[at] = rng.integers(256)
        if rng.random() < .2: del data[rng.integers(len(data)):-8]
        try: assert all(v.size < 1 << 40 for v in read_index(bytes(data)))
        except WeightsError: pass


@given(st.binary(max_size=60))
def test_any_bytes_are_a_message_or_an_error(data):
    for read in (read_message, lambda d: read_varint(d, 0)):
        try: read(data)
        except WeightsError: pass


def test_a_number_of_64_bits_is_the_longest():
    assert read_varint(b"\xff"*9 + b"\x01", 0)[0] == (1 << 64) - 1
    with pytest.raises(WeightsError): read_varint(b"\xff"*10 + b"\x01", 0)


# ---------------------------------------------------------------- the network

def conv_same(x, kernel, bias, stride=1, dilation=1):
    "TensorFlow's convolution with padding 'same', one output point after another: x (N, F, in), kernel (n, f, in, out)."
    (n, f, _, out), (N, F, _) = kernel.shape, x.shape
    sizes = [-(-N//stride), -(-F//stride)]
    total = [max((o - 1)*stride + (k - 1)*dilation + 1 - s, 0) for o, k, s in zip(sizes, (n, f), (N, F))]
    padded = np.pad(x, ((total[0]//2, total[0] - total[0]//2), (total[1]//2, total[1] - total[1]//2), (0, 0)))
    y = np.zeros((*sizes, out))
    for i in range(sizes[0]):
        for j in range(sizes[1]):
            part = padded[i*stride:i*stride + (n - 1)*dilation + 1:dilation, j*stride:j*stride + (f - 1)*dilation + 1:dilation]
            y[i, j] = np.tensordot(part, kernel, 3)
    return y + bias


def deconv_same(x, kernel, bias):
    "TensorFlow's transposed convolution, stride 2: the gradient of the convolution above; kernel (n, f, out, in)."
    N, F, _ = x.shape
    full = np.zeros((2*N + 3, 2*F + 3, kernel.shape[2]))
    for i in range(N):
        for j in range(F): full[2*i:2*i + 5, 2*j:2*j + 5] += kernel @ x[i, j]
    return full[1:-2, 1:-2] + bias


def by_hand(x, w, stem, elu):
    "The output of one stem's network, from TensorFlow's names and layout alone."
    names = names_of(stem)
    get = lambda ours: {k.rpartition("/")[2]: v.astype(float) for k, v in w.items() if k.rpartition("/")[0] == names[ours]}
    norm = lambda y, p: (y - p["moving_mean"])/np.sqrt(p["moving_variance"] + 1e-3)*p["gamma"] + p["beta"]
    act = lambda y: np.where(y > 0, y, np.expm1(np.minimum(y, 0)))
    down, up = (act, act) if elu else (lambda y: np.where(y > 0, y, .2*y), lambda y: np.maximum(y, 0))
    kept = []
    for i in range(6):
        p = get(f"down.{i}")
        x = conv_same(x, p["kernel"], p["bias"], 2)
        kept.append(x)
        if i < 5: x = down(norm(x, get(f"down_norm.{i}")))
    for i in range(6):
        p = get(f"up.{i}")
        x = norm(up(deconv_same(x, p["kernel"], p["bias"])), get(f"up_norm.{i}"))
        if i < 5: x = np.concatenate([kept[4 - i], x], -1)
    p = get("last")
    return conv_same(x, p["kernel"], p["bias"], dilation=2)


@pytest.mark.parametrize("name", ["2stems", "4stems", "5stems"])
def test_the_networks_are_the_plain_sums_of_the_facts(tmp_path, name):
    stems = MODELS[name]
    w, x = weights(stems), np.random.default_rng(1).uniform(0, 1, (2, 64, 128))
    net = SpleeterNet(stems, **network_settings(name), filters=SMALL).double().eval()
    net.load_state_dict({k: v.double() for k, v in translate({k: torch.tensor(v) for k, v in w.items()}, stems).items()}, strict=False)
    plain = np.stack([by_hand(x.transpose(1, 2, 0), w, s, name != "2stems").transpose(2, 0, 1) for s in range(len(stems))])
    with torch.no_grad():
        for s, stem in enumerate(stems): assert np.allclose(net[stem](torch.tensor(x)[None])[0].numpy(), plain[s], rtol=1e-6, atol=1e-8)
        masks = net(torch.tensor(x)[None])[:, 0].numpy()
    e = (softmax(plain, 0) if name == "5stems" else expit(plain))*x
    assert np.allclose(masks, (e**2 + 1e-10/len(e))/((e**2).sum(0) + 1e-10), rtol=1e-6)


def test_every_variable_of_a_checkpoint_is_used_once_or_is_the_last_norm_down():
    for name, stems in MODELS.items():
        used = [f"{theirs}/{p}" for s in range(len(stems)) for ours, theirs in names_of(s).items()
                for p in LAYER_PARTS["norm" if "norm" in ours else "conv"].values()]
        assert len(used) == len(set(used)) == len(stems)*(13*2 + 11*4), name
        assert set(translate({k: torch.tensor(v) for k, v in weights(stems).items()}, stems)) <= set(SpleeterNet(stems).state_dict())


def test_a_checkpoint_of_another_number_of_stems_is_refused(tmp_path):
    two = {k: torch.tensor(v) for k, v in weights(MODELS["2stems"]).items()}
    with pytest.raises(WeightsError, match="has no conv2d_14/kernel"): translate(two, MODELS["4stems"])
    with pytest.raises(WeightsError, match="more than 1 stems"): translate(two, ("vocals",))


@given(st.integers(1, 5), st.integers(0, 99))
def test_shares_sum_to_one_and_follow_the_level(n, seed):
    e = torch.rand(n, 50, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    m = shares(e)
    assert torch.allclose(m.sum(0), torch.ones(50, dtype=torch.float64)) and (m >= 0).all()
    assert torch.equal(m.argmax(0), e.argmax(0)) and torch.allclose(shares(torch.zeros_like(e)), torch.full_like(e, 1/n))


def test_conversion_keeps_every_number(tmp_path):
    index = write_bundle(tmp_path/"tf", weights(MODELS["2stems"], filters=(16, 32, 64, 128, 256, 512)))
    card = convert(index.parent, "2stems", tmp_path/"out")
    assert card["licence"] == "MIT" and set(card["made_from"]) == {"model.index", "model.data-00000-of-00001"}
    m = Spleeter(tmp_path/"out/spleeter_2stems.json", device="cpu")
    state = translate(read_bundle(index), MODELS["2stems"])
    assert all(torch.equal(m._networks.state_dict()[k], v) for k, v in state.items())
    weights_file = tmp_path/"out/spleeter_2stems.safetensors"
    data = bytearray(weights_file.read_bytes())
    data[-1] ^= 1
    weights_file.write_bytes(data)
    with pytest.raises(WeightsError, match="SHA-256"): Spleeter(tmp_path/"out/spleeter_2stems.json")


# ---------------------------------------------------------------- the separator

def noise(seconds, channels=2, sr=44100, seed=0):
    return Audio(torch.randn(channels, round(seconds*sr), generator=torch.Generator().manual_seed(seed))*.1, sr)


@pytest.mark.parametrize("seconds, channels, sr", [(.3, 2, 44100), (.01, 1, 44100), (14, 2, 44100), (1, 1, 8000), (.5, 6, 96000)])
def test_any_song_comes_back_as_stems_that_sum_to_it_below_11_khz(model, seconds, channels, sr):
    song = noise(seconds, channels, sr)
    out = Spleeter(model, device="cpu")(song)
    assert out.names == MODELS["4stems"] and out["bass"].samples.shape == (channels, song.n_samples)
    hz, window = torch.fft.rfftfreq(song.n_samples, 1/sr), torch.hann_window(song.n_samples, dtype=torch.float64)
    power = lambda x: torch.fft.rfft(x.double()*window)[:, hz < min(10_000, .8*sr/2)].abs().square().sum()
    assert power(song.samples - sum(s.samples for s in out.values())) < 1e-4*power(song.samples)


def test_one_channel_is_two_that_are_alike(model):
    m, song = Spleeter(model, device="cpu"), noise(1, 1)
    one, two = m(song), m(Audio(song.samples.expand(2, -1).contiguous(), 44100))
    for name in m.stems: assert torch.allclose(one[name].samples[0], two[name].samples.mean(0), atol=1e-6)


def test_silence_stays_silent_and_the_song_is_not_changed(model):
    m, song = Spleeter(model, device="cpu"), noise(.5)
    before = song.samples.clone()
    m(song)
    assert torch.equal(song.samples, before)
    assert all(s.peak == 0 for s in m(Audio(torch.zeros(2, 9999), 44100)).values())


def test_what_lies_above_11_khz_goes_where_it_is_told(model):
    t = torch.arange(44100)/44100
    high = Audio(.3*torch.sin(2*torch.pi*15000*t)[None].expand(2, -1).contiguous(), 44100)
    stays = Spleeter(model, device="cpu")(high)
    given_to = Spleeter(model, highs="other", device="cpu")(high)
    assert max(s.samples[:, 5000:-5000].abs().max() for s in stays.values()) < 1e-3
    assert (given_to["other"].samples - high.samples)[:, 5000:-5000].abs().max() < 1e-3
    assert given_to["drums"].samples[:, 5000:-5000].abs().max() < 1e-3


def test_the_same_song_gives_the_same_stems_in_every_way(model):
    "What test_contract.py asks of the other methods: record, another process, a batch, chunks."
    m, song = Spleeter(model, device="cpu"), noise(1)
    first = separate(song, m, progress=False).tensor
    assert torch.equal(record(song, m).stems.tensor, first)
    assert torch.equal(separate(song, pickle.loads(pickle.dumps(m)), progress=False).tensor, first)
    both = m.forward(torch.stack([song.samples, song.samples.flip(0)]), 44100)
    assert torch.allclose(both[0], first, atol=1e-6) and torch.allclose(both[1], m.forward(song.samples.flip(0)[None], 44100)[0], atol=1e-6)
    assert m.chunk_s < 12 and m.cost(song).passes == 1


def test_joints_of_a_long_song_are_not_heard(model):
    "Around a joint the difference to the same song begun elsewhere is no larger than away from it."
    m, song = Spleeter(model, device="cpu"), noise(26)
    out = m(song)["vocals"].samples
    step, joint = (out[:, 1:] - out[:, :-1]).abs(), round(m.chunk_s*44100)
    assert step[:, joint - 50_000:joint + 6_000].max() < 1.2*step[:, :joint - 50_000].max()
    assert out.shape == song.samples.shape


def test_by_name_through_every_door(model, monkeypatch):
    assert isinstance(load_model(model, device="cpu"), Spleeter)
    assert separate(noise(.2), load_model(model), progress=False).names == MODELS["4stems"]
    with pytest.raises(ParameterError, match="2stems, 4stems, 5stems"): make_method("spleeter:3stems")
    with pytest.raises(ParameterError, match="2stems"): Spleeter("3stems")
    with pytest.raises(ParameterError, match="highs"): Spleeter(model, highs="cymbals")
    with pytest.raises(SepError): make_method("hpss:4stems")


def test_weights_that_are_not_here_say_how_to_get_them(monkeypatch, tmp_path):
    monkeypatch.setenv("SEP_TOOLKIT_CACHE", str(tmp_path))
    monkeypatch.delenv("SEP_TOOLKIT_MIRROR", raising=False)
    for name in MODELS:
        with pytest.raises(WeightsError, match=rf"fetch\('models/spleeter_{name}'\)"): Spleeter(name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("change", [{"kind": "native"}, {"settings": {"activation": "tanh"}}, {"settings": {"filters": [1]}},
                                    {"stems": ["a", "b"]}])
def test_a_card_that_does_not_fit_is_one_error(model, change):
    card = json.loads(model.read_text()) | change
    model.write_text(json.dumps(card))
    with pytest.raises(WeightsError): Spleeter(model)


def test_layers_refuse_what_they_cannot_be():
    with pytest.raises(ParameterError): UNet("tanh")


# ---------------------------------------------------------------- the archive

def archive(path, *members, mode="w:gz"):
    with tarfile.open(path, mode) as tar:
        for name, data in members:
            info = tarfile.TarInfo(name)
            if data is None: info.type, info.linkname = tarfile.SYMTYPE, "/etc/hostname"
            else: info.size = len(data)
            tar.addfile(info, io.BytesIO(data or b""))
    return path


RULES = entries()["models/spleeter_4stems"].sources[0]["unpack"]


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
def test_an_archive_is_unpacked_by_its_rules(tmp_path, mode):
    path = archive(tmp_path/"a.tar.gz", ("./model.index", b"1"), ("./model.data-00000-of-00001", b"22"), ("./model.meta", b"3"), mode=mode)
    (tmp_path/"out").mkdir()
    assert untar(path, tmp_path/"out", RULES) == ["model.index", "model.data-00000-of-00001"]
    assert (tmp_path/"out/model.data-00000-of-00001").read_bytes() == b"22"


@pytest.mark.parametrize("members, message", [
    ([("../model.index", b"1")], "stay inside"), ([("/model.index", b"1")], "stay inside"), ([("model.index", None)], "plain files"),
    ([("a/model.index", b"1"), ("b/model.index", b"1")], "twice"), ([("other", b"1")], "layout has changed"),
    ([("model.index", b"1"*2000)], "unpacks to more"),
])
def test_an_archive_that_misleads_is_refused(tmp_path, members, message):
    (tmp_path/"out").mkdir()
    with pytest.raises(DataError, match=message): untar(archive(tmp_path/"a.tar.gz", *members), tmp_path/"out", RULES, 1000)


def test_a_damaged_archive_is_one_error(tmp_path):
    whole = archive(tmp_path/"a.tar.gz", ("model.index", bytes(range(256))*40)).read_bytes()
    rng = np.random.default_rng(0)
    for i in range(60):
        data = bytearray(whole)
        if i % 2: del data[rng.integers(1, len(data)):]
        else: data[rng.integers(len(data))] ^= 255
        (tmp_path/"b.tar.gz").write_bytes(data)
        out = tmp_path/f"out{i}"
        out.mkdir()
        try: untar(tmp_path/"b.tar.gz", out, RULES)
        except DataError: pass


# ---------------------------------------------------------------- the real weights

@pytest.fixture(scope="module")
def duet(mirror):
    "Twenty seconds of a voice over a band at the voice's level, both channels alike, 44.1 kHz."
    voice = load(mirror/"data/solo_voice/vocadito_1.flac", sr=44100, mono=True).clip(0, 20).samples
    band = sum(load(p, sr=44100, mono=True).clip(10, 30).samples for p in sorted((mirror/"data/song").glob("*.mp3")))
    band = band*(voice.square().mean()/band.square().mean()).sqrt()
    return voice, band


@pytest.fixture(scope="module")
def real(mirror, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEP_TOOLKIT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield Spleeter(device="cpu")


def level(estimate, truth):
    from sep_toolkit.scores.metrics import si_sdr
    return float(si_sdr(estimate.reshape(1, -1), truth.expand(2, -1).reshape(1, -1)))


def test_the_plain_version_is_reached(real, duet):
    "Images side by side, as the reference measured them: 3.46 and 4.55 dB."
    with torch.no_grad(): out = real.forward(sum(duet).expand(1, 2, -1).contiguous(), 44100)[0]
    assert level(out[0], duet[0]) == pytest.approx(3.46, abs=.2) and level(out[1], duet[1]) == pytest.approx(4.55, abs=.2)


def test_images_that_overlap_do_better(real, duet):
    out = real(Audio(sum(duet).expand(2, -1).contiguous(), 44100))
    assert level(out["vocals"].samples, duet[0]) > 3.6 and level(out["accompaniment"].samples, duet[1]) > 4.6
