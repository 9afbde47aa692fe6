import numpy as np
import pytest

from pincel.errors import ModelError
from pincel.imaging.color import lightness, rgb_to_lab
from pincel.imaging.metadata.block import Metadata
from pincel.imaging.picture import Picture
from pincel.runtime.model_file import Model, load_model
from pincel.runtime.paint_options import PaintOptions
from pincel.runtime.painter import Painting, bounded_size, draft, finished, paint

METADATA = Metadata(comments=(b"from the red album",))


def grey(height, width, seed=0):
    return np.random.default_rng(seed).integers(60, 190, (height, width), np.uint8)


def pixels_of(picture, model, **options):
    return paint(picture, model, PaintOptions(**options)).pixels


@pytest.mark.parametrize("size", [(16, 16), (17, 401), (333, 222)])
def test_the_model_s_colour_arrives_at_full_size_and_lightness_stays(make_model, size):
    picture = Picture(grey(*size))
    painted = pixels_of(picture, load_model(make_model(a=0.1, b=-0.1, working_size=64)))
    lab = rgb_to_lab(painted)
    assert painted.shape == (*size, 3)
    assert np.abs(lab[..., 1:] - (11, -11)).mean() < 0.6
    assert np.abs(lab[..., 0] - lightness(picture.pixels)).max() <= 0.5


def test_saturation_multiplies_with_the_card_s(make_model):
    model = load_model(make_model(a=0.1, b=0.0, saturation=1.5))
    picture = Picture(np.full((40, 40), 128, np.uint8))
    assert rgb_to_lab(pixels_of(picture, model))[..., 1].mean() == pytest.approx(16.5, abs=0.5)
    assert rgb_to_lab(pixels_of(picture, model, saturation=2.0))[..., 1].mean() == pytest.approx(33, abs=0.7)
    assert rgb_to_lab(pixels_of(picture, model, saturation=0.0))[..., 1].mean() == pytest.approx(0, abs=0.5)


def test_a_class_has_its_own_factor(make_labelled_model):
    model = load_model(make_labelled_model(saturation=0.8, class_saturation={"night": 0.5}))
    picture = Picture(np.full((40, 40), 128, np.uint8))
    for label, b in (("night", -44 * 0.4), ("sunrise", 22 * 0.8), ("unknown", 0)):
        assert rgb_to_lab(pixels_of(picture, model, label=label))[..., 2].mean() == pytest.approx(b, abs=0.7)
    assert rgb_to_lab(pixels_of(picture, model, label="night", saturation=2.0))[..., 2].mean() == pytest.approx(
        -35, abs=1
    )


@pytest.mark.parametrize("size", [(48, 48), (90, 61)])
def test_a_draft_paints_every_strength_as_painting_does(make_model, size):
    model = load_model(make_model(working_size=48))
    drafted = draft(Picture(grey(*size)), model)
    for saturation in (0.0, 0.7, 1.0):
        assert (drafted.paint(saturation) == pixels_of(Picture(grey(*size)), model, saturation=saturation)).all()


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
    pixels_of(Picture(grey(100, 200)), model)
    pixels_of(Picture(grey(100, 200)), model, working_size=100)
    pixels_of(Picture(grey(20, 30)), model)
    assert seen == [(1, 1, 24, 48), (1, 1, 50, 100), (1, 1, 30, 45)]


def test_how_far_small_pictures_are_enlarged_stands_in_the_card(make_model, seen):
    pixels_of(Picture(grey(20, 30)), load_model(make_model(working_size=80, largest_enlargement=2.5)))
    assert seen == [(1, 1, 50, 75)]


def test_no_more_is_shown_than_memory_allows_and_it_is_said(make_model, seen):
    model = load_model(make_model("m", largest_working_size=64))
    painted = pixels_of(Picture(grey(200, 100)), model, working_size=4096)
    assert seen == [(1, 1, 64, 32)]
    assert painted.shape == (200, 100, 3)
    assert bounded_size(model, 4096) == (
        64,
        "model 'm' is shown 64 px at most, not 4096; more would cost memory and paint no better",
    )
    assert bounded_size(model, 64) == (64, "")
    assert bounded_size(model, None) == (256, "")


@pytest.mark.parametrize("color", [False, True])
def test_black_bars_are_neither_shown_nor_painted_where_the_card_says_so(make_model, seen, color):
    inside = np.dstack([grey(60, 100, seed) for seed in range(3)]) if color else grey(60, 100)
    pixels = np.pad(inside, ((20, 20), (7, 0), (0, 0))[: inside.ndim])
    if color:
        pixels[:20, :, 0] = 8  # a bar that is a little red
    model = load_model(make_model("m", working_size=50, leaves_bars=True))
    painted = pixels_of(Picture(pixels), model)
    assert seen == [(1, 1, 30, 50)]
    assert painted.shape == (100, 107, 3)
    bars = np.concatenate([painted[:20].ravel(), painted[80:].ravel(), painted[:, :7].ravel()])
    assert bars.max() <= 8
    assert not np.ptp(painted[:20].astype(int), axis=-1).any()  # its colour is not looked at
    assert (painted[20:80, 7:] == pixels_of(Picture(inside), model)).all()
    pixels_of(Picture(pixels), load_model(make_model("other", working_size=50)))
    assert seen[-1] == (1, 1, 47, 50)


