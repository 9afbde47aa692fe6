from pathlib import Path

import pytest

from pincel.cli.early import check_names
from pincel.errors import PincelError


@pytest.mark.parametrize(
    ("names", "why"),
    [
        ({"models": ["defualt"]}, "did you mean 'default'"),
        ({"models": ["gone.onnx"]}, "gone.onnx"),
        ({"runs": ["gone"]}, "gone is not a run"),
        ({"files": [Path("gone.jpg")]}, "gone.jpg does not exist"),
        ({"folders": [Path("gone")]}, "data folder gone does not exist"),
        ({"split": "gone"}, "split 'gone' is neither shipped"),
    ],
)
def test_what_is_not_there_is_named(tmp_path, monkeypatch, names, why):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PincelError, match=why):
        check_names(**names)


def test_a_model_that_is_a_folder_must_be_a_run(tmp_path):
    with pytest.raises(PincelError, match="is not a run"):
        check_names(models=[tmp_path])


def test_what_is_there_is_let_through_and_nothing_is_asked_of_what_is_not_given(tmp_path):
    check_names(models=["default", None], folders=[tmp_path], files=[tmp_path], split="photos")
    check_names(folders=None, files=None)
