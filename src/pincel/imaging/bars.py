"""Black bars around a picture, as films and letterboxed scans have them."""

from __future__ import annotations

import numpy as np

__all__ = ["Box", "bars_around", "without_bars"]

Box = tuple[slice, slice]
"""Rows and columns of a picture."""

DARK = 8 / 255  # of the full range; JPEG leaves so much in a bar that was black
BLOCK = 64  # rows that are looked at together


def without_bars(pixels: np.ndarray) -> Box:
    """Where the picture lies between its black bars.

    Args:
        pixels: (H, W) or (H, W, 3), uint8, uint16 or float32 in 0..1.

    Returns:
        Rows and columns; all of them where there are no bars, or nothing but black.
    """
    limit = DARK if pixels.dtype.kind == "f" else DARK * np.iinfo(pixels.dtype).max
    top = _first_lit(pixels, limit)
    if top == len(pixels):
        return slice(0, pixels.shape[0]), slice(0, pixels.shape[1])
    bottom = len(pixels) - _first_lit(pixels[::-1], limit)
    columns = pixels[top:bottom].swapaxes(0, 1)
    left = _first_lit(columns, limit)
    right = len(columns) - _first_lit(columns[::-1], limit)
    return slice(top, bottom), slice(left, right)


def bars_around(box: Box, height: int, width: int) -> list[Box]:
    """What is left of a picture of ``height`` x ``width`` around a box; together with it every pixel once."""
    rows, columns = box
    everywhere = slice(0, width)
    bars = [
        (slice(0, rows.start), everywhere),
        (slice(rows.stop, height), everywhere),
        (rows, slice(0, columns.start)),
        (rows, slice(columns.stop, width)),
    ]
    return [(r, c) for r, c in bars if r.start < r.stop and c.start < c.stop]


def _first_lit(rows: np.ndarray, limit: float) -> int:
    """Number of the first row that is not all dark; how many there are when all are."""
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        lit = np.flatnonzero(block.reshape(len(block), -1).max(axis=1) > limit)
        if len(lit):
            return start + int(lit[0])
    return len(rows)
