import numpy as np
import pytest
import skimage
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pincel.imaging.color import as_float, from_float, grey_rec601, lab_to_rgb, lightness, rgb_to_lab

colors = arrays(np.uint8, (4, 5, 3))


@given(colors)
def test_lab_agrees_with_scikit_image(rgb):
    difference = np.abs(rgb_to_lab(rgb) - skimage.color.rgb2lab(rgb))  # OpenCV interpolates in tables
    assert difference[..., 0].max() < 0.25
    assert difference[..., 1:].max() < 0.5


@given(colors)
def test_a_colour_goes_to_lab_and_back(rgb):
    lab = rgb_to_lab(rgb)
    back = from_float(lab_to_rgb(np.ascontiguousarray(lab[..., 0]), np.ascontiguousarray(lab[..., 1:])))
    assert np.abs(back.astype(int) - rgb).max() <= 1


def test_lightness_of_grey_equals_lightness_of_the_same_colour():
    grey = np.arange(256, dtype=np.uint8).reshape(16, 16)
    expected = skimage.color.rgb2lab(np.dstack([grey] * 3))[..., 0]
    assert np.abs(lightness(grey) - expected).max() < 0.01
    assert np.abs(lightness(np.dstack([grey] * 3)) - expected).max() < 0.25
    assert np.abs(lightness(grey.astype(np.uint16) * 257) - expected).max() < 0.01
    assert np.abs(lightness(grey.astype(np.float32) / 255) - expected).max() < 0.01


@settings(max_examples=50)
@given(arrays(np.uint8, (8, 8)), st.floats(-180, 180), st.floats(0, 130))
def test_painting_any_colour_keeps_the_lightness_of_every_grey(grey, hue, chroma):
    light = lightness(grey)
    ab = np.empty((8, 8, 2), np.float32)
    ab[..., 0], ab[..., 1] = chroma * np.cos(np.deg2rad(hue)), chroma * np.sin(np.deg2rad(hue))
    painted = from_float(lab_to_rgb(light, ab))
    assert np.abs(skimage.color.rgb2lab(painted)[..., 0] - light).max() <= 0.5


def test_a_colour_outside_srgb_keeps_its_hue_and_loses_chroma():
    light, ab = np.full((1, 1), 50, np.float32), np.array([[[0, 120]]], np.float32)  # no such yellow at L 50
    lab = rgb_to_lab(lab_to_rgb(light, ab))[0, 0]
    assert lab[0] == pytest.approx(50, abs=0.2)
    assert 30 < lab[2] < 120
    assert np.rad2deg(np.arctan2(lab[2], lab[1])) == pytest.approx(90, abs=2)


def test_more_than_32767_colours_outside_srgb_are_handled():
    light = np.full((200, 200), 99, np.float32)
    rgb = lab_to_rgb(light, np.full((200, 200, 2), 80, np.float32))
    assert np.abs(lightness(rgb) - 99).max() < 0.5


def test_grey_rec601_weighs_as_the_standard_says():
    rgb = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [10, 20, 30]]], np.uint8)
    assert grey_rec601(rgb)[0].tolist() == [76, 150, 29, 18]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_float_and_back_is_the_same(dtype):
    values = np.linspace(0, np.iinfo(dtype).max, 300).astype(dtype).reshape(10, 10, 3)
    assert (from_float(as_float(values), dtype) == values).all()
