"""How well colours agree, and how colourful a picture looks. Lab arrays as in `pincel.imaging.color`."""

from __future__ import annotations

import numpy as np

__all__ = ["ab_psnr", "ciede2000", "colourfulness", "patchiness"]


def ciede2000(lab: np.ndarray, reference: np.ndarray, mask: np.ndarray | None = None) -> float:
    """Mean CIEDE2000 difference (Sharma, Wu & Dalal 2005): about 1 is just visible, 10 is another colour.

    Args:
        lab: float Lab (H, W, 3).
        reference: the same shape.
        mask: bool (H, W), pixels that count; all when None.
    """
    from skimage.color import deltaE_ciede2000

    if mask is not None:
        lab, reference = lab[mask], reference[mask]
    return float(deltaE_ciede2000(lab, reference).mean())


def ab_psnr(lab: np.ndarray, reference: np.ndarray, mask: np.ndarray | None = None) -> float:
    """Peak signal-to-noise ratio of the two colour planes in dB, for a range of 220 (ab from -110 to 110).

    Args:
        lab: float Lab (H, W, 3).
        reference: the same shape.
        mask: bool (H, W), pixels that count; all when None.
    """
    error = np.square(lab[..., 1:] - reference[..., 1:])
    mean = float((error if mask is None else error[mask]).mean())
    return float(10 * np.log10(220**2 / max(mean, 1e-10)))


def colourfulness(rgb: np.ndarray, mask: np.ndarray | None = None) -> float:
    """How colourful a picture looks (Hasler & Suesstrunk 2003, eq. 5-6); 0 is grey, about 60 is vivid.

    Args:
        rgb: sRGB in 0..255, shape (H, W, 3).
        mask: bool (H, W), pixels that count; all when None.

    >>> colourfulness(np.full((4, 4, 3), 128))
    0.0
    """
    pixels = (rgb.reshape(-1, 3) if mask is None else rgb[mask]).astype(np.float64)
    red, green, blue = pixels.T
    rg, yb = red - green, (red + green) / 2 - blue
    spread = np.hypot(rg.std(), yb.std())
    offset = np.hypot(rg.mean(), yb.mean())
    return float(spread + 0.3 * offset)


def patchiness(lab: np.ndarray, reference: np.ndarray, mask: np.ndarray | None = None) -> float:
    """How much colour changes where lightness hardly does: blotches on things that are of one colour.

    The mean length of the gradient of (a, b) over the pixels where that of the reference's L is under its median. Over
    the same of the real photo, 1 is as the photo; more is blotchy, less is washed out.

    Args:
        lab: float Lab (H, W, 3).
        reference: Lab of the real photo, whose L tells where; the same shape.
        mask: bool (H, W), pixels that count; all when None.

    Returns:
        Lab units a pixel.

    >>> flat = np.full((4, 4, 3), 50.0)
    >>> patchiness(flat, flat)
    0.0
    """
    edges = np.hypot(*np.gradient(reference[..., 0]))
    change = np.sqrt(sum(np.square(side) for plane in (1, 2) for side in np.gradient(lab[..., plane])))
    if mask is not None:
        edges, change = edges[mask], change[mask]
    return float(change[edges <= np.median(edges)].mean())
