"""The player's Python side: what travels, what is refused, what comes back. The page is tested in test_player_browser.py."""
import base64
import io
import math
import re

import numpy as np
import pytest
import soundfile as sf
import torch
from browser import page_state
from refusing import check_refusals
from traitlets import TraitError

from sep_toolkit.explorers import player as module
from sep_toolkit.sound.audio import Audio, Stems
from sep_toolkit.sound.files import save
from sep_toolkit.core import DataError, ParameterError, SepError
from sep_toolkit.explorers.opening import explore, explorer_for, register, TraceView
from sep_toolkit.scores.comparison import compare
from sep_toolkit.explorers.packing import k_filters, loudness, match_gains, pack, pictures, play_rate, tracks_of
from sep_toolkit.explorers.player import Player
from sep_toolkit.runs.recorded import recorded
from sep_toolkit.runs.run import as_method, record, Run
from sep_toolkit.sound.scenes import scene
from sep_toolkit.runs.separator import Separator
from sep_toolkit.runs.trace import Step, Trace

EVIL = "</script><img src=x onerror=alert(1)>\"' & <!--"


def noise(seed=0, n=8000, sr=8000, channels=1, scale=.1):
    return Audio(scale * torch.randn(channels, n, generator=torch.Generator().manual_seed(seed)), sr)


def tone(db, seconds=1., hz=1000., sr=48000, channels=1):
    t = torch.arange(round(sr * seconds)) / sr
    return Audio((10 ** (db / 20) * torch.sin(2 * math.pi * hz * t)).expand(channels, -1), sr)


@pytest.fixture
def stems():
    return Stems({"a": noise(1), "b": noise(2, scale=.01)}, mix=noise(1) + noise(3, scale=.02))


@pytest.fixture
def player(stems):
    p = Player(stems)
    yield p
    p.close()


# Tracks

def test_tracks_of_stems(stems):
    rows = tracks_of(stems)
    assert [(n, k, h) for n, k, _, h in rows] == [("mixture", "mix", False), ("a", "stem", True), ("b", "stem", True),
                                                 ("residual", "residual", True)]
    heard = sum(a.samples for _, _, a, h in rows if h)
    assert torch.allclose(heard, stems.mix.samples, atol=1e-6), "what is heard by default is the mixture"


def test_tracks_of_other_things(stems):
    assert [r[:2] for r in tracks_of(noise())] == [("signal", "mix")]
    assert [(n, k, h) for n, k, _, h in tracks_of({"x": noise(), "y": noise(1)})] == [("x", "extra", False), ("y", "extra", False)]
    both = tracks_of({"estimate": stems, "reference": stems})
    assert [n for n, *_ in both] == ["mixture", "a estimate", "b estimate", "residual estimate",
                                     "a reference", "b reference", "residual reference"]
    assert [h for *_, h in both] == [False, True, True, True, False, False, False]


def test_names_stay_apart():
    rows = tracks_of(Stems({"mixture": noise(), "residual": noise(1), "mixture 2": noise(2)}))
    assert [n for n, *_ in rows] == ["mixture", "mixture 2", "residual", "mixture 2 2", "residual 2"]


@pytest.mark.parametrize("wrong", [None, 3, "a.wav", [], {}, {"a": 1}, {"a": noise(), "b": Stems({"c": noise()})}, torch.zeros(5)])
def test_other_things_are_refused(wrong):
    with pytest.raises(ParameterError, match="sound is .*expected an Audio, Stems, or a mapping"):
        Player(wrong)


def test_tracks_must_fit():
    with pytest.raises(ParameterError, match="tracks 'x' and 'y' differ: 8000 samples and 7000 samples"):
        Player({"x": noise(), "y": noise(n=7000)})
    with pytest.raises(ParameterError, match="8000 Hz and 16000 Hz"):
        Player({"x": noise(), "y": noise(sr=16000)})


# Loudness

def test_k_weighting_is_the_standards():
    "The coefficients printed in ITU-R BS.1770 for 48 kHz."
    want = [[1.53512485958697, -2.69169618940638, 1.19839281085285, 1, -1.69065929318241, .73248077421585],
            [1, -2, 1, 1, -1.99004745483398, .99007225036621]]
    assert np.abs(k_filters(48000) - want).max() < 1e-8


