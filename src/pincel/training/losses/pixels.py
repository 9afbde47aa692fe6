"""Losses between planes or pixels that know nothing of colour; all are aware of the mask."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from pincel.tasks.colorize import AB_SCALE

__all__ = ["l1", "masked_mean", "psnr", "smooth_l1"]


def masked_mean(values: Tensor, weight: Tensor) -> Tensor:
    """Mean of (N, C, H, W) ``values`` with (N, 1, H, W) weights; 0 when nothing weighs."""
    return (values * weight).sum() / (weight.sum() * values.shape[1]).clamp(min=1e-6)


def l1(painted: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Mean absolute error.

    Args:
        painted: (N, C, H, W) in -1..1.
        target: the same shape.
        weight: (N, 1, H, W); the mask, possibly times a rebalancing weight.
    """
    return masked_mean((painted - target).abs(), weight)


def smooth_l1(painted: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Huber's loss with its bend at 10 Lab units; arguments as `l1`."""
    return masked_mean(F.smooth_l1_loss(painted, target, reduction="none", beta=10 / AB_SCALE), weight)


def psnr(painted: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """What the mean PSNR of a batch lacks to that of equal 8-bit pictures, in bel: ``log10(1 + mean squared error)``.

    The error is counted in steps of 8 bits, one mean a picture: the loss is 0 for equal pictures, and a tenth of it is
    a decibel where errors are large. A mean of decibels asks for the same *share* of every picture's error: nearly grey
    photos, where a little wrong colour costs much, count as much as vivid ones, and a hopeless one counts no more.
    It follows `pincel.metrics.quality.psnr` of the whole square, with one step added so that equal pictures are finite.

    Args:
        painted: (N, 3, H, W) sRGB in 0..1; what lies outside is not clipped, so that it learns to come back.
        target: the same shape.
        mask: (N, 1, H, W); what it leaves out counts as equal, as the black bars of a letterboxed picture do.
    """
    error = ((painted - target) * mask).square().mean((-3, -2, -1))  # (N,)
    return torch.log10(1 + 255**2 * error).mean()
