"""The comparison's HTML page: tables, figures and pictures, all inside one file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pincel.comparison.compare import Comparison
from pincel.comparison.figures import by_picture, lines_of, panel, whole_set
from pincel.comparison.measure import MEASURES, Table
from pincel.comparison.runs import recipe_differences
from pincel.comparison.strips import LARGEST_SHOWN, SideBySide
from pincel.comparison.words import PAPER_SSIM, epoch_name, interval
from pincel.evaluation.tables import Figure
from pincel.export.cost import Cost
from pincel.metrics.residual import MSE_SCALES
from pincel.metrics.trend import Trend
from pincel.pages.figures import themed
from pincel.pages.tables import MISSING, number
from pincel.pages.template import fill_page, jpeg_uri
from pincel.tasks import TASKS
from pincel.text import counted

__all__ = ["render_comparison"]

CAPTIONS = {
    "mse": "Mean squared error, sRGB in 0..1; lower is closer.",
    "ssim": "SSIM, 7 × 7 window; 1 is equal.",
    "residual_std": "Residual deviation: standard deviation of the difference of the two grey pictures, with the root.",
    "residual_variance": "Residual variance: the same without the root, as the paper prints its formula.",
    "by_picture": "SSIM to the target of every picture at the last epoch, on one scale for both.",
    "intensity_gap": "Contrast gap: deviation of the grey levels of the one picture minus that of the other.",
}
SLOPE_DIGITS = 2


def render_comparison(comparison: Comparison, content: dict[str, Any], strips: Sequence[SideBySide]) -> str:
    """The page as text.

    Args:
        comparison: what was measured.
        content: the same as JSON values (`pincel.comparison.write.as_json`).
        strips: the chosen pictures of each candidate.
    """
    return fill_page(
        "pincel.comparison",
        content=content,
        base=comparison.base.name,
        task=TASKS[comparison.base.recipe.task],
        facts=_facts(comparison),
        last=epoch_name(comparison.keys[-1]),
        target_measures=MEASURES,
        between_measures={name: MEASURES[name] for name in ("mse", "ssim", "residual_std", "residual_variance")},
        quality=_quality(comparison),
        costs=[_cost(cost, comparison.costs[0]) for cost in comparison.costs],
        candidates=[_candidate(comparison, place, strip) for place, strip in enumerate(strips)],
        level=f"{100 * comparison.bootstrap.level:.0f} %",
        missing=MISSING,
    )


def _facts(comparison: Comparison) -> dict[str, str]:
    small, large = comparison.sides
    first, last = epoch_name(comparison.keys[0]), epoch_name(comparison.keys[-1])
    sides = f"{large} px" if small == large else f"{large} px, the whole set at {small} px"
    known = {
        "Task": comparison.base.recipe.task,
        "Pictures": f"{len(comparison.pictures.keys):,}, {len(comparison.pictures.chosen)} of them chosen",
        "Size": sides,
        "Common epochs": f"{len(comparison.keys)}, from {first} to {last}",
        "Split": str(comparison.base.facts.get("split_digest", "")),
    }
    if comparison.full_keys:
        known["At full size"] = counted(len(comparison.full_keys), "epoch")
    return {name: value for name, value in known.items() if value}


def _quality(comparison: Comparison) -> list[dict[str, Any]]:
    """The input as it is, the base, the candidates: against the target, and against the base."""
    shown = f"{TASKS[comparison.base.recipe.task].caption} as it is"
    rows = [{"name": shown, "role": "baseline", "target": _cells(comparison, comparison.unchanged), "between": None}]
    for place, contender in enumerate(comparison.contenders):
        between = _cells(comparison, comparison.against_base[place - 1].whole)[:4] if place else None
        rows.append(
            {
                "name": contender.name,
                "role": "candidate" if place else "base",
                "target": _cells(comparison, comparison.against_target[place].whole),
                "between": between,
            }
        )
    return rows


def _cells(comparison: Comparison, table: Table) -> list[tuple[str, str, str]]:
    """Title, value and interval of every figure at the last epoch."""
    return [
        (MEASURES[name].name, number(figure.value, MEASURES[name].decimals), interval(figure, MEASURES[name].decimals))
        for name, figure in comparison.last(table).items()
    ]


def _cost(cost: Cost, base: Cost) -> dict[str, Any]:
    def cell(name: str, unit: float, decimals: int) -> tuple[str, str]:
        mine, other = getattr(cost, name), getattr(base, name)
        if mine is None:
            return MISSING, ""
        ratio = f"× {mine / other:.2f}" if cost is not base and other else ""
        return number(mine / unit, decimals), ratio

    return {
        "name": cost.name,
        "role": "base" if cost is base else "candidate",
        "cells": [
            cell("parameters", 1e6, 2),
            cell("macs", 1e9, 3),
            cell("macs_output_size", 1e9, 3),
            cell("latency_p50", 1e-3, 1),
            cell("latency_p95", 1e-3, 1),
            cell("peak_memory", 2**20, 0),
            cell("file_size", 2**20, 2),
            cell("seconds_per_epoch", 1, 1),
        ],
    }


def _candidate(comparison: Comparison, place: int, strip: SideBySide) -> dict[str, Any]:
    lines = {measure: list(lines_of(comparison, place, measure)) for measure in MEASURES}
    return {
        "name": comparison.candidates[place].name,
        "alike": _alike(comparison, place),
        "mse_ranges": _mse_ranges(comparison, place),
        "operands": [line.operands for line in lines["ssim"]],
        "figures": [
            themed(lambda theme, measure=measure: whole_set(comparison, place, measure, theme), CAPTIONS[measure])
            for measure in MEASURES
        ]
        + [themed(lambda theme: by_picture(comparison, place, theme), CAPTIONS["by_picture"])],
        "trends": [
            {
                "title": MEASURES[measure].name,
                "lines": [(line.operands, _trend(comparison.trend(line.values))) for line in lines[measure]],
            }
            for measure in MEASURES
        ],
        "panels": _panels(comparison, place),
        "slopes": _slopes(comparison, place),
        "strip": _strip(strip),
        "differences": _differences(comparison, place),
    }


def _differences(comparison: Comparison, place: int) -> list[tuple[str, str, str]]:
    """What the candidate's recipe says differently, as text."""
    found = recipe_differences(comparison.base.recipe, comparison.candidates[place].recipe)

    def text(value: Any) -> str:
        return MISSING if value is None else str(value)

    return [(key, text(ours), text(theirs)) for key, ours, theirs in found]