@pytest.mark.parametrize("sr", [8000, 16000, 44100, 48000, 96000])
def test_loudness_of_the_standards_signals(sr):
    "EBU Tech 3341: a stereo 1 kHz sine of -23 dBFS is -23 LUFS, and the gates leave the soft parts out."
    assert abs(loudness(tone(-23, 5, sr=sr, channels=2)) + 23) < .1
    parts = torch.cat([tone(db, s, sr=sr, channels=2).samples for db, s in [(-72, 2), (-36, 2), (-23, 12), (-36, 2)]], 1)
    assert abs(loudness(Audio(parts, sr)) + 23) < .15


def test_loudness_of_odd_signals():
    assert loudness(Audio(torch.zeros(1, 5000), 8000)) == -math.inf
    assert math.isfinite(loudness(Audio([.5], 8000))) and math.isfinite(loudness(tone(-20, .05)))


def test_no_matching_gain_brings_a_peak_over_full_scale():
    "Neither where a soft signal with high peaks is to be as loud as the others, nor where one is far below them."
    n = 48000*3
    hiss = Audio(.5*torch.randn(1, n, generator=torch.Generator().manual_seed(0)).clamp(-1.9, 1.9), 48000)
    for spacing in (200, 20000):  # clicks: 20 dB below the hiss or less, and more than that
        x = torch.zeros(1, n)
        x[:, ::spacing] = .9
        clicks = Audio(x, 48000)
        below = loudness(hiss) - loudness(clicks)
        assert (below < 20) == (spacing == 200)
        for pair in ((hiss, clicks), (clicks, hiss)):
            gains = match_gains(pair)
            assert all(a.peak*10**(g/20) <= 1 + 1e-3 for a, g in zip(pair, gains)) and max(map(abs, gains)) > .5
            if below < 20:
                level = [loudness(a) + g for a, g in zip(pair, gains)]
                assert level[0] == pytest.approx(level[1], abs=.02)


def test_match_makes_equally_loud_and_never_clips():
    loud, soft, spiky = tone(-12, 2), tone(-30, 2), tone(-30, 2)
    spiky = Audio(spiky.samples.clone().index_fill_(1, torch.tensor([50]), .7), 48000)
    g = match_gains([loud, soft, spiky, Audio(torch.zeros(1, 96000), 48000)])
    level = [loudness(a) + x for a, x in zip([loud, soft, spiky], g)]
    assert max(level) - min(level) < .1 and g[3] == 0
    assert all(a.peak * 10 ** (x / 20) <= 1.001 for a, x in zip([loud, soft, spiky], g))
    assert match_gains([loud, tone(-60, 2)])[1] == 20., "at most 20 dB"


# What travels

def decoded(data, info):
    "What the page's decoder gets out, as float64."
    c, n = info["channels"], info["play_length"]
    if not data:
        return np.zeros((c, n))
    if info["codec"] == "float32":
        return np.frombuffer(data, "<f4").reshape(c, n).astype(float)
    if info["codec"] == "pcm16":
        return np.frombuffer(data, "<i2").reshape(c, n) * (info["scale"] / 32767)
    y, sr = sf.read(io.BytesIO(data), always_2d=True)
    assert sr == info["play_sr"]
    return y.T * (info["scale"] * 32768 / 32767 if info["codec"] == "flac" else info["scale"])


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("scale", [1e-4, .1, 3.])
@pytest.mark.parametrize("codec", ["pcm16", "flac", "float32", "mp3"])
def test_sound_survives_the_journey(codec, scale, channels, monkeypatch):
    if codec in ("flac", "mp3"):
        monkeypatch.setattr("sep_toolkit.explorers.packing.PCM_BYTES", 0)
    audios = [noise(i, 16000, channels=channels, scale=scale) for i in range(2)] + [Audio(torch.zeros(channels, 16000), 8000)]
    data, info = pack(audios, max_mb=.05 if codec == "mp3" else 16, exact=codec == "float32")
    assert info["codec"] == codec and data[2] == b""
    step = {"float32": 0, "mp3": scale}.get(codec, .51 * info["scale"] / 32767)
    for a, d in zip(audios, data):
        error = np.abs(decoded(d, info)[:, :16000] - a.samples.numpy())
        assert error.max() <= step + 1e-12 or (codec == "mp3" and error.mean() < .5 * scale)


