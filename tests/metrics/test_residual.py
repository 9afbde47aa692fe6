"""Against numpy and scikit-image, and by hand."""

import numpy as np
import pytest
from skimage.metrics import mean_squared_error

from pincel.metrics.residual import MSE_SCALES, grey_levels, intensity_std, mse, residual_std, residual_variance


@pytest.fixture
def pair(smooth_photo):
    return smooth_photo(0), smooth_photo(1)


def two_greys(*levels):
    """A picture of one row: grey pixels of these levels."""
    return np.repeat(np.array(levels, np.uint8)[None, :, None], 3, axis=2)


def test_mse_is_scikit_images(pair):
    first, second = pair
    assert mse(first, second) == pytest.approx(mean_squared_error(first / 255, second / 255), rel=1e-12)


def test_mse_on_another_range_is_a_factor(pair):
    first, second = pair
    for scale, low, high in (("0..1", 0, 1), ("-1..1", -1, 1), ("0..255", 0, 255)):
        ranged = [low + picture.astype(float) / 255 * (high - low) for picture in pair]
        assert mse(first, second) * MSE_SCALES[scale] == pytest.approx(mean_squared_error(*ranged))


def test_black_against_white_is_one():
    assert mse(two_greys(0, 0), two_greys(255, 255)) == 1


def test_a_residual_by_hand():
    # differences 0, 0, 51, 51 levels = 0, 0, 0.2, 0.2: mean 0.1, variance 0.01, deviation 0.1
    painted, real = two_greys(10, 20, 81, 91), two_greys(10, 20, 30, 40)
    assert residual_variance(painted, real) == pytest.approx(0.01)
    assert residual_std(painted, real) == pytest.approx(0.1)


def test_a_constant_offset_is_no_residual():
    assert residual_std(two_greys(20, 40, 90), two_greys(10, 30, 80)) == pytest.approx(0, abs=1e-12)


def test_the_residual_is_of_rec_601_grey(pair):
    first, second = (picture.astype(float) for picture in pair)
    grey = [(0.299 * p[..., 0] + 0.587 * p[..., 1] + 0.114 * p[..., 2]) / 255 for p in (first, second)]
    assert residual_variance(*pair) == pytest.approx(np.mean(np.square(grey[0] - grey[1] - np.mean(grey[0] - grey[1]))))
    np.testing.assert_allclose(grey_levels(pair[0]), grey[0])


def test_intensity_std_is_the_contrast_of_one_picture():
    assert intensity_std(two_greys(0, 102)) == pytest.approx(0.2)
    assert intensity_std(two_greys(7, 7, 7)) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("measure", [mse, residual_variance, residual_std])
def test_padding_does_not_count(measure, pair):
    first, second = (picture.copy() for picture in pair)
    mask = np.zeros(first.shape[:2], bool)
    mask[8:32, 4:40] = True
    inside = measure(first[8:32, 4:40], second[8:32, 4:40])
    first[~mask], second[~mask] = 0, 255
    assert measure(first, second, mask) == pytest.approx(inside)
    assert intensity_std(first, mask) == pytest.approx(intensity_std(pair[0][8:32, 4:40]))


@pytest.mark.parametrize("measure", [mse, residual_variance, residual_std])
def test_pictures_that_cannot_be_compared_are_refused(measure, pair):
    with pytest.raises(ValueError, match="one shape"):
        measure(pair[0], pair[1][:-1])
    with pytest.raises(ValueError, match="8-bit"):
        measure(pair[0].astype(np.float32), pair[1])
    with pytest.raises(ValueError, match="mask"):
        measure(*pair, np.zeros(pair[0].shape[:2], bool))
