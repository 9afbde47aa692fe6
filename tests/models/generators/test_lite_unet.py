import pytest
import torch
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from pincel.errors import RecipeError
from pincel.models.generators import build_generator
from pincel.models.generators.lite_unet import LiteUNet


@pytest.fixture(scope="module")
def network() -> LiteUNet:
    torch.manual_seed(0)
    return LiteUNet().eval()


def test_it_has_about_four_million_parameters(network):
    assert 3.5e6 < sum(parameter.numel() for parameter in network.parameters()) < 4.5e6


@torch.no_grad()
def test_it_executes_less_than_half_a_billion_macs_at_128_px(network):
    with FlopCounterMode(display=False) as counter:
        network(torch.zeros(1, 1, 128, 128))
    macs = counter.get_total_flops() / 2  # the counter counts a multiply-accumulate as two operations
    assert 0.2e9 < macs < 0.5e9


@torch.no_grad()
def test_one_plane_is_shown_to_all_three_inputs_of_the_encoder(network):
    color = LiteUNet(3, 2).eval()
    color.load_state_dict(network.state_dict())
    light = torch.rand(1, 1, 32, 64)
    torch.testing.assert_close(network(light), color(light.repeat(1, 3, 1, 1)), rtol=0, atol=1e-6)
    planes = torch.rand(1, 3, 32, 64)
    assert not torch.allclose(color(planes), color(planes.flip(1)))


@torch.no_grad()
def test_the_label_changes_nothing(network):
    light = torch.rand(2, 1, 32, 32)
    assert torch.equal(network(light), network(light, torch.tensor([3, 5])))


@torch.no_grad()
def test_what_the_whole_picture_is_about_is_added_everywhere_alike(network):
    seen = {}
    hooks = [
        network.encoder.register_forward_hook(lambda module, inputs, output: seen.update(features=output)),
        network.decoder[0].register_forward_pre_hook(lambda module, inputs: seen.update(entering=inputs[0])),
    ]
    network(torch.rand(2, 1, 96, 128))
    for hook in hooks:
        hook.remove()
    deepest = seen["features"][-1]
    linear = network.context[0]
    vector = F.relu(F.linear(deepest.mean((2, 3)), linear.weight, linear.bias))
    assert vector.abs().max() > 0
    expected = deepest + vector.reshape(2, -1, 1, 1)
    torch.testing.assert_close(seen["entering"], expected, rtol=1e-5, atol=1e-6)


@torch.no_grad()
def test_each_decoder_step_sees_the_encoders_features_of_twice_its_size(network):
    seen = {}
    hooks = [network.encoder.register_forward_hook(lambda module, inputs, output: seen.update(features=output))]
    for i, step in enumerate(network.decoder):
        hooks.append(step.register_forward_pre_hook(lambda module, inputs, i=i: seen.update({i: inputs})))
    network(torch.rand(1, 1, 64, 96))
    for hook in hooks:
        hook.remove()
    assert [tuple(f.shape[1:]) for f in seen["features"]] == [
        (16, 32, 48),
        (24, 16, 24),
        (40, 8, 12),
        (112, 4, 6),
        (320, 2, 3),
    ]
    for i in range(4):
        x, skip = seen[i]
        assert torch.equal(skip, seen["features"][3 - i])
        assert (2 * x.shape[2], 2 * x.shape[3]) == tuple(skip.shape[2:])


@torch.no_grad()
def test_it_paints_at_half_the_size_and_brings_the_planes_up_bilinearly(network):
    seen = {}
    hook = network.head.register_forward_hook(lambda module, inputs, output: seen.update(head=output))
    painted = network(torch.rand(1, 1, 64, 96))
    hook.remove()
    assert seen["head"].shape == (1, 2, 32, 48)
    half = torch.tanh(seen["head"])
    # halfway between pixel centres, bilinear weights are 9, 3, 3, 1 sixteenths
    wanted = (9 * half[..., 4, 7] + 3 * half[..., 4, 8] + 3 * half[..., 5, 7] + half[..., 5, 8]) / 16
    torch.testing.assert_close(painted[..., 9, 15], wanted, rtol=1e-5, atol=1e-7)


def test_a_fresh_network_paints_almost_grey():
    torch.manual_seed(1)
    assert LiteUNet()(torch.rand(2, 1, 64, 64)).abs().max() < 0.5


def test_decoder_widths_are_an_option():
    narrow = LiteUNet(decoder_channels=(8, 8, 8, 8))
    assert [step.mix[0].out_channels for step in narrow.decoder] == [8, 8, 8, 8]
    assert narrow.head.in_channels == 8


@pytest.mark.parametrize("planes", [0, 2, 4])
def test_it_takes_one_or_three_planes(planes):
    with pytest.raises(ValueError, match=f"1 or 3 input planes, not {planes}"):
        LiteUNet(planes, 2)


@pytest.mark.parametrize("widths", [[8, 8], [8, 8, 8], [8] * 6])
def test_a_wrong_number_of_decoder_widths_is_refused_at_once(widths):
    with pytest.raises(RecipeError, match=r"decoder_channels.*4"):
        build_generator("lite_unet", 1, 2, decoder_channels=widths)


@torch.no_grad()
def test_a_fifth_step_sees_the_source_at_full_size():
    network = LiteUNet(1, 3, decoder_channels=[8, 8, 8, 8, 8]).eval()
    torch.nn.init.normal_(network.head.weight)  # as it starts it hardly paints
    source = torch.zeros(1, 1, 64, 64)
    dotted = source.clone()
    dotted[..., 30, 30] = 1.0
    sharp = (network(dotted) - network(source)).abs().sum(1)[0]
    fine = sharp[28:33, 28:33]
    assert fine.max() > 0
    smooth = LiteUNet(1, 3, decoder_channels=[8, 8, 8, 8]).eval()
    assert smooth(dotted).shape == network(dotted).shape == (1, 3, 64, 64)
    assert network.decoder[4].mix[0].in_channels == 8 + 1


@torch.no_grad()
@pytest.mark.parametrize("steps", [3, 4])
def test_a_shorter_encoder_gives_what_the_whole_one_gives_at_its_strides(network, steps):
    short = LiteUNet(decoder_channels=[8] * steps, encoder_steps=steps).eval()
    short.encoder.load_state_dict(network.encoder.state_dict(), strict=False)
    light = torch.rand(1, 3, 64, 64)
    for ours, whole in zip(short.encoder(light), network.encoder(light)[:steps], strict=True):
        assert torch.equal(ours, whole)
    assert short.size_multiple == 2**steps
    assert short(torch.rand(1, 1, 30, 45)).shape == (1, 2, 30, 45)
    assert sum(p.numel() for p in short.encoder.parameters()) < 0.3 * sum(
        p.numel() for p in network.encoder.parameters()
    )


@pytest.mark.parametrize("steps", [2, 6])
def test_other_numbers_of_encoder_steps_are_refused(steps):
    with pytest.raises(RecipeError, match=f"encoder_steps is 3, 4 or 5, not {steps}"):
        build_generator("lite_unet", 1, 2, encoder_steps=steps)
