"""Write a picture: in its own format and depth, with what its file told, never half-written."""

from __future__ import annotations

import errno
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from PIL import Image

from pincel.errors import PictureError, PincelError
from pincel.files import reason, write_atomically
from pincel.imaging.color import eight_bits
from pincel.imaging.metadata import exif, jpeg, png, tiff, xmp
from pincel.imaging.metadata.block import Metadata
from pincel.imaging.picture import Picture
from pincel.imaging.profile import srgb_profile
from pincel.imaging.vips import vips

__all__ = [
    "FORMATS",
    "Encoded",
    "OutputError",
    "encode",
    "encode_pages",
    "format_of",
    "pillow_options",
    "refusal",
    "with_metadata",
    "write",
    "write_encoded",
]

FORMATS = {"jpeg": ".jpg", "png": ".png", "tiff": ".tif", "webp": ".webp", "bmp": ".bmp"}
MOST_PIXELS_A_SIDE = {"jpeg": 65_500, "webp": 16_383}  # of libjpeg and libwebp
DEEP_FORMATS = ("png", "tiff")  # those that hold 16 bits a channel
WITHOUT_ALPHA = ("jpeg", "bmp")
WITH_QUALITY = ("jpeg", "webp")
# what the system says where nothing can be written; anything else is told of one file
OF_ALL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
LONGEST_EXIF = {"jpeg": jpeg.LONGEST_EXIF}


class OutputError(PincelError):
    """Results cannot be written at all: a full disk, a read-only folder."""


class Encoded(NamedTuple):
    """The bytes of a file, and what had no room in it, a sentence each."""

    data: bytes
    notes: tuple[str, ...] = ()


def format_of(picture: Picture, file_format: str | None = None) -> str:
    """The key of `FORMATS` that `encode` writes: as asked, or the picture's own where that can be written."""
    name = (file_format or picture.format).lower()
    name = {"jpg": "jpeg", "tif": "tiff", "mpo": "jpeg"}.get(name, name)
    if name not in FORMATS:
        return "png" if picture.alpha is not None else "jpeg"
    return name


def encode(picture: Picture, file_format: str | None = None, quality: int = 95) -> Encoded:
    """A picture file.

    Args:
        picture: pixels and metadata; 16-bit pixels stay 16-bit where the format can hold them.
        file_format: a key of `FORMATS`; the picture's own when None (JPEG when that cannot be written).
        quality: 1..100, of JPEG and WebP.

    Raises:
        PictureError: it is larger than the format allows, or cannot be encoded.
    """
    return _encode([picture], format_of(picture, file_format), quality)


def encode_pages(pictures: Sequence[Picture]) -> Encoded:
    """One TIFF file with a page for each picture.

    Raises:
        PictureError: it would have more than 4 GB.
    """
    return _encode(pictures, "tiff", 0)


def _encode(pictures: Sequence[Picture], name: str, quality: int) -> Encoded:
    try:
        if len(pictures) > 1:
            pages = [(_pixels(page, name, quality), _writable(page, name)[0], _profile(page)) for page in pictures]
            return Encoded(tiff.assemble(pages))
        data = _pixels(pictures[0], name, quality)
        return with_metadata(data, name, pictures[0])
    except PictureError:
        raise
    except MemoryError:
        raise PictureError("it does not fit into memory") from None
    except Exception as error:  # encoders tell trouble by exceptions of any kind
        raise PictureError(f"a {name.upper()} file of it could not be made ({str(error)[:80]})") from error


def with_metadata(data: bytes, name: str, picture: Picture) -> Encoded:
    """Put what a picture's file told into an encoded picture that tells nothing yet.

    Args:
        data: the file.
        name: its format, a key of `FORMATS`.
        picture: its size, and what its file told.
    """
    metadata, notes = _writable(picture, name)
    put = {"jpeg": jpeg.put, "png": png.put, "tiff": tiff.put}.get(name)
    if put is not None:
        data, lost = put(data, metadata, _profile(picture))
        notes += lost
    return Encoded(data, tuple(notes))


def write(picture: Picture, path: Path, file_format: str | None = None, quality: int = 95) -> tuple[str, ...]:
    """Encode and write to ``path``: to a temporary name first, then renamed.

    Returns:
        What had no room in the file, a sentence each.

    Raises:
        OutputError: the folder is not writable or the disk is full; nothing is left behind.
        PictureError: it is larger than the format allows, or this one name cannot be written.
    """
    return write_encoded(lambda: encode(picture, file_format, quality), path)


