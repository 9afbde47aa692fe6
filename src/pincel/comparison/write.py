"""`write_comparison`: `comparison.json`, a PNG of every figure, and one HTML page that needs no other file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from pincel.comparison.compare import Comparison
from pincel.comparison.figures import by_picture, panel, whole_set
from pincel.comparison.measure import MEASURES, Table
from pincel.comparison.page import render_comparison
from pincel.comparison.runs import recipe_differences
from pincel.comparison.strips import SideBySide, sheet, side_by_side
from pincel.comparison.words import PAPER_SSIM, findings, headline, notes
from pincel.export.cost import MACS_EXECUTED, MACS_OUTPUT_SIZE, processor
from pincel.metrics.residual import MSE_SCALES
from pincel.pages.canvas import LIGHT, png
from pincel.pages.write import command_line, json_text, png_bytes, versions, write_files

__all__ = ["as_json", "write_comparison"]

VERSIONED = ("pincel", "torch", "onnxruntime", "numpy", "scipy", "matplotlib")
DIGITS = 8  # decimals of values in comparison.json


def write_comparison(comparison: Comparison, folder: Path, *, command: str | None = None) -> None:
    """Write ``index.html``, ``comparison.json`` and ``figures/*.png`` into a folder, each whole or not at all.

    Args:
        comparison: what was measured.
        folder: made when it does not exist.
        command: how to get these figures again; this process's command line by default.

    Raises:
        PincelError: the folder cannot be written, or a run's outputs are damaged.
    """
    content = as_json(comparison, command or command_line())
    strips = [side_by_side(comparison, place) for place in range(len(comparison.candidates))]
    files = {"comparison.json": json_text(content), "index.html": render_comparison(comparison, content, strips)}
    write_files(folder, files, _pictures(comparison, strips))


def as_json(comparison: Comparison, command: str) -> dict[str, Any]:
    """Every number of the report as JSON values; of the whole set the means of each epoch, all of chosen pictures."""
    base, pictures = comparison.base, comparison.pictures
    small, large = comparison.sides
    return {
        "headline": headline(comparison),
        "findings": findings(comparison),
        "notes": notes(comparison),
        "command": command,
        "task": base.recipe.task,
        "data": {
            "folders": base.facts.get("folders", []),
            "split_digest": base.facts.get("split_digest", ""),
            "validation_pictures": len(pictures.keys),
            "chosen": [pictures.keys[int(place)] for place in pictures.chosen],
        },
        "sides": {"whole_set": small, "chosen_and_full": large},
        "epochs": comparison.epochs.tolist(),
        "full_size_epochs": [key / 100 for key in comparison.full_keys],
        "measures": {name: {**measure.facts(), "scale": measure.scale} for name, measure in MEASURES.items()},
        "bootstrap": asdict(comparison.bootstrap) | {"method": "percentile, pictures drawn with replacement"},
        "paper": {"ssim_vs_baseline": PAPER_SSIM, "mse_range": "not stated", "mse": 0.6718},
        "input_vs_target": _last(comparison, comparison.unchanged),
        "runs": [_run(comparison, number) for number in range(len(comparison.contenders))],
        "cost_rules": {
            "macs": MACS_EXECUTED,
            "macs_output_size": MACS_OUTPUT_SIZE,
            "latency": "onnxruntime, one picture; the networks paint in turns",
            "peak_memory": "resident bytes of a process that loads the file and paints once, Python included",
            "processor": processor() if comparison.costs else "",
        },
        "versions": versions(VERSIONED),
    }


def _run(comparison: Comparison, number: int) -> dict[str, Any]:
    contender = comparison.contenders[number]
    target = comparison.against_target[number]
    content = {
        "name": contender.name,
        "folder": str(contender.run.folder.resolve()),
        "role": "candidate" if number else "base",
        "cost": asdict(comparison.costs[number]) if comparison.costs else None,
        "vs_target": _series(comparison, target.whole),
        "chosen_vs_target": _chosen(comparison, target.chosen),
    }
    if number:
        series, divergence = comparison.against_base[number - 1], comparison.divergence(number - 1)
        last_mse = float(series.whole["mse"][-1].mean())
        content |= {
            "vs_baseline": _series(comparison, series.whole),
            "chosen_vs_baseline": _chosen(comparison, series.chosen),
            "full_size_vs_baseline": {
                name: {"per_epoch": _rounded(values.mean(axis=1)), "last": _last(comparison, series.full)[name]}
                for name, values in series.full.items()
            },
            "mse_vs_baseline_by_range": {scale: last_mse * factor for scale, factor in MSE_SCALES.items()},
            "minus_base_vs_target": {name: asdict(comparison.difference(number - 1, name)) for name in MEASURES},
            "least_alike": {
                "epoch": float(comparison.epochs[divergence.place]),
                "ssim": divergence.ssim,
                "by_other_figures": {
                    name: float(comparison.epochs[place]) for name, place in divergence.others.items()
                },
            },
            "recipe_differences": [
                {"key": key, "base": ours, "candidate": theirs}
                for key, ours, theirs in recipe_differences(comparison.base.recipe, contender.recipe)
            ],
        }
    return content


def _series(comparison: Comparison, table: Table) -> dict[str, Any]:
    last = comparison.last(table)
    return {
        name: {
            "last": asdict(last[name]),
            "mean_over_epochs": asdict(comparison.mean_over_epochs(table, name)),
            "trend": _trend(comparison, values.mean(axis=1)),
            "per_epoch": _rounded(values.mean(axis=1)),
            "last_by_picture": _rounded(values[-1]),
        }
        for name, values in table.items()
    }


def _chosen(comparison: Comparison, table: Table) -> list[dict[str, Any]]:
    """Each chosen picture: figure -> values over the epochs and their trend."""
    return [
        {
            name: {"per_epoch": _rounded(values[:, place]), "trend": _trend(comparison, values[:, place])}
            for name, values in table.items()
        }
        for place in range(len(comparison.pictures.chosen))
    ]


def _trend(comparison: Comparison, values: np.ndarray) -> dict[str, Any] | None:
    trend = comparison.trend(values)
    return None if trend is None else asdict(trend) | {"direction": trend.direction}


def _last(comparison: Comparison, table: Table) -> dict[str, Any]:
    return {name: asdict(figure) for name, figure in comparison.last(table).items()}


def _rounded(values: np.ndarray) -> list[float]:
    return [round(float(value), DIGITS) for value in values]


def _pictures(comparison: Comparison, strips: list[SideBySide]) -> dict[str, bytes]:
    """Every figure as PNG, by its name."""
    found = {}
    for place, strip in enumerate(strips):
        prefix = f"{place + 1}-" if len(strips) > 1 else ""
        for measure in MEASURES:
            found[f"{prefix}{measure.replace('_', '-')}"] = png(whole_set(comparison, place, measure, LIGHT))
        found[f"{prefix}by-picture"] = png(by_picture(comparison, place, LIGHT))
        for picture in range(len(comparison.pictures.chosen)):
            found[f"{prefix}picture-{picture + 1:02d}"] = png(panel(comparison, place, picture, LIGHT))
        found[f"{prefix}side-by-side"] = png_bytes(sheet(strip))
    return found
