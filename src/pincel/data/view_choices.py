"""What happens to each picture of a batch, drawn for all of them at once: `pincel.data.augment` with no picture yet.

The distributions are those of `augment`; the numbers are others, for each change has places of its own
(`pincel.data.chance`): one that is switched off changes nothing else.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pincel.data.views import ASPECTS, AugmentRecipe

__all__ = ["FILM_NUMBERS", "PLACES", "Choices", "draw_choices"]

TRIES = 10  # crops that are drawn until one fits, as torchvision's RandomResizedCrop does
FILM_NUMBERS = 9  # of `pincel.data.film.make_film`
PLACES = 2 * TRIES + 14 + FILM_NUMBERS  # numbers that a picture takes


class Choices(NamedTuple):
    """One random view of each picture; arrays (N,), the film numbers (N, 9).

    Attributes:
        whole: whether all of it is shown, with bars; otherwise a crop fills the square.
        top, left, height, width: what is shown of it, in its own pixels.
        flip, flip_vertical: whether it is mirrored, and turned upside down.
        turns: right angles, 0 to 3. angle: in degrees, after those. zoom: factor on its size about the middle.
        brightness, contrast: factors.
        grey: whether what is shown is the grey that scanners store. unlabelled: whether its label is hidden.
        filmed: whether it is on old film. film_numbers: in 0..1.
    """

    whole: np.ndarray
    top: np.ndarray
    left: np.ndarray
    height: np.ndarray
    width: np.ndarray
    flip: np.ndarray
    flip_vertical: np.ndarray
    turns: np.ndarray
    angle: np.ndarray
    zoom: np.ndarray
    brightness: np.ndarray
    contrast: np.ndarray
    grey: np.ndarray
    unlabelled: np.ndarray
    filmed: np.ndarray
    film_numbers: np.ndarray


def draw_choices(
    numbers: np.ndarray,
    heights: np.ndarray,
    widths: np.ndarray,
    recipe: AugmentRecipe,
    grey_share: float = 0.0,
    label_dropout: float = 0.0,
) -> Choices:
    """The views of pictures of these sizes.

    Args:
        numbers: in 0..1, (N, PLACES).
        heights: of the pictures in pixels, (N,).
        widths: likewise.
        recipe: what may happen.
        grey_share: of the pictures.
        label_dropout: share of the labels that is hidden.
    """
    areas, aspects = numbers[:, :TRIES], numbers[:, TRIES : 2 * TRIES]
    whole, down, right, flip, flop, turned, turns, angle, zoom, bright, contrast, grey, unlabelled, filmed = numbers[
        :, 2 * TRIES : -FILM_NUMBERS
    ].T
    shown_whole = whole < recipe.letterbox
    height, width, fits = _crops(areas, aspects, heights, widths, recipe.min_scale)
    height, width = np.where(shown_whole, heights, height), np.where(shown_whole, widths, width)
    anywhere = fits & ~shown_whole

    def either_way(number: np.ndarray, largest: float) -> np.ndarray:
        return largest * (2 * number - 1)

    return Choices(
        whole=shown_whole,
        top=_place(down, heights - height, anywhere),
        left=_place(right, widths - width, anywhere),
        height=height,
        width=width,
        flip=(flip < 0.5) & recipe.flip,
        flip_vertical=(flop < 0.5) & recipe.flip_vertical,
        turns=np.where(turned < recipe.quarter_turns, 1 + (3 * turns).astype(np.int64), 0),
        angle=either_way(angle, recipe.rotation),
        zoom=1 + either_way(zoom, recipe.zoom),
        brightness=1 + either_way(bright, recipe.brightness),
        contrast=1 + either_way(contrast, recipe.contrast),
        grey=grey < grey_share,
        unlabelled=unlabelled < label_dropout,
        filmed=filmed < recipe.film.share,
        film_numbers=numbers[:, -FILM_NUMBERS:],
    )


def _crops(
    areas: np.ndarray, aspects: np.ndarray, heights: np.ndarray, widths: np.ndarray, min_scale: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Heights and widths of the first crops that fit, and whether any did; else of the largest one in the middle."""
    area = (heights * widths)[:, None] * (min_scale + (1 - min_scale) * areas)
    low, high = np.log(ASPECTS)
    aspect = np.exp(low + (high - low) * aspects)
    tall, wide = (np.rint(np.sqrt(sides)).astype(np.int64) for sides in (area / aspect, area * aspect))
    fitting = (tall > 0) & (wide > 0) & (tall <= heights[:, None]) & (wide <= widths[:, None])
    first, fits = np.arange(len(areas)), fitting.any(1)
    tall, wide = (sides[first, fitting.argmax(1)] for sides in (tall, wide))
    own = widths / heights
    most_tall = np.where(own < ASPECTS[0], np.rint(widths / ASPECTS[0]).astype(np.int64), heights)
    most_wide = np.where(own > ASPECTS[1], np.rint(heights * ASPECTS[1]).astype(np.int64), widths)
    return np.where(fits, tall, most_tall), np.where(fits, wide, most_wide), fits


def _place(number: np.ndarray, free: np.ndarray, anywhere: np.ndarray) -> np.ndarray:
    """Where a box begins that leaves so many pixels free: anywhere, or in the middle."""
    return np.where(anywhere, (number * (free + 1)).astype(np.int64), free // 2)
