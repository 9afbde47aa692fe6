"""The task `paired`: any picture A to any picture B, learnt from pairs (Isola et al. 2017). Both are sRGB in -1..1."""

from __future__ import annotations

import numpy as np

from pincel.imaging.resize import resize
from pincel.tasks.task import planes, planes_to_rgb

__all__ = ["Paired"]


class Paired:
    """A -> B. One object without state."""

    name = "paired"
    source_channels = 3
    target_channels = 3
    paints_rgb = True
    outside = 0

    @staticmethod
    def fit(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
        """A picture resized; grey ones get three equal channels."""
        return resize(_three(pixels), height, width)

    @staticmethod
    def encode(pixels: np.ndarray) -> np.ndarray:
        """See `pincel.tasks.task.Task.encode`."""
        return planes(_three(pixels))

    @staticmethod
    def encode_target(rgb: np.ndarray) -> np.ndarray:
        """See `pincel.tasks.task.Task.encode_target`."""
        return planes(rgb)

    @staticmethod
    def decode(source: np.ndarray, output: np.ndarray) -> np.ndarray:
        """See `pincel.tasks.task.Task.decode`; the source is not needed."""
        return planes_to_rgb(output)

    @staticmethod
    def show(source: np.ndarray) -> np.ndarray:
        """A itself."""
        return planes_to_rgb(source)


def _three(pixels: np.ndarray) -> np.ndarray:
    return np.dstack([pixels] * 3) if pixels.ndim == 2 else pixels
