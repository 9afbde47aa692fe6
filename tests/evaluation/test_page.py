"""What the page's tables hold."""

from functools import partial

from pincel.evaluation import page
from pincel.evaluation.evaluate import evaluate
from pincel.evaluation.options import EvaluateOptions
from pincel.evaluation.page import render
from pincel.evaluation.report import as_json
from pincel.evaluation.tables import Figure

quiet = partial(EvaluateOptions, set_metrics=False)


def test_an_interval_that_is_one_number_or_none_is_not_shown():
    assert page._figure(Figure(1.0, 0.5, 1.5), 1) == ("1.0", "0.5\u2009–\u20091.5")
    assert page._figure(Figure(1.0, 1.0, 1.0), 1) == ("1.0", "")
    assert page._figure(Figure(1.0, float("nan"), float("nan")), 1) == ("1.0", "")


def test_whiskers_lie_inside_their_scale_and_grey_is_marked(tiny_model, one_colour_photos):
    lines = page._classes(evaluate(tiny_model(ab=(-10, 10)), [one_colour_photos], quiet(size=48)))
    assert [line["label"] for line in lines] == ["elm", "oak"]
    for line in lines:
        whisker = line["whisker"]
        assert 0 <= whisker["low"] <= whisker["value"] <= whisker["high"] <= whisker["one"] == 100  # all under grey


def test_what_was_left_out_is_told_in_words():
    data = {"left_out": {"train": 1200, "excluded": 3}, "grey_photos": ["a"], "not_measured": {}}
    assert page._left_out(data) == [
        "1,200 on the train side",
        "3 set aside by the split (grey photos)",
        "1 grey: no real colours to compare with",
    ]


def test_a_page_without_set_figures_says_so(tiny_model, one_colour_photos):
    evaluation = evaluate(tiny_model(), [one_colour_photos], quiet(size=48))
    text = render(evaluation, as_json(evaluation, "pincel evaluate"))
    assert "set metrics were switched off (--no-set-metrics)" in text
    assert "under MMD the standard deviation" not in text