def _alike(comparison: Comparison, place: int) -> list[tuple[str, str, str]]:
    """SSIM of candidate against base: what, value, interval."""
    series = comparison.against_base[place]
    small, large = comparison.sides
    count, last = len(comparison.keys), epoch_name(comparison.keys[-1])
    n, chosen = len(comparison.pictures.keys), len(comparison.pictures.chosen)
    rows: list[tuple[str, Figure]] = [
        (f"all {n:,} pictures at {small} px, last epoch ({last})", comparison.last(series.whole)["ssim"]),
        (
            f"all {n:,} pictures at {small} px, mean of {counted(count, 'epoch')}",
            comparison.mean_over_epochs(series.whole, "ssim"),
        ),
        (f"the {chosen} chosen at {large} px, last epoch ({last})", comparison.last(series.chosen)["ssim"]),
        (
            f"the {chosen} chosen at {large} px, mean of {counted(count, 'epoch')}",
            comparison.mean_over_epochs(series.chosen, "ssim"),
        ),
    ]
    if comparison.full_keys:
        full = f"all {n:,} pictures at {large} px"
        many, at = len(comparison.full_keys), epoch_name(comparison.full_keys[-1])
        rows.append((f"{full}, epoch {at}", comparison.last(series.full)["ssim"]))
        if many > 1:
            rows.append((f"{full}, mean of {counted(many, 'epoch')}", comparison.mean_over_epochs(series.full, "ssim")))
    found = [(what, number(figure.value, 4), interval(figure, 4)) for what, figure in rows]
    if TASKS[comparison.base.recipe.task].draws:
        found.append(("the paper's pair at 256 px, 80 epochs, quoted", str(PAPER_SSIM), ""))
    return found


def _mse_ranges(comparison: Comparison, place: int) -> list[tuple[str, str]]:
    value = float(comparison.against_base[place].whole["mse"][-1].mean())
    return [(scale.replace("-", "−"), f"{value * factor:.4g}") for scale, factor in MSE_SCALES.items()]


def _trend(trend: Trend | None) -> tuple[str, str, str, str]:
    """Slope, its interval, R², direction."""
    if trend is None:
        return MISSING, "", MISSING, MISSING
    reach = "" if trend.low is None or trend.high is None else f"{_slope(trend.low)} to {_slope(trend.high)}"
    return _slope(trend.slope), reach, number(trend.r_squared, 2), trend.direction


def _slope(value: float) -> str:
    """A change an epoch, in thousandths."""
    return number(1000 * value, SLOPE_DIGITS)


def _panels(comparison: Comparison, place: int) -> list[dict[str, Any]]:
    pictures = comparison.pictures
    return [
        {
            "key": pictures.keys[int(where)],
            "target": jpeg_uri(pictures.chosen_target[picture], widest=LARGEST_SHOWN),
            **themed(
                lambda theme, picture=picture: panel(comparison, place, picture, theme, named=False),
                pictures.keys[int(where)],
            ),
        }
        for picture, where in enumerate(pictures.chosen)
    ]


def _slopes(comparison: Comparison, place: int) -> list[tuple[str, list[tuple[str, str, str, str]]]]:
    """Residual deviation of every chosen picture: the trends of the three lines."""
    keys = comparison.pictures.keys
    return [
        (
            keys[int(where)],
            [_trend(comparison.trend(line.values)) for line in lines_of(comparison, place, "residual_std", picture)],
        )
        for picture, where in enumerate(comparison.pictures.chosen)
    ]


def _strip(strip: SideBySide) -> dict[str, Any]:
    columns = [strip.source, *(stack for pair in strip.painted for stack in pair), strip.target]
    return {
        "moments": [moment.title for moment in strip.moments],
        "rows": [[jpeg_uri(picture, widest=LARGEST_SHOWN) for picture in row] for row in zip(*columns, strict=True)],
    }
