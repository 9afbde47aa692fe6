"""What lies beside the pictures of a data set: empty class folders, other files, pictures under other endings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pincel.data.scan import PictureFile
from pincel.imaging.find import files_below
from pincel.imaging.read import PICTURE_SUFFIXES

__all__ = ["Surroundings", "class_names", "look_around"]

MAGIC = ((b"\xff\xd8\xff", "JPEG"), (b"\x89PNG\r\n", "PNG"), (b"II*\0", "TIFF"), (b"MM\0*", "TIFF"))


@dataclass(frozen=True)
class Surroundings:
    """What `pincel.data.scan.scan` passes by.

    Attributes:
        empty_classes: class folders without a picture, by class name.
        other_files: ending (lower case; "" for none) -> how many files that are not looked at.
        unlooked_pictures: those among them that are pictures by their first bytes: key -> format.
    """

    empty_classes: list[str] = field(default_factory=list)
    other_files: dict[str, int] = field(default_factory=dict)
    unlooked_pictures: dict[str, str] = field(default_factory=dict)


def class_names(files: Sequence[PictureFile], *, several: bool) -> list[str]:
    """The class of every picture: its label; where there are several data sets, the data set's name stands before it.

    >>> pictures = [PictureFile("pets/cat/a.jpg", Path("a"), "cat"), PictureFile("sky/b.jpg", Path("b"), "sky")]
    >>> class_names(pictures[:1], several=False), class_names(pictures, several=True)
    (['cat'], ['pets/cat', 'sky'])
    """
    return [_class_name(file.key.split("/", 1)[0], file.label, several) for file in files]


def look_around(roots: Sequence[Path]) -> Surroundings:
    """Walk the folders of the data sets once more for what is no picture; hidden files and folders are left out."""
    several = len(roots) > 1
    empty, endings, pictures = [], Counter(), {}
    for root in map(Path, roots):
        name = root.resolve().name
        holders = {folder.name: False for folder in sorted(root.iterdir()) if _is_shown_folder(folder)}
        for path in files_below(root):
            relative = path.relative_to(root)
            if path.suffix.lower() in PICTURE_SUFFIXES:
                holders[relative.parts[0]] = True
                continue
            endings[path.suffix.lower()] += 1
            if picture_format := _format_of(path):
                pictures[f"{name}/{relative.as_posix()}"] = picture_format
        empty += [_class_name(name, folder, several) for folder, filled in holders.items() if not filled]
    return Surroundings(empty, dict(endings.most_common()), dict(sorted(pictures.items())))


def _class_name(data_set: str, label: str, several: bool) -> str:
    return f"{data_set}/{label}" if several and label != data_set else label


def _is_shown_folder(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith(".")


def _format_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            start = file.read(12)
    except OSError:
        return ""
    if start[:4] == b"RIFF" and start[8:] == b"WEBP":
        return "WEBP"
    if start[:2] == b"BM" and start[6:10] == b"\0\0\0\0":
        return "BMP"
    return next((name for magic, name in MAGIC if start.startswith(magic)), "")
