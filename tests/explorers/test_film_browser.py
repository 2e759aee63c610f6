"""Recorded runs, film strip and map of runs in a real JupyterLab: open full, audible at once, and every gesture with a key."""
import pytest
from browser import Browser, JupyterLab, need_browser, wait_for

NOTEBOOK = [
    """import time, torch
import sep_toolkit as st
from sep_toolkit.diffusion.gaussian import GaussianPrior
from sep_toolkit.diffusion.method import DiffusionSeparator
torch.set_num_threads(1)
song, _ = st.scenes.example('flute_drums')
method = DiffusionSeparator({'flute': 'flute', 'drums': 'percussion'}, init='noise', steps=40)
f = torch.linspace(0, 1, 65)
of = lambda m, w: GaussianPrior(spectrum=.006*torch.exp(-((f - m)/w)**2) + 1e-6, sr=8000)
priors = {'low': of(.12, .1), 'high': of(.6, .25)}
mix = priors['low'].sample(1, 16000, seed=0)[0] + priors['high'].sample(1, 16000, seed=1)[0]
class Slow(DiffusionSeparator):
    def steps(self, mix, *, seed=0, start=None):
        for step in super().steps(mix, seed=seed, start=start):
            time.sleep(.1)
            yield step""",
    "full = st.explore(method, song.clip(0, 4)); full",
    "own = st.explore(Slow(priors, steps=12), st.Audio(mix, 8000)); own",
]
ALL = "[...document.querySelectorAll('.st-player')].map(e => e.explorer)"
INK = """(sel) => { const c = document.querySelectorAll(sel)[%d], seen = new Set();
    const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
    for (let i = 0; i < d.length; i += 4) seen.add((d[i] >> 4 << 8) | (d[i+1] >> 4 << 4) | d[i+2] >> 4);
    return seen.size; }"""


@pytest.fixture(scope="module")
def browser():
    need_browser()
    with Browser() as b:
        yield b


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    with JupyterLab(tmp_path_factory.mktemp("jupyter")) as lab:
        page = browser.notebook(lab, NOTEBOOK, viewport={"width": 1440, "height": 900})
        wait_for(page, f"(v => v.length === 2 && v.every(x => x?.run))({ALL})", 60_000)
        yield page
    assert browser.complaints() == [] and browser.foreign() == []


def get(page, text, which=0): return page.evaluate(f"(x => ({text}))({ALL}[{which}])")


def until(page, text, which=0, timeout=30_000): return wait_for(page, f"(x => ({text}))({ALL}[{which}])", timeout)


def part(page, name, which=0): return page.locator(f".st-player >> nth={which} >> .st-{name}")


def dot_at(page, which, choose):
    "Where a point of the map of runs lies on the screen, and its step."
    return page.evaluate(f"""(() => {{ const {{ map }} = {ALL}[{which}].hooks, b = map.el.getBoundingClientRect(), d = ({choose})(map.dots);
        return [b.x + d.x, b.y + d.y, d.id]; }})()""")


def test_the_example_opens_full_and_is_heard(page):
    "Before anything is computed: all steps, a picture of each, lines to the true stems, and sound under the play button."
    until(page, "x.rows.length === 41 && x.heard[1] instanceof AudioBuffer && x.heard[2] !== undefined")
    assert get(page, "x.run.state") == "done" and get(page, "x.can('start')"), "Start computes it afresh"
    assert get(page, "Math.hypot(...x.heard[1].getChannelData(0).slice(0, 20000))") > 1
    assert page.evaluate(INK % 0, ".st-film canvas") > 60 and page.evaluate(INK % 0, ".st-runmap canvas") > 20
    assert get(page, "x.model.get('plane')[0].length") == 41 and get(page, "x.model.get('stars').length") == 2
    assert "is given back" in part(page, "film").get_attribute("aria-valuetext"), "the last step has a name of its own"


def test_the_strip_is_a_slider(page):
    film = part(page, "film")
    film.scroll_into_view_if_needed()
    box = film.bounding_box()
    page.mouse.move(box["x"] + 80, box["y"] + 60)
    page.mouse.down()
    first = get(page, "x.row.index")
    page.mouse.move(box["x"] + box["width"]/2, box["y"] + 60, steps=6)
    dragged = get(page, "[x.row.index, x.model.get('at')]")
    page.mouse.up()
    assert first == 0 and 12 < dragged[0] < 28 and dragged[1] is None, "Python is told when the drag ends"
    until(page, f"x.model.get('at')?.[1] === {dragged[0]}")
    film.focus()
    for key, index in (("Home", 0), ("ArrowRight", 1), ("PageUp", 6), ("ArrowLeft", 5), ("End", 40)):
        page.keyboard.press(key)
        assert get(page, "x.row.index") == index, key
    assert film.get_attribute("aria-valuenow") == "40" == film.get_attribute("aria-valuemax") and film.get_attribute("role") == "slider"


