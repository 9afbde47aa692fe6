import copy

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from pincel.training.average import Average


def learnt(network: nn.Module, seed: int) -> None:
    """Change everything that a step changes: weights, and the norm's statistics and count."""
    random = torch.Generator().manual_seed(seed)
    network(torch.randn(4, 3, 5, 5, generator=random))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += torch.randn(parameter.shape, generator=random)


def test_it_is_torchs_average_with_a_growing_decay_to_the_bit():
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))

    def average(averaged, current, seen):
        get_ema_multi_avg_fn(min(0.5, (1 + float(seen)) / (10 + float(seen))))(averaged, current, seen)

    ours, torchs = Average(network, 0.5), AveragedModel(network, multi_avg_fn=average, use_buffers=True)
    for seed in range(12):
        learnt(network, seed)
        for one in (ours, torchs):
            one.update_parameters(network)
        found, wanted = ours.state_dict(), torchs.state_dict()
        assert found.keys() == wanted.keys()
        assert all(torch.equal(found[name], wanted[name]) for name in wanted)


def test_it_goes_on_from_a_checkpoint():
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    whole = Average(network, 0.9)
    whole.update_parameters(network)
    learnt(network, 0)
    parts = Average(network, 0.9)
    parts.load_state_dict(copy.deepcopy(whole.state_dict()))
    for one in (whole, parts):
        one.update_parameters(network)
    assert all(torch.equal(value, parts.state_dict()[name]) for name, value in whole.state_dict().items())
