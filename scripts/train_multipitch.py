"""Train the network of sep_toolkit.f0 that says which pitches sound, and write its weights and its card.

    SEP_TOOLKIT_MIRROR=... python scripts/train_multipitch.py OUT [--ship]

OUT is a folder. Its data pack (singers.safetensors) is made first when it is not there: singers 1 and 2 of the choir, labelled by
pYIN on the separate recordings; singers 3 are never read. Stopped at any time, the same command goes on. Seconds 84 to 96 are kept
for validation. --ship puts the best averaged weights and their card into the package."""
import argparse
import math
import os
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np
import torch

from sep_toolkit.cards import save_weights
from sep_toolkit.core import SepError
from sep_toolkit.sound.pitch import regrid
from sep_toolkit.source_filter.f0 import _same, GRID_LOWEST_HZ, HARMONICS, HOP, LAYERS, N_BINS, PER_OCTAVE, SR, stacked_spectrum
from sep_toolkit.sound.scenes import scene
from sep_toolkit.train.voices import F0_SCALE_HZ
from sep_toolkit.train.loop import Plan, print_line, Training, TrainingTask
from sep_toolkit.train.packs import colour, pick, read_pack, stretch, uniform, write_pack

VOICES = {"soprano": (180, 900), "alto": (130, 700), "tenor": (90, 520), "bass": (65, 400)}
HELD_S = (84, 96)
FRAMES, MARGIN, WIDTH, SCENES = 96, 8, 32, 60
SPAN = FRAMES + 2*MARGIN
CREDIT = {"what": "Choral Singing Dataset, 'Niño Dios d'Amor Herido', singers 1 and 2 of every voice; doi 10.5281/zenodo.1286570",
          "by": "H. Cuesta, E. Gómez, A. Martorell, F. Loáiciga (2018)", "licence": "CC BY 4.0"}


class Network(torch.nn.Module):
    "What sep_toolkit.source_filter.f0._network computes, with batch normalisation while it learns."
    def __init__(self):
        super().__init__()
        def layer(i, size, apart):
            conv = torch.nn.Conv2d(i, WIDTH, size, padding=_same(size, apart), dilation=apart, bias=False)
            return torch.nn.Sequential(conv, torch.nn.BatchNorm2d(WIDTH))
        self.first = torch.nn.BatchNorm2d(len(HARMONICS))
        self.layers = torch.nn.ModuleList(layer(WIDTH if i else len(HARMONICS), *how) for i, how in enumerate(LAYERS))
        self.last = torch.nn.Conv2d(WIDTH, 1, 1)
        torch.nn.init.constant_(self.last.bias, -4.)

    def forward(self, x):
        x = self.first(x.contiguous(memory_format=torch.channels_last))
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
    out |= {"last": net.last.weight, "last bias": net.last.bias}
    return {k: v.detach().half().contiguous() for k, v in out.items()}


