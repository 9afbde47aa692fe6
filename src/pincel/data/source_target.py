"""The pair folder of any A -> B task: ``source/`` and ``target/``, the same relative names below both."""

from __future__ import annotations

from pathlib import Path

from pincel.errors import PincelError
from pincel.imaging.find import pictures_below
from pincel.imaging.read import PICTURE_SUFFIXES

__all__ = ["SOURCE", "TARGET", "by_name", "holds_only", "is_source_target", "one_each", "partners"]

SOURCE, TARGET = "source", "target"


def is_source_target(folder: Path) -> bool:
    """Whether all that a folder holds is a ``source`` and a ``target`` folder (texts beside them do not count)."""
    return holds_only(folder, (SOURCE, TARGET))


def holds_only(folder: Path, sides: tuple[str, str]) -> bool:
    """Whether all that a folder holds are two folders of these names (texts beside them do not count)."""
    if not all((folder / side).is_dir() for side in sides):
        return False
    others = [path for path in folder.iterdir() if not path.name.startswith(".") and path.name not in sides]
    return not any(path.is_dir() or path.suffix.lower() in PICTURE_SUFFIXES for path in others)


def partners(folder: Path) -> list[tuple[str, Path, Path]]:
    """The pairs of a pair folder: relative name without suffix (``rose/0001``), source, target; in order of the names.

    Only names are looked at; `pincel.data.check_pairs` also opens the files.

    Raises:
        PincelError: a picture has no partner, two pictures of a side share a name, or there is no pair at all.
    """
    sources, targets = (one_each(folder / side) for side in (SOURCE, TARGET))
    mend = f"complete the pair or take it away ('pincel data check {folder}' lists all that is wrong)"
    for names, others, missing in ((sources, targets, TARGET), (targets, sources, SOURCE)):
        alone = names.keys() - others.keys()
        if alone:
            more = f" (nor have {len(alone) - 1} more)" if len(alone) > 1 else ""
            raise PincelError(f"{names[min(alone)]} has no partner in {folder / missing}{more}; {mend}")
    if not sources:
        raise PincelError(f"there are no pictures in {folder / SOURCE} (JPEG, PNG, TIFF, WebP, BMP are looked for)")
    return [(name, sources[name], targets[name]) for name in sorted(sources)]


def by_name(side: Path, prefix: str = "") -> dict[str, list[Path]]:
    """The pictures below a folder by their relative name without suffix; a list of more than one is a double.

    Args:
        side: the folder.
        prefix: of the files' names, left out.
    """
    found: dict[str, list[Path]] = {}
    for path in pictures_below(side):
        relative = path.relative_to(side)
        found.setdefault((relative.parent / relative.stem.removeprefix(prefix)).as_posix(), []).append(path)
    return found


def one_each(side: Path, prefix: str = "") -> dict[str, Path]:
    """As `by_name`, without doubles.

    Raises:
        PincelError: two pictures share a name.
    """
    found = by_name(side, prefix)
    for paths in found.values():
        if len(paths) > 1:
            raise PincelError(f"{paths[0]} and {paths[1]} have the same name but for the suffix; rename one of them")
    return {name: paths[0] for name, paths in found.items()}
