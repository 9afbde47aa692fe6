"""The result in plain words."""

from __future__ import annotations

import math
from collections.abc import Mapping

from pincel.evaluation.evaluate import Evaluation
from pincel.evaluation.evaluated_tasks import RATIOS
from pincel.evaluation.tables import Figure, QualityRow
from pincel.metrics.table import Metric

__all__ = ["headline", "sentences", "summary_lines"]


def headline(evaluation: Evaluation) -> str:
    """The one sentence that counts: is painting closer to the real thing than the baseline is, and by how much?"""
    words = evaluation.task
    ratio = evaluation.row(evaluation.candidate).figures[RATIOS[evaluation.leading]]
    change = abs(1 - ratio.value)
    if evaluation.n == 1:  # of one picture no interval can be drawn, so nothing is said of a difference
        return f"One {words.photo} says nothing about a model; measure 30 or more."
    if ratio.low <= 1 <= ratio.high:
        return f"No clear difference: the painted {words.thing} are about as far from the real ones as {words.than} is."
    direction = "closer to" if ratio.value < 1 else "further from"
    return f"Painted {words.thing} are {change:.0%} {direction} the real ones than {words.than} is."


def sentences(evaluation: Evaluation) -> list[str]:
    """What stands under the headline: the figures behind it, colourfulness, and the reference models."""
    words, leading = evaluation.task, evaluation.leading
    candidate, baseline = evaluation.row(evaluation.candidate), evaluation.row(words.baseline)
    metric = words.metrics[leading]
    ratio, color = candidate.figures[RATIOS[leading]], candidate.figures["colourfulness_ratio"]
    lines = [
        f"Over {_count(evaluation)} the mean {metric.name} is {candidate.figures[leading].value:.2f}, against "
        f"{baseline.figures[leading].value:.2f} for {words.untouched}: a ratio of {ratio.value:.3f}"
        f"{_in_brackets(evaluation, ratio, 3)}.",
        f"The painted {words.photo}s are {color.value:.2f} times as colourful as the real ones"
        f"{_in_brackets(evaluation, color, 2)}{_verdict(color.value)}.",
    ]
    if words.translates and "frechet_lite1" in candidate.figures and evaluation.n > 1:
        frechet, before = candidate.figures["frechet_lite1"], baseline.figures["frechet_lite1"]
        lines.append(
            f"As a set they are at a Frechet-Lite1 of {_with_interval(frechet, 1)} from the real {words.photo}s; the "
            f"{words.shown_many} themselves are at {before.value:.1f}."
        )
    sets = ["frechet_lite1"] if evaluation.n > 1 else []
    for row in evaluation.rows:
        if row.role == "reference":
            other = row.figures
            lines.append(
                f"{row.name}, for comparison: {metric.name} {other[leading].value:.2f}, a ratio of "
                f"{other[RATIOS[leading]].value:.3f}, {other['colourfulness_ratio'].value:.2f} times as colourful."
            )
            if words.translates:
                compared = {name: words.metrics[name] for name in (leading, *sets) if name in other}
                lines.append(_against(candidate, row, compared))
    return lines


def _against(candidate: QualityRow, reference: QualityRow, metrics: Mapping[str, Metric]) -> str:
    """Whether the candidate is no worse than the reference's intervals; less is better in all of ``metrics``."""
    worse = [m.name for name, m in metrics.items() if candidate.figures[name].value > reference.figures[name].high]
    intervals = ", ".join(
        f"{metric.name} {_interval(reference.figures[name], metric.decimals)}" for name, metric in metrics.items()
    )
    verdict = f"worse in {' and '.join(worse)}" if worse else "no worse"
    return f"Against the intervals of {reference.name} ({intervals}) {candidate.name} is {verdict}."


def _in_brackets(evaluation: Evaluation, figure: Figure, decimals: int) -> str:
    """A figure's interval with its level; nothing where one picture was measured."""
    if evaluation.n == 1:
        return ""
    return f" ({evaluation.bootstrap.level:.0%} interval {_interval(figure, decimals)})"


def _with_interval(figure: Figure, decimals: int) -> str:
    return f"{figure.value:.{decimals}f} ({_interval(figure, decimals)})"


def _interval(figure: Figure, decimals: int) -> str:
    return f"{figure.low:.{decimals}f}–{figure.high:.{decimals}f}"


def summary_lines(evaluation: Evaluation) -> list[str]:
    """The result for a terminal: headline, quality table (a line a metric, a column a row), notes, what was skipped."""
    known = evaluation.task.metrics
    table = [["", *(row.name for row in evaluation.rows)]]
    for metric in evaluation.figures:
        decimals = known[metric].decimals
        values = (row.figures[metric].value if metric in row.figures else math.nan for row in evaluation.rows)
        table.append([known[metric].name, *(_cell(value, decimals) for value in values)])
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [headline(evaluation), *sentences(evaluation), ""]
    for name, *cells in table:
        aligned = (cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True))
        lines.append("  ".join([f"  {name:<{widths[0]}}", *aligned]))
    lines.append("")
    if (sets := evaluation.measured.sets) and sets.inception_missing:
        lines.append(f"Inception Score and FID: not computed, {sets.inception_missing}.")
    lines += [f"Note: {note}" for note in evaluation.notes]
    lines += [f"Skipped {key}: {reason}" for key, reason in evaluation.measured.skipped.items()]
    return lines if lines[-1] else lines[:-1]


def _cell(value: float, decimals: int) -> str:
    """A figure, or a dash where there is none."""
    return "–" if math.isnan(value) else f"{value:.{decimals}f}"


def _count(evaluation: Evaluation) -> str:
    photo = evaluation.task.photo
    return f"1 {photo}" if evaluation.n == 1 else f"{evaluation.n:,} {photo}s"


def _verdict(ratio: float) -> str:
    if ratio < 0.8:
        return ", which looks too grey"
    return ", which looks too vivid" if ratio > 1.1 else ""
