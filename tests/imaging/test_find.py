import os

import pytest

from pincel.errors import PincelError
from pincel.imaging.find import files_below, pictures_below


@pytest.fixture
def folder(tmp_path):
    for name in ("b/2.jpg", "b/1.PNG", "a/notes.txt", ".hidden/3.jpg", "a/.4.jpg", "a/deep/5.tif"):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path / "photos"


def names(found, folder) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in found]


def test_files_come_in_order_without_the_hidden_ones(folder):
    assert names(files_below(folder), folder) == ["a/deep/5.tif", "a/notes.txt", "b/1.PNG", "b/2.jpg"]
    assert names(pictures_below(folder), folder) == ["a/deep/5.tif", "b/1.PNG", "b/2.jpg"]


def test_a_folder_that_is_a_link_is_looked_into(folder, tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "linked").symlink_to(folder / "b", target_is_directory=True)
    assert names(pictures_below(tmp_path / "set"), tmp_path / "set") == ["linked/1.PNG", "linked/2.jpg"]


def test_a_link_back_is_no_endless_way(folder):
    (folder / "b" / "up").symlink_to(folder, target_is_directory=True)
    (folder / "b" / "lost.jpg").symlink_to(folder / "nothing.jpg")
    assert [path.name for path in pictures_below(folder / "b")] == ["1.PNG", "2.jpg", "5.tif"]


def test_every_real_folder_is_visited_once_however_links_cross(folder):
    (folder / "a" / "to_b").symlink_to(folder / "b", target_is_directory=True)
    (folder / "b" / "to_a").symlink_to(folder / "a", target_is_directory=True)
    assert sorted(path.name for path in pictures_below(folder)) == ["1.PNG", "2.jpg", "5.tif"]


def test_a_folder_inside_can_be_left_out(folder):
    assert [path.name for path in files_below(folder, folder / "b")] == ["5.tif", "notes.txt"]


def test_a_folder_that_cannot_be_read_is_named(folder, monkeypatch):
    scandir = os.scandir

    def refuse(path):
        if os.fspath(path) == str(folder / "b"):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)  # a test that runs as root could read everything
    with pytest.raises(PincelError, match=r"folder .*photos/b cannot be read \(Permission denied\)"):
        list(files_below(folder))
