import math
from dataclasses import asdict

import pytest

from pincel.training.progress import Progress


@pytest.fixture
def progress() -> Progress:
    return Progress.none()


def test_nothing_is_done_at_the_beginning_and_any_score_is_better(progress):
    assert (progress.step, progress.best, progress.stopped_early) == (0, math.inf, False)
    assert progress.note(1e9)


def test_the_best_is_remembered_with_its_step(progress):
    for progress.step, score in ((10, 3.0), (20, 1.0), (30, 2.0)):
        progress.note(score)
    assert (progress.best, progress.best_step, progress.stale) == (1.0, 20, 1)


def test_patience_ends_a_training_and_an_improvement_renews_it(progress):
    ended = []
    for score in (5.0, 6.0, 4.0, 4.0, 4.0):
        progress.note(score, patience=2)
        ended.append(progress.stopped_early)
    assert ended == [False, False, False, False, True]


def test_without_patience_nothing_ends_or_is_halved(progress):
    for _ in range(50):
        progress.note(1.0)
    assert asdict(progress) == asdict(Progress.none()) | {"best": 1.0, "stale": 49}


def test_a_score_that_is_no_number_is_no_improvement(progress):
    assert not progress.note(math.nan)
    assert progress.best == math.inf


def test_rates_are_halved_each_time_the_patience_of_the_plateau_is_over(progress):
    factors = []
    for score in (5.0, 5.0, 5.0, 4.0, 5.0, 5.0, 5.0, 5.0):
        progress.note(score, plateau_patience=2)
        factors.append(progress.plateau_factor)
    assert factors == [1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.125]
