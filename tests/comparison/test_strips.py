"""The chosen pictures side by side, of runs whose pictures are known."""

import numpy as np
import pytest

from pincel.comparison import strips
from pincel.comparison.compare import compare
from pincel.comparison.strips import moments, sheet, side_by_side


@pytest.fixture
def comparison(compared_run):
    """Least alike after the second of four epochs."""
    return compare(
        [compared_run("base", shifts=[20, 15, 10, 5]), compared_run("small", shifts=[24, 75, 12, 9])], cost=False
    )


def test_the_first_the_least_alike_and_the_last_epoch_are_shown(comparison):
    assert [(moment.place, moment.title) for moment in moments(comparison, 0)] == [
        (0, "epoch 1: first"),
        (1, "epoch 2: least alike"),
        (3, "epoch 4: last"),
    ]


def test_an_epoch_that_is_two_of_them_is_shown_once_under_both_names(compared_run):
    comparison = compare([compared_run("base", shifts=[5, 5]), compared_run("small", shifts=[60, 6])], cost=False)
    assert [moment.title for moment in moments(comparison, 0)] == ["epoch 1: first, least alike", "epoch 2: last"]


def test_a_row_is_input_base_and_candidate_at_each_moment_and_the_target(comparison):
    strip = side_by_side(comparison, 0)
    count, side = strip.target.shape[:2]
    picture = np.asarray(sheet(strip))
    assert picture.shape == (count * side, (2 + 2 * 3) * side, 3)
    cells = picture.reshape(count, side, 8, side, 3).transpose(2, 0, 1, 3, 4)
    assert np.array_equal(cells[0], comparison.pictures.chosen_source)
    assert np.array_equal(cells[7], comparison.pictures.chosen_target)
    for moment, place in ((0, 0), (1, 1), (2, 3)):
        key = comparison.keys[place]
        assert np.array_equal(cells[1 + 2 * moment], comparison.base.epoch(key).chosen)
        assert np.array_equal(cells[2 + 2 * moment], comparison.candidates[0].epoch(key).chosen)


def test_large_pictures_are_shown_smaller(comparison, monkeypatch):
    strip = side_by_side(comparison, 0)
    side = strip.target.shape[1]
    monkeypatch.setattr(strips, "LARGEST_SHOWN", side // 2)
    assert sheet(strip).size == (8 * (side // 2), len(strip.target) * (side // 2))
