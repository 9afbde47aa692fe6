"""Sketches of many photos, and how the sketches were drawn that a model knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pincel.errors import ModelError
from pincel.imaging.edges import EdgeFunction, SketchStyle, draw_picture
from pincel.imaging.picture import Picture
from pincel.runtime.card import ModelCard
from pincel.runtime.folder import Done, Output, paint_all
from pincel.runtime.jobs import Job
from pincel.runtime.painter import Painting

__all__ = ["sketch_all", "style_of_card", "style_text"]


def sketch_all(
    jobs: Sequence[Job],
    out: Path,
    style: SketchStyle,
    *,
    size: int | None = None,
    edge_function: EdgeFunction | None = None,
    output: Output,
) -> Iterator[Done]:
    """Draw every photo and yield what became of it; see `pincel.runtime.folder.paint_all` for the rest.

    Args:
        jobs: from `find_jobs`.
        out: folder of the sketches; or the sketch itself when there is one photo and ``out`` has a picture suffix.
        style: how to draw.
        size: long side in pixels at which edges are looked for; the photo's own when None.
        edge_function: of the style ``hed``; pictures are then done one after the other, for its memory.
        output: file format and so on.
    """

    def draw(picture: Picture) -> Painting:
        lines = draw_picture(picture, style, size, edge_function)
        if output.side_by_side:  # of one kind with the photo
            lines = np.repeat(lines[..., None], 3, axis=2)
            lines = lines * np.uint16(257) if picture.pixels.dtype == np.uint16 else lines
        return Painting(lines, keeps_alpha=False)

    return paint_all(jobs, out, draw, output, workers=1 if edge_function else None)


def style_of_card(card: ModelCard) -> SketchStyle:
    """How the sketches were drawn that a model learnt from; the standard style when its card does not say.

    Raises:
        ModelError: its card names a style that this version does not know.
    """
    try:
        return SketchStyle.model_validate(card.sketch)
    except ValueError:
        raise ModelError(
            f"the card of model '{card.name}' names a sketch style that this version cannot draw "
            f"({style_text(card.sketch)}); give it pairs ('pincel data pairs')"
        ) from None


def style_text(style: dict[str, Any]) -> str:
    """``canny (shortest=0.1, thickness=1, ...)``: the words that make such sketches with `pincel sketch`."""
    values = ", ".join(
        f"{name}={value:g}" if isinstance(value, int | float) else f"{name}={value}"
        for name, value in style.items()
        if name != "method"
    )
    return f"{style.get('method', 'canny')}{f' ({values})' if values else ''}"
