import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pincel.data.cache import build_cache
from pincel.data.prepare import prepare
from pincel.data.scan import PictureFile, read_photo, scan
from pincel.errors import PictureError, PincelError
from pincel.imaging.resize import Letterbox


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


def test_a_name_that_is_not_utf8_gets_one_sentence(tmp_path):
    touch(tmp_path / "pets" / "a.jpg")
    name = os.fsencode(tmp_path / "pets") + b"/kl\xe9e.jpg"  # Latin-1, as old archives have it
    try:
        (tmp_path / "pets" / "a.jpg").rename(os.fsdecode(name))
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    with pytest.raises(PincelError, match="the name of pets/kl\ufffde.jpg is not UTF-8; rename it"):
        scan([tmp_path / "pets"])


def test_files_order_by_key():
    a, b = PictureFile("x/a.jpg", Path("/z"), "x"), PictureFile("x/b.jpg", Path("/a"), "x")
    assert sorted([b, a]) == [a, b]


@pytest.fixture
def prepared(class_folders, tmp_path):
    prepare([class_folders], tmp_path / "prepared", size=32)
    return tmp_path / "prepared"


def test_a_prepared_folder_reads_as_the_photos_it_was_made_of(class_folders, prepared):
    plain, pairs = scan([class_folders]), scan([prepared])
    assert [(f.key, f.label, f.stratum) for f in pairs] == [(f.key, f.label, f.stratum) for f in plain]
    assert [f.path for f in pairs[:1]] == [prepared / "color" / "color_00001_1.jpg"]
    for a, b in zip(plain, pairs, strict=True):
        photo, cut = read_photo(a), read_photo(b)
        assert max(cut.shape[:2]) == 32
        assert cut.shape[0] / cut.shape[1] == pytest.approx(photo.shape[0] / photo.shape[1], rel=0.05)


@pytest.mark.parametrize("sides", [["color"], ["gray", "color"], ["color", "gray"]])
def test_the_sides_of_a_prepared_folder_stand_for_the_whole(prepared, sides):
    assert scan([prepared / side for side in sides]) == scan([prepared])


def test_pairs_without_a_manifest_are_read_by_their_colour_side(prepared):
    for name in ("manifest.csv", "classes.json"):
        (prepared / name).unlink()
    files = scan([prepared])
    assert (len(files), files[0].key, files[0].box) == (24, "prepared/color/color_00001_1.jpg", None)
    assert [f.label for f in files] == ["1"] * 8 + ["2"] * 8 + ["3"] * 8
    assert scan([prepared / "gray", prepared / "color"]) == files
    (prepared / "gray" / "gray_00003_1.jpg").unlink()
    with pytest.raises(PincelError, match=r"color/color_00003_1\.jpg"):
        scan([prepared])


def test_a_prepared_folder_beside_its_source_has_every_picture_twice(class_folders, prepared):
    with pytest.raises(PincelError, match=r"photos/apple/apple0\.jpg is in two of the data folders"):
        scan([class_folders, prepared])


def test_a_manifest_that_does_not_match_is_an_error_of_scan(prepared):
    (prepared / "gray" / "gray_00003_1.jpg").unlink()
    with pytest.raises(PincelError, match=r"gray_00003_1\.jpg"):
        scan([prepared])


def test_a_picture_of_another_size_than_its_box_is_not_read(tmp_path, smooth_photo):
    Image.fromarray(smooth_photo(1, 64, 64)).save(tmp_path / "a.png")
    box = Letterbox(top=4, left=0, height=24, width=32)
    with pytest.raises(PictureError, match=r"a\.png has 64 x 64 pixels, its manifest says 32 x 32"):
        read_photo(PictureFile("x/a.png", tmp_path / "a.png", "x", box))
    whole = read_photo(PictureFile("x/a.png", tmp_path / "a.png", "x"))
    assert np.array_equal(whole, smooth_photo(1, 64, 64))
    half = Letterbox(top=16, left=0, height=32, width=64)
    cut = read_photo(PictureFile("x/a.png", tmp_path / "a.png", "x", half))
    assert np.array_equal(cut, smooth_photo(1, 64, 64)[16:48])


def test_another_box_makes_another_cache_and_no_box_the_old_one(tmp_path, smooth_photo, cache_folder):
    Image.fromarray(smooth_photo(1, 32, 32)).save(tmp_path / "a.png")
    boxes = (None, Letterbox(8, 0, 16, 32), Letterbox(4, 0, 24, 32))
    shapes = [build_cache([PictureFile("x/a.png", tmp_path / "a.png", "x", box)], 32)[0].shape[:2] for box in boxes]
    assert shapes == [(32, 32), (16, 32), (24, 32)]
    assert len(list(cache_folder.iterdir())) == 3
