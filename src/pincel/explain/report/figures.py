"""Figures of `pincel explain`: class matrix, ranking of labels, deletion and insertion curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pincel.explain.classes import ClassChanges
from pincel.explain.faithfulness import Checks
from pincel.pages.canvas import LIGHT, Theme, legend, new_axes, new_panels

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["curves_figure", "matrix_figure", "ranking_figure"]


def matrix_figure(changes: ClassChanges, theme: Theme) -> Figure:
    """Rows: true class. Columns: given label. Cells: mean CIEDE2000 against the own label."""
    values, names = changes.matrix(), changes.classes
    side = 0.62 * len(names)
    figure, axes = new_axes(theme, side + 2.0, side + 1.2)
    shown = np.where(np.eye(len(names), dtype=bool), np.nan, values)
    top = float(np.nanmax(shown)) if np.isfinite(shown).any() else 1.0
    colors = "Oranges" if theme is LIGHT else "YlOrBr_r"
    axes.imshow(shown, cmap=colors, vmin=0, vmax=top * 1.25, aspect="equal")
    for row, column in np.ndindex(*shown.shape):
        value = shown[row, column]
        text = f"{value:.{2 if top < 1 else 1}f}" if np.isfinite(value) else "·"
        share = value / (top * 1.25) if np.isfinite(value) else 0
        ink = (
            theme.ink
            if not np.isfinite(value) or (share < 0.55) == (theme is LIGHT)
            else ("white" if theme is LIGHT else "#1b1a18")
        )
        axes.text(column, row, text, ha="center", va="center", fontsize=9, color=ink)
    axes.set_xticks(range(len(names)), names, rotation=35, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), [f"{name} ({n})" for name, n in zip(names, changes.counts(), strict=True)])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("told to the network")
    axes.set_ylabel("true class (pictures)")
    return figure


def ranking_figure(changes: ClassChanges, theme: Theme) -> Figure:
    """Mean change that each label makes in pictures of the other classes, with 95 % intervals, largest on top."""
    found = changes.influences()
    figure, axes = new_axes(theme, 5.2, 0.38 * len(found) + 0.9)
    places = np.arange(len(found))[::-1]
    for place, one in zip(places, found, strict=True):
        axes.plot([one.low, one.high], [place, place], color=theme.candidate, linewidth=2.2, alpha=0.45)
        axes.plot(one.mean, place, "o", color=theme.candidate, markersize=6)
    axes.set_yticks(places, [one.label for one in found])
    axes.set_ylim(-0.6, len(found) - 0.4)
    axes.set_xlim(0, max(one.high for one in found) * 1.08)
    axes.set_xlabel("mean CIEDE2000 against the own label, 95 % interval")
    axes.tick_params(axis="y", length=0)
    return figure


def curves_figure(checks: Checks, unit: str, theme: Theme) -> Figure:
    """Deletion and insertion: how far the scalar is from its value, with the map's order and with random ones."""
    figure, panels = new_panels(theme, 2, width=5.6, height=2.5, sharey=True)
    share = np.linspace(0, 100, len(checks.response.deletion))
    for panel, name in zip(panels, ("deletion", "insertion"), strict=True):
        panel.plot(share, getattr(checks.chance, name), color=theme.grey, linestyle="--", label="random order")
        panel.plot(share, getattr(checks.response, name), color=theme.candidate, label="the map's order")
        panel.set_xlabel(f"% of the picture {'taken away' if name == 'deletion' else 'given back'}")
    panels[0].set_ylim(bottom=0)  # of both, once all curves are in
    panels[0].set_ylabel(f"change, {unit}")
    legend(panels[0], theme, columns=2)
    return figure
