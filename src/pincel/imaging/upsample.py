"""Guided upsampling: small painted colours -> the full-size picture, ending where its objects end.

The fast guided filter (He & Sun 2015, "Fast Guided Filter", on He, Sun & Tang 2013, eq. 5-8): in every small window
the colour planes are a linear function of lightness, ``ab = slope * L + offset``; the two coefficient maps are found at
the small size, enlarged, and applied to the full-size L. So the big picture costs two multiply-adds a pixel and plane.

The full picture is handled in strips of rows, several at once: memory stays bounded and every strip stays in the
processor's cache.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np

from pincel.imaging.color import from_float, lab_to_rgb, lightness

__all__ = ["ColorCoefficients", "fit_coefficients", "paint_full_size"]

RADIUS = 1 / 64  # half a window, as a share of the small picture's long side ...
LEAST_RADIUS = 3  # ... and no less than this, in its pixels
SMOOTHNESS = 16.0  # variance of L (in Lab units squared) that counts as flat
MOST_ROWS = 16  # from one row of the coefficients' grid to the next, in rows of the big picture
STRIP_PIXELS = 1 << 17


@dataclass(frozen=True)
class ColorCoefficients:
    """``ab = slope * L + offset`` at the small size: four float32 (h, w) planes, slope a, slope b, offset a, b."""

    planes: tuple[np.ndarray, ...]


def fit_coefficients(
    light: np.ndarray, ab: np.ndarray, radius: int | None = None, smoothness: float = SMOOTHNESS
) -> ColorCoefficients:
    """Fit the linear model in every window and average the models that cover a pixel.

    Args:
        light: float32 (h, w), L in 0..100 at the size the network saw.
        ab: float32 (h, w, 2), painted colours in Lab units.
        radius: half a window, which is 2 * radius + 1 pixels wide; a 64th of the long side by default, but
            at least 3 pixels.
        smoothness: how much variance of L counts as flat (epsilon of the guided filter).
    """
    radius = max(LEAST_RADIUS, round(RADIUS * max(light.shape))) if radius is None else radius

    def box(x: np.ndarray) -> np.ndarray:
        return cv2.blur(x, (2 * radius + 1, 2 * radius + 1), borderType=cv2.BORDER_REFLECT)

    guide = light - np.float32(50)  # centred: float32 keeps its digits
    mean_guide, mean_ab = box(guide), box(ab)
    variance = np.maximum(box(guide * guide) - mean_guide * mean_guide, 0)
    covariance = box(ab * guide[..., None]) - mean_ab * mean_guide[..., None]
    slope = covariance / (variance + np.float32(smoothness))[..., None]
    offset = mean_ab - slope * (mean_guide + np.float32(50))[..., None]
    return ColorCoefficients((*cv2.split(box(slope)), *cv2.split(box(offset))))


def paint_full_size(
    pixels: np.ndarray, coefficients: ColorCoefficients, saturation: float = 1.0, workers: int | None = None
) -> np.ndarray:
    """The coloured picture at full size; its lightness is that of ``pixels``.

    Args:
        pixels: sRGB (H, W) or (H, W, 3), uint8 or uint16; only its lightness is used.
        coefficients: from the small picture.
        saturation: factor on chroma.
        workers: threads; the number of processors by default.

    Returns:
        sRGB (H, W, 3) of the same dtype.
    """
    height, width = pixels.shape[:2]
    step = _row_step(coefficients.planes[0].shape[0], height)
    planes = [_to_row_grid(plane * np.float32(saturation), height, step) for plane in coefficients.planes]
    out = np.empty((height, width, 3), pixels.dtype)
    rows = max(1, STRIP_PIXELS // width // step) * step

    def paint(top: int) -> None:
        strip = slice(top, min(top + rows, height))
        light = lightness(pixels[strip])
        slope_a, slope_b, offset_a, offset_b = (_strip(plane, strip, width, step) for plane in planes)
        ab = [
            cv2.add(cv2.multiply(slope, light), offset) for slope, offset in ((slope_a, offset_a), (slope_b, offset_b))
        ]
        out[strip] = from_float(lab_to_rgb(light, cv2.merge(ab)), pixels.dtype)

    _in_threads(paint, range(0, height, rows), workers or os.cpu_count() or 1)
    return out


def _row_step(small: int, height: int) -> int:
    """Rows of the big picture from one row of its grid to the next: a power of two, at most half a small row."""
    step = MOST_ROWS
    while step > 1 and 2 * step * small > height:
        step //= 2
    return step


def _to_row_grid(plane: np.ndarray, height: int, step: int) -> np.ndarray:
    """(h, w) -> one row for every ``step`` rows of the big picture, and one more at either end.

    Bilinear, edges repeated. Strips of the big picture begin on rows of this grid, so that they join without a seam.
    """
    centres = (np.arange(-1, -(-height // step) + 1) + 0.5) * step  # in rows of the big picture
    where = np.clip(centres * (plane.shape[0] / height) - 0.5, 0, plane.shape[0] - 1)
    above = where.astype(np.intp)
    below = np.minimum(above + 1, plane.shape[0] - 1)
    share = (where - above).astype(np.float32)[:, None]  # of the row below
    return plane[above] * (1 - share) + plane[below] * share


def _strip(grid: np.ndarray, strip: slice, width: int, step: int) -> np.ndarray:
    """Rows ``strip`` of the big picture out of a row grid, (rows, width); it begins at a multiple of ``step``."""
    first, last = strip.start // step, -(-strip.stop // step) + 2  # one grid row of margin above and below
    rows = cv2.resize(grid[first:last], (width, (last - first) * step), interpolation=cv2.INTER_LINEAR)
    return rows[step : step + strip.stop - strip.start]


def _in_threads(work: Callable[[int], None], items: range, workers: int) -> None:
    if len(items) < 2 or workers < 2:
        for item in items:
            work(item)
        return
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, items))
