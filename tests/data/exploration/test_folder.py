from pathlib import Path

import numpy as np
from PIL import Image

from pincel.data.exploration.folder import look_around


def touch(*paths: Path, content: bytes = b"x") -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def test_empty_class_folders_are_found_and_hidden_ones_passed_by(tmp_path):
    root = tmp_path / "pets"
    touch(root / "cat" / "a.jpg", root / "dog" / "deep" / "b.png", root / "texts" / "c.txt")
    (root / "пусто").mkdir()
    (root / ".hidden").mkdir()
    assert look_around([root]).empty_classes == ["texts", "пусто"]


def test_with_several_data_sets_an_empty_class_carries_its_sets_name(tmp_path):
    touch(tmp_path / "one" / "cat" / "a.jpg", tmp_path / "two" / "cat" / "a.jpg")
    (tmp_path / "two" / "dog").mkdir()
    assert look_around([tmp_path / "one", tmp_path / "two"]).empty_classes == ["two/dog"]


def test_other_files_are_counted_by_their_endings(tmp_path):
    root = tmp_path / "pets"
    touch(root / "a.jpg", root / "b.TXT", root / "c.txt", root / "readme", root / ".hidden.txt")
    assert look_around([root]).other_files == {".txt": 2, "": 1}


def test_pictures_under_other_endings_are_known_by_their_first_bytes(tmp_path):
    root = tmp_path / "pets"
    root.mkdir()
    for name, kind in (("a.jfif", "JPEG"), ("b", "PNG"), ("c.x", "TIFF"), ("d.x", "WEBP"), ("e.x", "BMP")):
        Image.fromarray(np.zeros((9, 9, 3), np.uint8)).save(root / name, format=kind)
    touch(root / "f.txt", content=b"BM is how this text begins")
    assert look_around([root]).unlooked_pictures == {
        "pets/a.jfif": "JPEG", "pets/b": "PNG", "pets/c.x": "TIFF", "pets/d.x": "WEBP", "pets/e.x": "BMP"
    }  # fmt: skip
