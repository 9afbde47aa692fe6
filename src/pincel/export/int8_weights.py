"""8-bit weights for processors whose 8-bit multiply-add saturates.

Without VNNI, an x86 processor adds two products of an activation (0..255) and a weight (-127..127) in 16 bits
(``vpmaddubsw``). Where two neighbouring weights of one sign add up to more than 128 the sum can saturate, and colours
go wrong here and there. The usual cure is 7-bit weights (``reduce_range``), which costs a bit everywhere. Here each
output channel keeps the finest scale that its own weights allow: only pairs over the limit give way.
"""

from __future__ import annotations

import numpy as np

__all__ = ["LARGEST_PAIR", "per_channel", "without_saturation"]

LARGEST = 127
LARGEST_PAIR = 128  # 255 * 128 = 32,640, and 16 bits end at 32,767
BLOCK = 2**16  # weights
SCALES = np.linspace(1.0, 2.0, 21, dtype=np.float32)  # times the plain scale: at 2 no pair is over the limit


def without_saturation(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights of a convolution in 8 bits, as near as pairs that cannot saturate allow.

    Args:
        weights: float32 (filters, channels / groups, kernel height, kernel width).

    Returns:
        int8 of the same shape and float32 scales (filters,): ``int8 * scale`` is the weight. onnxruntime multiplies the
        channels of a kernel position one after the other, two at a time; no two such have a sum beyond `LARGEST_PAIR`.
    """
    filters, _, height, width = weights.shape
    rows = weights.transpose(0, 2, 3, 1).reshape(filters, -1)  # (filters, positions * channels)
    blocks = np.array_split(rows, -(-rows.size // BLOCK))  # small enough for the processor's cache: twice as fast
    values, scales = (np.concatenate(parts) for parts in zip(*map(_nearest, blocks), strict=True))
    shaped = values.reshape(filters, height, width, -1).transpose(0, 3, 1, 2)
    return np.ascontiguousarray(shaped.astype(np.int8)), scales[:, 0]


def per_channel(weights: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Weights in 8 bits with one scale for each index along ``axis``: kept small, but used as float.

    Returns:
        int8 of the same shape, and float32 scales that broadcast to it.
    """
    others = tuple(i for i in range(weights.ndim) if i != axis)
    scales = np.maximum(np.abs(weights).max(axis=others, keepdims=True), 1e-12) / LARGEST
    return np.rint(weights / scales).astype(np.int8), scales.astype(np.float32)


def _nearest(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Whole numbers (filters, n), and the scale (filters, 1) of each row with which they are nearest to it."""
    plain = np.maximum(np.abs(rows).max(axis=1, keepdims=True), np.float32(1e-12)) / np.float32(LARGEST)
    errors = [np.square(_rounded(rows, plain * factor) * (plain * factor) - rows).sum(axis=1) for factor in SCALES]
    scales = plain * SCALES[np.argmin(errors, axis=0), None]
    return _rounded(rows, scales), scales


def _rounded(rows: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """Whole numbers (filters, n) for scales (filters, 1); a pair that adds up to too much gives way on both sides."""
    values = np.rint(rows / scales)
    first, second = values[:, 0:-1:2], values[:, 1::2]  # views; the last of an odd number stands alone
    total = first + second
    over = np.copysign(np.maximum(np.abs(total) - LARGEST_PAIR, 0), total)
    half = np.trunc(over / 2)
    first -= half
    second -= over - half
    return values
