"""`write_report`: `metrics.json` with every figure, and one HTML page that needs no other file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from pincel.evaluation.evaluate import Evaluation
from pincel.evaluation.evaluated_models import EvaluatedModel
from pincel.evaluation.headline import headline, sentences
from pincel.evaluation.page import render
from pincel.evaluation.sets import SetFigures
from pincel.evaluation.tables import PictureScores, spreads
from pincel.pages.write import command_line, finite, json_text, versions, write_files

__all__ = ["as_json", "as_quality", "write_report"]

SETS_VERSIONED = ("torch", "timm", "torchmetrics")
VERSIONED = ("pincel", "numpy", "onnxruntime", "opencv-python-headless", "pillow", "scikit-image")


def write_report(evaluation: Evaluation, folder: Path, *, command: str | None = None) -> None:
    """Write ``metrics.json`` and ``index.html`` into a folder, each whole or not at all.

    Args:
        evaluation: what was measured.
        folder: made when it does not exist.
        command: how to get these figures again; this process's command line by default.

    Raises:
        PincelError: the folder cannot be written.
    """
    content = as_json(evaluation, command or command_line())
    write_files(Path(folder), {"metrics.json": json_text(content), "index.html": render(evaluation, content)})


def as_json(evaluation: Evaluation, command: str) -> dict[str, Any]:
    """Every figure, and all that is needed to get it again, as JSON values; undefined figures are None."""
    selection, measured, metrics = evaluation.selection, evaluation.measured, evaluation.task.metrics
    content = {
        "headline": headline(evaluation),
        "sentences": sentences(evaluation),
        "notes": list(evaluation.notes),
        "command": command,
        "candidate": evaluation.candidate,
        "models": [_model(evaluated) for evaluated in evaluation.models],
        "data": {
            "folders": [str(folder) for folder in evaluation.folders],
            "side": evaluation.side,
            "split": evaluation.split,
            "split_digest": evaluation.split_digest,
            "found": selection.found,
            "measured": evaluation.n,
            "unknown_to_split": selection.foreign,
            "near_duplicates": selection.repeated,
            "left_out": selection.left_out,
            "grey_photos": measured.grey_photos,
            "not_measured": measured.skipped,
            "trained_on": [picture.key for picture in measured.pictures if picture.trained_by],
        },
        "protocol": {
            "name": evaluation.protocol.name,
            "size": evaluation.protocol.size,
            "description": evaluation.description,
            "label": evaluation.label,
            **evaluation.task.ranges,
            "ssim": "7 x 7 uniform window, sample covariance, as scikit-image",
        },
        "bootstrap": asdict(evaluation.bootstrap) | {"method": "percentile, pictures drawn with replacement"},
        "metrics": {name: metrics[name].facts() for name in evaluation.figures},
        "rows": [asdict(row) for row in evaluation.rows],
        "spread": {
            row.name: {metric: asdict(spread) for metric, spread in spreads(measured.pictures, row.name).items()}
            for row in evaluation.rows
        },
        "sets": _sets(measured.sets),
        "classes": {label: [asdict(row) for row in rows] for label, rows in evaluation.rows_by_label.items()},
        "versions": versions((*VERSIONED, *(SETS_VERSIONED if measured.sets else ()))),
        "card": evaluation.card.model_dump(mode="json"),
        "pictures": [_picture(picture) for picture in measured.pictures],
    }
    return finite(content)


def as_quality(evaluation: Evaluation, command: str | None = None) -> dict[str, Any]:
    """The result as an entry for `ModelCard.quality`: what was measured -> figures and the command."""
    names = ", ".join(Path(folder).resolve().name for folder in evaluation.folders)
    metrics, baseline, leading = evaluation.task.metrics, evaluation.task.baseline, evaluation.leading
    figures = evaluation.row(evaluation.candidate).figures
    values = {name: round(figure.value, metrics[name].decimals) for name, figure in figures.items()}
    title = f"{names}, {evaluation.side}, {evaluation.protocol.name} {evaluation.protocol.size} px"
    values[f"{baseline}_{leading}"] = round(evaluation.row(baseline).figures[leading].value, metrics[leading].decimals)
    return {title: {"n": evaluation.n, **values, "command": command or command_line()}}


def _picture(picture: PictureScores) -> dict[str, Any]:
    facts = asdict(picture)
    facts["told"] = facts.pop("labels")  # the key since the first reports
    return facts


def _model(evaluated: EvaluatedModel) -> dict[str, Any]:
    return {
        "name": evaluated.name,
        "source": str(evaluated.source),
        "sha256": evaluated.digest,
        "training_hashes": len(evaluated.hashes),
        "created": evaluated.model.card.created,
    }


def _sets(sets: SetFigures | None) -> dict[str, Any] | None:
    """How the figures of whole sets were taken, and those that have no column in the quality table."""
    if sets is None:
        return None
    figures = asdict(sets)
    del figures["distances"]  # they stand with their pictures
    if not sets.frechet_resamples:
        figures = {name: value for name, value in figures.items() if name != "frechet_resamples"}
        figures["rows"] = {
            eye: {name: _without_intervals(row) for name, row in rows.items()} for eye, rows in figures["rows"].items()
        }
    return figures | {
        "backbones": "EfficientNet-Lite1 and -Lite0, ImageNet weights, 320 channels of the last block averaged over "
        "positions",
        "frechet": "Gaussians, sample covariance, float64",
        "mmd": "kernel (x y / 320 + 1)^3, unbiased, real and painted picture paired",
        "inception_score": "torchmetrics on torch-fidelity's Inception-v3 of 2015-12-05, 10 splits",
    }


def _without_intervals(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if not name.endswith("_interval")}
