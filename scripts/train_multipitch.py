#!/usr/bin/env python3
"""Train the network of sep_toolkit.f0 that says which pitches sound, and write its weights and its card.

    SEP_TOOLKIT_MIRROR=... python scripts/train_multipitch.py [--steps 1400] [--seed 0]

Mixtures of the choir's singers 1 and 2 (labels: pYIN on the separate recordings), faster and slower by up to a fifth, and
synthetic scenes. One CPU thread needs about 10 minutes. Singers 3 are never read.
"""
import argparse
import hashlib
import json
import math
import os
import time
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save
from scipy.signal import resample_poly

from sep_toolkit.audio import load
from sep_toolkit.core import atomic_path
from sep_toolkit.f0 import HARMONICS, HOP, LOWEST_HZ, N_BINS, PER_OCTAVE, SR, pitch, regrid, stacked_spectrum
from sep_toolkit.scenes import scene

FOLDER = Path(__file__).resolve().parent.parent/"sep_toolkit"/"weights"
VOICES = {"soprano": (180, 900), "alto": (130, 700), "tenor": (90, 520), "bass": (65, 400)}
SPEEDS = [(1, 1), (4, 5), (5, 4), (8, 9), (9, 8), (2, 3)]
FRAMES, BATCH, MARGIN = 64, 4, 8


class Network(torch.nn.Module):
    "What sep_toolkit.f0._network computes, with batch normalisation while it learns."
    def __init__(self, width=20):
        super().__init__()
        def layer(i, size, padding, dilation=1):
            conv = torch.nn.Conv2d(i, width, size, padding=padding, dilation=dilation, bias=False)
            return torch.nn.Sequential(conv, torch.nn.BatchNorm2d(width))
        self.first = torch.nn.BatchNorm2d(len(HARMONICS))
        self.layers = torch.nn.ModuleList([layer(len(HARMONICS), (5, 5), 2), layer(width, (5, 5), 2), layer(width, (3, 3), 1),
                                           layer(width, (9, 3), (24, 1), (6, 1)), layer(width, (3, 5), (1, 2))])
        self.last = torch.nn.Conv2d(width, 1, 1)
        torch.nn.init.constant_(self.last.bias, -4.)

    def forward(self, x):
        x = self.first(x)
        for i, layer in enumerate(self.layers):
            y = torch.relu(layer(x))
            x = x + y if i else y
        return self.last(x)[:, 0]


def folded(net):
    "The weights with the normalisation folded in, as float16."
    def gain(bn): return bn.weight/(bn.running_var + bn.eps).sqrt()
    out = {"scale": gain(net.first), "shift": net.first.bias - net.first.running_mean*gain(net.first)}
    for i, (conv, bn) in enumerate(net.layers, 1):
        out[f"w{i}"] = conv.weight*gain(bn)[:, None, None, None]
        out[f"b{i}"] = bn.bias - bn.running_mean*gain(bn)
    out |= {"w6": net.last.weight, "b6": net.last.bias}
    return {k: v.detach().half().contiguous() for k, v in out.items()}


def target(hz):  # (S, N) -> (256, N)
    "A bump of one bin around every pitch."
    place = PER_OCTAVE*np.log2(np.maximum(hz, 1)/LOWEST_HZ)
    bump = np.exp(-.5*(np.arange(N_BINS)[None, :, None] - place[:, None])**2)*(hz > 0)[:, None]
    out = bump.max(0)
    return torch.from_numpy(out*(out > .05)).float()


