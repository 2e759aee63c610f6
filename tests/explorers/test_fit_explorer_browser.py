"""The fit explorer in a real browser: a fit that grows, rounds heard in their place, a formant, a pitch and a gain that are dragged and
heard, locks, refits, before and after, exports, keys, and a page that works from a file."""
import json
import math
import re

import pytest
from browser import Browser, JupyterLab, need_browser, run_cell, wait_for

SR, RAMP = 16000, .01
WATCH_CONTEXTS = """() => { const Real = window.AudioContext; window.contexts = [];
    window.AudioContext = class extends Real { constructor(o) { super(o); window.contexts.push(this); } }; }"""
X = "document.querySelector('.st-player').explorer"

NOTEBOOK = [
    """import time, json, numpy as np, torch
import sep_toolkit as st
from sep_toolkit.sound.scenes import scene
from sep_toolkit.explorers.byhand import voice_part
from sep_toolkit.source_filter.method import SourceFilter
from sep_toolkit.source_filter.parameters import Fitted
song = scene('voices', n_stems=2, duration_s=4., seed=4)
method = SourceFilter(song.f0, names=list(song.stems), rounds=8, every=2, warm=False, sounds=())
inside = method.steps
def slow(mix, **kw):
    for k, step in enumerate(inside(mix, **kw)):
        yield step
        end = time.monotonic() + 30
        while k == 1 and kw.get('start') is None and ex.run._go.is_set() and time.monotonic() < end:  # until Pause is pressed
            time.sleep(.02)
method.steps = slow
method.settings""",
    "ex = st.explore(method, song.mix); ex",
    """def digest(step, i, kind): return float(voice_part(Fitted.of(step.arrays), i, kind, song.mix).double().abs().sum())
s = ex.step; a = {k: np.asarray(v[1]) for k, v in s.arrays.items()}
parts = ('voice', 'harmonics', 'noise', 'excitation')
print('READ', json.dumps(dict(cursor=ex.cursor, hear=ex.hear, locks=ex.locks, before=ex.before.get('index'), edits=s.point.get('edits'),
    accepted=sum(x.accepted for x in ex.trace), f0=float(np.median(a['f0_hz'][0, 80:100])), gain=float(a['harmonic_gain'][0, 90]),
    runs=[r['name'] for r in ex.runs], lock=list(ex.run.method.lock), sums=[[digest(s, i, k) for k in parts] for i in range(2)],
    masks=[float(s.audio[n].double().abs().sum()) for n in method.stems])))""",
    "print('USABLE', 6*7)",
    "ex.to_html('fit.html'); print('FILES', sorted(str(p) for p in __import__('pathlib').Path('.').glob('fit-*')))",
    "ex.close()",
]


@pytest.fixture(scope="module")
def browser():
    need_browser()
    with Browser() as b:
        yield b


@pytest.fixture(scope="module")
def notebook(browser, tmp_path_factory):
    "One notebook for all tests here."
    with JupyterLab(tmp_path_factory.mktemp("jupyter")) as lab:
        page = browser.page(viewport={"width": 1300, "height": 1800})
        page.add_init_script(f"({WATCH_CONTEXTS})()")
        page = browser.notebook(lab, NOTEBOOK, run=False, page=page, name="fit.ipynb")
        page.lab = lab
        run_cell(page, 0)
        yield page


@pytest.fixture
def page(notebook):
    "The notebook with explorers that are new for each test, so that no test needs another."
    for i in (1,):
        run_cell(notebook, i)
    wait_for(notebook, "(v => v.length === 1 && v.every(e => e.explorer?.run.state === 'ready'))"
                       "([...document.querySelectorAll('.st-player')])")
    notebook.evaluate("() => { window.contexts = []; window.seen = undefined; }")
    yield notebook


def get(page, text):
    return page.evaluate(f"(x => ({text}))({X})")


def until(page, text, timeout=25_000):
    return wait_for(page, f"(x => ({text}))({X})", timeout)


