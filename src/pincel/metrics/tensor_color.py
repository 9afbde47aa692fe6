"""Colour spaces of batches of tensors on any device: `pincel.imaging.color` within 0.25 L, 0.6 ab and one grey level.

Constants are kept on each device: to send them anew waits for all that the device still has to do, which is why the
conversions of kornia are not taken here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import torch
from torch import Tensor

__all__ = ["constant", "exact_products", "grey_rec601", "lab_to_rgb", "rgb_to_lab"]

RGB_TO_XYZ = ((0.412453, 0.357580, 0.180423), (0.212671, 0.715160, 0.072169), (0.019334, 0.119193, 0.950227))
XYZ_TO_RGB = (
    (3.2404813432005266, -1.5371515162713185, -0.4985363261688878),
    (-0.9692549499965682, 1.8759900014898907, 0.0415559265582928),
    (0.0556466391351772, -0.2040413383665112, 1.0573110696453443),
)
WHITE = (0.95047, 1.0, 1.08883)  # D65, 2 degrees


@cache
def constant(values: tuple[float, ...] | tuple[tuple[float, ...], ...], device: torch.device) -> Tensor:
    """Numbers that stay on a device, float32."""
    return torch.tensor(values, device=device)


@contextmanager
def exact_products() -> Iterator[None]:
    """Float32 is multiplied in full on a GPU: what is encoded or measured must not depend on how quickly it trains."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def rgb_to_lab(rgb: Tensor) -> Tensor:
    """From sRGB (N, 3, H, W) in 0..1 to Lab (N, 3, H, W), L in 0..100 (IEC 61966-2-1, CIE 1976)."""
    linear = torch.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = _mixed(RGB_TO_XYZ, linear) / constant(WHITE, rgb.device).view(3, 1, 1)
    f = torch.where(xyz > 216 / 24389, xyz ** (1 / 3), xyz * (24389 / 27 / 116) + 16 / 116)
    x, y, z = f.unbind(1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], dim=1)


def lab_to_rgb(light: Tensor, ab: Tensor) -> Tensor:
    """Lab, (N, 1, H, W) in 0..100 and (N, 2, H, W) -> sRGB (N, 3, H, W) about 0..1, not clipped; differentiable.

    This is `kornia.color.lab_to_rgb`, to the bit on a CPU.
    """
    y = (light + 16.0) / 116.0
    x, z = ab[:, :1] / 500.0 + y, (y - ab[:, 1:] / 200.0).clamp(min=0.0)
    f = torch.cat([x, y, z], dim=1)
    xyz = torch.where(f > 0.2068966, torch.pow(f, 3.0), (f - 4.0 / 29.0) / 7.787)
    linear = _mixed(XYZ_TO_RGB, xyz * constant(WHITE, light.device).view(3, 1, 1))
    return torch.where(
        linear > 0.0031308, 1.055 * torch.pow(linear.clamp(min=0.0031308), 1 / 2.4) - 0.055, 12.92 * linear
    )


def grey_rec601(rgb: Tensor) -> Tensor:
    """Whole levels of sRGB (N, 3, H, W) -> the whole grey level that scanners store, (N, 1, H, W)."""
    red, green, blue = rgb.split(1, dim=1)
    return (0.299 * red + 0.587 * green + 0.114 * blue).round()


def _mixed(matrix: tuple[tuple[float, ...], ...], planes: Tensor) -> Tensor:
    """(N, 3, H, W) planes, each a sum of all with the weights of its row."""
    return torch.einsum("oi,nihw->nohw", constant(matrix, planes.device), planes).contiguous()
