"""A one-step model asked again and again (arXiv 2505.19534)."""
from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
