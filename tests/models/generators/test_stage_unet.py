"""The paper's figures, and what each option does; the contract every generator keeps is in ``test_generators``."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from pincel.errors import RecipeError
from pincel.models.generators import build_generator
from pincel.models.generators.stage_unet import NORMS, ResizeConv2d, StageUNet

SMALL = "32k4s2 64k4s2 64k4s2"


def size_and_cost(side: int, **options) -> tuple[float, float]:
    """Millions of parameters and executed GMACs (torch's flop counter, halved), without any arithmetic."""
    with torch.device("meta"):
        generator = StageUNet(**options).eval()
        with FlopCounterMode(display=False) as counter, torch.no_grad():
            generator(torch.zeros(1, generator.in_channels, side, side))
    return sum(p.numel() for p in generator.parameters()) / 1e6, counter.get_total_flops() / 2e9


@pytest.mark.parametrize(
    ("stages", "side", "parameters", "macs"),
    [
        ("pix2pix_256", 256, 54.41, 6.05),
        ("reduced_256", 256, 35.14, 2.32),
        ("pix2pix_128", 128, 41.83, 1.506),
        ("reduced_128", 128, 22.56, 0.575),
        ("pix2pix_64", 64, 29.24, 0.370),
        ("reduced_64", 64, 12.07, 0.139),
    ],
)
def test_the_original_and_the_reduced_have_their_size_and_cost(stages, side, parameters, macs):
    counted, executed = size_and_cost(side, stages=stages)
    assert counted == pytest.approx(parameters, abs=0.005)
    assert executed == pytest.approx(macs, abs=0.005 if macs > 2 else 0.0005)


def test_one_plane_in_saves_what_the_docstring_says():
    (three, macs), (one, fewer) = size_and_cost(256), size_and_cost(256, in_channels=1)
    assert three - one == pytest.approx(2048e-6)
    assert macs - fewer == pytest.approx(2 * 64 * 16 * 128 * 128 / 1e9)


@torch.no_grad()
def test_it_computes_what_pix2pix_computes():
    torch.manual_seed(0)
    generator = StageUNet(1, 2, stages=SMALL).eval()
    state = generator.state_dict()
    for key, value in state.items():  # settled statistics, so that a forgotten norm would show
        if "running" in key:
            value.copy_(torch.rand_like(value) + 0.5)
        elif "weight" in key and value.ndim == 4:
            value.mul_(5)

    def normed(x, name):
        mean, variance = state[f"{name}.running_mean"], state[f"{name}.running_var"]
        scaled = (x - mean[:, None, None]) / (variance[:, None, None] + 1e-5).sqrt()
        return scaled * state[f"{name}.weight"][:, None, None] + state[f"{name}.bias"][:, None, None]

    source = torch.rand(2, 1, 16, 24) * 2 - 1
    one = F.conv2d(source, state["down.0.0.weight"], state["down.0.0.bias"], 2, 1)
    two = normed(F.conv2d(F.leaky_relu(one, 0.2), state["down.1.0.weight"], None, 2, 1), "down.1.1")
    inner = F.conv2d(F.leaky_relu(two, 0.2), state["down.2.0.weight"], state["down.2.0.bias"], 2, 1)
    up = normed(F.conv_transpose2d(F.relu(inner), state["up.0.0.weight"], None, 2, 1), "up.0.1")
    up = normed(F.conv_transpose2d(F.relu(torch.cat([up, two], 1)), state["up.1.0.weight"], None, 2, 1), "up.1.1")
    painted = F.conv_transpose2d(F.relu(torch.cat([up, one], 1)), state["head.weight"], state["head.bias"], 2, 1)
    torch.testing.assert_close(generator(source), painted.tanh(), rtol=0, atol=1e-5)
    assert painted.std() > 0.05


def test_dropout_is_in_the_innermost_stages_and_only_while_training():
    def places(**options) -> list[bool]:
        generator = StageUNet(stages="8k4s2 8k4s2 8k4s2 8k4s2 8k4s2", **options)
        return [any(isinstance(layer, nn.Dropout) for layer in stage) for stage in generator.up]

    assert places() == [True, True, True, False]
    assert places(dropout_stages=1) == [True, False, False, False]
    assert places(dropout_stages=9) == [True] * 4
    assert places(dropout=0.0) == places(dropout_stages=0) == [False] * 4
    generator = StageUNet(stages=SMALL, norm="instance")
    source = torch.rand(1, 3, 16, 16)
    assert not torch.equal(generator(source), generator(source))
    assert torch.equal(generator.eval()(source), generator(source))


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("upsampling", ["transposed", "resize"])
def test_one_picture_of_the_smallest_size_can_be_learnt_from(norm, upsampling):
    torch.manual_seed(0)
    generator = StageUNet(stages=SMALL, norm=norm, upsampling=upsampling)
    seen = []
    generator.down[-1].register_forward_hook(lambda module, inputs, output: seen.append(output.clone()))
    generator(torch.rand(1, 3, 8, 8)).square().sum().backward()
    assert seen[0].shape == (1, 64, 1, 1)
    assert seen[0].abs().max() > 0  # a norm over one pixel would leave nothing
    assert all(parameter.grad.isfinite().all() for parameter in generator.parameters())


def test_norms_are_where_pix2pix_has_them_and_biases_where_no_norm_follows():
    generator = StageUNet(stages="16k4s2 32k4s2 64k4s2 64k4s2")
    assert [any(isinstance(layer, nn.BatchNorm2d) for layer in stage) for stage in generator.down] == [
        False,
        True,
        True,
        False,
    ]
    assert all(isinstance(stage[1], nn.BatchNorm2d) for stage in generator.up)
    assert [stage[0].bias is not None for stage in generator.down] == [True, False, False, True]
    assert [stage[0].bias is not None for stage in generator.up] == [False] * 3
    assert generator.head.bias is not None
    bare = StageUNet(stages="16k4s2 32k4s2", norm="none")
    assert all(stage[0].bias is not None for stage in [*bare.down, *bare.up])


def test_groups_have_sixteen_channels_where_they_can():
    norms = [
        m for m in StageUNet(stages="8k4s2 64k4s2 40k4s2 64k4s2", norm="group").modules() if hasattr(m, "num_groups")
    ]
    assert {(norm.num_channels, norm.num_channels // norm.num_groups) for norm in norms} == {(64, 16), (40, 8), (8, 8)}


@torch.no_grad()
def test_skips_carry_the_detail_that_the_innermost_pixel_cannot():
    torch.manual_seed(0)
    with_skips, without = (StageUNet(stages=SMALL, norm="none", skips=skips).eval() for skips in (True, False))
    assert [stage[0].in_channels for stage in with_skips.up] == [64, 128]
    assert [stage[0].in_channels for stage in without.up] == [64, 64]
    for generator in (with_skips, without):
        generator.down[-1][0].weight.zero_()  # the innermost stage sees nothing
    one, other = torch.rand(2, 1, 3, 8, 8)
    assert torch.equal(without(one), without(other))
    assert not torch.equal(with_skips(one), with_skips(other))


@pytest.mark.parametrize(("stage", "kernel", "scale"), [("k4s2", 3, 2), ("k8s4", 5, 4), ("k2s2", 1, 2), ("k3s1", 3, 1)])
def test_resizing_sees_as_many_pixels_as_a_transposed_convolution(stage, kernel, scale):
    def seen(upsampling: str) -> int:
        """Input pixels that one output pixel in the middle depends on, along a row."""
        head = StageUNet(stages=f"8{stage} 8k4s2", upsampling=upsampling, norm="none").head
        source = torch.rand(1, head.in_channels, 9, 9, requires_grad=True)
        painted = head(source)
        assert painted.shape == (1, 3, 9 * scale, 9 * scale)
        painted[0, 0, 4 * scale, 4 * scale].backward()
        return int((source.grad.abs().sum((0, 1, 2)) > 0).sum())

    head = StageUNet(stages=f"8{stage} 8k4s2", upsampling="resize").head
    assert isinstance(head, ResizeConv2d)
    assert (head.kernel_size, head.scale) == ((kernel, kernel), scale)
    assert seen("resize") == seen("transposed")


@torch.no_grad()
def test_resizing_leaves_no_checkerboard_on_an_even_surface():
    torch.manual_seed(0)
    flat = torch.ones(1, 16, 8, 8)
    for upsampling, even in (("resize", True), ("transposed", False)):
        head = StageUNet(stages="8k4s2 8k4s2", upsampling=upsampling, norm="none").head
        inside = head(flat)[..., 4:-4, 4:-4]
        assert (inside.std((-2, -1)).max() < 1e-6) == even


@torch.no_grad()
def test_it_starts_as_dcgan_does():
    torch.manual_seed(0)
    generator = StageUNet(stages="64k4s2 128k4s2 128k4s2")
    for weight in (generator.down[1][0].weight, generator.up[0][0].weight, generator.head.weight):
        assert weight.std() == pytest.approx(0.02, rel=0.05)
    assert generator.down[1][1].weight.std() == pytest.approx(0.02, rel=0.3)


def test_a_single_stage_is_a_network():
    assert StageUNet(1, 2, stages="8k4s2")(torch.zeros(1, 1, 5, 7)).shape == (1, 2, 5, 7)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"stages": "64k2s4"}, "smaller than its stride"),
        ({"norm": "layer"}, "unknown norm 'layer'; known: batch, group, instance, none"),
        ({"upsampling": "shuffle"}, "unknown upsampling 'shuffle'; known: resize, transposed"),
        ({"dropout": 1.0}, "dropout is from 0 to below 1, not 1.0"),
        ({"dropout_stages": -1}, "dropout_stages is 0 or more"),
    ],
)
def test_a_wrong_option_is_named(options, said):
    with pytest.raises(RecipeError, match=said):
        build_generator("stage_unet", 3, 3, **options)