def make_pack(path, mirror):
    "Eight singers and their pitch per frame, in two stretches, and one that is kept."
    from sep_toolkit.sound.files import load
    from sep_toolkit.source_filter.f0 import pitch
    groups = {k: [] for k in ("voices", "f0", "voices_valid", "f0_valid")}
    for singer in (1, 2):
        for voice, (lo, hi) in VOICES.items():
            audio = load(Path(mirror)/"data"/"choir"/f"nino_dios_{voice}_{singer}.flac", sr=SR, mono=True)
            hz = regrid(pitch(audio, lo_hz=lo, hi_hz=hi, method="pyin"), np.arange(1 + audio.n_samples//HOP)*HOP/SR).hz[:, 0]
            for part, a, b in (("", 0, HELD_S[0]), ("_valid", *HELD_S), ("", HELD_S[1], audio.duration)):
                i, j = int(a*SR/HOP), int(b*SR/HOP)
                groups["voices" + part].append(audio.samples[0, i*HOP:j*HOP])
                groups["f0" + part].append(torch.from_numpy(hz[i:j + 1])/F0_SCALE_HZ)
    return write_pack(path, groups, sr=SR, facts={"credits": [CREDIT], "held_s": HELD_S})


def synthetic(first=1000):
    "Scenes with their true pitch per frame: seeds that nothing else uses."
    out = []
    for i in range(SCENES):
        s = scene("voices" if i % 2 else "tones", seed=first + i, n_stems=1 + i//2 % 4)
        out.append((s.stems.tensor[:, 0], torch.from_numpy(regrid(s.f0, np.arange(1 + s.mix.n_samples//HOP)*HOP/SR).hz.T.copy())))
    return out


def target(hz):  # (S, N) -> (256, N)
    "A bump of one bin around every pitch."
    place = PER_OCTAVE*torch.log2(hz.clamp(min=1)/GRID_LOWEST_HZ)
    bump = torch.exp(-.5*(torch.arange(N_BINS)[None, :, None] - place[:, None])**2)*(hz > 0)[:, None]
    out = bump.amax(0)
    return (out*(out > .05)).float()


def tones(g):
    "One to four buzzes of any slope that come and go, glide and shake: samples (S, T), Hz (S, N)."
    n, fine = SPAN, torch.linspace(0, 1, SPAN*HOP)
    voices, curves = [], []
    for _ in range(1 + pick(g, 4)):
        middle, depth, rate = GRID_LOWEST_HZ*2**uniform(g, .2, 4.2), uniform(g, 0, .6)/12, uniform(g, 4, 7)
        steps = torch.randn(1 + pick(g, 4), generator=g)*4/12*(uniform(g, 0, 1) < .5)
        note = steps[(fine*len(steps)).long().clamp(max=len(steps) - 1)]
        hz = middle*2**(note + depth*torch.sin(2*math.pi*rate*n*HOP/SR*fine + uniform(g, 0, 6.3)))
        edge = sorted(uniform(g, -.8, 1.8) for _ in range(2))
        on = ((fine >= edge[0]) & (fine < edge[1])).float() if uniform(g, 0, 1) < .5 else torch.ones_like(fine)
        turn, slope, x = (2*math.pi*hz.double()/SR).cumsum(0).float(), uniform(g, 0, 1.6), torch.zeros_like(fine)
        for k in range(1, 1 + pick(g, 30)): x += torch.sin(k*turn + uniform(g, 0, 6.3))*(k*hz < SR/2)/k**slope
        voices.append(x*torch.nn.functional.avg_pool1d(on[None], 129, 1, 64)[0]*.1), curves.append((hz*on)[::HOP])
    return torch.stack(voices), torch.stack(curves)


def singers(g, pack, part=""):
    "One to four singers at one place or several, faster or slower together or apart: samples (S, T), Hz (S, N)."
    voices, curves = pack.groups["voices" + part], pack.groups["f0" + part]
    stretches = len(voices)//8  # of every singer
    count, s = (1, 2, 3, 4, 4, 4, 4, 4)[pick(g, 8)], pick(g, 16*stretches) % stretches
    together, apart = uniform(g, 0, 1) < .8, uniform(g, 0, 1) < .2
    common = 1. if uniform(g, 0, 1) < .3 else 2**uniform(g, -.55, .55)
    where, xs, fs = uniform(g, 0, 1), [], []
    for v in torch.randperm(4, generator=g)[:count].tolist():
        i = (v + 4*pick(g, 2))*stretches + s
        rate = 2**uniform(g, -.5, .5) if apart else common
        n, room = round(SPAN*HOP*rate/100)*100, len(voices[i]) - round(SPAN*HOP*rate/100)*100 - 1
        a = int((where if together else uniform(g, 0, 1))*room)//HOP*HOP
        x = stretch(voices[i][a:a + n].float()/32768, SPAN*HOP)
        if uniform(g, 0, 1) < .6: x = colour(g, x, uniform(g, -.3, .3), 8.)
        hz = curves[i].float()*(F0_SCALE_HZ/32767)
        at = a/HOP + torch.arange(SPAN)*rate
        lo = at.long()
        left, right, u = hz[lo], hz[(lo + 1).clamp(max=len(hz) - 1)], at - lo
        xs.append(x), fs.append(torch.where((left > 0) & (right > 0), left*(1 - u) + right*u, torch.where(u < .5, left, right))*rate)
    return torch.stack(xs), torch.stack(fs)


def item(g, pack, scenes):
    "About a second: features and target."
    kind = uniform(g, 0, 1)
    if kind < .1:
        x, hz = scenes[pick(g, len(scenes))]
        a = pick(g, min(hz.shape[1], x.shape[1]//HOP) - SPAN + 1)
        x, hz = x[:, a*HOP:(a + SPAN)*HOP], hz[:, a:a + SPAN]
    else: x, hz = tones(g) if kind < .2 else singers(g, pack)
    x = (x*10**(torch.rand(len(x), 1, generator=g)*.9 - .45)).sum(0)
    x = x + torch.randn(len(x), generator=g)*x.std().clamp(min=1e-4)*10**uniform(g, -3, -1)
    return stacked_spectrum(x)[..., MARGIN:MARGIN + FRAMES], target(hz[:, MARGIN:MARGIN + FRAMES])


def batch(g, count, pack, scenes): return tuple(torch.stack(v) for v in zip(*[item(g, pack, scenes) for _ in range(count)], strict=True))


def loss(net, x, y):
    z = net(x).float()
    return (torch.nn.functional.binary_cross_entropy_with_logits(z, y, reduction="none")*(1 + 4*y)).mean()*100, {}


@torch.no_grad()
def validate(net, pack):
    "On both quartets' kept stretch: the loss, and how many of the pitches have a peak within half a semitone, how many peaks a pitch."
    net.eval()
    losses, found, true = [], [], []
    for first in (0, 4):
        x = sum(pack.groups["voices_valid"][v + first].float()/32768 for v in range(4))
        hz = torch.stack([pack.groups["f0_valid"][v + first].float()*(F0_SCALE_HZ/32767) for v in range(4)])
        F = stacked_spectrum(x)
        y, z = target(hz)[:, :F.shape[-1]], net(F[None])[0].float()
        losses.append(float((torch.nn.functional.binary_cross_entropy_with_logits(z, y, reduction="none")*(1 + 4*y)).mean()*100))
        S = torch.sigmoid(z)
        peak = (S[1:-1] > S[:-2]) & (S[1:-1] >= S[2:]) & (S[1:-1] > .4)
        place = (PER_OCTAVE*torch.log2(hz.clamp(min=1)/GRID_LOWEST_HZ))[:, :F.shape[-1]]
        near = ((torch.arange(1, N_BINS - 1)[None, :, None] - place[:, None]).abs() <= PER_OCTAVE/24) & (hz > 0)[:, None, :F.shape[-1]]
        found.append(float((near & peak).any(1).sum()/(hz > 0).sum()))
        true.append(float((near.any(0) & peak).sum()/peak.sum().clamp(min=1)))
    return {"score": -sum(losses)/2, "recall": sum(found)/2, "precision": sum(true)/2}


def finish(loop, pack, folder):
    "Weights and card, each whole or not at all."
    from safetensors.torch import load_file
    net = loop.averaged().cpu().eval()
    if (best := loop.folder/"best.safetensors").exists(): net.load_state_dict(load_file(str(best)))
    line = next((x for x in loop.history if loop.best and x["iteration"] == loop.best["iteration"]), {})
    n = sum(v.numel() for v in folded(net).values())
    card = dict(name="multipitch", title=f"Which pitches sound: a salience network of {n/1000:.0f} k weights", sr=SR, hop=HOP,
                architecture=f"{len(LAYERS)} convolutions over the log spectrum at 10 multiples of each pitch; see sep_toolkit.f0",
                licence="CC BY 4.0", attribution="; ".join(f"{c['what']}, {c['by']} ({c['licence']})" for c in pack.facts["credits"]),
                training_data="Choral Singing Dataset, Niño Dios, singers 1 and 2 of each voice (singers 3 held out), labels by pYIN on "
                              "the separate recordings, varied in speed, colour and level; synthetic scenes and tones of this package",
                source="scripts/train_multipitch.py",
                training={**asdict(loop.plan), "stopped_at": loop.iteration, "minutes": round(loop.seconds/60, 1)},
                validation={k: round(v, 3) for k, v in line.items() if k in ("iteration", "score", "recall", "precision")})
    return save_weights(folded(net), folder, "multipitch", card)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--mirror", default=os.environ.get("SEP_TOOLKIT_MIRROR"), help="folder that holds data/, to make the pack")
    parser.add_argument("--minutes", type=float, help="stop after this time; run again to go on")
    parser.add_argument("--device", help="cpu or cuda; default the best there is")
    parser.add_argument("--ship", action="store_true", help="put the best weights so far into the package")
    standard = dict(iterations=7000, batch=4, lr=4e-3, valid_every=500, precision="bfloat16", ema=.995)
    for name, value in (asdict(Plan()) | standard).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value, help=f"default {value}")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    path = args.out/"singers.safetensors"
    if not path.exists():
        if not args.mirror: parser.error("no data pack in OUT: give --mirror or set SEP_TOOLKIT_MIRROR to make it")
        make_pack(path, args.mirror)
    pack, plan = read_pack(path), Plan(**{name: getattr(args, name) for name in asdict(Plan())})
    torch.manual_seed(plan.seed)
    task = TrainingTask(Network().to(memory_format=torch.channels_last), partial(batch, pack=pack, scenes=synthetic()), loss,
                partial(validate, pack=pack), {"task": "multipitch", "layers": str(LAYERS)})
    loop = Training(task, plan, args.out, device=args.device, on_log=print_line)
    print(pack, sum(p.numel() for p in loop.model.parameters()), "weights", flush=True)
    loop.run(minutes=args.minutes)
    print(loop)
    folder = Path(__file__).resolve().parent.parent/"sep_toolkit"/"weights" if args.ship else args.out
    print(finish(loop, pack, folder)["validation"])


if __name__ == "__main__":
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))
    try: main()
    except SepError as e: raise SystemExit(str(e)) from e
