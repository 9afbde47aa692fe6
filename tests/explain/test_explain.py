import json
import re

import numpy as np
import pytest
from PIL import Image

from pincel.data.split import Split
from pincel.errors import PincelError
from pincel.explain import explain, write_explanation
from pincel.explain.explained import load_explained
from pincel.explain.views import subject_mask, view_of
from pincel.models.discriminators import PatchGAN
from pincel.training.checkpoint import save_weights
from pincel.training.learner import new_generator
from pincel.training.recipe import Recipe
from pincel.training.run import Run


@pytest.fixture
def photos(tmp_path, smooth_photo):
    """Two photos of 40 x 32 px."""
    paths = [tmp_path / f"{number}.png" for number in range(2)]
    for number, path in enumerate(paths):
        Image.fromarray(smooth_photo(number, 32, 40)).save(path)
    return paths


def test_every_method_is_in_the_report_with_one_scale_for_all_pictures(toy, photos, tmp_path):
    model = toy(critic=PatchGAN(3, width=4, depth=1, norm="none").eval().requires_grad_(False))
    found = explain(photos, model, label="boat", size=40, verify=True)
    content = write_explanation(found, tmp_path / "report", command="pincel explain")
    text = (tmp_path / "report" / "index.html").read_text()
    for title in ("Saliency", "SmoothGrad", "Integrated gradients", "Grad-CAM", "Occlusion", "Told another label"):
        assert title in text
    assert "Receptive field" in text
    assert "The discriminator" in text
    assert not re.search(r'(src|href)="(?!data:)', text)
    assert json.loads((tmp_path / "report" / "explain.json").read_text()) == content
    first = content["pictures"][0]
    assert first["label"] == "boat"
    assert {one["method"] for one in first["maps"]} == {"saliency", "smoothgrad", "integrated", "gradcam", "occlusion"}
    values = np.concatenate([m.values.ravel() for p in found.pictures for m in p.maps if m.method == "occlusion"])
    assert content["scales"]["occlusion"] == pytest.approx(float(np.quantile(values, 0.995)))
    assert first["discriminator"]["receptive_field"] == model.discriminator.receptive_field
    assert len(list((tmp_path / "report" / "figures").glob("2-1-*.png"))) > 10


def test_a_region_is_where_the_number_is_taken_and_the_subject(toy, photos):
    view = view_of(photos[0], toy(), 40, None)
    assert view.rgb.shape == (32, 40, 3)
    found = explain(photos[:1], toy(), methods=["saliency"], region="16,8,8,8", size=40).pictures[0]
    assert found.how == "the given region"
    assert found.subject.sum() == 64
    for_a = next(one for one in found.maps if one.title == "Saliency for a")
    assert for_a.share.mass == pytest.approx(1)  # the toy reads that region alone


def test_the_subject_of_a_bright_square_is_the_square(toy, tmp_path):
    rgb = np.full((64, 64, 3), 30, np.uint8)
    rgb[20:44, 20:44] = (220, 60, 40)
    Image.fromarray(rgb).save(tmp_path / "square.png")
    mask, how = subject_mask(view_of(tmp_path / "square.png", toy(), 64))
    assert how.startswith("GrabCut")
    assert (mask == (rgb[..., 0] > 100)).mean() > 0.98


def test_a_picture_that_cannot_be_read_does_not_end_the_others(toy, photos, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"no picture")
    found = explain([tmp_path / "bad.png", photos[0]], toy(), methods=["labels"])
    assert len(found.pictures) == 1
    assert "bad.png" in found.failed[0]


def test_labels_are_not_asked_of_a_model_that_takes_none(toy, photos):
    with pytest.raises(PincelError, match="'labels' has nothing to change"):
        explain(photos, toy(classes=[]), methods=["labels"])


def test_a_run_is_loaded_with_its_layers_and_its_labels(tmp_path, photos):
    options = {"stages": "4k4s2 4k4s2 4k4s2", "norm": "batch"}
    recipe = Recipe.model_validate(
        {
            "task": "colorize",
            "data": {"size": 32},
            "generator": {"name": "stage_unet", "options": options, "conditional": True, "encoder_weights": "none"},
        }
    )
    run = Run(tmp_path / "run")
    run.begin(recipe, Split({}, {}), {"classes": ["apple", "boat"], "folders": []})
    save_weights(run, recipe.validation.keep, new_generator(recipe, 2))
    model = load_explained(run.folder)
    assert model.classes == ["apple", "boat"]
    assert model.discriminator is None
    assert not any(parameter.requires_grad for parameter in model.network.parameters())
    found = explain(photos[:1], model, methods=["saliency", "gradcam", "labels"])
    assert {one.method for one in found.pictures[0].maps} == {"saliency", "gradcam"}
    with pytest.raises(PincelError, match="unknown layer 'down.9'; known: down.0"):
        explain(photos[:1], model, methods=["gradcam"], layers=["down.9"])
    with pytest.raises(PincelError, match="give --data"):
        explain([], model, methods=["classes"], record=tmp_path / "classes.jsonl")
