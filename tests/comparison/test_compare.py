"""Trends, divergence, intervals and sentences of a comparison whose figures are known."""

import numpy as np
import pytest

from pincel.comparison.compare import compare
from pincel.comparison.words import comparison_lines, epoch_name, headline, interval, notes
from pincel.evaluation.tables import Figure
from pincel.export.cost import Cost


def cost(name, parameters, macs, p50):
    return Cost(name, 16, parameters, macs, 2 * macs, p50, 2 * p50, 50, 1, 2**27, 2**26, 10**6, 12.5)


@pytest.fixture
def pair(compared_run):
    """Least alike after epoch 2; the candidate ends further from the target."""
    return compared_run("base", shifts=[20, 15, 10, 5]), compared_run("small", shifts=[24, 75, 12, 9])


def test_the_epoch_where_two_runs_differ_most_is_found(pair):
    comparison = compare(pair, cost=False)
    divergence = comparison.divergence(0)
    assert comparison.epochs[divergence.place] == 2
    assert divergence.ssim == pytest.approx(comparison.against_base[0].whole["ssim"][1].mean())
    assert divergence.others["mse"] == 1


def test_means_are_over_pictures_and_over_epochs(pair):
    comparison = compare(pair, cost=False)
    mse = comparison.against_base[0].whole
    assert comparison.last(mse)["mse"].value == pytest.approx((4 / 255) ** 2)
    assert comparison.mean_over_epochs(mse, "mse").value == pytest.approx(np.mean(np.square([4, 60, 2, 4])) / 255**2)
    difference = comparison.difference(0, "mse")
    assert difference.value == pytest.approx((81 - 25) / 255**2)
    assert difference.low <= difference.value <= difference.high


def test_intervals_hold_the_mean_and_grow_with_the_level(pair):
    figure = compare(pair, cost=False).last(compare(pair, cost=False).against_base[0].whole)["ssim"]
    assert figure.low < figure.value < figure.high


def test_trends_are_over_the_real_epochs(compared_run):
    runs = [compared_run("base", shifts=[8, 6, 4], first=5), compared_run("small", shifts=[9, 9, 9], first=5)]
    comparison = compare(runs, cost=False)
    trend = comparison.trend(np.array([8.0, 6.0, 4.0]))
    assert (trend.slope, trend.intercept) == pytest.approx((-2, 18))  # 8 at epoch 5


def test_the_input_left_as_it_is_stands_beside_the_runs(pair):
    comparison = compare(pair, cost=False)
    source, target = comparison.pictures.source, comparison.pictures.target
    expected = np.mean(np.square(source / 255 - target / 255))
    assert comparison.last(comparison.unchanged)["mse"].value == pytest.approx(expected)


def test_sentences_say_cost_quality_likeness_and_divergence(pair, monkeypatch):
    costs = [cost("base", 54_410_000, 6_050_000_000, 0.1), cost("small", 35_140_000, 2_320_000_000, 0.04)]
    monkeypatch.setattr("pincel.comparison.compare.costs_of", lambda *_, **__: costs)
    lines = comparison_lines(compare(pair))
    text = " ".join(lines)
    assert lines[0].startswith("small needs 62 % fewer multiply-adds than base; SSIM to the target 0.")
    for part in (
        "35.14 M parameters against 54.41 M",
        "takes 40.0 ms against 100.0 ms (median of 50, 1 thread)",
        "On 6 pictures that neither was trained on, after epoch 4",
        "small is further away in SSIM (95 % interval of the difference",
        "as the mean of 4 epochs.",
        "They differ most after epoch 2 (SSIM 0.",
        "the input left as it is",
    ):
        assert part in text, part


def test_the_papers_figure_is_quoted_beside_sketch_runs_only(compared_run):
    sketch = {"task": "sketch", "data": {"size": 16}}
    runs = [compared_run(name, recipe=sketch) for name in ("base", "small")]
    assert "0.6347" in " ".join(comparison_lines(compare(runs, cost=False)))


def test_equal_runs_are_not_told_apart(compared_run):
    lines = " ".join(comparison_lines(compare([compared_run("base"), compared_run("again")], cost=False)))
    assert "These pictures do not tell the two apart in SSIM" in lines
    assert "agree with SSIM 1.0000 (1.0000–1.0000)" in lines


def test_several_candidates_each_get_their_sentences(compared_run):
    comparison = compare([compared_run("a"), compared_run("b"), compared_run("c", shifts=[9, 9, 9])], cost=False)
    assert headline(comparison) == "b and c against a after epoch 3"
    lines = " ".join(comparison_lines(comparison))
    assert "b and a agree" in lines
    assert "c and a agree" in lines


def test_what_limits_the_comparison_is_said(compared_run):
    comparison = compare([compared_run("a"), compared_run("b", shifts=[3, 2])], cost=False)
    text = " ".join(notes(comparison))
    assert "different seeds" in text
    assert "shrunk to 8 px" in text
    assert "last epoch: a 3, b 2" in text
    assert "Fewer than three common epochs" in text


def test_intervals_with_a_sign_use_a_word():
    assert interval(Figure(0, -0.12, 0.34), 1) == "−0.1 to 0.3"
    assert interval(Figure(0, 0.12, 0.34), 2) == "0.12–0.34"
    assert epoch_name(150) == "1.5"
