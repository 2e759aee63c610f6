"""The trajectory explorer in a real browser: curves that grow, a noise level that is dragged and heard in its place, maps, runs beside
runs, branches, cancel, and a page that works from a file."""
import json
import re

import pytest
from browser import Browser, JupyterLab, need_browser, run_cell, wait_for

WATCH_CONTEXTS = """() => { const Real = window.AudioContext; window.contexts = [];
    window.AudioContext = class extends Real { constructor(o) { super(o); window.contexts.push(this); } }; }"""
ALL = "[...document.querySelectorAll('.st-player')].map(e => e.explorer)"

NOTEBOOK = [
    """import json, time, torch
from sep_toolkit.sound.audio import Audio
from sep_toolkit.diffusion.method import DiffusionSeparator, How
from sep_toolkit.diffusion.gaussian import GaussianPrior
from sep_toolkit.runs.run import Run
from sep_toolkit.explorers.levels import map_of
from sep_toolkit.explorers.trajectory import TrajectoryExplorer
torch.set_num_threads(1)
f = torch.linspace(0, 1, 65)
priors = {n: GaussianPrior(spectrum=.006*torch.exp(-((f - m)/w)**2) + 1e-6, sr=8000) for n, m, w in (('low', .12, .1), ('high', .6, .25))}
truth = {n: Audio(p.sample(1, 16000, seed=i), 8000) for i, (n, p) in enumerate(priors.items())}
mix = truth['low'] + truth['high']
class Slow(DiffusionSeparator):
    def steps(self, mix, *, seed=0, start=None):
        for step in super().steps(mix, seed=seed, start=start):
            time.sleep(.1)
            yield step""",
    "ex = TrajectoryExplorer(Slow(priors, steps=16, how=How(close=None)), mix, reference=truth); ex",
    "slow = TrajectoryExplorer(Slow(priors, steps=200), mix); slow",
    """loud = lambda x: float(x.double().abs().sum())
step = ex.step
before = ex.trace[step.parent].audio if step.parent is not None else {}
print('READ', json.dumps(dict(point=ex.point, cursor=ex.cursor, shown=ex.shown, solo=ex.solo, names=[r['name'] for r in ex.runs],
    states=[r['state'] for r in ex.runs], guess=loud(step.audio['low']), x_t=loud(before['low noisy']) if before else 0,
    removed=loud((1 + step.point['sigma']**2)**.5*before['low noisy'] - step.audio['low']) if before else 0,
    residual=loud(mix.samples - step.audio['low'] - step.audio['high']), maps=[int(map_of(s).astype(int).sum()) for s in ex.trace],
    settings=ex.settings, axis=ex.axis, mode=ex.map_mode, lanes=ex.lanes, start=ex.runs[ex.shown]['start'])))""",
    "print('SLOW', slow.run.state, len(slow.trace), len(slow.rows))",
    "print('PAGE', ex.to_html('page.html'))",
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
        page = browser.page(viewport={"width": 1300, "height": 1500})
        page.add_init_script(f"({WATCH_CONTEXTS})()")
        page = browser.notebook(lab, NOTEBOOK, run=False, page=page, name="trajectory.ipynb")
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
    notebook.evaluate(f"() => {{ window.contexts = []; window.seen = undefined; {ALL}.forEach(x => x.stage.open('curves')); }}")
    yield notebook


def get(page, text, which=0):
    return page.evaluate(f"(x => ({text}))({ALL}[{which}])")


def until(page, text, which=0, timeout=60_000):
    return wait_for(page, f"(x => ({text}))({ALL}[{which}])", timeout)


def read(page):
    return json.loads(re.search(r"READ (\{.*\})", run_cell(page, 3))[1])


def finished(page):
    "Start the first explorer's run, and wait until everything about it is on the page."
    first(page).get_by_role("button", name="Start").first.click()
    until(page, "x.run.state === 'done' && x.rows.length === 16 && x.model.get('curves')[0].score.filter(v => v).length === 16",
              timeout=90_000)


def loud(page, track):
    return get(page, f"x.heard[{track}].getChannelData(0).reduce((a, b) => a + Math.abs(b), 0)")


def first(page):
    return page.locator(".st-player").first


def test_curves_grow_while_it_runs(page):
    assert get(page, "x.run.state") == "ready" and page.locator("audio:visible").count() == 0, "the script-free output is hidden"
    assert "Press Start" in first(page).locator(".st-empty").first.text_content()
    shown = first(page).locator(".st-stack text[text-anchor=end]").all_text_contents()
    assert shown and max(map(len, shown)) < 5, "an empty panel goes from 0 to 1, not from 0 to a millionth"
    first(page).get_by_role("button", name="Start").first.click()
    seen = wait_for(page, f"""(x => {{ window.seen ??= new Set();
        window.seen.add(x.player.root.querySelectorAll('.st-stack .st-point').length);
        return x.run.state === 'done' && [...window.seen]; }})({ALL}[0])""", 90_000)
    assert len(seen) >= 4, "points came one after the other, not at the end"
    until(page, "x.model.get('curves')[0].score.every(v => v !== null)")
    wait_for(page, "document.querySelectorAll('.st-stack')[0].querySelectorAll('.st-point').length === 6*16")
    for text in ("steps", "x_t"):  # a screen reader says what the first button of a group says, not what stands before the group
        assert first(page).get_by_role("button", name=text, exact=True).count() == 1
    titles = first(page).locator(".st-paneltitle").all_text_contents()
    assert len(titles) == 6
    assert all(map(str.startswith, titles, ("How loud", "How strongly", "What is left", "Do prior", "How much", "SI-SDR")))
    assert get(page, "x.rows.length") == 16


def test_a_dragged_level_is_heard_in_its_place(page):
    "The line goes to another step; every lane has that step's sound, and the clock does not notice."
    finished(page)
    page.evaluate("document.querySelectorAll('.st-player')[0].player.setLoop(true)")
    first(page).locator(".st-play").click()
    until(page, "x.player.session.engine?.position() > .1")
    page.evaluate(f"(x => {{ window.engine = x.player.session.engine; window.deck = engine.deck; "
                  f"window.t0 = [engine.ctx.currentTime, engine.position()]; window.before = new Set(x.heard); }})({ALL}[0])")
    line = first(page).locator(".st-stack .st-line")
    start = line.bounding_box()
    x, y = start["x"] + 1, start["y"] + 60  # the part of the curves that the side shows
    page.mouse.move(x, y)
    page.mouse.down()
    for k in range(1, 9):
        page.mouse.move(x - 130 * k / 8, y)
        page.wait_for_timeout(15)
    dragged = get(page, "[x.row.index, x.model.get('at')]")
    page.mouse.up()
    assert 3 < dragged[0] < 12, "the step changes while the line moves"
    until(page, f"x.row.index === {dragged[0]} && x.heard.slice(1, 4).every(b => b && !window.before.has(b))")
    now = page.evaluate("(e => ({same: e === window.engine && e.deck === window.deck, t: e.ctx.currentTime, at: e.position(), "
                        f"from: window.t0, dur: e.duration, n: window.contexts.length}}))({ALL}[0].player.session.engine)")
    went = (now["at"] - now["from"][1] - (now["t"] - now["from"][0])) % now["dur"]
    assert now["same"] and min(went, now["dur"] - went) < 1e-6 and now["n"] == 1, "one clock, never stopped, never sought"
    got = read(page)
    assert got["cursor"] == dragged[0]
    names = get(page, "x.player.tracks.map(t => t.name)")
    for name, key in (("low", "guess"), ("low x_t", "x_t"), ("low removed", "removed"), ("residual", "residual")):
        assert loud(page, names.index(name)) == pytest.approx(got[key], rel=2e-3), f"{name} is that step's"
    page.keyboard.press("Space")


def test_keys_and_names(page):
    finished(page)
    line = first(page).locator(".st-stack .st-line")
    get(page, "x.choose(7)")
    line.focus()
    at = get(page, "x.row.index")
    for key, want in (("ArrowRight", at + 1), ("ArrowLeft", at), ("Home", 0), ("PageUp", 2), ("End", 15), (",", 14), (".", 15)):
        page.keyboard.press(key)
        assert get(page, "x.row.index") == want, key
    page.keyboard.press("Home")
    text = line.get_attribute("aria-valuetext")
    assert line.get_attribute("role") == "slider" and line.get_attribute("aria-valuenow") == "1" and "σ 1.46" in text and "cosine" in text
    assert loud(page, 2) > 5 * loud(page, 9), "x_t before the first step is there, and it is noise"
    solo = lambda: get(page, "x.player.tracks[[...x.player.solo][0]].name")
    heard = [solo()]
    for key in "xxxcx":
        page.keyboard.press(key)
        heard.append(solo())
    assert heard == ["low", "low x_t", "low removed", "low", "high", "high x_t"]
    page.keyboard.press("a")
    page.keyboard.press("m")
    until(page, "x.player.root.querySelector('.st-axis').textContent.startsWith('noise level')")
    assert first(page).locator(".st-paneltitle").first.text_content().startswith("Step")
    got = read(page)
    assert got["axis"] == "sigma" and got["mode"] == "prior" and got["solo"] == ["high x_t"] and got["cursor"] == 0
    line.focus()
    for key in "ammcx":
        page.keyboard.press(key)
    assert get(page, "[x.model.get('axis'), x.model.get('map_mode')]") == ["step", "agreement"]


def test_maps_are_those_of_the_step(page):
    finished(page)
    first(page).locator(".st-stack .st-line").focus()
    page.keyboard.press("Home")
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    wait_for(page, "document.querySelector('.st-none').hidden")
    colors = page.evaluate("""() => [...document.querySelectorAll('.st-maprow canvas[role=img]')].slice(0, 2).map(c => {
        const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data, seen = new Set(); let orange = 0;
        for (let i = 0; i < d.length; i += 4) {
            seen.add(d[i] >> 3 << 10 | d[i+1] >> 3 << 5 | d[i+2] >> 3);
            if (d[i] > d[i+2] + 60) orange += 1; }
        return [seen.size, orange/d.length*4, c.clientHeight]; })""")
    assert all(n > 12 and share > .05 and height == 48 for n, share, height in colors), "early on the guidance fights these priors"
    button = first(page).get_by_role("button", name="map", exact=True)
    button.click()
    assert first(page).locator(".st-maprow:visible").count() == 0 and button.get_attribute("aria-pressed") == "false"
    button.click()
    assert first(page).locator(".st-maprow:visible").count() == 2 and get(page, "x.row.index") == 4
    first(page).locator(".st-maprow canvas[role=img]").first.scroll_into_view_if_needed()
    box = first(page).locator(".st-maprow canvas[role=img]").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    assert re.search(r"low · 1\.\d\d s · .*agreement", first(page).locator(".st-read").text_content())


def test_solvers_are_overlaid(page):
    finished(page)
    player = first(page)
    get(page, "x.stage.open('settings')")
    player.get_by_text("Several solvers from this seed").click()
    for name in ("dsg", "dps", "wiener"):
        wanted, chip = name == "wiener", player.locator(".st-chips button", has_text=re.compile(f"^{name}$"))
        if (chip.get_attribute("aria-pressed") == "true") != wanted:
            chip.click()
    player.get_by_role("button", name="Run 2 after each other").click()
    until(page, "x.runs.length === 2 && x.runs[1].state === 'done' && x.model.get('curves')[1].score.every(v => v)", timeout=90_000)
    get(page, "x.stage.open('curves')")
    assert read(page)["names"] == ["hybrid", "wiener"] and get(page, "x.shown") == 1
    player.locator(".st-stack .st-line").focus()
    page.keyboard.press("Home")
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    sigma = get(page, "x.row.point.sigma")
    get(page, "x.stage.open('runs')")
    player.locator(".st-runs tbody tr").first.click()
    until(page, "x.shown === 0 && x.rows.length === 16 && x.row.index === 6")
    assert get(page, "x.row.point.sigma") == pytest.approx(sigma) and player.locator(".st-stack .st-series").count() == 2
    until(page, "x.player.root.querySelectorAll('.st-runs tbody tr')[1].innerText.includes('−120.0 dB')")


def test_run_beside_and_branch_from_here(page):
    finished(page)
    player = first(page)
    get(page, "(x.stage.open('settings'), x.choose(6))")
    player.get_by_label("Solver", exact=True).select_option("dsg")
    strength = player.get_by_label("Strength", exact=True)
    strength.fill("2")
    strength.press("Tab")
    assert "st-new" in strength.get_attribute("class")
    player.locator(".st-film").focus()
    page.keyboard.press("b")
    until(page, "x.runs.length === 2 && x.runs[1].state === 'done'", timeout=90_000)
    got = read(page)
    assert got["names"][1] == "Branch 1: dsg ×2 from step 7" and got["shown"] == 1 and got["start"] == 7
    assert get(page, "x.model.get('curves')[1].sigma.slice(0, 7).join() === x.model.get('curves')[0].sigma.slice(0, 7).join()")
    assert strength.input_value() == "2" and "st-new" not in (strength.get_attribute("class") or "")
    steps = player.get_by_label("Steps", exact=True)
    steps.fill("4")
    steps.press("Tab")
    player.get_by_role("button", name="Run beside").click()
    until(page, "x.runs.length === 3 && x.runs[2].state === 'done'", timeout=90_000)
    got = read(page)
    assert got["names"][2] == "dsg ×2, 4 steps" and got["settings"]["steps"] == 4 and got["settings"]["strength"] == 2


def test_what_goes_wrong_is_said(page):
    get(page, "x.stage.open('settings')")
    seed = first(page).get_by_label("Seed", exact=True)
    seed.fill("-3")
    seed.press("Tab")
    first(page).get_by_role("button", name="Run beside").click()
    wait_for(page, "document.querySelector('.st-status').textContent.includes('seed is -3')")
    assert "st-bad" in first(page).locator(".st-status").get_attribute("class") and get(page, "x.runs.length") == 1


def test_cancel_keeps_the_partial_run(page):
    slow = page.locator(".st-player").nth(1)
    slow.scroll_into_view_if_needed()
    slow.get_by_role("button", name="Start").first.click()
    until(page, "x.rows.length >= 3", 1)
    assert page.locator(".st-player").nth(1).locator(".st-none").first.is_hidden(), "maps come with their steps"
    slow.get_by_role("button", name="Cancel").click()
    until(page, "x.run.state === 'cancelled'", 1)
    said = re.search(r"SLOW cancelled (\d+) (\d+)", run_cell(page, 4))
    assert said[1] == said[2] and 3 <= int(said[1]) < 200 and get(page, "x.rows.length", 1) == int(said[1])
    slow.locator(".st-stack .st-line").focus()
    page.keyboard.press("Home")
    row = get(page, "(x.stage.open('settings'), x.row.index)", 1)
    assert row == 0 and not slow.get_by_role("button", name="Branch from here").is_disabled()


def test_narrow_page_and_no_complaints(page, browser):
    page.set_viewport_size({"width": 760, "height": 1400})
    page.wait_for_timeout(400)
    wide = page.evaluate("[...document.querySelectorAll('.st-player')].map(e => e.scrollWidth - e.clientWidth)")
    assert max(wide) <= 1, "nothing sticks out"
    page.set_viewport_size({"width": 1300, "height": 1500})
    assert browser.complaints() == [] and browser.foreign() == []


def test_exported_page_scrubs_offline(page, browser):
    finished(page)
    run_cell(page, 5)
    browser.errors.clear()
    other = browser.page(offline=True, viewport={"width": 1280, "height": 1300})
    asked = []  # by this page; JupyterLab, in the other one, goes on asking its server
    other.on("request", lambda r: asked.append(r.url))
    other.goto((page.lab.root / "page.html").as_uri())
    other.wait_for_selector(".st-player")
    wait_for(other, "document.querySelector('.st-player').explorer.rows.length === 16")
    wait_for(other, "document.querySelector('.st-player').explorer.heard[1] instanceof AudioBuffer")
    other.evaluate("document.querySelector('.st-player').explorer.stage.open('curves')")
    other.locator(".st-stack .st-line").focus()
    sounds = []
    x = "document.querySelector('.st-player').explorer"
    for key, index in (("Home", 0), ("ArrowRight", 1), ("End", 15)):
        other.evaluate(f"window.before = [1, 2].map(i => {x}.heard[i])")
        other.keyboard.press(key)
        wait_for(other, f"{x}.row.index === {index} && [1, 2].every((i, k) => {x}.heard[i] !== window.before[k])")
        sounds.append(other.evaluate(f"[1, 2].map(i => Math.hypot(...{x}.heard[i].getChannelData(0).slice(0, 9000)))"))
    guesses, noise = [s[0] for s in sounds], [s[1] for s in sounds]
    assert len({round(v, 4) for v in guesses}) == len({round(v, 4) for v in noise}) == 3, "every level has its own sound"
    assert other.locator(".st-none:visible").count() == 0 and other.locator(".st-stack .st-series").count() == 1
    other.locator(".st-play").click()
    wait_for(other, "document.querySelector('.st-player').explorer.player.session.engine?.position() > .05")
    assert other.get_by_role("button", name="Run beside").count() == 0
    assert browser.errors == [] and [r for r in asked if not r.startswith(("file:", "data:", "blob:"))] == []
    other.context.close()


def test_close_frees_the_page(page):
    run_cell(page, 6)
    wait_for(page, "[...document.querySelectorAll('.st-player')].every(e => !e.explorer)")
