"""Maps as pictures: one colour scale for the whole report, laid over the picture or alone."""

from __future__ import annotations

import cv2
import numpy as np

from pincel.explain.receptive import ReceptiveField
from pincel.explain.verdicts import Verdicts, patch_box

__all__ = [
    "box_on",
    "field_picture",
    "heat",
    "outline",
    "overlay",
    "verdict_picture",
]

SHORT_SIDE = 256  # px: smaller pictures are enlarged, so that lines drawn on them are thin
BOX = (255, 196, 61)  # drawn on pictures
OUTLINE = (92, 230, 255)


def heat(values: np.ndarray, top: float) -> np.ndarray:
    """A map (H, W) from 0 to ``top`` as uint8 (H, W, 3), black to light yellow (matplotlib's inferno)."""
    from matplotlib import colormaps

    shares = np.clip(values / top if top > 0 else np.zeros_like(values), 0, 1)
    return (colormaps["inferno"](shares)[..., :3] * 255).round().astype(np.uint8)


def overlay(rgb: np.ndarray, values: np.ndarray, top: float) -> np.ndarray:
    """A map over the dimmed grey picture: the more, the less of the picture shows."""
    grey = cv2.cvtColor(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    share = np.clip(values / top if top > 0 else np.zeros_like(values), 0, 1)[..., None]
    weight = 0.25 + 0.6 * share
    return np.rint((1 - weight) * grey + weight * heat(values, top)).astype(np.uint8)


def outline(rgb: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The picture, enlarged, with the border of a mask (H, W) drawn on it."""
    large, scale = enlarge(rgb)
    size = (large.shape[1], large.shape[0])
    contours, _ = cv2.findContours(
        cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_LINEAR), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE
    )
    return cv2.drawContours(np.ascontiguousarray(large), contours, -1, OUTLINE, max(2, scale))


def box_on(rgb: np.ndarray, box: tuple[int, int, int, int]) -> np.ndarray:
    """The picture, enlarged, with x, y, width, height drawn on it; what reaches over the edge is cut off."""
    large, scale = enlarge(rgb)
    x, y, width, height = (side * scale for side in box)
    return cv2.rectangle(np.ascontiguousarray(large), (x, y), (x + width - 1, y + height - 1), BOX, max(2, scale))


def verdict_picture(rgb: np.ndarray, logits: np.ndarray, seen: Verdicts, top: float) -> np.ndarray:
    """Verdicts over a picture: blue is taken for real, red for painted; ``top`` is full colour.

    Each verdict fills the cell of ``stride`` px around the middle of what it sees.
    """
    from matplotlib import colormaps

    height, width = rgb.shape[:2]
    first = (seen.receptive_field - 1) / 2 - seen.padding  # the first patch's middle
    rows, columns = (
        np.clip(np.rint((np.arange(side) - first) / seen.stride).astype(int), 0, count - 1)
        for side, count in zip((height, width), logits.shape, strict=True)
    )
    values = logits[rows][:, columns]
    share = np.clip(values / top if top else values * 0, -1, 1)
    color = colormaps["RdBu"]((share + 1) / 2)[..., :3] * 255
    weight = (0.2 + 0.5 * np.abs(share))[..., None]
    mixed = np.rint((1 - weight) * rgb + weight * color).astype(np.uint8)
    return box_on(mixed, patch_box(seen, *seen.doubted))


def field_picture(rgb: np.ndarray, field: ReceptiveField) -> np.ndarray:
    """The effective field over the picture (its fourth root, or far ways would not show), the reachable part boxed."""
    rows, columns = np.flatnonzero(field.reachable.any(1)), np.flatnonzero(field.reachable.any(0))
    lit = overlay(rgb, field.effective**0.25, 1.0)
    if not len(rows):
        return lit
    box = (int(columns[0]), int(rows[0]), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1)
    return box_on(lit, box)


def enlarge(rgb: np.ndarray) -> tuple[np.ndarray, int]:
    """A small picture a whole number of times as large, and how many."""
    scale = max(1, round(SHORT_SIDE / min(rgb.shape[:2])))
    size = (rgb.shape[1] * scale, rgb.shape[0] * scale)
    return (cv2.resize(rgb, size, interpolation=cv2.INTER_CUBIC) if scale > 1 else rgb.copy()), scale
