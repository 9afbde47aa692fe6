"""The public API: `import pincel`."""

import warnings

import numpy as np
import pytest
from PIL import Image

import pincel


@pytest.fixture
def model(make_model):
    return make_model(a=0.2, b=0.1)


def test_a_path_an_image_and_an_array_give_the_same_photo(model):
    path = pincel.example("cat")
    grey = Image.open(path).convert("L")
    from_image = pincel.colorize(grey, model)
    assert (np.asarray(from_image) == np.asarray(pincel.colorize(np.asarray(grey), model))).all()
    assert pincel.colorize(path, model).size == from_image.size == (451, 300)
    assert from_image.mode == "RGB"


def test_a_name_a_path_and_a_loaded_model_are_all_models(model):
    loaded = pincel.load_model(model)
    grey = np.full((40, 40), 128, np.uint8)
    assert (np.asarray(pincel.colorize(grey, str(model))) == np.asarray(pincel.colorize(grey, loaded))).all()


def test_alpha_comes_back(model):
    image = Image.fromarray(np.full((20, 20, 2), 100, np.uint8), "LA")
    painted = pincel.colorize(image, model)
    assert painted.mode == "RGBA"
    assert (np.asarray(painted)[..., 3] == 100).all()


def test_16_bit_arrays_become_8_bit_images(model):
    assert pincel.colorize(np.full((20, 20), 30000, np.uint16), model).mode == "RGB"


def test_saturation_zero_is_grey(model):
    painted = np.asarray(pincel.colorize(np.full((20, 20), 128, np.uint8), model, saturation=0)).astype(int)
    assert np.ptp(painted, axis=2).max() <= 1


def test_errors_are_pincel_errors(model):
    with pytest.raises(pincel.PictureError):
        pincel.colorize("nowhere.jpg", model)
    with pytest.raises(pincel.ModelError):
        pincel.colorize(pincel.example("cat"), "nope")
    with pytest.raises(pincel.PincelError, match="known: .*cat.*daisy"):
        pincel.example("dog")


def test_a_drawing_becomes_a_picture_of_its_size(make_translator):
    page = np.full((40, 60), 255, np.uint8)
    page[20] = 0
    painted = pincel.translate(page, make_translator("sketch", working_size=60))
    assert (painted.mode, painted.size) == ("RGB", (60, 40))
    assert np.asarray(painted)[20, :, 0].max() < 60
    clear = Image.merge("LA", (Image.new("L", (60, 40)), Image.fromarray(255 - page)))
    assert pincel.translate(clear, make_translator("sketch")).mode == "RGB"
    assert pincel.translate(clear, make_translator("paired")).mode == "RGBA"
    with pytest.raises(pincel.ModelError, match="colorize"):
        pincel.translate(page, "default")


def test_any_model_paints_as_its_task_says(model, make_translator):
    photo, page = np.full((40, 40), 128, np.uint8), np.full((40, 60), 255, np.uint8)
    page[20] = 0
    for saturation in (1.0, 0.5):
        painted = pincel.paint(photo, model, saturation=saturation, as_array=True)
        assert (painted == pincel.colorize(photo, model, saturation=saturation, as_array=True)).all()
    drawing = make_translator("sketch")
    assert pincel.paint(page, drawing) == pincel.translate(page, drawing)
    with pytest.raises(pincel.ModelError, match="paints whole pictures, whose saturation cannot be chosen"):
        pincel.paint(page, drawing, saturation=0.5)


def test_only_where_its_colours_are_not_looked_at_a_picture_in_colour_is_told_of(model, make_translator):
    with pytest.warns(pincel.PincelWarning, match="in colour already") as warned:
        pincel.paint(pincel.example("cat"), model)
    assert [warning.filename for warning in warned] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pincel.paint(pincel.example("cat"), make_translator("paired"))


def test_the_default_model_is_listed():
    assert "default" in pincel.list_models()
