import pytest

from pincel.errors import PincelError
from pincel.evaluation.disciplines import RATIOS, discipline_of
from pincel.tasks import TASKS


def test_every_task_is_measured():
    assert [discipline_of(task).task for task in TASKS] == list(TASKS)


@pytest.mark.parametrize("task", sorted(TASKS))
def test_what_pictures_are_ranked_by_is_measured_and_so_is_its_ratio(task):
    discipline = discipline_of(task)
    for figure in discipline.leading:
        assert {figure, RATIOS[figure]} <= set(discipline.metrics)
    assert discipline.class_metric in discipline.metrics


def test_colours_are_measured_against_grey_and_whole_pictures_against_what_was_shown():
    disciplines = [discipline_of(task) for task in ("colorize", "sketch", "paired")]
    assert [(discipline.baseline, discipline.translates) for discipline in disciplines] == [
        ("grey", False),
        ("identity", True),
        ("identity", True),
    ]


@pytest.mark.parametrize(("task", "word"), [("sketch", "photo"), ("paired", "picture")])
def test_the_words_are_of_the_task(task, word):
    discipline = discipline_of(task)
    assert discipline.photo == word
    texts = [metric.group + metric.meaning + metric.better for metric in discipline.metrics.values()]
    assert ("photo" in " ".join(texts)) == (word == "photo")


def test_an_unknown_task_is_refused_with_the_known_ones():
    with pytest.raises(PincelError, match="colorize.*paired.*sketch|colorize, sketch, paired|sketch"):
        discipline_of("paint")
