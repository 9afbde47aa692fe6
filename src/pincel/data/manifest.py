"""A prepared folder's own account: what each pair was made of, where the photo lies in its square, and which files.

``manifest.csv`` has one row a pair; ``classes.json`` has what holds for all of them. While a folder is being prepared
its manifest is called ``manifest.unfinished.csv``, so nobody takes a part for the whole.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ValidationError

from pincel.errors import PincelError
from pincel.imaging.resize import Letterbox

__all__ = [
    "MANIFEST",
    "SETTINGS",
    "SIDES",
    "UNFINISHED",
    "PrepareSettings",
    "PreparedPicture",
    "file_bytes",
    "is_prepared",
    "read_manifest",
    "read_settings",
    "rows_to_csv",
    "usable_rows",
]

MANIFEST, UNFINISHED, SETTINGS = "manifest.csv", "manifest.unfinished.csv", "classes.json"
SIDES = ("color", "gray")
HEADER = (
    "number,class_number,class,source,color,gray,width,height,scale,"
    "left,top,box_width,box_height,source_hash,color_bytes,gray_bytes"
)
COLUMNS = HEADER.split(",")


class PrepareSettings(BaseModel):
    """What holds for all pairs of a prepared folder (``classes.json``).

    Attributes:
        format: marks the file as ours.
        size: side of the squares in pixels.
        quality: of the JPEGs, 1..100.
        classes: class number (from 1, in order of the names) -> class name.
        folders: the data sets it was made of, name -> where they lay.
        unreadable: key of a source picture -> why there is no pair of it.
    """

    format: Literal["pincel-prepared"] = "pincel-prepared"
    size: int
    quality: int
    classes: dict[int, str]
    folders: dict[str, str]
    unreadable: dict[str, str] = {}


@dataclass(frozen=True)
class PreparedPicture:
    """One pair: a row of the manifest.

    Attributes:
        number: running number over the sorted data set, from 1.
        class_number: from 1, in order of the class names.
        label: the class name.
        key: of the source picture (see `pincel.data.scan.PictureFile`); splits know it by that name.
        height, width: of the source picture, upright, in pixels.
        scale: pixels of the square for one of the source picture.
        box: where the photo lies in the square.
        source_hash: of the source file's bytes, 16 hexadecimal digits.
        color_bytes, gray_bytes: sizes of the two files.
    """

    number: int
    class_number: int
    label: str
    key: str
    height: int
    width: int
    scale: float
    box: Letterbox
    source_hash: str
    color_bytes: int
    gray_bytes: int

    def name(self, side: str) -> str:
        """``color/color_00001_1.jpg``, the file's path below the prepared folder (``side``: color or gray)."""
        return f"{side}/{side}_{self.number:05d}_{self.class_number}.jpg"

    @property
    def files(self) -> dict[str, int]:
        """Name and size in bytes of both files."""
        return {self.name("color"): self.color_bytes, self.name("gray"): self.gray_bytes}


def is_prepared(folder: Path) -> bool:
    """Whether ``pincel data prepare`` made this folder, whole or in part."""
    for name in (MANIFEST, UNFINISHED):
        path = folder / name
        if path.is_file():
            with path.open(encoding="utf-8", errors="replace") as lines:
                if lines.readline(len(HEADER) + 2).rstrip() == HEADER:
                    return True
    path = folder / SETTINGS
    return path.is_file() and '"pincel-prepared"' in path.read_text(encoding="utf-8", errors="replace")


def read_settings(folder: Path) -> PrepareSettings:
    """``classes.json`` of a prepared folder.

    Raises:
        PincelError: it is missing or damaged.
    """
    path = folder / SETTINGS
    try:
        return PrepareSettings.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PincelError(f"{path} is missing; copy the whole prepared folder, or prepare it anew elsewhere") from None
    except (OSError, UnicodeDecodeError, ValidationError):
        raise PincelError(f"{path} is damaged; copy the prepared folder again, or prepare it anew elsewhere") from None


def read_manifest(folder: Path) -> list[PreparedPicture]:
    """The pairs of a prepared folder, after a look at whether its files are those that the manifest lists.

    Raises:
        PincelError: preparing was not finished, a part of the account is missing or damaged, or a file is missing,
            has changed, or is not listed.
    """
    mend = "run the same `pincel data prepare` again, it makes only what is missing"
    path = folder / MANIFEST
    if (folder / UNFINISHED).exists():
        raise PincelError(f"{folder} is not prepared to its end; {mend}")
    settings = read_settings(folder)
    rows: list[PreparedPicture] = []
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            table = csv.DictReader(lines)
            for entry in table:
                try:
                    rows.append(_row(entry, settings))
                except ValueError as error:
                    raise PincelError(f"{path}, line {table.line_num}: {error}; {mend}") from None
    except UnicodeDecodeError:
        raise PincelError(f"{path} is no text in UTF-8; {mend}") from None
    except (OSError, csv.Error) as error:
        raise PincelError(f"{path} cannot be read ({getattr(error, 'strerror', None) or error}); {mend}") from None
    for what, count in (("number", len({row.number for row in rows})), ("source", len({row.key for row in rows}))):
        if count < len(rows):
            raise PincelError(f"{path} has a {what} twice; {mend}")
    _check_files(folder, rows, mend)
    return rows


