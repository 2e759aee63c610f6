"""Sound files, pitch tables, MIDI files and models as other tools write them, each with what must come out when it is read.

`ROWS` is the table. A row names what it needs (programs or packages); `build(folder)` writes one file there and returns its path.

    python scripts/make_foreign.py FOLDER     writes them all, and says which could not be made here"""
import importlib.util
import io
import json
import shutil
import struct
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import soundfile as sf

# What must come out

@dataclass(frozen=True)
class Sound:
    "The sound of `parts`, one after another."
    sr: int = 22050
    channels: int = 1
    parts: str = "a"       # songs, 2 s each
    within: int = 0        # samples by which length and place may differ, for every part
    alike: float = .9999   # least correlation with the source
    seconds: float = 2.    # of each part


@dataclass(frozen=True)
class Refused:
    "An error of the family whose text has `phrase`."
    phrase: str = "."


@dataclass(frozen=True)
class Told:
    "Refused, or read with a notice: never in silence."
    phrase: str = "."
    seconds: float = 1.    # of the sound a table is used with


@dataclass(frozen=True)
class Either:
    "The thing, or an error that says what to do."
    thing: object
    phrase: str = "."


@dataclass(frozen=True)
class Voices:
    "A pitch table: for some moments, in seconds, what sounds, in Hz; voices in any order."
    count: int = 1         # 0: any
    at: tuple = ((.3, (220.,)), (.7, (330.,)))
    cents: float = 30.
    silent: tuple = ()     # moments at which nothing sounds


@dataclass(frozen=True)
class Halves:
    "A model whose stems are these shares of the mixture."
    shares: tuple = (.5, .25)


@dataclass(frozen=True)
class Harmless:
    "Refused, while loading or at the first run, before the file `victim` beside it is read, made or changed."
    phrase: str = "."


@dataclass(frozen=True)
class Row:
    name: str
    kind: str       # sound; pitch; use: a pitch table with a sound of 1 s; midi; model; trusted: with trust=True; big: in little memory
    build: object   # folder -> path
    expect: object
    needs: tuple = ()


ROWS = []


def row(name, kind, expect, *needs):
    "Put a builder into the table."
    def add(build):
        ROWS.append(Row(name, kind, build, expect, needs))
        return build
    return add


def missing(needs):
    "What a row needs and this machine has not."
    packages = {"mido", "pretty_midi", "parselmouth", "swift_f0", "onnx", "pandas"}
    return [n for n in needs if not (importlib.util.find_spec(n) if n in packages else shutil.which(n))]


# Sounds

@cache
def song(name, sr=22050, channels=1, seconds=2.):
    "A seeded sound that is nowhere like itself and changes to its last sample: gliding tones under a changing level."
    rng, t = np.random.default_rng(ord(name)), np.arange(round(sr*seconds))/sr
    out = np.zeros((len(t), channels))
    for c in range(channels):
        for _ in range(3):
            hz = np.interp(t, np.linspace(0, seconds, 9), rng.uniform(250, 1400, 9))
            out[:, c] += np.sin(2*np.pi*np.cumsum(hz)/sr + rng.uniform(0, 6))*np.interp(t, np.linspace(0, seconds, 15),
                rng.uniform(.03, .2, 15))
    return out


def run(*args, **more): subprocess.run([str(a) for a in args], check=True, capture_output=True, **more)


def source(folder, part="a", sr=22050, channels=1):
    path = folder/f"source_{part}.wav"
    sf.write(path, song(part, sr, channels), sr, subtype="PCM_16")
    return path


def by_soundfile(fmt, subtype, sr=22050, channels=1, suffix=None, part="a"):
    def build(folder):
        path = folder/f"{part}.{suffix or fmt.lower()}"
        sf.write(path, song(part, sr, channels), sr, format=fmt, subtype=subtype)
        return path
    return build


def by(*args, suffix, sr=22050, channels=1, stdout=False, stdin=False):
    "A program on the source: IN and OUT stand for the files."
    def build(folder):
        wav, out = source(folder, "a", sr, channels), folder/f"a{suffix}"
        line = [wav if a == "IN" else out if a == "OUT" else a for a in args]
        run(*line, **({"stdin": open(wav, "rb")} if stdin else {})) if not stdout else out.write_bytes(
            subprocess.run([str(a) for a in line], check=True, capture_output=True, **({"stdin": open(wav, "rb")} if stdin else {})).stdout)
        return out
    return build


def joined(*builds, between=b"", suffix):
    "Files one behind the other."
    def build(folder):
        data = []
        for i, one in enumerate(builds):
            inner = folder/str(i)
            inner.mkdir()
            data.append(one(inner).read_bytes())
        path = folder/f"joined{suffix}"
        path.write_bytes(between.join(data))
        return path
    return build


def lame(*options, part="a", sr=22050, channels=1):
    def build(folder):
        out = folder/f"{part}.mp3"
        run("lame", "--quiet", *options, source(folder, part, sr, channels), out)
        return out
    return build


def ogg(*options, part="a", tool="oggenc", sr=22050, suffix=".ogg"):
    def build(folder):
        out = folder/f"{part}{suffix}"
        wav = source(folder, part, sr)
        run(*({"oggenc": ("oggenc", "-Q", *options, "-o", out, wav), "opusenc": ("opusenc", "--quiet", *options, wav, out)}[tool]))
        return out
    return build


def changed(build, change):
    "A file with its bytes changed."
    def made(folder):
        path = build(folder)
        path.write_bytes(change(path.read_bytes()))
        return path
    return made


def id3(size=10_000):
    "An ID3v2.3 tag with a picture of noise."
    body = b"\0image/png\0\3\0" + np.random.default_rng(1).bytes(size)
    frame = b"APIC" + struct.pack(">IH", len(body), 0) + body
    n = len(frame)
    return b"ID3\3\0\0" + bytes(n >> s & 127 for s in (21, 14, 7, 0)) + frame


def ape():
    "An APEv2 tag with a header, and an ID3v1 tag behind it, as players put them at a file's end."
    item = struct.pack("<II", 5, 0) + b"Title\0hello"
    head = lambda flags: b"APETAGEX" + struct.pack("<IIII", 2000, len(item) + 32, 1, flags) + bytes(8)
    return head(0xA0000000) + item + head(0x80000000) + b"TAG" + bytes(125)


