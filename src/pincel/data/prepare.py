"""Photos of any size -> aligned pairs of one size, as the colorization paper prepares them, and their manifest.

Every photo is fitted into a black square with its aspect kept: ``color/color_00001_1.jpg``, and its 8-bit grey beside
it, ``gray/gray_00001_1.jpg``; the first number runs over the sorted data set, the second is the class.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

from pincel.data.manifest import (
    MANIFEST,
    SETTINGS,
    SIDES,
    UNFINISHED,
    PreparedPicture,
    PrepareSettings,
    file_bytes,
    is_prepared,
    read_settings,
    rows_to_csv,
    usable_rows,
)
from pincel.data.scan import PictureFile, read_photo, scan
from pincel.errors import PictureError, PincelError
from pincel.files import write_atomically
from pincel.imaging.color import grey_rec601
from pincel.imaging.resize import letterbox
from pincel.imaging.write import OutputError
from pincel.threads import in_order

__all__ = ["Preparation", "prepare"]

OUR_FILES = re.compile(r"(color|gray)_\d{5,}_\d+\.jpg|\.(color|gray)_\d{5,}_\d+\.jpg\.(pincel-[0-9a-f]{6}\.)?tmp\d+")

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Preparation:
    """What became of the pictures.

    Attributes:
        out: the prepared folder.
        pairs: how many pairs there are now.
        made: how many of them were made by this call; the others were there already.
        removed: files of pairs whose picture is gone.
        classes: class number -> class name.
        failures: key of a picture -> why there is no pair of it.
    """

    out: Path
    pairs: int
    made: int
    removed: int
    classes: Mapping[int, str]
    failures: Mapping[str, str]

    def lines(self) -> list[str]:
        """What a user wants to know."""
        pairs = "1 pair" if self.pairs == 1 else f"{self.pairs} pairs"
        parts = [f"{self.out}: {pairs}, {self.made} of them new" if self.made else f"{self.out}: {pairs}, nothing new"]
        if self.removed:
            parts.append(f"{self.removed} files removed whose pictures are gone or have another number")
        if self.failures:
            count = "1 picture" if len(self.failures) == 1 else f"{len(self.failures)} pictures"
            parts.append(f"{count} left out, not readable")
        names = ", ".join(f"{number} {name}" for number, name in self.classes.items())
        return [
            "; ".join(parts),
            f"classes: {names}",
            f"next: pincel train colorize-lite --data {self.out} --out RUN data.split=null",
        ]


def prepare(
    folders: Sequence[Path],
    out: Path,
    *,
    size: int = 128,
    quality: int = 95,
    workers: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Preparation:
    """Make aligned pairs of all pictures; what is there already and fits its source stays untouched.

    A stop at any moment leaves whole files only, and the next call goes on from there. When the data set has changed,
    the next call makes what is new and removes what is gone. Pictures that cannot be read are left out; their numbers
    stay free, so that mending one changes no other name.

    Args:
        folders: data sets, as `pincel.data.scan.scan` takes them.
        out: a new or empty folder, or one that was prepared from the same data sets.
        size: side of the squares in pixels.
        quality: of the JPEGs, 1..100; colour is stored at full resolution (4:4:4).
        workers: pictures at once; the number of processors by default.
        on_progress: called with (done, all).

    Raises:
        PincelError: no readable picture, or ``out`` holds something else.
        OutputError: ``out`` cannot be written; what is done stays.
    """
    files = scan(folders)
    classes = dict(enumerate(sorted({file.label for file in files}), 1))
    where = {folder.name: _as_text(str(folder)) for folder in (Path(given).resolve() for given in folders)}
    settings = PrepareSettings(size=size, quality=quality, classes=classes, folders=where)
    _check_place(folders, out, settings)
    known, there = usable_rows(out, settings), file_bytes(out)
    numbers = {label: number for number, label in classes.items()}

    def work(numbered: tuple[int, PictureFile]) -> _Pair | PreparedPicture | str:
        number, file = numbered
        return _make(file, number, numbers[file.label], settings, known.get(number), there)

    result = _Result(out, settings, known)
    try:
        for (_, file), outcome in in_order(work, list(enumerate(files, 1)), workers, on_progress):
            match outcome:
                case _Pair():
                    result.add(outcome)
                case PreparedPicture():
                    result.rows.append(outcome)
                case reason:
                    settings.unreadable[file.key] = _as_text(reason)
        if not result.rows:
            reason = next(iter(settings.unreadable.values()))
            raise PincelError(f"none of the {len(files)} pictures can be read; the first: {reason}")
        removed = result.finish()
    except OSError as error:
        why = "the disk is full" if error.errno == errno.ENOSPC else error.strerror or error
        raise OutputError(f"{out} cannot be written ({why}); what is done stays, run the same command again") from None
    finally:
        result.close()
    return Preparation(out, len(result.rows), result.made, removed, classes, settings.unreadable)


@dataclass(frozen=True)
class _Pair:
    """A pair that was just made: its row, and the bytes of its files."""

    row: PreparedPicture
    data: Mapping[str, bytes]


@dataclass
class _Result:
    """The prepared folder while it grows. Nothing in it is touched before there is something to add.

    A row is noted in the unfinished manifest once both its files are whole.
    """

    out: Path
    settings: PrepareSettings
    known: Mapping[int, PreparedPicture]
    rows: list[PreparedPicture] = field(default_factory=list)
    made: int = 0
    _notes: io.BufferedWriter | None = None

    def add(self, pair: _Pair) -> None:
        if self._notes is None:
            self._notes = self._begin()
        for name, data in pair.data.items():
            write_atomically(self.out / name, data)
        self._notes.write(rows_to_csv([pair.row], header=False))
        self._notes.flush()
        self.rows.append(pair.row)
        self.made += 1

    def finish(self) -> int:
        """Write the manifest where it changes; remove the files of pictures that are gone and say how many."""
        self.close()
        settings = (self.settings.model_dump_json(indent=2) + "\n").encode()
        for name, data in ((SETTINGS, settings), (MANIFEST, rows_to_csv(self.rows))):
            path = self.out / name
            if not path.is_file() or path.read_bytes() != data:
                write_atomically(path, data)
        listed = {name for row in self.rows for name in row.files}
        gone = [
            path
            for side in SIDES
            for path in (self.out / side).iterdir()
            if f"{side}/{path.name}" not in listed and OUR_FILES.fullmatch(path.name)
        ]
        for path in gone:
            path.unlink()
        (self.out / UNFINISHED).unlink(missing_ok=True)
        return sum(not path.name.startswith(".") for path in gone)

    def close(self) -> None:
        if self._notes:
            self._notes.close()

    def _begin(self) -> io.BufferedWriter:
        self.out.mkdir(parents=True, exist_ok=True)
        write_atomically(self.out / SETTINGS, (self.settings.model_dump_json(indent=2) + "\n").encode())
        write_atomically(self.out / UNFINISHED, rows_to_csv(self.known.values()))
        (self.out / MANIFEST).unlink(missing_ok=True)
        for side in SIDES:
            (self.out / side).mkdir(exist_ok=True)
        return (self.out / UNFINISHED).open("ab")


def _make(
    file: PictureFile,
    number: int,
    class_number: int,
    settings: PrepareSettings,
    known: PreparedPicture | None,
    there: Mapping[str, int],
) -> _Pair | PreparedPicture | str:
    """The pair of a picture; its row alone when both files are there already; or the reason why there is none."""
    try:
        data = file.path.read_bytes()
        source_hash = hashlib.blake2b(data, digest_size=8).hexdigest()
        if (
            known
            and (known.key, known.class_number, known.source_hash) == (file.key, class_number, source_hash)
            and all(there.get(name) == length for name, length in known.files.items())
        ):
            return known
        rgb = read_photo(file, data)
    except PictureError as error:
        return str(error)
    except OSError as error:
        return f"{file.path} cannot be read ({error.strerror or error})"
    square, box = letterbox(rgb, settings.size)
    color, gray = (_jpeg(pixels, settings.quality) for pixels in (square, grey_rec601(square)))
    height, width = rgb.shape[:2]
    scale = settings.size / max(height, width)
    row = PreparedPicture(
        number, class_number, file.label, file.key, height, width, scale, box, source_hash, len(color), len(gray)
    )
    return _Pair(row, {row.name("color"): color, row.name("gray"): gray})


def _as_text(name: str) -> str:
    """Text that JSON can hold: a data set may lie below folders whose names are not UTF-8."""
    return os.fsencode(name).decode(errors="replace")


def _jpeg(pixels: np.ndarray, quality: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality, subsampling=0)  # colour is what is learnt: 4:4:4
    return buffer.getvalue()


def _check_place(folders: Iterable[Path], out: Path, settings: PrepareSettings) -> None:
    for folder in map(Path, folders):
        if out.resolve().is_relative_to(folder.resolve()):
            raise PincelError(f"{out} lies in the data folder {folder}; choose an -o outside of it")
    if out.exists() and not out.is_dir():
        raise PincelError(f"{out} is a file; name a folder with -o")
    if not out.is_dir() or all(path.name.startswith(".") for path in out.iterdir()):
        return
    if not is_prepared(out):
        raise PincelError(f"{out} holds other files; choose a new folder with -o")
    before = read_settings(out)
    if before.folders.keys() != settings.folders.keys():
        raise PincelError(f"{out} was prepared from {', '.join(before.folders)}; choose a new folder with -o")
    if (before.size, before.quality) != (settings.size, settings.quality):
        raise PincelError(
            f"{out} was prepared with --size {before.size} --quality {before.quality}, not {settings.size} and "
            f"{settings.quality}; choose a new folder with -o"
        )