def test_opposite_tracks_stay_opposite(monkeypatch):
    a = noise()
    for cap in (4_000_000, 0):
        monkeypatch.setattr("sep_toolkit.explorers.packing.PCM_BYTES", cap)
        data, info = pack([a, -1 * a], max_mb=16, exact=False)
        x, y = (decoded(d, info) for d in data)
        assert not (x + y).any() and x.any()


@pytest.mark.parametrize("sr, rate", [(100, 8000), (3000, 9000), (7999, 15998), (8000, 8000), (44100, 44100), (96000, 96000),
                                      (192000, 48000)])
def test_rates_a_browser_plays(sr, rate):
    assert play_rate(sr) == rate
    data, info = pack([noise(n=2000, sr=sr)], max_mb=16, exact=False)
    assert info["play_sr"] == rate and abs(info["play_length"] - 2000 * rate / sr) < 1
    assert len(data[0]) == 2 * info["play_length"] and ("played at" in info["note"]) == (sr != rate)


def test_note_says_what_was_sent():
    a = noise(n=400_000, sr=44100)
    _, info = pack([a] * 6, max_mb=.8, exact=False)
    assert re.fullmatch(r"6 tracks × 9.1 s at 44.1 kHz: 4.8 MB of samples travel as [4-8]\d\d kB of MP3", info["note"])
    assert "4 channels as one" in pack([noise(channels=4)], max_mb=4, exact=False)[1]["note"]


def test_caps_are_kept():
    a = noise(n=300_000, sr=16000)
    for max_mb in (1.1, .5, .12):
        data, info = pack([a, a], max_mb=max_mb, exact=False)
        assert sum(map(len, data)) <= max_mb * 1e6
    with pytest.raises(ParameterError, match="max_mb is 0.02: expected room for 2 tracks of 19 s. Raise it, or .clip"):
        pack([a, a], max_mb=.02, exact=False)
    with pytest.raises(ParameterError, match="max_mb is 2: expected at least 2.4 for exact=True"):
        pack([a, a], max_mb=2, exact=True)


def test_pictures_share_one_scale():
    loud, soft = tone(-6, sr=16000), tone(-46, sr=16000)
    pk, spec, info = pictures([loud, soft])
    a, b = (np.frombuffer(p, np.int8).reshape(-1, 2) for p in pk)
    assert a.min() == -127 and a.max() == 127 and b.max() == 2 and len(a) == info["peak_bins"]
    top = [np.frombuffer(s, np.uint8).max() for s in spec]
    assert top[0] == 255 and abs(top[1] - 255 * .5) <= 1, "40 dB are half of the range"
    assert len(spec[0]) == info["spec_rows"] * info["spec_cols"]


# The widget

def test_unknown_options_are_type_errors(stems):
    for f in (lambda: Player(stems, speed=2), lambda: stems.player(colour="red"), lambda: Player(stems, "title")):
        with pytest.raises(TypeError):
            f()


@pytest.mark.parametrize("option, value", [("view", "waves"), ("ramp_ms", 0), ("ramp_ms", "10"), ("max_mb", -1), ("max_mb", math.nan)])
def test_bad_options_are_named(stems, option, value):
    with pytest.raises(ParameterError, match=f"{option} is "):
        Player(stems, **{option: value})


