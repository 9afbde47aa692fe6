"""When a trial is not worth the rest of its budget.

Optuna's pruners know one objective only. With two, a network that paints badly may still be the best of its cost. So a
trial is compared with those alone that cost no more: the median rule (Golovin et al. 2017, section 3.2.1) among them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["FEWEST_PEERS", "FROM_SHARE", "hopeless"]

FROM_SHARE = 0.25  # of the budget; before it curves say little
FEWEST_PEERS = 3
Curve = Sequence[Sequence[float]]


def hopeless(curve: Curve, peers: Sequence[Curve]) -> float | None:
    """Whether a trial does worse than half of its peers did at the same share of the budget.

    Args:
        curve: ``[share of the budget, error]`` of its validations so far, less error is better.
        peers: the curves of trials that cost no more.

    Returns:
        The median of the peers' best errors up to this share, when the trial's own best is above it; otherwise None:
        also before a quarter of the budget and with fewer than three peers that came as far.
    """
    share = curve[-1][0]
    known = [_best(peer, share) for peer in peers if peer and peer[-1][0] >= share]
    if share < FROM_SHARE or len(known) < FEWEST_PEERS:
        return None
    median = float(np.median(known))
    return median if _best(curve, share) > median else None


def _best(curve: Curve, share: float) -> float:
    """The least error up to a share of the budget; between two validations on the line that joins them."""
    before = [error for at, error in curve if at <= share]
    shares, errors = zip(*curve, strict=True)
    return min([*before, float(np.interp(share, shares, errors))])
