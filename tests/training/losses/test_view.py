import dataclasses

import pytest
import torch

from pincel.tasks import TASKS
from pincel.training.losses.view import View, output, rgb


@pytest.fixture
def view(random_pair):
    pair = random_pair()._replace(label=torch.tensor([0, 1, 2, 0]))
    return View(TASKS["colorize"], pair, pair.target * 0.5, {}, torch.empty(0, 2))


def test_pictures_of_some_labels_are_left_out_with_all_that_belongs_to_them(view):
    some = view.without([0])
    torch.testing.assert_close(some.painted, view.painted[1:3])
    assert all(torch.equal(left, plane[1:3]) for left, plane in zip(some.pair, view.pair, strict=True))
    assert len(view.without([0, 1, 2]).painted) == 0
    assert torch.equal(view.without([]).painted, view.painted)


def test_rare_colours_weigh_within_the_photo_alone(view):
    assert view.rebalanced is view.pair.mask
    doubled = dataclasses.replace(view, rebalance=lambda target: torch.full_like(target[:, :1], 2.0))
    assert torch.equal(doubled.rebalanced, 2 * view.pair.mask)


def test_sRGB_is_made_once_and_equal_paintings_are_equal_there(view):
    assert view.rgb is view.rgb
    equal = dataclasses.replace(view, painted=view.pair.target)
    torch.testing.assert_close(*equal.rgb)


def test_losses_are_given_painted_before_real_and_the_weight_last(view):
    weight = view.pair.mask
    assert output(view, weight) == (view.painted, view.pair.target, weight)
    painted, real, last = rgb(view, weight)
    assert painted.shape == real.shape == (4, 3, 32, 32)
    assert last is weight
