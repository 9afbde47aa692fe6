"""How sure a mean over pictures is: percentile bootstrap intervals (Efron & Tibshirani 1993, chapter 13).

Pictures are drawn again with replacement, the statistic is taken of every such draw, and the middle ``level`` of
those values is the interval. Draws depend only on (seed, n), so two statistics of the same n pictures are resampled
alike and a difference between them is paired.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np

__all__ = ["Statistic", "bootstrap_interval", "bootstrap_ratio_interval"]

BLOCK_VALUES = 1 << 21  # drawn values held at once


class Statistic(Protocol):
    """A function of values along an axis: `numpy.mean`, `numpy.median`, ..."""

    def __call__(self, values: np.ndarray, /, *, axis: int) -> np.ndarray:
        """(resamples, n) with ``axis=1`` -> (resamples,)."""
        ...


def bootstrap_interval(
    values: np.ndarray,
    *,
    statistic: Statistic = np.mean,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Interval of a statistic of independent values.

    Args:
        values: one number a picture, shape (n,).
        statistic: of each draw.
        level: share of the draws inside the interval, in 0..1.
        resamples: how many draws.
        seed: of the draws.

    Returns:
        Lower and upper end.

    Raises:
        ValueError: there is no value.

    >>> bootstrap_interval(np.array([3.0, 3.0, 3.0]))
    (3.0, 3.0)
    """
    values = np.asarray(values, np.float64)
    drawn = [statistic(values[draw], axis=1) for draw in _draws(len(values), resamples, seed)]
    return _middle(np.concatenate(drawn), level)


def bootstrap_ratio_interval(
    numerator: np.ndarray,
    denominator: np.ndarray,
    *,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Interval of ``mean(numerator) / mean(denominator)``, where both are measured on the same pictures.

    Args:
        numerator: one number a picture, shape (n,).
        denominator: of the same pictures, shape (n,).
        level: share of the draws inside the interval, in 0..1.
        resamples: how many draws of pictures.
        seed: of the draws.

    Returns:
        Lower and upper end; not numbers when the mean below is 0 in any draw.

    Raises:
        ValueError: there is no value, or the two have different lengths.

    >>> bootstrap_ratio_interval(np.array([1.0, 2.0]), np.array([2.0, 4.0]))
    (0.5, 0.5)
    """
    numerator, denominator = np.asarray(numerator, np.float64), np.asarray(denominator, np.float64)
    if numerator.shape != denominator.shape:
        raise ValueError(f"a ratio needs the same pictures above and below, not {numerator.shape}, {denominator.shape}")
    with np.errstate(divide="ignore", invalid="ignore"):
        drawn = [
            numerator[draw].mean(axis=1) / denominator[draw].mean(axis=1)
            for draw in _draws(len(numerator), resamples, seed)
        ]
    return _middle(np.concatenate(drawn), level)


def _draws(count: int, resamples: int, seed: int) -> Iterator[np.ndarray]:
    """Indices of the drawn pictures, (some resamples, count) at a time."""
    if count == 0:
        raise ValueError("an interval needs at least one value")
    rng = np.random.default_rng(seed)
    block = max(1, BLOCK_VALUES // count)
    for start in range(0, resamples, block):
        yield rng.integers(0, count, (min(block, resamples - start), count))


def _middle(statistics: np.ndarray, level: float) -> tuple[float, float]:
    if not np.isfinite(statistics).all():
        return float("nan"), float("nan")
    low, high = np.quantile(statistics, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
