"""Metadata of any bytes: nothing ends in an exception, and what is put in is found again."""

import io

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pincel.imaging.metadata import exif, jpeg, photoshop, png, tiff, xmp
from pincel.imaging.metadata.block import Metadata
from pincel.imaging.metadata.ifd import directory, layout

BLOCK = (
    b"II*\0\x08\0\0\0\x02\0\x12\1\3\0\1\0\0\0\6\0\0\0\x69\x87\4\0\1\0\0\0\x26\0\0\0\0\0\0\0"
    b"\1\0\3\x90\2\0\x14\0\0\0\x38\0\0\0\0\0\0\x001938:05:01 00:00:00\0"
)


@given(st.binary(max_size=200), st.integers(0, len(BLOCK)), st.integers(0, 60))
def test_any_exif_is_cleaned_sized_and_shortened_or_left_out(noise, at, cut):
    block = (BLOCK[:at] + noise + BLOCK[at + len(noise) :])[: max(0, 120 - cut)]
    exif.orientation(block)
    exif.resolution(block)
    cleaned = exif.cleaned(block)
    if cleaned is not None:
        exif.sized(cleaned, 70_000, 3)
        short, _ = exif.shortened(cleaned, 60)
        assert short is None or len(short) <= 60


@given(st.binary(max_size=300))
def test_any_bytes_are_taken_by_every_reader(noise):
    for data in (noise, b"\xff\xd8" + noise, b"\x89PNG\r\n\x1a\n" + noise):
        jpeg.extract(data)
        jpeg.scans(data)
        png.extract(data)
    assert photoshop.cleaned(b"8BIM" + noise) in (b"", photoshop.cleaned(b"8BIM" + noise))
    xmp.cleaned(noise)


@given(st.binary(min_size=1, max_size=100), st.binary(max_size=70_000), st.lists(st.binary(max_size=50), max_size=3))
def test_what_is_put_into_a_jpeg_is_found_again(packet, resources, comments):
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(buffer, "JPEG")
    metadata = Metadata(exif=BLOCK, xmp=packet, photoshop=resources or None, comments=tuple(comments))
    data, lost = jpeg.put(buffer.getvalue(), metadata, None)
    again = jpeg.extract(data)
    assert (again.exif, again.xmp, again.photoshop, again.comments) == (
        BLOCK,
        packet,
        resources or None,
        tuple(comments),
    )
    assert lost == []
    Image.open(io.BytesIO(data)).load()


def test_a_block_of_the_other_byte_order_is_the_same_in_a_tiff():
    block = Image.Exif()
    block.endian = ">"
    block[0x010F], block[0x011A] = "Leica", 300.0
    tree = exif.tree_of(exif.block_of(exif.tree_of(BLOCK, ">"), ">"), "<")
    assert exif.block_of(tree) == exif.block_of(exif.tree_of(BLOCK, "<"))


def test_a_tiff_whose_tags_a_decoder_stumbles_over_keeps_its_pixels_without_them():
    buffer = io.BytesIO()
    Image.fromarray(np.full((5, 7), 9, np.uint8)).save(buffer, "TIFF", description="a" * 40)
    data = buffer.getvalue()
    plain = tiff.pixels_only(data, layout(data), directory(data, layout(data).first, layout(data)))
    image = Image.open(io.BytesIO(plain))
    assert (np.asarray(image) == 9).all()
    assert 270 not in image.tag_v2
