import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto

from pincel.errors import ModelError
from pincel.export.int8_graph import as_float32, int8_nodes, is_int8, to_int8
from pincel.export.onnx_graph import store_as_float16


def paint(model: onnx.ModelProto, source: np.ndarray, **feeds: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"source": source, **feeds})[0]


def pictures(count: int = 12, height: int = 32, width: int = 48) -> list[dict[str, np.ndarray]]:
    rng = np.random.default_rng(1)
    return [{"source": rng.uniform(-1, 1, (1, 1, height, width)).astype(np.float32)} for _ in range(count)]


def kinds(model: onnx.ModelProto, names: list[str]) -> set[str]:
    return {node.output[0] for node in model.graph.node if node.name in names}


@pytest.fixture
def network(convolving_model):
    return onnx.load(convolving_model())


def test_only_convolutions_between_first_and_last_are_chosen(network):
    chosen = kinds(network, int8_nodes(network))
    assert {"m", "d", "j"} <= chosen
    assert not {"f", "l", "u", "painted"} & chosen  # the first, the last, the transposed one, the tanh


def test_what_lies_between_two_of_them_goes_along(network):
    chosen = kinds(network, int8_nodes(network))
    assert {"level2", "both", "features"} <= chosen  # Clip, Concat, and the Relu that ends a convolution
    assert not {"large", "deep"} & chosen  # they lead to float convolutions alone


def test_a_resize_between_two_of_them_goes_along(network):
    for node in network.graph.node:
        if node.op_type == "Conv" and node.output[0] == "l":
            node.op_type, node.output[0] = "Conv", "inner"
    network.graph.node[-1].input[0] = "inner"
    assert "large" not in kinds(network, int8_nodes(network))
    tail = onnx.helper.make_node("Conv", ["painted", "tail"], ["final"])
    network.graph.node.append(tail)
    network.graph.initializer.append(onnx.numpy_helper.from_array(np.ones((2, 2, 1, 1), np.float32), "tail"))
    assert {"large", "inner"} <= kinds(network, int8_nodes(network))


def test_the_int8_network_paints_nearly_the_same(network):
    small = to_int8(network, pictures())
    source = np.random.default_rng(9).uniform(-1, 1, (1, 1, 64, 64)).astype(np.float32)
    before, after = paint(network, source), paint(small, source)
    assert np.abs(before).mean() > 0.2  # there is something to compare
    assert 0 < np.abs(before - after).mean() < 0.02


def test_batch_and_sizes_stay_free(network):
    small = to_int8(network, pictures())
    source = np.random.default_rng(2).uniform(-1, 1, (3, 1, 20, 72)).astype(np.float32)
    together = paint(small, source)
    assert together.shape == (3, 2, 20, 72)
    np.testing.assert_allclose(paint(small, source[1:2]), together[1:2], atol=0.05)


def test_weights_are_stored_in_8_bits_and_the_float_rest_in_16(network):
    small = to_int8(network, pictures())
    types = {tensor.name: tensor.data_type for tensor in small.graph.initializer}
    assert types["middle_quantized"] == types["joined_quantized"] == types["depthwise_quantized"] == TensorProto.INT8
    assert types["up.int8"] == TensorProto.INT8  # multiplied in float, kept in 8 bits
    large = [t for t in small.graph.initializer if t.data_type == TensorProto.FLOAT and np.prod(t.dims) >= 256]
    assert not large


def test_scales_of_wide_layers_stay_exact_constants(convolving_model):
    small = to_int8(onnx.load(convolving_model(width=300)), pictures(3))
    types = {tensor.name: tensor.data_type for tensor in small.graph.initializer}
    scales = [node.input[1] for node in small.graph.node if node.op_type in ("QuantizeLinear", "DequantizeLinear")]
    assert any(np.prod(t.dims) == 300 for t in small.graph.initializer if t.name in scales)
    assert {types[name] for name in scales} == {TensorProto.FLOAT}


def test_a_label_reaches_the_int8_network(convolving_model):
    network = onnx.load(convolving_model(labels=True))
    feeds = [feed | {"label": np.array([i % 3])} for i, feed in enumerate(pictures())]
    small = to_int8(network, feeds)
    source = feeds[0]["source"]
    painted = [paint(small, source, label=np.array([i])) for i in range(3)]
    assert np.abs(painted[0] - painted[1]).mean() > 0.05
    for i in range(3):
        assert np.abs(painted[i] - paint(network, source, label=np.array([i]))).mean() < 0.02


def test_float16_storage_is_undone_before(network):
    stored = store_as_float16(onnx.ModelProto.FromString(network.SerializeToString()))
    assert any(tensor.data_type == TensorProto.FLOAT16 for tensor in stored.graph.initializer)
    restored = as_float32(stored)
    assert not any(tensor.data_type == TensorProto.FLOAT16 for tensor in restored.graph.initializer)
    assert not any(node.op_type == "Cast" for node in restored.graph.node)
    source = pictures(1)[0]["source"]
    np.testing.assert_allclose(paint(restored, source), paint(stored, source), atol=1e-6)
    assert any(tensor.data_type == TensorProto.FLOAT16 for tensor in stored.graph.initializer)  # a copy was changed


def test_an_int8_graph_is_recognised(network):
    assert not is_int8(network)
    assert is_int8(to_int8(network, pictures(2)))


def test_a_network_without_a_middle_has_nothing_to_quantise(make_model):
    with pytest.raises(ModelError, match="no convolution between the first and the last"):
        to_int8(onnx.load(make_model()), pictures(2))


def test_every_feed_is_counted(network):
    seen = []
    to_int8(network, pictures(4), lambda: seen.append(1))
    assert len(seen) == 4
