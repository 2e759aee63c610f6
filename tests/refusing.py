"""What every widget owes to a value it cannot use, asked of a player or an explorer: nothing changes, and it is said."""
import math

import pytest

from sep_toolkit.core import ParameterError

WRONG = {
    "solo": ["nobody", 5, [["a"]], {"x": 1}], "muted": [["nobody"], 5],
    "region": ["x", [0, 0], [1, .5], [0, 1e9], [math.nan, 1], 7, {}],
    "loop": ["x", None, 2], "match": ["x"], "playing": ["x", [1]], "volume_db": [1e9, "x", None, [0]],
    "position": [-1, "x", None, math.inf], "view": ["all", 3], "abx_plan": [{"a": 0}, "x"], "abx_answers": ["x", [1], [[2, 1.]], [[0, -1]]],
    "shown": [-5, 99, "x", 1.5, None], "at": [[0, 10**9], [9, 0], [0], 3, "ab", [0, None]],
    "metric": ["loud", 3, None], "band": ["x"],
    "axis": ["time", 3], "map_mode": ["x", None], "curve_of": [99, -1, "x"], "lanes": [["y"], "x", [[1]]],
    "hear": ["everything", 3], "voice": ["nobody", None], "curve": ["x"], "compare": ["x"], "autolock": [3],
    "locks": ["x", [1], [{"what": "x"}], [{"what": "f0", "stem": "nobody"}]],
}  # trait -> what a page might send and what cannot be used


def written_by_the_page(widget):
    return sorted(n for n in widget.keys if widget.trait_metadata(n, "page"))


def check_refusals(widget):
    "Every trait of the page, every way of writing it."
    names = written_by_the_page(widget)
    assert names and set(names) <= set(WRONG)
    for name in names:
        before = getattr(widget, name)
        for value in WRONG[name]:
            with pytest.raises(ParameterError, match=r"\w+ is .*: expected |cannot be used"):
                setattr(widget, name, value)
            with pytest.raises(ParameterError), widget.hold_trait_notifications():
                setattr(widget, name, value)
            assert getattr(widget, name) == before, (name, value)
            n, back = widget.said.get("n", 0), []
            widget.send_state = lambda key=None, back=back: back.append(key)
            widget.set_state({name: value})
            del widget.send_state
            assert getattr(widget, name) == before, (name, value)
            assert widget.said["bad"] and widget.said["n"] == n + 1 and name in back, (name, value)
    for name in sorted(set(widget._sent) - set(names) - {"said"}):  # what only Python writes
        before = getattr(widget, name)
        widget.set_state({name: 3})
        assert getattr(widget, name) is before and f"cannot set {name}" in widget.said["text"]
