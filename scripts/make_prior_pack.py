"""Make the data pack of the shipped diffusion prior: speech, one-shots, violin and rendered instruments, 16 kHz, 16 bits, one file.

usage: python scripts/make_prior_pack.py OUT.safetensors [--mirror FOLDER] [--limit N] [--much]

With --much: 8 bits, and two to three times as much speech, percussion (drums of the sound font among it) and phrases, in one file of
the same size. The shipped weights were trained without.

The mirror is the folder that holds `data/`; default is the environment variable SEP_TOOLKIT_MIRROR. Instruments are rendered here:
    apt-get install fluidsynth fluid-soundfont-gm
Groups named `…_valid` are held out: every 12th speech file, every 6th one-shot, the third movement by the first violinist and the
last quarter of the second one's, and phrases of their own for every instrument. Training never sees them;
`sep_toolkit.train.clips.held_clips` draws test clips from them."""
import argparse
import os
import random
from pathlib import Path

import torch
from render_examples import PROGRAMS, RENDER_SR, play

from sep_toolkit.sound.audio import Audio
from sep_toolkit.sound.files import load
from sep_toolkit.train.packs import read_pack, write_pack
from sep_toolkit.train.clips import loud_spans

SR = 16000
SHOTS = ("bd_", "sn_", "hat_", "drum_", "tabla_", "ride_", "elec_", "perc_snap", "perc_impact", "perc_door", "glitch_perc")
LOOPS = ("loop_amen", "loop_amen_full", "loop_breakbeat", "loop_industrial", "loop_mehackit1", "loop_mehackit2", "loop_perc1", "loop_perc2",
         "arovane_beat_a", "arovane_beat_c", "drum_roll")  # cut into hits, for training only
NOT_SHOTS = ("elec_beep", "elec_blip", "elec_blup", "elec_chime", "elec_twang", "elec_ping", "elec_plip", "elec_bell", "drum_roll")
VIOLIN = {"john-garner_bwv1002_mov6.mp3": (0., 1.), "john-garner_bwv1002_mov7.mp3": (0., 1.), "minji-kim_bwv1003_mov3.opus": (0., .75)}
VIOLIN_VALID = {"john-garner_bwv1002_mov8.mp3": (0., 1.), "minji-kim_bwv1003_mov3.opus": (.76, 1.)}
# General MIDI program, lowest and highest pitch, chords or one voice
INSTRUMENTS = {"guitar": (24, 40, 76, 1), "cello": (42, 36, 72, 0), "flute": (73, 60, 93, 0), "trumpet": (56, 54, 82, 0),
               "marimba": (12, 48, 90, 0)}
# how far a training clip may be sped up or slowed down; speech 1.18
SPEEDS = {"violin": 1.06, "percussion": 1.35, **dict.fromkeys(INSTRUMENTS, 1.02)}
KITS, DRUMS = (0, 8, 16, 24, 25, 32, 40, 48), [*range(35, 71), *range(73, 82)]  # General MIDI: programs, keys
CREDITS = [
    {"what": "speech: speech-to-intent benchmark, 360 crowd-sourced commands, more than 50 speakers", "by": "Picovoice",
     "licence": "Apache-2.0"},
    {"what": "percussion: one-shots of the Sonic Pi sample collection", "by": "the Sonic Pi project and the freesound users it names",
     "licence": "CC0"},
    {"what": "violin: Bach Violin Dataset, BWV 1002 movements 6-8 and BWV 1003 movement 3",
     "by": "H.-W. Dong, C. Zhou, T. Berg-Kirkpatrick, J. McAuley; players John Garner and Minji Kim", "licence": "CC BY 3.0"},
    {"what": "guitar, cello, flute, trumpet, marimba: phrases written by this script, played with the sound font FluidR3 GM",
     "by": "Frank Wen", "licence": "MIT"},
]
DRUM_CREDITS = [{"what": "percussion: also one hit of every drum of eight kits of FluidR3 GM", "by": "Frank Wen",
                 "licence": "MIT"}]


def sound(path): return load(path).mono().resample(SR).samples[0]


def level(x, rms=.1, peak=.9):
    "A signal at a level that 16 bits hold well."
    return x*min(rms/float(x.square().mean().sqrt().clamp(min=1e-5)), peak/float(x.abs().max().clamp(min=1e-5)))


def trimmed(x):
    "A signal from its first to its last span with sound."
    x = level(x)
    found = loud_spans(x, SR)
    return x[found[0][0]:found[-1][1]] if found else x[:0]


def cut(x, least=.12, most=1.):
    "A loop in its hits, from onset to onset."
    from librosa.onset import onset_detect
    at = [int(a) for a in onset_detect(y=x.numpy(), sr=SR, hop_length=128, units="samples", backtrack=True)] + [len(x)]
    return [level(x[a:min(b, a + int(most*SR))], .2) for a, b in zip(at[:-1], at[1:]) if b - a > least*SR]


def pieces(x, seconds=15.):
    "A long signal in pieces, each at one level."
    return [level(p) for p in x.split(round(seconds*SR)) if len(p) > 3*SR]


