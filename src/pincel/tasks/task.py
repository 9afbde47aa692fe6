"""`Task`: what every task can do. One object without state, used by training and painting alike."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from pincel.imaging.color import as_float

__all__ = ["PaintsRgb", "Task", "planes", "planes_to_rgb"]


class Task(Protocol):
    """What a network is shown and what it paints. Pixels are sRGB (H, W[, 3]), uint8, uint16 or float32 in 0..1.

    Attributes:
        name: as in recipes and model cards.
        source_channels: planes of what the network is shown. target_channels: planes of what it paints.
        paints_rgb: whether the output is the whole picture; otherwise it is a part of it (the colour).
        outside: the 8-bit value around a picture that does not fill its square.
    """

    name: str
    source_channels: int
    target_channels: int
    paints_rgb: bool
    outside: int

    def fit(self, pixels: np.ndarray, height: int, width: int) -> np.ndarray:
        """What a person gives, brought to the size that the network sees, ready for `encode`."""
        ...

    def encode(self, pixels: np.ndarray) -> np.ndarray:
        """What the network is shown: float32 (source_channels, H, W) in -1..1."""
        ...

    def encode_target(self, rgb: np.ndarray) -> np.ndarray:
        """What the network should paint: float32 (target_channels, H, W) in -1..1."""
        ...

    def decode(self, source: np.ndarray, output: np.ndarray) -> np.ndarray:
        """The painted picture: float32 sRGB (H, W, 3) in 0..1."""
        ...

    def show(self, source: np.ndarray) -> np.ndarray:
        """What the network was shown, as a person would see it: float32 sRGB (H, W, 3) in 0..1."""
        ...


class PaintsRgb:
    """What tasks have in common whose output is the whole picture, sRGB in -1..1."""

    target_channels = 3
    paints_rgb = True

    @staticmethod
    def encode_target(rgb: np.ndarray) -> np.ndarray:
        """See `Task.encode_target`."""
        return planes(rgb)

    @staticmethod
    def decode(source: np.ndarray, output: np.ndarray) -> np.ndarray:
        """See `Task.decode`; the source is not needed."""
        return planes_to_rgb(output)

    @staticmethod
    def show(source: np.ndarray) -> np.ndarray:
        """The source itself."""
        return planes_to_rgb(source)


def planes(pixels: np.ndarray) -> np.ndarray:
    """Pixels (H, W, C) or (H, W) of any dtype -> float32 planes (C, H, W) in -1..1."""
    values = as_float(pixels)
    values = values[None] if values.ndim == 2 else values.transpose(2, 0, 1)
    return np.ascontiguousarray(values * np.float32(2) - np.float32(1))


def planes_to_rgb(values: np.ndarray) -> np.ndarray:
    """Planes (1 or 3, H, W) in -1..1 -> float32 sRGB (H, W, 3) in 0..1."""
    rgb = np.clip((values.transpose(1, 2, 0) + np.float32(1)) / np.float32(2), 0, 1)
    return np.ascontiguousarray(np.broadcast_to(rgb, (*rgb.shape[:2], 3)))
