"""The page and the two files of an exploration: complete, self-contained, never half-written."""

import json
import shutil

import pytest
from PIL import Image

from pincel.data.exploration.explore import explore
from pincel.data.exploration.write import exploration_lines, report_exploration, write_exploration
from pincel.errors import PincelError

COMMAND = "pincel data explore photos -o report"


@pytest.fixture
def report(class_folders, tmp_path):
    shutil.copy(class_folders / "apple" / "apple0.jpg", class_folders / "boat" / "copy.jpg")
    (class_folders / "cloud" / "cut <b>.jpg").write_bytes(b"no")
    (class_folders / "пусто").mkdir()
    (class_folders / "猫 & co").mkdir()
    Image.new("L", (30, 20), 90).save(class_folders / "猫 & co" / "grey.png")
    write_exploration(explore([class_folders]), tmp_path / "deep" / "report", command=COMMAND)
    return tmp_path / "deep" / "report"


def test_three_files_and_nothing_else(report):
    assert sorted(path.name for path in report.iterdir()) == ["dataset.csv", "dataset.json", "index.html"]
    content = json.loads((report / "dataset.json").read_text("utf-8"))
    assert content["command"] == COMMAND
    assert {"pincel", "numpy", "python"} <= set(content["versions"])
    assert len((report / "dataset.csv").read_text("utf-8").splitlines()) == 1 + content["total"]["files"]


def test_the_page_needs_no_other_file_and_no_network(read_page, report):
    assert read_page(report).words


def test_findings_stand_before_everything_else(read_page, report):
    words = read_page(report).words
    order = [
        "27 photos in 4 classes; 25 of them teach colour.",
        "1 file is damaged or no picture",
        "1 photo is grey: it teaches no colour.",
        "Near-duplicates count as one scene",
        "Drawn at random",
        "Photos with little colour",
        "In more than one class",
        "format inside",
        COMMAND,
    ]
    places = [words.index(part) for part in order]
    assert places == sorted(places)


def test_names_are_shown_and_never_run(read_page, report):
    page = read_page(report)
    assert "cut <b>" not in page.text
    assert "cut &lt;b&gt;.jpg" in page.text
    assert "猫 & co" in page.words
    assert "пусто" in page.words


def test_the_same_folder_gives_the_same_bytes(report, class_folders):
    names = ("index.html", "dataset.csv", "dataset.json")
    before = [(report / name).read_bytes() for name in names]
    write_exploration(explore([class_folders], workers=1), report, command=COMMAND)
    assert [(report / name).read_bytes() for name in names] == before


def test_one_photo_is_enough(read_page, tmp_path, smooth_photo):
    (tmp_path / "single").mkdir()
    Image.fromarray(smooth_photo(1)).save(tmp_path / "single" / "a.png")
    found = report_exploration([tmp_path / "single"], tmp_path / "out")
    assert exploration_lines(found)[0] == "1 photo; it teaches colour."
    words = read_page(tmp_path / "out").words
    assert "Near-duplicates count as one scene" not in words  # no table of classes
    assert "No two photos are nearly the same." in words


def test_an_out_that_is_a_file_is_refused_before_the_work(class_folders, tmp_path, monkeypatch):
    (tmp_path / "taken").write_text("mine")
    monkeypatch.setattr("pincel.data.exploration.write.explore", lambda *a, **k: pytest.fail("worked in vain"))
    with pytest.raises(PincelError, match=r"taken is a file"):
        report_exploration([class_folders], tmp_path / "taken")


def test_a_folder_that_cannot_be_made_is_one_sentence(class_folders, tmp_path):
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(PincelError, match="cannot be written"):
        write_exploration(explore([class_folders]), tmp_path / "taken" / "deep")
