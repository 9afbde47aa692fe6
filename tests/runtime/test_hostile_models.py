"""Model files of others: mutated at random with a fixed seed. Whatever they hold, there is one kind of error."""

import json
import random
import string

import numpy as np
import onnx
import pytest

from pincel.errors import ModelError
from pincel.imaging.read import Picture
from pincel.runtime import tryout
from pincel.runtime.card_facts import card_facts, quality_facts
from pincel.runtime.model_file import load_model
from pincel.runtime.paint_options import PaintOptions
from pincel.runtime.painter import paint

FILES, CARDS = 250, 250
STRANGE = [
    *(None, True, -1, 0, 0.5, 2**31, 2**63, 10**400, 1e308, float("nan"), float("inf"), -0.0, "", "x" * 5000),
    *("\x1b[2J\r\n", "\u202e", "\x00", "1e999", "NaN", [], {}, [[]], [None], [0] * 300, {"": {}}, ["\x1b"] * 3),
    *([[1, 2], [3, 4]], [[1e300, "a"]], {"cat": -1}, {"a": [{"b": {"c": []}}]}, "sketch", "paired", "colorize"),
]


@pytest.fixture
def hurried(monkeypatch):
    """A mutation that never ends is not waited for long."""
    monkeypatch.setattr(tryout, "SECONDS", 2.0)


def load_and_paint(path):
    """Whether it could be done; any other error than ours goes through."""
    try:
        model = load_model(path)
        for text in [*card_facts(model.card).values(), *quality_facts(model.card).values(), *model.card.classes]:
            assert all(sign.isprintable() or sign in "\n\t\u200c\u200d" or sign in string.printable for sign in text)
            assert "\x1b" not in text
        picture = Picture(np.arange(30 * 40, dtype=np.uint32).astype(np.uint8).reshape(30, 40))
        paint(picture, model, PaintOptions(working_size=24))
    except ModelError as error:
        assert "\n" not in str(error)
        assert "\x1b" not in str(error)
        return False
    return True


def mutated(data: bytes, chance: random.Random) -> bytes:
    """A file with some bytes changed, cut out, doubled or put in."""
    parts = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(parts))
        match chance.randrange(5):
            case 0:
                parts[place] ^= 1 << chance.randrange(8)
            case 1:
                parts[place] = chance.choice([0, 1, 127, 128, 255])
            case 2:
                del parts[place : place + chance.randint(1, 30)]
            case 3:
                parts[place:place] = parts[place : place + chance.randint(1, 60)]
            case 4:
                parts[place:place] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 8)))
    return bytes(parts)


def test_mutated_files_give_our_error_or_a_painting(
    make_model, make_labelled_model, make_translator, tmp_path, hurried
):
    chance = random.Random(21)
    seeds = [path.read_bytes() for path in (make_model(), make_labelled_model(), make_translator("paired"))]
    path = tmp_path / "mutated.onnx"
    for _ in range(FILES):
        path.write_bytes(mutated(chance.choice(seeds), chance))
        load_and_paint(path)


def test_mutated_cards_give_our_error_or_a_painting(make_labelled_model, tmp_path, hurried):
    chance = random.Random(21)
    model = onnx.load(make_labelled_model(class_saturation={"night": 0.5}, quality={"q": {"n": 3}}, recipe="data: {}"))
    card = json.loads(model.metadata_props[0].value)
    path = tmp_path / "mutated.onnx"
    painted = 0
    for _ in range(CARDS):
        changed = dict(card)
        for name in chance.sample(sorted(card), chance.randint(1, 2)):
            changed[name] = chance.choice(STRANGE)
        text = json.dumps(changed)
        model.metadata_props[0].value = text if chance.random() < 0.9 else text[: chance.randrange(len(text))]
        onnx.save(model, path)
        painted += load_and_paint(path)
    assert 0 < painted < CARDS