def unfold(page, part):
    "Open a part of the side."
    get(page, f"x.stage.open('{part}')")


def finished(page):
    "Run the fit to its end; it waits after the second round until Pause is pressed."
    page.locator(".st-player").get_by_role("button", name="Start").click()
    until(page, "x.rows.filter(r => r.accepted).length >= 2")
    page.get_by_role("button", name="Pause").click()
    until(page, "x.run.state === 'paused'")
    page.locator(".st-player").get_by_role("button", name="Resume").click()
    until(page, "x.run.state === 'done' && x.rows.length === 5 && !!x.player.root.fit.params", 60_000)


def nudged(page, what, cents, start_s, stop_s):
    "Have a voice nudged, as if it had been dragged."
    edit = {"stem": "alto", "what": what, "cents": cents, "start_s": start_s, "stop_s": stop_s}
    get(page, f"x.order('nudge', {json.dumps({'edits': [edit], 'step': 4, 'id': 1, 'done': True})})")
    until(page, "x.rows.length === 6 && x.row.index === 5 && x.row.nudged")


def read(page):
    return json.loads(re.search(r"READ (\{.*\})", run_cell(page, 2))[1])


def total(i):
    "The sum of absolute samples of a track as it is heard."
    return f"x.heard[{i}].getChannelData(0).reduce((a, b) => a + Math.abs(b), 0)"


def near(a, rel=2e-3):
    return pytest.approx(a, rel=rel)


def box(page, selector):
    place = page.locator(selector).first
    place.scroll_into_view_if_needed()
    return place.bounding_box()


def heard(page, name):
    "Choose what is heard of a voice."
    page.get_by_role("group", name="What is heard of a voice").get_by_role("button", name=name).click()


def drag(page, start, end, steps=6, hold=None):
    page.mouse.move(*start)
    page.mouse.down()
    for k in range(1, steps + 1):
        page.mouse.move(*(a + (b - a) * k / steps for a, b in zip(start, end)))
    if hold:
        hold()
    page.mouse.up()


def pitch_at(page, seconds, voice=0):
    "Where the pitch of a voice stands on the screen."
    view = box(page, ".st-pitchrow .st-view")
    x, y = page.evaluate("""([t, v]) => { const x = document.querySelector('.st-player').explorer, view = x.player.root.fit;
        const hz = view.params.f0[v][Math.round(t / view.hop)];
        return [x.player.lanes.time.x(t), view.pitchY(hz, view.pitchRow.view.clientHeight)]; }""", [seconds, voice])
    return view["x"] + x, view["y"] + y


def test_the_fit_grows_and_can_be_paused(page):
    assert get(page, "x.run.state") == "ready" and page.locator("audio:visible").count() == 0, "the script-free output is hidden"
    unfold(page, "nudge")
    assert page.locator(".st-tracts .st-none").is_visible() and page.get_by_role("slider", name="Formant 2").is_disabled()
    page.locator(".st-player").get_by_role("button", name="Start").click()
    until(page, "x.rows.filter(r => r.accepted).length >= 2")
    page.get_by_role("button", name="Pause").click()
    until(page, "x.run.state === 'paused'")
    until(page, "x.rows.length === 3")
    page.wait_for_selector(".st-formant")
    page.wait_for_timeout(500)
    assert get(page, "x.rows.length") == 3, "a paused fit rests"
    page.locator(".st-player").get_by_role("button", name="Resume").click()
    until(page, "x.run.state === 'done' && x.rows.length === 5")
    unfold(page, "curves")
    until(page, "x.player.root.querySelectorAll('.st-panelbox .st-point').length === 4")
    losses = get(page, "x.rows.slice(1).map(r => r.scalars.loss)")
    assert losses == sorted(losses, reverse=True), "rounds make the loss smaller"
    painted = page.evaluate("() => { const c = document.querySelector('.st-pitchrow .st-view canvas'), s = new Set();"
                            "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
                            "for (let i = 0; i < d.length; i += 4) s.add(d[i] << 16 | d[i + 1] << 8 | d[i + 2]); return s.size; }")
    assert painted > 100, "spectrogram and pitches are painted"


