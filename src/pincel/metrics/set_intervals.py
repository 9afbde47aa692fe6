"""How sure the distances of whole sets are: intervals by drawing pictures again, real and painted ones together.

A plain percentile bootstrap misses both. The Frechet distance grows as a set holds fewer *different* pictures, and a
draw with replacement holds about 63 % of them: its draws lie several standard deviations above the value. Their
standard deviation is sound, if a little too wide (a test compares it with fresh samples), so the interval is normal
around the value. The kernel distance is a mean over pairs of pictures: weighing
each pair by how often it was drawn, and no picture with itself, it stays without bias and keeps its percentiles.

Intervals say how far the value would move with other pictures of the same number; the Frechet distance's own
overstatement at that number stays in the value.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import NormalDist

import numpy as np

__all__ = ["FRECHET_RESAMPLES", "frechet_intervals", "kernel_intervals"]

FRECHET_RESAMPLES = 100  # each takes an eigendecomposition; enough for a standard deviation
BLOCK = 512  # pictures whose kernel values with all others are held at once


def frechet_intervals(
    real: np.ndarray,
    painted: Mapping[str, np.ndarray],
    *,
    level: float = 0.95,
    resamples: int = FRECHET_RESAMPLES,
    seed: int = 0,
) -> dict[str, float]:
    """Half the width of the normal bootstrap interval of `pincel.metrics.frechet.frechet_distance`, by name.

    It goes around the value of the whole sets; see the module's docstring.

    Args:
        real: features (n, d).
        painted: name -> features (n, d) of the same pictures; all are drawn alike.
        level: share of the normal distribution inside the interval, in 0..1.
        resamples: how many draws of pictures, 2 or more.
        seed: of the draws.

    Raises:
        ValueError: fewer than two pictures, or sets of different size.
    """
    real, sets = _checked(real, painted)
    rng = np.random.default_rng(seed)
    drawn: dict[str, list[float]] = {name: [] for name in sets}
    for _ in range(resamples):
        rows = rng.integers(0, len(real), len(real))
        mean, covariance = _gaussian(real[rows])
        values, vectors = np.linalg.eigh(covariance)
        root = (vectors * np.sqrt(values.clip(min=0))) @ vectors.T
        for name, features in sets.items():
            other_mean, other = _gaussian(features[rows])
            overlap = np.sqrt(np.linalg.eigvalsh(root @ other @ root).clip(min=0)).sum()
            spread = np.trace(covariance) + np.trace(other) - 2 * overlap
            drawn[name].append(float(np.square(mean - other_mean).sum() + spread))
    z = NormalDist().inv_cdf((1 + level) / 2)
    return {name: z * float(np.std(values, ddof=1)) for name, values in drawn.items()}


def kernel_intervals(
    real: np.ndarray,
    painted: Mapping[str, np.ndarray],
    *,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> dict[str, tuple[float, float]]:
    """Percentile bootstrap interval of the paired `pincel.metrics.frechet.polynomial_mmd`, by name.

    Args:
        real: features (n, d).
        painted: name -> features (n, d) of the same pictures; all are drawn alike.
        level: share of the draws inside the interval, in 0..1.
        resamples: how many draws of pictures.
        seed: of the draws.

    Raises:
        ValueError: fewer than two pictures, or sets of different size.
    """
    real, sets = _checked(real, painted)
    n = len(real)
    counts = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), resamples).T.astype(np.float64)  # (n, R)
    pairs = n * n - np.square(counts).sum(axis=0)  # ordered pairs of different pictures in each draw, (R,)
    found = {}
    for name, features in sets.items():
        total = np.zeros(resamples)
        for start in range(0, n, BLOCK):
            block = slice(start, start + BLOCK)
            kernel = _kernel(real[block], real) + _kernel(features[block], features)
            kernel -= _kernel(real[block], features) + _kernel(features[block], real)
            places = np.arange(start, min(start + BLOCK, n))
            kernel[places - start, places] = 0  # no picture with itself
            total += ((kernel @ counts) * counts[block]).sum(axis=0)
        with np.errstate(invalid="ignore"):
            values = total / pairs
        values = values[np.isfinite(values)]  # a draw of one picture alone has no pair
        low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
        found[name] = (float(low), float(high))
    return found


def _checked(real: np.ndarray, painted: Mapping[str, np.ndarray]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    sets = {name: np.asarray(features, np.float64) for name, features in painted.items()}
    real = np.asarray(real, np.float64)
    if len(real) < 2 or any(features.shape != real.shape for features in sets.values()):
        shapes = ", ".join(str(features.shape) for features in (real, *sets.values()))
        raise ValueError(f"intervals need features of 2 or more pictures in sets of one shape, not {shapes}")
    return real, sets


def _gaussian(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean (d,) and sample covariance (d, d) of (n, d)."""
    mean = features.mean(axis=0)
    centred = features - mean
    return mean, centred.T @ centred / (len(features) - 1)


def _kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(N, d), (M, d) -> (N, M); KID's."""
    base = x @ y.T / x.shape[1] + 1
    return base * base * base
