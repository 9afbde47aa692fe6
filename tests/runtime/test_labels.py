"""Labels on the way from the caller to the network, and from the network to the caller."""

import numpy as np
import pytest

from pincel.errors import ModelError
from pincel.imaging.color import rgb_to_lab
from pincel.imaging.picture import Picture
from pincel.runtime.model_file import load_model
from pincel.runtime.paint_options import PaintOptions
from pincel.runtime.painter import check_label, paint

COLOURS = {"night": (0, -44), "sunrise": (55, 22), "grass": (-44, 33), "unknown": (0, 0)}


def photo(light: int) -> Picture:
    return Picture(np.full((32, 32), light, np.uint8))


def mean_ab(pixels: np.ndarray) -> tuple[float, float]:
    return tuple(rgb_to_lab(pixels)[..., 1:].mean((0, 1)))


@pytest.mark.parametrize("label", COLOURS)
def test_the_network_is_told_the_label(make_labelled_model, label):
    painting = paint(photo(128), load_model(make_labelled_model()), PaintOptions(label))
    assert mean_ab(painting.pixels) == pytest.approx(COLOURS[label], abs=2)
    assert painting.label == (None if label == "unknown" else label)


@pytest.mark.parametrize(("light", "found"), [(40, "night"), (220, "sunrise")])
@pytest.mark.parametrize("label", ["auto", None])
def test_a_model_that_can_tells_the_label_itself_unless_it_is_given(make_labelled_model, light, found, label):
    painting = paint(photo(light), load_model(make_labelled_model()), PaintOptions(label))
    assert painting.label == found
    wanted = paint(photo(light), load_model(make_labelled_model()), PaintOptions(found)).pixels
    np.testing.assert_array_equal(painting.pixels, wanted)


def test_a_picture_that_looks_little_like_every_class_is_none_of_these(make_labelled_model):
    sure, careful = (load_model(make_labelled_model(f"m{least}", least_logit=least)) for least in (0.5, 0.9))
    picture = photo(40)  # night, with a logit of about 0.7
    assert paint(picture, sure).label == "night"
    painting = paint(picture, careful)
    assert painting.label == "none of these"
    np.testing.assert_array_equal(painting.pixels, paint(picture, careful, PaintOptions("unknown")).pixels)
    assert paint(picture, careful, PaintOptions("night")).label == "night"
    assert paint(picture, sure, PaintOptions("auto")).label == "night"


def test_a_model_that_cannot_tell_paints_without_a_label(make_labelled_model):
    model = load_model(make_labelled_model(tells_label=False))
    assert paint(photo(128), model).label is None
    with pytest.raises(
        ModelError, match="cannot tell the label of a picture by itself; give one of: grass, night, sunrise"
    ):
        paint(photo(128), model, PaintOptions("auto"))


def test_an_unknown_label_lists_the_known_ones(make_labelled_model):
    model = load_model(make_labelled_model())
    with pytest.raises(ModelError, match="does not know the label 'noon'; known: grass, night, sunrise"):
        paint(photo(128), model, PaintOptions("noon"))
    with pytest.raises(ModelError, match="noon"):
        check_label(model, "noon")
    for fine in (None, "auto", "unknown", "grass"):
        check_label(model, fine)


def test_a_model_without_labels_refuses_one(make_model):
    model = load_model(make_model())
    with pytest.raises(ModelError, match="model 'tiny' takes no label"):
        paint(photo(128), model, PaintOptions("grass"))
    with pytest.raises(ModelError, match="cannot tell the label"):
        check_label(model, "auto")
    assert paint(photo(128), model, PaintOptions("unknown")).label is None


def test_a_batch_is_told_one_label(make_labelled_model):
    model = load_model(make_labelled_model())
    painted = model.run(np.zeros((3, 1, 8, 8), np.float32), model.label_number("grass"))
    assert painted.shape == (3, 2, 8, 8)
    assert np.allclose(painted[:, 0], -0.4)
