"""Find the pictures of a data set: folders of class folders, any number of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pincel.errors import PincelError
from pincel.imaging.read import PICTURE_SUFFIXES

__all__ = ["PictureFile", "scan"]


@dataclass(frozen=True, order=True)
class PictureFile:
    """One picture of a data set.

    Attributes:
        key: ``folder/relative/path.jpg``, the name that splits and reports use; it does not depend on where the
            data set lies.
        path: where the file is.
        label: the class folder the picture lies in; the data set's own name when there is none.
    """

    key: str
    path: Path
    label: str

    @property
    def stratum(self) -> str:
        """Data set and class: what a split keeps the shares of."""
        return f"{self.key.split('/', 1)[0]}/{self.label}"


def scan(roots: Iterable[Path]) -> list[PictureFile]:
    """All pictures below the folders, by key; hidden files and folders are left out.

    Raises:
        PincelError: a folder is missing, two folders have one name, or there is no picture at all.
    """
    files: dict[str, PictureFile] = {}
    roots = [Path(root) for root in roots]
    names: set[str] = set()
    for root in roots:
        if not root.is_dir():
            raise PincelError(f"data folder {root} does not exist or is not a folder")
        name = root.resolve().name
        if name in names:
            raise PincelError(f"two data folders are called '{name}'; rename one of them")
        names.add(name)
        for path in root.rglob("*"):
            relative = path.relative_to(root)
            if path.suffix.lower() not in PICTURE_SUFFIXES or any(part.startswith(".") for part in relative.parts):
                continue
            if not path.is_file():
                continue
            key = f"{name}/{relative.as_posix()}"
            label = relative.parts[0] if len(relative.parts) > 1 else name
            files[key] = PictureFile(key, path, label)
    if not files:
        raise PincelError(f"no pictures in {', '.join(map(str, roots))} (JPEG, PNG, TIFF, WebP, BMP are looked for)")
    return [files[key] for key in sorted(files)]
