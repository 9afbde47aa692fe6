"""Random numbers that are a function of (seed, position, place) alone: many at once, and the same on every device.

A generator has a state and gives its numbers one after the other; here each number is a hash of where it stands
(SplitMix64: Steele, Lea & Flood 2014), so that a picture has its own whatever batch it is in.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

__all__ = ["keys_of", "normal", "uniform"]

STEP = 0x9E3779B97F4A7C15 - 2**64  # the golden ratio; 64 bits, as a signed number
FIRST, SECOND = 0xBF58476D1CE4E5B9 - 2**64, 0x94D049BB133111EB - 2**64
BITS = 24  # of a float32 in 0..1


def keys_of(seed: int, positions: Tensor) -> Tensor:
    """What numbers are drawn by: int64 (N,) of the positions, int64 (N,), in the whole training."""
    return _mixed(positions ^ _mixed(torch.tensor(seed)))


def uniform(keys: Tensor, count: int, first: int = 0) -> Tensor:
    """Evenly spread in 0..1, 1 left out: float32 (N, count), those at the places ``first`` and after of each key."""
    places = torch.arange(first + 1, first + count + 1, device=keys.device)
    return _shifted(_mixed(keys[:, None] + places * STEP), 64 - BITS).float() * 2.0**-BITS


def normal(keys: Tensor, count: int, first: int = 0) -> Tensor:
    """Normally distributed numbers, float32 (N, count) (Box & Muller 1958); they take ``count`` places, made even."""
    length, turn = uniform(keys, 2 * -(-count // 2), first).chunk(2, dim=1)
    length, turn = (-2 * (1 - length).log()).sqrt(), 2 * math.pi * turn
    return torch.cat([length * turn.cos(), length * turn.sin()], dim=1)[:, :count]


def _mixed(value: Tensor) -> Tensor:
    """SplitMix64's mixing; int64 of any shape, whose products wrap."""
    value = (value ^ _shifted(value, 30)) * FIRST
    value = (value ^ _shifted(value, 27)) * SECOND
    return value ^ _shifted(value, 31)


def _shifted(value: Tensor, bits: int) -> Tensor:
    """To the right, with zeros from the left whatever the sign."""
    return (value >> bits) & ((1 << (64 - bits)) - 1)
