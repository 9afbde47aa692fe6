"""A model file becomes a network that paints the same and can learn on."""

from pathlib import Path

import onnx
import pytest
import torch
from onnx import TensorProto, helper
from torch import nn

from pincel.data.pairs import Pair
from pincel.errors import PincelError
from pincel.export.onnx_graph import store_as_float16, to_onnx
from pincel.models.generators import GENERATORS, build_generator
from pincel.training.model_start import read_tensors, restore_norms, weights_of

OPTIONS = {
    "lite_unet": {"decoder_channels": (8, 8, 8, 8)},
    "stage_unet": {"stages": "16k4s2 24k8s4 32k4s2", "dropout": 0.0},
}
CLASSES = 3


def network(name: str, seed: int) -> nn.Module:
    """A generator whose norms have statistics, scales and shifts of their own, and no two equal tensors."""
    torch.manual_seed(seed)
    generator = build_generator(name, 1, 2, CLASSES, **OPTIONS.get(name, {}))
    with torch.no_grad():
        for parameter in generator.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.02)
        for module in generator.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.running_mean.uniform_(-0.2, 0.2)
                module.running_var.uniform_(0.5, 1.5)
    return generator.eval()


def batch(count: int = 4) -> Pair:
    noise = torch.Generator().manual_seed(5)
    source = torch.rand(count, 1, 64, 96, generator=noise) * 2 - 1
    return Pair(source, source[:, :0], torch.arange(count) % (CLASSES + 1), source[:, :0])


def paint(generator: nn.Module, pair: Pair) -> torch.Tensor:
    with torch.no_grad():
        return generator(pair.source, pair.label)


@pytest.fixture(params=sorted(GENERATORS))
def both(request, tmp_path) -> tuple[nn.Module, nn.Module]:
    """What went into a model file, and a network of other weights that got what came out of it."""
    taught, other = network(request.param, 1), network(request.param, 2)
    path = tmp_path / "model.onnx"
    onnx.save(to_onnx(taught, 1, CLASSES, tells_label=hasattr(taught, "classify")), path)
    other.load_state_dict(weights_of(other, read_tensors(path), batch()), strict=True)
    return taught, other.eval()


def test_the_weights_of_a_file_paint_what_was_exported(both):
    taught, other = both
    torch.testing.assert_close(paint(other, batch()), paint(taught, batch()), rtol=1e-4, atol=1e-5)


def test_every_folded_filter_has_the_size_of_a_fresh_one(tmp_path):
    taught, path = network("lite_unet", 1), tmp_path / "model.onnx"
    with torch.no_grad():
        taught.encoder.bn1.running_var.fill_(1e6)  # folded, its filters are a thousand times smaller
    onnx.save(to_onnx(taught, 1, CLASSES), path)
    tensors = read_tensors(path)
    assert tensors["encoder.conv_stem.weight"].square().mean() < 1e-6
    filters = weights_of(network("lite_unet", 2), tensors, batch())["encoder.conv_stem.weight"].flatten(1)
    torch.testing.assert_close(filters.square().mean(1), torch.full((len(filters),), 2 / filters.shape[1]))


def test_restored_norms_paint_the_same_by_their_own_statistics_and_by_the_batch(both):
    taught, other = both
    pair = batch()
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


def test_weights_stored_in_float16_come_back_under_their_names(tmp_path):
    taught, path = network("lite_unet", 1), tmp_path / "half.onnx"
    onnx.save(store_as_float16(to_onnx(taught, 1, CLASSES)), path)
    stem = read_tensors(path)["encoder.conv_stem.weight"]
    assert stem.dtype == torch.float16
    state = weights_of(network("lite_unet", 2), {"encoder.conv_stem.weight": stem}, batch())
    assert state["encoder.conv_stem.weight"].dtype == torch.float32
    assert "head.weight" not in state  # the file had none


def test_a_quantized_file_is_refused(tmp_path: Path):
    node = helper.make_node("DequantizeLinear", ["x", "s"], ["y"])
    graph = helper.make_graph([node], "g", [], [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)])
    onnx.save(helper.make_model(graph), tmp_path / "small.onnx")
    with pytest.raises(PincelError, match=r"small.onnx is quantized, .*; give the unquantized model"):
        read_tensors(tmp_path / "small.onnx")
