"""EXIF blocks: kept byte for byte but for what is no longer true of the result.

A block is edited in place, so that notes of the camera's maker, which point into it, stay readable.
"""

from __future__ import annotations

import struct
from contextlib import suppress

from pincel.imaging.metadata.ifd import (
    LONG,
    RATIONAL,
    SHORT,
    Block,
    Directory,
    Entry,
    Layout,
    Order,
    Tree,
    directory,
    in_order,
    layout,
    numbers,
    serialise,
    text_entry,
)

__all__ = [
    "RESOLUTION_TAGS",
    "block_of",
    "cleaned",
    "description_entry",
    "orientation",
    "resolution",
    "resolution_entries",
    "resolution_in",
    "shortened",
    "sized",
    "tree_below",
    "tree_of",
    "with_entries",
]

DESCRIPTION, ORIENTATION, X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 0x010E, 0x0112, 0x011A, 0x011B, 0x0128
RESOLUTION_TAGS = (X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT)
WIDTHS, HEIGHTS = (0x0100, 0xA002), (0x0101, 0xA003)  # of IFD0 and of the EXIF directory
PREVIEW_AT, PREVIEW_BYTES = 0x0201, 0x0202
EXIF_IFD, GPS_IFD, INTEROP_IFD = 0x8769, 0x8825, 0xA005
CHILDREN = {0: (EXIF_IFD, GPS_IFD), EXIF_IFD: (INTEROP_IFD,)}
MAKER_NOTE = 0x927C
OF_BIG_TIFF = 16  # LONG8, the first of the types that only BigTIFF has


def orientation(block: bytes | None) -> int | None:
    """How the stored picture is to be turned, 1..8; None where a block does not say it as the standard does."""
    try:
        where, first = _first(block or b"")
    except ValueError:
        return None
    return _orientation(first, where.order)


def _orientation(first: Directory, order: Order) -> int | None:
    entry = first.entries.get(ORIENTATION)
    if entry is None or entry.type not in (SHORT, LONG) or entry.count != 1:
        return None
    value = int(numbers(entry, order)[0])
    return value if 1 <= value <= 8 else None


def resolution(block: bytes | None) -> tuple[float, float, str] | None:
    """Horizontal and vertical resolution and its unit, ``inch`` or ``cm``."""
    try:
        where, first = _first(block or b"")
    except ValueError:
        return None
    return resolution_in(first, where.order)


def resolution_in(first: Directory, order: Order) -> tuple[float, float, str] | None:
    """`resolution` of a directory."""
    across, down, unit = (numbers(first.entries.get(tag), order)[:1] for tag in RESOLUTION_TAGS)
    if not across or not (across[0] > 0 and (down or across)[0] > 0) or unit == (1,):
        return None
    return across[0], (down or across)[0], "cm" if unit == (3,) else "inch"


def cleaned(block: bytes) -> bytes | None:
    """A block for a picture that stands upright, without the preview of the picture it was; None: it is unreadable.

    An orientation that the standard does not know stays as it is, since nobody turns a picture by it.
    """
    try:
        where, first = _first(block)
    except ValueError:
        return None
    edited = bytearray(block)
    turned = _orientation(first, where.order)
    if turned:
        _set(edited, first.entries[ORIENTATION], 1, where.order)
    across, down = first.entries.get(X_RESOLUTION), first.entries.get(Y_RESOLUTION)
    if turned and turned >= 5 and across and down and len(across.data) == len(down.data) == 8:
        edited[across.at : across.at + 8], edited[down.at : down.at + 8] = down.data, across.data
    if first.following:
        _drop_preview(edited, where, first)
    return bytes(edited)


def sized(block: bytes, width: int, height: int) -> bytes:
    """A block whose tags for width and height, where it has them, tell those of the result."""
    try:
        where, first = _first(block)
    except ValueError:
        return block
    edited = bytearray(block)
    directories = [first]
    pointer = numbers(first.entries.get(EXIF_IFD), where.order)
    with suppress(ValueError):  # a pointer to nowhere stays one
        directories += [directory(block, int(pointer[0]), where)] if pointer else []
    for found in directories:
        for tags, value in ((WIDTHS, width), (HEIGHTS, height)):
            for tag in tags:
                entry = found.entries.get(tag)
                if entry is not None and entry.type in (SHORT, LONG) and entry.count == 1:
                    _set(edited, entry, value, where.order)
    return bytes(edited)


def _set(block: bytearray, entry: Entry, value: int, order: Order) -> None:
    """Overwrite an inline SHORT or LONG; a SHORT that is too small becomes a LONG."""
    struct.pack_into(order + "H", block, entry.at - 6, SHORT if value < 65_536 and entry.type == SHORT else LONG)
    packed = struct.pack(order + ("H" if value < 65_536 and entry.type == SHORT else "I"), value)
    block[entry.at : entry.at + 4] = packed.ljust(4, b"\0")


