"""Resizing: to a working size, letterboxed into a square."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

__all__ = ["Letterbox", "fit_size", "letterbox", "middle_square", "resize"]


def resize(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    """Area averaging when the picture shrinks, cubic when it grows; dtype and channels kept.

    Args:
        pixels: (H, W) or (H, W, C), uint8, uint16 or float32.
        height: of the result, in pixels.
        width: of the result, in pixels.
    """
    if pixels.shape[:2] == (height, width):
        return pixels
    shrinks = height * width < pixels.shape[0] * pixels.shape[1]
    if min(pixels.shape[0] // height, pixels.shape[1] // width) >= 8:
        pixels = _quarter(pixels)  # whole factors are averaged several times faster
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)


def _quarter(pixels: np.ndarray) -> np.ndarray:
    """Area average of 4 x 4 cells; edges are repeated evenly to make the last cells whole (1.5 pixels at most)."""
    height, width = pixels.shape[:2]
    rows, columns = -height % 4, -width % 4
    if rows or columns:
        border = (rows // 2, rows - rows // 2, columns // 2, columns - columns // 2)
        pixels = cv2.copyMakeBorder(pixels, *border, cv2.BORDER_REPLICATE)
    size = (pixels.shape[1] // 4, pixels.shape[0] // 4)
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def fit_size(height: int, width: int, long_side: int) -> tuple[int, int]:
    """Height and width scaled so that the longer of them is ``long_side``; aspect kept, at least 1 pixel each.

    >>> fit_size(3000, 4000, 256)
    (192, 256)
    """
    scale = long_side / max(height, width)
    return max(1, round(height * scale)), max(1, round(width * scale))


@dataclass(frozen=True)
class Letterbox:
    """Where a picture lies inside its black square: ``pixels[top:top + height, left:left + width]``."""

    top: int
    left: int
    height: int
    width: int

    def mask(self, size: int) -> np.ndarray:
        """Bool (size, size): the pixels that are photo, not padding."""
        inside = np.zeros((size, size), bool)
        inside[self.top : self.top + self.height, self.left : self.left + self.width] = True
        return inside


def letterbox(rgb: np.ndarray, size: int) -> tuple[np.ndarray, Letterbox]:
    """Fit a picture into a black square, aspect kept and centred (the colorization paper's preparation).

    Args:
        rgb: (H, W, 3) or (H, W).
        size: side of the square in pixels.

    Returns:
        The (size, size[, 3]) square and where the picture lies in it.
    """
    height, width = fit_size(rgb.shape[0], rgb.shape[1], size)
    box = Letterbox((size - height) // 2, (size - width) // 2, height, width)
    square = np.zeros((size, size, *rgb.shape[2:]), rgb.dtype)
    square[box.top : box.top + height, box.left : box.left + width] = resize(rgb, height, width)
    return square, box


def middle_square(rgb: np.ndarray, size: int) -> np.ndarray:
    """The largest square in the middle of a picture (H, W[, 3]), resized to (size, size[, 3])."""
    side = min(rgb.shape[:2])
    top, left = (rgb.shape[0] - side) // 2, (rgb.shape[1] - side) // 2
    return resize(np.ascontiguousarray(rgb[top : top + side, left : left + side]), size, size)
