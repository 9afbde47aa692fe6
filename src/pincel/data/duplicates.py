"""Near-duplicate pictures: a small signature of each picture, and the groups that alike signatures form."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

__all__ = ["Signature", "difference_hash", "group_near_duplicates", "signature"]

HASH_BITS_SURE = 2  # closer than this is the same picture whatever the colours say
HASH_BITS_ALIKE = 16  # closer than this and of the same colours (below) is the same scene or turntable
COLOUR_RMS_ALIKE = 16.0  # root mean square over the 8 x 8 RGB thumbnails, 0..255


@dataclass(frozen=True)
class Signature:
    """What near-duplicates are recognised by.

    Attributes:
        hash: 64-bit `difference_hash`.
        thumbnail: the 8 x 8 RGB mean colours, uint8 (192,).
    """

    hash: int
    thumbnail: np.ndarray


def signature(rgb: np.ndarray) -> Signature:
    """The signature of an sRGB picture (H, W, 3), uint8."""
    thumbnail = cv2.resize(rgb, (8, 8), interpolation=cv2.INTER_AREA)
    return Signature(difference_hash(rgb), thumbnail.reshape(-1))


def difference_hash(pixels: np.ndarray) -> int:
    """64-bit dHash (Krawetz 2013): is each of 8 x 8 cells darker than its right neighbour?

    Nearly the same for a picture that was re-encoded, resized or slightly retouched.

    Args:
        pixels: (H, W) or (H, W, 3), uint8.

    >>> difference_hash(np.tile(np.arange(90, dtype=np.uint8), (80, 1))) == 2**64 - 1
    True
    """
    small = cv2.resize(pixels, (9, 8), interpolation=cv2.INTER_AREA)
    grey = small if small.ndim == 2 else cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
    bits = grey[:, 1:].astype(np.int32) > grey[:, :-1]
    return int.from_bytes(np.packbits(bits).tobytes(), "big")


def group_near_duplicates(hashes: np.ndarray, thumbnails: np.ndarray, block: int = 2000) -> np.ndarray:
    """Connected groups of near-duplicate pictures.

    Two pictures are near-duplicates when their hashes are at most 2 of 64 bits apart, or at most 16 bits apart
    while their thumbnails differ by less than 16 grey levels (root mean square). The hash alone is not enough: at
    8 bits it already chains thousands of skies and horizons into one group, and it splits turntable series.

    Args:
        hashes: uint64 (n,).
        thumbnails: uint8 (n, 192).
        block: rows compared at once; memory is about block * n * 8 bytes.

    Returns:
        int64 (n,): the group of each picture, numbered from 0 in order of first appearance.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = len(hashes)
    colors = thumbnails.astype(np.float32)
    squares = (colors**2).sum(1)
    rows, columns = [], []
    for start in range(0, count, block):
        part = slice(start, start + block)
        mean_square = (squares[part, None] + squares[None] - 2 * colors[part] @ colors.T) / colors.shape[1]
        bits = np.bitwise_count(hashes[part, None] ^ hashes[None])
        alike = (bits <= HASH_BITS_SURE) | ((bits <= HASH_BITS_ALIKE) & (mean_square < COLOUR_RMS_ALIKE**2))
        i, j = np.nonzero(alike)
        rows.append(i + start)
        columns.append(j)
    i, j = np.concatenate(rows), np.concatenate(columns)
    _, groups = connected_components(coo_array((np.ones(len(i), bool), (i, j)), shape=(count, count)), directed=False)
    return groups.astype(np.int64)
