"""Figures at equal colourfulness, against bisection with the pictures themselves."""

import numpy as np
import pytest
from skimage.color import rgb2lab

from pincel.metrics.color import ciede2000, colourfulness
from pincel.metrics.equal_color import STRENGTHS, at_strengths, equal_factor, interpolated, strengthened


@pytest.fixture
def photos(smooth_photo) -> list[np.ndarray]:
    """Muted photos, so that some strength is left before sRGB ends."""
    return [smooth_photo(seed) // 4 + 90 for seed in range(5)]


def test_strength_one_changes_nothing_and_zero_is_grey(photos):
    assert strengthened(photos[0], 1.0) is photos[0]
    assert colourfulness(strengthened(photos[0], 0.0)) < 1.5  # what 8 bits leave of it


def test_chroma_is_scaled_and_lightness_and_hue_stay(photos):
    before, after = rgb2lab(photos[1]), rgb2lab(strengthened(photos[1], 1.5))
    assert np.abs(after[..., 0] - before[..., 0]).max() < 1.2
    assert np.abs(after[..., 1:] - 1.5 * before[..., 1:]).mean() < 0.8


def test_what_is_measured_at_a_strength_is_that_of_the_picture_so_changed(photos):
    real = rgb2lab(photos[2])
    colors, errors = at_strengths(photos[3], real, strengths=(0.5, 1.0))
    for i, factor in enumerate((0.5, 1.0)):
        picture = strengthened(photos[3], factor)
        assert colors[i] == pytest.approx(colourfulness(picture))
        assert errors[i] == pytest.approx(ciede2000(rgb2lab(picture), real))


def test_the_factor_and_the_error_there_are_those_of_bisection_with_the_pictures(photos):
    real, painted = photos, [strengthened(np.roll(photo, 3, 1), 0.45) for photo in photos]
    curves = [at_strengths(ours, rgb2lab(theirs)) for ours, theirs in zip(painted, real, strict=True)]
    wanted = 0.8 * np.mean([colourfulness(photo) for photo in real])
    factor = equal_factor(np.mean([colors for colors, _ in curves], axis=0), wanted)
    low, high = 0.0, 4.5
    for _ in range(20):
        middle = (low + high) / 2
        reached = np.mean([colourfulness(strengthened(photo, middle)) for photo in painted])
        low, high = (middle, high) if reached < wanted else (low, middle)
    assert factor == pytest.approx(middle, rel=0.01)
    exact = [
        ciede2000(rgb2lab(strengthened(ours, middle)), rgb2lab(theirs))
        for ours, theirs in zip(painted, real, strict=True)
    ]
    found = [float(interpolated(errors, factor)) for _, errors in curves]
    assert np.mean(found) == pytest.approx(np.mean(exact), rel=0.005)


def test_a_set_that_no_strength_makes_colourful_has_no_figure():
    assert np.isnan(equal_factor(np.zeros(len(STRENGTHS)), 10.0))
    assert np.isnan(interpolated(np.ones(len(STRENGTHS)), float("nan")))


def test_a_set_that_is_too_colourful_is_made_paler():
    curve = np.array(STRENGTHS) * 40
    assert equal_factor(curve, 20.0) == pytest.approx(0.5, abs=1e-4)
