import numpy as np
import pytest
import torch
from torch import nn

from pincel.explain.faithfulness import block_means, check_map, random_responses, randomised, respond
from pincel.explain.maps import MAPS, SIGNED
from pincel.explain.scalars import make_scalar


def check(explained, source, values, method="saliency", name="a"):
    scalar = make_scalar(explained, name, (32, 40))
    return check_map(
        explained,
        lambda one: make_scalar(one, name, (32, 40)),
        MAPS[method],
        values,
        source,
        random_responses(scalar, source),
        SIGNED.get(method),
    )


def test_the_true_map_beats_random_orders_and_a_wrong_one_does_not(toy, inside):
    source = torch.linspace(-0.9, 0.9, 32 * 40).view(1, 1, 32, 40)
    true = check(toy(), source, inside.astype(np.float32))
    assert true.response.gain >= max(true.chance_gains)  # an order by chance may begin with the right squares
    assert true.response.gain > sum(true.chance_gains) / len(true.chance_gains)
    wrong = check(toy(), source, 1 - inside.astype(np.float32))
    assert any("no more than taking away random squares" in failure for failure in wrong.failures)


def test_a_linear_network_is_told_without_infidelity_and_with_a_steady_map(toy, source, inside):
    checks = check(toy(), source, inside.astype(np.float32))
    assert checks.infidelity == pytest.approx(0, abs=1e-4)
    assert checks.sensitivity == pytest.approx(0, abs=1e-4)


def test_a_map_that_does_not_hang_on_the_weights_fails(toy, source, inside):
    checks = check(toy(), source, inside.astype(np.float32))  # the toy's region is not a weight: shuffling keeps it
    assert checks.untrained == pytest.approx(1)
    assert any("shuffled weights" in failure for failure in checks.failures)


def test_deletion_ends_where_insertion_begins(toy, source):
    found = respond(make_scalar(toy(), "a", (32, 40)), source, np.arange(20))
    assert found.deletion[0] == found.insertion[-1] == pytest.approx(0, abs=1e-5)
    assert found.deletion[-1] == pytest.approx(found.insertion[0])


def test_shuffling_keeps_the_values_and_the_original():
    network = nn.Conv2d(1, 8, 3)
    twin, before = randomised(network), network.weight.clone()
    assert not torch.equal(twin.weight, network.weight)
    assert torch.equal(twin.weight.flatten().sort().values, network.weight.flatten().sort().values)
    assert torch.equal(network.weight, before)


def test_blocks_at_the_edge_may_be_smaller():
    values = np.zeros((10, 9))
    values[8:, 8:] = 5
    assert block_means(values).tolist() == [[0, 0], [0, 5]]
