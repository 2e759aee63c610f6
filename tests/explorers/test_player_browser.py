"""The player in a real browser: what is heard, sample for sample, what the keys do, and life in JupyterLab."""
import base64
import json
import math
import re

import numpy as np
import pytest
import torch
from browser import Browser, JupyterLab, need_browser, run_cell, wait_for, wait_idle

from sep_toolkit.sound.audio import Audio, Stems
from sep_toolkit.explorers.player import Player

SR, RAMP = 16000, .01
EVIL = "<img src=x onerror=window.pwned=1>\"'</script><script>window.pwned=1</script>"
WATCH_CONTEXTS = """() => { const Real = window.AudioContext; window.contexts = [];
    window.AudioContext = class extends Real { constructor(o) { super(o); window.contexts.push(this); } }; }"""


@pytest.fixture(scope="module")
def browser():
    need_browser()
    with Browser() as b:
        yield b


@pytest.fixture
def show(browser, tmp_path):
    "Export a player, open the page from its file, and fail on anything it complains about or asks for."
    browser.errors.clear()
    browser.requests.clear()

    def open_page(sound, options=None, **page_options):
        player = sound if isinstance(sound, Player) else Player(sound, **(options or {}))
        page = browser.page(**page_options)
        page.add_init_script(f"({WATCH_CONTEXTS})()")
        page.goto(player.to_html(tmp_path / "player.html").as_uri())
        page.wait_for_selector(".st-player")
        pages.append(page)
        return page

    pages = []
    yield open_page
    for page in pages:
        assert page.evaluate("window.pwned") is None
        page.context.close()
    assert browser.errors == [] and [r for r in browser.requests if not r.startswith(("file:", "data:", "blob:"))] == []


def dc(value, seconds=1., sr=SR):
    return Audio(torch.full((1, round(seconds * sr)), float(value)), sr)


def noise(seed=0, seconds=1., channels=1, sr=SR):
    return Audio(.3 * torch.randn(channels, round(seconds * sr), generator=torch.Generator().manual_seed(seed)), sr)


def player_of(page):
    return page.evaluate_handle("document.querySelector('.st-player').player")


def render(page, seconds, gains=None, actions="", **more):
    "What the page's own graph would play, (T,) of its first channel. `actions` is JavaScript: [{t, run}, …]."
    options = json.dumps({"seconds": seconds, **({} if gains is None else {"gains": gains}), **more})
    got = page.evaluate(f"""async () => {{ const p = document.querySelector('.st-player').player;
        const out = await p.session.renderOffline({{...{options}, actions: [{actions}]}});
        const bytes = new Uint8Array(out.getChannelData(0).slice().buffer); let text = '';
        for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
        return btoa(text); }}""")
    return np.frombuffer(base64.b64decode(got), np.float32)


def test_x_and_minus_x_cancel(show):
    "Started together, two opposite tracks sum to exactly 0, from any place, through seeks and loops, in every lossless codec."
    for options, sound in [({}, noise()), ({"exact": True}, noise(1)), ({}, noise(2, .9, 2, 48000)), ({}, noise(3, .9, 2, 192000))]:
        page = show(Stems({"x": sound, "minus x": -1 * sound}), options)
        seek = "{t: .2, run: e => e.seek(.7)}, {t: .31, run: e => e.setLoop([.1, .40003])}, {t: .5, run: e => e.setLoop(null)}"
        both = render(page, .8, [0, 1, 1, 0], seek, **{"from": .1234})
        alone = render(page, .8, [0, 1, 0, 0], seek, **{"from": .1234})
        assert np.abs(both).max() == 0 and np.abs(alone).max() > .3


def test_plays_what_was_given(show):
    "The default is every stem and the residual, which is the mixture; 16 bits with one scale, undone."
    a, b = noise(1), noise(2) * .01
    mix = a + b + dc(.1)
    page = show(Stems({"a": a, "b": b}, mix=mix))
    heard = render(page, .9)
    start = np.nonzero(heard)[0][0]
    want = mix.samples[0].numpy()[:len(heard) - start]
    assert np.abs(heard[start:] - want).max() < 3 * mix.peak * 1.2 / 32767
    again = render(show(Stems({"a": a, "b": b}, mix=mix), {"exact": True}), .9)
    assert np.abs(again[start:] - want).max() < 2e-6


SWITCHES = [(.1, [0, 1, 0, 0]), (.2, [0, 0, 1, 0]), (.203, [0, 1, 0, 0]), (.206, [0, 1, 1, 0]), (.209, [0, 0, 1, 0]),
            (.225, [0, 0, 0, 0]), (.3, [0, 1, 0, 0]), (.315, [0, 0, 1, 0]), (.33, [0, 1, 0, 0]), (.345, [0, 0, 1, 0]), (.4, [0, 1, 0, 0])]


