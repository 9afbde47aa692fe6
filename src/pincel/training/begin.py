"""Where a run begins or goes on: its folder, its data, its teacher."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from pincel.errors import PincelError
from pincel.files import reason
from pincel.training.dataset import TrainingData
from pincel.training.run import Run
from pincel.training.teacher import Teacher

__all__ = ["new_run", "open_run", "own_folders", "require_same_pictures", "require_same_teacher"]


def open_run(out: Path, resume: bool, folders: Sequence[Path], console: Console) -> tuple[Run, bool, bool]:
    """The run in ``out``, whether it goes on by its own recipe and plan, and whether it has learnt nothing yet.

    Args:
        out: its folder.
        resume: go on there. One that was killed before its first checkpoint begins again: by what it was begun with,
            or as a new one where even that is not there.
        folders: data sets that were named.
        console: where it says so.

    Raises:
        PincelError: the folder holds something else, or it is to be resumed and there is nothing.
    """
    run = Run(out)
    fresh = run.is_empty
    if resume and fresh and (run.begun or folders):
        console.print(f"{out} has learnt nothing yet: it begins from its start", markup=False, highlight=False)
        resume = run.begun
    return Run.open(out) if resume else new_run(out), resume, fresh


def new_run(out: Path) -> Run:
    """A run that is to begin; of its files there may only be those that it begins with, of one that was killed too.

    Raises:
        PincelError: something else is there already.
    """
    run = Run(out)
    if not run.is_empty:
        raise PincelError(f"{out} exists already; choose another --out, or add --resume to go on with it")
    try:
        if not out.exists():  # it is made with all that belongs in it, or not at all: only tried here
            out.parent.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(dir=out.parent):  # of its own name, for several devices try at once
                pass
    except OSError as error:
        raise PincelError(f"the run cannot be written to {out}: {reason(error)}") from None
    return run


def own_folders(run: Run) -> list[Path]:
    """The data folders that a run was begun with."""
    folders = [Path(folder) for folder in run.facts()["folders"]]
    for folder in folders:
        if not folder.is_dir():
            raise PincelError(
                f"{run.folder} learns from {folder}, which is gone; name the place where it is now with --data, under "
                f"its old name {folder.name}: pictures are known by it"
            )
    return folders


def require_same_pictures(run: Run, data: TrainingData) -> None:
    """Refuse data sets that have lost or gained training pictures since the run was begun."""
    begun = run.facts()["training_pictures"]
    if len(data.train) != begun:
        raise PincelError(
            f"{run.folder} was begun with {begun} training pictures and now there are {len(data.train)}; "
            "put the data folders back as they were, or start a new run"
        )


def require_same_teacher(run: Run, teacher: Teacher | None) -> None:
    """Refuse a teacher that is not the one the run was begun with."""
    if teacher is not None and teacher.digest != run.facts()["teacher"]["digest"]:
        raise PincelError(
            f"the teacher {teacher.name} has changed since {run.folder} was begun; put it back, or start a new run"
        )
