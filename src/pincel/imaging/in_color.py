"""Is a picture in colour? Toned and yellowed prints are not: their colour follows from how light a place is."""

from __future__ import annotations

import cv2
import numpy as np

from pincel.imaging.color import rgb_to_lab
from pincel.imaging.resize import fit_size, resize

__all__ = ["color_residual", "in_color"]

LONG_SIDE = 192  # in pixels; also takes the grain out
BLUR = 3.0  # in those pixels: a colour is a patch, noise of a sensor or of JPEG is not
KNOTS = 17  # of the curve over lightness
SHARE = 99.5  # percentile: a hand-tinted cheek is enough
MOST = 3.4  # units of Lab that a toned print's colours are apart from its tone
# A warm tone fades and yellows unevenly, but only along its own hue:
MOST_ALONG, MOST_ACROSS = 8.0, 2.5


def in_color(pixels: np.ndarray, alpha: np.ndarray | None = None) -> bool:
    """Whether a picture has colours of its own; sepia, cyanotype, yellowed paper and a scanner's cast are none.

    Measured with the 60 colour photos of the test set (all in colour), sepia copies and cyanotypes of them (none), and
    unevenly yellowed ones (none); see docs/experiments/in-colour.md.

    Args:
        pixels: sRGB (H, W) or (H, W, 3), uint8 or uint16.
        alpha: (H, W); what is fully transparent has no colour.
    """
    if pixels.ndim == 2:
        return False
    if alpha is not None:
        pixels = np.where(alpha[..., None] > 0, pixels, 0).astype(pixels.dtype)
    across, whole, is_warm = color_residual(pixels)
    return whole > MOST_ALONG or across > MOST_ACROSS if is_warm else whole > MOST


def color_residual(pixels: np.ndarray) -> tuple[float, float, bool]:
    """What is left of a picture's (a, b) after a curve over lightness and a slow drift over the sheet.

    Args:
        pixels: sRGB (H, W, 3).

    Returns:
        Units of Lab across the tone's hue, in all, and whether the tone is warm (yellow to brown).
    """
    own_height, own_width = pixels.shape[:2]
    small = resize(pixels, *fit_size(own_height, own_width, LONG_SIDE))
    lab = rgb_to_lab(small)
    height, width = lab.shape[:2]
    light, ab = lab[..., 0].ravel(), lab[..., 1:].reshape(-1, 2)
    place = np.clip(light / 100 * (KNOTS - 1), 0, KNOTS - 1 - 1e-6)
    knot = place.astype(int)
    terms = np.zeros((light.size, KNOTS + 5), np.float32)
    rows = np.arange(light.size)
    terms[rows, knot], terms[rows, knot + 1] = 1 - (place - knot), place - knot
    down, across = (part.ravel() for part in np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j])
    terms[:, KNOTS:] = np.stack([across, down, across**2, across * down, down**2], 1)
    normal = terms.T @ terms + np.eye(terms.shape[1]) * 1e-5 * light.size  # a level that no pixel has counts nothing
    rest = ab - terms @ np.linalg.solve(normal, terms.T @ ab)
    rest = cv2.GaussianBlur(rest.reshape(height, width, 2), (0, 0), BLUR)
    tone_a, tone_b = ab.mean(0)
    chroma = max(float(np.hypot(tone_a, tone_b)), 1e-6)
    crosswise = np.abs(rest @ np.array([-tone_b, tone_a])) / chroma
    whole = np.linalg.norm(rest, axis=2)
    is_warm = bool(tone_b > 0 and abs(tone_a) <= 1.2 * tone_b and chroma > 1)
    return float(np.percentile(crosswise, SHARE)), float(np.percentile(whole, SHARE)), is_warm
