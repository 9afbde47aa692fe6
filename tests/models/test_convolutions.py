"""The quick gradient against torch's own in float64, and where it is left aside."""

import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from pincel.models.convolutions import QuickConv2d, QuickConvTranspose2d, weight_gradient

LAYERS = [  # transposed, kernel, stride, padding, height, width
    (False, 4, 2, 1, 16, 12),
    (False, 4, 2, 1, 15, 17),
    (False, 4, 1, 1, 16, 12),
    (False, 4, 1, 1, 31, 31),
    (False, 8, 4, 2, 32, 16),
    (False, 3, 1, 1, 9, 9),
    (False, 2, 2, 0, 8, 8),
    (False, 6, 2, 2, 16, 8),
    (False, 4, 2, 1, 2, 2),
    (True, 4, 2, 1, 1, 1),
    (True, 4, 2, 1, 6, 6),
    (True, 8, 4, 2, 4, 2),
]


def last(*shape: int) -> torch.Tensor:
    return torch.randn(*shape).to(memory_format=torch.channels_last)


@pytest.mark.parametrize("case", LAYERS)
@pytest.mark.parametrize("bias", [True, False])
def test_all_gradients_are_those_of_torch(case, bias):
    transposed, kernel, stride, padding, height, width = case
    torch.manual_seed(0)
    plain = (nn.ConvTranspose2d if transposed else nn.Conv2d)(32, 48, kernel, stride, padding, bias=bias).double()
    quick = (QuickConvTranspose2d if transposed else QuickConv2d)(32, 48, kernel, stride, padding, bias=bias)
    quick.load_state_dict(plain.state_dict())
    quick.to(memory_format=torch.channels_last)
    source = last(3, 32, height, width).requires_grad_()
    exact = source.detach().double().requires_grad_()
    painted, wanted = quick(source), plain(exact)
    assert type(painted.grad_fn).__name__ == "_ConvolutionBackward"
    gradient = last(*painted.shape)
    painted.backward(gradient)
    wanted.backward(gradient.double())
    torch.testing.assert_close(painted.double(), wanted, rtol=0, atol=1e-5)
    pairs = [(source, exact), *zip(quick.parameters(), plain.parameters(), strict=True)]
    for ours, theirs in pairs:
        scale = theirs.grad.abs().max()
        torch.testing.assert_close(ours.grad.double() / scale, theirs.grad / scale, rtol=0, atol=5e-6)


def test_a_weight_s_gradient_by_hand():
    """One channel, kernel 2, stride 1: each weight meets the pixels that it was laid on."""
    seen = torch.tensor([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]]])
    gradient = torch.tensor([[[[1.0, 10.0], [100.0, 1000.0]]]])
    expected = [[1 + 20 + 400 + 5000, 2 + 30 + 500 + 6000], [4 + 50 + 700 + 8000, 5 + 60 + 800 + 9000]]
    assert weight_gradient(seen, gradient, kernel=2, stride=1, padding=0).tolist() == [[expected]]


def test_what_was_in_memory_before_does_not_reach_the_gradient(monkeypatch):
    seen, gradient = last(2, 4, 8, 8), last(2, 3, 4, 4)
    before = weight_gradient(seen, gradient, 4, 2, 1)
    empty = torch.Tensor.new_empty
    monkeypatch.setattr(torch.Tensor, "new_empty", lambda self, *shape: empty(self, *shape).fill_(float("nan")))
    assert torch.equal(weight_gradient(seen, gradient, 4, 2, 1), before)


@pytest.mark.parametrize(
    "layer",
    [
        QuickConv2d(32, 48, 3, 2, 1),  # a kernel that is no multiple of its stride
        QuickConv2d(3, 64, 4, 2, 1),  # too few channels
        QuickConv2d(32, 64, 4, (2, 1), 1),
        QuickConv2d(32, 64, (4, 2), 2, 1),
        QuickConv2d(32, 64, 4, 2, 1, groups=2),
        QuickConv2d(32, 64, 2, 1, dilation=2),
        QuickConv2d(32, 64, 4, 2, 1, padding_mode="reflect"),
        QuickConv2d(32, 64, 3, padding="same"),
        QuickConvTranspose2d(32, 64, 4, 2, 1, output_padding=1),
    ],
)
def test_layers_it_is_not_made_for_are_torch_s_own(layer):
    painted = layer(last(2, layer.in_channels, 8, 8))
    assert type(painted.grad_fn).__name__ != "_ConvolutionBackward"
    own = super(type(layer), layer).forward(last(2, layer.in_channels, 8, 8))
    assert painted.shape == own.shape


def test_other_layouts_precisions_and_painting_are_torch_s_own():
    layer = QuickConv2d(32, 32, 4, 2, 1)
    assert type(layer(torch.randn(2, 32, 8, 8)).grad_fn).__name__ == "ConvolutionBackward0"
    assert type(layer.double()(last(2, 32, 8, 8).double()).grad_fn).__name__ == "ConvolutionBackward0"
    layer.float()
    with torch.autocast("cpu", torch.bfloat16):
        assert layer(last(2, 32, 8, 8)).dtype == torch.bfloat16
    with torch.no_grad():
        assert layer(last(2, 32, 8, 8)).grad_fn is None
    layer.requires_grad_(False)
    assert type(layer(last(2, 32, 8, 8).requires_grad_()).grad_fn).__name__ == "ConvolutionBackward0"


def test_spectral_norm_takes_one_step_of_its_iteration_a_call():
    torch.manual_seed(0)
    quick = spectral_norm(QuickConv2d(32, 32, 4, 2, 1))
    torch.manual_seed(0)
    plain = spectral_norm(nn.Conv2d(32, 32, 4, 2, 1))
    source = last(2, 32, 8, 8)
    for _ in range(3):
        torch.testing.assert_close(quick(source), plain(source))
