import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from skimage.color import deltaE_ciede94, deltaE_ciede2000, lab2rgb
from skimage.metrics import peak_signal_noise_ratio
from torch.nn import functional as F

from pincel.data.pairs import Pair
from pincel.metrics.lite import LiteFeatures, lite0_distance
from pincel.tasks import TASKS
from pincel.training.losses import (
    ADVERSARIAL,
    ChromaRebalance,
    bins_loss,
    cie94_loss,
    ciede2000_loss,
    colourfulness_loss,
    discriminator_loss,
    generator_adversarial_loss,
    masked_mean,
    output_to_rgb,
    perceptual_loss,
    pixel_loss,
    psnr_loss,
)

BINS = 22


@pytest.fixture(scope="module")
def features() -> LiteFeatures:
    return LiteFeatures()


@pytest.fixture
def logits() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Logits of real and of painted patches, all of the same weight."""
    torch.manual_seed(0)
    return torch.randn(2, 1, 3, 5) * 2, torch.randn(2, 1, 3, 5) * 2, torch.ones(2, 1, 3, 5)


def test_masked_mean_of_hand_worked_values():
    values = torch.tensor([[[[1.0, 2.0]], [[3.0, 100.0]]]])  # (1, 2, 1, 2)
    weight = torch.tensor([[[[1.0, 0.5]]]])
    # (1 + 3) * 1 + (2 + 100) * 0.5 = 55 over (1 + 0.5) * 2 planes
    assert masked_mean(values, weight).item() == pytest.approx(55 / 3)


def test_a_picture_with_more_photo_weighs_more():
    values = torch.tensor([2.0, 8.0]).reshape(2, 1, 1, 1).expand(2, 1, 2, 2)
    weight = torch.ones(2, 1, 2, 2)
    weight[1, :, 0] = 0
    assert masked_mean(values, weight).item() == pytest.approx((4 * 2 + 2 * 8) / 6)


def test_masked_mean_over_nothing_is_zero_and_has_a_gradient():
    values = torch.ones(1, 1, 2, 2, requires_grad=True)
    mean = masked_mean(values, torch.zeros(1, 1, 2, 2))
    mean.backward()
    assert mean.item() == 0
    assert values.grad is not None
    assert values.grad.abs().sum() == 0


def test_pixel_losses_are_torchs_own_when_everything_counts():
    torch.manual_seed(0)
    painted, target, weight = torch.rand(3, 2, 8, 8) - 0.5, torch.rand(3, 2, 8, 8) - 0.5, torch.ones(3, 1, 8, 8)
    torch.testing.assert_close(pixel_loss(painted, target, weight, "l1"), F.l1_loss(painted, target))
    huber = F.smooth_l1_loss(painted, target, beta=1 / 11)  # 10 of 110 Lab units
    torch.testing.assert_close(pixel_loss(painted, target, weight, "smooth_l1"), huber)


@pytest.mark.parametrize("kind", ["l1", "smooth_l1"])
def test_padding_changes_no_pixel_loss(kind):
    torch.manual_seed(0)
    painted, target = torch.rand(2, 2, 8, 8), torch.rand(2, 2, 8, 8)
    mask = torch.zeros(2, 1, 8, 8)
    mask[..., :5] = 1
    spoilt = painted.clone()
    spoilt[..., 5:] = 77
    inside = pixel_loss(painted, target, mask, kind)
    torch.testing.assert_close(pixel_loss(spoilt, target, mask, kind), inside)
    cut = pixel_loss(painted[..., :5], target[..., :5], mask[..., :5], kind)
    torch.testing.assert_close(inside, cut)


def cie94_of(painted, target) -> float:
    """The loss of two flat colours, back in Lab units."""
    a, b = (torch.tensor(colour).reshape(1, 2, 1, 1).expand(1, 2, 3, 3) / 110 for colour in (painted, target))
    return float(cie94_loss(a, b, torch.ones(1, 1, 3, 3))) * 110


@pytest.mark.parametrize("chroma", [10.0, 40.0, 80.0])
def test_cie94_of_a_pure_difference_of_hue_is_scikit_images(chroma):
    # both of the same chroma, where the formula's choice of a reference does not matter
    one, other = (chroma, 0.0), (chroma * np.cos(0.5), chroma * np.sin(0.5))
    wanted = deltaE_ciede94([50, *one], [50, *other])
    assert cie94_of(one, other) == pytest.approx(wanted, rel=1e-3)


@pytest.mark.parametrize("colour", [(60.0, 20.0), (-30.0, 45.0), (5.0, -70.0)])
def test_cie94_of_a_small_difference_of_any_kind_is_scikit_images(colour):
    for step in ((1.5, 0.0), (0.0, 1.5), (-1.0, 1.0)):
        near = (colour[0] + step[0], colour[1] + step[1])
        wanted = np.hypot(deltaE_ciede94([50, *colour], [50, *near]), 0.1)  # 0.1 keeps the root differentiable
        assert cie94_of(near, colour) == pytest.approx(wanted, rel=0.02)


def test_cie94_forgives_an_error_among_vivid_colours_more_than_one_at_grey():
    assert cie94_of((80.0, 0.0), (70.0, 0.0)) < 0.5 * cie94_of((10.0, 0.0), (0.0, 0.0))


def half_and_half(one: tuple[float, float], other: tuple[float, float]) -> torch.Tensor:
    """(1, 2, 4, 4) whose left half is one colour and right half another, in units of ab / 110."""
    ab = torch.empty(1, 2, 4, 4)
    ab[..., :2] = torch.tensor(one).reshape(1, 2, 1, 1)
    ab[..., 2:] = torch.tensor(other).reshape(1, 2, 1, 1)
    return ab


class TestBins:
    """Two by two places of 4 pixels a side; bins on a grid of 10 Lab units."""

    COLOURS = torch.tensor([[a, b] for a in (-10.0, 0.0, 10.0) for b in (-10.0, 0.0, 10.0)])

    def logits(self, likely: int, strength: float = 12.0) -> torch.Tensor:
        logits = torch.zeros(1, 9, 2, 2)
        logits[:, likely] = strength
        return logits

    def target(self, a: float, b: float) -> torch.Tensor:
        return torch.tensor([a, b]).reshape(1, 2, 1, 1).expand(1, 2, 8, 8) / 110

    def test_it_is_the_cross_entropy_with_shares_by_a_gaussian_of_half_a_cell(self):
        logits, colour = torch.randn(1, 9, 2, 2), torch.tensor([1.0, 4.0])
        away = (self.COLOURS - colour).square().sum(1)
        near = away.argsort()[:5]
        shares = torch.exp(-away[near] / (2 * 5.0**2))
        wanted = -(logits.log_softmax(1)[0, near] * (shares / shares.sum())[:, None, None]).sum(0).mean()
        found = bins_loss(logits, self.target(1, 4), torch.ones(1, 1, 8, 8), self.COLOURS)
        assert float(found) == pytest.approx(float(wanted), rel=1e-5)

    def test_the_right_colour_costs_less_than_a_wrong_one(self):
        mask, target = torch.ones(1, 1, 8, 8), self.target(10, -10)
        right, wrong = (float(bins_loss(self.logits(i), target, mask, self.COLOURS)) for i in (6, 2))
        assert right < 0.3 * wrong

    def test_what_is_no_photo_neither_counts_nor_tints_the_mean_of_its_place(self):
        mask = torch.ones(1, 1, 8, 8)
        mask[..., :5] = 0  # the left places are empty, the right ones three quarters full
        target = self.target(10, 10).clone()
        stained = torch.where(mask > 0, target, torch.tensor(-1.0))
        found = [bins_loss(self.logits(8), one, mask, self.COLOURS) for one in (target, stained)]
        assert float(found[0]) == pytest.approx(float(found[1]), rel=1e-5)
        elsewhere = self.logits(8)
        elsewhere[..., 0] = 5 * torch.randn(9, 2)
        assert float(bins_loss(elsewhere, target, mask, self.COLOURS)) == pytest.approx(float(found[0]), rel=1e-5)


def test_colourfulness_loss_of_hand_worked_colours():
    # (0.3, 0.4) and (-0.1, 0.4): mean (0.1, 0.4), standard deviation (0.2, 0), so 0.2 + 0.37 * sqrt(0.17)
    target, mask = half_and_half((0.3, 0.4), (-0.1, 0.4)), torch.ones(1, 1, 4, 4)
    wanted = 0.2 + 0.37 * 0.17**0.5
    painted = half_and_half((0.1, 0.0), (0.0, 0.0))  # mean 0.05, deviation 0.05
    ratio = (0.05 + 0.37 * 0.05) / wanted
    assert colourfulness_loss(painted, target, mask, 0.9).item() == pytest.approx((0.9 - ratio) ** 2, rel=1e-3)
    assert colourfulness_loss(target / 2, target, mask, 0.9).item() == pytest.approx(0.4**2, rel=1e-3)


def test_colourfulness_loss_asks_for_the_batchs_total_only_and_no_more_than_its_share():
    target, mask = half_and_half((0.3, 0.4), (-0.1, 0.4)), torch.ones(1, 1, 4, 4)
    assert colourfulness_loss(target * 0.95, target, mask, 0.9).item() == 0
    two, both = torch.cat([target, target]), mask.repeat(2, 1, 1, 1)
    uneven = torch.cat([target * 0.5, target * 1.5])
    assert colourfulness_loss(uneven, two, both, 1.0).item() == pytest.approx(0, abs=1e-6)


def test_colourfulness_loss_counts_the_mask_only_and_pulls_grey_away_from_grey():
    target, mask = half_and_half((0.3, 0.4), (-0.1, 0.4)), torch.ones(1, 1, 4, 4)
    mask[..., 3] = 0
    spoilt = target * 0.5
    spoilt[..., 3] = 0.9
    cut = colourfulness_loss(spoilt[..., :3], target[..., :3], mask[..., :3], 0.9)
    torch.testing.assert_close(colourfulness_loss(spoilt, target, mask, 0.9), cut)
    grey = (1e-4 * torch.randn(1, 2, 4, 4, generator=torch.Generator().manual_seed(0))).requires_grad_()
    colourfulness_loss(grey, target, mask, 0.9).backward()
    assert grey.grad is not None
    assert grey.grad.isfinite().all()
    assert (grey.grad * grey.detach()).sum() < 0  # a step down the slope makes it more colourful


def test_cie94_is_symmetric_counts_the_mask_only_and_has_a_gradient_at_grey():
    torch.manual_seed(0)
    painted, target = torch.rand(2, 2, 6, 6) - 0.5, torch.rand(2, 2, 6, 6) - 0.5
    mask = torch.zeros(2, 1, 6, 6)
    mask[..., :4] = 1
    inside = cie94_loss(painted, target, mask)
    torch.testing.assert_close(inside, cie94_loss(target, painted, mask))
    spoilt = torch.where(mask > 0, painted, torch.full_like(painted, 0.9))
    torch.testing.assert_close(inside, cie94_loss(spoilt, target, mask))
    grey = torch.zeros(1, 2, 2, 2, requires_grad=True)
    cie94_loss(grey, torch.zeros(1, 2, 2, 2), torch.ones(1, 1, 2, 2)).backward()
    assert grey.grad is not None
    assert grey.grad.isfinite().all()


BY_HAND = {
    "bce": (
        lambda real, fake: (
            F.binary_cross_entropy(real.sigmoid(), torch.ones_like(real)) / 2
            + F.binary_cross_entropy(fake.sigmoid(), torch.zeros_like(fake)) / 2
        ),
        lambda fake: -torch.log(fake.sigmoid()).mean(),
    ),
    "lsgan": (
        lambda real, fake: (F.mse_loss(real, torch.ones_like(real)) + F.mse_loss(fake, torch.zeros_like(fake))) / 2,
        lambda fake: F.mse_loss(fake, torch.ones_like(fake)),
    ),
    "hinge": (
        lambda real, fake: (
            (-torch.minimum(real - 1, torch.zeros(())).mean() - torch.minimum(-fake - 1, torch.zeros(())).mean()) / 2
        ),
        lambda fake: -fake.mean(),
    ),
}


@pytest.mark.parametrize("kind", ADVERSARIAL)
def test_adversarial_losses_are_their_formulas(kind, logits):
    real, fake, weight = logits
    of_discriminator, of_generator = BY_HAND[kind]
    torch.testing.assert_close(discriminator_loss(real, fake, weight, kind), of_discriminator(real, fake))
    torch.testing.assert_close(generator_adversarial_loss(fake, weight, kind), of_generator(fake))


@pytest.mark.parametrize(
    ("kind", "of_discriminator", "of_generator"),
    [
        ("bce", (0.126928 + 2.126928) / 2, 0.126928),  # log(1 + e^-2), log(1 + e^2)
        ("lsgan", (1 + 4) / 2, 1),
        ("hinge", (0 + 3) / 2, -2),
    ],
)
def test_adversarial_losses_of_the_logit_two(kind, of_discriminator, of_generator):
    two, weight = torch.full((1, 1, 2, 2), 2.0), torch.ones(1, 1, 2, 2)
    assert discriminator_loss(two, two, weight, kind).item() == pytest.approx(of_discriminator, abs=1e-5)
    assert generator_adversarial_loss(two, weight, kind).item() == pytest.approx(of_generator, abs=1e-5)


@pytest.mark.parametrize("kind", ADVERSARIAL)
def test_each_side_wants_the_opposite_of_the_other(kind, logits):
    _, fake, weight = logits
    fake.requires_grad_()
    (for_d,) = torch.autograd.grad(discriminator_loss(torch.zeros_like(fake), fake, weight, kind), fake)
    (for_g,) = torch.autograd.grad(generator_adversarial_loss(fake, weight, kind), fake)
    undecided = (fake > 0.1) & (fake < 0.9)  # where no kind is satisfied yet
    assert undecided.any()
    assert (for_d[undecided] > 0).all()
    assert (for_g[undecided] < 0).all()


@pytest.mark.parametrize("kind", ["bce", "lsgan"])
def test_smoothing_lowers_what_real_patches_should_reach_and_leaves_painted_ones(kind):
    weight = torch.ones(1, 1, 1, 1)
    real = torch.zeros(1, 1, 1, 1, requires_grad=True)
    fake = torch.zeros(1, 1, 1, 1, requires_grad=True)
    discriminator_loss(real, fake, weight, kind, smoothing=0.1).backward()
    # half of d/dx BCE = (sigmoid(x) - wanted) / 2; half of d/dx (x - wanted)^2 = x - wanted
    assert real.grad.item() == pytest.approx((0.5 - 0.9) / 2 if kind == "bce" else -0.9)
    assert fake.grad.item() == pytest.approx(0.25 if kind == "bce" else 0.0)


@pytest.mark.parametrize("kind", ADVERSARIAL)
def test_a_verdict_without_weight_changes_no_adversarial_loss(kind, logits):
    real, fake, weight = logits
    weight = weight.clone()
    weight[..., 3:] = 0
    spoilt_real, spoilt_fake = real.clone(), fake.clone()
    spoilt_real[..., 3:], spoilt_fake[..., 3:] = -50, 50
    torch.testing.assert_close(
        discriminator_loss(spoilt_real, spoilt_fake, weight, kind), discriminator_loss(real, fake, weight, kind)
    )
    torch.testing.assert_close(
        generator_adversarial_loss(spoilt_fake, weight, kind), generator_adversarial_loss(fake, weight, kind)
    )


def test_bce_survives_logits_far_out():
    far, weight = torch.full((1, 1, 1, 1), 200.0), torch.ones(1, 1, 1, 1)
    assert discriminator_loss(-far, far, weight, "bce").item() == pytest.approx(200)


@pytest.fixture
def colours() -> np.ndarray:
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
def test_rebalancing_weights_have_mean_one_over_the_data(colours, strength):
    rebalance = ChromaRebalance(ChromaRebalance.count(colours), strength)
    weights = rebalance(as_target(colours))
    assert weights.shape == (1, 1, 1, len(colours))
    assert weights.mean().item() == pytest.approx(1, abs=1e-3)


def test_a_rare_colour_weighs_more_and_the_more_so_the_stronger(colours):
    histogram = ChromaRebalance.count(colours)
    target = as_target(np.array([[65.0, 45.0], [2.0, 8.0]]))
    ratios = []
    for strength in (0.25, 0.5, 1.0):
        red, common = ChromaRebalance(histogram, strength)(target)[0, 0, 0].tolist()
        ratios.append(red / common)
    assert 1 < ratios[0] < ratios[1] < ratios[2]


def test_strength_zero_is_all_ones(colours):
    weights = ChromaRebalance(ChromaRebalance.count(colours), 0.0)(as_target(colours))
    torch.testing.assert_close(weights, torch.ones_like(weights))


def test_full_strength_is_zhangs_equation_four(colours):
    histogram = ChromaRebalance.count(colours)
    smooth = gaussian_filter(histogram.astype(float), 0.5)
    share = smooth / smooth.sum()
    wanted = 1 / (0.5 * share + 0.5 / (histogram > 0).sum())
    wanted /= (histogram * wanted).sum() / histogram.sum()  # mean 1
    ab = np.array([[65.0, 45.0], [2.0, 8.0], [-14.0, 33.0]])
    rows, columns = ((ab + 110) // 10).astype(int).T
    weights = ChromaRebalance(histogram, 1.0)(as_target(ab))[0, 0, 0]
    np.testing.assert_allclose(weights, wanted[rows, columns], rtol=1e-5)


def test_colours_never_seen_and_colours_outside_the_table_have_a_finite_weight(colours):
    weights = ChromaRebalance(ChromaRebalance.count(colours), 1.0)(as_target(np.array([[-90.0, -90.0], [130, -130]])))
    assert weights.isfinite().all()
    assert (weights > 1).all()


def test_lab_becomes_srgb_as_in_scikit_image():
    torch.manual_seed(0)
    lab = torch.stack([torch.rand(6, 7) * 60 + 20, torch.rand(6, 7) * 30 - 15, torch.rand(6, 7) * 30 - 15])
    rgb = output_to_rgb(TASKS["colorize"], lab[None, :1] / 50 - 1, lab[None, 1:] / 110)[0].permute(1, 2, 0)
    np.testing.assert_allclose(rgb, lab2rgb(lab.permute(1, 2, 0).numpy()), atol=2e-3)


def test_the_psnr_loss_is_what_the_mean_psnr_lacks_to_that_of_equal_pictures():
    random = np.random.default_rng(0)
    target = random.integers(0, 256, (3, 8, 9, 3), dtype=np.uint8)
    painted = np.clip(target + random.integers(-60, 60, target.shape), 0, 255).astype(np.uint8)
    painted[1] = np.clip(target[1].astype(int) + 9, 0, 255)  # one of the three is much nearer
    as_batch = [torch.from_numpy(rgb).permute(0, 3, 1, 2) / 255 for rgb in (painted, target)]
    decibels = [peak_signal_noise_ratio(real, wrong) for real, wrong in zip(target, painted, strict=True)]
    lacking = (10 * np.log10(255**2) - np.mean(decibels)) / 10  # bel, to the PSNR of an error of one step
    assert psnr_loss(*as_batch, torch.ones(3, 1, 8, 9)).item() == pytest.approx(lacking, abs=0.01)
    assert psnr_loss(as_batch[1], as_batch[1], torch.ones(3, 1, 8, 9)).item() == 0


def test_the_psnr_loss_asks_for_the_same_share_of_every_pictures_error():
    target, mask = torch.full((2, 3, 4, 4), 0.5), torch.ones(2, 1, 4, 4)
    errors = torch.tensor([0.02, 0.4]).reshape(2, 1, 1, 1).expand(2, 3, 4, 4)
    painted = (target + errors).requires_grad_()
    psnr_loss(painted, target, mask).backward()
    assert painted.grad is not None
    near, far = (painted.grad * errors).sum((1, 2, 3))
    assert near.item() == pytest.approx(far.item(), rel=0.05)


def test_padding_counts_as_equal_in_the_psnr_loss():
    torch.manual_seed(0)
    painted, target, mask = torch.rand(2, 3, 6, 6), torch.rand(2, 3, 6, 6), torch.zeros(2, 1, 6, 6)
    mask[..., :3] = 1
    black = psnr_loss(painted * mask, target * mask, torch.ones_like(mask))
    torch.testing.assert_close(psnr_loss(painted, target, mask), black)


def test_the_picture_of_an_output_is_what_its_task_decodes():
    torch.manual_seed(0)
    for name, task in TASKS.items():
        source = torch.rand(1, task.source_channels, 5, 4) - 0.5
        output = (torch.rand(1, task.target_channels, 5, 4) - 0.5) * 0.2
        rgb = output_to_rgb(task, source, output)[0].permute(1, 2, 0)
        np.testing.assert_allclose(rgb, task.decode(source[0].numpy(), output[0].numpy()), atol=2e-3, err_msg=name)


def test_a_colour_outside_srgb_still_has_a_gradient():
    ab = torch.full((1, 2, 4, 4), 0.9, requires_grad=True)  # far outside at this lightness
    output_to_rgb(TASKS["colorize"], torch.zeros(1, 1, 4, 4), ab).square().sum().backward()
    assert ab.grad is not None
    assert (ab.grad.abs() > 0).all()
    assert ab.grad.isfinite().all()


def photo_pair(size: int = 64) -> Pair:
    from skimage import data

    from pincel.imaging.resize import letterbox

    square, box = letterbox(data.chelsea(), size)
    task = TASKS["colorize"]
    return Pair(
        torch.from_numpy(task.encode(square))[None],
        torch.from_numpy(task.encode_target(square))[None],
        torch.zeros(1, dtype=torch.int64),
        torch.from_numpy(box.mask(size)[None, None].astype(np.float32)),
    )


def test_the_perceptual_loss_is_the_distance_of_the_two_srgb_pictures(features):
    pair = photo_pair()
    target, grey = (
        output_to_rgb(TASKS["colorize"], pair.source, ab) for ab in (pair.target, torch.zeros_like(pair.target))
    )
    assert perceptual_loss(features, target, target, pair.mask).item() == 0
    lab = np.concatenate([(pair.source[0].numpy() + 1) * 50, pair.target[0].numpy() * 110]).transpose(1, 2, 0)
    light = lab * [1, 0, 0]
    real, painted = (torch.from_numpy(lab2rgb(x)).permute(2, 0, 1)[None].float() for x in (lab, light))
    wanted = lite0_distance(features, painted, real, pair.mask).item()
    assert perceptual_loss(features, grey, target, pair.mask).item() == pytest.approx(wanted, rel=0.02)


def test_padding_changes_no_perceptual_loss(features):
    pair = photo_pair()
    assert (pair.mask == 0).any()
    target, painted = (output_to_rgb(TASKS["colorize"], pair.source, ab) for ab in (pair.target, pair.target * 0.5))
    spoilt = torch.where(pair.mask > 0, painted, torch.full_like(painted, 0.8)).requires_grad_()
    loss = perceptual_loss(features, spoilt, target, pair.mask)
    torch.testing.assert_close(loss, perceptual_loss(features, painted, target, pair.mask))
    loss.backward()
    assert spoilt.grad is not None
    outside = (pair.mask == 0).expand_as(spoilt)
    assert (spoilt.grad[outside] == 0).all()
    assert spoilt.grad[~outside].abs().max() > 0


def ciede2000_of(painted, target) -> float:
    a, b = (torch.tensor(ab, dtype=torch.float64).reshape(1, 2, 1, 1) / 110 for ab in (painted, target))
    return float(ciede2000_loss(a, b, torch.ones(1, 1, 1, 1, dtype=torch.float64))) * 110


def test_ciede2000_is_scikit_images_for_colours_all_around():
    pairs = np.random.default_rng(0).uniform(-70, 70, (300, 2, 2))
    for painted, target in pairs:
        wanted = deltaE_ciede2000((50, *painted), (50, *target))
        assert ciede2000_of(painted, target) == pytest.approx(float(wanted), rel=2e-3, abs=0.02)


def test_ciede2000_is_symmetric_counts_the_mask_only_and_has_a_gradient_at_grey():
    assert ciede2000_of((30, 10), (-5, 20)) == pytest.approx(ciede2000_of((-5, 20), (30, 10)))
    painted, target = torch.zeros(1, 2, 2, 2, requires_grad=True), torch.full((1, 2, 2, 2), 0.2)
    mask = torch.tensor([[[[1.0, 1.0], [0.0, 0.0]]]])
    loss = ciede2000_loss(painted, target, mask)
    loss.backward()
    assert loss.item() * 110 == pytest.approx(ciede2000_of((0, 0), (22, 22)), rel=1e-3)
    assert painted.grad is not None
    assert painted.grad.isfinite().all()
    assert (painted.grad[:, :, 0] < 0).all()  # towards the target
    assert not painted.grad[:, :, 1].any()
