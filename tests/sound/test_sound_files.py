"""Sound files as other programs write them: read to their true end, and told plainly where that cannot be."""
import io
import os
import shutil
import struct
import subprocess
import sys
import warnings

import numpy as np
import pytest
import soundfile as sf

from sep_toolkit.sound import files as audio, sound_files
from sep_toolkit.sound.files import load
from sep_toolkit.core import DataError, ParameterError, SepNotice
from sep_toolkit.sound.containers import DATA, says_nothing
from sep_toolkit.sound.sound_files import read_sound
from sep_toolkit.sound.streams import flac_frame_end, mpeg_frame, mpeg_frames, mpeg_parts, ogg_pages

SR = 22050
RNG = np.random.default_rng(0)
NOISE, TONE = RNG.standard_normal(66150)*.2, .3*np.sin(np.arange(132300)*.08)
needs_ffmpeg = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="needs ffmpeg")


def encode(x, sr=SR, **how):
    file = io.BytesIO()
    sf.write(file, x, sr, **how)
    return file.getvalue()


def mp3(x, **how): return encode(x, format="MP3", subtype="MPEG_LAYER_III", **how)
def bare(data): return data[mpeg_frame(data, 0)[0]:]
def id3(n=10): return b"ID3\3\0\0" + bytes([0, 0, n >> 7, n & 127]) + bytes(n)


VBR = mp3(np.r_[NOISE, TONE], bitrate_mode="VARIABLE", compression_level=.5)
ONE, STEREO = mp3(NOISE), mp3(np.stack([NOISE, NOISE], 1))


@pytest.fixture(params=["bytes", "path", "open file"])
def read(request, tmp_path):
    "load through bytes, through a path, and through an open file: all three must agree."
    def through(data, suffix=".bin", **how):
        if request.param == "bytes": return load(data, **how)
        path = tmp_path/f"x{suffix}"
        path.write_bytes(data)
        if request.param == "path": return load(path, **how)
        with open(path, "rb") as f: return load(f, **how)
    return through


# ---------------------------------------------------------------- compressed files to their true end

def test_an_mp3_of_changing_bit_rate_without_contents(read):
    got = read(bare(VBR))
    n = sum(1 for _ in mpeg_frames(bare(VBR)))
    assert got.n_samples == n*576 >= len(NOISE) + len(TONE)
    whole = read(VBR).numpy()[0]
    assert len(whole) == len(NOISE) + len(TONE)
    late = got.numpy()[0][1105:1105 + len(whole)]  # the delay of encoder and decoder, which only the contents tell
    assert np.abs(late[1000:190000] - whole[1000:190000]).max() < 1e-3


def test_an_mp3_without_contents_keeps_its_place():
    "As soundfile reads it where it guesses the length rightly: a constant bit rate."
    data = bare(mp3(TONE, bitrate_mode="CONSTANT"))
    alone = sf.read(io.BytesIO(data), dtype="float32")[0]
    got = load(data).numpy()[0]
    n = min(len(alone), len(got))
    assert len(got) > len(TONE) and n > 10_000 and np.abs(got[:n] - alone[:n]).max() < 1e-6


def test_joined_mp3s(read):
    got = read(ONE + id3(300) + ONE + b"TAG" + bytes(125)).numpy()[0]
    assert len(got) == 2*len(NOISE)
    assert np.array_equal(got[:len(NOISE)], got[len(NOISE):]), "each is decoded by itself"
    assert read(b"\0"*3000 + ONE).n_samples == len(NOISE)


def test_joined_mp3s_without_contents(read):
    frames = sum(1 for _ in mpeg_frames(bare(ONE)))
    assert read(bare(ONE) + bare(ONE)).n_samples == 2*576*frames
    assert read(ONE + bare(ONE)).n_samples == 2*576*frames - 1105, "contents that tell too little are not believed, but their delay is"


def test_damage_between_the_frames_costs_only_what_is_damaged():
    at = list(mpeg_frames(bare(ONE)))[50][0]
    data = bare(ONE)[:at] + RNG.bytes(5000) + bare(ONE)[at:]
    assert abs(load(data).n_samples - load(bare(ONE)).n_samples) <= 2*576


