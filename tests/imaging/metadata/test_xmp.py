import pytest

from pincel.imaging.metadata import xmp


@pytest.mark.parametrize("packet", [b'<a tiff:Orientation="6"/>', b"<tiff:Orientation>6</tiff:Orientation>"])
def test_orientation_is_read_and_set_in_both_ways_to_write_it(packet):
    assert xmp.orientation(packet) == 6
    assert xmp.cleaned(packet) == packet.replace(b"6", b"1")


@pytest.mark.parametrize("packet", [b'<a tiff:Orientation="12"/>', b'<a tiff:Orientation="0"/>', b"", b"\xff\xfe<"])
def test_what_is_no_orientation_stays(packet):
    assert xmp.orientation(packet) is None
    assert xmp.cleaned(packet) == packet


def test_previews_and_pointers_to_a_lost_part_go_and_sizes_follow():
    packet = (
        b"<x><xmp:Thumbnails><rdf:Alt>GREY</rdf:Alt></xmp:Thumbnails><exif:PixelXDimension>9</exif:PixelXDimension></x>"
    )
    assert xmp.cleaned(packet) == b"<x><exif:PixelXDimension>9</exif:PixelXDimension></x>"
    assert b"<exif:PixelXDimension>70</exif:PixelXDimension>" in xmp.sized(packet, 70, 5)
    assert xmp.without_parts(b'<x xmpNote:HasExtendedXMP="A" b="c"/>') == b'<x b="c"/>'
