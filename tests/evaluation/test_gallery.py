"""Best, median and worst are what they are called."""

from functools import partial

import numpy as np
import pytest

from pincel.evaluation.evaluate import evaluate
from pincel.evaluation.gallery import choose
from pincel.evaluation.options import EvaluateOptions
from pincel.evaluation.tables import PictureScores

quiet = partial(EvaluateOptions, set_metrics=False)


def pictures(scores):
    return [PictureScores(f"p{i}", "c", 8, 8, 1.0, {"m": {"ciede2000": score}}) for i, score in enumerate(scores)]


def test_best_median_and_worst_by_ciede2000():
    scores = np.random.default_rng(0).permutation(np.arange(101.0))
    chosen = choose(pictures(scores), "m", 3)
    found = {kind: [p.scores["m"]["ciede2000"] for k, p in chosen if k == kind] for kind in ("best", "median", "worst")}
    assert found == {"best": [0, 1, 2], "median": [49, 50, 51], "worst": [98, 99, 100]}


@pytest.mark.parametrize("count", range(1, 15))
def test_no_picture_is_shown_twice_and_the_order_is_from_best_to_worst(count):
    chosen = choose(pictures(np.arange(float(count))), "m", 4)
    keys = [picture.key for _, picture in chosen]
    assert len(keys) == len(set(keys)) == min(count, 3 * max(1, min(4, count // 3)))
    assert [kind for kind, _ in chosen] == sorted((kind for kind, _ in chosen), key=["best", "median", "worst"].index)


def test_the_gallery_shows_the_pictures_without_their_bars(tiny_model, one_colour_photos):
    evaluation = evaluate(tiny_model(ab=(-30, 30)), [one_colour_photos], quiet(size=64))
    assert [item.kind for item in evaluation.gallery] == ["best", "best", "median", "median", "worst", "worst"]
    for item in evaluation.gallery:
        assert item.shown.shape == item.painted.shape == item.real.shape
        assert item.real.max(axis=2).min() > 0  # no black bar
        assert np.abs(item.painted.astype(int) - item.real).max() <= 6
        assert np.ptp(item.shown.astype(int), axis=2).max() <= 1
