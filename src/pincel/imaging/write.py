"""Write a picture: in its own format, with its metadata, never half-written."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from pincel.errors import PictureError, PincelError
from pincel.files import reason, write_atomically
from pincel.imaging.read import Picture

__all__ = ["FORMATS", "OutputError", "encode", "format_of", "write"]

FORMATS = {"jpeg": ".jpg", "png": ".png", "tiff": ".tif", "webp": ".webp", "bmp": ".bmp"}
MOST_PIXELS_A_SIDE = {"JPEG": 65_500, "WEBP": 16_383}  # of libjpeg and libwebp
DEEP_FORMATS = ("PNG", "TIFF")  # those that hold 16 bits a channel


class OutputError(PincelError):
    """Results cannot be written at all: a full disk, a read-only folder."""


def format_of(picture: Picture, file_format: str | None = None) -> str:
    """The key of `FORMATS` that `encode` writes: as asked, or the picture's own where that can be written."""
    name = (file_format or picture.format).lower()
    name = {"jpg": "jpeg", "tif": "tiff", "mpo": "jpeg"}.get(name, name)
    if name not in FORMATS:
        return "png" if picture.alpha is not None else "jpeg"
    return name


def encode(picture: Picture, file_format: str | None = None, quality: int = 95) -> bytes:
    """The bytes of a picture file.

    Args:
        picture: pixels and metadata; 16-bit pixels stay 16-bit where the format can hold them.
        file_format: a key of `FORMATS`; the picture's own when None (JPEG when that cannot be written).
        quality: 1..100, of JPEG and WebP.

    Raises:
        PictureError: it is larger than the format allows.
    """
    name = format_of(picture, file_format).upper()
    pixels, alpha = picture.pixels, picture.alpha
    most = MOST_PIXELS_A_SIDE.get(name)
    if most is not None and max(picture.width, picture.height) > most:
        raise PictureError(
            f"a {name} file has at most {most} px a side, and this picture is {picture.width} x {picture.height}; "
            "choose another format, PNG for example"
        )
    if pixels.dtype == np.uint16 and name in DEEP_FORMATS and pixels.ndim == 3:
        return _encode_deep(pixels, alpha, name)
    if pixels.dtype == np.uint16:
        pixels = (pixels // 257).astype(np.uint8)
        alpha = None if alpha is None else (alpha // 257).astype(np.uint8)
    image = Image.fromarray(pixels)
    if alpha is not None and name not in ("JPEG", "BMP"):
        if image.mode == "L":
            image = image.convert("LA")
        image.putalpha(Image.fromarray(alpha))
    options: dict[str, object] = {"exif": picture.exif} if picture.exif and name != "BMP" else {}
    if picture.dpi:
        options["dpi"] = picture.dpi
    if name in ("JPEG", "WEBP"):
        options["quality"] = quality
    if name == "TIFF":
        options["compression"] = "tiff_lzw"
    buffer = io.BytesIO()
    image.save(buffer, name, **options)  # pyright: ignore[reportArgumentType]
    return buffer.getvalue()


def write(picture: Picture, path: Path, file_format: str | None = None, quality: int = 95) -> None:
    """Encode and write to ``path``: to a temporary name first, then renamed.

    Raises:
        OutputError: the folder is not writable or the disk is full; nothing is left behind.
        PictureError: it is larger than the format allows.
    """
    try:
        data = encode(picture, file_format, quality)
    except PictureError as error:
        raise PictureError(f"{path} cannot be written: {error}") from None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, data)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {reason(error)}") from None


def _encode_deep(pixels: np.ndarray, alpha: np.ndarray | None, name: str) -> bytes:
    planes = [pixels[..., 2], pixels[..., 1], pixels[..., 0], *([] if alpha is None else [alpha])]
    done, data = cv2.imencode(FORMATS[name.lower()], cv2.merge(planes))
    if not done:
        raise PictureError(f"a 16-bit {name} could not be encoded")
    return data.tobytes()
