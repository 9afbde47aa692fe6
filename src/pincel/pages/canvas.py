"""What the figures of every report share: colours, axes that fit the page around them, legends, SVG and PNG."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["DARK", "LIGHT", "PAPER", "Theme", "legend", "new_axes", "new_panels", "png", "svg"]

PAPER = "#fbfaf7"
PNG_DPI = 200


@dataclass(frozen=True)
class Theme:
    """Colours that fit the page around a figure.

    Attributes:
        ink, faint, grey: of texts, of lines that are hardly seen, of what is beside the point.
        candidate, base: of what it is all about, and of what that is compared with.
    """

    ink: str
    faint: str
    grey: str
    candidate: str
    base: str


LIGHT = Theme(ink="#2b2926", faint="#d9d4cb", grey="#8d8a84", candidate="#b5482a", base="#3d6a86")
DARK = Theme(ink="#d8d4cc", faint="#45423d", grey="#98948c", candidate="#e58a63", base="#7fb0cf")


def new_axes(theme: Theme, width: float = 5.2, height: float = 3.5) -> tuple[Figure, Axes]:
    """A transparent figure of ``width`` x ``height`` inches with one plot in it."""
    figure, (axes,) = new_panels(theme, 1, width=width, height=height)
    return figure, axes


def new_panels(
    theme: Theme, columns: int, rows: int = 1, *, width: float, height: float, fitted: bool = True, sharey: bool = False
) -> tuple[Figure, list[Axes]]:
    """A transparent figure of ``width`` x ``height`` inches with several plots, row by row: no box, quiet ticks.

    Without ``fitted`` the caller places the plots, which is ten times quicker. ``sharey``: one scale for all.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained" if fitted else None)
    figure.patch.set_alpha(0)
    panels = list(figure.subplots(rows, columns, squeeze=False, sharey=sharey).flat)
    for axes in panels:
        axes.patch.set_alpha(0)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(theme.faint)
        axes.tick_params(colors=theme.ink, length=3, color=theme.faint, labelsize=9)
        for label in (axes.xaxis.label, axes.yaxis.label):
            label.set(color=theme.ink, size=9.5)
    return figure, panels


def legend(axes: Axes, theme: Theme, columns: int = 4, last: Sequence[str] = ()) -> None:
    """The legend in lines above the plot, where it hides nothing; labels in ``last`` at its end."""
    named = sorted(zip(*axes.get_legend_handles_labels(), strict=True), key=lambda entry: entry[1] in last)
    handles, labels = zip(*named, strict=True)
    entries: Iterable = axes.legend(
        handles,
        labels,
        loc="lower left",
        bbox_to_anchor=(-0.01, 1.02),
        borderaxespad=0,
        borderpad=0.2,
        ncols=columns,
        columnspacing=1.4,
        frameon=False,
        fontsize=9,
        handlelength=1.2,
    ).get_texts()
    for text in entries:
        text.set_color(theme.ink)


def svg(figure: Figure) -> bytes:
    """The figure as SVG with its text as outlines; the same bytes every time."""
    from matplotlib import rc_context

    buffer = io.BytesIO()
    with rc_context({"svg.hashsalt": "pincel", "svg.fonttype": "path"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def png(figure: Figure) -> bytes:
    """The figure as PNG on the page's own paper, 200 dots an inch."""
    buffer = io.BytesIO()
    figure.patch.set_alpha(1)
    figure.savefig(buffer, format="png", dpi=PNG_DPI, facecolor=PAPER, metadata={"Software": None})
    return buffer.getvalue()
