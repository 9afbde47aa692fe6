"""Intervals of set distances, against fresh samples, a plain loop, and sets that cannot vary."""

from functools import partial
from statistics import NormalDist

import numpy as np
import pytest

from pincel.metrics.frechet import frechet_distance, polynomial_mmd
from pincel.metrics.set_intervals import frechet_intervals, kernel_intervals


@pytest.fixture
def sample():
    """``sample(n)`` -> real and painted features (n, 8) of the same n pictures, anew each time."""
    rng = np.random.default_rng(0)
    mix, noise = rng.normal(size=(8, 8)) / 2, rng.normal(size=(8, 8)) / 4

    def draw(n: int) -> tuple[np.ndarray, np.ndarray]:
        real = rng.normal(size=(n, 8)) @ mix
        return real, 0.6 * real + rng.normal(size=(n, 8)) @ noise + 0.2

    return draw


def test_the_frechet_interval_is_as_wide_as_other_pictures_scatter(sample):
    scatter = np.std([frechet_distance(*sample(60)) for _ in range(200)])
    halves = []
    for _ in range(10):
        real, painted = sample(60)
        halves.append(frechet_intervals(real, {"a": painted})["a"])
    estimated = np.mean(halves) / NormalDist().inv_cdf(0.975)
    assert scatter * 0.9 < estimated < scatter * 1.6


def test_the_draws_of_the_frechet_distance_are_those_of_a_plain_loop(sample):
    real, painted = sample(20)
    rng = np.random.default_rng(3)
    values = []
    for _ in range(10):
        rows = rng.integers(0, 20, 20)
        values.append(frechet_distance(real[rows], painted[rows]))
    found = frechet_intervals(real, {"a": painted}, level=0.6826894921370859, resamples=10, seed=3)  # one deviation
    assert found["a"] == pytest.approx(np.std(values, ddof=1), rel=1e-6)


def test_the_kernel_interval_holds_the_value_and_follows_its_level(sample):
    real, painted = sample(50)
    value = polynomial_mmd(real, painted, paired=True)
    wide, narrow = (kernel_intervals(real, {"a": painted}, level=level)["a"] for level in (0.95, 0.5))
    assert wide[0] < narrow[0] < value < narrow[1] < wide[1]


def test_a_kernel_draw_is_the_mean_over_pairs_of_different_pictures(sample):
    real, painted = sample(6)
    counts = np.random.default_rng(1).multinomial(6, np.full(6, 1 / 6), 1)[0]
    total = weight = 0.0
    for i in range(6):
        for j in range(6):
            if i != j:
                k = lambda x, y: (x @ y / 8 + 1) ** 3  # noqa: E731
                h = k(real[i], real[j]) + k(painted[i], painted[j]) - k(real[i], painted[j]) - k(painted[i], real[j])
                total, weight = total + counts[i] * counts[j] * h, weight + counts[i] * counts[j]
    low, high = kernel_intervals(real, {"a": painted}, resamples=1, seed=1)["a"]
    assert low == high == pytest.approx(total / weight)


def test_blocks_change_nothing(sample, monkeypatch):
    real, painted = sample(30)
    whole = kernel_intervals(real, {"a": painted}, resamples=20)["a"]
    monkeypatch.setattr("pincel.metrics.set_intervals.BLOCK", 7)
    assert kernel_intervals(real, {"a": painted}, resamples=20)["a"] == pytest.approx(whole)


def test_equal_sets_cannot_vary(sample):
    real, _ = sample(12)
    assert frechet_intervals(real, {"a": real}, resamples=5)["a"] == pytest.approx(0, abs=1e-6)
    assert kernel_intervals(real, {"a": real})["a"] == pytest.approx((0, 0), abs=1e-9)


def test_all_sets_are_drawn_alike(sample):
    real, painted = sample(25)
    for intervals in (partial(frechet_intervals, resamples=5), kernel_intervals):
        found = intervals(real, {"a": painted, "b": painted.copy()})
        assert found["a"] == found["b"]


@pytest.mark.parametrize("intervals", [frechet_intervals, kernel_intervals])
def test_sets_that_do_not_belong_together_are_refused(intervals):
    with pytest.raises(ValueError, match="one shape"):
        intervals(np.zeros((5, 3)), {"a": np.zeros((4, 3))})
    with pytest.raises(ValueError, match="2 or more"):
        intervals(np.zeros((1, 3)), {"a": np.zeros((1, 3))})
