import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio
from torch.nn import functional as F

from pincel.training.losses.pixels import l1, masked_mean, psnr, smooth_l1


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
    torch.testing.assert_close(l1(painted, target, weight), F.l1_loss(painted, target))
    huber = F.smooth_l1_loss(painted, target, beta=1 / 11)  # 10 of 110 Lab units
    torch.testing.assert_close(smooth_l1(painted, target, weight), huber)


@pytest.mark.parametrize("loss", [l1, smooth_l1])
def test_padding_changes_no_loss(loss):
    torch.manual_seed(0)
    painted, target = torch.rand(2, 2, 8, 8), torch.rand(2, 2, 8, 8)
    mask = torch.zeros(2, 1, 8, 8)
    mask[..., :5] = 1
    spoilt = painted.clone()
    spoilt[..., 5:] = 77
    inside = loss(painted, target, mask)
    torch.testing.assert_close(loss(spoilt, target, mask), inside)
    cut = loss(painted[..., :5], target[..., :5], mask[..., :5])
    torch.testing.assert_close(inside, cut)


def test_the_psnr_loss_is_what_the_mean_psnr_lacks_to_that_of_equal_pictures():
    random = np.random.default_rng(0)
    target = random.integers(0, 256, (3, 8, 9, 3), dtype=np.uint8)
    painted = np.clip(target + random.integers(-60, 60, target.shape), 0, 255).astype(np.uint8)
    painted[1] = np.clip(target[1].astype(int) + 9, 0, 255)  # one of the three is much nearer
    as_batch = [torch.from_numpy(rgb).permute(0, 3, 1, 2) / 255 for rgb in (painted, target)]
    decibels = [peak_signal_noise_ratio(real, wrong) for real, wrong in zip(target, painted, strict=True)]
    lacking = (10 * np.log10(255**2) - np.mean(decibels)) / 10  # bel, to the PSNR of an error of one step
    assert psnr(*as_batch, torch.ones(3, 1, 8, 9)).item() == pytest.approx(lacking, abs=0.01)
    assert psnr(as_batch[1], as_batch[1], torch.ones(3, 1, 8, 9)).item() == 0


def test_the_psnr_loss_asks_for_the_same_share_of_every_pictures_error():
    target, mask = torch.full((2, 3, 4, 4), 0.5), torch.ones(2, 1, 4, 4)
    errors = torch.tensor([0.02, 0.4]).reshape(2, 1, 1, 1).expand(2, 3, 4, 4)
    painted = (target + errors).requires_grad_()
    psnr(painted, target, mask).backward()
    assert painted.grad is not None
    near, far = (painted.grad * errors).sum((1, 2, 3))
    assert near.item() == pytest.approx(far.item(), rel=0.05)


def test_padding_counts_as_equal_in_the_psnr_loss():
    torch.manual_seed(0)
    painted, target, mask = torch.rand(2, 3, 6, 6), torch.rand(2, 3, 6, 6), torch.zeros(2, 1, 6, 6)
    mask[..., :3] = 1
    black = psnr(painted * mask, target * mask, torch.ones_like(mask))
    torch.testing.assert_close(psnr(painted, target, mask), black)
