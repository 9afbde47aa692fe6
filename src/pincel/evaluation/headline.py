"""The result in plain words."""

from __future__ import annotations

from pincel.evaluation.evaluate import Evaluation
from pincel.evaluation.scores import METRICS

__all__ = ["headline", "sentences", "summary_lines"]


def headline(evaluation: Evaluation) -> str:
    """The one sentence that counts: is painting closer to the real colours than grey is, and by how much?"""
    ratio = evaluation.row(evaluation.candidate).figures["ciede2000_ratio"]
    change = abs(1 - ratio.value)
    if ratio.low <= 1 <= ratio.high:
        return "No clear difference: the painted colours are about as far from the real ones as grey is."
    direction = "closer to" if ratio.value < 1 else "further from"
    return f"Painted colours are {change:.0%} {direction} the real ones than grey is."


def sentences(evaluation: Evaluation) -> list[str]:
    """What stands under the headline: the figures behind it, colourfulness, and the reference models."""
    candidate, grey = evaluation.row(evaluation.candidate), evaluation.row("grey")
    ratio, colour = candidate.figures["ciede2000_ratio"], candidate.figures["colourfulness_ratio"]
    level = f"{evaluation.bootstrap.level:.0%}"
    lines = [
        f"Over {_count(evaluation.n)} the mean CIEDE2000 is {candidate.figures['ciede2000'].value:.2f}, against "
        f"{grey.figures['ciede2000'].value:.2f} for the uncoloured photo: a ratio of {ratio.value:.3f} "
        f"({level} interval {ratio.low:.3f}–{ratio.high:.3f}).",
        f"The painted photos are {colour.value:.2f} times as colourful as the real ones ({level} interval "
        f"{colour.low:.2f}–{colour.high:.2f}){_verdict(colour.value)}.",
    ]
    for row in evaluation.rows:
        if row.role == "reference":
            other = row.figures
            lines.append(
                f"{row.name}, for comparison: CIEDE2000 {other['ciede2000'].value:.2f}, a ratio of "
                f"{other['ciede2000_ratio'].value:.3f}, {other['colourfulness_ratio'].value:.2f} times as colourful."
            )
    return lines


def summary_lines(evaluation: Evaluation) -> list[str]:
    """The result for a terminal: headline, quality table (a line a metric, a column a row), notes, what was skipped."""
    metrics = list(evaluation.rows[0].figures)
    table = [["", *("grey" if row.role == "baseline" else row.name for row in evaluation.rows)]]
    for metric in metrics:
        decimals = METRICS[metric].decimals
        table.append([METRICS[metric].name, *(f"{row.figures[metric].value:.{decimals}f}" for row in evaluation.rows)])
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


def _count(n: int) -> str:
    return "1 photo" if n == 1 else f"{n:,} photos"


def _verdict(ratio: float) -> str:
    if ratio < 0.8:
        return ", which looks too grey"
    return ", which looks too vivid" if ratio > 1.1 else ""
