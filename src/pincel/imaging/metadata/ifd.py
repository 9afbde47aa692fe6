"""The structure that TIFF files and EXIF blocks share: directories of tagged values.

Source: TIFF 6.0, section 2; BigTIFF (Adobe, 2007); EXIF 3.0, 4.6.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

__all__ = [
    "Directory",
    "Entry",
    "Layout",
    "Tree",
    "chain",
    "directory",
    "in_order",
    "layout",
    "numbers",
    "serialise",
    "text_entry",
]

Block = bytes | bytearray | memoryview | mmap.mmap
Order = Literal["<", ">"]

# bytes of one value of each type: BYTE, ASCII, SHORT, LONG, RATIONAL, SBYTE, UNDEFINED, SSHORT, SLONG, SRATIONAL, ...
BYTES_OF = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
    129: 1,
}
FORMAT_OF = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I", 16: "Q", 17: "q", 18: "Q"}
SWAPPED_BY = {3: 2, 8: 2, 4: 4, 5: 4, 9: 4, 10: 4, 11: 4, 13: 4, 12: 8, 16: 8, 17: 8, 18: 8}
ASCII, SHORT, LONG, RATIONAL = 2, 3, 4, 5
MOST_DIRECTORIES = 10_000


class Layout(NamedTuple):
    """How a block is to be read: byte order, whether it is a BigTIFF, where the first directory is."""

    order: Order
    big: bool
    first: int


@dataclass(frozen=True)
class Entry:
    """One tagged value: ``data`` as it is stored, ``at`` the place in the block where it was read."""

    tag: int
    type: int
    count: int
    data: bytes = field(repr=False)
    at: int = 0


@dataclass(frozen=True)
class Directory:
    """Entries by tag, and where the next directory is (0: this is the last). Entries that lie outside are left out."""

    entries: dict[int, Entry]
    following: int
    following_at: int


@dataclass
class Tree:
    """A directory to be written, with the directories that it points to by tag."""

    entries: dict[int, Entry] = field(default_factory=dict)
    children: dict[int, Tree] = field(default_factory=dict)


def layout(block: Block) -> Layout:
    """Read the header.

    Raises:
        ValueError: it is neither TIFF nor BigTIFF.
    """
    head = bytes(block[:16])
    order: Order = "<" if head[:2] == b"II" else ">"
    if head[:2] in (b"II", b"MM") and len(head) >= 8:
        (version,) = struct.unpack_from(order + "H", head, 2)
        if version == 42:
            return Layout(order, False, struct.unpack_from(order + "I", head, 4)[0])
        if version == 43 and len(head) == 16:
            return Layout(order, True, struct.unpack_from(order + "Q", head, 8)[0])
    raise ValueError("no TIFF header")


def directory(block: Block, at: int, where: Layout) -> Directory:
    """The directory at ``at``.

    Raises:
        ValueError: there is none.
    """
    order, big, _ = where
    count_format, entry_bytes, inline = ("Q", 20, 8) if big else ("H", 12, 4)
    start = at + struct.calcsize("=" + count_format)
    if at < 8 or start > len(block):
        raise ValueError("a directory lies outside")
    (count,) = struct.unpack(order + count_format, bytes(block[at:start]))
    end = start + count * entry_bytes
    if count > 65_535 or end > len(block):
        raise ValueError("a directory is cut off")
    entries: dict[int, Entry] = {}
    for place in range(start, end, entry_bytes):
        tag, type_, number = struct.unpack(
            order + ("HHQ" if big else "HHI"), bytes(block[place : place + entry_bytes - inline])
        )
        size = BYTES_OF.get(type_, 0) * number
        value_at = place + entry_bytes - inline
        if size > inline:
            (value_at,) = struct.unpack(order + ("Q" if big else "I"), bytes(block[value_at : value_at + inline]))
        if type_ in BYTES_OF and tag not in entries and value_at + size <= len(block):
            entries[tag] = Entry(tag, type_, number, bytes(block[value_at : value_at + size]), value_at)
    tail = bytes(block[end : end + inline])
    following = struct.unpack(order + ("Q" if big else "I"), tail)[0] if len(tail) == inline else 0
    return Directory(entries, following, end)


def chain(block: Block, where: Layout) -> Iterator[Directory]:
    """The directories of a block one after another; a loop or a damaged one ends them.

    Raises:
        ValueError: the first cannot be read.
    """
    seen: set[int] = set()
    at = where.first
    while at and at not in seen and len(seen) < MOST_DIRECTORIES:
        seen.add(at)
        try:
            found = directory(block, at, where)
        except ValueError:
            if len(seen) == 1:
                raise
            return
        yield found
        at = found.following


def numbers(entry: Entry | None, order: Order) -> tuple[float, ...]:
    """The values of an entry as numbers (rationals divided; by zero: nan); none for text and undefined bytes."""
    if entry is None:
        return ()
    if entry.type in (5, 10):
        pairs = struct.iter_unpack(order + ("II" if entry.type == RATIONAL else "ii"), entry.data)
        return tuple(above / below if below else float("nan") for above, below in pairs)
    form = FORMAT_OF.get(entry.type)
    return struct.unpack(f"{order}{entry.count}{form}", entry.data) if form else ()


def text_entry(tag: int, text: bytes) -> Entry:
    """A text as an entry."""
    return Entry(tag, ASCII, len(text) + 1, text + b"\0")


def in_order(entry: Entry, old: Order, new: Order) -> Entry:
    """The same values in another byte order."""
    width = SWAPPED_BY.get(entry.type)
    if old == new or width is None:
        return entry
    data = b"".join(entry.data[i : i + width][::-1] for i in range(0, len(entry.data), width))
    return Entry(entry.tag, entry.type, entry.count, data)


def serialise(tree: Tree, order: Order, at: int, following: int = 0) -> bytes:
    """A directory, its values and the directories below it, as they stand at ``at`` (even) of a classic TIFF.

    Args:
        tree: entries are in ``order`` already.
        order: byte order.
        at: where the bytes will stand.
        following: where the next directory will stand.

    Raises:
        ValueError: it would end beyond 4 GB.
    """
    tags = sorted({*tree.entries, *tree.children})
    head_bytes = 2 + 12 * len(tags) + 4
    head, body = bytearray(struct.pack(order + "H", len(tags))), bytearray()
    for tag in tags:
        place = at + head_bytes + len(body)
        if tag in tree.children:
            head += struct.pack(order + "HHII", tag, LONG, 1, place)
            body += serialise(tree.children[tag], order, place)
            continue
        entry = tree.entries[tag]
        if len(entry.data) <= 4:
            head += struct.pack(order + "HHI", tag, entry.type, entry.count) + entry.data.ljust(4, b"\0")
            continue
        if place > 0xFFFF_FFF0:
            raise ValueError("a TIFF ends at 4 GB")
        head += struct.pack(order + "HHII", tag, entry.type, entry.count, place)
        body += entry.data + b"\0" * (len(entry.data) % 2)
    return bytes(head + struct.pack(order + "I", following) + body)
