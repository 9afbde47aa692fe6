"""What one file tells: how it is stored, how large it is, how much colour it has, and what it looks like."""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass

import numpy as np
from PIL import Image

from pincel.data.cache import CACHE_SIDE, GREY_CHROMA, cached_view, high_chroma
from pincel.data.duplicates import Signature, signature
from pincel.data.scan import PictureFile, read_photo
from pincel.errors import PictureError
from pincel.imaging.color import rgb_to_lab
from pincel.imaging.read import read

__all__ = ["AB_CENTRES", "LOW_CHROMA", "FileFacts", "ab_shares", "examine"]

LOW_CHROMA = 10.0  # Lab units; from `GREY_CHROMA` up to here a photo has colour, but hardly any
AB_STEP = 10  # Lab units; side of a cell of the ab plane
AB_CENTRES = np.arange(-110, 111, AB_STEP)  # (23,) middles of the cells, for a and for b
SUFFIXES = {
    "JPEG": (".jpg", ".jpeg"),
    "MPO": (".jpg", ".jpeg"),  # a JPEG with a second picture behind it, as some cameras write
    "PNG": (".png",),
    "TIFF": (".tif", ".tiff"),
    "WEBP": (".webp",),
    "BMP": (".bmp",),
}


@dataclass(frozen=True)
class FileFacts:
    """Everything that is kept of one file; about one kilobyte.

    Attributes:
        file: which.
        bytes: size of the file.
        digest: hash of its bytes, 32 hexadecimal digits; "" when they cannot be read.
        format: Pillow's name of the format that is inside; "" when it is none it knows.
        mode: Pillow's name of how pixels are stored, ";16" behind it for 16 bit.
        error: why it cannot be read, or "". What follows is then None.
        width, height: in pixels, upright, without the padding of a prepared picture.
        high_chroma: see `pincel.data.cache.high_chroma`.
        mean_lab: mean L (0..100), a and b over the picture.
        signature: what near-duplicates are recognised by.
    """

    file: PictureFile
    bytes: int
    digest: str
    format: str = ""
    mode: str = ""
    error: str = ""
    width: int | None = None
    height: int | None = None
    high_chroma: float | None = None
    mean_lab: tuple[float, float, float] | None = None
    signature: Signature | None = None

    @property
    def suffix(self) -> str:
        """Ending of the file's name in lower case, with its dot."""
        return self.file.path.suffix.lower()

    @property
    def mislabelled(self) -> bool:
        """Whether the name ends as another format than the one inside."""
        return bool(self.format) and self.suffix not in SUFFIXES.get(self.format, ())

    @property
    def aspect(self) -> float | None:
        """Width over height."""
        return self.width / self.height if self.width and self.height else None

    @property
    def grey(self) -> bool:
        """Whether there is no colour to learn from."""
        return self.high_chroma is not None and self.high_chroma < GREY_CHROMA

    @property
    def pale(self) -> bool:
        """Whether there is some colour, but hardly any."""
        return self.high_chroma is not None and GREY_CHROMA <= self.high_chroma < LOW_CHROMA


def examine(file: PictureFile) -> tuple[FileFacts, np.ndarray | None]:
    """Read a file and measure it. A file that cannot be read is a fact too, never an exception.

    Returns:
        The facts, and the picture's `ab_shares` (None when it cannot be read), which are too large to keep for
        every file of a large set.
    """
    try:
        data = file.path.read_bytes()
    except OSError as error:
        return FileFacts(file, 0, "", error=f"the file cannot be read ({error.strerror or error})"), None
    digest = hashlib.blake2b(data, digest_size=16).hexdigest()
    file_format, mode = _header(data)
    try:
        picture = read(data, name="the file")
        rgb = read_photo(file, data) if file.box else picture.rgb()  # a prepared picture: without its padding
    except PictureError as error:
        return FileFacts(file, len(data), digest, file_format, mode, str(error)), None
    if picture.pixels.dtype == np.uint16 and "16" not in mode:
        mode += ";16"
    view = cached_view(rgb, CACHE_SIDE)
    lab = rgb_to_lab(view)
    light, a, b = (float(value) for value in lab.mean((0, 1), dtype=np.float64))
    facts = FileFacts(
        file,
        len(data),
        digest,
        file_format,
        mode,
        width=rgb.shape[1],
        height=rgb.shape[0],
        high_chroma=high_chroma(view),
        mean_lab=(light, a, b),
        signature=signature(view),
    )
    return facts, ab_shares(lab)


def ab_shares(lab: np.ndarray) -> np.ndarray:
    """Share of a picture's pixels in every cell of the ab plane.

    Args:
        lab: (H, W, 3).

    Returns:
        float32 (23, 23), adding up to 1: rows are b and columns are a, at `AB_CENTRES`.
    """
    cells = np.clip(np.rint(lab[..., 1:].reshape(-1, 2) / AB_STEP).astype(np.int64) + 11, 0, 22)
    counts = np.bincount(cells[:, 1] * 23 + cells[:, 0], minlength=23 * 23)
    return (counts / len(cells)).astype(np.float32).reshape(23, 23)


def _header(data: bytes) -> tuple[str, str]:
    """Format and mode as the first bytes tell them; empty when Pillow does not know the format."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as image:
                return image.format or "", image.mode
    except Exception:  # a damaged header may raise anything; `read` says what is wrong
        return "", ""
