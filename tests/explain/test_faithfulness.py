import numpy as np
import pytest
import torch
from torch import nn

from pincel.explain.explained import load_explained
from pincel.explain.faithfulness import (
    block_means,
    check_map,
    random_responses,
    randomised_models,
    randomised_network,
    respond,
)
from pincel.explain.maps import MAPS, SIGNED, saliency
from pincel.explain.scalars import BOTH, make_scalar


def check(explained, source, values, method="saliency", name="a"):
    scalar = make_scalar(explained, name, (32, 40))
    return check_map(
        explained,
        lambda model, x: MAPS[method](make_scalar(model, name, (32, 40)), x),
        scalar,
        values,
        source,
        random=random_responses(scalar, source),
        randomised=randomised_models(explained),
        slopes=SIGNED[method](scalar, source),
    )


def test_the_true_map_beats_random_orders_and_a_wrong_one_does_not(toy, inside):
    source = torch.linspace(-0.9, 0.9, 32 * 40).view(1, 1, 32, 40)
    true = check(toy(), source, inside.astype(np.float32))
    assert true.response.gain >= max(true.chance_gains)  # an order by chance may begin with the right squares
    assert true.response.gain > sum(true.chance_gains) / len(true.chance_gains)
    wrong = check(toy(), source, 1 - inside.astype(np.float32))
    assert "no more than taking away random squares" in wrong.failures["order"]


def test_a_linear_network_is_told_without_infidelity_and_with_a_steady_map(toy, source):
    checks = check(toy(), source, saliency(make_scalar(toy(), "a", (32, 40)), source))
    assert checks.infidelity == pytest.approx(0, abs=1e-4)
    assert checks.sensitivity == pytest.approx(0, abs=1e-4)


def test_a_map_that_does_not_hang_on_the_weights_fails(toy, source, inside):
    checks = check(toy(), source, inside.astype(np.float32))  # the toy's region is not a weight: shuffling keeps it
    assert checks.untrained == pytest.approx(1)
    assert "shuffled weights" in checks.failures["weights"]


def test_a_map_of_the_weights_alone_passes_the_shuffling(toy, source):
    class Weighed(nn.Module):
        """Paints the mean of the picture weighed by a plane of weights, most of them zero."""

        def __init__(self):
            super().__init__()
            plane = torch.zeros(32, 40)
            plane[4:8, 4:12] = torch.linspace(0.5, 1, 32).view(4, 8)
            self.plane = nn.Parameter(plane, requires_grad=False)

        def forward(self, x, label=None):
            return (x * self.plane).mean((-2, -1), keepdim=True).expand(-1, 2, *x.shape[-2:])

    explained = toy(Weighed(), classes=[])
    checks = check(explained, source, saliency(make_scalar(explained, "a", (32, 40)), source))
    assert abs(checks.untrained) < 0.2
    assert not checks.failures


def test_a_network_that_jumps_has_an_unsteady_map(toy):
    class Jump(nn.Module):
        """Its slope is 0 below a lightness of 0 and 1 above."""

        def forward(self, x, label=None):
            return x.clamp(min=0).expand(-1, 2, -1, -1)

    explained = toy(Jump(), classes=[])
    level = torch.full((1, 1, 32, 40), -1e-3)
    level[..., :1] = 0.5  # so that the map itself is not zero
    checks = check(explained, level, saliency(make_scalar(explained, "a", (32, 40)), level))
    assert checks.sensitivity > 1
    assert "hardly shows" in checks.failures["unsteady"]


def test_two_numbers_are_as_far_as_both_of_them_together(toy, source):
    def away(name):
        return respond(make_scalar(toy(Planes(), classes=[]), name, (32, 40)), source, np.arange(20)).deletion

    class Planes(nn.Module):
        def forward(self, x, label=None):
            return torch.cat([x, -0.5 * x], dim=1)

    assert away(BOTH) == pytest.approx(np.hypot(away("a"), away("b")), abs=1e-4)


def test_a_file_is_checked_but_for_its_weights(make_labelled_model, source):
    explained = load_explained(make_labelled_model())
    scalar = make_scalar(explained, "b", (32, 40), label=0)
    values = MAPS["occlusion"](scalar, source)
    checks = check_map(
        explained,
        lambda model, x: MAPS["occlusion"](make_scalar(model, "b", (32, 40), label=0), x),
        scalar,
        values,
        source,
        random=random_responses(scalar, source),
        randomised=randomised_models(explained),
        perturbations=1,
    )
    assert checks.untrained is None
    assert checks.infidelity is None
    assert "weights" not in checks.failures
    assert list(checks.failures) == ["empty"]  # its colour hangs on the label alone


def test_deletion_ends_where_insertion_begins(toy, source):
    found = respond(make_scalar(toy(), "a", (32, 40)), source, np.arange(20))
    assert found.deletion[0] == found.insertion[-1] == pytest.approx(0, abs=1e-5)
    assert found.deletion[-1] == pytest.approx(found.insertion[0])


def test_shuffling_keeps_the_values_and_the_original():
    network = nn.Conv2d(1, 8, 3)
    copied, before = randomised_network(network), network.weight.clone()
    assert not torch.equal(copied.weight, network.weight)
    assert torch.equal(copied.weight.flatten().sort().values, network.weight.flatten().sort().values)
    assert torch.equal(network.weight, before)


def test_blocks_at_the_edge_may_be_smaller():
    values = np.zeros((10, 9))
    values[8:, 8:] = 5
    assert block_means(values).tolist() == [[0, 0], [0, 5]]
