"""Find the pictures of data sets: folders of class folders, prepared folders, and folders of pairs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from pincel.data.manifest import is_prepared, read_manifest
from pincel.data.pair_folders import data_set_of, is_pair_folder, labels_of_pairs
from pincel.data.source_target import is_source_target, partners
from pincel.errors import PictureError, PincelError
from pincel.imaging.color import eight_bits
from pincel.imaging.find import pictures_below
from pincel.imaging.read import read
from pincel.imaging.resize import Letterbox

__all__ = ["PictureFile", "read_photo", "scan"]


@dataclass(frozen=True, order=True)
class PictureFile:
    """One picture of a data set.

    Attributes:
        key: ``folder/relative/path.jpg``, the name that splits and reports use; it does not depend on where the
            data set lies. A prepared picture keeps the key of its source.
        path: where the file is.
        label: the class folder the picture lies in; the data set's own name when there is none.
        box: where the photo lies in the black square of a prepared picture; None: the whole picture is photo.
        source: of a pair A -> B: the file of A; ``path`` is B.
    """

    key: str
    path: Path
    label: str
    box: Letterbox | None = field(default=None, compare=False)
    source: Path | None = field(default=None, compare=False)

    @property
    def stratum(self) -> str:
        """Data set and class: what a split keeps the shares of."""
        return f"{self.key.split('/', 1)[0]}/{self.label}"


def scan(roots: Iterable[Path]) -> list[PictureFile]:
    """All pictures of the folders, by key; hidden files and folders are left out.

    A folder is read as what it is: prepared by ``pincel data prepare`` (`pincel.data.manifest`: the colour side,
    without its padding), two folders of pairs (`pincel.data.pair_folders`: the colour side), pairs A -> B
    (`pincel.data.source_target`: B, with A beside it), or else class folders.

    Raises:
        PincelError: a folder is missing, two folders have one name, a picture is in two of them, a manifest or pairs do
            not fit their files, a name is not UTF-8, or there is no picture at all.
    """
    roots = [Path(root) for root in roots]
    data_sets: list[Path] = []
    for root in roots:
        if not root.is_dir():
            raise PincelError(f"data folder {root} does not exist or is not a folder")
        whole = data_set_of(root)
        if whole == root or whole not in data_sets:  # both sides of pairs may have been named
            data_sets.append(whole)
    files: dict[str, PictureFile] = {}
    names: set[str] = set()
    for folder in data_sets:
        prepared = is_prepared(folder)
        name = folder.resolve().name
        if name in names and not prepared:
            raise PincelError(f"two data folders are called '{name}'; rename one of them")
        names |= set() if prepared else {name}
        for file in _prepared(folder) if prepared else _plain(folder, name):
            if file.key in files:
                raise PincelError(
                    f"{file.key} is in two of the data folders, as {files[file.key].path} and as {file.path}; "
                    "leave one of them out"
                )
            if not file.key.isprintable():
                _refuse_odd_name(file)
            files[file.key] = file
    if not files:
        raise PincelError(f"no pictures in {', '.join(map(str, roots))} (JPEG, PNG, TIFF, WebP, BMP are looked for)")
    return [files[key] for key in sorted(files)]


def read_photo(file: PictureFile, data: bytes | None = None) -> np.ndarray:
    """The pixels of a picture without the padding of a prepared one, sRGB uint8 (H, W, 3).

    Args:
        file: from `scan`.
        data: the file's bytes, when they were read already.

    Raises:
        PictureError: it cannot be read, or is not of the size that its manifest says.
    """
    rgb = eight_bits(read(data if data is not None else file.path, name=str(file.path)).rgb())
    box = file.box
    if box is None:
        return rgb
    size = max(box.height, box.width)  # the photo fills its square one way
    if rgb.shape[:2] != (size, size):
        raise PictureError(
            f"{file.path} has {rgb.shape[1]} x {rgb.shape[0]} pixels, its manifest says {size} x {size}; "
            "prepare the folder again"
        )
    return np.ascontiguousarray(rgb[box.top : box.top + box.height, box.left : box.left + box.width])


def _refuse_odd_name(file: PictureFile) -> None:
    """Names from old archives may be no UTF-8: neither splits nor manifests could hold them."""
    try:
        file.key.encode()
    except UnicodeEncodeError:
        shown = os.fsencode(file.key).decode(errors="replace")
        raise PincelError(f"the name of {shown} is not UTF-8; rename it (convmv renames many at once)") from None


def _prepared(folder: Path) -> Iterator[PictureFile]:
    for row in read_manifest(folder):
        yield PictureFile(row.key, folder / row.name("color"), row.label, row.box)


def _plain(folder: Path, name: str) -> Iterator[PictureFile]:
    if is_pair_folder(folder):
        for path, label in labels_of_pairs(folder).items():
            yield PictureFile(f"{name}/{path.relative_to(folder).as_posix()}", path, label)
        return
    if is_source_target(folder):
        for relative, source, path in partners(folder):
            label = relative.split("/")[0] if "/" in relative else name
            yield PictureFile(f"{name}/{relative}{path.suffix}", path, label, source=source)
        return
    for path in pictures_below(folder):
        relative = path.relative_to(folder)
        label = relative.parts[0] if len(relative.parts) > 1 else name
        yield PictureFile(f"{name}/{relative.as_posix()}", path, label)
