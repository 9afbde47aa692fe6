from pathlib import Path

import pytest

from pincel.data.scan import PictureFile, scan
from pincel.errors import PincelError


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def test_keys_start_with_the_data_folders_name_and_come_in_order(tmp_path):
    root = tmp_path / "pets"
    touch(root / "dog" / "b.jpg", root / "cat" / "z.png", root / "cat" / "deep" / "a.TIF")
    assert [file.key for file in scan([root])] == ["pets/cat/deep/a.TIF", "pets/cat/z.png", "pets/dog/b.jpg"]


def test_the_label_is_the_first_folder_and_the_data_sets_name_without_one(tmp_path):
    root = tmp_path / "pets"
    touch(root / "cat" / "deep" / "a.jpg", root / "b.jpg")
    assert {file.key: file.label for file in scan([root])} == {"pets/cat/deep/a.jpg": "cat", "pets/b.jpg": "pets"}


def test_keys_do_not_depend_on_where_the_data_set_lies(tmp_path):
    for place in ("here", "there/below"):
        touch(tmp_path / place / "pets" / "cat" / "a.jpg")
    here, there = (scan([tmp_path / place / "pets"]) for place in ("here", "there/below"))
    assert here[0].key == there[0].key
    assert here[0].path != there[0].path


def test_the_name_is_the_real_folders_when_the_path_ends_in_a_dot(tmp_path):
    touch(tmp_path / "pets" / "a.jpg")
    assert scan([tmp_path / "pets" / "."])[0].key == "pets/a.jpg"


def test_hidden_files_hidden_folders_and_other_suffixes_are_left_out(tmp_path):
    root = tmp_path / "pets"
    touch(root / "a.jpg", root / ".b.jpg", root / ".thumbnails" / "c.jpg", root / "notes.txt", root / "noend")
    assert [file.key for file in scan([root])] == ["pets/a.jpg"]


def test_a_hidden_folder_above_the_data_set_does_not_hide_it(tmp_path):
    touch(tmp_path / ".data" / "pets" / "a.jpg")
    assert len(scan([tmp_path / ".data" / "pets"])) == 1


def test_a_folder_that_is_named_like_a_picture_is_no_picture(tmp_path):
    root = tmp_path / "pets"
    touch(root / "album.jpg" / "a.png")
    assert [(file.key, file.label) for file in scan([root])] == [("pets/album.jpg/a.png", "album.jpg")]


def test_the_stratum_keeps_classes_of_one_name_in_two_data_sets_apart(tmp_path):
    touch(tmp_path / "one" / "cat" / "a.jpg", tmp_path / "two" / "cat" / "a.jpg")
    assert [file.stratum for file in scan([tmp_path / "one", tmp_path / "two"])] == ["one/cat", "two/cat"]


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(PincelError, match="nowhere"):
        scan([tmp_path / "nowhere"])


def test_a_file_is_no_data_folder(tmp_path):
    touch(tmp_path / "a.jpg")
    with pytest.raises(PincelError, match="not a folder"):
        scan([tmp_path / "a.jpg"])


def test_no_pictures_at_all_is_an_error_that_names_the_folder(tmp_path):
    touch(tmp_path / "texts" / "a.txt")
    with pytest.raises(PincelError, match=r"no pictures in .*texts"):
        scan([tmp_path / "texts"])


@pytest.mark.parametrize("second", ["a.jpg", "b.jpg"])
def test_two_data_folders_of_one_name_are_refused(tmp_path, second):
    touch(tmp_path / "one" / "pets" / "a.jpg", tmp_path / "two" / "pets" / second)
    with pytest.raises(PincelError, match="two data folders are called 'pets'"):
        scan([tmp_path / "one" / "pets", tmp_path / "two" / "pets"])


def test_files_order_by_key():
    a, b = PictureFile("x/a.jpg", Path("/z"), "x"), PictureFile("x/b.jpg", Path("/a"), "x")
    assert sorted([b, a]) == [a, b]
