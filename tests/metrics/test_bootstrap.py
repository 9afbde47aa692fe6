"""Against closed forms, and by what an interval promises."""

import numpy as np
import pytest
from scipy import stats

from pincel.metrics import bootstrap
from pincel.metrics.bootstrap import bootstrap_interval


def test_the_interval_of_a_mean_is_the_normal_one():
    values = np.random.default_rng(0).normal(10, 2, 500)
    low, high = bootstrap_interval(values, resamples=8000)
    expected = stats.norm.interval(0.95, values.mean(), stats.sem(values))
    assert (low, high) == pytest.approx(expected, abs=0.06 * stats.sem(values) * 3.92)


def test_the_interval_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(1)
    intervals = [bootstrap_interval(rng.normal(3, 1, 60), level=0.9, resamples=400, seed=i) for i in range(400)]
    covered = np.mean([low <= 3 <= high for low, high in intervals])
    assert 0.9 - 0.05 < covered < 0.9 + 0.05  # three standard errors of a share of 400


def test_a_higher_level_is_a_wider_interval():
    values = np.random.default_rng(2).normal(size=50)
    low_50, high_50 = bootstrap_interval(values, level=0.5)
    low_99, high_99 = bootstrap_interval(values, level=0.99)
    assert low_99 < low_50 < values.mean() < high_50 < high_99


def test_few_large_values_reach_far_upwards():
    values = np.r_[np.zeros(60), np.full(20, 1000.0)]
    assert bootstrap_interval(values)[1] > 200


def test_the_interval_of_a_ratio_is_the_delta_methods():
    rng = np.random.default_rng(3)
    below = rng.normal(12, 3, 600)
    above = 0.8 * below + rng.normal(0, 1.5, 600)
    ratio = above.mean() / below.mean()
    error = stats.sem(above - ratio * below) / below.mean()
    low, high = bootstrap_interval(above, below, resamples=8000)
    assert (low, high) == pytest.approx((ratio - 1.96 * error, ratio + 1.96 * error), abs=0.25 * error)


def test_a_ratio_is_paired_picture_by_picture():
    values = np.random.default_rng(4).uniform(1, 9, 40)
    assert bootstrap_interval(values / 4, values) == pytest.approx((0.25, 0.25))


def test_the_same_seed_gives_the_same_interval_and_another_seed_another():
    values = np.random.default_rng(5).normal(size=30)
    assert bootstrap_interval(values, seed=7) == bootstrap_interval(values, seed=7)
    assert bootstrap_interval(values, seed=7) != bootstrap_interval(values, seed=8)


def test_drawing_in_blocks_changes_nothing(monkeypatch):
    values = np.random.default_rng(6).normal(size=37)
    whole = bootstrap_interval(values), bootstrap_interval(values + 5, values + 9)
    monkeypatch.setattr(bootstrap, "BLOCK_VALUES", 100)
    assert (bootstrap_interval(values), bootstrap_interval(values + 5, values + 9)) == whole


def test_one_picture_has_an_interval_without_width():
    assert bootstrap_interval(np.array([4.5])) == (4.5, 4.5)


def test_no_picture_is_an_error():
    with pytest.raises(ValueError, match="at least one value"):
        bootstrap_interval(np.array([]))


def test_a_ratio_of_different_pictures_is_an_error():
    with pytest.raises(ValueError, match="same pictures"):
        bootstrap_interval(np.ones(3), np.ones(4))


def test_a_ratio_over_nothing_is_no_number():
    assert np.isnan(bootstrap_interval(np.ones(2), np.array([0.0, 1.0]))).all()
