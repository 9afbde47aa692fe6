"""The decoders: libvips where it reads, Pillow where only that does, libheif for photos of iPhones. All of them strict.

None gives back what it could not decode: libvips and libheif fail on it, Pillow does so by itself.
"""

from __future__ import annotations

import io
import os
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PIL import Image

from pincel.errors import PictureError
from pincel.extras import install_line
from pincel.imaging.color import from_float, lab_to_rgb
from pincel.imaging.metadata import jpeg, png
from pincel.imaging.profile import display_p3_profile, profile_of_gamma
from pincel.imaging.samples import PLANES, Samples
from pincel.imaging.tiff_pages import RESAVE, Page
from pincel.imaging.vips import vips

__all__ = ["DamagedError", "Source", "from_pillow", "open_source"]

PILLOW_FORMATS = {"bmp": ("BMP", "DIB"), "pnm": ("PPM",), "jp2": ("JPEG2000",), "tiff": ("TIFF",)}
LZMA, ZSTD, WEBP, JPEG_IN_TIFF = 34925, 50000, 50001, 7
COEFFICIENT_BYTES = 2  # of each sample, kept by libjpeg until the last scan of a progressive picture
JPEG_2000_BYTES = 8  # OpenJPEG computes in 32 bits and keeps what it has
PACKED_BITS = 12  # that Pillow gives as they are, 0..4095
COLORS = {"b-w": "grey", "grey16": "grey", "srgb": "rgb", "rgb16": "rgb", "scrgb": "rgb", "rgb": "rgb", "cmyk": "cmyk"}
FACTS = (
    ("exif", "exif-data"),
    ("xmp", "xmp-data"),
    ("icc_profile", "icc-profile-data"),
    ("comment", "gif-comment"),
)
AS_JPEG = "save it as JPEG (iPhone: Settings, Camera, Formats, Most Compatible)"
# what libjpeg warns of though nothing is lost: bytes between two segments, numbers that cameras get wrong
HARMLESS = ("extraneous bytes", "JFIF revision", "Invalid SOS parameters")
SRGB, DISPLAY_P3 = (1, 13), (12, 13)  # primaries and transfer curve (ITU-T H.273)
UNSUPPORTED = ("not configured", "not supported", "unsupported", "out of range", "not implemented")  # as libraries say


@dataclass
class Source:
    """A file that was opened but not decoded.

    Attributes:
        width: in pixels, as stored.
        height: in pixels, as stored.
        planes: samples a pixel.
        sample_bytes: of a sample.
        decode: does it.
        own_bytes: of a sample that the decoder takes beside.
        frames: pictures that follow each other in an animation.
        info: Pillow's or libheif's own facts, for metadata.
        is_upright: whether the decoder turns it already.
    """

    width: int
    height: int
    planes: int
    sample_bytes: int
    decode: Callable[[], Samples]
    own_bytes: int = 0
    frames: int = 1
    info: Mapping[Any, Any] | None = None
    is_upright: bool = False


def open_source(data: bytes, kind: str, page: Page | None, name: str) -> Source:
    """Open a file of a kind that is read.

    Args:
        data: the file.
        kind: see `pincel.imaging.kinds.kind_of`.
        page: of a TIFF file.
        name: how errors call it.

    Raises:
        PictureError: it is of a sort that cannot be read.
        Exception: the decoder's own; the file is damaged.
    """
    if kind == "heic":
        return _open_heif(data, name)
    if kind in PILLOW_FORMATS and (page is None or _needs_pillow(page, name)):
        return _open_with_pillow(data, kind, page, name)
    return _open_with_vips(data, kind, page, name)


def _needs_pillow(page: Page, name: str) -> bool:
    """Whether libvips, as it is packed, reads a page wrongly or not at all.

    Raises:
        PictureError: nothing here reads it.
    """
    if page.bits not in (1, 2, 4, 8, 12, 16, 32):
        raise PictureError(f"{name} has {page.bits} bits a sample, which cannot be read; {RESAVE}")
    only_pillow = page.compression in (LZMA, ZSTD) or page.bits == PACKED_BITS
    only_pillow = only_pillow or (page.color == "lab" and page.bits == 8)
    only_pillow = only_pillow or (page.color == "ycbcr" and page.compression != JPEG_IN_TIFF)
    if only_pillow and page.bits > 8 and (page.samples > 1 or page.bits > 16):
        raise PictureError(
            f"{name} is packed in a way that cannot be read "
            f"(compression {page.compression}, {page.bits} bits); {RESAVE}"
        )
    if page.is_planar and ((page.color == "grey" and page.samples > 1) or (page.is_float and page.bits == 16)):
        raise PictureError(
            f"{name} keeps its planes apart in a way that cannot be read; {RESAVE}"
        )  # libvips misreads it
    if page.compression == WEBP:
        raise PictureError(f"{name} is packed as WebP (compression {WEBP}), which cannot be read; {RESAVE}")
    if page.color == "icclab" and page.bits != 8:
        raise PictureError(f"{name} is an ICC Lab picture of {page.bits} bits, which cannot be read; {RESAVE}")
    return only_pillow


