"""`write_study`: `index.html`, `report.json`, `study.csv` and a PNG of every figure."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pincel.export.cost import MACS_EXECUTED
from pincel.pages.canvas import LIGHT, png
from pincel.pages.write import json_text, versions, write_files
from pincel.study.measure import MEASURES
from pincel.study.record import Study, Trial
from pincel.study.report.figures import effects_figure, pareto_figure, pareto_plots
from pincel.study.report.page import render_study
from pincel.study.report.rows import COSTS, Result, result_of
from pincel.study.report.words import findings, headline, notes

__all__ = ["as_csv", "as_json", "write_study"]

VERSIONED = ("pincel", "torch", "onnxruntime", "optuna", "numpy", "scipy", "matplotlib")


def write_study(study: Study, folder: Path, *, judged_by: str | None = None) -> dict[str, Any]:
    """Write the report of a study into a folder, each file whole or not at all.

    Args:
        study: finished, interrupted or still running.
        folder: made when it does not exist.
        judged_by: the figure that decides; the study's own by default.

    Returns:
        What ``report.json`` holds.

    Raises:
        PincelError: no trial is finished, or the folder cannot be written.
    """
    result = result_of(study, judged_by)
    content = as_json(result)
    files = {
        "study.csv": as_csv(result),
        "report.json": json_text(content),
        "index.html": render_study(result, content),
    }
    write_files(folder, files, _pictures(result))
    return content


def as_json(result: Result) -> dict[str, Any]:
    """What the report makes of the trials, as JSON values; the trials themselves are in ``study.json``."""
    study = result.study
    return {
        "headline": headline(result),
        "findings": findings(result),
        "notes": notes(result),
        "kind": study.kind,
        "command": study.command,
        "recipe": study.recipe,
        "folders": study.folders,
        "budget": asdict(study.budget),
        "axes": study.axes,
        "judged_by": result.judged_by,
        "own": result.own.trial.name if result.own else None,
        "fronts": {cost: [row.trial.name for row in result.rows if cost in row.front] for cost in COSTS},
        "no_worse_than_recipe": [row.trial.name for row in result.no_worse()],
        "numbers": {row.trial.name: row.number for row in result.rows},
        "effects": {name: asdict(effects) for name, effects in result.effects.items()},
        "measures": {name: measure.facts() for name, measure in MEASURES.items()},
        "rules": {
            "macs": f"of one picture of {study.size} px, {MACS_EXECUTED}",
            "latency": f"onnxruntime on {study.processor or 'this processor'}, one picture, the networks in turns",
            "intervals": "percentile bootstrap over pictures, 95 %",
            "lite0": "both figures look at squares of 128 px, to which smaller pictures are enlarged",
        },
        "versions": versions(VERSIONED),
    }


def as_csv(result: Result) -> str:
    """One line a trial of the study, finished or not."""
    study = result.study
    rows = {row.trial.name: row for row in result.rows}
    ends = [f"{name}_{end}" for name in MEASURES for end in ("low", "high")]
    facts = ["own", "parameters", "macs", "latency_p50", "latency_p95", "threads", "peak_memory", "file_size"]
    facts += ["n", "epochs", "steps", "seconds"]
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    head = ["number", "name", "status", "reason", *study.axes, *facts, *MEASURES, *ends]
    writer.writerow([*head, *(f"front_{cost}" for cost in COSTS)])
    for trial in sorted(study.trials, key=lambda one: rows[one.name].number if one.name in rows else math.inf):
        row = rows.get(trial.name)
        writer.writerow(
            [
                row.number if row else "",
                trial.name,
                trial.status,
                trial.reason,
                *(trial.choices.get(axis, "") for axis in study.axes),
                *(getattr(trial, fact) for fact in facts),
                *(_cell(trial, name, "value") for name in MEASURES),
                *(_cell(trial, name, end) for name in MEASURES for end in ("low", "high")),
                *(cost in row.front if row else "" for cost in COSTS),
            ]
        )
    return buffer.getvalue()


def _cell(trial: Trial, name: str, part: str) -> float | str:
    value = trial.quality.get(name, {}).get(part)
    return "" if value is None else value


def _pictures(result: Result) -> dict[str, bytes]:
    """Every figure as PNG, by its name."""
    found = {}
    for cost, measure in pareto_plots(result):
        name = f"{measure}-{COSTS[cost].short}".lower().replace("_", "-")
        found[name] = png(pareto_figure(result, cost, LIGHT, measure))
    effects = result.effects.get("quality")
    if effects and effects.shares:
        found["effects"] = png(effects_figure(effects, result.judged_by, LIGHT))
    return found
