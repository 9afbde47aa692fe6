"""The report's figures as SVG: how CIEDE2000 is spread over the pictures, and which pictures gained or lost."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["DARK", "LIGHT", "Theme", "distribution", "gains"]


@dataclass(frozen=True)
class Theme:
    """Colours that fit the page around a figure."""

    ink: str
    faint: str
    grey: str
    candidate: str


LIGHT = Theme(ink="#2b2926", faint="#d9d4cb", grey="#8d8a84", candidate="#b5482a")
DARK = Theme(ink="#d8d4cc", faint="#45423d", grey="#98948c", candidate="#e58a63")


def distribution(grey: np.ndarray, painted: np.ndarray, theme: Theme) -> bytes:
    """Histogram of CIEDE2000 over pictures, grey baseline behind the candidate; SVG.

    Args:
        grey: of the baseline, (n,).
        painted: of the candidate, (n,).
        theme: colours.
    """
    from matplotlib.ticker import MaxNLocator

    figure, axes = _axes(theme)
    high = float(max(grey.max(), painted.max()))
    bins = np.linspace(0, high * 1.02, int(np.clip(2 * np.sqrt(len(grey)), 8, 48)) + 1).tolist()
    axes.hist(grey, bins=bins, color=theme.grey, alpha=0.35, label="grey baseline")
    axes.hist(painted, bins=bins, color=theme.candidate, histtype="step", linewidth=1.6, label="painted")
    axes.hist(painted, bins=bins, color=theme.candidate, alpha=0.12)
    for values, colour in ((grey, theme.grey), (painted, theme.candidate)):
        axes.axvline(values.mean(), color=colour, linewidth=1.2, linestyle=(0, (4, 3)))
    axes.set_xlim(0, bins[-1])
    axes.set_xlabel("CIEDE2000 of a photo (dashed: mean)")
    axes.set_ylabel("photos")
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    _legend(axes, theme)
    return _svg(figure)


def gains(grey: np.ndarray, painted: np.ndarray, theme: Theme) -> bytes:
    """Every picture as a dot, CIEDE2000 of the baseline across and of the candidate up; SVG.

    Dots under the line came closer to the real colours by being painted.
    """
    figure, axes = _axes(theme)
    high = float(max(grey.max(), painted.max())) * 1.04
    axes.plot([0, high], [0, high], color=theme.ink, linewidth=0.9)
    better = painted < grey
    size = float(np.clip(4000 / len(grey), 4, 22))
    for chosen, colour, text in (
        (better, theme.candidate, f"closer than grey: {int(better.sum())}"),
        (~better, theme.grey, f"further than grey: {int((~better).sum())}"),
    ):
        axes.scatter(grey[chosen], painted[chosen], s=size, color=colour, alpha=0.6, linewidths=0, label=text)
    axes.set_xlim(0, high)
    axes.set_ylim(0, high)
    axes.set_xlabel("CIEDE2000 of the grey photo")
    axes.set_ylabel("CIEDE2000 painted")
    _legend(axes, theme)
    return _svg(figure)


def _axes(theme: Theme) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.2, 3.5), layout="constrained")
    figure.patch.set_alpha(0)
    axes = figure.add_subplot()
    axes.patch.set_alpha(0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(theme.faint)
    axes.tick_params(colors=theme.ink, length=3, color=theme.faint, labelsize=9)
    for label in (axes.xaxis.label, axes.yaxis.label):
        label.set(color=theme.ink, size=9.5)
    return figure, axes


def _legend(axes: Axes, theme: Theme) -> None:
    handles, labels = axes.get_legend_handles_labels()
    entries: Iterable = axes.legend(handles, labels, frameon=False, fontsize=9, handlelength=1.2).get_texts()
    for text in entries:
        text.set_color(theme.ink)


def _svg(figure: Figure) -> bytes:
    from matplotlib import rc_context

    buffer = io.BytesIO()
    with rc_context({"svg.hashsalt": "pincel", "svg.fonttype": "path"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()
