import numpy as np
import pytest
from PIL import Image, ImageOps

from pincel.imaging.samples import Samples, drop_equal_channels, to_pixels, upright

GREY = np.arange(12 * 20, dtype=np.uint8).reshape(12, 20)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright_is_what_pillow_makes_of_exif(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(GREY)
    image.info["exif"] = exif.tobytes()
    assert (upright(GREY, orientation) == np.asarray(ImageOps.exif_transpose(image))).all()


def test_premultiplied_colours_are_divided():
    alpha = np.full((4, 4), 128, np.uint8)
    pixels, transparency, notes = to_pixels(Samples(np.dstack([alpha // 2, alpha]), "grey", ("premultiplied",)))
    assert np.abs(pixels.astype(int) - 128).max() <= 1
    assert (transparency == alpha).all()
    assert notes == []


def test_a_plane_of_another_kind_is_left_out_and_told_once():
    pixels, alpha, notes = to_pixels(Samples(np.dstack([GREY, GREY, GREY]), "grey", ("other", "other")))
    assert (pixels == GREY).all()
    assert alpha is None
    assert len(notes) == 1


def test_a_flat_picture_of_an_unknown_range_is_black_and_no_division_by_zero():
    pixels, _, notes = to_pixels(Samples(np.full((3, 3, 1), 5.0, np.float32), "grey"))
    assert (pixels == 0).all()
    assert "go from 5 to 5" in notes[0]


def test_equal_channels_are_one_and_others_stay():
    assert drop_equal_channels(np.dstack([GREY] * 3)).shape == GREY.shape
    other = np.dstack([GREY] * 3)
    other[5, 5, 1] ^= 1
    assert drop_equal_channels(other).shape == (*GREY.shape, 3)