def _drop_preview(block: bytearray, where: Layout, first: Directory) -> None:
    struct.pack_into(where.order + "I", block, first.following_at, 0)
    try:
        second = directory(block, first.following, where)
    except ValueError:
        return
    start, size = (numbers(second.entries.get(tag), where.order)[:1] for tag in (PREVIEW_AT, PREVIEW_BYTES))
    if not start or not size:
        return
    begin, end = int(start[0]), int(start[0] + size[0])
    if end == len(block) and begin > first.following:
        del block[begin:]
    elif 8 <= begin < end <= len(block):
        block[begin:end] = bytes(end - begin)


def tree_of(block: bytes, order: Order) -> Tree:
    """A block as directories, their values in ``order``.

    Raises:
        ValueError: it is no EXIF block.
    """
    where, first = _first(block)
    return tree_below(block, where, first, order)


def tree_below(block: Block, where: Layout, found: Directory, order: Order, own_tag: int = 0) -> Tree:
    """A directory that was read, and those that EXIF lets it point to; pointers to nowhere are left out."""
    entries = {tag: in_order(_classic(entry, where), where.order, order) for tag, entry in found.entries.items()}
    tree = Tree({tag: entry for tag, entry in entries.items() if entry.type < OF_BIG_TIFF})
    for tag in CHILDREN.get(own_tag, ()):
        entry = tree.entries.pop(tag, None)
        pointer = numbers(found.entries.get(tag), where.order) if entry else ()
        try:
            if pointer:
                child = directory(block, int(pointer[0]), where)
                tree.children[tag] = tree_below(block, where, child, order, tag)
        except ValueError:
            continue
    return tree


def _classic(entry: Entry, where: Layout) -> Entry:
    """A BigTIFF's long numbers as those of a classic one, where they fit."""
    values = numbers(entry, where.order) if entry.type == OF_BIG_TIFF else ()
    if not values or max(values) > 0xFFFF_FFFF:
        return entry
    return Entry(entry.tag, LONG, entry.count, struct.pack(f"{where.order}{entry.count}I", *map(int, values)))


def block_of(tree: Tree, order: Order = "<") -> bytes | None:
    """Directories as an EXIF block; None where there are none."""
    if not tree.entries and not tree.children:
        return None
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "I", 8)
    return head + serialise(tree, order, 8)


def shortened(block: bytes, longest: int) -> tuple[bytes | None, str]:
    """At most ``longest`` bytes of a block, and what was left out: the maker's note, then its longest values."""
    if len(block) <= longest:
        return block, ""
    try:
        tree = tree_of(block, "<")
    except ValueError:
        return None, "all of it"
    parts = [tree, *tree.children.values()]
    notes = [part.entries.pop(MAKER_NOTE, None) for part in parts]
    lost = ["the notes of the camera's maker"] if any(notes) else []
    while (short := block_of(tree)) is not None and len(short) > longest:
        part, tag = max(
            ((part, tag) for part in parts for tag in part.entries), key=lambda at: len(at[0].entries[at[1]].data)
        )
        del part.entries[tag]
        lost.append("its longest values")
    return short, " and ".join(dict.fromkeys(lost))


def with_entries(block: bytes | None, entries: list[Entry]) -> bytes | None:
    """A block with more values in its first directory (little-endian ones), where it has none of those tags yet."""
    try:
        tree = tree_of(block, "<") if block else Tree()
    except ValueError:
        return block
    new = {entry.tag: entry for entry in entries if entry.tag not in tree.entries}
    if not new:
        return block
    tree.entries.update(new)
    return block_of(tree)


def resolution_entries(across: float, down: float, unit: str) -> list[Entry]:
    """Resolution as three little-endian entries."""

    def rational(value: float) -> bytes:
        scale = 1 if value == int(value) else 1000
        return struct.pack("<II", min(round(value * scale), 0xFFFF_FFFF), scale)

    return [
        Entry(X_RESOLUTION, RATIONAL, 1, rational(across)),
        Entry(Y_RESOLUTION, RATIONAL, 1, rational(down)),
        Entry(RESOLUTION_UNIT, SHORT, 1, struct.pack("<H", 3 if unit == "cm" else 2)),
    ]


def description_entry(text: bytes) -> Entry:
    """A description of the picture as an entry."""
    return text_entry(DESCRIPTION, text.replace(b"\0", b" "))


def _first(block: bytes) -> tuple[Layout, Directory]:
    where = layout(block)
    if where.big:
        raise ValueError("an EXIF block is no BigTIFF")
    return where, directory(block, where.first, where)
