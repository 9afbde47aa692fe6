"""How a picture is shown to a model and compared: the papers' letterboxed square, or the photo itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pincel.errors import PincelError, pick
from pincel.imaging.color import from_float, lab_to_rgb, lightness
from pincel.imaging.read import Picture
from pincel.imaging.resize import fit_size, letterbox, resize
from pincel.metrics.quality import SSIM_WINDOW
from pincel.runtime.model_file import Model
from pincel.runtime.painter import paint

__all__ = ["PROTOCOLS", "Letterboxed", "Photo", "Protocol", "View", "grey_baseline", "make_protocol"]


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
    """One way to show and compare pictures; ``size`` is the long side in pixels."""

    size: int
    name: ClassVar[str]
    default_size: ClassVar[int]

    @abstractmethod
    def view(self, rgb: np.ndarray) -> View:
        """The picture, uint8 (H, W, 3), as it is compared.

        Raises:
            PincelError: it is too small to be compared.
        """

    @abstractmethod
    def paint(self, view: View, model: Model, label: str | None = None) -> np.ndarray:
        """The view painted by ``model`` from its lightness and the label: uint8 (H, W, 3)."""

    @property
    @abstractmethod
    def description(self) -> str:
        """One sentence for reports."""


class Letterboxed(Protocol):
    """Black square of ``size`` pixels with the picture in its middle: the colorization papers' preparation."""

    name = "letterbox"
    default_size = 128

    def view(self, rgb: np.ndarray) -> View:
        """See `Protocol.view`."""
        square, box = letterbox(rgb, self.size)
        return View(square, box.mask(self.size))

    def paint(self, view: View, model: Model, label: str | None = None) -> np.ndarray:
        """As `pincel colorize` would paint the square: bars and all, at the model's own working size."""
        return paint(Picture(view.rgb), model, label=label)

    @property
    def description(self) -> str:
        """See `Protocol.description`."""
        return (
            f"Each picture is letterboxed into a black {self.size} px square and painted as by the command colorize. "
            "“Whole square” counts the black bars too, as the founding papers do; every other figure "
            "leaves them out."
        )


class Photo(Protocol):
    """The picture scaled down to a long side of ``size`` pixels, painted at the model's own working size."""

    name = "photo"
    default_size = 256

    def view(self, rgb: np.ndarray) -> View:
        """See `Protocol.view`."""
        height, width = rgb.shape[:2]
        if max(height, width) > self.size:
            height, width = fit_size(height, width, self.size)
        if min(height, width) < SSIM_WINDOW:
            raise PincelError(f"{width} x {height} pixels are too few to compare (at least {SSIM_WINDOW} a side)")
        return View(resize(rgb, height, width))

    def paint(self, view: View, model: Model, label: str | None = None) -> np.ndarray:
        """As `pincel colorize` would paint it."""
        return paint(Picture(view.rgb), model, label=label)

    @property
    def description(self) -> str:
        """See `Protocol.description`."""
        return f"Each photo is scaled down to a long side of {self.size} px and painted as by the command colorize."


PROTOCOLS: dict[str, type[Protocol]] = {kind.name: kind for kind in (Letterboxed, Photo)}


def make_protocol(name: str, size: int | None = None) -> Protocol:
    """A protocol by name.

    Args:
        name: a key of `PROTOCOLS`.
        size: long side in pixels, 16 at least; the protocol's own default when None.

    Raises:
        PincelError: unknown name or unusable size.
    """
    kind = pick(PROTOCOLS, name, "protocol")
    if size is not None and size < 16:
        raise PincelError(f"pictures of {size} pixels cannot be compared; give a size of 16 or more")
    return kind(size or kind.default_size)


def grey_baseline(rgb: np.ndarray) -> np.ndarray:
    """The picture without any colour: its L*, ab = 0, as 8-bit sRGB; what painting must beat.

    Args:
        rgb: uint8 sRGB (H, W, 3).
    """
    light = lightness(rgb)
    return from_float(lab_to_rgb(light, np.zeros((*light.shape, 2), np.float32)))