def test_rounds_are_heard_in_their_place(page):
    finished(page)
    page.evaluate("document.querySelector('.st-player').player.setLoop(true)")
    page.locator(".st-play").click()
    until(page, "x.player.session.engine?.position() > .1")
    page.evaluate(f"(x => {{ window.engine = x.player.session.engine; window.deck = engine.deck; "
                  f"window.t0 = [engine.ctx.currentTime, engine.position()]; }})({X})")
    scrub = page.get_by_role("slider", name="Round")
    scrub.focus()
    page.keyboard.press("Home")
    until(page, "x.row.index === 0 && !!x.heard[1]")
    first = get(page, total(1))
    page.keyboard.press("End")
    until(page, f"x.row.index === 4 && Math.abs({total(1)} - {first}) > 1")
    now = page.evaluate("(e => ({same: e === window.engine && e.deck === window.deck, t: e.ctx.currentTime, at: e.position(), "
                        f"from: window.t0, dur: e.duration}}))({X}.player.session.engine)")
    went = (now["at"] - now["from"][1] - (now["t"] - now["from"][0])) % now["dur"]
    assert now["same"] and min(went, now["dur"] - went) < 1e-6 and page.evaluate("window.contexts.length") == 1, "one clock, never stopped"
    got = read(page)
    assert got["cursor"] == 4 and get(page, total(1)) == near(got["masks"][0]) and get(page, total(2)) == near(got["masks"][1])


def test_any_part_is_heard(page):
    "Masks, synthesis, and the parts of the synthesis, as Python makes them; the sum and what it leaves."
    finished(page)
    for text in ("separated", "alto"):  # a screen reader says what the first button of a group says, not what stands before the group
        assert page.get_by_role("button", name=text, exact=True).count() == 1
    got = read(page)
    for k, name in enumerate(("synthesised", "harmonics", "noise", "excitation")):
        heard(page, name)
        for i in range(2):
            until(page, f"Math.abs({total(1 + i)}/{got['sums'][i][k]} - 1) < 2e-2")
    heard(page, "synthesised")
    until(page, f"Math.abs({total(1)}/{got['sums'][0][0]} - 1) < 2e-3 && Math.abs({total(2)}/{got['sums'][1][0]} - 1) < 2e-3")
    page.wait_for_timeout(100)
    worst = get(page, "Math.max(...x.heard[4].getChannelData(0).map((d, i) => Math.abs(d + x.heard[3].getChannelData(0)[i] - "
                      "x.player.session.buffers[0].getChannelData(0)[i])).slice(0, 60000))")
    assert worst < 1e-4, "residual and sum are the mixture"
    assert read(page)["hear"] == "voice"


def test_a_formant_is_dragged_and_heard(page):
    finished(page)
    heard(page, "synthesised")
    until(page, "x.heard[1]?.length > 0")
    page.wait_for_timeout(400)
    chart = box(page, ".st-tracts")
    page.evaluate("document.querySelector('.st-player').player.session.pause()")
    page.evaluate("document.querySelector('.st-player').player.seek(1.4)")
    page.wait_for_timeout(150)
    f2 = page.evaluate(f"(t => [t.px(t.formants()[1]), t.formants()[1]])({X}.player.root.fit.tracts)")
    page.evaluate(f"window.was = {X}.heard[1]; window.rows = {X}.rows.length")

    def drafted():
        until(page, "x.player.root.fit.draft && x.player.root.fit.draft.sounds && x.heard[1] !== window.was")
        assert get(page, "x.rows.length === window.rows"), "nothing is kept before it is let go"
    x, y = chart["x"] + f2[0], chart["y"] + 80
    drag(page, (x, y), (x + 60, y), hold=drafted)
    until(page, "x.rows.length === window.rows + 1 && !x.player.root.fit.draft && x.row.nudged")
    page.wait_for_timeout(200)
    got = read(page)
    edit, = json.loads(got["edits"])
    moved = page.evaluate(f"(t => t.hz(t.px({f2[1]}) + 60))({X}.player.root.fit.tracts)")
    assert edit["what"] == "formant 2" and edit["cents"] == pytest.approx(1200 * math.log2(moved / f2[1]), abs=5)  # a pixel
    assert edit["start_s"] == 0 and got["before"] == 4 and got["locks"][0]["what"] == "tract" and got["accepted"] == 5
    until(page, f"Math.abs({total(1)}/{got['sums'][0][0]} - 1) < 2e-3")


