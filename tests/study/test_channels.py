"""What pruning cuts, and that nothing else changes."""

import pytest
import torch
from torch import nn

from pincel.errors import PincelError, RecipeError
from pincel.export.export import executed_macs
from pincel.models.generators import build_generator
from pincel.study.channels import remove_channels

STAGES = "16k4s2 24k8s4 32k4s2"


def network(name: str = "stage_unet", classes: int = 0, **options) -> nn.Module:
    """Lively, with settled norms."""
    torch.manual_seed(3)
    generator = build_generator(name, 1, 3, classes, **options)
    with torch.no_grad():
        for module in generator.modules():
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d) and name == "stage_unet":
                module.weight.mul_(4)
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.5, 1.5)
                module.bias.normal_(0, 0.1)
    return generator.eval()


def silence(generator: nn.Module, conv: str, norm: str | None, channels: range) -> None:
    """Make output channels of a layer zero, without touching who reads them."""
    layer = generator.get_submodule(conv)
    weight = layer.weight.transpose(0, 1) if isinstance(layer, nn.ConvTranspose2d) else layer.weight
    with torch.no_grad():
        for tensor in (weight, layer.bias):
            if tensor is not None:
                tensor[channels.start : channels.stop] = 0
        if norm is not None:
            for tensor in (generator.get_submodule(norm).weight, generator.get_submodule(norm).bias):
                tensor[channels.start : channels.stop] = 0


def unread(generator: nn.Module, layer: str, inputs: range) -> None:
    """Let a layer ignore some of its inputs, so that their importance is what makes them, which is zero."""
    weight = generator.get_submodule(layer).weight
    with torch.no_grad():
        place = weight if isinstance(generator.get_submodule(layer), nn.ConvTranspose2d) else weight.transpose(0, 1)
        place[inputs.start : inputs.stop] = 0


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"norm": "instance"},
        {"norm": "none"},
        {"upsampling": "resize"},
        {"skips": False},
    ],
)
def test_channels_that_are_zero_go_first_and_the_picture_stays_the_same(options):
    whole = network(stages=STAGES, **options)
    normed, skips = options.get("norm") != "none", options.get("skips", True)
    silence(whole, "down.1.0", "down.1.1" if normed else None, range(3, 19))  # 16 of 24
    silence(whole, "up.0.0", "up.0.1" if normed else None, range(8))  # 8 of 24
    unread(whole, "down.2.0", range(3, 19))
    unread(whole, "up.1.0", range(8))
    if skips:
        unread(whole, "up.1.0", range(24 + 3, 24 + 19))
    small = build_generator("stage_unet", 1, 3, **options, stages="16k4s2 8k8s4 32k4s2", decoder_filters=[16, 16])
    target = executed_macs(small, 32, 32)
    pruned = remove_channels("stage_unet", whole, {"stages": STAGES, **options}, target, 32)
    assert pruned.options == {
        "stages": "16k4s2 8k8s4 32k4s2",
        "decoder_filters": [16, 16],
        **options,
    }
    assert pruned.macs == target
    assert pruned.kept["down.1.0"] == (8, 24)
    source = torch.rand(2, 1, 40, 33) * 2 - 1
    with torch.no_grad():
        painted = whole(source)
        assert painted.std() > 0.05
        torch.testing.assert_close(pruned.generator(source), painted, rtol=0, atol=1e-5)


def test_the_decoder_of_lite_unet_is_pruned_with_its_labels_and_its_encoder_is_not():
    widths = [16, 16, 16, 16]
    whole = network("lite_unet", classes=2, decoder_channels=widths)
    silence(whole, "decoder.1.mix.0", "decoder.1.mix.1", range(8))
    with torch.no_grad():
        whole.get_submodule("labels.2.vectors").weight[:, 8:].normal_()
    unread(whole, "decoder.2.mix.0", range(8))
    target = executed_macs(build_generator("lite_unet", 1, 3, 2, decoder_channels=[16, 8, 16, 16]), 64, 64)
    pruned = remove_channels("lite_unet", whole, {"decoder_channels": widths}, target, 64)
    assert pruned.options == {"decoder_channels": [16, 8, 16, 16]}
    source, label = torch.rand(2, 1, 64, 64) * 2 - 1, torch.tensor([0, 2])
    with torch.no_grad():
        torch.testing.assert_close(pruned.generator(source, label), whole(source, label), rtol=0, atol=1e-5)


@pytest.mark.parametrize("share", [0.25, 0.5, 0.8])
@pytest.mark.parametrize("importance", ["magnitude", "norm"])
def test_the_target_is_kept_and_used(share, importance):
    whole = network(stages="64k4s2 96k4s2 96k4s2")
    before = {key: value.clone() for key, value in whole.state_dict().items()}
    macs = executed_macs(whole, 32, 32)
    pruned = remove_channels("stage_unet", whole, {"stages": "64k4s2 96k4s2 96k4s2"}, share * macs, 32, importance)
    assert (share - 0.1) * macs < pruned.macs <= share * macs
    assert executed_macs(pruned.generator, 32, 32) == pruned.macs
    assert pruned.macs_before == macs
    assert all(kept % 8 == 0 and kept <= of for kept, of in pruned.kept.values())
    assert all(torch.equal(value, before[key]) for key, value in whole.state_dict().items())


@pytest.mark.parametrize(
    ("name", "options", "target", "message"),
    [
        ("stage_unet", {"stages": STAGES}, 1e3, "cannot be pruned below 0.4 M multiply-adds at 32 px"),
        ("stage_unet", {"stages": STAGES}, 1e9, "give a target below, not 1000.0 M"),
        (
            "stage_unet",
            {"stages": STAGES, "norm": "group"},
            1e6,
            "cannot be pruned: .* norm: group; use batch",
        ),
        ("stage_unet", {"stages": "16k4s2"}, 1e4, "finds no channels"),
        (
            "vgg16_unet",
            {},
            1e6,
            "this vgg16_unet cannot be pruned: .*paper.*that can: lite_unet, stage_unet",
        ),
    ],
)
def test_what_cannot_be_pruned_is_said(name, options, target, message):
    generator = network(name, **options)
    with pytest.raises(PincelError, match=message):
        remove_channels(name, generator, options, target, 32)


def test_a_stage_unet_is_built_with_widths_of_its_own_on_the_way_up():
    generator = build_generator("stage_unet", 1, 3, stages=STAGES, decoder_filters=[8, 40])
    assert (generator.up[0][0].out_channels, generator.up[1][0].in_channels) == (40, 40 + 24)
    assert (generator.up[1][0].out_channels, generator.head.in_channels) == (8, 8 + 16)
    same = build_generator("stage_unet", 1, 3, stages=STAGES, decoder_filters=[16, 24]).state_dict()
    default = build_generator("stage_unet", 1, 3, stages=STAGES).state_dict()
    assert {k: v.shape for k, v in same.items()} == {k: v.shape for k, v in default.items()}


@pytest.mark.parametrize("filters", [[8], [8, 16, 8], [8, 0], ["8", 8]])
def test_a_list_of_decoder_widths_that_does_not_fit_is_refused(filters):
    with pytest.raises(RecipeError, match="decoder_filters are 2 widths"):
        build_generator("stage_unet", 1, 3, stages=STAGES, decoder_filters=filters)
