"""The task `sketch`: the network is shown dark lines on white paper and paints the photo.

Convention (Isola et al. 2017, "edges -> photo"): one source plane, paper 1, ink -1; the target is sRGB in -1..1.
Drawings by hand come in all kinds; `Sketch.fit` makes clean lines of them.
"""

from __future__ import annotations

import numpy as np

from pincel.imaging.color import from_float, grey_rec601
from pincel.imaging.edges import SketchStyle, draw_at
from pincel.imaging.ink import ink, resize_ink
from pincel.tasks.task import Task, planes

__all__ = ["Sketch"]


class Sketch(Task):
    """Lines -> sRGB. One object without state; see the module's docstring for the convention."""

    name = "sketch"
    source_channels = 1
    outside = 255  # white paper
    keeps_alpha = False
    makes_source = True
    draws = True
    commands = ("draw", "translate")
    asks = "SKETCH"
    model = "sketch"
    shown = "sketch"
    shown_many = "sketches"
    caption = "sketch"
    painted = "photo"

    @staticmethod
    def fit(pixels: np.ndarray, height: int, width: int, alpha: np.ndarray | None = None) -> np.ndarray:
        """A drawing of any kind as clean dark lines on white, uint8 (height, width)."""
        lines = resize_ink(ink(pixels, alpha), height, width)
        if alpha is not None:  # drawn on nothing
            return from_float(1 - lines)
        return np.rint((1 - lines) * 255).astype(np.uint8)

    @staticmethod
    def encode(pixels: np.ndarray) -> np.ndarray:
        """Clean lines, uint8 (H, W) or (H, W, 3), dark on white -> float32 (1, H, W), paper 1 and ink -1."""
        return planes(grey_rec601(pixels) if pixels.ndim == 3 else pixels)

    @staticmethod
    def make_source(rgb: np.ndarray, style: SketchStyle, size: int | None = None) -> np.ndarray:
        """The photo's sketch, uint8 (H, W); see `pincel.imaging.edges.draw_at`."""
        return draw_at(rgb, style, size)