def test_before_and_after(page):
    finished(page)
    heard(page, "synthesised")
    until(page, "x.model.get('hear') === 'voice' && x.heard[1]?.length > 0")
    nudged(page, "formant 2", 250., 0., None)
    until(page, "x.sounds.held.has(x.row.sounds['0/voice']) && x.heard[1] === x.sounds.held.get(x.row.sounds['0/voice'])")
    now, before = get(page, total(1)), None
    page.locator(".st-time").focus()
    page.keyboard.press("b")
    until(page, f"x.model.get('compare') && Math.abs({total(1)} - {now}) > 1e-2")
    before = get(page, total(1))
    page.keyboard.press("b")
    until(page, f"!x.model.get('compare') && Math.abs({total(1)}/{now} - 1) < 1e-6")
    page.keyboard.press("z")
    until(page, f"x.row.index === 4 && Math.abs({total(1)}/{before} - 1) < 1e-6")
    page.get_by_role("button", name="One on").click()
    until(page, "x.row.index === 5")


def test_a_stretch_of_pitch_is_dragged(page):
    "A region chosen over the spectrogram, and the pitch in it moved; outside it stays."
    finished(page)
    view = box(page, ".st-pitchrow .st-view")
    t = lambda s: view["x"] + page.evaluate(f"{X}.player.lanes.time.x({s})")
    drag(page, (t(1.25), view["y"] + 8), (t(1.75), view["y"] + 8))
    until(page, "x.model.get('region')")
    old = read(page)
    x, y = pitch_at(page, 1.4)
    drag(page, (x, y), (x, y - 9))
    until(page, "!x.player.root.fit.draft && x.row.nudged && x.row.point.edits.includes('f0')")
    got = read(page)
    edit, = json.loads(got["edits"])
    assert edit["cents"] > 50 and edit["start_s"] == pytest.approx(1.25, abs=.02) and edit["stop_s"] == pytest.approx(1.75, abs=.02)
    assert 1200 * math.log2(got["f0"] / old["f0"]) == pytest.approx(edit["cents"], abs=5)
    assert {"f0"} == {x["what"] for x in got["locks"]}
    curve = get(page, "[x.player.root.fit.params, x.player.root.fit.before].flatMap(p => [p.f0[0][90], p.f0[0][40]])")
    assert curve[0] / curve[2] == near(2 ** (edit["cents"] / 1200), 1e-3) and curve[1] == curve[3]


def test_sliders_and_keys_do_what_drags_do(page):
    finished(page)
    old = read(page)
    unfold(page, "nudge")
    slider = page.get_by_role("slider", name="Harmonics gain")
    slider.focus()
    assert "dB" in slider.get_attribute("aria-valuetext")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    until(page, "!x.player.root.fit.draft && x.row.nudged && x.row.point.edits.includes('gain')")
    got = read(page)
    assert 20 * math.log10(got["gain"] / old["gain"]) == pytest.approx(2, abs=.4)
    pitch = page.get_by_role("slider", name="Pitch")
    pitch.focus()
    page.keyboard.press("ArrowLeft")
    until(page, f"!x.player.root.fit.draft && x.row.nudged && x.row.point.edits.includes('f0') && x.row.index > {got['cursor']}")
    assert 1200 * math.log2(read(page)["f0"] / got["f0"]) == pytest.approx(-5, abs=3.5)
    page.locator(".st-time").focus()
    page.keyboard.press("c")
    until(page, "x.model.get('voice') !== 'alto' && x.player.solo.has(2)")
    page.keyboard.press("c")
    until(page, "x.player.solo.has(1)")
    for part in ("voice", "harmonics"):
        page.keyboard.press("h")
        until(page, f"x.model.get('hear') === '{part}'")
    page.keyboard.press("?")
    assert "refit from here" in page.locator(".st-help").inner_text()
    page.keyboard.press("Escape")


