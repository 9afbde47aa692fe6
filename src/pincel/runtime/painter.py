"""Paint one picture: encode at the working size, run the model, bring its colours to full size."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from pincel.errors import PincelError
from pincel.imaging.bars import Box, bars_around, without_bars
from pincel.imaging.color import from_float
from pincel.imaging.picture import Picture
from pincel.imaging.resize import fit_size, resize
from pincel.imaging.upsample import ColourCoefficients, fit_coefficients, paint_full_size
from pincel.runtime.model_file import Model, require_task
from pincel.tasks.colorize import Colorize

__all__ = [
    "AUTO",
    "NONE_OF_THESE",
    "UNKNOWN",
    "Draft",
    "Painting",
    "bounded_size",
    "check_label",
    "check_strength",
    "colorize_picture",
    "draft",
    "finished",
    "paint",
    "paint_labelled",
    "tell_label",
    "told_label",
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
    picture: Picture,
    model: Model,
    *,
    label: str | None = None,
    working_size: int | None = None,
    saturation: float | None = None,
    workers: int | None = None,
) -> np.ndarray:
    """`paint_labelled` without the label: sRGB (H, W, 3), size and dtype of ``picture.pixels``."""
    painting = paint_labelled(
        picture, model, label=label, working_size=working_size, saturation=saturation, workers=workers
    )
    return painting.pixels


def paint_labelled(
    picture: Picture,
    model: Model,
    *,
    label: str | None = None,
    working_size: int | None = None,
    saturation: float | None = None,
    workers: int | None = None,
) -> Painting:
    """Colour a picture; only its lightness is looked at.

    Args:
        picture: any size.
        model: a loaded model for the task ``colorize``.
        label: what the picture shows: a class of the model, ``unknown``, or ``auto`` to let the model tell it. By
            default ``auto`` where the model can, otherwise ``unknown``.
        working_size: long side in pixels that the network sees; the card's by default. It is bounded by the card's
            ``largest_working_size``, and by ``largest_enlargement`` times the picture's own long side.
        saturation: factor on chroma; 1 is as the model's card says, 0 is grey.
        workers: threads for the full-size part; the number of processors by default.

    Raises:
        ModelError: the model does another task, or does not know the label.
    """
    check_strength(saturation)
    drafted = draft(picture, model, label=label, working_size=working_size)
    gain = model.card.gain(drafted.label) * (1.0 if saturation is None else saturation)
    return Painting(drafted.paint(gain, workers), drafted.label)


@dataclass(frozen=True)
class Draft:
    """What a network made of a picture, before it is known how strong the colours shall be.

    Attributes:
        picture: what was given.
        box: the part of it that was shown: all, or what lies between black bars.
        source: what the network was shown, see `Colorize.encode`.
        output: what it painted, float32 (2, h, w) in -1..1.
        label: as of `Painting`.
    """

    picture: Picture
    box: Box
    source: np.ndarray
    output: np.ndarray
    label: str | None

    def paint(self, gain: float, workers: int | None = None) -> np.ndarray:
        """sRGB (H, W, 3), size and dtype of the picture's, with chroma times ``gain``."""
        pixels = self.picture.pixels[self.box]
        if self.source.shape[1:] == pixels.shape[:2]:
            painted = from_float(Colorize.decode(self.source, self.output, gain), pixels.dtype)
        else:
            painted = paint_full_size(pixels, self._coefficients, gain, workers)
        if painted.shape[:2] == self.picture.pixels.shape[:2]:
            return painted
        whole = np.empty((*self.picture.pixels.shape[:2], 3), painted.dtype)
        for bar in bars_around(self.box, self.picture.height, self.picture.width):
            source = Colorize.encode(self.picture.pixels[bar])
            whole[bar] = from_float(Colorize.show(source), painted.dtype)
        whole[self.box] = painted
        return whole

    @cached_property
    def _coefficients(self) -> ColourCoefficients:
        return fit_coefficients(*Colorize.decode_lab(self.source, self.output))