def melody(rng, lo, hi, chords, seconds):
    "A phrase: a walk over a scale with jumps, notes of many lengths, some rests, some chords; (start s, stop s, pitch, velocity)."
    scale = rng.choice([(0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 4, 7, 9), tuple(range(12))])
    key, beat = rng.randrange(12), 60/rng.uniform(60, 160)
    pitches = [p for p in range(lo, hi + 1) if (p - key) % 12 in scale]
    at, i, notes = 0., rng.randrange(len(pitches)), []
    while at < seconds:
        length = beat*rng.choice([.25, .5, .5, 1, 1, 1.5, 2, 3])
        if rng.random() > .12:
            top, jump = len(pitches) - 1, rng.random() < .15
            i = rng.randrange(top + 1) if jump else min(top, max(0, i + rng.choice([-2, -1, -1, 1, 1, 2, 3])))
            stop, velocity = at + length*rng.uniform(.6, 1.05), rng.randrange(55, 118)
            more = rng.sample([2, 4, 5, 7], rng.randrange(3)) if chords and rng.random() < .3 else []
            notes += [(at, stop, pitches[k], velocity) for k in sorted({i, *(min(top, i + k) for k in more)})]
        at += length
    return notes


def phrases(instrument, part, seconds, each=12.):
    "Rendered phrases of an instrument."
    out, (program, lo, hi, chords) = [], INSTRUMENTS[instrument]
    PROGRAMS[instrument] = program
    for k in range(round(seconds/each)):
        rng = random.Random(f"{instrument} {part} {k}")
        notes = melody(rng, lo, hi, chords, each)
        stereo = torch.from_numpy(play(notes, instrument, reverb=rng.randrange(0, 45))).float()
        mono = Audio(stereo.mean(1)[None], RENDER_SR).resample(SR).samples[0][:round((each + .5)*SR)]
        out.append(trimmed(mono))
    return out


def kits(each=1.):
    "One hit of every drum of every kit of the font."
    out = []
    for program in KITS:
        PROGRAMS["kit"] = program
        notes = [(k*each, k*each + .5, key, 100) for k, key in enumerate(DRUMS)]
        x = Audio(torch.from_numpy(play(notes, "kit", drums=True)).float().mean(1)[None], RENDER_SR).resample(SR).samples[0]
        out += [level(hit, .2) for hit in map(trimmed, x[:round(len(DRUMS)*each*SR)].split(round(each*SR))) if len(hit) > .05*SR]
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("--mirror", default=os.environ.get("SEP_TOOLKIT_MIRROR"), help="folder that holds data/")
    parser.add_argument("--limit", type=int, help="only this many files and phrases of each kind, for a trial")
    parser.add_argument("--much", action="store_true", help="8 bits, and more sound")
    args = parser.parse_args()
    if not args.mirror: parser.error("no mirror: give --mirror or set SEP_TOOLKIT_MIRROR")
    data, n, much = Path(args.mirror)/"data", args.limit, args.much
    files = sorted((data/"speech").glob("*.flac"))[:n]
    if not files: parser.error(f"no speech in {data/'speech'}")
    shots = [f for f in sorted((data/"percussion").glob("*.flac")) if f.name.startswith(SHOTS) and not f.name.startswith(NOT_SHOTS)][:n]
    speech = [(i % 12 == 0, f, trimmed(sound(f))) for i, f in enumerate(files)]
    hits = [(i % 6 == 3, f, level(sound(f)[:round(1.5*SR)], .2)) for i, f in enumerate(shots)]
    groups = {}
    for name, rows, room in (("speech", speech, 1100 if much else 440), ("percussion", hits, 430)):
        for part in (False, True):
            kept, total = [], 0
            for held, _, x in rows:
                if held == part and len(x) and total < room*SR: kept.append(x); total += len(x)
            groups[name + "_valid"*part] = kept
    groups["percussion"] += [hit for name in LOOPS[:n] for hit in cut(sound(data/"percussion"/f"{name}.flac"))[::2]]
    if much: groups["percussion"] += kits()[:n]
    for part, takes in (("", VIOLIN), ("_valid", VIOLIN_VALID)):
        groups["violin" + part] = []
        for name, (start, stop) in takes.items():
            x = sound(data/"violin"/name)
            groups["violin" + part] += pieces(x[int(start*len(x)):int(stop*len(x))])[:n or (7 if part else 11)]
    for instrument in INSTRUMENTS:
        for part, seconds in (("", 12 if n else 300 if much else 108), ("_valid", 30 if n is None else 12)):
            groups[instrument + part] = phrases(instrument, part, seconds, 12. if not part else 6.)
    labels = [k for k in groups if not k.endswith("_valid")]
    facts = {"credits": CREDITS + DRUM_CREDITS*much, "labels": labels, "sequenced": ["percussion"], "speeds": SPEEDS,
             "weights": {"speech": 10., "percussion": 10., "violin": 2., **dict.fromkeys(INSTRUMENTS, .6)},
             "kinds": {"speech": ["speech"], "percussion": ["percussion"], "violin": ["violin"], "instruments": list(INSTRUMENTS)},
             "split": {"speech": "files 0, 12, 24, … in order of name are held out (the recordings name no speakers)",
                       "percussion": "one-shots 3, 9, 15, … in order of name are held out; hits cut from loops are for training only",
                       "violin": "held out: BWV 1002 movement 8 (John Garner) and the last quarter of BWV 1003 movement 3 (Minji Kim)",
                       "instruments": "phrases with names of their own as seeds; the sounds of the font are the same"},
             "held_files": {"speech": [f.name for held, f, _ in speech if held], "percussion": [f.name for held, f, _ in hits if held]}}
    pack = read_pack(write_pack(args.out, groups, sr=SR, facts=facts, bits=8 if much else 16))
    print(pack)
    print(f"{Path(args.out).stat().st_size/1e6:.1f} MB")


if __name__ == "__main__": main()
