#!/usr/bin/env python3
"""Render the example mixtures of the wheel: every stem alone, in sync, so that the mixture is exactly their sum.

    python scripts/render_examples.py [--to FOLDER] [--only NAME]

Needs two programs and one sound font from Debian (or elsewhere):
    apt-get install fluidsynth fluid-soundfont-gm espeak-ng
The scores below were written for this package. The same programs give the same bytes again.
"""
import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile as sf
from scipy.signal import butter, lfilter, resample_poly, sosfilt

HERE = Path(__file__).resolve().parent.parent
FONTS = ("/usr/share/sounds/sf2/FluidR3_GM.sf2", "/usr/share/soundfonts/FluidR3_GM.sf2")
RENDER_SR = 48000
PEAK_DB = -4.0
MUSIC_LICENCE = "Apache-2.0 (score and rendering); sound font FluidR3 GM, MIT, (c) 2000-2002, 2008 Frank Wen"
SPEECH_LICENCE = "Apache-2.0 (text and mixture); voice rendered by espeak-ng, whose GPL covers the program, not its speech"
BOTH_LICENCE = SPEECH_LICENCE + "; sound font FluidR3 GM, MIT, (c) 2000-2002, 2008 Frank Wen"

# ---------------------------------------------------------------- scores: (MIDI pitch or None for a rest, beats)

R = None
QUARTET = dict(
    soprano=[(72, 2), (77, 1.5), (76, .5), (74, 1), (77, 1), (76, 2), (72, 1), (74, 1), (77, 1), (76, 1), (77, 2.5)],
    alto=[(69, 1), (67, 1), (69, 2), (70, 2), (67, 2), (69, 2), (70, 2), (69, 2.5)],
    tenor=[(65, 1), (60, 1), (62, 2), (65, 1), (62, 1), (60, 1.5), (62, .5), (64, 1), (65, 1), (62, 1), (60, 1),
           (60, 2.5)],
    bass=[(53, 1), (52, 1), (50, 2), (46, 2), (48, 1), (46, 1), (45, 1), (50, 1), (43, 1), (48, 1), (41, 2.5)])
DUO = dict(
    violin=[(R, 1), (69, 1), (74, 1.5), (72, .5), (70, 1), (69, 1), (67, 2), (65, 1), (67, 1), (69, 1.5), (70, .5), (69, 1),
            (64, 1), (66, 2.5)],
    flute=[(74, 1.5), (76, .5), (77, 2), (79, 1), (81, .5), (79, .5), (77, 1), (76, 1), (R, 1), (77, .5), (79, .5), (81, 2),
           (79, .5), (77, .5), (76, 1), (74, 2.5)])
BAND_CHORDS = [(50, 53, 57, 60), (50, 53, 55, 59), (48, 52, 55, 59), (49, 52, 55, 57)]
BAND_BASS = [[(38, .75), (R, .25), (38, .5), (41, .5), (45, .75), (R, .25), (36, .5), (37, .5)],
             [(43, .75), (R, .25), (43, .5), (47, .5), (41, .75), (R, .25), (43, .5), (38, .5)],
             [(36, .75), (R, .25), (36, .5), (40, .5), (43, .75), (R, .25), (40, .5), (41, .5)],
             [(45, .75), (R, .25), (45, .5), (43, .5), (40, .75), (R, .25), (37, .5), (R, .5)]]
BAND_LEAD = [(R, .5), (69, .5), (72, .5), (74, 1), (72, .5), (77, .75), (74, .25), (74, 1), (71, .5), (67, .5), (69, .5),
             (71, 1.5), (R, .5), (67, .5), (72, .5), (76, 1), (74, .5), (72, .5), (71, .5), (69, 1), (73, .5), (76, .5),
             (74, 2)]
SOLO = [(74, 1), (77, .5), (79, .5), (81, 1.5), (79, .5), (77, 1), (74, 1), (72, .5), (74, .5), (R, 1), (79, 1), (81, .5), (82, .5),
        (81, 1)]
