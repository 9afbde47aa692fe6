import pytest

from pincel.errors import PincelError
from pincel.evaluation.evaluated_tasks import RATIOS, evaluated_task
from pincel.tasks import TASKS


def test_every_task_is_measured():
    assert [evaluated_task(task).name for task in TASKS] == list(TASKS)


@pytest.mark.parametrize("task", sorted(TASKS))
def test_what_pictures_are_ranked_by_is_measured_and_so_is_its_ratio(task):
    task = evaluated_task(task)
    for figure in task.leading:
        assert {figure, RATIOS[figure]} <= set(task.metrics)
    assert task.class_metric in task.metrics


def test_colours_are_measured_against_grey_and_whole_pictures_against_what_was_shown():
    tasks = [evaluated_task(task) for task in ("colorize", "sketch", "paired")]
    assert [(task.baseline, task.translates) for task in tasks] == [
        ("grey", False),
        ("identity", True),
        ("identity", True),
    ]


@pytest.mark.parametrize(("task", "word"), [("sketch", "photo"), ("paired", "picture")])
def test_the_words_are_of_the_task(task, word):
    task = evaluated_task(task)
    assert task.photo == word
    texts = [metric.group + metric.meaning + metric.better for metric in task.metrics.values()]
    assert ("photo" in " ".join(texts)) == (word == "photo")


def test_an_unknown_task_is_refused_with_the_known_ones():
    with pytest.raises(PincelError, match="colorize.*paired.*sketch|colorize, sketch, paired|sketch"):
        evaluated_task("paint")
