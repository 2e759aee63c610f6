"""A TorchScript module that writes to a file while it is loaded: what `make_foreign` needs to show that nobody loads it.

The types stand as names here, because TorchScript reads them from the source."""
from typing import Tuple  # noqa: UP035

import torch


class Writes(torch.nn.Module):
    "Half and a quarter of the signal; its state, once set, fills a file."
    def __init__(self, path: str):
        super().__init__()
        self.path = path
        self.n = 0

    @torch.jit.export
    def __getstate__(self): return (self.path, self.training)

    @torch.jit.export
    def __setstate__(self, state: Tuple[str, bool]):  # noqa: UP006
        self.path = state[0]
        self.training = state[1]
        t = torch.from_file(self.path, True, 16, dtype=torch.uint8)
        t.fill_(65)
        self.n = int(t.sum())

    def forward(self, x): return torch.stack([x*.5, x*.25], 1)
