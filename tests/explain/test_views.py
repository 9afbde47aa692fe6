from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from pincel.errors import PictureError, PincelError
from pincel.explain.views import Region, parse_region, real_picture, subject_mask, view_of
from pincel.runtime.model_file import load_model


@pytest.fixture
def square(tmp_path):
    """A bright square in rows and columns 20..43 of a dark picture of 64 px."""
    rgb = np.full((64, 64, 3), 30, np.uint8)
    rgb[20:44, 20:44] = (220, 60, 40)
    Image.fromarray(rgb).save(tmp_path / "square.png")
    return tmp_path / "square.png"


def test_a_picture_is_shown_at_whole_multiples_of_what_the_network_sees(toy, square):
    view = view_of(square, toy(), 30)  # multiples of 8
    assert view.rgb.shape == view.shown.shape == (32, 32, 3)
    assert view.source.shape == (1, 32, 32)
    assert view.region is None


def test_a_small_picture_is_enlarged_by_half_at_most(toy, square):
    assert view_of(square, toy(), 500).rgb.shape == (96, 96, 3)


def test_a_region_is_scaled_with_its_picture(toy, square):
    view = view_of(square, toy(), 32, Region(20, 20, 24, 24))
    assert view.region == Region(10, 10, 12, 12)
    mask, how = subject_mask(view)
    assert (mask.sum(), how) == (144, "the given region")
    assert mask[10:22, 10:22].all()


def test_black_bars_are_left_where_painting_leaves_them(toy, tmp_path, make_model):
    inside = np.full((64, 64), 90, np.uint8)
    Image.fromarray(np.pad(inside, ((20, 20), (0, 0)))).save(tmp_path / "film.png")
    model = load_model(make_model("m", leaves_bars=True, size_multiple=8))
    careful = replace(toy(), model=model)
    view = view_of(tmp_path / "film.png", careful, 32, Region(10, 30, 20, 20))
    assert view.source.shape == (1, 32, 32)
    assert view.region == Region(5, 5, 10, 10)
    message = r"region 0,0,10,10 does not lie inside .*film.png, .* 64 x 64 pixels between its black bars, from 0,20 on"
    with pytest.raises(PincelError, match=message):
        view_of(tmp_path / "film.png", careful, 32, Region(0, 0, 10, 10))
    assert view_of(tmp_path / "film.png", toy(), 32).source.shape == (1, 32, 16)


def test_the_subject_of_a_bright_square_is_the_square(toy, square):
    view = view_of(square, toy(), 64)
    mask, how = subject_mask(view)
    assert how.startswith("GrabCut")
    assert (mask == (view.rgb[..., 0] > 100)).mean() > 0.98


def test_a_speck_is_no_subject(toy, tmp_path):
    rgb = np.full((64, 64, 3), 30, np.uint8)
    rgb[28:36, 28:36] = (220, 60, 40)
    Image.fromarray(rgb).save(tmp_path / "speck.png")
    mask, how = subject_mask(view_of(tmp_path / "speck.png", toy(), 64))
    assert how == "the middle half of each side"
    assert mask.sum() == 32 * 32


def test_what_should_be_painted_is_the_photo_itself_or_the_file_that_is_given(toy, square, tmp_path):
    view = view_of(square, toy(), 64)
    assert real_picture(toy(), view) is view.rgb
    Image.fromarray(np.full((10, 10, 3), (9, 8, 7), np.uint8)).save(tmp_path / "real.png")
    assert (real_picture(toy(), view, tmp_path / "real.png") == (9, 8, 7)).all()
    Image.fromarray(np.full((64, 64), 90, np.uint8)).save(tmp_path / "grey.png")
    assert real_picture(toy(), view_of(tmp_path / "grey.png", toy(), 64)) is None


@pytest.mark.parametrize("text", ["1,2,3", "a,b,c,d", "1,2,0,4", "-1,0,4,4"])
def test_what_is_no_region_is_told(text):
    with pytest.raises(PincelError, match=r"as 40,30,64,64"):
        parse_region(text)


def test_a_region_must_lie_inside_its_picture(toy, square):
    with pytest.raises(PincelError, match="does not lie inside .* 64 x 64 pixels"):
        view_of(square, toy(), 64, Region(50, 0, 20, 10))


def test_a_file_that_is_no_picture_is_told(toy, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"no picture")
    with pytest.raises(PictureError, match=r"bad\.png"):
        view_of(tmp_path / "bad.png", toy(), 64)
