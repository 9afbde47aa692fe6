import csv
import io
import json
import shutil

import pytest
from PIL import Image

from pincel.data.exploration.explore import explore
from pincel.data.exploration.table import COLUMNS, to_csv, to_json


@pytest.fixture
def found(class_folders):
    shutil.copy(class_folders / "apple" / "apple0.jpg", class_folders / "boat" / "a, copy.jpg")
    (class_folders / "cloud" / "broken.png").write_bytes(b"no")
    Image.new("L", (10, 20), 90).save(class_folders / "cloud" / "grey.jpg", format="PNG")
    return explore([class_folders])


def test_there_is_a_row_a_file_and_it_says_what_the_issue_asks_for(found):
    rows = {row["key"]: row for row in csv.DictReader(io.StringIO(to_csv(found)))}
    assert list(rows) == [fact.file.key for fact in found.facts]
    assert len(rows) == 27
    grey = rows["photos/cloud/grey.jpg"]
    assert {name: grey[name] for name in COLUMNS[:8]} == {
        "key": "photos/cloud/grey.jpg", "class": "cloud", "format": "PNG", "suffix": ".jpg", "mislabelled": "true",
        "width": "10", "height": "20", "aspect": "0.5",
    }  # fmt: skip
    assert (grey["mode"], grey["grey"], grey["error"]) == ("L", "true", "")
    assert float(grey["mean_L"]) == pytest.approx(38.2, abs=0.3)  # L* of sRGB 90
    assert rows["photos/apple/apple0.jpg"]["grey"] == "false"


def test_copies_name_the_original_and_share_its_group(found):
    rows = {row["key"]: row for row in csv.DictReader(io.StringIO(to_csv(found)))}
    copy, first = rows["photos/boat/a, copy.jpg"], rows["photos/apple/apple0.jpg"]
    assert copy["exact_duplicate_of"] == "photos/apple/apple0.jpg"
    assert first["exact_duplicate_of"] == ""
    assert copy["group"] == first["group"] != rows["photos/apple/apple1.jpg"]["group"]


def test_what_is_unknown_of_a_broken_file_is_empty(found):
    rows = {row["key"]: row for row in csv.DictReader(io.StringIO(to_csv(found)))}
    broken = rows["photos/cloud/broken.png"]
    assert "not a picture" in broken["error"]
    assert broken["bytes"] == "2"
    for name in ("format", "width", "height", "aspect", "mode", "high_chroma", "grey", "mean_L", "group"):
        assert broken[name] == "", name


def test_the_summary_is_json_and_adds_up(found):
    content = json.loads(json.dumps(to_json(found), allow_nan=False))
    assert content["total"]["files"] == sum(part["files"] for part in content["classes"].values()) == 27
    assert content["formats"] == {"JPEG": 25, "PNG": 1, "unknown": 1}
    assert content["suffixes"] == {".jpg": 26, ".png": 1}
    assert content["modes"]["L"] == 1
    assert list(content["unreadable"]) == ["photos/cloud/broken.png"]
    assert content["mislabelled"] == {"photos/cloud/grey.jpg": "PNG"}
    assert content["grey"] == ["photos/cloud/grey.jpg"]
    assert content["exact_duplicates"] == {"photos/apple/apple0.jpg": ["photos/boat/a, copy.jpg"]}
    assert content["near_duplicates"] == [["photos/apple/apple0.jpg", "photos/boat/a, copy.jpg"]]
    assert content["classes"]["apple"]["width"].keys() == {"min", "mean", "std", "median", "max"}
    assert content["thresholds"]["grey_below_chroma"] == 5
