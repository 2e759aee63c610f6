"""Hear, see and steer audio source separation in Jupyter.

Names and rooms are imported when they are first used, so that importing the package costs next to nothing. What there is stands in
`__init__.pyi`, for people, editors and the package itself."""
from lazy_loader import attach_stub as _attach_stub

from ._moved import ROOMS as _ROOMS, install as _install

__all__ = ["Audio", "Stems", "load", "save", "fetch", "mix", "separate", "separate_file", "separate_files", "record", "recorded", "score", "compare", "show", "listen", "explore", "microphone", "sweep"]
_find, _names, _ = _attach_stub(__name__, __file__)
_install()


def __getattr__(name):
    if name == "__version__":
        from importlib.metadata import version
        value = version("sep_toolkit")
    elif name in _ROOMS:
        from importlib import import_module
        value = import_module(f"{__name__}.{name}")
    elif name not in _names():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    else:
        value = _find(name)
    globals()[name] = value
    return value


def __dir__():
    return sorted({*_names(), "__version__", *(n for n in globals() if n.startswith("__"))})
