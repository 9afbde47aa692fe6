"""Contact sheets: rows of pictures of one height, with a caption above each column."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pincel.imaging.resize import resize

__all__ = ["contact_sheet"]

GAP = 12
PAPER, INK = (250, 249, 246), (60, 58, 54)


def contact_sheet(rows: Sequence[Sequence[np.ndarray]], captions: Sequence[str], height: int = 256) -> np.ndarray:
    """Lay pictures out as a table.

    Args:
        rows: pictures, uint8 (H, W, 3); every row has as many as there are captions.
        captions: of the columns.
        height: of every picture, in pixels; aspect is kept.

    Returns:
        uint8 (H', W', 3).
    """
    scaled = [[resize(p, height, max(1, round(p.shape[1] * height / p.shape[0]))) for p in row] for row in rows]
    widths = [max(row[column].shape[1] for row in scaled) for column in range(len(captions))]
    font = ImageFont.load_default(size=16)
    head = 16 + 2 * GAP
    size = (sum(widths) + GAP * (len(widths) + 1), head + len(rows) * (height + GAP))
    sheet = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(sheet)
    left = GAP
    for column, caption in enumerate(captions):
        draw.text((left, GAP), caption, INK, font)
        for number, row in enumerate(scaled):
            offset = (widths[column] - row[column].shape[1]) // 2
            sheet.paste(Image.fromarray(row[column]), (left + offset, head + number * (height + GAP)))
        left += widths[column] + GAP
    return np.asarray(sheet)
