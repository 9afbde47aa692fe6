"""`pincel data split` as a user runs it."""

import shutil

import pytest

from pincel.data.split import Split, read_split, write_split

pytestmark = pytest.mark.usefixtures("cache_folder")


@pytest.fixture
def with_copies(class_folders):
    """Every photo of the class ``apple`` twice."""
    for path in list((class_folders / "apple").iterdir()):
        shutil.copy(path, path.with_name(f"copy-{path.name}"))
    return class_folders


def test_the_file_holds_every_photo_and_copies_stay_together(pincel_main, with_copies, tmp_path):
    result = pincel_main("data", "split", with_copies, "-o", "splits/mine.csv")
    assert result.returncode == 0
    split = read_split(tmp_path / "splits" / "mine.csv")
    counts = {side: len(split.keys(side)) for side in ("train", "val", "test")}
    assert result.stdout == "splits/mine.csv: " + ", ".join(f"{n} {side}" for side, n in counts.items() if n) + "\n"
    assert sum(counts.values()) == 32
    for key, side in split.sides.items():
        if "copy-" in key:
            assert split.sides[key.replace("copy-", "")] == side


def test_a_random_split_deals_copies_apart_and_the_seed_decides(pincel_main, with_copies, tmp_path):
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        assert (
            pincel_main("data", "split", with_copies, "-o", f"{name}.csv", "--random", "--seed", seed).returncode == 0
        )
    one, again, other = ((tmp_path / f"{name}.csv").read_text() for name in ("one", "again", "other"))
    assert one == again != other
    split = read_split(tmp_path / "one.csv")
    copies = {key: key.replace("copy-", "") for key in split.sides if "copy-" in key}
    assert all(split.groups[copy] == split.groups[original] for copy, original in copies.items())  # told all the same
    assert any(split.sides[copy] != split.sides[original] for copy, original in copies.items())


def test_known_splits_are_joined_and_doubles_of_what_the_first_holds_back_are_set_aside(
    pincel_main, with_copies, tmp_path
):
    assert pincel_main("data", "split", with_copies, "-o", "all.csv").returncode == 0
    known = read_split(tmp_path / "all.csv")
    copies = {key for key in known.sides if "copy-" in key}
    held = sorted(copies)[0]  # the first split knows nothing but the copies, and holds one back
    first = Split({key: "test" if key == held else "train" for key in copies}, dict.fromkeys(copies, 0))
    second = Split(dict.fromkeys(known.sides, "train"), known.groups)
    write_split(first, tmp_path / "first.csv")
    write_split(second, tmp_path / "second.csv")

    likes = ["--like", "first.csv", "--like", "second.csv"]
    result = pincel_main("data", "split", with_copies, *likes, "-o", "joined.csv")
    assert result.returncode == 0
    assert result.stdout == "joined.csv: 30 train, 1 test, 1 excluded\n"
    joined = read_split(tmp_path / "joined.csv")
    assert joined.sides[held] == "test"
    assert joined.sides[held.replace("copy-", "")] == "excluded"
    assert joined.groups == known.groups

    result = pincel_main("data", "split", with_copies, "--like", "first.csv", "-o", "x.csv")
    assert result.returncode == 2
    assert "24 of 32 pictures are in none of these splits" in result.stderr
    result = pincel_main("data", "split", with_copies, *likes, "--random", "-o", "x.csv")
    assert result.returncode == 2
    assert "leave --random, --grey and --seed away" in result.stderr


def test_a_folder_without_photos_and_a_place_that_cannot_be_written(pincel_main, class_folders, tmp_path):
    (tmp_path / "empty").mkdir()
    result = pincel_main("data", "split", "empty", "-o", "x.csv")
    assert result.returncode == 2
    assert "no pictures in" in result.stderr
    (tmp_path / "file").touch()
    result = pincel_main("data", "split", class_folders, "-o", "file/x.csv")
    assert result.returncode == 2
    assert "file/x.csv cannot be written" in result.stderr
