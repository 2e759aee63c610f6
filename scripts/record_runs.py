#!/usr/bin/env python3
"""Record the runs that come with the package: what the explorers of the README's examples show before anything is computed.

    python scripts/record_runs.py [--to FOLDER] [--only NAME]

Each run is made from scratch, from sounds that scripts/render_examples.py rendered, and packed into one file of at most 400 kB. The same
version of the package and of torch gives the same run; the file says which they were. Takes some minutes on two cores.
"""
import argparse
import json
import warnings
from pathlib import Path

import torch

import sep_toolkit as st
from sep_toolkit.core import SepNotice
from sep_toolkit.runs.recorded import mixture_of, pack_run, RECORDED
from sep_toolkit.runs.run import Run
from sep_toolkit.scores.metrics import si_sdr

HERE = Path(__file__).resolve().parent.parent
LARGEST = 400_000  # bytes of a file
SOURCES = {"blend": {"example": "speech_piano"},
           "trajectory": {"example": "flute_drums", "stop_s": 4.},
           "fit": {"example": "quartet", "stop_s": 4.}}
SHARES = {"agreement": 1/4, "prior_db": 1/20, "pull_db": 1/20, "envelope_db": 1/100,
          "bands": 1/200, "hiss": 1/200, "formant_hz": 1/1000, "f0_hz": 1/8000}


def blend(truth):
    return st.multistep.MultiStep("enhancer", metric="si_sdr", reference=truth)


def trajectory(truth):
    return st.diffusion.DiffusionSeparator({"flute": "flute", "drums": "percussion"}, init="noise", steps=40)


def fit(truth):
    f0 = st.scenes.example_f0("quartet")
    return st.source_filter.SourceFilter(f0[f0[:, 0] < 4], names=truth.names)


def truth_of(name):
    "The true stems, cut as the mixture is."
    source = SOURCES[name]
    return st.Stems({k: a.clip(0., source.get("stop_s")) for k, a in st.scenes.example(source["example"])[1].items()})


def scored(step, truth, names):
    "SI-SDR of each stem that has a true one, and their mean, dB."
    each = {n: float(si_sdr(step.audio[n], truth[n].samples)) for n in names if n in truth and n in step.audio}
    return {f"si_sdr {n}": v for n, v in each.items()} | ({"si_sdr": sum(each.values())/len(each)} if each else {})


def fineness(trace, step):
    "dB below the mixture: fine for results, coarse for the guesses of a loud level, which are noisy themselves."
    if "sigma" not in step.point: return 24. if "iteration" in step.point else 26.
    return 22. if step.index >= len(trace) - 2 else 7. + 5*step.index/len(trace)


def made(name):
    "The trace of a run, from scratch, with its scores among the scalars."
    truth, mix = truth_of(name), mixture_of(SOURCES[name])
    run = Run({"blend": blend, "trajectory": trajectory, "fit": fit}[name](truth), mix).start().wait()
    if name == "fit": run.evaluate(edits=VOWEL).result()
    trace = run.trace
    for step in trace: st.runs.trace.exchange(trace, step, scalars={**step.scalars, **scored(step, truth, trace.stem_names)})
    entry = json.loads((HERE/"sep_toolkit"/"examples"/"catalogue.json").read_text())[SOURCES[name]["example"]]
    trace.provenance |= {"recorded": {"by": "scripts/record_runs.py", "sound": "rendered by scripts/render_examples.py",
                                      "licence": entry["licence"]}}
    return trace


# the first two resonances of the tenor go from "oo" to "ah"
VOWEL = [{"stem": "tenor", "what": "formant 1", "hz": 730.}, {"stem": "tenor", "what": "formant 2", "hz": 1090.}]


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--to", type=Path, default=HERE/"sep_toolkit"/"examples"/"runs")
    p.add_argument("--only", choices=RECORDED)
    a = p.parse_args()
    warnings.simplefilter("ignore", SepNotice)
    torch.use_deterministic_algorithms(True)
    a.to.mkdir(parents=True, exist_ok=True)
    for name in [a.only] if a.only else RECORDED:
        trace = made(name)
        path = pack_run(trace, a.to/f"{name}.zip", SOURCES[name], share=SHARES, below_db=[fineness(trace, s) for s in trace])
        size = path.stat().st_size
        print(f"{name}: {size/1000:.0f} kB", flush=True)
        if size > LARGEST: raise SystemExit(f"{path} has {size} bytes: expected at most {LARGEST}")


if __name__ == "__main__":
    main()