LOSSY = dict(within=3000, alike=.97)
row("mp3 by lame", "sound", Sound(**LOSSY), "lame")(lame())
row("mp3, variable rate", "sound", Sound(**LOSSY), "lame")(lame("-V", "4"))
row("mp3, variable rate, no Xing header", "sound", Sound(**LOSSY), "lame")(lame("-V", "2", "-t"))
row("mp3, constant rate, no Xing header", "sound", Sound(**LOSSY), "lame")(lame("-t"))
row("mp3, low rate (MPEG 2.5)", "sound", Sound(sr=8000, **LOSSY), "lame")(lame(sr=8000))
row("mp3, joint stereo at 48 kHz", "sound", Sound(sr=48000, channels=2, **LOSSY), "lame")(lame("-m", "j", sr=48000, channels=2))
row("mp3, two joined", "sound", Sound(parts="ab", **LOSSY), "lame")(joined(lame(), lame(part="b"), suffix=".mp3"))
row("mp3, three joined without headers", "sound", Sound(parts="abc", **LOSSY), "lame")(
    joined(*(lame("-t", *o, part=p) for p, o in (("a", ()), ("b", ("-V", "5")), ("c", ("-b", "32")))), suffix=".mp3"))
row("mp3, two joined with tags between", "sound", Sound(parts="ab", **LOSSY), "lame")(
    joined(changed(lame(), lambda b: id3() + b + ape()), changed(lame("-V", "4", part="b"), lambda b: id3() + b), suffix=".mp3"))
row("mp3 behind an ID3v2 tag with a picture", "sound", Sound(**LOSSY), "lame")(changed(lame(), lambda b: id3(60_000) + b))
row("mp3 with APEv2 and ID3v1 tags behind", "sound", Sound(**LOSSY), "lame")(changed(lame(), lambda b: b + ape()))
row("mp3 with garbage in front", "sound", Sound(**LOSSY), "lame")(changed(lame(), lambda b: bytes(1500) + b"junk"*100 + b))
row("mp3 by soundfile", "sound", Sound(**LOSSY))(by_soundfile("MP3", "MPEG_LAYER_III"))
row("mp3, two joined by soundfile", "sound", Sound(parts="ab", **LOSSY))(
    joined(by_soundfile("MP3", "MPEG_LAYER_III"), by_soundfile("MP3", "MPEG_LAYER_III", part="b"), suffix=".mp3"))


@row("mp3, variable rate by soundfile, its first frame gone", "sound", Sound(parts="ab", within=4000, alike=.9))
def _variable(folder):
    "Noise and tone differ so much that a length guessed from the first frames is far off."
    b = io.BytesIO()
    x = np.r_[song("a"), song("b")][:, 0]
    x[:20_000] += 0.1*np.random.default_rng(0).standard_normal(20_000)*np.linspace(1, 0, 20_000)
    sf.write(b, x, 22050, format="MP3", subtype="MPEG_LAYER_III", bitrate_mode="VARIABLE", compression_level=.5)
    data = b.getvalue()
    path = folder/"variable.mp3"
    path.write_bytes(data[data.find(data[:2], 4):])
    return path


@row("mp3 of a few hundred bytes", "sound", Sound(seconds=.01, within=2600, alike=0.))
def _tiny(folder):
    b = io.BytesIO()
    sf.write(b, song("a", seconds=.01), 22050, format="MP3", subtype="MPEG_LAYER_III")
    path = folder/"tiny.mp3"
    path.write_bytes(b.getvalue())
    return path


@row("mp3 in name only", "sound", Refused(r"(?is)^(?!.*does not exist).*(sound|mp3)"))
def _noise_mp3(folder):
    path = folder/"noise.mp3"
    path.write_bytes(np.random.default_rng(2).bytes(5000))
    return path


row("vorbis", "sound", Sound(**LOSSY), "oggenc")(ogg())
row("vorbis, chained", "sound", Sound(parts="ab", **LOSSY), "oggenc")(joined(ogg("-s", "1"), ogg("-s", "2", part="b"), suffix=".ogg"))
row("vorbis, chained by soundfile", "sound", Sound(parts="abc", **LOSSY))(
    joined(*(by_soundfile("OGG", "VORBIS", part=p) for p in "abc"), suffix=".ogg"))
row("opus", "sound", Sound(sr=48000, **LOSSY), "opusenc")(ogg(tool="opusenc", sr=48000, suffix=".opus"))
row("opus, chained", "sound", Sound(sr=48000, parts="ab", **LOSSY), "opusenc")(
    joined(ogg("--serial", "1", tool="opusenc", sr=48000, suffix=".opus"),
           ogg("--serial", "2", tool="opusenc", sr=48000, part="b", suffix=".opus"), suffix=".opus"))
row("flac", "sound", Sound(), "flac")(by("flac", "--silent", "-o", "OUT", "IN", suffix=".flac"))
row("flac of unknown length, from a pipe", "sound", Sound(), "flac")(
    by("flac", "--silent", "--stdout", "--force-raw-format", "--endian=little", "--sign=signed", "--channels=1", "--bps=16",
       "--sample-rate=22050", "--skip=22", "-", suffix=".flac", stdout=True, stdin=True))
row("flac behind an ID3v2 tag", "sound", Sound())(changed(by_soundfile("FLAC", "PCM_16"), lambda b: id3(500) + b))
row("flac in ogg", "sound", Either(Sound(), "ffmpeg"), "flac")(by("flac", "--silent", "--ogg", "-o", "OUT", "IN", suffix=".oga"))
row("flac, 24 bit, 6 channels, 96 kHz", "sound", Sound(sr=96000, channels=6))(by_soundfile("FLAC", "PCM_24", 96000, 6))

