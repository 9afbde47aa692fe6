"""Colour the example photos that come with Pincel, and make photos of its example drawings."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from pathlib import Path

from pincel.imaging.color import from_float
from pincel.imaging.picture import Picture
from pincel.imaging.read import read
from pincel.imaging.sheet import contact_sheet
from pincel.imaging.write import write
from pincel.runtime.model_file import Model, load_model
from pincel.runtime.painter import finished, paint
from pincel.tasks import Colorize

__all__ = ["draw_examples", "paint_examples"]


def paint_examples(out: Path, model: str | Path | Model = "default") -> Path:
    """Write ``NAME-grey.jpg`` and ``NAME-coloured.jpg`` of every example, and a contact sheet of all.

    Returns:
        The contact sheet: grey | coloured | original.
    """
    loaded = load_model(model)
    rows = []
    for path in _examples("*.jpg"):
        original = read(path)
        grey = grey_version(original)
        coloured = finished(grey, paint(grey, loaded))
        write(grey, out / f"{path.stem}-grey.jpg")
        write(coloured, out / f"{path.stem}-coloured.jpg")
        rows.append([grey.rgb(), coloured.pixels, original.rgb()])
    sheet = out / "contact-sheet.png"
    write(Picture(contact_sheet(rows, ["grey", "coloured by Pincel", "original"])), sheet, "png")
    return sheet


def draw_examples(out: Path, model: str | Path | Model = "sketch") -> Path:
    """Write ``NAME-drawn.png`` of every example drawing, and a sheet of all.

    Returns:
        The sheet: drawings above, paintings below.
    """
    loaded = load_model(model)
    drawings, paintings = [], []
    for path in _examples("*.png"):
        drawing = read(path)
        painted = replace(drawing, pixels=paint(drawing, loaded).pixels, alpha=None)
        write(painted, out / f"{path.stem}-drawn.png")
        drawings.append(drawing.rgb())
        paintings.append(painted.pixels)
    sheet = out / "drawings.png"
    names = [path.stem for path in _examples("*.png")]
    write(Picture(contact_sheet([drawings, paintings], names)), sheet, "png")
    return sheet


def _examples(pattern: str) -> list[Path]:
    return sorted((Path(str(resources.files("pincel"))) / "examples").glob(pattern))


def grey_version(picture: Picture) -> Picture:
    """The picture without its colour, L* kept; (H, W) uint8."""
    grey = from_float(Colorize().unpainted(picture.pixels))[..., 0]
    return replace(picture, pixels=grey.copy(), alpha=None)
