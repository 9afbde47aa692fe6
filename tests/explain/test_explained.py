import numpy as np
import pytest
import torch
from PIL import Image

from pincel.data.split import Split
from pincel.errors import PincelError
from pincel.explain.explain import explain
from pincel.explain.explained import load_explained
from pincel.explain.options import ExplainOptions
from pincel.training.checkpoint import save_weights
from pincel.training.networks import new_generator
from pincel.training.recipe import Recipe
from pincel.training.run import Run


def test_a_run_is_loaded_with_its_layers_and_its_labels(tmp_path, smooth_photo):
    options = {"stages": "4k4s2 4k4s2 4k4s2", "norm": "batch"}
    recipe = Recipe.model_validate(
        {
            "task": "colorize",
            "data": {"size": 32},
            "generator": {"name": "stage_unet", "options": options, "conditional": True, "encoder_weights": "none"},
        }
    )
    photo = tmp_path / "photo.png"
    Image.fromarray(smooth_photo(0, 32, 40)).save(photo)
    run = Run(tmp_path / "run")
    run.begin(recipe, Split({}, {}), {"classes": ["apple", "boat"], "folders": []})
    save_weights(run, recipe.validation.keep, new_generator(recipe, 2))
    model = load_explained(run.folder)
    assert model.classes == ["apple", "boat"]
    assert model.discriminator is None
    assert not any(parameter.requires_grad for parameter in model.network.parameters())
    found = explain([photo], model, ExplainOptions(methods=["saliency", "gradcam", "labels"]))
    assert {one.method for one in found.pictures[0].maps} == {"saliency", "gradcam"}
    with pytest.raises(PincelError, match="unknown layer 'down.9'; known: down.0"):
        explain([photo], model, ExplainOptions(methods=["gradcam"], layers=["down.9"]))
    with pytest.raises(PincelError, match="give --data"):
        explain([], model, ExplainOptions(methods=["classes"]), record=tmp_path / "classes.jsonl")


def test_an_embedded_model_is_loaded_with_its_layers_and_explained_by_its_gradients(tmp_path, smooth_photo):
    photo = tmp_path / "photo.png"
    Image.fromarray(smooth_photo(0, 32, 40)).save(photo)
    model = load_explained("classes")
    assert model.model is not None
    assert not any(parameter.requires_grad for parameter in model.network.parameters())
    found = explain([photo], model, ExplainOptions(methods=["saliency", "gradcam", "labels"], size=40))
    by_method = {one.method: one.values for one in found.pictures[0].maps}
    assert set(by_method) == {"saliency", "gradcam"}
    source = torch.from_numpy(found.pictures[0].view.source)[None]
    number = model.label_number(found.pictures[0].label)
    np.testing.assert_allclose(model.output(source, number), model.paint(source.numpy(), number), atol=1e-4)


def test_a_file_paints_guesses_and_has_no_layers(make_labelled_model):
    explained = load_explained(make_labelled_model())
    dark = np.full((1, 8, 8), -0.9, np.float32)
    assert explained.chosen_label(dark, None) == explained.chosen_label(dark, "auto") == "night"
    assert explained.chosen_label(dark, "grass") == "grass"
    np.testing.assert_allclose(explained.paint(dark[None], explained.label_number("grass"))[0, :, 0, 0], [-0.4, 0.3])
    np.testing.assert_allclose(explained.paint(dark[None], explained.label_number("unknown"))[0, :, 0, 0], [0, 0])
    with pytest.raises(PincelError, match="needs gradients"):
        explained.require_network("saliency")
    with pytest.raises(PincelError, match="needs gradients"):
        explained.output(torch.zeros(1, 1, 8, 8, requires_grad=True), 0)
    both = explained.output_each(torch.zeros(1, 1, 8, 8), [0, 2])
    np.testing.assert_allclose([one[0, :, 0, 0] for one in both], [[0, -0.4], [-0.4, 0.3]])


def test_labels_that_it_does_not_know_and_guesses_it_cannot_make_are_told(make_labelled_model, toy):
    with pytest.raises(PincelError, match="does not know the label 'tree'; known: grass, night, sunrise, unknown"):
        load_explained(make_labelled_model()).label_number("tree")
    with pytest.raises(PincelError, match="cannot tell the label"):
        toy().chosen_label(np.zeros((1, 8, 8), np.float32), "auto")
    with pytest.raises(PincelError, match="takes no label"):
        toy(classes=[]).chosen_label(np.zeros((1, 8, 8), np.float32), "night")