PROGRAMS = {"voice oohs": 53, "synth voice": 54, "finger bass": 33, "electric piano": 4, "alto saxophone": 65,
            "violin": 40, "flute": 73, "drum kit": 0}
KICK, SNARE, CLOSED, OPEN, SHAKER, CONGA_HI, CONGA_LO, CLAVES = 36, 38, 42, 46, 70, 63, 64, 75


def line(score, bpm, legato=.97):
    "Notes (start s, stop s, pitch, velocity) of a one-voice score; the first beat of four a little louder."
    notes, beat = [], 0.
    for pitch, beats in score:
        if pitch is not None:
            notes.append((beat*60/bpm, (beat + beats*legato)*60/bpm, pitch, 92 if beat % 4 == 0 else 84))
        beat += beats
    return notes


def grid(rows, bpm, bars, step=.25):
    "Percussion notes from rows {pitch: 'x..o'}: x loud, o soft, one character per step, repeated every bar."
    notes = []
    for bar in range(bars):
        for pitch, row in rows.items():
            for i, c in enumerate(row[bar % len(row)] if isinstance(row, list) else row):
                if c != ".":
                    t = (bar*4 + i*step)*60/bpm
                    notes.append((t, t + .1, pitch, 108 if c == "x" else 66))
    return sorted(notes)


def chords(bpm):
    "The keys of the band: off-beat chords."
    notes = []
    for bar, chord in enumerate(BAND_CHORDS):
        for beat, beats in ((0, .9), (1.5, .4), (2.5, .4), (3.5, .4)):
            t = (bar*4 + beat)*60/bpm
            notes += [(t, t + beats*60/bpm, p, 80) for p in chord]
    return notes


# ---------------------------------------------------------------- MIDI bytes and the two programs

def varlen(n):
    "A MIDI variable-length quantity."
    out = [n & 0x7F]
    while n := n >> 7: out.insert(0, n & 0x7F | 0x80)
    return bytes(out)


def midi(notes, program, drums=False, ticks=1000, reverb=0):
    "A standard MIDI file, one track; one tick is one millisecond."
    ch = 9 if drums else 0
    events = [(0, 0, bytes([0xC0 | ch, program])), (0, 1, bytes([0xB0 | ch, 91, reverb])), (0, 1, bytes([0xB0 | ch, 93, 0]))]
    for start, stop, pitch, velocity in notes:
        events.append((round(start*1000), 3, bytes([0x90 | ch, pitch, velocity])))
        events.append((round(stop*1000), 2, bytes([0x80 | ch, pitch, 0])))
    track, now = b"\x00\xff\x51\x03" + (1_000_000).to_bytes(3, "big"), 0
    for t, _, data in sorted(events):
        track, now = track + varlen(t - now) + data, t
    track += varlen(3000) + b"\xff\x2f\x00"
    head = b"MThd" + (6).to_bytes(4, "big") + bytes([0, 0, 0, 1]) + ticks.to_bytes(2, "big")
    return head + b"MTrk" + len(track).to_bytes(4, "big") + track


def program(name):
    "The path of a program this script needs."
    found = shutil.which(name)
    if not found: sys.exit(f"{name} is missing: apt-get install fluidsynth fluid-soundfont-gm espeak-ng")
    return found


