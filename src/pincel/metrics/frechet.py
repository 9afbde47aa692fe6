"""How far a set of painted pictures lies from the set of real ones, by features that a network sees in them.

Two distances, both 0 for equal sets: the Frechet distance between Gaussians fitted to the features (Heusel et al.
2017) and the polynomial-kernel maximum mean discrepancy (Binkowski et al. 2018). They are called FID and KID only on
Inception-v3; on another network the name carries that network's. Everything is numpy in float64.
"""

from __future__ import annotations

import numpy as np

__all__ = [
    "SUBSETS",
    "FrechetDistance",
    "GaussianFit",
    "KernelDistance",
    "default_subset_size",
    "frechet_distance",
    "frechet_of_gaussians",
    "kernel_distance",
    "polynomial_mmd",
]

SUBSETS = 100
SUBSET_SIZE = 1000  # pictures in a subset at most, as KID


class GaussianFit:
    """Mean and covariance of features that come batch by batch; the features are not kept (Chan et al. 1979).

    Attributes:
        n: vectors seen.
        mean: float64 (d,).
    """

    def __init__(self) -> None:
        self.n = 0
        self.mean = np.zeros(0)
        self._scatter = np.zeros((0, 0))  # sum of outer products of the vectors less their mean

    def update(self, features: np.ndarray) -> None:
        """Take in (N, d) features, any float type.

        Raises:
            ValueError: they are not (N, d) of the same d as before, or not finite.
        """
        features = _checked(features)
        if self.n == 0:
            width = features.shape[1]
            self.mean, self._scatter = np.zeros(width), np.zeros((width, width))
        if features.shape[1] != len(self.mean):
            raise ValueError(f"features of {len(self.mean)} numbers cannot take in {features.shape[1]}")
        count, total = len(features), self.n + len(features)
        if count == 0:
            return
        mean = features.mean(axis=0)
        centred, shift = features - mean, mean - self.mean
        self._scatter += centred.T @ centred + np.outer(shift, shift) * (self.n * count / total)
        self.mean = self.mean + shift * (count / total)
        self.n = total

    @property
    def covariance(self) -> np.ndarray:
        """Sample covariance, float64 (d, d).

        Raises:
            ValueError: fewer than two vectors were seen.
        """
        if self.n < 2:
            raise ValueError(f"a covariance needs at least 2 vectors, not {self.n}")
        return self._scatter / (self.n - 1)


def frechet_of_gaussians(
    mean: np.ndarray, covariance: np.ndarray, other_mean: np.ndarray, other_covariance: np.ndarray
) -> float:
    """Squared Frechet (2-Wasserstein) distance of two Gaussians (Dowson & Landau 1982; Heusel et al. 2017, eq. 6).

    ``|m - n|^2 + tr(A + B - 2 (A B)^(1/2))``, where the trace of the root is the sum of the singular values of
    ``A^(1/2) B^(1/2)``: exact for singular covariances too, which fewer pictures than features always give.

    Args:
        mean: (d,).
        covariance: (d, d), symmetric, no negative eigenvalue.
        other_mean: (d,).
        other_covariance: (d, d).

    >>> frechet_of_gaussians(np.zeros(1), np.array([[4.0]]), np.array([3.0]), np.array([[1.0]]))  # 3^2 + (2 - 1)^2
    10.0
    """
    overlap = np.linalg.svd(_root(covariance) @ _root(other_covariance), compute_uv=False).sum()
    distance = np.square(mean - other_mean).sum() + np.trace(covariance) + np.trace(other_covariance) - 2 * overlap
    return max(float(distance), 0.0)


def frechet_distance(real: np.ndarray, painted: np.ndarray) -> float:
    """`frechet_of_gaussians` fitted to two sets of features; 0 is equal, less is better.

    Small sets overstate it: compare figures of the same n only, and state n.

    Args:
        real: (N, d).
        painted: (M, d).

    Raises:
        ValueError: a set has fewer than two vectors, or the shapes do not fit.
    """
    distance = FrechetDistance()
    distance.update(real, painted)
    return distance.compute()


class FrechetDistance:
    """`frechet_distance` of features that come batch by batch; none are kept."""

    higher_is_better = False

    def __init__(self) -> None:
        self.real, self.painted = GaussianFit(), GaussianFit()

    def update(self, real: np.ndarray, painted: np.ndarray) -> None:
        """Take in (N, d) features of real pictures and (M, d) of painted ones."""
        self.real.update(real)
        self.painted.update(painted)

    def compute(self) -> float:
        """The distance so far.

        Raises:
            ValueError: a set has fewer than two vectors.
        """
        real, painted = self.real, self.painted
        return frechet_of_gaussians(real.mean, real.covariance, painted.mean, painted.covariance)


