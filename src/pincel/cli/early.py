"""What was mistyped is told at once: before torch is imported and before any work."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

__all__ = ["check_names"]


def check_names(
    *,
    models: Iterable[str | Path | None] = (),
    runs: Iterable[str | Path] = (),
    folders: Iterable[Path] | None = (),
    files: Iterable[Path] | None = (),
    split: str | Path | None = None,
) -> None:
    """Refuse names of what is not there.

    Args:
        models: names of models, files, or folders of runs.
        runs: folders of runs.
        folders: with pictures.
        files: that are read.
        split: a shipped name or a file.

    Raises:
        PincelError: one of them is not there.
    """
    from pincel.errors import PincelError

    for file in files or ():
        if not file.exists():
            raise PincelError(f"{file} does not exist; check the name")
    named = [model for model in models if model is not None]
    runs = [*runs, *(model for model in named if Path(model).is_dir())]
    for model in named:
        if model not in runs:
            from pincel.runtime.model_file import find_model

            find_model(model)
    for run in runs:
        from pincel.training.run import Run

        Run.open(run)
    for folder in folders or ():
        if not folder.is_dir():
            raise PincelError(f"data folder {folder} does not exist or is not a folder")
    if split is not None:
        from pincel.data.split import read_split

        read_split(split)
