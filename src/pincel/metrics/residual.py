"""What is left when one picture is taken from another: errors and deviation, as pix2pix studies report them.

Pictures are 8-bit sRGB; every value is on the scale 0..1 (levels / 255). Figures on other scales: `MSE_SCALES`.
"""

from __future__ import annotations

import numpy as np

from pincel.metrics.quality import require_alike

__all__ = [
    "MSE_SCALES",
    "grey_levels",
    "intensity_gap",
    "intensity_std",
    "mean_absolute_error",
    "mse",
    "residual_std",
    "residual_variance",
]

MSE_SCALES = {"0..1": 1.0, "-1..1": 4.0, "0..255": 255.0**2}  # range of the values -> factor on `mse`
REC601 = np.array([0.299, 0.587, 0.114])


def mse(rgb: np.ndarray, reference: np.ndarray, mask: np.ndarray | None = None) -> float:
    """Mean squared error over the three channels of sRGB in 0..1; 0 is equal, 1 is black against white.

    Args:
        rgb: sRGB uint8, shape (H, W, 3).
        reference: the same shape and type.
        mask: bool (H, W), pixels that count; all when None.

    Raises:
        ValueError: shapes or types differ, or no pixel counts.

    >>> round(mse(np.full((2, 2, 3), 51, np.uint8), np.zeros((2, 2, 3), np.uint8)), 12)  # (51 / 255)^2
    0.04
    """
    require_alike(rgb, reference, mask)
    error = np.square((rgb.astype(np.float64) - reference) / 255)
    return float((error if mask is None else error[mask]).mean())


def mean_absolute_error(rgb: np.ndarray, reference: np.ndarray, mask: np.ndarray | None = None) -> float:
    """Mean absolute error over the three channels of sRGB in 0..1; arguments and errors as `mse`."""
    require_alike(rgb, reference, mask)
    error = np.abs(rgb.astype(np.float64) - reference) / 255
    return float((error if mask is None else error[mask]).mean())


def residual_variance(rgb: np.ndarray, reference: np.ndarray, mask: np.ndarray | None = None) -> float:
    """``1/N sum (x_i - mu)^2`` over the difference x of the two grey pictures, in 0..1; 0 where it is level.

    This is the formula that the pix2pix reduction paper prints under the name "standard deviation" (section 5, eq. 1);
    it has no root. A constant offset between the pictures does not count.

    Args:
        rgb: sRGB uint8, shape (H, W, 3); made grey by Rec. 601 without rounding.
        reference: the same shape and type.
        mask: bool (H, W), pixels that count; all when None.

    Raises:
        ValueError: shapes or types differ, or no pixel counts.
    """
    require_alike(rgb, reference, mask)
    residual = grey_levels(rgb) - grey_levels(reference)
    return float((residual if mask is None else residual[mask]).var())


def residual_std(rgb: np.ndarray, reference: np.ndarray, mask: np.ndarray | None = None) -> float:
    """The root of `residual_variance`: the standard deviation of the difference of the two grey pictures, in 0..1."""
    return float(np.sqrt(residual_variance(rgb, reference, mask)))


def intensity_std(rgb: np.ndarray, mask: np.ndarray | None = None) -> float:
    """Standard deviation of a picture's own grey levels in 0..1: its contrast; at most 0.5.

    Args:
        rgb: sRGB uint8, shape (H, W, 3); made grey by Rec. 601 without rounding.
        mask: bool (H, W), pixels that count; all when None.

    >>> intensity_std(np.array([[[0, 0, 0], [255, 255, 255]]], np.uint8))
    0.5
    """
    grey = grey_levels(rgb)
    return float((grey if mask is None else grey[mask]).std())


def intensity_gap(rgb: np.ndarray, reference: np.ndarray, mask: np.ndarray | None = None) -> float:
    """`intensity_std` of a picture minus the reference's: above 0 has more contrast."""
    return intensity_std(rgb, mask) - intensity_std(reference, mask)


def grey_levels(rgb: np.ndarray) -> np.ndarray:
    """sRGB uint8 (..., 3) -> Rec. 601 grey as float64 in 0..1, shape (...), not rounded to levels."""
    return rgb @ REC601 / 255
