"""Make the data pack of the speech enhancer: clean speech and noises from the mirror, 16 kHz, 16 bits, one file.

usage: python scripts/make_enhancer_pack.py OUT.safetensors [--mirror FOLDER] [--limit N]

The mirror is the folder that holds `data/`; default is the environment variable SEP_TOOLKIT_MIRROR. Every 18th speech file
and the last fifth of every noise go to the validation groups, which training never sees."""
import argparse
import os
from pathlib import Path

from sep_toolkit.sound.files import load
from sep_toolkit.train.packs import read_pack, write_pack

SR = 16000
READINGS = ("198-209-0000", "3436-172162-0000", "5703-47212-0000")
SPEECH = [
    {"what": "speech-to-intent benchmark: 360 crowd-sourced commands, more than 50 speakers", "by": "Picovoice",
     "licence": "Apache-2.0"},
    {"what": "LibriSpeech 198-209-0000, 3436-172162-0000, 5703-47212-0000", "licence": "CC BY 4.0",
     "by": "LibriSpeech (V. Panayotov, G. Chen, D. Povey, S. Khudanpur), readers Heather Barnett, Anders Lankford, Garth Comira"},
]
NOISES = {
    "birds1": ("freesound.org/s/339326", "InspectorJ", "CC BY"),
    "car_engine": ("freesound.org/s/345558", "InspectorJ", "CC BY"),
    "rain": ("freesound.org/s/401275", "InspectorJ", "CC BY"),
    "crowd_cheering": ("freesound.org/s/365132", "SoundsExciting", "CC0"),
    "typing": ("freesound.org/s/393902", "Rodzuz", "CC0"),
    "train": ("freesound.org/s/157873", "markedit", "CC0"),
    "doing_the_dishes": ("Speech Commands data set, background noise", "Google (P. Warden)", "CC BY 4.0"),
}


def signal(path): return load(path).mono().resample(SR).samples[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out")
    parser.add_argument("--mirror", default=os.environ.get("SEP_TOOLKIT_MIRROR"), help="folder that holds data/")
    parser.add_argument("--limit", type=int, help="only this many speech files, for a trial")
    args = parser.parse_args()
    if not args.mirror: parser.error("no mirror: give --mirror or set SEP_TOOLKIT_MIRROR")
    data = Path(args.mirror)/"data"
    files = sorted((data/"speech").glob("*.flac"))[:args.limit]
    if not files: parser.error(f"no speech in {data/'speech'}")
    speech = [signal(f) for i, f in enumerate(files) if i % 18]
    speech += [signal(data/"clips"/f"{name}.hq.ogg") for name in READINGS]
    noises = [signal(data/"noises"/f"{name}.flac") for name in NOISES]
    noises = [n/n.abs().max().clamp(min=1e-3)*0.9 for n in noises]
    groups = {"speech": speech, "speech_valid": [signal(f) for f in files[::18]],
              "noise": [n[:int(len(n)*0.8)] for n in noises], "noise_valid": [n[int(len(n)*0.8):] for n in noises]}
    credits = SPEECH + [{"what": f"{name}: {what}", "by": by, "licence": licence} for name, (what, by, licence) in NOISES.items()]
    print(read_pack(write_pack(args.out, groups, sr=SR, facts={"credits": credits})))


if __name__ == "__main__": main()