CODED = dict(within=2000, alike=.97)
for name, fmt, sub, sr, ch, expect in (
        ("wav, 8 bit", "WAV", "PCM_U8", 22050, 1, dict(alike=.99)), ("wav, 24 bit", "WAV", "PCM_24", 44100, 2, {}),
        ("wav, 32 bit", "WAV", "PCM_32", 22050, 1, {}), ("wav, 64-bit floats", "WAV", "DOUBLE", 22050, 1, {}),
        ("wav, extensible, 6 channels at 96 kHz", "WAVEX", "PCM_24", 96000, 6, {}),
            ("wav, mu-law", "WAV", "ULAW", 8000, 1, dict(alike=.99)),
        ("wav, A-law", "WAV", "ALAW", 8000, 1, dict(alike=.99)), ("wav, IMA ADPCM", "WAV", "IMA_ADPCM", 22050, 1, CODED),
        ("wav, MS ADPCM", "WAV", "MS_ADPCM", 22050, 2, CODED), ("wav, GSM 6.10", "WAV", "GSM610", 8000, 1, CODED | dict(alike=.8)),
        ("wav, G.721", "WAV", "G721_32", 8000, 1, CODED), ("wav, NMS ADPCM", "WAV", "NMS_ADPCM_32", 8000, 1, CODED | dict(alike=.9)),
        ("au, G.721", "AU", "G721_32", 8000, 1, CODED), ("au, G.723", "AU", "G723_40", 8000, 1, CODED),
        ("aiff, GSM 6.10", "AIFF", "GSM610", 8000, 1, CODED | dict(alike=.8)),
            ("w64, GSM 6.10", "W64", "GSM610", 8000, 1, CODED | dict(alike=.8)),
        ("xi", "XI", "DPCM_16", 44100, 1, dict(alike=.99)), ("rf64", "RF64", "PCM_16", 22050, 1, {}),
            ("w64", "W64", "PCM_24", 22050, 2, {}),
        ("aiff", "AIFF", "PCM_16", 22050, 2, {}), ("aifc, floats", "AIFF", "FLOAT", 22050, 1, {}),
            ("au, floats", "AU", "FLOAT", 22050, 1, {}),
        ("caf", "CAF", "PCM_16", 22050, 1, {}), ("caf, ALAC", "CAF", "ALAC_16", 44100, 2, {}), ("voc", "VOC", "PCM_16", 22050, 1, {}),
        ("nist sphere", "NIST", "PCM_16", 16000, 1, {})):
    row(name, "sound", Sound(sr=sr, channels=ch, **expect))(by_soundfile(fmt, sub, sr, ch, suffix={"WAVEX": "wav", "RF64": "wav"}.get(fmt)))

row("aifc, little-endian, by ffmpeg", "sound", Sound(), "ffmpeg")(by("ffmpeg", "-i", "IN", "-c:a", "pcm_s16le", "-f", "aiff", "OUT",
    suffix=".aifc"))
row("wav from a pipe of ffmpeg", "sound", Sound(), "ffmpeg")(by("ffmpeg", "-i", "IN", "-f", "wav", "-", suffix=".wav", stdout=True))
row("wav from a pipe of sox", "sound", Sound(), "sox")(by("sox", "IN", "-t", "wav", "-", suffix=".wav", stdout=True))
FFMPEG = r"ffmpeg -i|torchcodec"
row("m4a", "sound", Either(Sound(**LOSSY), FFMPEG), "ffmpeg")(by("ffmpeg", "-i", "IN", "OUT", suffix=".m4a"))
row("aac", "sound", Either(Sound(**LOSSY), FFMPEG), "ffmpeg")(by("ffmpeg", "-i", "IN", "-f", "adts", "OUT", suffix=".aac"))
row("mp4", "sound", Either(Sound(**LOSSY), FFMPEG), "ffmpeg")(by("ffmpeg", "-i", "IN", "OUT", suffix=".mp4"))
row("webm", "sound", Either(Sound(sr=48000, **LOSSY), FFMPEG), "ffmpeg")(by("ffmpeg", "-i", "IN", "OUT", suffix=".webm", sr=48000))


# WAV written by hand: what is wrong is the sizes, never the samples

def wav(folder, riff=None, data=None, before=b"", after=b"", front=b"", name="hand.wav"):
    "A 16-bit WAV whose sizes are what the caller says; None: the right ones."
    x = (song("a")[:, 0]*32768).round().astype("<i2").tobytes()
    fmt = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 22050, 44100, 2, 16)
    head = fmt + before + b"data" + struct.pack("<I", len(x) if data is None else data)
    size = 4 + len(head) + len(x) + len(after)
    path = folder/name
    path.write_bytes(front + b"RIFF" + struct.pack("<I", size if riff is None else size + riff(size) if callable(riff) else riff) + b"WAVE"
                     + head + x + after)
    return path


