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


def test_a_sketch_model_says_how_its_sketches_were_drawn_and_nothing_of_saturation(make_translator):
    card = {"sketch": {"method": "canny", "sigma": 1.0, "high": 0.5}, "working_size": 64, "macs_working": 370_000_000}
    lines = card_text(load_model(make_translator("sketch", **card))).splitlines()
    assert any(line.split(maxsplit=1) == ["sketches", "canny (sigma=1, high=0.5)"] for line in lines)
    assert any("long side 64 px (0.370 GMACs for a square)" in line for line in lines)
    assert not any("saturation" in line or "label" in line for line in lines)
