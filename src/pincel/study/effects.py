"""Which choice matters how much: main effects of a study's axes on one figure.

The figure is explained by a constant and one term an axis (least squares, each axis's terms sum to 0). In a full grid
the means are then plain means over the other axes; where combinations are missing (a sample, misfits, crashes, a
search) they are what the plain means would be if the others were balanced.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Effects", "Level", "main_effects"]

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Level:
    """One value of an axis.

    Attributes:
        value: as in the axis.
        n: trials that have it.
        mean: of the figure, the other axes balanced.
        low, high: its interval, from what the axes together do not explain; None with too few trials to tell.
    """

    value: Hashable
    n: int
    mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Effects:
    """The main effects.

    Attributes:
        levels: axis -> its values. Axes of which only one value was tried are left out.
        shares: axis -> share of the figure's variance over the trials that goes when the axis is left out of the model,
            0..1. In a full grid the shares and ``rest`` add up to 1.
        rest: share that no axis explains: interactions between axes, and chance.
        n: trials.
        confounded: axes that cannot be told apart by these trials; they have no levels and no share.
    """

    levels: dict[str, list[Level]]
    shares: dict[str, float]
    rest: float
    n: int
    confounded: list[str]


def main_effects(choices: Sequence[Mapping[str, Hashable]], values: Sequence[float]) -> Effects:
    """Main effects of every axis.

    Args:
        choices: of each trial: axis -> value; all have the same axes.
        values: the figure of each trial.

    Raises:
        ValueError: there is no trial, or a figure is not a number.
    """
    response = np.asarray(values, np.float64)
    if not len(response) or not np.isfinite(response).all():
        raise ValueError("main effects need at least one trial, and a number of each")
    found = {axis: _in_order({choice[axis] for choice in choices}) for axis in choices[0]}
    found = {axis: tried for axis, tried in found.items() if len(tried) > 1}
    blocks = {axis: _sum_coded([choice[axis] for choice in choices], tried) for axis, tried in found.items()}
    constant = np.ones((len(response), 1))
    full = np.hstack([constant, *blocks.values()])
    confounded = [
        axis for axis in blocks if _rank(full) < _rank(_without(constant, blocks, axis)) + blocks[axis].shape[1]
    ]
    clear = {axis: block for axis, block in blocks.items() if axis not in confounded}
    coefficients, left = _fit(full, response)
    total = float(np.square(response - response.mean()).sum())
    freedom = len(response) - _rank(full)
    inverse = np.linalg.pinv(full.T @ full)
    shares, levels, start = {}, {}, 1
    for axis, block in blocks.items():
        width, columns = block.shape[1], slice(start, start + block.shape[1])
        start += width
        if axis not in clear:
            continue
        shares[axis] = (_fit(_without(constant, blocks, axis), response)[1] - left) / total if total else 0.0
        levels[axis] = []
        for place, value in enumerate(found[axis]):
            contrast = np.zeros(full.shape[1])
            contrast[0] = 1
            contrast[columns] = _code(place, width + 1)
            mean = float(contrast @ coefficients)
            reach = _reach(float(contrast @ inverse @ contrast), left, freedom)
            count = sum(choice[axis] == value for choice in choices)
            ends = (None, None) if reach is None else (mean - reach, mean + reach)
            levels[axis].append(Level(value, count, mean, *ends))
    return Effects(levels, shares, left / total if total else 0.0, len(response), confounded)


def _in_order(tried: set[Hashable]) -> list[Hashable]:
    """Numbers by size, the rest by name."""
    return sorted(tried, key=lambda v: (0, v, "") if isinstance(v, int | float) else (1, 0, str(v)))


def _code(place: int, count: int) -> np.ndarray:
    """A level in count - 1 columns whose sum over all levels is 0."""
    return np.full(count - 1, -1.0) if place == count - 1 else np.eye(count - 1)[place]


def _sum_coded(column: Sequence[Hashable], tried: Sequence[Hashable]) -> np.ndarray:
    return np.stack([_code(tried.index(value), len(tried)) for value in column])


def _without(constant: np.ndarray, blocks: Mapping[str, np.ndarray], axis: str) -> np.ndarray:
    return np.hstack([constant, *(block for name, block in blocks.items() if name != axis)])


def _rank(matrix: np.ndarray) -> int:
    return int(np.linalg.matrix_rank(matrix))


def _fit(matrix: np.ndarray, response: np.ndarray) -> tuple[np.ndarray, float]:
    """Coefficients and the sum of squares that is left; what rounding leaves of a perfect fit is 0."""
    coefficients = np.linalg.lstsq(matrix, response, rcond=None)[0]
    left = float(np.square(response - matrix @ coefficients).sum())
    return coefficients, left if left > 1e-12 * float(np.square(response).sum()) else 0.0


def _reach(leverage: float, left: float, freedom: int) -> float | None:
    """Half of Student's t interval of a mean."""
    from scipy.stats import t

    if freedom < 1:
        return None
    return float(t.ppf((1 + CONFIDENCE) / 2, freedom) * np.sqrt(left / freedom * leverage))
