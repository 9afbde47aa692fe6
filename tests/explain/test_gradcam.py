import numpy as np
import pytest
import torch
from torch import nn

from pincel.errors import PincelError
from pincel.explain.gradcam import Layer, default_layers, gradcam, list_layers, pick_layer, subject_share
from pincel.explain.scalars import make_scalar
from pincel.models.generators.lite_unet import LiteUNet
from pincel.models.generators.query_unet import QueryUNet
from pincel.models.generators.stage_unet import StageUNet


def test_only_where_the_layer_is_active_and_raises_the_scalar(toy, inside):
    explained = toy()
    bright = torch.ones(1, 1, 32, 40)
    scalar = make_scalar(explained, "a", (32, 40))
    found = gradcam(scalar, bright, explained.network.first)
    assert (found > 0).tolist() == inside.tolist()
    # both channels are 0.5 inside; the mean of their gradient over the map is 0.3 * 110 / 64
    assert found[inside] == pytest.approx(110 * 0.3 / 64 * 0.5 * 2 * scalar.pixels, rel=1e-4)
    assert not gradcam(scalar, -bright, explained.network.first).any()  # it lowers the scalar there
    assert not any(module._forward_hooks or module._backward_hooks for module in explained.network.modules())


def test_mass_on_the_subject_is_compared_with_its_area(inside):
    values = np.where(inside, 3.0, 1.0)
    share = subject_share(values, inside, "given")
    assert share.mass == pytest.approx(3 * 64 / (3 * 64 + 32 * 40 - 64))
    assert share.area == pytest.approx(64 / (32 * 40))
    assert share.concentration == pytest.approx(share.mass / share.area)
    assert np.isnan(subject_share(np.zeros((32, 40)), inside, "given").mass)


def test_layers_come_with_their_sizes_and_an_unknown_one_names_some(toy, source):
    network = toy().network
    layers = list_layers(network, source)
    assert [(one.name, one.channels, one.height, one.width) for one in layers] == [
        ("first", 2, 32, 40),
        ("second", 1, 32, 40),
    ]
    assert pick_layer(network, layers, "second") is network.second
    with pytest.raises(PincelError, match="unknown layer 'third'; known: first, second .--list-layers shows all 2"):
        pick_layer(network, layers, "third")
    assert not any(module._forward_hooks for module in network.modules())


def test_the_defaults_are_the_bottleneck_and_the_last_encoder_stage():
    lite = LiteUNet(classes=2, decoder_channels=(8, 8, 8, 8)).eval()
    assert default_layers(list_layers(lite, torch.zeros(1, 1, 128, 128)), lite) == ["labels.0", "encoder.blocks.6"]
    queries = QueryUNet(widths=(32, 24, 16, 16, 8), depths=(1, 1), queries=6, query_width=16).eval()
    assert default_layers(list_layers(queries, torch.zeros(1, 1, 128, 128)), queries) == ["deep", "encoder.blocks.6"]
    stages = StageUNet(1, 2, stages="4k4s2 4k4s2 4k4s2 4k4s2").eval()
    assert default_layers(list_layers(stages, torch.zeros(1, 1, 32, 32)), stages) == [
        "up.0",
        "down.2",
    ]  # 4 x 4; 2 x 2 says little


def test_it_works_through_layers_that_change_their_input_in_place(toy, source):
    network = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(inplace=True), nn.Conv2d(4, 2, 1))
    scalar = make_scalar(toy(network, classes=[]), "chroma", (32, 40))
    assert gradcam(scalar, source, network[0]).shape == (32, 40)


def test_where_the_bottleneck_is_the_last_stage_the_one_before_it_is_the_second(toy):
    layers = [
        Layer("encoder.blocks.5", 192, 8, 8),
        Layer("encoder.blocks.6.bn1", 1152, 8, 8),
        Layer("encoder.blocks.6.bn2", 1152, 4, 4),
        Layer("encoder.blocks.6", 320, 4, 4),
        Layer("decoder.0", 144, 8, 8),
    ]
    assert default_layers(layers, toy().network) == ["encoder.blocks.6", "encoder.blocks.5"]


def test_a_margin_counts_both_of_its_paintings(toy, source):
    class Labelled(nn.Module):
        """a is the label's number times 0.1 times a feature: 0.1 and -0.2 in labels 1 and 2."""

        def __init__(self):
            super().__init__()
            self.feature = nn.Conv2d(1, 1, 1, bias=False)
            nn.init.ones_(self.feature.weight)

        def forward(self, x, label=None):
            strength = torch.tensor([0.0, 0.1, -0.2])[label][:, None, None, None]
            return torch.cat([self.feature(x) * strength, torch.zeros_like(x)], dim=1)

    explained = toy(Labelled())
    bright = torch.full((1, 1, 32, 40), 0.5)
    scalar = make_scalar(explained, "margin", (32, 40), between=("boat", "cloud"))
    found = gradcam(scalar, bright, explained.network.feature)
    # |a1 - a2| = 110 * 0.3 * feature: its slope on the mean feature, times the feature of 0.5
    assert found == pytest.approx(np.full((32, 40), 110 * 0.3 * 0.5), rel=1e-3)
