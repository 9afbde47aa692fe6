"""sRGB <-> CIE Lab (D65, 2 degrees) for whole pictures, with lightness kept exactly.

Conventions everywhere in Pincel: sRGB arrays are uint8, uint16 or float32 in 0..1; L is 0..100; a and b are
about -110..110. OpenCV's conversion (by interpolated tables) is within 0.25 L and 0.5 ab of the exact formula, under
half a step of an 8-bit picture; quality measurements use scikit-image's exact one.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

__all__ = ["ab_grid", "as_float", "eight_bits", "from_float", "grey_rec601", "lab_to_rgb", "lightness", "rgb_to_lab"]


def as_float(pixels: np.ndarray) -> np.ndarray:
    """uint8 / uint16 / float pixels of any shape -> float32 in 0..1."""
    if pixels.dtype == np.uint8:
        return pixels * np.float32(1 / 255)
    if pixels.dtype == np.uint16:
        return pixels * np.float32(1 / 65535)
    return pixels.astype(np.float32, copy=False)


def from_float(values: np.ndarray, dtype: np.dtype | type = np.uint8) -> np.ndarray:
    """float32 of any shape, 0..1 (a little above is clipped) -> ``dtype`` (uint8, uint16), rounded and clipped."""
    if dtype == np.uint8 and values.ndim in (2, 3):
        return cv2.convertScaleAbs(values, alpha=255)  # one pass; rounds and saturates; values are not negative
    top = np.iinfo(dtype).max
    return np.clip(values * np.float32(top) + np.float32(0.5), 0, top).astype(dtype)


def eight_bits(pixels: np.ndarray) -> np.ndarray:
    """uint8 or uint16 pixels of any shape -> uint8."""
    return (pixels // 257).astype(np.uint8) if pixels.dtype == np.uint16 else pixels


def rgb_to_lab(rgb: np.ndarray) -> np.ndarray:
    """From sRGB (H, W, 3) of any dtype -> float32 Lab (H, W, 3)."""
    return cv2.cvtColor(as_float(rgb), cv2.COLOR_RGB2Lab)


def grey_rec601(rgb: np.ndarray) -> np.ndarray:
    """The grey value most programs and scanners store: 0.299 R + 0.587 G + 0.114 B of the encoded values.

    Args:
        rgb: sRGB (H, W, 3), uint8, uint16 or float32.

    Returns:
        (H, W) of the same dtype.
    """
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)


def lightness(pixels: np.ndarray) -> np.ndarray:
    """L* of a picture.

    Args:
        pixels: sRGB; (H, W) grey or (H, W, 3); uint8, uint16 or float32 in 0..1.

    Returns:
        float32 (H, W) in 0..100.
    """
    if pixels.ndim == 3:
        return np.ascontiguousarray(rgb_to_lab(pixels)[..., 0])
    if pixels.dtype == np.float32:
        return np.interp(pixels, np.linspace(0, 1, 65536), _grey_lightness(65536)).astype(np.float32)
    table = _grey_lightness(int(np.iinfo(pixels.dtype).max) + 1)
    return cv2.LUT(pixels, table) if pixels.dtype == np.uint8 else table[pixels]


@cache
def _grey_lightness(levels: int) -> np.ndarray:
    """L* of every grey level (CIE 1976; sRGB transfer curve of IEC 61966-2-1), float32 (levels,)."""
    grey = np.linspace(0, 1, levels)
    linear = np.where(grey <= 0.04045, grey / 12.92, ((grey + 0.055) / 1.055) ** 2.4)
    cube_root = np.where(linear > 216 / 24389, np.cbrt(linear), (linear * 24389 / 27 + 16) / 116)
    return (116 * cube_root - 16).astype(np.float32)


def lab_to_rgb(light: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """Lab -> sRGB that keeps L: a colour outside sRGB loses chroma at constant hue, never lightness.

    Args:
        light: float32 (H, W), L in 0..100.
        ab: float32 (H, W, 2).

    Returns:
        float32 sRGB (H, W, 3) in 0..1; ``lightness`` of it equals ``light`` within 0.1.
    """
    rgb = cv2.cvtColor(cv2.merge([light, ab]), cv2.COLOR_Lab2RGB)
    # OpenCV clips each channel by itself, which changes L; a pixel it clipped has a channel at 0 or 1.
    inside = cv2.inRange(rgb, (1e-6,) * 3, (1 - 1e-6,) * 3)
    if cv2.countNonZero(inside) < inside.size:
        _repair_clipped(rgb, inside == 0, light, ab)
    return rgb


def _repair_clipped(rgb: np.ndarray, clipped: np.ndarray, light: np.ndarray, ab: np.ndarray) -> None:
    """Give the pixels whose lightness clipping has changed less chroma instead; in place."""
    for value, extreme in ((1, light > 99.95), (0, light < 0.05)):
        rgb[clipped & extreme] = value  # blown skies and black borders are common, and have no colour anyway
        clipped &= ~extreme
    where = np.flatnonzero(clipped)
    light, ab = light.ravel()[where], ab.reshape(-1, 2)[where]
    outside = ~_is_inside(light, ab)
    if outside.any():
        where, light, ab = where[outside], light[outside], ab[outside]
        lab = np.column_stack([light, _in_gamut(light, ab)])
        rgb.reshape(-1, 3)[where] = cv2.cvtColor(lab[None], cv2.COLOR_Lab2RGB)[0]


def _in_gamut(light: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """(n,) L and (n, 2) ab -> (n, 2) ab with at most the chroma that sRGB has at this lightness and hue."""
    table = _largest_chroma()
    rows = np.clip(light, 0, 100) * np.float32((table.shape[0] - 1) / 100)
    turns = np.arctan2(ab[:, 1], ab[:, 0]) * np.float32(0.5 / np.pi)
    columns = (turns - np.floor(turns)) * np.float32(table.shape[1] - 1)
    limit = np.empty_like(light)
    for start in range(0, len(light), 32_000):  # OpenCV's remap takes at most 32767 columns
        part = slice(start, start + 32_000)
        limit[part] = cv2.remap(table, columns[None, part], rows[None, part], cv2.INTER_LINEAR)[0]
    chroma = np.hypot(ab[:, 0], ab[:, 1])
    ab = ab * np.minimum(1, limit / np.maximum(chroma, np.float32(1e-6)))[:, None]
    for _ in range(6):  # near a ridge of the gamut the interpolated limit is too large
        outside = ~_is_inside(light, ab)
        if not outside.any():
            break
        ab[outside] *= np.float32(0.85)
    return ab


@cache
def _largest_chroma(rows: int = 201, columns: int = 721) -> np.ndarray:
    """Largest chroma inside sRGB for L 0..100 (rows) and hue 0..360 degrees (columns), float32; by bisection."""
    light = np.repeat(np.linspace(0, 100, rows), columns)
    hue = np.tile(np.linspace(0, 2 * np.pi, columns), rows)
    direction = np.column_stack([np.cos(hue), np.sin(hue)])
    low, high = np.zeros_like(light), np.full_like(light, 140.0)
    for _ in range(12):  # to 0.04 units
        middle = (low + high) / 2
        inside = _is_inside(light, direction * middle[:, None])
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    return low.reshape(rows, columns).astype(np.float32)


_XYZ_TO_RGB = np.array(
    [[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560], [0.0556434, -0.2040259, 1.0572252]]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])
_LUMINANCE = np.array([0.2126729, 0.7151522, 0.0721750])


def _is_inside(light: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """Whether clipping these Lab colours, (n,) and (n, 2), to sRGB changes their L by less than 0.15.

    The gamut has dents (between white and yellow red rises above 1 and comes back), so an exact test would take the
    colour of what is only grazed.
    """
    fy = (light + 16) / 116
    f = np.column_stack([fy + ab[:, 0] / 500, fy, fy - ab[:, 1] / 200])
    xyz = np.where(f > 6 / 29, f**3, (116 * f - 16) * 27 / 24389) * _WHITE
    luminance = np.clip(xyz @ _XYZ_TO_RGB.T, 0, 1) @ _LUMINANCE
    shown = np.where(luminance > 216 / 24389, 116 * np.cbrt(luminance) - 16, luminance * 24389 / 27)
    return np.abs(shown - light) < 0.15


@cache
def ab_grid(step: float = 10.0) -> np.ndarray:
    """Colours on a grid of ``step`` Lab units that sRGB can show at some lightness (Zhang et al. 2016, section 2.1).

    Returns:
        float32 (K, 2), pairs of a and b, b running faster; K is 261 for a step of 10. Not to be changed.
    """
    axis = np.arange(-110, 110 + step / 2, step, dtype=np.float32)
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    shown = np.zeros(len(grid), bool)
    for light in range(5, 100, 5):
        lab = np.column_stack([np.full(len(grid), light, np.float32), grid])[None]
        back = cv2.cvtColor(cv2.cvtColor(lab, cv2.COLOR_Lab2RGB), cv2.COLOR_RGB2Lab)
        shown |= (np.abs(back - lab).max(-1) < 0.6 * step)[0]  # a cell counts if sRGB reaches a little past its middle
    return grid[shown]
