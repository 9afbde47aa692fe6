"""The paper's figures, and what each part does; the contract every generator keeps is in ``test_generators``."""

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from pincel.errors import RecipeError
from pincel.models.generators import build_generator
from pincel.models.generators.vgg16_unet import ChannelGate, ResidualBlock, VGG16UNet


@pytest.fixture(scope="module")
def generator() -> VGG16UNet:
    torch.manual_seed(0)
    return VGG16UNet(classes=8).eval()


def millions(module: torch.nn.Module) -> float:
    return sum(parameter.numel() for parameter in module.parameters()) / 1e6


def test_it_has_the_papers_size(generator):
    assert millions(generator) == pytest.approx(20.27, abs=0.01)
    assert millions(generator.encoder) == pytest.approx(14.71, abs=0.01)  # VGG16's convolutions
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        generator(torch.zeros(1, 1, 128, 128), torch.tensor([0]))
    assert counter.get_total_flops() / 2e9 == pytest.approx(9.24, abs=0.01)


def test_the_stages_and_decoder_have_the_papers_channels_and_sizes(generator):
    shapes = {}

    def remember(name):
        return lambda module, inputs, output: shapes.update({name: tuple(output.shape[1:])})

    hooks = [generator.encoder[end - 1].register_forward_hook(remember(f"encoder {end}")) for end in (4, 9, 16, 23, 30)]
    hooks += [step.register_forward_hook(remember(f"decoder {i}")) for i, step in enumerate(generator.decoder)]
    with torch.no_grad():
        generator(torch.zeros(1, 1, 128, 128))
    for hook in hooks:
        hook.remove()
    assert shapes == {
        "encoder 4": (64, 128, 128),
        "encoder 9": (128, 64, 64),
        "encoder 16": (256, 32, 32),
        "encoder 23": (512, 16, 16),
        "encoder 30": (512, 8, 8),
        "decoder 0": (256, 16, 16),
        "decoder 1": (128, 32, 32),
        "decoder 2": (64, 64, 64),
        "decoder 3": (32, 128, 128),
    }


def test_the_first_three_stages_are_frozen_and_the_last_two_learn(generator):
    learning = {
        index: parameter.requires_grad
        for index, layer in enumerate(generator.encoder)
        for parameter in layer.parameters()
    }
    assert {index for index, learns in learning.items() if not learns} == {0, 2, 5, 7, 10, 12, 14}
    assert {index for index, learns in learning.items() if learns} == {17, 19, 21, 24, 26, 28}


@torch.no_grad()
def test_what_starts_anew_starts_as_dcgan_does(generator):
    step = generator.decoder[0]
    assert step.mix[0][0].weight.std() == pytest.approx(0.02, rel=0.05)
    assert step.refine.first[1].weight.mean() == pytest.approx(1, abs=0.01)
    assert step.refine.first[1].weight.std() == pytest.approx(0.02, rel=0.2)
    assert generator.gate.reduce.weight.std() == pytest.approx(0.02, rel=0.05)
    assert generator.adapter.weight.std() == pytest.approx(0.02, rel=0.5)


@torch.no_grad()
def test_a_label_becomes_a_plane_of_ones_among_planes_of_zeros(generator):
    seen = []
    hook = generator.adapter.register_forward_hook(lambda module, inputs, output: seen.append(inputs[0]))
    source = torch.full((3, 1, 16, 32), 0.25)
    generator(source, torch.tensor([0, 7, 8]))
    generator(source)
    hook.remove()
    labelled, unlabelled = seen
    assert labelled.shape == (3, 9, 16, 32)
    assert (labelled[:, 0] == 0.25).all()
    assert labelled[:, 1:].mean((-2, -1)).argmax(1)[:2].tolist() == [0, 7]
    assert labelled[:, 1:].sum((1, 2, 3)).tolist() == [16 * 32, 16 * 32, 0]  # 8 means unknown
    assert not unlabelled[:, 1:].any()


@torch.no_grad()
def test_the_gate_weighs_channels_at_each_position_by_itself():
    torch.manual_seed(0)
    gate = ChannelGate(16)
    x = torch.randn(1, 16, 4, 5)
    hidden = (gate.reduce.weight[:, :, 0, 0] @ x[0, :, 2, 3] + gate.reduce.bias).clamp(min=0)
    weights = 1 / (1 + torch.exp(-(gate.expand.weight[:, :, 0, 0] @ hidden + gate.expand.bias)))
    assert hidden.shape == (2,)
    torch.testing.assert_close(gate(x)[0, :, 2, 3], x[0, :, 2, 3] * weights)


@torch.no_grad()
def test_a_residual_block_whose_convolutions_are_zero_changes_nothing():
    block = ResidualBlock(3).eval()
    block.second[0].weight.zero_()
    x = torch.rand(1, 3, 6, 6)
    torch.testing.assert_close(block(x), x)


def test_a_wrong_number_of_frozen_stages_is_named():
    with pytest.raises(RecipeError, match="frozen_stages is 0 to 5, not 6"):
        build_generator("vgg16_unet", 1, 2, frozen_stages=6)
