"""The site, built without running the lessons: no broken link, nothing from elsewhere, players that play; and the code on its pages."""
import ast
import functools
import http.server
import re
import socketserver
import threading
import warnings
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlparse

import browser
import docs
import docs_examples
import docs_live
import docs_reference
import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted((ROOT/"docs").rglob("*.md"))
CODE = re.compile(r"^```python\n(.*?)^```", re.M | re.S)


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    "The folder of the site; Sphinx stops at a warning."
    return docs.build(tmp_path_factory.mktemp("site"), fast=True)


class Links(HTMLParser):
    "Where the elements of a page lead, and its anchors."
    def __init__(self, text):
        super().__init__()
        self.links, self.ids = [], set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name in ("href", "src") and value: self.links.append((tag, value))
            if name in ("id", "name") and value: self.ids.add(value)


def faults(root):
    "Links of a site that lead nowhere, and whatever a page would fetch from elsewhere."
    pages = {p: Links(p.read_text(encoding="utf-8")) for p in root.rglob("*.html") if "_static" not in p.parts}
    for page, found in pages.items():
        for tag, link in found.links:
            url, name = urlparse(link), page.relative_to(root)
            if url.scheme or url.netloc:
                if tag != "a" and url.scheme not in ("data", "mailto"): yield f"{name}: fetches {link}"
                continue
            target = page if not url.path else (page.parent/unquote(url.path)).resolve()
            if target.is_dir(): target = target/"index.html"
            if not target.exists(): yield f"{name}: {link} does not exist"
            elif url.fragment and target.suffix == ".html" and unquote(url.fragment) not in pages[target].ids:
                yield f"{name}: no anchor {link}"


def test_no_link_is_broken_and_nothing_comes_from_elsewhere(site):
    assert list(faults(site)) == []


def test_links_that_lead_nowhere_are_found(tmp_path):
    (tmp_path/"a.html").write_text('<a href="b.html">b</a><a href="#c">c</a><script src="https://example.org/x.js"></script>'
                                   '<a href="a.html#d" id="d"></a>')
    assert sorted(faults(tmp_path)) == ["a.html: b.html does not exist", "a.html: fetches https://example.org/x.js", "a.html: no anchor #c"]


def test_pages_are_light(site):
    large = {str(p.relative_to(site)): p.stat().st_size for p in site.rglob("*.html") if p.stat().st_size > 3e6}
    assert large == {}


def test_a_lesson_that_ran_keeps_no_state_of_its_widgets(tmp_path):
    data = {"application/vnd.jupyter.widget-view+json": {}, "text/plain": "a player"}
    shown = {"output_type": "display_data", "data": data, "metadata": {}}
    cell = {"cell_type": "code", "source": "player", "metadata": {}, "outputs": [shown], "execution_count": 1}
    nb = docs.page_of({"metadata": {"widgets": {"state": "x"*10**7}}, "cells": [cell]}, tmp_path)
    assert len(str(nb)) < 1000 and nb["cells"][0]["outputs"] == []


def test_everything_public_is_in_the_reference(site):
    written = docs_reference.write(site.parent/"again")
    kinds = {module: docs_reference.callables(module) for module in written}
    names = [f"sep_toolkit.{module}.{n}" for module, public in written.items() for n in public if n in kinds[module]]
    text = "".join(p.read_text(encoding="utf-8") for p in (site/"reference").glob("*.html"))
    assert len(names) > 500 and [n for n in names if f'id="{n}"' not in text] == []


def test_what_most_people_call_has_an_example(site):
    index = (site/"reference"/"index.html").read_text(encoding="utf-8")
    names = set(re.findall(r'title="sep_toolkit\.(\w+\.\w+)\.(\w+)"', index))
    alone = [n for n in sorted(names) if docs_examples.example(*n) is None]
    assert len(names) > 10 and alone == [("sound.registry", "fetch")]  # which needs a network
    page = (site/"reference"/"runs.run.html").read_text(encoding="utf-8")
    assert page.count("Example (from nbs/") >= 2 and "separate" in page


