import pytest
import torch

from pincel.training.losses.logits import bins, classification


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
        logits, color = torch.randn(1, 9, 2, 2), torch.tensor([1.0, 4.0])
        away = (self.COLOURS - color).square().sum(1)
        near = away.argsort()[:5]
        shares = torch.exp(-away[near] / (2 * 5.0**2))
        wanted = -(logits.log_softmax(1)[0, near] * (shares / shares.sum())[:, None, None]).sum(0).mean()
        found = bins(logits, self.target(1, 4), torch.ones(1, 1, 8, 8), self.COLOURS)
        assert float(found) == pytest.approx(float(wanted), rel=1e-5)

    def test_the_right_colour_costs_less_than_a_wrong_one(self):
        mask, target = torch.ones(1, 1, 8, 8), self.target(10, -10)
        right, wrong = (float(bins(self.logits(i), target, mask, self.COLOURS)) for i in (6, 2))
        assert right < 0.3 * wrong

    def test_what_is_no_photo_neither_counts_nor_tints_the_mean_of_its_place(self):
        mask = torch.ones(1, 1, 8, 8)
        mask[..., :5] = 0  # the left places are empty, the right ones three quarters full
        target = self.target(10, 10).clone()
        stained = torch.where(mask > 0, target, torch.tensor(-1.0))
        found = [bins(self.logits(8), one, mask, self.COLOURS) for one in (target, stained)]
        assert float(found[0]) == pytest.approx(float(found[1]), rel=1e-5)
        elsewhere = self.logits(8)
        elsewhere[..., 0] = 5 * torch.randn(9, 2)
        assert float(bins(elsewhere, target, mask, self.COLOURS)) == pytest.approx(float(found[0]), rel=1e-5)


def test_the_guess_of_the_class_counts_the_labels_that_were_not_dropped():
    logits = torch.tensor([[2.0, 0.0, 0.0], [0.0, 0.0, 5.0]])
    wanted = -torch.log_softmax(logits, 1)[0, 1] / 2  # the second picture's label was dropped
    torch.testing.assert_close(classification(logits, torch.tensor([1, 3]), 1.0), wanted)
    torch.testing.assert_close(classification(logits, torch.tensor([1, 3]), 0.75), wanted * 0.75)
