"""Read a picture file as it should be seen: upright, in sRGB, with its alpha and its EXIF kept aside."""

from __future__ import annotations

import io
import struct
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from pincel.errors import PictureError

__all__ = ["MAX_PIXELS", "PICTURE_SUFFIXES", "Picture", "from_image", "read"]

MAX_PIXELS = 250_000_000
PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp"})
# formats that are opened (JPEG also opens MPO); not EPS and WMF, whose readers run other programs
OPENED = ("AVIF", "BMP", "DIB", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "TIFF", "WEBP")
ORIENTATION = 0x0112  # EXIF tag
# EXIF tags that describe the picture: description, make, model, software, date, artist, copyright, EXIF and GPS blocks
DESCRIBING_TAGS = {270, 271, 272, 305, 306, 315, 33432, 34665, 34853}
SRGB_NAMES = frozenset({"sRGB", "sRGB IEC61966-2.1", "sRGB IEC61966-2-1", "sRGB built-in", "sRGB2014", "c2", "uRGB"})


@dataclass(frozen=True)
class Picture:
    """A decoded picture.

    Attributes:
        pixels: sRGB, upright; (H, W) when the picture is grey, else (H, W, 3); uint8 or uint16.
        alpha: (H, W) of the same dtype, or None.
        exif: the EXIF block without orientation (the pixels are upright already), or None.
        format: Pillow's name of the file format ("JPEG", "PNG", ...).
        dpi: dots per inch, horizontal and vertical, when the file says so.
    """

    pixels: np.ndarray
    alpha: np.ndarray | None = None
    exif: bytes | None = field(default=None, repr=False)
    format: str = "PNG"
    dpi: tuple[float, float] | None = None

    @property
    def height(self) -> int:
        """In pixels."""
        return self.pixels.shape[0]

    @property
    def width(self) -> int:
        """In pixels."""
        return self.pixels.shape[1]

    def rgb(self) -> np.ndarray:
        """The pixels as (H, W, 3), grey repeated."""
        return self.pixels if self.pixels.ndim == 3 else cv2.cvtColor(self.pixels, cv2.COLOR_GRAY2RGB)


def read(
    source: str | Path | bytes,
    *,
    max_pixels: int = MAX_PIXELS,
    name: str | None = None,
    on_size: Callable[[int], None] | None = None,
) -> Picture:
    """Read JPEG, PNG (8/16 bit, palette, grey, alpha), TIFF, WebP, BMP.

    EXIF orientation is applied, an embedded ICC profile is converted to sRGB, the first frame of several is taken.

    Args:
        source: a path, or the bytes of a file.
        max_pixels: larger pictures are refused before they are decoded.
        name: how errors call the picture; the path by default.
        on_size: called with the number of pixels before they are decoded.

    Raises:
        PictureError: missing, empty, not a picture, cut off, or too large.
    """
    name = name or (str(source) if not isinstance(source, bytes) else "the picture")
    data = source if isinstance(source, bytes) else _read_bytes(Path(source), name)
    if not data:
        raise PictureError(f"{name} is empty (0 bytes); copy it again")
    try:
        with _no_pillow_limit(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data), formats=OPENED)
            _check_size(image.size, max_pixels, name)
            if on_size:
                on_size(image.width * image.height)
            if _is_deep_color(image, data):
                return _read_deep_color(image, data, name)
            return from_image(_as_grey_jpeg(image, data))
    except PictureError:
        raise
    except UnidentifiedImageError:
        raise PictureError(f"{name} is not a picture that can be read (JPEG, PNG, TIFF, WebP, BMP)") from None
    except MemoryError:
        raise PictureError(f"{name} does not fit into memory") from None
    except (OSError, SyntaxError, ValueError, struct.error, IndexError, TypeError, KeyError, cv2.error) as error:
        # Pillow's decoders report damaged files by any of these.
        raise PictureError(f"{name} is damaged or cut off ({_short(error)}); copy it again") from None


def from_image(image: Image.Image) -> Picture:
    """A Pillow image -> `Picture` (upright, sRGB). See `read`."""
    file_format = image.format or "PNG"
    dpi = image.info.get("dpi")
    profile = image.info.get("icc_profile")
    if image.getexif().get(ORIENTATION, 1) != 1:
        image = ImageOps.exif_transpose(image)
    exif = _exif_without_orientation(image)
    if image.mode in ("I;16", "I;16B", "I;16L", "I;16N"):
        return Picture(np.asarray(image).astype(np.uint16), None, exif, file_format, _dpi(dpi))
    if image.mode in ("I", "F"):
        image = _to_8_bit(image)
    if image.mode == "P" or "transparency" in image.info:
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    alpha = None
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa"):
        image = image.convert("RGBA") if image.mode in ("RGBa", "PA") else image
        alpha = np.array(image.getchannel("A"))
        image = image.convert("L" if image.mode in ("LA", "La") else "RGB")
    if profile:
        image = _to_srgb(image, profile)
    if image.mode not in ("L", "RGB"):
        image = image.convert("L" if image.mode == "1" else "RGB")
    return Picture(_drop_equal_channels(np.asarray(image)), alpha, exif, file_format, _dpi(dpi))


