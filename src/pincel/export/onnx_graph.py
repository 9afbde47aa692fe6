"""torch generator -> ONNX graph with free batch, height and width; float16 storage; parity with torch."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from pincel.errors import PincelError
from pincel.models.generators.base import Generator
from pincel.training.model_start import TRANSPOSED

__all__ = ["name_weights", "parity", "store_as_float16", "to_onnx"]

EXPORT_SIZE = (2, 96, 160)  # batch, height and width of the example the graph is traced with


def to_onnx(generator: Generator, in_channels: int, classes: int = 0, tells_label: bool = False) -> onnx.ModelProto:
    """Trace ``generator`` in evaluation mode; input ``source``, output ``painted``, all sizes free but channels.

    Outputs are to be found by their names. Every weight of the network keeps its name, see `name_weights`.

    Args:
        generator: the network.
        in_channels: of its source.
        classes: above 0 the file has a second input ``label``, int64 (N,), ``classes`` meaning unknown.
        tells_label: the file has an output ``label_logits``, float32 (N, classes).
    """
    outputs = _Outputs(_with_clamps(generator), tells_label)
    batch, height, width = EXPORT_SIZE
    free = {0: torch.export.Dim.DYNAMIC, 2: torch.export.Dim.DYNAMIC, 3: torch.export.Dim.DYNAMIC}
    shapes: list[Any] = [free]
    inputs = [torch.zeros(batch, in_channels, height, width)]
    if classes:
        inputs.append(torch.arange(batch) % classes)
        shapes.append({0: torch.export.Dim.DYNAMIC})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            outputs.eval(),
            tuple(inputs),
            input_names=["source", "label"][: len(inputs)],
            output_names=outputs.names,
            dynamic_shapes=(tuple(shapes),),
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    if program is None:
        raise PincelError("torch could not export this generator to ONNX")
    model = program.model_proto
    name_weights(model, generator)
    return model


def name_weights(model: onnx.ModelProto, generator: Generator) -> None:
    """Give matrices back the names that torch's exporter takes from them, so that the file can be started from again.

    The exporter turns the matrix of a linear layer over and numbers it. Such a tensor is known by its values and called
    by its weight's name with `TRANSPOSED` behind it; one that only gained sides of 1 has the plain name.

    Args:
        model: exported from an `_Outputs` of ``generator``, changed in place.
        generator: the network.
    """
    weights = {f"generator.{name}": value for name, value in generator.state_dict().items()}
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    numbered = {name: numpy_helper.to_array(tensor) for name, tensor in tensors.items() if name not in weights}
    renamed: dict[str, str] = {}
    for name, weight in weights.items():
        if name in tensors or weight.ndim < 2:  # vectors keep their names, or were folded into a convolution
            continue
        value = weight.numpy()
        free = {number: tensor for number, tensor in numbered.items() if number not in renamed}
        turned = (number for number, tensor in free.items() if np.array_equal(tensor, value.T))
        alike = (number for number, tensor in free.items() if np.array_equal(tensor.ravel(), value.ravel()))
        if (number := next(turned, None)) is not None and value.ndim == 2:
            renamed[number] = name + TRANSPOSED
        elif (number := next(alike, None)) is not None:
            renamed[number] = name
    for number, name in renamed.items():
        tensors[number].name = name
    for node in model.graph.node:
        node.input[:] = [renamed.get(name, name) for name in node.input]


def _with_clamps(generator: Generator) -> Generator:
    """A copy whose ReLU6 are clamps: the same Clip in the graph, a third quicker, for torch decomposes nothing."""
    copied = copy.deepcopy(generator)
    for parent in list(copied.modules()):
        for name, child in parent.named_children():
            if isinstance(child, nn.ReLU6):
                setattr(parent, name, _Clamp())
    return copied


class _Clamp(nn.Module):
    """ReLU6."""

    def forward(self, x: Tensor) -> Tensor:
        """Any shape."""
        return x.clamp(0.0, 6.0)


class _Outputs(nn.Module):
    """Everything that a generator tells of a picture, in the order of ``names``."""

    def __init__(self, generator: Generator, tells_label: bool) -> None:
        super().__init__()
        self.generator = generator
        self.also = [name for name in generator.side_outputs if tells_label or name != "label_logits"]
        self.names = ["painted", *self.also]

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """See `pincel.models.generators.base`."""
        if not self.also:
            return (self.generator(*inputs),)
        found = self.generator(*inputs, also=self.also)
        return tuple(found[name] for name in self.names)


def store_as_float16(model: onnx.ModelProto, smallest: int = 256, keep: Iterable[str] = ()) -> onnx.ModelProto:
    """Keep large weights as float16 with a Cast in front: half the file, float32 arithmetic.

    Args:
        model: changed in place.
        smallest: tensors with fewer values stay float32 (biases, BatchNorm).
        keep: names of further tensors that stay as they are.
    """
    graph = model.graph
    casts, kept = [], set(keep)
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < smallest or tensor.name in kept:
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), f"{name}.float16"))
        casts.append(helper.make_node("Cast", [f"{name}.float16"], [name], to=TensorProto.FLOAT))
    del graph.value_info[:]
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    return model


def parity(
    model: bytes, generator: Generator, in_channels: int, sizes: Sequence[tuple[int, int]], classes: int = 0
) -> dict[str, float]:
    """Largest absolute difference between the ONNX file and torch, by picture size ("65x131"); every label in turn.

    Sizes must not be the one the graph was traced with: the point is that the others work.
    """
    import onnxruntime

    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(0)
    differences = {}
    for height, width in sizes:
        count = classes + 1
        source = np.repeat(rng.uniform(-1, 1, (1, in_channels, height, width)).astype(np.float32), count, axis=0)
        label = np.arange(count)  # the last one is "unknown"
        with torch.no_grad():
            expected = generator(torch.from_numpy(source), torch.from_numpy(label)).numpy()
        feeds = {"source": source, "label": label} if classes else {"source": source}
        painted = np.asarray(session.run(["painted"], feeds)[0])
        differences[f"{width}x{height}"] = float(np.abs(painted - expected).max())
    return differences
