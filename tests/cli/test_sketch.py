"""`pincel sketch`, `pincel data pairs` and `pincel data check` as a user runs them."""

import json
import os

import numpy as np
import pytest
from PIL import Image

from pincel.extras import missing_part
from pincel.imaging.read import read


def test_a_folder_is_drawn_and_bad_files_are_listed_at_the_end(pincel_command, class_folders, tmp_path):
    (class_folders / "apple" / "empty.jpg").touch()
    result = pincel_command("sketch", "photos", "-o", "out", "--method", "xdog")
    assert result.returncode == 1
    assert "24 drawn, in out; 1 could not be done:" in result.stderr
    assert "pincel: photos/apple/empty.jpg is empty" in result.stderr
    photo, sketch = read(class_folders / "boat" / "boat3.jpg"), read(tmp_path / "out" / "boat" / "boat3.png")
    assert sketch.pixels.shape == (photo.height, photo.width)
    again = pincel_command("sketch", "photos", "-o", "out", "--method", "xdog", "--json")
    assert {json.loads(line)["status"] for line in again.stdout.splitlines()} == {"skipped", "failed"}


def test_drawing_needs_no_torch(class_folders, tmp_path, pincel_command):
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError('no torch here', name='torch')")
    environment = {"PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])}
    for method in ("canny", "xdog"):
        result = pincel_command("sketch", "photos/apple", "-o", method, "--method", method, env=environment)
        assert result.returncode == 0, result.stderr
    result = pincel_command("sketch", "photos/apple", "--method", "hed", "--weights", "x", env=environment)
    assert result.returncode == 2
    assert result.stderr == f"pincel: {missing_part('torch')}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("sketch", "nowhere.jpg"), "nowhere.jpg does not exist"),
        (("sketch", "photos", "--style", "phi=3"), "canny has no 'phi'; it has sigma"),
        (("sketch", "photos", "--style", "sigma=-1"), "sigma=-1: input should be greater than 0"),
        (("sketch", "photos", "--method", "hed"), "--weights hed_vgg16.safetensors; canny and xdog need none"),
        (("sketch", "photos", "--weights", "x"), "--weights are for the method hed, not canny"),
        (("sketch", "photos", "--method", "hed", "--weights", "no.safetensors"), "no.safetensors does not exist"),
        (("data", "pairs", "photos", "-o", "out"), "give one of: --side-by-side"),
        (("data", "pairs", "photos", "-o", "out", "--side-by-side", "--transform", "grey"), "give one of:"),
        (("data", "pairs", "-o", "out", "--transform", "grey"), "name the pictures"),
        (("data", "pairs", "-o", "out", "--source", "photos"), "--source DIR and --target DIR"),
        (
            ("data", "pairs", "photos", "-o", "out", "--transform", "grey", "--style", "sigma=1"),
            "--style and --weights",
        ),
        (("data", "check", "photos"), "neither source/ and target/ nor color/ and gray/"),
    ],
)
def test_mistakes_get_one_sentence_and_exit_code_2(pincel_main, class_folders, tmp_path, arguments, message):
    result = pincel_main(*arguments)
    assert result.returncode == 2
    assert message in result.stderr
    assert result.stderr.startswith("pincel: ")
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_photos_become_pairs_that_pass_the_check(pincel_main, class_folders, tmp_path):
    made = pincel_main("data", "pairs", "photos", "-o", "out", "--transform", "canny", "--style", "sigma=1.5")
    assert made.returncode == 0, made.stderr
    assert made.stdout == "out: 24 pairs, 24 of them new\n"
    assert json.loads((tmp_path / "out" / "pairs.json").read_text())["style"]["sigma"] == 1.5
    assert "nothing new" in pincel_main(*made.args[1:]).stdout
    checked = pincel_main("data", "check", "out")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout == "out (source and target): 24 sound pairs; nothing to mend\n"


def test_sketches_beside_their_photos_are_a_b_pictures(pincel_main, class_folders, tmp_path):
    assert pincel_main("sketch", "photos", "-o", "ab", "--side-by-side").returncode == 0
    made = pincel_main("data", "pairs", "ab", "-o", "out", "--side-by-side", "--direction", "BtoA")
    assert made.returncode == 0, made.stderr
    photo = read(class_folders / "apple" / "apple1.jpg").pixels
    assert np.array_equal(read(tmp_path / "out" / "target" / "apple" / "apple1.png").pixels, photo)
    assert pincel_main("data", "check", "ab", "--side-by-side").returncode == 0


def test_findings_are_exit_code_1_and_one_json_object(pincel_main, class_folders, tmp_path):
    pincel_main("data", "pairs", "photos", "-o", "out", "--transform", "grey")
    (tmp_path / "out" / "source" / "apple" / "apple0.png").unlink()
    Image.new("RGB", (5, 5)).save(tmp_path / "out" / "source" / "boat" / "boat0.png")
    result = pincel_main("data", "check", "out", "--json")
    assert result.returncode == 1
    found = json.loads(result.stdout)
    assert (found["layout"], found["pairs"]) == ("source and target", 22)
    assert [finding["kind"] for finding in found["findings"]] == ["orphan", "size"]
    assert "out/target/apple/apple0.jpg has no partner" in pincel_main("data", "check", "out").stdout


def test_files_that_cannot_be_paired_are_named_and_exit_code_1(pincel_main, class_folders):
    (class_folders / "apple" / "letter.png").write_text("Dear Sir")
    result = pincel_main("data", "pairs", "photos", "-o", "out", "--transform", "grey")
    assert result.returncode == 1
    assert "24 pairs, 24 of them new; 1 left out:" in result.stdout
    assert "pincel: photos/apple/letter.png is not a picture" in result.stderr
