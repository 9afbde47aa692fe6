"""A card as a person reads it."""

from pincel.cli.card_text import card_text
from pincel.runtime.model_file import load_model


def test_facts_come_first_and_the_recipe_last(make_model):
    card = {
        "quality": {"photos": {"n": 60, "ciede2000": 11.349}},
        "recipe": "task: colorize\nseed: 0\n",
        "saturation": 1.3,
    }
    lines = card_text(load_model(make_model("mine", parameters=3_870_000, **card))).splitlines()
    assert lines[0] == "mine"
    assert any("3.87 M parameters" in line for line in lines)
    assert any(line.split() == ["saturation", "1.3"] for line in lines)
    assert any("n 60, ciede2000 11.35" in line for line in lines)
    assert lines[-3:] == ["  recipe", "    task: colorize", "    seed: 0"]


def test_empty_fields_are_left_out(make_model):
    text = card_text(load_model(make_model()))
    assert "description" not in text
    assert "quality" not in text


def test_labels_are_listed_and_whether_the_model_tells_them(make_model, make_labelled_model):
    assert "none; the model takes no label" in card_text(load_model(make_model()))
    assert "night, sunrise, grass; it tells them by itself" in card_text(load_model(make_labelled_model()))
    assert "tells them" not in card_text(load_model(make_labelled_model("mute", tells_label=False)))
