from dataclasses import replace

import pytest

from pincel.data.split import Split
from pincel.errors import PincelError
from pincel.explain.explained import load_explained
from pincel.explain.side import own_folders, pictures_of_side


@pytest.fixture
def split(tmp_path):
    """Pictures 0 to 3 of each class are on the validation side."""
    keys = [f"photos/{name}/{name}{i}.jpg" for name in ("apple", "boat", "cloud") for i in range(8)]
    path = tmp_path / "split.csv"
    sides = {key: "val" if int(key[-5]) < 4 else "train" for key in keys}
    path.write_text(Split(sides, {key: n for n, key in enumerate(keys)}).to_csv())
    return str(path)


def test_only_pictures_of_the_side_and_of_known_classes_are_taken(toy, class_folders, split):
    files = pictures_of_side(toy(classes=["apple", "cloud"]), [class_folders], split, "val")
    assert [file.path.name for file in files] == [f"{name}{i}.jpg" for name in ("apple", "cloud") for i in range(4)]


def test_a_model_without_labels_takes_them_all(toy, class_folders, split):
    assert len(pictures_of_side(toy(classes=[]), [class_folders], split, "val")) == 12


def test_fewer_are_evenly_spread_over_the_classes(toy, class_folders, split):
    files = pictures_of_side(toy(), [class_folders], split, "val", limit=3)
    assert [file.label for file in files] == ["apple", "boat", "cloud"]


def test_what_a_model_learnt_from_last_is_not_on_its_validation_side(class_folders, split, make_labelled_model):
    explained = load_explained(make_labelled_model(recipe=f"data: {{split: '{split}', validation_kept: 0.25}}"))
    explained = replace(explained, classes=["apple", "boat", "cloud"])
    files = pictures_of_side(explained, [class_folders], None, "val")
    assert [file.path.name for file in files] == ["apple0.jpg", "boat1.jpg", "cloud3.jpg"]


def test_what_is_not_there_gets_one_sentence(toy, class_folders, split):
    with pytest.raises(PincelError, match="on the test side of the split and of a class that toy knows"):
        pictures_of_side(toy(), [class_folders], split, "test")
    with pytest.raises(PincelError, match="give --data with its folder"):
        own_folders(toy())
