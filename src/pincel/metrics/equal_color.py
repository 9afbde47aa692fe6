"""Colour differences at equal colourfulness: a comparison that greyness cannot win.

The surest way to a small colour difference is to paint little colour. So the chroma of a whole painted set is scaled by
one factor until the set is as colourful as wished (80 % of the real photos), and only then compared.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pincel.imaging.color import from_float, lab_to_rgb, rgb_to_lab
from pincel.metrics.color import ciede2000, colourfulness

__all__ = ["STRENGTHS", "at_strengths", "equal_factor", "interpolated", "strengthened"]

# factors on chroma at which a painting is measured; closer where sets usually end up
STRENGTHS = (0.0, 0.5, 0.75, 0.875, 1.0, 1.125, 1.25, 1.375, 1.5, 1.75, 2.0, 2.5, 3.0, 4.5)


def strengthened(rgb: np.ndarray, factor: float) -> np.ndarray:
    """A picture with its chroma times ``factor``: lightness and hue stay, what sRGB cannot show loses chroma.

    Args:
        rgb: uint8 sRGB (H, W, 3).
        factor: 1 leaves the picture as it is.

    Returns:
        uint8 sRGB (H, W, 3).
    """
    if factor == 1:
        return rgb
    lab = rgb_to_lab(rgb)
    return from_float(lab_to_rgb(np.ascontiguousarray(lab[..., 0]), lab[..., 1:] * np.float32(factor)))


def at_strengths(
    painted: np.ndarray, real_lab: np.ndarray, mask: np.ndarray | None = None, strengths: Sequence[float] = STRENGTHS
) -> tuple[np.ndarray, np.ndarray]:
    """How colourful a painting is and how far from the real photo, at several strengths of its colours.

    Args:
        painted: uint8 sRGB (H, W, 3).
        real_lab: float Lab (H, W, 3) of the real photo.
        mask: bool (H, W), pixels that count; all when None.
        strengths: factors on chroma.

    Returns:
        `colourfulness` and mean `ciede2000` at each, float64 (len(strengths),).
    """
    from skimage.color import rgb2lab

    colors, errors = [], []
    for factor in strengths:
        picture = strengthened(painted, factor)
        colors.append(colourfulness(picture, mask))
        errors.append(ciede2000(rgb2lab(picture), real_lab, mask))
    return np.array(colors), np.array(errors)


def equal_factor(curve: np.ndarray, wanted: float) -> float:
    """The factor on chroma that makes a set as colourful as wished, by bisection.

    Args:
        curve: mean colourfulness of the set at each of `STRENGTHS`.
        wanted: mean colourfulness that is asked for.

    Returns:
        The factor; not a number where even the largest strength does not reach it, as with a grey set.
    """
    low, high = STRENGTHS[0], STRENGTHS[-1]
    if interpolated(curve, high) < wanted:
        return float("nan")
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if interpolated(curve, middle) < wanted else (low, middle)
    return high


def interpolated(values: np.ndarray, factor: float) -> np.ndarray:
    """What was measured at `STRENGTHS`, between them (monotone cubic, Fritsch & Carlson 1980).

    Args:
        values: (..., len(STRENGTHS)).
        factor: on chroma.

    Returns:
        (...) at ``factor``; not numbers where it is none.
    """
    from scipy.interpolate import PchipInterpolator

    if np.isnan(factor):
        return np.full(values.shape[:-1], np.nan)
    return PchipInterpolator(STRENGTHS, values, axis=-1)(factor)
