import numpy as np
import torch
from torch import nn

from pincel.explain.receptive import mass_side, reachable, receptive_field
from pincel.models.discriminators.patchgan import PatchGAN
from pincel.models.generators.query_unet import QueryUNet


def test_the_reachable_part_of_convolutions_is_their_receptive_field(source):
    network = nn.Sequential(nn.Conv2d(1, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU(), nn.Conv2d(3, 2, 5, padding=2))
    found = receptive_field(network.eval(), source, 15, 20)
    assert found.theoretical == (7, 7)
    rows, columns = np.nonzero(found.reachable)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (12, 18, 17, 23)
    assert not found.effective[~found.reachable].any()
    assert found.half <= found.most <= 7


def test_pooling_reaches_all_of_its_window_even_where_another_pixel_wins(source):
    network = nn.Sequential(nn.MaxPool2d(4), nn.Upsample(scale_factor=4))
    assert reachable(network, source, 9, 9).sum() == 16


def test_attention_and_queries_reach_the_whole_picture():
    network = QueryUNet(widths=(32, 24, 16, 16, 8), depths=(1, 1), queries=6, query_width=16).eval()
    found = receptive_field(network, torch.rand(1, 1, 96, 128) * 2 - 1, 40, 50)
    assert found.theoretical == (96, 128)
    assert found.reachable.all()


def test_a_patch_of_the_discriminator_sees_70_pixels():
    critic = PatchGAN(1, width=2, norm="none").eval()
    assert reachable(critic.layers, torch.zeros(1, 1, 96, 96), 5, 5).sum() == 70 * 70


def test_the_network_keeps_its_weights(source):
    network = nn.Conv2d(1, 2, 3, padding=1)
    before = network.weight.clone()
    receptive_field(network, source, 5, 5)
    assert torch.equal(network.weight, before)
    assert network.weight.dtype == torch.float32


def test_the_side_that_holds_a_share_is_centred_on_the_pixel():
    values = np.zeros((9, 9))
    values[4, 4], values[4, 7] = 1, 1
    assert mass_side(values, 4, 4, 0.5) == 1
    assert mass_side(values, 4, 4, 0.95) == 7
