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

__all__ = ["parity", "store_as_float16", "to_onnx"]

EXPORT_SIZE = (2, 96, 160)  # batch, height and width of the example the graph is traced with


def to_onnx(generator: nn.Module, in_channels: int, classes: int = 0, tells_label: bool = False) -> onnx.ModelProto:
    """Trace ``generator`` in evaluation mode; input ``source``, output ``painted``, all sizes free but channels.

    Args:
        generator: the network.
        in_channels: of its source.
        classes: above 0 the file has a second input ``label``, int64 (N,), ``classes`` meaning unknown.
        tells_label: the file has a second output ``label_logits``, float32 (N, classes).
    """
    generator = _with_clamps(generator)
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
            (_WithLogits(generator) if tells_label else generator).eval(),
            tuple(inputs),
            input_names=["source", "label"][: len(inputs)],
            output_names=["painted", "label_logits"] if tells_label else ["painted"],
            dynamic_shapes=tuple(shapes),
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    if program is None:
        raise PincelError("torch could not export this generator to ONNX")
    return program.model_proto


def _with_clamps(generator: nn.Module) -> nn.Module:
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


class _WithLogits(nn.Module):
    """A generator that also gives its guess of the label."""

    def __init__(self, generator: nn.Module) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, source: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        """See `pincel.models.generators`."""
        return self.generator(source, label, with_logits=True)


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
    model: bytes, generator: nn.Module, in_channels: int, sizes: Sequence[tuple[int, int]], classes: int = 0
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
        painted = np.asarray(session.run(None, feeds)[0])
        differences[f"{width}x{height}"] = float(np.abs(painted - expected).max())
    return differences
