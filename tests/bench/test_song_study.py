"""The mixtures of the study on songs, and what it prints."""
import pytest
import torch

from sep_toolkit.bench import songs
from sep_toolkit.runs.separator import Separator


class Halves(Separator):
    sr, stems = 44100, ("vocals", "accompaniment")
    def forward(self, x, sr): return torch.stack([.5*x, .5*x], 1)


def test_the_mixtures_are_those_of_the_study(mirror):
    found = list(songs.song_mixtures(8, 1.))
    assert len({name for name, *_ in found}) == 8
    for _, mix, truth in found:
        assert mix.sr == 44100 and mix.samples.shape == (2, 44100) and torch.allclose(truth.tensor.sum(0), mix.samples, atol=1e-6)
        voice, band = truth.tensor.square().mean((-1, -2))
        assert float(voice) == pytest.approx(float(band), rel=1e-3)


def test_a_model_that_cannot_gain_gains_nothing(monkeypatch, mirror):
    monkeypatch.setattr(songs, "song_method", lambda name: Halves())
    rows = list(songs.study_measures(1, 1., 3))
    assert len(rows) == 12 and all(abs(r.ours) < 1e-3 and r.unit == "dB" for r in rows)
    assert [r.case.split(",")[1].strip() for r in rows[::4]] == list(songs.SETTINGS)
