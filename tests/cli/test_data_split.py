"""`pincel data split` as a user runs it."""

import shutil

import pytest

from pincel.data.split import read_split

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
    assert len(set(split.groups.values())) == 32
    apart = [key for key in split.sides if "copy-" in key and split.sides[key] != split.sides[key.replace("copy-", "")]]
    assert apart


def test_a_folder_without_photos_and_a_place_that_cannot_be_written(pincel_main, class_folders, tmp_path):
    (tmp_path / "empty").mkdir()
    result = pincel_main("data", "split", "empty", "-o", "x.csv")
    assert result.returncode == 2
    assert "no pictures in" in result.stderr
    (tmp_path / "file").touch()
    result = pincel_main("data", "split", class_folders, "-o", "file/x.csv")
    assert result.returncode == 2
    assert "file/x.csv cannot be written" in result.stderr
