"""The sample strip: the same validation photos, grey, as each validation painted them, and real."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from pincel.training.report.history import History, Point

__all__ = ["Strip", "sample_strip", "strip_picture"]

LAYERS = 3  # a sheet's rows: grey, painted, real


@dataclass(frozen=True)
class Strip:
    """Photos painted again and again.

    Attributes:
        points: the validations, in order.
        grey: (P, H, W, 3) uint8. real: the same shape.
        painted: (validations, P, H, W, 3) uint8.
    """

    points: list[Point]
    grey: np.ndarray
    painted: np.ndarray
    real: np.ndarray


def sample_strip(history: History, photos: int = 4, columns: int | None = None) -> Strip | None:
    """Read the run's sample sheets; None when there is none that can be read.

    Args:
        history: the run.
        photos: at most so many, evenly spread over the sheet.
        columns: at most so many validations, evenly spread, the first, the best and the last among them; all when
            None.
    """
    sheets = [(point, sheet) for point in history.points if (sheet := _read(point)) is not None]
    if not sheets:
        return None
    shape = sheets[-1][1].shape
    sheets = [(point, sheet) for point, sheet in sheets if sheet.shape == shape]
    best = history.best
    keep = _spread(len(sheets), columns or len(sheets))
    if best is not None and best in (steps := [point for point, _ in sheets]) and len(keep) > 2:
        middle = steps.index(best)
        if middle not in keep:
            keep[min(range(1, len(keep) - 1), key=lambda place: abs(keep[place] - middle))] = middle
    sheets = [sheets[place] for place in sorted(keep)]
    side = shape[0] // LAYERS
    cells = [_cells(sheet, side) for _, sheet in sheets]  # each (3, N, H, W, 3)
    chosen = _spread(cells[-1].shape[1], photos)
    painted = np.stack([cell[1, chosen] for cell in cells])
    return Strip([point for point, _ in sheets], cells[-1][0, chosen], painted, cells[-1][2, chosen])


def strip_picture(strip: Strip) -> Image.Image:
    """The strip as one picture: a photo a row; grey, every validation, real."""
    columns = [strip.grey, *strip.painted, strip.real]
    return Image.fromarray(np.hstack([np.vstack(list(column)) for column in columns]))


def _read(point: Point) -> np.ndarray | None:
    """The sheet (3 * side, n * side, 3), or None when it is missing or damaged."""
    if point.sheet is None:
        return None
    try:
        with Image.open(point.sheet) as sheet:
            pixels = np.asarray(sheet.convert("RGB"))
    except OSError:
        return None
    height, width = pixels.shape[:2]
    side = height // LAYERS
    return pixels if side and height == LAYERS * side and width % side == 0 else None


def _cells(sheet: np.ndarray, side: int) -> np.ndarray:
    count = sheet.shape[1] // side
    return sheet.reshape(LAYERS, side, count, side, 3).swapaxes(1, 2)


def _spread(count: int, wanted: int) -> list[int]:
    """At most ``wanted`` of ``count`` places, evenly, both ends among them.

    >>> _spread(9, 3)
    [0, 4, 8]
    """
    if wanted == 1:
        return [count - 1]
    return sorted({round(place) for place in np.linspace(0, count - 1, min(wanted, count)).tolist()})
