"""A float model's graph -> static int8: which operators are computed in 8 bits, and how the rest is stored."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

from pincel.errors import ModelError
from pincel.export.int8_weights import per_channel, without_saturation
from pincel.export.onnx_graph import store_as_float16

__all__ = ["CONVOLUTIONS", "as_float32", "int8_nodes", "is_int8", "to_int8"]

CONVOLUTIONS = ("Conv", "ConvTranspose")
ACTIVATIONS = ("Clip", "Relu")  # vanish into the convolution before them: what they cut off is out of its range
BETWEEN = ("Add", "AveragePool", "Clip", "Concat", "LeakyRelu", "MaxPool", "Relu", "Resize")
DENSE = {"ConvTranspose": 1, "Gemm": 1}  # float operators whose large weights are kept in 8 bits -> axis of the outputs


def is_int8(model: onnx.ModelProto) -> bool:
    """Whether anything in the graph is quantised already."""
    kinds = {node.op_type for node in model.graph.node}
    return any("Quantize" in kind or kind.startswith("QLinear") for kind in kinds)


def as_float32(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy whose float16-stored weights are float32 again: the inverse of `store_as_float16`."""
    copied = onnx.ModelProto.FromString(model.SerializeToString())
    graph = copied.graph
    stored = {tensor.name: tensor for tensor in graph.initializer if tensor.data_type == TensorProto.FLOAT16}
    nodes = []
    for node in graph.node:
        if node.op_type == "Cast" and node.input[0] in stored:
            tensor = stored[node.input[0]]
            values = numpy_helper.to_array(tensor).astype(np.float32)
            tensor.CopyFrom(numpy_helper.from_array(values, node.output[0]))
        else:
            nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)
    return copied


def int8_nodes(model: onnx.ModelProto) -> list[str]:
    """Names of the operators that are computed in 8 bits; nodes without a name get one, in place.

    All convolutions but the first ones (they see the picture itself) and the last ones (their 256 levels would be seen
    in the painting), and what lies between two of them, so that values need not go to float and back. Transposed
    convolutions stay float: onnxruntime has no 8-bit ones.
    """
    graph = model.graph
    for number, node in enumerate(graph.node):
        node.name = node.name or f"{node.op_type}_{number}"
    weights = {tensor.name for tensor in graph.initializer}
    made_by = {output: node for node in graph.node for output in node.output}
    chosen = _middle_convolutions(graph) & {n.name for n in graph.node if n.op_type == "Conv" and n.input[1] in weights}
    convolutions = set(chosen)
    wanted: set[str] = set()  # values that an 8-bit operator takes in
    for node in reversed(graph.node):
        before = made_by.get(node.input[0]) if node.input else None
        ends = node.op_type in ACTIVATIONS and before is not None and before.name in convolutions
        if node.name in chosen or ends or (node.op_type in BETWEEN and wanted & set(node.output)):
            chosen.add(node.name)
            wanted.update(node.input[:1] if node.op_type not in ("Add", "Concat") else node.input)
    return [node.name for node in graph.node if node.name in chosen]


def to_int8(
    model: onnx.ModelProto, feeds: Sequence[dict[str, np.ndarray]], on_feed: Callable[[], None] | None = None
) -> onnx.ModelProto:
    """Quantise a float32 graph: QDQ, activations uint8 by the extremes met in calibration, weights int8 per channel.

    Args:
        model: from `as_float32`.
        feeds: what the network is shown in calibration.
        on_feed: called after each of them.

    Raises:
        ModelError: there is nothing to quantise.
    """
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static

    model = onnx.ModelProto.FromString(model.SerializeToString())
    nodes = int8_nodes(model)
    if not any(node.op_type == "Conv" for node in model.graph.node if node.name in set(nodes)):
        raise ModelError("there is no convolution between the first and the last one that could be computed in 8 bits")
    scales = _limit_weights(model, set(nodes))
    with tempfile.TemporaryDirectory(prefix="pincel-") as folder:
        path = Path(folder) / "int8.onnx"
        note = model.metadata_props.add()
        note.key, note.value = "onnx.quant.pre_process", "onnxruntime.quant"  # BatchNorm is folded at export: no advice
        quantize_static(
            model,
            path,
            _Reader(feeds, on_feed),  # type: ignore[arg-type]
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv", *BETWEEN],
            nodes_to_quantize=nodes,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            extra_options={"TensorQuantOverrides": scales},
        )
        result = onnx.load(path)
    del result.metadata_props[:]
    _store_dense_as_int8(result)
    return store_as_float16(result, keep=_quantisers_own(result))


