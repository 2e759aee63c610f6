"""Separation by diffusion priors of single sources (arXiv 2512.07226)."""
from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
