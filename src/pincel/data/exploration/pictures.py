"""The pictures that an exploration shows: chosen by rule, read again, made small."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from pincel.data.cache import cached_view
from pincel.data.exploration.explore import Exploration
from pincel.data.exploration.file import FileFacts
from pincel.data.scan import read_photo
from pincel.errors import PictureError
from pincel.threads import in_order

__all__ = ["Choice", "Sheet", "choose", "thumbnails"]

SIDE = 112  # px, short side of a thumbnail
EXAMPLES = 240  # over all classes
EXAMPLES_A_CLASS = 7
GREY_SHOWN = 24
LARGEST, OTHERS, ACROSS = 6, 6, 6  # groups of near-duplicates
IN_A_SHEET = 8


@dataclass(frozen=True)
class Sheet:
    """A group of alike photos: how many there are, of which classes, and some of them (positions in the facts)."""

    count: int
    classes: list[str]
    shown: list[int]


@dataclass(frozen=True)
class Choice:
    """Which photos are shown, as positions in the facts.

    Attributes:
        examples: class -> random photos of it.
        grey: photos without colour, the least colourful first. pale: with hardly any.
        sheets: title -> near-duplicate groups.
    """

    examples: dict[str, list[int]] = field(default_factory=dict)
    grey: list[int] = field(default_factory=list)
    pale: list[int] = field(default_factory=list)
    sheets: dict[str, list[Sheet]] = field(default_factory=dict)

    def all(self) -> set[int]:
        """Every position that is shown somewhere."""
        sheets = [sheet.shown for group in self.sheets.values() for sheet in group]
        return {index for part in (*self.examples.values(), self.grey, self.pale, *sheets) for index in part}


def choose(found: Exploration, seed: int = 0) -> Choice:
    """Examples of every class, grey and pale photos, near-duplicates. The same data and seed give the same choice."""
    chance = random.Random(seed)
    members: dict[str, list[int]] = {}
    for index, (fact, name) in enumerate(zip(found.facts, found.classes, strict=True)):
        if not fact.error:
            members.setdefault(name, []).append(index)
    count = min(EXAMPLES_A_CLASS, max(1, EXAMPLES // max(1, len(members))))
    shown_classes = sorted(sorted(members, key=lambda name: -len(members[name]))[:EXAMPLES])
    examples = {name: sorted(chance.sample(members[name], min(count, len(members[name])))) for name in shown_classes}
    across = found.across_classes()[:ACROSS]
    groups = [group for group in found.near_duplicates() if group not in across]
    rest = groups[LARGEST:]
    sheets = {
        "In more than one class": across,
        "Largest groups": groups[:LARGEST],
        "Some of the others, at random": sorted(chance.sample(rest, min(OTHERS, len(rest))), key=lambda g: -len(g)),
    }
    return Choice(
        examples=examples,
        grey=_by_chroma(found.facts, [i for i, fact in enumerate(found.facts) if fact.grey]),
        pale=_by_chroma(found.facts, [i for i, fact in enumerate(found.facts) if fact.pale]),
        sheets={title: [_sheet(found, group) for group in part] for title, part in sheets.items() if part},
    )


def thumbnails(found: Exploration, indices: Iterable[int], workers: int | None = None) -> dict[int, np.ndarray]:
    """Small versions, uint8 (H, W, 3), of photos by their positions; one that is gone meanwhile is left out."""
    wanted = sorted(indices)
    made = in_order(lambda index: _thumbnail(found.facts[index]), wanted, workers)
    return {index: small for index, small in made if small is not None}


def _thumbnail(fact: FileFacts) -> np.ndarray | None:
    try:
        return cached_view(read_photo(fact.file), SIDE)
    except PictureError:
        return None


def _by_chroma(facts: Sequence[FileFacts], indices: Sequence[int]) -> list[int]:
    """At most `GREY_SHOWN` of them, evenly spread from the least to the most colourful."""
    order = sorted(indices, key=lambda index: (facts[index].high_chroma or 0.0, index))
    return _spread(order, GREY_SHOWN)


def _sheet(found: Exploration, group: Sequence[int]) -> Sheet:
    return Sheet(len(group), sorted({found.classes[index] for index in group}), _spread(group, IN_A_SHEET))


def _spread(items: Sequence[int], most: int) -> list[int]:
    """At most so many items, evenly spread, first and last among them."""
    if len(items) <= most:
        return list(items)
    return [items[int(place)] for place in np.linspace(0, len(items) - 1, most)]
