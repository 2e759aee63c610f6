"""Figures and script-free HTML: shared scales, escaped names, nothing normalised, no global state."""
import base64
import html.parser
import io
import math
import re
import subprocess
import sys

import numpy as np
import pytest
import soundfile as sf
import torch
from PIL import Image

from sep_toolkit.sound import display
from sep_toolkit.sound.audio import Audio, Stems
from sep_toolkit.core import ParameterError
from sep_toolkit.sound.display import color_map, drawn, levels, listen, mel_edges, mp3_rate, n_fft_for, peaks, pool, preview, script_free
from sep_toolkit.sound.display import show, spectrum, thumbnail

EVIL = "<img src=x onerror=alert(1)>\"'</td><script>alert(2)</script>"


def sine(hz=500., sr=16000, seconds=1., amplitude=.5, channels=1):
    t = torch.arange(round(sr * seconds)) / sr
    return Audio((amplitude * torch.sin(2 * math.pi * hz * t)).expand(channels, -1), sr)


class Tags(html.parser.HTMLParser):
    "Every tag of a page, with its attributes."
    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)

    def of(self, tag):
        return [a for t, a in self.tags if t == tag]


def sound_of(uri):
    return sf.read(io.BytesIO(base64.b64decode(uri.partition("base64,")[2])), always_2d=True)


def oklab_lightness(rgb):
    c = rgb / 255.
    c = np.where(c <= .04045, c / 12.92, ((c + .055) / 1.055) ** 2.4)
    lms = c @ np.array([[.4122214708, .2119034982, .0883024619], [.5363325363, .6806995451, .2817188376],
                        [.0514459929, .1073969566, .6299787005]])
    return np.cbrt(lms) @ [.2104542553, .793617785, -.0040720468]


def test_color_map_grows_evenly_in_lightness():
    "Read in grey, or without one of the cones, the order of the colours stays."
    m = color_map().astype(float)
    L = oklab_lightness(m)
    assert m.shape == (256, 3) and (np.diff(L) > 0).mean() > .97 and L[0] < .2 and L[-1] > .93
    assert np.abs(L - np.linspace(L[0], L[-1], 256)).max() < .02
    blind = np.array([[.152, 1.053, -.205], [.115, .786, .099], [-.004, -.048, 1.052]])  # protanopia, Machado 2009
    assert (np.diff(oklab_lightness(np.clip(m @ blind.T, 0, 255))[::8]) > 0).all()


@pytest.mark.parametrize("bins", [1, 7, 100, 5000])
def test_peaks_cover_every_sample(bins):
    x = torch.randn(2, 1003, generator=torch.Generator().manual_seed(bins))
    p = peaks(x, bins)
    assert p.shape == (min(bins, 1003), 2) and p[:, 0].min() == x.min() and p[:, 1].max() == x.max() and (p[:, 0] <= p[:, 1]).all()


