"""What an editor knows: the code of the README and of the tutorials has no attribute that a type checker cannot find."""
import json
import subprocess
import sys
from pathlib import Path

import checks
import pytest

ROOT = Path(__file__).resolve().parent.parent
LESSONS = [ROOT/"nbs/index.ipynb", *sorted((ROOT/"nbs/tutorials").glob("*.ipynb"))]
FAULTS = ("reportAttributeAccessIssue", "reportOptionalMemberAccess", "reportIndexIssue", "reportUndefinedVariable", "reportCallIssue",
          "reportOperatorIssue", "reportAssertTypeFailure")
KNOWN = """
import torch

import sep_toolkit as st
from typing import assert_type
from sep_toolkit.explorers.blend import BlendExplorer
from sep_toolkit.explorers.fit import FitExplorer
from sep_toolkit.explorers.player import Player
from sep_toolkit.explorers.trajectory import TrajectoryExplorer
from sep_toolkit.runs.run import Run
from sep_toolkit.scores.comparison import Comparison
from sep_toolkit.scores.score import Scores
from sep_toolkit.sound.audio import Audio, Stems

audio = st.load("song.wav")
assert_type(audio, Audio)
stems = st.separate(audio, "hpss")
assert_type(stems, Stems)
assert_type(stems["percussive"], Audio)
assert_type(st.separate("song.wav", "hpss"), Stems)
assert_type(st.separate(audio.numpy(), lambda x: x, sr=44100, stems=("a", "b")), Stems)
assert_type(st.separate(audio.samples, torch.nn.Identity(), sr=44100, stems=1), Stems)
assert_type(st.score(stems, stems), Scores)
assert_type(stems.score(stems), Scores)
assert_type(st.compare(audio, ["hpss"]), Comparison)
assert_type(stems.player(), Player)
assert_type(st.explore(stems), Player)
assert_type(st.explore(st.multistep.MultiStep("enhancer", metric="snr"), audio), BlendExplorer)
assert_type(st.explore(st.diffusion.DiffusionSeparator({}), audio), TrajectoryExplorer)
assert_type(st.explore(st.source_filter.SourceFilter(), audio), FitExplorer)
assert_type(Run("hpss", audio).start(), Run)
reveal_type(st.load)
reveal_type(st.separate)
reveal_type(st.score)
reveal_type(st.explore)
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    "What pyright says about the lessons, each as one script, and about KNOWN."
    folder = tmp_path_factory.mktemp("typed")
    for path in LESSONS:
        cells = ["\n".join(s for s in source.splitlines() if not s.startswith(("%", "!"))) for _, source, _ in checks.code_cells(path)]
        (folder/f"{path.stem}.py").write_text("\n\n".join(["from IPython.display import display", *cells]) + "\n", encoding="utf-8")
    (folder/"known.py").write_text(KNOWN)
    (folder/"pyrightconfig.json").write_text(json.dumps({"include": ["."], "pythonVersion": "3.11", "extraPaths": [str(ROOT)]}))
    out = subprocess.run([sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, "."], cwd=folder,
                         capture_output=True, text=True)
    assert out.stdout, out.stderr
    return [{**d, "file": Path(d["file"]).stem} for d in json.loads(out.stdout)["generalDiagnostics"]]


@pytest.mark.parametrize("name", [p.stem for p in LESSONS])
def test_every_attribute_is_known(found, name):
    lines = [f"line {d['range']['start']['line'] + 1}: {d['message']}" for d in found if d["file"] == name and d.get("rule") in FAULTS
             and not d["message"].startswith("No overloads for")]  # which pandas has, for what a mask leaves
    assert lines == []


def test_what_comes_back_is_known(found):
    assert [d["message"] for d in found if d["file"] == "known" and d["severity"] == "error"] == []


def test_no_parameter_of_the_main_calls_is_of_any_type(found):
    told = [d["message"] for d in found if d["file"] == "known" and d["severity"] == "information"]
    assert len(told) == 4
    for text in told:
        plain = text.replace("**settings: Unknown", "").replace("ndarray[tuple[Any, ...], dtype[Any]]", "")
        assert "Unknown" not in plain and "Any" not in plain, text
