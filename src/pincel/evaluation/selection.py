"""Which pictures are measured: one side of a split, and whatever the split does not know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from pincel.data.scan import PictureFile
from pincel.data.split import Split
from pincel.errors import PincelError

__all__ = ["EVALUATED_SIDES", "Selection", "select"]

EVALUATED_SIDES = ("test", "val", "train")


@dataclass(frozen=True)
class Selection:
    """The pictures to measure, and why the others are not among them.

    Attributes:
        files: to measure, by key.
        found: pictures in the folders.
        foreign: measured pictures that the split does not know.
        left_out: reason -> pictures: a side of the split (``excluded``: grey photos), ``unknown`` (to a split that
            was asked for), ``limit``.
    """

    files: Sequence[PictureFile]
    found: int
    foreign: int = 0
    left_out: dict[str, int] = field(default_factory=dict)


def select(
    files: Sequence[PictureFile],
    split: Split | None,
    side: str = "test",
    *,
    foreign_too: bool = True,
    limit: int | None = None,
) -> Selection:
    """Choose the pictures of one side.

    Args:
        files: what lies in the folders.
        split: sides by key; None: every picture is foreign.
        side: ``test``, ``val`` or ``train``.
        foreign_too: measure pictures that the split does not know.
        limit: at most so many, evenly spread over the set.

    Raises:
        PincelError: unknown side, or nothing is left.
    """
    if side not in EVALUATED_SIDES:
        raise PincelError(f"'{side}' is no side of a split; sides: {', '.join(EVALUATED_SIDES)}")
    if limit is not None and limit < 1:
        raise PincelError(f"a limit of {limit} leaves no picture to measure; give 1 or more")
    sides = split.sides if split else {}
    where = [sides.get(file.key, "unknown") for file in files]
    wanted = {side, "unknown"} if foreign_too else {side}
    chosen = [(file, place) for file, place in zip(files, where, strict=True) if place in wanted]
    left_out = Counter(place for place in where if place not in wanted)
    if not chosen:
        found = ", ".join(f"{count} {place}" for place, count in sorted(left_out.items()))
        raise PincelError(f"none of the {len(files)} pictures is on the {side} side of the split (found: {found})")
    if limit is not None and limit < len(chosen):
        left_out["limit"] = len(chosen) - limit
        chosen = [chosen[int(place)] for place in np.linspace(0, len(chosen) - 1, limit)]
    foreign = sum(place == "unknown" for _, place in chosen)
    return Selection([file for file, _ in chosen], len(files), foreign, dict(sorted(left_out.items())))
