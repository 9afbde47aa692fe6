"""How alike two pictures are, pixel by pixel and window by window. Pictures are 8-bit sRGB."""

from __future__ import annotations

import numpy as np

__all__ = ["PSNR_OF_EQUAL", "SSIM_WINDOW", "psnr", "require_alike", "ssim"]

SSIM_WINDOW = 7  # side of the uniform window in pixels; no side of a picture may be smaller
DATA_RANGE = 255.0
PSNR_OF_EQUAL = 100.0  # dB, where a mean is taken; a single wrong level in a 128 px square gives 95


def psnr(rgb: np.ndarray, reference: np.ndarray, mask: np.ndarray | None = None) -> float:
    """Peak signal-to-noise ratio over the three channels in dB; more is better, infinite for equal pictures.

    ``10 log10(255^2 / mean squared error)``, as `skimage.metrics.peak_signal_noise_ratio` with a data range of 255.

    Args:
        rgb: sRGB uint8 in 0..255, shape (H, W, 3).
        reference: the same shape and type.
        mask: bool (H, W), pixels that count; all when None.

    Raises:
        ValueError: shapes or types differ, or no pixel counts.

    >>> round(psnr(np.full((8, 8, 3), 10, np.uint8), np.zeros((8, 8, 3), np.uint8)), 4)  # 20 log10(255 / 10)
    28.1308
    """
    require_alike(rgb, reference, mask)
    error = np.square(rgb.astype(np.float64) - reference)
    mean = float((error if mask is None else error[mask]).mean())
    return float(10 * np.log10(DATA_RANGE**2 / mean)) if mean > 0 else float("inf")


def ssim(rgb: np.ndarray, reference: np.ndarray, mask: np.ndarray | None = None) -> float:
    """Structural similarity (Wang et al. 2004), mean of the three channels: 1 is equal, 0 is unlike.

    As `skimage.metrics.structural_similarity`: uniform 7 x 7 window, sample covariance, K1 = 0.01, K2 = 0.03, data
    range 255. Without a mask the map's outermost 3 pixels are left out, as there. With a mask the whole map is
    averaged under it; windows at the mask's edge then reach beyond it.

    Args:
        rgb: sRGB uint8 in 0..255, shape (H, W, 3); no side under 7 pixels.
        reference: the same shape and type.
        mask: bool (H, W), pixels that count; all but the border when None.

    Raises:
        ValueError: shapes or types differ, a side is under 7 pixels, or no pixel counts.
    """
    from skimage.metrics import structural_similarity

    require_alike(rgb, reference, mask)
    if min(rgb.shape[:2]) < SSIM_WINDOW:
        raise ValueError(f"SSIM needs at least {SSIM_WINDOW} pixels a side, not {rgb.shape[1]} x {rgb.shape[0]}")
    result = structural_similarity(
        rgb, reference, win_size=SSIM_WINDOW, data_range=DATA_RANGE, channel_axis=2, full=True
    )
    mean, similarity = result[0], result[-1]  # similarity: the map, (H, W, 3)
    return float(mean if mask is None else similarity[mask].mean())


def require_alike(rgb: np.ndarray, reference: np.ndarray, mask: np.ndarray | None) -> None:
    """Raise a `ValueError` unless both are 8-bit (H, W, 3) of one shape, and the mask bool (H, W) with a True in it."""
    if rgb.dtype != np.uint8 or reference.dtype != np.uint8:
        raise ValueError(f"8-bit pictures are compared, not {rgb.dtype} with {reference.dtype}")
    if rgb.shape != reference.shape or rgb.ndim != 3 or rgb.shape[2] != 3:
        raise ValueError(f"two (H, W, 3) pictures of one shape are compared, not {rgb.shape} with {reference.shape}")
    if mask is not None and (mask.dtype != bool or mask.shape != rgb.shape[:2] or not mask.any()):
        raise ValueError(f"the mask must be bool {rgb.shape[:2]} with at least one pixel that counts")
