"""The task `paired`: any picture A to any picture B, learnt from pairs (Isola et al. 2017). Both are sRGB in -1..1."""

from __future__ import annotations

import numpy as np

from pincel.imaging.resize import resize
from pincel.tasks.task import PaintsRgb, planes

__all__ = ["Paired"]


class Paired(PaintsRgb):
    """A -> B. One object without state."""

    name = "paired"
    source_channels = 3
    outside = 0

    @staticmethod
    def fit(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
        """A picture resized; grey ones get three equal channels."""
        return resize(_three(pixels), height, width)

    @staticmethod
    def encode(pixels: np.ndarray) -> np.ndarray:
        """See `pincel.tasks.task.Task.encode`."""
        return planes(_three(pixels))


def _three(pixels: np.ndarray) -> np.ndarray:
    return np.dstack([pixels] * 3) if pixels.ndim == 2 else pixels