def _drop_equal_channels(pixels: np.ndarray) -> np.ndarray:
    """(H, W, 3) whose three channels are equal -> (H, W): most black-and-white photos are stored as RGB."""
    if pixels.ndim == 2 or np.ptp(pixels[::61, ::67], axis=2).any():  # a few pixels tell most colour photos
        return pixels
    red = cv2.extractChannel(pixels, 0)
    same = not any(cv2.countNonZero(cv2.absdiff(red, cv2.extractChannel(pixels, i))) for i in (1, 2))
    return red if same else pixels


def _read_bytes(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise PictureError(f"{name} does not exist; check the name") from None
    except IsADirectoryError:
        raise PictureError(f"{name} is a folder, not a picture") from None
    except OSError as error:
        raise PictureError(f"{name} cannot be read ({error.strerror or error})") from None


def _check_size(size: tuple[int, int], max_pixels: int, name: str) -> None:
    pixels = size[0] * size[1]
    if pixels > max_pixels:
        raise PictureError(
            f"{name} has {_in_millions(pixels)} megapixels, more than the limit of {_in_millions(max_pixels)}; "
            "raise it with --max-pixels if you trust the file"
        )


def _in_millions(pixels: int) -> str:
    return f"{pixels / 1e6:.0f}" if pixels >= 10_000_000 else f"{pixels / 1e6:.2g}"


def _as_grey_jpeg(image: Image.Image, data: bytes) -> Image.Image:
    """A large JPEG that is stored in colour but has none, decoded without colour: half the time of a big scan."""
    if image.format != "JPEG" or image.mode != "RGB" or "icc_profile" in image.info or image.width * image.height < 1e6:
        return image
    planes = Image.open(io.BytesIO(data))
    planes.draft("YCbCr", planes.size)
    if any(planes.getchannel(name).getextrema() != (128, 128) for name in ("Cb", "Cr")):
        return image
    grey = planes.getchannel("Y")
    grey.format, grey.info = image.format, image.info
    grey.getexif().load(image.getexif().tobytes())
    return grey


def _is_deep_color(image: Image.Image, data: bytes) -> bool:
    """Whether this is a 16-bit colour file, which Pillow would read as 8 bit."""
    if image.format == "PNG":
        return data[24] == 16 and data[25] in (2, 4, 6)  # IHDR: bit depth, colour type (RGB, grey + alpha, RGBA)
    if image.format == "TIFF":
        bits = image.tag_v2.get(258, (8,))  # type: ignore[attr-defined]  # BitsPerSample
        return isinstance(bits, tuple) and len(bits) > 1 and max(bits) == 16
    return False


def _read_deep_color(image: Image.Image, data: bytes, name: str) -> Picture:
    if image.format == "TIFF" and image.tag_v2.get(284, 1) != 1:  # type: ignore[attr-defined]  # PlanarConfiguration
        # OpenCV fills only a part of its buffer; the rest would be whatever lay in memory, another picture maybe.
        raise PictureError(
            f"{name} keeps its 16-bit colours in separate planes, which cannot be read; "
            "save it with interleaved ('chunky', 'per pixel') colours, or as PNG"
        )
    flags = cv2.IMREAD_UNCHANGED
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    if pixels is None or pixels.dtype != np.uint16:
        raise PictureError(f"{name} is damaged or cut off; copy it again")
    orientation = image.getexif().get(ORIENTATION, 1)
    pixels = _upright(pixels, orientation)
    alpha = np.ascontiguousarray(pixels[..., 3]) if pixels.shape[2] == 4 else None
    rgb = cv2.cvtColor(pixels[..., :3], cv2.COLOR_BGR2RGB)
    rgb = _drop_equal_channels(rgb)
    exif = _exif_without_orientation(image)
    return Picture(rgb, alpha, exif, image.format or "PNG", _dpi(image.info.get("dpi")))


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Apply EXIF orientation 1..8 to (H, W, C)."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def _to_8_bit(image: Image.Image) -> Image.Image:
    """32-bit integer and float pictures: 0..65535 integers keep their scale, anything else is stretched."""
    values = np.asarray(image, np.float64)
    low, high = (0.0, 65535.0) if image.mode == "I" else (float(values.min()), float(values.max()))
    scaled = np.clip((values - low) / max(high - low, 1e-9), 0, 1)
    return Image.fromarray((scaled * 255 + 0.5).astype(np.uint8))


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if image.mode != "CMYK" and ImageCms.getProfileDescription(source).strip() in SRGB_NAMES:
            return image
        target = "L" if image.mode == "L" else "RGB"
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image  # a broken profile says nothing: the values are taken as sRGB
    return (converted or image).convert(target)


def _exif_without_orientation(image: Image.Image) -> bytes | None:
    exif = image.getexif()
    wanted = DESCRIBING_TAGS if image.format == "TIFF" else set(exif) - {ORIENTATION}
    for tag in set(exif) - wanted:  # a TIFF's own tags are its layout, which the result does not share
        del exif[tag]
    return exif.tobytes() if len(exif) else None


def _dpi(value: object) -> tuple[float, float] | None:
    if isinstance(value, tuple) and len(value) == 2 and all(float(v) > 0 for v in value):
        return float(value[0]), float(value[1])
    return None


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:80] if str(error) else type(error).__name__


_limit_lock = threading.Lock()


@contextmanager
def _no_pillow_limit() -> Iterator[None]:
    """Pillow's own pixel limit is off while our `max_pixels` is checked; put back afterwards."""
    with _limit_lock:
        before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        yield
    finally:
        with _limit_lock:
            Image.MAX_IMAGE_PIXELS = before
