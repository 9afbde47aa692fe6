"""Against Gaussians worked out by hand, torchmetrics, and double loops over the definitions."""

import numpy as np
import pytest
import torch
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.kid import KernelInceptionDistance

from pincel.metrics.frechet import (
    FrechetDistance,
    GaussianFit,
    KernelDistance,
    default_subset_size,
    frechet_distance,
    frechet_of_gaussians,
    kernel_distance,
    polynomial_mmd,
)


class AsGiven(torch.nn.Module):
    """For torchmetrics: the features themselves, and no network."""

    num_features = 12

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x


@pytest.fixture
def sets() -> tuple[np.ndarray, np.ndarray]:
    """Real (80, 12) and painted (60, 12) features of other mean and covariance."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(80, 12)), rng.normal(size=(60, 12)) @ rng.normal(size=(12, 12)) * 0.5 + 0.3


class TestFrechet:
    def test_circles_apart_by_a_shift(self):
        eye = np.eye(3)
        assert frechet_of_gaussians(np.zeros(3), eye, np.array([1.0, 2.0, 2.0]), eye) == pytest.approx(9)

    def test_axes_of_other_lengths(self):
        a, b = np.diag([1.0, 4.0, 9.0]), np.diag([4.0, 4.0, 1.0])  # (1-2)^2 + 0 + (3-1)^2
        assert frechet_of_gaussians(np.zeros(3), a, np.zeros(3), b) == pytest.approx(5)

    def test_turned_axes(self):
        a = np.array([[2.0, 1.0], [1.0, 2.0]])
        b = np.array([[1.0, 0.5], [0.5, 2.5]])
        product = a @ b
        root_trace = np.sqrt(np.trace(product) + 2 * np.sqrt(np.linalg.det(product)))  # of a 2 x 2 matrix
        expected = np.trace(a) + np.trace(b) - 2 * root_trace
        assert frechet_of_gaussians(np.zeros(2), a, np.zeros(2), b) == pytest.approx(expected)

    def test_two_points_each_by_hand(self):
        # means 1 and 5, sample variances 2 and 8: 4^2 + 2 + 8 - 2 sqrt(16)
        assert frechet_distance(np.array([[0.0], [2.0]]), np.array([[3.0], [7.0]])) == pytest.approx(18)

    def test_a_flat_gaussian_is_no_trouble(self):
        flat = np.diag([4.0, 0.0])
        assert frechet_of_gaussians(np.zeros(2), flat, np.zeros(2), np.diag([0.0, 9.0])) == pytest.approx(13)
        assert frechet_of_gaussians(np.zeros(2), flat, np.zeros(2), flat) == pytest.approx(0, abs=1e-12)

    def test_it_is_what_torchmetrics_computes(self, sets):
        metric = FrechetInceptionDistance(AsGiven()).set_dtype(torch.float64)
        metric.update(torch.from_numpy(sets[0]), real=True)
        metric.update(torch.from_numpy(sets[1]), real=False)
        assert frechet_distance(*sets) == pytest.approx(float(metric.compute()), rel=1e-6)

    def test_equal_sets_are_at_zero_and_a_shift_is_its_square(self):
        few = np.random.default_rng(1).normal(size=(20, 64))  # fewer vectors than numbers in each
        assert frechet_distance(few, few) == pytest.approx(0, abs=1e-9)
        assert frechet_distance(few, few + 0.5) == pytest.approx(64 * 0.25)

    def test_both_directions_are_equal(self, sets):
        assert frechet_distance(*sets) == pytest.approx(frechet_distance(*sets[::-1]))

    def test_one_picture_is_no_set(self):
        with pytest.raises(ValueError, match="at least 2"):
            frechet_distance(np.zeros((1, 3)), np.zeros((5, 3)))


class TestStreaming:
    @pytest.mark.parametrize("batch", [1, 7, 100])
    def test_a_fit_is_numpys_mean_and_covariance_whatever_the_batches(self, batch):
        features = np.random.default_rng(2).normal(1e4, 1, (100, 5))  # far from 0: sums of squares would lose digits
        fit = GaussianFit()
        for start in range(0, 100, batch):
            fit.update(features[start : start + batch])
        assert fit.n == 100
        np.testing.assert_allclose(fit.mean, features.mean(axis=0))
        np.testing.assert_allclose(fit.covariance, np.cov(features, rowvar=False), rtol=1e-8, atol=1e-10)

    def test_batches_give_the_distance_of_the_whole(self, sets):
        frechet, kernel = FrechetDistance(), KernelDistance(subsets=5)
        for start in range(0, 80, 30):
            batch = (sets[0][start : start + 30], sets[1][start : start + 30])
            frechet.update(*batch)
            kernel.update(*batch)
        assert frechet.compute() == pytest.approx(frechet_distance(*sets))
        assert kernel.compute() == pytest.approx(kernel_distance(*sets, subsets=5), rel=1e-4)  # kept in float32

    def test_less_is_better(self):
        assert FrechetDistance.higher_is_better is KernelDistance.higher_is_better is False

    @pytest.mark.parametrize("bad", [np.zeros(3), np.full((2, 3), np.nan), np.zeros((2, 4))])
    def test_features_that_do_not_fit_are_refused(self, bad):
        fit = GaussianFit()
        fit.update(np.zeros((2, 3)))
        with pytest.raises(ValueError, match="features"):
            fit.update(bad)

    def test_nothing_seen_is_an_error(self):
        for metric in (FrechetDistance(), KernelDistance()):
            with pytest.raises(ValueError, match="at least 2"):
                metric.compute()


class TestKernel:
    def test_it_is_its_definition_pair_by_pair(self, sets):
        real, painted = sets[0][:6], sets[1][:6]

        def kernel(x, y):
            return (sum(a * b for a, b in zip(x, y, strict=True)) / 12 + 1) ** 3

        pairs = [(i, j) for i in range(6) for j in range(6)]
        apart = [(i, j) for i, j in pairs if i != j]
        within = sum(kernel(real[i], real[j]) + kernel(painted[i], painted[j]) for i, j in apart) / 30
        everything = sum(kernel(real[i], painted[j]) for i, j in pairs) / 36
        without_own = sum(kernel(real[i], painted[j]) for i, j in apart) / 30
        assert polynomial_mmd(real, painted) == pytest.approx(within - 2 * everything)
        assert polynomial_mmd(real, painted, paired=True) == pytest.approx(within - 2 * without_own)

    def test_it_is_what_torchmetrics_computes(self, sets):
        real, painted = sets[0][:60], sets[1]
        metric = KernelInceptionDistance(AsGiven(), subsets=1, subset_size=60).set_dtype(torch.float64)
        metric.update(torch.from_numpy(real), real=True)
        metric.update(torch.from_numpy(painted), real=False)
        assert polynomial_mmd(real, painted) == pytest.approx(float(metric.compute()[0]), rel=1e-5)

    def test_equal_sets_are_at_zero_when_paired(self, sets):
        assert kernel_distance(sets[0], sets[0], paired=True) == (0, 0)

    def test_sets_of_one_kind_are_at_zero_on_the_average(self):
        rng = np.random.default_rng(3)
        found = [polynomial_mmd(*rng.normal(size=(2, 30, 4))) for _ in range(400)]
        assert abs(np.mean(found)) < 4 * np.std(found) / 20
        assert min(found) < 0  # unbiased: on both sides of 0

    def test_it_grows_with_a_shift(self, sets):
        steps = [kernel_distance(sets[0], sets[0] + shift, paired=True)[0] for shift in (0.1, 0.3, 1.0)]
        assert 0 < steps[0] < steps[1] < steps[2]

    def test_subsets_are_drawn_alike_every_time_and_differ(self, sets):
        mean, std = kernel_distance(*sets)
        assert (mean, std) == kernel_distance(*sets)
        assert std > 0
        assert (mean, std) != kernel_distance(*sets, seed=1)
        assert mean == pytest.approx(polynomial_mmd(*sets), abs=4 * std / 10 + 0.1 * std)  # 100 subsets

    def test_a_subset_is_half_of_the_set_up_to_a_thousand(self):
        assert [default_subset_size(n) for n in (2, 3, 60, 5000)] == [2, 2, 30, 1000]

    @pytest.mark.parametrize("size", [1, 61])
    def test_subsets_that_cannot_be_drawn_are_refused(self, sets, size):
        with pytest.raises(ValueError, match=f"subsets of {size}"):
            kernel_distance(*sets, subset_size=size)

    def test_sets_that_do_not_fit_are_refused(self, sets):
        with pytest.raises(ValueError, match="one size"):
            polynomial_mmd(*sets, paired=True)
        with pytest.raises(ValueError, match="one length"):
            polynomial_mmd(sets[0], sets[1][:, :4])
