"""Figures of stacks: by hand, and against scikit-image."""

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from pincel.comparison.measure import masks_of, measure_all, scores_of
from pincel.comparison.runs import common_epochs, enter


@pytest.fixture
def measured(compared_run):
    """A base 6, 4, 2 levels too bright, a candidate 9, 4, 3; epoch 2 is kept at full size by both."""
    base = compared_run("base", shifts=[6, 4, 2], full=[2])
    small = compared_run("small", shifts=[9, 4, 3], full=[2, 3])
    contenders, pictures = enter([base, small])
    keys = common_epochs(contenders)
    return contenders, pictures, measure_all(contenders, pictures, keys)


def test_every_epoch_is_measured_against_target_and_base(measured):
    _, _, (target, base, full_keys) = measured
    levels = np.array([[6, 4, 2], [9, 4, 3]])
    for series, expected in zip(target, levels, strict=True):
        np.testing.assert_allclose(series.whole["mse"], np.square(expected / 255)[:, None].repeat(6, axis=1))
        np.testing.assert_allclose(series.chosen["mse"], np.square(expected / 255)[:, None].repeat(3, axis=1))
        np.testing.assert_allclose(series.whole["residual_std"], 0, atol=1e-9)
        assert series.full == {}
    np.testing.assert_allclose(base[0].whole["mse"].mean(axis=1), np.square((levels[1] - levels[0]) / 255))
    assert base[0].whole["ssim"][1] == pytest.approx(1)  # both 4 too bright
    assert full_keys == [200]
    assert base[0].full["ssim"].shape == (1, 6)


def test_ssim_is_scikit_images(measured):
    contenders, pictures, (target, base, _) = measured
    first, last = (contender.epoch(300).whole[3] for contender in contenders)

    def expected(one, other):
        return structural_similarity(one, other, win_size=7, data_range=255, channel_axis=2)

    assert base[0].whole["ssim"][2, 3] == pytest.approx(expected(first, last), abs=1e-9)
    assert target[1].whole["ssim"][2, 3] == pytest.approx(expected(last, pictures.target[3]), abs=1e-9)


def test_the_contrast_gap_has_the_sign_of_the_first():
    real = np.zeros((1, 8, 8, 3), np.uint8)
    real[:, :4] = 100
    painted = np.zeros_like(real)
    painted[:, :4] = 151
    scores = scores_of(painted, real, [None])
    assert scores["intensity_gap"][0] == pytest.approx((151 - 100) / 2 / 255)
    assert scores["residual_std"][0] ** 2 == pytest.approx(scores["residual_variance"][0])


def test_padding_is_left_out_of_every_figure(smooth_photo):
    real = smooth_photo(0, 32, 32)[None]
    mask = np.zeros((1, 32, 32), np.uint8)
    mask[:, 8:24] = 255
    painted = real.copy()
    painted[:, :4] ^= 255  # further from the photo than a window reaches
    scores = scores_of(painted, real, masks_of(mask))
    assert scores["ssim"][0] == pytest.approx(1)
    assert scores["mse"][0] == scores["residual_std"][0] == scores["intensity_gap"][0] == 0


def test_a_picture_without_padding_has_no_mask():
    masks = np.full((3, 4, 4), 255, np.uint8)
    masks[1, 0] = 0
    masks[2, 0] = 130  # an edge that shrinking has mixed
    first, second, third = masks_of(masks)
    assert first is None
    assert third is None
    assert second is not None
    assert second.sum() == 12


def test_full_size_is_not_measured_twice_where_the_small_side_is_the_full_one(compared_run):
    import dataclasses

    base, small = (compared_run(name, full=[1, 2]) for name in ("base", "small"))
    contenders, pictures = enter([base, small])
    same = dataclasses.replace(
        pictures, chosen_target=pictures.target[:3], chosen_mask=pictures.mask[:3], chosen_source=pictures.source[:3]
    )

    class Small:
        def epoch(self, key):
            whole = contenders[0].epoch(key).whole
            return dataclasses.replace(contenders[0].epoch(key), chosen=whole[:3], full=whole)

    assert measure_all([Small(), Small()], same, [100, 200])[2] == []


def test_progress_is_told(compared_run):
    contenders, pictures = enter([compared_run("base"), compared_run("small")])
    steps = []
    measure_all(contenders, pictures, [100, 200, 300], lambda done, total: steps.append((done, total)))
    assert steps == [(1, 3), (2, 3), (3, 3)]