@pytest.mark.parametrize("ramp_s", [.005, .01, .03])
def test_switching_makes_no_step(show, ramp_s):
    "Between constant tracks every change of gain is visible: no step is larger than the ramp's, and the ramp arrives."
    sr = 48000  # render quanta of 2.7 ms: changes come faster than the ramp
    page = show(Stems({"up": dc(.5, sr=sr), "down": dc(-.5, sr=sr)}), {"ramp_ms": 1000 * ramp_s})
    actions = ",".join(f"{{t: {t}, run: e => e.setGains({g})}}" for t, g in SWITCHES)
    y = render(page, .7, [0, 1, 0, 0], actions)
    y = y[np.nonzero(y)[0][0]:]
    steps = np.abs(np.diff(y))
    assert steps.max() <= 1.01 * 1. / (ramp_s * sr) and steps.max() > .5 / (ramp_s * sr)
    assert y[-1] == .5 and y.min() < -.49 and abs(y[0] - .5) < 1e-3


def test_seek_and_pause_fade(show):
    "A seek between places of different value, a change of volume and a pause take the ramp's time."
    x = torch.where(torch.arange(2 * SR) < SR, .6, -.2)[None]
    page = show(Stems({"x": Audio(x, SR)}))
    y = render(page, .5, [0, 1, 0], "{t: .1, run: e => e.seek(1.3)}, {t: .112, run: e => e.seek(.2)}, {t: .128, run: e => e.seek(1.4)},"
               "{t: .2, run: e => e.setVolume(.5)}, {t: .3, run: e => e.pause()}", **{"from": .05})
    assert np.abs(np.diff(y)).max() <= 1.01 * .8 / (RAMP * SR) and abs(y[int(.28 * SR)] + .1) < 1e-3 and not y[int(.36 * SR):].any()


def test_loop_is_sample_accurate(show):
    ramp = Audio(torch.arange(SR, dtype=torch.float32)[None] / SR, SR)
    page = show(Stems({"ramp": ramp}), {"exact": True})
    a, b = 1601, 4803
    y = render(page, 1., [0, 1, 0], "", loop=[a / SR, b / SR], **{"from": a / SR})
    start = np.nonzero(y)[0][0] - 1
    want = (a + np.arange(len(y) - start) % (b - a)) / SR
    fade = int(RAMP * SR) + 8
    assert np.abs(y[start + fade:] - want[fade:]).max() < 2e-5 and len(want) > 3 * (b - a)


def test_buffer_is_replaced_in_place(show):
    "A track's sound is exchanged while it plays: the place stays, and no step is larger than the ramp's."
    ramp = Audio(torch.arange(SR, dtype=torch.float32)[None] / SR, SR)
    page = show(Stems({"ramp": ramp}), {"exact": True})
    y = render(page, .8, [0, 1, 0], """{t: .3, run: e => { const old = e.buffers[1];
        const b = new AudioBuffer({length: old.length, sampleRate: old.sampleRate, numberOfChannels: 1});
        b.getChannelData(0).set(old.getChannelData(0).map(v => -v)); e.setBuffer(1, b); }}""")
    start = np.nonzero(y)[0][0] - 1
    n = np.arange(len(y)) - start
    before, after = slice(start, int(.3 * SR)), slice(int(.36 * SR), None)
    assert np.abs(y[before] - n[before] / SR).max() < 2e-5 and np.abs(y[after] + n[after] / SR).max() < 2e-5
    assert np.abs(np.diff(y)).max() < 1.2 * 2 * .36 / (RAMP * SR)


def test_playhead_follows_the_audio_clock(show):
    page = show(Stems({"a": noise(1, 6.), "b": noise(2, 6.)}))
    assert page.evaluate("window.contexts.length") == 0, "no context before the first gesture"
    page.locator(".st-play").click()
    wait_for(page, "document.querySelector('.st-player').player.session.position() > .1")
    read = """() => new Promise(r => requestAnimationFrame(() => { const p = document.querySelector('.st-player').player;
        const line = new DOMMatrix(getComputedStyle(document.querySelector('.st-head-line')).transform).m41;
        r({t: p.session.ctx.currentTime, at: p.session.position(), seen: p.lanes.time.t(line), rate: p.session.ctx.sampleRate}); }))"""
    first = page.evaluate(read)
    page.wait_for_timeout(1500)
    last = page.evaluate(read)
    assert first["rate"] == SR and abs((last["at"] - first["at"]) - (last["t"] - first["t"])) < .02 and last["at"] - first["at"] > 1.2
    assert abs(last["seen"] - last["at"]) < .1
    slider = page.get_by_role("slider", name="Position")
    assert re.fullmatch(r"[12]\.\d s of 6\.0 s", slider.get_attribute("aria-valuetext"))
    page.evaluate("document.querySelector('.st-player').player.session.ctx.suspend()")
    stopped = page.evaluate(read)["at"]
    page.wait_for_timeout(300)
    assert abs(page.evaluate(read)["at"] - stopped) < .03, "a stopped audio clock stops the playhead"


