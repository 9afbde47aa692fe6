"""The task `colorize`: the network is shown the lightness of a picture and paints its colour.

Convention (Zhang et al. 2016; Isola et al. 2017, "colorization" data): the source is ``L / 50 - 1``, the target
``ab / 110``, both in -1..1. L itself never passes through the network's output: the painted picture keeps it.
"""

from __future__ import annotations

import numpy as np

from pincel.imaging.color import lab_to_rgb, lightness, rgb_to_lab
from pincel.imaging.resize import resize

__all__ = ["AB_SCALE", "Colorize"]

AB_SCALE = 110.0


class Colorize:
    """Lightness -> ab. One object without state; see the module's docstring for the convention."""

    name = "colorize"
    source_channels = 1
    target_channels = 2
    paints_rgb = False
    outside = 0

    @staticmethod
    def fit(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
        """The photo resized, dtype and channels kept."""
        return resize(pixels, height, width)

    @staticmethod
    def encode(pixels: np.ndarray) -> np.ndarray:
        """What the network is shown.

        Args:
            pixels: sRGB (H, W) or (H, W, 3), uint8, uint16 or float32 in 0..1, at the working size.

        Returns:
            float32 (1, H, W), L / 50 - 1 in -1..1.
        """
        return lightness(pixels)[None] / np.float32(50) - np.float32(1)

    @staticmethod
    def encode_target(rgb: np.ndarray) -> np.ndarray:
        """What the network should paint: sRGB (H, W, 3) -> float32 (2, H, W), ab / 110."""
        return np.ascontiguousarray(rgb_to_lab(rgb)[..., 1:].transpose(2, 0, 1)) / np.float32(AB_SCALE)

    @staticmethod
    def decode(source: np.ndarray, output: np.ndarray, saturation: float = 1.0) -> np.ndarray:
        """The painted picture at the network's own size (full size: `pincel.imaging.upsample`).

        Args:
            source: float32 (1, H, W), what `encode` gave.
            output: float32 (2, H, W), what the network painted.
            saturation: factor on chroma; 1 is as painted, 0 is grey.

        Returns:
            float32 sRGB (H, W, 3) in 0..1 with the lightness of ``source``.
        """
        return lab_to_rgb(*Colorize.decode_lab(source, output, saturation))

    @staticmethod
    def decode_lab(source: np.ndarray, output: np.ndarray, saturation: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
        """The same painting in Lab, not clipped to sRGB: L float32 (H, W) in 0..100 and ab float32 (H, W, 2)."""
        light = (source[0] + np.float32(1)) * np.float32(50)
        return light, np.ascontiguousarray(output.transpose(1, 2, 0)) * np.float32(AB_SCALE * saturation)

    @staticmethod
    def show(source: np.ndarray) -> np.ndarray:
        """The lightness as an uncoloured photo."""
        return Colorize.decode(source, np.zeros((2, *source.shape[1:]), np.float32))
