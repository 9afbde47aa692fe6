"""`pincel data prepare`, and a training on what it made, as a user goes."""

import shutil

import pytest
from PIL import Image

TRAIN = [
    *("data.size=32", "data.batch=4", "data.workers=0", "data.split=null", "validation.pictures=3"),
    "generator={name: stage_unet, encoder_weights: none, options: {stages: 8k4s2 8k4s2}}",
]


def test_the_first_run_makes_pairs_and_the_second_says_that_nothing_is_new(pincel_main, class_folders, tmp_path):
    first = pincel_main("data", "prepare", "photos", "-o", "out", "--size", "48")
    assert (first.returncode, first.stderr) == (0, "")
    assert "out: 24 pairs, 24 of them new" in first.stdout
    assert "classes: 1 apple, 2 boat, 3 cloud" in first.stdout
    assert Image.open(tmp_path / "out" / "color" / "color_00024_3.jpg").size == (48, 48)
    assert Image.open(tmp_path / "out" / "gray" / "gray_00024_3.jpg").mode == "L"
    second = pincel_main("data", "prepare", "photos", "-o", "out", "--size", "48")
    assert second.returncode == 0
    assert "out: 24 pairs, nothing new" in second.stdout


def test_bad_files_are_listed_and_the_rest_is_done(pincel_main, class_folders, tmp_path):
    (class_folders / "boat" / "boat5.jpg").write_bytes(b"not a picture")
    (class_folders / "boat" / "boat6.jpg").write_bytes(b"")
    result = pincel_main("data", "prepare", "photos", "-o", "out", "--size", "32")
    assert result.returncode == 1
    assert "22 pairs, 22 of them new; 2 pictures left out, not readable" in result.stdout
    assert [line.split(" is ")[0] for line in result.stderr.splitlines()] == [
        "pincel: photos/boat/boat5.jpg",
        "pincel: photos/boat/boat6.jpg",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere", "-o", "out"), "data folder nowhere does not exist"),
        (("void", "-o", "out"), "no pictures in void"),
        (("photos", "-o", "photos/out"), "photos/out lies in the data folder photos"),
        (("photos", "-o", "full"), "full holds other files; choose a new folder with -o"),
        (("photos",), "Missing option '--out'"),
        (("photos", "-o", "out", "--quality", "101"), "should be less than or equal to 100"),
    ],
)
def test_mistakes_get_one_sentence(pincel_main, class_folders, tmp_path, arguments, message):
    (tmp_path / "void").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("x")
    result = pincel_main("data", "prepare", *arguments)
    assert result.returncode == 2
    assert message in " ".join(result.stderr.replace("│", " ").split())
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "out").exists()


def test_training_refuses_a_prepared_folder_that_does_not_match_its_manifest(
    pincel_main, class_folders, cache_folder, tmp_path
):
    pincel_main("data", "prepare", "photos", "-o", "out", "--size", "32")
    (tmp_path / "out" / "color" / "color_00001_1.jpg").unlink()
    result = pincel_main("train", "colorize-lite", *TRAIN, "--data", "out", "--out", "run", "--epochs", "1")
    assert result.returncode == 2
    assert (
        "out does not match its manifest.csv: 1 file is missing (the first: color/color_00001_1.jpg)" in result.stderr
    )


@pytest.mark.slow
def test_training_reads_prepared_folders_by_the_names_of_their_sources_and_plain_pairs(
    pincel_main, class_folders, cache_folder, tmp_path
):
    keys = [f"photos/{name}/{name}{i}.jpg" for name in ("apple", "boat", "cloud") for i in range(8)]
    sides = [f"{key},{i},{'val' if i % 8 == 0 else 'train'}" for i, key in enumerate(keys)]
    (tmp_path / "mine.csv").write_text("\n".join(["picture,group,side", *sides]))
    pincel_main("data", "prepare", "photos", "-o", "out", "--size", "32")
    shutil.rmtree(class_folders)
    short = ("--epochs", "0.2")
    split = pincel_main(
        "train", "colorize-lite", *TRAIN, "data.split=mine.csv", "--data", "out", "--out", "run", *short
    )
    assert split.returncode == 0, split.stderr
    assert "21 pictures to learn from, 3 to validate on" in split.stderr
    (tmp_path / "out" / "manifest.csv").unlink()
    (tmp_path / "out" / "classes.json").unlink()
    pairs = pincel_main(
        "train", "colorize-lite", *TRAIN, "--data", "out/gray", "--data", "out/color", "--out", "run2", *short
    )
    assert pairs.returncode == 0, pairs.stderr
