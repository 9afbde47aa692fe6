"""`pincel draw` and `pincel translate` as a user runs them."""

import json

import numpy as np
import pytest
from PIL import Image

from pincel.imaging.read import read


@pytest.fixture
def drawings(tmp_path):
    folder = tmp_path / "drawings"
    folder.mkdir()
    page = np.full((40, 60), 255, np.uint8)
    page[18:20, 5:-5] = 0
    Image.fromarray(page).save(folder / "pen.png")
    Image.fromarray(255 - page).save(folder / "chalk.png")
    clear = np.zeros((40, 60, 4), np.uint8)
    clear[..., 3] = 255 - page
    Image.fromarray(clear).save(folder / "canvas.png")
    return folder


def test_drawings_of_every_kind_become_pictures_of_their_size(pincel_command, drawings, tmp_path, make_translator):
    model = make_translator("sketch", working_size=60)
    result = pincel_command("draw", "drawings", "--model", model, "-o", "photos")
    assert result.returncode == 0, result.stderr
    assert "3 painted, in photos" in result.stderr
    for name in ("pen.png", "chalk.png", "canvas.png"):
        image = Image.open(tmp_path / "photos" / name)
        assert (image.mode, image.size) == ("RGB", (60, 40))  # a canvas without background is opaque now
        red = np.asarray(image)[..., 0]
        assert red[18, 10:50].max() < 60, name
        assert red[:14].min() > 240, name


def test_pairs_models_translate_photos(pincel_main, drawings, tmp_path, make_translator):
    result = pincel_main("translate", "drawings/pen.png", "--model", make_translator("paired"), "-o", "one.png")
    assert result.returncode == 0, result.stderr
    assert read(tmp_path / "one.png").pixels.shape == (40, 60, 3)


def test_translate_draws_too_and_puts_both_side_by_side(pincel_main, drawings, tmp_path, make_translator):
    model = make_translator("sketch")
    result = pincel_main("translate", "drawings/pen.png", "-m", model, "--side-by-side", "--json", "--format", "jpeg")
    assert json.loads(result.stdout)["status"] == "painted"
    assert read(tmp_path / "painted/pen.jpg").pixels.shape == (40, 120, 3)


@pytest.mark.parametrize(
    ("command", "task", "message"),
    [
        ("draw", "paired", "model 'tiny-paired' is for the task paired, not sketch"),
        ("colorize", "sketch", "model 'tiny-sketch' is for the task sketch, not colorize"),
    ],
)
def test_a_model_of_another_task_is_refused(pincel_main, drawings, make_translator, command, task, message):
    result = pincel_main(command, "drawings", "--model", make_translator(task))
    assert result.returncode == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_a_colorizer_cannot_draw(pincel_main, drawings, make_model):
    result = pincel_main("translate", "drawings", "--model", make_model())
    assert result.returncode == 2
    assert "is for the task colorize, not sketch or paired" in result.stderr


def test_translate_wants_a_model(pincel_main, drawings):
    result = pincel_main("translate", "drawings")
    assert result.returncode == 2
    assert "--model" in result.stderr


def test_bad_files_are_listed_and_the_rest_is_drawn(pincel_main, drawings, make_translator):
    (drawings / "broken.png").write_bytes(b"no picture")
    result = pincel_main("draw", "drawings", "--model", make_translator("sketch"))
    assert result.returncode == 1
    assert "broken.png is not a picture" in result.stderr
