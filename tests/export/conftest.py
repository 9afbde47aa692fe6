"""A small network of real convolutions as a model file, for what changes graphs."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from pincel.runtime.card import CARD_KEY, HASHES_KEY, ModelCard, pack_hashes
from pincel.tasks import TASKS


@pytest.fixture
def convolving_model(tmp_path: Path) -> Callable[..., Path]:
    """``convolving_model("name", labels=True)`` -> file of a U of three levels: down, down, up (transposed), out.

    Convolutions by name: ``first`` (stride 2), ``middle`` (with Clip 0..6 behind it), ``depthwise``, ``up``
    (transposed, stride 2), ``joined`` (after Concat with the first one's output) and ``last``; ``width`` channels in
    the middle. H and W are multiples of 4.
    """

    def make(name: str = "u", task: str = "colorize", labels: bool = False, width: int = 24, **card: object) -> Path:
        rng = np.random.default_rng(0)
        planes_in, planes_out = TASKS[task].source_channels, TASKS[task].target_channels

        def weights(title: str, *shape: int) -> str:
            fan_in = np.prod(shape[1:]) if title != "up" else shape[0]
            tensors.append(numpy_helper.from_array(rng.normal(0, 1.2 / fan_in**0.5, shape).astype(np.float32), title))
            return title

        def node(kind: str, inputs: list[str], output: str, **attributes: object) -> None:
            nodes.append(helper.make_node(kind, inputs, [output], **attributes))

        tensors = [numpy_helper.from_array(np.array(v, np.float32), n) for n, v in (("low", 0.0), ("high", 6.0))]
        nodes: list[onnx.NodeProto] = []
        node("Conv", ["source", weights("first", 16, planes_in, 3, 3)], "f", strides=[2, 2], pads=[1, 1, 1, 1])
        node("Relu", ["f"], "level1")
        node("Conv", ["level1", weights("middle", width, 16, 3, 3)], "m", strides=[2, 2], pads=[1, 1, 1, 1])
        node("Clip", ["m", "low", "high"], "level2")
        if labels:
            node("Gather", [weights("vectors", 3, width), "label"], "vector")
            tensors.append(numpy_helper.from_array(np.array([2, 3]), "axes"))
            node("Unsqueeze", ["vector", "axes"], "vector4")
            node("Add", ["level2", "vector4"], "told")
        node(
            "Conv",
            ["told" if labels else "level2", weights("depthwise", width, 1, 3, 3)],
            "d",
            group=width,
            pads=[1] * 4,
        )
        node("LeakyRelu", ["d"], "deep", alpha=0.2)
        node("ConvTranspose", ["deep", weights("up", width, 16, 4, 4)], "u", strides=[2, 2], pads=[1, 1, 1, 1])
        node("Concat", ["u", "level1"], "both", axis=1)
        node("Conv", ["both", weights("joined", 16, 32, 3, 3)], "j", pads=[1, 1, 1, 1])
        node("Relu", ["j"], "features")
        tensors.append(numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), "scales"))
        node("Resize", ["features", "", "scales"], "large", mode="linear")
        node("Conv", ["large", weights("last", planes_out, 16, 1, 1)], "l")
        node("Tanh", ["l"], "painted")
        inputs = [helper.make_tensor_value_info("source", TensorProto.FLOAT, ["n", planes_in, "h", "w"])]
        if labels:
            inputs.append(helper.make_tensor_value_info("label", TensorProto.INT64, ["n"]))
            card["classes"] = ["apple", "boat"]
        outputs = [helper.make_tensor_value_info("painted", TensorProto.FLOAT, ["n", planes_out, "h", "w"])]
        graph = helper.make_graph(nodes, "u", inputs, outputs, tensors)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
        facts = {"name": name, "task": task, "working_size": 48, "size_multiple": 4, **card}
        hashes = pack_hashes(np.array([5, 3], np.uint64))
        texts = {CARD_KEY: ModelCard.model_validate(facts).model_dump_json(), HASHES_KEY: hashes}
        helper.set_model_props(model, texts)
        onnx.save(model, tmp_path / f"{name}.onnx")
        return tmp_path / f"{name}.onnx"

    return make
