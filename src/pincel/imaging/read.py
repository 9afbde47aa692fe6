"""The one door for files of pictures: whatever the file, upright, in sRGB, with what it tells kept beside; or a reason.

What the file is, is told by its content. Everything that can go wrong with one picture is a `PictureError`.
"""

from __future__ import annotations

import mmap
import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np

from pincel import memory
from pincel.errors import PictureError
from pincel.imaging.decode import DamagedError, Source, open_source
from pincel.imaging.kinds import HEAD_BYTES, KINDS, require_kind
from pincel.imaging.metadata import jpeg, png, tiff
from pincel.imaging.metadata.block import Metadata
from pincel.imaging.picture import Picture
from pincel.imaging.samples import Samples, to_pixels, upright
from pincel.imaging.tiff_pages import Page, Pages, pages_of
from pincel.memory import MAX_PIXELS

__all__ = ["PICTURE_SUFFIXES", "PictureLimits", "count_pages", "read"]

PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp"})
# bytes a pixel that painting takes beside the decoded samples: the painted picture, and what is on its way to the file
PAINTING_BYTES = 12


@dataclass(frozen=True)
class PictureLimits:
    """What is refused before it is decoded.

    Attributes:
        pixels: larger pictures.
        memory: bytes; pictures that would take more. None: `pincel.memory.default_limit`.
        scans: of a JPEG; each costs the time of a whole picture.
    """

    pixels: int = MAX_PIXELS
    memory: int | None = None
    scans: int = jpeg.MOST_SCANS


def read(
    source: str | Path | bytes | BinaryIO,
    *,
    page: int = 1,
    limits: PictureLimits | None = None,
    name: str | None = None,
    on_size: Callable[[int], None] | None = None,
) -> Picture:
    """Read a picture: JPEG, PNG, TIFF, WebP, GIF, BMP, PPM, JPEG 2000, AVIF, and HEIC with the extra ``heic``.

    What is read how is told in docs/formats.md.

    Args:
        source: a path, the bytes of a file, or an open file.
        page: which picture of a file with several, from 1.
        limits: what is too large.
        name: how errors call the picture; the path by default.
        on_size: called with the number of pixels before they are decoded.

    Raises:
        PictureError: missing, empty, not a picture, damaged, of a sort that cannot be read, or too large.
    """
    name = name or (str(source) if isinstance(source, (str, Path)) else "the picture")
    limits = limits or PictureLimits()
    try:
        data = _bytes_of(source, name, limits)
        return _read(data, page, limits, name, on_size)
    except PictureError:
        raise
    except MemoryError:
        raise PictureError(f"{name} does not fit into memory") from None
    except Exception as error:  # decoders tell damage by exceptions of any kind
        raise PictureError(f"{name} is damaged or cut off ({_short(error)}); copy it again") from None


def count_pages(path: Path) -> int:
    """How many pictures a file has, without reading all of it; 1 where that cannot be told."""
    try:
        with path.open("rb") as file:
            if require_kind(file.read(HEAD_BYTES), "") != "tiff":
                return 1
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                return len(pages_of(mapped, "").photos)
    except (OSError, ValueError, PictureError):
        return 1


def _read(data: bytes, page: int, limits: PictureLimits, name: str, on_size: Callable[[int], None] | None) -> Picture:
    kind = require_kind(data[:HEAD_BYTES], name)
    pages = pages_of(data, name) if kind == "tiff" else None
    count = len(pages.photos) if pages else 1
    if not 1 <= page <= count:
        raise PictureError(f"{name} has {count} {'page' if count == 1 else 'pages'}, so there is no page {page}")
    photo = pages.photos[page - 1] if pages else None
    if photo is not None:
        if photo.refusal:
            raise PictureError(photo.refusal)
        _check_pixels(photo.width * photo.height, limits, name)

    def decoded(data: bytes, photo: Page | None) -> tuple[Source, Samples]:
        source = open_source(data, kind, photo, name)
        _check(source, data, kind, limits, name)
        if on_size:
            on_size(source.width * source.height)
        return source, source.decode()

    try:
        source, samples = decoded(data, photo)
    except DamagedError:
        plain = tiff.pixels_only(data, pages.where, photo.directory) if pages and photo else None
        if plain is None or photo is None:
            raise
        source, samples = decoded(plain, replace(photo, number=0))
    pixels, alpha, notes = to_pixels(samples)
    metadata, more = _metadata(data, kind, source, pages, photo)
    orientation = 1 if source.is_upright else metadata.orientation()
    if source.frames > 1:
        alpha = None if alpha is not None and alpha.min() == np.iinfo(alpha.dtype).max else alpha
        notes.append("it is an animation; the first picture of it was taken")
    if pages and pages.note:
        notes.append(pages.note)
    return Picture(
        upright(pixels, orientation),
        None if alpha is None else upright(alpha, orientation),
        metadata.cleaned(),
        KINDS[kind],
        tuple(f"{name}: {note}" for note in [*notes, *more]),
        count,
    )


