import time

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from pincel.errors import PincelError
from pincel.imaging.edges import METHODS, SketchStyle, draw_at, draw_picture, draw_sketch, style_of
from pincel.imaging.picture import Picture

SQUARE = np.full((64, 80, 3), 60, np.uint8)
SQUARE[16:48, 20:60] = 200


def outline(rows=(16, 48), columns=(20, 60), shape=(64, 80)):
    """Distance in pixels of every pixel to the border of the square (which lies between pixels)."""
    border = np.zeros(shape, np.uint8)
    border[rows[0] - 1 : rows[1] + 1, columns[0] - 1 : columns[1] + 1] = 1
    border[rows[0] + 1 : rows[1] - 1, columns[0] + 1 : columns[1] - 1] = 0  # one pixel on each side
    return cv2.distanceTransform(1 - border, cv2.DIST_L2, 3)


def ideal_edges(rgb):
    """An edge function with a soft ridge, five pixels wide, on the square's border."""
    near = outline(shape=rgb.shape[:2])
    return np.clip(1 - near / 3, 0, 1).astype(np.float32)


@pytest.mark.parametrize("method", METHODS)
def test_a_square_is_drawn_as_its_outline_dark_on_white(method):
    lines = draw_sketch(SQUARE, SketchStyle(method=method), ideal_edges)
    assert lines.dtype == np.uint8
    assert lines.shape == SQUARE.shape[:2]
    assert lines.min() == 0
    assert lines.max() == 255
    near = outline()
    assert near[lines < 128].max() < 3
    seen = cv2.distanceTransform((lines >= 128).astype(np.uint8), cv2.DIST_L2, 3)
    assert seen[near == 0].max() <= 3  # the whole outline is there


@pytest.mark.parametrize("method", METHODS)
def test_a_page_without_anything_stays_white(method):
    noise = np.random.default_rng(0).normal(128, 1, (40, 50, 3)).clip(0, 255).astype(np.uint8)
    for empty in (np.full((40, 50, 3), 128, np.uint8), noise):
        lines = draw_sketch(empty, SketchStyle(method=method), lambda rgb: np.zeros(rgb.shape[:2], np.float32))
        assert (lines == 255).all()


def test_an_edge_of_colour_without_lightness_is_found_by_canny():
    red, green = (200, 60, 60), (60, 132, 60)
    photo = np.full((40, 40, 3), red, np.uint8)
    photo[:, 20:] = green
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY).astype(int)
    assert abs(grey[0, 0] - grey[0, -1]) <= 1
    lines = draw_sketch(photo, SketchStyle())
    assert (lines[5:-5].min(axis=1) == 0).all()
    assert np.isin(np.nonzero(lines == 0)[1], (19, 20)).all()


def test_thickness_and_shortest_do_what_they_say():
    thin, thick = (draw_sketch(SQUARE, SketchStyle(thickness=t)) for t in (1, 3))
    assert 2 < (thick == 0).sum() / (thin == 0).sum() < 4
    photo = SQUARE.copy()
    photo[4:8, 4:8] = 200  # a speck
    assert (draw_sketch(photo, SketchStyle(shortest=0))[:12, :12] == 0).any()
    assert (draw_sketch(photo, SketchStyle(shortest=0.3))[:12, :12] == 255).all()
    assert (draw_sketch(photo, SketchStyle(shortest=0.3))[20:40] == 0).any()


def test_higher_thresholds_keep_fewer_lines(smooth_photo):
    photo = smooth_photo(3, 96, 96)
    ink = [(draw_sketch(photo, SketchStyle(low=0.1, high=high, shortest=0)) == 0).sum() for high in (0.15, 0.5, 0.9)]
    assert ink[0] > ink[1] > ink[2]


def test_grey_photos_and_one_pixel_are_drawn_too():
    assert (draw_sketch(SQUARE[..., 0].copy(), SketchStyle()) == 0).any()
    for method in ("canny", "xdog"):
        assert draw_sketch(np.zeros((1, 1, 3), np.uint8), SketchStyle(method=method)).shape == (1, 1)


def test_hed_lines_are_one_pixel_wide_and_need_a_sure_pixel():
    lines = draw_sketch(SQUARE, SketchStyle(method="hed"), ideal_edges)
    assert ((lines[24:40] == 0).sum(axis=1) <= 4).all()  # two sides, each between two pixels
    weak = draw_sketch(SQUARE, SketchStyle(method="hed", threshold=0.4), lambda rgb: 0.35 * ideal_edges(rgb))
    assert (weak == 255).all()


def test_hed_without_its_network_says_the_way_out():
    with pytest.raises(PincelError, match=r"--weights .*'canny' and 'xdog' need none"):
        draw_sketch(SQUARE, SketchStyle(method="hed"))


def test_large_photos_are_drawn_as_seen_from_afar_in_their_own_size():
    big = cv2.resize(SQUARE, (800, 640), interpolation=cv2.INTER_NEAREST)
    big = np.clip(big + np.random.default_rng(0).normal(0, 40, big.shape), 0, 255).astype(np.uint8)
    lines = draw_at(big, SketchStyle(), 80)
    assert lines.shape == (640, 800)
    near = outline((160, 480), (200, 600), (640, 800))
    assert near[lines < 128].max() < 20
    assert (draw_at(big, SketchStyle(shortest=0)) == 0).mean() > 3 * (lines < 128).mean()  # its own size: all the grain
    assert np.array_equal(draw_at(SQUARE, SketchStyle(), 256), draw_sketch(SQUARE, SketchStyle()))


def test_deep_and_transparent_pictures_are_drawn_as_they_are_seen():
    plain = draw_sketch(SQUARE, SketchStyle())
    deep = SQUARE.astype(np.uint16) * 257
    assert np.array_equal(draw_picture(Picture(deep), SketchStyle()), plain)
    hidden = Picture(SQUARE, alpha=np.zeros(SQUARE.shape[:2], np.uint8))
    assert (draw_picture(hidden, SketchStyle()) == 255).all()


def test_a_style_keeps_the_parameters_of_its_method_and_refuses_others():
    style = SketchStyle(method="xdog", phi=8)
    assert style.model_dump().keys() == {"method", *METHODS["xdog"]}
    assert SketchStyle.model_validate(style.model_dump()).model_dump() == style.model_dump()
    with pytest.raises(ValidationError, match="canny has no 'phi'"):
        SketchStyle(phi=8)
    with pytest.raises(ValidationError, match=r"low \(0.2\) is above high"):
        SketchStyle(high=0.1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["sigma"], "'sigma' is not of the form KEY=VALUE"),
        (["phi=3"], "canny has no 'phi'; it has sigma, low, high, shortest, thickness"),
        (["high=3"], "high=3: input should be less than 1"),
        (["sigma=wide"], "sigma=wide: "),
        (["high=0.1"], r"low \(0.2\) is above high \(0.1\)"),
    ],
)
def test_wrong_parameters_are_one_sentence(settings, message):
    with pytest.raises(PincelError, match=message):
        style_of("canny", settings)


@pytest.mark.parametrize("method", ["canny", "xdog"])
def test_a_sketch_of_256_px_is_quick_enough_for_training(method, smooth_photo):
    photo = smooth_photo(1, 256, 256)
    grain = np.random.default_rng(0).normal(0, 6, photo.shape)
    photo = np.clip(photo + grain, 0, 255).astype(np.uint8)
    seconds = []
    for _ in range(20):
        begin = time.process_time()
        draw_sketch(photo, SketchStyle(method=method))
        seconds.append(time.process_time() - begin)
    assert min(seconds) < 0.01  # about 2 ms; the rest is for slow machines
