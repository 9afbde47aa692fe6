import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pincel.imaging.bars import bars_around, without_bars


def framed(top: int, bottom: int, left: int, right: int, dtype=np.uint8, channels: tuple[int, ...] = ()) -> np.ndarray:
    """A lit picture of 20 x 30 between bars."""
    inside = np.full((20, 30, *channels), 120 if dtype == np.uint8 else 30000, dtype)
    return np.pad(inside, ((top, bottom), (left, right), *[(0, 0)] * len(channels)))


@given(*[st.integers(0, 150)] * 4, st.sampled_from([(), (3,)]), st.sampled_from([np.uint8, np.uint16]))
def test_any_bars_are_found(top, bottom, left, right, channels, dtype):
    rows, columns = without_bars(framed(top, bottom, left, right, dtype, channels))
    assert (rows, columns) == (slice(top, top + 20), slice(left, left + 30))


def test_what_jpeg_leaves_in_a_bar_is_still_a_bar():
    picture = framed(10, 10, 0, 0)
    picture[:10] = np.random.default_rng(0).integers(0, 9, (10, 30))
    assert without_bars(picture)[0] == slice(10, 30)


def test_a_picture_without_bars_or_with_nothing_else_is_kept_whole():
    assert without_bars(framed(0, 0, 0, 0)) == (slice(0, 20), slice(0, 30))
    assert without_bars(np.zeros((70, 9), np.uint8)) == (slice(0, 70), slice(0, 9))


@pytest.mark.parametrize("value", [20, 255])
def test_a_border_that_is_not_black_is_picture(value):
    assert without_bars(np.pad(framed(0, 0, 0, 0), 5, constant_values=value)) == (slice(0, 30), slice(0, 40))


@given(*[st.integers(0, 9)] * 4)
def test_bars_and_box_hold_every_pixel_once(top, bottom, left, right):
    picture = framed(top, bottom, left, right)
    seen = np.zeros(picture.shape, int)
    box = without_bars(picture)
    for part in (box, *bars_around(box, *picture.shape)):
        seen[part] += 1
    assert (seen == 1).all()