def draft(picture: Picture, model: Model, *, label: str | None = None, working_size: int | None = None) -> Draft:
    """Run the network once; `Draft.paint` then gives the picture at any strength. Arguments as of `paint_labelled`.

    Raises:
        ModelError: the model does another task, or does not know the label.
    """
    require_task(model, Colorize.name)
    box = _box(picture, model)
    source = Colorize.encode(_as_seen(picture.pixels[box], model, bounded_size(model, working_size)[0]))  # (1, h, w)
    number, told = told_label(source, model, label)
    output = model.run(source[None], number)[0]  # (2, h, w)
    return Draft(picture, box, source, output, told)


def bounded_size(model: Model, wished: int | None) -> tuple[int, str]:
    """The long side in pixels that a model is shown at most, and a sentence where that is less than was wished.

    Args:
        model: tells both sizes.
        wished: by the user; None: the model's own.

    Raises:
        PincelError: it is no size.
    """
    if wished is not None and not (isinstance(wished, (int, np.integer)) and wished >= 1):
        raise PincelError(f"the working size is a number of pixels, 16 or more, not {wished}")
    largest = model.card.largest_working_size
    if wished is None or wished <= largest:
        return wished or model.card.working_size, ""
    told = f"model '{model.card.name}' is shown {largest} px at most, not {wished}"
    return largest, f"{told}; more would cost memory and paint no better"


def tell_label(picture: Picture, model: Model) -> str:
    """The class that a model takes a picture for, or `UNKNOWN`.

    Raises:
        ModelError: it cannot tell.
    """
    source = Colorize.encode(_as_seen(picture.pixels[_box(picture, model)], model, model.card.working_size))
    number, told = told_label(source, model, AUTO)
    return UNKNOWN if number is None else str(told)


def check_label(model: Model, label: str | None) -> None:
    """Refuse a label before the work begins.

    Raises:
        ModelError: the model does not know it, cannot tell labels by itself, or takes none.
    """
    if label == AUTO:
        model.require_classifier()
    elif label not in (None, UNKNOWN):
        model.label_number(label)


def check_strength(saturation: float | None) -> None:
    """Refuse a strength of colour that is none.

    Raises:
        PincelError: it is not a number of 0 or more.
    """
    is_number = isinstance(saturation, (int, float, np.number))
    if saturation is not None and not (is_number and 0 <= saturation < math.inf):
        raise PincelError(f"the strength of colour (saturation) is a number of 0 or more, not {saturation}")


def told_label(source: np.ndarray, model: Model, label: str | None) -> tuple[int | None, str | None]:
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


def _box(picture: Picture, model: Model) -> Box:
    """The part of a picture that a model is shown."""
    return without_bars(picture.pixels) if model.card.leaves_bars else (slice(None), slice(None))


def _as_seen(pixels: np.ndarray, model: Model, working_size: int) -> np.ndarray:
    """A picture at the size that the network sees."""
    height, width = pixels.shape[:2]
    long_side = min(working_size, round(max(height, width) * model.card.largest_enlargement))
    return resize(pixels, *_working_shape(height, width, long_side, model.card.size_multiple))


def _working_shape(own_height: int, own_width: int, long_side: int, multiple: int) -> tuple[int, int]:
    """Height and width that the network sees: whole multiples, so that it needs no padding, where there is room.

    A slightly squeezed photo paints better than one with a repeated edge.
    """
    height, width = fit_size(own_height, own_width, long_side)
    if (height, width) == (own_height, own_width):
        return height, width
    return tuple(max(multiple, round(side / multiple) * multiple) for side in (height, width))  # type: ignore[return-value]


def colorize_picture(
    picture: Picture,
    model: Model,
    *,
    label: str | None = None,
    working_size: int | None = None,
    saturation: float | None = None,
) -> Picture:
    """`paint`, with alpha and metadata carried over."""
    pixels = paint(picture, model, label=label, working_size=working_size, saturation=saturation)
    return replace(picture, pixels=pixels)


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