class _Reader:
    """What `quantize_static` reads its calibration from."""

    def __init__(self, feeds: Sequence[dict[str, np.ndarray]], on_feed: Callable[[], None] | None) -> None:
        self._rest, self._on_feed = iter(feeds), on_feed

    def get_next(self) -> dict[str, np.ndarray] | None:
        """The next picture; None after the last."""
        feed = next(self._rest, None)
        if feed is not None and self._on_feed:
            self._on_feed()
        return feed


def _middle_convolutions(graph: onnx.GraphProto) -> set[str]:
    """Convolutions of any kind with another before and another behind them."""
    behind: set[str] = set()  # values that come out of a convolution, by whatever way
    second = set()
    for node in graph.node:
        after = bool(behind & set(node.input))
        if node.op_type in CONVOLUTIONS and after:
            second.add(node.name)
        if node.op_type in CONVOLUTIONS or after:
            behind.update(node.output)
    before: set[str] = set()  # values that go into a convolution
    middle = set()
    for node in reversed(graph.node):
        leads = bool(before & set(node.output))
        if node.op_type in CONVOLUTIONS and leads and node.name in second:
            middle.add(node.name)
        if node.op_type in CONVOLUTIONS or leads:
            before.update(node.input)
    return middle


def _limit_weights(model: onnx.ModelProto, names: set[str]) -> dict[str, list[dict[str, Any]]]:
    """Make the weights of 8-bit convolutions multiples of scales, in place; the scales as the quantizer wants them.

    Depthwise convolutions (one channel a group) are left to the quantizer: they multiply in 16 bits.
    """
    from onnxruntime.quantization import QuantType

    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    overrides: dict[str, list[dict[str, Any]]] = {}
    for node in model.graph.node:
        if node.op_type != "Conv" or node.name not in names or node.input[1] in overrides:
            continue
        tensor = tensors[node.input[1]]
        if tensor.dims[1] == 1:
            continue
        values, scales = without_saturation(numpy_helper.to_array(tensor))
        tensor.CopyFrom(numpy_helper.from_array(values * scales[:, None, None, None], tensor.name))
        facts = {"quant_type": QuantType.QInt8, "axis": 0, "zero_point": np.int8(0)}
        overrides[tensor.name] = [{**facts, "scale": scale} for scale in scales]
    return overrides


def _store_dense_as_int8(model: onnx.ModelProto, smallest: int = 4096) -> None:
    """Keep large weights of float operators as int8 with a Cast and a scale; onnxruntime unfolds them when it loads."""
    graph = model.graph
    tensors = {tensor.name: tensor for tensor in graph.initializer if tensor.data_type == TensorProto.FLOAT}
    unfolding: list[NodeProto] = []
    for node in graph.node:
        tensor = tensors.pop(node.input[1], None) if node.op_type in DENSE else None
        if tensor is None or np.prod(tensor.dims) < smallest:
            continue
        transposed = any(attribute.name == "transB" and attribute.i for attribute in node.attribute)
        name = tensor.name
        values, scales = per_channel(numpy_helper.to_array(tensor), 0 if transposed else DENSE[node.op_type])
        tensor.CopyFrom(numpy_helper.from_array(values, f"{name}.int8"))
        graph.initializer.append(numpy_helper.from_array(scales, f"{name}.scale"))
        unfolding.append(helper.make_node("Cast", [f"{name}.int8"], [f"{name}.float"], to=TensorProto.FLOAT))
        unfolding.append(helper.make_node("Mul", [f"{name}.float", f"{name}.scale"], [name]))
    nodes = [*unfolding, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def _quantisers_own(model: onnx.ModelProto) -> Iterator[str]:
    """Scales: they must stay constants, and exact."""
    for node in model.graph.node:
        if node.op_type in ("QuantizeLinear", "DequantizeLinear", "Mul"):
            yield node.input[1]
