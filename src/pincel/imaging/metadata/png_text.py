"""Texts in PNG files: Latin-1 or UTF-8, packed or not, and old ways to keep other metadata in them (PNG 3, 11.3.3)."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

__all__ = ["TEXTS", "as_comments", "as_raw_profile", "as_utf8", "from_raw_profile", "text_of"]

TEXTS = (b"tEXt", b"zTXt", b"iTXt")
MOST_TEXT = 16 * 1024 * 1024  # bytes that a compressed text may become


def as_comments(texts: Iterable[tuple[bytes, bytes]]) -> list[bytes]:
    """PNG's texts for formats that keep comments only: ``keyword: text`` in UTF-8."""
    comments = []
    for kind, content in texts:
        if kind in TEXTS:
            keyword = content.split(b"\0", 1)[0]
            text = text_of(kind, content)
            text = text if kind == b"iTXt" else text.decode("latin-1").encode()
            comments.append(text if keyword == b"Comment" else keyword.decode("latin-1").encode() + b": " + text)
    return comments


def text_of(kind: bytes, content: bytes) -> bytes:
    """The text of a text chunk; nothing where it is damaged or grows too large."""
    _, _, rest = content.partition(b"\0")
    if kind == b"tEXt":
        return rest
    if kind == b"zTXt":
        return _inflated(rest[1:])
    packed = rest[:1] == b"\1"
    text = rest[2:].split(b"\0", 2)[-1]
    return _inflated(text) if packed else text


def _inflated(packed: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(packed, MOST_TEXT)
    except zlib.error:
        return b""


def from_raw_profile(text: bytes) -> bytes:
    """Bytes of a text that is a name, a length, and hexadecimal digits (ImageMagick's way)."""
    parts = text.strip(b"\n").split(b"\n", 2)
    try:
        return bytes.fromhex(parts[2].decode("ascii"))[: int(parts[1])] if len(parts) == 3 else b""
    except ValueError:
        return b""


def as_raw_profile(block: bytes) -> bytes:
    """The text that `from_raw_profile` reads."""
    digits = block.hex()
    lines = "\n".join(digits[i : i + 72] for i in range(0, len(digits), 72))
    return f"\niptc\n{len(block):8d}\n{lines}\n".encode()


def as_utf8(text: bytes) -> bytes:
    """A text that is UTF-8 already, or else taken for Latin-1."""
    try:
        return text.decode("utf-8").encode()
    except UnicodeDecodeError:
        return text.decode("latin-1").encode()
