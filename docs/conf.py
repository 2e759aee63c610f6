"""The site's settings for Sphinx; `make docs` runs it."""
import os
import re

import docs_examples

project = "sep_toolkit"
author = "sep_toolkit contributors"
copyright = "sep_toolkit contributors"
release = os.environ.get("SITE_VERSION", "")
version = release

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_design", "sphinx_copybutton"]
nb_execution_mode = "off"  # scripts/docs.py runs the lessons before
nb_merge_streams = True
nb_number_source_lines = False
nb_code_prompt_show = "Show the code that draws it"
nb_code_prompt_hide = "Hide the code"
nb_mime_priority_overrides = [("html", "application/vnd.jupyter.widget-view+json", None)]
myst_enable_extensions = ["colon_fence", "deflist", "html_image"]
myst_heading_anchors = 3
suppress_warnings = ["mystnb.unknown_mime_type", "ref.python"]  # a name in several classes is not a fault

html_theme = "pydata_sphinx_theme"
html_title = "sep_toolkit"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_context = {"default_mode": "auto"}
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {"show_prev_next": True, "navigation_with_keys": False, "show_toc_level": 2, "navbar_align": "left",
                      "footer_start": ["copyright"], "footer_end": [], "secondary_sidebar_items": ["page-toc"],
                      "header_links_before_dropdown": 6}
html_sidebars = {"index": [], "gallery": [], "teach": []}
templates_path = []
exclude_patterns = []

autodoc_typehints = "none"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": True}
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_param = True
default_role = "code"

MARKS = re.compile(r"`[^`]*`|[*|]|(?<=\w)_(?=\W|$)")


def plain(app, what, name, obj, options, lines):
    "Docstrings are plain text with names in backticks: nothing else in them is markup."
    lines[:] = [MARKS.sub(lambda m: m[0] if m[0].startswith("`") else "\\" + m[0], line) for line in lines]
    if what in ("function", "class"): lines += docs_examples.lines_of(name)


def setup(app):
    app.connect("autodoc-process-docstring", plain, priority=100)
