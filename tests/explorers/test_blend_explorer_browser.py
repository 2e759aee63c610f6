"""The blend explorer in a real browser: curves that grow, a ratio that is dragged and heard in its place, branches, metrics, cancel, and a
page that works from a file."""
import json
import re

import numpy as np
import pytest
import torch
from browser import Browser, JupyterLab, need_browser, run_cell, wait_for

from sep_toolkit.sound.audio import Audio
from sep_toolkit.explorers.blend import BlendExplorer
from sep_toolkit.runs.trace import Step, Trace

SR, RAMP = 16000, .01
WATCH_CONTEXTS = """() => { const Real = window.AudioContext; window.contexts = [];
    window.AudioContext = class extends Real { constructor(o) { super(o); window.contexts.push(this); } }; }"""
ALL = "[...document.querySelectorAll('.st-player')].map(e => e.explorer)"

NOTEBOOK = [
    """import time, torch
import sep_toolkit as st
from sep_toolkit.explorers.blend import BlendExplorer
from sep_toolkit.multistep.analysis import rescore
from sep_toolkit.multistep.method import MultiStep
from sep_toolkit.runs.run import as_method
from sep_toolkit.sound.scenes import example
mix, truth = example('speech_noise')
mix, truth = mix.clip(0, 4), {'speech': truth['speech'].clip(0, 4)}
net, calls = as_method('enhancer', {}), [0]
inside = net.forward
def counted(x, sr):
    calls[0] += len(x)
    return inside(x, sr)
net.forward = counted
class Slow(type(net)):
    stems, sr, card, max_batch = net.stems, net.sr, None, 1
    def __init__(self): pass
    def forward(self, x, sr):
        time.sleep(.2)
        return .5*x[:, None]
crest = lambda estimate: float(estimate.abs().max()/estimate.square().mean().sqrt())
crest.__name__ = 'crest'""",
    "calls[0] = 0\nex = BlendExplorer(MultiStep(net, metric='snr', reference=truth), mix, metrics=['si_sdr', crest]); ex",
    "slow = st.explore(MultiStep(Slow(), metric='snr', reference=truth, search='sdr'), mix); slow",
    "import json\nprint('READ', json.dumps(dict(point=ex.point, cursor=ex.cursor, region=ex.region, shown=ex.shown, solo=ex.solo, "
    "calls=calls[0], steps=len(ex.trace), values=ex.values, band=ex.band, sum=float(ex.step.audio['speech'].double().abs().sum()),"
    "passes=sum(s.scalars['passes'] for s in ex.trace), best=ex.trace.accepted[-1].index,"
    "want=rescore(ex.trace, ex.metric if ex.metric != 'crest' else crest, truth)[ex.metric].tolist())))",
    "print('USABLE', 6*7)",
    "ex.close(); slow.close()",
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
        page = browser.page(viewport={"width": 1300, "height": 1400})
        page.add_init_script(f"({WATCH_CONTEXTS})()")
        page = browser.notebook(lab, NOTEBOOK, run=False, page=page, name="blend.ipynb")
        page.lab = lab
        run_cell(page, 0)
        yield page


@pytest.fixture
def page(notebook):
    "The notebook with explorers that are new for each test, so that no test needs another."
    for i in (1, 2):
        run_cell(notebook, i)
    wait_for(notebook, "(v => v.length === 2 && v.every(e => e.explorer?.run.state === 'ready'))"
                       "([...document.querySelectorAll('.st-player')])")
    notebook.evaluate("() => { window.contexts = []; window.seen = undefined; }")
    yield notebook


def get(page, text, which=0):
    return page.evaluate(f"(x => ({text}))({ALL}[{which}])")


def until(page, text, which=0, timeout=60_000):
    return wait_for(page, f"(x => ({text}))({ALL}[{which}])", timeout)


def finished(page):
    "Start the first explorer's run, and wait until everything about it is on the page."
    page.locator(".st-player").first.get_by_role("button", name="Start").click()
    until(page, "x.run.state === 'done' && x.rows.length === x.run.steps && !x.model.get('values').includes(null)", timeout=90_000)


def read(page):
    return json.loads(re.search(r"READ (\{.*\})", run_cell(page, 3))[1])


def place(page, ratio, which=0):
    "Where a ratio of the chart is on the screen."
    chart = page.locator(".st-player").nth(which).locator(".st-chart").first
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    x = page.evaluate("([w, r]) => { const l = document.querySelectorAll('.st-player')[w].querySelector('.st-chart svg text.st-axis');"
                      "const all = [...document.querySelectorAll('.st-player')[w].querySelectorAll('.st-chart')[0].querySelectorAll("
                      "'path.st-gridline')].map(p => p.getBBox()); const xs = all.filter(b => b.width === 0).map(b => b.x);"
                      "return Math.min(...xs) + r*(Math.max(...xs) - Math.min(...xs)); }", [which, ratio])
    return box["x"] + x, box["y"] + .93 * 182


def test_curves_grow_while_it_runs(page):
    assert get(page, "x.run.state") == "ready" and page.locator("audio:visible").count() == 0, "the script-free output is hidden"
    assert "Press Start" in page.locator(".st-empty").first.text_content()
    page.locator(".st-player").first.get_by_role("button", name="Start").click()
    seen = wait_for(page, f"""(x => {{ window.seen ??= new Set();
        window.seen.add(x.player.root.querySelectorAll('.st-picture .st-point').length);
        return x.run.state === 'done' && [...window.seen]; }})({ALL}[0])""", 90_000)
    wait_for(page, f"(x => x.player.root.querySelector('.st-chart').querySelectorAll('.st-point').length >= x.rows.length - 1)({ALL}[0])")
    assert len(seen) >= 3, "points came one after the other, not at the end"
    assert get(page, "x.rows.length === x.run.steps && x.model.get('lines').length >= 2")
    assert page.locator(".st-player").first.get_by_role("progressbar").get_attribute("aria-valuetext").startswith("Done")


def test_a_dragged_ratio_is_computed_and_heard_in_its_place(page):
    finished(page)
    got = read(page)
    assert got["cursor"] is None and got["steps"] >= got["calls"] == got["passes"]
    page.evaluate("document.querySelectorAll('.st-player')[0].player.setLoop(true)")
    page.locator(".st-player").first.locator(".st-play").click()
    until(page, "x.player.session.engine?.position() > .1")
    page.evaluate(f"(x => {{ window.engine = x.player.session.engine; window.deck = engine.deck; window.was = x.heard[1]; "
                  f"window.t0 = [engine.ctx.currentTime, engine.position()]; }})({ALL}[0])")
    start = page.locator(".st-line").first.bounding_box()
    (x, y), (x2, _) = (start["x"] + 1, start["y"] + .9 * start["height"]), place(page, .213)
    page.mouse.move(x, y)
    page.mouse.down()
    for k in range(1, 7):
        page.mouse.move(x + (x2 - x) * k / 6, y)
    page.mouse.up()
    until(page, "x.row && Math.abs(x.row.ratio - .213) < .006 && x.heard[1] !== window.was")
    page.wait_for_timeout(150)
    now = page.evaluate("(e => ({same: e === window.engine && e.deck === window.deck, t: e.ctx.currentTime, at: e.position(), "
                        f"from: window.t0, dur: e.duration, n: window.contexts.length}}))({ALL}[0].player.session.engine)")
    went = (now["at"] - now["from"][1] - (now["t"] - now["from"][0])) % now["dur"]
    assert now["same"] and min(went, now["dur"] - went) < 1e-6 and now["n"] == 1, "one clock, never stopped, never sought"
    new = read(page)
    assert new["point"]["ratio"] == pytest.approx(.213, abs=.006) and new["cursor"] == get(page, "x.row.index") >= got["steps"]
    assert new["calls"] == new["passes"] > got["calls"]
    heard = get(page, "x.heard[1].getChannelData(0).reduce((a, b) => a + Math.abs(b), 0)")
    assert heard == pytest.approx(new["sum"], rel=1e-3), "what is heard is what was computed"
    rms = get(page, "Math.hypot(...x.heard[3].getChannelData(0).map((d, i) => "
                    "d - (x.heard[1].getChannelData(0)[i] - x.heard[2].getChannelData(0)[i])).slice(0, 60000))")
    assert rms < 1e-6, "the difference track is candidate less previous"


def test_what_is_known_is_heard_without_a_pass(page):
    finished(page)
    before = read(page)
    line = page.locator(".st-line").first
    line.focus()
    was, sounds = get(page, "x.row.index"), set()
    for key in ("PageUp", "PageUp", "PageDown", "Home", "End"):
        page.keyboard.press(key)
        if key in ("Home", "End") and get(page, "x.able.includes('probe')"):
            until(page, f"Math.abs(x.row.ratio - {int(key == 'End')}) < 1e-6")
        sounds.add(get(page, "x.row.index"))
    page.locator(".st-scrub").first.focus()
    for key in ("Home", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
        sounds.add(get(page, "x.row.index"))
    assert get(page, "x.row.index") == 2 and len(sounds) >= 4 and was not in (2,)
    until(page, "x.sounds.has(x.row.sounds.speech) === x.heard[1]")
    after = read(page)
    assert after["calls"] - before["calls"] <= 1 and after["cursor"] == 2, "only ratio 0 may be new on this curve"


def test_a_place_in_passing_stays_in_the_page(page):
    "While a ratio is dragged over a known point, that point is heard; nothing else the page says takes it to Python."
    finished(page)
    before, at = read(page), get(page, "x.model.get('at')")
    other = next(i for i in (1, 2) if not at or at[1] != i)
    get(page, f"x.choose({other}, false)")
    assert get(page, "x.row.index") == other and get(page, "x.model.get('at')") == at
    get(page, "x.push({ band: true })")
    seen = read(page)
    assert seen["band"] and seen["cursor"] == before["cursor"]
    get(page, f"(x.push({{ band: false }}), x.choose({3 - other}))")
    assert get(page, "x.row.index") == 3 - other, "a newer choice ends the drag"


def test_keys_reach_everything(page):
    finished(page)
    root = page.locator(".st-player").first
    nameless = page.evaluate("[...document.querySelectorAll('.st-player')[0].querySelectorAll("
                             "'button, input, select, summary, [role=slider]')]"
                             ".filter(e => !(e.getAttribute('aria-label') || e.textContent.trim())).length")
    assert nameless == 0
    page.locator(".st-play").first.focus()
    page.keyboard.press("Shift+Tab")
    seen = set()
    for _ in range(34):
        seen.add(page.evaluate("(e => [e.getAttribute('aria-label') || e.textContent, getComputedStyle(e).outlineStyle !== 'none' || "
                               "!!e.querySelector('i')].join())(document.activeElement)"))
        page.keyboard.press("Shift+Tab")
    wanted = ["Metric", "Ratio", "Branch from here", "Path", "Who chose", "Candidates", "Step 1", "One on", "Play the steps", "In words",
              "Ratio: share of the mixture"]
    assert [w for w in wanted if f"{w},true" not in seen] == []
    line = page.locator(".st-line").first
    line.focus()
    at = float(line.get_attribute("aria-valuenow"))
    cells = "jupyterapp.shell.currentWidget.content.model.toJSON().cells.map(c => c.cell_type + c.source)"
    before = page.evaluate(cells)
    for key in "e", "d", "x", "y", "m", "a", "c", ",", ".", "1", "2":
        page.keyboard.press(key)
    assert page.evaluate(cells) == before, "no key reaches the notebook"
    assert get(page, "x.model.get('band')") is True and root.locator(".st-band").count() == 1 and get(page, "[...x.player.solo]") == [1]
    line.focus()
    page.keyboard.press("ArrowRight")
    until(page, f"Math.abs(x.row.ratio - {at}) < .0101")
    assert 0 <= float(line.get_attribute("aria-valuenow")) <= 1 and line.get_attribute("aria-valuetext").startswith("ratio ")


def test_another_metric_makes_no_pass(page):
    finished(page)
    before = read(page)
    select = page.locator(".st-player select").first
    for metric, label in (("si_sdr", "SI-SDR (dB)"), ("crest", "crest")):
        select.select_option(metric)
        until(page, f"x.model.get('scored') === '{metric}' && !x.model.get('values').includes(null)")
        wait_for(page, f"[...document.querySelectorAll('.st-chart .st-axis')].some(e => e.textContent === '{label}')")
        now = read(page)
        assert np.allclose(now["values"], now["want"], atol=1e-6) and now["calls"] == before["calls"]
    select.select_option("snr")
    until(page, "x.model.get('scored') === 'snr' && !x.model.get('values').includes(null)")


def test_side_by_side_and_in_words(page):
    finished(page)
    root = page.locator(".st-player").first
    root.get_by_role("button", name="Who chose").click()
    until(page, "x.model.get('choices').rows?.every(r => r.index !== null)")
    rows = root.get_by_label("Who chose").locator(".st-table tbody tr")
    rows.nth(5).wait_for()
    assert rows.count() == 6 and "crest" in rows.nth(2).inner_text()
    root.get_by_role("button", name="Hear the choice oracle").click()
    until(page, "x.row.index === x.model.get('choices').rows[1].index")
    root.get_by_role("button", name="In words").click()
    assert re.search(r"Done: \d+ evaluations on \d curves; SNR", root.locator(".st-summary").inner_text())


def test_branch_and_back(page):
    finished(page)
    root = page.locator(".st-player").first
    page.locator(".st-scrub").first.focus()
    page.keyboard.press("Home"); page.keyboard.press("ArrowRight"); page.keyboard.press("b")
    until(page, "x.runs.length === 2 && x.shown === 1 && x.runs[1].state === 'done' && x.rows.length === x.runs[1].steps")
    got = read(page)
    assert got["shown"] == 1 and got["cursor"] is None and got["steps"] < 26
    root.get_by_role("button", name="Path").click()
    until(page, "x.player.root.querySelectorAll('.st-chart')[1].querySelectorAll('.st-series').length === 2")
    root.get_by_role("button", name="Runs").click()
    root.get_by_role("table").get_by_role("button", name="Run", exact=True).click()
    until(page, "x.shown === 0 && x.rows.length === x.runs[0].steps")


def test_cancel_while_it_runs_and_the_kernel_stays_usable(page):
    root = page.locator(".st-player").nth(1)
    root.get_by_role("button", name="Start").click()
    until(page, "x.rows.length >= 2", 1)
    assert "USABLE 42" in run_cell(page, 4)
    assert get(page, "x.run.state", 1) == "running"
    root.get_by_role("button", name="Cancel").click()
    until(page, "x.run.state === 'cancelled'", 1)
    n = get(page, "x.run.steps", 1)
    until(page, f"x.rows.length === {n}", 1)
    assert "USABLE 42" in run_cell(page, 4) and n < 181 and root.locator(".st-point").count() > 0
    assert "Cancelled" in root.locator(".st-whereline").inner_text() and root.get_by_role("button", name="Cancel").is_disabled()


def test_closing_frees_the_page(page, browser):
    finished(page)
    root = page.locator(".st-player").nth(1)
    root.get_by_role("button", name="Cost").click()
    wait_for(page, "/Ready: 20. passes, about/.test(document.querySelectorAll('.st-player')[1].querySelector('.st-status').textContent)")
    page.evaluate("window.kept = document.querySelector('.st-player').explorer")
    run_cell(page, 5)
    wait_for(page, "document.querySelectorAll('.st-player').length === 0 && window.contexts.every(c => c.state === 'closed')")
    assert page.evaluate("kept.gone && kept.sounds.held.size === 0 && kept.player.session.buffers === null")
    assert page.locator("audio:visible").count() >= 8, "the script-free outputs are back"
    assert browser.complaints() == [] and browser.foreign() == []


def test_without_a_kernel_the_last_picture_is_there(page, browser):
    "Saved and opened again, with no kernel that knows the widget."
    finished(page)
    page.wait_for_timeout(500)  # the picture is renewed a moment after the end
    run_cell(page, 5)
    page.evaluate("window.jupyterapp.commands.execute('docmanager:save')")
    page.wait_for_timeout(1500)
    saved = json.loads((page.lab.root / "blend.ipynb").read_text())
    html = ["".join(o["data"]["text/html"]) for c in saved["cells"] for o in c.get("outputs", ()) if "text/html" in o.get("data", {})]
    first = next(h for h in html if "st-player" not in h and "Score against ratio" in h)
    assert "Done: " in first and first.count("<audio") == 6 and "<script" not in first, "renewed when the run had ended"
    other = browser.notebook(page.lab, None, run=False, name="blend.ipynb")
    wait_for(other, "(p => p.length === 2 && p.every(i => i.naturalWidth > 400))"
                    "([...document.querySelectorAll(\"img[alt^='Score against']\")])")
    assert other.locator("img[alt^='Score against']:visible").count() == 2
    other.context.close()
    browser.errors.clear()


# From a file

def constant(v, seconds=2.):
    return Audio(torch.full((1, round(seconds * SR)), float(v)), SR)


@pytest.fixture
def exported(browser, tmp_path):
    "A page of candidates that are constants, so that what is heard can be read from any sample."
    errors, requests = [], []
    trace = Trace(constant(.5), ("voice",), provenance={"method": "MultiStep", "settings": {"metric": "snr"}})
    for step, ratio, v, score, taken in ((0, 1., .1, 1., True), (1, 0., .2, 1.5, False), (1, .3, .3, 2.5, False), (1, .6, .4, 3., True),
                                         (2, .5, -.2, 2., False)):
        sounds = {"voice": constant(v).samples}
        trace.append(Step({"step": step, "ratio": ratio}, {"score": score, "passes": 1}, audio=sounds, accepted=taken))
    ex = BlendExplorer(trace, title="by hand")
    ex.to_html(tmp_path / "blend.html")
    pages = []

    def open_page(**options):
        page = browser.page(**options)
        page.on("console", lambda m: errors.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda e: errors.append(str(e)))
        page.on("request", lambda r: requests.append(r.url))
        page.add_init_script(f"({WATCH_CONTEXTS})()")
        page.goto((tmp_path / "blend.html").as_uri())
        page.wait_for_selector(".st-player")
        pages.append(page)
        return page

    yield open_page
    ex.close()
    for page in pages:
        page.context.close()
    assert errors == [] and requests and [r for r in requests if not r.startswith(("file:", "data:", "blob:"))] == []


def last_samples(page):
    "What left for the loudspeaker in the last half second."
    got = page.evaluate(f"(e => {{ e.peak(1); return [...e._meter]; }})({ALL}[0].player.session.engine)")
    return np.array(got)


def test_a_page_from_a_file_plays_every_candidate(exported):
    page = exported()
    page.evaluate(f"{ALL}[0].player.setLoop(true)")
    page.locator(".st-play").click()
    until(page, "x.player.session.engine?.position() > .2")
    deck = "window.deck ??= e.deck; "
    page.evaluate(f"(e => {{ {deck} }})({ALL}[0].player.session.engine)")
    page.locator(".st-scrub").focus()
    page.keyboard.press("Home")
    for index, v in enumerate((.1, .2, .3, .4, -.2)):
        until(page, f"x.row.index === {index} && x.heard[1] === x.sounds.has(x.row.sounds.voice)")
        page.wait_for_timeout(250)
        assert last_samples(page)[-1] == pytest.approx(v, abs=2e-4), f"candidate {index}"
        page.keyboard.press("ArrowRight")
    assert page.evaluate(f"(e => e.deck === window.deck && contexts.length === 1)({ALL}[0].player.session.engine)")
    for key, v in (("3", .4), ("4", -.6), ("5", .7), ("1", .5)):
        page.keyboard.press(key)
        page.wait_for_timeout(200)
        assert last_samples(page)[-1] == pytest.approx(v, abs=2e-4), "previous, difference, residual, mixture"


def test_an_exchange_makes_no_step(exported):
    "The graph of the page rendered offline: candidates one after the other, as fast as a finger drags."
    page = exported()
    page.locator(".st-scrub").focus()
    page.keyboard.press("Home")
    got = page.evaluate(f"""async () => {{ const x = {ALL}[0], s = await Promise.all(x.rows.map(r => x.sounds.get(r.sounds.voice)));
        const out = await x.player.session.renderOffline({{seconds: 1, gains: [0, 1, 0, 0, 0], actions:
            [.1, .2, .21, .225, .5, .6].map((t, k) => ({{t, run: e => e.setBuffer(1, s[[1, 2, 3, 4, 2, 0][k]])}}))}});
        return [...out.getChannelData(0)]; }}""")
    y = np.array(got)
    y = y[np.nonzero(y)[0][0]:]
    assert np.abs(np.diff(y)).max() <= 1.05 * .6 / (RAMP * SR) and np.abs(np.diff(y)).max() > .5 * .1 / (RAMP * SR)
    for at, v in ((.05, .1), (.19, .2), (.4, -.2), (.58, .3), (.8, .1)):
        assert y[round(at * SR)] == pytest.approx(v, abs=2e-4), f"at {at} s"


def test_a_page_from_a_file_looks_and_answers(exported):
    page = exported(viewport={"width": 700, "height": 1200}, color_scheme="dark", reduced_motion="reduce")
    assert "st-dark" in page.locator(".st-player").get_attribute("class")
    assert page.evaluate("document.documentElement.scrollWidth") <= 700
    assert page.locator(".st-chart").first.locator(".st-point").count() == 6, "five candidates, and ratio 1 on the second curve"
    assert not page.get_by_role("button", name="Start").is_visible() and page.get_by_role("button", name="Branch from here").count() == 0
    page.locator(".st-line").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    until(page, "x.row.index === 4")
    assert "nearest candidate, r = 0.500" in page.locator(".st-status").inner_text()
    page.get_by_role("group", name="Curves, by step").get_by_role("button", name="Step 1").click()
    until(page, "x.row.index === 3")
    get(page, "x.stage.open('choices')")
    assert "Not computed" in page.locator(".st-note").inner_text()
    page.evaluate(f"(window.kept = {ALL}[0]).destroy()")
    assert page.locator(".st-player").count() == 0 and page.evaluate("kept.sounds.held.size") == 0
