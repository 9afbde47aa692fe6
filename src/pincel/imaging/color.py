"""sRGB <-> CIE Lab (D65, 2 degrees) for whole pictures, with lightness kept exactly.

Conventions everywhere in Pincel: sRGB arrays are uint8, uint16 or float32 in 0..1; L is 0..100; a and b are
about -110..110.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np

__all__ = ["as_float", "from_float", "grey_rec601", "lab_to_rgb", "lightness", "rgb_to_lab"]


def as_float(pixels: np.ndarray) -> np.ndarray:
    """uint8 / uint16 / float pixels of any shape -> float32 in 0..1."""
    if pixels.dtype == np.uint8:
        return pixels * np.float32(1 / 255)
    if pixels.dtype == np.uint16:
        return pixels * np.float32(1 / 65535)
    return pixels.astype(np.float32, copy=False)


def from_float(values: np.ndarray, dtype: np.dtype | type = np.uint8) -> np.ndarray:
    """Float 0..1 of any shape -> ``dtype`` (uint8, uint16), rounded and clipped."""
    top = np.iinfo(dtype).max
    return np.clip(values * np.float32(top) + np.float32(0.5), 0, top).astype(dtype)


def rgb_to_lab(rgb: np.ndarray) -> np.ndarray:
    """sRGB (H, W, 3) of any dtype -> float32 Lab (H, W, 3)."""
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
    return _grey_lightness(int(np.iinfo(pixels.dtype).max) + 1)[pixels]


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
    lab = cv2.merge([light, *cv2.split(ab)])
    rgb = cv2.cvtColor(lab, cv2.COLOR_Lab2RGB)
    # OpenCV clips each channel by itself, which changes L; a pixel it clipped has a channel at 0 or 1.
    suspects = (rgb.min(axis=2) <= 0) | (rgb.max(axis=2) >= 1)
    if suspects.any():
        rgb[suspects] = _in_gamut(light[suspects], ab[suspects])
    return rgb


def _in_gamut(light: np.ndarray, ab: np.ndarray) -> np.ndarray:
    """(n,) L and (n, 2) ab -> (n, 3) sRGB with the largest chroma factor in 0..1 that sRGB can show."""
    low, high = np.zeros_like(light), np.ones_like(light)
    inside = _is_inside(light, ab)
    low[inside] = 1
    for _ in range(10):  # chroma to one part in 1024
        middle = (low + high) / 2
        inside = _is_inside(light, ab * middle[:, None])
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    lab = np.column_stack([light, ab * low[:, None]]).astype(np.float32)
    return cv2.cvtColor(lab[None], cv2.COLOR_Lab2RGB)[0]


_XYZ_TO_RGB = np.array(
    [[3.2404542, -1.5371385, -0.4985314], [-0.9692660, 1.8760108, 0.0415560], [0.0556434, -0.2040259, 1.0572252]]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])


def _is_inside(light: np.ndarray, ab: np.ndarray, slack: float = 1e-3) -> np.ndarray:
    """Whether Lab colours, (n,) and (n, 2), are inside sRGB; ``slack`` in linear light."""
    fy = (light.astype(np.float64) + 16) / 116
    f = np.column_stack([fy + ab[:, 0] / 500, fy, fy - ab[:, 1] / 200])
    xyz = np.where(f > 6 / 29, f**3, (116 * f - 16) * 27 / 24389) * _WHITE
    linear = xyz @ _XYZ_TO_RGB.T
    return ((linear >= -slack) & (linear <= 1 + slack)).all(axis=1)
