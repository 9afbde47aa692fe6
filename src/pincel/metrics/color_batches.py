"""The figures of `pincel.metrics.color` for batches of pictures, on the device where they were painted.

On a CPU OpenCV's tables and numpy, picture by picture, are quicker. Both agree within 0.05 of CIEDE2000 and 0.02 of
colourfulness a picture: OpenCV's Lab is interpolated, this one is exact.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from pincel.imaging import color
from pincel.metrics.tensor_color import lab_to_rgb
from pincel.tasks import Task

__all__ = ["ciede2000", "colourfulness", "eight_bits", "greyed", "hue_terms", "masked_means"]

DARKEST, LIGHTEST = 0.05, 99.95  # L beyond which a pixel is black or white
EDGE = 1e-6  # of 0..1: what is so near to an end of sRGB was clipped to it


def eight_bits(task: Task, source: Tensor, output: Tensor) -> Tensor:
    """What a batch looks like when it is saved: whole numbers within 1 of those of `Task.decode`.

    Args:
        task: of the network.
        source: (N, source_channels, H, W) in -1..1.
        output: (N, target_channels, H, W) in -1..1.

    Returns:
        float32 sRGB (N, 3, H, W) in 0..255.
    """
    rgb = task.to_rgb(source, output, _keep_lightness)
    return (rgb.clamp(0, 1) * 255).round().expand(-1, 3, -1, -1)


def _keep_lightness(light: Tensor, ab: Tensor) -> Tensor:
    """`pincel.imaging.color.lab_to_rgb` of a batch; the few pixels outside sRGB are repaired by it.

    Args:
        light: (N, 1, H, W), L in 0..100.
        ab: (N, 2, H, W).

    Returns:
        (N, 3, H, W) in 0..1.
    """
    lab, (black, blown) = torch.cat([light, ab], dim=1), (light < DARKEST, light > LIGHTEST)
    rgb = torch.where(blown, 1, torch.where(black, 0, lab_to_rgb(light, ab)))  # common, and without colour anyway
    clipped = ((rgb < EDGE) | (rgb > 1 - EDGE)).any(1) & ~(black | blown)[:, 0]  # (N, H, W)
    picture, row, column = clipped.nonzero(as_tuple=True)
    if len(picture):
        found = lab[picture, :, row, column].cpu().numpy()[None]  # (1, n, 3)
        kept = color.lab_to_rgb(np.ascontiguousarray(found[..., 0]), np.ascontiguousarray(found[..., 1:]))[0]
        rgb[picture, :, row, column] = torch.from_numpy(kept).to(rgb.device)
    return rgb


def masked_means(values: Tensor, mask: Tensor) -> Tensor:
    """Mean of each picture where the mask is not 0: (N, C, H, W) and (N, 1, H, W) -> (N, C)."""
    counts = (mask > 0).to(values.dtype)
    return (values * counts).sum((-2, -1)) / counts.sum((-2, -1)).clamp(min=1)


def colourfulness(rgb: Tensor, mask: Tensor) -> Tensor:
    """`pincel.metrics.color.colourfulness` of each picture.

    Args:
        rgb: sRGB (N, 3, H, W) in 0..255.
        mask: (N, 1, H, W), above 0 where pixels count.

    Returns:
        (N,).
    """
    red, green, blue = rgb.split(1, dim=1)
    opponents = torch.cat([red - green, (red + green) / 2 - blue], dim=1)  # (N, 2, H, W)
    means = masked_means(opponents, mask)  # (N, 2)
    spreads = masked_means((opponents - means[..., None, None]).square(), mask)
    return spreads.sum(1).sqrt() + 0.3 * means.square().sum(1).sqrt()


def ciede2000(lab: Tensor, reference: Tensor, mask: Tensor) -> Tensor:
    """`pincel.metrics.color.ciede2000` of each picture (Sharma, Wu & Dalal 2005, eq. 2 to 22).

    Args:
        lab: (N, 3, H, W).
        reference: the same shape.
        mask: (N, 1, H, W), above 0 where pixels count.

    Returns:
        (N,).
    """
    (light, a, b), (light_other, a_other, b_other) = lab.unbind(1), reference.unbind(1)  # (N, H, W) each
    mean_chroma = (torch.hypot(a, b) + torch.hypot(a_other, b_other)) / 2
    stretch = 1.5 - 0.5 * greyed(mean_chroma)  # of a, so that greys come out right
    a, a_other = a * stretch, a_other * stretch
    c, c_other = torch.hypot(a, b), torch.hypot(a_other, b_other)
    hue = torch.atan2(b, a)
    turn = torch.remainder(torch.atan2(b_other, a_other) - hue + math.pi, 2 * math.pi) - math.pi  # the short way round
    hue = hue + turn / 2
    chroma, middle = (c + c_other) / 2, ((light + light_other) / 2 - 50).square()
    t, rotation = hue_terms(hue, chroma)
    of_light = (light_other - light) / (1 + 0.015 * middle / (20 + middle).sqrt())
    of_chroma = (c_other - c) / (1 + 0.045 * chroma)
    of_hue = 2 * (c * c_other).sqrt() * torch.sin(turn / 2) / (1 + 0.015 * chroma * t)
    squared = of_light.square() + of_chroma.square() + of_hue.square() + rotation * of_chroma * of_hue
    return masked_means(squared.clamp(min=0).sqrt()[:, None], mask)[:, 0]


def hue_terms(hue: Tensor, chroma: Tensor) -> tuple[Tensor, Tensor]:
    """CIEDE2000's T, how much a difference of hue counts, and R_T, what blues take back of it (eq. 15 to 21).

    Args:
        hue: the mean hue of two colours, radians, any shape.
        chroma: their mean chroma, Lab units, the same shape.
    """
    t = (
        1
        - 0.17 * torch.cos(hue - math.radians(30))
        + 0.24 * torch.cos(2 * hue)
        + 0.32 * torch.cos(3 * hue + math.radians(6))
        - 0.20 * torch.cos(4 * hue - math.radians(63))
    )
    from_blue = torch.rad2deg(torch.remainder(hue, 2 * math.pi)) - 275
    return t, -2 * greyed(chroma) * torch.sin(math.radians(60) * torch.exp(-(from_blue / 25).square()))


def greyed(chroma: Tensor) -> Tensor:
    """0 where there is no chroma (Lab units), nearly 1 where there is much: the root in eq. 4 and 20."""
    return (chroma**7 / (chroma**7 + 25.0**7)).sqrt()
