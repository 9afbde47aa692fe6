"""From stored samples to sRGB: number ranges, extra planes, profiles and inks, the same for every decoder."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from pincel.imaging.profile import to_srgb

__all__ = ["PLANES", "Samples", "drop_equal_channels", "to_pixels", "upright"]

PLANES = {"grey": 1, "rgb": 3, "cmyk": 4}


@dataclass(frozen=True)
class Samples:
    """What a decoder gives.

    Attributes:
        values: (H, W, planes) as they are stored, of any number type.
        color: what the first planes are: ``grey``, ``rgb``, ``cmyk``.
        extra: what the planes after them are: ``alpha``, ``premultiplied`` (alpha that the colours were multiplied by),
            ``other``.
        profile: the ICC profile that came with them.
        inverted: whether 0 is white in floating-point values.
        white: the value of white where the file tells it, for uint16.
        limits: the smallest and largest value where the file tells them, for numbers that are not uint8 or uint16.
    """

    values: np.ndarray
    color: str
    extra: tuple[str, ...] = ()
    profile: bytes | None = None
    inverted: bool = False
    white: int | None = None
    limits: tuple[float, float] | None = None


def to_pixels(samples: Samples) -> tuple[np.ndarray, np.ndarray | None, list[str]]:
    """Samples as stored -> sRGB (H, W) or (H, W, 3), alpha (H, W) or None, both uint8 or uint16; and what to tell."""
    planes, notes = PLANES[samples.color], []
    values, more = _unsigned(samples)
    notes += more
    colors, alpha = values[..., :planes], None
    for number, meaning in enumerate(samples.extra):
        if meaning == "other":
            notes.append(
                "it has a plane that is neither colour nor transparency (infrared, a selection); it was left out"
            )
        elif alpha is None:
            alpha = np.ascontiguousarray(values[..., planes + number])
            colors = _divided(colors, alpha) if meaning == "premultiplied" else colors
    converted = to_srgb(colors, samples.color, samples.profile) if samples.profile else None
    if converted is not None:
        colors = converted
    elif samples.color == "cmyk":
        colors = _without_inks(colors)
    pixels = np.ascontiguousarray(colors[..., 0] if colors.shape[2] == 1 else colors)
    return drop_equal_channels(pixels), alpha, list(dict.fromkeys(notes))


def _unsigned(samples: Samples) -> tuple[np.ndarray, list[str]]:
    """All planes as uint8 or uint16, and what was done about their range."""
    values = samples.values
    if values.dtype == bool:
        return values.astype(np.uint8) * np.uint8(255), []
    if values.dtype == np.uint8:
        return values, []
    if values.dtype == np.uint16:
        if samples.white and int(values.max(initial=0)) <= samples.white:
            factor = np.float32(65535 / samples.white)
            return (values * factor + np.float32(0.5)).astype(np.uint16), []
        return values, []
    return _stretched(samples)


def _stretched(samples: Samples) -> tuple[np.ndarray, list[str]]:
    """Floating-point, signed and 32-bit values -> uint16."""
    planes, notes = PLANES[samples.color], []
    with np.errstate(invalid="ignore"):  # values that are no numbers are told below
        values = samples.values.astype(np.float64 if samples.values.dtype.itemsize > 2 else np.float32)
    if values.dtype.kind == "f" and not (finite := np.isfinite(values)).all():
        values = np.where(finite, values, np.nan)
        notes.append("it has values that are no numbers; they are black")
    colors = values[..., :planes]
    low, high = (float(fold(colors)) if np.isfinite(colors).any() else 0.0 for fold in (np.nanmin, np.nanmax))
    is_float = samples.values.dtype.kind == "f"
    if is_float and low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    elif samples.limits:
        low, high = samples.limits
    else:
        notes.append(f"its values go from {low:.6g} to {high:.6g}; the smallest was made black and the largest white")
    colors = np.clip((colors - low) / max(high - low, 1e-12), 0, 1)
    rest = values[..., planes:]
    rest = np.clip(rest if is_float else (rest - low) / max(high - low, 1e-12), 0, 1)
    if samples.inverted:
        colors = 1 - colors
    whole = np.nan_to_num(np.concatenate([colors, rest], 2), nan=0.0)
    return (whole * 65535 + 0.5).astype(np.uint16), notes


def _divided(colors: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Colours before they were multiplied by alpha."""
    top = np.iinfo(colors.dtype).max
    factor = np.where(alpha > 0, top / np.maximum(alpha, 1), 0).astype(np.float32)
    return np.clip(colors * factor[..., None] + np.float32(0.5), 0, top).astype(colors.dtype)


def _without_inks(cmyk: np.ndarray) -> np.ndarray:
    """Inks of which nothing is known -> RGB: white paper times what each ink lets through."""
    top = np.float32(np.iinfo(cmyk.dtype).max)
    through = top - cmyk.astype(np.float32)
    return (through[..., :3] * (through[..., 3:4] / top) + np.float32(0.5)).astype(cmyk.dtype)


def drop_equal_channels(pixels: np.ndarray) -> np.ndarray:
    """(H, W, 3) whose three channels are equal -> (H, W): most black-and-white photos are stored as RGB."""
    if pixels.ndim == 2 or np.ptp(pixels[::61, ::67], axis=2).any():  # a few pixels tell most colour photos
        return pixels
    red = cv2.extractChannel(pixels, 0)
    same = not any(cv2.countNonZero(cv2.absdiff(red, cv2.extractChannel(pixels, i))) for i in (1, 2))
    return red if same else pixels


def upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Apply EXIF orientation 1..8 to (H, W) or (H, W, C)."""
    if orientation == 1:
        return pixels
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)
