import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pincel.runtime.card import ModelCard, pack_hashes, read_card, unpack_hashes


@given(st.lists(st.integers(0, 2**64 - 1)))
def test_hashes_are_packed_and_unpacked_sorted(values):
    assert unpack_hashes(pack_hashes(np.array(values, np.uint64))).tolist() == sorted(values)


def test_a_card_goes_through_json_and_ignores_what_later_versions_add():
    card = ModelCard(name="x", task="colorize", parity={"64x64": 1e-6}, quality={"n": 3})
    assert ModelCard.model_validate_json(card.model_dump_json()) == card
    assert ModelCard.model_validate({"name": "x", "task": "colorize", "from_the_future": 1}).name == "x"


def test_what_is_printed_of_a_card_is_clean_wherever_it_comes_from():
    fields = {"name": "a\x1b[31m\r\nb", "task": "colorize", "classes": ["x\ny", "\u202ez"], "recipe": "a: 1\nb: \x9b2"}
    fields |= {
        "quality": {"q\x07": {"k\x1b": ["\x1b[2J"]}},
        "description": "two\nlines",
        "class_saturation": {"\x00c": 1},
    }
    card = read_card(json.dumps(fields))
    assert card == ModelCard.model_validate(fields)
    assert (card.name, card.classes, card.description) == ("a[31m b", ["x y", "z"], "two\nlines")
    assert (card.recipe, card.quality, card.class_saturation) == ("a: 1\nb: 2", {"q": {"k": ["[2J"]}}, {"c": 1.0})


def test_numbers_that_are_not_finite_are_nothing():
    assert ModelCard.model_validate({"name": "m", "task": "sketch", "training": {"x": float("nan")}}).training == {
        "x": None
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"name": "m"}', "task: field required"),
        ('{"name": "m", "task": "colourise"}', "task: this version of Pincel does only colorize, sketch, paired"),
        ('{"name": "m", "task": "sketch", "size_multiple": 0}', "size_multiple: input should be greater than or equal"),
        ('{"name": "m", "task": "sketch", "working_size": 100000}', "working_size: input should be less than or equal"),
        ('{"name": "m", "task": "sketch", "saturation": NaN}', "saturation: input should be a valid number"),
        ('{"name": "m", "task": "sketch", "parameters": 1e30}', "parameters: "),
        ('{"name": "m", "task": "sketch", "training": {"x": 99999999999999999999}}', "a number has too many digits"),
        (
            '{"name": "m", "task": "sketch", "training": ' + "[" * 50 + "]" * 50 + "}",
            "too many lists inside each other",
        ),
        ("[" * 10**5, "Invalid JSON"),
        ("x" * (2**20 + 1), "its model card is 1.0 MiB long"),
    ],
)
def test_a_card_that_is_wrong_says_where(text, reason):
    with pytest.raises(ValueError, match=reason):
        read_card(text)


@pytest.mark.parametrize(
    "recipe", ["[" * 60_000, "a: " + "9" * 5000, "data: {split: [1]}", "a: &a [*a]\ndata: {split: x}", "data: 7"]
)
def test_a_recipe_inside_that_cannot_be_trusted_names_no_split(recipe):
    assert ModelCard(name="m", task="colorize", recipe=recipe).learnt_from().split is None
