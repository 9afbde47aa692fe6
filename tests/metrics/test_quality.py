"""Against scikit-image, and by hand."""

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from pincel.metrics.quality import psnr, ssim


@pytest.fixture(params=[(0, 40, 56), (1, 7, 7), (2, 33, 90)], ids=["wide", "smallest", "odd"])
def pair(request, smooth_photo):
    """A picture and a noisy copy."""
    seed, height, width = request.param
    real = smooth_photo(seed, height, width)
    noise = np.random.default_rng(seed).normal(0, 12, real.shape)
    return np.clip(real + noise, 0, 255).astype(np.uint8), real


def test_psnr_is_scikit_images(pair):
    painted, real = pair
    assert psnr(painted, real) == pytest.approx(peak_signal_noise_ratio(real, painted, data_range=255), abs=1e-9)


def test_ssim_is_scikit_images(pair):
    painted, real = pair
    expected = structural_similarity(real, painted, win_size=7, data_range=255, channel_axis=2)
    assert ssim(painted, real) == pytest.approx(expected, abs=1e-9)


def test_psnr_of_equal_pictures_is_infinite_without_a_warning(smooth_photo, recwarn):
    assert psnr(smooth_photo(0), smooth_photo(0)) == float("inf")
    assert not recwarn.list


def test_ssim_of_equal_pictures_is_one(smooth_photo):
    assert ssim(smooth_photo(0), smooth_photo(0)) == pytest.approx(1)


def test_masked_psnr_counts_only_pixels_under_the_mask():
    real = np.zeros((10, 10, 3), np.uint8)
    painted = real.copy()
    painted[:, :5] = 10  # wrong by 10 on the left
    painted[:, 5:] = 200  # wrong by 200 on the right
    left = np.zeros((10, 10), bool)
    left[:, :5] = True
    assert psnr(painted, real, left) == pytest.approx(20 * np.log10(255 / 10))
    assert psnr(painted, real, ~left) == pytest.approx(20 * np.log10(255 / 200))


def test_masked_psnr_of_a_letterbox_is_that_of_the_photo_in_it(smooth_photo):
    photo, painted = smooth_photo(1, 20, 32), smooth_photo(2, 20, 32)
    mask = np.zeros((32, 32), bool)
    mask[6:26] = True
    square, painted_square = np.zeros((2, 32, 32, 3), np.uint8)
    square[6:26], painted_square[6:26] = photo, painted
    assert psnr(painted_square, square, mask) == pytest.approx(peak_signal_noise_ratio(photo, painted, data_range=255))
    assert psnr(painted_square, square) == pytest.approx(psnr(painted, photo) + 10 * np.log10(32 / 20))


def test_masked_ssim_is_the_mean_of_scikit_images_map_under_the_mask(pair):
    painted, real = pair
    mask = np.random.default_rng(3).random(real.shape[:2]) < 0.4
    _, similarity = structural_similarity(real, painted, win_size=7, data_range=255, channel_axis=2, full=True)
    assert ssim(painted, real, mask) == pytest.approx(np.mean([similarity[..., c][mask].mean() for c in range(3)]))


@pytest.mark.parametrize("metric", [psnr, ssim])
@pytest.mark.parametrize(
    ("painted", "real", "mask"),
    [
        (np.zeros((9, 9, 3)), np.zeros((9, 9, 3)), None),
        (np.zeros((9, 9, 3), np.uint8), np.zeros((9, 8, 3), np.uint8), None),
        (np.zeros((9, 9), np.uint8), np.zeros((9, 9), np.uint8), None),
        (np.zeros((9, 9, 3), np.uint8), np.zeros((9, 9, 3), np.uint8), np.zeros((9, 9), bool)),
        (np.zeros((9, 9, 3), np.uint8), np.zeros((9, 9, 3), np.uint8), np.ones((9, 9), np.uint8)),
    ],
    ids=["float", "two shapes", "no channels", "empty mask", "mask of numbers"],
)
def test_what_cannot_be_compared_is_refused(metric, painted, real, mask):
    with pytest.raises(ValueError, match="compared|mask"):
        metric(painted, real, mask)


def test_ssim_refuses_a_picture_smaller_than_its_window(smooth_photo):
    with pytest.raises(ValueError, match="at least 7 pixels a side, not 30 x 6"):
        ssim(smooth_photo(0, 6, 30), smooth_photo(1, 6, 30))
