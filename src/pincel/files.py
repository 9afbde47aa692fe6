"""Files that are whole or not there."""

from __future__ import annotations

import errno
import os
import platform
import re
import shutil
import threading
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

__all__ = ["MARK", "is_leftover", "reason", "remove_leftovers", "temporary_name", "write_atomically"]

LONG_NAME = 200  # bytes; file systems have room for 255, and a temporary name is longer
# of temporary names of this machine: another one that writes into the same folder has processes of its own
MARK = "pincel-" + blake2b(platform.node().encode(), digest_size=3).hexdigest()
TEMPORARY = re.compile(rf"\..+\.{MARK}\.tmp(\d+)")
_cleared: set[Path] = set()  # folders that this process has looked at
_clearing = threading.Lock()


def write_atomically(path: Path, data: bytes) -> None:
    """Write to a temporary name beside ``path`` and rename: never a half-written file.

    Raises:
        OSError: the folder is not writable or the disk is full; nothing is left behind.
    """
    temporary = temporary_name(path)
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def temporary_name(path: Path) -> Path:
    """Where this process writes what becomes ``path`` when it is whole; left-overs in that folder are removed first."""
    remove_leftovers(path.parent)
    short = path.name if len(os.fsencode(path.name)) < LONG_NAME else blake2b(os.fsencode(path.name)).hexdigest()[:32]
    return path.with_name(f".{short}.{MARK}.tmp{os.getpid()}")


def remove_leftovers(folder: Path) -> None:
    """Remove what killed processes left half-written under temporary names; each process looks once at each folder."""
    with _clearing:
        if folder in _cleared:
            return
        _cleared.add(folder)
        with suppress(OSError), os.scandir(folder) as entries:
            for path in [Path(entry.path) for entry in entries if is_leftover(entry.name)]:
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def is_leftover(name: str) -> bool:
    """Whether this is the `temporary_name` of a process that is gone: a number like our own is of one before us."""
    match = TEMPORARY.fullmatch(name)
    return match is not None and (int(match[1]) == os.getpid() or not _lives(int(match[1])))


def _lives(process: int) -> bool:
    if os.name != "posix":
        return True  # asking would end it
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        pass  # it is another user's
    return True


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
