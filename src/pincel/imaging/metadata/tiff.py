"""Metadata in TIFF files: tags of a page's directory; pages put together into one file (TIFF 6.0)."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from pincel.imaging.metadata import exif, photoshop
from pincel.imaging.metadata.block import Metadata, Resolution
from pincel.imaging.metadata.ifd import Block, Directory, Entry, Layout, Tree, directory, layout, numbers, serialise

__all__ = ["LAYOUT", "ORIENTATION", "assemble", "extract", "pixels_only", "put"]

XMP, IPTC, PHOTOSHOP, ICC = 700, 33723, 34377, 34675
STRIP_OFFSETS, STRIP_BYTES, ORIENTATION = 273, 279, 274
# How a page's pixels are laid out, what they mean, and where other pictures of it lie: none of it holds for a result.
LAYOUT = {
    *(254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 274, 277, 278, 279, 280, 281, 284, 288, 289, 290),
    *(291, 292, 293, 301, 317, 318, 319, 320, 321, 322, 323, 324, 325, 326, 327, 328, 330, 332, 333, 334, 336, 337),
    *(338, 339, 340, 341, 342, 343, 344, 345, 346, 347, 351, *range(512, 522), 529, 530, 531, 532, 559),
    *(XMP, IPTC, PHOTOSHOP, ICC, 34908, 34909, 34910, 37439, 37724),
    *range(50706, 50742),
}


def extract(block: Block, where: Layout, page: Directory) -> Metadata:
    """Metadata of one page of a TIFF file."""
    tree = exif.tree_below(block, where, page, "<")
    entries = page.entries
    tree.entries = {tag: entry for tag, entry in tree.entries.items() if tag not in LAYOUT or tag == ORIENTATION}
    resources = entries[PHOTOSHOP].data if PHOTOSHOP in entries else b""
    if IPTC in entries:
        resources = photoshop.with_iptc(resources, entries[IPTC].data)
    resolution = exif.resolution_in(page, where.order)
    return Metadata(
        exif=exif.block_of(tree),
        xmp=entries[XMP].data if XMP in entries else None,
        photoshop=resources or None,
        resolution=Resolution(*resolution) if resolution else None,
        has_profile=ICC in entries,
    )


def pixels_only(data: bytes, where: Layout, page: Directory) -> bytes | None:
    """The file with one directory that only tells how a page's pixels are stored; None for a BigTIFF.

    A decoder cannot stumble over other tags then.
    """
    if where.big:
        return None
    at = len(data) + len(data) % 2
    kept = {tag: entry for tag, entry in page.entries.items() if tag in (LAYOUT | {ICC}) - {330}}
    head = data[:4] + struct.pack(where.order + "I", at)
    return head + data[8:] + bytes(len(data) % 2) + serialise(Tree(kept), where.order, at)


def put(data: bytes, metadata: Metadata, profile: bytes | None) -> tuple[bytes, list[str]]:
    """A TIFF file that tells nothing yet, with metadata and a colour profile; and what had no room in it: nothing."""
    return assemble([(data, metadata, profile)]), []


def assemble(pages: Sequence[tuple[bytes, Metadata, bytes | None]]) -> bytes:
    """One TIFF file of several that are little-endian, in strips, and have a page each.

    Args:
        pages: of each the file, metadata and a colour profile.

    Raises:
        ValueError: it would have more than 4 GB.
    """
    out = bytearray(b"II*\0" + bytes(4))
    pointer_at = 4
    for data, metadata, profile in pages:
        found = directory(data, layout(data).first, layout(data))
        tree = _tree(metadata, profile)
        tree.entries.update({tag: entry for tag, entry in found.entries.items() if tag in LAYOUT})
        tree.entries[STRIP_OFFSETS] = _moved_strips(data, found, out)
        out += bytes(len(out) % 2)
        at = len(out)
        if at > 0xFFFF_FFF0:
            raise ValueError("a TIFF ends at 4 GB")
        struct.pack_into("<I", out, pointer_at, at)
        out += serialise(tree, "<", at)
        pointer_at = at + 2 + 12 * len({*tree.entries, *tree.children})
    return bytes(out)


def _moved_strips(data: bytes, page: Directory, out: bytearray) -> Entry:
    """Append a page's pixels to ``out``; where they are now."""
    begins, sizes = (numbers(page.entries[tag], "<") for tag in (STRIP_OFFSETS, STRIP_BYTES))
    places = []
    for begin, size in zip(begins, sizes, strict=True):
        places.append(len(out))
        out += data[int(begin) : int(begin + size)]
    return Entry(STRIP_OFFSETS, 4, len(places), struct.pack(f"<{len(places)}I", *places))


def _tree(metadata: Metadata, profile: bytes | None) -> Tree:
    block = metadata.described()
    tree = exif.tree_of(block, "<") if block else Tree()
    tree.entries = {tag: entry for tag, entry in tree.entries.items() if tag not in LAYOUT}
    if exif.resolution(block) is None:  # libtiff refuses a file for nonsense there
        tree.entries = {tag: entry for tag, entry in tree.entries.items() if tag not in exif.RESOLUTION_TAGS}
    resources = metadata.photoshop
    iptc = photoshop.iptc_of(resources) if resources else None
    for tag, type_, content in ((XMP, 1, metadata.xmp), (PHOTOSHOP, 7, resources), (IPTC, 7, iptc), (ICC, 7, profile)):
        if content:
            tree.entries[tag] = Entry(tag, type_, len(content), content)
    return tree
