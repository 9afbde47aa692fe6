"""`Lite0Projected`: judges the ImageNet features of a picture, at four strides (Sauer et al. 2021, "Projected GANs").

A pretrained network extracts features and small heads judge them: they learn quickly, from few photos. Fixed random 1x1
convolutions mix the channels of each stride, so that no head relies on a few of them (the paper's section 3.2). Its
cross-scale mixing is left out: with it the receptive field of every verdict would be a thousand pixels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from pincel.errors import RecipeError, pick
from pincel.metrics.lite import LITE_CHANNELS, shared_features
from pincel.models.convolutions import QuickConv2d
from pincel.models.discriminators.base import Discriminator, PatchGeometry, patch_geometry
from pincel.models.labels import LabelPlanes

__all__ = ["Lite0Projected"]

NETWORK = "lite0"
NORMS = {"spectral": spectral_norm}
RGB = 3
FINEST = 4  # pixels between two verdicts
FEATURE_SCALE = 8.0  # standard deviation of the features of photos
STEPS = (  # kernel and stride of the convolutions of Lite0 that see neighbours, up to each of its four maps
    ((3, 2), (3, 1), (3, 2), (3, 1)),
    ((5, 2), (5, 1)),
    ((3, 2), (3, 1), (3, 1), (5, 1), (5, 1), (5, 1)),
    ((5, 2), (5, 1), (5, 1), (5, 1), (3, 1)),
)
HEAD = ((3, 1), (3, 1))


class Lite0Projected(Discriminator):
    """Frozen EfficientNet-Lite0 and a head of three spectral-normed convolutions at each of the strides 4, 8, 16, 32.

    Beside the features a head sees the source, averaged to its stride. The frozen network is that of the perceptual
    loss (`pincel.metrics.lite.shared_features`) and no part of this one: checkpoints hold the heads and their mixing.

    Args:
        in_channels: planes of the source, and 3.
        classes: labels that the heads are told, as further planes; 0: none.
        width: filters of the heads.
        norm: of the heads; ``spectral`` (Miyato et al. 2018).

    Raises:
        RecipeError: another norm.
    """

    planes = "rgb"

    def __init__(self, in_channels: int, classes: int = 0, width: int = 64, norm: str = "spectral") -> None:
        super().__init__()
        pick(NORMS, norm, "'discriminator.norm':", RecipeError)
        self.label_planes = LabelPlanes(classes)
        for number, seen in enumerate(LITE_CHANNELS[NETWORK][1:]):
            self.register_buffer(f"mixing{number}", torch.randn(width, seen, 1, 1) / (FEATURE_SCALE * seen**0.5))
        self.heads = nn.ModuleList(_head(width + in_channels - RGB + classes, width) for _ in STEPS)
        self.fields = _fields()
        self.geometry = self.fields[-1]

    @classmethod
    def check_options(cls, options: Mapping[str, Any]) -> None:
        """See `Discriminator.check_options`."""
        pick(NORMS, options.get("norm", "spectral"), "'discriminator.norm':", RecipeError)

    @property
    def geometries(self) -> tuple[PatchGeometry, ...]:
        """See `Discriminator.geometries`."""
        return self.fields

    def forward(self, source: Tensor, photo: Tensor, label: Tensor | None = None) -> Tensor:
        """(N, S, H, W) source in -1..1, (N, 3, H, W) sRGB in 0..1 -> (N, 4, H/4, W/4) logits, rounded up."""
        maps = shared_features(NETWORK, photo.device)(photo.float())
        height, width = maps[0].shape[-2:]
        verdicts = []
        for number, (seen, head) in enumerate(zip(maps, self.heads, strict=True)):
            mixing, around = self.get_buffer(f"mixing{number}"), F.adaptive_avg_pool2d(source, seen.shape[-2:])
            mixed = F.conv2d(seen.to(mixing.dtype), mixing)
            verdict = head(self.label_planes(torch.cat([mixed, around], dim=1), label))  # (N, 1, H/4, W/4), H/8, ...
            verdicts.append(F.interpolate(verdict, scale_factor=2.0**number)[..., :height, :width])
        return torch.cat(verdicts, dim=1)

    def patch_weights(self, mask: Tensor) -> Tensor:
        """See `Discriminator.patch_weights`; by matrices, since fields reach far beyond a picture."""
        return torch.cat([_share(mask, field) for field in self.fields], dim=1)


def _head(channels: int, width: int) -> nn.Module:
    """(N, channels, h, w) -> (N, 1, h, w) logits."""
    return nn.Sequential(
        spectral_norm(QuickConv2d(channels, width, 3, padding=1)),
        nn.LeakyReLU(0.2, inplace=True),
        spectral_norm(QuickConv2d(width, width, 3, padding=1)),
        nn.LeakyReLU(0.2, inplace=True),
        spectral_norm(nn.Conv2d(width, 1, 1)),
    )


def _fields() -> tuple[PatchGeometry, ...]:
    """What each plane of verdicts sees at most; they are repeated to the finest stride.

    Convolutions of stride 2 are padded like TensorFlow's: by the picture's size they begin at a pixel or at the next.
    """
    fields, layers = [], []
    for step in STEPS:
        layers += [(kernel + stride - 1, stride, (kernel - 1) // 2) for kernel, stride in step]
        g = patch_geometry([*layers, *((kernel, stride, (kernel - 1) // 2) for kernel, stride in HEAD)])
        repeated = g.stride - FINEST
        fields.append(PatchGeometry(g.receptive_field + repeated, FINEST, g.padding + repeated))
    return tuple(fields)


def _share(mask: Tensor, geometry: PatchGeometry) -> Tensor:
    """(N, 1, H, W) -> the mean of each field inside the picture, (N, 1, h, w)."""
    down, across = (_bands(side, geometry, mask.device).to(mask.dtype) for side in mask.shape[-2:])
    return down @ mask @ across.T / (down.sum(1, keepdim=True) * across.sum(1))


def _bands(side: int, geometry: PatchGeometry, device: torch.device) -> Tensor:
    """Bool (places, side): where a place's field covers a pixel."""
    first = torch.arange(0, side, geometry.stride, device=device)[:, None] - geometry.padding
    pixels = torch.arange(side, device=device)
    return (pixels >= first) & (pixels < first + geometry.receptive_field)
