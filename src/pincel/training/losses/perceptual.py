"""How alike two pictures look to a network that has seen many."""

from __future__ import annotations

from torch import Tensor

from pincel.metrics.lite import LiteFeatures, lite0_distance

__all__ = ["perceptual"]


def perceptual(features: LiteFeatures, painted: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """`lite0_distance` between two batches in sRGB 0..1, (N, 3, H, W), with padding black in both; a scalar."""
    return lite0_distance(features, painted * mask, target * mask, mask).mean()
