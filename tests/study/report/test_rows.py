import pytest

from pincel.errors import PincelError
from pincel.study.record import FAILED
from pincel.study.report.rows import result_of

# (multiply-adds, distance): the recipe, as good and cheaper, worse, better and dearer
FIGURES = [(100e6, 0.50), (20e6, 0.505), (10e6, 0.60), (200e6, 0.40)]


def test_rows_are_numbered_by_cost_and_know_the_front(made_study):
    result = result_of(made_study(FIGURES))
    assert [(row.number, row.trial.name) for row in result.rows] == [
        (1, "width2"),
        (2, "width1"),
        (3, "width0"),
        (4, "width3"),
    ]
    assert [row.trial.name for row in result.rows if "macs" in row.front] == ["width2", "width1", "width0", "width3"]
    assert result.own is not None
    assert (result.own.number, result.own.label) == (3, "recipe")


def test_no_worse_means_up_to_the_worse_end_of_the_recipes_interval(made_study):
    assert [row.trial.name for row in result_of(made_study(FIGURES)).no_worse()] == ["width1"]  # 0.505 <= 0.51 < 0.60
    by_ssim = result_of(made_study(FIGURES), "ssim")  # 0.495 >= 0.49 > 0.40
    assert [row.trial.name for row in by_ssim.no_worse()] == ["width1"]
    by_frechet = result_of(made_study(FIGURES), "frechet_lite0")  # no interval: 5.05 > 5.0
    assert by_frechet.no_worse() == []


def test_for_ssim_the_front_is_the_upper_one(made_study):
    worse_and_dearer = [(1e6, 0.1), (2e6, 0.2), (3e6, 0.05)]
    result = result_of(made_study(worse_and_dearer), "ssim")
    assert [row.trial.name for row in result.rows if "macs" in row.front] == ["width0", "width2"]


def test_effects_are_of_quality_and_of_the_logarithm_of_cost(made_study):
    figures = [(1e6, 0.5), (10e6, 0.4), (1e6, 0.5), (10e6, 0.4)]
    effects = result_of(made_study(figures, axes={"norm": ["batch", "instance"]})).effects
    assert [level.mean for level in effects["quality"].levels["norm"]] == pytest.approx([0.5, 0.4])
    assert [level.mean for level in effects["macs"].levels["norm"]] == pytest.approx([6, 7])


def test_numbers_out_of_a_range_are_put_into_thirds(made_study):
    figures = [(1e6 * (i + 1), 0.01 * i) for i in range(18)]
    axes = {"width": {"low": 0, "high": 8}, "norm": ["batch", "instance"]}
    levels = result_of(made_study(figures, axes=axes)).effects["quality"].levels["width"]
    assert [(level.value, level.n) for level in levels] == [("0 to 2", 6), ("3 to 5", 6), ("6 to 8", 6)]


def test_two_trials_have_no_effects(made_study):
    assert result_of(made_study(FIGURES[:2])).effects == {}


def test_without_a_finished_trial_there_is_nothing_to_report(made_study):
    study = made_study(FIGURES[:1])
    study.trials[0].status, study.trials[0].reason = FAILED, "training: out of memory"
    with pytest.raises(PincelError, match="no trial of .* is finished; .* width0, training: out of memory"):
        result_of(study)


def test_an_unknown_figure_is_refused(made_study):
    with pytest.raises(PincelError, match="unknown figure 'fid'; known: "):
        result_of(made_study(FIGURES), "fid")
