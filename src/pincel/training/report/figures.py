"""The training report's figures: losses, shares, gap, verdicts, quality, learning rates and speed over the epochs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from pincel.pages.canvas import DARK, LIGHT, Theme, legend, new_axes
from pincel.training.losses.table import ADVERSARIAL, title_of
from pincel.training.report.history import History, shares

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["FIGURES", "draw_all", "short_epoch"]

PARTS = {
    LIGHT: (LIGHT.base, "#c29a45", "#6f8658", "#7d5a86", LIGHT.grey),
    DARK: (DARK.base, "#dcb869", "#9dba83", "#b592bf", DARK.grey),
}
NAMES = {"lr": "generator", "lr_encoder": "its encoder", "lr_d": "discriminator"}
TITLES = {"ciede2000": "CIEDE2000 to the real colours", "colourfulness_ratio": "colourfulness, painted over real"}
NEXT_PHASE, START = "next phase", "start"
START_ROOM = 0.04  # of the x axis, before epoch 0
Draw = Callable[[History, Theme], "Figure | None"]


def draw_all(history: History, theme: Theme) -> dict[str, Figure]:
    """Every figure that this run has something to show in, by name."""
    drawn = {name: draw(history, theme) for name, draw in FIGURES.items()}
    return {name: figure for name, figure in drawn.items() if figure is not None}


def generator_loss(history: History, theme: Theme) -> Figure | None:
    """The generator's loss in training and validation."""
    return _losses(history, theme, "loss_g", "generator loss")


def discriminator_loss(history: History, theme: Theme) -> Figure | None:
    """The discriminator's loss, and the value at which it cannot tell real from painted."""
    figure = _losses(history, theme, "loss_d", "discriminator loss")
    if figure is not None:
        smoothing = history.recipe.discriminator.label_smoothing
        undecided = {"bce": math.log(2), "lsgan": ((0.5 - smoothing) ** 2 + 0.25) / 2, "hinge": 1.0}
        value = undecided[history.plan[-1].adversarial_kind]
        _guide(figure.axes[0], history, theme, value, f"{value:.3g}: cannot tell")
    return figure


def decomposition(history: History, theme: Theme) -> Figure | None:
    """The share of each part in the generator's loss, a column a validation; that of the start is narrow."""
    points = [point for point in history.points if point.parts(history.parts)]
    if not points or len(history.parts) < 2:
        return None
    figure, axes = new_axes(theme)
    ends = np.array([point.epoch for point in points])
    begins = np.array([0.0, *(point.epoch for point in points[:-1])])
    if points[0] == history.start:
        begins[0], ends[0] = np.array([-1, -0.25]) * START_ROOM * (history.end[1] or 1.0)
        begins[1:2] = 0.0
    below = np.zeros(len(points))
    others = iter(PARTS[theme] * len(history.parts))
    for name in history.parts:
        height = np.array([100 * shares(point.parts(history.parts)).get(name, 0.0) for point in points])
        color = theme.candidate if name == ADVERSARIAL else next(others)
        axes.bar(
            begins,
            height,
            ends - begins,
            below,
            align="edge",
            color=color,
            alpha=0.85,
            linewidth=0,
            label=title_of(name),
        )
        below += height
    axes.set_ylim(0, 100)
    axes.set_ylabel("share of the generator loss, %")
    _epochs(axes, history, theme)
    return figure


def generalisation(history: History, theme: Theme) -> Figure | None:
    """The gap between validation and training, in percent of the training loss."""
    known = [(point.epoch, 100 * point.gap) for point in history.points if point.gap is not None]
    if not known:
        return None
    figure, axes = new_axes(theme)
    epochs, gaps = zip(*known, strict=True)
    axes.axhline(0, color=theme.ink, linewidth=0.9)
    axes.plot(epochs, gaps, color=theme.candidate, linewidth=1.6, marker="o", markersize=3.2, label="gap")
    low, high = min(0.0, *gaps), max(0.0, *gaps)
    room = 0.12 * max(high - low, 1.0)
    axes.set_ylim(low - room, high + room)
    axes.set_ylabel("validation over training loss, %")
    _epochs(axes, history, theme)
    return figure


