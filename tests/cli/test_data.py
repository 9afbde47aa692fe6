import csv
import json

from PIL import Image


def test_a_folder_is_explored_and_reported(pincel_main, class_folders, tmp_path):
    result = pincel_main("data", "explore", "photos", "-o", "report")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("24 photos in 3 classes; all of them teach colour.")
    assert "report/index.html" in result.stdout
    content = json.loads((tmp_path / "report" / "dataset.json").read_text())
    assert content["command"] == "pincel data explore photos -o report"
    with (tmp_path / "report" / "dataset.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 24
    assert (tmp_path / "report" / "index.html").stat().st_size > 10_000


def test_grey_and_damaged_photos_are_told_and_damage_is_exit_code_1(pincel_main, class_folders):
    (class_folders / "apple" / "cut.jpg").write_bytes(b"no")
    Image.new("L", (30, 20), 90).save(class_folders / "boat" / "grey.png")
    result = pincel_main("data", "explore", "photos", "-o", "report")
    assert result.returncode == 1
    assert "! 1 file is damaged or no picture: nothing can be learnt from it." in result.stdout
    assert "- 1 photo is grey: it teaches no colour." in result.stdout
    assert result.stderr == ""


def test_mistakes_get_one_sentence_and_leave_nothing(pincel_main, class_folders, tmp_path):
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_text("x")
    (tmp_path / "taken").write_text("mine")
    for arguments, message in (
        (("nowhere", "-o", "report"), "data folder nowhere does not exist"),
        (("texts", "-o", "report"), "no pictures in texts"),
        (("photos", "-o", "taken"), "taken is a file"),
    ):
        result = pincel_main("data", "explore", *arguments)
        assert result.returncode == 2
        assert message in result.stderr
        assert "Traceback" not in result.stderr
    assert not (tmp_path / "report").exists()
