"""A model file becomes a network that paints the same and can learn on."""

import copy
from pathlib import Path

import onnx
import pytest
import torch
from onnx import TensorProto, helper
from torch import nn

from pincel.data.pairs import Pair
from pincel.errors import PincelError
from pincel.export.onnx_graph import store_as_float16
from pincel.models.names import GENERATORS
from pincel.training.model_start import read_tensors, restore_norms, weights_of

CLASSES = 3


def batch(count: int = 4) -> Pair:
    noise = torch.Generator().manual_seed(5)
    source = torch.rand(count, 1, 64, 96, generator=noise) * 2 - 1
    return Pair(source, source[:, :0], torch.arange(count) % (CLASSES + 1), source[:, :0])


def paint(generator: nn.Module, pair: Pair) -> torch.Tensor:
    with torch.no_grad():
        return generator(pair.source, pair.label)


@pytest.fixture(scope="module", params=sorted(GENERATORS))
def both(request, small_network, exported_network) -> tuple[nn.Module, nn.Module]:
    """What went into a model file, and a network of other weights that got what came out of it."""
    kind = request.param
    other = small_network(kind, 2)
    other.load_state_dict(weights_of(other, read_tensors(exported_network(kind)), batch()), strict=True)
    return small_network(kind, 1), other.eval()


def test_the_weights_of_a_file_paint_what_was_exported(both):
    taught, other = both
    torch.testing.assert_close(paint(other, batch()), paint(taught, batch()), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", [nn.Conv2d, nn.ConvTranspose2d])
def test_every_folded_filter_gets_the_size_of_a_fresh_one_and_paints_the_same(kind):
    network = Folded(kind).eval()
    folded = {f"layer.{name}": torch.randn_like(value) * 1e-3 for name, value in kind(4, 6, 3).state_dict().items()}
    wanted = network.layer.__class__(4, 6, 3)
    wanted.load_state_dict({name.removeprefix("layer."): value for name, value in folded.items()})
    pair = Pair(torch.randn(2, 4, 8, 8), torch.zeros(2, 0, 8, 8), torch.zeros(2), torch.ones(2, 0, 8, 8))
    state = weights_of(
        network, {"layer.weight": folded["layer.weight"], "layer.weight_bias": folded["layer.bias"]}, pair
    )
    network.load_state_dict(state)
    filters = state["layer.weight"].transpose(0, int(kind is nn.ConvTranspose2d)).flatten(1)
    torch.testing.assert_close(filters.square().mean(1), torch.full((6,), 2 / filters.shape[1]))
    torch.testing.assert_close(network.eval()(pair.source, pair.label), wanted(pair.source), rtol=1e-4, atol=1e-7)


class Folded(nn.Module):
    def __init__(self, kind: type[nn.Conv2d | nn.ConvTranspose2d]) -> None:
        super().__init__()
        self.layer = kind(4, 6, 3, bias=False)
        self.norm = nn.BatchNorm2d(6)

    def forward(self, source: torch.Tensor, label: torch.Tensor | None) -> torch.Tensor:
        return self.norm(self.layer(source))


def test_restored_norms_paint_the_same_by_their_own_statistics_and_by_the_batch(both):
    taught, other = copy.deepcopy(both)
    pair = batch()
    taught.certainty = other.certainty = 0.0  # of query_unet; training leaves it out
    wanted = paint(taught, pair)
    restore_norms(other, [pair])
    torch.testing.assert_close(paint(other, pair), wanted, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(paint(other.train(), pair), wanted, rtol=1e-3, atol=1e-4)


def test_norms_take_the_mean_and_variance_over_all_examples():
    norm = nn.BatchNorm2d(2, eps=0.1).eval()
    one, other = torch.randn(3, 2, 4, 5) * 3 + 1, torch.randn(1, 2, 7, 2)
    before = norm(one)
    network = Alone(norm)
    restore_norms(network, [Pair(x, x, torch.zeros(len(x)), x) for x in (one, other)])
    seen = torch.cat([x.transpose(0, 1).flatten(1) for x in (one, other)], dim=1)
    torch.testing.assert_close(norm.running_mean, seen.mean(1))
    torch.testing.assert_close(norm.running_var, seen.var(1, correction=0))
    torch.testing.assert_close(network.eval()(one, None), before)


class Alone(nn.Module):
    def __init__(self, norm: nn.Module) -> None:
        super().__init__()
        self.norm = norm

    def forward(self, source: torch.Tensor, label: torch.Tensor | None) -> torch.Tensor:
        return self.norm(source)


def test_weights_stored_in_float16_come_back_under_their_names(small_network, exported_network, tmp_path):
    path = tmp_path / "half.onnx"
    onnx.save(store_as_float16(onnx.load(exported_network("lite_unet"))), path)
    stem = read_tensors(path)["encoder.conv_stem.weight"]
    assert stem.dtype == torch.float16
    state = weights_of(small_network("lite_unet", 2), {"encoder.conv_stem.weight": stem}, batch())
    assert state["encoder.conv_stem.weight"].dtype == torch.float32
    assert "head.weight" not in state  # the file had none


def test_a_quantized_file_is_refused(tmp_path: Path):
    node = helper.make_node("DequantizeLinear", ["x", "s"], ["y"])
    graph = helper.make_graph([node], "g", [], [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)])
    onnx.save(helper.make_model(graph), tmp_path / "small.onnx")
    with pytest.raises(PincelError, match=r"small.onnx is quantized, .*; give the unquantized model"):
        read_tensors(tmp_path / "small.onnx")
