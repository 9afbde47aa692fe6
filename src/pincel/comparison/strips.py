"""The chosen pictures side by side: input, what base and candidate made of it at three moments, target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from pincel.comparison.compare import Comparison
from pincel.comparison.words import epoch_name

__all__ = ["Moment", "SideBySide", "moments", "sheet", "side_by_side"]

LARGEST_SHOWN = 256  # side in pixels


@dataclass(frozen=True)
class Moment:
    """An epoch worth looking at.

    Attributes:
        title: in words. place: among the common epochs.
    """

    title: str
    place: int


@dataclass(frozen=True)
class SideBySide:
    """A candidate and the base on the chosen pictures; every stack is (c, S, S, 3) uint8.

    Attributes:
        moments: first, least alike and last epoch; fewer when they are the same.
        painted: base and candidate at each of them.
    """

    moments: list[Moment]
    source: np.ndarray
    painted: list[tuple[np.ndarray, np.ndarray]]
    target: np.ndarray


def moments(comparison: Comparison, place: int) -> list[Moment]:
    """The first epoch, the one where candidate and base are least alike, and the last."""
    last, apart = len(comparison.keys) - 1, comparison.divergence(place).place
    found: dict[int, str] = {}
    for title, epoch in (("first", 0), ("least alike", apart), ("last", last)):
        found[epoch] = f"{found[epoch]}, {title}" if epoch in found else title
    return [
        Moment(f"epoch {epoch_name(comparison.keys[epoch])}: {title}", epoch) for epoch, title in sorted(found.items())
    ]


def side_by_side(comparison: Comparison, place: int) -> SideBySide:
    """Read what the two runs painted at the `moments`."""
    chosen = moments(comparison, place)
    base, candidate = comparison.base, comparison.candidates[place]
    painted = []
    for moment in chosen:
        key = comparison.keys[moment.place]
        painted.append((base.epoch(key).chosen, candidate.epoch(key).chosen))
    return SideBySide(chosen, comparison.pictures.chosen_source, painted, comparison.pictures.chosen_target)


def sheet(strip: SideBySide) -> Image.Image:
    """A picture a row; input, base and candidate at each moment, target."""
    columns = [strip.source, *(stack for pair in strip.painted for stack in pair), strip.target]
    picture = Image.fromarray(np.hstack([np.vstack(list(column)) for column in columns]))
    side = strip.target.shape[1]
    if side > LARGEST_SHOWN:
        picture = picture.resize((picture.width * LARGEST_SHOWN // side, picture.height * LARGEST_SHOWN // side))
    return picture
