"""Players and explorers on the site: exported pages in frames, with one shared bundle and shared sounds.

A notebook is run with HOOK as its first cell and LAST as its last. Between them, whatever would open a widget writes an exported page
instead and shows a frame. `share` then moves what pages have in common into files beside them."""
import base64
import hashlib
import html
import re
from pathlib import Path

STATE = re.compile(r'<script type="application/json" data-sep-widget="(\w+)">(.*?)</script>', re.S)
BUNDLE = re.compile(r'<script type="module">.*?</script>', re.S)
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
ALLOWED = ("default-src 'none'; script-src 'self' file: 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
           "media-src data: blob:")
MEDIA = re.compile(r'data:(audio|image)/([\w.+-]+);base64,([A-Za-z0-9+/=]{4000,})')
ENDINGS = {"x-wav": "wav", "mpeg": "mp3", "svg+xml": "svg", "jpeg": "jpg"}

HOOK = '''
import os as _os
from pathlib import Path as _Path
from IPython.display import display as _display, HTML as _HTML
from sep_toolkit.explorers import player as _player, steering as _steering
_shown, _folder, _name = {}, _Path(_os.environ["SITE_LIVE"]), _os.environ["SITE_NAME"]
def _frame(widget):
    if id(widget) not in _shown: _shown[id(widget)] = (widget, _folder/f"{_name}-{len(_shown) + 1}.html")
    _write(widget)
    path = _shown[id(widget)][1]
    title = widget.info["title"] or type(widget).__name__
    _display(_HTML(f'<iframe class="sep-live" loading="lazy" title="{title}" src="../_live/{path.name}"></iframe>'))
def _write(widget):
    for run in getattr(widget, "runs", None) or ():
        if hasattr(run, "wait"): run.wait()
    try: widget.to_html(_shown[id(widget)][1])
    except Exception as e: print(f"{type(e).__name__}: {e}")
for _kind in (_player.Player, _steering.Steered): _kind._ipython_display_ = _frame
_player._replace_earlier = lambda player: None
'''
LAST = '''
for _widget, _ in list(_shown.values()):
    if _widget.tracks: _write(_widget)
'''
HEIGHT = """<style>body{padding:0;max-width:none}
h1{position:absolute;width:1px;height:1px;margin:0;overflow:hidden;clip-path:inset(50%)}</style><script>
const told = () => parent.postMessage({ sepHeight: Math.ceil(document.documentElement.getBoundingClientRect().height) }, "*");
new ResizeObserver(told).observe(document.documentElement);
</script>"""


def classic(bundle):
    "The bundle as a script that a page opened from a folder may load: such a page may not load modules."
    text, n = re.subn(r"export\s*\{[^}]*\};?\s*$", "", bundle.strip())
    if n != 1: raise SystemExit("widget.js does not end with one export: scripts/docs_live.py has to learn its new form")
    return f"(()=>{{{text}\n}})();\n"


def share(folder, bundle):
    "Move the bundle and the states of the pages in a folder into files that they share; call it once, after the last page."
    folder = Path(folder)
    (folder/"data").mkdir(parents=True, exist_ok=True)
    (folder/"widget.js").write_text(classic(bundle), encoding="utf-8")
    for page in sorted(folder.glob("*.html")):
        text = page.read_text(encoding="utf-8")
        if found := STATE.search(text): page.write_text(shared_page(text, found, folder), encoding="utf-8")


def shared_page(text, found, folder):
    "A page that takes bundle and state from the folder; pages with the same state share it."
    key = hashlib.sha256(found[2].encode()).hexdigest()[:16]
    (folder/"data"/f"{key}.js").write_text(f'(window.sepData??={{}})["{key}"]={found[2]};\n', encoding="ascii")
    lines = [f'<script src="data/{key}.js"></script>', """<script>
const whole = document.createElement("script");
whole.type = "application/json"; whole.dataset.sepWidget = "KIND"; whole.textContent = JSON.stringify(window.sepData["KEY"]);
document.currentScript.after(whole);
</script>""".replace("KIND", found[1]).replace("KEY", key)]
    text = text[:found.start()] + "\n".join(lines) + text[found.end():]
    text = BUNDLE.sub(lambda m: '<script src="widget.js"></script>\n' + HEIGHT, text, count=1)
    return POLICY.sub(f'<meta http-equiv="Content-Security-Policy" content="{html.escape(ALLOWED)}">', text, count=1)


def media_apart(text, folder):
    "HTML whose long sounds and pictures lie in files beside the pages."
    def move(m):
        key, ending = hashlib.sha256(m[3].encode()).hexdigest()[:16], ENDINGS.get(m[2], m[2])
        path = Path(folder)/"data"/f"{key}.{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists(): path.write_bytes(base64.b64decode(m[3]))
        return f"../_live/data/{path.name}"
    return MEDIA.sub(move, text)
