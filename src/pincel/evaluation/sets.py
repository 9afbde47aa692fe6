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

if TYPE_CHECKING:
    from pincel.metrics.inception import InceptionFigures, InceptionMetrics

__all__ = ["SetFigures", "SetMeter", "SetRow"]

BATCH_SQUARES = 16  # through a network at once
NO_INTERVAL = (math.nan, math.nan)


@dataclass(frozen=True)
class SetRow:
    """Distances of one contestant's pictures to the real ones.

    Attributes:
        frechet_lite0: on EfficientNet-Lite0's 320 pooled channels; not a number under 2 pictures.
        mmd_lite0: mean over subsets of the paired kernel distance on the same channels.
        mmd_lite0_std: over those subsets.
        frechet_interval, mmd_interval: of the two; not numbers when none were asked for.
    """

    frechet_lite0: float
    mmd_lite0: float
    mmd_lite0_std: float
    frechet_interval: tuple[float, float] = NO_INTERVAL
    mmd_interval: tuple[float, float] = NO_INTERVAL


@dataclass(frozen=True)
class SetFigures:
    """What was measured of whole sets, and how.

    Attributes:
        n: pictures in every set.
        square: side in pixels of the black squares that the networks saw.
        subsets, subset_size: of the kernel distance.
        rows: by row name.
        inception_missing: why there is no Inception Score and no FID; "" when there are.
        inception: Inception Score and FID by row name; empty when there are none.
        inception_real: of the real pictures.
        distances: row name -> `pincel.metrics.lite0.lite0_distance` of each picture; empty when not asked for.
        frechet_resamples: draws behind the interval of the Frechet distance; 0: there is none.
    """

    n: int
    square: int
    subsets: int
    subset_size: int
    rows: Mapping[str, SetRow]
    inception_missing: str
    inception: Mapping[str, InceptionFigures] = field(default_factory=dict)
    inception_real: InceptionFigures | None = None
    distances: Mapping[str, Sequence[float]] = field(default_factory=dict)
    frechet_resamples: int = 0

    def figures(self, name: str) -> dict[str, float]:
        """A row's entries of the quality table, by the keys of `pincel.evaluation.scores.METRICS`."""
        row = self.rows[name]
        return {"frechet_lite0": row.frechet_lite0, "mmd_lite0": row.mmd_lite0}

    def interval(self, name: str, metric: str) -> tuple[float, float]:
        """Lower and upper end of one of a row's `figures`; not numbers where there is no interval."""
        return {"frechet_lite0": self.rows[name].frechet_interval, "mmd_lite0": self.rows[name].mmd_interval}[metric]


class SetMeter:
    """Takes in pictures, real and painted, and gives `SetFigures` at the end.

    Memory grows by 1.3 KB a picture and set (features), twice that with intervals, by another 4 KB with Inception-v3.

    Args:
        names: of the painted sets: the baseline's and the contestants' rows.
        inception: True: use Inception-v3 when its weights are found. False: do not. A path: those weights.
        distances: take the Lite0 distance of every picture as well.
        intervals: level and seed of bootstrap intervals of the two distances of sets; none when None.

    Raises:
        PincelError: weights that were named cannot be used, or Lite0's are missing.
    """

    def __init__(
        self,
        names: Sequence[str],
        *,
        inception: bool | Path = True,
        distances: bool = False,
        intervals: tuple[float, int] | None = None,
    ) -> None:
        from pincel.metrics.frechet import FrechetDistance, KernelDistance
        from pincel.metrics.lite0 import Lite0Features

        self.names = list(names)
        self._inception, self._missing = _inception(self.names, inception)
        self._features = Lite0Features()
        self._frechet = {name: FrechetDistance() for name in names}
        self._kernel = {name: KernelDistance(paired=True) for name in names}
        self._distances: dict[str, list[float]] = {name: [] for name in names} if distances else {}
        self._intervals = intervals
        self._vectors: list[list[np.ndarray]] = []  # of each batch: the real set's and each painted one's
        self._waiting: list[tuple[np.ndarray, Mapping[str, np.ndarray], np.ndarray | None]] = []
        self._n = 0

    def add(self, real: np.ndarray, painted: Mapping[str, np.ndarray], mask: np.ndarray | None = None) -> None:
        """One picture.

        Args:
            real: uint8 sRGB square, see `pincel.metrics.lite0.feature_square`.
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
        from pincel.metrics.lite0 import SQUARE_SIDE
        from pincel.metrics.set_intervals import FRECHET_RESAMPLES

        self._flush()
        if self._n < 2:
            rows = {name: SetRow(math.nan, math.nan, math.nan) for name in self.names}
        else:
            rows = {name: SetRow(self._frechet[name].compute(), *self._kernel[name].compute()) for name in self.names}
        resamples = 0
        if self._intervals and self._n >= 2:
            rows, resamples = self._with_intervals(rows, *self._intervals), FRECHET_RESAMPLES
        distances = {name: tuple(values) for name, values in self._distances.items()}
        size = default_subset_size(self._n)
        real, painted = self._inception.compute() if self._inception and self._n else (None, {})
        return SetFigures(self._n, SQUARE_SIDE, SUBSETS, size, rows, self._missing, painted, real, distances, resamples)

    def _flush(self) -> None:
        from pincel.metrics.lite0 import lite0_distances, lite0_vectors

        if not self._waiting:
            return
        real = np.stack([square for square, _, _ in self._waiting])  # (N, S, S, 3)
        painted = {name: np.stack([squares[name] for _, squares, _ in self._waiting]) for name in self.names}
        everywhere = np.ones(real.shape[1:3], bool)
        masks = np.stack([everywhere if mask is None else mask for _, _, mask in self._waiting])
        self._waiting.clear()
        if self._distances:
            looked, distances = lite0_distances(self._features, real, list(painted.values()), masks)
            for name, values in zip(painted, distances, strict=True):
                self._distances[name] += values.tolist()
        else:
            together = np.concatenate([real, *painted.values()])
            looked = np.split(lite0_vectors(self._features, together), 1 + len(painted))
        if self._intervals:
            self._vectors.append(looked)
        real_vectors, *vectors = looked
        for name, own in zip(painted, vectors, strict=True):
            self._frechet[name].update(real_vectors, own)
            self._kernel[name].update(real_vectors, own)
        if self._inception:
            self._inception.update(real, painted)

    def _with_intervals(self, rows: Mapping[str, SetRow], level: float, seed: int) -> dict[str, SetRow]:
        from pincel.metrics.set_intervals import frechet_intervals, kernel_intervals

        real, *painted = (np.concatenate(batches) for batches in zip(*self._vectors, strict=True))
        sets = dict(zip(self.names, painted, strict=True))
        half = frechet_intervals(real, sets, level=level, seed=seed)
        kernel = kernel_intervals(real, sets, level=level, seed=seed)
        found = {}
        for name, row in rows.items():
            around = (max(0.0, row.frechet_lite0 - half[name]), row.frechet_lite0 + half[name])
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
