"""Metadata in PNG files: chunks eXIf, iTXt, tEXt, zTXt, tIME, pHYs, iCCP (PNG 3, section 11.3)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from pincel.imaging.metadata import photoshop
from pincel.imaging.metadata.block import Metadata, Resolution
from pincel.imaging.metadata.png_text import TEXTS, as_raw_profile, as_utf8, from_raw_profile, text_of

__all__ = ["chunks", "code_points_of", "extract", "gamma_of", "put", "white_of"]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
XMP_KEYWORD = b"XML:com.adobe.xmp"
SRGB_GAMMA = 2.2
RAW_PROFILE = b"Raw profile type "  # ImageMagick's way to keep EXIF and IPTC in text, from before there was eXIf


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Type and content of the chunks; what cannot be understood ends them."""
    at = len(SIGNATURE)
    while at + 12 <= len(data):
        (size,) = struct.unpack_from(">I", data, at)
        kind = data[at + 4 : at + 8]
        if at + 12 + size > len(data):
            return
        yield kind, b"" if kind == b"IDAT" else data[at + 8 : at + 8 + size]
        at += 12 + size


def extract(data: bytes) -> Metadata:
    """Metadata of a PNG file."""
    exif = xmp = resources = None
    old_exif = None
    texts: list[tuple[bytes, bytes]] = []
    resolution, has_profile = None, False
    for kind, content in chunks(data):
        if kind == b"eXIf":
            exif = exif or content.removeprefix(b"Exif\0\0")
        elif kind == b"pHYs" and len(content) == 9 and content[8] == 1:
            across, down = struct.unpack(">II", content[:8])
            resolution = Resolution(across / 100, down / 100, "cm") if across and down else None
        elif kind in (b"iCCP", b"sRGB"):
            has_profile = True
        elif kind == b"tIME":
            texts.append((kind, content))
        elif kind in TEXTS:
            keyword = content.split(b"\0", 1)[0]
            if keyword == XMP_KEYWORD:
                xmp = xmp or text_of(kind, content)
            elif keyword.startswith(RAW_PROFILE):
                profile = from_raw_profile(text_of(kind, content))
                if keyword[len(RAW_PROFILE) :] in (b"exif", b"APP1"):
                    old_exif = profile.removeprefix(b"Exif\0\0") or None
                elif keyword[len(RAW_PROFILE) :] in (b"iptc", b"8bim"):
                    is_bare = profile.startswith(b"\x1c")  # records without Photoshop's block around them
                    resources = (photoshop.with_iptc(b"", profile) if is_bare else profile) or None
                elif keyword[len(RAW_PROFILE) :] == b"xmp":
                    xmp = xmp or profile or None
                else:
                    texts.append((kind, content))
            else:
                texts.append((kind, content))
    return Metadata(exif or old_exif, xmp, (), resources, (), tuple(texts), resolution, has_profile)


def white_of(data: bytes) -> int | None:
    """The value of white where a file of 16 bits says that it has fewer (sBIT, PNG 3, 11.3.2.7)."""
    bits = next((content for kind, content in chunks(data) if kind == b"sBIT"), b"")
    return 2 ** bits[0] - 1 if bits and 8 < bits[0] < 16 and len(set(bits)) == 1 else None


def gamma_of(data: bytes) -> float | None:
    """``light = value ** gamma`` where a file says so and nothing better (gAMA, PNG 3, 11.3.2.2); None near sRGB's."""
    found = dict(chunks(data))
    if b"gAMA" not in found or len(found[b"gAMA"]) != 4 or found.keys() & {b"iCCP", b"sRGB", b"cICP"}:
        return None
    value = struct.unpack(">I", found[b"gAMA"])[0] / 100_000
    return 1 / value if 0.1 <= value <= 10 and abs(value * SRGB_GAMMA - 1) > 0.05 else None


def code_points_of(data: bytes) -> tuple[int, int] | None:
    """Primaries and transfer curve that a file tells by number (cICP, PNG 3, 11.3.2.6; ITU-T H.273)."""
    points = next((content for kind, content in chunks(data) if kind == b"cICP"), b"")
    return (points[0], points[1]) if len(points) == 4 else None


def put(data: bytes, metadata: Metadata, profile: bytes | None) -> tuple[bytes, list[str]]:
    """A PNG file that tells nothing yet, with metadata and a colour profile; and what had no room in it: nothing."""
    header = len(SIGNATURE) + 25
    parts: list[bytes] = []
    if profile:
        parts.append(_chunk(b"iCCP", b"sRGB\0\0" + zlib.compress(profile)))
    if metadata.resolution:
        across, down = (round(value * 100) for value in metadata.resolution.per("cm"))
        parts.append(_chunk(b"pHYs", struct.pack(">IIB", across, down, 1)))
    if metadata.exif:
        parts.append(_chunk(b"eXIf", metadata.exif))
    if metadata.xmp:
        parts.append(_chunk(b"iTXt", XMP_KEYWORD + b"\0\0\0\0\0" + metadata.xmp))
    if metadata.photoshop:
        parts.append(_chunk(b"zTXt", RAW_PROFILE + b"iptc\0\0" + zlib.compress(as_raw_profile(metadata.photoshop))))
    parts += [_chunk(b"iTXt", b"Comment\0\0\0\0\0" + as_utf8(comment)) for comment in metadata.comments]
    parts += [_chunk(kind, content) for kind, content in metadata.texts]
    return data[:header] + b"".join(parts) + data[header:], []


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
