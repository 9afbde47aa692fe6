"""The study's HTML page: figures, table, pictures, all inside one file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pincel.pages.figures import themed
from pincel.pages.tables import MISSING, number
from pincel.pages.template import fill_page, jpeg_uri
from pincel.study.measure import MEASURES
from pincel.study.record import FAILED, PRUNED, Study, Trial
from pincel.study.report.figures import effects_figure, pareto_figure, pareto_plots
from pincel.study.report.rows import COSTS, Result, Row
from pincel.study.report.words import interval, macs_text, said
from pincel.tasks import TASKS

__all__ = ["render_study"]

WIDEST_STRIP = 1080  # px
MOST_STRIPS = 12


def render_study(result: Result, content: dict[str, Any]) -> str:
    """The page as text.

    Args:
        result: what is said.
        content: the same as JSON values (`pincel.study.report.write.as_json`).
    """
    study, decisive = result.study, MEASURES[result.judged_by]
    axes = list(study.axes)
    return fill_page(
        "pincel.study.report",
        content=content,
        facts=_facts(result),
        axes=axes,
        measures=MEASURES,
        decisive=decisive,
        rows=[_row(row, axes) for row in result.rows],
        baseline=_baseline(study),
        pareto=_pareto(result),
        effects=_effects(result),
        strips=_strips(result),
        lost=study.with_status(FAILED, PRUNED),
        misfits=_by_reason(study),
        missing=MISSING,
    )


def _facts(result: Result) -> dict[str, str]:
    study = result.study
    counts = sorted({row.trial.n for row in result.rows if row.trial.n})
    some = f"{counts[0]:,}" if counts else MISSING
    facts = {
        "Recipe": study.recipe,
        "Data": ", ".join(Path(folder).name for folder in study.folders),
        "Size": f"{study.size} px",
        "Measured on": f"{some} validation pictures",
        "Budget": str(study.budget),
        "Trials": f"{len(result.rows)} finished of {len(study.trials)}",
    }
    if study.processor:
        facts["Latency on"] = f"{study.processor}, threads: {result.rows[0].trial.threads}"
    return facts


def _row(row: Row, axes: Sequence[str]) -> dict[str, Any]:
    trial = row.trial
    return {
        "number": row.number,
        "role": "candidate" if "macs" in row.front else "base" if trial.own else "",
        "own": trial.own,
        "name": trial.name,
        "choices": [_choice(trial, axis) for axis in axes],
        "macs": macs_text(trial.macs),
        "parameters": f"{trial.parameters / 1e6:.2f}",
        "latency": number(None if trial.latency_p50 is None else 1e3 * trial.latency_p50, 1),
        "p95": number(None if trial.latency_p95 is None else 1e3 * trial.latency_p95, 1),
        "epochs": MISSING if trial.epochs is None else f"{trial.epochs:.2g}",
        "quality": [_quality(trial, name) for name in MEASURES],
    }


def _quality(trial: Trial, name: str) -> tuple[str, str]:
    return number(trial.figure(name), MEASURES[name].decimals), interval(trial, name)


def _choice(trial: Trial, axis: str) -> str:
    value = trial.choices.get(axis, "")
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _baseline(study: Study) -> dict[str, Any] | None:
    if not study.baseline:
        return None
    shown = Trial("", {}, 0, 0, quality=study.baseline)
    return {
        "name": f"{TASKS[study.task].caption} as it is",
        "quality": [_quality(shown, measure) for measure in MEASURES],
    }


def _pareto(result: Result) -> list[dict[str, str]]:
    return [
        themed(
            lambda theme, cost=cost, measure=measure: pareto_figure(result, cost, theme, measure),
            f"{MEASURES[measure].name} against {COSTS[cost].short}. {MEASURES[measure].meaning}",
        )
        for cost, measure in pareto_plots(result)
    ]


def _effects(result: Result) -> dict[str, Any] | None:
    quality = result.effects.get("quality")
    if quality is None or not quality.shares:
        return None
    others = {name: result.effects[name] for name in ("macs", "latency") if name in result.effects}
    shares = [
        (axis, [f"{one.shares[axis]:.0%}" if axis in one.shares else MISSING for one in (quality, *others.values())])
        for axis in sorted(quality.shares, key=lambda axis: -quality.shares[axis])
    ]
    return {
        **themed(
            lambda theme: effects_figure(quality, result.judged_by, theme),
            f"Mean {MEASURES[result.judged_by].name} at each value, the other axes balanced, with 95 % intervals.",
        ),
        "shares": shares,
        "rest": ["not explained by one axis", *(f"{one.rest:.0%}" for one in (quality, *others.values()))],
        "columns": [
            MEASURES[result.judged_by].name,
            *({"macs": "log MACs", "latency": "log latency"}[n] for n in others),
        ],
        "confounded": quality.confounded,
        "n": quality.n,
    }


def _strips(result: Result) -> list[dict[str, str]]:
    """What is shown, what those on the front and the recipe paint, and what is real."""
    study = result.study
    chosen = [row for row in result.rows if "macs" in row.front or row.trial.own]
    if len(chosen) > MOST_STRIPS:
        kept = {round(place) for place in np.linspace(0, len(chosen) - 1, MOST_STRIPS)}
        chosen = [row for place, row in enumerate(chosen) if place in kept or row.trial.own]
    rows = [(study.strip_file(None, "source"), TASKS[study.task].caption, "")]
    for row in chosen:
        what = "the recipe" if row.trial.own else said(row.trial.choices)
        rows.append((study.strip_file(row.trial), f"{row.number}. {what}", macs_text(row.trial.macs)))
    rows.append((study.strip_file(None, "target"), "real", ""))
    return [{"uri": _picture(path), "name": name, "macs": macs} for path, name, macs in rows if path.is_file()]


def _by_reason(study: Study) -> list[tuple[str, list[str]]]:
    """Reason -> the combinations that cannot be for it."""
    found: dict[str, list[str]] = {}
    for misfit in study.misfits:
        found.setdefault(misfit.reason, []).append(said(misfit.choices))
    return list(found.items())


def _picture(path: Path) -> str:
    with Image.open(path) as picture:
        return jpeg_uri(np.asarray(picture.convert("RGB")), widest=WIDEST_STRIP)
