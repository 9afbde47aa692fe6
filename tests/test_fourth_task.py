"""A new task is one class and one row: it goes from the photos to the server without a line elsewhere."""

import io
import sys
from contextlib import redirect_stdout
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from rich.console import Console
from starlette.testclient import TestClient

import pincel
from pincel.cli.train import export
from pincel.evaluation.evaluate import evaluate
from pincel.evaluation.options import EvaluateOptions
from pincel.evaluation.report import write_report
from pincel.explain.explain import explain
from pincel.explain.options import ExplainOptions
from pincel.explain.report.write import write_explanation
from pincel.serve.app import create_app
from pincel.serve.catalogue import find_models
from pincel.serve.settings import Settings
from pincel.tasks import TASKS
from pincel.training.dataset import load_training_data
from pincel.training.loop import train
from pincel.training.options import TrainingOptions
from pincel.training.recipe import Recipe

sys.path.insert(0, str(Path(__file__).parent))  # worker processes import fourth_task by this name
from fourth_task import Brighten, BrightenWork

RECIPE = {
    "task": "brighten",
    "data": {"size": 32, "batch": 4, "cache_side": 40, "workers": 0, "fit": "square"},
    "generator": {
        "name": "stage_unet",
        "encoder_weights": "none",
        "options": {"stages": "8k4s2 8k4s2"},
        "ema": 0,
    },
    "discriminator": {"width": 4, "depth": 2},
    "losses": {"l1": 1.0, "psnr": 0.1},
    "phases": [{"epochs": 2, "adversarial": 0.01}],
    "validation": {"pictures": 3, "samples": 2},
}


@pytest.fixture(scope="module", autouse=True)
def brighten(tmp_path_factory):
    """The task, and a cache of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(TASKS, Brighten.name, Brighten())
        patch.setenv("PINCEL_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """``photos``; ``run``: trained on them; ``model``: its file; ``said`` by the export; ``dark``: to be painted."""
    folder = tmp_path_factory.mktemp("brighten")
    random = np.random.default_rng(0)
    for number in range(14):
        path = folder / "photos" / "lamp" / f"{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        small = random.integers(0, 256, (4, 5, 3), np.uint8)
        Image.fromarray(small).resize((50, 40), Image.Resampling.BICUBIC).save(path)
    Image.open(path).point(lambda value: value // 2).save(folder / "dark.png")
    recipe = Recipe.model_validate(RECIPE)
    options = TrainingOptions(devices="1", accelerator="cpu", console=Console(file=io.StringIO()))
    run = train(recipe, [folder / "photos"], folder / "run", options)
    model, said = folder / "brighten.onnx", io.StringIO()
    with redirect_stdout(said):
        export(run.folder, model)
    dark = folder / "dark.png"
    return SimpleNamespace(photos=folder / "photos", run=run.folder, model=model, said=said.getvalue(), dark=dark)


def test_it_is_trained_on_what_it_makes_of_the_photos(made):
    recipe = Recipe.model_validate(RECIPE)
    pair = load_training_data(recipe, [made.photos]).pairs("val", 32)[0]
    np.testing.assert_allclose((pair.target.numpy() + 1) / 2, (pair.source.numpy() + 1), atol=3 / 255)


def test_python_and_the_command_line_paint_with_it(made, pincel_main, tmp_path):
    painted = pincel.paint(made.dark, made.model, as_array=True)
    assert painted.shape == (40, 50, 3)
    np.testing.assert_array_equal(pincel.translate(made.dark, made.model, as_array=True), painted)
    result = pincel_main("translate", made.dark, "--model", made.model, "-o", "painted.png")
    assert result.returncode == 0, result.stderr
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "painted.png")), painted)
    assert "is for the task brighten, not colorize" in pincel_main("colorize", made.dark, "-m", made.model).stderr


def test_the_export_names_the_command_that_paints_with_it(made, pincel_main):
    assert f"next: pincel translate PICTURE --model {made.model}" in made.said
    card = pincel_main("models", "show", made.model).stdout
    assert "brighten" in card
    assert "sketches" not in card


def test_it_is_measured_against_what_was_shown(made, tmp_path):
    evaluation = evaluate(made.model, [made.photos], EvaluateOptions(allow_trained=True, side="val", set_metrics=False))
    identity = evaluation.row("identity").figures
    assert identity["psnr"].value < 20  # half as bright
    assert evaluation.row("brighten").figures["psnr"].value > 0
    write_report(evaluation, tmp_path, command="pincel evaluate")
    page = (tmp_path / "index.html").read_text("utf-8")
    assert "the dark photo itself" in page
    assert "What is shown is made of each picture." in page
    assert "ketches" not in page


def test_it_is_explained(made, tmp_path):
    explanation = explain([made.dark], made.run, ExplainOptions(methods=("saliency", "occlusion", "discriminator")))
    assert explanation.pictures[0].scalar.title == "mean luminance (Rec. 601)"
    assert explanation.pictures[0].scalar.unit == "levels of 255"
    write_explanation(explanation, tmp_path, command="pincel explain")
    assert (tmp_path / "index.html").is_file()


def test_the_server_paints_with_it(made):
    app = create_app(Settings(workers=1), find_models([str(made.model)]), painting=BrightenWork((made.model,), 1))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        offered = {model["name"]: model for model in client.get("/api/v1/models").json()["models"]}
        assert offered["brighten"]["draws"]
        answer = client.post("/api/v1/translate?model=brighten&format=png", content=made.dark.read_bytes())
        refused = client.post("/api/v1/colorize?model=brighten", content=made.dark.read_bytes())
    assert answer.status_code == 200, answer.text
    painted = np.asarray(Image.open(io.BytesIO(answer.content)))
    np.testing.assert_array_equal(painted, pincel.paint(made.dark, made.model, as_array=True))
    assert refused.status_code == 422
