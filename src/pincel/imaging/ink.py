"""Drawings of any kind as ink: 1 on the lines, 0 on the paper."""

from __future__ import annotations

import math

import cv2
import numpy as np

from pincel.imaging.color import as_float, grey_rec601
from pincel.imaging.resize import fit_size, resize

__all__ = ["ink", "resize_ink"]

OVERVIEW = 128  # px, long side at which paper is told from ink
DARKEST_PAPER = 0.6  # of the brightest paper; what is darker over a wide area is not shadow but filled with ink
CLEARLY = 1.5  # so much more must be lighter than the paper than darker; pages in doubt are paper with ink
FAINTEST = 0.06  # share of the light; where the darkest ink is less above the grain, the page is empty


def ink(pixels: np.ndarray, alpha: np.ndarray | None = None) -> np.ndarray:
    """What is drawn on a page, whatever it was drawn with: pen, pencil, chalk, an edge detector.

    Lines are told from paper by robust statistics: paper is the median over neighbourhoods of a quarter of the page,
    and lines are on the side where the squared deviations from it weigh more (grain weighs the same on both). Where a
    page made on a computer has one exact paper value, that is the paper; otherwise the page with its lines closed over
    is, so that shadows and stains of scans vanish, and grain under three (robust) standard deviations is no ink. The
    darkest tenth of the ink is 1.

    Args:
        pixels: (H, W), (H, W, 3) or (H, W, 4), uint8, uint16 or float in 0..1, dark on light or light on dark.
        alpha: (H, W) of the same dtype: opacity; drawings on nothing are laid on the paper that shows them.

    Returns:
        float32 (H, W) in 0..1; all 0 when nothing is drawn.
    """
    values = as_float(pixels)
    if values.ndim == 3 and values.shape[2] == 4:
        values, alpha = np.ascontiguousarray(values[..., :3]), pixels[..., 3]
    grey = grey_rec601(values) if values.ndim == 3 else values
    if alpha is not None:
        values, grey = _on_paper(values, grey, as_float(alpha))
    if _is_light_on_dark(grey):
        values = 1 - values
    light = np.minimum.reduce(cv2.split(values)) if values.ndim == 3 else values  # colours are dark in one channel
    paper = _even_paper(light)
    dark = 1 - light / (paper or _uneven_paper(light))
    some = dark[:: 1 + dark.shape[0] // 512, :: 1 + dark.shape[1] // 512]
    low = 0.0
    if not paper:
        usual = float(np.median(some))
        low = usual + 3 * 1.4826 * float(np.median(np.abs(some - usual)))
    limit, _ = cv2.threshold(cv2.convertScaleAbs(np.maximum(some, 0), alpha=255), 0, 255, cv2.THRESH_OTSU)
    drawn = some[some > limit / 255]
    top = float(np.percentile(drawn, 90)) if drawn.size else float(dark.max())
    if top - low < FAINTEST:
        return np.zeros_like(dark)
    return np.clip((dark - low) / (top - low), 0, 1)


def resize_ink(drawn: np.ndarray, height: int, width: int) -> np.ndarray:
    """Ink at another size. Lines thinner than a new pixel stay as dark as they were; specks do not.

    Area averages are brought back to the darkest ink around them, by no more than the factor that makes up for a line
    one old pixel wide.

    Args:
        drawn: float32 (H, W) in 0..1.
        height: of the result, in pixels.
        width: of the result, in pixels.

    Returns:
        float32 (height, width) in 0..1.
    """
    if drawn.shape == (height, width):
        return drawn
    rows, columns = drawn.shape[0] / height, drawn.shape[1] / width
    mean = np.clip(resize(drawn, height, width), 0, 1)
    factor = max(rows, columns)
    if factor <= 1:
        return mean
    block = np.ones((max(1, math.ceil(rows)), max(1, math.ceil(columns))), np.uint8)
    around = np.ones((3, 3), np.uint8)
    darkest = cv2.resize(cv2.dilate(drawn, block), (width, height), interpolation=cv2.INTER_NEAREST)
    gain = cv2.dilate(darkest, around) / np.maximum(cv2.dilate(mean, around), np.float32(1e-6))
    return np.minimum(mean * np.clip(gain, 1, factor), 1).astype(np.float32)


def _on_paper(values: np.ndarray, grey: np.ndarray, alpha: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values and grey values laid on white, or on black where what is opaque is mostly light."""
    paper = np.float32(float((grey * alpha).sum()) < 0.5 * float(alpha.sum()))
    over = alpha if values.ndim == 2 else alpha[..., None]
    return values * over + paper * (1 - over), grey * alpha + paper * (1 - alpha)


def _overview(grey: np.ndarray) -> np.ndarray:
    height, width = grey.shape
    return resize(grey, *fit_size(height, width, min(OVERVIEW, max(height, width))))


def _is_light_on_dark(grey: np.ndarray) -> bool:
    small = cv2.convertScaleAbs(_overview(grey), alpha=255)
    wide = max(small.shape) // 4 | 1
    rest = small.astype(np.float32) - cv2.medianBlur(small, wide)
    above, below = (float((np.maximum(sign * rest, 0) ** 2).sum()) for sign in (1, -1))
    return above > CLEARLY * below


def _even_paper(light: np.ndarray) -> float:
    """The value that half the page has exactly, when it is the brightest; else 0."""
    levels = np.bincount(cv2.convertScaleAbs(light, alpha=255).ravel(), minlength=256)
    most = int(levels.argmax())
    return most / 255 if most and levels[most] * 2 >= light.size and not levels[most + 1 :].any() else 0.0


def _uneven_paper(light: np.ndarray) -> np.ndarray:
    """float32 (H, W): the paper's own brightness everywhere, lines and fills bridged."""
    small = _overview(light)
    bridge = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
    bright = cv2.GaussianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, bridge), (0, 0), 2)
    bright = np.maximum(bright, max(DARKEST_PAPER * float(np.percentile(bright, 95)), 1 / 255))
    return cv2.resize(bright, (light.shape[1], light.shape[0]), interpolation=cv2.INTER_LINEAR)
