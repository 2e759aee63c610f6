# Every name of the package and where it lives: read by the package itself (lazy_loader) and by editors.
# The names that most people need.
from .sound.audio import Audio as Audio, Stems as Stems
from .sound.files import load as load, save as save
from .sound.registry import fetch as fetch
from .sound.scenes import mix as mix
from .runs.run import separate as separate, record as record
from .runs.recorded import recorded as recorded
from .runs.file_to_file import separate_file as separate_file, separate_files as separate_files
from .scores.score import score as score
from .scores.comparison import compare as compare
from .sound.display import show as show, listen as listen
from .explorers.opening import explore as explore
from .explorers.recorder import microphone as microphone
from .experiments import data as data
from .experiments.sweep import sweep as sweep
# The rooms.
from . import cards as cards
from . import core as core
from . import errors as errors
from . import bench as bench
from . import classical as classical
from . import diffusion as diffusion
from . import experiments as experiments
from . import explorers as explorers
from . import multistep as multistep
from . import onestep as onestep
from . import runs as runs
from . import scores as scores
from . import sound as sound
from . import source_filter as source_filter
from . import train as train
# Modules by their own names, as they were called before there were rooms.
from .sound import audio as audio, containers as containers, display as display, downloads as downloads, files as files, pitch as pitch, pitch_files as pitch_files, registry as registry, scenes as scenes, sound_files as sound_files, stft as stft, streams as streams
from .runs import live as live, run as run, separator as separator, trace as trace
from .scores import comparison as comparison, judge as judge, metrics as metrics
from .classical import masks as masks, nmf as nmf
from .onestep import enhancer as enhancer
from .diffusion import guidance as guidance, prior as prior, schedule as schedule, solvers as solvers, tfnet as tfnet
from .explorers import player as player
from .source_filter import allpole as allpole, f0 as f0, partials as partials, voice as voice

__version__: str
