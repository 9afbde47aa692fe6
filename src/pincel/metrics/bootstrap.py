"""How sure a mean over pictures is: percentile bootstrap intervals (Efron & Tibshirani 1993, chapter 13).

Pictures are drawn again with replacement, the mean is taken of every such draw, and the middle ``level`` of
those values is the interval. Draws depend only on (seed, n), so two statistics of the same n pictures are resampled
alike and a difference between them is paired.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

__all__ = ["bootstrap_interval"]

BLOCK_VALUES = 1 << 21  # drawn values held at once


def bootstrap_interval(
    values: np.ndarray,
    over: np.ndarray | None = None,
    *,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Interval of the mean of independent values, or of the ratio of two means.

    Args:
        values: one number a picture, shape (n,).
        over: of the same pictures, shape (n,); then the interval is that of ``mean(values) / mean(over)``.
        level: share of the draws inside the interval, in 0..1.
        resamples: how many draws of pictures.
        seed: of the draws.

    Returns:
        Lower and upper end; not numbers when the mean below is 0 in any draw.

    Raises:
        ValueError: there is no value, or the two have different lengths.

    >>> bootstrap_interval(np.array([3.0, 3.0, 3.0]))
    (3.0, 3.0)
    >>> bootstrap_interval(np.array([1.0, 2.0]), np.array([2.0, 4.0]))
    (0.5, 0.5)
    """
    above = np.asarray(values, np.float64)
    below = None if over is None else np.asarray(over, np.float64)
    if below is not None and above.shape != below.shape:
        raise ValueError(f"a ratio needs the same pictures above and below, not {above.shape}, {below.shape}")
    drawn = []
    for draw in _draws(len(above), resamples, seed):
        mean = above[draw].mean(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            drawn.append(mean if below is None else mean / below[draw].mean(axis=1))
    statistics = np.concatenate(drawn)
    if not np.isfinite(statistics).all():
        return float("nan"), float("nan")
    low, high = np.quantile(statistics, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _draws(count: int, resamples: int, seed: int) -> Iterator[np.ndarray]:
    """Indices of the drawn pictures, (some resamples, count) at a time."""
    if count == 0:
        raise ValueError("an interval needs at least one value")
    rng = np.random.default_rng(seed)
    block = max(1, BLOCK_VALUES // count)
    for start in range(0, resamples, block):
        yield rng.integers(0, count, (min(block, resamples - start), count))
