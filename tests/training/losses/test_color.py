import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from skimage.color import deltaE_ciede94, deltaE_ciede2000

from pincel.training.losses.color import ChromaRebalance, cie94, ciede2000, colourfulness

BINS = 22


def cie94_of(painted, target) -> float:
    """The loss of two flat colours, back in Lab units."""
    a, b = (torch.tensor(color).reshape(1, 2, 1, 1).expand(1, 2, 3, 3) / 110 for color in (painted, target))
    return float(cie94(a, b, torch.ones(1, 1, 3, 3))) * 110


@pytest.mark.parametrize("chroma", [10.0, 40.0, 80.0])
def test_cie94_of_a_pure_difference_of_hue_is_scikit_images(chroma):
    # both of the same chroma, where the formula's choice of a reference does not matter
    one, other = (chroma, 0.0), (chroma * np.cos(0.5), chroma * np.sin(0.5))
    wanted = deltaE_ciede94([50, *one], [50, *other])
    assert cie94_of(one, other) == pytest.approx(wanted, rel=1e-3)


@pytest.mark.parametrize("color", [(60.0, 20.0), (-30.0, 45.0), (5.0, -70.0)])
def test_cie94_of_a_small_difference_of_any_kind_is_scikit_images(color):
    for step in ((1.5, 0.0), (0.0, 1.5), (-1.0, 1.0)):
        near = (color[0] + step[0], color[1] + step[1])
        wanted = np.hypot(deltaE_ciede94([50, *color], [50, *near]), 0.1)  # 0.1 keeps the root differentiable
        assert cie94_of(near, color) == pytest.approx(wanted, rel=0.02)


def test_cie94_forgives_an_error_among_vivid_colours_more_than_one_at_grey():
    assert cie94_of((80.0, 0.0), (70.0, 0.0)) < 0.5 * cie94_of((10.0, 0.0), (0.0, 0.0))


def test_cie94_is_symmetric_counts_the_mask_only_and_has_a_gradient_at_grey():
    torch.manual_seed(0)
    painted, target = torch.rand(2, 2, 6, 6) - 0.5, torch.rand(2, 2, 6, 6) - 0.5
    mask = torch.zeros(2, 1, 6, 6)
    mask[..., :4] = 1
    inside = cie94(painted, target, mask)
    torch.testing.assert_close(inside, cie94(target, painted, mask))
    spoilt = torch.where(mask > 0, painted, torch.full_like(painted, 0.9))
    torch.testing.assert_close(inside, cie94(spoilt, target, mask))
    grey = torch.zeros(1, 2, 2, 2, requires_grad=True)
    cie94(grey, torch.zeros(1, 2, 2, 2), torch.ones(1, 1, 2, 2)).backward()
    assert grey.grad is not None
    assert grey.grad.isfinite().all()


def ciede2000_of(painted, target) -> float:
    a, b = (torch.tensor(ab, dtype=torch.float64).reshape(1, 2, 1, 1) / 110 for ab in (painted, target))
    return float(ciede2000(a, b, torch.ones(1, 1, 1, 1, dtype=torch.float64))) * 110


def test_ciede2000_is_scikit_images_for_colours_all_around():
    pairs = np.random.default_rng(0).uniform(-70, 70, (300, 2, 2))
    for painted, target in pairs:
        wanted = deltaE_ciede2000((50, *painted), (50, *target))
        assert ciede2000_of(painted, target) == pytest.approx(float(wanted), rel=2e-3, abs=0.02)


def test_ciede2000_is_symmetric_counts_the_mask_only_and_has_a_gradient_at_grey():
    assert ciede2000_of((30, 10), (-5, 20)) == pytest.approx(ciede2000_of((-5, 20), (30, 10)))
    painted, target = torch.zeros(1, 2, 2, 2, requires_grad=True), torch.full((1, 2, 2, 2), 0.2)
    mask = torch.tensor([[[[1.0, 1.0], [0.0, 0.0]]]])
    loss = ciede2000(painted, target, mask)
    loss.backward()
    assert loss.item() * 110 == pytest.approx(ciede2000_of((0, 0), (22, 22)), rel=1e-3)
    assert painted.grad is not None
    assert painted.grad.isfinite().all()
    assert (painted.grad[:, :, 0] < 0).all()  # towards the target
    assert not painted.grad[:, :, 1].any()


def half_and_half(one: tuple[float, float], other: tuple[float, float]) -> torch.Tensor:
    """(1, 2, 4, 4) whose left half is one colour and right half another, in units of ab / 110."""
    ab = torch.empty(1, 2, 4, 4)
    ab[..., :2] = torch.tensor(one).reshape(1, 2, 1, 1)
    ab[..., 2:] = torch.tensor(other).reshape(1, 2, 1, 1)
    return ab


def test_colourfulness_loss_of_hand_worked_colours():
    # (0.3, 0.4) and (-0.1, 0.4): mean (0.1, 0.4), standard deviation (0.2, 0), so 0.2 + 0.37 * sqrt(0.17)
    target, mask = half_and_half((0.3, 0.4), (-0.1, 0.4)), torch.ones(1, 1, 4, 4)
    wanted = 0.2 + 0.37 * 0.17**0.5
    painted = half_and_half((0.1, 0.0), (0.0, 0.0))  # mean 0.05, deviation 0.05
    ratio = (0.05 + 0.37 * 0.05) / wanted
    assert colourfulness(painted, target, mask, 0.9).item() == pytest.approx((0.9 - ratio) ** 2, rel=1e-3)
    assert colourfulness(target / 2, target, mask, 0.9).item() == pytest.approx(0.4**2, rel=1e-3)


