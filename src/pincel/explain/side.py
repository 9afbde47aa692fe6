"""The pictures of one side of a model's split: those that it did not learn from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pincel.data.scan import PictureFile, scan
from pincel.data.split import Split, keep_validation, read_split
from pincel.errors import PincelError
from pincel.explain.explained import Explained

__all__ = ["own_folders", "pictures_of_side"]


def pictures_of_side(
    explained: Explained, folders: Sequence[Path], split: str | Path | None, side: str, limit: int | None = None
) -> list[PictureFile]:
    """The pictures of a side by key; of a model with labels, those of its classes.

    Args:
        explained: whose split it is.
        folders: data sets; those that it was trained on when there are none.
        split: a shipped split or a CSV file; the model's own when None.
        side: ``val`` or ``test``.
        limit: at most so many, evenly spread.

    Raises:
        PincelError: no data set, no split, or no picture.
    """
    folders = folders or own_folders(explained)
    files = scan(folders)
    known = _split(explained, split, files)
    files = [file for file in files if known.sides.get(file.key) == side]
    if explained.classes:
        files = [file for file in files if file.label in explained.classes]
    if not files:
        of_classes = (
            f" and of a class that {explained.name} knows ({', '.join(explained.classes)})" if explained.classes else ""
        )
        raise PincelError(
            f"no picture of {', '.join(map(str, folders))} is on the {side} side of the split{of_classes}; give --data "
            "with the data set, or --split"
        )
    if limit and limit < len(files):
        middles = (np.arange(limit) + 0.5) * len(files) / limit
        return [files[int(place)] for place in middles]
    return files


def own_folders(explained: Explained) -> list[Path]:
    """The data sets that a run was trained on.

    Raises:
        PincelError: they are not known, or not there.
    """
    folders: list[Any] = explained.run.facts()["folders"] if explained.run is not None else []
    if not folders or not all(Path(folder).is_dir() for folder in folders):
        raise PincelError(
            f"the data set that {explained.name} was trained on is not at hand; give --data with its folder"
        )
    return [Path(folder) for folder in folders]


def _split(explained: Explained, split: str | Path | None, files: Sequence[PictureFile]) -> Split:
    if split is not None:
        return read_split(split)
    if explained.run is not None:
        return explained.run.split()
    assert explained.model is not None
    data = explained.model.card.learnt_from()
    if not data.split:
        raise PincelError(f"{explained.name} names no split; give --split with the one it was trained with")
    return keep_validation(read_split(data.split), (file.key for file in files), data.validation_kept)