def usable_rows(folder: Path, settings: PrepareSettings) -> dict[int, PreparedPicture]:
    """Number -> row, as far as they can be read: what earlier, perhaps interrupted, preparing left. Later rows win."""
    rows = {}
    for name in (MANIFEST, UNFINISHED):
        try:
            text = (folder / name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        with suppress(csv.Error):  # what follows a damaged row is made again
            for entry in csv.DictReader(io.StringIO(text.replace("\0", ""), newline="")):  # NULs: after a power cut
                with suppress(ValueError):  # a line that was being written when the machine stopped
                    row = _row(entry, settings)
                    rows[row.number] = row
    return rows


def rows_to_csv(rows: Iterable[PreparedPicture], *, header: bool = True) -> bytes:
    """The rows as they stand in the manifest."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    if header:
        table.writerow(COLUMNS)
    for row in rows:
        what = [row.number, row.class_number, row.label, row.key, row.name("color"), row.name("gray")]
        place = [row.width, row.height, f"{row.scale:.6g}", row.box.left, row.box.top, row.box.width, row.box.height]
        table.writerow([*what, *place, row.source_hash, row.color_bytes, row.gray_bytes])
    return out.getvalue().encode()


def file_bytes(folder: Path) -> dict[str, int]:
    """Name (``color/color_00001_1.jpg``) -> size in bytes of every visible file on both sides."""
    sizes = {}
    for side in SIDES:
        if (folder / side).is_dir():
            with os.scandir(folder / side) as entries:
                sizes |= {f"{side}/{e.name}": e.stat().st_size for e in entries if not e.name.startswith(".")}
    return sizes


def _row(entry: Mapping[str, str | None], settings: PrepareSettings) -> PreparedPicture:
    """A row of the CSV; a ValueError says what is wrong with it."""
    missing = [name for name in COLUMNS if entry.get(name) in (None, "")]
    if missing:
        raise ValueError(f"column '{missing[0]}' is empty")
    text = {name: str(entry[name]) for name in COLUMNS}

    def whole(name: str) -> int:
        if not text[name].isdecimal():
            raise ValueError(f"column '{name}' is '{text[name]}', not a whole number")
        return int(text[name])

    row = PreparedPicture(
        whole("number"),
        whole("class_number"),
        text["class"],
        text["source"],
        whole("height"),
        whole("width"),
        float(text["scale"]),
        Letterbox(whole("top"), whole("left"), whole("box_height"), whole("box_width")),
        text["source_hash"],
        whole("color_bytes"),
        whole("gray_bytes"),
    )
    if settings.classes.get(row.class_number) != row.label:
        raise ValueError(f"class {row.class_number} is not called '{row.label}' in {SETTINGS}")
    for side in SIDES:
        if text[side] != row.name(side):
            raise ValueError(f"the {side} file should be {row.name(side)}, not {text[side]}")
    _check_box(row.box, settings.size)
    return row


def _check_box(box: Letterbox, size: int) -> None:
    inside = box.top + box.height <= size and box.left + box.width <= size
    if not inside or min(box.height, box.width) < 1 or max(box.height, box.width) != size:
        raise ValueError(f"a photo of {box.width} x {box.height} px does not fit the size {size} of {SETTINGS}")


def _check_files(folder: Path, rows: Sequence[PreparedPicture], mend: str) -> None:
    found = file_bytes(folder)
    listed = {name: size for row in rows for name, size in row.files.items()}
    missing = sorted(listed.keys() - found.keys())
    changed = sorted(name for name in listed.keys() & found.keys() if listed[name] != found[name])
    foreign = sorted(found.keys() - listed.keys())
    for names, what, how in (
        (missing, "missing", mend),
        (changed, "of another size than listed", mend),
        (foreign, "not listed", f"{mend}, or move away what you put there"),
    ):
        if names:
            files = "file is" if len(names) == 1 else "files are"
            raise PincelError(
                f"{folder} does not match its {MANIFEST}: {len(names)} {files} {what} (the first: {names[0]}); {how}"
            )