def test_lock_and_refit(page):
    finished(page)
    nudged(page, "f0", 120., 1.25, 1.75)
    unfold(page, "nudge")
    page.get_by_role("group", name="Lock", exact=True).get_by_role("button", name="noise").click()
    until(page, "x.model.get('locks').some(l => l.what === 'noise')")
    chips = page.locator(".st-lockchip")
    assert chips.count() == len(get(page, "x.model.get('locks')"))
    old = read(page)
    page.get_by_role("button", name="Refit from here").click()
    until(page, "x.runs.length === 2 && x.shown === 1 && x.run.state === 'done' && x.row.accepted", 90_000)
    got = read(page)
    assert got["runs"] == ["Run", "Refit 1"] and len(got["lock"]) == len(old["locks"])
    assert any(t.startswith("f0/alto/1.2") for t in got["lock"])
    assert got["f0"] == near(old["f0"], 1e-4), "a locked pitch stays"
    unfold(page, "curves")
    until(page, "x.player.root.querySelectorAll('.st-panelbox .st-series').length >= 2")
    unfold(page, "runs")
    page.get_by_role("button", name="Run", exact=True).click()
    until(page, "x.shown === 0")
    page.get_by_role("button", name="Refit 1").click()
    until(page, "x.shown === 1 && !!x.row")


def test_files_beside_the_notebook(page):
    finished(page)
    unfold(page, "export")
    for kind in ("CSV", "JSON", "MIDI"):
        page.get_by_role("button", name=kind, exact=True).click()
        ending = kind.lower().replace("midi", "mid")
        wait_for(page, f"/^Written: .*fit-round.*[.]{ending}$/.test(document.querySelector('.st-status').textContent)")
    made = run_cell(page, 4)
    assert all(end in made for end in (".csv'", ".json'", ".mid'")), made
    data = json.loads(next(page.lab.root.glob("fit-round-*.json")).read_text())
    assert data["names"] == get(page, "x.model.get('sources')")


def test_it_is_usable_and_quiet(page, browser):
    "The notebook runs other cells while the explorer is there; nothing was complained about and nothing asked for elsewhere."
    assert "USABLE 42" in run_cell(page, 3)
    assert [c for c in browser.complaints() if "taking too long to activate" not in c] == [] and browser.foreign() == []


def test_a_page_from_a_file(page, browser):
    finished(page)
    run_cell(page, 4)
    browser.errors.clear()
    other = browser.page((page.lab.root / "fit.html").as_uri(), viewport={"width": 1200, "height": 1400})
    other.wait_for_selector(".st-formant")
    until(other, "x.rows.length >= 5 && !x.link.alive")
    assert other.get_by_role("button", name="Nudge").is_hidden() and "formants at" in other.locator(".st-summary").text_content()
    other.locator(".st-time").focus()
    until(other, "!!x.heard[1]")
    seen = set()
    for _ in get(other, "Object.keys(x.model.get('heard_as'))"):
        before = get(other, total(1))
        other.keyboard.press("h")
        until(other, f"Math.abs({total(1)} - {before}) > 1e-3")
        seen.add(round(get(other, total(1)), 3))
    assert len(seen) == 5 and min(seen) > 1, "five parts, all there, all different"
    first = get(other, total(1))
    other.keyboard.press(",")
    until(other, f"Math.abs({total(1)} - {first}) > 1e-3")
    assert browser.errors == []
    other.context.close()


def test_closing_frees(page):
    run_cell(page, 5)
    wait_for(page, "!document.querySelector('.st-player')")
