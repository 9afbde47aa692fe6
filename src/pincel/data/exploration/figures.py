"""Figures of an exploration: histograms of the whole set, small shapes of each class as parts of an SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pincel.data.exploration.file import AB_CENTRES
from pincel.imaging.color import lab_to_rgb
from pincel.pages.canvas import Theme, legend, new_axes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Cell", "Scale", "ab_cells", "histogram", "lab_hex", "spark_path"]

ASPECT_TICKS = {
    "1:5": 1 / 5,
    "1:3": 1 / 3,
    "1:2": 1 / 2,
    "2:3": 2 / 3,
    "1:1": 1,
    "3:2": 3 / 2,
    "2:1": 2,
    "3:1": 3,
    "5:1": 5,
}
PLANE_LIGHTNESS = 68.0  # L at which most hues have much chroma
FAINTEST, FULLEST = -4.5, -1.5  # log10 of the share of pixels that gives a cell no area, and all of it


@dataclass(frozen=True)
class Scale:
    """Bins that a histogram of the whole set and those of its classes share.

    Attributes:
        edges: of the bins, (n + 1,).
        log: whether equal ratios have equal widths.
    """

    edges: np.ndarray
    log: bool

    @classmethod
    def of(cls, values: Sequence[float], bins: int = 36, log: bool | None = None) -> Scale:
        """From the smallest to the largest value; logarithmic when they lie far apart, unless ``log`` says."""
        low, high = float(min(values)), float(max(values))
        log = high / max(low, 1e-9) > 12 if log is None else log
        if log:
            low, high = (low, high) if high / low > 1.2 else (low / 1.3, high * 1.3)
            return cls(np.geomspace(low * 0.999, high * 1.001, bins + 1), True)
        spare = max((high - low) * 0.01, 0.02 * high, 1e-6)
        return cls(np.linspace(max(0.0, low - spare), high + spare, bins + 1), False)

    def counts(self, values: Sequence[float]) -> np.ndarray:
        """Values in each bin, (n,)."""
        return np.histogram(values, self.edges)[0]


@dataclass(frozen=True)
class Cell:
    """A square of the ab plane, in Lab units: its middle, its side, and its colour (#rrggbb)."""

    a: float
    b: float
    side: float
    color: str


def histogram(
    values: Sequence[float],
    scale: Scale,
    theme: Theme,
    *,
    label: str,
    ratio: bool = False,
    zones: dict[str, tuple[float, str]] | None = None,
    size: tuple[float, float] = (3.3, 2.4),
) -> Figure:
    """How values are spread.

    Args:
        values: (n,).
        scale: the bins.
        theme: colours.
        label: of the axis across.
        ratio: the values are ratios: ticks are 1:2, 1:1 and so on.
        zones: name -> (where the zone ends, its colour), from left to right: bins that begin in it have its colour.
        size: of the figure in inches.
    """
    from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator

    figure, axes = new_axes(theme, *size)
    axes.spines["left"].set_visible(False)
    counts, left, widths = scale.counts(values), scale.edges[:-1], np.diff(scale.edges)
    start = -np.inf
    for name, (end, color) in (zones or {"": (np.inf, theme.candidate)}).items():
        inside = (left >= start) & (left < end)
        axes.bar(left[inside], counts[inside], widths[inside], align="edge", color=color, linewidth=0, label=name)
        start = end
    axes.set_xlim(float(scale.edges[0]), float(scale.edges[-1]))
    if scale.log:
        axes.set_xscale("log")
        ticks = ASPECT_TICKS if ratio else _round_numbers(scale)
        shown = _apart({text: x for text, x in ticks.items() if scale.edges[0] <= x <= scale.edges[-1]}, scale)
        axes.set_xticks(list(shown.values()), list(shown))
        axes.xaxis.set_minor_locator(NullLocator())
    else:
        axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda count, _: f"{count:,.0f}"))
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="y", color=theme.faint, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.set_xlabel(label)
    axes.set_ylabel("photos")
    if zones:
        legend(axes, theme)
    return figure


def spark_path(values: Sequence[float], scale: Scale, width: float = 100, height: float = 24) -> str:
    """The outline of a small histogram as an SVG path, its highest bin ``height`` high; "" without values.

    >>> spark_path([1.0, 3.0, 3.0], Scale(np.array([0.0, 2.0, 4.0]), False), width=10, height=4)
    'M0 4V2H5V0H10V4Z'
    """
    counts = scale.counts(values)
    if not counts.any():
        return ""
    step = width / len(counts)
    tops = [
        f"V{height * (1 - count / counts.max()):.4g}H{step * (place + 1):.4g}" for place, count in enumerate(counts)
    ]
    return f"M0 {height:g}{''.join(tops)}V{height:g}Z"


def ab_cells(shares: np.ndarray) -> list[Cell]:
    """The cells of the ab plane that hold pixels, each in its own colour and larger where there are more pixels.

    Args:
        shares: share of pixels, (23, 23), rows are b, columns are a.
    """
    rows, columns = np.nonzero(shares > 10**FAINTEST)
    step = float(AB_CENTRES[1] - AB_CENTRES[0])
    cells = []
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        a, b = float(AB_CENTRES[column]), float(AB_CENTRES[row])
        area = float(np.clip((np.log10(shares[row, column]) - FAINTEST) / (FULLEST - FAINTEST), 0, 1))
        cells.append(Cell(a, b, round(step * area**0.5, 1), lab_hex(PLANE_LIGHTNESS, a, b)))
    return cells


def lab_hex(light: float, a: float, b: float) -> str:
    """A Lab colour as #rrggbb; outside sRGB it loses chroma, not lightness.

    >>> lab_hex(100, 0, 0)
    '#ffffff'
    """
    rgb = lab_to_rgb(np.full((1, 1), light, np.float32), np.array([[[a, b]]], np.float32))[0, 0]
    return "#" + "".join(f"{round(float(value) * 255):02x}" for value in np.clip(rgb, 0, 1))


def _round_numbers(scale: Scale) -> dict[str, float]:
    """1, 2, 5, 10, ... by their texts."""
    powers = range(int(np.floor(np.log10(scale.edges[0]))), int(np.ceil(np.log10(scale.edges[-1]))) + 1)
    numbers = [float(f"{digit}e{power}") for power in powers for digit in (1, 2, 5)]
    return {f"{number:,g}": number for number in numbers}


def _apart(ticks: dict[str, float], scale: Scale) -> dict[str, float]:
    """Leave out ticks that would touch the one before, 1:1 stays."""
    span = float(np.log(scale.edges[-1] / scale.edges[0]))
    order = sorted(ticks.items(), key=lambda tick: abs(np.log(tick[1])))
    kept: dict[str, float] = {}
    for text, value in order:
        if all(abs(np.log(value / other)) > 0.11 * span for other in kept.values()):
            kept[text] = value
    return kept