def _metadata(
    data: bytes, kind: str, source: Source, pages: Pages | None, photo: Page | None
) -> tuple[Metadata, list[str]]:
    """What the file tells; metadata that cannot be understood are never a reason to refuse a picture."""
    try:
        if kind == "jpeg":
            return jpeg.extract(data), []
        if kind == "png":
            return png.extract(data), []
        if pages and photo:
            return tiff.extract(data, pages.where, photo.directory), []
        return Metadata.of_facts(source.info or {}), []
    except Exception:  # of whatever kind
        return Metadata(), ["its metadata are damaged and were left out"]


def _bytes_of(source: str | Path | bytes | BinaryIO, name: str, limits: PictureLimits) -> bytes:
    """The whole file; its beginning is looked at first."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        data = bytes(source)
    elif isinstance(source, (str, Path)):
        data = _read_file(Path(source), name, limits)
    else:
        data = source.read()
    if not data:
        raise PictureError(f"{name} is empty (0 bytes); copy it again")
    return data


def _read_file(path: Path, name: str, limits: PictureLimits) -> bytes:
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise PictureError(f"{name} is a folder, not a picture")
        if not stat.S_ISREG(status.st_mode):
            raise PictureError(f"{name} is not a file (a pipe, a socket or a device), so there is no picture in it")
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
            if head:
                require_kind(head, name)
            _check_bytes(status.st_size, limits, name)
            file.seek(0)
            return file.read()
    except FileNotFoundError:
        raise PictureError(f"{name} does not exist; check the name") from None
    except OSError as error:
        raise PictureError(f"{name} cannot be read ({error.strerror or error})") from None


def _check(source: Source, data: bytes, kind: str, limits: PictureLimits, name: str) -> None:
    pixels = source.width * source.height
    _check_pixels(pixels, limits, name)
    a_sample = source.sample_bytes + source.own_bytes
    painted = PAINTING_BYTES * (1 if source.sample_bytes == 1 else 2)
    _check_bytes(len(data) + pixels * (source.planes * a_sample + painted), limits, name)
    if kind == "jpeg" and (scans := jpeg.scans(data)) > limits.scans:
        raise PictureError(
            f"{name} has {scans} scans, which would take very long; a sound JPEG has about ten. Save it again"
        )


def _check_pixels(pixels: int, limits: PictureLimits, name: str) -> None:
    if pixels > limits.pixels:
        raise PictureError(
            f"{name} has {_in_millions(pixels)} megapixels, more than the limit of {_in_millions(limits.pixels)}; "
            "raise it with --max-pixels if you trust the file"
        )


def _check_bytes(needed: int, limits: PictureLimits, name: str) -> None:
    most = memory.default_limit() if limits.memory is None else limits.memory
    if needed > most:
        raise PictureError(
            f"{name} would take {needed / 1e9:.1f} GB of memory, more than the limit of {most / 1e9:.1f}; "
            "close other programs, make it smaller, or raise the limit with --max-memory"
        )


def _in_millions(pixels: int) -> str:
    return f"{pixels / 1e6:.0f}" if pixels >= 10_000_000 else f"{pixels / 1e6:.2g}"


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:80] if str(error) else type(error).__name__
