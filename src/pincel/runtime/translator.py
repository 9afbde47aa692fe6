"""Paint whole pictures: a drawing to a photo, any A to any B. The network paints at its working size."""

from __future__ import annotations

import numpy as np

from pincel.imaging.color import from_float
from pincel.imaging.ink import ink, resize_ink
from pincel.imaging.picture import Picture
from pincel.imaging.resize import fit_size, resize
from pincel.runtime.model_file import Model, require_task
from pincel.runtime.painter import Painting, bounded_size, told_label
from pincel.tasks import TASKS, Sketch

__all__ = ["TRANSLATING", "translate"]

TRANSLATING = tuple(name for name, task in TASKS.items() if task.paints_rgb)
MOST_SQUEEZED = 0.1  # relative change of a side; beyond it the edge is repeated instead


def translate(picture: Picture, model: Model, *, label: str | None = None, working_size: int | None = None) -> Painting:
    """Paint what a model makes of a picture.

    Args:
        picture: any size; for a sketch model a drawing of any kind, dark on light or light on dark.
        model: a loaded model for the task ``sketch`` or ``paired``.
        label: what it should show, for a model with labels.
        working_size: long side in pixels that the network paints; the card's by default.

    Returns:
        The painting, of the picture's own size; finer than the working size it cannot be.

    Raises:
        ModelError: the model does another task, or does not know the label.
    """
    require_task(model, *TRANSLATING)
    task = TASKS[model.card.task]
    shape = _working_shape(picture, bounded_size(model, working_size)[0], model.card.size_multiple)
    source = task.encode(_fit(picture, model.card.task, *shape))[None]  # (1, C, h, w)
    number, told = told_label(source[0], model, label)
    painted = task.decode(source[0], model.run(source, number)[0])
    pixels = from_float(np.clip(resize(painted, picture.height, picture.width), 0, 1), picture.pixels.dtype)
    return Painting(pixels, told, keeps_alpha=model.card.task != Sketch.name)


def _fit(picture: Picture, task: str, height: int, width: int) -> np.ndarray:
    if task == Sketch.name and picture.alpha is not None:  # drawn on nothing
        lines = resize_ink(ink(picture.pixels, picture.alpha), height, width)
        return from_float(1 - lines)
    return TASKS[task].fit(picture.pixels, height, width)


def _working_shape(picture: Picture, long_side: int, multiple: int) -> tuple[int, int]:
    """Height and width that the network sees: whole multiples where that hardly squeezes the picture."""
    height, width = fit_size(picture.height, picture.width, long_side)
    whole = [max(multiple, round(side / multiple) * multiple) for side in (height, width)]
    return (
        whole[0] if abs(whole[0] / height - 1) <= MOST_SQUEEZED else height,
        whole[1] if abs(whole[1] / width - 1) <= MOST_SQUEEZED else width,
    )
