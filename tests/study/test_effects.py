import itertools
import math

import numpy as np
import pytest

from pincel.study.effects import main_effects


def full_grid(**axes):
    return [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]


def test_in_a_full_grid_means_are_plain_means_and_shares_are_sums_of_squares():
    # a: 1 -> 10, 2 -> 20; b: x -> 0, y -> 2, z -> 4; one interaction of 3 in the last cell
    choices = full_grid(a=[1, 2], b=["x", "y", "z"])
    values = [10, 12, 14, 20, 22, 27]
    effects = main_effects(choices, values)
    assert [level.mean for level in effects.levels["a"]] == pytest.approx([12, 23])
    assert [level.mean for level in effects.levels["b"]] == pytest.approx([15, 17, 20.5])
    total = sum((v - 17.5) ** 2 for v in values)
    assert effects.shares["a"] == pytest.approx(6 * 5.5**2 / total)
    assert effects.shares["b"] == pytest.approx(2 * (2.5**2 + 0.5**2 + 3**2) / total)
    assert effects.shares["a"] + effects.shares["b"] + effects.rest == pytest.approx(1)
    assert effects.confounded == []


def test_one_axis_of_two_values_gives_the_textbook_interval():
    # pooled variance of (1, 3) and (4, 8): (2 + 8) / 2 = 5; t(0.975, 2) = 4.3027; 4.3027 * sqrt(5 / 2) = 6.8031
    effects = main_effects([{"a": v} for v in (0, 0, 1, 1)], [1, 3, 4, 8])
    first = effects.levels["a"][0]
    assert (first.mean, first.n) == (pytest.approx(2), 2)
    assert first.low == pytest.approx(2 - 6.8031, abs=1e-4)
    assert first.high == pytest.approx(2 + 6.8031, abs=1e-4)


def test_a_missing_combination_does_not_pull_the_means():
    choices = full_grid(a=[1, 2, 3], b=["x", "y"])
    exact = [10 * c["a"] + (5 if c["b"] == "y" else 0) for c in choices]
    effects = main_effects(choices[1:], exact[1:])  # (1, x) is missing
    assert [level.mean for level in effects.levels["a"]] == pytest.approx([12.5, 22.5, 32.5])
    assert [level.mean for level in effects.levels["b"]] == pytest.approx([20, 25])
    assert effects.rest == 0


def test_without_freedom_left_there_is_no_interval():
    effects = main_effects(full_grid(a=[1, 2]), [1.0, 2.0])
    assert [(level.low, level.high) for level in effects.levels["a"]] == [(None, None)] * 2
    assert effects.shares["a"] == pytest.approx(1)


def test_axes_that_always_change_together_are_said_to_be_confounded():
    choices = [{"a": v, "b": v, "c": c} for v in (1, 2) for c in (1, 2)]
    effects = main_effects(choices, [1, 2, 3, 4.5])
    assert effects.confounded == ["a", "b"]
    assert set(effects.shares) == {"c"}
    assert [level.mean for level in effects.levels["c"]] == pytest.approx([2, 3.25])


def test_an_axis_of_one_value_is_left_out_and_numbers_come_in_order():
    effects = main_effects(full_grid(a=[7], b=[16, 4, 64]), [1, 2, 3])
    assert list(effects.levels) == ["b"]
    assert [level.value for level in effects.levels["b"]] == [4, 16, 64]


def test_equal_figures_have_no_variance_to_share():
    effects = main_effects(full_grid(a=[1, 2], b=[1, 2]), [3.0] * 4)
    assert effects.shares == {"a": 0.0, "b": 0.0}
    assert effects.rest == 0


@pytest.mark.parametrize("values", [[], [math.nan, 1.0]])
def test_without_numbers_there_are_no_effects(values):
    with pytest.raises(ValueError, match="at least one trial"):
        main_effects([{"a": i} for i in range(len(values))], values)


def test_chance_alone_explains_little():
    rng = np.random.default_rng(0)
    effects = main_effects(full_grid(a=list(range(2)), b=list(range(100))), rng.normal(size=200).tolist())
    assert effects.shares["a"] < 0.05
