"""The report's figures: how a figure is spread over the pictures, and which pictures gained or lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pincel.evaluation.evaluated_tasks import COLORIZING, EvaluatedTask
from pincel.pages.canvas import Theme, legend, new_axes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["distribution", "gains"]


def distribution(
    grey: np.ndarray,
    painted: np.ndarray,
    theme: Theme,
    task: EvaluatedTask = COLORIZING,
    metric: str = "CIEDE2000",
) -> Figure:
    """Histogram of a figure over pictures, the baseline behind the candidate.

    Args:
        grey: of the baseline, (n,).
        painted: of the candidate, (n,).
        theme: colours.
        task: words.
        metric: the figure's name; less is better.
    """
    from matplotlib.ticker import MaxNLocator

    figure, axes = new_axes(theme)
    high = _highest(grey, painted)
    bins = np.linspace(0, high * 1.02, int(np.clip(2 * np.sqrt(len(grey)), 8, 48)) + 1).tolist()
    axes.hist(grey, bins=bins, color=theme.grey, alpha=0.35, label=f"{task.baseline} baseline")
    axes.hist(painted, bins=bins, color=theme.candidate, histtype="step", linewidth=1.6, label="painted")
    axes.hist(painted, bins=bins, color=theme.candidate, alpha=0.12)
    for values, color in ((grey, theme.grey), (painted, theme.candidate)):
        axes.axvline(values.mean(), color=color, linewidth=1.2, linestyle=(0, (4, 3)))
    axes.set_xlim(0, bins[-1])
    axes.set_xlabel(f"{metric} of a {task.photo} (dashed: mean)")
    axes.set_ylabel(f"{task.photo}s")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    legend(axes, theme)
    return figure


def gains(
    grey: np.ndarray,
    painted: np.ndarray,
    theme: Theme,
    task: EvaluatedTask = COLORIZING,
    metric: str = "CIEDE2000",
) -> Figure:
    """Every picture as a dot, a figure of the baseline across and of the candidate up.

    Dots under the line came closer to the real picture by being painted. Arguments as of `distribution`.
    """
    figure, axes = new_axes(theme)
    high = _highest(grey, painted) * 1.04
    axes.plot([0, high], [0, high], color=theme.ink, linewidth=0.9)
    better = painted < grey
    size = float(np.clip(4000 / len(grey), 4, 22))
    for chosen, color, text in (
        (better, theme.candidate, f"closer than {task.than}: {int(better.sum())}"),
        (~better, theme.grey, f"further than {task.than}: {int((~better).sum())}"),
    ):
        axes.scatter(grey[chosen], painted[chosen], s=size, color=color, alpha=0.6, linewidths=0, label=text)
    axes.set_xlim(0, high)
    axes.set_ylim(0, high)
    axes.set_xlabel(f"{metric} of {task.source}")
    axes.set_ylabel(f"{metric} painted")
    legend(axes, theme)
    return figure


def _highest(grey: np.ndarray, painted: np.ndarray) -> float:
    """Where an axis of both may end: their largest value, or 1 when all are 0."""
    return float(max(grey.max(), painted.max())) or 1.0
