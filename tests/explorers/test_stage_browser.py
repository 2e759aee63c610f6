"""The stage that the three explorers share, in a real JupyterLab: one screen, a story, steps that play, A and B, runs beside runs."""
import contextlib
import re

import pytest
from browser import Browser, JupyterLab, need_browser, wait_for

KINDS = ("blend", "trajectory", "fit")
NOTEBOOK = [
    """import time, torch
from sep_toolkit.sound.audio import Audio
from sep_toolkit.onestep.wrapped import wrap
from sep_toolkit.multistep.method import MultiStep
from sep_toolkit.diffusion.method import DiffusionSeparator, How
from sep_toolkit.diffusion.gaussian import GaussianPrior
from sep_toolkit.source_filter.method import SourceFilter
from sep_toolkit.sound.scenes import scene
from sep_toolkit.explorers.opening import explore
torch.set_num_threads(1)
f = torch.linspace(0, 1, 65)
priors = {n: GaussianPrior(spectrum=.006*torch.exp(-((f - m)/w)**2) + 1e-6, sr=8000) for n, m, w in (('low', .12, .1), ('high', .6, .25))}
truth = {n: Audio(p.sample(1, 16000, seed=i), 8000) for i, (n, p) in enumerate(priors.items())}
mix = truth['low'] + truth['high']
lag = [0]
both = wrap(lambda x, sr: time.sleep(lag[0]) or torch.stack([.7*x, .3*x.tanh()], 1), sr=8000, stems=('low', 'high'))
song = scene('voices', n_stems=2, duration_s=2., seed=4)
made = dict(blend=lambda: explore(MultiStep(both, metric='si_sdr', reference=truth, passes=8), mix),
            trajectory=lambda: explore(DiffusionSeparator(priors, steps=8, how=How(close=None)), mix),
            fit=lambda: explore(SourceFilter(song.f0, names=list(song.stems), rounds=4, every=1, warm=False, sounds=()), song.mix))""",
    *[f"{kind} = made[{kind!r}](); {kind}" for kind in KINDS],
]
ALL = "[...document.querySelectorAll('.st-player')].map(e => e.explorer)"


@pytest.fixture(scope="module")
def browser():
    need_browser()
    with Browser() as b:
        yield b


@contextlib.contextmanager
def opened(browser, folder):
    "One notebook with the three explorers, each with a run that is done."
    with JupyterLab(folder) as lab:
        page = browser.notebook(lab, NOTEBOOK, viewport={"width": 1440, "height": 900})
        wait_for(page, f"(v => v.length === 3 && v.every(x => x?.run.state === 'ready'))({ALL})")
        for i in range(3):
            get(page, i, "x.order('start')")
        wait_for(page, f"{ALL}.every(x => x.run.state === 'done' && x.rows.length === x.run.steps)", 120_000)
        yield page
        page.context.close()  # before the server: a page without one complains
    assert browser.complaints() == [] and browser.foreign() == []


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    with opened(browser, tmp_path_factory.mktemp("jupyter")) as page:
        yield page


@pytest.fixture
def doomed(browser, tmp_path):
    "A notebook of its own, for a test that ends its kernel."
    with opened(browser, tmp_path) as page:
        yield page


def get(page, which, text):
    return page.evaluate(f"(x => ({text}))({ALL}[{which}])")


def until(page, which, text, timeout=20_000):
    return wait_for(page, f"(x => ({text}))({ALL}[{which}])", timeout)


def root(page, which):
    return page.locator(".st-player").nth(which)


