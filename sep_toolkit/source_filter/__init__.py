"""Differentiable source-filter models of voices (arXiv 2201.09592)."""
from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
