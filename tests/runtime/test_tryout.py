"""Model files of others are tried once; here each is strange in one way, and the reason is told in our words."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from pincel.errors import ModelError
from pincel.memory import available_bytes
from pincel.runtime import tryout
from pincel.runtime.card import HASHES_KEY
from pincel.runtime.model_file import embedded_models, load_model

FLOAT, DOUBLE, INT64, BOOL = (getattr(TensorProto, kind) for kind in ("FLOAT", "DOUBLE", "INT64", "BOOL"))
SHOWN = ("source", FLOAT, ["n", 1, "h", "w"])
PAINTED = ("painted", FLOAT, ["n", 2, "h", "w"])


def node(kind, inputs, outputs, **attributes):
    return helper.make_node(kind, inputs.split(" ") if inputs else [], outputs.split(), **attributes)


def paints(*before, last="grey"):
    """Nodes that paint what they are shown twice, and behind that what is given: ``last`` becomes the output."""
    return [node("Concat", "source source", "grey", axis=1), *before, node("Identity", last, "painted")]


def loop_for(count, condition):
    """A loop that adds 0, as often as it is told."""
    inside = helper.make_graph(
        [node("Identity", "go", "still"), node("Add", "sum zero", "more")],
        "inside",
        [helper.make_tensor_value_info(*one) for one in (("i", INT64, []), ("go", BOOL, []), ("sum", FLOAT, None))],
        [helper.make_tensor_value_info(*one) for one in (("still", BOOL, []), ("more", FLOAT, None))],
    )
    return node("Loop", f"{count} {condition} grey", "ended", body=inside)


TENSORS = {
    "zero": np.array(0, np.float32),
    "yes": np.array(True),
    "nothing": np.array(np.nan, np.float32),
    "much": np.array(1e30, np.float32),
    "terabytes": np.array([10**6, 10**6], np.int64),
    "most": np.array(2**62, np.int64),
    "squared": np.array([1, 1, 500_000, 500_000], np.int64),
}
STRANGE = {
    "one plane": ([node("Identity", "source", "painted")], {}, "the size 2 x 1 x 20 x 12, not 2 x 2 x 20 x 12"),
    "half the size": (
        paints(node("MaxPool", "grey", "small", kernel_shape=[2, 2], strides=[2, 2]), last="small"),
        {},
        "the size 2 x 2 x 10 x 6, not",
    ),
    "doubles": (
        paints(node("Cast", "grey", "d", to=DOUBLE), last="d"),
        {"outputs": [("painted", DOUBLE, None)]},
        "'painted' is no float32 array",
    ),
    "a list": (
        [node("SequenceConstruct", "source source", "painted")],
        {"outputs": [helper.make_tensor_sequence_value_info("painted", FLOAT, None)]},
        "'painted' is no float32 array",
    ),
    "no numbers": (paints(node("Add", "grey nothing", "n"), last="n"), {}, "'painted' is not finite"),
    "far out": (paints(node("Mul", "grey much", "m"), last="m"), {}, "far out of -1 to 1"),
    "another name": (
        [node("Concat", "source source", "colours", axis=1)],
        {"outputs": [("colours", *PAINTED[1:])]},
        "no output 'painted', though its card says so",
    ),
    "one size": (paints(), {"inputs": [("source", FLOAT, [1, 1, 64, 64])]}, "one size only (1 x 1 x 64 x 64)"),
    "one at a time": (paints(), {"inputs": [("source", FLOAT, [1, 1, "h", "w"])]}, "one size only (1 x 1 x h x w)"),
    "three planes": (paints(), {"inputs": [("source", FLOAT, ["n", 3, "h", "w"])]}, "is shown 3 planes, and colorize"),
    "flat": (paints(), {"inputs": [("source", FLOAT, ["n", "h", "w"])]}, "have 3 dimensions, not 4"),
    "two inputs": (
        paints(node("Add", "grey other", "m"), last="m"),
        {"inputs": [SHOWN, ("other", FLOAT, [])]},
        "wants 2 inputs",
    ),
    "double input": (
        [node("Cast", "source", "f", to=FLOAT), node("Concat", "f f", "painted", axis=1)],
        {"inputs": [("source", DOUBLE, ["n", 1, "h", "w"])]},
        "not float32 pictures",
    ),
    "labels without input": (paints(), {"card": {"classes": ["a", "b"]}}, "names 2 labels, and it has no input"),
    "input without labels": (paints(), {"inputs": [SHOWN, ("label", INT64, ["n"])]}, "names 0 labels, and it has an"),
    "tells nothing": (paints(), {"card": {"tells_label": True}}, "tells labels, and names none"),
    "terabytes": (
        paints(
            node("ConstantOfShape", "terabytes", "t"),
            node("ReduceSum", "t", "r", keepdims=0),
            node("Add", "grey r", "g"),
            last="g",
        ),
        {},
        "asks for more memory than it may have",
    ),
    "terabytes of what it is shown": (
        paints(
            node("Tile", "source squared", "t"),
            node("ReduceSum", "t", "r", keepdims=0),
            node("Add", "grey r", "g"),
            last="g",
        ),
        {},
        "asks for more memory than it may have",
    ),
    "for ever": (paints(loop_for("", "yes"), last="ended"), {}, "has not painted a tiny picture within 0.5 seconds"),
    "very often": (paints(loop_for("most", ""), last="ended"), {}, "has not painted a tiny picture within 0.5 seconds"),
    "unknown operator": (paints(node("Paint", "grey", "g"), last="g"), {}, "not a model that onnxruntime can load"),
}


@pytest.fixture
def strange(make_model, tmp_path):
    """``strange(nodes, inputs=..., outputs=..., card=...)`` -> a file with the card of a colorizer."""

    def make(nodes, inputs=(SHOWN,), outputs=(PAINTED,), card=None):
        card = onnx.load(make_model("strange", **(card or {}))).metadata_props[0]
        used = {name for one in nodes for name in one.input} | {"zero"}
        graph = helper.make_graph(
            nodes,
            "strange",
            [helper.make_tensor_value_info(*one) for one in inputs],
            [helper.make_tensor_value_info(*one) if isinstance(one, tuple) else one for one in outputs],
            [numpy_helper.from_array(value, name) for name, value in TENSORS.items() if name in used],
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        model.metadata_props.append(card)
        onnx.save(model, tmp_path / "strange.onnx")
        return tmp_path / "strange.onnx"

    return make


@pytest.mark.parametrize("kind", STRANGE)
def test_a_strange_file_is_refused_with_its_reason(strange, monkeypatch, capfd, kind):
    nodes, how, reason = STRANGE[kind]
    if "0.5 seconds" in reason:
        monkeypatch.setattr(tryout, "SECONDS", 0.5)
    path = strange(nodes, **how)
    with pytest.raises(ModelError) as caught:
        load_model(path)
    assert str(caught.value).startswith(f"{path} is not one of Pincel's models: ")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")  # no raw lines of onnxruntime


def test_the_same_file_without_what_is_strange_is_a_model(strange):
    assert load_model(strange(paints())).run(np.zeros((1, 1, 5, 7), np.float32)).shape == (1, 2, 5, 7)


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("pincel.card", b"\xff\xfe", "its metadata are no text"),
        ("note", b"\xff\xfe", "its metadata are no text"),
        ("pincel.card", b"", "the model card inside cannot be read"),
        ("pincel.card", b'{"name": "' + b"x" * 2**20 + b'"}', "its model card is 1.0 MiB long"),
        (HASHES_KEY, b"no hashes", "the hashes of its training pictures cannot be read"),
        (HASHES_KEY, b"AAAA", "the hashes of its training pictures cannot be read"),
    ],
)
def test_strange_metadata_are_refused(make_model, key, value, reason):
    path = make_model()
    model = onnx.load(path)
    entry = next((one for one in model.metadata_props if one.key == key), None) or model.metadata_props.add()
    entry.key, entry.value = key, "V" * len(value)
    path.write_bytes(model.SerializeToString().replace(b"V" * len(value), value) if value else b"")
    if not value:
        entry.value = ""
        path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelError) as caught:
        load_model(path)
    assert f"{path} is not one of Pincel's models: {reason}" in str(caught.value)


def test_what_goes_wrong_later_is_told_with_the_size(strange):
    """A reshape that fits the tiny picture alone."""
    shape = node("Constant", "", "fitting", value=numpy_helper.from_array(np.array([2, 2, 20, 12]), "s"))
    model = load_model(strange(paints(shape, node("Reshape", "grey fitting", "g"), last="g")))
    with pytest.raises(ModelError, match="model 'strange' fails at 7 x 5 px: it cannot be run"):
        model.run(np.zeros((1, 1, 5, 7), np.float32))


def test_memory_has_an_end_when_painting_too(strange):
    """Each pixel with each other: little for a tiny picture, too much for a large one."""
    nodes = paints(
        node("Flatten", "source", "flat", axis=0),
        node("Transpose", "flat", "turned", perm=[1, 0]),
        node("MatMul", "turned flat", "pairs"),
        node("ReduceMean", "pairs", "r", keepdims=0),
        node("Mul", "r zero", "z"),
        node("Add", "grey z", "g"),
        last="g",
    )
    model = load_model(strange(nodes))
    side = int((8 * available_bytes()) ** 0.25)  # the pairs are 8 times of the free memory
    with pytest.raises(ModelError, match="asks for more memory than it may have"):
        model.run(np.zeros((1, 1, side, 2 * side), np.float32))


def test_embedded_models_are_not_tried(monkeypatch):
    monkeypatch.setattr("pincel.runtime.model_file.try_out", lambda path: pytest.fail("tried"))
    for name in embedded_models():
        load_model(name)
