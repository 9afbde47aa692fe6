import numpy as np
import pytest
import timm
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from timm.layers import Conv2dSame
from torch import nn

from pincel.models.blocks import FixedSameConv2d, conv_norm_act, crop_to, fix_same_padding, join_skip, pad_to_multiple

SIDES = st.integers(1, 40)


@settings(max_examples=50, deadline=None)
@given(SIDES, SIDES, st.integers(1, 33))
def test_padding_repeats_the_right_and_bottom_edge_and_cropping_undoes_it(height, width, multiple):
    x = torch.arange(2 * 3 * height * width, dtype=torch.float32).reshape(2, 3, height, width)
    padded = pad_to_multiple(x, multiple)
    missing = [-side % multiple for side in (height, width)]
    expected = np.pad(x.numpy(), ((0, 0), (0, 0), (0, missing[0]), (0, missing[1])), mode="edge")
    np.testing.assert_array_equal(padded, expected)
    assert torch.equal(crop_to(padded, height, width), x)


def test_a_size_that_fits_already_is_not_padded():
    x = torch.rand(1, 1, 32, 64)
    assert torch.equal(pad_to_multiple(x, 32), x)


def test_gradients_of_the_repeated_edge_add_up_in_the_edge_itself():
    x = torch.zeros(1, 1, 2, 3, requires_grad=True)
    pad_to_multiple(x, 4).sum().backward()
    assert x.grad is not None
    assert x.grad[0, 0].tolist() == [[1, 1, 2], [3, 3, 6]]  # 2x3 in 4x4: one column and two rows repeated


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_joined_planes_and_their_gradients_are_torchs_own_but_the_gradient_is_in_one_piece(layout):
    torch.manual_seed(0)
    x, skip, wanted = (torch.randn(2, c, 5, 4).contiguous(memory_format=layout) for c in (3, 6, 9))
    pieces: list[torch.Tensor] = []
    gradients = []
    for joining in (lambda a, b: torch.cat([a, b], dim=1), join_skip):
        a, b = (part.clone(memory_format=torch.preserve_format).requires_grad_() for part in (x, skip))
        above = a * 2
        joined = joining(above, b * 3)
        above.register_hook(pieces.append)
        (joined * wanted).square().sum().backward()
        gradients.append((joined.detach(), a.grad, b.grad))
    for theirs, ours in zip(*gradients, strict=True):
        assert torch.equal(theirs, ours)
    assert not pieces[0].is_contiguous(memory_format=layout)  # what it is for
    assert pieces[1].is_contiguous(memory_format=layout)


def test_joining_without_a_gradient_joins():
    with torch.no_grad():
        assert torch.equal(
            join_skip(torch.zeros(1, 1, 2, 2), torch.ones(1, 2, 2, 2)).sum(1), torch.full((1, 2, 2), 2.0)
        )


@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_the_ordinary_step_keeps_the_size_and_paints_nothing_negative(kernel):
    out = conv_norm_act(4, 6, kernel)(torch.randn(2, 4, 9, 7))
    assert out.shape == (2, 6, 9, 7)
    assert out.min() == 0
    assert out.max() > 0


def test_the_ordinary_step_normalises_before_it_cuts():
    step = conv_norm_act(3, 8)
    out = step(torch.randn(8, 3, 16, 16) * 50 + 20).detach()
    # a normalised channel cut at 0 has mean E[max(0, z)] = 1 / sqrt(2 pi) and mean square 1/2
    assert float(out.mean()) == pytest.approx(0.399, abs=0.03)
    assert float(out.square().mean()) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize("kernel", [3, 5, 7])
@pytest.mark.parametrize("groups", [1, 6])
@pytest.mark.parametrize(("height", "width"), [(2, 2), (8, 14), (16, 10)])
def test_fixed_same_padding_equals_timms_on_even_sizes(kernel, groups, height, width):
    reference = Conv2dSame(6, 6, kernel, stride=2, groups=groups, bias=True)
    fixed = FixedSameConv2d(6, 6, kernel, stride=2, groups=groups, bias=True)
    fixed.load_state_dict(reference.state_dict())
    x = torch.randn(2, 6, height, width)
    torch.testing.assert_close(fixed(x), reference(x), rtol=0, atol=1e-6)


def test_the_odd_pixel_of_padding_goes_to_the_right_and_bottom():
    conv = FixedSameConv2d(1, 1, 3, stride=2, bias=False)
    nn.init.ones_(conv.weight)
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    # windows start at 0 and 2: rows 0-2 and 2-3, columns 0-2 and 2-3
    assert conv(x)[0, 0].tolist() == [[45, 39], [66, 50]]


@pytest.mark.parametrize("name", ["tf_efficientnet_lite0", "tf_mobilenetv3_small_minimal_100"])
def test_a_whole_network_computes_the_same_after_its_padding_is_fixed(name):
    network = timm.create_model(name, features_only=True, pretrained=False).eval()
    x = torch.randn(1, 3, 64, 96)
    with torch.no_grad():
        before = network(x)
        assert fix_same_padding(network) is network
        after = network(x)
    assert not any(isinstance(module, Conv2dSame) for module in network.modules())
    assert sum(isinstance(module, FixedSameConv2d) for module in network.modules()) == 5  # strides 2 .. 32
    for a, b in zip(before, after, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-5)


def test_fixing_keeps_the_names_of_the_weights():
    network = timm.create_model("tf_efficientnet_lite0", features_only=True, pretrained=False)
    names = list(network.state_dict())
    assert list(fix_same_padding(network).state_dict()) == names


def test_a_convolution_of_another_stride_keeps_its_own_padding():
    network = nn.Sequential(Conv2dSame(2, 2, 3, stride=1), Conv2dSame(2, 2, 3, stride=3))
    x = torch.rand(1, 2, 12, 12)
    before = network(x)
    torch.testing.assert_close(fix_same_padding(network)(x), before)