def test_sound_comes_out(show):
    "The live graph has the level theory says, and a light for sums over full scale."
    t = torch.arange(4 * SR) / SR
    page = show(Stems({"a": Audio(.7 * torch.sin(2 * math.pi * 500 * t), SR), "b": Audio(.7 * torch.sin(2 * math.pi * 500 * t), SR)}))
    page.locator(".st-time").focus()
    page.keyboard.press("2")
    page.keyboard.press("Space")
    wait_for(page, "document.querySelector('.st-player').player.session.position() > .4")
    assert abs(page.evaluate("document.querySelector('.st-player').player.session.engine.peak(.1)") - .7) < .01
    assert "st-on" not in page.locator(".st-clip").get_attribute("class")
    page.keyboard.press("2")
    page.wait_for_selector(".st-clip.st-on")
    assert "exceeds full scale" in page.locator(".st-status").inner_text()
    assert abs(page.evaluate("document.querySelector('.st-player').player.session.engine.peak(.05)") - 1.4) < .01


def test_keys(show):
    "Every key in the help does what the help says."
    page = show(Stems({"a": noise(1, 5.), "b": noise(2, 5.)}))
    page.locator(".st-time").focus()
    get = lambda js: page.evaluate(f"(p => {js})(document.querySelector('.st-player').player)")
    press = page.keyboard.press
    press("Space"); wait_for(page, "document.querySelector('.st-player').player.session.position() > 0")
    assert get("p.session.playing"); press("k"); assert not get("p.session.playing")
    press("End"); assert get("p.session.rest") == 5; press("ArrowLeft"); assert get("p.session.rest") == 4
    press("Shift+ArrowLeft"); assert abs(get("p.session.rest") - 3.9) < 1e-6; press("Home"); assert get("p.session.rest") == 0
    press("ArrowRight"); assert get("p.session.rest") == 1; press("Shift+ArrowRight")
    press("2"); assert get("p.names(p.solo)") == ["a"]; press("3"); assert get("p.names(p.solo)") == ["b"]
    press("3"); assert get("p.names(p.solo)") == []; press("Shift+Digit3"); assert get("p.names(p.muted)") == ["b"]
    assert page.get_by_role("button", name="Mute b", exact=True).get_attribute("aria-pressed") == "true"
    press("0"); assert get("p.names(p.muted)") == []; press("ArrowUp"); press("m"); assert get("p.names(p.muted)") == ["a"]
    press("s"); assert get("p.names(p.solo)") == ["a"]; press("0"); press("g")
    assert page.get_by_role("switch").get_attribute("aria-checked") == "true" and page.locator(".st-kind b").count() == 4
    press("l"); assert get("p.loop"); press("["); press("End"); press("ArrowLeft"); press("]")
    assert np.allclose(get("p.region"), [1.1, 4]) and get("p.loop")
    press("Escape"); assert get("p.region") is None and not get("p.loop")
    whole = get("p.lanes.time.span"); press("+"); assert get("p.lanes.time.span") == whole / 2
    press("PageDown"); press("PageUp"); press("-"); assert get("p.lanes.time.span") == whole
    press("="); press("f"); assert get("p.lanes.time.span") == whole; press("v"); assert get("p.lanes.mode") == "spec"
    press("?"); assert page.get_by_role("dialog").is_visible()
    said = page.get_by_role("dialog").inner_text()
    assert all(w in said for w in ("play or pause", "solo a track", "mute a track", "loop on or off", "Shift", "Escape"))
    press("Escape"); assert page.get_by_role("dialog").count() == 0
    assert page.evaluate("document.activeElement.getAttribute('role')") == "slider"


