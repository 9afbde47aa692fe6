"""`PatchGAN`: judges every patch of a picture as real or painted (Isola et al. 2017, section 3.2.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from pincel.errors import RecipeError, pick
from pincel.models.convolutions import QuickConv2d
from pincel.models.discriminators.base import Discriminator, patch_geometry
from pincel.models.initialisation import initialise_dcgan
from pincel.models.labels import LabelPlanes

__all__ = ["PatchGAN"]

DEPTH = 3
SMALLEST_PATCHED = 4  # pixels that must be left after the strided layers
NORMS: dict[str, Callable[[int], nn.Module]] = {
    "batch": nn.BatchNorm2d,
    "instance": lambda channels: nn.InstanceNorm2d(channels, affine=True),
    "none": lambda channels: nn.Identity(),
    "spectral": lambda channels: nn.Identity(),  # the convolutions themselves are normalised
}


class PatchGAN(Discriminator):
    """Strided 4x4 convolutions down to one logit a patch; no activation at the end.

    Args:
        in_channels: planes of source and photo together (it sees both, as in pix2pix).
        classes: labels that it is told, as further planes; 0: none.
        width: filters of the first layer; doubled layer by layer up to eight times that.
        depth: strided layers; 3 sees 70 x 70 pixels.
        norm: ``batch``, ``instance``, ``spectral`` (Miyato et al. 2018) or ``none``. The first layer has none.
            With ``batch``, real and painted pictures must come in separate batches.

    Raises:
        RecipeError: unknown norm.
    """

    def __init__(
        self, in_channels: int, classes: int = 0, width: int = 64, depth: int = DEPTH, norm: str = "batch"
    ) -> None:
        super().__init__()
        self.label_planes = LabelPlanes(classes)
        normalise = pick(NORMS, norm, "'discriminator.norm':", RecipeError)
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
        initialise_dcgan(self)

    @classmethod
    def check_options(cls, options: Mapping[str, Any]) -> None:
        """See `Discriminator.check_options`."""
        pick(NORMS, options.get("norm", "batch"), "'discriminator.norm':", RecipeError)

    @classmethod
    def check_training_size(cls, size: int, options: Mapping[str, Any]) -> None:
        """See `Discriminator.check_training_size`."""
        depth = options.get("depth", DEPTH)
        if size < SMALLEST_PATCHED << depth:
            fitting = (size // SMALLEST_PATCHED).bit_length() - 1
            raise ValueError(
                f"discriminator.depth {depth} leaves no patch of {size} px pictures to judge; use {fitting} at most"
            )

    def forward(self, source: Tensor, photo: Tensor, label: Tensor | None = None) -> Tensor:
        """(N, S, H, W) source and (N, T, H, W) photo, both in -1..1 -> (N, 1, h, w) logits; above 0 is "real"."""
        return self.layers(self.label_planes(torch.cat([source, photo], dim=1), label))
