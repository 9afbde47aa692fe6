"""Photoshop's image resources (8BIM): captions of IPTC lie in them, and previews.

Source: Adobe Photoshop File Formats Specification, "Image Resources Section".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

__all__ = ["cleaned", "iptc_of", "with_iptc"]

IPTC = 0x0404
PREVIEWS = (0x0409, 0x040C)


def _resources(block: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Identifier, content and the whole of each; what cannot be understood ends them."""
    at = 0
    while at + 12 <= len(block) and block[at : at + 4] in (b"8BIM", b"PHUT", b"AgHg", b"DCSR", b"MeSa"):
        name_bytes = block[at + 6] + 1
        size_at = at + 6 + name_bytes + name_bytes % 2
        if size_at + 4 > len(block):
            return
        (size,) = struct.unpack_from(">I", block, size_at)
        end = size_at + 4 + size
        if end > len(block):
            return
        (number,) = struct.unpack_from(">H", block, at + 4)
        yield number, block[size_at + 4 : end], block[at:end] + b"\0" * (size % 2)
        at = end + size % 2


def cleaned(block: bytes) -> bytes:
    """The resources without previews."""
    return b"".join(whole for number, _, whole in _resources(block) if number not in PREVIEWS)


def iptc_of(block: bytes) -> bytes | None:
    """The IPTC records among the resources."""
    return next((content for number, content, _ in _resources(block) if number == IPTC), None)


def with_iptc(block: bytes, records: bytes) -> bytes:
    """The resources, with IPTC records where they have none yet."""
    if iptc_of(block) is not None:
        return block
    resource = b"8BIM" + struct.pack(">HHI", IPTC, 0, len(records)) + records + b"\0" * (len(records) % 2)
    return block + resource
