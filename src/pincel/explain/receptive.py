"""Which input pixels can reach one output pixel (theoretical), and which do (effective: Luo et al. 2016)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

__all__ = ["ReceptiveField", "effective_field", "mass_side", "reachable", "receptive_field"]

Network = Callable[[Tensor], Tensor]
SMALL = 1e-6  # what the copy is shown: sums of positive things grow, and must not reach what tanh and clamps cut off


@dataclass(frozen=True)
class ReceptiveField:
    """Of one output pixel.

    Attributes:
        row, column: the output pixel.
        reachable: bool (H, W), the input pixels that the layers connect with it.
        effective: float32 (H, W), length of the gradient of its planes, in 0..1 of the largest.
        half, most: sides in pixels of the squares around it that hold 50 % and 95 % of that map's sum.
    """

    row: int
    column: int
    reachable: np.ndarray
    effective: np.ndarray
    half: int
    most: int

    @property
    def theoretical(self) -> tuple[int, int]:
        """Height and width in pixels of what can be reached."""
        rows, columns = np.flatnonzero(self.reachable.any(1)), np.flatnonzero(self.reachable.any(0))
        return (int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1) if len(rows) else (0, 0)


def receptive_field(network: nn.Module, source: Tensor, row: int, column: int, label: Tensor | None = None):
    """Both fields of the output pixel at ``row``, ``column``.

    Args:
        network: in evaluation mode.
        source: (1, C, H, W) in -1..1.
        row: of the output pixel.
        column: of the output pixel.
        label: int64 (1,), for networks that are told one.
    """
    labels = () if label is None else (label,)
    effective = effective_field(lambda x: network(x, *labels), source, row, column)
    sides = [mass_side(effective, row, column, share) for share in (0.5, 0.95)]
    return ReceptiveField(row, column, reachable(network, source, row, column, *labels), effective, *sides)


def effective_field(network: Network, source: Tensor, row: int, column: int) -> np.ndarray:
    """Length of the gradient of all planes of one output pixel, in 0..1 of its largest value, float32 (H, W)."""
    with torch.enable_grad():
        x = source.clone().requires_grad_()
        output = network(x)[0, :, row, column]
        parts = [torch.autograd.grad(value, x, retain_graph=True)[0] for value in output]
    length = torch.stack(parts).square().sum((0, 1, 2)).sqrt().numpy().astype(np.float32)
    return length / max(float(length.max()), 1e-30)


def reachable(network: nn.Module, source: Tensor, row: int, column: int, *labels: Tensor) -> np.ndarray:
    """Bool (H, W): the input pixels that the layers connect with the output pixel, whatever the weights are.

    In a copy of the network all weights are made positive and maxima become means, so that nothing cancels and every
    connection shows in the gradient; in double precision, since the longest ways count for little.
    """
    positive = _positive(network)
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(0)
        x = (SMALL * (1 + torch.rand(source.shape, dtype=torch.float64))).requires_grad_()
        value = positive(x, *labels)[0, :, row, column].sum()
        return torch.autograd.grad(value, x)[0][0].abs().sum(0).numpy() > 0


def mass_side(values: np.ndarray, row: int, column: int, share: float) -> int:
    """Side in pixels of the smallest square around a pixel that holds ``share`` of a map's sum.

    >>> mass_side(np.ones((5, 5)), 2, 2, 0.3)
    3
    """
    height, width = values.shape
    away = np.maximum(np.abs(np.arange(height) - row)[:, None], np.abs(np.arange(width) - column)[None])
    within = np.cumsum(np.bincount(away.ravel(), values.ravel()))
    return 2 * int(np.searchsorted(within, share * within[-1])) + 1


def _positive(network: nn.Module) -> nn.Module:
    """A copy in double precision with positive weights that neither vanish nor saturate."""
    positive = copy.deepcopy(network).double().eval()
    for module in list(positive.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.MaxPool2d):
                mean = nn.AvgPool2d(child.kernel_size, child.stride, child.padding, ceil_mode=child.ceil_mode)
                setattr(module, name, mean)
            elif isinstance(child, nn.LayerNorm):  # of equal channels it makes zeros, through which nothing shows
                setattr(module, name, nn.Identity())
        if isinstance(module, nn.modules.batchnorm._BatchNorm) and module.running_var is not None:
            assert module.running_mean is not None
            module.running_var.fill_(1)
            module.running_mean.zero_()
    with torch.no_grad():
        for parameter in positive.parameters():
            if parameter.ndim > 1:
                parameter.fill_(1 / max(1, parameter[0].numel()))
            else:
                parameter.fill_(1)
        for module in positive.modules():
            bias = getattr(module, "bias", None)
            if isinstance(bias, Tensor):
                bias.zero_()
    return positive
