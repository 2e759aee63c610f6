"""The modules of version 0.1, which stood side by side, by the names they had: `import sep_toolkit.guidance` finds what moved into rooms."""
import importlib
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec

ROOMS = {  # old name -> the modules that have its names now
    "allpole": ("source_filter.allpole",), "audio": ("sound.audio", "sound.files", "sound.sound_files"),
    "blend_explorer": ("explorers.blend", "explorers.ratios"), "display": ("sound.display", "sound.pictures"),
    "enhancer": ("onestep.enhancer",), "f0": ("source_filter.f0", "sound.pitch", "sound.pitch_files"),
    "fit_explorer": ("explorers.fit", "explorers.byhand"), "guidance": (
        "diffusion.guidance", "diffusion.gaussian", "diffusion.solvers", "diffusion.chain"),
    "masks": ("classical.masks", "sound.pitch"), "metrics": (
        "scores.metrics", "scores.ratios", "scores.libraries", "scores.score", "scores.comparison", "scores.judge"),
    "partials": ("source_filter.partials", "source_filter.harmonics"), "player": ("explorers.player", "explorers.packing"),
    "prior": ("diffusion.prior",), "registry": ("sound.registry", "sound.downloads"),
    "run": ("runs.run", "runs.methods", "runs.live"), "scenes": ("sound.scenes",), "schedule": ("diffusion.schedule",),
    "separator": ("runs.separator", "runs.cutting"), "steering": ("explorers.steering", "explorers.desk", "explorers.owner"),
    "stft": ("sound.stft",), "tfnet": ("diffusion.tfnet",), "trace": ("runs.trace", "runs.step", "runs.trace_file", "runs.trace_views"),
    "trajectory_explorer": ("explorers.trajectory", "explorers.levels"), "voice": ("source_filter.voice",),
}
RENAMED = {("guidance", "Denoiser"): "JointDenoiser", ("scenes", "DIMS"): "SCENE_DIMS", ("scenes", "KINDS"): "SCENE_KINDS",
           ("voice", "DIMS"): "VOICE_DIMS"}


class Moved(MetaPathFinder, Loader):
    "Finds an old name where Python finds none, and makes a module that looks its names up where they are now."
    def find_spec(self, fullname, path=None, target=None):
        package, _, name = fullname.rpartition(".")
        return ModuleSpec(fullname, self) if package == "sep_toolkit" and name in ROOMS else None

    def create_module(self, spec): return None

    def exec_module(self, module):
        old = module.__name__.rpartition(".")[2]
        names = [f"sep_toolkit.{room}" for room in ROOMS[old]]
        module.__doc__ = f"What was in {module.__name__} is in {', '.join(names)}."

        def look_up(name):
            name = RENAMED.get((old, name), name)
            for room in map(importlib.import_module, names):
                if hasattr(room, name): return getattr(room, name)
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}; what it had is in {', '.join(names)}")

        module.__getattr__ = look_up
        module.__dir__ = lambda: sorted({n for room in map(importlib.import_module, names) for n in dir(room)})


def install():
    "Let the old names be found, once."
    if not any(type(f).__name__ == "Moved" and type(f).__module__ == __name__ for f in sys.meta_path): sys.meta_path.append(Moved())
