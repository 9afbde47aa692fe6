import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pincel.imaging.resize import fit_size, letterbox, resize


@given(st.integers(1, 4000), st.integers(1, 4000), st.integers(1, 512))
def test_fit_size_makes_the_long_side_exact_and_keeps_the_aspect(height, width, long_side):
    h, w = fit_size(height, width, long_side)
    assert max(h, w) == long_side
    assert min(h, w) == max(1, round(min(height, width) * long_side / max(height, width)))


def test_shrinking_averages_areas():
    checks = np.indices((64, 64)).sum(0) % 2 * 255
    assert np.abs(resize(checks.astype(np.uint8), 16, 16).astype(int) - 127).max() <= 1


@pytest.mark.parametrize("size", [(7, 9), (100, 61), (193, 257)])
def test_shrinking_in_two_steps_agrees_with_the_exact_area_average(size):
    smooth = np.add.outer(np.sin(np.arange(1501) / 90), np.cos(np.arange(1999) / 70)) * 60 + 128
    height, width = size
    exact = cv2.resize(smooth, (width, height), interpolation=cv2.INTER_AREA)
    assert (
        np.abs(resize(smooth.astype(np.float32), height, width) - exact).max() < 2.3
    )  # a shift of 1.5 pixels where it is steepest


def test_a_picture_of_the_right_size_is_given_back_as_it_is():
    picture = np.zeros((5, 7, 3), np.uint8)
    assert resize(picture, 5, 7) is picture


@given(st.integers(1, 300), st.integers(1, 300))
def test_the_letterbox_mask_marks_photo_and_padding_is_black(height, width):
    square, box = letterbox(np.full((height, width, 3), 200, np.uint8), 64)
    mask = box.mask(64)
    assert square.shape == (64, 64, 3)
    assert (square[mask] == 200).all()
    assert (square[~mask] == 0).all()
    assert mask.sum() == box.height * box.width
