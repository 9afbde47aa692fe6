"""`pincel distil`, as a user runs it."""

import numpy as np
import onnx
import pytest
import yaml

from pincel.errors import PincelError
from pincel.runtime.card import HASHES_KEY, pack_hashes
from pincel.study.distil import student_recipe
from pincel.study.options import DistilOptions
from pincel.training.run import Run

pytestmark = pytest.mark.usefixtures("cache_folder", "class_folders")

TINY = [
    "data.size=16",
    "data.batch=4",
    "data.split=null",
    "data.cache_side=40",
    "data.workers=0",
    "validation={monitor: loss, pictures: 3, samples: 1}",
]
CRITIC = ["discriminator.width=4", "discriminator.depth=1"]
WIDE, NARROW = "generator.options={stages: 24k4s2 24k4s2 24k4s2}", "generator.options={stages: 8k4s2 8k8s4}"


@pytest.fixture
def teacher(pincel_main, tmp_path) -> Run:
    done = pincel_main(
        "train", "pix2pix-flowers-64", *TINY, *CRITIC, WIDE, "-d", "photos", "-o", "teacher", "--epochs", "0.5"
    )
    assert done.returncode == 0, done.stderr
    return Run(tmp_path / "teacher")


@pytest.fixture
def distil(pincel_main):
    """``distil("teacher", "student", ...)`` -> the finished command."""

    def run(who, out, *options, changes=(NARROW,), recipe="pix2pix-flowers-64"):
        critic = [] if recipe == "colorize-lite" else CRITIC
        arguments = [who, *TINY, *critic, *changes, "--student", recipe, "-o", out, "--epochs", "0.5", *options]
        return pincel_main("distil", *arguments)

    return run


def test_a_student_of_a_run_is_an_ordinary_run_with_the_teachers_split(teacher, distil, pincel_main, tmp_path):
    done = distil("teacher", "student", "--features", "2")
    assert done.returncode == 0, done.stderr
    assert "next: pincel export student" in done.stdout
    run = Run(tmp_path / "student")
    part = run.recipe().distillation
    assert (part.teacher, part.output, part.features) == (str(tmp_path / "teacher"), 100.0, 2.0)
    assert run.facts()["split_digest"] == teacher.facts()["split_digest"]
    assert run.facts()["folders"] == [str(tmp_path / "photos")]
    steps = list(run.rows("step"))
    assert all({"l1", "adversarial", "distil_output", "distil_features"} <= set(row) for row in steps)
    again = pincel_main("train", "student/recipe.yaml", "--out", "student", "--resume")
    assert again.returncode == 0, again.stderr


def test_a_model_file_teaches_with_its_output_and_its_pictures_count_as_seen(make_model, distil, tmp_path):
    path = make_model("taught")
    model = onnx.load(path)
    entry = model.metadata_props.add()
    entry.key, entry.value = HASHES_KEY, pack_hashes(np.array([10**18], np.uint64))
    onnx.save(model, path)
    changes = ["generator={name: stage_unet, encoder_weights: none, options: {stages: 8k4s2 8k4s2}}"]
    refused = distil("taught.onnx", "student", changes=changes, recipe="colorize-lite")
    assert refused.returncode == 2
    assert "the model taught.onnx does not name its own; name one with --data" in refused.stderr
    options = ["--data", "photos", "--output", "7"]
    done = distil("taught.onnx", "student", *options, changes=changes, recipe="colorize-lite")
    assert done.returncode == 0, done.stderr
    run = Run(tmp_path / "student")
    assert (run.recipe().distillation.teacher, run.recipe().distillation.output) == (str(path), 7)
    facts = run.facts()
    assert f"{10**18:016x}" in facts["training_hashes"]
    assert len(facts["training_hashes"]) == facts["training_pictures"] + 1


def test_a_teacher_of_another_task_is_refused_before_any_picture_is_read(teacher, distil):
    changes = ["generator.encoder_weights=none"]
    refused = distil("teacher", "student", changes=changes, recipe="colorize-lite")
    assert refused.returncode == 2
    assert "is for the task sketch, and the student for the task colorize" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nobody", "--student", "pix2pix-flowers-64", "-o", "s"), "there is no model 'nobody'"),
        (("photos", "--student", "pix2pix-flowers-64", "-o", "s"), "photos is not a run"),
        (("default", "-o", "s"), "name the student's recipe with --student"),
        (("default", "--student", "colorize-light", "-o", "s"), "recipe 'colorize-light' does not exist"),
        (("default", "--student", "colorize-lite"), "where should the run go"),
        (("default", "--student", "colorize-lite", "--output", "0", "-o", "s"), "output and features both weigh 0"),
        (("default", "--student", "colorize-lite", "--minutes", "1", "--epochs", "1", "-o", "s"), "not both"),
    ],
)
def test_mistakes_get_one_sentence(pincel_main, arguments, message):
    refused = pincel_main("distil", *arguments)
    assert refused.returncode == 2
    assert message in refused.stderr
    assert "Traceback" not in refused.stderr


def test_dry_run_prints_the_recipe_with_its_teacher(pincel_main):
    shown = pincel_main("distil", "default", "--student", "colorize-lite", "--dry-run")
    assert yaml.safe_load(shown.stdout)["distillation"]["teacher"] == "default"


def test_a_recipes_own_weights_stay_unless_others_are_given(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("losses: {l1: 1}\ndistillation: {teacher: x, output: 3, features: 4, layers: {up.0: up.1}}\n")
    written, given = (student_recipe("default", path, DistilOptions(features=weight)) for weight in (None, 0))
    assert (written.distillation.output, written.distillation.features) == (3, 4)
    assert (given.distillation.output, given.distillation.features, given.distillation.layers) == (
        3,
        0,
        {"up.0": "up.1"},
    )
    with pytest.raises(PincelError, match="both weigh 0"):
        student_recipe("default", path, DistilOptions(output=0, features=0))


def test_a_recipe_whose_target_is_the_teacher_keeps_that_and_adds_no_weight():
    part = student_recipe("classes", "light", DistilOptions()).distillation
    assert (part.teacher, part.target, part.output, part.features) == ("classes", "teacher", 0, 0)


def test_layers_are_chosen_on_the_command_line_and_the_weights_keep_their_defaults():
    layers = ["distillation.layers={up.0: decoder.1}"]
    recipe = student_recipe("default", "pix2pix-flowers-64", DistilOptions(features=1), layers)
    part = recipe.distillation
    assert (part.layers, part.output, part.features) == ({"up.0": "decoder.1"}, 100.0, 1)
