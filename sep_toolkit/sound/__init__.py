"""Sound and what belongs to it: signals, spectra, pitch, scenes, public recordings, pictures."""
from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