def _open_with_vips(data: bytes, kind: str, page: Page | None, name: str) -> Source:
    pyvips = vips()
    options: dict[str, Any] = {"access": "sequential", "fail_on": "warning" if kind == "jpeg" else "error"}
    if page is not None:
        options["page"] = page.number

    def opened() -> Any:
        with _plain_errors(name):
            return pyvips.Image.new_from_buffer(data, "", **options)

    data = jpeg.pixels_only(data) if kind == "jpeg" else data
    points = png.code_points_of(data) if kind == "png" else None
    if points not in (None, SRGB, DISPLAY_P3):
        raise PictureError(
            f"{name} tells its colours as {points[0]}/{points[1]} (cICP), which cannot be read; {RESAVE}"
        )
    image = opened()

    def decode() -> Samples:
        try:
            with _plain_errors(name):
                values = image.numpy()
        except DamagedError as error:
            if kind != "jpeg" or not any(words in str(error) for words in HARMLESS):
                raise
            options["fail_on"] = "error"
            values = opened().numpy()
        values = values.reshape(image.height, image.width, image.bands)
        samples = _from_vips(values, image, page)
        if kind == "png":
            gamma = png.gamma_of(data)
            profile = samples.profile or (profile_of_gamma(gamma) if gamma else None)
            profile = display_p3_profile() if points == DISPLAY_P3 else None if points else profile
            samples = replace(samples, white=png.white_of(data), profile=profile)
        return samples

    frames = image.get("n-pages") if kind in ("gif", "webp") and "n-pages" in image.get_fields() else 1
    if kind == "png" and any(chunk == b"acTL" for chunk, _ in png.chunks(data)):
        frames = 2
    sample_bytes = {"uchar": 1, "char": 1, "ushort": 2, "short": 2}.get(image.format, 4)
    info = {key: image.get(field) for key, field in FACTS if field in image.get_fields()}
    own_bytes = COEFFICIENT_BYTES if kind == "jpeg" else 1 if kind in ("avif", "webp", "gif") else 0
    return Source(image.width, image.height, image.bands, sample_bytes, decode, own_bytes, frames, info, kind == "avif")


def _from_vips(values: np.ndarray, image: Any, page: Page | None) -> Samples:
    profile = image.get("icc-profile-data") if "icc-profile-data" in image.get_fields() else None
    if image.interpretation == "labs":
        light, ab = values[..., 0] * np.float32(100 / 32767), values[..., 1:3] * np.float32(1 / 256)
        return Samples(from_float(lab_to_rgb(light, ab), np.uint16), "rgb")
    if page is not None and page.color == "icclab":
        light, ab = values[..., 0] * np.float32(100 / 255), values[..., 1:3].astype(np.float32) - 128
        return Samples(from_float(lab_to_rgb(light, ab), np.uint8), "rgb")
    color = COLORS.get(image.interpretation, "grey" if values.shape[2] < 3 else "rgb")
    if page is None:
        return Samples(values, color, ("alpha",) * (values.shape[2] - PLANES[color]), profile)
    return Samples(
        values,
        color,
        # libvips divides premultiplied colours itself
        tuple("alpha" if meaning == "premultiplied" else meaning for meaning in page.extra)[
            : values.shape[2] - PLANES[color]
        ],
        profile,
        inverted=page.inverted and page.is_float,  # of whole numbers libvips turns it
        white=page.white,
        limits=page.limits,
    )


