import numpy as np
import skimage
from hypothesis import given
from hypothesis.extra.numpy import arrays

from pincel.imaging.color import from_float, grey_rec601
from pincel.tasks import TASKS, Colorize


@given(arrays(np.uint8, (6, 7, 3)))
def test_source_and_target_follow_the_convention(rgb):
    lab = skimage.color.rgb2lab(rgb)
    assert np.abs(Colorize.encode(rgb)[0] - (lab[..., 0] / 50 - 1)).max() < 0.005
    assert np.abs(Colorize.encode_target(rgb) - lab[..., 1:].transpose(2, 0, 1) / 110).max() < 0.005


@given(arrays(np.uint8, (6, 7, 3)))
def test_what_was_encoded_decodes_to_the_same_picture(rgb):
    back = from_float(Colorize.decode(Colorize.encode(rgb), Colorize.encode_target(rgb)))
    assert np.abs(back.astype(int) - rgb).max() <= 1


def test_grey_pictures_are_encoded_as_they_are():
    rgb = np.random.default_rng(0).integers(0, 256, (6, 7, 3), np.uint8)
    grey = grey_rec601(rgb)
    assert np.abs(Colorize.encode(grey) - Colorize.encode(np.dstack([grey] * 3))).max() < 0.005


def test_saturation_scales_chroma():
    source, output = np.zeros((1, 4, 4), np.float32), np.full((2, 4, 4), 0.1, np.float32)
    half = skimage.color.rgb2lab(Colorize.decode(source, output, saturation=0.5))
    assert np.abs(half[..., 1:] - 5.5).max() < 0.1


def test_tasks_are_known_by_name():
    assert TASKS["colorize"].name == "colorize"
