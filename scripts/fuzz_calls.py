"""The table of what the fuzzer calls: the public functions, classes and methods, and a kind of value for every argument.

`World` holds the good values; a kind is the name of one of its methods that begin with `a_`. "sr?" may be left out."""
import hashlib
import inspect
import json
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import fuzz_values as fv
import numpy as np
import torch

import sep_toolkit as st

SR = 16000
NAMES = ("voice", "noise")
WITH_WEIGHTS = ("card", "enhancer", "prior", "voice_net")


class World:
    "Values that fit together: one length, one number of stems and one window within a case."
    def __init__(self, r, folder):
        self.r, self.folder = r, Path(folder)
        self.T, self.C, self.S = r.choice([800, 1_600, 3_000]), r.choice([1, 1, 2]), 2
        self.n_fft, self.hop = 512, r.choice([128, 256])
        self.N, self.F = 1 + -(-self.T//self.hop), 257
        self.files = library(str(self.folder))
        self.damaged = None

    @cached_property
    def g(self): return torch.Generator().manual_seed(self.r.randrange(2**31))
    def noise(self, *shape, dtype=torch.float32): return torch.randn(*shape, generator=self.g, dtype=dtype)*.1
    def any_thing(self, r):
        "A good value of another kind."
        kind = r.choice(["audio", "stems", "trace", "step", "pitch", "table", "schedule", "voice", "spectrum", "path", "method", "run"])
        return getattr(self, f"a_{kind}")()
    def table(self):
        import pandas as pd
        return pd.DataFrame({"onset": [0, .1], "offset": ["x", None]})

    # sounds
    def a_audio(self): return st.Audio(self.noise(self.C, self.T), SR)
    def a_other(self): return self.a_audio()
    def a_mono(self): return st.Audio(self.noise(1, self.T), SR)
    def a_stems(self): return st.Stems({n: self.a_audio() for n in NAMES[:self.S]})
    def a_mapping(self): return dict(self.a_stems())
    def a_samples(self): return self.r.choice([self.noise(self.T), self.noise(self.C, self.T), self.noise(self.C, self.T).double().numpy()])
    def a_x(self): return self.noise(self.C, self.T)
    def a_x1(self): return self.noise(self.T)
    def a_batch(self): return self.noise(2, self.C, self.T)
    def a_sct(self): return self.noise(self.S, self.C, self.T)
    def a_rows(self): return self.noise(self.S, self.T)
    def a_spectrum(self): return torch.complex(self.noise(self.C, self.F, self.N), self.noise(self.C, self.F, self.N))
    def a_masks(self): return torch.rand(self.S, self.F, self.N, generator=self.g)
    def a_models(self): return torch.rand(self.S, self.F, self.N, generator=self.g) + .01
    def a_hiss(self): return torch.rand(self.S, self.F, self.N, generator=self.g)*.01
    def a_frames(self): return self.noise(self.C, 9, 64)
    def a_source(self): return self.r.choice([self.a_sound(), self.a_sound().read_bytes(), self.a_audio(), str(self.a_sound())])

    # numbers and texts
    def a_sr(self): return self.r.choice([8000, 16000, 22050, 44100])
    def a_fixed_sr(self): return SR
    def a_seed(self): return self.r.randrange(1000)
    def a_bool(self): return self.r.random() < .5
    def a_n_fft(self): return self.n_fft
    def a_hop(self): return self.hop
    def a_length(self): return self.T
    def a_small(self): return self.r.choice([1, 2, 3])
    def a_share(self): return self.r.choice([0., .1, .5])
    def a_seconds(self): return self.r.choice([.05, .1, .3])
    def a_start(self): return self.r.choice([0., .01])
    def a_stop(self): return self.r.choice([.03, .04])
    def a_duration(self): return self.r.choice([.1, .2, .3])
    def a_db(self): return self.r.choice([-6., 0., 6.])
    def a_gain(self): return self.r.choice([0., -1., .5, 2.])
    def a_cents(self): return 50.
    def a_hz(self): return self.r.choice([110., 220.5])
    def a_name(self): return self.r.choice(NAMES[:self.S])
    def a_names(self): return list(NAMES[:self.S])
    def a_key(self): return self.r.choice(["one", "two words"])
    def a_text(self): return "a value"
    def a_value(self): return self.r.choice([1, 2., "x", None, [1, 2], self.noise(3)])
    def a_window(self): return self.r.choice(["hann", "sqrt_hann", "rect"])
    def a_step_index(self): return self.r.choice([0, 1])
    def a_fraction(self): return self.r.choice([.1, .5])
    def a_none(self): return None
    def a_device(self): return "cpu"
    def a_choices(self): return ["one", "two"]
    def a_one(self): return "one"
    def a_number(self): return self.r.choice([1, 2.5, np.float32(2)])
    def a_bytes_count(self): return self.r.choice([0, 1234, 5e9])

    # pitch
    def a_table(self):
        t = np.arange(0, .3, .01)
        return np.column_stack([t, np.full(len(t), 220.), np.full(len(t), 330.)])
    def a_f0(self):
        import pandas as pd
        return self.r.choice([self.a_table(), self.a_pitch(), torch.from_numpy(self.a_table()), self.a_table().tolist(),
                              pd.DataFrame(self.a_table(), columns=["time_s", "voice_hz", "noise_hz"])])
    def a_f0_1(self): return self.a_table()[:, :2]
    def a_f0table(self): return st.masks.check_f0(self.a_table())
    def a_pitch(self): return st.f0.as_pitch(self.a_table(), names=list(NAMES))
    def a_times(self): return self.r.choice([np.arange(0, .3, .02), [0., .1, .2]])
    def a_hz_frames(self): return torch.full((self.S, self.N), 200.)
    def a_envelope(self): return torch.rand(self.S, self.F, self.N, generator=self.g)*.1

    # filters
    def a_lsf(self): return st.allpole.lsf_from_logits(self.noise(self.N, 9))
    def a_logits(self): return self.noise(self.N, 9)
    def a_lpc(self): return st.allpole.lsf_to_lpc(self.a_lsf())
    def a_lpc_long(self): return st.allpole.lsf_to_lpc(self.a_lsf()[0].expand(self.T, 8).contiguous())
    def a_reflection(self): return self.noise(self.N, 6).clamp(-.9, .9)
    def a_autocorrelation(self):
        p = torch.fft.rfft(self.noise(3, 512)).abs().square()
        return torch.fft.irfft(p)[..., :9]
    def a_order(self): return self.r.choice([4, 8])
    def a_w(self): return torch.linspace(0, 3.1, 33)
    def a_formant_hz(self): return torch.tensor([[500., 1500.]])
    def a_bandwidth_hz(self): return torch.tensor([[80., 120.]])

    # noise levels
    def a_sigma(self): return torch.linspace(.01, 2, 12)
    def a_one_sigma(self): return self.r.choice([.1, 1., torch.tensor([.5])])
    def a_abar(self): return torch.tensor([.9, .5])
    def a_schedule(self): return st.schedule.ddpm(20)
    def a_t(self): return self.r.choice([0, 3, 19])
    def a_levels(self): return self.r.choice([2, 10, 50])

    # traces, runs, methods
    def a_step(self):
        return st.trace.Step({"k": 1}, {"score": .5}, {"f0": ("time", np.zeros(3))}, {n: self.noise(self.C, self.T) for n in NAMES})
    def a_point(self): return {"ratio": .5}
    def a_scalars(self): return {"score": 1.}
    def a_arrays(self): return {"f0": (("time",), np.zeros(3))}
    def a_sounds(self): return {"voice": self.noise(self.C, self.T)}
    def a_trace(self):
        t = st.trace.Trace(self.a_audio(), NAMES, provenance={"method": "x"})
        for _ in range(2): t.append(self.a_step())
        return t
    def a_method(self):
        return self.r.choice([lambda: "hpss", lambda: st.classical.HPSS(n_fft=512, hop=128), self.a_iterative, self.a_wrapped,
                              lambda: st.masks.CombMask(self.a_table(), n_fft=512, hop=128)])()
    def a_iterative(self): return st.classical.NMF(iterations=2, n_fft=512)
    def a_wrapped(self): return st.onestep.wrap(halves, sr=SR, stems=list(NAMES))
    def a_methods(self): return {"a": self.a_method(), "b": st.classical.HPSS(n_fft=512, hop=128)}
    def a_run(self): return st.run.Run(self.a_iterative(), self.a_mono())
    def a_ended_run(self): return self.a_run().start().wait()
    def a_blend_run(self):
        mix = self.a_mono()
        method = st.multistep.MultiStep(self.a_wrapped(), metric="snr", reference=st.Stems({n: mix for n in NAMES}), steps=1, ratios=2)
        return st.run.Run(method, mix).start().wait()
    def a_function(self): return halves
    def a_metric(self): return self.r.choice(["si_sdr", "snr", "sdr"])
    def a_metrics(self): return ["si_sdr", "snri"]
    def a_model(self): return self.a_wrapped()
    def a_ratios(self): return self.r.choice([3, [0., .5]])
    def a_clips(self): return {"a": [self.a_mono()], "b": [self.a_mono()]}
    def a_voice(self):
        full = lambda *s, v=.1: torch.full(s, v)
        return st.voice.Voice(full(2, 8, v=200.), full(2, 8), full(2, 8), st.allpole.lsf_from_logits(self.noise(2, 8, 21)), full(2, 40))
    def a_fitted(self): return st.source_filter.Fitted(self.a_voice())
    def a_player(self): return st.player.Player(self.a_stems())
    def a_prior(self): return st.diffusion.GaussianPrior(torch.eye(32)*.1)
    def a_priors(self): return {"a": self.a_prior(), "b": self.a_prior()}
    def a_prior_list(self): return list(self.a_priors().values())
    def a_short1(self): return self.noise(32)
    def a_short(self): return self.noise(1, 32)

    # training
    def a_pack(self):
        clips = lambda: [(self.noise(9000)*20000).short() for _ in range(2)]
        return st.train.Pack({k + part: clips() for k in (*NAMES, "speech") for part in ("", "_valid")}, 8000, {"labels": list(NAMES)})
    def a_task(self): return linear_task()
    def a_plan(self): return st.train.Plan(iterations=2, batch=1, save_every_s=0)
    def a_groups(self): return {"a": [self.noise(50), self.noise(60)], "b": []}
    def a_bits(self): return self.r.choice([8, 16])
    def a_precision(self): return self.r.choice(["float32", "bfloat16"])
    def a_clip_list(self): return self.r.choice([[self.noise(4000), self.noise(3000)], {"a": [self.a_audio()], "b": [self.a_mono()]}])
    def a_weights(self): return (1., 2.)
    def a_noise_range(self): return (.01, 1.)
    def a_history(self): return [{"iteration": 1, "loss": 2.}, {"iteration": 2, "loss": 1.}]
    def a_keys(self): return ("loss",)
    def a_toy(self): return "toy"
    def a_run_folder(self): return self.new("_run")
    def a_run_folders(self):
        folders = [fv.folder_of(self.folder, f"run{i}") for i in range(2)]
        for i, f in enumerate(folders): st.train.Training(linear_task(), st.train.Plan(iterations=1, seed=i), f, device="cpu").run()
        return folders
    def a_csv(self): return self.new(".csv")

    # files: whole, damaged, or not there
    def a_path(self): return self.a_sound()
    def file(self, kind):
        path = self.r.choice(self.files[kind])
        if self.damaged is None: return path
        folder = fv.folder_of(self.folder, "damaged")
        out, weights = folder/path.name, path.with_suffix(".safetensors")
        for neighbour in path.parent.glob(path.stem + ".*"): (folder/neighbour.name).write_bytes(neighbour.read_bytes())
        if kind == "trace" and self.r.random() < .6: said = self.lying_trace(out)
        elif kind in WITH_WEIGHTS and self.r.random() < .5: said = self.damaged_weights(out, weights.read_bytes())
        else:
            data = path.read_bytes()
            data, said = fv.lie(data, self.r) if path.suffix == ".json" and self.r.random() < .7 else fv.damage(data, self.r)
            out.write_bytes(data)
        self.damaged.append(f"{path.name}: {said}")
        return out
    def damaged_weights(self, card_path, data):
        "Weights after an accident, and a card that gives their hash: only what is inside can tell."
        data, said = fv.damage(data, self.r)
        card = json.loads(card_path.read_text())
        card["files"]["weights"] |= {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        card_path.write_text(json.dumps(card))
        card_path.with_suffix(".safetensors").write_bytes(data)
        return f"weights {said}"
    def lying_trace(self, path):
        "A whole HDF5 file whose own description of itself is wrong."
        import h5py
        with h5py.File(path, "r+") as f: f.attrs["sep_toolkit_trace"] = fv.lie(f.attrs["sep_toolkit_trace"], self.r)[0].decode()
        return "a lie in its description"
    def a_sound(self): return self.file("sound")
    def a_pitch_file(self): return self.file("pitch")
    def a_trace_file(self): return self.file("trace")
    def a_card_file(self): return self.file("card")
    def a_enhancer_file(self): return self.file("enhancer")
    def a_prior_file(self): return self.file("prior")
    def a_voice_net_file(self): return self.file("voice_net")
    def a_model_file(self): return self.file("model")
    def a_parameter_file(self): return self.file("parameters")
    def a_pack_file(self): return self.file("pack")
    def a_checkpoint(self): return self.file("checkpoint")
    def new(self, suffix): return fv.folder_of(self.folder, "new")/f"out{self.r.randrange(3)}{suffix}"
    def a_new_wav(self): return self.new(self.r.choice([".wav", ".flac"]))
    def a_new_folder(self): return self.new("")
    def a_new_table(self): return self.new(self.r.choice([".csv", ".mid", ".jams"]))
    def a_new_trace(self): return self.new(".nc")
    def a_new_page(self): return self.new(".html")
    def a_new_parameters(self): return self.new(self.r.choice([".json", ".csv", ".mid"]))
    def a_fmt(self): return self.r.choice(["wav", "flac"])


def halves(x): return torch.stack([x/2, x/2], 1)


@dataclass
class Call:
    name: str     # as it is reported
    target: object  # called with the arguments
    kinds: dict   # argument -> kind, "?" at its end: may be left out
    may: tuple = ()  # further errors that Python's own protocol asks for
    most_bad: int = 2
    tensors: bool = False  # a function of tensors, below the face of the package
    damaged: bool = False  # its files are damaged in most cases

    def parameters(self):
        "The kinds that the target really takes: an argument that only newer versions have is left out elsewhere."
        try: known = inspect.signature(self.target).parameters
        except (TypeError, ValueError): return self.kinds
        if any(p.kind is p.VAR_KEYWORD for p in known.values()): return self.kinds
        return {k: v for k, v in self.kinds.items() if k in known}


def of(path, /, **kinds):
    "A call of module:name or module:Class.method, whose first argument is then `self`."
    module, _, name = path.partition(":")
    thing = st if module == "st" else getattr(st, module)
    for part in name.split("."): thing = getattr(thing, part)
    return Call(path, thing, kinds)


def on(name, target, may=(), /, **kinds): return Call(name, target, kinds, may)


def a_property(*names): return lambda self, **more: [getattr(self, n) for n in names]


def set_trait(player, trait, value):
    "A trait that is refused must stay as it was."
    before = getattr(player, trait)
    try: setattr(player, trait, value)
    except Exception:
        if getattr(player, trait) is not before and repr(getattr(player, trait)) != repr(before):
            raise AssertionError(f"{trait} was refused and yet is {fv.describe(getattr(player, trait))}") from None
        raise
    return player.duration, player.names, player.region


@cache
def traits_error():
    import traitlets
    return traitlets.TraitError


def same_again(thing): return thing, repr(thing), str(thing)


def with_trust(source, sr=None, stems=None, takes=None):
    "Any model file; TorchScript only where it is trusted."
    can = "trust" in inspect.signature(st.onestep.load_model).parameters
    more = {"trust": True} if can and fv.describe(source).endswith((".pt')", ".pt'")) else {}
    model = st.onestep.load_model(source, sr=sr, stems=stems, takes=takes, device="cpu", **more)
    return st.separate(st.Audio(torch.zeros(1, 800), SR), model, progress=False)


@cache
def calls():
    "The whole table."
    inner = [*_transforms(), *_sound_tensors(), *_factorisations(), *_filters(), *_levels(), *_networks(), *_voices()]
    for c in inner: c.tensors = True
    return [*_sounds(), *_core(), *inner, *_pitch(), *_pitch_tables(), *_pictures(), *_traces(), *_methods(), *_scores(), *_page(),
            *_training(), *_studies(), *_files()*4]


def _sounds():
    S = st.Stems
    return [
        of("st:Audio", samples="samples", sr="sr"),
        of("st:load", source="source", sr="fixed_sr?", mono="bool?", offset="start?", duration="seconds?"),
        of("st:save", audio="audio", path="new_wav"),
        on("st:save stems", st.save, audio="stems", path="new_folder", fmt="fmt?"),
        of("st:Stems", stems="mapping", mix="audio?"),
        of("st:mix", stems="stems", snr_db="db?"),
        of("st:Audio.clip", self="audio!", start_s="start?", stop_s="stop?"),
        of("st:Audio.resample", self="audio!", sr="sr"),
        on("Audio *", lambda audio, gain: audio*gain, (TypeError,), audio="audio!", gain="gain"),
        on("Audio +", lambda a, b: a + b, (TypeError, ValueError, RuntimeError), a="audio!", b="other"),
        on("Audio props", a_property("peak", "rms_db", "duration", "channels"), self="audio!"),
        on("Stems.from_tensor", S.from_tensor, x="sct", names="names", mix="audio"),
        of("st:Stems.clip", self="stems!", start_s="start?", stop_s="stop?"),
        of("st:Stems.resample", self="stems!", sr="sr"),
        of("st:Stems.rename", self="stems!", names="renaming"),
        of("st:Stems.map", self="stems!", fn="mono_fn"),
        on("Stems[name]", lambda stems, name: stems[name], (KeyError, TypeError), stems="stems!", name="name"),
        on("Stems(mix)", S, stems="stems", mix="audio"),
        on("Stems props", a_property("residual", "tensor", "names", "sr", "mix"), self="stems!"),
        of("audio:valid_samples", samples="samples"),
        of("audio:check_sr", sr="sr"),
        of("audio:check_name", name="name"),
        on("np.asarray(audio)", lambda audio, **_: np.asarray(audio), audio="audio!"),
        of("scenes:coloured_noise", colour="number", duration_s="duration", sr="sr?", seed="seed?"),
        of("scenes:scene", kind="scene_kind", seed="seed?", duration_s="one_s", sr="sr?", snr_db="db?", n_stems="two"),
        of("scenes:example", name="example"),
        of("registry:resolve", key="registry_key"),
        on("st:fetch", st.fetch, key="registry_key", quiet="true"),
    ]


def _core():
    return [
        of("core:short", value="value", width="width!"),
        of("core:check_number", arg="text!", value="levels", lo="none!", hi="none!", integer="bool!"),
        of("core:check_choice", arg="text!", value="one", choices="choices!"),
        of("core:pick_device", device="device"),
        of("core:generator", seed="seed"),
    ]


def _transforms():
    return [
        of("audio:resample", x="x", sr="sr", new_sr="sr"),
        of("metrics:energy", x="x"),
        of("metrics:best_permutation", estimate="rows", reference="rows"),
        of("explorers:loudness", audio="audio"),
        of("explorers:match_gains", audios="audios"),
        of("display:preview", audio="audio", seconds="seconds", gain="share?"),
        of("multistep:blend", x="x", y="x", ratio="fraction"),
        of("multistep:project", stems="sct", mix="x"),
        of("stft:stft", x="x", n_fft="n_fft", hop="hop?", window="window?"),
        of("stft:istft", X="spectrum", n_fft="n_fft", hop="hop", window="window?", length="length"),
        of("stft:window_of", name="window", size="n_fft"),
        of("stft:frame", x="x", size="n_fft", hop="hop"),
        of("stft:mel_filters", sr="fixed_sr", n_fft="n_fft", n_mels="mels?"),
        of("masks:share", models="models", power="number?", floor="share?"),
        of("masks:apply_masks", masks="masks", x="x", n_fft="n_fft", hop="hop"),
        of("masks:oracle_masks", stems="sct", kind="oracle?", n_fft="n_fft", hop="hop"),
        of("masks:check_window", n_fft="n_fft", hop="hop"),
        of("masks:teeth", hz="hz_frames", sr="fixed_sr", n_fft="n_fft?", width_bins="number?", glide="share?"),
        of("display:peaks", x="x", bins="small"),
        of("display:spectrum", x="x", sr="fixed_sr", rows="small?", cols="small?"),
    ]


def _pitch():
    return [
        of("masks:check_f0", f0="f0", n_voices="two?", names="names?"),
        of("f0:as_pitch", f0="f0", names="names?", n_voices="two?", sr="fixed_sr?"),
        of("f0:regrid", f0="f0", times_s="times"),
        of("f0:on_frames", f0="f0", n="small", hop="hop", sr="fixed_sr", n_voices="two?"),
        of("f0:Pitch", time_s="rising", hz="hz_column", names="one_name", confidence="none?"),
        of("f0:salience", audio="audio"),
        of("f0:multipitch", mix="audio", n_voices="two", names="names?", ranges_hz="none?"),
        of("f0:edit", f0="f0", voice="voice_index", start_s="start", stop_s="stop", hz="hz"),
        on("f0:edit cents", st.f0.edit, f0="f0", voice="voice_index", start_s="start", stop_s="stop", cents="cents"),
        of("f0:write_pitch", f0="f0", path="new_table"),
        of("f0:evaluate", estimate="f0", reference="f0", cents="cents?"),
        of("f0:pitch", audio="mono", lo_hz="lo_hz?", hi_hz="hi_hz?", hop_s="hop_s?", name="name?"),
    ]


def _sound_tensors():
    return [
        of("stft:overlap_add", frames="frames", hop="hop"),
        of("masks:mask_spectrum", masks="masks", X="spectrum", n_fft="n_fft", hop="hop", length="length"),
        of("masks:slope", hz="hz_frames"),
        of("scenes:rms", audio="audio"),
        of("scenes:harmonics", f0="hz_samples", gain="gain_samples", envelope="envelope_fn", sr="fixed_sr", phase="share?"),
        of("scenes:vocal_tract", f="hz_samples", formants_hz="five_formants"),
        of("scenes:example_f0", name="example", hop_s="hop_s?"),
    ]


def _factorisations():
    return [
        of("classical:update", A="factor", adjoint="adjoint_fn", V="positive", Vh="positive", kind="divergence?"),
        of("classical:spectrogram", X="spectrum", kind="divergence?", mean="number?"),
        of("classical:smooth_basis", F="bins", sr="fixed_sr", n="bands?"),
        of("classical:group", envelopes="positive", n="small"),
        of("classical:rolled", hz="hz_frames", sr="fixed_sr", n_fft="n_fft", glide="share?"),
        of("classical:templates", hz="hz_row", cents="narrow", reach_cents="cents", sr="fixed_sr", n_fft="n_fft"),
        of("classical:check_clips", clips="clips"),
        of("classical:learn_atoms", clips="clip_list", n_atoms="small", kind="divergence", iterations="small", n_fft="n_fft",
           seed="seed"),
        of("classical:InformedNMF", f0="f0", names="names?", cents="narrow?", reach_cents="cents?", iterations="small?", n_fft="n_fft?",
           audio_every="small?"),
        of("classical:SourceFilterNMF", f0="f0", names="names?", filters="small?", combs="odd?", spacing_cents="narrow?",
           iterations="small?", n_fft="n_fft?", audio_every="small?"),
        on("separate source_filter_nmf", lambda mix, **more: st.separate(mix, "source_filter_nmf", progress=False, **more), mix="mono",
           f0="f0", filters="small?", combs="odd?", iterations="small", n_fft="n_fft"),
        on("separate dictionaries", lambda mix, **more: st.separate(mix, st.classical.DictionaryNMF(**more), progress=False),
           mix="mono", clips="clips", n_atoms="small", iterations="small", train_iterations="small", n_fft="n_fft"),
    ]


def _pitch_tables():
    return [
        of("sound:check_names", names="names", n="two"),
        of("sound:role_of", name="column"),
        of("sound:guess_roles", x="table"),
        of("sound:from_columns", header="none", x="table", hop_s="hop_s?", unit="pitch_unit?"),
        of("sound:voices_of", notes="notes"),
        of("sound:from_notes", parts="parts", hop_s="hop_s"),
        of("sound:f0_at", f0="f0table", times_s="times"),
        of("sound:frame_f0", f0="f0table", T="length", sr="fixed_sr", hop="hop"),
        of("sound:tell_gap", f0="f0table", seconds="seconds"),
        of("sound:F0Table", time_s="rising", hz="hz_column", names="one_name"),
        on("Pitch props", a_property("hop_s", "confidence", "names"), self="pitch!"),
    ]


def _pictures():
    return [
        of("display:n_fft_for", sr="fixed_sr"),
        of("display:mel_edges", rows="small", max_hz="hz"),
        of("display:levels", power="power", ref="number", floor_db="floor_db?"),
        of("display:thumbnail", pk="peak_pairs", level="level_grid", color="color?", size="size?"),
        of("display:pool", x="power", n="small", f="pool_fn"),
        of("display:data_uri", data="some_bytes", mime="mime"),
        of("display:mp3_rate", sr="sr"),
        of("display:encode_mp3", x="mp3_samples", sr="fixed_sr", kbps="kbps"),
        of("display:drawn", audios="audios", rows="small?", cols="small?", bins="small?"),
        of("display:script_free", audios="mapping", colors="none?", title="text?", ident="text?", pictures="none?"),
        on("Listen", lambda audios: st.display.Listen(audios)._repr_html_(), audios="mapping"),
        on("display:figure", lambda **more: shown(st.display.figure(**more)), width="number?", height="number?"),
        of("display:as_label", name="name"),
        of("display:style", ax="axes", xlabel="text?", title="text?"),
        of("display:draw_wave", ax="axes", audio="audio", color="color?", top="number?"),
        of("display:draw_spectrum", ax="axes", audio="audio", ref="number?", floor_db="floor_db?"),
        of("display:panels", ax="axes"),
        of("display:display_audio", sound="audio"),
        of("display:show", thing="audio", ax="axes?"),
    ]


def _filters():
    return [
        of("allpole:exp_sigmoid", x="logits"),
        of("allpole:lsf_from_logits", x="logits", least_gap="tiny?"),
        of("allpole:lsf_to_logits", lsf="lsf"),
        of("allpole:check_lsf", lsf="lsf"),
        of("allpole:lsf_to_lpc", lsf="lsf"),
        of("allpole:lsf_response", lsf="lsf", w="w"),
        of("allpole:reflection_to_lpc", k="reflection"),
        of("allpole:lpc_to_reflection", a="lpc"),
        of("allpole:is_stable", a="lpc"),
        of("allpole:check_stable", a="lpc"),
        of("allpole:check_lpc", a="lpc"),
        of("allpole:poles", a="lpc"),
        of("allpole:lpc_to_lsf", a="lpc"),
        of("allpole:formants", a="lpc", sr="fixed_sr", widest_hz="hz?"),
        of("allpole:formants_to_lpc", frequency_hz="formant_hz", bandwidth_hz="bandwidth_hz", sr="fixed_sr"),
        of("allpole:levinson", r="autocorrelation"),
        of("allpole:lpc", x="x", order="order?", method="lpc_method?", window="window?"),
        of("allpole:filter_samples", x="x1", a="lpc_long"),
        of("allpole:filter_frames", x="x1", a="lpc", hop="hop"),
        of("allpole:lsf_at_samples", lsf="lsf", length="length", hop="hop"),
        of("partials:unmix", x="x1", f0="hz_frames", envelope="envelope", models="models", hiss="hiss", sr="fixed_sr?", hop="hop"),
        of("partials:refine", x="x1", f0="hz_frames", envelope="envelope", models="models", hiss="hiss", hop="hop", cents="cents?"),
        of("partials:phases", f0="hz_frames", sr="fixed_sr", n_fft="n_fft", hop="hop"),
        of("voice:synthesise", voice="voice", length="length?", seed="seed?", part="part?", filtered="bool?"),
        of("voice:analyse", audio="mono", f0="f0_1", order="order?"),
        of("voice:multiscale_loss", estimate="x", target="x", scales="scales"),
        of("source_filter:nudge", fitted="fitted", stem="voice_index", what="nudged", start_s="start?", stop_s="stop?", db="db"),
        of("source_filter:save_parameters", fitted="fitted", path="new_parameters", names="names?"),
        of("classical:divergence", V="models", Vh="models", kind="divergence?"),
    ]


def _levels():
    return [
        of("schedule:Schedule", sigma="sigma", name="text?"),
        of("schedule:ddpm", steps="levels", first="tiny?"),
        of("schedule:cosine", steps="levels", sigma_max="number?"),
        of("schedule:karras", steps="levels", sigma_min="tiny?", sigma_max="number?", rho="number?"),
        of("schedule:make_schedule", schedule="schedule_name", steps="levels"),
        of("schedule:level_at", schedule="schedule", t="t"),
        of("schedule:index_at", schedule="schedule", sigma="one_sigma"),
        of("schedule:respace", schedule="schedule", steps="small?", t0="t?"),
        of("schedule:step_down", x="x", clean="x", schedule="schedule", t="t", eta="share?", noise="x?"),
        of("schedule:sigma_of", abar="abar"),
        of("schedule:abar_of", sigma="one_sigma"),
        of("schedule:to_vp", x="x", sigma="one_sigma"),
        of("schedule:to_ve", x="x", sigma="one_sigma"),
        of("diffusion:GaussianPrior", cov="cov", mean="share?", sr="fixed_sr?"),
        of("guidance:Windows", T="length", size="n_fft?", overlap="overlap?"),
        of("diffusion:gaussian_posterior", priors="prior_list", y="short1", sigma_y="share?"),
        of("guidance:Terms", time="share", segment="share?", segments="small?", n_fft="n_fft?"),
        on("GaussianPrior.denoise", lambda prior, x, sigma, **more: prior.denoise(x, sigma, **more), prior="prior!", x="short",
           sigma="sigma_number"),
        on("GaussianPrior.sample", lambda prior, n, **more: prior.sample(n, **more), prior="prior!", n="small"),
    ]


def _networks():
    "Networks, priors and solvers of the diffusion room."
    D = st.diffusion
    return [
        on("tfnet:rotate", D.rotate, x="x"),
        on("tfnet:sinusoid", D.sinusoid, t="x1", size="small?"),
        on("tfnet:fold_cells", D.fold_cells, x="sct", r="small?"),
        on("tfnet:make_tfnet", D.make_tfnet, config="solver", widths="levels?", heads="small?", attend="small?", patch="small?"),
        on("prior:Denoiser", D.Denoiser, net="prior", parametrisation="text?"),
        on("prior:DiffusionPrior", D.DiffusionPrior, denoiser="prior", labels="names?", sr="sr?", level_db="levels?"),
        on("DiffusionPrior.denoise", lambda x, sigma, label: small_prior().denoise(x, sigma, label=label), x="x",
           sigma="one_sigma", label="small"),
        on("DiffusionPrior.sample", lambda n, **more: small_prior()["a"].sample(n, .02, steps=2, **more), n="small", order="small?",
           churn="share?", seed="seed?"),
        on("DiffusionPrior.rows", lambda label: small_prior().rows(label, 2), label="small"),
        on("solvers:initial", lambda **more: D.initial(small_task(), **more), init="batch", sigma="sigma_number?"),
        on("solvers:hybrid", lambda state: D.hybrid(small_task(), state), state="step"),
        on("solvers:walk", lambda **more: list(D.walk(small_task(), **more)), state="step?", solver="solver!"),
        on("solvers:hybrid_strength", D.hybrid_strength, btilde="one_sigma", rate="number?"),
        on("chain:How", D.How, eta="share?", order="small?", cap="share?", clip="bool?", window_s="seconds?", max_rows="small?",
           schedule="schedule?"),
    ]


@cache
def small_prior(): return st.prior.DiffusionPrior(st.prior.Denoiser(st.tfnet.make_tfnet("toy", labels=2)), ("a", "b"))


def small_task():
    D, p = st.diffusion, st.diffusion.GaussianPrior(spectrum=torch.ones(9))
    return D.Task(torch.ones(1, 600)*.1, D.JointDenoiser([p, p], D.Windows(600)), st.schedule.ddpm(4), (0,))


@cache
def small_net(): return st.source_filter.VoiceNet(width=8, latent=4)


def _voices():
    "Voices, their network and their fit."
    F = st.source_filter
    return [
        on("harmonics:phase_of", F.phase_of, f0_hz="hz_frames", sr="fixed_sr", hop="hop"),
        on("harmonics:harmonic_bank", F.harmonic_bank, C="spectrum", f0_hz="hz_frames", sr="fixed_sr", hop="hop", length="length"),
        on("harmonics:tract_at", F.tract_at, lsf="lsf", w="w"),
        on("voice:from_logits", F.from_logits, f0_hz="hz_frames", gains="sct", tract="logits", shape="x1"),
        on("Voice.from_arrays", F.Voice.from_arrays, arrays="arrays"),
        on("partials:waves", F.waves, turn="batch", f0="x", K="small", sr="fixed_sr"),
        on("fit:tidy", F.tidy, f0="f0", hole_s="seconds?"),
        on("fit:combs", F.combs, hz="hz_frames"),
        on("fit:tract_gain", F.tract_gain, lsf="lsf"),
        on("fit:tracks", F.tracks, f0="hz_frames", raw="none?"),
        on("fit:factorise", F.factorise, bands="envelope", rounds="small?"),
        on("fit:cold_start", F.cold_start, x="x1", hz="hz_frames"),
        on("parameters:Fitted", F.Fitted, voice="voice", bands="envelope?"),
        on("parameters:envelopes", F.envelopes, bands="envelope", hiss="envelope"),
        on("VoiceNet()", lambda x, hz: small_net()(x, hz), x="x", hz="sct"),
        on("method:cut_out", F.cut_out, models="models", x="x1", power="number?"),
    ]


def _traces():
    T = st.trace.Trace
    return [
        of("trace:Step", point="point", scalars="scalars?", arrays="arrays?", audio="sounds?", accepted="bool?", parent="none?",
           span="span?"),
        of("trace:Trace", mix="audio", stems="names", provenance="point?", budget_mb="number?"),
        on("Trace.append", T.append, self="trace!", step="step"),
        on("Trace.stems_at", T.stems_at, self="trace!", step="step_index"),
        on("Trace.step_at", T.step_at, self="trace!", step="step_index"),
        on("Trace[i]", lambda trace, i: trace[i], (IndexError, TypeError), trace="trace!", i="step_index"),
        on("Trace props", lambda self, **_: [self.stems, self.scalars(), self.data, self.accepted, repr(self)], self="trace!"),
        on("Trace.save", T.save, self="trace!", path="new_trace"),
        on("Trace.observe", T.observe, self="trace!", fn="function"),
        on("Trace of a step", step_in_trace, step="step"),
        on("Trace of odd steps", odd_step, point="point?", scalars="scalars?", arrays="arrays?", audio="sounds?", span="span?"),
        on("Trace of two steps", two_steps, one="arrays", two="arrays"),
        on("Trace.replay", T.replay, self="trace!", method="method"),
    ]


def step_in_trace(step):
    t = st.trace.Trace(st.Audio(torch.zeros(1, 800), SR), NAMES)
    t.append(step)
    return t.scalars(), t.data, repr(t), repr(t[0])


def odd_step(**parts): return step_in_trace(st.trace.Step(**parts))


def two_steps(one, two):
    t = st.trace.Trace(st.Audio(torch.zeros(1, 800), SR), NAMES)
    for arrays in (one, two): t.append(st.trace.Step({}, {}, arrays))
    return t.data


def _methods():
    return [
        of("st:separate", mix="mono", method="method", seed="seed?", progress="false"),
        on("separate a sound", lambda mix, fn, **more: st.separate(mix, fn, stems=list(NAMES), progress=False, **more), mix="samples",
           fn="function", sr="fixed_sr", takes="takes?"),
        on("separate a file", lambda mix: st.separate(mix, "hpss", progress=False), mix="sound"),
        of("st:separate_file", source="sound", folder="new_folder", method="wrapped", seed="seed?", progress="false"),
        of("onestep:Spectrum", n_fft="n_fft", hop="hop", window="window?", window_length="n_fft?", power="number?", log="fraction?"),
        of("st:record", mix="mono", method="method", seed="seed?", budget_mb="number?", progress="false"),
        on("separate hpss", lambda mix, **more: st.separate(mix, "hpss", progress=False, **more), mix="audio", kernel="small?",
           power="number?", margin="number?", n_fft="n_fft?", hop="hop?"),
        on("separate nmf", lambda mix, **more: st.separate(mix, "nmf", progress=False, **more), mix="audio", n_stems="small?",
           kind="divergence?", iterations="small", n_fft="n_fft?", seed="seed?"),
        on("separate comb", lambda mix, **more: st.separate(mix, "comb", progress=False, **more), mix="audio", f0="f0",
           names="names?", width_bins="number?", floor="fraction?", n_fft="n_fft?", hop="hop?"),
        on("separate informed_nmf", lambda mix, **more: st.separate(mix, "informed_nmf", progress=False, **more), mix="mono",
           f0="f0", names="names?", cents="narrow?", iterations="small", n_fft="n_fft"),
        on("separate oracle", lambda mix, **more: st.separate(mix, "oracle", progress=False, **more), mix="audio",
           reference="stems", kind="oracle?", n_fft="n_fft", hop="hop"),
        on("f0:as_pitch of a file", st.f0.as_pitch, f0="pitch_file"),
        of("run:make_method", name="method_name"),
        of("run:Run", method="method", mix="audio", seed="seed?", budget_mb="number?"),
        on("Run.wait", lambda run, timeout_s: run.start().wait(timeout_s), run="run!", timeout_s="seconds"),
        on("Run.branch", lambda run, step: run.branch(step), run="ended_run!", step="step_index"),
        on("Run.evaluate", lambda run, parent, ratio, stem: run.evaluate(parent, ratio=ratio, stem=stem).result(5),
           run="blend_run!", stem="name", parent="step_index", ratio="fraction"),
        of("onestep:wrap", fn="function", sr="sr", stems="names", takes="takes?", device="device?", max_batch="small?"),
        on("wrapped", lambda fn, mix: st.onestep.wrap(fn, sr=SR, stems=list(NAMES))(mix), fn="function", mix="mono"),
        of("separator:forward", method="wrapped", x="batch", sr="fixed_sr"),
        of("separator:apply", method="wrapped", mix="audio", seed="seed?"),
        of("separator:cost", method="wrapped", mix="audio", excerpt_s="seconds?"),
        on("Separator()", lambda method, mix: method(mix), method="wrapped!", mix="audio"),
        of("classical:HPSS", kernel="small?", power="number?", margin="number?", n_fft="n_fft?", hop="hop?"),
        of("classical:NMF", n_stems="small?", n_components="levels?", kind="divergence?", iterations="small?"),
        of("classical:DictionaryNMF", clips="clips", n_atoms="small", iterations="small", train_iterations="small", n_fft="n_fft"),
        of("masks:CombMask", f0="f0", names="names?", width_bins="number?", floor="fraction?"),
        of("masks:OracleMask", reference="stems", kind="oracle?", n_fft="n_fft", hop="hop"),
        of("source_filter:SourceFilter", f0="f0?", n_voices="two", names="names?", rounds="small?", every="small?"),
        of("multistep:MultiStep", model="model", metric="metric_m", reference="stems", steps="small?", ratios="ratios?",
           search="search?", passes="small?"),
        on("multistep run", lambda mix, **more: st.separate(mix, st.multistep.MultiStep(st.onestep.wrap(halves, sr=SR,
           stems=list(NAMES)), **more), progress=False), mix="mono", metric="metric_m", reference="stems_of_two", steps="small",
           ratios="ratios?", passes="small?"),
        of("diffusion:DiffusionSeparator", priors="priors", solver="solver?", steps="small?", t0="t?", strength="number?", seed="seed?"),
    ]


def _scores():
    return [
        of("st:score", estimate="stems", reference="stems", mix="audio?", metrics="metrics?", permute="bool?"),
        of("st:Stems.score", self="stems!", reference="stems"),
        on("score audio", lambda estimate, reference, **more: st.score(estimate, reference, **more), estimate="audio",
           reference="audio", metrics="metrics?"),
        of("metrics:snr", estimate="x", reference="x"),
        of("metrics:si_sdr", estimate="x", reference="x"),
        of("metrics:sdr", estimate="x", reference="x"),
        of("metrics:as_metric", metric="metric"),
        of("scores:framewise", estimate="stems", reference="stems", metric="metric?", frame_s="tiny_s", hop_s="tiny_s?"),
        of("st:compare", mix="mono", methods="methods", reference="stems_mono?", metrics="metrics?"),
        of("multistep:score_noise", metric="metric", estimate="audio", reference="audio", repeats="small"),
    ]


def _page():
    P = st.player.Player
    setter = lambda name: lambda player, value: set_trait(player, name, value)
    trait = lambda name, kind: on(f"Player.{name}", setter(name), (traits_error(),), player="player!", value=kind)
    return [
        of("player:Player", sound="stems", title="text?", view="view?", ramp_ms="number?", max_mb="number?", exact="bool?"),
        trait("solo", "names"),
        trait("muted", "names"),
        trait("region", "span_s"),
        trait("loop", "bool"),
        trait("match", "bool"),
        trait("volume_db", "db"),
        trait("position", "start"),
        trait("view", "view"),
        on("Player.to_html", P.to_html, self="player!", path="new_page"),
        on("Player.abx", P.abx, self="player!", a="first", b="second", trials="small?", seed="seed?"),
        of("st:listen", one="audio"),
        *(on(f"show {kind}", lambda thing: shown(st.show(thing)), thing=kind) for kind in ("audio", "stems", "trace", "scores", "x")),
        of("st:explore", thing="stems", mix="none?"),
        of("display:color_map"),
    ]


def linear_task():
    "A training that costs next to nothing."
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = torch.nn.Linear(4, 4)
    return st.train.TrainingTask(model, lambda g, n: (torch.randn(n, 4, generator=g),), lambda m, x: (m(x).square().mean(), {}))


def _training():
    T, small = st.train, dict(n_fft=64, hop=32, low=16, channels=(4, 4, 4), hidden=6)
    trained = lambda task, plan, folder, **more: T.Training(task, plan, folder, device="cpu").run(**more)
    return [
        of("train:write_pack", path="new_folder", groups="groups", sr="sr", facts="none?", bits="bits?"),
        of("train:Plan", iterations="small?", batch="small?", lr="fraction?", warmup="small?", decay="fraction?", ema="fraction?",
           weight_decay="fraction?", clip="number?", precision="precision?", seed="seed?", valid_every="small?", save_every_s="number?"),
        of("train:Training", task="task", plan="plan?", folder="run_folder?", device="device?"),
        on("Training.run", trained, task="task", plan="plan", folder="run_folder", stop_at="small?", minutes="fraction?"),
        of("train:average_runs", folders="run_folders"),
        of("train:draw_history", history="history", keys="keys?"),
        on("enhancer_task", lambda pack, **more: T.enhancer_task(pack, settings=small, **more), pack="pack", seconds="seconds",
           valid="small?", seed="seed?"),
        of("train:toy_clips", count="small", seconds="duration?", sr="sr?", seed="seed?"),
        of("train:loud_spans", x="x1", sr="sr", window_s="tiny_s?", hop_s="tiny_s?", threshold="fraction?"),
        of("train:held_clips", pack="pack", label="name", count="small", seconds="seconds?", seed="seed?"),
        of("train:clips_pack", clips="clip_list", sr="fixed_sr", sequenced="none?"),
        of("train:prior_task", pack="pack", labels="names?", config="toy", seconds="seconds", sigma="noise_range?", weights="weights?",
           rivals="fraction?", tilt="number?", valid="small?", seed="seed?"),
        of("train:label_weights", weights="weights", labels="names", rivals="fraction?"),
        of("train:write_wav", path="new_wav", x="x1", sr="sr"),
        on("results", lambda path: st.bench.results(path=path), path="csv"),
        on("ship", lambda path, to: st.bench.ship(path, to=to), path="csv", to="csv"),
    ]


def _studies():
    E = st.experiments
    exp = dict(self="experiment!")
    return [
        of("data:folder", path="set_folder", pattern="none?", licence="text?"),
        of("data:pairs", noisy="flat_folder", clean="flat_folder", stem="name?", rest="name?", licence="text?"),
        of("data:scenes", n="small", seed="seed?", kinds="scene_kinds?", duration_s="one_s?", sr="sr?"),
        on("Item", E.Item, name="name", mix="audio", stems="mapping", f0="none?", split="text?", licence="text?"),
        on("Items", E.Items, items="item_list"),
        on("Items.sample", E.Items.sample, self="items!", n="one_or_two", seed="seed?"),
        on("Items.filter", E.Items.filter, (TypeError,), self="items!", keep="item_filter"),
        on("Items.frame", E.Items.frame, self="items!", read="bool?"),
        on("Items[key]", lambda self, key: self[key], (KeyError, TypeError, IndexError), self="items!", key="item_key"),
        on("sweep", lambda items, methods, **more: st.sweep(items, methods, progress=False, **more),
           items="item_list", methods="method_table", metrics="metrics", store="new_folder?", seed="seed?",
           permute="bool?", keep_mb="small?", threads="small?", retry="bool?"),
        on("Experiment.means", E.Experiment.means, metrics="study_metrics?", **exp),
        on("Experiment.by_item", E.Experiment.by_item, metric="study_metric?", **exp),
        on("Experiment.paired", E.Experiment.paired, a="cell_method", b="cell_method", metric="study_metric?", **exp),
        on("Experiment.stems", E.Experiment.stems, item="item_name", method="cell_method", seed="zero?", **exp),
        on("Experiment.reference", E.Experiment.reference, item="item_name", **exp),
        on("Experiment.sounds", E.Experiment.sounds, item="item_name", **exp),
        on("Experiment.flacs", E.Experiment.flacs, item="item_name", method="cell_method", **exp),
        on("Experiment.to_csv", E.Experiment.to_csv, path="new_csv", **exp),
        on("Experiment.to_latex", E.Experiment.to_latex, metrics="study_metrics?", **exp),
        on("Experiment.report", E.Experiment.report, path="new_page", title="text?", text="text?", metric="study_metric?",
           max_mb="small?", **exp),
        on("Experiment tables", lambda self: (self.cells(), self.frame(), self.failed(), self.to_xarray(), repr(self)), **exp),
        on("separate_file", lambda source, folder, method, **more: st.separate_file(source, folder, method, progress=False, **more),
           source="sound", folder="new_folder", method="method", seed="seed?"),
        on("separate_files", lambda sources, folder, method, **more: st.separate_files(sources, folder, method, progress=False, **more),
           sources="sound_list", folder="new_folder", method="method", seed="seed?"),
    ]


@cache
def small_study(folder):
    "A study of two items and two methods, with its sounds."
    g = torch.Generator().manual_seed(0)
    one = lambda: st.Audio(torch.randn(1, 3000, generator=g)*.1, SR)
    items = st.experiments.Items([st.experiments.Item(n, stems={k: one() for k in NAMES}) for n in ("first", "second")])
    methods = {"hpss": st.classical.HPSS(n_fft=512, hop=128), "nmf": st.classical.NMF(iterations=2, n_fft=512)}
    return st.sweep(items, methods, metrics=["si_sdr", "snr"], store=fv.folder_of(folder, "study"), permute=True, keep_mb=1, progress=False)


def set_folder(folder):
    "A folder of two songs, each with its mixture and its stems."
    place = fv.folder_of(folder, "set")
    if not (place/"two").exists():
        for i, song in enumerate(("one", "two")):
            x = torch.randn(2, 1, 2000, generator=torch.Generator().manual_seed(i))*.1
            fv.folder_of(place, song)
            for name, y in zip((*NAMES, "mix"), (*x, x.sum(0))): st.save(st.Audio(y, SR), place/song/f"{name}.wav")
    return place


def _files():
    plan = st.train.Plan(iterations=1, batch=1)
    resumed = lambda path: st.train.read_checkpoint(path) and st.train.Training(linear_task(), plan, Path(path).parent, device="cpu")
    table = [
        on("load path", lambda path, **more: st.load(path, **more), path="sound", sr="fixed_sr?"),
        on("load bytes", lambda path: st.load(Path(path).read_bytes()), path="sound"),
        of("f0:read_pitch", path="pitch_file", names="none?", hop_s="hop_s?"),
        of("trace:load_trace", path="trace_file", budget_mb="number?"),
        on("use trace", use_trace, path="trace_file"),
        of("cards:read_card", path="card_file"),
        on("load_model", with_trust, source="model_file", sr="fixed_sr", stems="two", takes="takes?"),
        of("enhancer:load_enhancer", source="enhancer_file"),
        of("prior:load_prior", source="prior_file", device="device?"),
        of("source_filter:load_voice_net", source="voice_net_file"),
        of("source_filter:load_parameters", path="parameter_file"),
        of("train:read_pack", path="pack_file"),
        of("train:read_checkpoint", path="checkpoint"),
        on("resume", resumed, path="checkpoint"),
    ]
    for c in table: c.damaged, c.most_bad = True, 1
    table[1].most_bad = table[4].most_bad = 0
    return table


def shown(thing):
    "Close what was drawn: matplotlib keeps every figure."
    import matplotlib.pyplot as plt
    plt.close("all")
    return thing


def use_trace(path):
    t = st.trace.load_trace(path)
    return t.stems, t.scalars(), t.data, repr(t), [repr(s) for s in t]


# Kinds that need no word of their own: a name, and what to choose from
CHOICES = dict(
    renaming=[{"voice": "song"}, {}], wav_suffix=[".wav"], scene_kind=["voices"], example=["quartet"],
    registry_key=["choir", "violin"], one_s=[1.], url=["https://example.org/a.wav"], true=[True], false=[False], width=[60, 20],
    small_hop=[16, 32], mels=[20], oracle=["ratio", "binary", "wiener"], two=[2], voice_index=[0, 1], lo_hz=[60., 100.],
    hi_hz=[400., 600.], hop_s=[.01, .02], tiny=[1e-4, 1e-3], lpc_method=["autocorrelation"], part=["all", "harmonics", "noise"],
    scales=[(256, 128)], nudged=["noise", "gain"], divergence=["kl", "is", "euclidean"], schedule_name=["ddpm", "cosine", "karras"],
    overlap=[0, 100], sigma_number=[.1, 1.], span=[None, (0, 100)], method_name=["hpss", "nmf"], takes=["BCT", "BT"],
    search=["adaptive", "grid"], solver=["hybrid"], tiny_s=[.02], span_s=[None, (0, .03)], view=["wave", "spec", "both"],
    bins=[129, 257], bands=[5, 30], odd=[1, 3], column=["time", "alto_hz"], pitch_unit=["hz", "midi"], floor_db=[-60., -80.],
    color=["#56b4e9"], size=[(42, 6, 8)], pool_fn=[np.maximum, np.minimum], some_bytes=[b"abc"], mime=["image/png"],
    first=["voice"], second=["noise"], kbps=[64], narrow=[10.], zero=[0], one_or_two=[1, 2],
    study_metric=["si_sdr", "snr"], study_metrics=[["si_sdr"], "snr"], cell_method=["hpss", "nmf"], item_key=[0, "second", slice(1)],
    item_name=["first", "second"], scene_kinds=[("voices", "noise")], one_name=[("voice",)], metric_m=["si_sdr"])


def add_kinds():
    for name, values in CHOICES.items(): setattr(World, f"a_{name}", lambda self, values=values: self.r.choice(values))
    World.a_mono_fn = lambda self: st.Audio.mono
    World.a_rising = lambda self: np.arange(5)*.1
    World.a_hz_column = lambda self: np.full((5, 1), 200.)
    World.a_cov = lambda self: torch.eye(32)
    World.a_stems_mono = lambda self: st.Stems({n: self.a_mono() for n in ("harmonic", "percussive")})
    World.a_stems_of_two = lambda self: st.Stems({n: self.a_mono() for n in NAMES})
    World.a_metric_object = lambda self: st.metrics.as_metric(self.a_metric())
    World.a_audios = lambda self: [self.a_audio(), self.a_audio()]
    World.a_scores = lambda self: st.score(self.a_stems(), self.a_stems())
    World.a_hz_samples = lambda self: np.full(self.T, 200.)
    World.a_gain_samples = lambda self: np.full(self.T, .5)
    World.a_envelope_fn = lambda self: lambda f, at: np.ones_like(f)
    World.a_five_formants = lambda self: np.array([700., 1100., 2400., 3400., 4500.])
    World.a_positive = lambda self: torch.rand(12, 9, generator=self.g) + .1
    World.a_factor = lambda self: torch.rand(12, 2, generator=self.g) + .1
    World.a_adjoint_fn = lambda self: lambda x: x @ torch.ones(9, 2)
    World.a_hz_row = lambda self: np.full(self.N, 200.)
    World.a_clip_list = lambda self: [self.a_mono()]
    World.a_notes = lambda self: np.array([[0, .3, 60], [.1, .4, 64], [.5, .8, 60.]])
    World.a_parts = lambda self: [("a", self.a_notes(), None)]
    World.a_power = lambda self: np.full((4, 30), .1, dtype=np.float32)
    World.a_peak_pairs = lambda self: np.tile([[-.5, .5]], (20, 1))
    World.a_level_grid = lambda self: np.full((8, 20), 100, dtype=np.uint8)
    World.a_axes = lambda self: st.display.figure(3, 2).subplots()
    World.a_experiment = lambda self: small_study(str(self.folder))
    World.a_set_folder = lambda self: set_folder(str(self.folder))
    World.a_flat_folder = lambda self: set_folder(str(self.folder))/"one"
    World.a_items = lambda self: st.experiments.Items(self.a_item_list())
    World.a_item_list = lambda self: [st.experiments.Item(n, stems=dict(self.a_stems_of_two())) for n in ("first", "second")]
    World.a_item_filter = lambda self: lambda item: item.name == "first"
    World.a_method_table = lambda self: {"one": self.a_method(), "two": (st.classical.NMF, {"iterations": [1, 2], "n_fft": [512]})}
    World.a_new_csv = lambda self: self.new(".csv")
    World.a_sound_list = lambda self: [self.a_sound()]
    World.a_mp3_samples = lambda self: self.noise(self.T, 1).numpy()


add_kinds()


# Whole files of every kind, made once in a folder

@cache
def library(root):
    folder = fv.folder_of(root, "whole")
    done = folder/"done"
    kinds = {"sound": "a.*", "pitch": "p.*", "trace": "t*.nc", "card": "enhancer.json", "enhancer": "enhancer.json", "prior": "sounds.json",
             "voice_net": "source_filter.json", "model": "m.*", "parameters": "fit.json", "pack": "pack.safetensors",
             "checkpoint": "checkpoint.safetensors"}
    if not done.exists():
        write_library(folder)
        done.touch()
    return {k: sorted(folder.glob(p)) for k, p in kinds.items()}


def write_library(folder):
    import soundfile as sf
    x = np.sin(np.arange(3000)*.1)*.3
    for fmt, sub in (("WAV", "PCM_16"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III"), ("AIFF", "PCM_24"),
                     ("AU", "FLOAT"), ("W64", "PCM_16"), ("CAF", "PCM_16")):
        sf.write(folder/f"a.{fmt.lower()}", x, SR, format=fmt, subtype=sub)
    world = object.__new__(World)
    world.r, world.T, world.C = __import__("random").Random(0), 1000, 1
    table = world.a_table()
    for suffix in (".csv", ".mid", ".jams"): st.f0.write_pitch(table, folder/f"p{suffix}")
    np.savetxt(folder/"p.txt", table[:, :2], fmt="%.4f", delimiter="\t")
    world.a_trace().save(folder/"t.nc")
    st.record(world.a_mono(), world.a_iterative(), progress=False).save(folder/"t2.nc")
    st.source_filter.save_parameters(world.a_fitted(), folder/"fit.json")
    st.train.write_pack(folder/"pack.safetensors", {"a": [world.noise(1000), world.noise(800)]}, sr=SR)
    facts = dict(title="A test", stems=["voice"], licence="MIT", attribution="nobody", training_data="none", source="a test")
    st.enhancer.save_enhancer(st.enhancer.Enhancer(channels=(2, 2, 2), hidden=4), folder, facts)
    st.source_filter.save_voice_net(st.source_filter.VoiceNet(width=8, latent=4), folder, {k: v for k, v in facts.items() if k != "stems"})
    net = st.tfnet.make_tfnet("tiny", labels=2)
    st.prior.save_prior(st.prior.DiffusionPrior(st.prior.Denoiser(net), ("a", "b")), folder, facts | {"labels": ["a", "b"]})
    st.train.Training(linear_task(), st.train.Plan(iterations=1, batch=1), folder, device="cpu").run()
    write_models(folder)


class Halves(torch.nn.Module):
    def forward(self, x): return torch.stack([x*.5, x*.25], 1)


def write_models(folder):
    "The same small model as TorchScript, as an exported program, as ONNX, and as pickled weights."
    x = torch.zeros(1, 1, 800)
    torch.jit.script(Halves()).save(str(folder/"m.pt"))
    torch.export.save(torch.export.export(Halves(), (x,), dynamic_shapes=({2: torch.export.Dim("T", min=2)},)), str(folder/"m.pt2"))
    torch.save({"w": torch.zeros(3)}, folder/"m.pth")
    try: import onnx
    except ImportError: return
    h = onnx.helper
    info = lambda n, shape: h.make_tensor_value_info(n, onnx.TensorProto.FLOAT, shape)
    half = onnx.numpy_helper.from_array(np.array([[[[.5]], [[.25]]]], np.float32), "w")
    nodes = [h.make_node("Unsqueeze", ["x", "axis"], ["u"]), h.make_node("Mul", ["u", "w"], ["y"])]
    axis = onnx.numpy_helper.from_array(np.array([1], np.int64), "axis")
    graph = h.make_graph(nodes, "halves", [info("x", [1, 1, "T"])], [info("y", [1, 2, 1, "T"])], [half, axis])
    onnx.save(h.make_model(graph, opset_imports=[h.make_opsetid("", 13)], ir_version=8), folder/"m.onnx")
