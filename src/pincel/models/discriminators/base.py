"""`Discriminator`: what every discriminator promises, and everything else may ask of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["Discriminator", "PatchGeometry", "patch_geometry"]


@dataclass(frozen=True)
class PatchGeometry:
    """Which pixels a patch verdict sees: ``receptive_field`` pixels, every ``stride``, ``padding`` before the edge."""

    receptive_field: int
    stride: int
    padding: int


def patch_geometry(layers: Iterable[tuple[int, int, int]]) -> PatchGeometry:
    """The geometry of convolutions in a row (Araujo et al. 2019, eq. 2).

    Args:
        layers: (kernel, stride, padding) of each, from the input on.

    >>> patch_geometry([(4, 2, 1), (4, 2, 1), (4, 2, 1), (4, 1, 1), (4, 1, 1)])
    PatchGeometry(receptive_field=70, stride=8, padding=23)
    """
    field, jump, before = 1, 1, 0
    for kernel, stride, padding in layers:
        field += (kernel - 1) * jump
        before += padding * jump
        jump *= stride
    return PatchGeometry(field, jump, before)


class Discriminator(nn.Module):
    """A network that tells, patch by patch, whether a picture is real or painted.

    ``forward(source, photo, label=None)``: (N, S, H, W) in -1..1 and (N, T, H, W), int64 (N,) labels -> (N, K, h, w)
    logits; above 0 is "real". H and W are any size from the smallest on that `check_training_size` allows. The label is
    used when it was made with classes; one of ``classes``, or none at all, means unknown.

    The constructor is ``(in_channels, classes=0, **options)``, with S + T planes; it starts its weights itself, and
    raises ``ValueError`` for an option that cannot be.

    Attributes:
        planes: what the photo is. ``output``: what the generator paints, in -1..1; ``rgb``: sRGB in 0..1, not clipped,
            three planes, black outside of the mask.
        geometry: which pixels the verdicts of a place see.
    """

    planes: Literal["output", "rgb"] = "output"
    geometry: PatchGeometry

    @classmethod
    def check_options(cls, options: Mapping[str, Any]) -> None:
        """Whether these values of its constructor's options can be, before it is needed.

        Raises:
            ValueError: one cannot.
        """

    @classmethod
    def check_training_size(cls, size: int, options: Mapping[str, Any]) -> None:
        """Whether squares of ``size`` px leave it something to judge, before it is built.

        Args:
            size: in pixels.
            options: of its constructor.

        Raises:
            ValueError: they do not; says what would.
        """

    @property
    def receptive_field(self) -> int:
        """Side in pixels of the patch that a place's verdicts see."""
        return self.geometry.receptive_field

    @property
    def geometries(self) -> tuple[PatchGeometry, ...]:
        """Of each of the K verdicts of a place: what it sees."""
        return (self.geometry,)

    def patch_weights(self, mask: Tensor) -> Tensor:
        """The share of each verdict's receptive field that is photo: (N, 1, H, W) mask -> (N, K, h, w) in 0..1."""
        g = self.geometry
        padded = F.pad(mask, [g.padding] * 4)
        whole = F.pad(torch.ones_like(mask[:1]), [g.padding] * 4)
        return _mean_of_fields(padded, g) / _mean_of_fields(whole, g)


def _mean_of_fields(x: Tensor, geometry: PatchGeometry) -> Tensor:
    """Means over receptive fields, rows before columns: 70 + 70 additions each instead of 70 x 70."""
    rows = F.avg_pool2d(x, (geometry.receptive_field, 1), (geometry.stride, 1))
    return F.avg_pool2d(rows, (1, geometry.receptive_field), (1, geometry.stride))
