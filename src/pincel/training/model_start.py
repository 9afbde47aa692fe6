"""From a model file back to a network: its weights, and the norms that painting folded into the convolutions."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from textwrap import shorten

import torch
from torch import Tensor, nn

from pincel.data.pairs import Pair
from pincel.errors import PincelError
from pincel.runtime.graph import read_graph

__all__ = ["TRANSPOSED", "misfit", "read_tensors", "restore_norms", "weights_of"]

TRANSPOSED = ".transposed"  # ends the name of a matrix that lies turned over in the file
FOLDED = "weight_bias"  # what torch's exporter calls the bias of a convolution that took in its BatchNorm


def misfit(error: RuntimeError) -> str:
    r"""The first thing that torch found wrong with a state; its own first line names only the network's class.

    >>> misfit(RuntimeError("Error(s) in loading state_dict for Unet:\n\tsize mismatch for head.weight: ..."))
    'size mismatch for head.weight: ...'
    """
    lines = str(error).splitlines()
    return shorten(lines[min(1, len(lines) - 1)], 160, placeholder=" ...")


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The weights inside an .onnx file of `pincel.export`, float32, under the names that they have in the network.

    Raises:
        PincelError: it was quantized, or a tensor in it cannot be read.
    """
    from onnx import numpy_helper

    graph = read_graph(path).graph
    if any(node.op_type in ("QLinearConv", "DequantizeLinear") for node in graph.node):
        raise PincelError(f"{path} is quantized, its weights are rounded too coarsely; give the unquantized model")
    tensors = {}
    for tensor in graph.initializer:
        name = tensor.name.removeprefix("generator.").removesuffix(".float16")
        try:
            value = numpy_helper.to_array(tensor)
        except (ValueError, TypeError, KeyError):
            raise PincelError(f"the weights in {path} cannot be read; export the model again") from None
        turned = name.endswith(TRANSPOSED)
        tensors[name.removesuffix(TRANSPOSED)] = torch.tensor(value.T if turned else value)
    return tensors


@torch.no_grad()
def weights_of(generator: nn.Module, tensors: dict[str, Tensor], example: Pair) -> dict[str, Tensor]:
    """A state of ``generator`` that paints like the file ``tensors`` came from.

    A BatchNorm that was folded into its convolution becomes one that knows nothing of its input; `restore_norms` makes
    it one that can be trained. Folding left some filters a hundred times smaller than others, and an optimiser like
    Adam moves all by the same step: every folded filter gets the spread of a fresh one (He et al. 2015, eq. 10), and
    its norm takes the difference back.

    Args:
        generator: of the same architecture, any weights.
        tensors: of `read_tensors`.
        example: shown to ``generator`` once, to see which norm follows which convolution.

    Returns:
        Its weights by name. What the file lacks is lacking here.
    """
    state = {
        name: _without_extra_sides(tensors[name].float(), own)
        for name, own in generator.state_dict().items()
        if name in tensors
    }
    for norm, convolution in _convolutions_before(generator, example).items():
        folded = tensors.get(f"{convolution}.{FOLDED}")
        if folded is not None:
            layer = generator.get_submodule(norm)
            assert isinstance(layer, nn.BatchNorm2d)
            transposed = isinstance(generator.get_submodule(convolution), nn.ConvTranspose2d)
            key = f"{convolution}.weight"
            state[key], gain = _fresh_filters(state[key], transposed)
            state |= {
                f"{norm}.weight": (1 + layer.eps) ** 0.5 / gain,
                f"{norm}.bias": folded.float(),
                f"{norm}.running_mean": torch.zeros_like(folded, dtype=torch.float32),
                f"{norm}.running_var": torch.ones_like(folded, dtype=torch.float32),
            }
    counts = {name: value for name, value in generator.state_dict().items() if name.endswith("num_batches_tracked")}
    return state | counts


def _without_extra_sides(tensor: Tensor, like: Tensor) -> Tensor:
    """The tensor in the shape of ``like`` where it only gained sides of 1; otherwise as it is."""
    sides = [[side for side in one.shape if side > 1] for one in (tensor, like)]
    return tensor.reshape(like.shape) if sides[0] == sides[1] else tensor


def _fresh_filters(weight: Tensor, transposed: bool) -> tuple[Tensor, Tensor]:
    """The filters at the root mean square of fresh ones, and what each was multiplied with (1: a filter of zeros)."""
    filters = weight.transpose(0, 1) if transposed else weight
    size = filters.flatten(1).square().mean(1).sqrt()
    gain = torch.where(size > 0, (2 / filters[0].numel()) ** 0.5 / size, torch.ones_like(size))
    scaled = filters * gain[:, None, None, None]
    return (scaled.transpose(0, 1) if transposed else scaled), gain


@torch.no_grad()
def restore_norms(generator: nn.Module, examples: Sequence[Pair]) -> None:
    """Give every BatchNorm the statistics of what reaches it, without changing what the network paints.

    Learning normalises by each batch; a norm that knew nothing of its input's mean and spread would paint something
    else at once. Scale and shift are changed along with the statistics, so that they cancel out.

    Args:
        generator: painting as it should; changed in place.
        examples: batches of training pairs.
    """
    sums: dict[nn.BatchNorm2d, Tensor] = {}

    def count(norm: nn.BatchNorm2d, inputs: tuple[Tensor, ...]) -> None:
        values = inputs[0].double().transpose(0, 1).flatten(1)  # (C, N * H * W)
        parts = torch.stack([torch.full_like(values[:, 0], values.shape[1]), values.sum(1), values.square().sum(1)])
        sums[norm] = sums.get(norm, torch.zeros_like(parts)) + parts

    with ExitStack() as hooks:
        for norm in _norms(generator).values():
            hooks.callback(norm.register_forward_pre_hook(count).remove)
        generator.eval()
        for pair in examples:
            generator(pair.source, pair.label)
    for norm, (number, total, squares) in sums.items():
        assert norm.running_mean is not None
        assert norm.running_var is not None
        mean = total / number
        variance = (squares / number - mean.square()).clamp(min=0)
        scale = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
        norm.bias.copy_(norm.bias + scale * (mean - norm.running_mean))
        norm.weight.copy_(scale * (variance + norm.eps).sqrt())
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)


def _norms(generator: nn.Module) -> dict[str, nn.BatchNorm2d]:
    return {name: module for name, module in generator.named_modules() if isinstance(module, nn.BatchNorm2d)}


def _convolutions_before(generator: nn.Module, example: Pair) -> dict[str, str]:
    """Name of each BatchNorm -> name of the convolution whose output it normalises."""
    names = {module: name for name, module in generator.named_modules()}
    outputs: list[tuple[str, Tensor]] = []  # kept alive, so that no later tensor takes one's place in memory
    found: dict[str, str] = {}

    def note(convolution: nn.Module, _: tuple[Tensor, ...], output: Tensor) -> None:
        outputs.append((names[convolution], output))

    def look(norm: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        for name, output in outputs:
            if output is inputs[0]:
                found[names[norm]] = name

    with ExitStack() as hooks:
        for module in names:
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
                hooks.callback(module.register_forward_hook(note).remove)
        for norm in _norms(generator).values():
            hooks.callback(norm.register_forward_pre_hook(look).remove)
        generator.eval()(example.source, example.label)
    return found
