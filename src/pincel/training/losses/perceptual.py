"""How alike two pictures look to a network that has seen many."""

from __future__ import annotations

from torch import Tensor

from pincel.metrics.lite import LiteFeatures, lite0_distance, shared_features
from pincel.training.losses.view import View

__all__ = ["features_and_rgb", "perceptual"]


def perceptual(features: LiteFeatures, painted: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """`lite0_distance` between two batches in sRGB 0..1, (N, 3, H, W), with padding black in both; a scalar."""
    return lite0_distance(features, painted * mask, target * mask, mask).mean()


def features_and_rgb(view: View, weight: Tensor) -> tuple[LiteFeatures, Tensor, Tensor, Tensor]:
    """What `perceptual` is given of a batch; its frozen network is made when first needed."""
    return shared_features("lite0", view.painted.device), *view.rgb, weight