def verdicts(history: History, theme: Theme) -> Figure | None:
    """What the discriminator says of real and of painted pictures: 1 is real."""
    if not history.adversarial:
        return None
    figure, axes = new_axes(theme)
    for name, color, text in (("d_real", theme.base, "real"), ("d_fake", theme.candidate, "painted")):
        rows = [(row["epoch"], row[name]) for row in history.steps if name in row]
        axes.plot(*zip(*rows, strict=True), color=color, linewidth=1.3, label=f"{text}, training")
        found = [(point.epoch, point.val[name]) for point in history.points if name in point.val]
        if found:
            epochs, values = zip(*found, strict=True)
            axes.plot(epochs, values, "o", color=color, markersize=4.5, label=f"{text}, validation")
        _mark_start(axes, history, name, color)
    axes.set_ylim(0, 1)
    axes.set_ylabel("verdict of the discriminator, 1 = real")
    _guide(axes, history, theme, 0.5, "")
    _epochs(axes, history, theme, columns=3, begin=_begin(history, "d_real"))
    return figure


def closeness(history: History, theme: Theme) -> Figure | None:
    """CIEDE2000 of the validations."""
    return _quality(history, theme, "ciede2000")


def color(history: History, theme: Theme) -> Figure | None:
    """Colourfulness of the validations over that of the real pictures."""
    figure = _quality(history, theme, "colourfulness_ratio")
    if figure is not None:
        axes = figure.axes[0]
        axes.set_ylim(0, max(1.1, axes.get_ylim()[1]))
        _guide(axes, history, theme, 1.0, "as the real photos")
    return figure


def learning_rates(history: History, theme: Theme) -> Figure | None:
    """Every learning rate, in its own power of ten."""
    series = {
        name: [(row["epoch"], row[name]) for row in history.steps if name in row and _learns(name, row)]
        for name in NAMES
    }
    highest = max((value for rows in series.values() for _, value in rows), default=0.0)
    if not highest:
        return None
    figure, axes = new_axes(theme)
    power = math.floor(math.log10(highest))
    colors = (theme.candidate, theme.grey, theme.base)
    for (name, rows), color in zip(series.items(), colors, strict=True):
        if rows:
            epochs, values = zip(*rows, strict=True)
            style = {"marker": "o", "markersize": 3.2} if len(rows) == 1 else {}
            style["drawstyle"] = "steps-pre" if history.reductions(name) else "default"
            style["linestyle"] = (0, (4, 2)) if name == "lr_d" else "solid"  # often as high as the generator's
            scaled = np.array(values) / 10**power
            axes.plot(epochs, scaled, color=color, linewidth=1.6, label=NAMES[name], **style)
    axes.set_ylim(0, highest / 10**power * 1.08)
    axes.set_ylabel(f"learning rate, ×10{_superscript(power)}" if power else "learning rate")
    _epochs(axes, history, theme, columns=3)
    return figure


def speed(history: History, theme: Theme) -> Figure | None:
    """Pictures a second."""
    rows = [(row["epoch"], row["pictures_per_second"]) for row in history.steps if row["pictures_per_second"]]
    if not rows:
        return None
    figure, axes = new_axes(theme)
    epochs, rates = zip(*rows, strict=True)
    style = {"marker": "o", "markersize": 3.2} if len(rows) == 1 else {}
    axes.plot(epochs, rates, color=theme.base, linewidth=1.3, label="pictures a second", **style)
    axes.set_ylim(0, max(rates) * 1.08)
    axes.set_ylabel("pictures a second")
    _epochs(axes, history, theme)
    return figure


FIGURES: dict[str, Draw] = {
    "generator-loss": generator_loss,
    "discriminator-loss": discriminator_loss,
    "decomposition": decomposition,
    "gap": generalisation,
    "verdicts": verdicts,
    "ciede2000": closeness,
    "colourfulness": color,
    "learning-rates": learning_rates,
    "speed": speed,
}


def _losses(history: History, theme: Theme, name: str, title: str) -> Figure | None:
    """Training as it went (faint), its mean up to each validation, and the validations."""
    rows = [(row["epoch"], row[name]) for row in history.steps if name in row]
    if not rows:
        return None
    figure, axes = new_axes(theme)
    means = [(point.epoch, point.train[name]) for point in history.points if name in point.train]
    found = [(point.epoch, point.val[name]) for point in history.points if name in point.val]
    raw = {"alpha": 0.3, "linewidth": 0.9} if means else {"linewidth": 1.3, "label": "training"}
    mark = {"marker": "o", "markersize": 3.2}
    axes.plot(*_apart(rows, history), color=theme.base, **raw, **(mark if len(rows) == 1 else {}))
    for values, color, text in ((means, theme.base, "training"), (found, theme.candidate, "validation")):
        if values:
            axes.plot(*_apart(values, history), color=color, linewidth=1.6, **mark, label=text)
    _mark_start(axes, history, name, theme.candidate)
    shown = [value for _, value in (*means, *found)]
    typical = np.percentile([value for _, value in rows], [1, 99])
    low, high = min(*typical, *shown), max(*typical, *shown)
    room = 0.08 * ((high - low) or abs(high) or 1.0)
    axes.set_ylim(low - room, high + room)
    axes.set_ylabel(title)
    _epochs(axes, history, theme, begin=_begin(history, name))
    return figure


