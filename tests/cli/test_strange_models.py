"""Every command that takes a model, on files that are not what they say: a sentence or a result, never a traceback."""

from itertools import pairwise

import onnx
import pytest
from onnx import helper

from pincel.runtime.card import ModelCard

CARD = "pincel.card"
COMMANDS = {
    "colorize": ["photos/apple/apple0.jpg", "-m", "MODEL"],
    "draw": ["photos/apple/apple0.jpg", "-m", "MODEL"],
    "translate": ["photos/apple/apple0.jpg", "-m", "MODEL"],
    "demo": ["-m", "MODEL"],
    "models": ["--file", "MODEL"],
    "models show": ["MODEL"],
    "models show --json": ["MODEL"],
    "evaluate": ["MODEL", "-d", "photos", "-o", "r1", "--no-set-metrics", "--limit", "2", "--write-card"],
    "explain": ["photos/apple/apple0.jpg", "-m", "MODEL", "-o", "r2"],
    "quantize": ["MODEL", "-d", "photos", "-o", "m1.onnx", "--pictures", "2", "--measured", "2"],
    "saturate": ["MODEL", "-d", "photos", "-o", "m2.onnx", "--limit", "2"],
    "saturate like": ["default", "--like", "MODEL", "-o", "m3.onnx"],
    "train": ["fine-tune", "generator.weights=MODEL", "data.split=null", "-d", "photos", "-o", "r3"],
    "distil": ["MODEL", "--student", "colorize-lite", "data.split=null", "-d", "photos", "-o", "r4", "--dry-run"],
    "prune": ["MODEL", "-o", "r5", "--ratio", "0.5"],
}
TRIPLED = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}, *{a}]\n" for a, b in pairwise("abcdefghijklmnop"))
CARDS = {
    "escapes": {"name": "\x1b]0;x\x07red", "data": "\x1b[2J", "recipe": "a: \x1b[1m", "quality": {"\x1b[3m": "\x1b["}},
    "a network that is not inside": {"generator": {"name": "lite_unet"}},
    "a network of terabytes": {"generator": {"name": "lite_unet", "options": {"decoder_channels": [10**6] * 4}}},
    "a network of nonsense": {"generator": {"name": "query_unet", "options": {"certainty": [[]], "x": 1}}},
    "a network that is none": {"generator": {"name": ["a"], "options": 7}},
    "a recipe of nonsense": {"recipe": "data: {split: [1], cache_side: many, validation_kept: x}", "split_digest": "a"},
    "a recipe that grows": {"recipe": TRIPLED},
    "nonsense and extremes": {
        "sketch": {"method": ["x"], "sigma": [1], "thickness": None},
        "quality": {"q": [1]},
        "parity": {"a": 1e308},
        "saturation_found": {"x": []},
        "saturation": 1000.0,
        "largest_enlargement": 100.0,
    },
}


def refused(model):
    """Not a card of any kind."""
    model.metadata_props[0].value = "[]"


def names_no_text(model):
    """A name that onnxruntime does not mind, and the package onnx does."""
    model.graph.node[0].name = "VVVV"


def computed_weights(model):
    """Convolutions whose weights are no tensors of the file."""
    for number in range(3):
        conv = helper.make_node("Conv", ["source", f"w{number}"], [f"c{number}"])
        model.graph.node.insert(0, conv)
        model.graph.node.insert(0, helper.make_node("Identity", ["weight"], [f"w{number}"]))


GRAPHS = {"a card that is none": refused, "names that are no text": names_no_text, "computed weights": computed_weights}

LOOKED_AT = {  # by which commands: those that read what is strange
    "escapes": tuple(COMMANDS),
    "a card that is none": ("colorize", "models", "models show", "evaluate", "explain", "saturate like", "train"),
    "a network that is not inside": ("explain", "train"),
    "a network of terabytes": ("explain", "distil"),
    "a network of nonsense": ("explain",),
    "a network that is none": ("explain",),
    "a recipe of nonsense": ("quantize", "saturate"),
    "a recipe that grows": ("saturate",),
    "nonsense and extremes": ("colorize", "models show", "saturate"),
    "names that are no text": ("explain", "quantize", "saturate", "train"),
    "computed weights": ("explain", "quantize"),
}


@pytest.fixture
def strange(make_model):
    """``strange(kind)`` -> the file."""

    def make(kind):
        path = make_model("strange")
        model = onnx.load(path)
        if kind in CARDS:
            card = ModelCard(name="strange", task="colorize").model_copy(update=CARDS[kind])
            model.metadata_props[0].value = card.model_dump_json(warnings=False)
        else:
            GRAPHS[kind](model)
        path.write_bytes(model.SerializeToString().replace(b"VVVV", b"\xff\xfe\xff\xfe"))
        return path

    return make


@pytest.mark.parametrize(
    ("kind", "command"), [(kind, command) for kind, commands in LOOKED_AT.items() for command in commands]
)
def test_a_command_gives_a_sentence_or_a_result(pincel_main, class_folders, cache_folder, strange, kind, command):
    path = strange(kind)
    words = [word.replace("MODEL", str(path)) for word in COMMANDS[command]]
    if command == "train":
        words.append("--dry-run" if kind == "escapes" else "--epochs=0.01")
    options = [word for word in command.split() if word != "like"]
    result = pincel_main(*options, *words)
    assert result.returncode in (0, 1, 2)
    assert "Traceback" not in result.stderr
    assert not {"\x1b", "\x07"} & set(result.stdout + result.stderr)
    if result.returncode == 2:
        assert result.stderr.startswith("pincel: ") or "pincel: " in result.stderr
    if kind == "a card that is none":
        assert result.returncode == 2
        assert f"{path} is not one of Pincel's models: the model card inside cannot be read" in result.stderr


def test_a_server_refuses_to_start_with_such_a_file(pincel_main, strange):
    result = pincel_main("serve", strange("a card that is none"), "--no-browser", "--port", "0")
    assert result.returncode == 2
    assert "is not one of Pincel's models" in result.stderr
