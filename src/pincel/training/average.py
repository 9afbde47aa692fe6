"""`Average`: the exponential moving average of a network, which is what is kept and measured."""

from __future__ import annotations

from itertools import chain

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

__all__ = ["Average"]


class Average(AveragedModel):
    """torch's, with buffers, but never waiting for the device: it counts its steps on the processor.

    The decay grows with the steps, so that a short training is no average with its random start.

    Args:
        network: whose average it is.
        decay: in the long run, 0..1.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        super().__init__(network, use_buffers=True)
        self.decay = decay

    @torch.no_grad()
    def update_parameters(self, model: nn.Module) -> None:
        """Take in a step; the first one is the average itself."""
        seen = int(self.n_averaged)
        average = get_ema_multi_avg_fn(min(self.decay, (1 + seen) / (10 + seen)))
        for own, new in _groups(self.module, model):
            if seen:
                average(own, new, seen)
            else:
                for kept, tensor in zip(own, new, strict=True):
                    kept.copy_(tensor)
        self.n_averaged += 1


def _groups(average: nn.Module, network: nn.Module) -> list[tuple[list[Tensor], list[Tensor]]]:
    """Their tensors side by side, numbers and counts apart."""
    groups: dict[torch.dtype, tuple[list[Tensor], list[Tensor]]] = {}
    every = (chain(one.parameters(), one.buffers()) for one in (average, network))
    for own, new in zip(*every, strict=True):
        for kept, tensor in zip(groups.setdefault(own.dtype, ([], [])), (own, new), strict=True):
            kept.append(tensor)
    return list(groups.values())
