"""What a Python program gives as a picture: a path, bytes, an open file, an array, a Pillow image."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from PIL import Image

from pincel.errors import PictureError
from pincel.imaging.decode import from_pillow
from pincel.imaging.metadata.block import Metadata
from pincel.imaging.metadata.tiff import LAYOUT, ORIENTATION
from pincel.imaging.picture import Picture
from pincel.imaging.read import read
from pincel.imaging.samples import Samples, to_pixels, upright

__all__ = ["from_array", "from_image", "picture_of"]

TAKEN = "a path, the bytes of a file, an open file, a Pillow image or an array"
SHAPES = "(H, W), (H, W, 1), (H, W, 3) or (H, W, 4) with transparency last"


def picture_of(given: object, page: int = 1) -> Picture:
    """A picture of anything that stands for one.

    Args:
        given: a path, the bytes of a file, an open file, a Pillow image, or an array (see `from_array`).
        page: which picture of a file with several, from 1.

    Raises:
        PictureError: it is none of these, or cannot be read.
    """
    if isinstance(given, Picture):
        return given
    if isinstance(given, Image.Image):
        return from_image(given)
    if not isinstance(page, int) or isinstance(page, bool):
        raise PictureError(f"a page is a whole number from 1, not {page!r}")
    if isinstance(given, os.PathLike) and not isinstance(given, Path):
        given = os.fspath(given)
    if isinstance(given, (str, Path, bytes, bytearray, memoryview)):
        return read(bytes(given) if isinstance(given, (bytearray, memoryview)) else given, page=page)
    if hasattr(given, "read"):
        data = cast(BinaryIO, given).read()
        if not isinstance(data, bytes):
            raise PictureError('the open file gives text; open it with mode "rb"')
        return read(data, page=page, name=str(getattr(given, "name", "the picture")))
    if hasattr(given, "__array__"):
        return from_array(np.asarray(given))
    raise PictureError(f"a picture is {TAKEN}, not {type(given).__name__}")


def from_array(pixels: np.ndarray) -> Picture:
    """A picture of an sRGB array.

    Args:
        pixels: (H, W), (H, W, 1), (H, W, 3), or (H, W, 4) with alpha; uint8, uint16, bool, or float in 0..1 (kept in 16
            bits).

    Raises:
        PictureError: another shape, number type or range.
    """
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    if pixels.ndim != 3 or pixels.shape[2] not in (1, 3, 4) or 0 in pixels.shape:
        raise PictureError(f"an array of shape {pixels.shape} is no picture; it is {SHAPES}, and not empty")
    if pixels.dtype.kind == "f":
        low, high = float(pixels.min()), float(pixels.max())
        if not (low >= 0 and high <= 1):
            raise PictureError(
                f"floating-point pixels are between 0 and 1, and these go from {low:g} to {high:g}; "
                "divide them by their largest possible value"
            )
    elif pixels.dtype not in (np.uint8, np.uint16, np.bool_):
        raise PictureError(f"pixels are uint8, uint16, bool or float, not {pixels.dtype}; convert them")
    color = "grey" if pixels.shape[2] == 1 else "rgb"
    values, alpha, _ = to_pixels(Samples(pixels, color, ("alpha",) * (pixels.shape[2] == 4)))
    return Picture(values, alpha)


def from_image(image: Image.Image) -> Picture:
    """A picture of a Pillow image: upright, in sRGB, with what its file told.

    Raises:
        PictureError: its file is damaged, or its mode has no colours.
    """
    file = getattr(image, "fp", None)
    if file is not None and getattr(image, "tile", None) and image.tell() == 0:  # opened and not changed: its own file
        here = file.tell()
        file.seek(0)
        data = file.read()
        file.seek(here)
        return read(data, name=str(getattr(image, "filename", "") or "the image"))
    try:
        image.load()
        pixels, alpha, notes = to_pixels(from_pillow(image))
        metadata = Metadata.of_facts(_facts(image))
    except PictureError:
        raise
    except Exception as error:  # Pillow's decoders report damage by exceptions of any kind
        raise PictureError(f"the image cannot be decoded ({error})") from None
    turned = metadata.orientation()
    return Picture(
        upright(pixels, turned),
        None if alpha is None else upright(alpha, turned),
        metadata.cleaned(),
        image.format or "PNG",
        tuple(notes),
    )


def _facts(image: Image.Image) -> dict[Any, Any]:
    facts: dict[Any, Any] = dict(image.info)
    if not isinstance(facts.get("exif"), bytes):
        exif = image.getexif()
        for tag in set(exif) & LAYOUT - {ORIENTATION}:
            del exif[tag]
        facts["exif"] = exif.tobytes() if len(exif) else None
    return facts
