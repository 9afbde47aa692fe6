"""The comparison's figures: whole set and picture by picture, points over the epochs with their regression lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pincel.comparison.compare import Comparison
from pincel.comparison.measure import MEASURES
from pincel.comparison.words import epoch_name
from pincel.pages.canvas import DARK, LIGHT, Theme, legend, new_axes, new_panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["BETWEEN", "Line", "by_picture", "lines_of", "panel", "whole_set"]

BETWEEN = {LIGHT: "#b08a2e", DARK: "#dcb869"}
PANELS = ("mse", "ssim", "residual_std")  # the paper's three charts of a flower
SHORT_NAMES = 28  # characters, of which two fit side by side above a figure
LABELS = {
    "mse": "MSE, sRGB in 0..1",
    "ssim": "SSIM",
    "residual_std": "residual deviation, grey 0..1",
    "residual_variance": "residual variance, grey 0..1",
    "intensity_gap": "contrast gap, grey 0..1",
}


@dataclass(frozen=True)
class Line:
    """One figure over the epochs.

    Attributes:
        operands: what is compared with what, in words.
        values: (E,).
        look: of its points and its regression line, by theme.
    """

    operands: str
    values: np.ndarray
    look: dict[Theme, dict[str, Any]]


def whole_set(comparison: Comparison, place: int, measure: str, theme: Theme) -> Figure:
    """Means over all pictures of a candidate and the base, with the epoch at which they differ most."""
    figure, axes = new_axes(theme)
    lines = list(lines_of(comparison, place, measure))
    _draw(axes, comparison, lines, theme)
    mark = f"least alike: epoch {epoch_name(comparison.keys[comparison.divergence(place).place])}"
    _mark(axes, comparison, place, theme, mark)
    axes.set_ylabel(LABELS[measure])
    _epochs(axes, comparison)
    longest = max(len(line.operands) for line in lines)
    legend(axes, theme, columns=2 if longest <= SHORT_NAMES else 1, last=(mark,))
    return figure


def by_picture(comparison: Comparison, place: int, theme: Theme) -> Figure:
    """SSIM to the target of every picture at the last epoch: the base's across, the candidate's up."""
    across, up = (comparison.against_target[run].whole["ssim"][-1] for run in (0, place + 1))
    figure, axes = new_axes(theme)
    ends = [min(across.min(), up.min()), max(across.max(), up.max())]
    room = 0.05 * (ends[1] - ends[0]) or 0.05
    ends = [ends[0] - room, ends[1] + room]
    axes.plot(ends, ends, color=theme.grey, linewidth=0.9, linestyle=(0, (5, 4)), zorder=0, label="equal")
    name = f"a picture; above the line {comparison.candidates[place].name} is closer"
    axes.plot(across, up, "o", color=theme.candidate, markersize=3.2, alpha=0.6, markeredgewidth=0, label=name)
    axes.set_xlim(*ends)
    axes.set_ylim(*ends)
    axes.set_xlabel(f"SSIM, {comparison.base.name}")
    axes.set_ylabel(f"SSIM, {comparison.candidates[place].name}")
    legend(axes, theme, columns=2 if len(name) <= 2 * SHORT_NAMES else 1, last=("equal",))
    return figure


def panel(comparison: Comparison, place: int, picture: int, theme: Theme, *, named: bool = True) -> Figure:
    """MSE, SSIM and residual deviation of one chosen picture, side by side, as in the paper's figures 8 to 10.

    Args:
        comparison: the runs.
        place: of the candidate.
        picture: number among the chosen ones.
        theme: colours.
        named: whether the figure says what its colours mean; a page says it once for all.
    """
    top, height = (0.84, 2.75) if named else (0.97, 2.35)
    figure, panels = new_panels(theme, len(PANELS), width=9.6, height=height, fitted=False)
    figure.subplots_adjust(left=0.075, right=0.99, bottom=0.21, top=top, wspace=0.36)
    for axes, measure in zip(panels, PANELS, strict=True):
        _draw(axes, comparison, list(lines_of(comparison, place, measure, picture)), theme, small=True)
        _mark(axes, comparison, place, theme)
        axes.set_ylabel(MEASURES[measure].name)
        _epochs(axes, comparison)
    if named:
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(
            handles,
            labels,
            loc="upper left",
            ncols=3,
            columnspacing=1.2,
            handletextpad=0.2,
            frameon=False,
            fontsize=8.5,
            labelcolor=theme.ink,
        )
    return figure


def lines_of(comparison: Comparison, place: int, measure: str, picture: int | None = None) -> Iterator[Line]:
    """Base against target, candidate against target, candidate against base.

    Args:
        comparison: the runs.
        place: of the candidate.
        measure: a name of `MEASURES`.
        picture: number among the chosen ones; None: the mean over all pictures.
    """
    base, candidate = comparison.base.name, comparison.candidates[place].name
    series = (comparison.against_target[0], comparison.against_target[place + 1], comparison.against_base[place])
    operands = (f"{base} to target", f"{candidate} to target", f"{candidate} to {base}")
    colors = ({t: t.base for t in BETWEEN}, {t: t.candidate for t in BETWEEN}, BETWEEN)
    for one, words, color, marker in zip(series, operands, colors, "osD", strict=True):
        table = one.whole if picture is None else one.chosen
        values = table[measure].mean(axis=1) if picture is None else table[measure][:, picture]
        yield Line(words, values, {theme: {"color": color[theme], "marker": marker} for theme in color})


def _draw(axes: Axes, comparison: Comparison, lines: Sequence[Line], theme: Theme, small: bool = False) -> None:
    """Points and, where there are two epochs or more, the regression line through them."""
    epochs, size = comparison.epochs, (2.2 if small else 3.0)
    for line in lines:
        look = line.look[theme]
        axes.plot(epochs, line.values, linestyle="none", markersize=size, alpha=0.75, label=line.operands, **look)
        trend = comparison.trend(line.values)
        if trend:
            ends = epochs[[0, -1]]
            axes.plot(ends, [trend.at(end) for end in ends], color=look["color"], linewidth=1.5)
    if any(line.values.min() < 0 < line.values.max() for line in lines):
        axes.axhline(0, color=theme.grey, linewidth=0.8, zorder=0)


def _mark(axes: Axes, comparison: Comparison, place: int, theme: Theme, text: str | None = None) -> None:
    """The epoch at which the two are least alike over all pictures."""
    epoch = comparison.epochs[comparison.divergence(place).place]
    axes.axvline(epoch, color=theme.ink, linewidth=1.0, linestyle=(0, (2, 2)), zorder=0, label=text)


def _epochs(axes: Axes, comparison: Comparison) -> None:
    from matplotlib.ticker import MaxNLocator

    first, last = comparison.epochs[[0, -1]]
    room = 0.03 * (last - first) or 0.5
    axes.set_xlim(first - room, last + room)
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10], integer=bool(last - first >= 2)))
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
