import numpy as np
import pytest
import skimage.color

from pincel.data.exploration.figures import Scale, ab_cells, histogram, lab_hex, spark_path
from pincel.data.exploration.file import AB_CENTRES
from pincel.pages.canvas import DARK, LIGHT, svg


@pytest.mark.parametrize("values", [[5], [100, 100], [1, 2, 3], [1, 4000], [0.18, 5.9]])
def test_every_value_falls_into_a_bin(values):
    for log in (None, True):
        assert Scale.of(values, log=log).counts(values).sum() == len(values)


def test_values_far_apart_get_a_logarithmic_scale():
    assert Scale.of([40, 4000]).log
    assert not Scale.of([40, 224]).log


def test_a_class_without_photos_has_no_outline():
    assert spark_path([], Scale.of([1, 2])) == ""


@pytest.mark.parametrize("values", [[100] * 9, [43, 50, 2737], list(range(40, 225))])
def test_histograms_are_the_same_every_time_and_follow_the_theme(values):
    scale = Scale.of(values)
    for theme in (LIGHT, DARK):
        drawn = svg(histogram(values, scale, theme, label="width, px"))
        assert drawn == svg(histogram(values, scale, theme, label="width, px"))
        assert theme.candidate.encode() in drawn


def test_zones_colour_their_own_bins():
    scale = Scale(np.arange(0, 41, 10.0), log=False)
    zones = {"low": (20.0, "#112233"), "none here": (30.0, "#445566"), "high": (np.inf, "#778899")}
    drawn = svg(histogram([5, 15, 15, 35], scale, LIGHT, label="x", zones=zones)).decode()
    assert "#112233" in drawn
    assert "#778899" in drawn


def test_cells_lie_where_the_pixels_are_and_grow_with_their_share():
    shares = np.zeros((23, 23))
    shares[13, 9], shares[11, 11], shares[0, 0] = 0.01, 0.5, 1e-7
    few, many = sorted(ab_cells(shares), key=lambda cell: cell.side)
    assert (few.a, few.b) == (AB_CENTRES[9], AB_CENTRES[13]) == (-20, 20)
    assert (many.a, many.b, many.side) == (0, 0, 10)
    assert 0 < few.side < many.side


def test_a_swatch_has_the_colour_that_scikit_image_gives():
    shown = [int(lab_hex(60, 20, -10)[i : i + 2], 16) for i in (1, 3, 5)]
    expected = skimage.color.lab2rgb(np.array([[[60.0, 20.0, -10.0]]]))[0, 0] * 255
    assert shown == pytest.approx(expected, abs=1.5)