@pytest.mark.parametrize("size", [(1440, 900), (1024, 768)])
@pytest.mark.parametrize("which", range(3), ids=KINDS)
def test_hand_status_transport_and_two_sources_are_on_one_screen(page, which, size):
    page.set_viewport_size(dict(zip(("width", "height"), size)))
    page.wait_for_timeout(300)
    names = get(page, which, "(x.model.get('sources') ?? ['candidate', 'previous'])")
    box = get(page, which, f"""(() => {{ const top = x.player.root.getBoundingClientRect().top, of = (e) => {{
        const b = e.getBoundingClientRect(); return [b.top - top, b.bottom - top, b.height]; }};
        const lane = (n) => of(x.player.lanes.lanes[x.player.tracks.findIndex((t) => t.name === n)].row);
        return {{picture: of(x.stage.picture), hand: of(x.hooks.scrubber.el), line: of(x.player.status.parentElement),
                 mix: lane('mixture'), bar: of(x.player.playButton.closest('.st-bar')), lanes: {list(names)}.map(lane),
                 out: x.player.root.scrollWidth - x.player.root.clientWidth}}; }})()""")
    lanes = [box["mix"], *box["lanes"]]
    assert box["picture"][2] <= 240 and 0 <= box["line"][0] - box["hand"][1] < 12, "the status line is next to the hand"
    assert box["hand"][0] < box["line"][1] <= box["bar"][0] < lanes[0][0] and max(b for _, b, _ in [*lanes, box["bar"]]) <= 720
    assert all(48 <= h <= 64 for *_, h in lanes) and box["out"] <= 0 and box["bar"][2] < 48, "the transport stays in one line"


@pytest.mark.parametrize("which", range(3), ids=KINDS)
def test_words_come_first_and_help_says_what_is_seen(page, which):
    page.set_viewport_size({"width": 1440, "height": 900})
    r = root(page, which)
    story, parts = r.locator(".st-stagehead p").inner_text(), r.locator(".st-diagram b")
    assert story.endswith((".", "?")) and len(story) < 180 and parts.count() >= 4
    assert r.evaluate("e => [...e.querySelectorAll('.st-term, .st-diagram b')].every(t => t.title.split(' ').length > 3)")
    r.locator(".st-scrub").focus()
    page.keyboard.press("?")
    text = r.get_by_role("dialog").inner_text()
    assert story in text and re.search("What you see.*Gestures.*Keys", text, re.S)
    assert all(word in text for word in ("branch" if which < 2 else "refit", "Play the steps", "A/B", "Space"))
    page.keyboard.press("Escape")
    folded = r.locator(".st-rail button")
    assert all(b.get_attribute("aria-expanded") == "false" for b in folded.all()) and r.locator(".st-side").is_hidden()
    for b in folded.all():
        b.click()
        assert r.locator(".st-panelbox:visible").get_attribute("aria-label") == b.inner_text()
    folded.last.click()
    assert r.locator(".st-side").is_hidden()


@pytest.mark.parametrize("which", range(3), ids=KINDS)
def test_steps_play_two_a_second_and_the_sound_keeps_its_place(page, which):
    until(page, which, "x.rows.filter(r => r.accepted).length >= 4")
    get(page, which, "(x.player.setLoop(true), x.choose(x.rows.find(r => r.accepted).index), x.player.play())")
    until(page, which, "x.player.session.engine?.position() > .05")
    get(page, which, """(window.deck = x.player.session.engine.deck, window.walked = [],
        window.real ??= x.choose.bind(x), x.choose = (i, done) => { window.walked.push([performance.now(), i, done]);
        window.real(i, done); }, undefined)""")
    taken = get(page, which, "x.rows.filter(r => r.accepted).map(r => r.index)")
    root(page, which).get_by_role("button", name="Play the steps").click()
    page.wait_for_timeout(200)
    assert get(page, which, "x.model.get('at')[1]") == taken[0], "Python is told at the end"
    until(page, which, "window.walked.length === 3")
    page.keyboard.press("p")
    page.wait_for_timeout(700)
    steps = get(page, which, "(delete x.choose, window.real = undefined, window.walked)")
    assert [i for _, i, _ in steps] == [*taken[1:4], taken[3]] and [done for *_, done in steps[:3]] == [False]*3
    assert 800 < steps[2][0] - steps[0][0] < 1500 and get(page, which, "x.walking") == 0
    assert get(page, which, "x.player.session.engine.deck === window.deck"), "never stopped, never sought"
    until(page, which, f"x.model.get('at')?.[1] === {taken[3]}")
    get(page, which, "x.player.toggle()")


