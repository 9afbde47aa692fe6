import pytest
import torch
from torch import nn

from pincel.errors import RecipeError
from pincel.models.discriminators.patchgan import NORMS, PatchGAN


def seen_by(network: PatchGAN, size: int, row: int, column: int) -> tuple[int, int, int, int]:
    """(top, bottom, left, right) of the photo's pixels that one verdict's gradient reaches, bounds included."""
    photo = torch.randn(1, 2, size, size, dtype=torch.float64, requires_grad=True)
    network(torch.randn(1, 1, size, size, dtype=torch.float64), photo)[0, 0, row, column].backward()
    assert photo.grad is not None
    reached = photo.grad[0].abs().sum(0) > 0
    rows, columns = reached.any(1).nonzero().flatten(), reached.any(0).nonzero().flatten()
    return int(rows[0]), int(rows[-1]), int(columns[0]), int(columns[-1])


@pytest.mark.parametrize(
    ("depth", "field", "size"),
    [(1, 16, 40), (2, 34, 72), (3, 70, 128), (4, 142, 240)],  # fields: the table of pix2pix's authors
)
def test_the_receptive_field_is_what_gradients_reach(depth, field, size):
    torch.manual_seed(0)
    network = PatchGAN(3, width=2, depth=depth, norm="none").double()
    assert network.receptive_field == field
    middle = (size // 2**depth - 2) // 2
    top, bottom, left, right = seen_by(network, size, middle, middle)
    assert (bottom - top + 1, right - left + 1) == (field, field)
    geometry = network.geometry
    assert top == left == middle * geometry.stride - geometry.padding


def test_the_corner_verdict_sees_the_corner_only():
    torch.manual_seed(0)
    network = PatchGAN(3, width=2, norm="none").double()
    assert seen_by(network, 128, 0, 13) == (0, 46, 81, 127)  # 8 * 13 - 23 = 81; 70 - 23 = 47 pixels are left


def test_128_px_give_14_by_14_verdicts():
    assert PatchGAN(3, width=4)(torch.zeros(2, 1, 128, 128), torch.zeros(2, 2, 128, 128)).shape == (2, 1, 14, 14)


def test_it_is_the_size_of_pix2pixs():
    # 6*64*16+64, 64*128*16+2*128, 128*256*16+2*256, 256*512*16+2*512, 512*16+1: "2.769 M" in the authors' log
    assert sum(parameter.numel() for parameter in PatchGAN(6).parameters()) == 2_768_705


def test_verdicts_are_logits_without_a_last_activation():
    network = PatchGAN(2, width=4, norm="none")
    last = network.layers[-1]
    assert isinstance(last, nn.Conv2d)
    with torch.no_grad():
        last.weight.zero_()
        last.bias.fill_(-37.5)
    assert (network(torch.rand(1, 1, 32, 32), torch.rand(1, 1, 32, 32)) == -37.5).all()


@pytest.mark.parametrize("norm", NORMS)
def test_every_norm_learns_from_source_and_photo(norm):
    torch.manual_seed(0)
    network = PatchGAN(3, width=4, norm=norm)
    source, photo = torch.randn(2, 1, 64, 64, requires_grad=True), torch.randn(2, 2, 64, 64, requires_grad=True)
    network(source, photo).square().sum().backward()
    for value in (source, photo, *network.parameters()):
        assert value.grad is not None
        assert value.grad.abs().sum() > 0


def test_spectral_norm_keeps_every_convolution_at_unit_gain():
    torch.manual_seed(0)
    network = PatchGAN(3, width=8, norm="spectral")
    for _ in range(30):  # power iterations
        network(torch.randn(1, 1, 32, 32), torch.randn(1, 2, 32, 32))
    for module in network.eval().modules():
        if isinstance(module, nn.Conv2d):
            gain = torch.linalg.matrix_norm(module.weight.detach().flatten(1), 2)
            assert float(gain) == pytest.approx(1, abs=0.02)


def test_the_first_layer_is_not_normalised():
    kinds = [type(module).__name__ for module in PatchGAN(3, width=4).layers]
    assert kinds[:3] == ["QuickConv2d", "Identity", "LeakyReLU"]
    assert kinds.count("BatchNorm2d") == 3


def test_filters_double_up_to_eight_times_the_width():
    convolutions = [module for module in PatchGAN(3, width=4, depth=5).layers if isinstance(module, nn.Conv2d)]
    assert [layer.out_channels for layer in convolutions] == [4, 8, 16, 32, 32, 32, 1]
    assert [layer.stride[0] for layer in convolutions] == [2, 2, 2, 2, 2, 1, 1]


def test_an_unknown_norm_lists_the_known():
    with pytest.raises(RecipeError, match="'layer'; known: batch, instance, none, spectral"):
        PatchGAN(3, norm="layer")


@pytest.mark.parametrize(("height", "width"), [(128, 128), (24, 40), (100, 61), (36, 44), (97, 90)])
def test_a_mask_of_ones_weighs_one_at_every_verdict(height, width):
    network = PatchGAN(2, width=4)
    weights = network.patch_weights(torch.ones(2, 1, height, width))
    verdicts = network(torch.zeros(2, 1, height, width), torch.zeros(2, 1, height, width))
    assert weights.shape == verdicts.shape
    torch.testing.assert_close(weights, torch.ones_like(weights))


def test_a_half_mask_weighs_the_share_of_photo_in_each_receptive_field():
    mask = torch.zeros(1, 1, 128, 128)
    mask[..., :64] = 1
    weights = PatchGAN(3, width=4).patch_weights(mask)[0, 0]
    # verdict j sees the columns 8j - 23 .. 8j + 46, as far as they lie inside 0 .. 127
    by_hand = {0: 1, 2: 1, 3: 63 / 70, 5: 47 / 70, 7: 31 / 70, 10: 7 / 70, 11: 0, 13: 0}
    for column, share in by_hand.items():
        assert weights[0, column].item() == pytest.approx(share, abs=1e-6)
        assert weights[9, column].item() == pytest.approx(share, abs=1e-6)


def test_weights_are_what_a_loop_over_the_receptive_fields_counts():
    torch.manual_seed(0)
    mask = (torch.rand(1, 1, 72, 56) > 0.5).float()
    network = PatchGAN(3, width=4, depth=2)
    weights = network.patch_weights(mask)[0, 0]
    field, stride, padding = network.geometry.receptive_field, network.geometry.stride, network.geometry.padding
    for i in range(weights.shape[0]):
        for j in range(weights.shape[1]):
            top, left = i * stride - padding, j * stride - padding
            window = mask[0, 0, max(0, top) : top + field, max(0, left) : left + field]
            assert weights[i, j].item() == pytest.approx(window.mean().item(), abs=1e-5)


def test_nothing_but_padding_weighs_nothing():
    assert (PatchGAN(3, width=4).patch_weights(torch.zeros(1, 1, 64, 64)) == 0).all()