def play(notes, instrument, drums=False, reverb=0):
    "Notes as sound, (T, 2) float64 at RENDER_SR."
    font = next((f for f in FONTS if os.path.exists(f)), None)
    if not font: sys.exit("FluidR3_GM.sf2 is missing: apt-get install fluid-soundfont-gm")
    with tempfile.TemporaryDirectory() as d:
        (Path(d)/"a.mid").write_bytes(midi(notes, PROGRAMS[instrument], drums, reverb=reverb))
        subprocess.run([program("fluidsynth"), "-ni", "-q", "-g", "0.5", "-r", str(RENDER_SR), "-O", "float", "-T", "wav",
                        "-o", "synth.cpu-cores=1", "-o", "synth.chorus.active=0", "-F", f"{d}/a.wav", font, f"{d}/a.mid"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return sf.read(f"{d}/a.wav", always_2d=True)[0]


def speak(text, voice, wpm=150, pitch=50):
    "A sentence as sound, (T, 1) float64 at RENDER_SR."
    with tempfile.TemporaryDirectory() as d:
        subprocess.run([program("espeak-ng"), "-v", voice, "-s", str(wpm), "-p", str(pitch), "-w", f"{d}/a.wav", text], check=True)
        x, sr = sf.read(f"{d}/a.wav", always_2d=True)
    x = resample_poly(x, RENDER_SR//150, sr//150, axis=0)
    return sosfilt(butter(2, 60, "high", fs=RENDER_SR, output="sos"), x, axis=0)


def rain(seconds, seed):
    "Steady rain: a hiss falling 3 dB per octave with drops in it, (T, 1) at RENDER_SR."
    rng = np.random.default_rng(seed)
    n = round(seconds*RENDER_SR)
    spectrum = np.fft.rfft(rng.standard_normal(n))
    f = np.fft.rfftfreq(n, 1/RENDER_SR)
    hiss = np.fft.irfft(spectrum*np.sqrt(200/np.maximum(f, 200)), n)
    hiss *= 1 + .25*lfilter([1e-5], [1, -(1 - 1e-5)], rng.standard_normal(n)*300)
    drops = np.zeros(n)
    for t in rng.uniform(0, seconds - .03, round(90*seconds)):
        hz, amp, m = rng.uniform(900, 5000), rng.lognormal(-1.2, .7), round(.02*RENDER_SR)
        k, u = round(t*RENDER_SR), np.arange(m)/RENDER_SR
        drops[k:k + m] += amp*np.sin(2*np.pi*hz*u)*np.exp(-u*350)
    return (hiss + drops*hiss.std()*1.5)[:, None]


# ---------------------------------------------------------------- the examples

def quartet():
    bpm, reverb = 72, 30
    sounds = dict(soprano="voice oohs", alto="synth voice", tenor="voice oohs", bass="synth voice")
    notes = {k: line(v, bpm) for k, v in QUARTET.items()}
    return dict(title="Choral quartet", sr=16000, channels=1, seconds=12.6, licence=MUSIC_LICENCE, notes=notes,
                description="Four voices, twelve chords in F major; f0 known from the score.",
                level_db=dict(soprano=0, alto=-1, tenor=-1, bass=-1),
                audio={k: play(n, sounds[k], reverb=reverb) for k, n in notes.items()})


def duo():
    bpm = 96
    notes = {k: line(v, bpm, .93) for k, v in DUO.items()}
    return dict(title="Violin and flute", sr=16000, channels=1, seconds=11.2, licence=MUSIC_LICENCE, notes=notes,
                description="Two melodies in D minor that cross each other; f0 known from the score.",
                level_db=dict(violin=0, flute=-1),
                audio={k: play(n, k, reverb=25) for k, n in notes.items()})


def band():
    bpm = 100
    kit = {KICK: ["x.....x.x.....o.", "x.....x.x......."], SNARE: "....x.......x..o", CLOSED: ["o.x.o.x.o.x.o...", "o.x.o.x.o.x.o.x."],
           OPEN: ["..............o.", "................"]}
    bass = [n for bar in BAND_BASS for n in bar]
    notes = dict(drums=grid(kit, bpm, 4), bass=line(bass, bpm, .95), keys=chords(bpm), lead=line(BAND_LEAD, bpm, .92))
    audio = dict(drums=play(notes["drums"], "drum kit", drums=True), bass=play(notes["bass"], "finger bass"),
                 keys=play(notes["keys"], "electric piano", reverb=20), lead=play(notes["lead"], "alto saxophone", reverb=35))
    pan = dict(drums=0, bass=0, keys=-.35, lead=.3)
    for k, p in pan.items(): audio[k] = audio[k]*np.array([1 - max(p, 0), 1 + min(p, 0)])
    return dict(title="Small band", sr=44100, channels=2, seconds=10.2, licence=MUSIC_LICENCE, audio=audio,
                notes={k: notes[k] for k in ("bass", "lead")}, description="Drums, bass, keys and saxophone; four bars, stereo.",
                level_db=dict(drums=0, bass=-1, keys=-5, lead=-3))


def speech_noise():
    text = "The ferry leaves the northern harbour at a quarter past seven. Please keep your ticket until the end of the journey."
    voice = speak(text, "en-gb", 145)
    seconds = round(len(voice)/RENDER_SR + .6, 1)
    return dict(title="Speech in rain", sr=16000, channels=1, seconds=seconds, licence=SPEECH_LICENCE, text={"speech": text},
                description="One voice in steady rain, 5 dB above it.", level_db=dict(speech=0, noise=-5), over_all=True, notes={},
                audio=dict(speech=np.pad(voice, ((round(.3*RENDER_SR), 0), (0, 0))), noise=rain(seconds + .2, 3)))


HAND_DRUMS = {CONGA_LO: ["x.....x...x.....", "x.....x...x.x.x."], CONGA_HI: "...x..........xo", SHAKER: "o.oxo.oxo.oxo.ox",
              CLAVES: "x..x..x...x.x..."}


def flute_drums():
    bpm, notes = 104, line(SOLO, 104, .93)
    return dict(title="Flute over hand drums", sr=16000, channels=1, seconds=6.6, licence=MUSIC_LICENCE, notes=dict(flute=notes),
                description="A melody over congas, shaker and claves, both as loud; f0 known from the score.",
                level_db=dict(flute=0, drums=0), over_all=True,
                audio=dict(flute=play(notes, "flute", reverb=25), drums=play(grid(HAND_DRUMS, bpm, 3), "drum kit", drums=True)))


def speech_drums():
    text = "Seven yellow lanterns were hanging above the narrow bridge, and nobody remembered who had lit them."
    voice = speak(text, "en-us+f3", 150, 55)
    bpm = 104
    seconds = round(len(voice)/RENDER_SR + .5, 1)
    bars = int(np.ceil(seconds/(240/bpm)))
    return dict(title="Speech over hand drums", sr=16000, channels=1, seconds=seconds, licence=BOTH_LICENCE, text={"speech": text},
                description="One voice over congas, shaker and claves, 3 dB above them.", level_db=dict(speech=0, drums=-3), over_all=True,
                notes={}, audio=dict(speech=np.pad(voice, ((round(.3*RENDER_SR), 0), (0, 0))),
                                     drums=play(grid(HAND_DRUMS, bpm, bars), "drum kit", drums=True)))


def speakers():
    texts = dict(first="A small boat with a green sail came slowly round the island.",
                 second="We counted every stone along the path before the sun went down.")
    audio = dict(first=speak(texts["first"], "en-gb-x-rp", 135, 35), second=speak(texts["second"], "en-us+f4", 150, 60))
    seconds = round(max(len(a) for a in audio.values())/RENDER_SR + .6, 1)
    audio = {k: np.pad(a, ((round((.2 + .25*i)*RENDER_SR), 0), (0, 0))) for i, (k, a) in enumerate(audio.items())}
    return dict(title="Two speakers", sr=16000, channels=1, seconds=seconds, licence=SPEECH_LICENCE, text=texts, audio=audio, notes={},
                description="Two voices at once, at the same level.", level_db=dict(first=0, second=0), over_all=True)


def speech_piano():
    text = "Please keep your ticket until the end of the journey."
    voice = speak(text, "en-gb", 145)
    return dict(title="Speech over an electric piano", sr=16000, channels=1, seconds=4., licence=BOTH_LICENCE, text={"speech": text},
                description="One voice and off-beat chords, both as loud: hard for a network that was trained on noise.",
                level_db=dict(speech=0, piano=0), over_all=True, notes={},
                audio=dict(speech=np.pad(voice, ((round(.3*RENDER_SR), 0), (0, 0))), piano=play(chords(100), "electric piano", reverb=20)))


EXAMPLES = dict(quartet=quartet, duo=duo, band=band, flute_drums=flute_drums, speech_noise=speech_noise, speech_drums=speech_drums,
                speech_piano=speech_piano, speakers=speakers)


# ---------------------------------------------------------------- levels, files, table

def level(x, over_all):
    "RMS in dB: of the whole clip, or of what is within 40 dB of the loudest 50 ms."
    p = (x**2).mean(1)
    if not over_all:
        m = len(p)//2400*2400
        blocks = p[:m].reshape(-1, 2400).mean(1)
        p = blocks[blocks > blocks.max()*1e-4]
    return 10*np.log10(p.mean())


def finish(made):
    "Stems at the example's rate, length and balance as 16-bit integers; the mixture peaks at PEAK_DB."
    n48, n = round(made["seconds"]*RENDER_SR), round(made["seconds"]*made["sr"])
    out = {}
    for name, x in made["audio"].items():
        x = x if x.shape[1] == made["channels"] else (x.mean(1, keepdims=True) if made["channels"] == 1 else x.repeat(2, 1))
        x = np.pad(x, ((0, max(n48 - len(x), 0)), (0, 0)))[:n48]
        fade = np.minimum(1, (n48 - np.arange(n48))/(.15*RENDER_SR))[:, None]
        g = np.gcd(made["sr"], RENDER_SR)
        y = resample_poly(x*fade, made["sr"]//g, RENDER_SR//g, axis=0)[:n]
        out[name] = y*10**((made["level_db"][name] - level(y, made.get("over_all", False)))/20)
    gain = 10**(PEAK_DB/20)/np.abs(sum(out.values())).max()
    return {k: np.round(y*gain*32768).astype(np.int16) for k, y in out.items()}


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--to", type=Path, default=HERE/"sep_toolkit"/"examples")
    p.add_argument("--only", choices=list(EXAMPLES))
    a = p.parse_args()
    a.to.mkdir(parents=True, exist_ok=True)
    catalogue_file = a.to/"catalogue.json"
    catalogue = json.loads(catalogue_file.read_text()) if catalogue_file.exists() else {}
    for name in [a.only] if a.only else EXAMPLES:
        made = EXAMPLES[name]()
        stems = {}
        for stem, y in finish(made).items():
            path = a.to/f"{name}_{stem}.flac"
            sf.write(path, y, made["sr"], format="FLAC", subtype="PCM_16", compression_level=1.0)
            data = path.read_bytes()
            stems[stem] = dict(file=path.name, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
            if stem in made["notes"]:
                stems[stem]["notes"] = [[round(s, 4), round(e, 4), q] for s, e, q, _ in made["notes"][stem]]
        catalogue[name] = dict({k: made[k] for k in ("title", "description", "sr", "channels", "seconds", "licence")},
                               **({"text": made["text"]} if "text" in made else {}), stems=stems)
    catalogue = {k: catalogue[k] for k in EXAMPLES if k in catalogue}
    catalogue_file.write_text(json.dumps(catalogue, indent=1) + "\n")
    report(a.to, catalogue)


def report(folder, catalogue):
    "Print what was written: level and peak of every stem and mixture, sizes."
    total = 0
    for name, e in catalogue.items():
        ys = {s: sf.read(folder/i["file"], always_2d=True)[0] for s, i in e["stems"].items()}
        ys["= mix"] = sum(ys.values())
        for s, y in ys.items():
            size = e["stems"].get(s, {}).get("bytes", 0)
            total += size
            print(f"{name:13} {s:9} {len(y)/e['sr']:6.2f} s {e['sr']:6} Hz  rms {10*np.log10((y**2).mean()):6.1f} dB  "
                  f"peak {20*np.log10(np.abs(y).max()):6.1f} dB  {size/1000:7.1f} kB")
    print(f"total {total/1e6:.2f} MB in {folder}")


if __name__ == "__main__":
    main()
