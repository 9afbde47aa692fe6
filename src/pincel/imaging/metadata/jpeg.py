"""Metadata in JPEG files: segments APP0, APP1, APP2, APP13 and COM (ITU-T T.81, B.2; JFIF 1.02; CIPA DC-008)."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from pincel.imaging.metadata.block import Metadata, Resolution
from pincel.imaging.metadata.png_text import as_comments

__all__ = ["LONGEST_EXIF", "MOST_SCANS", "extract", "pixels_only", "put", "scans", "segments"]

EXIF, XMP, XMP_PART = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0"
PHOTOSHOP, ICC = b"Photoshop 3.0\0", b"ICC_PROFILE\0"
LONGEST = 65_533  # bytes in one segment
LONGEST_EXIF = LONGEST - len(EXIF)
APP0, APP1, APP2, APP13, COMMENT = 0xE0, 0xE1, 0xE2, 0xED, 0xFE
WITHOUT_LENGTH = {0x01, *range(0xD0, 0xD8)}  # TEM, RST0..RST7
START, END, SCAN = 0xD8, 0xD9, 0xDA
MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # among pixels: neither a stuffed byte nor a restart
MOST_SCANS = 100  # of a progressive picture; sound ones have about ten


def segments(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Marker, content and place of the segments before the pixels; what cannot be understood ends them."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker in (0xFF, *WITHOUT_LENGTH):
            at += 1 if marker == 0xFF else 2
            continue
        (size,) = struct.unpack_from(">H", data, at + 2)
        yield marker, data[at + 4 : at + 2 + size], at
        if marker in (SCAN, END) or size < 2:
            return
        at += 2 + size


def scans(data: bytes) -> int:
    """How often the decoder has to go through the picture: a few scans of every part; hostile files have thousands."""
    at = next((at for marker, _, at in segments(data) if marker == SCAN), len(data))
    count = 0
    while found := MARKER.search(data, at):
        marker, at = data[found.end() - 1], found.end()
        if marker == END:
            break
        count += marker == SCAN
        if at + 2 <= len(data):
            at += struct.unpack_from(">H", data, at)[0]
    return count


def pixels_only(data: bytes) -> bytes:
    """The file without what only tells something: a decoder cannot stumble over it then."""
    parts, end = [data[:2]], 2
    for marker, content, at in segments(data):
        end = at
        if marker in (SCAN, END):
            break
        if marker not in (APP1, APP13, COMMENT):
            parts.append(_segment(marker, content))
    return b"".join(parts) + data[end:]


def extract(data: bytes) -> Metadata:
    """Metadata of a JPEG file."""
    exif = xmp = None
    parts, resources, comments = [], b"", []
    resolution, has_profile = None, False
    for marker, content, _ in segments(data):
        if marker == APP0 and content[:5] == b"JFIF\0" and len(content) >= 12:
            unit, across, down = struct.unpack_from(">BHH", content, 7)
            if unit in (1, 2) and across and down:
                resolution = Resolution(across, down, "inch" if unit == 1 else "cm")
        elif marker == APP1 and content.startswith(EXIF):
            exif = exif or content[len(EXIF) :]
        elif marker == APP1 and content.startswith(XMP):
            xmp = xmp or content[len(XMP) :]
        elif marker == APP1 and content.startswith(XMP_PART):
            parts.append(content)
        elif marker == APP2 and content.startswith(ICC):
            has_profile = True
        elif marker == APP13 and content.startswith(PHOTOSHOP):
            resources += content[len(PHOTOSHOP) :]
        elif marker == COMMENT:
            comments.append(content)
    return Metadata(exif, xmp, tuple(parts), resources or None, tuple(comments), (), resolution, has_profile)


def put(data: bytes, metadata: Metadata, profile: bytes | None) -> tuple[bytes, list[str]]:
    """A JPEG file that tells nothing yet, with metadata and a colour profile; and what had no room in it."""
    lost: list[str] = []
    parts = [_density(metadata.resolution)]
    if metadata.exif:
        parts.append(_segment(APP1, EXIF + metadata.exif))
    if metadata.xmp and len(metadata.xmp) + len(XMP) > LONGEST:
        lost.append("its XMP is too long for a JPEG file and was left out")
    elif metadata.xmp:
        parts += [_segment(APP1, XMP + metadata.xmp), *(_segment(APP1, part) for part in metadata.xmp_parts)]
    if profile:
        parts.append(_segment(APP2, ICC + b"\1\1" + profile))
    room = LONGEST - len(PHOTOSHOP)
    resources = metadata.photoshop or b""
    parts += [_segment(APP13, PHOTOSHOP + resources[i : i + room]) for i in range(0, len(resources), room)]
    comments = [*metadata.comments, *as_comments(metadata.texts)]
    parts += [
        _segment(COMMENT, comment[i : i + LONGEST])
        for comment in comments
        for i in range(0, max(1, len(comment)), LONGEST)
    ]
    rest = next(at for marker, _, at in segments(data) if marker != APP0)
    return data[:2] + b"".join(parts) + data[rest:], lost


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _density(resolution: Resolution | None) -> bytes:
    unit, across, down = 0, 1, 1
    if resolution:
        sides = (round(resolution.across), round(resolution.down))
        if all(1 <= side <= 65_535 for side in sides):
            unit, (across, down) = (2 if resolution.unit == "cm" else 1), sides
    return _segment(APP0, b"JFIF\0" + struct.pack(">HBHHBB", 0x0101, unit, across, down, 0, 0))
