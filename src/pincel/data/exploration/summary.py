"""The figures of many files: in all, and of one class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pincel.data.exploration.file import FileFacts

__all__ = ["Spread", "Summary", "summarise"]


@dataclass(frozen=True)
class Spread:
    """How values are spread. ``std`` is the root of the mean squared deviation (of the set itself, not an estimate)."""

    min: float
    mean: float
    std: float
    median: float
    max: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread | None:
        """Of (n,) values; None when there is none.

        >>> Spread.of([1, 1, 4])
        Spread(min=1.0, mean=2.0, std=1.4142135623730951, median=1.0, max=4.0)
        """
        if not len(values):
            return None
        v = np.asarray(values, np.float64)
        return cls(float(v.min()), float(v.mean()), float(v.std()), float(np.median(v)), float(v.max()))


@dataclass(frozen=True)
class Summary:
    """The figures of a class, or of the whole set.

    Attributes:
        files: all of them. unreadable: how many of them cannot be read; the rest is counted below.
        mislabelled: the name ends as another format than the one inside.
        grey, pale: no colour to learn from; hardly any.
        copies: files that are byte for byte another one that comes before.
        near_duplicates: photos that have at least one near-duplicate. scenes: groups of near-duplicates, a photo
            alone being a group: the number of really different photos.
        padding: mean share of a square that stays black when the photo is fitted into it, 0..1; None without photos.
        width, height: in pixels. aspect: width over height. bytes: of the files.
        mean_lab: mean over photos of their mean L, a, b; None without photos.
    """

    files: int
    unreadable: int
    mislabelled: int
    grey: int
    pale: int
    copies: int
    near_duplicates: int
    scenes: int
    padding: float | None
    width: Spread | None
    height: Spread | None
    aspect: Spread | None
    bytes: Spread | None
    mean_lab: tuple[float, float, float] | None

    @property
    def readable(self) -> int:
        """Photos that can be used."""
        return self.files - self.unreadable


def summarise(
    facts: Sequence[FileFacts], groups: Sequence[int | None], group_sizes: dict[int, int], copies: set[str]
) -> Summary:
    """Add up the files of a class, or all.

    Args:
        facts: of the files.
        groups: near-duplicate group of each; None when it cannot be read.
        group_sizes: photos in each group, counted over the whole set.
        copies: keys of files that are byte for byte another one that comes before.
    """
    shapes = [(fact.width, fact.height) for fact in facts if fact.width and fact.height]
    labs = [fact.mean_lab for fact in facts if fact.mean_lab]
    known = [group for group in groups if group is not None]
    light, a, b = np.mean(labs, axis=0).tolist() if labs else (0.0, 0.0, 0.0)
    return Summary(
        files=len(facts),
        unreadable=sum(bool(fact.error) for fact in facts),
        mislabelled=sum(fact.mislabelled for fact in facts),
        grey=sum(fact.grey for fact in facts),
        pale=sum(fact.pale for fact in facts),
        copies=sum(fact.file.key in copies for fact in facts),
        near_duplicates=sum(group_sizes[group] > 1 for group in known),
        scenes=len(set(known)),
        padding=float(np.mean([1 - min(shape) / max(shape) for shape in shapes])) if shapes else None,
        width=Spread.of([width for width, _ in shapes]),
        height=Spread.of([height for _, height in shapes]),
        aspect=Spread.of([width / height for width, height in shapes]),
        bytes=Spread.of([fact.bytes for fact in facts]),
        mean_lab=(light, a, b) if labs else None,
    )