def polynomial_mmd(real: np.ndarray, painted: np.ndarray, *, paired: bool = False) -> float:
    """Squared maximum mean discrepancy with KID's kernel ``(x y / d + 1)^3``, unbiased; 0 is equal, less is better.

    An unbiased estimate of a small distance may be below 0.

    Args:
        real: features (N, d).
        painted: features (M, d).
        paired: row i of both comes from the same picture. The sets are then not independent, and KID's cross term
            would be biased by those pairs: they are left out (Gretton et al. 2012, lemma 6 and what follows), so that
            equal sets are at 0 exactly.

    Raises:
        ValueError: a set has fewer than two vectors, or the shapes do not fit.

    >>> polynomial_mmd(np.array([[1.0], [1.0]]), np.array([[0.0], [0.0]]))  # (1 + 1)^3 + 1 - 2
    7.0
    """
    real, painted = _checked(real), _checked(painted)
    if min(len(real), len(painted)) < 2 or real.shape[1] != painted.shape[1]:
        raise ValueError(f"two sets of 2 or more vectors of one length are compared, not {real.shape}, {painted.shape}")
    if paired and len(real) != len(painted):
        raise ValueError(f"paired sets have one size, not {len(real)} and {len(painted)}")
    cross = _kernel(real, painted)
    between = _mean_off_diagonal(cross) if paired else cross.mean()
    return float(_mean_off_diagonal(_kernel(real, real)) + _mean_off_diagonal(_kernel(painted, painted)) - 2 * between)


def kernel_distance(
    real: np.ndarray,
    painted: np.ndarray,
    *,
    paired: bool = False,
    subsets: int = SUBSETS,
    subset_size: int | None = None,
    seed: int = 0,
) -> tuple[float, float]:
    """Mean and standard deviation of `polynomial_mmd` over random subsets, as KID is reported.

    Args:
        real: features (N, d).
        painted: features (M, d).
        paired: see `polynomial_mmd`; subsets then take the same rows of both.
        subsets: how many.
        subset_size: vectors in each; half of the smaller set by default, `SUBSET_SIZE` at most.
        seed: of the draws.

    Raises:
        ValueError: a subset would be larger than a set or have fewer than two vectors.
    """
    smaller = min(len(real), len(painted))
    size = default_subset_size(smaller) if subset_size is None else subset_size
    if not 2 <= size <= smaller:
        raise ValueError(f"subsets of {size} cannot be drawn from {len(real)} and {len(painted)} vectors")
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(subsets):
        rows = rng.choice(len(real), size, replace=False)
        others = rows if paired else rng.choice(len(painted), size, replace=False)
        found.append(polynomial_mmd(real[rows], painted[others], paired=paired))
    return float(np.mean(found)), float(np.std(found))


def default_subset_size(n: int) -> int:
    """Half of n vectors, so that subsets differ, but 2 at least and `SUBSET_SIZE` at most."""
    return min(SUBSET_SIZE, max(2, n // 2))


class KernelDistance:
    """`kernel_distance` of features that come batch by batch; they are kept, in float32 (1.3 KB for 320 numbers).

    Args:
        paired, subsets, subset_size, seed: see `kernel_distance`.
    """

    higher_is_better = False

    def __init__(
        self, *, paired: bool = False, subsets: int = SUBSETS, subset_size: int | None = None, seed: int = 0
    ) -> None:
        self.paired, self.subsets, self.subset_size, self.seed = paired, subsets, subset_size, seed
        self._real: list[np.ndarray] = []
        self._painted: list[np.ndarray] = []

    def update(self, real: np.ndarray, painted: np.ndarray) -> None:
        """Take in (N, d) features of real pictures and (M, d) of painted ones."""
        self._real.append(np.asarray(real, np.float32))
        self._painted.append(np.asarray(painted, np.float32))

    def compute(self) -> tuple[float, float]:
        """Mean and standard deviation over subsets so far.

        Raises:
            ValueError: nothing was seen, or fewer vectors than a subset holds.
        """
        if not self._real:
            raise ValueError("a distance needs at least 2 vectors of each set")
        return kernel_distance(
            np.concatenate(self._real),
            np.concatenate(self._painted),
            paired=self.paired,
            subsets=self.subsets,
            subset_size=self.subset_size,
            seed=self.seed,
        )


def _checked(features: np.ndarray) -> np.ndarray:
    features = np.asarray(features, np.float64)
    if features.ndim != 2 or not np.isfinite(features).all():
        raise ValueError(f"features are finite numbers of shape (N, d), not {features.shape}")
    return features


def _root(covariance: np.ndarray) -> np.ndarray:
    """The symmetric square root; eigenvalues that rounding made negative count as 0."""
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(values.clip(min=0))) @ vectors.T


def _kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(N, d), (M, d) -> (N, M)."""
    base = x @ y.T / x.shape[1] + 1
    return base * base * base


def _mean_off_diagonal(matrix: np.ndarray) -> float:
    n = len(matrix)
    return float((matrix.sum() - np.trace(matrix)) / (n * (n - 1)))
