"""Which files lie below a folder: links are followed, hidden files left out, nothing is passed over in silence."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from pincel.errors import PincelError
from pincel.imaging.read import PICTURE_SUFFIXES

__all__ = ["files_below", "pictures_below"]


def files_below(
    folder: Path, leave_out: Path | None = None, on_refused: Callable[[str], None] | None = None
) -> Iterator[Path]:
    """All files below a folder in order; hidden files and folders are left out.

    A folder that is a link is looked into; every real folder once, wherever links lead.

    Args:
        folder: to look into.
        leave_out: a folder below it that is not looked into.
        on_refused: called with a sentence for each folder that cannot be read.

    Raises:
        PincelError: a folder cannot be read, and there is no ``on_refused``.
    """

    def refuse(error: OSError) -> None:
        message = f"folder {error.filename} cannot be read ({error.strerror}); change its permissions, or move it"
        if on_refused is None:
            raise PincelError(message)
        on_refused(message)

    found: list[Path] = []
    seen = {leave_out.resolve()} if leave_out else set()
    for name, folders, files in os.walk(folder, onerror=refuse, followlinks=True):
        here = Path(name)
        real = here.resolve()
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        found += [here / file for file in files if not file.startswith(".") and (here / file).is_file()]
    yield from sorted(found)


def pictures_below(folder: Path) -> Iterator[Path]:
    """Those of `files_below` that are pictures by their suffix."""
    return (path for path in files_below(folder) if path.suffix.lower() in PICTURE_SUFFIXES)