def test_traits_are_checked_and_kept(player):
    player.solo = "a"
    assert player.solo == ("a",)
    player.solo, player.muted, player.region = ["b", "a", "b"], ("a",), [.25, .5]
    assert player.solo == ("b", "a") and player.muted == ("a",) and player.region == (.25, .5)
    for name, value, said in [("solo", "c", "solo is 'c': expected one of mixture, a, b, residual"),
                              ("muted", ["mixtur"], "Did you mean 'mixture'"),
                              ("region", (1, .5), "region is"), ("region", (0, 99), "region is 99"), ("region", "ab", "region is"),
                              ("region", (.5, .5005), "2 ms"), ("region", (math.nan, 1), "region is nan"), ("volume_db", 40, "volume_db"),
                              ("position", -1, "position is -1"), ("position", "x", "position"), ("view", "all", "view is 'all'")]:
        with pytest.raises((ParameterError, TraitError), match=re.escape(said)):
            setattr(player, name, value)
    assert player.solo == ("b", "a") and player.region == (.25, .5) and player.volume_db == 0, "a refused value changes nothing"
    player.region = None
    assert player.region is None


def test_page_writes_come_back_checked(player):
    "What the page sends is JSON: lists, and no tuples."
    player.set_state({"solo": ["b"], "region": [.1, .9], "position": .3, "loop": True, "volume_db": -3})
    assert (player.solo, player.region, player.position, player.loop, player.volume_db) == (("b",), (.1, .9), .3, True, -3)


def test_first_of_a_mapping_is_heard():
    assert Player({"x": noise(), "y": noise(1)}).solo == ("x",) and Player(noise()).solo == ()


def test_inputs_stay_as_they_are(stems):
    before = {n: a.samples.clone() for n, a in stems.items()}
    Player(stems)._fallback()
    assert all(torch.equal(before[n], a.samples) for n, a in stems.items())


def test_close_frees_and_can_be_repeated(stems):
    p = Player(stems)
    p.close()
    assert p.comm is None and not p.audio and not p._rows and repr(p) == "Player(closed)"
    p.close()
    with pytest.raises(ParameterError, match="closed"):
        p.to_html("x.html")


def test_terminal_repr(player, capsys):
    player._ipython_display_()
    assert capsys.readouterr().out == "Player(mixture, a, b, residual)\n" and "a" in player._fallback()


def test_fallback_is_escaped_and_small(stems):
    p = Player(Stems({EVIL: noise(1), "b": noise(2)}))
    page = p._fallback()
    assert EVIL not in page and "<img src=x" not in page and "<script" not in page and p.fallback_id in page
    assert page.count("<audio") == 4 and len(page) < 200_000


# Blind tests

def test_answers_come_back_as_a_table(player):
    player.abx("a", "b", trials=6, seed=5)
    x = player.abx_plan["x"]
    assert set(x) <= {0, 1} and player.abx_plan["a"] == 1 and player.abx_plan["b"] == 2 and len(player.answers) == 0
    player.set_state({"abx_answers": [[v, 1.25] for v in x[:4]] + [[1 - x[4], 2.]]})
    table = player.answers
    assert list(table.columns) == ["trial", "x", "answer", "correct", "time_s"] and table.correct.tolist() == [True] * 4 + [False]
    assert table.x.tolist() == ["AB"[v] for v in x[:5]] and table.time_s.tolist() == [1.25] * 4 + [2.]
    assert table.attrs["p_value"] == pytest.approx(6 / 32) and table.attrs["seed"] == 5 and table.attrs["a"] == "a"
    player.abx("a", "b", trials=6, seed=5)
    assert player.abx_plan["x"] == x and len(player.answers) == 0
    assert any(player.abx("a", "b", trials=20).abx_plan["x"] != player.abx("a", "b", trials=20).abx_plan["x"] for _ in range(3))


def test_blind_test_refuses(player):
    for arguments, said in [(("a", "c"), "b is 'c'"), (("a", "a"), "another track"), (("x", "a"), "a is 'x'")]:
        with pytest.raises(ParameterError, match=said):
            player.abx(*arguments)
    for option in (dict(trials=0), dict(trials=2.5), dict(seed=-1)):
        with pytest.raises(ParameterError, match=next(iter(option))):
            player.abx("a", "b", **option)
    with pytest.raises(ParameterError, match=r"Call .abx\(a, b\) first"):
        player.answers  # noqa: B018


# Export

def test_page_holds_everything_and_nothing_foreign(tmp_path, stems):
    path = Player(stems, title=EVIL).to_html(tmp_path / "p.html")
    page = path.read_text()
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "") and "https://" not in page and "@import" not in page
    assert EVIL not in page and page.count("</script>") == 2
    state = page_state(page)
    assert state["info"]["title"] == EVIL and base64.b64decode(state["audio"][1]["base64"]) == Player(stems).audio[1]
    assert "default-src 'none'" in page


