"""The task `colorize`: the network is shown the lightness of a picture and paints its colour.

Convention (Zhang et al. 2016; Isola et al. 2017, "colorization" data): the source is ``L / 50 - 1``, the target
``ab / 110``, both in -1..1. L itself never passes through the network's output: the painted picture keeps it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from pincel.imaging.color import from_float, lab_to_rgb, lightness, rgb_to_lab
from pincel.imaging.resize import fit_size, resize
from pincel.imaging.upsample import fit_coefficients, paint_full_size
from pincel.tasks.task import Finish, Task

__all__ = ["AB_SCALE", "Colorize"]

AB_SCALE = 110.0


class Colorize(Task):
    """Lightness -> ab. One object without state; see the module's docstring for the convention."""

    name = "colorize"
    source_channels = 1
    target_channels = 2
    keeps_lightness = True
    encodes_batches = True
    takes_pairs = False
    commands = ("colorize",)
    asks = "PHOTO"
    model = "default"
    shown = "grey"
    shown_many = "grey photos"
    painted = "photo"
    unit = "Lab units"
    scale = AB_SCALE
    zero = 0.0
    source_unit = "L"
    source_scale = 50.0

    @staticmethod
    def fit(pixels: np.ndarray, height: int, width: int, alpha: np.ndarray | None = None) -> np.ndarray:
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

    @staticmethod
    def encode_batch(rgb: Any, rgb_to_lab: Callable[[Any], Any]) -> tuple[Any, Any]:
        """See `Task.encode_batch`."""
        lab = rgb_to_lab(rgb)
        return lab[:, :1] / 50 - 1, lab[:, 1:] / AB_SCALE

    @staticmethod
    def to_rgb(source: Any, output: Any, lab_to_rgb: Callable[[Any, Any], Any]) -> Any:
        """See `Task.to_rgb`."""
        return lab_to_rgb((source + 1) * 50, output * AB_SCALE)

    def to_lab(self, source: np.ndarray, output: np.ndarray) -> np.ndarray:
        """Its own lightness and ab, not clipped to sRGB: float32 (H, W, 3)."""
        return np.dstack(self.decode_lab(source, output))

    def unpainted(self, pixels: np.ndarray) -> np.ndarray:
        """The photo without any colour: its L*, ab = 0."""
        light = lightness(pixels)
        return lab_to_rgb(light, np.zeros((*light.shape, 2), np.float32))

    def working_shape(
        self, pixels: np.ndarray, long_side: int, multiple: int, largest_enlargement: float
    ) -> tuple[int, int]:
        """Whole multiples, so that the network needs no padding, where there is room; see `Task.working_shape`.

        A slightly squeezed photo paints better than one with a repeated edge.
        """
        height, width = pixels.shape[:2]
        shape = fit_size(height, width, min(long_side, round(max(height, width) * largest_enlargement)))
        if shape == (height, width):
            return shape
        return tuple(max(multiple, round(side / multiple) * multiple) for side in shape)  # type: ignore[return-value]

    def finish(self, pixels: np.ndarray, source: np.ndarray, output: np.ndarray) -> Finish:
        """The colours at full size, under the photo's own lightness."""
        if source.shape[1:] == pixels.shape[:2]:
            return lambda gain, workers: from_float(self.decode(source, output, gain), pixels.dtype)
        coefficients = fit_coefficients(*self.decode_lab(source, output))
        return lambda gain, workers: paint_full_size(pixels, coefficients, gain, workers)