def test_the_frame_under_the_cursor_is_lifted(page):
    film = part(page, "film")
    shot = []
    for index in (3, 30):
        get(page, f"x.choose({index})")
        page.wait_for_timeout(100)
        shot.append(page.evaluate("document.querySelector('.st-film canvas').toDataURL()"))
        assert film.get_attribute("aria-valuenow") == str(index)
    assert shot[0] != shot[1]


def test_the_map_is_heard_and_clicked(page):
    get(page, "x.choose(40)")
    until(page, "x.model.get('at')?.[1] === 40")
    chart = part(page, "runmap")
    dot = dot_at(page, 0, "(all) => all.find(d => d.id === 20 && d.s === 0)")[:2]
    page.mouse.move(*dot)
    near = get(page, "x.row.index")
    assert abs(near - 20) <= 4 and get(page, "x.model.get('at')[1]") == 40, "pointing at a guess plays it"
    assert part(page, "runmap >> .st-tip").is_visible()
    page.mouse.move(dot[0], dot[1] - 400)
    assert get(page, "x.row.index") == 40, "and the chosen one comes back"
    page.mouse.move(*dot)
    page.mouse.down()
    page.mouse.up()
    until(page, f"x.model.get('at')?.[1] === {near}")
    chart.focus()
    page.keyboard.press("ArrowRight")
    assert get(page, "x.row.index") == near + 1


def test_a_method_without_a_recording_says_what_will_appear(page):
    film = part(page, "film", 1)
    film.scroll_into_view_if_needed()
    assert get(page, "x.rows.length", 1) == 0 and "Press Start" in film.get_attribute("aria-valuetext")
    assert page.evaluate(INK % 1, ".st-film canvas") > 12, "the mixture stands in the first frame"
    assert get(page, "x.player.tracks[0].name", 1) == "mixture"


def test_frames_and_points_come_with_the_steps_and_runs_stand_beside(page):
    get(page, "x.order('start')", 1)
    seen = wait_for(page, f"""(x => {{ (window.grown ??= new Set()).add(x.model.get('plane')?.[0]?.length ?? 0);
        return x.run.state === 'done' && x.model.get('plane')[0].length === 13 && [...window.grown]; }})({ALL}[1])""", 60_000)
    assert len(seen) >= 4, "they came one after the other"
    get(page, "x.order('again', {seed: 3, strength: 0})", 1)
    until(page, "x.runs.length === 2 && x.runs[1].state === 'done' && x.model.get('plane')[1].length === 12", 1, 60_000)
    assert get(page, "x.player.root.querySelector('.st-status').classList.contains('st-bad')", 1) is False, "nothing went wrong on the way"
    part(page, "runmap", 1).focus()
    page.keyboard.press("ArrowUp")
    until(page, "x.shown === 0", 1)
    part(page, "runmap", 1).scroll_into_view_if_needed()
    dot = dot_at(page, 1, """(all) => { const own = all.filter(d => d.run === 0);
        const far = (q) => Math.min(...own.map(o => Math.hypot(o.x - q.x, o.y - q.y)));
        return all.filter(d => d.run === 1).reduce((a, c) => (far(c) > far(a) ? c : a)); }""")
    page.mouse.click(*dot[:2])
    until(page, f"x.shown === 1 && x.row.index === {dot[2]}", 1)


def test_a_shift_click_branches(page):
    n = get(page, "x.runs.length", 1)
    part(page, "runmap", 1).scroll_into_view_if_needed()
    get(page, "x.go(0)", 1)
    until(page, "x.shown === 0", 1)
    dot = dot_at(page, 1, "(all) => all.find(d => d.run === 0 && d.id === 6)")
    page.keyboard.down("Shift")
    page.mouse.click(*dot[:2])
    page.keyboard.up("Shift")
    until(page, f"x.runs.length === {n + 1} && x.runs[{n}].state === 'done'", 1, 60_000)
    assert "Branch" in get(page, f"x.runs[{n}].name", 1)


def test_start_computes_afresh_beside_the_recording(page):
    get(page, "x.order('start')")
    until(page, "x.runs.length === 2 && x.shown === 1 && x.run.state === 'running'")
    get(page, "x.order('cancel')")
    assert get(page, "x.runs[0].name.includes('recorded') && x.runs[0].steps === 41")
