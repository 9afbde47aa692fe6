from pincel.runtime.card import ModelCard
from pincel.runtime.card_facts import card_facts, quality_facts, saturation_text


def test_a_colorizer_tells_its_size_labels_and_saturation():
    card = ModelCard(
        name="mine",
        task="colorize",
        classes=["cat", "dog"],
        tells_label=True,
        parameters=3_870_000,
        macs_128=363_000_000,
        working_size=320,
        size_multiple=32,
        saturation=1.04,
    )
    facts = card_facts(card)
    assert facts["size"] == "3.87 M parameters, 0.363 GMACs executed at 128 px"
    assert facts["labels"] == "cat, dog; it tells them by itself"
    assert facts["saturation"] == "1.04"
    assert facts["working size"] == (
        "long side 320 px, sizes padded to multiples of 32; small pictures enlarged 1.5 times at most"
    )
    assert next(iter(facts)) == "task"


def test_a_careful_colorizer_tells_of_bars_and_bins():
    card = ModelCard(name="m", task="colorize", leaves_bars=True, bins=[(0, 0), (10, 0)])
    assert card_facts(card)["working size"].endswith("1.5 times at most, black bars left out")
    assert card_facts(card)["bins"] == "how likely each of 2 colours is, at every fourth pixel"


def test_factors_of_classes_stand_behind_the_model_s():
    card = ModelCard(name="mine", task="colorize", class_saturation={"cat": 0.6, "dog": 1.2})
    assert saturation_text(card) == "1; and of what is told to be cat 0.6, dog 1.2"
    found = card.model_copy(update={"saturation_found": {"goal": "psnr", "photos": 9}})
    assert saturation_text(found) == "1; and of what is told to be cat 0.6, dog 1.2 (goal psnr, photos 9)"


def test_what_is_empty_is_left_out():
    facts = card_facts(ModelCard(name="mine", task="paired"))
    assert not {"description", "labels", "saturation", "sketches", "data licence", "parity", "int8"} & set(facts)
    assert all(facts.values())


def test_a_colorizer_without_labels_says_so():
    assert card_facts(ModelCard(name="mine", task="colorize"))["labels"] == "none; the model takes no label"


def test_the_cost_at_the_working_size_stands_beside_it():
    card = ModelCard(name="mine", task="sketch", working_size=128, macs_working=362_200_000)
    assert "(0.362 GMACs for a square)" in card_facts(card)["working size"]


def test_quality_is_told_figure_by_figure():
    card = ModelCard(name="mine", task="colorize", quality={"flowers, test": {"n": 423, "ciede2000": 8.72345}})
    assert quality_facts(card) == {"flowers, test": "n 423, ciede2000 8.723"}
    assert quality_facts(ModelCard(name="mine", task="colorize")) == {}
