"""`pincel prune`, as a user runs it: the result is an ordinary run."""

import json

import pytest
from PIL import Image
from safetensors.torch import load_file

from pincel.data.split import Split
from pincel.export.export import executed_macs, load_painter
from pincel.runtime.model_file import load_model
from pincel.training.recipe import Recipe
from pincel.training.run import Run

pytestmark = pytest.mark.usefixtures("cache_folder", "class_folders")

TINY = [
    "data.size=16",
    "data.batch=4",
    "data.split=null",
    "data.cache_side=40",
    "data.workers=0",
    "discriminator.width=4",
    "discriminator.depth=1",
    "validation={monitor: loss, pictures: 3, samples: 1}",
    "generator.options={stages: 24k4s2 24k4s2 32k4s2}",
]


@pytest.fixture
def base(pincel_main, tmp_path) -> Run:
    done = pincel_main("train", "pix2pix-flowers-64", *TINY, "-d", "photos", "-o", "base", "--epochs", "0.5")
    assert done.returncode == 0, done.stderr
    return Run(tmp_path / "base")


def test_a_pruned_run_costs_what_it_may_trains_on_exports_and_draws(base, pincel_main, tmp_path):
    macs = executed_macs(load_painter(base), 16, 16)
    done = pincel_main("prune", "base", "--target-macs", f"{macs // 2}", "-o", "small", "--epochs", "0.5")
    assert done.returncode == 0, done.stderr
    assert "multiply-adds at 16 px" in done.stderr
    small = Run(tmp_path / "small")
    painter, note = load_painter(small), json.loads(small.pruning.read_text())
    assert executed_macs(painter, 16, 16) == note["macs"] <= macs // 2 < note["macs_before"] == macs
    assert note["of"] == str(base.folder)
    assert small.facts()["split_digest"] == base.facts()["split_digest"]
    start, end = load_file(small.start), load_file(small.weights("last"))
    assert {k: v.shape for k, v in start.items()} == {k: v.shape for k, v in end.items()}
    assert any(not (value == end[key]).all() for key, value in start.items())  # it was trained on
    assert "distil_output" not in next(small.rows("step"))

    assert pincel_main("export", "small", "-o", "small.onnx").returncode == 0
    assert load_model(tmp_path / "small.onnx").card.macs_working == note["macs"]
    Image.effect_noise((40, 30), 90).save(tmp_path / "sketch.png")
    drawn = pincel_main("draw", "sketch.png", "--model", "small.onnx", "-o", "out")
    assert drawn.returncode == 0, drawn.stderr
    assert Image.open(tmp_path / "out" / "sketch.png").size == (40, 30)

    small.start.unlink()  # resuming needs the checkpoint alone
    assert pincel_main("train", "small/recipe.yaml", "-o", "small", "--resume").returncode == 0
    again = pincel_main("prune", "base", "--ratio", "0.5", "-o", "small")
    assert again.returncode == 2
    assert "small exists already" in again.stderr


def test_with_distil_the_whole_network_teaches_the_pruned_one(base, pincel_main, tmp_path):
    options = ["--ratio", "0.6", "--distil", "--features", "1", "--epochs", "0.3"]
    done = pincel_main("prune", "base", *options, "-o", "small")
    assert done.returncode == 0, done.stderr
    part = Run(tmp_path / "small").recipe().distillation
    assert (part.teacher, part.output, part.features) == (str(base.folder), 100.0, 1.0)
    assert {"distil_output", "distil_features"} <= set(next(Run(tmp_path / "small").rows("step")))
    further = pincel_main("prune", "small", "--ratio", "0.8", "-o", "smaller", "--epochs", "0.3")
    assert further.returncode == 0, further.stderr  # a pruned run is an ordinary one


def test_a_target_that_cannot_be_leaves_nothing_behind(base, pincel_main, tmp_path):
    refused = pincel_main("prune", "base", "--target-macs", "1K", "-o", "small")
    assert refused.returncode == 2
    assert "cannot be pruned below 0.1 M multiply-adds at 16 px" in refused.stderr
    assert not (tmp_path / "small").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere", "-o", "s", "--ratio", "0.5"), "nowhere is not a run"),
        (("begun", "-o", "s"), "give --target-macs (as 500M or 0.5G) or --ratio (as 0.5), one of them"),
        (("begun", "-o", "s", "--ratio", "0.5", "--target-macs", "5M"), "one of them"),
        (("begun", "-o", "s", "--ratio", "1.5"), "a ratio of 1.5 is not between 0 and 1"),
        (("begun", "-o", "s", "--target-macs", "many"), "'many' is no count of multiply-adds"),
        (("begun", "-o", "s", "--ratio", "0.5", "--features", "1"), "add --distil"),
        (("begun", "-o", "s", "--ratio", "0.5", "--minutes", "1", "--epochs", "1"), "not both"),
    ],
)
def test_mistakes_get_one_sentence(pincel_main, tmp_path, arguments, message):
    Run(tmp_path / "begun").begin(Recipe(), Split({}, {}), {})
    refused = pincel_main("prune", *arguments)
    assert refused.returncode == 2
    assert message in refused.stderr
    assert "Traceback" not in refused.stderr