def test_pointer(show):
    "Click seeks, drag selects and loops, an edge can be dragged, the wheel zooms and pans, the minimap moves the view."
    page = show(Stems({"a": noise(1, 5.), "b": noise(2, 5.)}))
    get = lambda js: page.evaluate(f"(p => {js})(document.querySelector('.st-player').player)")
    box = page.locator(".st-view[data-track='1']").bounding_box()
    at = lambda t: (box["x"] + box["width"] * t / 5, box["y"] + 50)

    def drag(a, b):
        page.mouse.move(*at(a)); page.mouse.down(); page.mouse.move(*at((a + b) / 2), steps=3); page.mouse.move(*at(b)); page.mouse.up()

    page.mouse.click(*at(2)); assert abs(get("p.session.rest") - 2) < .02
    drag(1, 3); assert np.allclose(get("p.region"), [1, 3], atol=.02) and get("p.loop")
    drag(3, 4); assert np.allclose(get("p.region"), [1, 4], atol=.02)
    page.mouse.move(*at(2.5))
    assert re.search(r"a · 0:02\.\d+ · .*k?Hz · .*dB", page.locator(".st-read").inner_text())
    page.keyboard.down("Control"); page.mouse.wheel(0, -600); page.keyboard.up("Control")
    wait_for(page, "document.querySelector('.st-player').player.lanes.time.zoomed")
    start = get("p.lanes.time.start"); page.mouse.wheel(80, 0)
    wait_for(page, f"document.querySelector('.st-player').player.lanes.time.start > {start}")
    small = page.locator(".st-map .st-view").bounding_box()
    page.mouse.click(small["x"] + small["width"] - 3, small["y"] + 15); assert abs(get("p.lanes.time.end") - 5) < 1e-6
    page.mouse.dblclick(small["x"] + 20, small["y"] + 15); assert not get("p.lanes.time.zoomed")
    page.mouse.click(box["x"] - 100, box["y"] + 20)
    page.get_by_role("button", name="Solo a", exact=True).click()
    page.get_by_role("button", name="Solo b", exact=True).click(modifiers=["Shift"])
    assert get("p.names(p.solo)") == ["a", "b"]
    page.get_by_role("button", name="Clear the region").click(); assert get("p.region") is None


def test_region_loops_live(show):
    page = show(Stems({"a": noise(1, 3.)}))
    page.evaluate("document.querySelector('.st-player').player.setRegion([1, 1.3], true)")
    page.locator(".st-play").click()
    page.wait_for_timeout(1500)
    where = [page.evaluate("document.querySelector('.st-player').player.session.position()") for _ in range(20)]
    assert all(1 <= w <= 1.301 for w in where) and page.evaluate("document.querySelector('.st-player').player.session.playing")


def test_no_key_makes_a_region_that_cannot_be_played(show):
    "At the beginning `]` and at the end `[` have no room for a region; a region of no length is none, and the sound goes on."
    page = show(Stems({"a": noise(1, 3.)}))
    get = lambda text: page.evaluate(f"(p => ({text}))(document.querySelector('.st-player').player)")
    session = "document.querySelector('.st-player').player.session"
    plays = f"{session}.engine?.playing && {session}.position() > "
    page.locator(".st-time").focus()
    for keys in (["Home", "]"], ["End", "["], ["Home", "]", "l"]):
        for key in keys:
            page.keyboard.press(key)
        if "l" not in keys:
            assert get("p.region") is None and "4 ms" in page.locator(".st-status").inner_text()
        page.keyboard.press("Space")
        wait_for(page, plays + "0.05")
        page.keyboard.press("Space")
        wait_for(page, f"!{session}.playing")
    page.keyboard.press("Home")
    get("(p.setRegion([1, 2], true), p.seek(0), p.mark(1), p.seek(NaN))")
    assert get("p.region") == [1, 2] and get("p.session.rest") == 0
    for region in ("[0, 0]", "[3, 3]", "[2, 1]", "[NaN, 1]"):  # as a stale kernel might have it
        get(f"(p.model.set('region', {region}), p.pull(), p.setLoop(true))")
        page.keyboard.press("Space")
        wait_for(page, plays + "0")
        page.keyboard.press("Space")
        wait_for(page, "!document.querySelector('.st-player').player.session.playing")


@pytest.mark.parametrize("codec, sr, kbps", [("flac", 16000, 0), ("mp3", 16000, 64), ("mp3", 44100, 96), ("mp3", 44100, 40),
                                             ("mp3", 8000, 24)])
