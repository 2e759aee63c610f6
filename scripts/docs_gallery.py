"""The gallery: eight things to hear in a few minutes, each a player or an explorer that works on the page, with one sentence, the link into
its lesson, and the code that makes it."""
import inspect
import textwrap
import warnings
from pathlib import Path


def quartet(st):
    mix, truth = st.scenes.example("quartet")
    f0 = st.scenes.example_f0("quartet")
    return st.separate(mix, "comb", f0=f0, names=truth.names).player()


def song(st):
    mix, truth = st.scenes.example("band")
    return st.separate(mix, "hpss").player()


def noisy_speech(st):
    noisy, clean = st.scenes.example("speech_noise")
    denoised = st.separate(noisy, "enhancer")["speech"]
    return st.player.Player({"noisy": noisy, "denoised": denoised, "clean": clean["speech"]})


def blend(st):
    return st.explore(st.recorded("blend"))


def trajectory(st):
    return st.explore(st.recorded("trajectory"))


def formant(st):
    return st.explore(st.recorded("fit"))


def failure(st):
    mix, truth = st.scenes.example("quartet")
    blind = st.separate(mix, st.classical.NMF(n_stems=4, iterations=60))
    return blind.player()


def abx(st):
    mix, truth = st.scenes.example("quartet")
    f0 = st.scenes.example_f0("quartet")
    wide, narrow = (st.separate(mix, "comb", f0=f0, names=truth.names, width_bins=w)["tenor"] for w in (3., 1.))
    return st.player.Player({"wide": wide, "narrow": narrow}).abx("wide", "narrow", trials=8, seed=1)


ENTRIES = [
    (quartet, "Four voices, one at a time", "A comb at each singer's pitch divides the quartet; press a number to hear one voice.",
     "lessons/00_tour"),
    (song, "What is struck and what is held",
     "Two median filters part a band into drums and everything else.", "lessons/00_tour"),
    (noisy_speech, "Speech out of noise", "A small network removes the noise; switch between before, after and the truth.",
     "lessons/10_multistep"),
    (blend, "Asking twice", "The enhancer hears a blend of the mixture and its own answer; the curve shows which blend helps.",
     "lessons/10_multistep"),
    (trajectory, "From noise to two sounds", "A flute and drums come out of pure noise, step by step: play the steps.",
     "lessons/20_diffusion"),
    (formant, "A vowel, dragged", "The lowest voice of the quartet as buzz and vocal tract: its vowel has been changed by hand.",
     "lessons/30_source_filter"),
    (failure, "A failure", "Without the pitches, the same quartet falls into notes and chords and not into voices.", "lessons/00_tour"),
    (abx, "Can you hear it?", "X is the wide comb or the narrow one: eight questions, and the odds that you guessed.",
     "how-to/listening-test"),
]


def code(make):
    "What a reader would type for it."
    lines = textwrap.dedent("\n".join(inspect.getsource(make).splitlines()[1:])).splitlines()
    lines[-1] = lines[-1].removeprefix("return ")
    return "\n".join(["import sep_toolkit as st", "", *lines])


def write(page, live):
    "The page, and the frames it shows."
    import sep_toolkit as st
    out = ["# Eight things to hear", "",
           "Everything here plays: press space, then the numbers 1 to 9 to switch; `?` lists what else there is.", ""]
    warnings.simplefilter("ignore", st.core.SepNotice)
    for make, title, sentence, link in ENTRIES:
        make(st).to_html(Path(live)/f"gallery-{make.__name__}.html")
        out += [f"## {title}", "", f"{sentence} [Read on]({link}{'.ipynb' if link.startswith('lessons') else '.md'})", "",
                f'<iframe class="sep-live" loading="lazy" title="{title}" src="_live/gallery-{make.__name__}.html"></iframe>', "",
                ":::{dropdown} The code", "```python", code(make), "```", ":::", ""]
    page.write_text("\n".join(out), encoding="utf-8")