def test_the_colours_of_the_input_are_not_looked_at(make_model):
    model = load_model(make_model())
    color = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    light = lightness(color)
    from pincel.imaging.color import from_float, lab_to_rgb

    same_light = from_float(lab_to_rgb(light, np.zeros((40, 40, 2), np.float32)))
    difference = pixels_of(Picture(color), model).astype(int) - pixels_of(Picture(same_light), model)
    assert np.abs(difference).max() <= 3  # 8-bit rounding of the grey picture


def test_alpha_and_metadata_are_carried_over(make_model):
    alpha = np.full((20, 20), 7, np.uint8)
    picture = Picture(grey(20, 20), alpha, METADATA, "TIFF")
    painted = finished(picture, paint(picture, load_model(make_model())))
    assert (painted.alpha is alpha, painted.metadata, painted.format) == (True, METADATA, "TIFF")


def test_whole_pictures_have_no_saturation_to_choose(make_translator):
    with pytest.raises(ModelError, match="'tiny-sketch' paints whole pictures, whose saturation cannot be chosen"):
        pixels_of(Picture(grey(20, 20)), load_model(make_translator("sketch")), saturation=0.5)


def test_a_finished_painting_keeps_metadata_and_alpha_only_where_it_holds():
    picture = Picture(grey(4, 5), alpha=grey(4, 5, 1), metadata=METADATA, format="TIFF")
    painting = Painting(np.zeros((4, 5, 3), np.uint8))
    done = finished(picture, painting)
    assert (done.metadata, done.format) == (METADATA, "TIFF")
    assert done.alpha is picture.alpha
    assert finished(picture, painting._replace(keeps_alpha=False)).alpha is None
    beside = finished(picture, painting, side_by_side=True)
    assert beside.alpha is None
    assert (beside.pixels == np.hstack([picture.rgb(), painting.pixels])).all()


@pytest.fixture
def translator(make_translator):
    """The model of ``make_translator``, loaded."""
    return lambda task, **card: load_model(make_translator(task, **card))


def page(height: int, width: int) -> np.ndarray:
    drawn = np.full((height, width), 255, np.uint8)
    drawn[height // 2] = 0
    return drawn


@pytest.mark.parametrize("size", [(16, 16), (33, 120), (300, 200)])
def test_the_painting_has_the_picture_s_size(translator, size):
    painting = paint(Picture(page(*size)), translator("sketch", working_size=64, size_multiple=16))
    assert (painting.pixels.shape, painting.pixels.dtype, painting.keeps_alpha) == ((*size, 3), np.uint8, False)
    assert (painting.pixels[..., 1:] == 0).all()


def test_a_line_is_ink_whichever_way_it_is_drawn(translator):
    model = translator("sketch", working_size=40)
    dark, light = (paint(Picture(drawn), model).pixels[..., 0] for drawn in (page(40, 40), 255 - page(40, 40)))
    np.testing.assert_allclose(dark, light, atol=2)
    assert (dark[20] < 10).all()
    assert (dark[:18] > 245).all()


def test_a_drawing_on_nothing_is_seen(translator):
    ink = Picture(np.zeros((40, 40, 3), np.uint8), alpha=255 - page(40, 40))
    painting = paint(ink, translator("sketch", working_size=40))
    assert (painting.pixels[20, :, 0] < 10).all()
    assert (painting.pixels[:18, :, 0] > 245).all()


def test_a_pair_model_sees_the_colours_and_keeps_alpha_and_depth(translator):
    rgb = np.zeros((40, 60, 3), np.uint16)
    rgb[..., 0], rgb[..., 1] = 40000, 65535
    painting = paint(Picture(rgb), translator("paired", working_size=64))
    assert painting.keeps_alpha
    assert painting.pixels.dtype == np.uint16
    np.testing.assert_allclose(painting.pixels.reshape(-1, 3), [[40000, 0, 0]] * 2400, atol=70)


def test_the_network_sees_whole_multiples_unless_that_squeezes_the_picture(translator, monkeypatch):
    model = translator("paired", working_size=256, size_multiple=64)
    seen, original = [], type(model).run
    monkeypatch.setattr(
        type(model), "run", lambda self, source, *label: seen.append(source.shape[2:]) or original(self, source)
    )
    for height, width in ((100, 100), (480, 500), (100, 300), (300, 225)):
        paint(Picture(np.zeros((height, width), np.uint8)), model)
    assert seen == [(256, 256), (256, 256), (85, 256), (256, 192)]  # a third of 256 is no multiple: the network pads
    pixels_of(Picture(np.zeros((100, 100), np.uint8)), model, working_size=128)
    assert seen[-1] == (128, 128)


def test_a_label_for_a_model_without_labels_is_refused(translator):
    with pytest.raises(ModelError, match="takes no label"):
        paint(Picture(page(20, 20)), translator("sketch"), PaintOptions("rose"))


def test_no_more_is_shown_of_whole_pictures_than_memory_allows(make_translator, monkeypatch):
    seen, original = [], Model.run
    monkeypatch.setattr(Model, "run", lambda self, source, *label: seen.append(source.shape) or original(self, source))
    model = load_model(make_translator("paired", largest_working_size=32))
    assert pixels_of(Picture(np.zeros((80, 80, 3), np.uint8)), model, working_size=4096).shape == (80, 80, 3)
    assert seen == [(1, 3, 32, 32)]
