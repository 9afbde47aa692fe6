import pytest

from pincel.study.record import FAILED, PRUNED
from pincel.study.report.rows import result_of
from pincel.study.report.words import findings, headline, macs_text, notes, trial_line


@pytest.mark.parametrize(
    ("figures", "own", "words"),
    [
        (
            [(100e6, 0.5), (20e6, 0.5)],
            0,
            "With 5.0 times fewer multiply-adds, a network paints no worse than the recipe",
        ),
        (
            [(100e6, 0.5), (80e6, 0.5)],
            0,
            "With 20% fewer multiply-adds, a network paints no worse than the recipe",
        ),
        ([(100e6, 0.5), (20e6, 0.7)], 0, "No cheaper network paints as well as the recipe"),
        ([(100e6, 0.5), (20e6, 0.7)], None, "2 of 2 networks are beaten by none, from 20.0 M to 100.0 M"),
    ],
)
def test_the_headline_says_how_much_cheaper(made_study, figures, own, words):
    assert headline(result_of(made_study(figures, own=own))).startswith(words)


def test_a_training_that_is_no_better_than_nothing_is_called_too_short(made_study):
    study = made_study([(100e6, 0.5), (20e6, 0.5)])
    study.baseline = {"lite0_distance": {"value": 0.4}, "ssim": {"value": 0.4}}
    study.trials[0].epochs = 0.02
    assert headline(result_of(study)) == "Too short a training: no network paints better than the sketch shown as it is"
    assert "0.02 to 1.5 passes over the photos: less than one tells little" in " ".join(notes(result_of(study)))
    assert "fewer multiply-adds" in headline(result_of(study, "ssim"))  # more is better: 0.5 against 0.4


def test_findings_name_the_recipe_the_cheapest_as_good_and_the_best(made_study):
    lines = findings(result_of(made_study([(100e6, 0.5), (20e6, 0.505), (200e6, 0.4)])))
    assert lines[0] == "The recipe as it is: lite0 distance 0.5000 (0.4900–0.5100) at 100.0 M multiply-adds."
    assert "is number 1 (width 0, norm instance): 0.5050 (0.4950–0.5150) at 20.0 M." in lines[1]
    assert lines[2].startswith("The best figure has number 3 (width 1, norm batch): 0.4000")


def test_notes_tell_what_is_missing_and_what_a_time_budget_means(made_study):
    study = made_study([(100e6, 0.5), (20e6, 0.5), (30e6, 0.5)])
    study.trials[1].status, study.trials[2].status = FAILED, PRUNED
    text = " ".join(notes(result_of(study)))
    assert "1 of 3 trials failed" in text
    assert "1 of 3 trials were stopped early" in text
    assert "All had the same time" in text
    assert "Frechet-Lite0 of 48 pictures is biased upwards" in text


def test_the_terminal_says_what_begins_and_what_came_of_it(made_study):
    study = made_study([(43.78e6, 0.5)])
    trial = study.trials[0]
    assert trial_line(study, trial, 2, 6) == "[2/6] width0: lite0 distance 0.5000, SSIM 0.5000 after 1.5 epochs"
    trial.status, trial.reason = FAILED, "training: out of memory"
    assert trial_line(study, trial, 2, 6) == "[2/6] width0: failed: training: out of memory"
    trial.status = "waiting"
    assert trial_line(study, trial, 2, 6) == "[2/6] width0: 43.8 M multiply-adds, 4.38 M parameters"


def test_multiply_adds_have_three_digits():
    assert [macs_text(value) for value in (5_700_000, 137_363_456, 6_050_000_000)] == ["5.70 M", "137.4 M", "6.05 G"]
