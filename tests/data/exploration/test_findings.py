"""Sentences about sets that are awkward to make as files; the common ones are in test_explore.py."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from pincel.data.exploration.explore import explore
from pincel.data.exploration.findings import findings


def text_with(found, words):
    (match,) = [finding for finding in findings(found) if words in finding.text]
    return match


@pytest.fixture
def found(class_folders):
    return explore([class_folders])


def with_counts(found, **by_class):
    parts = {name: replace(part, **by_class.get(name, {})) for name, part in found.by_class.items()}
    totals = {key: sum(getattr(part, key) for part in parts.values()) for key in ("grey", "pale", "near_duplicates")}
    return replace(found, by_class=parts, total=replace(found.total, **totals))


def test_the_class_that_holds_most_grey_photos_is_named(found):
    text = text_with(with_counts(found, boat={"grey": 5}, apple={"grey": 2}), "grey").text
    assert text == "7 photos are grey, most of them in boat: they teach no colour."
    text = text_with(with_counts(found, boat={"grey": 5}), "grey").text
    assert text == "5 photos are grey, all of them in boat: they teach no colour."
    text = text_with(with_counts(found, boat={"grey": 5}, apple={"grey": 5}), "grey").text
    assert text == "10 photos are grey: they teach no colour."


def test_pale_photos_are_not_called_grey(found):
    finding = text_with(with_counts(found, boat={"pale": 1}), "hardly")
    assert finding.text == "1 photo has hardly any colour."
    assert "between 5 and 10 Lab units" in finding.advice


def test_unequal_classes_are_told(class_folders, smooth_photo):
    for i in range(20):
        Image.fromarray(smooth_photo(500 + i)).save(class_folders / "boat" / f"more{i}.png")
    finding = text_with(explore([class_folders]), "largest class")
    assert finding.level == "know"
    assert finding.text.startswith("The largest class (boat, 28) has 3.5 times the photos of the smallest (apple, 8)")


def test_small_and_long_photos_are_told(tmp_path, smooth_photo):
    (tmp_path / "photos").mkdir()
    for i, (height, width) in enumerate([(60, 120), (100, 400)]):
        Image.fromarray(smooth_photo(i, height, width)).save(tmp_path / "photos" / f"{i}.png")
    found = explore([tmp_path / "photos"])
    assert text_with(found, "128 px").text == "1 photo is smaller than 128 px on the long side."
    assert "62%" in text_with(found, "black").text  # (1 - 60/120 + 1 - 100/400) / 2


def test_passed_by_files_are_told_and_pictures_among_them_apart(class_folders):
    Path(class_folders / "a.txt").write_text("x")
    Image.open(class_folders / "boat" / "boat0.jpg").save(class_folders / "boat" / "b.jfif", format="JPEG")
    found = explore([class_folders])
    assert text_with(found, "other file").text == "1 other file is passed by, being no picture: .txt."
    assert text_with(found, "does not end").text == "1 picture has a name that does not end like a picture's."
