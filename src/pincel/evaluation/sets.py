"""Figures that only a whole set of pictures has: how far the painted set lies from the real one in a network's eyes.

Pictures come one by one as squares, go through the networks in small batches in one thread, and are forgotten.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pincel.errors import PincelError
from pincel.evaluation.scores import EYES

if TYPE_CHECKING:
    from pincel.metrics.inception import InceptionFigures, InceptionMetrics

__all__ = ["SetFigures", "SetMeter", "SetRow"]

KINDS = ("frechet", "mmd")
BATCH_SQUARES = 16  # through a network at once
NO_INTERVAL = (math.nan, math.nan)


@dataclass(frozen=True)
class SetRow:
    """Distances of one model's pictures to the real ones, in one network's eyes.

    Attributes:
        frechet: on the pooled channels of the network's last block; not a number under 2 pictures.
        mmd: mean over subsets of the paired kernel distance on the same channels.
        mmd_std: over those subsets.
        frechet_interval, mmd_interval: of the two; not numbers when none were asked for.
    """

    frechet: float
    mmd: float
    mmd_std: float
    frechet_interval: tuple[float, float] = NO_INTERVAL
    mmd_interval: tuple[float, float] = NO_INTERVAL


@dataclass(frozen=True)
class SetFigures:
    """What was measured of whole sets, and how.

    Attributes:
        n: pictures in every set.
        square: side in pixels of the black squares that the networks saw.
        subsets, subset_size: of the kernel distance.
        rows: by network (`EYES`), then by row name.
        inception_missing: why there is no Inception Score and no FID; "" when there are.
        inception: Inception Score and FID by row name; empty when there are none.
        inception_real: of the real pictures.
        distances: row name -> `pincel.metrics.lite.lite0_distance` of each picture; empty when not asked for.
        frechet_resamples: draws behind the interval of the Frechet distance; 0: there is none.
    """

    n: int
    square: int
    subsets: int
    subset_size: int
    rows: Mapping[str, Mapping[str, SetRow]]
    inception_missing: str
    inception: Mapping[str, InceptionFigures] = field(default_factory=dict)
    inception_real: InceptionFigures | None = None
    distances: Mapping[str, Sequence[float]] = field(default_factory=dict)
    frechet_resamples: int = 0

    def figures(self, name: str) -> dict[str, float]:
        """A row's entries of the quality table, by the keys of `pincel.evaluation.scores.METRICS`."""
        return {f"{kind}_{eye}": getattr(rows[name], kind) for eye, rows in self.rows.items() for kind in KINDS}

    def interval(self, name: str, metric: str) -> tuple[float, float]:
        """Lower and upper end of one of a row's `figures`; not numbers where there is no interval."""
        kind, eye = metric.split("_")
        return getattr(self.rows[eye][name], f"{kind}_interval")


class SetMeter:
    """Takes in pictures, real and painted, and gives `SetFigures` at the end.

    Memory grows by 2.6 KB a picture and set (features), twice that with intervals, by another 4 KB with Inception-v3.

    Args:
        names: of the painted sets: the baseline's and the models' rows.
        inception: True: use Inception-v3 when its weights are found. False: do not. A path: those weights.
        distances: take the Lite0 distance of every picture as well.
        intervals: level and seed of bootstrap intervals of the two distances of sets; none when None.

    Raises:
        PincelError: weights that were named cannot be used, or those of `EYES` are missing.
    """

    def __init__(
        self,
        names: Sequence[str],
        *,
        inception: bool | Path = True,
        distances: bool = False,
        intervals: tuple[float, int] | None = None,
    ) -> None:
        self.names = list(names)
        self._inception, self._missing = _inception(self.names, inception)
        self._eyes = {eye: _Eye(eye, self.names, keeps=intervals is not None) for eye in EYES}
        self._distances: dict[str, list[float]] = {name: [] for name in names} if distances else {}
        self._intervals = intervals
        self._waiting: list[tuple[np.ndarray, Mapping[str, np.ndarray], np.ndarray | None]] = []
        self._n = 0

    def add(self, real: np.ndarray, painted: Mapping[str, np.ndarray], mask: np.ndarray | None = None) -> None:
        """One picture.

        Args:
            real: uint8 sRGB square, see `pincel.metrics.lite.feature_square`.
            painted: the same picture as every row painted it.
            mask: bool (S, S), where the square is photo and no bar; everywhere when None.
        """
        self._n += 1
        self._waiting.append((real, {name: painted[name] for name in self.names}, mask))
        if len(self._waiting) * (1 + len(self.names)) >= BATCH_SQUARES:
            self._flush()

    def result(self) -> SetFigures:
        """The figures of all pictures that were added."""
        from pincel.metrics.frechet import SUBSETS, default_subset_size
        from pincel.metrics.lite import SQUARE_SIDE
        from pincel.metrics.set_intervals import FRECHET_RESAMPLES

        self._flush()
        intervals = self._intervals if self._n >= 2 else None
        rows = {name: eye.rows(self._n, intervals) for name, eye in self._eyes.items()}
        distances = {name: tuple(values) for name, values in self._distances.items()}
        size = default_subset_size(self._n)
        real, painted = self._inception.compute() if self._inception and self._n else (None, {})
        resamples = FRECHET_RESAMPLES if intervals else 0
        return SetFigures(self._n, SQUARE_SIDE, SUBSETS, size, rows, self._missing, painted, real, distances, resamples)

    def _flush(self) -> None:
        from pincel.metrics.lite import pooled_vectors, vectors_and_distances

        if not self._waiting:
            return
        real = np.stack([square for square, _, _ in self._waiting])  # (N, S, S, 3)
        painted = {name: np.stack([squares[name] for _, squares, _ in self._waiting]) for name in self.names}
        everywhere = np.ones(real.shape[1:3], bool)
        masks = np.stack([everywhere if mask is None else mask for _, _, mask in self._waiting])
        self._waiting.clear()
        for name, eye in self._eyes.items():
            if self._distances and name == "lite0":
                looked, distances = vectors_and_distances(eye.features, real, list(painted.values()), masks)
                for row, values in zip(painted, distances, strict=True):
                    self._distances[row] += values.tolist()
            else:
                together = np.concatenate([real, *painted.values()])
                looked = np.split(pooled_vectors(eye.features, together), 1 + len(painted))
            eye.update(looked)
        if self._inception:
            self._inception.update(real, painted)


