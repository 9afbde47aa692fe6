"""What every figure of one picture must hold. A new metric is a row of the table, and these tests."""

import numpy as np
import pytest

from pincel.metrics.table import PICTURE_METRICS, score_pair

DIRECTED = [name for name, row in PICTURE_METRICS.items() if row.higher_is_better is not None]
UNDIRECTED = [name for name in PICTURE_METRICS if name not in DIRECTED]
OF_THE_PHOTO = [name for name, row in PICTURE_METRICS.items() if not row.whole_square]


@pytest.fixture
def real(smooth_photo) -> np.ndarray:
    """A 40 x 64 photo between black bars of 12 pixels."""
    rgb = np.zeros((64, 64, 3), np.uint8)
    rgb[12:52] = smooth_photo(0, 40, 64) // 2 + 40
    return rgb


@pytest.fixture
def mask() -> np.ndarray:
    mask = np.zeros((64, 64), bool)
    mask[12:52] = True
    return mask


def worse(real, mask, levels):
    """The photo with noise of ``levels`` in each channel, its bars untouched."""
    noise = np.random.default_rng(0).integers(-levels, levels + 1, real.shape) * mask[..., None]
    return (real.astype(int) + noise).clip(0, 255).astype(np.uint8)


def value(name, painted, real, mask=None):
    return score_pair(painted, real, mask, [name])[name]


@pytest.mark.parametrize("name", PICTURE_METRICS)
class TestEveryMetric:
    def test_equal_pictures_have_the_value_that_its_row_says(self, name, real, mask):
        row = PICTURE_METRICS[name]
        found = value(name, real, real, mask)
        if row.of_equal is None:
            assert found > 0  # what the photo itself has
        else:
            assert found == pytest.approx(row.of_equal)

    def test_its_values_are_finite_numbers_and_the_pictures_stay(self, name, real, mask):
        painted, before = worse(real, mask, 20), real.copy()
        found = value(name, painted, real, mask)
        assert type(found) is float
        assert np.isfinite(found)
        np.testing.assert_array_equal(real, before)

    def test_it_says_how_it_is_written_and_read(self, name):
        row = PICTURE_METRICS[name]
        assert row.name
        assert row.scale
        assert row.meaning.endswith(".")
        assert row.better in ("more", "less") or row.better.startswith("near ")


@pytest.mark.parametrize("name", DIRECTED)
def test_a_worse_picture_is_worse_and_none_is_better_than_an_equal_one(name, real, mask):
    row = PICTURE_METRICS[name]
    equal, near, far = (value(name, worse(real, mask, levels), real, mask) for levels in (0, 8, 60))
    assert (equal > near > far) if row.higher_is_better else (equal < near < far)


@pytest.mark.parametrize("name", DIRECTED)
def test_which_of_two_pictures_is_painted_makes_no_difference_to_how_alike_they_are(name, real, mask):
    painted = worse(real, mask, 20)
    assert value(name, painted, real, mask) == pytest.approx(value(name, real, painted, mask))


@pytest.mark.parametrize("name", UNDIRECTED)
def test_what_should_be_near_the_photo_moves_away_from_it(name, real, mask):
    assert value(name, worse(real, mask, 60), real, mask) != pytest.approx(value(name, real, real, mask), rel=0.05)


@pytest.mark.parametrize("name", OF_THE_PHOTO)
def test_what_lies_on_the_padding_counts_nothing(name, real, mask):
    painted = worse(real, mask, 20)
    stained = painted.copy()
    stained[:6] = (200, 30, 30)  # further from the photo than a window reaches
    assert value(name, stained, real, mask) == value(name, painted, real, mask)


@pytest.mark.parametrize("name", [name for name in PICTURE_METRICS if name not in OF_THE_PHOTO])
def test_the_whole_square_counts_its_padding_and_is_told_only_where_there_is_some(name, real, mask):
    stained = real.copy()
    stained[:6] = (200, 30, 30)
    assert value(name, stained, real, mask) < value(name, real, real, mask)
    assert score_pair(real, real, None, [name]) == {}


def test_only_what_is_wanted_is_measured_in_the_order_of_the_table(real):
    assert list(score_pair(real, real, None, ["ciede2000", "mse", "frechet_lite1"])) == ["mse", "ciede2000"]
