"""What leaves a study: arrays with units, tables, and a page that needs no network."""
import re

import numpy as np
import pandas as pd
import pytest
import torch

from sep_toolkit.core import ParameterError
from sep_toolkit.experiments.study import open_study
from sep_toolkit.experiments.sweep import sweep
from sep_toolkit.sound.audio import Audio, Stems


def noise(seed): return Audio(torch.randn(1, 800, generator=torch.Generator().manual_seed(seed))*.1, 8000)
def stems(seed): return Stems({n: noise(seed + k) for k, n in enumerate("ab")})
def part(mix, gain=.5): return Stems({"a": mix*gain, "b": mix*(1 - gain)}, mix=mix)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    methods = {"p<b>": (part, {"gain": [.2, .5]}), "bad_one": lambda mix: 1/0}
    return sweep({f"<i>{k}": stems(10*k) for k in range(3)}, methods, ["si_sdr", "snr"], tmp_path_factory.mktemp("study")/"s", seed=[0, 1],
                 keep_mb=1, progress=False)


def test_arrays_have_units(study):
    data = study.to_xarray()
    assert data.si_sdr.dims == ("item", "label", "stem", "seed") and data.si_sdr.shape == (3, 3, 2, 2) and data.si_sdr.units == "dB"
    assert data.seconds.dims == ("item", "label", "seed") and data.seconds.units == "s"
    assert list(data.label.values) == list(study.labels)
    one = "item == '<i>1' and settings == 'gain=0.2' and stem == 'b' and metric == 'snr' and seed == 1"
    want = study.frame().query(one).value.item()
    assert float(data.snr.sel(item="<i>1", label="p<b> gain=0.2", stem="b", seed=1)) == want
    assert np.isnan(data.snr.sel(label="bad_one")).all()


def test_tables_for_papers_and_for_other_tools(study, tmp_path):
    text = study.to_latex("si_sdr")
    assert r"si\_sdr / dB" in text and r"bad\_one" in text and text.count(r"\\") == 4 and text.startswith(r"\begin{tabular}{lrr}")
    again = pd.read_csv(study.to_csv(tmp_path/"s.csv"), keep_default_na=False)
    assert len(again) == len(study.frame()) and list(again) == list(study.frame())


def test_the_page_is_whole_offline_and_holds_the_sound(study, tmp_path):
    page = study.report(tmp_path/"r.html", title="<script>alert(1)</script>", text="One.\n\nTwo & three.", metric="snr").read_text()
    assert not re.search(r"(src|href)=.(?!data:)", page) and "<script" not in page and "<i>" not in page and "<b>gain" not in page
    assert "<p>Two &amp; three.</p>" in page and "ZeroDivisionError" in page and "default-src 'none'" in page
    best = study.by_item("snr").max(axis=None)
    assert f"{best:.2f}" in page.split("To listen to")[1] and page.count("<audio") == 6*3 and "open_study" in page and "torch" in page
    small = study.report(tmp_path/"s.html", max_mb=.002).read_text()
    assert small.count("<audio") < 6 and "would not fit" in small
    with pytest.raises(ParameterError, match=r"ends in \.html"): study.report(tmp_path/"r.pdf")
    with pytest.raises(ParameterError, match="metric"): study.report(tmp_path/"r.html", metric="loud")


def test_a_reopened_study_writes_the_same(study):
    again = open_study(study.store.path)
    assert again.to_latex() == study.to_latex() and set(again.flacs("<i>0", "p<b> gain=0.5")) == {"mixture", "a", "b"}


@pytest.mark.parametrize("call, argument", [
    (lambda s, p: s.means(1j), "metrics"), (lambda s, p: s.to_latex(3), "metrics"), (lambda s, p: s.reference(np.zeros(3)), "item"),
    (lambda s, p: s.sounds(10**400), "item"), (lambda s, p: s.sounds("\ud800"), "item"), (lambda s, p: s.report(p, title={}), "title"),
    (lambda s, p: s.report(p, text=None), "text"), (lambda s, p: s.report(p, metric=np.zeros(3)), "metric")])
def test_what_cannot_be_meant_is_one_clear_error(study, tmp_path, call, argument):
    with pytest.raises(ParameterError, match=argument): call(study, tmp_path/"r.html")
    assert list(tmp_path.iterdir()) == []
