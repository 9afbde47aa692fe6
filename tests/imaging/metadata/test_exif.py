import struct

import pytest

from pincel.imaging.metadata import exif
from pincel.imaging.metadata.ifd import numbers, text_entry


def block(order: str, *entries: tuple[int, int, int, bytes], following: int = 0) -> bytes:
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "IH", 8, len(entries))
    for tag, kind, count, value in entries:
        head += struct.pack(order + "HHI", tag, kind, count) + value.ljust(4, b"\0")
    return head + struct.pack(order + "I", following)


@pytest.mark.parametrize("order", ["<", ">"])
def test_orientation_is_read_and_set_in_place(order):
    stored = block(order, (0x0112, 3, 1, struct.pack(order + "H", 6)))
    assert exif.orientation(stored) == 6
    cleaned = exif.cleaned(stored)
    assert len(cleaned) == len(stored)
    assert exif.orientation(cleaned) == 1


def test_a_width_that_outgrows_its_type_becomes_a_long():
    stored = block("<", (0x0100, 3, 1, struct.pack("<H", 30)), (0x0101, 3, 1, struct.pack("<H", 20)))
    sized = exif.tree_of(exif.sized(stored, 70_000, 99), "<").entries
    assert numbers(sized[0x0100], "<") == (70_000,)
    assert numbers(sized[0x0101], "<") == (99,)


def test_a_preview_at_the_very_beginning_goes_too():
    stored = bytearray(block("<", (0x0112, 3, 1, struct.pack("<H", 1)), following=26))
    stored += struct.pack("<H", 2) + struct.pack("<HHII", 0x0201, 4, 1, 60) + struct.pack("<HHII", 0x0202, 4, 1, 4)
    stored = bytes(stored).ljust(60, b"\0") + b"GREY" + b"maker's note behind"
    cleaned = exif.cleaned(stored)
    assert b"GREY" not in cleaned
    assert cleaned.endswith(b"maker's note behind")


def test_what_is_told_already_is_not_told_again():
    stored = exif.with_entries(None, [text_entry(0x010E, b"Oma")])
    assert exif.with_entries(stored, [text_entry(0x010E, b"Opa")]) == stored
    assert b"Opa" not in exif.with_entries(stored, [text_entry(0x010E, b"Opa"), text_entry(0x013B, b"Jane")])


def test_long_blocks_lose_their_longest_values_last():
    stored = exif.with_entries(None, [text_entry(0x010E, b"a" * 500), text_entry(0x013B, b"Jane")])
    short, lost = exif.shortened(stored, 100)
    assert b"Jane" in short
    assert lost == "its longest values"
    assert exif.shortened(stored, 10_000) == (stored, "")
