"""One trial, from its recipe to its figures: an ordinary run in ``trials/NAME``, an ordinary model in ``models/``."""

from __future__ import annotations

import contextlib
import math
import shutil
import traceback
from collections.abc import Callable
from dataclasses import asdict
from io import StringIO
from pathlib import Path

import torch
from PIL import Image
from rich.console import Console

from pincel.errors import PincelError
from pincel.evaluation.tables import Figure
from pincel.export import export_run
from pincel.export.cost import costs_of, processor
from pincel.files import write_atomically
from pincel.pages.write import png_bytes
from pincel.study.measure import Measured, measure_run
from pincel.study.options import StudyOptions
from pincel.study.record import DONE, FAILED, PRUNED, RUNNING, Study, Trial
from pincel.training.accelerator import open_fabric
from pincel.training.loop import train
from pincel.training.options import TrainingOptions
from pincel.training.recipe import Recipe
from pincel.training.run import Run

__all__ = ["Pruned", "Watch", "curve_of", "run_trial", "time_models"]

MOST_ATTEMPTS = 3
IN_TURNS = 2**30  # bytes of model files that are loaded together
Watch = Callable[[Trial], None]
"""Called after every validation with the trial and its curve so far; may raise `Pruned`."""


class Pruned(Exception):
    """A trial is not worth the rest of its budget; the message says why."""


def run_trial(
    study: Study,
    trial: Trial,
    recipe: Recipe,
    *,
    accelerator: str,
    console: Console | None = None,
    watch: Watch | None = None,
) -> None:
    """Train, measure and export one trial, going on where it was interrupted. Whatever goes wrong is noted in it.

    Args:
        study: is saved at every change.
        trial: one of its trials.
        recipe: of the trial.
        accelerator: ``cpu``, ``cuda``, ``mps`` or ``auto``.
        console: where the training shows its progress.
        watch: sees every validation.

    Raises:
        KeyboardInterrupt: stopped by Ctrl-C; the training was saved.
    """
    if trial.attempts >= MOST_ATTEMPTS:
        _note(
            study, trial, FAILED, f"it ended the whole process {trial.attempts} times; is there memory enough for it?"
        )
        return
    trial.attempts += 1
    _note(study, trial, RUNNING)
    doing = "training"
    try:
        run = _train(study, trial, recipe, accelerator, console or Console(stderr=True), watch)
        doing = "measuring"
        measured = measure_run(run, count=study.pictures, device=_device(accelerator), baseline=not study.baseline)
        _keep(study, trial, measured)
        doing = "export"
        with contextlib.redirect_stdout(StringIO()):  # torch's exporter talks
            export_run(run.folder, study.model_file(trial), name=trial.name)
        _note(study, trial, DONE)
    except Pruned as verdict:
        _note(study, trial, PRUNED, str(verdict))
    except KeyboardInterrupt:
        trial.attempts -= 1
        study.save()
        raise
    except Exception as error:  # a crash of one trial must not end the others, whatever it is
        if not isinstance(error, PincelError):
            _write(study.folder / "crashes" / f"{trial.name}.txt", traceback.format_exc().encode())
        first = (str(error).splitlines() or [""])[0]
        _note(study, trial, FAILED, f"{doing}: {first or type(error).__name__}")


def time_models(study: Study, options: StudyOptions) -> None:
    """Measure what painting costs, all finished trials in turns, so that a busy moment hits all of them.

    Memory and file size come with it. Trials whose model file was deleted keep what was measured.

    Raises:
        PincelError: a model cannot be loaded.
    """
    trials = [trial for trial in study.with_status(DONE) if study.model_file(trial).is_file()]
    for group in _by_size(study, trials):
        files = [study.model_file(trial) for trial in group]
        costs = costs_of(files, study.size, threads=options.threads, runs=options.paintings)
        for trial, cost in zip(group, costs, strict=True):
            trial.latency_p50, trial.latency_p95, trial.threads = cost.latency_p50, cost.latency_p95, cost.threads
            trial.peak_memory, trial.file_size = cost.peak_memory, cost.file_size
    study.processor = processor()
    study.save()


def curve_of(run: Run) -> list[list[float]]:
    """``[share of the planned steps, mean absolute error]`` of every validation so far."""
    total = run.plan()[-1].end
    return [[row["step"] / total, row["loss"]] for row in run.rows("validation")]


def _train(study: Study, trial: Trial, recipe: Recipe, accelerator: str, console: Console, watch: Watch | None) -> Run:
    folder = study.run_folder(trial)
    run = Run(folder)
    resume = run.checkpoint.is_file()
    if not resume and folder.exists():
        shutil.rmtree(folder)  # begun, but nothing was trained yet

    def look() -> None:
        trial.curve = curve_of(run)
        if watch is not None and trial.curve[-1][0] < 1:
            watch(trial)

    options = TrainingOptions(
        minutes=None if resume else study.budget.minutes,
        epochs=None if resume else study.budget.epochs,
        devices="1",
        accelerator=accelerator,
        resume=resume,
        console=console,
        on_validation=look,
    )
    run = train(recipe, [Path(folder) for folder in study.folders], folder, options)
    rows = list(run.rows())
    trial.curve = curve_of(run)
    trial.epochs, trial.steps = rows[-1]["epoch"], rows[-1]["step"]
    trial.seconds = sum(row.get("seconds", 0.0) for row in rows if row["kind"] == "step")
    return run


def _keep(study: Study, trial: Trial, measured: Measured) -> None:
    trial.n, trial.quality = measured.n, _as_json(measured.figures)
    study.baseline = study.baseline or _as_json(measured.baseline)
    for name, strip in measured.strips.items():
        path = study.strip_file(trial) if name == "painted" else study.strip_file(None, name)
        _write(path, png_bytes(Image.fromarray(strip)))


def _as_json(figures: dict[str, Figure]) -> dict[str, dict[str, float | None]]:
    return {
        name: {part: value if math.isfinite(value) else None for part, value in asdict(figure).items()}
        for name, figure in figures.items()
    }


def _note(study: Study, trial: Trial, status: str, reason: str = "") -> None:
    trial.status, trial.reason = status, reason
    study.save()


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, data)


def _device(accelerator: str) -> torch.device:
    return open_fabric(accelerator, "1").device


def _by_size(study: Study, trials: list[Trial]) -> list[list[Trial]]:
    """Groups of models that together are small enough to be in memory."""
    groups: list[list[Trial]] = [[]]
    filled = 0
    for trial in trials:
        size = study.model_file(trial).stat().st_size
        if groups[-1] and filled + size > IN_TURNS:
            groups.append([])
            filled = 0
        groups[-1].append(trial)
        filled += size
    return [group for group in groups if group]
