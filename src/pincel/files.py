"""Files that are whole or not there."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

__all__ = ["reason", "write_atomically"]


def write_atomically(path: Path, data: bytes) -> None:
    """Write to a temporary name beside ``path`` and rename: never a half-written file.

    Raises:
        OSError: the folder is not writable or the disk is full; nothing is left behind.
    """
    temporary = path.with_name(f".{path.name}.tmp{os.getpid()}")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def reason(error: OSError) -> str:
    """Why the system refused, and how to mend it.

    >>> reason(OSError(28, "No space left on device"))
    'the disk is full; free some space and run the same command again'
    """
    if error.errno == errno.ENOSPC:
        return "the disk is full; free some space and run the same command again"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "it is not allowed there; choose another place, or change its permissions"
    return error.strerror or str(error)
