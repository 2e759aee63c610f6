"""What `make torture` looks at, in the small: its judges see what is broken, and each part runs once where SEP_TOOLKIT_FULL=1."""
import os
import signal
import time

import pytest
import torch
import torture

import sep_toolkit as st


def out(): return torture.Outcome("test", "test")


def test_a_mixed_folder_of_stems_is_seen(tmp_path):
    flat = lambda v: st.Audio(torch.full((1, 100), v), 16000)
    st.save(st.Stems({n: flat(.1) for n in "abc"}), tmp_path/"s")
    assert torture.stems_state(tmp_path/"s") == 1
    st.save(flat(.2), tmp_path/"s"/"b.wav")
    with pytest.raises(AssertionError, match="mixed"): torture.stems_state(tmp_path/"s")


def test_a_trace_of_two_runs_is_seen(tmp_path):
    a, b = torture.one_trace(1), torture.one_trace(2)
    a.save(tmp_path/"a.nc")
    assert torture.trace_state(tmp_path/"a.nc") == 1
    mixed = st.trace.Trace(a.mix, ["a", "b"])
    for s in (*a.steps[:2], *b.steps[:2]): mixed.append(s)
    mixed.save(tmp_path/"b.nc")
    with pytest.raises(AssertionError): torture.trace_state(tmp_path/"b.nc")


@pytest.mark.parametrize("name, value", [("solo", ["nobody"]), ("region", [0, 0]), ("volume_db", 1e9), ("position", "x"),
                                         ("view", "sideways")])
def test_a_value_that_should_not_stay_is_seen(name, value):
    class Widget:
        names, duration, solo, muted, region, volume_db, position, view = ("a",), 1., (), (), None, 0., 0., "both"
    widget, seen = Widget(), out()
    torture.sane(widget, seen, {})
    assert not seen.failed
    setattr(widget, name, value)
    torture.sane(widget, seen, {})
    assert seen.failed == 1 and name in seen.notes[0]


@pytest.mark.parametrize("answer, late, times, good", [
    ({"steps": 3, "again": 1}, 2., 1, True), ({"steps": 3, "again": 1}, 2., 2, False), ({"steps": 0, "again": 1}, .1, 1, False),
    ({"steps": 3, "again": "KeyboardInterrupt"}, .1, 2, False), ({"steps": 3, "again": "KeyboardInterrupt"}, -.1, 2, True),
    ({"error": "did not end"}, -1e9, 1, False), ({"steps": 3, "again": "RuntimeError"}, -.1, 2, False)])
def test_what_an_interrupt_should_do(answer, late, times, good):
    assert torture.obeyed(answer, late, times) is good


def test_a_child_that_does_not_end_is_ended(tmp_path):
    pid = torture.in_child(lambda: time.sleep(60))
    assert "did not end" in torture.ended(pid, tmp_path/"answer", .3)["error"]
    with pytest.raises(OSError): os.kill(pid, signal.SIGTERM)


def test_a_full_disk_is_full_and_an_old_file_is_remembered(tmp_path):
    with torture.small_disk(tmp_path, 400) as place:
        if place is None: pytest.skip("needs the right to mount a small file system")
        (place/"a").write_bytes(b"old")
        before = torture.snapshot(place/"a")
        torture.fill(place, 50)
        with pytest.raises(OSError): (place/"b").write_bytes(bytes(100_000))
        assert torture.snapshot(place/"a") == before == b"old" and torture.snapshot(place/"none") is None


def test_messages_are_the_same_for_a_seed():
    import random
    made = lambda: [str(m) for m in torture.messages(random.Random(1), ["region", "solo"], 50)]
    assert made() == made() and len(set(made())) > 25


def test_scripts_in_a_page_would_be_seen(tmp_path):
    "Chromium runs the script of a page that lets it: the judge of hostile pages is not blind."
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    if not torture.shutil.which("chromium"): pytest.skip("needs a browser: apt-get install chromium")
    with sync_api.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=torture.shutil.which("chromium"), args=["--no-sandbox"])
        ran = 0
        for i, script in enumerate(torture.SCRIPTS):
            path, asked, page = tmp_path/f"{i}.html", [], browser.new_page()
            path.write_text(f"<!doctype html><html><body><p title=\"{script}\">{script}</p></body></html>")
            torture.watch(page, asked)
            page.goto(path.as_uri())
            page.wait_for_timeout(100)
            ran += bool(asked) or "window.pwned" in page.content() and bool(page.evaluate("() => window.pwned"))
            page.close()
        browser.close()
    assert ran >= len(torture.SCRIPTS)/2


def test_every_part_runs(full):
    assert torture.main(["--short", "--kills", "3", "--interrupts", "3", "--floods", "100", "--pages", "1", "--soak", "10"]) == 0
