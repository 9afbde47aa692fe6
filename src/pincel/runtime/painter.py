"""Paint one picture: encode at the working size, run the model, bring what it painted to full size."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from pincel.errors import ModelError
from pincel.imaging.bars import Box, bars_around, without_bars
from pincel.imaging.color import from_float
from pincel.imaging.picture import Picture
from pincel.runtime.model_file import Model
from pincel.runtime.paint_options import PaintOptions
from pincel.tasks import Task
from pincel.tasks.task import Finish

__all__ = [
    "AUTO",
    "NONE_OF_THESE",
    "UNKNOWN",
    "Draft",
    "Painting",
    "bounded_size",
    "check_label",
    "chosen_label",
    "draft",
    "finished",
    "paint",
]

AUTO, UNKNOWN = "auto", "unknown"  # labels that are no class
NONE_OF_THESE = "none of these"  # what a model told by itself: the picture shows none of its classes


class Painting(NamedTuple):
    """What painting gives.

    Attributes:
        pixels: sRGB (H, W, 3), size and dtype of the picture's.
        label: the class that the network was told; None: none; `NONE_OF_THESE` where it was to find one and did not.
        keeps_alpha: whether the picture's transparency is the painting's too.
    """

    pixels: np.ndarray
    label: str | None = None
    keeps_alpha: bool = True


def paint(
    picture: Picture, model: Model, options: PaintOptions | None = None, *, workers: int | None = None
) -> Painting:
    """Paint a picture with any model, as its task does: colour it, or make another picture of it.

    Args:
        picture: any size. Of a photo to be coloured only its lightness is looked at.
        model: a loaded model.
        options: what it is told; nothing by default.
        workers: threads for the full-size part; the number of processors by default.

    Returns:
        The painting, of the picture's own size; whole pictures cannot be finer than what the network paints.

    Raises:
        ModelError: the model does not know the label, or paints no colours that could be made stronger.
    """
    options = options or PaintOptions()
    if options.saturation != 1 and not model.task.keeps_lightness:
        raise ModelError(
            f"model '{model.card.name}' paints whole pictures, whose saturation cannot be chosen; leave it away"
        )
    drafted = draft(picture, model, options)
    pixels = drafted.paint(model.card.gain(drafted.label) * options.saturation, workers)
    return Painting(pixels, drafted.label, model.task.keeps_alpha)


@dataclass(frozen=True)
class Draft:
    """What a network made of a picture, before it is known how strong the colours shall be.

    Attributes:
        task: see `pincel.tasks`.
        picture: what was given.
        box: the part of it that was shown: all, or what lies between black bars.
        source: what the network was shown, float32 (C, h, w) in -1..1.
        output: what it painted, float32 (C', h, w) in -1..1.
        label: as of `Painting`.
    """

    task: Task
    picture: Picture
    box: Box
    source: np.ndarray
    output: np.ndarray
    label: str | None

    def paint(self, gain: float, workers: int | None = None) -> np.ndarray:
        """sRGB (H, W, 3), size and dtype of the picture's, with chroma times ``gain`` where colour is painted."""
        painted = self._finish(gain, workers)
        if painted.shape[:2] == self.picture.pixels.shape[:2]:
            return painted
        whole = np.empty((*self.picture.pixels.shape[:2], 3), painted.dtype)
        for bar in bars_around(self.box, self.picture.height, self.picture.width):
            source = self.task.encode(self.picture.pixels[bar])
            whole[bar] = from_float(self.task.show(source), painted.dtype)
        whole[self.box] = painted
        return whole

    @cached_property
    def _finish(self) -> Finish:
        return self.task.finish(self.picture.pixels[self.box], self.source, self.output)


def draft(picture: Picture, model: Model, options: PaintOptions | None = None) -> Draft:
    """Run the network once; `Draft.paint` then gives the picture at any strength. Arguments as of `paint`.

    Raises:
        ModelError: the model does not know the label.
    """
    task, card, options = model.task, model.card, options or PaintOptions()
    leaves_bars = card.leaves_bars and task.keeps_lightness
    box = without_bars(picture.pixels) if leaves_bars else (slice(None), slice(None))
    pixels, alpha = picture.pixels[box], None if picture.alpha is None else picture.alpha[box]
    long_side = bounded_size(model, options.working_size)[0]
    height, width = task.working_shape(pixels, long_side, card.size_multiple, card.largest_enlargement)
    source = task.encode(task.fit(pixels, height, width, alpha))  # (C, h, w)
    number, label = chosen_label(source, model, options.label)
    output = model.run(source[None], number)[0]  # (C', h, w)
    return Draft(task, picture, box, source, output, label)


def bounded_size(model: Model, wished: int | None) -> tuple[int, str]:
    """The long side in pixels that a model is shown at most, and a sentence where that is less than was wished.

    Args:
        model: tells both sizes.
        wished: by the user; None: the model's own.
    """
    largest = model.card.largest_working_size
    if wished is None or wished <= largest:
        return wished or model.card.working_size, ""
    note = f"model '{model.card.name}' is shown {largest} px at most, not {wished}"
    return largest, f"{note}; more would cost memory and paint no better"


def check_label(model: Model, label: str | None) -> None:
    """Refuse a label before the work begins.

    Raises:
        ModelError: the model does not know it, cannot tell labels by itself, or takes none.
    """
    if label == AUTO:
        model.require_classifier()
    elif label not in (None, UNKNOWN):
        model.label_number(label)


def chosen_label(source: np.ndarray, model: Model, label: str | None) -> tuple[int | None, str | None]:
    """What to tell a model that is shown ``source`` (C, h, w): the number of the class (None: unknown), and its name.

    The name is as of `Painting.label`.
    """
    if label is None:
        label = AUTO if model.card.tells_label else UNKNOWN
    if label == UNKNOWN:
        return None, None
    if label != AUTO:
        return model.label_number(label), label
    number = model.card.likeliest(model.classify(source[None])[0])
    return number, NONE_OF_THESE if number is None else model.card.classes[number]


def finished(picture: Picture, painting: Painting, *, side_by_side: bool = False) -> Picture:
    """A painting with the metadata of the picture it was made of, and its alpha where that holds for it.

    Args:
        picture: what was given.
        painting: what was made of it.
        side_by_side: put what was given to the left; without alpha then.
    """
    pixels = np.hstack([picture.rgb(), painting.pixels]) if side_by_side else painting.pixels
    keeps_alpha = painting.keeps_alpha and not side_by_side
    return replace(picture, pixels=pixels, alpha=picture.alpha if keeps_alpha else None)
