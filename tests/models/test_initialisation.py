import torch
from torch import nn

from pincel.models.initialisation import initialise_dcgan


def test_weights_follow_dcgans_distributions():
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(32, 64, 4), nn.BatchNorm2d(4096), nn.ReLU(), nn.Sequential(nn.ConvTranspose2d(64, 32, 4))
    )
    assert initialise_dcgan(network) is network
    for conv in (network[0], network[3][0]):
        # 32 * 64 * 16 = 32,768 draws: the standard errors are 1.1e-4 and 8e-5
        assert abs(conv.weight.mean()) < 5e-4
        assert abs(conv.weight.std() - 0.02) < 4e-4
        assert (conv.bias == 0).all()
        share_within_one_sigma = (conv.weight.abs() < 0.02).float().mean()
        assert abs(share_within_one_sigma - 0.6827) < 0.015  # normal, not uniform
    norm = network[1]
    assert abs(norm.weight.mean() - 1) < 2e-3
    assert abs(norm.weight.std() - 0.02) < 2e-3
    assert (norm.bias == 0).all()


def test_convolutions_without_bias_and_other_layers_are_fine():
    network = nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), nn.InstanceNorm2d(4, affine=True), nn.Linear(4, 2))
    before = {name: value.clone() for name, value in network.state_dict().items()}
    initialise_dcgan(network)
    changed = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    assert changed == {"0.weight"}
