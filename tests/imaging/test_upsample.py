import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pincel.imaging.color import lightness, rgb_to_lab
from pincel.imaging.resize import resize
from pincel.imaging.upsample import fit_coefficients, paint_full_size


def flat(height, width, a=20.0, b=-10.0):
    return np.full((height, width, 2), (a, b), np.float32)


@settings(max_examples=25, deadline=None)
@given(st.integers(16, 700), st.integers(16, 700), st.integers(1, 2))
def test_one_colour_stays_one_colour_at_any_size(height, width, workers):
    grey = np.full((height, width), 128, np.uint8)
    coefficients = fit_coefficients(lightness(grey)[:16, :16], flat(16, 16))
    lab = rgb_to_lab(paint_full_size(grey, coefficients, workers=workers))
    assert lab.shape == (height, width, 3)
    assert np.abs(lab - (53.585, 20, -10)).max() < 1


def test_colour_ends_where_the_object_ends():
    big = np.full((640, 640), 60, np.uint8)
    big[:, 327:] = 200  # an edge that the small picture (40 px) cannot place
    small = lightness(resize(big, 40, 40))
    ab = np.zeros((40, 40, 2), np.float32)
    ab[small > 55] = (0, 40)
    chroma = rgb_to_lab(paint_full_size(big, fit_coefficients(small, ab)))[..., 2]
    assert chroma[100:500, 335:600].min() > 30  # coloured right up to the edge ...
    assert chroma[100:500, 40:320].max() < 8  # ... and not beyond it


def test_lightness_is_kept_at_full_size():
    grey = np.random.default_rng(0).integers(0, 256, (300, 500), np.uint8)
    rng = np.random.default_rng(1)
    ab = rng.normal(0, 40, (30, 50, 2)).astype(np.float32)
    painted = paint_full_size(grey, fit_coefficients(lightness(resize(grey, 30, 50)), ab))
    assert np.abs(lightness(painted) - lightness(grey)).max() <= 0.5


def test_a_smooth_field_of_colour_is_enlarged_without_steps_or_shift():
    height, width = 1003, 777  # strips, and sizes that are no multiple of anything
    grey = np.full((height, width), 119, np.uint8)
    x = (np.arange(60) + 0.5) / 60
    field = np.stack(np.broadcast_arrays(40 * np.sin(3 * x)[:, None], 40 * np.cos(2 * x)[None]), -1).astype(np.float32)
    painted = rgb_to_lab(paint_full_size(grey, fit_coefficients(lightness(grey[:60, :60]), field, radius=0)))
    y, x = (np.arange(height) + 0.5) / height, (np.arange(width) + 0.5) / width
    expected = np.stack(np.broadcast_arrays(40 * np.sin(3 * y)[:, None], 40 * np.cos(2 * x)[None]), -1)
    assert np.abs(painted[20:-20, 20:-20, 1:] - expected[20:-20, 20:-20]).max() < 1.0


@pytest.mark.parametrize("height", [96, 128, 200, 500])
def test_bars_of_colour_stay_as_fine_as_they_were_painted(height):
    """Upright and lying bars alike: a grid of rows coarser than the small picture once blurred the lying ones."""
    grey = np.full((height, height), 119, np.uint8)
    bars = flat(96, 96)
    bars[np.arange(96) // 6 % 2 == 0] *= -1
    coefficients = fit_coefficients(lightness(grey[:96, :96]), bars, radius=0)
    lying = rgb_to_lab(paint_full_size(grey, coefficients))[..., 1]
    coefficients = fit_coefficients(lightness(grey[:96, :96]), bars.transpose(1, 0, 2).copy(), radius=0)
    upright = rgb_to_lab(paint_full_size(grey, coefficients))[..., 1]
    assert np.ptp(lying[:, height // 2]) > 38
    assert np.abs(lying - upright.T).max() < 3


def test_saturation_zero_is_grey():
    grey = np.random.default_rng(0).integers(0, 256, (50, 60), np.uint8)
    painted = paint_full_size(grey, fit_coefficients(lightness(grey), flat(50, 60)), saturation=0)
    assert np.ptp(painted.astype(int), axis=2).max() <= 1


@pytest.mark.parametrize("shape", [(40, 50), (40, 50, 3)])
def test_16_bit_pictures_stay_16_bit(shape):
    deep = np.random.default_rng(0).integers(0, 65536, shape).astype(np.uint16)
    painted = paint_full_size(deep, fit_coefficients(lightness(deep), flat(40, 50)))
    assert painted.dtype == np.uint16
    assert np.abs(lightness(painted) - lightness(deep)).max() < 0.3


def test_the_number_of_threads_does_not_change_the_picture():
    grey = np.random.default_rng(0).integers(0, 256, (900, 700), np.uint8)
    coefficients = fit_coefficients(lightness(resize(grey, 90, 70)), flat(90, 70))
    assert (paint_full_size(grey, coefficients, workers=1) == paint_full_size(grey, coefficients, workers=3)).all()