def test_an_example_calls_what_it_is_for_and_does_not_expect_it_to_fail():
    called = lambda text: docs_examples.names_called(ast.parse(text))
    assert called("x = st.load(f()).mono()") == {"load", "f", "mono"} and called("def load(): pass\nload()") == set()
    assert called("with pytest.raises(ValueError): load(3)") == set() and called("with a: load(3)") == {"load"}


def test_the_plain_text_file_names_the_pages(site):
    text = (site/"llms.txt").read_text(encoding="utf-8")
    assert "how-to/replay.html" in text and "`load(" in text and text.count("\n- ") > 500


@pytest.fixture(scope="module")
def served(site):
    "The address of the site under a sub-path of a plain static server."
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(site.parent))
    handler.log_message = lambda *a: None
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/html"
        server.shutdown()


@pytest.mark.parametrize("how", ["file", "server"])
@pytest.mark.parametrize("width", [400, 1440])
def test_the_gallery_plays(site, served, how, width):
    browser.need_browser()
    with browser.Browser(viewport={"width": width, "height": 900}) as chromium:
        page = chromium.page((site/"gallery.html").as_uri() if how == "file" else f"{served}/gallery.html")
        frame = page.frame_locator("iframe.sep-live").first
        frame.get_by_role("button", name=re.compile("^Play")).first.click()
        frame.get_by_role("button", name=re.compile("^Pause")).first.wait_for()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert 120 < page.locator("iframe.sep-live").first.evaluate("e => e.clientHeight") != 480  # as high as what it holds
        base = site.as_uri() if how == "file" else served
        assert chromium.complaints() == [] and [u for u in chromium.requests if not u.startswith((base, "data:", "blob:"))] == []


AXE = ROOT/"js/node_modules/axe-core/axe.min.js"
FAULTS = """async () => { const found = await axe.run(document, { resultTypes: ['violations'], iframes: false, preload: false });
    return found.violations.map(v => [v.id, v.nodes.slice(0, 3).map(n => n.html.slice(0, 160))]); }"""
KINDS = ("index", "gallery", "lessons/00_tour", "how-to/front-ends", "concepts/metrics", "reference/sound.audio", "search")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_and_frames_are_accessible(site, scheme):
    browser.need_browser()
    if not AXE.exists(): pytest.skip("needs axe-core: cd js && npm install")
    pages = [site/f"{name}.html" for name in KINDS] + sorted((site/"_live").glob("gallery-*.html"))
    assert len(pages) > 12
    with browser.Browser(color_scheme=scheme, bypass_csp=True) as chromium:
        page, found = chromium.page(), {}
        for path in pages:
            page.goto(path.as_uri())
            page.wait_for_timeout(900 if path.parent.name == "_live" else 200)
            page.evaluate(AXE.read_text(encoding="utf-8"))
            if faults := page.evaluate(FAULTS): found[path.name] = faults
        assert found == {}


def test_a_table_of_a_lesson_can_be_read_and_scrolled():
    table = '<table border="1" class="dataframe"><thead><tr><th></th><th style="x"> </th><th>a</th></tr></thead></table>'
    made = docs.read_aloud(table)
    assert made.count("<td></td>") == 2 and "<th>a</th>" in made and 'class="dataframe" tabindex="0"' in made


def code_of(path): return "\n".join(CODE.findall(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", [p for p in PAGES if code_of(p)], ids=lambda p: str(p.relative_to(ROOT/"docs")))
def test_the_code_on_the_page_runs(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(code_of(path), str(path), "exec"), {})


def test_a_bundle_in_another_form_is_noticed():
    assert docs_live.classic("var a=1;export{a as default};\n") == "(()=>{var a=1;\n})();\n"
    with pytest.raises(SystemExit): docs_live.classic("export default 1;")
