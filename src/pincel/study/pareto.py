"""Which candidates nothing beats: as good in every respect, better in one."""

from __future__ import annotations

import numpy as np

__all__ = ["pareto_front"]


def pareto_front(points: np.ndarray) -> np.ndarray:
    """The points that no other dominates.

    A point dominates another when it is nowhere worse and somewhere better. Equal points stay together, in or out; a
    point with a value that is not a finite number is never on the front.

    Args:
        points: (n, k), less is better in every column.

    Returns:
        bool (n,).

    >>> pareto_front(np.array([[1, 9], [2, 4], [3, 5], [4, 1]]))
    array([ True,  True, False,  True])
    """
    points = np.asarray(points, np.float64)
    known = np.asarray(np.isfinite(points).all(axis=1))
    front = known.copy()
    for place in np.flatnonzero(known):
        others = points[known]
        dominating = (others <= points[place]).all(axis=1) & (others < points[place]).any(axis=1)
        front[place] = not dominating.any()
    return front
