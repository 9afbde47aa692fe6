import copy

import numpy as np
import pytest
import torch
from torch import nn

from pincel.explain.maps import MAPS, occlusion, saliency
from pincel.explain.scalars import BOTH, make_scalar

SLOPE = 110 * 0.3 / 64  # of a, for one unit of one pixel that is read


def test_the_gradients_are_exactly_those_of_the_region_that_is_read(toy, source, inside):
    scalar = make_scalar(toy(), "a", (32, 40))
    for method in ("saliency", "smoothgrad"):
        found = MAPS[method](scalar, source)
        assert found == pytest.approx(np.where(inside, SLOPE * scalar.pixels, 0), rel=1e-4)


def test_both_planes_together_are_the_length_of_their_gradients(toy, source):
    class Planes(nn.Module):
        def forward(self, x, label=None):
            return torch.cat([0.3 * x, -0.4 * x], dim=1)

    explained = toy(Planes(), classes=[])
    found = saliency(make_scalar(explained, BOTH, (32, 40)), source)
    assert found == pytest.approx(np.full((32, 40), 0.5 * 110), rel=1e-4)


def test_integrated_gradients_add_up_to_the_difference_from_the_even_picture(toy, source, inside):
    scalar = make_scalar(toy(), "a", (32, 40))
    found = MAPS["integrated"](scalar, source) / scalar.pixels
    steps = np.abs(source[0, 0].numpy() - float(source.mean()))
    assert found == pytest.approx(np.where(inside, SLOPE * steps, 0), abs=1e-4)


def test_occlusion_is_the_change_when_a_square_is_hidden(toy, source, inside):
    scalar = make_scalar(toy(), "a", (32, 40))
    mean_inside = float(source[0, 0][torch.from_numpy(inside)].mean())
    change = 110 * 0.3 * abs(mean_inside - float(source.mean()))
    assert occlusion(scalar, source) == pytest.approx(np.where(inside, change, 0), abs=1e-3)


def test_a_scalar_that_hangs_on_the_label_alone_has_an_empty_map(toy, source):
    assert not saliency(make_scalar(toy(), "b", (32, 40), label=2), source).any()


def test_only_the_channel_that_is_read_shows(source):
    class OneChannel(nn.Module):
        def forward(self, x, label=None):
            return x[:, 1:2].expand(-1, 3, -1, -1)

    from pincel.explain.explained import Explained
    from pincel.explain.maps import signed_gradient
    from pincel.tasks import TASKS

    explained = Explained("pairs", TASKS["paired"], [], False, 32, 32, 8, OneChannel())
    slopes = signed_gradient(make_scalar(explained, "red", (32, 40)), source.repeat(1, 3, 1, 1))
    assert slopes[0].abs().sum((1, 2)).tolist() == pytest.approx([0, 127.5, 0], rel=1e-4)


@pytest.mark.parametrize("method", list(MAPS))
def test_a_map_is_the_same_every_time_and_leaves_everything_as_it_was(toy, source, method):
    network = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Tanh(), nn.Conv2d(4, 2, 1))
    explained = toy(network, classes=[])
    scalar = make_scalar(explained, "chroma", (32, 40))
    before, kept = copy.deepcopy(network.state_dict()), source.clone()
    random_state = torch.get_rng_state()
    first = MAPS[method](scalar, source)
    assert first.shape == (32, 40)
    assert first.min() >= 0
    np.testing.assert_array_equal(first, MAPS[method](scalar, source))
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
    assert torch.equal(source, kept)
    assert not source.requires_grad
    assert torch.equal(torch.get_rng_state(), random_state)
    assert not any(m._forward_hooks or m._backward_hooks or m._forward_pre_hooks for m in network.modules())
