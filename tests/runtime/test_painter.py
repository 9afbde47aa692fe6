import numpy as np
import pytest

from pincel.errors import ModelError
from pincel.imaging.color import lightness, rgb_to_lab
from pincel.imaging.read import Picture
from pincel.runtime.model_file import load_model
from pincel.runtime.painter import Painting, colorize_picture, draft, finished, paint


def grey(height, width, seed=0):
    return np.random.default_rng(seed).integers(60, 190, (height, width), np.uint8)


@pytest.mark.parametrize("size", [(16, 16), (17, 401), (333, 222)])
def test_the_model_s_colour_arrives_at_full_size_and_lightness_stays(make_model, size):
    picture = Picture(grey(*size))
    painted = paint(picture, load_model(make_model(a=0.1, b=-0.1, working_size=64)))
    lab = rgb_to_lab(painted)
    assert painted.shape == (*size, 3)
    assert np.abs(lab[..., 1:] - (11, -11)).mean() < 0.6
    assert np.abs(lab[..., 0] - lightness(picture.pixels)).max() <= 0.5


def test_saturation_multiplies_with_the_card_s(make_model):
    model = load_model(make_model(a=0.1, b=0.0, saturation=1.5))
    picture = Picture(np.full((40, 40), 128, np.uint8))
    assert rgb_to_lab(paint(picture, model))[..., 1].mean() == pytest.approx(16.5, abs=0.5)
    assert rgb_to_lab(paint(picture, model, saturation=2.0))[..., 1].mean() == pytest.approx(33, abs=0.7)
    assert rgb_to_lab(paint(picture, model, saturation=0.0))[..., 1].mean() == pytest.approx(0, abs=0.5)


def test_a_class_has_its_own_factor(make_labelled_model):
    model = load_model(make_labelled_model(saturation=0.8, class_saturation={"night": 0.5}))
    picture = Picture(np.full((40, 40), 128, np.uint8))
    for label, b in (("night", -44 * 0.4), ("sunrise", 22 * 0.8), ("unknown", 0)):
        assert rgb_to_lab(paint(picture, model, label=label))[..., 2].mean() == pytest.approx(b, abs=0.7)
    assert rgb_to_lab(paint(picture, model, label="night", saturation=2.0))[..., 2].mean() == pytest.approx(-35, abs=1)


@pytest.mark.parametrize("size", [(48, 48), (90, 61)])
def test_a_draft_paints_every_strength_as_painting_does(make_model, size):
    model = load_model(make_model(working_size=48))
    drafted = draft(Picture(grey(*size)), model)
    for saturation in (0.0, 0.7, 1.0):
        assert (drafted.paint(saturation) == paint(Picture(grey(*size)), model, saturation=saturation)).all()


def test_the_network_sees_the_working_size_and_at_most_half_more_than_the_picture(make_model, monkeypatch):
    model = load_model(make_model(working_size=48))
    seen = []
    original = type(model).run
    monkeypatch.setattr(
        type(model), "run", lambda self, source, *label: seen.append(source.shape) or original(self, source)
    )
    paint(Picture(grey(100, 200)), model)
    paint(Picture(grey(100, 200)), model, working_size=100)
    paint(Picture(grey(20, 30)), model)
    assert seen == [(1, 1, 24, 48), (1, 1, 50, 100), (1, 1, 30, 45)]


def test_the_colours_of_the_input_are_not_looked_at(make_model):
    model = load_model(make_model())
    colour = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    light = lightness(colour)
    from pincel.imaging.color import from_float, lab_to_rgb

    same_light = from_float(lab_to_rgb(light, np.zeros((40, 40, 2), np.float32)))
    difference = paint(Picture(colour), model).astype(int) - paint(Picture(same_light), model)
    assert np.abs(difference).max() <= 3  # 8-bit rounding of the grey picture


def test_alpha_and_metadata_are_carried_over(make_model):
    alpha = np.full((20, 20), 7, np.uint8)
    painted = colorize_picture(Picture(grey(20, 20), alpha, b"exif", "TIFF", (72.0, 72.0)), load_model(make_model()))
    assert (painted.alpha is alpha, painted.exif, painted.format, painted.dpi) == (True, b"exif", "TIFF", (72.0, 72.0))


def test_a_model_of_another_task_is_refused(make_model):
    with pytest.raises(ModelError, match="task sketch"):
        paint(Picture(grey(20, 20)), load_model(make_model(task="sketch")))


def test_a_finished_painting_keeps_metadata_and_alpha_only_where_it_holds():
    picture = Picture(grey(4, 5), alpha=grey(4, 5, 1), exif=b"Exif", format="TIFF", dpi=(300, 300))
    painting = Painting(np.zeros((4, 5, 3), np.uint8))
    done = finished(picture, painting)
    assert (done.exif, done.format, done.dpi) == (b"Exif", "TIFF", (300, 300))
    assert done.alpha is picture.alpha
    assert finished(picture, painting._replace(keeps_alpha=False)).alpha is None
    beside = finished(picture, painting, side_by_side=True)
    assert beside.alpha is None
    assert (beside.pixels == np.hstack([picture.rgb(), painting.pixels])).all()
