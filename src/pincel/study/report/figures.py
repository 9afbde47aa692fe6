"""A study's figures: cost against quality with the front, and the main effect of every axis."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from pincel.pages.canvas import Theme, legend, new_axes, new_panels
from pincel.study.effects import Effects
from pincel.study.measure import MEASURES
from pincel.study.report.rows import COSTS, Result, Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["effects_figure", "pareto_figure", "pareto_plots", "place_labels"]

LETTER, LINE = 5.4, 9.0  # points: width of a character and height of a line of a label
GAP = 6.5  # points between a point's middle and its label
CORNERS = [(x, y) for y in (1, -1, 0) for x in (1, -1, 0) if (x, y) != (0, 0)]
PANELS_A_ROW = 3
LONG_NAMES = 26  # characters under a panel that fit side by side


def pareto_figure(result: Result, cost: str, theme: Theme, measure: str | None = None) -> Figure:
    """Every finished trial: cost across (by its logarithm), quality up; the front drawn, its points numbered."""
    measure = measure or result.judged_by
    figure, axes = new_axes(theme)
    rows = [row for row in result.rows if math.isfinite(COSTS[cost].of(row.trial)) and _known(row, measure)]
    front = _front(rows, cost, measure)
    beaten = [row for row in rows if row not in front and not row.trial.own]
    for group, color, name in ((beaten, theme.grey, "beaten by another"), (front, theme.candidate, "beaten by none")):
        points = [row for row in group if not row.trial.own]
        if points:
            _points(axes, points, cost, measure, {"color": color, "marker": "o"}, name)
    own = [row for row in rows if row.trial.own]
    if own:
        _points(axes, own, cost, measure, {"color": theme.base, "marker": "D"}, "the recipe as it is")
    _draw_front(axes, front, cost, measure, theme)
    axes.set_xscale("log")
    _costs_ticks(axes, [COSTS[cost].of(row.trial) for row in rows])
    axes.set_xlabel(COSTS[cost].title)
    axes.set_ylabel(
        f"{MEASURES[measure].name} ({'higher' if MEASURES[measure].higher_is_better else 'lower'} is better)"
    )
    legend(axes, theme, columns=3)
    _label(figure, axes, rows, [row for row in rows if row in front or row in own], cost, measure, theme)
    return figure


def pareto_plots(result: Result) -> list[tuple[str, str]]:
    """(cost, figure) of each plot: what decides against both costs, and two other figures against multiply-adds."""
    other = "frechet_lite0" if result.judged_by != "frechet_lite0" else "lite0_distance"
    plots = [*((cost, result.judged_by) for cost in COSTS), ("macs", other), ("macs", "ssim")]
    return [
        (cost, measure)
        for cost, measure in dict.fromkeys(plots)
        if any(math.isfinite(COSTS[cost].of(row.trial)) and _known(row, measure) for row in result.rows)
    ]


def effects_figure(effects: Effects, measure: str, theme: Theme) -> Figure:
    """One panel an axis, that which matters most first: mean of the figure at each value, with its interval.

    There must be at least one axis whose effect is known.
    """
    names = sorted(effects.shares, key=lambda axis: -effects.shares[axis])
    columns = min(PANELS_A_ROW, len(names))
    lines = math.ceil(len(names) / columns)
    figure, panels = new_panels(theme, columns, lines, width=9.6, height=2.6 * lines + 0.2, sharey=True)
    for panel, axis in zip(panels, names, strict=False):
        levels = effects.levels[axis]
        means = [level.mean for level in levels]
        places = range(len(levels))
        panel.plot(places, means, color=theme.candidate, marker="o", markersize=4.5, linewidth=1.2, alpha=0.9)
        for place, level in zip(places, levels, strict=True):
            if level.low is not None and level.high is not None:
                panel.plot([place, place], [level.low, level.high], color=theme.candidate, linewidth=1.0, alpha=0.6)
        labels = [str(level.value) for level in levels]
        turned = sum(map(len, labels)) > LONG_NAMES
        panel.set_xticks(list(places), labels, rotation=20 if turned else 0, ha="right" if turned else "center")
        panel.set_xlim(-0.4, len(levels) - 0.6)
        panel.set_title(f"{axis}: {effects.shares[axis]:.0%}", fontsize=10, color=theme.ink, loc="left")
    for panel in panels[len(names) :]:
        panel.set_visible(False)
    for panel in panels[::columns]:
        panel.set_ylabel(MEASURES[measure].name, color=theme.ink, fontsize=9.5)
    return figure


def place_labels(
    points: np.ndarray, labels: Sequence[str], obstacles: np.ndarray, bounds: tuple[float, float]
) -> list[tuple[float, float]]:
    """Where labels go so that none covers another, or a point, as far as that can be.

    Args:
        points: (n, 2) of the labelled points, in typographic points of the page.
        labels: of each.
        obstacles: (m, 2) of all points drawn.
        bounds: width and height of the plot.

    Returns:
        The middle of each label.
    """
    taken: list[tuple[float, float, float, float]] = []
    found = []
    for (x, y), label in zip(points, labels, strict=True):
        half = (LETTER * len(label) / 2, LINE / 2)
        best: tuple[float, tuple[float, float]] | None = None
        for rank, (across, up) in enumerate(CORNERS):
            reach = GAP if across and up else GAP + 1.5
            middle = (
                x + across * (reach * (0.75 if up else 1) + half[0]),
                y + up * (reach + (half[1] if not across else 2)),
            )
            box = (middle[0] - half[0], middle[1] - half[1], middle[0] + half[0], middle[1] + half[1])
            cost = 10 * sum(_overlap(box, other) for other in taken)
            cost += sum(_overlap(box, (a - 3.5, b - 3.5, a + 3.5, b + 3.5)) for a, b in obstacles)
            cost += 1000 * (box[0] < 0 or box[1] < 0 or box[2] > bounds[0] or box[3] > bounds[1])
            if best is None or cost + 0.01 * rank < best[0]:
                best = (cost + 0.01 * rank, middle)
        assert best is not None
        middle = best[1]
        taken.append((middle[0] - half[0], middle[1] - half[1], middle[0] + half[0], middle[1] + half[1]))
        found.append(middle)
    return found


def _overlap(box: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> float:
    """Common area of two boxes (left, bottom, right, top)."""
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    return max(0.0, width) * max(0.0, height)


def _along(points: np.ndarray) -> np.ndarray:
    """Points every few typographic points along the stair through ``points``, which labels should not cover either."""
    found = [np.zeros((0, 2))]
    for (x, y), (to_x, to_y) in itertools.pairwise(points):
        across, up = (np.arange(min(a, b), max(a, b), 2 * LETTER) for a, b in ((x, to_x), (y, to_y)))
        found += [np.column_stack([across, np.full(len(across), y)]), np.column_stack([np.full(len(up), to_x), up])]
    return np.vstack(found)


def _known(row: Row, measure: str) -> bool:
    return math.isfinite(row.trial.figure(measure))


def _front(rows: Sequence[Row], cost: str, measure: str) -> list[Row]:
    """The rows that none beats, the cheapest first."""
    from pincel.study.pareto import pareto_front

    sign = -1 if MEASURES[measure].higher_is_better else 1
    points = np.array([[COSTS[cost].of(row.trial), sign * row.trial.figure(measure)] for row in rows]).reshape(-1, 2)
    front = [row for row, on in zip(rows, pareto_front(points), strict=True) if on]
    return sorted(front, key=lambda row: COSTS[cost].of(row.trial))


def _points(axes: Axes, rows: Sequence[Row], cost: str, measure: str, look: dict, name: str) -> None:
    across = [COSTS[cost].of(row.trial) for row in rows]
    up = [row.trial.figure(measure) for row in rows]
    for row, x in zip(rows, across, strict=True):
        low, high = (row.trial.quality[measure].get(end) for end in ("low", "high"))
        if low is not None and high is not None:
            axes.plot([x, x], [low, high], color=look["color"], linewidth=0.9, alpha=0.45, zorder=1)
    axes.plot(across, up, linestyle="none", markersize=5.5, markeredgewidth=0, label=name, zorder=3, **look)


def _draw_front(axes: Axes, front: Sequence[Row], cost: str, measure: str, theme: Theme) -> None:
    """A stair: what can be had for at most so much."""
    across = [COSTS[cost].of(row.trial) for row in front]
    up = [row.trial.figure(measure) for row in front]
    axes.plot(across, up, drawstyle="steps-post", color=theme.candidate, linewidth=1.0, alpha=0.7, zorder=2)


def _costs_ticks(axes: Axes, costs: Sequence[float]) -> None:
    """A few round numbers on a logarithmic axis, written plainly."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    low, high = min(costs), max(costs)
    if low == high:
        low, high = low / 1.5, high * 1.5
    room = (high / low) ** 0.06
    axes.set_xlim(low / room, high * room)
    decades = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    for steps in ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 5, 7), tuple(np.arange(1, 10, 0.5))):
        ticks = [step * 10.0**decade for decade in decades for step in steps]
        ticks = [tick for tick in ticks if low / room <= tick <= high * room]
        if len(ticks) >= 4:
            break
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _place: f"{value:g}"))


def _label(
    figure: Figure, axes: Axes, rows: Sequence[Row], named: Sequence[Row], cost: str, measure: str, theme: Theme
) -> None:
    """Numbers beside the points of ``named``."""
    if not named:
        return
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure)
    figure.draw_without_rendering()  # the layout is known only then
    scale = 72 / figure.dpi
    corner, size = np.array(axes.bbox.p0) * scale, np.array(axes.bbox.size) * scale

    def on_page(some: Sequence[Row]) -> np.ndarray:
        data = [(COSTS[cost].of(row.trial), row.trial.figure(measure)) for row in some]
        return axes.transData.transform(data) * scale - corner

    labels = [row.label for row in named]
    obstacles = np.vstack([on_page(rows), _along(on_page(_front(rows, cost, measure)))])
    places = place_labels(on_page(named), labels, obstacles, (float(size[0]), float(size[1])))
    for row, point, place in zip(named, on_page(named), places, strict=True):
        axes.annotate(
            row.label,
            (COSTS[cost].of(row.trial), row.trial.figure(measure)),
            xytext=(place[0] - point[0], place[1] - point[1]),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=8.5,
            color=theme.ink,
            annotation_clip=False,
        )
