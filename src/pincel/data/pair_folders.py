"""Two folders of pairs, ``color/`` and ``gray/``, with files of matching names and no manifest."""

from __future__ import annotations

import re
from pathlib import Path

from pincel.data.source_target import holds_only, one_each
from pincel.errors import PincelError

__all__ = ["COLOR", "GRAY", "data_set_of", "is_pair_folder", "labels_of_pairs"]

COLOR, GRAY = "color", "gray"
NUMBERED = re.compile(r"\d+_(?P<class_number>\d+)")  # what the papers' names have after color_ or gray_


def is_pair_folder(folder: Path) -> bool:
    """Whether all that a folder holds is a ``color`` and a ``gray`` folder (texts beside them do not count)."""
    return holds_only(folder, (COLOR, GRAY))


def data_set_of(root: Path) -> Path:
    """The pair folder that a ``color`` or ``gray`` folder belongs to; any other folder itself."""
    parent = root.parent if root.name in (COLOR, GRAY) else root.resolve().parent  # `root` may be a dot
    return parent if root.resolve().name in (COLOR, GRAY) and is_pair_folder(parent) else root


def labels_of_pairs(folder: Path) -> dict[Path, str]:
    """The colour pictures of a pair folder and their classes.

    Partners have one path below ``color/`` and ``gray/``, but for the suffix and for ``color_`` or ``gray_`` before
    the name. The class is the last number of the papers' names (``color_00001_3.jpg``: class 3), else the folder below
    ``color/``, else the name of the pair folder.

    Raises:
        PincelError: pictures without a partner, or two that would have the same one.
    """
    colors, grays = (one_each(folder / side, f"{side}_") for side in (COLOR, GRAY))
    for side, alone in ((COLOR, colors.keys() - grays.keys()), (GRAY, grays.keys() - colors.keys())):
        if alone:
            other = GRAY if side == COLOR else COLOR
            first = (colors if side == COLOR else grays)[min(alone)].relative_to(folder)
            pictures = "1 picture has" if len(alone) == 1 else f"{len(alone)} pictures have"
            raise PincelError(
                f"{pictures} no partner in {folder / other} (the first: {first}); complete the pairs, or rename the "
                f"folders if '{COLOR}' and '{GRAY}' are not the two sides of pairs"
            )
    return {path: _label(name, folder) for name, path in colors.items()}


def _label(name: str, folder: Path) -> str:
    *parents, stem = name.split("/")
    numbered = NUMBERED.fullmatch(stem)
    if numbered:
        return numbered["class_number"]
    return parents[0] if parents else folder.resolve().name
