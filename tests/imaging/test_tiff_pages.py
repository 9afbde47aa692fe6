import numpy as np
import pytest
from scans import RAMP, planes, tiff

from pincel.errors import PictureError
from pincel.imaging.tiff_pages import pages_of


def page(data: bytes):
    return pages_of(data, "scan").photos[0]


def test_what_a_page_tells_of_its_pixels():
    deep = RAMP.astype(np.uint16)
    found = page(tiff(planes(deep, deep, deep, deep), photometric="rgb", extrasamples=["unspecified"]))
    assert (found.color, found.bits, found.samples, found.extra) == ("rgb", 16, 4, ("other",))
    assert (found.width, found.height, found.is_float, found.is_planar, found.inverted) == (32, 24, False, False, False)
    assert page(tiff(RAMP, photometric="miniswhite")).inverted
    assert page(tiff(np.stack([deep] * 3), photometric="rgb", planarconfig="separate")).is_planar


@pytest.mark.parametrize(("largest", "white"), [(4095, 4095), (1023, 1023), (3000, None), (65535, None)])
def test_only_the_white_of_a_number_of_bits_is_believed(largest, white):
    """MaxSampleValue is meant for statistics (TIFF 6.0, page 37)."""
    data = tiff(RAMP.astype(np.uint16), photometric="minisblack", extratags=[(281, "H", 1, largest, True)])
    assert page(data).white == white


@pytest.mark.parametrize("data", [b"", b"II*\0", b"II*\0\xff\xff\xff\x7f", b"MM\0*\0\0\0\x08\xff\xff"])
def test_directories_that_cannot_be_read_are_damage(data):
    with pytest.raises(PictureError, match="scan is damaged or cut off"):
        pages_of(data, "scan")
