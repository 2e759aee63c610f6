"""The recorder in JupyterLab with Chromium's false microphone: recording, limit, playback, refusal, no device, and nothing left behind."""
import re
import wave

import numpy as np
import pytest
from browser import Browser, JupyterLab, need_browser, run_cell

from test_access_browser import AXE

FAKE = ["--use-fake-device-for-media-stream"]
RATE, HZ = 48_000, 440
# Every stream and context that the page opens, so that a test can ask what is left of them.
WATCH = """() => { window.streams = []; window.contexts = [];
    const media = navigator.mediaDevices, ask = media.getUserMedia.bind(media), Context = window.AudioContext;
    media.getUserMedia = async (...a) => { const s = await ask(...a); window.streams.push(s); return s; };
    window.AudioContext = class extends Context { constructor(...a) { super(...a); window.contexts.push(this); } }; }"""
LEFT = """() => ({ streams: window.streams.length,
    live: window.streams.flatMap((s) => s.getTracks()).filter((t) => t.readyState === 'live').length,
    contexts: window.contexts.length, open: window.contexts.filter((c) => c.state !== 'closed').length })"""
CELLS = ["import sep_toolkit as st", "recorder = st.microphone(limit_s=2)\nrecorder",
         "import numpy as np\na = recorder.audio\nx = a.numpy()[0]\n"
         "print('took', a.sr, a.n_samples, round(abs(np.fft.rfft(x)).argmax()*a.sr/a.n_samples), round(float(abs(x).max()), 2))",
         "print('audio', recorder.audio)", "recorder.close()"]


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    need_browser()
    with JupyterLab(tmp_path_factory.mktemp("lab")) as server:
        yield server


@pytest.fixture(scope="module")
def tone(tmp_path_factory):
    "A file that Chromium's false microphone plays."
    path = tmp_path_factory.mktemp("tone") / "tone.wav"
    with wave.open(str(path), "wb") as f:
        f.setnchannels(1), f.setsampwidth(2), f.setframerate(RATE)
        f.writeframes((9830 * np.sin(2 * np.pi * HZ * np.arange(8 * RATE) / RATE)).astype("<i2").tobytes())
    return path


def status(page, words, timeout=20_000):
    page.locator(".sm-status", has_text=re.compile(words)).wait_for(timeout=timeout)


def test_record_hear_and_close(lab, tone):
    with Browser(flags=[*FAKE, "--use-fake-ui-for-media-stream", f"--use-file-for-fake-audio-capture={tone}"]) as browser:
        page = browser.notebook(lab, CELLS[:2])
        page.evaluate(WATCH)
        root = page.locator(".sm-microphone")
        root.locator(".sm-record").click()
        status(page, "^Recording")
        assert root.locator(".sm-record").get_attribute("aria-pressed") == "true" and root.locator(".sm-play").is_disabled()
        page.wait_for_function("() => Number(document.querySelector('.sm-meter').ariaValueNow) > -20")
        assert re.search(r"[\d.]+ s · [\d.]+ s left", root.locator(".sm-clock").inner_text())
        status(page, "^Recorded 2.0 s")  # the limit ends it
        assert page.evaluate(LEFT) == {"streams": 1, "live": 0, "contexts": 1, "open": 0}
        root.locator(".sm-record").focus()
        page.keyboard.press("p")
        page.wait_for_function("() => document.querySelector('.sm-play').textContent === 'Stop playing'")
        page.wait_for_function("() => document.querySelector('.sm-play').textContent === 'Play'", timeout=10_000)
        page.keyboard.press("r")
        status(page, "^Recording")
        page.wait_for_timeout(400)
        page.keyboard.press("r")
        status(page, "^Recorded 0|^Recorded 1")
        assert page.evaluate(LEFT) == {"streams": 2, "live": 0, "contexts": 3, "open": 0}
        assert browser.complaints() == [] and browser.foreign() == []


def test_python_has_what_the_device_gave(lab, tone):
    with Browser(flags=[*FAKE, "--use-fake-ui-for-media-stream", f"--use-file-for-fake-audio-capture={tone}"]) as browser:
        page = browser.notebook(lab, CELLS, run=False)
        page.evaluate(WATCH)
        assert run_cell(page, 0) == "" and "Record" in run_cell(page, 1)
        assert "audio None" in run_cell(page, 3)
        page.locator(".sm-record").click()
        status(page, "^Recorded 2.0 s")
        sr, n, hz, peak = re.search(r"took (\d+) (\d+) (\d+) ([\d.]+)", run_cell(page, 2)).groups()
        assert int(n) == 2 * int(sr) and abs(int(hz) - HZ) < 3 and .1 < float(peak) < 1
        page.locator(".sm-record").click()  # closed while it records
        status(page, "^Recording")
        run_cell(page, 4)
        page.wait_for_function("() => !document.querySelector('.sm-microphone')")
        page.wait_for_timeout(300)
        left = page.evaluate(LEFT)
        assert left["streams"] == 2 and left["live"] == left["open"] == 0
        assert "Audio(2.00 s" in run_cell(page, 3)  # what was recorded stays
        assert browser.complaints() == []


@pytest.mark.parametrize(("flags", "words"), [
    ((*FAKE, "--deny-permission-prompts"), "not allowed to use the microphone"), ((), "No microphone was found")])
def test_a_refusal_is_said(lab, flags, words):
    with Browser(flags=[*flags, *([] if flags else ["--use-fake-ui-for-media-stream"])]) as browser:
        page = browser.notebook(lab, CELLS[:2])
        page.evaluate(WATCH)
        page.locator(".sm-record").click()
        status(page, words)
        assert "st.load" in page.locator(".sm-status").inner_text() and page.locator(".sm-record").is_enabled()
        assert page.locator(".sm-record").get_attribute("aria-pressed") == "false" and page.evaluate(LEFT)["open"] == 0


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_no_violation(lab, theme):
    if not AXE.exists():
        pytest.skip("needs axe-core: cd js && npm install")
    with Browser(flags=[*FAKE, "--use-fake-ui-for-media-stream"]) as browser:
        page = browser.notebook(lab, CELLS[:2], theme=theme)
        page.evaluate(AXE.read_text())
        run = "async () => (await axe.run('.sm-microphone')).violations.map((v) => [v.id, v.nodes.map((n) => n.html.slice(0, 160))])"
        assert page.evaluate(run) == []
        page.locator(".sm-record").click()
        status(page, "^Recording")
        assert page.evaluate(run) == []
        status(page, "^Recorded")
        assert page.evaluate(run) == []


def test_a_page_that_is_not_secure_says_so():
    "Where the browser gives no microphone at all, the button is off and the line says where there is one."
    need_browser()
    from sep_toolkit.explorers.player import bundle
    with Browser() as browser:
        page = browser.page()
        page.route("http://device.test/*", lambda route: route.fulfill(content_type="text/html", body="<div id='x'></div>"))
        page.goto("http://device.test/")
        page.evaluate("""async (text) => {
            const module = await import(URL.createObjectURL(new Blob([text], { type: 'text/javascript' })));
            const model = { get: (k) => ({ limit_s: 30, said: {} })[k], on() {}, off() {}, send() {}, set() {}, save_changes() {} };
            module.default.render({ model, el: document.querySelector('#x') }); }""", bundle("microphone"))
        assert "http://localhost" in page.locator(".sm-status").inner_text() and page.locator(".sm-record").is_disabled()