def test_files_decode_in_place(show, codec, sr, kbps, monkeypatch):
    "Every track of a compressed player is decoded to the same place, to the sample, and to the right level."
    monkeypatch.setattr("sep_toolkit.explorers.packing.PCM_BYTES", 1000)
    n, width = 4 * sr, sr / 2500
    hiss = 1e-3 * torch.randn(1, n, generator=torch.Generator().manual_seed(1))
    click = lambda at: Audio(.9 * torch.exp(-.5 * ((torch.arange(n) - at) / width) ** 2)[None] + hiss, sr)
    tracks = Stems({"a": click(9000), "b": click(9000), "c": click(29000)}, mix=click(9000) * 1.2)
    player = Player(tracks, max_mb=5 * 4 * kbps / 8000 if kbps else 16, keep=True)
    assert player.info["codec"] == codec
    page = show(player)
    tops = page.evaluate("""async () => (await document.querySelector('.st-player').player.session.decoded()).map(b => {
        const x = b.getChannelData(0); let k = 0; for (let i = 0; i < x.length; i++) if (Math.abs(x[i]) > Math.abs(x[k])) k = i;
        return [k, x[k], b.length]; })""")
    at = np.array([k for k, _, _ in tops[:4]])
    assert at[0] == at[1] == at[2] and np.abs(at - [9000, 9000, 9000, 29000]).max() <= (codec == "mp3") and {k for *_, k in tops} == {n}
    assert np.allclose([v for _, v, _ in tops[:4]], [1.08, .9, .9, .9], atol=.005 if codec == "flac" else .1)


def test_names_are_text(show):
    "A stem may be called anything."
    page = show(Stems({EVIL: noise(1), "'\"><svg onload=window.pwned=1>": noise(2)}), {"title": EVIL})
    page.wait_for_timeout(200)
    assert page.locator(".st-label").nth(1).inner_text() == EVIL and page.locator(".st-player img, h1 img").count() == 0
    page.locator(".st-time").focus(); page.keyboard.press("2"); page.keyboard.press("?")
    page.mouse.move(600, 300)
    assert EVIL in page.locator(".st-status").inner_text()


def test_blind_test(show):
    "Answers by key and by button; names stay hidden until the end; X is what the plan says."
    player = Player(Stems({"first": dc(.5, 3.), "second": dc(-.25, 3.)})).abx("first", "second", trials=4, seed=3, match=False)
    plan = player.abx_plan["x"]
    page = show(Player(Stems({"first": dc(.5, 3.), "second": dc(-.25, 3.)})))
    page.evaluate("plan => { const p = document.querySelector('.st-player').player; p.model.set('abx_plan', plan); }", player.abx_plan)
    panel = page.locator(".st-abx")
    assert panel.is_visible() and not page.locator(".st-lanes").is_visible() and "first" not in panel.inner_text()
    page.locator(".st-abx button").first.focus()
    press = page.keyboard.press
    for i, x in enumerate(plan):
        press("x"); page.wait_for_timeout(150)
        value = page.evaluate("""() => { const e = document.querySelector('.st-player').player.session.engine;
            e.peak(1); return e._meter[e._meter.length - 1]; }""")
        assert (value > 0) == (x == 0), "X sounds like what it is"
        assert f"Trial {i + 1} of 4" in panel.inner_text()
        if i % 2: press(str(x + 1))
        else: page.get_by_role("button", name=f"X is {'AB'[x]}").click()
    assert "4 of 4 correct" in panel.inner_text() and "p = 0.063" in panel.inner_text() and "first" in panel.inner_text()
    answers = page.evaluate("document.querySelector('.st-player').player.model.get('abx_answers')")
    assert [a for a, _ in answers] == plan
    page.get_by_role("button", name="Back to the player").click()
    assert page.locator(".st-lanes").is_visible()


def test_destroy_frees_everything(show):
    page = show(Stems({"a": noise(1, 2.)}))
    page.locator(".st-play").click()
    wait_for(page, "window.contexts.length === 1 && window.contexts[0].state === 'running'")
    page.evaluate("() => { window.kept = document.querySelector('.st-player').player; window.kept.destroy(); }")
    wait_for(page, "window.contexts[0].state === 'closed'")
    assert page.locator(".st-player").count() == 0
    assert page.evaluate("window.kept.session.buffers === null && window.kept.session.engine === null && window.kept.frame !== undefined")
    page.wait_for_timeout(100)


