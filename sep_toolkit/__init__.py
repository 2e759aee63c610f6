"""Hear, see and steer audio source separation in Jupyter.

Names and submodules are imported when they are first used, so that importing the package costs next to nothing."""
from importlib import import_module

_HOME = {
    "Audio": "audio", "Stems": "audio", "load": "audio", "save": "audio",
    "fetch": "registry", "mix": "scenes",
    "separate": "run", "record": "run",
    "score": "metrics", "compare": "metrics",
    "show": "display", "listen": "display", "explore": "explorers",
}  # name -> the module it lives in
__all__ = ["Audio", "Stems", "load", "save", "fetch", "mix", "separate", "record", "score", "compare", "show", "listen",
           "explore"]


def __getattr__(name):
    if name == "__version__":
        from importlib.metadata import version
        value = version("sep_toolkit")
    elif name in _HOME:
        value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    elif name in _submodules():
        return import_module(f"{__name__}.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__():
    return sorted({*__all__, *_submodules(), "__version__", *(n for n in globals() if n.startswith("__"))})


def _submodules():
    from pkgutil import iter_modules
    return {m.name for m in iter_modules(__path__) if not m.name.startswith("_")}
