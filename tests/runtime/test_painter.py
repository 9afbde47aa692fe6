import numpy as np
import pytest

from pincel.errors import ModelError
from pincel.imaging.color import lightness, rgb_to_lab
from pincel.imaging.metadata.block import Metadata
from pincel.imaging.picture import Picture
from pincel.runtime.model_file import Model, load_model
from pincel.runtime.painter import Painting, bounded_size, colorize_picture, draft, finished, paint

TOLD = Metadata(comments=(b"from the red album",))


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


@pytest.fixture
def seen(monkeypatch) -> list[tuple[int, ...]]:
    """Shapes of what models are shown."""
    shapes, original = [], Model.run
    monkeypatch.setattr(
        Model, "run", lambda self, source, *label: shapes.append(source.shape) or original(self, source)
    )
    return shapes


def test_the_network_sees_the_working_size_and_at_most_half_more_than_the_picture(make_model, seen):
    model = load_model(make_model(working_size=48))
    paint(Picture(grey(100, 200)), model)
    paint(Picture(grey(100, 200)), model, working_size=100)
    paint(Picture(grey(20, 30)), model)
    assert seen == [(1, 1, 24, 48), (1, 1, 50, 100), (1, 1, 30, 45)]


def test_how_far_small_pictures_are_enlarged_stands_in_the_card(make_model, seen):
    paint(Picture(grey(20, 30)), load_model(make_model(working_size=80, largest_enlargement=2.5)))
    assert seen == [(1, 1, 50, 75)]


def test_no_more_is_shown_than_memory_allows_and_it_is_said(make_model, seen):
    model = load_model(make_model("m", largest_working_size=64))
    painted = paint(Picture(grey(200, 100)), model, working_size=4096)
    assert seen == [(1, 1, 64, 32)]
    assert painted.shape == (200, 100, 3)
    assert bounded_size(model, 4096) == (
        64,
        "model 'm' is shown 64 px at most, not 4096; more would cost memory and paint no better",
    )
    assert bounded_size(model, 64) == (64, "")
    assert bounded_size(model, None) == (256, "")


@pytest.mark.parametrize("colour", [False, True])
def test_black_bars_are_neither_shown_nor_painted_where_the_card_says_so(make_model, seen, colour):
    inside = np.dstack([grey(60, 100, seed) for seed in range(3)]) if colour else grey(60, 100)
    pixels = np.pad(inside, ((20, 20), (7, 0), (0, 0))[: inside.ndim])
    if colour:
        pixels[:20, :, 0] = 8  # a bar that is a little red
    model = load_model(make_model("m", working_size=50, leaves_bars=True))
    painted = paint(Picture(pixels), model)
    assert seen == [(1, 1, 30, 50)]
    assert painted.shape == (100, 107, 3)
    bars = np.concatenate([painted[:20].ravel(), painted[80:].ravel(), painted[:, :7].ravel()])
    assert bars.max() <= 8
    assert not np.ptp(painted[:20].astype(int), axis=-1).any()  # its colour is not looked at
    assert (painted[20:80, 7:] == paint(Picture(inside), model)).all()
    paint(Picture(pixels), load_model(make_model("other", working_size=50)))
    assert seen[-1] == (1, 1, 47, 50)


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
    painted = colorize_picture(Picture(grey(20, 20), alpha, TOLD, "TIFF"), load_model(make_model()))
    assert (painted.alpha is alpha, painted.metadata, painted.format) == (True, TOLD, "TIFF")


def test_a_model_of_another_task_is_refused(make_model):
    with pytest.raises(ModelError, match="task sketch"):
        paint(Picture(grey(20, 20)), load_model(make_model(task="sketch")))


def test_a_finished_painting_keeps_metadata_and_alpha_only_where_it_holds():
    picture = Picture(grey(4, 5), alpha=grey(4, 5, 1), metadata=TOLD, format="TIFF")
    painting = Painting(np.zeros((4, 5, 3), np.uint8))
    done = finished(picture, painting)
    assert (done.metadata, done.format) == (TOLD, "TIFF")
    assert done.alpha is picture.alpha
    assert finished(picture, painting._replace(keeps_alpha=False)).alpha is None
    beside = finished(picture, painting, side_by_side=True)
    assert beside.alpha is None
    assert (beside.pixels == np.hstack([picture.rgb(), painting.pixels])).all()