class _Eye:
    """One network, and what it has seen of the real set and of the painted ones.

    Args:
        network: a key of `pincel.metrics.lite.LITE_CHANNELS`.
        names: of the painted sets.
        keeps: whether all vectors are kept, for intervals.
    """

    def __init__(self, network: str, names: Sequence[str], keeps: bool) -> None:
        from pincel.metrics.frechet import FrechetDistance, KernelDistance
        from pincel.metrics.lite import LiteFeatures

        self.features = LiteFeatures(network)
        self._names, self._keeps = names, keeps
        self._frechet = {name: FrechetDistance() for name in names}
        self._kernel = {name: KernelDistance(paired=True) for name in names}
        self._vectors: list[list[np.ndarray]] = []  # of each batch: the real set's and each painted one's

    def update(self, looked: list[np.ndarray]) -> None:
        """Take in the vectors (N, 320) of the real pictures and of each painted set."""
        if self._keeps:
            self._vectors.append(looked)
        real, *painted = looked
        for name, own in zip(self._names, painted, strict=True):
            self._frechet[name].update(real, own)
            self._kernel[name].update(real, own)

    def rows(self, count: int, intervals: tuple[float, int] | None) -> dict[str, SetRow]:
        """The distances of every painted set of ``count`` pictures, with intervals of a level and a seed."""
        if count < 2:
            return {name: SetRow(math.nan, math.nan, math.nan) for name in self._names}
        rows = {name: SetRow(self._frechet[name].compute(), *self._kernel[name].compute()) for name in self._names}
        return self._with_intervals(rows, *intervals) if intervals else rows

    def _with_intervals(self, rows: Mapping[str, SetRow], level: float, seed: int) -> dict[str, SetRow]:
        from pincel.metrics.set_intervals import frechet_intervals, kernel_intervals

        real, *painted = (np.concatenate(batches) for batches in zip(*self._vectors, strict=True))
        sets = dict(zip(self._names, painted, strict=True))
        half = frechet_intervals(real, sets, level=level, seed=seed)
        kernel = kernel_intervals(real, sets, level=level, seed=seed)
        found = {}
        for name, row in rows.items():
            around = (max(0.0, row.frechet - half[name]), row.frechet + half[name])
            found[name] = replace(row, frechet_interval=around, mmd_interval=kernel[name])
        return found


def _inception(names: Sequence[str], wanted: bool | Path) -> tuple[InceptionMetrics | None, str]:
    """The meter on Inception-v3, or None and why there is none."""
    if wanted is False:
        return None, "it was switched off with --no-inception"
    from pincel.metrics.inception import InceptionMetrics, find_inception, load_inception

    given = wanted if isinstance(wanted, Path) else None
    place, why = find_inception(given)
    if place is None:
        if given:
            raise PincelError(f"no Inception Score and FID can be computed: {why}")
        return None, why
    return InceptionMetrics(load_inception(place), names), ""
