#!/usr/bin/env python3
"""Write sep_toolkit/registry.json: the table below, with the hashes of a local mirror's files filled in.

    SEP_TOOLKIT_MIRROR=FOLDER python scripts/make_registry.py

FOLDER holds data/ and models/. A public file that is the same file as the mirror's needs no hash of its own here.
`sha256: None` says that the public file's hash is not known; it is recorded when somebody first fetches it.
"""
import hashlib
import json
import os
import sys
from pathlib import Path

OUT = Path(__file__).resolve().parent.parent/"sep_toolkit"/"registry.json"
NOT_DATA = ("LICENSE", "CREDITS", "README")
TREE_FROM = 300  # from this many files on, one hash of the whole tree

GITHUB = "https://raw.githubusercontent.com/"
UMSS = GITHUB + "schufo/umss/{}/Datasets/ChoralSingingDataset/Nino_Dios/audio_16kHz/nino_{}.wav"
UMSS_FILES = dict(soprano_1=("0e6adcc8ba2c244d2940a0a8215d7a914190e869", "Soprano_105"),
                  soprano_2=("69fbd87cc43bffbb18d7f9fc97a273df2a66cbb2", "Soprano_205"),
                  soprano_3=("0e6adcc8ba2c244d2940a0a8215d7a914190e869", "Soprano_305"),
                  alto_1=("69fbd87cc43bffbb18d7f9fc97a273df2a66cbb2", "ContraAlt_107"),
                  alto_2=("0e6adcc8ba2c244d2940a0a8215d7a914190e869", "ContraAlt_207"),
                  alto_3=("bb9d194b8f0c4667432ca648526449f15497a9e8", "ContraAlt_307"),
                  tenor_1=("69fbd87cc43bffbb18d7f9fc97a273df2a66cbb2", "tenor1-06-2"),
                  tenor_2=("0e6adcc8ba2c244d2940a0a8215d7a914190e869", "tenor2-06-2"),
                  tenor_3=("bb9d194b8f0c4667432ca648526449f15497a9e8", "tenor3-06-2"),
                  bass_1=("bb9d194b8f0c4667432ca648526449f15497a9e8", "Bajos_104"),
                  bass_2=("bb9d194b8f0c4667432ca648526449f15497a9e8", "Bajos_204"),
                  bass_3=("0e6adcc8ba2c244d2940a0a8215d7a914190e869", "Bajos_304"))
BACH = GITHUB + "salu133445/bach-violin-dataset/18f4c6143739f8ff13fdf219527bdc391031cf18/bach-violin/"
GTCRN = GITHUB + "Xiaobin-Rong/gtcrn/502ebfab64da7c4a9af78dcb9c6ceef1ebb01c73/"
DTLN = GITHUB + "breizhn/DTLN/1de1f15a8b5b7e1c44905618ff2ef70ca8277fbc/pretrained_model/"
DNSMOS = GITHUB + "microsoft/DNS-Challenge/master/DNSMOS/DNSMOS/"
SPLEETER = "https://github.com/deezer/spleeter/releases/download/v1.4.0/"
PICOVOICE = "0a2397b26b4767ba6a655c4e351f73a264e62034"

