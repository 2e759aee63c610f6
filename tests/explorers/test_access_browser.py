"""No violation that axe-core finds in an exported player, light and dark; and pictures for whoever looks."""
import os
from pathlib import Path

import pytest
from browser import Browser, need_browser

from sep_toolkit.sound.scenes import scene

AXE = Path(__file__).parents[2] / "js/node_modules/axe-core/axe.min.js"
RUN = """async () => { const found = await axe.run('.st-player', { resultTypes: ['violations'] });
    return found.violations.map(v => [v.id, v.impact, v.nodes.map(n => n.target.join(' ') + ' | ' + n.html.slice(0, 160))]); }"""
SIZES = {"wide": {"width": 1440, "height": 900}, "narrow": {"width": 1024, "height": 768}}


@pytest.fixture(scope="module")
def browser():
    need_browser()
    if not AXE.exists():
        pytest.skip("needs axe-core: cd js && npm install")
    with Browser() as b:
        yield b


def violations(page):
    page.evaluate(AXE.read_text())
    return page.evaluate(RUN)


def picture(page, name):
    "Kept where SEP_TOOLKIT_PICTURES names a folder."
    folder = os.environ.get("SEP_TOOLKIT_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")




@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["player"])
def test_an_exported_page_has_no_violation(browser, tmp_path, kind, scheme):
    path = scene("voices", seed=0, duration_s=2.).stems.player().to_html(tmp_path / "p.html")
    page = browser.page(color_scheme=scheme, bypass_csp=True, viewport=SIZES["wide"])
    page.goto(path.as_uri())
    page.wait_for_selector(".st-player .st-track")
    for size, view in SIZES.items():
        page.set_viewport_size(view)
        page.wait_for_timeout(400)
        assert violations(page) == []
        picture(page, f"page-{kind}-{scheme}-{size}")
    page.locator(".st-time").focus()
    page.keyboard.press("?")
    page.wait_for_selector(".st-help")
    assert violations(page) == []
    page.context.close()
