import numpy as np
import pytest

from pincel.errors import ModelError
from pincel.imaging.picture import Picture
from pincel.runtime.model_file import Model, load_model
from pincel.runtime.translator import translate


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
    painting = translate(Picture(page(*size)), translator("sketch", working_size=64, size_multiple=16))
    assert (painting.pixels.shape, painting.pixels.dtype, painting.keeps_alpha) == ((*size, 3), np.uint8, False)
    assert (painting.pixels[..., 1:] == 0).all()


def test_a_line_is_ink_whichever_way_it_is_drawn(translator):
    model = translator("sketch", working_size=40)
    dark, light = (translate(Picture(drawn), model).pixels[..., 0] for drawn in (page(40, 40), 255 - page(40, 40)))
    np.testing.assert_allclose(dark, light, atol=2)
    assert (dark[20] < 10).all()
    assert (dark[:18] > 245).all()


def test_a_drawing_on_nothing_is_seen(translator):
    ink = Picture(np.zeros((40, 40, 3), np.uint8), alpha=255 - page(40, 40))
    painting = translate(ink, translator("sketch", working_size=40))
    assert (painting.pixels[20, :, 0] < 10).all()
    assert (painting.pixels[:18, :, 0] > 245).all()


def test_a_pair_model_sees_the_colours_and_keeps_alpha_and_depth(translator):
    rgb = np.zeros((40, 60, 3), np.uint16)
    rgb[..., 0], rgb[..., 1] = 40000, 65535
    painting = translate(Picture(rgb), translator("paired", working_size=64))
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
        translate(Picture(np.zeros((height, width), np.uint8)), model)
    assert seen == [(256, 256), (256, 256), (85, 256), (256, 192)]  # a third of 256 is no multiple: the network pads
    translate(Picture(np.zeros((100, 100), np.uint8)), model, working_size=128)
    assert seen[-1] == (128, 128)


def test_a_colorizer_is_refused(make_model):
    with pytest.raises(ModelError, match="is for the task colorize, not sketch or paired"):
        translate(Picture(page(20, 20)), load_model(make_model()))


def test_a_label_for_a_model_without_labels_is_refused(translator):
    with pytest.raises(ModelError, match="takes no label"):
        translate(Picture(page(20, 20)), translator("sketch"), label="rose")


def test_no_more_is_shown_than_memory_allows(make_translator, monkeypatch):
    seen, original = [], Model.run
    monkeypatch.setattr(Model, "run", lambda self, source, *label: seen.append(source.shape) or original(self, source))
    model = load_model(make_translator("paired", largest_working_size=32))
    assert translate(Picture(np.zeros((80, 80, 3), np.uint8)), model, working_size=4096).pixels.shape == (80, 80, 3)
    assert seen == [(1, 3, 32, 32)]
