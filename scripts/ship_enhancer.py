"""Put trained enhancer weights into the package, with what they do on real recordings on their card.

usage: python scripts/ship_enhancer.py FOLDER [--mirror FOLDER] [--into sep_toolkit/weights]

FOLDER is the --out of `python -m sep_toolkit.train enhancer`. The figures are of the half-precision weights as shipped, on the
24 noisy/clean pairs of the mirror, which neither training nor the choice of a checkpoint has seen."""
import argparse
import datetime
import json
import os
import shutil
from pathlib import Path

import torch

from sep_toolkit.sound.files import load
from sep_toolkit.core import atomic_path
from sep_toolkit.onestep.enhancer import load_enhancer
from sep_toolkit.train.losses import batch_si_sdr_db


def figures(model, folder):
    "SI-SDR before and after on every pair."
    before, after = [], []
    with torch.no_grad():
        for path in sorted((folder / "noisy").glob("*.flac")):
            noisy, clean = load(path).samples, load(folder / "clean" / path.name).samples
            before.append(float(batch_si_sdr_db(noisy, clean)))
            after.append(float(batch_si_sdr_db(model(noisy), clean)))
    gain = [a - b for a, b in zip(after, before)]
    mean = lambda values: round(sum(values) / len(values), 2)
    return {"what": f"{len(gain)} noisy/clean pairs of VoiceBank+DEMAND, speaker p232", "noisy_si_sdr_db": mean(before),
            "si_sdr_db": mean(after), "worst_gain_db": round(min(gain), 2), "worst_si_sdr_db": round(min(after), 2),
            "improved": sum(g > 0 for g in gain)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--mirror", type=Path, default=os.environ.get("SEP_TOOLKIT_MIRROR"), help="folder that holds data/")
    parser.add_argument("--into", type=Path, default=Path(__file__).resolve().parent.parent / "sep_toolkit" / "weights")
    args = parser.parse_args()
    if not args.mirror:
        parser.error("no mirror: give --mirror or set SEP_TOOLKIT_MIRROR")
    model = load_enhancer(args.folder)
    card = model.card | {"made": datetime.date.today().isoformat(), "test": figures(model, Path(args.mirror) / "data" / "noisy_speech")}
    args.into.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(args.folder / card["files"]["weights"]["path"], args.into / card["files"]["weights"]["path"])
    with atomic_path(args.into / "enhancer.json") as tmp:
        Path(tmp).write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(card["test"], indent=1))


if __name__ == "__main__":
    main()
