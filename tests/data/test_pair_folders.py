from pathlib import Path

import pytest

from pincel.data.pair_folders import data_set_of, is_pair_folder, labels_of_pairs
from pincel.errors import PincelError


@pytest.fixture
def pairs(tmp_path):
    """``pairs("color/a.jpg", ...)`` -> the folder ``set`` with these files."""

    def make(*names: str) -> Path:
        for name in names:
            path = tmp_path / "set" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")
        return tmp_path / "set"

    return make


def test_the_class_is_the_last_number_of_the_papers_names(pairs):
    folder = pairs(*(f"{side}/{side}_0000{n}_{c}.jpg" for side in ("color", "gray") for n, c in ((1, 1), (2, 12))))
    assert {path.name: label for path, label in labels_of_pairs(folder).items()} == {
        "color_00001_1.jpg": "1",
        "color_00002_12.jpg": "12",
    }


def test_other_names_take_the_class_from_the_folder_or_the_data_set(pairs):
    folder = pairs("color/cat/IMG_01.jpg", "gray/cat/IMG_01.png", "color/a.jpg", "gray/gray_a.tif")
    assert {path.name: label for path, label in labels_of_pairs(folder).items()} == {
        "IMG_01.jpg": "cat",
        "a.jpg": "set",
    }


@pytest.mark.parametrize("alone", ["color", "gray"])
def test_pictures_without_a_partner_are_named(pairs, alone):
    folder = pairs("color/color_00001_1.jpg", "gray/gray_00001_1.jpg", f"{alone}/{alone}_00002_1.jpg")
    with pytest.raises(PincelError, match=rf"1 picture has no partner in .*\(the first: {alone}/{alone}_00002_1.jpg\)"):
        labels_of_pairs(folder)


def test_two_pictures_for_one_partner_are_refused(pairs):
    with pytest.raises(PincelError, match=r"a\.jpg and .*a\.png have the same name"):
        labels_of_pairs(pairs("color/a.jpg", "color/a.png", "gray/a.jpg"))


def test_hidden_files_and_texts_are_no_pairs(pairs):
    folder = pairs("color/a.jpg", "gray/a.jpg", "color/.b.jpg", "color/notes.txt")
    assert len(labels_of_pairs(folder)) == 1


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("color/a.jpg", "gray/a.jpg", "readme.txt", ".hidden/x"), True),
        (("color/a.jpg",), False),
        (("colour/a.jpg", "grey/a.jpg"), False),  # two classes may well be called so
        (("color/a.jpg", "gray/a.jpg", "blue/a.jpg"), False),
        (("color/a.jpg", "gray/a.jpg", "a.jpg"), False),
    ],
)
def test_a_pair_folder_holds_color_and_gray_and_no_other_pictures(pairs, names, expected):
    assert is_pair_folder(pairs(*names)) is expected


def test_a_side_of_pairs_stands_for_both(pairs, monkeypatch):
    folder = pairs("color/a.jpg", "gray/a.jpg")
    assert data_set_of(folder / "color") == data_set_of(folder / "gray") == folder
    assert data_set_of(folder) == folder
    monkeypatch.chdir(folder / "color")
    assert data_set_of(Path()).resolve() == folder.resolve()


def test_a_folder_called_color_without_a_partner_is_itself(pairs):
    folder = pairs("color/a.jpg", "other/a.jpg")
    assert data_set_of(folder / "color") == folder / "color"
