"""libvips, imported where it is needed, and set up once."""

from __future__ import annotations

import logging
import os
from types import ModuleType

from pincel.errors import PictureError

__all__ = ["vips"]

logging.getLogger("pyvips").addHandler(logging.NullHandler())  # warnings of its libraries are not for the user
_used = _forked_after_use = False


def vips() -> ModuleType:
    """The module ``pyvips``.

    Raises:
        PictureError: this process was forked from one that had used it: libvips would wait for ever for threads that a
            fork does not copy.
    """
    global _used
    if _forked_after_use:
        raise PictureError(
            "a process that was forked from one that had read pictures can read none; "
            "start processes with multiprocessing.get_context('spawn')"
        )
    import pyvips

    if not _used:
        pyvips.cache_set_max(0)  # a server would keep the last uploads in memory
        pyvips._to_string = lambda text: ""  # of its log handler, which prints a traceback where a message is not UTF-8
        _used = True
    return pyvips


def _after_fork() -> None:
    global _forked_after_use
    _forked_after_use = _used


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