@pytest.mark.parametrize("which", range(3), ids=KINDS)
def test_one_key_goes_to_and_fro_between_two_steps(page, which):
    get(page, which, "(x.choose(0), x.choose(2))")
    root(page, which).locator(".st-scrub").focus()
    seen = []
    for _ in range(3):
        page.keyboard.press("t")
        seen.append(get(page, which, "x.row.index"))
    assert seen == [0, 2, 0] and get(page, which, "x.flipButton.disabled") is False


@pytest.mark.parametrize("which", range(3), ids=KINDS)
def test_a_setting_is_changed_and_run_again_beside(page, which):
    r, changes = root(page, which), (("Passes", "5", "passes 5"), ("Steps", "4", "hybrid, 4 steps"), ("Rounds", "2", "rounds 2"))
    label, value, name = changes[which]
    get(page, which, "x.stage.open('settings')")
    field = r.get_by_label(label, exact=True)
    field.fill(value)
    field.press("Tab")
    assert field.evaluate("e => e.classList.contains('st-new')")
    r.get_by_role("button", name="Run beside").click()
    until(page, which, "x.runs.length === 2 && x.shown === 1 && x.runs[1].state === 'done' && x.rows.length === x.runs[1].steps", 60_000)
    assert get(page, which, "x.runs[1].name") == name
    assert not r.get_by_label(label, exact=True).evaluate("e => e.classList.contains('st-new')"), "the form shows the new run"
    get(page, which, "x.stage.open('runs')")
    assert r.locator(".st-runs tbody tr").count() == 2
    was = get(page, which, "(x.choose(1), x.row.index)")
    r.locator(".st-runs tbody button").first.click()
    until(page, which, "x.shown === 0 && x.rows.length === x.runs[0].steps")
    r.locator(".st-time").focus()
    page.keyboard.press("t")
    until(page, which, f"x.shown === 1 && x.row.index === {was}")
    page.keyboard.press("t")
    until(page, which, "x.shown === 0")
    get(page, which, "x.stage.open(null)")


def test_a_formants_curve_moves_with_its_handle(page):
    "Before the kernel answers: what is drawn is the known envelope, stretched between the neighbours."
    moved = get(page, 2, """(() => { const t = x.player.root.fit.tracts, all = t.formants(), k = all.findIndex((f, i) => i > 0 && f > 0);
        const f = all[k], curve = () => t.svg.querySelector('.st-on .st-curve:not(.st-was)').getAttribute('d');
        t.held = { k, hz: f + 150 };
        const seen = [t.source(f + 150, all), t.source(all[k - 1] > 0 ? all[k - 1] : 0, all), f];
        t._paint();
        const held = t.svg.querySelector('.st-formant.st-held').getAttribute('cy'), d = curve();
        t.held = null; t._paint();
        const free = t.svg.querySelectorAll('.st-formant')[all.slice(0, k).filter(v => v > 0).length].getAttribute('cy');
        return [...seen, Math.abs(held - free) < .5, d !== curve()]; })()""")
    assert moved[0] == pytest.approx(moved[2]) and moved[3] and moved[4], "the peak goes where the handle goes"


@pytest.mark.parametrize("which", range(3), ids=KINDS)
def test_what_was_drawn_out_of_sight_is_drawn_again(page, which):
    "A browser may skip a cell that is out of sight; when it comes back, everything is painted anew."
    get(page, which, "(window.painted = 0, window.was = x.hooks.repaint, undefined)")
    get(page, which, "(x.hooks.repaint = () => { window.painted += 1; window.was(); }, undefined)")
    get(page, which, "x.stage.el.style.display = 'none'")
    page.wait_for_timeout(200)
    get(page, which, "x.stage.el.style.display = ''")
    root(page, which).scroll_into_view_if_needed()
    wait_for(page, "window.painted > 0")
    get(page, which, "(x.hooks.repaint = window.was, undefined)")