def _open_with_pillow(data: bytes, kind: str, page: Page | None, name: str) -> Source:
    with _quiet(kind):
        image = Image.open(io.BytesIO(data), formats=PILLOW_FORMATS[kind])
        if page is not None:
            image.seek(page.number)

    def decode() -> Samples:
        if kind == "tiff":
            with _quiet(kind):
                image.load()
        samples = from_pillow(image)
        white = 2**PACKED_BITS - 1 if page is not None and page.bits == PACKED_BITS else None
        return replace(samples, white=white)

    planes = len(image.getbands())
    sample_bytes = 4 if image.mode in ("I", "F") else 2 if image.mode.startswith("I") else 1
    own_bytes = JPEG_2000_BYTES if kind == "jp2" else 1
    return Source(
        *image.size, planes, sample_bytes, decode, own_bytes, info=dict(image.info), is_upright=kind == "tiff"
    )


def from_pillow(image: Image.Image) -> Samples:
    """The samples of a Pillow image of any mode.

    Raises:
        PictureError: of a mode without colours.
    """
    profile = image.info.get("icc_profile")
    if image.mode == "P" or "transparency" in image.info:
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    if image.mode == "LAB":
        stored = np.asarray(image)
        ab = stored[..., 1:].view(np.int8).astype(np.float32)
        return Samples(from_float(lab_to_rgb(stored[..., 0] * np.float32(100 / 255), ab), np.uint8), "rgb")
    if image.mode in ("HSV", "YCbCr", "RGBX"):
        image = image.convert("RGB")
    if image.mode == "PA":
        image = image.convert("RGBA")
    modes = {
        **dict.fromkeys(("1", "L", "I", "F", "I;16", "I;16L", "I;16B", "I;16N"), ("grey", ())),
        "LA": ("grey", ("alpha",)),
        "La": ("grey", ("premultiplied",)),
        "RGB": ("rgb", ()),
        "RGBA": ("rgb", ("alpha",)),
        "RGBa": ("rgb", ("premultiplied",)),
        "CMYK": ("cmyk", ()),
    }
    if image.mode not in modes:
        raise PictureError(f"a Pillow image of mode {image.mode} has no colours to look at; convert it to L or RGB")
    color, extra = modes[image.mode]
    values = np.asarray(image)
    if image.mode.startswith("I;16"):
        values = values.astype(np.uint16)
    elif image.mode == "I" and values.size and values.min() >= 0 and values.max() <= 65535:
        values = values.astype(np.uint16)  # Pillow's way to hold 16 bits
    return Samples(values if values.ndim == 3 else values[..., None], color, extra, profile)


def _open_heif(data: bytes, name: str) -> Source:
    try:
        import pillow_heif  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise PictureError(
            f"{name} is an iPhone photo (HEIC); install what reads it: {install_line('heic')}, or {AS_JPEG}",
            f"{name} is an iPhone photo (HEIC), which is not read here; {AS_JPEG}",
        ) from None
    image = pillow_heif.open_heif(data, convert_hdr_to_8bit=False)[0]
    planes = 1 if image.mode.startswith("L") else len(image.mode.split(";")[0])

    def decode() -> Samples:
        values = np.asarray(image)
        values = values if values.ndim == 3 else values[..., None]
        color = "grey" if planes < 3 else "rgb"
        extra = ("alpha",) * (values.shape[2] - PLANES[color])
        return Samples(values, color, extra, image.info.get("icc_profile"))

    sample_bytes = 2 if ";" in image.mode else 1
    return Source(*image.size, planes, sample_bytes, decode, own_bytes=2, info=dict(image.info), is_upright=True)


class DamagedError(Exception):
    """What a decoder said about a file."""


@contextmanager
def _plain_errors(name: str) -> Iterator[None]:
    """libvips' errors, of several lines and repeated, as one; what it has no code for is told as that."""
    try:
        yield
    except vips().Error as error:
        said = list(dict.fromkeys(line.strip() for line in str(error).splitlines() if line.strip()))
        what = (said[-1] if said else "it cannot be decoded").split(": ", 1)[-1]
        if any(word in str(error).lower() for word in UNSUPPORTED):
            raise PictureError(f"{name} is of a sort that cannot be read ({what[:80]}); {RESAVE}") from None
        raise DamagedError(what) from None


_global_lock = threading.Lock()


@contextmanager
def _quiet(kind: str) -> Iterator[None]:
    """Pillow without its pixel limit (ours counts) and warnings; for TIFF without libtiff's own lines on stderr."""
    with _global_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            with _no_stderr() if kind == "tiff" else nullcontext():
                yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit


@contextmanager
def _no_stderr() -> Iterator[None]:
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