chunk = lambda name, body: name + struct.pack("<I", len(body)) + body + b"\0"*(len(body) % 2)
SIZES = {"8 too many": dict(riff=lambda n: 8), "16 too many": dict(riff=lambda n: 16), "many too few": dict(riff=lambda n: -n//2),
         "0": dict(riff=0), "0xffffffff, data too": dict(riff=0xFFFFFFFF, data=0xFFFFFFFF),
             "0x7ffff024 of sox": dict(riff=0x7FFFF024, data=0x7FFFF000),
         "0x7fffffff": dict(riff=0x7FFFFFFF, data=0x7FFFFFFF), "0x80000024 of arecord": dict(riff=0x80000024, data=0x80000000),
         "0 and data 0, from a pipe": dict(riff=0, data=0), "right but data 0": dict(data=0),
             "0x7fffffdb of a pipe": dict(riff=0x7FFFFFFF, data=0x7FFFFFDB)}
for name, sizes in SIZES.items(): row(f"wav, RIFF size {name}", "sound", Sound())(lambda folder, sizes=sizes: wav(folder, **sizes))
for name, more in {
        "an odd chunk before data": dict(before=chunk(b"LIST", b"INFOISFT" + struct.pack("<I", 5) + b"Tool\0")),
        "JUNK and bext before data": dict(before=chunk(b"JUNK", bytes(28)) + chunk(b"bext", bytes(602))),
            "an id3 chunk behind": dict(after=chunk(b"id3 ", id3(301))),
        "junk behind": dict(after=b"\1\2\3"*7, riff=lambda n: -21), "an ID3v2 tag in front": dict(front=id3(200))}.items():
    row(f"wav, {name}", "sound", Sound())(lambda folder, more=more: wav(folder, **more))


@row("wav, its size is the file's size", "sound", Sound())
def _file_size(folder):
    path = wav(folder)
    b = bytearray(path.read_bytes())
    b[4:8] = struct.pack("<I", len(b))
    path.write_bytes(b)
    return path


# What is no whole sound

def written(name, data):
    def build(folder):
        (folder/name).write_bytes(data)
        return folder/name
    return build


row("empty wav", "sound", Refused("empty"))(written("empty.wav", b""))
row("text called wav", "sound", Refused("(?i)wav|sound"))(written("text.wav", b"This is a letter, and not a sound.\n"*40))
row("wav with a head and no samples", "sound", Refused("(?i)no sample|empty"))(lambda folder: changed(lambda f: wav(f, data=0, riff=36),
    lambda b: b[:44])(folder))
row("raw samples", "sound", Refused(r"(?i)\braw\b|headerless|no header"))(written("a.raw", (song("a")*32767).astype("<i2").tobytes()))
CUT = Told(r"(?i)truncat|cut|damaged|incomplete|ends early|broke|no samples")
for name, build in (("wav", by_soundfile("WAV", "PCM_16")), ("aiff", by_soundfile("AIFF", "PCM_16")), ("au", by_soundfile("AU", "PCM_16")),
                    ("w64", by_soundfile("W64", "PCM_16")), ("caf", by_soundfile("CAF", "PCM_16")),
                        ("flac", by_soundfile("FLAC", "PCM_16")),
                    ("vorbis", by_soundfile("OGG", "VORBIS")), ("mp3 with a Xing header", by_soundfile("MP3", "MPEG_LAYER_III"))):
    row(f"{name}, cut short", "sound", CUT)(changed(build, lambda b: b[:round(.6*len(b))]))
row("opus, cut short", "sound", CUT, "opusenc")(changed(ogg(tool="opusenc", sr=48000, suffix=".opus"), lambda b: b[:round(.6*len(b))]))
row("flac, damaged in the middle", "sound", CUT)(changed(by_soundfile("FLAC", "PCM_16"),
    lambda b: b[:len(b)//2] + bytes(3000) + b[len(b)//2 + 3000:]))


@row("flac of 1 MB that decodes to 4 GB", "big", Refused(r"(?i)GB|memory|block"))
def _bomb(folder):
    "Hours of silence: small in the file, large in memory."
    path = folder/"silence.flac"
    with sf.SoundFile(path, "w", 192_000, 8, "PCM_16", format="FLAC") as f:
        for _ in range(700): f.write(np.zeros((192_000, 8), np.int16))
    return path


# Pitch tables: 220 Hz from 0.1 to 0.5 s, 330 Hz to 0.9 s, nothing before and after; a row every 10 ms

TIMES = [round(.01*i, 2) for i in range(100)]


def hz_at(t): return 0. if t < .1 or t >= .9 else 220. if t < .5 else 330.


SUNG = Voices(silent=(.05, .96))
TWO = Voices(2, at=((.3, (220., 275.)), (.7, (330., 412.5))), silent=(.05,))
NOTES = Either(SUNG, r"(?i)note|duration")


def table(line, head="", name="pitch.csv", end="\n", encoding="utf-8", rows=None):
    "A text file: a head, and a line for every moment."
    lines = [line(t, hz_at(t)) for t in (TIMES if rows is None else rows)]
    return written(name, end.join([*([head] if head else []), *(text for text in lines if text is not None), ""]).encode(encoding))


voiced = [t for t in TIMES if hz_at(t)]
row("CREPE", "pitch", Voices())(table(lambda t, f: f"{t:.2f},{f or 57.3:.3f},{.9 if f else .04:.6f}", "time,frequency,confidence",
    "a.f0.csv"))
row("pYIN by sonic-annotator", "pitch", SUNG)(table(lambda t, f: f'"song.wav",{t:.9f},{f:.3f}',
    name="song_vamp_pyin_pyin_smoothedpitchtrack.csv", rows=voiced))
row("pYIN, later rows without the file's name", "pitch", SUNG)(table(lambda t,
    f: f'{chr(34) + "song.wav" + chr(34) if t == .1 else ""},{t:.9f},{f:.3f}', rows=voiced))
row("pYIN, unvoiced guesses negative", "pitch", SUNG)(table(lambda t, f: f"{t:.9f},{f or -110.:.3f}"))
row("Tony, pitch track", "pitch", SUNG)(table(lambda t, f: f"{t:.9f},{f:.3f}", name="song_pitchtrack.csv", rows=voiced))
row("Tony, notes", "pitch", NOTES)(written("song_notes.csv", b"0.100000000,220.000,0.400000000\n0.500000000,330.000,0.400000000\n"))
row("Sonic Visualiser, pitch with a head", "pitch", SUNG)(table(lambda t, f: f"{t:.9f},{f:g},", "TIME,VALUE,LABEL", rows=voiced))
row("Sonic Visualiser, notes of MIDI numbers", "pitch", NOTES)(
    written("notes.csv", b"TIME,VALUE,DURATION,LEVEL,LABEL\n0.1,57,0.4,0.8,\n0.5,64.02,0.4,0.8,\n"))
row("notes: onset, duration, pitch", "pitch", NOTES)(written("notes.csv", b"onset,duration,pitch\n0.1,0.4,57\n0.5,0.4,64.02\n"))
row("notes: onset, offset, MIDI, no head", "pitch", Told(r"(?i)note|MIDI|duration|offset"))(
    written("notes.txt", b"".join(b"%.2f\t%.2f\t%d\n" % (.2*i, .2*i + .18, 57 + i) for i in range(20))))
row("basic-pitch, notes", "pitch", NOTES)(
    written("song_basic_pitch.csv", b"start_time_s,end_time_s,pitch_midi,velocity,pitch_bend\n0.1,0.5,57,80,0,0,1,0\n0.5,0.9,64,81,0,0\n"))
row("MIREX, melody", "pitch", SUNG)(table(lambda t, f: f"{t:.2f}\t{f or -110:.2f}", name="melody.txt"))
row("MIREX, several pitches in a row", "pitch", Either(TWO, r"(?i)number of|column|fields|voices"))(
    table(lambda t, f: f"{t:.2f}\t{f:.2f}\t{1.25*f:.2f}" if f else f"{t:.2f}", name="multif0.txt"))
row("Praat, pitch listing", "pitch", SUNG)(
    table(lambda t, f: f"{t:.6f}   {f'{f:.6f}' if f else '--undefined--'}", "Time_s   F0_Hz", name="listing.txt"))
row("two voices with a head of names", "pitch", TWO)(table(lambda t, f: f"{t},{f},{1.25*f}", "time_s,low_hz,high_hz"))
row("a title line", "pitch", SUNG)(table(lambda t, f: f"{t},{f}", "Pitch of my song\ntime,frequency"))
row("lines of #", "pitch", SUNG)(table(lambda t, f: f"{t} {f}", "# made by a tool\n# time frequency", name="a.txt"))
row("semicolons", "pitch", SUNG)(table(lambda t, f: f"{t};{f}", "time;f0"))
row("semicolons and decimal commas", "pitch", Either(SUNG, "(?i)comma"))(table(lambda t, f: f"{t};{f}".replace(".", ","), "time;f0"))
row("tabs", "pitch", SUNG)(table(lambda t, f: f"{t}\t{f}", name="a.tsv"))
row("spaces", "pitch", SUNG)(table(lambda t, f: f"  {t:6.2f}    {f:8.2f}", name="a.txt"))
row("a comma at every end", "pitch", SUNG)(table(lambda t, f: f"{t},{f},", "time,hz,"))
row("empty cells", "pitch", SUNG)(table(lambda t, f: f"{t},{f or ''}", "time,hz"))
row("nan where unvoiced", "pitch", SUNG)(table(lambda t, f: f"{t},{f or 'nan'}", "time,hz"))
row("a byte order mark and Windows line ends", "pitch", SUNG)(table(lambda t, f: f"{t},{f}", "time,hz", end="\r\n", encoding="utf-8-sig"))
row("UTF-16 of a spreadsheet", "pitch", Either(SUNG, "(?i)utf|text|encod"))(table(lambda t, f: f"{t}\t{f}", "time\thz", name="a.txt",
    encoding="utf-16"))
row("pandas, with the index as first column", "pitch", Either(SUNG, "(?i)index|time|column"))(
    table(lambda t, f: f"{round(t*100)},{t},{f}", ",time_s,voice_hz"))
row("times in ms", "pitch", Either(SUNG, r"(?i)\bms\b|millisecond|second"))(table(lambda t, f: f"{1000*t:.0f},{f}", "time_ms,f0_hz"))
row("a frame number before the time", "pitch", Either(SUNG, "(?i)frame|column|time"))(table(lambda t, f: f"{round(t*100)},{t},{f}",
    "frame,time,frequency"))
row("a picture called csv", "pitch", Refused("(?i)table|text"))(written("a.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256))*4))
row("an empty table", "pitch", Refused("(?i)table|row|empty"))(written("a.csv", b""))
row("a head and no rows", "pitch", Refused("(?i)table|row|empty"))(written("a.csv", b"time,frequency\n"))


@row("SwiftF0", "pitch", Voices(), "swift_f0")
def _swift(folder):
    import swift_f0
    column = lambda value: np.array([value(hz_at(t)) for t in TIMES], dtype=np.float32)
    values = dict(pitch_hz=column(lambda f: f or 61.5), confidence=column(lambda f: .95 if f else .1), timestamps=np.array(TIMES))
    others = {k: np.zeros(len(TIMES), np.float32) for k in swift_f0.PitchResult.__dataclass_fields__ if k not in values}
    result = swift_f0.PitchResult(**values, **others)
    swift_f0.export_to_csv(result, folder/"swift.csv")
    return folder/"swift.csv"


def praat(command, suffix):
    "A PitchTier as Praat writes it."
    def build(folder):
        from parselmouth.praat import call
        tier = call("Create PitchTier", "a", 0, 1)
        for t in voiced: call(tier, "Add point", t, hz_at(t))
        path = folder/f"a{suffix}"
        call(tier, command, str(path))
        return path
    return build


row("Praat, PitchTier", "pitch", SUNG, "parselmouth")(praat("Save as text file", ".PitchTier"))
row("Praat, short PitchTier", "pitch", SUNG, "parselmouth")(praat("Save as short text file", ".PitchTier"))
row("Praat, spreadsheet", "pitch", SUNG, "parselmouth")(praat("Save as PitchTier spreadsheet file", ".PitchTier"))
row("Praat, headerless spreadsheet", "pitch", SUNG, "parselmouth")(praat("Save as headerless spreadsheet file", ".txt"))

# Tables that cannot be what they say, seen only beside the sound of 1 s
row("samples for seconds", "use", Told(r"(?i)second|sample|longer"))(table(lambda t, f: f"{round(t*16000)},{f}", "time,hz"))
row("frames for seconds", "use", Told(r"(?i)second|frame|longer"))(table(lambda t, f: f"{round(t*100)},{f}", "time,hz"))
row("milliseconds for seconds", "use", Told(r"(?i)second|\bms\b|longer"))(table(lambda t, f: f"{1000*t:.0f},{f}"))
row("MIDI numbers for Hz", "use", Told(r"MIDI"))(table(lambda t, f: f"{t},{57 + int(9*t) if f else 0}", "time,pitch"))
row("all rows within 10 ms", "use", Told(r"(?i)row|second|time", seconds=3.))(table(lambda t, f: f"{t/100:.4f},{f}", "time,hz"))


# MIDI

def midi(*tracks, kind=1, name="a.mid", ticks=480):
    "A file by mido; each track is a list of (seconds, message) at 120 beats a minute."
    def build(folder):
        import mido
        f = mido.MidiFile(type=kind, ticks_per_beat=ticks)
        for events in tracks:
            track, now = mido.MidiTrack(), 0
            for seconds, message in sorted(events, key=lambda e: e[0]):
                tick = round(seconds*2*ticks)
                track.append(message(mido).copy(time=tick - now))
                now = tick
            f.tracks.append(track)
        f.save(folder/name)
        return folder/name
    return build


on = lambda note, ch=0, v=80: lambda m: m.Message("note_on", note=note, channel=ch, velocity=v)
off = lambda note, ch=0: lambda m: m.Message("note_off", note=note, channel=ch)
bend = lambda value, ch=0: lambda m: m.Message("pitchwheel", pitch=value, channel=ch)
meta = lambda kind, **more: lambda m: m.MetaMessage(kind, **more)
control = lambda number, value, ch=0: lambda m: m.Message("control_change", control=number, value=value, channel=ch)
hz = lambda note: 440*2**((note - 69)/12)


def note(a, b, number, ch=0): return [(a, on(number, ch)), (b, off(number, ch))]


QUARTET = [e for ch, n in enumerate((72, 67, 60, 48)) for e in note(.1, .9, n, ch)]
row("midi, format 0, a quartet on four channels", "midi", Voices(4, ((.5, (hz(72), hz(67), hz(60), hz(48))),), silent=(.05,)),
    "mido")(midi(QUARTET, kind=0))
row("midi, format 1, one track with two channels", "midi", Voices(2, ((.5, (hz(60), hz(72))),)),
    "mido")(midi(note(.1, .9, 60, 0) + note(.1, .9, 72, 5)))
row("midi, a bend bends its own channel only", "midi", Voices(2, ((.5, (hz(61), hz(72))),)), "mido")(
    midi([(0., bend(4096, 0)), *note(.1, .9, 60, 0), *note(.1, .9, 72, 1)], kind=0))
row("midi, a bend of twelve semitones", "midi", Voices(1, ((.5, (hz(72),)),)), "mido")(
    midi([(0., control(101, 0)), (0., control(100, 0)), (0., control(6, 12)), (.01, bend(8191)), *note(.1, .9, 60)]))
row("midi, drums are no voice", "midi", Voices(1, ((.5, (hz(60),)),)), "mido")(midi(note(.1, .9, 60, 0),
    [e for i in range(8) for e in note(.1*i, .1*i + .05, 36, 9)]))
row("midi, drums are left out with a word", "midi", Told(r"(?i)drum|channel 10"), "mido")(midi(note(.1, .9, 60, 0), note(.2, .3, 36, 9)))
row("midi, nothing but drums", "midi", Refused(r"(?i)drum|channel 10|no note"), "mido")(midi(note(.2, .3, 36, 9)))
row("midi, a note that never ends", "midi", Voices(1, ((.5, (hz(60),)), (.85, (hz(60),)))),
    "mido")(midi([(.1, on(60)), (.9, meta("end_of_track"))]))
row("midi, a note never ended before the next", "midi", Either(Voices(0, ((.3, (hz(60),)),)), "(?i)note"), "mido")(
    midi([(.1, on(60)), *note(.5, .9, 64), (.9, meta("end_of_track"))]))
row("midi, chords in one channel", "midi", Either(Voices(3, ((.5, (hz(60), hz(64), hz(67))),)),
    r"(?i)polyphon|chord|several notes|at once"), "mido")(
    midi(note(.1, .9, 60) + note(.1, .9, 64) + note(.1, .9, 67)))
row("midi, end by velocity 0", "midi", SUNG, "mido")(midi([(.1, on(57)), (.5, on(57, v=0)), (.5, on(64)), (.9, on(64, v=0)),
    (1., meta("end_of_track"))]))
row("midi, names, texts and system messages", "midi", SUNG, "mido")(
    midi([(0., meta("set_tempo", tempo=500_000))],
         [(0., meta("track_name", name="Stimme")), (.05, lambda m: m.Message("sysex", data=(1, 2, 3))), *note(.1, .5, 57),
             *note(.5, .9, 64)]))


@row("midi, a change of tempo in another track", "midi", Voices(1, ((.3, (220.,)), (.7, (hz(64),)))), "mido")
def _tempo(folder):
    "The second half at half the speed: 96 ticks are 0.1 s, then 0.2 s."
    import mido
    f = mido.MidiFile(ticks_per_beat=480)
    M, X = mido.Message, mido.MetaMessage
    f.tracks.append(mido.MidiTrack([X("set_tempo", tempo=500_000), X("set_tempo", tempo=1_000_000, time=480)]))
    f.tracks.append(mido.MidiTrack([M("note_on", note=57, time=96), M("note_off", note=57, time=384), M("note_on", note=64),
        M("note_off", note=64, time=192)]))
    f.save(folder/"tempo.mid")
    return folder/"tempo.mid"


@row("midi, by pretty_midi, two instruments", "midi", Voices(2, ((.3, (220., hz(76))), (.7, (hz(64), hz(76))))), "pretty_midi")
def _pretty(folder):
    import pretty_midi as pm
    f = pm.PrettyMIDI()
    for program, notes in ((0, ((57, .1, .5), (64, .5, .9))), (40, ((76, .1, .9),))):
        one = pm.Instrument(program)
        one.notes = [pm.Note(80, n, a, b) for n, a, b in notes]
        f.instruments.append(one)
    f.write(str(folder/"pretty.mid"))
    return folder/"pretty.mid"


@row("midi, time in film frames", "midi", Either(Voices(1, ((.5, (hz(60),)),)), r"(?i)SMPTE|frames|beats"))
def _smpte(folder):
    body = b"\0\x90\x3c\x50" + b"\x87\x68\x80\x3c\0" + b"\0\xff\x2f\0"  # 1000 ticks of 1 ms
    (folder/"smpte.mid").write_bytes(b"MThd" + struct.pack(">IHHbB", 6, 0, 1, -25, 40) + b"MTrk" + struct.pack(">I", len(body)) + body)
    return folder/"smpte.mid"


@row("midi of 1 kB that would fill the memory", "big", Refused(r"(?i)row|long|last|memory|hour"))
def _long(folder):
    "Twelve voices that sound for nine hours."
    far = bytes([0xFF, 0xFF, 0xFF, 0x7F])
    body = lambda n: b"\0\x90" + bytes([40 + n, 80]) + far + b"\x80" + bytes([40 + n, 0]) + b"\0\xff\x2f\0"
    tempo = b"\0\xff\x51\3" + (13_000).to_bytes(3, "big") + b"\0\xff\x2f\0"
    tracks = [tempo, *(body(n) for n in range(12))]
    (folder/"long.mid").write_bytes(b"MThd" + struct.pack(">IHHH", 6, 1, len(tracks), 107) + b"".join(
        b"MTrk" + struct.pack(">I", len(b)) + b for b in tracks))
    return folder/"long.mid"


row("midi, cut short", "midi", Told(r"(?i)damaged|cut|truncat|MIDI"), "mido")(changed(midi(QUARTET), lambda b: b[:len(b)//2]))
row("text called mid", "midi", Refused("(?i)MIDI"))(written("a.mid", b"no music here\n"*9))
row("midi without notes", "midi", Refused("(?i)no note"), "mido")(midi([(0., meta("track_name", name="empty"))]))


# Models: the two stems are half and a quarter of the mixture, unless said otherwise

FACTS = dict(sr=16000, stems=["a", "b"], licence="MIT", attribution="nobody", training_data="none", source="made for a test")


def card(folder, path, kind, **more):
    "A card beside a model, with the hash of its file."
    from hashlib import sha256
    fields = dict(name="foreign", kind=kind, files={"model": {"path": path.name, "sha256": sha256(path.read_bytes()).hexdigest()}},
        **FACTS, **more)
    (folder/"card.json").write_text(json.dumps(fields))
    return folder/"card.json"


def graph(nodes, inputs, outputs, weights, folder, name="model.onnx", external=None):
    "An ONNX file; with `external` its weight w lies in a file of that name."
    import onnx
    h, info = onnx.helper, lambda items: [onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, s) for n, s in items]
    tensors = [onnx.numpy_helper.from_array(v, k) for k, v in weights.items()]
    model = h.make_model(h.make_graph([h.make_node(*n[:3], **n[3]) if len(n) > 3 else h.make_node(*n) for n in nodes], "g", info(inputs),
                                      info(outputs), tensors), opset_imports=[h.make_opsetid("", 13)], ir_version=8)
    path = folder/name
    if external:
        for t in model.graph.initializer:
            if t.name == "w": onnx.external_data_helper.set_external_data(t, external)
    onnx.save(model, path)
    return path


WEIGHTS = {"w": np.array([.5, .25], np.float32).reshape(1, 2, 1, 1), "axis": np.array([1], np.int64)}
NODES = [("Unsqueeze", ["x", "axis"], ["u"]), ("Mul", ["u", "w"], ["y"])]
ENDS = ([("x", [1, 1, "T"])], [("y", [1, 2, 1, "T"])])


def onnx_row(name, expect, *needs): return row(name, "model", expect, "onnx", *needs)


onnx_row("onnx", Halves())(lambda folder: graph(NODES, *ENDS, WEIGHTS, folder))
onnx_row("onnx, two outputs of one stem each", Halves())(
    lambda folder: graph([("Mul", ["x", "h"], ["y"]), ("Mul", ["x", "q"], ["z"])], [("x", [1, 1, "T"])],
        [("y", [1, 1, "T"]), ("z", [1, 1, "T"])],
                         {"h": np.float32([.5]), "q": np.float32([.25])}, folder))
onnx_row("onnx with its data in a second file", Halves())(lambda folder: graph(NODES, *ENDS, WEIGHTS, folder, external="model.onnx.data"))


def external_card(folder):
    graph(NODES, *ENDS, WEIGHTS, folder, external="model.onnx.data")
    from hashlib import sha256
    path = card(folder, folder/"model.onnx", "onnx")
    fields = json.loads(path.read_text())
    fields["files"]["data"] = {"path": "model.onnx.data", "sha256": sha256((folder/"model.onnx.data").read_bytes()).hexdigest()}
    path.write_text(json.dumps(fields))
    return path


def change_data(folder):
    data = bytearray((folder/"model.onnx.data").read_bytes())
    at = bytes(data).find(np.float32(.5).tobytes())
    data[at:at + 4] = np.float32(.75).tobytes()
    (folder/"model.onnx.data").write_bytes(data)


onnx_row("onnx with a second file, by its card", Halves())(external_card)


@onnx_row("onnx whose second file was changed under its card", Refused(r"(?i)sha|hash|changed"))
def _changed_data(folder):
    path = external_card(folder)
    change_data(folder)
    return path


@onnx_row("onnx whose card does not name its second file", Refused(r"(?i)model\.onnx\.data"))
def _unnamed_data(folder):
    path = graph(NODES, *ENDS, WEIGHTS, folder, external="model.onnx.data")
    return card(folder, path, "onnx")


@onnx_row("onnx whose second file is missing", Refused(r"(?i)model\.onnx\.data"))
def _missing_data(folder):
    path = graph(NODES, *ENDS, WEIGHTS, folder, external="model.onnx.data")
    (folder/"model.onnx.data").unlink()
    return path


@onnx_row("onnx whose second file lies outside its folder", Refused(r"(?i)outside|folder|\.\."))
def _outside(folder):
    import onnx
    inner = folder/"inner"
    inner.mkdir()
    path = graph(NODES, *ENDS, WEIGHTS, inner, external="model.onnx.data")
    shutil.move(inner/"model.onnx.data", folder/"model.onnx.data")
    model = onnx.load(path, load_external_data=False)
    for t in model.graph.initializer:
        for e in t.external_data:
            if e.key == "location": e.value = "../model.onnx.data"
    path.write_bytes(model.SerializeToString())
    return path


onnx_row("onnx of features, (batch, frames, 161)", Refused(r"(?i)feature|signal|spectr|frames|161"))(
    lambda folder: graph([("Sigmoid", ["x"], ["y"])], [("x", [1, "N", 161])], [("y", [1, "N", 161])], {}, folder))
onnx_row("onnx of real and imaginary parts", Refused(r"(?i)two inputs|2 inputs|inputs"))(
    lambda folder: graph([("Add", ["re", "im"], ["y"])], [("re", [1, 257, "N"]), ("im", [1, 257, "N"])], [("y", [1, 257, "N"])], {},
        folder))
onnx_row("onnx with an input that has a value of its own", Halves())(
    lambda folder: graph(NODES, [*ENDS[0], ("w", [1, 2, 1, 1])], ENDS[1], WEIGHTS, folder))
onnx_row("onnx of a signal of unknown rank", Either(Halves(), r"(?i)rank|shape|dimension|axes"))(lambda folder: graph(NODES,
    [("x", None)], ENDS[1], WEIGHTS, folder))
onnx_row("onnx with a second output that is no stem", Either(Halves(), r"(?i)output"))(
    lambda folder: graph([*NODES, ("ReduceMean", ["x"], ["level"], {"axes": [0, 1, 2]})], ENDS[0], [*ENDS[1], ("level", [1, 1, 1])],
        WEIGHTS, folder))
onnx_row("onnx, cut short", Refused(r"(?i)truncated|damaged"))(changed(lambda folder: graph(NODES, *ENDS, WEIGHTS, folder),
    lambda b: b[:len(b)//2]))


def torch_modules():
    import torch

    class Halved(torch.nn.Module):
        def forward(self, x): return torch.stack([x*.5, x*.25], 1)

    class Filled(torch.nn.Module):
        def forward(self, x):
            t = torch.full((16,), 3., dtype=torch.float32)
            return torch.stack([x*.5, x*.25], 1) + 0*t.fill_(65.).sum()

    class Taken(torch.nn.Module):
        def forward(self, x): return torch.stack([x*.5, x*.25], 1) + torch.full((1,), 3., dtype=torch.float32)

    return Halved, Filled, Taken


def exported(module, folder):
    import torch
    T = torch.export.Dim("T", min=2, max=1 << 30)
    torch.export.save(torch.export.export(module, (torch.zeros(1, 1, 800),), dynamic_shapes=({2: T},)), str(folder/"model.pt2"))
    return folder/"model.pt2"


def rewritten(path, change):
    "A zip archive with the JSON of its program changed."
    with zipfile.ZipFile(path) as z: members = {n: z.read(n) for n in z.namelist()}
    name = next(n for n in members if n.endswith("models/model.json"))
    tree = json.loads(members[name])
    change(tree["graph_module"]["graph"]["nodes"])
    members[name] = json.dumps(tree).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as z:
        for n, data in members.items(): z.writestr(n, data)
    return path


def from_file(victim, shared, size):
    "Makes of the first `full` of a program a look into a file: the name goes where the size was."
    def change(nodes):
        node = next(n for n in nodes if n["target"] == "torch.ops.aten.full.default")
        kept = [i for i in node["inputs"] if i["name"] in ("dtype", "device", "pin_memory")]
        node["target"] = "torch.ops.aten.from_file.default"
        node["inputs"] = [{"name": "filename", "arg": {"as_string": str(victim)}, "kind": 1},
            {"name": "shared", "arg": {"as_bool": shared}, "kind": 1},
                          {"name": "size", "arg": {"as_int": size}, "kind": 1}, *kept]
    return change


row("torch.export", "model", Halves())(lambda folder: exported(torch_modules()[0](), folder))


@row("torch.export that overwrites a file", "model", Harmless(r"(?i)from_file|refused"))
def _overwrites(folder):
    (folder/"victim").write_bytes(bytes(range(64)))
    return rewritten(exported(torch_modules()[1](), folder), from_file(folder/"victim", True, 16))


@row("torch.export that makes a file", "model", Harmless(r"(?i)from_file|refused"))
def _makes(folder): return rewritten(exported(torch_modules()[1](), folder), from_file(folder/"victim", True, 16))


@row("torch.export that reads a file", "model", Harmless(r"(?i)from_file|refused"))
def _reads(folder):
    (folder/"victim").write_bytes(np.float32([7.]).tobytes())
    return rewritten(exported(torch_modules()[2](), folder), from_file(folder/"victim", False, 1))


@row("torch.export with an operator nobody knows", "model", Refused(r"(?i)refused|operator|expression"))
def _operator(folder):
    def change(nodes): nodes[0]["target"] = "os.system"
    return rewritten(exported(torch_modules()[0](), folder), change)


def scripted(module, folder, name="model.pt"):
    import warnings

    import torch
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.script(module).save(str(folder/name))
    return folder/name


row("TorchScript, not trusted", "model", Refused(r"trust=True"))(lambda folder: scripted(torch_modules()[0](), folder))
row("TorchScript, trusted", "trusted", Halves())(lambda folder: scripted(torch_modules()[0](), folder))
row("TorchScript by a card, not trusted", "model", Refused(r"trust=True"))(
    lambda folder: card(folder, scripted(torch_modules()[0](), folder), "torchscript"))
row("TorchScript by a card, trusted", "trusted", Halves())(lambda folder: card(folder, scripted(torch_modules()[0](), folder),
    "torchscript"))


@row("TorchScript that makes a file while it is loaded", "model", Harmless(r"trust=True"))
def _setstate(folder): return scripted(hostile(str(folder/"victim")), folder)


@row("TorchScript that calls itself a torch.export", "model", Harmless())
def _disguised(folder): return scripted(hostile(str(folder/"victim")), folder, "model.pt2")


@row("TorchScript that makes a file, by a card of another kind", "model", Harmless())
def _disguised_card(folder): return card(folder, scripted(hostile(str(folder/"victim")), folder, "model.onnx"), "torch-export")


def hostile(victim):
    "A module whose state, when it is set, writes to a file: the import path of TorchScript needs it at the top of a file."
    from foreign_module import Writes
    return Writes(victim)


@row("pickled weights", "model", Refused(r"(?i)pickle|refused"))
def _pickled(folder):
    import torch
    torch.save({"w": torch.zeros(3)}, folder/"model.pth")
    return folder/"model.pth"


@row("a pickle that runs a program", "model", Harmless(r"(?i)pickle|refused"))
def _pickle(folder):
    import pickle

    class Runs:
        def __reduce__(self): return Path.touch, (folder/"victim",)
    (folder/"model.ckpt").write_bytes(pickle.dumps(Runs()))
    return folder/"model.ckpt"


@row("safetensors without a card", "model", Refused(r"(?i)card"))
def _no_card(folder):
    import torch
    from safetensors.torch import save_file
    save_file({"w": torch.zeros(3)}, folder/"model.safetensors")
    return folder/"model.safetensors"


@row("a card whose file lies elsewhere", "model", Refused(r"(?i)beside|refused"))
def _elsewhere(folder):
    path = card(folder, written("model.onnx", b"x")(folder), "onnx")
    path.write_text(path.read_text().replace("model.onnx", "../model.onnx"))
    return path


def main(argv=None):
    folder = Path((argv or sys.argv[1:])[0])
    for i, r in enumerate(ROWS):
        lacking = missing(r.needs)
        place = folder/f"{i:03d} {''.join(c if c.isalnum() or c in ' -.' else '_' for c in r.name)}"
        if not lacking: place.mkdir(parents=True, exist_ok=True)
        print(f"{r.kind:8} {r.name}: " + (f"needs {', '.join(lacking)}" if lacking else str(r.build(place))))


if __name__ == "__main__": main()