def _quality(history: History, theme: Theme, name: str) -> Figure | None:
    found = [(point.epoch, point.val[name]) for point in history.points if name in point.val]
    if not found:
        return None
    figure, axes = new_axes(theme)
    epochs, values = zip(*found, strict=True)
    axes.plot(epochs, values, color=theme.candidate, linewidth=1.6, marker="o", markersize=3.2, label="validation")
    _mark_start(axes, history, name, theme.candidate)
    if len(set(values)) == 1:
        axes.set_ylim(0, values[0] * 1.3 or 1)
    axes.set_ylabel(TITLES[name])
    _epochs(axes, history, theme)
    return figure


def _apart(values: Sequence[tuple[float, float]], history: History) -> tuple[list[float], list[float]]:
    """Epochs and values with a hole where a phase begins: its losses have their own weights."""
    epochs, heights, starts = [], [], history.boundaries()
    for epoch, value in values:
        if epochs and any(epochs[-1] <= start < epoch for start in starts):
            epochs.append(epoch)
            heights.append(math.nan)
        epochs.append(epoch)
        heights.append(value)
    return epochs, heights


def _begin(history: History, name: str) -> float:
    """The epoch at which the phase began that first has a loss of this name."""
    first = next((row for row in history.steps if name in row), None)
    return 0.0 if first is None else max((e for e in history.boundaries() if e <= first["epoch"]), default=0.0)


def _mark_start(axes: Axes, history: History, name: str, color: str) -> None:
    """A diamond for what the validation before the first step found, where this figure shows that time."""
    if history.start is not None and name in history.start.val and not _begin(history, name):
        known = axes.get_legend_handles_labels()[1]
        value = history.start.val[name]
        axes.plot(0.0, value, "D", color=color, markersize=5.5, label=None if START in known else START)


def _epochs(axes: Axes, history: History, theme: Theme, columns: int = 4, begin: float = 0.0) -> None:
    """The common x axis: epochs, where phases begin, and the best validation; then the legend."""
    from matplotlib.ticker import MaxNLocator

    end = history.end[1] or 1.0
    started = history.start is not None and not begin
    axes.set_xlim(begin - started * START_ROOM * end, end + 0.02 * (end - begin))
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    for number, epoch in enumerate(epoch for epoch in history.boundaries() if epoch > begin):
        axes.axvline(epoch, color=theme.grey, linewidth=0.9, label=NEXT_PHASE if number == 0 else None)
    best = ""
    if history.best is not None and (history.best.epoch > begin or (started and history.best == history.start)):
        best = f"best: epoch {short_epoch(history.best.epoch)}"
        axes.axvline(history.best.epoch, color=theme.ink, linewidth=1.1, linestyle=(0, (2, 2)), label=best)
    legend(axes, theme, columns, last=(START, NEXT_PHASE, best))


def _guide(axes: Axes, history: History, theme: Theme, height: float, text: str) -> None:
    """A quiet level line inside the plot's range, its meaning on the side where the best epoch is not."""
    low, high = axes.get_ylim()
    room = 0.06 * (high - low)
    axes.set_ylim(min(low, height - room), max(high, height + room))
    axes.axhline(height, color=theme.grey, linewidth=0.9, linestyle=(0, (5, 4)), zorder=0)
    left = history.best is not None and history.best.epoch > history.end[1] / 2
    axes.annotate(
        text,
        (0 if left else 1, height),
        xycoords=("axes fraction", "data"),
        xytext=(4 if left else -4, 3),
        textcoords="offset points",
        ha="left" if left else "right",
        color=theme.grey,
        size=8.5,
    )


def _learns(name: str, row: dict) -> bool:
    """While only the discriminator learns, the generator's rate stands still and means nothing."""
    return "loss_d" in row if name == "lr_d" else "loss_g" in row


def short_epoch(epoch: float) -> str:
    """An epoch with two decimals at most.

    >>> short_epoch(2.4009)
    '2.4'
    """
    return f"{epoch:.2f}".rstrip("0").rstrip(".")


def _superscript(power: int) -> str:
    return str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
