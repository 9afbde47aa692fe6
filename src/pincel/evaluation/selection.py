"""Which pictures are measured: one side of a split, and whatever the split does not know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from pincel.data.scan import PictureFile
from pincel.data.split import Split
from pincel.errors import PincelError

__all__ = ["Selection", "select"]


@dataclass(frozen=True)
class Selection:
    """The pictures to measure, and why the others are not among them.

    Attributes:
        files: to measure, by key.
        found: pictures in the folders.
        foreign: measured pictures that the split does not know.
        repeated: measured pictures that nearly repeat one of the training side; only random splits have such.
        left_out: reason -> pictures: a side of the split (``excluded``: grey photos), ``unknown`` (to a split that
            was asked for), ``near-duplicate`` (of a training picture), ``limit``.
    """

    files: Sequence[PictureFile]
    found: int
    foreign: int = 0
    repeated: int = 0
    left_out: dict[str, int] = field(default_factory=dict)


def select(
    files: Sequence[PictureFile],
    split: Split | None,
    side: str,
    *,
    foreign_too: bool = True,
    near_duplicates: bool = True,
    limit: int | None = None,
) -> Selection:
    """Choose the pictures of one side.

    Args:
        files: what lies in the folders.
        split: sides by key; None: every picture is foreign.
        side: ``test``, ``val`` or ``train``.
        foreign_too: measure pictures that the split does not know.
        near_duplicates: measure pictures that nearly repeat one of the training side.
        limit: at most so many, 1 or more, evenly spread over the set.

    Raises:
        PincelError: nothing is left, or near-duplicates are to be left out and no split tells them.
    """
    sides = split.sides if split else {}
    where = [sides.get(file.key, "unknown") for file in files]
    wanted = {side, "unknown"} if foreign_too else {side}
    chosen = [(file, place) for file, place in zip(files, where, strict=True) if place in wanted]
    left_out = Counter(place for place in where if place not in wanted)
    if not near_duplicates and split is None:
        raise PincelError("near-duplicates of training pictures are told by a split; give one, or measure them too")
    repeated = _repeats_training(split) if split and side != "train" else set()
    if not near_duplicates:
        left_out["near-duplicate"] = sum(file.key in repeated for file, _ in chosen)
        chosen = [(file, place) for file, place in chosen if file.key not in repeated]
    if not chosen:
        found = ", ".join(f"{count} {place}" for place, count in sorted(left_out.items()))
        raise PincelError(f"none of the {len(files)} pictures is on the {side} side of the split (found: {found})")
    if limit is not None and limit < len(chosen):
        left_out["limit"] = len(chosen) - limit
        chosen = [chosen[int(place)] for place in np.linspace(0, len(chosen) - 1, limit)]
    foreign = sum(place == "unknown" for _, place in chosen)
    measured = [file for file, _ in chosen]
    repeats = sum(file.key in repeated for file in measured)
    return Selection(measured, len(files), foreign, repeats, dict(sorted((+left_out).items())))


def _repeats_training(split: Split) -> set[str]:
    """The pictures of all sides whose near-duplicate group has a member on the training side."""
    learnt = {split.groups[key] for key in split.keys("train")}
    return {key for key, group in split.groups.items() if group in learnt}
