import json

import pytest
from PIL import Image

from pincel.data.manifest import PreparedPicture, is_prepared, read_manifest, read_settings, rows_to_csv
from pincel.data.prepare import prepare
from pincel.errors import PincelError
from pincel.imaging.resize import Letterbox


@pytest.fixture
def prepared(class_folders, tmp_path):
    prepare([class_folders], tmp_path / "prepared", size=32)
    return tmp_path / "prepared"


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_a_row_is_written_and_read_back(tmp_path):
    row = PreparedPicture(7, 2, 'b "x", y', "s/b/ü.jpg", 30, 60, 32 / 60, Letterbox(8, 0, 16, 32), "ab" * 8, 1, 2)
    for name in row.files:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * row.files[name])
    (tmp_path / "manifest.csv").write_bytes(rows_to_csv([row]))
    settings = {"format": "pincel-prepared", "size": 32, "quality": 95, "classes": {"2": row.label}, "folders": {}}
    (tmp_path / "classes.json").write_text(json.dumps(settings))
    (again,) = read_manifest(tmp_path)
    assert again == PreparedPicture(**{**vars(row), "scale": 0.533333})
    assert again.files == {"color/color_00007_2.jpg": 1, "gray/gray_00007_2.jpg": 2}


def test_names_keep_their_order_past_99999_pictures():
    row = PreparedPicture(123456, 11, "x", "x/a", 1, 1, 1.0, Letterbox(0, 0, 1, 1), "0", 1, 1)
    assert row.name("gray") == "gray/gray_123456_11.jpg"


def test_a_prepared_folder_is_known_by_either_of_its_lists(prepared):
    assert is_prepared(prepared)
    (prepared / "classes.json").rename(prepared / "kept")
    assert is_prepared(prepared)
    (prepared / "kept").rename(prepared / "classes.json")
    (prepared / "manifest.csv").unlink()
    assert is_prepared(prepared)


def test_a_folder_with_another_manifest_is_not_prepared(class_folders):
    (class_folders / "manifest.csv").write_text("number,file\n1,apple0.jpg\n")
    (class_folders / "classes.json").write_text('["apple"]')
    assert not is_prepared(class_folders)


def test_settings_come_back(prepared):
    settings = read_settings(prepared)
    assert (settings.size, settings.quality, settings.classes) == (32, 95, {1: "apple", 2: "boat", 3: "cloud"})


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda f: (f / "color" / "color_00002_1.jpg").unlink(), r"1 file is missing \(the first: color/color_00002_1"),
        (lambda f: (f / "gray" / "gray_00002_1.jpg").unlink(), r"1 file is missing \(the first: gray/gray_00002_1"),
        (
            lambda f: Image.new("RGB", (64, 64)).save(f / "color" / "color_00009_2.jpg"),
            r"1 file is of another size than listed \(the first: color/color_00009_2.jpg\)",
        ),
        (
            lambda f: [(f / "color" / f"new{i}.jpg").write_bytes(b"x") for i in range(2)],
            r"2 files are not listed \(the first: color/new0.jpg\)",
        ),
        (lambda f: (f / "manifest.csv").unlink(), r"manifest.csv cannot be read \(No such file"),
        (lambda f: (f / "manifest.unfinished.csv").touch(), "not prepared to its end"),
        (lambda f: (f / "classes.json").unlink(), "classes.json is missing"),
        (lambda f: (f / "classes.json").write_text('{"format": "pincel-prepared"'), "classes.json is damaged"),
        (
            lambda f: edit(f / "classes.json", '"size": 32', '"size": 64'),
            r"line 2: a photo of 32 x \d+ px does not fit",
        ),
        (lambda f: edit(f / "classes.json", "boat", "ship"), "line 10: class 2 is not called 'boat' in classes.json"),
        (lambda f: edit(f / "manifest.csv", "\n3,1,", "\nthree,1,"), "line 4: column 'number' is 'three', not a whole"),
        (
            lambda f: edit(f / "manifest.csv", "\n3,1,", "\n4,1,"),
            "line 4: the color file should be color/color_00004_1",
        ),
        (lambda f: edit(f / "manifest.csv", "gray/gray_00003_1", "../../other"), "line 4: the gray file should be"),
        (lambda f: edit(f / "manifest.csv", "apple0.jpg", "apple1.jpg"), "has a source twice"),
        (lambda f: edit(f / "manifest.csv", "source_hash", "hash"), "line 2: column 'source_hash' is empty"),
        (
            lambda f: (f / "manifest.csv").write_text((f / "manifest.csv").read_text().rstrip()[:-30]),
            "line 25: column '.*' is empty",
        ),
    ],
)
def test_an_account_that_does_not_match_says_what_and_how_to_mend_it(prepared, harm, message):
    harm(prepared)
    with pytest.raises(PincelError, match=message) as error:
        read_manifest(prepared)
    assert "prepare" in str(error.value).split(";")[-1]
    assert str(prepared) in str(error.value)
