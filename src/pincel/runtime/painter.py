"""Paint one picture: encode at the working size, run the model, bring its colours to full size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pincel.imaging.color import from_float
from pincel.imaging.read import Picture
from pincel.imaging.resize import fit_size, resize
from pincel.imaging.upsample import fit_coefficients, paint_full_size
from pincel.runtime.model_file import Model, require_task
from pincel.tasks.colorize import AB_SCALE, Colorize

__all__ = ["colorize_picture", "paint"]

LARGEST_ENLARGEMENT = 1.5  # a small picture is enlarged for the network: objects as large as it was trained on


def paint(
    picture: Picture,
    model: Model,
    *,
    working_size: int | None = None,
    saturation: float | None = None,
    workers: int | None = None,
) -> np.ndarray:
    """Colour a picture; only its lightness is looked at.

    Args:
        picture: any size.
        model: a loaded model for the task ``colorize``.
        working_size: long side in pixels that the network sees, at most 1.5 times the picture's own; the card's by
            default.
        saturation: factor on chroma; 1 is as the model's card says, 0 is grey.
        workers: threads for the full-size part; the number of processors by default.

    Returns:
        sRGB (H, W, 3), size and dtype of ``picture.pixels``.

    Raises:
        ModelError: the model does another task.
    """
    require_task(model, Colorize.name)
    gain = model.card.saturation * (1.0 if saturation is None else saturation)
    own_size = max(picture.height, picture.width)
    long_side = min(working_size or model.card.working_size, round(own_size * LARGEST_ENLARGEMENT))
    small = resize(picture.pixels, *_working_shape(picture, long_side, model.card.size_multiple))
    source = Colorize.encode(small)  # (1, h, w)
    output = model.run(source[None])[0]  # (2, h, w)
    if small.shape == picture.pixels.shape:
        return from_float(Colorize.decode(source, output, gain), picture.pixels.dtype)
    light = (source[0] + np.float32(1)) * np.float32(50)
    ab = np.ascontiguousarray(output.transpose(1, 2, 0)) * np.float32(AB_SCALE)
    return paint_full_size(picture.pixels, fit_coefficients(light, ab), gain, workers)


def _working_shape(picture: Picture, long_side: int, multiple: int) -> tuple[int, int]:
    """Height and width that the network sees: whole multiples, so that it needs no padding, where there is room.

    A slightly squeezed photo paints better than one with a repeated edge.
    """
    height, width = fit_size(picture.height, picture.width, long_side)
    if (height, width) == (picture.height, picture.width):
        return height, width
    return tuple(max(multiple, round(side / multiple) * multiple) for side in (height, width))  # type: ignore[return-value]


def colorize_picture(
    picture: Picture, model: Model, *, working_size: int | None = None, saturation: float | None = None
) -> Picture:
    """`paint`, with alpha and metadata carried over."""
    return replace(picture, pixels=paint(picture, model, working_size=working_size, saturation=saturation))
