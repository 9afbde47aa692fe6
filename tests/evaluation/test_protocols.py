"""How a picture is shown, and what grey is."""

import numpy as np
import pytest

from pincel.errors import PincelError
from pincel.evaluation.protocols import make_protocol
from pincel.imaging.color import from_float, lightness
from pincel.imaging.picture import Picture
from pincel.imaging.resize import resize
from pincel.runtime.model_file import load_model
from pincel.runtime.painter import paint
from pincel.tasks import TASKS


def test_a_letterboxed_picture_lies_in_the_middle_of_black(smooth_photo):
    view = make_protocol("letterbox").view(smooth_photo(0, 50, 100))
    assert view.rgb.shape == (128, 128, 3)
    assert view.mask is not None
    assert view.mask.sum() == 64 * 128
    assert not view.rgb[~view.mask].any()
    assert view.photo(view.rgb).shape == (64, 128, 3)


@pytest.mark.parametrize(("given", "shown"), [((600, 300), (256, 128)), ((100, 200), (100, 200))])
def test_a_photo_is_only_ever_made_smaller(smooth_photo, given, shown):
    view = make_protocol("photo").view(smooth_photo(0, *given))
    assert view.rgb.shape[:2] == shown
    assert view.mask is None


def test_a_square_is_the_middle_of_the_picture(smooth_photo):
    photo = smooth_photo(0, 40, 60)
    view = make_protocol("square", 40).view(photo)
    assert np.array_equal(view.rgb, photo[:, 10:50])
    assert view.mask is None


@pytest.mark.parametrize("protocol", ["letterbox", "photo", "square"])
def test_what_is_shown_lies_where_the_view_has_its_picture(smooth_photo, protocol):
    shown, photo = make_protocol(protocol, 32), smooth_photo(0, 40, 60)
    view = shown.view(photo)
    placed = shown.place(photo, resize, 0)
    assert np.array_equal(placed, view.rgb)
    if view.mask is not None:
        assert (shown.place(photo[..., 0], resize, 255)[~view.mask] == 255).all()


@pytest.mark.parametrize("protocol", ["letterbox", "photo", "square"])
def test_painting_looks_at_lightness_only_and_keeps_it(tiny_model, smooth_photo, protocol):
    shown, model = make_protocol(protocol, 64), load_model(tiny_model(ab=(25, -10)))
    view = shown.view(smooth_photo(0, 48, 60))
    painted = paint(Picture(view.rgb), model).pixels
    assert painted.shape == view.rgb.shape
    assert painted.dtype == np.uint8
    assert np.abs(lightness(painted) - lightness(view.rgb)).max() < 1
    if view.mask is not None:
        assert not painted[~view.mask].any()


def test_a_square_is_seen_with_its_bars_and_everything_at_the_models_own_size(tiny_model, smooth_photo, monkeypatch):
    sizes = []
    model = load_model(tiny_model(working_size=32))

    def run(self, source: np.ndarray, label: int | None = None) -> np.ndarray:
        sizes.append(source.shape)
        return np.zeros((1, 2, *source.shape[2:]), np.float32)

    monkeypatch.setattr(type(model), "run", run)
    for protocol in ("letterbox", "photo"):
        shown = make_protocol(protocol, 64)
        paint(Picture(shown.view(smooth_photo(0, 32, 64)).rgb), model)
    assert sizes == [(1, 1, 32, 32), (1, 1, 16, 32)]


def test_the_grey_baseline_has_no_colour_and_the_same_lightness(smooth_photo):
    real = smooth_photo(4)
    grey = from_float(TASKS["colorize"].unpainted(real))
    assert np.ptp(grey.astype(int), axis=2).max() <= 1
    assert np.abs(lightness(grey) - lightness(real)).max() < 0.6  # one of 255 grey levels


def test_an_unknown_protocol_lists_the_known_ones():
    with pytest.raises(PincelError, match="known: letterbox, photo, square"):
        make_protocol("full")
