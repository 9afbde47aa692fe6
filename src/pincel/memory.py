"""How large a picture may be, and how much memory it or a model of others may take: half of what is free."""

from __future__ import annotations

import os
import re
from pathlib import Path

__all__ = ["MAX_PIXELS", "available_bytes", "default_limit"]

MAX_PIXELS = 250_000_000  # of a picture, unless more are allowed
LEAST = 10**9  # bytes; so much may be taken whatever the system says
CGROUP = Path("/sys/fs/cgroup")


def default_limit() -> int:
    """Bytes that one picture, or all models of others, may take: half of the memory that is free, and at least 1 GB."""
    return max(LEAST, available_bytes() // 2)


def available_bytes(meminfo: Path = Path("/proc/meminfo"), cgroup: Path = CGROUP) -> int:
    """Memory that is free now; a container's own limit counts.

    Args:
        meminfo: Linux' own count.
        cgroup: folder of the control group, version 2 or 1.
    """
    found = re.search(r"MemAvailable:\s+(\d+) kB", _text(meminfo))
    free = int(found[1]) * 1024 if found else _installed_bytes() // 2
    for limit_file, used_file in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        limit, used = _text(cgroup / limit_file).strip(), _text(cgroup / used_file).strip()
        if limit.isdigit() and used.isdigit():
            cached = re.search(
                r"^inactive_file (\d+)", _text((cgroup / used_file).with_name("memory.stat")), re.MULTILINE
            )
            free = min(free, int(limit) - int(used) + (int(cached[1]) if cached else 0))
    return max(0, free)


def _installed_bytes() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 8 * 10**9  # Windows does not tell


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