def test_theme_motion_and_width(show):
    "Dark and light follow the page, reduced motion stops transitions, a narrow page keeps everything inside."
    stems = Stems({"a stem with quite a long name, to see what happens": noise(1), "b": noise(2)})
    page = show(stems, color_scheme="dark", reduced_motion="reduce", viewport={"width": 380, "height": 900})
    assert "st-dark" in page.locator(".st-player").get_attribute("class")
    page.emulate_media(color_scheme="light")
    wait_for(page, "!document.querySelector('.st-player').classList.contains('st-dark')")
    assert page.evaluate("getComputedStyle(document.querySelector('.st-track .st-view canvas')).transitionDuration") == "0s"
    assert page.evaluate("document.documentElement.scrollWidth") <= 380
    inside = """() => { const r = document.querySelector('.st-player').getBoundingClientRect();
        return [...document.querySelectorAll('.st-player button')].every(
            b => !b.offsetParent || b.getBoundingClientRect().right <= r.right); }"""
    assert page.evaluate(inside)


def test_focus_and_names(show):
    "Every control can be reached by Tab, shows a ring, and has a name."
    page = show(Stems({"a": noise(1), "b": noise(2)}))
    nameless = page.evaluate("[...document.querySelectorAll('.st-player button, .st-player input, .st-player [role=slider]')]"
                             ".filter(e => !(e.getAttribute('aria-label') || e.textContent.trim())).length")
    wanted = {f"{name}|solid" for name in ("Solo a", "Mute b", "Position", "Volume in dB", "What is seen, gestures and keys (?)")}
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.add(page.evaluate("""(e => `${e.getAttribute('aria-label') || e.textContent}|${getComputedStyle(e).outlineStyle}`)(
            document.activeElement)"""))
    assert nameless == 0 and wanted <= seen
    assert page.get_by_role("status").get_attribute("aria-live") == "polite"


def test_broken_sound_says_so(browser, tmp_path):
    "A file the browser cannot decode is named in the player's status line; the page goes on."
    player = Player(Stems({"a": noise(1)}))
    player.info = {**player.info, "codec": "flac"}
    page = browser.page(player.to_html(tmp_path / "p.html").as_uri())
    page.locator(".st-play").click()
    page.wait_for_selector(".st-status.st-bad")
    assert "cannot be played" in page.locator(".st-status").inner_text()
    page.context.close()


# JupyterLab

NOTEBOOK = [
    "import torch, warnings\nimport sep_toolkit as st\nfrom sep_toolkit.explorers.player import Player\n"
    "g = torch.Generator().manual_seed(0)\nnoise = lambda: st.Audio(.2*torch.randn(1, 64000, generator=g), 16000)\n"
    f"stems = st.Stems({{'low': noise(), 'high': noise(), {EVIL!r}: noise()}})",
    "stems.mix",
    "p = stems.player(); p",
    "print('READ', p.region, p.solo, p.muted, p.loop, round(p.position, 2), p.volume_db)",
    "p.region = (.25, .75); p.solo = 'high'; p.volume_db = -6; p.view = 'wave'",
    "p.abx('low', 'high', trials=2, seed=1)\nNone",
    "print('ANSWERS', p.answers.correct.tolist(), sorted(p.answers.attrs))",
    "p.close()",
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    need_browser()
    with JupyterLab(tmp_path_factory.mktemp("jupyter")) as server:
        yield server


def type_shortcuts(page):
    "Keys that insert, cut, change and delete cells in JupyterLab: none may reach it."
    cells = "jupyterapp.shell.currentWidget.content.model.toJSON().cells.map(c => c.cell_type + c.source)"
    before = page.evaluate(cells)
    for key in "abxymrdd":
        page.keyboard.press(key)
        assert page.evaluate(cells) == before, f"{key} reached the notebook"


def test_in_jupyterlab(lab, browser):
    browser.errors.clear()
    browser.requests.clear()
    page = browser.page(viewport={"width": 1300, "height": 1100})
    page.add_init_script(f"({WATCH_CONTEXTS})()")
    page = browser.notebook(lab, NOTEBOOK, run=False, page=page)
    for i in range(3):
        run_cell(page, i)
    page.wait_for_selector(".st-player >> nth=1")
    assert page.locator(".st-player").count() == 2 and page.evaluate("window.pwned") is None
    assert page.locator("audio:visible").count() == 0, "the widget hides the script-free output beside it"
    assert page.locator("audio").count() == 6, "which is there"
    one, many = page.locator(".st-player").nth(0), page.locator(".st-player").nth(1)
    many.locator(".st-view[data-track='1']").scroll_into_view_if_needed()
    box = many.locator(".st-view[data-track='1']").bounding_box()
    page.mouse.move(box["x"] + box["width"] * .25, box["y"] + 30); page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * .6, box["y"] + 30, steps=4); page.mouse.up()
    for key in ("2", "Shift+Digit3", "Space"):
        page.keyboard.press(key)
    wait_for(page, "window.contexts.some(c => c.state === 'running')")
    page.wait_for_timeout(400)
    page.keyboard.press("Space")
    said = run_cell(page, 3)
    read = re.search(r"READ \(([\d.]+), ([\d.]+)\) \('low',\) \('high',\) True ([\d.]+) 0", said)
    start, stop, position = (float(v) for v in read.groups())
    assert abs(start - 1) < .02 and abs(stop - 2.4) < .02 and start < position < stop

    run_cell(page, 4)
    wait_for(page, "(p => p.region?.[0] === .25 && p.solo.has(2) && p.volume === -6 && p.lanes.mode === 'wave')"
                           "(document.querySelectorAll('.st-player')[1].player)")
    one.get_by_role("button", name="Loop").click()
    one.locator(".st-play").click()
    wait_for(page, "document.querySelectorAll('.st-player')[0].player.session.playing")
    many.locator(".st-play").click()
    wait_for(page, "(v => !v[0].player.session.playing && v[1].player.session.playing)(document.querySelectorAll('.st-player'))", 5000)
    many.locator(".st-play").click()

    for place in (".st-label", ".st-foot", ".st-clock", ".st-map .st-view"):
        page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").nth(2).click()
        many.locator(place).first.click()
        type_shortcuts(page)
    page.keyboard.press("0")
    run_cell(page, 5)
    page.wait_for_selector(".st-abx")
    for control in (".st-play", ".st-time", ".st-abx .st-big"):
        many.locator(control).first.focus()
        type_shortcuts(page)
    page.keyboard.press("1"); page.keyboard.press("2")
    assert "ANSWERS [" in (said := run_cell(page, 6)) and "'p_value'" in said and said.count("True") + said.count("False") == 2
    many.get_by_role("button", name="Back to the player").click()

    before = page.evaluate("window.contexts.length")
    run_cell(page, 2)
    wait_for(page, f"window.contexts.slice(0, {before}).filter(c => c.state !== 'closed').length <= 1")
    assert page.locator(".st-player").count() == 2, "the player of the last run is gone"
    run_cell(page, 7)
    wait_for(page, "document.querySelectorAll('.st-player').length === 1")
    assert page.locator("audio:visible").count() == 5, "the script-free output is back"
    assert browser.complaints() == [] and browser.foreign() == []
    page.context.close()


