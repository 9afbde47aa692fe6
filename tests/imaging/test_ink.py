import cv2
import numpy as np
import pytest

from pincel.imaging.edges import SketchStyle, draw_sketch
from pincel.imaging.ink import ink, resize_ink


@pytest.fixture
def drawing():
    """float32 (200, 240): 1 on a circle, a line and a small filled square, 0 elsewhere."""
    page = np.zeros((200, 240), np.float32)
    cv2.circle(page, (110, 100), 60, 1, 3)
    cv2.line(page, (20, 180), (220, 150), 1, 2)
    page[20:44, 190:214] = 1
    return page


def scan(drawing, strength=0.5, noise=0.02):
    """Pencil on yellowish paper under uneven light, with grain: uint8 (H, W, 3)."""
    height, width = drawing.shape
    y, x = np.mgrid[0:height, 0:width] / max(height, width)
    light = 0.9 - 0.4 * x * y - 0.08 * np.sin(5 * x)
    page = light * (1 - strength * cv2.GaussianBlur(drawing, (0, 0), 0.6))
    page = page[..., None] * np.array([1, 0.97, 0.88]) + np.random.default_rng(0).normal(0, noise, (height, width, 1))
    return (np.clip(page, 0, 1) * 255 + 0.5).astype(np.uint8)


def agrees(found, drawing):
    """Ink is on the lines and nowhere else (lines' blurred rims do not count)."""
    rim = cv2.dilate(drawing, np.ones((5, 5))) - cv2.erode(drawing, np.ones((2, 2)))
    return found[(drawing == 1) & (rim == 0)].mean() > 0.7 and found[(drawing == 0) & (rim == 0)].mean() < 0.02


@pytest.mark.parametrize("method", ["canny", "xdog"])
@pytest.mark.parametrize("size", [64, 128])
def test_ink_of_a_clean_sketch_is_the_sketch(method, size, smooth_photo):
    for seed in range(4):
        photo = np.where(smooth_photo(seed, size, size + 8) > 128, 220, 30).astype(np.uint8)  # hard edges, full ink
        lines = draw_sketch(photo, SketchStyle(method=method))
        assert np.abs(ink(lines) - (1 - lines / 255)).max() < 0.01
        assert np.abs(ink(255 - lines) - (1 - lines / 255)).max() < 0.01  # white on black


@pytest.mark.parametrize(
    "kind",
    [
        lambda page: (255 * (1 - page)).astype(np.uint8),
        lambda page: (255 * page).astype(np.uint8),
        lambda page: (65535 * (1 - page)).astype(np.uint16),
        lambda page: page,
        lambda page: 0.9 - 0.7 * page,
        lambda page: 0.1 + 0.5 * page,
    ],
)
def test_any_dtype_and_polarity_gives_the_same_ink(drawing, kind):
    found = ink(kind(drawing))
    assert found.dtype == np.float32
    assert np.abs(found - drawing).max() < 0.02


@pytest.mark.parametrize("negative", [False, True])
@pytest.mark.parametrize("strength", [0.25, 0.5, 0.9])
def test_scans_of_pencil_on_uneven_paper_come_out_clean(drawing, strength, negative):
    page = scan(drawing, strength, noise=0.01)
    assert agrees(ink(255 - page if negative else page), drawing)


def test_coloured_lines_are_ink(drawing):
    for color in ((230, 40, 40), (250, 220, 60), (90, 160, 255)):
        page = np.where(drawing[..., None] > 0, np.array(color), 255).astype(np.uint8)
        assert np.abs(ink(page) - drawing).max() < 0.02


def test_drawings_on_nothing_are_laid_on_the_paper_that_shows_them(drawing):
    alpha = (255 * drawing).astype(np.uint8)
    for value in (0, 255):  # black lines for white pages, white lines for black pages
        pixels = np.full((*drawing.shape, 4), value, np.uint8)
        pixels[..., 3] = alpha
        assert np.abs(ink(pixels) - drawing).max() < 0.02
        assert np.abs(ink(pixels[..., 0].copy(), alpha) - drawing).max() < 0.02


def test_an_empty_page_has_no_ink():
    for page in (np.full((50, 60), 255, np.uint8), np.zeros((50, 60), np.uint8), np.full((1, 1), 7, np.uint8)):
        assert not ink(page).any()
    assert not ink(scan(np.zeros((120, 160), np.float32), noise=0.01)).any()


@pytest.mark.parametrize("factor", [2, 3.3, 8, 20])
def test_thin_lines_stay_visible_when_they_shrink_and_specks_do_not(factor):
    page = np.zeros((320, 400), np.float32)
    page[:, 133] = 1
    page[200, :] = 1
    page[60, 300] = 1  # a speck
    small = resize_ink(page, round(320 / factor), round(400 / factor))
    assert small.shape == (round(320 / factor), round(400 / factor))
    for darkest in (small.max(axis=1), small.max(axis=0)):
        assert np.median(darkest) > 0.9
        assert darkest.min() > 0.4  # beside the crossing, or where a line falls on two pixels
    speck = small[: round(120 / factor), round(250 / factor) :]
    assert speck.max() <= 1 / factor + 0.05
    assert small.min() >= 0
    assert small.max() <= 1


def test_the_same_size_is_the_same_ink_and_growing_stays_in_range(drawing):
    assert resize_ink(drawing, *drawing.shape) is drawing
    large = resize_ink(drawing, 500, 600)
    assert large.shape == (500, 600)
    assert large.min() >= 0
    assert large.max() <= 1
    assert abs(large.mean() - drawing.mean()) < 0.005


def test_shrinking_does_not_thicken_broad_strokes():
    page = np.zeros((256, 256), np.float32)
    page[:, 64:128] = 1
    small = resize_ink(page, 64, 64)
    assert np.allclose(small, np.repeat([[0] * 16 + [1] * 16 + [0] * 32], 64, axis=0))
