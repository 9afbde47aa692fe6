"""The decoded pictures where views are made of them: in a GPU's memory as bytes, or mapped from the disk."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pincel.data.cache import PictureCache

__all__ = ["PhotosOnDevice", "sent"]


def sent(values: Any, device: torch.device) -> Tensor:
    """An array or a tensor on a device, without waiting for what the device does: a plain copy waits for all of it."""
    tensor = torch.as_tensor(values)
    if device.type == "cuda" and tensor.device.type == "cpu":
        tensor = tensor.pin_memory()
    return tensor.to(device, non_blocking=True)


class PhotosOnDevice:
    """The pictures of a cache, of which boxes are taken, many at once.

    Args:
        cache: the decoded pictures.
        device: where they shall lie; on the processor they stay in the cache's file, mapped.

    Attributes:
        heights, widths: of the pictures in pixels.
    """

    def __init__(self, cache: PictureCache, device: torch.device) -> None:
        self.heights, self.widths, self.device = cache.heights, cache.widths, device
        self._offsets = cache.offsets
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*not writable")  # it is only read
            self._pixels = torch.from_numpy(cache.pixels).to(device)

    def boxes(
        self, index: np.ndarray, top: np.ndarray, left: np.ndarray, height: np.ndarray, width: np.ndarray
    ) -> Tensor:
        """Boxes of pictures, side by side on canvases as large as the largest of them; pixels, all arrays (N,).

        Returns:
            uint8 (N, 3, H, W). Beyond the height and the width of a box stands anything.
        """
        most, length = int(height.max()), 3 * int(width.max())
        rows = top[:, None] + np.minimum(np.arange(most), height[:, None] - 1)  # (N, H)
        starts = self._offsets[index][:, None] + 3 * (rows * self.widths[index][:, None] + left[:, None])
        starts = starts.ravel()
        last = len(self._pixels) - length
        # any byte may begin a row, so the rows overlap, and copying whole rows needs one number each
        every = self._pixels.as_strided((last + 1, length), (1, 1))
        canvas = every.index_select(0, sent(np.minimum(starts, last), self.device))
        for row in np.flatnonzero(starts > last):  # of the last pictures of the file, which ends before the canvas
            rest = self._pixels[int(starts[row]) :]
            canvas[row, : len(rest)] = rest
        return canvas.view(len(index), most, -1, 3).permute(0, 3, 1, 2)