def test_what_python_refuses_is_taken_back(lab, browser):
    "Keys that leave no room for a region, and values that a stale page sends: the kernel keeps what it had and tells the page."
    browser.errors.clear()
    page = browser.notebook(lab, [NOTEBOOK[0], "p = stems.player(); p", "print('READ', p.region, p.volume_db, p.solo, p.view)"], run=False)
    for i in range(2):
        run_cell(page, i)
    page.wait_for_selector(".st-player")
    player = "document.querySelector('.st-player').player"
    page.locator(".st-time").focus()
    for keys in (("Home", "]", "Space"), ("End", "[", "Space")):
        for key in keys:
            page.keyboard.press(key)
        wait_for(page, f"{player}.session.engine?.playing && {player}.session.position() > .05")
        page.keyboard.press("Space")
        wait_for(page, f"!{player}.session.playing")
    assert "READ None 0" in run_cell(page, 2)
    for name, value, was in (("region", "[0, 0]", "null"), ("volume_db", "1e9", "0"), ("solo", "['nobody']", "[]"),
                             ("view", "'all'", "'both'")):
        page.evaluate(f"(p => {{ p.model.set('{name}', {value}); p.model.save_changes(); }})({player})")
        wait_for(page, f"/{name} is /.test({player}.status.textContent) && {player}.status.classList.contains('st-bad')")
        wait_for(page, f"JSON.stringify({player}.model.get('{name}')) === JSON.stringify({was})")
    assert "READ None 0.0 () both" in run_cell(page, 2).replace("READ None 0 ", "READ None 0.0 ")
    assert browser.complaints() == []
    page.context.close()


def test_without_kernel_or_trust(lab, browser, tmp_path):
    "A saved notebook, opened untrusted and without its widgets: pictures and audio controls are there and play."
    from nbclient import NotebookClient
    import nbformat
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(NOTEBOOK[0] + "\nstems")])
    NotebookClient(nb, timeout=60).execute()
    nb.metadata.pop("widgets", None)
    nb.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nb, lab.root / "saved.ipynb")
    assert (lab.root / "saved.ipynb").stat().st_size < 1_500_000
    page = browser.notebook(lab, None, run=False, name="saved.ipynb")
    wait_for(page, "document.querySelectorAll('audio').length >= 5 && "
                   "[...document.querySelectorAll('.jp-OutputArea img')].every(i => i.complete && i.naturalWidth)")
    assert page.locator("audio:visible").count() == 5 and page.locator(".jp-OutputArea img:visible").count() == 5
    assert page.evaluate("[...document.querySelectorAll('.jp-OutputArea img')].every(i => i.naturalWidth === 420)")
    loaded = """async () => { const a = document.querySelector('audio'); a.load();
        await new Promise((r, e) => { a.onloadedmetadata = r; a.onerror = () => e(new Error('audio')); }); return a.duration; }"""
    assert abs(page.evaluate(loaded) - 4) < .1 and page.evaluate("window.pwned") is None
    page.context.close()


