"""What a server offers."""

import sys

import pytest

from pincel.errors import ModelError, PincelError
from pincel.serve.catalogue import find_models


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "roses"
    folder.mkdir()
    for name in ("recipe.yaml", "facts.json"):
        (folder / name).touch()
    return folder


def test_given_models_are_offered_beside_the_embedded_ones(make_model, make_translator):
    found = find_models([str(make_model("mine")), str(make_translator("paired"))])
    assert list(found.models) == ["default", "classes", "sketch", "mine", "tiny-paired"]
    assert found.pick("mine", "colorize").card.task == "colorize"
    assert found.pick("tiny-paired", "translate").draws


def test_a_model_is_picked_by_its_name_never_by_a_path(make_model):
    path = make_model("mine")
    with pytest.raises(ModelError, match="unknown model '.*mine.onnx'; known: classes, default, sketch"):
        find_models([]).pick(str(path), "colorize")
    with pytest.raises(ModelError, match="model 'default' is for the task colorize, not sketch or paired; .*: sketch"):
        find_models([]).pick("default", "translate")


def test_what_browsers_need_to_paint_is_told_and_for_tasks_that_they_cannot_do_nothing(make_model):
    offer = find_models([str(make_model("mine", saturation=1.5))]).models["mine"]
    browser = offer.shown()["browser"]
    assert browser["bytes"] == offer.path.stat().st_size
    assert (browser["classes"], browser["saturation"], browser["keeps_lightness"]) == ([], 1.5, True)
    sketch = find_models([]).models["sketch"].shown()["browser"]
    assert (sketch["draws_lines"], sketch["keeps_lightness"], sketch["keeps_alpha"]) == (True, False, False)
    assert offer.shown()["file"] == "api/v1/models/mine/file"


def test_two_of_one_name_are_refused(make_model, run):
    with pytest.raises(PincelError, match="two models are called default"):
        find_models([str(make_model("default"))])
    with pytest.raises(PincelError, match="two runs are called roses"):
        find_models([str(run), str(run)])


def test_a_run_can_be_explained_and_its_models_paint(run, make_model):
    (run / "model.onnx").write_bytes(make_model("exported").read_bytes())
    found = find_models([str(run)])
    assert "roses" in found.models
    assert found.why_not is None
    assert found.shown()["why"] == {
        "available": True,
        "models": ["roses", "default", "classes"],
        "methods": ["saliency", "smoothgrad", "integrated", "gradcam", "occlusion"],
    }
    assert found.pick_explained(None, "gradcam") == run
    assert found.pick_explained("default", "gradcam").name == "default.onnx"
    with pytest.raises(ModelError, match="unknown network 'sketch'; known: classes, default, roses"):
        found.pick_explained("sketch", "gradcam")
    with pytest.raises(ModelError, match="unknown method 'guess'"):
        found.pick_explained("roses", "guess")
    assert found.pick_explained("classes", "labels").name == "classes.onnx"


def test_without_torch_it_says_what_to_install(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "torch" else object())
    found = find_models([str(run)])
    assert found.shown()["why"]["available"] is False
    assert "pip install 'pincel[train]'" in found.shown()["why"]["reason"]
    with pytest.raises(PincelError, match="torch"):
        found.pick_explained(None, "saliency")


def test_without_a_run_the_embedded_colorizers_are_explained_and_files_without_layers_are_not(make_model):
    found = find_models([str(make_model("mine"))])
    assert found.shown()["why"]["models"] == ["default", "classes"]
    assert found.pick_explained(None, "saliency").name == "default.onnx"
    assert found.pick_explained(None, "labels").name == "classes.onnx"
