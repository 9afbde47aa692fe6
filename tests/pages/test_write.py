import errno
import json
import sys
from pathlib import Path

import pytest
from PIL import Image

from pincel.errors import PincelError
from pincel.pages.write import command_line, finite, json_text, png_bytes, versions, write_files


def test_texts_and_figures_are_written_where_they_are_named(tmp_path):
    write_files(tmp_path / "deep" / "report", {"index.html": "é \udcff"}, {"loss": b"png"})
    found = {path.relative_to(tmp_path / "deep" / "report"): path.read_bytes() for path in tmp_path.rglob("*.*")}
    assert found == {Path("index.html"): "é \\udcff".encode(), Path("figures/loss.png"): b"png"}


def test_a_report_without_figures_has_no_folder_for_them(tmp_path):
    write_files(tmp_path, {"index.html": ""})
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "taken").write_text("mine")
    for folder in (tmp_path / "taken", tmp_path / "taken" / "report"):
        with pytest.raises(PincelError, match="the report cannot be written to .*taken.*; choose another -o"):
            write_files(folder, {"index.html": ""})
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_full_disk_leaves_the_old_files(tmp_path, monkeypatch):
    write_files(tmp_path, {"index.html": "old"})

    def full(path: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(PincelError, match="No space left on device"):
        write_files(tmp_path, {"index.html": "new"})
    assert (tmp_path / "index.html").read_text() == "old"


def test_what_json_cannot_write_is_null_or_an_error():
    values = {"a": [1, float("nan"), (float("inf"), 2.5)], "b": "x"}
    assert json.loads(json_text(finite(values))) == {"a": [1, None, [None, 2.5]], "b": "x"}
    with pytest.raises(ValueError, match="JSON"):
        json_text(values)


def test_the_command_is_this_process_without_its_folder(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["/opt/venv/bin/pincel", "evaluate", "my model.onnx"])
    assert command_line() == "pincel evaluate 'my model.onnx'"


def test_versions_are_those_of_what_is_installed():
    found = versions(["pincel", "numpy", "no-such-package"])
    assert list(found) == ["pincel", "numpy", "python"]
    assert all(found.values())


def test_a_picture_is_a_png(tmp_path):
    (tmp_path / "a.png").write_bytes(png_bytes(Image.new("RGB", (3, 2), "red")))
    with Image.open(tmp_path / "a.png") as shown:
        assert (shown.format, shown.size, shown.getpixel((0, 0))) == ("PNG", (3, 2), (255, 0, 0))