def test_an_mp3_that_was_cut_off_says_so():
    with pytest.warns(SepNotice, match=r"counts \d+ frames and contains \d+: it may have been cut off"):
        assert 0 < load(ONE[:len(ONE)//2]).n_samples < len(NOISE)


@pytest.mark.parametrize("how", [{}, dict(bitrate_mode="VARIABLE", compression_level=.5)], ids=["one rate", "rates"])
def test_an_mp3_that_was_cut_off_begins_where_the_whole_begins(read, how):
    data = mp3(np.r_[TONE, NOISE], **how)
    whole = load(data).numpy()[0]
    with pytest.warns(SepNotice, match="cut off"): cut = read(data[:len(data)//2], ".mp3").numpy()[0]
    assert 20_000 < len(cut) and np.abs(cut[:-2000] - whole[:len(cut) - 2000]).max() < 1e-4


def test_a_frame_of_an_mp3_that_was_lost_is_told():
    data = bytearray(ONE)
    at = list(mpeg_frames(ONE))[51][0]
    data[at] ^= 8
    with pytest.warns(SepNotice, match="is damaged after 1.3. s: what follows may come too early"): load(bytes(data))
    with warnings.catch_warnings():
        warnings.simplefilter("error", SepNotice)
        load(ONE + id3(300) + b"\0"*300 + ONE + b"TAG" + bytes(125))


def test_parts_that_do_not_fit_together_are_refused(read):
    with pytest.raises(DataError, match="22050 Hz with 1 channel and at 22050 Hz with 2 channels"): read(ONE + STEREO)
    with pytest.raises(DataError, match="at 16000 Hz .* and at 22050 Hz"): read(ONE + encode(NOISE, 16000, format="MP3"))


@pytest.mark.parametrize("data", [b"\xff\xfb\x90\x00" + RNG.bytes(4000), b"\xff\xfb\x90\x00", b"\xff"*4000, id3() + b"\xff\xfb\x90\x00"*40])
def test_a_damaged_mp3_is_called_damaged(read, data):
    with pytest.raises(DataError, match="damaged"): read(data, ".mp3")


def test_a_very_short_mp3():
    data = b"".join(bare(ONE)[i:i + n] for i, n, *_ in list(mpeg_frames(bare(ONE)))[:2])
    assert len(data) < 700 and load(data).n_samples == 2*576


@pytest.mark.parametrize("layer, size", [(3, 2), (2, 3), (1, 3)])
def test_frame_headers(layer, size):
    "Sizes from the standard: 384 or 1152 samples at this many bits a second."
    head = bytes([255, 0xF9 | layer << 1, 0x90, 0])
    n, samples, kind, kbps = mpeg_frame(head + bytes(2000), 0)
    assert kind == (3, layer, 44100, 2) and samples == (384 if layer == 3 else 1152)
    assert kbps == {3: 288, 2: 160, 1: 128}[layer] and abs(n - samples*kbps*1000/8/44100) < 4


def test_layer_2_is_cut_where_its_bit_rate_changes():
    def frame(rate):
        head = bytes([255, 0xFD, rate << 4, 0])
        return head.ljust(mpeg_frame(head, 0)[0], b"\0")
    data = frame(8)*5 + frame(14)*7
    parts = mpeg_parts(data, "x")
    assert [n for *_, n in parts] == [5*1152, 7*1152]
    assert load(data).n_samples == 12*1152


@pytest.mark.parametrize("kind", ["VORBIS", "OPUS"])
def test_chained_ogg(read, kind):
    a, b = (encode(x, 48000, format="OGG", subtype=kind) for x in (NOISE, TONE))
    got = read(a + b + a)
    assert got.n_samples == 2*len(NOISE) + len(TONE)
    assert np.array_equal(got.numpy()[0, :len(NOISE)], load(a).numpy()[0])
    assert np.array_equal(got.numpy()[0, len(NOISE):-len(NOISE)], load(b).numpy()[0])
    part = read(a + b + a, offset=1, duration=2).numpy()
    assert np.array_equal(part, got.numpy()[:, 48000:3*48000])
    with pytest.raises(DataError, match="expected one rate"): read(a + encode(TONE, 24000, format="OGG", subtype=kind))


def test_an_ogg_without_its_last_page_says_so():
    with pytest.warns(SepNotice, match="without a last page"): load(encode(NOISE, format="OGG")[:-3000])


def flipped(data, seed, start=0):
    rng, out = np.random.default_rng(seed), bytearray(data)
    out[int(rng.integers(start, len(data)))] ^= 1 << int(rng.integers(8))
    return bytes(out)


OGGS = {kind: encode(NOISE, 48000, format="OGG", subtype=kind) for kind in ("VORBIS", "OPUS")}


@pytest.mark.parametrize("kind", OGGS)
def test_a_flipped_bit_in_an_ogg_is_never_silent(kind):
    "A decoder leaves out the page, and what follows comes too early."
    data = OGGS[kind]
    whole = load(data).numpy()
    for seed in range(40):
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always", SepNotice)
            try: got = load(flipped(data, seed)).numpy()
            except DataError: continue
        assert said and np.array_equal(got, whole[:, :got.shape[1]]), "nothing is moved, and a missing end is told"


def test_the_error_says_where_an_ogg_is_damaged_or_lacks_a_page():
    data = encode(RNG.standard_normal(48000*4)*.2, 48000, format="OGG", subtype="OPUS")
    pages = list(ogg_pages(data))
    a, b, _ = pages[len(pages)//2]
    at = struct.unpack("<q", data[pages[len(pages)//2 - 1][0] + 6:][:8])[0]/48000
    with pytest.raises(DataError, match=f"page of this Ogg file is damaged, after {at:.2f} s"):
        load(flipped(data[:b], 1, b - 50) + data[b:])
    with pytest.raises(DataError, match=f"page of this Ogg file is missing, after {at:.2f} s"): load(data[:a] + data[b:])
    second = data + data[pages[0][1]:]  # the page that opens the second link is gone
    with pytest.raises(DataError, match="is missing, after 4.0"): load(second)
    load(data + b"junk"*100), load(b"".join((OGGS["OPUS"], b"junk", OGGS["OPUS"])))


# Left, right, centre, bass (F), back or side (l, r), back centre (b), side where there are both (s, t)
CHANNELS = {3: ("LRC", "LCR"), 4: ("LRlr", "LRlr"), 5: ("LRClr", "LCRlr"), 6: ("LRCFlr", "LCRlrF"), 7: ("LRCFblr", "LCRlrbF"),
            8: ("LRCFlrst", "LCRstlrF")}


@pytest.mark.parametrize("kind", ["VORBIS", "OPUS"])
@pytest.mark.parametrize("n", CHANNELS)
def test_channels_of_ogg_come_in_the_order_of_wav(kind, n):
    wav, vorbis = CHANNELS[n]
    level = {c: .1*(i + 1) for i, c in enumerate(wav)}
    x = np.stack([level[c]*np.sin(np.arange(24000)*.01) for c in vorbis], 1)
    data = encode(x, 48000, format="OGG", subtype=kind, compression_level=0.)
    whole = load(data).numpy()
    got = whole[:, 4000:20000].std(1)*2**.5
    off = np.abs(got/got[0]*.1 - np.arange(1, n + 1)*.1)
    assert (off < [.12 if c == "F" else .04 for c in wav]).all(), "the encoder of Vorbis changes the level of the bass"
    assert np.array_equal(load(data, offset=.1, duration=.1).numpy(), whole[:, 4800:9600])


@pytest.mark.parametrize("n", [300, 60000])
def test_joined_flac_and_flac_from_a_pipe(read, n):
    one, two = (encode(x[:n], format="FLAC") for x in (NOISE, TONE))
    both = read(one + two, ".flac").numpy()[0]
    assert np.abs(both - np.r_[NOISE[:n], TONE[:n]]).max() < 2**-15
    assert np.array_equal(read(one + two, ".flac", offset=n/SR, duration=100/SR).numpy()[0], both[n:n + 100])
    piped = bytearray(one)
    piped[21] &= 0xF0
    piped[22:26] = bytes(4)
    assert np.array_equal(read(bytes(piped), ".flac").numpy()[0], both[:n])
    assert read(one + id3() + b"TAG" + bytes(125), ".flac").n_samples == n


def promising(flac, n):
    "A FLAC file whose header promises `n` samples."
    return flac[:21] + bytes([flac[21] & 240 | n >> 32]) + (n & 0xFFFFFFFF).to_bytes(4, "big") + flac[26:]


@pytest.mark.parametrize("x, sub", [(NOISE[:30000], "PCM_16"), (np.stack([NOISE, NOISE], 1)[:20000], "PCM_24"),
                                    (np.zeros(40001), "PCM_16")], ids=["mono", "stereo", "silence"])
@pytest.mark.parametrize("end", [b"", b"TAG" + bytes(125)], ids=["", "tag"])
def test_flac_is_judged_by_its_frames(read, x, sub, end):
    data = encode(x, format="FLAC", subtype=sub)
    whole = load(data).numpy()
    for n in (0, 1000, len(x) - 1, len(x), (1 << 36) - 1):
        got = read(promising(data, n) + end, ".flac")
        assert np.array_equal(got.numpy(), whole), n
        assert np.array_equal(read(promising(data, n) + end, ".flac", offset=.5, duration=.1).numpy(), whole[:, SR//2:SR//2 + 2205]), n
    for n in (len(x) + 1, 3*len(x)):
        with pytest.warns(SepNotice, match=f"promises {n} samples, and its frames contain {len(x)}"):
            assert np.array_equal(read(promising(data, n) + end, ".flac").numpy(), whole)
    assert read(promising(data, 1000) + promising(data, 99), ".flac").n_samples == 2*len(x)
    for n in (1000, len(x), 3*len(x)):
        if len(data) > 9000:
            with pytest.raises(DataError, match="truncated|cannot be read"): read(promising(data, n)[:-100], ".flac")


def test_flac_with_bytes_behind_it_is_judged_by_its_frames():
    data = encode(NOISE[:30000], format="FLAC")
    assert load(promising(data, 1000) + RNG.bytes(777)).n_samples == 30000


def test_samples_that_look_like_a_flac_frame_are_not_one(read):
    "Loud noise is stored as it is, and now and then two of its bytes are those a frame begins with; the next two may then be anything."
    for a, b in np.ndindex(256, 256):
        end = flac_frame_end(b"\xff\xf9" + bytes([a, b]) + bytes(16), 0, 4096)
        assert end is None or a >= 16 and 1 <= end <= 2**15
    x = np.random.default_rng(3).integers(-2**15, 2**15, 9000).astype(">i2")
    for at, code in zip(range(5200, 8800, 200), range(16)):
        x[at:at + 2] = np.frombuffer(bytes([0xFF, 0xF8, code << 4, 8]), ">i2")
    data = encode(x.astype("<i2"), format="FLAC", subtype="PCM_16")
    assert b"\xff\xf8\0\x08" in data, "the noise is stored as it is"
    assert np.array_equal(read(data, ".flac").numpy()[0], x.astype(np.float32)/2**15)


def test_a_tag_before_any_format(read):
    for how in (dict(format="WAV"), dict(format="FLAC"), dict(format="OGG"), dict(format="AIFF"), dict(format="MP3")):
        assert read(id3(400) + id3(20) + encode(NOISE, **how)).n_samples == len(NOISE), how


# ---------------------------------------------------------------- lengths that headers tell

WAV = encode(NOISE, format="WAV", subtype="PCM_16")
STREAMED = [0, 0x7FFFF000, 0x7FFFFFFF, 0x7FFFFFFF - 36, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFF - 36, 0xFFFFF000]


@pytest.mark.parametrize("riff", [0, len(WAV), len(WAV) - 8, len(WAV) + 8, 0x7FFFF024, 0x80000024, 0xFFFFFFFF])
@pytest.mark.parametrize("data", [len(WAV) - 44, *STREAMED])
def test_wav_is_judged_by_its_data_chunk(read, riff, data):
    wav = bytearray(WAV)
    wav[4:8], wav[40:44] = struct.pack("<I", riff), struct.pack("<I", data)
    assert np.array_equal(read(bytes(wav), ".wav").numpy(), load(WAV).numpy())


def test_an_empty_wav_with_a_tag_behind_is_empty():
    wav = WAV[:40] + bytes(4) + b"LIST" + struct.pack("<I", 4) + b"INFO"
    with pytest.raises(DataError, match="no samples"): load(wav)


def test_chunks_before_and_behind(read):
    junk = b"JUNK" + struct.pack("<I", 5) + b"hello\0"
    with warnings.catch_warnings():
        warnings.simplefilter("error", SepNotice)
        assert read(WAV[:12] + junk + WAV[12:] + junk).n_samples == len(NOISE)


def test_sound_behind_the_data_chunk_is_told():
    with pytest.warns(SepNotice, match="132 kB after the sound are not read"): load(WAV + WAV)


@pytest.mark.parametrize("fmt", ["WAV", "AIFF"])
def test_a_second_block_of_samples_is_told(fmt):
    data = encode(NOISE, format=fmt, subtype="PCM_16")
    start, promised, _ = DATA[data[:4]](io.BytesIO(data), len(data))
    with pytest.warns(SepNotice, match="contains 2 blocks of sound: only the first is read"):
        assert load(data[:start + promised] + data[start - 8:start + promised]).n_samples == len(NOISE)


@pytest.mark.parametrize("how", [dict(format="WAV"), dict(format="WAV", subtype="MS_ADPCM"), dict(format="WAV", subtype="GSM610"),
                                 dict(format="RF64"), dict(format="W64"), dict(format="AIFF"), dict(format="AU"), dict(format="CAF"),
                                 dict(format="SVX", subtype="PCM_16"), dict(format="NIST"), dict(format="FLAC")], ids=str)
@pytest.mark.parametrize("share", [.9, .4])
def test_what_was_cut_off_is_refused(read, how, share):
    data = encode(NOISE, 8000, **how)
    with pytest.raises(DataError, match="truncated|damaged"): read(data[:int(len(data)*share)])


def test_what_programs_write_for_an_unknown_length():
    assert all(map(says_nothing, STREAMED)) and not any(map(says_nothing, (1, 44, 10**6, 2**30, 3*2**30)))


# ---------------------------------------------------------------- every format that soundfile reads

def formats():
    for fmt in sorted(sf.available_formats()):
        for kind in sorted(sf.available_subtypes(fmt)):
            if fmt in ("RAW", "SD2") or (fmt, kind) == ("AIFF", "DWVW_16") or (fmt, kind) == ("AIFF", "DWVW_24"): continue
            try: yield pytest.param(encode(TONE[:8000], 8000, format=fmt, subtype=kind), id=f"{fmt} {kind}")
            except Exception: continue  # libsndfile cannot write it


@pytest.mark.parametrize("data", list(formats()))
def test_every_format_is_read(read, data):
    got = read(data)
    assert 8000 <= got.n_samples <= 8400  # some come in blocks
    error = np.abs(got.numpy()[0, 100:8000] - TONE[100:8000])
    assert np.median(error) < .1


def test_a_raw_file_is_judged_by_what_it_holds(read):
    assert read(WAV, ".raw").n_samples == len(NOISE)
    with pytest.raises(DataError, match="cannot be read as sound|no header that tells"): read(RNG.bytes(5000), ".raw")


def test_a_file_without_a_header_names_the_way_out(tmp_path):
    (tmp_path/"x.raw").write_bytes(RNG.bytes(5000))
    with pytest.raises(DataError, match="numpy.fromfile"): load(tmp_path/"x.raw")


def test_an_mp3_inside_a_wav():
    head = b"WAVEfmt " + struct.pack("<IHHIIHHHHIHHH", 30, 0x55, 1, SR, 16000, 1, 0, 12, 1, 2, 576, 1, 1105)
    body = head + b"data" + struct.pack("<I", len(ONE)) + ONE
    assert load(b"RIFF" + struct.pack("<I", len(body)) + body).n_samples == len(NOISE)


FOREIGN = {"m4a": ["-c:a", "aac"], "mp4": ["-c:a", "aac"], "webm": ["-c:a", "libopus"], "mka": ["-c:a", "libopus"], "aac": ["-c:a", "aac"],
           "wma": ["-c:a", "wmav2"]}


@needs_ffmpeg
@pytest.mark.parametrize("suffix", FOREIGN)
def test_ffmpeg_reads_the_rest(read, tmp_path, suffix, monkeypatch):
    (tmp_path/"in.wav").write_bytes(encode(TONE, 48000, format="WAV"))
    made = subprocess.run(["ffmpeg", "-v", "error", "-i", "in.wav", *FOREIGN[suffix], f"out.{suffix}"], cwd=tmp_path, check=False)
    if made.returncode: pytest.skip(f"this ffmpeg does not write {suffix}")
    data = (tmp_path/f"out.{suffix}").read_bytes()
    got = read(data, f".{suffix}")
    assert got.sr == 48000 and abs(got.n_samples - len(TONE)) < 5000  # the encoder's frames
    assert read(data, f".{suffix}", offset=.5, duration=.5).n_samples == 24000
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(DataError, match="needs ffmpeg.*not installed here.*ffmpeg -i"): read(data, f".{suffix}")


@pytest.fixture(scope="module")
def ffmpeg(tmp_path_factory):
    "Runs ffmpeg in a folder with a.wav (TONE with clicks) and b.wav; returns the path of the file it wrote, which is named last."
    if not shutil.which("ffmpeg"): pytest.skip("needs ffmpeg")
    folder = tmp_path_factory.mktemp("ffmpeg")
    clicks = TONE[:2*SR].copy()
    clicks[::3000] = .9
    sf.write(folder/"a.wav", clicks, SR)
    sf.write(folder/"b.wav", -.25*np.ones(SR), SR)
    def run(*args):
        made = subprocess.run(["ffmpeg", "-y", "-v", "error", "-threads", "1", *args], cwd=folder, check=False)
        if made.returncode: pytest.skip(f"this ffmpeg does not write {args[-1]}")
        return folder/args[-1]
    return run


PICTURES = ("-f", "lavfi", "-i", "testsrc=size=32x32:rate=5:duration=2")


@pytest.mark.parametrize("name, how", [("x.wma", ()), ("x.webm", ()), ("x.mka", ("-c:a", "aac")), ("x.m4a", ()), ("x.ts", ("-c:a", "mp2")),
                                       ("x.tta", ()), ("late.mp4", ("-c:v", "mpeg4", "-c:a", "aac"))])
def test_a_part_of_a_file_of_ffmpeg_is_the_part_of_the_whole(ffmpeg, name, how):
    before = (*PICTURES, "-itsoffset", "0.7") if name == "late.mp4" else ()
    path = ffmpeg(*before, "-i", "a.wav", *how, name)
    whole = load(path)
    sr = whole.sr
    for offset, duration in ((.5, .25), (.0131, .001), (1.2, None), (0, 1/sr)):
        stop = None if duration is None else round((offset + duration)*sr)
        assert np.array_equal(load(path, offset=offset, duration=duration).numpy(), whole.numpy()[:, round(offset*sr):stop]), offset
    with pytest.raises(ParameterError, match="offset.*expected a time within"): load(path, offset=9, duration=1)
    with pytest.raises(ParameterError, match="duration.*one sample"): load(path, duration=1e-7)
    if name == "late.mp4": assert abs(np.argmax(np.abs(whole.numpy()[0]) > .5) - .7*SR) < 50, "the silence before the track is kept"


def test_a_file_that_begins_late_says_so(ffmpeg):
    path = ffmpeg("-itsoffset", "0.7", "-i", "a.wav", "-c:a", "flac", "late.mka")
    with pytest.warns(SepNotice, match="begins 0.700 s after its time 0"): load(path)


@pytest.mark.parametrize("name", ["two.mka", "two.m4a"])
@pytest.mark.parametrize("first", [True, False])
def test_of_two_tracks_the_default_one_is_read_and_it_is_said(ffmpeg, name, first):
    marks = ("default", "0") if first else ("0", "default")
    path = ffmpeg("-i", "a.wav", "-i", "b.wav", "-map", "0", "-map", "1", "-c:a", "flac" if name[-1] == "a" and "mka" in name else "aac",
                  "-disposition:a:0", marks[0], "-disposition:a:1", marks[1], name)
    with pytest.warns(SepNotice, match=f"contains 2 audio tracks: track {2 - first} was read.*-map 0:a:{int(first)}"): got = load(path)
    assert (got.n_samples > 1.5*SR) == first


def test_a_film_without_sound_and_a_damaged_foreign_file_say_so(ffmpeg, tmp_path):
    with pytest.raises(DataError, match="contains no sound, only video"): load(ffmpeg(*PICTURES, "-c:v", "mpeg4", "v.mp4"))
    data = bytearray(ffmpeg("-i", "a.wav", "-c:a", "tta", "whole.tta").read_bytes())
    data[len(data)//2] ^= 64
    with pytest.warns(SepNotice, match="may be damaged, and some of its sound may be missing: ffmpeg says"): load(bytes(data))


@pytest.mark.parametrize("name, how", [("x.dts", ("-c:a", "dca", "-strict", "-2", "-ar", "44100")), ("x.eac3", ()),
                                       ("r.ts", ("-c:a", "aac")), ("x.ra", ("-c:a", "real_144", "-ar", "8000")),
                                       ("x.mpg", ("-c:a", "mp2"))])
def test_more_formats_of_ffmpeg(ffmpeg, name, how):
    got = load(ffmpeg("-i", "a.wav", *how, name))
    assert 1.9 < got.duration < 2.2 and got.peak > .2


@needs_ffmpeg
def test_ffmpeg_opens_no_other_file(tmp_path):
    "A playlist or a script is no sound, whatever its name: ffmpeg is not asked what it might be."
    (tmp_path/"secret.wav").write_bytes(WAV)
    secret = tmp_path/"secret.wav"
    for name, text in (("a.m4a", f"#EXTM3U\n#EXTINF:1\n{secret}\n"), ("b.webm", f"ffconcat version 1.0\nfile {secret}\n")):
        (tmp_path/name).write_text(text)
        with pytest.raises(DataError, match="cannot be read as sound"): load(tmp_path/name)


def test_a_damaged_foreign_file():
    data = b"\0\0\0\x20ftypM4A " + RNG.bytes(3000)
    with pytest.raises(DataError, match="MP4 or M4A"): load(data)


# ---------------------------------------------------------------- parts, places, memory

@pytest.mark.parametrize("how", [dict(format="WAV"), dict(format="FLAC"), dict(format="OGG"), dict(format="MP3"),
                                 dict(format="WAV", subtype="GSM610"),
                                 dict(format="WAV", subtype="IMA_ADPCM"), dict(format="OGG", subtype="OPUS")], ids=str)
def test_a_part_is_the_same_as_the_part_of_the_whole(read, how):
    data = encode(TONE, 8000, **how)
    whole = load(data).numpy()
    for offset, duration in ((0, 2), (3.21, 1.5), (10, None), (0, 999), (.5, 1/8000)):
        stop = None if duration is None else round((offset + duration)*8000)
        assert np.array_equal(read(data, offset=offset, duration=duration).numpy(), whole[:, round(offset*8000):stop])


@pytest.mark.parametrize("how, words", [
    (dict(offset=3), "offset.*within 3.000 s"), (dict(offset=-1), "offset"), (dict(duration=0), "duration"),
    (dict(offset="now"), "offset"), (dict(duration=-2), "duration"), (dict(offset=float("inf")), "offset")])
def test_a_part_that_is_not_there(read, how, words):
    with pytest.raises(ParameterError, match=words): read(WAV, **how)
    with pytest.raises(ParameterError, match=words): load(NOISE, sr=SR, **how)


def test_a_part_of_an_array():
    assert np.array_equal(load(NOISE, sr=SR, offset=1, duration=.5).numpy()[0], NOISE[SR:SR + SR//2].astype(np.float32))


def test_an_open_file_stays_open_and_where_it_was(tmp_path):
    (tmp_path/"x.wav").write_bytes(WAV)
    with open(tmp_path/"x.wav", "rb") as f:
        f.seek(7)
        for _ in range(2): assert load(f).n_samples == len(NOISE) and f.tell() == 7 and not f.closed
    file = io.BytesIO(WAV)
    file.seek(0, 2)
    assert load(file).n_samples == len(NOISE)
    with open(tmp_path/"x.wav") as f, pytest.raises(ParameterError, match="binary mode"): load(f)


def test_a_pipe_is_read():
    a, b = os.pipe()
    with os.fdopen(b, "wb") as f: f.write(encode(NOISE[:1000], format="WAV"))
    with os.fdopen(a, "rb") as f: assert load(f).n_samples == 1000


def test_home_folders_and_file_addresses(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    path = tmp_path/"a b.wav"
    path.write_bytes(WAV)
    for source in ("~/a b.wav", path.as_uri(), path.as_uri().replace("file://", "file://localhost")):
        assert load(source).n_samples == len(NOISE)
    with pytest.raises(DataError, match="of this machine"): load("file://elsewhere/a.wav")


@pytest.mark.parametrize("source", ["a\0b.wav", "x"*300 + ".wav", "/" + "x/"*3000, "\udcff\ud800", "file:///a%00b", "file://[",
                                    b"", 3, None])
def test_names_that_no_file_can_have(source):
    with pytest.raises((DataError, ParameterError)): load(source)


def test_what_will_be_decoded_is_compared_with_the_memory_there_is(read, monkeypatch):
    silent = encode(np.zeros((40_000_000, 1), np.int16), format="FLAC")
    assert 1000*len(silent) < 160_000_000
    monkeypatch.setattr(sound_files, "free_memory", lambda: 100_000_000)
    with pytest.raises(DataError, match="promises 160 MB of sound.*100 MB of memory are free.*offset=0, duration=60"): read(silent)
    assert read(silent, offset=1000, duration=2).n_samples == 2*SR
    monkeypatch.setattr(sound_files, "free_memory", lambda: 200_000_000)
    got = read(silent)
    assert got.samples.shape == (1, 40_000_000) and got.peak == 0, "honest silence is no lie, however small its file"


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory as Linux tells it")
def test_reading_takes_little_more_memory_than_the_sound(tmp_path):
    path = tmp_path/"long.wav"
    sf.write(path, np.zeros((20_000_000, 2), np.int16), 44100)  # 160 MB decoded
    code = """
import resource, sys
from sep_toolkit.sound.files import load
load(sys.argv[1], duration=1)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
load(sys.argv[1])
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)*1024/160e6)
"""
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 1.3


def test_the_document_is_where_the_reader_looks():
    assert read_sound.__doc__ and audio.load.__doc__


RARE = [("AVR", "PCM_16", 1), ("AVR", "PCM_16", 2), ("AVR", "PCM_U8", 1), ("MAT4", "PCM_16", 1), ("MAT4", "DOUBLE", 2),
        ("VOC", "PCM_16", 1), ("VOC", "PCM_16", 2), ("MAT5", "PCM_16", 1), ("MAT5", "PCM_U8", 2), ("MAT5", "FLOAT", 1),
        ("MPC2K", "PCM_16", 2), ("WVE", "ALAW", 1)]


@pytest.mark.parametrize("fmt, sub, channels", RARE)
@pytest.mark.parametrize("endian", ["FILE", "BIG", "LITTLE"])
def test_a_cut_file_of_a_rare_format_is_refused(fmt, sub, channels, endian):
    "libsndfile reads these short, without an error."
    file = io.BytesIO()
    try: sf.write(file, .2*np.random.default_rng(0).standard_normal((7777, channels)), 8000, format=fmt, subtype=sub, endian=endian)
    except (sf.LibsndfileError, ValueError): pytest.skip("libsndfile writes no such file")
    data = file.getvalue()
    whole = load(data)
    assert whole.n_samples == 7777 and whole.channels == channels
    for kept in (len(data)//2, len(data)*9//10, len(data) - 3):
        assert sf.info(io.BytesIO(data[:kept])).frames < 7777
        with pytest.raises(DataError, match=r"truncated: its header promises \d+ bytes of sound, \d+ are there"): load(data[:kept])


@pytest.mark.parametrize("fmt, sub", [("PAF", "PCM_16"), ("PVF", "PCM_16"), ("IRCAM", "PCM_16"), ("XI", "DPCM_16")])
@pytest.mark.parametrize("endian", ["FILE", "BIG", "LITTLE"])
def test_a_format_that_states_no_length_is_read_with_a_notice(fmt, sub, endian):
    file = io.BytesIO()
    try: sf.write(file, .2*np.random.default_rng(0).standard_normal(7777), 8000, format=fmt, subtype=sub, endian=endian)
    except (sf.LibsndfileError, ValueError): pytest.skip("libsndfile writes no such file")
    with pytest.warns(SepNotice, match="does not state how long it is") as said: assert load(file.getvalue()).n_samples == 7777
    assert said[0].filename == __file__


def test_an_xi_file_that_states_its_length_is_compared_with_it():
    file = io.BytesIO()
    sf.write(file, .2*np.random.default_rng(0).standard_normal(7777), 44100, format="XI", subtype="DPCM_16")
    data = bytearray(file.getvalue())
    data[298:302] = (2*7777).to_bytes(4, "little")
    assert load(bytes(data)).n_samples == 7777
    with pytest.raises(DataError, match="truncated"): load(bytes(data[:-100]))


def test_damaged_files_of_a_known_format_are_not_taken_for_mpeg():
    "Bytes that look like one MPEG frame occur by chance in every file."
    data = encode(np.random.default_rng(0).uniform(-.5, .5, 40000), 8000, format="FLAC", subtype="PCM_24")
    for share in (.02, .05, .1):
        with pytest.raises(DataError, match="truncated|cannot be read"): load(data[:int(len(data)*share)])