def test_the_bar_ticks_cancels_and_tells_that_the_kernel_is_gone(doomed):
    page = doomed
    r, text = root(page, 0), "x.runbar.text.textContent"
    kernel = "jupyterapp.shell.currentWidget.sessionContext.session.kernel"
    page.evaluate(f"{kernel}.requestExecute({{ code: 'lag[0] = 1.5' }}).done.then(() => 0)")
    n = get(page, 0, "(x.again({ steps: 7 }), x.runs.length)")
    until(page, 0, f"x.shown === {n} && x.run?.state === 'running'")
    until(page, 0, "/^first candidate, [0-9.]+ s/.test(x.runbar.text.textContent)")
    early = get(page, 0, text)
    page.wait_for_timeout(450)
    assert get(page, 0, "x.rows.length") == 0 and get(page, 0, text) != early, "time passes before the first step"
    r.get_by_role("button", name="Cancel").click()
    assert get(page, 0, "x.runbar.state.textContent") == "Cancelling…" and r.get_by_role("button", name="Cancel").is_disabled()
    until(page, 0, "x.runbar.state.textContent === 'Cancelled'")
    page.evaluate(f"{kernel}.restart(), undefined")
    until(page, 0, "x.link.dead")
    for which in range(3):
        until(page, which, "/kernel is gone/.test(x.player.status.textContent)")
        assert root(page, which).get_by_role("button", name="Start").is_hidden() or get(page, which, "x.runbar.go.disabled")
        assert root(page, which).get_by_role("button", name="Settings").is_hidden()
        last = get(page, which, "(x.choose(0), x.choose(x.rows.length - 1), x.rows.length - 1)")
        assert get(page, which, "x.row.index") == last, "what is here can be seen"


def test_a_sound_file_is_opened_by_key_and_by_drop(page, tmp_path):
    "I asks for a file and a file may be dropped; Python opens it above, with the same method."
    import numpy as np
    import soundfile
    path = tmp_path / "mine.wav"
    soundfile.write(path, .1 * np.random.default_rng(0).standard_normal(12_000), 8000)
    page.locator(".st-time").first.click()
    get(page, 0, """x.player.root.querySelector('input[type=file]').addEventListener('click', (e) => {
        e.preventDefault(); window.asked = true; })""")
    page.keyboard.press("i")
    wait_for(page, "window.asked")
    page.locator("input[type=file]").first.set_input_files(path)
    wait_for(page, f"{ALL}.length === 4", 40_000)
    assert page.evaluate(f"{ALL}.map(x => x.player.info.duration)") == [1.5, 2, 2, 2]
    until(page, 1, "/mine.wav: 1.5 s, above/.test(x.player.status.textContent)")
    big = """(x => { const data = new DataTransfer(), file = new File(['x'], 'big.wav');
        Object.defineProperty(file, 'size', { value: 65e6 }); data.items.add(file);
        Object.defineProperty(data, 'files', { value: [file] });
        const drop = new DragEvent('drop', { bubbles: true, cancelable: true });
        Object.defineProperty(drop, 'dataTransfer', { value: data });
        x.player.root.querySelector('.st-track').dispatchEvent(drop); })"""
    page.evaluate(f"{big}({ALL}[1])")
    until(page, 1, "/big.wav is too large/.test(x.player.status.textContent)")
    small = big.replace("Object.defineProperty(file, 'size', { value: 65e6 });", "").replace("big", "notes")
    page.evaluate(f"{small}({ALL}[1])")
    until(page, 1, "/sound|format|file/i.test(x.player.status.textContent) && !/goes to the kernel/.test(x.player.status.textContent)")


def test_rows_are_numbered_as_they_are_shown(page):
    "The digit beside a row is the key that hears it, also where rows between are hidden."
    which = page.evaluate(f"{ALL}.findIndex(x => x.player.lanes.lanes.some(l => l.row.hidden))")
    assert which >= 0
    shown = get(page, which, "x.player.lanes.lanes.flatMap((l, i) => l.row.hidden ? [] : [i])")
    assert shown != list(range(len(shown)))
    get(page, which, "x.player.lanes.slider.focus()")
    for digit, track in enumerate(shown, 1):
        page.keyboard.press(str(digit))
        assert get(page, which, "[...x.player.solo]") == [track]
    page.keyboard.press("1")
