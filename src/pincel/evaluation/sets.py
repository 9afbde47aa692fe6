"""Figures that only a whole set of pictures has: how far the painted set lies from the real one in a network's eyes.

Pictures come one by one as squares, go through the networks in small batches in one thread, and are forgotten.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pincel.errors import PincelError

if TYPE_CHECKING:
    from pincel.metrics.inception import InceptionFigures, InceptionMetrics

__all__ = ["SetFigures", "SetMeter", "SetRow"]

BATCH_SQUARES = 16  # through a network at once


@dataclass(frozen=True)
class SetRow:
    """Distances of one contestant's pictures to the real ones.

    Attributes:
        frechet_lite0: on EfficientNet-Lite0's 320 pooled channels; not a number under 2 pictures.
        mmd_lite0: mean over subsets of the paired kernel distance on the same channels.
        mmd_lite0_std: over those subsets.
    """

    frechet_lite0: float
    mmd_lite0: float
    mmd_lite0_std: float


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
    """

    n: int
    square: int
    subsets: int
    subset_size: int
    rows: Mapping[str, SetRow]
    inception_missing: str
    inception: Mapping[str, InceptionFigures] = field(default_factory=dict)
    inception_real: InceptionFigures | None = None

    def figures(self, name: str) -> dict[str, float]:
        """A row's entries of the quality table, by the keys of `pincel.evaluation.scores.METRICS`."""
        row = self.rows[name]
        return {"frechet_lite0": row.frechet_lite0, "mmd_lite0": row.mmd_lite0}


class SetMeter:
    """Takes in pictures, real and painted, and gives `SetFigures` at the end.

    Memory grows by 1.3 KB a picture and set (features), by another 4 KB with Inception-v3.

    Args:
        names: of the painted sets: the grey baseline's and the contestants' rows.
        inception: True: use Inception-v3 when its weights are found. False: do not. A path: those weights.

    Raises:
        PincelError: weights that were named cannot be used, or Lite0's are missing.
    """

    def __init__(self, names: Sequence[str], *, inception: bool | Path = True) -> None:
        from pincel.metrics.frechet import FrechetDistance, KernelDistance
        from pincel.metrics.lite0 import Lite0Features

        self.names = list(names)
        self._inception, self._missing = _inception(self.names, inception)
        self._features = Lite0Features()
        self._frechet = {name: FrechetDistance() for name in names}
        self._kernel = {name: KernelDistance(paired=True) for name in names}
        self._waiting: list[tuple[np.ndarray, Mapping[str, np.ndarray]]] = []
        self._n = 0

    def add(self, real: np.ndarray, painted: Mapping[str, np.ndarray]) -> None:
        """One picture.

        Args:
            real: uint8 sRGB square, see `pincel.metrics.lite0.feature_square`.
            painted: the same picture as every row painted it.
        """
        self._n += 1
        self._waiting.append((real, {name: painted[name] for name in self.names}))
        if len(self._waiting) * (1 + len(self.names)) >= BATCH_SQUARES:
            self._flush()

    def result(self) -> SetFigures:
        """The figures of all pictures that were added."""
        from pincel.metrics.frechet import SUBSETS, default_subset_size
        from pincel.metrics.lite0 import SQUARE_SIDE

        self._flush()
        if self._n < 2:
            rows = {name: SetRow(math.nan, math.nan, math.nan) for name in self.names}
        else:
            rows = {name: SetRow(self._frechet[name].compute(), *self._kernel[name].compute()) for name in self.names}
        size = default_subset_size(self._n)
        real, painted = self._inception.compute() if self._inception and self._n else (None, {})
        return SetFigures(self._n, SQUARE_SIDE, SUBSETS, size, rows, self._missing, painted, real)

    def _flush(self) -> None:
        from pincel.metrics.lite0 import lite0_vectors

        if not self._waiting:
            return
        real = np.stack([square for square, _ in self._waiting])  # (N, S, S, 3)
        painted = {name: np.stack([squares[name] for _, squares in self._waiting]) for name in self.names}
        self._waiting.clear()
        together = np.concatenate([real, *painted.values()])
        real_vectors, *vectors = np.split(lite0_vectors(self._features, together), 1 + len(painted))
        for name, own in zip(painted, vectors, strict=True):
            self._frechet[name].update(real_vectors, own)
            self._kernel[name].update(real_vectors, own)
        if self._inception:
            self._inception.update(real, painted)


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
