"""`pincel.imaging.color` for batches of tensors on any device, within 0.25 L, 0.5 ab and one grey level of it.

Constants are kept on each device: to send them anew would wait for all that the device still has to do, which is why
kornia's conversion is not taken here.
"""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor

__all__ = ["constant", "grey_rec601", "rgb_to_lab"]

RGB_TO_XYZ = ((0.412453, 0.357580, 0.180423), (0.212671, 0.715160, 0.072169), (0.019334, 0.119193, 0.950227))
WHITE = (0.950456, 1.0, 1.088754)  # D65, 2 degrees; both as OpenCV has them


@cache
def constant(values: tuple[float, ...], device: torch.device) -> Tensor:
    """Numbers that stay on a device, float32."""
    return torch.tensor(values, device=device)


def rgb_to_lab(rgb: Tensor) -> Tensor:
    """From sRGB (N, 3, H, W) in 0..1 to Lab (N, 3, H, W), L in 0..100 (IEC 61966-2-1, CIE 1976)."""
    linear = torch.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    over_white = tuple(m / white for row, white in zip(RGB_TO_XYZ, WHITE, strict=True) for m in row)
    xyz = torch.einsum("ij,njhw->nihw", constant(over_white, rgb.device).view(3, 3), linear)
    f = torch.where(xyz > 216 / 24389, xyz ** (1 / 3), xyz * (24389 / 27 / 116) + 16 / 116)
    x, y, z = f.unbind(1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], dim=1)


def grey_rec601(rgb: Tensor) -> Tensor:
    """Whole levels of sRGB (N, 3, H, W) -> the whole grey level that scanners store, (N, 1, H, W)."""
    red, green, blue = rgb.split(1, dim=1)
    return (0.299 * red + 0.587 * green + 0.114 * blue).round()
