"""Against scipy, and by hand."""

import numpy as np
import pytest
from scipy.stats import linregress, t

from pincel.metrics.trend import linear_trend


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_line_and_interval_are_those_of_scipys_linregress(level):
    rng = np.random.default_rng(3)
    x = np.arange(1, 41)
    y = 0.3 - 0.002 * x + rng.normal(0, 0.02, 40)
    line, expected = linear_trend(x, y, level), linregress(x, y)
    reach = t.ppf((1 + level) / 2, 38) * expected.stderr
    assert (line.slope, line.intercept) == pytest.approx((expected.slope, expected.intercept))
    assert line.r_squared == pytest.approx(expected.rvalue**2)
    assert (line.low, line.high) == pytest.approx((expected.slope - reach, expected.slope + reach))


def test_a_line_worked_by_hand():
    # x 1 2 3 4, y 2 4 5 4: means 2.5 and 3.75, Sxx 5, Sxy 3.5 -> slope 0.7, intercept 2; residuals -0.7 0.6 0.9 -0.8,
    # their squares 2.3, total 4.75; standard error sqrt(2.3 / 2 / 5) = 0.47958; t(2, 97.5 %) = 4.30265
    line = linear_trend([1, 2, 3, 4], [2, 4, 5, 4])
    assert (line.slope, line.intercept) == pytest.approx((0.7, 2.0))
    assert line.r_squared == pytest.approx(1 - 2.3 / 4.75)
    assert (line.low, line.high) == pytest.approx((0.7 - 2.06348, 0.7 + 2.06348), abs=1e-4)
    assert line.direction == "level"
    assert line.at(10) == pytest.approx(9)


def test_epochs_need_not_be_evenly_spaced():
    line = linear_trend([1, 2, 10], [3, 5, 21])
    assert (line.slope, line.intercept, line.r_squared) == pytest.approx((2, 1, 1))
    assert line.direction == "rises"


def test_two_points_have_a_line_and_no_interval():
    line = linear_trend([1, 2], [5, 3])
    assert (line.slope, line.low, line.high, line.direction) == (-2, None, None, "level")


def test_one_point_has_no_line():
    assert linear_trend([4], [5.0]) is None
    assert linear_trend([4, 4], [5.0, 6.0]) is None


def test_a_series_that_does_not_vary_is_level():
    line = linear_trend([1, 2, 3], [5, 5, 5])
    assert (line.slope, line.r_squared, line.direction) == (0, None, "level")


def test_missing_points_are_left_out():
    assert linear_trend([1, 2, 3, 4], [1, np.nan, 3, 4]) == linear_trend([1, 3, 4], [1, 3, 4])


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="one y for every x"):
        linear_trend([1, 2], [1, 2, 3])


def test_the_interval_holds_the_true_slope_as_often_as_it_says():
    rng = np.random.default_rng(0)
    x = np.arange(10)
    lines = [linear_trend(x, 0.5 * x + rng.normal(0, 1, 10), 0.9) for _ in range(500)]
    assert np.mean([line.low <= 0.5 <= line.high for line in lines]) == pytest.approx(0.9, abs=0.04)
