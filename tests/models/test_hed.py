import numpy as np
import pytest
import torch

from pincel.models.hed import HED, MEAN_BGR, STAGE_CHANNELS


@pytest.fixture
def network():
    torch.manual_seed(0)
    return HED().eval()


def only_side(network, number, shift=0.0):
    """Let the network answer with one of its side outputs, which averages its features."""
    with torch.no_grad():
        network.fuse.weight.zero_()
        network.fuse.weight[0, number] = 1
        network.fuse.bias.fill_(shift)


def test_it_has_the_published_size_and_keys(network):
    vgg = 3 * 64 * 9 + 64 * 64 * 9 + 64 * 128 * 9 + 128 * 128 * 9 + 128 * 256 * 9 + 2 * 256 * 256 * 9
    vgg += 256 * 512 * 9 + 5 * 512 * 512 * 9 + 2 * 64 + 2 * 128 + 3 * 256 + 6 * 512
    assert sum(p.numel() for p in network.parameters()) == vgg + sum(STAGE_CHANNELS) + 5 + 6
    keys = set(network.state_dict())
    assert len(keys) == 2 * (13 + 5 + 1)
    assert {"features.0.weight", "features.28.bias", "dsn1.weight", "dsn5.bias", "fuse.weight"} <= keys
    assert "mean" not in keys


def test_any_size_in_is_the_size_out_between_0_and_1(network):
    for height, width in ((16, 16), (17, 33), (1, 5)):
        with torch.no_grad():
            edges = network(torch.rand(1, 3, height, width) * 255)
        assert edges.shape == (1, 1, height, width)
        assert edges.min() >= 0
        assert edges.max() <= 1


def test_it_sees_bgr_minus_the_mean(network):
    seen = []
    network.features[0].register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    rgb = torch.zeros(1, 3, 16, 16)
    rgb[:, 0] = 255  # red
    network(rgb)
    assert torch.allclose(seen[0][0, :, 0, 0], torch.tensor([0.0, 0.0, 255.0]) - torch.tensor(MEAN_BGR))


@pytest.mark.parametrize("number", range(5))
def test_every_side_output_lies_where_the_picture_is(network, number):
    """All convolutions pass their centre pixel on: side outputs are then blurs of the picture about pixel centres."""
    with torch.no_grad():
        for layer in network.features:
            if isinstance(layer, torch.nn.Conv2d):
                layer.weight.zero_()
                layer.weight[:, :, 1, 1] = 1 / layer.in_channels
                layer.bias.zero_()
        for side in (network.dsn1, network.dsn2, network.dsn3, network.dsn4, network.dsn5):
            side.weight.fill_(1 / side.in_channels)
            side.bias.zero_()
    network.mean.zero_()
    only_side(network, number)
    square = torch.zeros(1, 3, 96, 96)
    square[..., 32:64, 32:64] = 1
    with torch.no_grad():
        found = torch.logit(network(square))[0, 0].numpy()
    found = np.maximum(found, 0)
    for axis in (0, 1):
        weights = found.sum(axis=1 - axis)
        assert (weights * np.arange(96)).sum() / weights.sum() == pytest.approx(47.5, abs=0.01)
