"""The shipped recipes learn something small from beginning to end, and their files paint."""

import io

import numpy as np
import pytest
from rich.console import Console

from pincel.export import export_run
from pincel.imaging.picture import Picture
from pincel.runtime.model_file import load_model
from pincel.runtime.paint_options import PaintOptions
from pincel.runtime.painter import paint
from pincel.training.loop import train
from pincel.training.options import TrainingOptions
from pincel.training.recipe import load_recipe

SMALL = ["data.size=32", "data.batch=4", "data.split=null", "data.cache_side=40", "data.workers=0"]
SMALL += ["generator.encoder_weights=none", "validation.pictures=3", "validation.samples=2"]


@pytest.mark.slow
@pytest.mark.usefixtures("cache_folder")
@pytest.mark.parametrize(
    ("name", "changes", "parts"),
    [
        ("vgg16-unet", ["phases.0.epochs=0.5"], {"l1", "adversarial", "loss_g", "loss_d", "d_real", "d_fake"}),
        (
            "colorize-classes-lite",
            ["phases.0.epochs=0.5", "phases.1.epochs=0.5", "phases.0.size=32"],
            {"cie94", "classification", "loss_g"},
        ),
    ],
)
def test_a_class_conditional_recipe_goes_all_the_way_to_a_labelled_picture(
    class_folders, tmp_path, name, changes, parts
):
    recipe = load_recipe(name, [*SMALL, *changes])
    run = train(
        recipe,
        [class_folders],
        tmp_path / "run",
        TrainingOptions(devices="1", accelerator="cpu", console=Console(file=io.StringIO())),
    )
    last = list(run.rows("step"))[-1]
    assert parts <= set(last)
    assert all(np.isfinite(value) for value in last.values() if isinstance(value, float))
    validation = list(run.rows("validation"))[-1]
    assert validation["loss_g"] > 0
    model = load_model(export_run(run.folder, tmp_path / "model.onnx"))
    assert model.card.classes == ["apple", "boat", "cloud"]
    assert model.card.tells_label == (name == "colorize-classes-lite")
    photo = Picture(np.random.default_rng(0).integers(0, 256, (30, 44)).astype(np.uint8))
    painting = paint(photo, model, PaintOptions("boat"))
    assert painting.label == "boat"
    assert painting.pixels.shape == (30, 44, 3)


@pytest.mark.slow
@pytest.mark.usefixtures("cache_folder")
def test_fine_tuning_starts_where_the_embedded_default_is_and_learns(class_folders, tmp_path):
    small = ["data.size=64", "data.batch=4", "data.cache_side=40", "data.workers=0", "validation.pictures=3"]
    recipe = load_recipe("fine-tune", [*small, "validation.samples=2", "data.grey_share=0"])
    run = train(
        recipe,
        [class_folders],
        tmp_path / "run",
        TrainingOptions(devices="1", accelerator="cpu", console=Console(file=io.StringIO())),
    )
    scores = [row["bins"] for row in run.rows("validation")]  # the painting follows: it is pale until bins agree
    assert len(scores) == 1 + 5  # what it starts from, and five epochs
    assert scores[-1] < 0.97 * scores[0]
    seen, before = (
        run.facts()["training_hashes"],
        {f"{int(value):016x}" for value in load_model("default").training_hashes},
    )
    assert before < set(seen)
    assert len(seen) == len(before) + run.facts()["training_pictures"]


TINY = "generator.options={widths: [16, 12, 8, 8, 8], depths: [1, 1], queries: 4, query_width: 8}"


@pytest.mark.usefixtures("cache_folder")
@pytest.mark.parametrize(
    ("name", "phases", "parts"),
    [
        ("colorize", 5, {"cie94", "perceptual", "bins", "colourfulness", "adversarial", "loss_d"}),
        ("light", 3, {"cie94", "colourfulness"}),
    ],
)
def test_a_painters_recipe_goes_through_all_its_phases(class_folders, tmp_path, name, phases, parts):
    sizes = [f"phases.{i}.size=32" for i in range(phases)] + [f"phases.{i}.batch=4" for i in range(phases)]
    epochs = [f"phases.{i}.epochs=0.2" for i in range(phases)]
    small = ["data.split=null", "data.cache_side=40", "data.workers=0", "data.min_colourfulness=null"]
    small += ["validation.pictures=3", "validation.samples=2", "data.exclude_grey=false"]
    recipe = load_recipe(name, [*small, "generator.encoder_weights=none", TINY, *sizes, *epochs])
    options = TrainingOptions(devices="1", accelerator="cpu", console=Console(file=io.StringIO()))
    run = train(recipe, [class_folders], tmp_path / "run", options)
    steps = list(run.rows("step"))
    assert parts <= set().union(*steps)
    assert all(np.isfinite(value) for row in steps for value in row.values() if isinstance(value, float))
    assert list(run.rows("validation"))[-1]["step"] == run.plan()[-1].end
    taught = run.facts().get("teacher", {"name": ""})["name"]
    assert taught.endswith("default.onnx") == (name == "light")


def test_the_papers_recipe_says_what_the_paper_says():
    recipe = load_recipe("vgg16-unet")
    assert (recipe.generator.name, recipe.generator.conditional, recipe.data.size) == ("vgg16_unet", True, 128)
    d = recipe.discriminator
    assert (d.width, d.depth, d.norm, d.clip_norm, 1 - d.label_smoothing, d.conditional) == (
        64,
        3,
        "batch",
        1,
        0.9,
        False,
    )
    assert (recipe.losses.l1, d.adversarial_kind, recipe.phases[0].adversarial) == (100, "bce", 1)
    o = recipe.optimizer
    assert (o.lr, o.betas, o.weight_decay, o.schedule, o.plateau_patience) == (2e-4, (0.5, 0.999), 0, "plateau", 5)
    a = recipe.data.augment
    assert (a.rotation, a.flip, a.flip_vertical, a.letterbox) == (20, True, True, 1)
    assert not recipe.data.mask_padding
    assert (recipe.validation.keep, recipe.validation.monitor) == ("best", "loss_g")
