"""Where a series of figures is going: a straight line by least squares, and how sure its slope is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Trend", "linear_trend"]


@dataclass(frozen=True)
class Trend:
    """``intercept + slope * x``.

    Attributes:
        slope: change of the figure with each step of x (an epoch, say). intercept: at x = 0.
        r_squared: share of the figure's variance that the line explains, 0..1; None where it does not vary.
        low, high: ends of the slope's confidence interval; None with fewer than three points.
        level: of the interval.
        n: points.
    """

    slope: float
    intercept: float
    r_squared: float | None
    low: float | None
    high: float | None
    level: float
    n: int

    @property
    def direction(self) -> str:
        """``falls`` or ``rises`` where the interval leaves 0 out, otherwise ``level``."""
        if self.low is None or self.high is None or self.low <= 0 <= self.high:
            return "level"
        return "rises" if self.slope > 0 else "falls"

    def at(self, x: float) -> float:
        """The line's height."""
        return self.intercept + self.slope * x


def linear_trend(x: Sequence[float] | np.ndarray, y: Sequence[float] | np.ndarray, level: float = 0.95) -> Trend | None:
    """Ordinary least squares of y over x, with Student's t interval of the slope (n - 2 degrees of freedom).

    The interval holds for points that scatter around the line independently of each other. Epochs of one training hang
    together, so that it is rather too narrow there.

    Args:
        x: such as epochs; at least two different values.
        y: the figure at each x. Points whose figure is not a number are left out.
        level: of the interval, in 0..1.

    Returns:
        The line; None with fewer than two different x.

    Raises:
        ValueError: the two differ in length.

    >>> line = linear_trend([1, 2, 3], [5.0, 3.0, 1.0])
    >>> line.slope, line.intercept, line.direction
    (-2.0, 7.0, 'falls')
    """
    from scipy.stats import t

    across, up = np.asarray(x, np.float64), np.asarray(y, np.float64)
    if across.shape != up.shape or across.ndim != 1:
        raise ValueError(f"a trend needs one y for every x, not {up.shape} for {across.shape}")
    known = np.isfinite(up)
    across, up = across[known], up[known]
    if len(np.unique(across)) < 2:
        return None
    from_mean = across - across.mean()
    spread = float(from_mean @ from_mean)
    slope = float(from_mean @ (up - up.mean())) / spread
    intercept = float(up.mean() - slope * across.mean())
    residual, total = up - intercept - slope * across, float(np.square(up - up.mean()).sum())
    left = float(residual @ residual)
    r_squared = None if total == 0 else max(0.0, 1 - left / total)
    low = high = None
    if (degrees := len(up) - 2) > 0:
        reach = float(t.ppf((1 + level) / 2, degrees)) * float(np.sqrt(left / degrees / spread))
        low, high = slope - reach, slope + reach
    return Trend(slope, intercept, r_squared, low, high, level, len(up))
