"""Many files, many methods, many settings: every cell of a study kept, scored, and one click from its sound."""
from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
