"""libvips, imported where it is needed, and set up once."""

from __future__ import annotations

import logging
import os
from types import ModuleType

from pincel.errors import PictureError

__all__ = ["vips"]

logging.getLogger("pyvips").addHandler(logging.NullHandler())  # warnings of its libraries are not for the user
_used_in = 0  # the process that used it first


def vips() -> ModuleType:
    """The module ``pyvips``.

    Raises:
        PictureError: this process was forked from one that had used it: libvips would wait for threads for ever that a
            fork does not copy.
    """
    global _used_in
    import pyvips

    if not _used_in:
        pyvips.cache_set_max(0)  # a server would keep the last uploads in memory
        _used_in = os.getpid()
    if _used_in != os.getpid():
        raise PictureError(
            "a process that was forked from one that had read pictures can read none; "
            "start processes with multiprocessing.get_context('spawn')"
        )
    return pyvips
