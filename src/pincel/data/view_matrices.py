"""Resizing as matrices: ``rows @ picture @ columns.T``, a batch of pictures of any sizes into squares of one size.

A crop is resized as torchvision does (bilinear, antialiased), a whole picture as `pincel.imaging.resize` does: area
averaging when it shrinks, cubic when it grows. Mirroring turns the rows of a matrix round; bars are rows of zeros.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

__all__ = ["KERNELS", "Axis", "matrices"]

A = -0.75  # of OpenCV's cubic kernel


class Axis(NamedTuple):
    """How one side of each picture is resized; tensors (N,), in pixels.

    Attributes:
        begin: where what is shown begins, on what was taken of the picture. length: of what is shown.
        taken: pixels that may be looked at.
        offset: where the resized picture begins in the square. count: its pixels there.
        mirrored: whether the square is turned round, 0 or 1.
    """

    begin: Tensor
    length: Tensor
    taken: Tensor
    offset: Tensor
    count: Tensor
    mirrored: Tensor


def matrices(kernel: str, axis: Axis, size: int, most: int) -> Tensor:
    """Weights, float32 (N, size, most): of each pixel of the square, those of the pixels taken.

    Args:
        kernel: name of one of `KERNELS`.
        axis: of each picture.
        size: side of the square.
        most: pixels on the canvas on which the pictures lie; those beyond ``taken`` weigh nothing.
    """
    begin, length, taken, offset, count, mirrored = (value.float()[:, None, None] for value in axis)
    place = torch.arange(size, device=begin.device, dtype=torch.float32)[None, :, None]
    place = torch.where(mirrored > 0, size - 1 - place, place) - offset
    pixel = torch.arange(most, device=begin.device, dtype=torch.float32)
    scale = length / count
    weights = KERNELS[kernel](pixel, begin + place * scale, scale, taken)
    weights = weights * ((pixel < taken) & (place >= 0) & (place < count))
    return weights / weights.sum(-1, keepdim=True).clamp(min=1e-6)


def _triangle(pixel: Tensor, start: Tensor, scale: Tensor, taken: Tensor) -> Tensor:
    middle = start + scale / 2
    return (1 - (pixel + 0.5 - middle).abs() / scale.clamp(min=1)).clamp(min=0)


def _area(pixel: Tensor, start: Tensor, scale: Tensor, taken: Tensor) -> Tensor:
    """How much of each pixel lies below a pixel of the square."""
    return (torch.minimum(pixel + 1, start + scale) - torch.maximum(pixel, start)).clamp(min=0)


def _cubic(pixel: Tensor, start: Tensor, scale: Tensor, taken: Tensor) -> Tensor:
    """Keys' kernel on the four pixels around; the picture's edge is repeated."""
    middle = start + scale / 2 - 0.5

    def near(places: Tensor) -> Tensor:
        x = (places - middle).abs()
        inner = ((A + 2) * x - (A + 3)) * x * x + 1
        outer = A * (((x - 5) * x + 8) * x - 4)
        return torch.where(x <= 1, inner, torch.where(x < 2, outer, 0))

    before = near(pixel - 1) + near(pixel - 2)  # of the first pixel: those in front of it
    behind = near(pixel + 1) + near(pixel + 2)
    return near(pixel) + torch.where(pixel == 0, before, 0) + torch.where(pixel == taken - 1, behind, 0)


KERNELS: dict[str, Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]] = {
    "triangle": _triangle,
    "area": _area,
    "cubic": _cubic,
}
"""(pixels, where a place's share of the picture starts, its length, pixels taken) -> weights, not normalised."""