def test_colourfulness_loss_asks_for_the_batchs_total_only_and_no_more_than_its_share():
    target, mask = half_and_half((0.3, 0.4), (-0.1, 0.4)), torch.ones(1, 1, 4, 4)
    assert colourfulness(target * 0.95, target, mask, 0.9).item() == 0
    two, both = torch.cat([target, target]), mask.repeat(2, 1, 1, 1)
    uneven = torch.cat([target * 0.5, target * 1.5])
    assert colourfulness(uneven, two, both, 1.0).item() == pytest.approx(0, abs=1e-6)


def test_colourfulness_loss_counts_the_mask_only_and_pulls_grey_away_from_grey():
    target, mask = half_and_half((0.3, 0.4), (-0.1, 0.4)), torch.ones(1, 1, 4, 4)
    mask[..., 3] = 0
    spoilt = target * 0.5
    spoilt[..., 3] = 0.9
    cut = colourfulness(spoilt[..., :3], target[..., :3], mask[..., :3], 0.9)
    torch.testing.assert_close(colourfulness(spoilt, target, mask, 0.9), cut)
    grey = (1e-4 * torch.randn(1, 2, 4, 4, generator=torch.Generator().manual_seed(0))).requires_grad_()
    colourfulness(grey, target, mask, 0.9).backward()
    assert grey.grad is not None
    assert grey.grad.isfinite().all()
    assert (grey.grad * grey.detach()).sum() < 0  # a step down the slope makes it more colourful


@pytest.fixture
def colors() -> np.ndarray:
    """10,000 ab values: most near grey, a few vivid reds, as in photos."""
    rng = np.random.default_rng(0)
    common = rng.normal((2, 8), (6, 10), (9900, 2))
    red = rng.normal((65, 45), 4, (100, 2))
    return np.clip(np.vstack([common, red]), -109, 109)


def as_target(ab: np.ndarray) -> torch.Tensor:
    return torch.from_numpy((ab / 110).T.reshape(1, 2, 1, -1)).float()


def test_colours_are_counted_in_bins_of_ten_units():
    counts = ChromaRebalance.count(np.array([[-110.0, 110.0], [0.0, 0.0], [9.9, -0.1], [5.0, -9.9]]))
    assert counts.shape == (BINS, BINS)
    assert counts[0, 21] == 1  # a is the row, b the column
    assert counts[11, 11] == 1
    assert counts[11, 10] == 2
    assert counts.sum() == 4


def test_a_target_finds_the_weight_of_the_bin_it_was_counted_in():
    for ab in ([-110.0, 110.0], [0.0, 0.0], [95.0, -3.0], [-57.0, 20.0]):
        common = ChromaRebalance.count(np.array([[31.0, 31.0]] * 1000))
        one = ChromaRebalance.count(np.array([ab]))
        weights = ChromaRebalance(common + one, 1.0)(as_target(np.array([ab, [31.0, 31.0]])))[0, 0, 0]
        assert weights[0] > 2 * weights[1]


@pytest.mark.parametrize("strength", [0.3, 0.7, 1.0])
def test_rebalancing_weights_have_mean_one_over_the_data(colors, strength):
    rebalance = ChromaRebalance(ChromaRebalance.count(colors), strength)
    weights = rebalance(as_target(colors))
    assert weights.shape == (1, 1, 1, len(colors))
    assert weights.mean().item() == pytest.approx(1, abs=1e-3)


def test_a_rare_colour_weighs_more_and_the_more_so_the_stronger(colors):
    histogram = ChromaRebalance.count(colors)
    target = as_target(np.array([[65.0, 45.0], [2.0, 8.0]]))
    ratios = []
    for strength in (0.25, 0.5, 1.0):
        red, common = ChromaRebalance(histogram, strength)(target)[0, 0, 0].tolist()
        ratios.append(red / common)
    assert 1 < ratios[0] < ratios[1] < ratios[2]


def test_strength_zero_is_all_ones(colors):
    weights = ChromaRebalance(ChromaRebalance.count(colors), 0.0)(as_target(colors))
    torch.testing.assert_close(weights, torch.ones_like(weights))


def test_full_strength_is_zhangs_equation_four(colors):
    histogram = ChromaRebalance.count(colors)
    smooth = gaussian_filter(histogram.astype(float), 0.5)
    share = smooth / smooth.sum()
    wanted = 1 / (0.5 * share + 0.5 / (histogram > 0).sum())
    wanted /= (histogram * wanted).sum() / histogram.sum()  # mean 1
    ab = np.array([[65.0, 45.0], [2.0, 8.0], [-14.0, 33.0]])
    rows, columns = ((ab + 110) // 10).astype(int).T
    weights = ChromaRebalance(histogram, 1.0)(as_target(ab))[0, 0, 0]
    np.testing.assert_allclose(weights, wanted[rows, columns], rtol=1e-5)


def test_colours_never_seen_and_colours_outside_the_table_have_a_finite_weight(colors):
    weights = ChromaRebalance(ChromaRebalance.count(colors), 1.0)(as_target(np.array([[-90.0, -90.0], [130, -130]])))
    assert weights.isfinite().all()
    assert (weights > 1).all()