def test_long_material(lab, browser):
    "Four stems of three minutes at 44.1 kHz: drawn at once, played from blocks of samples that come when asked for, and not saved."
    browser.errors.clear()
    code = ["import numpy as np, torch, time\nimport sep_toolkit as st\n"
            "def stem(i): return st.Audio(np.tile(.1*np.random.default_rng(i).standard_normal(44100).astype('f4'), 180), 44100)\n"
            "stems = st.Stems({f's{i}': stem(i) for i in range(4)})",
            "t = time.time(); p = stems.player(); took = time.time() - t; p",
            "print('NOTE', p.info['note'], '| made in', round(took, 1), 's')"]
    page = browser.notebook(lab, code, timeout=300_000)
    page.wait_for_selector(".st-player", timeout=60_000)
    assert "6 tracks × 180.0 s at 44.1 kHz: 95.3 MB of samples stay in the kernel" in page.locator(".jp-OutputArea").last.inner_text()
    assert page.evaluate("document.querySelector('.st-player').player.session.buffers") is None, "nothing travels before it is asked for"
    page.locator(".st-play").click()
    wait_for(page, "document.querySelector('.st-player').player.session.position() > .3", timeout=60_000)
    page.locator(".st-time").focus()
    for key in ("End", "ArrowLeft", "3", "Space"):
        page.keyboard.press(key)
    wait_for(page, "document.querySelector('.st-player').player.session.position() > 179.2")
    second = np.rint(.1*np.random.default_rng(2).standard_normal(44100).astype("f4") * 32767)  # the third stem, in its last second
    got = page.evaluate("(p => [p.session.buffers[3].length, ...p.session.buffers[3].getChannelData(0).slice(-44100, -44090)])"
                        "(document.querySelector('.st-player').player)")
    assert got[0] == 180 * 44100 and np.abs(np.array(got[1:]) * 32767 - second[:10]).max() < 20
    assert browser.complaints() == []
    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    wait_idle(page)
    page.wait_for_timeout(1500)
    size = max(p.stat().st_size for p in lab.root.glob("nb-*.ipynb"))
    assert size < 1_000_000, f"the notebook grew to {size} bytes"
    page.context.close()


def test_sound_that_stayed_in_a_kernel_that_is_gone(lab, browser):
    "The page says in words that it does not hold the sound, and shows what the notebook holds; no play hangs without a word."
    browser.errors.clear()
    page = browser.notebook(lab, ["import torch, sep_toolkit as st\nst.Audio(.1*torch.randn(1, 16000*12), 16000).player()"])
    page.wait_for_selector(".st-player")
    assert page.locator("audio:visible").count() == 0
    page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.wait_for_timeout(1000)
    page.locator(".st-play").click()
    wait_for(page, "/does not hold the sound|kernel that has it is gone/.test(document.querySelector('.st-status').textContent)")
    assert page.locator("audio:visible").count() == 1, "what the notebook holds can be played"
    page.context.close()


def test_sound_encoded_for_a_page_elsewhere(lab, browser):
    "A page that is not on the kernel's machine gets files instead of samples."
    browser.errors.clear()
    code = ["import torch, sep_toolkit as st\nst.Audio(.1*torch.ones(1, 16000*30), 16000).player()"]
    page = browser.notebook(lab, code)
    page.wait_for_selector(".st-player")
    page.evaluate("""(p => { const send = p.model.send;
        p.model.send = (m, ...rest) => send.call(p.model, { ...m, plain: false }, ...rest);
    })(document.querySelector('.st-player').player)""")
    page.locator(".st-play").click()
    wait_for(page, "document.querySelector('.st-player').player.session.position() > .2")
    got = page.evaluate("(p => [p.info.codec, p.session.buffers[0].length, p.session.buffers[0].getChannelData(0)[300000]])"
                        "(document.querySelector('.st-player').player)")
    assert got[1] == 480_000 and abs(got[2] - .1) < 1e-3 and browser.complaints() == []
    page.context.close()
