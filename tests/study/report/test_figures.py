import numpy as np
import pytest

from pincel.pages.canvas import DARK, LIGHT
from pincel.study.report.figures import effects_figure, pareto_figure, place_labels
from pincel.study.report.rows import result_of

FIGURES = [(100e6, 0.50), (20e6, 0.505), (10e6, 0.60), (200e6, 0.40), (150e6, 0.9)]


def lines(axes):
    return {line.get_label(): line for line in axes.get_lines() if not str(line.get_label()).startswith("_")}


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_pareto_figure_shows_every_trial_once_and_names_the_front(made_study, theme):
    (axes,) = pareto_figure(result_of(made_study(FIGURES)), "macs", theme).axes
    drawn = lines(axes)
    assert list(drawn["beaten by another"].get_xdata()) == [150]
    assert list(drawn["beaten by none"].get_xdata()) == [10, 20, 200]
    assert list(drawn["the recipe as it is"].get_xdata()) == [100]
    assert sorted(text.get_text() for text in axes.texts) == ["1", "2", "5", "recipe"]


def test_the_latency_figure_leaves_out_what_was_not_timed(made_study):
    study = made_study(FIGURES)
    study.trials[2].latency_p50 = None
    (axes,) = pareto_figure(result_of(study), "latency", LIGHT).axes
    assert 10 not in lines(axes)["beaten by none"].get_xdata()
    assert axes.get_xlabel() == "latency p50, ms"


def test_one_trial_alone_can_be_drawn(made_study):
    (axes,) = pareto_figure(result_of(made_study([(5e6, 0.5)], own=None)), "macs", LIGHT).axes
    assert [text.get_text() for text in axes.texts] == ["1"]


def test_a_panel_an_axis_that_which_matters_most_first(made_study):
    effects = result_of(made_study(FIGURES)).effects["quality"]
    figure = effects_figure(effects, "lite0_distance", LIGHT)
    titles = [axes.get_title(loc="left") for axes in figure.axes if axes.get_visible()]
    assert len(titles) == len(effects.shares)
    assert [title.partition(":")[0] for title in titles] == sorted(effects.shares, key=lambda a: -effects.shares[a])


def test_labels_of_crowded_points_do_not_cover_each_other():
    rng = np.random.default_rng(0)
    points = rng.uniform(30, 90, (8, 2))
    labels = [str(number) for number in range(10, 18)]
    places = np.array(place_labels(points, labels, points, (300, 200)))
    for i in range(8):
        for j in range(i):
            apart = np.abs(places[i] - places[j])
            assert apart[0] >= 10 or apart[1] >= 8, (labels[i], labels[j])


def test_a_label_stays_inside_the_plot():
    (place,) = place_labels(np.array([[299.0, 199.0]]), ["recipe"], np.array([[299.0, 199.0]]), (300, 200))
    assert place[0] < 290
    assert place[1] < 200