def test_export_is_atomic(tmp_path, stems, monkeypatch):
    path = tmp_path / "p.html"
    path.write_text("old")
    player = Player(stems)
    monkeypatch.setattr(module.json, "dumps", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        player.to_html(path)
    monkeypatch.undo()
    assert path.read_text() == "old" and [p.name for p in tmp_path.iterdir()] == ["p.html"]
    with pytest.raises(DataError):
        player.to_html(tmp_path / "gone" / "p.html")
    player.to_html(path)
    assert path.read_text().startswith("<!doctype html>")


# explore

def test_explore_finds_the_explorer(stems):
    assert explore(stems).names == ("mixture", "a", "b", "residual") and explore(noise()).names == ("signal",)
    assert explore(noise(), mix=noise(1)).names == ("signal", "mixture")
    assert explore({"x": noise()}, mix=noise(1)).names == ("mixture", "x")
    assert explore(stems, mix=stems.mix * 2)._rows[0][2].peak == pytest.approx(2 * stems.mix.peak)

    class Special(Stems):
        pass
    assert explorer_for(Special) is explorer_for(Stems)
    register(Special)(lambda thing, mix: ("special", mix))
    assert explore(Special({"a": noise()})) == ("special", None)
    for wrong in (3, None, object()):
        with pytest.raises(ParameterError, match="thing is "):
            explore(wrong)
    for wrong, said in ((torch.zeros(3), "sr is None"), ("x.wav", "x.wav"), ("hpss", "mix is None"), (lambda mix: mix, "mix is None")):
        with pytest.raises(SepError, match=said):
            explore(wrong)
    with pytest.raises(ParameterError, match="method is 'hpps'.*hpss"):
        explore("hpps", noise())
    with pytest.raises(ParameterError, match="mix is "):
        explore(stems, mix="x")
    for arguments in ((3, print), (Special, 4)):
        with pytest.raises(ParameterError):
            register(*arguments)


def test_explore_opens_what_stands_for_a_thing(stems, tmp_path):
    "A path, bytes, an array, a scene, a comparison, a method by name, object or function: each in the obvious view."
    a, path = stems["a"], tmp_path / "a.wav"
    save(a, path)
    sr = {"sr": a.sr}
    for source, more in ((path, {}), (str(path), {}), (path.read_bytes(), {}), (a.samples.numpy(), sr), (a.samples, sr)):
        got = explore(source, **more)
        assert type(got).__name__ == "Player" and got.names == ("signal",) and got.info["sr"] == a.sr and got.duration == a.duration
    made = scene("tones", n_stems=2, duration_s=1.)
    assert explore(made).names == ("mixture", *made.stems.names, "residual")
    both = compare(made.mix, {"one": made.stems, "two": made.stems.map(lambda x: x * .5)}, made.stems, metrics="snr")
    assert explore(both).names == both.player().names and len(explore(both).names) == 5
    halves = lambda mix: Stems({"x": mix * .5, "y": mix * .5})
    class Half(Separator):
        stems = ("half",)
        def forward(self, x, sr): return .5 * x[:, None]
    assert explore(halves, a).names == ("mixture", "x", "y", "residual") and explore(Half(), a).names == ("mixture", "half", "residual")
    assert explore("hpss", a).names[0] == "mixture"
    trace = record(a, "hpss", progress=False)
    assert explore(trace.save(tmp_path / "run.nc")).player.names[0] == "mixture"


@pytest.mark.parametrize("name", ["hpss", "nmf"])
def test_explore_a_run_of_a_method_without_an_explorer(name):
    for start in (False, True):
        run = Run(as_method(name, {}), noise())
        if start:
            run.start().wait()
        view = explore(run)
        assert run.state in view.children[0].children[2].value
        with pytest.raises(ParameterError, match="mix is "):
            explore(run, noise())


def test_explore_a_trace():
    a, b = noise(1), noise(2)
    trace = Trace(a + b, ("a", "b"))
    for i in range(3):
        trace.append(Step({"iteration": i}, scalars={"loss": 1 / (1 + i)}, audio={"a": a.samples, "b": b.samples}))
    view = explore(trace)
    assert isinstance(view, TraceView) and view.player.names == ("mixture", "a", "b", "residual")
    assert "loss" in [ax.get_ylabel() for ax in view.figure.axes] and "TraceView(3 steps" in repr(view)
    view.close()


def test_a_long_encoding_is_announced(monkeypatch):
    from sep_toolkit.explorers import packing
    from sep_toolkit.core import SepNotice
    monkeypatch.setattr(packing, "encode_mp3", lambda x, sr, kbps: b"x")
    long = [Audio(torch.randn(1, 8000*400, generator=torch.Generator().manual_seed(0))*.1, 8000)]*4
    monkeypatch.setattr(packing.os, "cpu_count", lambda: 2)
    with pytest.warns(SepNotice, match="encoding 4 tracks of 400 s as MP3 takes about 20 s"): pack(long, max_mb=4, exact=False)


def test_what_cannot_be_used_is_refused_and_said(player):
    player.abx("a", "b", trials=2, seed=1)
    check_refusals(player)
    player.set_state({"region": [.25, .5], "volume_db": 1e9, "loop": True})
    assert player.region == (.25, .5) and player.loop and player.volume_db == 0, "one refused value takes no other with it"
    player.set_state({"abx_answers": [[0, 1.], [1, 2.]], "abx_plan": None})
    assert len(player.answers) == 2 and player.abx_plan is None
    assert player.said["text"] == "volume_db is 1000000000.0: expected a finite number from -60 to 12."


# Sound that is asked for

def asked(player, **content):
    "What the kernel answers a page that asks for the sound."
    sent = []
    player.send = lambda message, buffers=None: sent.append((message, buffers))
    player._handle_custom_msg({"do": "pcm", "id": "7", **content}, [])
    assert all(m["pcm"] == "7" for m, _ in sent)
    return sent


def long_stems(seconds=10, n=4):
    return Stems({f"s{i}": noise(i, 16000*seconds, 16000) for i in range(n)})


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("channels, sr", [(1, 16000), (2, 44100), (3, 192000)])
def test_sound_comes_in_blocks(channels, sr, exact, monkeypatch):
    "Every sample of every track, once, on one scale; a silent track needs no block."
    from sep_toolkit.explorers import sending
    monkeypatch.setattr(sending, "BLOCK_BYTES", 70_000)
    n = sr*3
    tracks = {"x": noise(1, n, sr, channels), "silent": Audio(torch.zeros(channels, n), sr), "y": noise(2, n, sr, channels, .01)}
    p = Player(tracks, exact=exact)
    assert not p.audio and "stay in the kernel until they are played" in p.info["note"]
    (head, _), *blocks = asked(p, plain=True)
    info = head["info"]
    assert head["tracks"] == 3 and head["n"] == len(blocks) > 3 and {m["track"] for m, _ in blocks} == {0, 2}
    for key in ("play_sr", "play_length", "channels", "codec"):
        assert info[key] == p.info[key], "what was promised"
    assert max(len(b[0]) for _, b in blocks) <= 70_000
    whole, _ = pack([a for _, _, a, _ in p._rows], max_mb=200, exact=exact)
    got = [np.zeros((info["channels"], info["play_length"]), "f4" if exact else "i2") for _ in range(3)]
    for m, b in blocks:
        part = np.frombuffer(b[0], "<f4" if exact else "<i2").reshape(info["channels"], -1)
        got[m["track"]][:, m["at"]:m["at"] + part.shape[1]] += part
    if info["play_length"]*4*info["channels"] < 4_000_000 or exact:
        assert [g.tobytes() for g in got][0] == whole[0] and got[2].tobytes() == whole[2]
    assert not got[1].any() and got[0].any()


def test_sound_for_another_machine_is_encoded():
    p = Player(long_stems(), max_mb=.5)
    (head, _), *parts = asked(p, plain=False)
    assert head["info"]["codec"] == "mp3" and head["n"] == len(parts) == 5 and sum(len(b[0]) for _, b in parts) <= .5e6
    [(message, buffers)] = asked(Player(long_stems(), max_mb=.011), plain=False)
    assert "max_mb is 0.011" in message["error"]
    for wrong in ({"do": "explode"}, {"do": None}):
        assert asked(p, **wrong) == []
    p.close()
    assert asked(p, plain=True) == []


def test_a_short_sound_travels_at_once(stems):
    assert Player(stems).audio and Player(long_stems(), keep=True).audio and not Player(long_stems()).audio


def test_first_paint_encodes_nothing(monkeypatch):
    "No encoder, no resampler and no packing before the widget is on its way; the script-free table comes after it."
    from sep_toolkit.explorers import packing
    from sep_toolkit.sound import display
    order = []
    for name in ("encode_mp3", "encode_flac"):
        monkeypatch.setattr(packing, name, lambda *a: pytest.fail("encoded"))
    encode = display.encode_mp3
    monkeypatch.setattr(display, "encode_mp3", lambda *a: order.append("encoded") or encode(*a))
    monkeypatch.setattr(module, "in_notebook", lambda: True)
    monkeypatch.setattr(module, "_replace_earlier", lambda player: None)
    monkeypatch.setattr("IPython.display.display", lambda data, raw, metadata=None: order.append(next(iter(data))))
    p = Player(long_stems(40))
    assert order == []
    p._ipython_display_()
    assert order[0].startswith("application/vnd.jupyter.widget-view") or "text/plain" in order[0]
    assert order[1:-1] == ["encoded"]*6 and order[-1] == "text/html"


@pytest.mark.parametrize("sound", [long_stems(), Stems({f"s{i}": noise(i, 44100*20, 44100) for i in range(3)}), noise(0, 44100*60, 44100)])
def test_a_saved_notebook_keeps_a_megabyte(sound):
    "State of the widget, front end included, and the script-free table."
    from ipywidgets.embed import embed_data
    import json
    p = Player(sound)
    size = len(json.dumps(embed_data(views=[p], drop_defaults=False)["manager_state"]["state"][p.model_id])) + len(p._fallback())
    assert size < 1_000_000, f"{size} bytes"


def test_a_page_holds_the_sound_that_a_notebook_does_not(tmp_path):
    p = Player(long_stems())
    state = page_state(p.to_html(tmp_path / "p.html").read_text())
    assert not p.audio and len(state["audio"]) == 6 and state["info"]["codec"] == "pcm16" and "travel as" in state["info"]["note"]
    assert len(base64.b64decode(state["audio"][1]["base64"])) == 320_000


# Other front ends

def test_colab_gets_the_metadata_that_names_its_widget_manager(stems, monkeypatch):
    "For players and explorers; without it Colab shows a custom widget as text."
    import sys
    import types
    from sep_toolkit.explorers import owner
    output = types.ModuleType("google.colab.output")
    output._widgets = types.SimpleNamespace(_installed_url="https://example.org/manager.js")
    output.enable_custom_widget_manager = lambda: None
    google, colab = types.ModuleType("google"), types.ModuleType("google.colab")
    google.colab, colab.output = colab, output
    for name, m in (("google", google), ("google.colab", colab), ("google.colab.output", output)):
        monkeypatch.setitem(sys.modules, name, m)
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw, metadata=None, display_id=None: shown.append((data, metadata)))
    for m in (module, owner):
        monkeypatch.setattr(m, "in_notebook", lambda: True)
    monkeypatch.setattr(module, "_replace_earlier", lambda player: None)
    kind = "application/vnd.jupyter.widget-view+json"
    for view in (Player(stems), explore(as_method("hpss", {}), stems.mix), explore(recorded("trajectory"))):
        shown.clear()
        view._ipython_display_()
        got = [metadata for data, metadata in shown if kind in data]
        assert got == [{kind: {"colab": {"custom_widget_manager": {"url": "https://example.org/manager.js"}}}}]


def test_marimo_shows_sound_as_a_player(stems):
    "It calls `_display_` and shows what that returns."
    for sound in (stems, stems.mix):
        view = sound._display_()
        assert isinstance(view, Player)
        view.close()
