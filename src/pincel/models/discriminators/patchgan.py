"""`PatchGAN`: judges every patch of a picture as real or painted (Isola et al. 2017, section 3.2.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from pincel.errors import RecipeError, pick
from pincel.models.convolutions import QuickConv2d
from pincel.models.labels import LabelPlanes

__all__ = ["PatchGAN", "PatchGeometry", "patch_geometry"]

NORMS: dict[str, Callable[[int], nn.Module]] = {
    "batch": nn.BatchNorm2d,
    "instance": lambda channels: nn.InstanceNorm2d(channels, affine=True),
    "none": lambda channels: nn.Identity(),
    "spectral": lambda channels: nn.Identity(),  # the convolutions themselves are normalised
}


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


class PatchGAN(nn.Module):
    """Strided 4x4 convolutions down to one logit a patch; no activation at the end.

    Args:
        in_channels: planes of source and photo together (it sees both, as in pix2pix).
        width: filters of the first layer; doubled layer by layer up to eight times that.
        depth: strided layers; 3 sees 70 x 70 pixels.
        norm: ``batch``, ``instance``, ``spectral`` (Miyato et al. 2018) or ``none``. The first layer has none.
            With ``batch``, real and painted pictures must come in separate batches.
        classes: labels that it is told, as further planes; 0: none.
    """

    def __init__(
        self, in_channels: int, width: int = 64, depth: int = 3, norm: str = "batch", classes: int = 0
    ) -> None:
        super().__init__()
        self.label_planes = LabelPlanes(classes)
        normalise = pick(NORMS, norm, "discriminator norm", RecipeError)
        constrain = spectral_norm if norm == "spectral" else lambda layer: layer
        widths = [in_channels + classes, *(width * min(2**i, 8) for i in range(depth + 1))]
        strides = [2] * depth + [1]
        layers: list[nn.Module] = []
        for i, stride in enumerate(strides):
            bias = i == 0 or norm in ("none", "spectral")
            layers.append(constrain(QuickConv2d(widths[i], widths[i + 1], 4, stride, padding=1, bias=bias)))
            layers.append(normalise(widths[i + 1]) if i else nn.Identity())
            layers.append(nn.LeakyReLU(0.2, inplace=True))
        layers.append(constrain(nn.Conv2d(widths[-1], 1, 4, padding=1)))
        self.layers = nn.Sequential(*layers)
        self.geometry = patch_geometry((4, stride, 1) for stride in [*strides, 1])

    @property
    def receptive_field(self) -> int:
        """Side in pixels of the patch that one verdict sees."""
        return self.geometry.receptive_field

    def forward(self, source: Tensor, photo: Tensor, label: Tensor | None = None) -> Tensor:
        """(N, S, H, W) source and (N, T, H, W) photo, both in -1..1 -> (N, 1, h, w) logits; above 0 is "real".

        ``label`` (int64 (N,)) is used when the network was made with classes.
        """
        return self.layers(self.label_planes(torch.cat([source, photo], dim=1), label))

    def patch_weights(self, mask: Tensor) -> Tensor:
        """The share of each verdict's receptive field that is photo: (N, 1, H, W) mask -> (N, 1, h, w) in 0..1."""
        g = self.geometry
        padded = F.pad(mask, [g.padding] * 4)
        whole = F.pad(torch.ones_like(mask[:1]), [g.padding] * 4)
        return _mean_of_fields(padded, g) / _mean_of_fields(whole, g)


def _mean_of_fields(x: Tensor, geometry: PatchGeometry) -> Tensor:
    """Means over receptive fields, rows before columns: 70 + 70 additions each instead of 70 x 70."""
    rows = F.avg_pool2d(x, (geometry.receptive_field, 1), (geometry.stride, 1))
    return F.avg_pool2d(rows, (1, geometry.receptive_field), (1, geometry.stride))
