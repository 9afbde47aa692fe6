"""Resizing as matrices: ``rows @ picture @ columns.T``, a batch of pictures of any sizes into squares of one size.

A crop is resized as torchvision does (bilinear, antialiased), a whole picture as `pincel.imaging.resize` does: area
averaging when it shrinks, cubic when it grows. Mirroring turns the rows of a matrix round; bars are rows of zeros.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from pincel.data.photos_on_device import PhotosOnDevice, sent

__all__ = ["Axis", "resized"]

CUBIC = -0.75  # OpenCV's A
Way = Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]
"""(pixels, where what stands at a place of the square starts on them, its length, pixels taken) -> their weights."""


class Axis(NamedTuple):
    """How one axis of each picture becomes one of its square; arrays (N,), in pixels.

    Attributes:
        begin, length: what is shown of the picture; parts of pixels are allowed.
        offset, span: where that stands in the square.
        mirrored: whether the square is turned round then.
    """

    begin: np.ndarray
    length: np.ndarray
    offset: np.ndarray
    span: np.ndarray
    mirrored: np.ndarray


def resized(
    photos: PhotosOnDevice, index: np.ndarray, rows: Axis, columns: Axis, size: int, whole: bool
) -> tuple[Tensor, Tensor]:
    """Boxes of pictures as squares.

    Args:
        photos: the pictures.
        index: which of them, (N,).
        rows: of each, from top to bottom.
        columns: of each, from left to right.
        size: side of the squares.
        whole: whether they are whole pictures; else crops.

    Returns:
        Whole levels of 0..255, float32 (N, 3, size, size), and where there is photo, bool (N, 1, size, size).
    """
    boxes, weights = [], []
    for axis in (rows, columns):
        first = np.floor(axis.begin).astype(np.int64)
        taken = np.ceil(axis.begin + axis.length - 1e-6).astype(np.int64) - first
        boxes.append((first, taken))
        numbers = np.stack([axis.begin - first, axis.length, *axis[2:], taken]).astype(np.float32)
        kinds = np.unique(axis.length > axis.span) if whole else []  # false before true
        ways = [_area if shrinks else _cubic for shrinks in kinds] or [_triangle]
        weights.append(_weights(sent(numbers, photos.device), size, int(taken.max()), ways))
    (top, height), (left, width) = boxes
    pixels = photos.boxes(index, top, left, height, width).float()  # (N, 3, H, W)
    down, across = weights  # (N, size, H), (N, size, W)
    squares = down[:, None] @ (pixels @ across.mT[:, None])
    inside = (down.sum(-1)[:, :, None] * across.sum(-1)[:, None, :] > 0.5)[:, None]
    return squares.round().clamp(0, 255), inside


def _weights(axis: Tensor, size: int, most: int, ways: Sequence[Way]) -> Tensor:
    """Of each pixel of the square those of the pixels taken, and of as many more as lie on the canvas: (N, size, most).

    ``axis`` is an `Axis` that begins where the first pixel was taken, and their number: (6, N). Of two ways the second
    is for what shrinks.
    """
    begin, length, offset, span, mirrored, taken = axis[..., None, None]
    place = torch.arange(size, device=axis.device, dtype=torch.float32)[:, None]
    place = torch.where(mirrored > 0, size - 1 - place, place) - offset  # (N, size, 1)
    pixel = torch.arange(most, device=axis.device, dtype=torch.float32)
    scale = length / span
    start = begin + place * scale  # of what stands at a place of the square
    found = [way(pixel, start, scale, taken) for way in ways]
    weights = found[0] if len(ways) == 1 else torch.where(scale > 1, found[1], found[0])
    weights = weights * ((pixel < taken) & (place >= 0) & (place < span))
    return weights / weights.sum(-1, keepdim=True).clamp(min=1e-6)


def _triangle(pixel: Tensor, start: Tensor, scale: Tensor, taken: Tensor) -> Tensor:
    """The pixels around, the less the farther; as far as one of the square reaches."""
    return (1 - (pixel + 0.5 - start - scale / 2).abs() / scale.clamp(min=1)).clamp(min=0)


def _area(pixel: Tensor, start: Tensor, scale: Tensor, taken: Tensor) -> Tensor:
    """How much of each pixel lies below one of the square."""
    return (torch.minimum(pixel + 1, start + scale) - torch.maximum(pixel, start)).clamp(min=0)


def _cubic(pixel: Tensor, start: Tensor, scale: Tensor, taken: Tensor) -> Tensor:
    """Keys' kernel (1981) on the four pixels around; those beyond the picture are its first and its last one."""
    middle = start + scale / 2

    def at(pixels: Tensor) -> Tensor:
        x = (pixels + 0.5 - middle).abs()
        near = ((CUBIC + 2) * x - (CUBIC + 3)) * x * x + 1
        far = (((x - 5) * x + 8) * x - 4) * CUBIC
        return torch.where(x <= 1, near, torch.where(x < 2, far, 0))

    before, behind = at(pixel - 1) + at(pixel - 2), at(pixel + 1) + at(pixel + 2)
    return at(pixel) + torch.where(pixel == 0, before, 0) + torch.where(pixel == taken - 1, behind, 0)