TABLE = dict(
    choir=dict(
        title="Choral Singing Dataset: Niño Dios, singers 1-3 of each voice, 16 kHz", sr=16000, mirror="data/choir",
        licence="CC BY 4.0 (f0 tables: Apache-2.0)", homepage="https://zenodo.org/record/1286570",
        attribution="H. Cuesta, E. Gómez, A. Martorell, F. Loáiciga: Choral Singing Dataset, DOI 10.5281/zenodo.1286570; "
                    "16 kHz files and f0 tables from the umss repository, (c) 2022 Kilian Schulze-Forster",
        notes="Sung together, recorded separately. The f0 tables are in the mirror only.",
        aliases={k: f"nino_dios_{k}" for k in UMSS_FILES},
        source=[{"url": UMSS.format(*v), "as": f"nino_dios_{k}.wav", "sha256": None, "about_bytes": 3_400_000}
                for k, v in UMSS_FILES.items()]),
    choir_full=dict(
        title="Choral Singing Dataset, complete, 44.1 kHz", sr=44100, licence="CC BY 4.0",
        homepage="https://zenodo.org/record/2649950",
        attribution="H. Cuesta, E. Gómez, A. Martorell, F. Loáiciga: Choral Singing Dataset, DOI 10.5281/zenodo.2649950",
        notes="Three songs, sixteen singers.",
        source=[{"url": "https://zenodo.org/records/2649950/files/ChoralSingingDataset.zip?download=1",
                 "as": "ChoralSingingDataset.zip", "md5": "7a9643609a1c3902b5255d78dbba3303", "about_bytes": 1_100_000_000,
                 "unpack": [["*", None]], "unpacked_bytes": 4_000_000_000}]),
    noisy_speech=dict(
        title="VoiceBank+DEMAND, test speakers, clean and noisy", sr=16000, mirror="data/noisy_speech",
        licence="CC BY 4.0 (the DEMAND noise in it is also listed as CC BY-SA 3.0)",
        homepage="https://datashare.ed.ac.uk/handle/10283/2791",
        attribution="C. Valentini-Botinhao (2017): Noisy speech database for training speech enhancement algorithms and TTS "
                    "models, University of Edinburgh, DOI 10.7488/ds/2117",
        notes="The mirror holds 24 pairs of speaker p232 at 16 kHz; the public archives hold all 824 pairs at 48 kHz.",
        source=[{"url": f"https://datashare.ed.ac.uk/bitstreams/{uuid}/download", "as": f"{part}_testset_wav.zip", "md5": md5,
                 "about_bytes": size, "unpack": [["*.wav", f"{part}/"]], "unpacked_bytes": 1_000_000_000}
                for part, uuid, md5, size in (
                    ("clean", "dec213d3-bf57-4777-9663-c24bdce92d5e", "34eb1c0ba7ef667e9b966866c542fc16", 154_300_000),
                    ("noisy", "13c1bfbf-14a6-41db-9b41-8f7310f01ad5", "fb1b86caa31e8ba5b506c0c64da9aab5", 170_600_000))]),
    clips=dict(
        title="Example recordings of librosa", mirror="data/clips", licence="CC BY 3.0, CC BY 4.0 or public domain, per file",
        homepage="https://librosa.org/doc/latest/recordings.html",
        attribution="Per file, in the .txt beside each recording",
        notes="Trumpet, string orchestra, jazz, three readings, a robin, a whale.",
        aliases=dict(trumpet="sorohanro_-_solo-trumpet-06", vibeace="Kevin_MacLeod_-_Vibe_Ace", humpback="glacier-bay-humpback",
                     brahms="Hungarian_Dance_number_5_-_Allegro_in_F_sharp_minor_(string_orchestra)",
                     robin="456440__inspectorj__bird-whistling-robin-single-13", libri1="5703-47212-0000",
                     libri2="3436-172162-0000", libri3="198-209-0000"),
        source=[{"base": "https://librosa.org/data/audio/"}]),
    digits=dict(
        title="Free Spoken Digit Dataset: 3000 clips, 6 speakers, 8 kHz", sr=8000, mirror="data/digits", licence="CC BY-SA 4.0",
        homepage="https://github.com/Jakobovski/free-spoken-digit-dataset",
        attribution="Z. Jackson et al.: Free Spoken Digit Dataset, DOI 10.5281/zenodo.1342401",
        source=[{"url": "https://github.com/Jakobovski/free-spoken-digit-dataset/archive/refs/tags/v1.0.10.zip",
                 "as": "fsdd-1.0.10.zip", "sha256": None, "about_bytes": 16_000_000,
                 "unpack": [["*/recordings/*.wav", ""]], "unpacked_bytes": 60_000_000}]),
    speech=dict(
        title="Picovoice speech-to-intent benchmark: spoken commands, more than 50 speakers, 16 kHz", sr=16000,
        mirror="data/speech", licence="Apache-2.0", homepage="https://github.com/Picovoice/speech-to-intent-benchmark",
        attribution="Picovoice Inc.", notes="The mirror holds 360 of the 619 clips.",
        source=[{"url": f"https://github.com/Picovoice/speech-to-intent-benchmark/archive/{PICOVOICE}.zip",
                 "as": "speech-to-intent.zip", "sha256": None, "about_bytes": 90_000_000,
                 "unpack": [["*/data/speech/clean/*.wav", ""]], "unpacked_bytes": 200_000_000}]),
    percussion=dict(
        title="Sonic Pi samples: drums, tabla, loops, 44.1 kHz", sr=44100, mirror="data/percussion", licence="CC0 1.0",
        homepage="https://github.com/sonic-pi-net/sonic-pi/tree/v4.5.1/etc/samples",
        attribution="Freesound users and Uwe Zahn (Arovane), collected by Sonic Pi",
        source=[{"base": GITHUB + "sonic-pi-net/sonic-pi/v4.5.1/etc/samples/"}]),
    violin=dict(
        title="Bach Violin Dataset: four movements with note alignments", mirror="data/violin", licence="CC BY 3.0",
        homepage="https://github.com/salu133445/bach-violin-dataset", attribution="John Garner (BWV 1002), MinJi Kim (BWV 1003)",
        aliases=dict(garner_6="john-garner_bwv1002_mov6", garner_7="john-garner_bwv1002_mov7",
                     garner_8="john-garner_bwv1002_mov8", kim_3="minji-kim_bwv1003_mov3"),
        notes="Alignments: start, end, pitch of every note. The tables of notes are in the mirror only.",
        source=[{"url": BACH + f"audio/john-garner/john-garner_bwv1002_mov{i}.mp3", "as": f"john-garner_bwv1002_mov{i}.mp3"}
                for i in (6, 7, 8)]
        + [{"url": BACH + "audio/minji-kim/minji-kim_bwv1003_mov3.opus", "as": "minji-kim_bwv1003_mov3.opus"}]),
    song=dict(
        title="Five stems of one song: guitar, bass, drums, horns, clavinet, 44.1 kHz", sr=44100, mirror="data/song",
        licence="CC0 1.0", homepage="https://github.com/mdn/webaudio-examples/tree/main/multi-track",
        attribution="MDN web docs, webaudio-examples", notes="83 s, mp3. The licence is the repository's; the artist is not named.",
        source=[{"base": GITHUB + "mdn/webaudio-examples/main/multi-track/"}]),
    noises=dict(
        title="Everyday noises: rain, typing, crowd, engine, birds, train, kitchen", mirror="data/noises",
        licence="CC0 1.0 or CC BY, per file", homepage="https://freesound.org",
        attribution="Freesound: InspectorJ (rain 401275, birds 339326, engine 345558; CC BY), SoundsExciting (crowd 365132), "
                    "Rodzuz (typing 393902), markedit (train 157873); kitchen from Speech Commands (CC BY 4.0)",
        notes="In the mirror only: the originals need an account. coloured_noise and esc50 are alternatives.", source=[]),
    solo_voice=dict(
        title="vocadito: solo singing with hand-made f0 and notes, 44.1 kHz", sr=44100, mirror="data/solo_voice",
        licence="CC BY 4.0", homepage="https://zenodo.org/record/5578807",
        attribution="R. Bittner et al.: vocadito: A dataset of solo vocals with f0, note, and lyric annotations, 2021",
        notes="The mirror holds the first of the 40 excerpts.",
        source=[{"url": "https://zenodo.org/record/5578807/files/vocadito.zip?download=1", "as": "vocadito.zip",
                 "md5": "dea40fd18f14d899643c4ba221b33a46", "about_bytes": 60_000_000,
                 "unpack": [["*", None]], "unpacked_bytes": 400_000_000}]),
    esc50=dict(
        title="ESC-50: 2000 environmental sounds in 50 classes, 44.1 kHz", sr=44100, licence="CC BY-NC 3.0 (not for commercial use)",
        homepage="https://github.com/karolpiczak/ESC-50", attribution="K. J. Piczak: ESC: Dataset for Environmental Sound "
        "Classification, ACM Multimedia 2015; clips by Freesound users, listed in its LICENSE file",
        source=[{"url": "https://github.com/karoldvl/ESC-50/archive/master.zip", "as": "esc50.zip",
                 "md5": "7771e4b9d86d0945acce719c7a59305a", "about_bytes": 650_000_000,
                 "unpack": [["*/audio/*.wav", "audio/"], ["*/meta/*.csv", "meta/"], ["*/LICENSE", ""]],
                 "unpacked_bytes": 1_200_000_000}]),
    musdb_sample=dict(
        title="MUSDB18, excerpts of 7 s of its songs, four stems each, 44.1 kHz", sr=44100,
        licence="for research, not for commercial use; terms per song", homepage="https://zenodo.org/record/3270814",
        attribution="Z. Rafii, A. Liutkus, F.-R. Stöter, S. I. Mimilakis, R. Bittner: MUSDB18, DOI 10.5281/zenodo.1117372",
        notes="Files end in .stem.mp4; reading them needs ffmpeg or the musdb package.",
        source=[{"url": "https://zenodo.org/records/3270814/files/MUSDB18-7-STEMS.zip?download=1", "as": "MUSDB18-7-STEMS.zip",
                 "md5": "dc2bdfac5b46ce742bd60009866758a5", "bytes": 147_209_385, "unpack": [["*.stem.mp4", ""]],
                 "unpacked_bytes": 300_000_000}]),
    **{"models/gtcrn": dict(
        title="GTCRN: speech enhancement, 48 k parameters, streaming ONNX and PyTorch states", sr=16000, mirror="models/gtcrn",
        kind="weights", licence="MIT", homepage="https://github.com/Xiaobin-Rong/gtcrn", attribution="(c) 2024 Rong Xiaobin",
        notes="Trained on DNS3 or VCTK-DEMAND, as the file names say.",
        source=[{"url": GTCRN + "stream/onnx_models/gtcrn_simple.onnx", "as": "gtcrn_simple.onnx"},
                {"url": GTCRN + "stream/onnx_models/gtcrn.onnx", "as": "gtcrn.onnx"},
                {"url": GTCRN + "checkpoints/model_trained_on_dns3.tar", "as": "model_trained_on_dns3.tar"},
                {"url": GTCRN + "checkpoints/model_trained_on_vctk.tar", "as": "model_trained_on_vctk.tar"}]),
       "models/dtln": dict(
        title="DTLN: speech enhancement, about 1 M parameters, two ONNX stages", sr=16000, mirror="models/dtln", kind="weights",
        licence="MIT", homepage="https://github.com/breizhn/DTLN", attribution="(c) 2020 Nils L. Westhausen",
        notes="Trained on the DNS-Challenge 2020 data.", source=[{"base": DTLN}]),
       "models/dnsmos": dict(
        title="DNSMOS: speech quality without a reference", sr=16000, mirror="models/dnsmos", kind="weights",
        licence="CC BY 4.0 (code MIT)", homepage="https://github.com/microsoft/DNS-Challenge", attribution="Microsoft Corporation",
        source=[{"base": DNSMOS}]),
       **{f"models/spleeter_{n}stems": dict(
           title=f"Spleeter: music separation into {n} stems, 44.1 kHz stereo", sr=44100, kind="weights", licence="MIT",
           mirror="models/spleeter_2stems" if n == 2 else None, homepage="https://github.com/deezer/spleeter",
           attribution="(c) 2019 Deezer SA", notes="A TensorFlow checkpoint, read without TensorFlow.",
           source=[{"url": f"{SPLEETER}{n}stems.tar.gz", "as": f"{n}stems.tar.gz", "sha256": sha, **size,
                    "unpack": [["*model.index", ""], ["*model.data-00000-of-00001", ""]], "unpacked_bytes": 400_000_000}])
          for n, sha, size in (
              (2, "f3a90b39dd2874269e8b05a48a86745df897b848c61f3958efc80a39152bd692", {"bytes": 73_109_797}),
              (4, "3adb4a50ad4eb18c7c4d65fcf4cf2367a07d48408a5eb7d03cd20067429dfaa8", {"about_bytes": 145_000_000}),
              (5, "25a1e87eb5f75cc72a4d2d5467a0a50ac75f05611f877c278793742513cc7218", {"about_bytes": 185_000_000}))}})


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main():
    root = Path(os.environ.get("SEP_TOOLKIT_MIRROR") or sys.exit("set SEP_TOOLKIT_MIRROR to a folder with data/ and models/"))
    out = {}
    for key, entry in TABLE.items():
        entry = {"kind": "recordings", "notes": "", "aliases": {}, "sr": None, "mirror": None, **entry}
        if entry["mirror"]:
            folder = root/entry["mirror"]
            paths = sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith(NOT_DATA))
            hashes = {p.relative_to(folder).as_posix(): sha256(p) for p in paths}
            if len(paths) < TREE_FROM: entry["files"] = hashes
            else:
                lines = "".join(f"{h}  {n}\n" for n, h in sorted(hashes.items()))
                entry["tree"] = dict(sha256=hashlib.sha256(lines.encode()).hexdigest(), count=len(paths))
            entry["bytes"] = sum(p.stat().st_size for p in paths)
            sizes = {p.relative_to(folder).as_posix(): p.stat().st_size for p in paths}
            for s in entry["source"]:
                if s.get("as") in sizes and "sha256" not in s: s["bytes"] = sizes[s["as"]]
        out[key] = entry
        count = len(entry.get("files", {})) or entry.get("tree", {}).get("count", 0)
        print(f"{key:16} {entry.get('bytes', 0)/1e6:7.1f} MB  {count:5} files")
    OUT.write_text(json.dumps(out, indent=1, ensure_ascii=False) + "\n")
    print(f"{OUT.name}: {OUT.stat().st_size/1000:.0f} kB")


if __name__ == "__main__":
    main()