@pytest.mark.parametrize("sr", [1000, 8000, 16000, 44100, 96000])
@pytest.mark.parametrize("share", [.05, .2, .7])
def test_spectrum_puts_a_tone_in_its_row_at_its_level(sr, share):
    hz = share * sr / 2
    power, t0, step = spectrum(sine(hz, sr, 1., .25).samples, sr)
    column = power[:, power.shape[1] // 2]
    edges = mel_edges(128, sr / 2)
    resolution = 2 * sr / n_fft_for(sr)
    assert edges[column.argmax()] - resolution <= hz <= edges[column.argmax() + 1] + resolution
    assert abs(10 * math.log10(column.max()) - 20 * math.log10(.25)) < 1.6
    assert t0 >= 0 and abs(t0 + step * (power.shape[1] - .5) - 1) < 2.1 * step


def test_spectrum_of_long_and_short_signals():
    "At most `cols` columns, none lost: a click is seen wherever it is, and where it is."
    sr = 16000
    for seconds in (.0005, .01, 1, 37):
        n = max(1, round(sr * seconds))
        for at in (0, n // 3, n - 1):
            x = torch.zeros(1, n)
            x[0, at] = 1
            power, t0, step = spectrum(x, sr, cols=200)
            assert power.shape[1] <= 200 and np.isfinite(power).all() and power.max() > 0
            best = t0 + step * power.max(0).argmax()
            assert abs(best - at / sr) <= max(step, n_fft_for(sr) / sr)


def test_spectrum_of_opposite_channels_is_not_zero():
    x = sine().samples
    assert np.allclose(spectrum(torch.cat([x, -x]), 16000)[0], spectrum(x, 16000)[0])


def test_levels_are_decibels():
    assert levels(np.array([1., 1e-4, 1e-8, 1e-9, 0., 4.]), 1.).tolist() == [255, 128, 0, 0, 0, 255]


def test_pool_keeps_extremes():
    x = np.arange(10.)
    assert pool(x, 5, np.maximum).tolist() == [1, 3, 5, 7, 9] and pool(x, 5, np.minimum).tolist() == [0, 2, 4, 6, 8]
    assert pool(x, 20, np.maximum).tolist() == np.repeat(x, 2).tolist()


def test_thumbnail_is_a_picture_of_the_signal():
    quiet, loud = sine(amplitude=.1), sine(amplitude=.8)
    pictures = drawn([quiet, loud])
    images = [Image.open(io.BytesIO(thumbnail(*p, color="#e69f00"))).convert("RGBA") for p in pictures]
    assert all(i.size == (420, 72) for i in images)
    ink = [(np.array(i)[:30, :, 3] > 0).mean() for i in images]
    assert .05 < ink[0] < .3 and ink[1] > .85, "heights are on one scale"
    assert tuple(np.array(images[1])[15, 200, :3]) == (230, 159, 0)
    assert len(thumbnail(*pictures[0])) < 20_000


def test_listen_is_script_free_and_escaped():
    page = listen(**{EVIL: sine(), "b": sine(900)})._repr_html_()
    tags = Tags(page)
    assert {t for t, _ in tags.tags} <= {"div", "p", "table", "tbody", "tr", "th", "td", "img", "audio"}
    assert not [k for _, a in tags.tags for k in a if k.startswith("on")]
    assert EVIL in tags.text and len(tags.of("audio")) == len(tags.of("img")) == 2
    assert all(a["src"].startswith("data:audio/mpeg;base64,") and "controls" in a for a in tags.of("audio"))
    assert all(a["src"].startswith("data:image/png;base64,") and EVIL not in page and a["alt"] for a in tags.of("img"))


def test_listen_never_normalises():
    "A quiet signal stays quiet; one over full scale makes all softer by the same amount, and says so."
    page = listen(quiet=sine(amplitude=.02), loud=sine(amplitude=.6))._repr_html_()
    a, b = (np.abs(sound_of(t["src"])[0][2000:-2000]).max() for t in Tags(page).of("audio"))
    assert abs(a - .02) < .003 and abs(b - .6) < .03 and "full scale" not in page
    page = listen(over=sine(amplitude=2.), loud=sine(amplitude=.5))._repr_html_()
    a, b = (np.abs(sound_of(t["src"])[0][2000:-2000]).max() for t in Tags(page).of("audio"))
    assert "6.0 dB over full scale" in page and "6.0 dB softer" in page and abs(a / b - 4) < .2 and a <= 1.02


def test_long_sound_is_cut_and_said():
    page = script_free({"a": sine(seconds=90.), "b": sine(seconds=90.)})
    assert "the first 33 s of 90 s" in page and len(page) < 750_000
    data, sr = sound_of(Tags(page).of("audio")[0]["src"])
    assert abs(len(data) / sr - 33.3) < .1
    assert "the first" not in script_free({"a": sine()})


@pytest.mark.parametrize("sr", [100, 4000, 8000, 10000, 16000, 44100, 96000, 192000])
@pytest.mark.parametrize("channels", [1, 2, 5])
def test_preview_plays_at_any_rate(sr, channels):
    a = sine(30., sr, .5, channels=channels)
    y, rate = sf.read(io.BytesIO(preview(a, 1.)))
    assert rate == mp3_rate(sr) and -.001 <= len(y) / rate - .5 < .06 and (y.ndim == 2) == (channels == 2)


def test_silence_and_single_samples():
    for a in (Audio([0.] * 500, 8000), Audio([.5], 8000), Audio([0.], 44100)):
        assert "<audio" in listen(a=a)._repr_html_()
        show(a)
        show(Stems({"a": a}))


def test_listen_refuses():
    with pytest.raises(ParameterError, match="audios is .*at least one"):
        listen()
    with pytest.raises(ParameterError, match=r"x is \[1.0\]: expected an Audio. Wrap"):
        listen(x=[1.])


def test_inputs_stay_as_they_are():
    a, b = sine(), sine(800, amplitude=1.5)
    before = [x.samples.clone() for x in (a, b)]
    listen(a=a, b=b)._repr_html_()
    show(Stems({"a": a, "b": b}))
    assert all(torch.equal(x, y.samples) for x, y in zip(before, (a, b)))


def axes_text(fig):
    return " ".join(t for ax in fig.axes for t in (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()))


def test_figures_have_axes_and_units():
    assert all(w in axes_text(show(sine())) for w in ("time (s)", "frequency (Hz)", "amplitude", "dB"))
    stems = Stems({"a": sine(), "b": sine(900, amplitude=.05)}, mix=sine(300))
    fig = show(stems)
    assert all(w in axes_text(fig) for w in ("mixture", "a", "b", "residual", "time (s)", "dB"))
    images = [i for ax in fig.axes for i in ax.images]
    assert len(images) == 4 and {i.get_clim() for i in images} == {(-80, 0)}
    tops = sorted(float(i.get_array().max()) for i in images)
    assert abs(tops[-1]) < .1 and tops[0] < -15, "one colour scale: what is softer is darker"
    heights = {ax.get_ylim() for ax in fig.axes if not ax.images and ax.get_ylabel() in ("mixture", "a", "b", "residual")}
    assert len(heights) == 1


def test_show_of_tensors_and_tables():
    import pandas as pd
    X = torch.stft(sine().samples, 512, return_complex=True, window=torch.hann_window(512))
    assert show(X).axes[0].get_xlabel() == "frame" and show(torch.randn(2, 50)).axes[0].get_ylabel() == "value"
    table = pd.DataFrame({"score": [1., 2.], "name": ["x", "y"], "loss": [3., 4.]})
    assert [ax.get_ylabel() for ax in show(table).axes] == ["score", "loss"]
    for wrong in ("text", 3, torch.ones(2, dtype=torch.int), torch.randn(2, 3, 4), pd.DataFrame({"a": ["x"]})):
        with pytest.raises(ParameterError, match="thing is"):
            show(wrong)


def test_other_types_register():
    class Mine:
        pass
    fig = display.figure()
    show.register(Mine, lambda thing: fig)
    assert show(Mine()) is fig


def test_show_draws_into_axes_that_are_given():
    "One axes, or as many as there are panels; they come back, and nothing is added around them."
    import pandas as pd
    from matplotlib.figure import Figure
    table = pd.DataFrame({"score": [1., 2.], "loss": [3., 4.]})
    X = torch.stft(sine().samples, 512, return_complex=True, window=torch.hann_window(512))
    stems = Stems({"a": sine()})
    for thing, shapes in ((sine(), [(), (2,)]), (stems, [(3, 2)]), (X, [()]), (torch.randn(2, 50), [()]), (table, [(), (2,)])):
        for shape in shapes:
            fig = Figure()
            ax = fig.subplots(*(shape or (1, 1)), squeeze=shape == () or len(shape) == 1)
            assert show(thing, ax=ax) is ax
            axes = [ax] if shape == () else list(ax.flat)
            assert fig.axes == axes and all(a.lines or a.images or a.collections for a in axes)
            assert axes[-1].get_xlabel()
    one = Figure().subplots()
    assert [t.get_text() for t in show(table, ax=one).get_legend().get_texts()] == ["score", "loss"]
    for thing, wrong in ((stems, one), (sine(), "axes"), (sine(), 3), (X, [one, one]), (table, [one]*3)):
        with pytest.raises(ParameterError, match="ax is .*Axes"):
            show(thing, ax=wrong)

    class Old:
        pass
    show.register(Old, lambda thing: display.figure())
    with pytest.raises(ParameterError, match="ax is .*a figure of its own"):
        show(Old(), ax=one)


NAMES = ["$\\frac$", "_hidden", "$", "a_{b}^{", r"100 \$", "$$", "ünï"]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_can_be_drawn(name):
    "matplotlib takes a pair of dollars for a formula, and leaves a name with an underscore before it out of a legend."
    import pandas as pd
    from matplotlib.figure import Figure
    for fig in (show(Stems({name: sine()})), show(pd.DataFrame({name: [1., 2.]}).rename_axis(name))):
        fig.savefig(io.BytesIO(), format="png")
    ax = Figure().subplots()
    ax.plot([0, 1], label=display.as_label(name))
    (text,) = ax.legend().get_texts()
    drawn, math_text = text._preprocess_math(text.get_text())
    assert drawn.strip() == name and not math_text


def test_show_leaves_no_global_state():
    "No pyplot, no open figure, no changed setting; a figure shows itself all the same."
    code = ("import sys, torch\nfrom sep_toolkit.sound.display import show\nfrom sep_toolkit.sound.audio import Audio\n"
            "f = show(Audio(torch.randn(1, 4000), 8000))\nassert 'matplotlib.pyplot' not in sys.modules\n"
            "assert f._repr_png_()[:4] == b'\\x89PNG'")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert out.returncode == 0, out.stderr


def test_import_is_light():
    code = ("import sys\nimport sep_toolkit.sound.display\n"
            "heavy = {'matplotlib', 'pandas', 'librosa', 'anywidget', 'PIL', 'soundfile', 'IPython'}\n"
            "assert not heavy & set(sys.modules), heavy & set(sys.modules)")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert out.returncode == 0, out.stderr


def test_terminal_repr_is_one_line(capsys):
    Stems({"a": sine()})._ipython_display_()
    sine()._ipython_display_()
    assert re.fullmatch(r"Stems\(a: .*\)\nAudio\(.*\)\n", capsys.readouterr().out)


def test_long_repr_is_cut_and_said(monkeypatch):
    "In a notebook a repr carries ten minutes of one signal at most, and says where the rest is."
    shown = []
    monkeypatch.setattr(display, "in_notebook", lambda: True)
    monkeypatch.setattr("sep_toolkit.explorers.player.in_notebook", lambda: True)
    monkeypatch.setattr("sep_toolkit.explorers.player._replace_earlier", lambda player: None)
    monkeypatch.setattr("sep_toolkit.explorers.player.display_pair", lambda page, bundle, line: shown.append((page(), bundle, line)))
    monkeypatch.setattr(display, "REPR_MINUTES", .1)
    sine(seconds=7., sr=8000)._ipython_display_()
    sine(seconds=5., sr=8000)._ipython_display_()
    (long, bundle, line), (short, *_) = shown
    assert "the first 6 s of 7 s; .clip(start_s, stop_s).player() shows any part" in long and "the first" not in short
    assert "application/vnd.jupyter.widget-view+json" in bundle[0] and line == "Player(signal)"
