"""Train the network of sep_toolkit.source_filter on mixtures of singers, and write its weights and card.

    SEP_TOOLKIT_MIRROR=... python scripts/train_source_filter.py OUT [--split both|one|half] [--ship]

OUT is a folder. Its data pack (voices.safetensors) is made first when it is not there: singers 1 and 2 of the choir with the
supplied pitch tables; singers 3 are never read. After that torch, numpy and safetensors are enough. Stopped at any time, the same
command goes on. --split one: quartet 1 alone; half: the first half of the piece. --ship puts weights and card into the package."""
import argparse
import os
from dataclasses import asdict
from pathlib import Path

import torch

from sep_toolkit.core import SepError
from sep_toolkit.train.loop import Plan, print_line, Training
from sep_toolkit.train.packs import read_pack, write_pack

VOICES = ("soprano", "alto", "tenor", "bass")
HELD_S = (84, 96)  # seconds of every quartet that are kept for validation
CREDIT = {"what": "Choral Singing Dataset, 'Niño Dios d'Amor Herido', singers 1 and 2 of every voice; doi 10.5281/zenodo.1286570",
          "by": "H. Cuesta, E. Gómez, A. Martorell, F. Loáiciga (2018)", "licence": "CC BY 4.0"}
PITCH_CREDIT = {"what": "pitch tables estimated from the mixtures of these quartets", "by": "K. Schulze-Forster and others (UMSS)",
                "licence": "Apache-2.0"}


def singers(folder, quartet):
    "Four signals and four pitch curves on frames of 256 samples."
    import numpy as np

    from sep_toolkit.sound.files import load
    from sep_toolkit.sound.pitch import on_frames
    stems = [load(folder/f"nino_dios_{v}_{quartet}.flac", sr=16000, mono=True).samples[0] for v in VOICES]
    n = min(map(len, stems))//256*256
    table = np.loadtxt(folder/f"nino_dios_quartet_{quartet}_multif0.csv", delimiter=",", skiprows=1)
    table[:, 1:][table[:, 1:] < 30] = 0
    return [s[:n] for s in stems], on_frames(table, n=n//256 + 1, hop=256, sr=16000)


def make_pack(path, mirror, split):
    "The data pack of a split."
    from sep_toolkit.train.voices import F0_SCALE_HZ
    groups = {k: [] for k in ("voices", "f0", "voices_valid", "f0_valid")}
    where = {"where": [], "where_valid": []}
    for q in (1,) if split == "one" else (1, 2):
        stems, hz = singers(Path(mirror)/"data"/"choir", q)
        end = len(stems[0])/16000
        if split == "half": spans = [("", 0, 44), ("_valid", 44, 52)]
        else: spans = [("", 0, HELD_S[0]), ("_valid", *HELD_S), ("", HELD_S[1], end)]
        for stretch, (part, a, b) in enumerate(spans):
            if b - a < 6: continue
            i, j = int(a*62.5), int(b*62.5)
            for v, (x, f) in enumerate(zip(stems, hz, strict=True)):
                groups["voices" + part].append(x[i*256:j*256])
                groups["f0" + part].append(f[i:j + 1]/F0_SCALE_HZ)
                where["where" + part].append([q, stretch, v])
    return write_pack(path, groups, sr=16000, facts={**where, "split": split, "credits": [CREDIT, PITCH_CREDIT]})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--split", choices=("both", "one", "half"), default="both", help="what is trained on")
    parser.add_argument("--mirror", default=os.environ.get("SEP_TOOLKIT_MIRROR"), help="folder that holds data/, to make the pack")
    parser.add_argument("--minutes", type=float, help="stop after this time; run again to go on")
    parser.add_argument("--seconds", type=float, default=4., help="length of the training mixtures")
    parser.add_argument("--device", help="cpu or cuda; default the best there is")
    parser.add_argument("--ship", action="store_true", help="put the best weights so far into the package")
    for name, value in (asdict(Plan()) | dict(iterations=1500, batch=4, valid_every=50, warmup=50)).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value, help=f"default {value}")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    pack = args.out/"voices.safetensors"
    if not pack.exists():
        if not args.mirror: parser.error("no data pack in OUT: give --mirror or set SEP_TOOLKIT_MIRROR to make it")
        make_pack(pack, args.mirror, args.split)
    from sep_toolkit.train.voices import finish_voice_net, source_filter_task
    pack, plan = read_pack(pack), Plan(**{name: getattr(args, name) for name in asdict(Plan())})
    loop = Training(source_filter_task(pack, seconds=args.seconds), plan, args.out, device=args.device, on_log=print_line)
    print(pack, sum(p.numel() for p in loop.model.parameters()), "weights")
    loop.run(minutes=args.minutes)
    print(loop)
    folder = Path(__file__).resolve().parent.parent/"sep_toolkit"/"weights" if args.ship else args.out
    print(finish_voice_net(loop, pack, folder)["files"]["weights"])


if __name__ == "__main__":
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    try: main()
    except SepError as e: raise SystemExit(str(e)) from e
