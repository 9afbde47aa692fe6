"""XMP packets: kept byte for byte but for orientation, size, and previews of the picture that was."""

from __future__ import annotations

import re

__all__ = ["cleaned", "orientation", "sized", "without_parts"]

# a property is written as an attribute (name="1") or as an element (<name>1</name>)
ORIENTATION = re.compile(rb"""(tiff:Orientation(?:\s*=\s*["']|\s*>)\s*)([1-8])(?![0-9])""")
WIDTH = re.compile(rb"""((?:tiff:ImageWidth|exif:PixelXDimension)(?:\s*=\s*["']|\s*>)\s*)([0-9]+)""")
HEIGHT = re.compile(rb"""((?:tiff:ImageLength|exif:PixelYDimension)(?:\s*=\s*["']|\s*>)\s*)([0-9]+)""")
POINTER = re.compile(rb"""\s*xmpNote:HasExtendedXMP\s*=\s*["'][^"']*["']|<xmpNote:HasExtendedXMP>[^<]*</[^>]*>""")
PREVIEWS = re.compile(rb"<((?:xmp|xap):Thumbnails)\b[^>]*>.*?</\1\s*>", re.DOTALL)


def orientation(packet: bytes | None) -> int | None:
    """How the stored picture is to be turned, 1..8."""
    found = ORIENTATION.search(packet or b"")
    return int(found[2]) if found else None


def cleaned(packet: bytes) -> bytes:
    """A packet for a picture that stands upright, without previews."""
    return ORIENTATION.sub(rb"\g<1>1", PREVIEWS.sub(b"", packet))


def without_parts(packet: bytes) -> bytes:
    """A packet that no longer points to a longer part of it."""
    return POINTER.sub(b"", packet)


def sized(packet: bytes, width: int, height: int) -> bytes:
    """A packet whose width and height, where it tells them, are those of the result."""
    packet = WIDTH.sub(rb"\g<1>%d" % width, packet)
    return HEIGHT.sub(rb"\g<1>%d" % height, packet)