def write_encoded(make: Callable[[], Encoded], path: Path) -> tuple[str, ...]:
    """`write` of what ``make`` gives."""
    try:
        encoded = make()
    except PictureError as error:
        raise PictureError(f"{path} cannot be written: {error}") from None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, encoded.data)
    except OSError as error:
        raise refusal(path, error) from None
    return tuple(f"{path}: {note}" for note in encoded.notes)


def refusal(path: Path, error: OSError) -> PincelError:
    """What the system's refusal to write ``path`` means: this one file cannot be written, or none can."""
    kind = OutputError if error.errno in OF_ALL else PictureError
    return kind(f"{path} cannot be written: {reason(error)}")


def _pixels(picture: Picture, name: str, quality: int) -> bytes:
    """The pixels as a file that tells nothing else."""
    pixels, alpha = picture.pixels, picture.alpha if name not in WITHOUT_ALPHA else None
    most = MOST_PIXELS_A_SIDE.get(name)
    if most is not None and max(picture.width, picture.height) > most:
        raise PictureError(
            f"a {name.upper()} file has at most {most} px a side, and this picture is "
            f"{picture.width} x {picture.height}; choose another format, PNG for example"
        )
    if pixels.dtype == np.uint16 and name not in DEEP_FORMATS:
        pixels, alpha = eight_bits(pixels), None if alpha is None else eight_bits(alpha)
    if name == "png":
        return _png(pixels, alpha)
    if name == "tiff":
        return _tiff(pixels, alpha)
    image = Image.fromarray(pixels)
    if alpha is not None:
        image = image.convert("RGB")
        image.putalpha(Image.fromarray(alpha))
    buffer = io.BytesIO()
    image.save(
        buffer, name, **{**pillow_options(picture, name), **({"quality": quality} if name in WITH_QUALITY else {})}
    )
    return buffer.getvalue()


def pillow_options(picture: Picture, name: str) -> dict[str, Any]:
    """What Pillow is told of a picture's metadata in formats that it puts them into."""
    if name == "bmp":
        resolution = picture.metadata.resolution
        return {"dpi": resolution.per("inch")} if resolution else {}
    if name != "webp":
        return {}
    metadata = _writable(picture, name)[0]
    options = {"exif": metadata.described(), "xmp": metadata.xmp, "icc_profile": _profile(picture)}
    return {key: value for key, value in options.items() if value}


def _png(pixels: np.ndarray, alpha: np.ndarray | None) -> bytes:
    if alpha is not None:
        rgb = pixels if pixels.ndim == 3 else cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB)
        pixels = cv2.merge([rgb[..., 2], rgb[..., 1], rgb[..., 0], alpha])
    elif pixels.ndim == 3:
        pixels = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".png", pixels)
    if not done:
        raise PictureError("it could not be encoded")
    return data.tobytes()


def _tiff(pixels: np.ndarray, alpha: np.ndarray | None) -> bytes:
    pyvips = vips()
    planes = pixels if pixels.ndim == 3 else pixels[..., None]
    if alpha is not None:
        planes = np.concatenate([planes, alpha[..., None]], 2)
    colors = {1: ("b-w", "grey16"), 2: ("b-w", "grey16"), 3: ("srgb", "rgb16"), 4: ("srgb", "rgb16")}[planes.shape[2]]
    interpretation = colors[pixels.dtype == np.uint16]
    image = pyvips.Image.new_from_array(np.ascontiguousarray(planes), interpretation=interpretation)
    return image.tiffsave_buffer(compression="lzw", predictor="horizontal", keep=pyvips.enums.ForeignKeep.NONE)


def _profile(picture: Picture) -> bytes | None:
    """The profile of the result: it says what its colours mean where the picture's file did."""
    return srgb_profile() if picture.metadata.has_profile and picture.pixels.ndim == 3 else None


def _writable(picture: Picture, name: str) -> tuple[Metadata, list[str]]:
    """What the result tells: of its own size, and as much as has room in the format."""
    metadata, notes = picture.metadata.sized(picture.width, picture.height), []
    longest = LONGEST_EXIF.get(name)
    if metadata.exif and longest:
        short, lost = exif.shortened(metadata.exif, longest)
        metadata = replace(metadata, exif=short)
        notes += [f"its EXIF is too long for a {name.upper()} file; left out: {lost}"] if lost else []
    if metadata.xmp_parts and name != "jpeg":
        metadata = replace(metadata, xmp=xmp.without_parts(metadata.xmp or b""), xmp_parts=())
        notes.append(f"only JPEG files have room for the longer part of its XMP, not {name.upper()}; it was left out")
    return metadata, notes
