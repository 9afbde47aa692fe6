"""A picture in memory, as every part of Pincel takes it."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from pincel.imaging.metadata.block import Metadata

__all__ = ["Picture"]


@dataclass(frozen=True)
class Picture:
    """A decoded picture.

    Attributes:
        pixels: sRGB, upright; (H, W) when the picture is grey, else (H, W, 3); uint8 or uint16.
        alpha: (H, W) of the same dtype, or None.
        metadata: what the file told beside its pixels; orientation 1, without previews.
        format: Pillow's name of the file format ("JPEG", "PNG", ...).
        notes: what the user should know about how it was read, a sentence each.
        pages: how many pictures the file has.
    """

    pixels: np.ndarray
    alpha: np.ndarray | None = None
    metadata: Metadata = field(default=Metadata(), repr=False)
    format: str = "PNG"
    notes: tuple[str, ...] = ()
    pages: int = 1

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
