"""How a picture is shown to a model and compared: letterboxed (the papers), its middle square, or the photo itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pincel.errors import PincelError, pick
from pincel.imaging.resize import fit_size, letterbox, middle_square, resize
from pincel.metrics.quality import SSIM_WINDOW

__all__ = ["PROTOCOLS", "Letterboxed", "Photo", "Protocol", "Square", "View", "make_protocol"]

Fit = Callable[[np.ndarray, int, int], np.ndarray]
"""(pixels, height, width) -> pixels of that size."""


@dataclass(frozen=True)
class View:
    """A picture as it is compared.

    Attributes:
        rgb: uint8 sRGB (H, W, 3).
        mask: bool (H, W), the pixels that are photo and not padding; None when all are.
    """

    rgb: np.ndarray
    mask: np.ndarray | None = None

    def photo(self, rgb: np.ndarray) -> np.ndarray:
        """The part of a picture of this view's size that is photo, without the padding around it."""
        if self.mask is None:
            return rgb
        rows, columns = np.flatnonzero(self.mask.any(axis=1)), np.flatnonzero(self.mask.any(axis=0))
        return rgb[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


@dataclass(frozen=True)
class Protocol(ABC):
    """One way to show and compare pictures; ``size`` is the long side in pixels.

    Attributes:
        name: in commands. default_size: of colorizers; what paints whole pictures is shown its own working size.
        remark: a further sentence for reports.
    """

    size: int
    name: ClassVar[str]
    default_size: ClassVar[int]
    remark: ClassVar[str] = ""

    @abstractmethod
    def view(self, rgb: np.ndarray) -> View:
        """The picture, uint8 (H, W, 3), as it is compared.

        Raises:
            PincelError: it is too small to be compared.
        """

    @abstractmethod
    def place(self, pixels: np.ndarray, fit: Fit, paper: int) -> np.ndarray:
        """What a model is shown, where `view` puts the picture that belongs to it.

        Args:
            pixels: uint8 (H, W) or (H, W, 3), of the picture's own size.
            fit: resizes it.
            paper: of 255, what surrounds it.
        """

    @property
    @abstractmethod
    def geometry(self) -> str:
        """The beginning of a sentence for reports."""


class Letterboxed(Protocol):
    """Black square of ``size`` pixels with the picture in its middle: the colorization papers' preparation."""

    name = "letterbox"
    default_size = 128
    remark = " “Whole square” counts the black bars too, as the founding papers do; every other figure leaves them out."

    def view(self, rgb: np.ndarray) -> View:
        """See `Protocol.view`."""
        square, box = letterbox(rgb, self.size)
        return View(square, box.mask(self.size))

    def place(self, pixels: np.ndarray, fit: Fit, paper: int) -> np.ndarray:
        """See `Protocol.place`."""
        height, width = fit_size(pixels.shape[0], pixels.shape[1], self.size)
        fitted = fit(pixels, height, width)
        square = np.full((self.size, self.size, *fitted.shape[2:]), paper, np.uint8)
        top, left = (self.size - height) // 2, (self.size - width) // 2
        square[top : top + height, left : left + width] = fitted
        return square

    @property
    def geometry(self) -> str:
        """See `Protocol.geometry`."""
        return f"Each picture is letterboxed into a black {self.size} px square"


class Square(Protocol):
    """The largest square in the middle of the picture, as recipes with ``data.fit: square`` validate."""

    name = "square"
    default_size = 128

    def view(self, rgb: np.ndarray) -> View:
        """See `Protocol.view`."""
        return View(middle_square(rgb, self.size))

    def place(self, pixels: np.ndarray, fit: Fit, paper: int) -> np.ndarray:
        """See `Protocol.place`; nothing surrounds it."""
        return fit(middle_square(pixels, min(pixels.shape[:2])), self.size, self.size)

    @property
    def geometry(self) -> str:
        """See `Protocol.geometry`."""
        return f"The largest square in the middle of each picture is brought to {self.size} px"


class Photo(Protocol):
    """The picture scaled down to a long side of ``size`` pixels, painted at the model's own working size."""

    name = "photo"
    default_size = 256

    def view(self, rgb: np.ndarray) -> View:
        """See `Protocol.view`."""
        height, width = self._shape(rgb)
        if min(height, width) < SSIM_WINDOW:
            raise PincelError(f"{width} x {height} pixels are too few to compare (at least {SSIM_WINDOW} a side)")
        return View(resize(rgb, height, width))

    def place(self, pixels: np.ndarray, fit: Fit, paper: int) -> np.ndarray:
        """See `Protocol.place`; nothing surrounds it."""
        return fit(pixels, *self._shape(pixels))

    def _shape(self, pixels: np.ndarray) -> tuple[int, int]:
        height, width = pixels.shape[:2]
        return fit_size(height, width, self.size) if max(height, width) > self.size else (height, width)

    @property
    def geometry(self) -> str:
        """See `Protocol.geometry`."""
        return f"Each photo is scaled down to a long side of {self.size} px"


PROTOCOLS: dict[str, type[Protocol]] = {kind.name: kind for kind in (Letterboxed, Photo, Square)}


def make_protocol(name: str, size: int | None = None) -> Protocol:
    """A protocol by name.

    Args:
        name: a key of `PROTOCOLS`.
        size: long side in pixels; the protocol's own default when None.

    Raises:
        PincelError: unknown name.
    """
    kind = pick(PROTOCOLS, name, "protocol")
    return kind(size or kind.default_size)
