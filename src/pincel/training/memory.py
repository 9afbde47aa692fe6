"""`keep_freed_memory`: a training step frees and takes the same gigabytes over and over; let the process keep them."""

from __future__ import annotations

import ctypes

__all__ = ["keep_freed_memory"]

# mallopt's parameters, from glibc's malloc.h
M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
LARGEST = 2**31 - 1


def keep_freed_memory() -> bool:
    """Make glibc reuse freed blocks instead of handing each back to the kernel, which clears every page it gives.

    Returns:
        Whether it was done; elsewhere than on glibc nothing happens.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(mallopt(M_MMAP_THRESHOLD, LARGEST) and mallopt(M_TRIM_THRESHOLD, LARGEST))
