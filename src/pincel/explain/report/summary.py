"""Each kind of map over all pictures of a report: where it lies, and how often it can be believed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pincel.explain.explain import Explanation
from pincel.explain.faithfulness import FAILURES, Checks
from pincel.explain.picture_maps import PictureMap
from pincel.metrics.bootstrap import bootstrap_interval

__all__ = ["MapSummary", "summarise"]

FEWEST = 5  # pictures that an interval needs


@dataclass(frozen=True)
class MapSummary:
    """One kind of map; means are over pictures.

    Attributes:
        method, title: as of its maps.
        pictures: how many there are. empty: of them, whose map is zero everywhere; they have no share.
        mass: share of a map that lies on the subject. area: of those pictures, share that is subject.
        times: mean of mass / area; an even map has 1. interval: 95 %, by bootstrap; None: of fewer than 5 pictures.
        edges: rank correlation with the edges of the picture.
        checked: how many were checked. failed: of them, by each check (a key of `FAILURES`). believed: failed none.
        infidelity, sensitivity, untrained: see `pincel.explain.faithfulness.Checks`.
    """

    method: str
    title: str
    pictures: int
    empty: int
    mass: float | None
    area: float | None
    times: float | None
    interval: tuple[float, float] | None
    edges: float | None
    checked: int
    failed: dict[str, int]
    believed: int
    infidelity: float | None
    sensitivity: float | None
    untrained: float | None


def summarise(explanation: Explanation) -> list[MapSummary]:
    """The kinds of maps in the order of the report."""
    kinds: dict[str, list[PictureMap]] = {}
    for picture in explanation.pictures:
        for one in picture.maps:
            kinds.setdefault(one.title, []).append(one)
    return [_summary(title, maps) for title, maps in kinds.items()]


def _summary(title: str, maps: list[PictureMap]) -> MapSummary:
    shares = [one.share for one in maps if np.isfinite(one.share.concentration)]
    times = np.array([share.concentration for share in shares])
    checks: list[Checks] = [one.checks for one in maps if one.checks is not None]
    return MapSummary(
        maps[0].method,
        title,
        len(maps),
        len(maps) - len(shares),
        _mean(share.mass for share in shares),
        _mean(share.area for share in shares),
        _mean(times),
        bootstrap_interval(times) if len(times) >= FEWEST else None,
        _mean(one.edges for one in maps if one.values.any()),
        len(checks),
        {kind: sum(kind in one.failures for one in checks) for kind in FAILURES},
        sum(not one.failures for one in checks),
        _mean(one.infidelity for one in checks),
        _mean(one.sensitivity for one in checks),
        _mean(one.untrained for one in checks),
    )


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None and np.isfinite(value)]
    return float(np.mean(known)) if known else None