def recordings(mirror):
    "For every speed: eight singers' samples and pitch per frame."
    bank = [[] for _ in SPEEDS]
    for singer in (1, 2):
        for voice, (lo, hi) in VOICES.items():
            audio = load(mirror/"data"/"choir"/f"nino_dios_{voice}_{singer}.flac", sr=SR, mono=True)
            found = pitch(audio, lo_hz=lo, hi_hz=hi)
            for b, (up, down) in zip(bank, SPEEDS, strict=True):
                x = resample_poly(audio.samples[0].numpy(), up, down).astype(np.float32)
                times = np.arange(1 + len(x)//HOP)*HOP/SR*down/up
                b.append((torch.from_numpy(x).half(), regrid(found, times).hz[:, 0]*down/up))
    return bank


def synthetic(rng, n=40):
    "Scenes with their true pitch per frame."
    out = []
    for i in range(n):
        s = scene("voices" if i % 2 else "tones", seed=i, n_stems=int(rng.integers(1, 5)))
        out.append((s.stems.tensor[:, 0], regrid(s.f0, np.arange(1 + s.mix.n_samples//HOP)*HOP/SR).hz.T))
    return out


def item(rng, bank, scenes):
    "One second: features and target."
    span = FRAMES + 2*MARGIN
    if rng.random() < .2:
        x, hz = scenes[rng.integers(len(scenes))]
        chosen = [(x[i], hz[i]) for i in range(len(x))]
    else:
        singers = bank[0 if rng.random() < .35 else rng.integers(len(bank))]
        chosen = [singers[v + 4*int(rng.integers(2))] for v in rng.permutation(4)[:rng.choice([1, 2, 3, 4, 4, 4, 4])]]
    room = min(len(hz) for _, hz in chosen) - span - 5
    at, x, rows = int(rng.integers(room)), 0., []
    for samples, hz in chosen:
        a = at if rng.random() < .8 else int(rng.integers(room))
        x = x + samples[a*HOP:(a + span)*HOP].float()*10**(rng.uniform(-10, 10)/20)
        rows.append(hz[a + MARGIN:a + MARGIN + FRAMES])
    x = x + torch.randn(len(x))*x.std()*10**(rng.uniform(-60, -20)/20)
    return stacked_spectrum(x)[..., MARGIN:MARGIN + FRAMES], target(np.stack(rows))


def write(net, facts):
    "Weights and card, each whole or not at all."
    data = save(folded(net))
    with atomic_path(FOLDER/"multipitch.safetensors") as tmp: tmp.write_bytes(data)
    card = dict(name="multipitch", title="Which pitches sound: a salience network of 36 k weights", sr=SR, hop=HOP,
                architecture="five convolutions over the log spectrum at 10 multiples of each pitch; see sep_toolkit.f0",
                licence="CC BY 4.0",
                attribution="Trained on the Choral Singing Dataset, Cuesta, Gómez, Martorell, Loáiciga 2018, doi 10.5281/zenodo.1286570",
                training_data="Choral Singing Dataset, Niño Dios, singers 1 and 2 of each voice (singers 3 held out), labels by pYIN on "
                              "the separate recordings, varied in speed; 40 synthetic scenes of this package",
                sha256=hashlib.sha256(data).hexdigest(), **facts)
    with atomic_path(FOLDER/"multipitch.json") as tmp:
        tmp.write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def train(steps, seed, mirror):
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    bank, scenes = recordings(mirror), synthetic(rng)
    net = Network().to(memory_format=torch.channels_last)
    opt, start, recent = torch.optim.Adam(net.parameters()), time.time(), []
    for i in range(steps):
        for g in opt.param_groups: g["lr"] = 4e-3*min(1, i/30)*.5*(1 + math.cos(math.pi*i/steps)) + 1e-5
        x, y = (torch.stack(v) for v in zip(*[item(rng, bank, scenes) for _ in range(BATCH)], strict=True))
        z = net(x.contiguous(memory_format=torch.channels_last))
        loss = (torch.nn.functional.binary_cross_entropy_with_logits(z, y, reduction="none")*(1 + 4*y)).mean()
        opt.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.)
        opt.step()
        recent.append(loss.item())
        if i % 50 == 49: print(f"{i + 1} steps, loss {np.mean(recent[-50:]):.4f}, {time.time() - start:.0f} s", flush=True)
    return net, float(np.mean(recent[-50:]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=1400)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    root = os.environ.get("SEP_TOOLKIT_MIRROR")
    if not root: raise SystemExit("Set SEP_TOOLKIT_MIRROR to a folder with data/choir.")
    net, loss = train(args.steps, args.seed, Path(root))
    write(net, dict(steps=args.steps, seed=args.seed, loss=round(loss, 4)))
