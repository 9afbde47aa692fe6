"""Options that several painting commands share, and what they make of them."""

from __future__ import annotations

import math
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pincel.memory import MAX_PIXELS

if TYPE_CHECKING:
    from pincel.runtime.folder import Output

__all__ = [
    "MAX_MEGAPIXELS",
    "Format",
    "JsonLines",
    "Label",
    "MaxMemory",
    "MaxPixels",
    "OptionalFormat",
    "Out",
    "Overwrite",
    "Pages",
    "Pictures",
    "Quality",
    "SideBySide",
    "WorkingSize",
    "finite",
    "output_of",
]


MAX_MEGAPIXELS = MAX_PIXELS / 1e6


class Format(StrEnum):
    """File formats that results can have."""

    jpeg = "jpeg"
    png = "png"
    tiff = "tiff"
    webp = "webp"
    bmp = "bmp"


def finite(value: float | None) -> float | None:
    """Callback of options that are numbers: ``nan`` passes every limit, and nothing can be done infinitely often."""
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"{value} is no finite number")
    return value


Pictures = Annotated[list[str], typer.Argument(help="Pictures, folders of pictures, or globs.", metavar="PICTURE...")]
Out = Annotated[Path, typer.Option("--out", "-o", help="Folder of the results; a file when there is one picture.")]
Label = Annotated[
    str | None,
    typer.Option(help="What is to be seen, for a model with labels; auto lets it tell, unknown tells nothing."),
]
WorkingSize = Annotated[int | None, typer.Option(min=16, max=4096, help="Long side in pixels that the network sees.")]
SideBySide = Annotated[bool, typer.Option("--side-by-side", help="Put what was given to the left.")]
OptionalFormat = Annotated[
    Format | None, typer.Option("--format", help="File format of the results; the picture's own by default.")
]
Quality = Annotated[int, typer.Option(min=1, max=100, help="Of JPEG and WebP.")]
Overwrite = Annotated[
    bool, typer.Option("--overwrite/--skip-existing", help="Paint again what is in OUT already, or go on after it.")
]
MaxPixels = Annotated[
    float, typer.Option(min=0.001, callback=finite, help="Refuse pictures of more megapixels than this.")
]
MaxMemory = Annotated[
    float | None,
    typer.Option(
        min=0.01,
        callback=finite,
        help="Refuse what takes more GB of memory; half of what is free by default.",
    ),
]
Pages = Annotated[str | None, typer.Option(help="Pages of files with several, as 2 or 1,3-5; all by default.")]
JsonLines = Annotated[bool, typer.Option("--json", help="One JSON object a picture on stdout, no progress.")]


def output_of(
    file_format: Format | None,
    quality: int,
    side_by_side: bool,
    overwrite: bool,
    max_megapixels: float,
    max_gigabytes: float | None = None,
) -> Output:
    """How results are written."""
    from pincel.imaging.read import PictureLimits
    from pincel.runtime.folder import Output

    memory = None if max_gigabytes is None else round(max_gigabytes * 1e9)
    limits = PictureLimits(round(max_megapixels * 1e6), memory)
    return Output(file_format.value if file_format else None, quality, side_by_side, overwrite, limits)
