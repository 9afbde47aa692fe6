"""What models are told, and what comes of it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pincel.data.scan import PictureFile
from pincel.errors import ModelError
from pincel.evaluation.evaluate import evaluate
from pincel.evaluation.labelling import check_labelling, chosen_label
from pincel.evaluation.options import EvaluateOptions
from pincel.runtime.model_file import load_model


def file(label: str, name: str = "1") -> PictureFile:
    return PictureFile(f"set/{label}/{name}.jpg", Path(f"{name}.jpg"), label)


def test_own_is_the_class_folder_where_the_model_knows_it(make_labelled_model):
    model = load_model(make_labelled_model())
    assert chosen_label(model, file("grass"), "own") == "grass"
    assert chosen_label(model, file("cat"), "own") == "unknown"


def test_wrong_is_never_the_own_class_always_the_same_and_any_of_the_others(make_labelled_model):
    model = load_model(make_labelled_model())
    labels = [chosen_label(model, file("grass", str(i)), "wrong") for i in range(40)]
    assert set(labels) == {"night", "sunrise"}
    assert labels == [chosen_label(model, file("grass", str(i)), "wrong") for i in range(40)]


def test_a_model_without_labels_is_told_nothing(make_model):
    model = load_model(make_model())
    for mode in ("own", "wrong", "unknown", "auto"):
        check_labelling(model, mode)
        assert chosen_label(model, file("grass"), mode) == "unknown"


def test_a_class_that_the_model_does_not_know_is_refused(make_labelled_model, make_model):
    for path in (make_labelled_model(), make_model()):
        with pytest.raises(ModelError):
            check_labelling(load_model(path), "noon")
    with pytest.raises(ModelError, match="cannot tell"):
        check_labelling(load_model(make_labelled_model("mute", tells_label=False)), "auto")


@pytest.fixture
def skies(tmp_path) -> Path:
    """Dark blue photos called night, bright reddish ones called sunrise, and one dark one called sunrise too."""
    for label, color, count in (("night", (10, 10, 90), 3), ("sunrise", (255, 190, 170), 3)):
        (tmp_path / "skies" / label).mkdir(parents=True)
        for i in range(count):
            rgb = np.random.default_rng(i).normal(color, 6, (40, 40, 3)).clip(0, 255).astype(np.uint8)
            Image.fromarray(rgb).save(tmp_path / "skies" / label / f"{i}.png")
    dark = np.random.default_rng(9).normal((60, 10, 10), 6, (40, 40, 3)).clip(0, 255).astype(np.uint8)
    Image.fromarray(dark).save(tmp_path / "skies" / "sunrise" / "dark.png")
    return tmp_path / "skies"


def test_the_right_label_paints_better_than_a_wrong_one_and_the_report_says_what_was_told(skies, make_labelled_model):
    model = make_labelled_model(working_size=48)
    results = {
        mode: evaluate(model, [skies], EvaluateOptions(label=mode, set_metrics=False))
        for mode in ("own", "wrong", "auto")
    }
    errors = {mode: result.rows[-1].figures["ciede2000"].value for mode, result in results.items()}
    assert errors["own"] < errors["auto"] < errors["wrong"]
    assert "labelled was told each picture's own class, where the model knows it." in results["own"].notes
    assert "It took 6 of 7 pictures for what they are (85.7%)." in results["auto"].notes
    assert results["wrong"].label == "wrong"
    assert not any("knows the class" in note for note in results["own"].notes)


def test_the_report_says_of_how_many_pictures_the_model_knows_the_class(skies, make_labelled_model):
    (skies / "night").rename(skies / "dusk")
    result = evaluate(make_labelled_model(working_size=48), [skies], EvaluateOptions(label="own", set_metrics=False))
    assert "It knows the class of 4 of 7 pictures and was told nothing of the others." in result.notes
