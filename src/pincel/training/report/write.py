"""`report_training`: what a run learnt and when, as `report.json`, PNG figures and one HTML page."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from pincel.pages.canvas import LIGHT, png
from pincel.pages.write import command_line, json_text, png_bytes, versions, write_files
from pincel.training.report.figures import draw_all
from pincel.training.report.findings import findings, headline, notes
from pincel.training.report.history import History, Point, read_history, shares
from pincel.training.report.page import render_training
from pincel.training.report.samples import sample_strip, strip_picture
from pincel.training.report.table import paper_table
from pincel.training.run import Run

__all__ = ["as_json", "report_training", "training_lines"]

VERSIONED = ("pincel", "torch", "lightning", "matplotlib")


def report_training(run: Run, folder: Path, *, command: str | None = None) -> History:
    """Write ``index.html``, ``report.json`` and ``figures/*.png`` into a folder, each whole or not at all.

    Args:
        run: finished, interrupted, or still training.
        folder: made when it does not exist.
        command: how to make the report again; this process's command line by default.

    Raises:
        PincelError: nothing is logged yet, the run is damaged, or the folder cannot be written.
    """
    history = read_history(run)
    content = as_json(history, command or command_line())
    pictures = {name: png(figure) for name, figure in draw_all(history, LIGHT).items()}
    strip = sample_strip(history)
    if strip is not None:
        pictures["samples"] = png_bytes(strip_picture(strip))
    files = {"report.json": json_text(content), "index.html": render_training(history, content)}
    write_files(folder, files, pictures)
    return history


def as_json(history: History, command: str) -> dict[str, Any]:
    """Every number of the report as JSON values; what a run does not have is None or absent."""
    facts, best = history.facts, history.best
    step, epoch = history.end
    return {
        "run": history.run.folder.resolve().name,
        "folder": str(history.run.folder.resolve()),
        "headline": headline(history),
        "findings": findings(history),
        "notes": notes(history),
        "command": command,
        "state": {
            "step": step,
            "planned_steps": history.plan[-1].end,
            "epoch": epoch,
            "planned_epochs": round(history.planned_epochs, 4),
            "finished": history.finished,
            "stopped_early": history.stopped_early,
            "interrupted_at_steps": history.interruptions,
            "phases_begin_at_epochs": history.boundaries(),
        },
        "data": {
            "folders": facts.get("folders", []),
            "split": facts.get("split", ""),
            "split_digest": facts.get("split_digest", ""),
            "training_pictures": facts["training_pictures"],
            "validation_pictures": facts.get("validation_pictures"),
        },
        "monitor": history.monitor,
        "best": None if best is None else _point(history, best),
        "validations": [_point(history, point) for point in history.points],
        "learning_rate_steps": [{"epoch": at, "factor": factor} for at, factor in history.reductions()],
        "seconds": history.seconds,
        "pictures_per_second": history.pictures_per_second,
        "wait_share": history.wait_share,
        "definitions": {
            "train": "mean over the training steps since the validation before",
            "share": "|part| / sum of |parts| of the generator's loss",
            "gap": "(validation - training) / |training| of the generator's loss",
        },
        "paper_table": [asdict(row) for row in paper_table(history)],
        "versions": versions(VERSIONED),
    }


def training_lines(history: History) -> list[str]:
    """The report for a terminal."""
    return [headline(history), *findings(history), *(f"Note: {note}" for note in notes(history))]


def _point(history: History, point: Point) -> dict[str, Any]:
    return {
        "step": point.step,
        "epoch": point.epoch,
        "phase": point.phase,
        "train": point.train,
        "validation": point.val,
        "shares": shares(point.parts(history.parts)),
        "gap": point.gap,
    }
