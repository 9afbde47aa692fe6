import json
import math

import pytest

from pincel.errors import PincelError
from pincel.training.report.history import gap, read_history, shares
from pincel.training.run import Run


@pytest.fixture
def history_of(write_run):
    return lambda *arguments, **options: read_history(Run.open(write_run(*arguments, **options)))


def test_a_validation_stands_beside_the_training_since_the_one_before(history_of, step_row, validation_row):
    rows = [
        step_row(20, loss_g=4.0, l1=4.0),
        step_row(30, loss_g=1.0, l1=1.0),  # 10 steps only, because a validation follows
        validation_row(30, 9.0, loss_g=2.0, l1=2.0),
        step_row(40, loss_g=0.5, l1=0.5),
        validation_row(40, 8.0, loss_g=1.5, l1=1.5),
    ]
    first, second = history_of(rows).points
    assert first.train == pytest.approx({"loss_g": 3.0, "l1": 3.0})  # (20 * 4 + 10 * 1) / 30
    assert second.train == pytest.approx({"loss_g": 0.5, "l1": 0.5})
    assert (second.val["loss_g"], second.val["ciede2000"]) == (1.5, 8.0)
    assert (first.gap, second.gap) == (pytest.approx(-1 / 3), pytest.approx(2))


def test_the_best_is_the_first_of_the_lowest_in_what_the_recipe_monitors(history_of, validation_row):
    rows = [validation_row(10, 9.0, loss_g=1.0), validation_row(20, 7.0, loss_g=3.0), validation_row(30, 7.0, loss_g=2)]
    assert history_of(rows).best.step == 20


def test_the_best_follows_another_monitor(history_of, validation_row):
    rows = [validation_row(10, 9.0), validation_row(20, 7.0) | {"loss": 0.5}]
    assert history_of(rows, validation={"monitor": "loss"}).best.step == 10


def test_shares_and_gap_are_the_papers():
    assert shares({"l1": 5.160, "adversarial": 1.206})["l1"] == pytest.approx(0.811, abs=5e-4)
    assert shares({"l1": 5.160, "adversarial": 1.206})["adversarial"] == pytest.approx(0.189, abs=5e-4)
    assert gap(6.624, 6.366) == pytest.approx(-0.0389, abs=1e-4)
    assert shares({"l1": 3.0, "adversarial": -1.0}) == {"l1": 0.75, "adversarial": 0.25}
    assert shares({"l1": 0.0}) == {"l1": 0.0}


def test_parts_are_found_by_themselves_and_the_adversarial_one_is_last(history_of, step_row):
    rows = [step_row(20, loss_g=2, adversarial=1, cie94=1, loss_d=1, d_real=0.5, d_fake=0.5, lr_d=1, lr_encoder=1)]
    assert history_of(rows).parts == ["cie94", "adversarial"]


def test_an_unfinished_run_says_how_far_it_is(history_of, step_row):
    history = history_of([step_row(20, loss_g=1.0), step_row(40, loss_g=1.0)], phases=[{"epochs": 10}])
    assert history.end == (40, 4.0)
    assert history.planned_epochs == 10
    assert not history.finished
    assert history.best is None


def test_phases_give_boundaries_as_far_as_they_were_reached(history_of, step_row, validation_row):
    phases = [{"epochs": 2}, {"epochs": 1, "adversarial": 1}, {"epochs": 1}]
    rows = [step_row(20, loss_g=1), validation_row(20, 9.0), step_row(25, loss_g=1, phase=1), validation_row(25, 8.0)]
    history = history_of(rows, phases=phases)
    assert history.boundaries() == [2.0]
    assert [point.phase for point in history.points] == [0, 1]


def test_early_stopping_is_told_from_an_interruption(history_of, validation_row, step_row):
    rows = [step_row(20, loss_g=1), *(validation_row(10 * n, 7.0 + n) for n in range(1, 4))]
    history = history_of(rows, phases=[{"epochs": 9}], validation={"patience": 2})
    assert history.stopped_early
    assert not history.finished


@pytest.mark.parametrize(
    ("steps", "found"),
    [
        ((20, 40, 60), []),
        ((20, 27, 47), [27]),  # Ctrl-C after 7 steps of a row
        ((20, 50, 70), [20]),  # a crash: steps 21 to 30 have no row
        ((20, 40, 47), []),  # still at it, or stopped there
    ],
)
def test_interruptions_are_where_rows_are_cut(history_of, step_row, steps, found):
    history = history_of([step_row(n, loss_g=1.0) for n in steps], phases=[{"epochs": 100}])
    assert history.interruptions == found


def test_a_row_cut_by_a_validation_is_no_interruption(history_of, step_row, validation_row):
    rows = [step_row(20, loss_g=1), step_row(30, loss_g=1), validation_row(30, 9.0), step_row(50, loss_g=1)]
    assert history_of(rows, phases=[{"epochs": 100}]).interruptions == []


def test_steps_down_of_a_constant_rate_are_found_and_a_decay_is_none(history_of, step_row):
    down = [step_row(20 * n, loss_g=1, lr=1e-3 if n < 4 else 5e-4) for n in range(1, 8)]
    assert history_of(down, phases=[{"epochs": 14}]).reductions() == [(6.0, pytest.approx(0.5))]


def test_a_decaying_rate_has_no_steps(history_of, step_row):
    decay = [step_row(20 * n, loss_g=1, lr=1e-3 * math.cos(n / 6)) for n in range(1, 8)]
    assert history_of(decay, phases=[{"epochs": 14}]).reductions() == []


def test_time_and_speed_are_those_of_the_steps(history_of, step_row):
    history = history_of([step_row(20, loss_g=1), step_row(40, loss_g=1, seconds=30.0, pictures_per_second=20.0)])
    assert history.seconds == 40
    assert history.pictures_per_second == pytest.approx((400 + 600) / 40)
    assert history.wait_share == pytest.approx(0.1)


def test_runs_that_logged_no_seconds_have_them_from_their_speed(history_of, step_row):
    rows = [step_row(20, loss_g=1), step_row(40, loss_g=1)]
    for row in rows:
        del row["seconds"]
    assert history_of(rows).seconds == pytest.approx(40 * 40 / 40)  # 40 steps of 40 pictures, 40 a second


def test_devices_are_counted_from_the_pictures(history_of, step_row):
    assert history_of([step_row(20, loss_g=1, epoch=4.0)]).world == 2


def test_epochs_of_weighted_folders_are_of_what_a_pass_draws(history_of, step_row):
    plain = history_of([step_row(20)])
    assert (plain.planned_epochs, plain.world) == (4, 1)
    facts = plain.run.facts()
    folder = plain.run.folder
    (folder / "facts.json").write_text(json.dumps({**facts, "pictures_a_pass": 200}))
    (folder / "metrics.jsonl").write_text(json.dumps(step_row(20) | {"epoch": 4}) + "\n")
    weighted = read_history(plain.run)
    assert (weighted.planned_epochs, weighted.world) == (8, 1)


def test_numbers_that_are_not_finite_are_left_out(history_of, step_row, validation_row):
    rows = [step_row(20, loss_g=math.nan), step_row(30, loss_g=2.0), validation_row(30, math.nan, loss_g=math.inf)]
    history = history_of(rows)
    assert history.points[0].train == {"loss_g": 2.0}
    assert history.points[0].gap is None
    assert history.best is None


def test_nothing_logged_yet_is_one_sentence(write_run):
    with pytest.raises(PincelError, match=r"has no logged step yet; look again"):
        read_history(Run.open(write_run([])))


@pytest.mark.parametrize("text", ["{", "[]", '{"plan": []}', '{"plan": [{"start": 1}], "training_pictures": 3}'])
def test_damaged_facts_are_one_sentence(write_run, step_row, text):
    folder = write_run([step_row(20, loss_g=1)])
    (folder / "facts.json").write_text(text)
    with pytest.raises(PincelError, match=r"facts.json is damaged"):
        read_history(Run.open(folder))


def test_a_line_that_a_crash_cut_off_is_passed_over(write_run, step_row):
    folder = write_run([step_row(20, loss_g=1)])
    with (folder / "metrics.jsonl").open("a") as file:
        file.write(json.dumps(step_row(40, loss_g=1))[:25])
    assert read_history(Run.open(folder)).end == (20, 2.0)


def test_a_run_that_logged_a_loss_by_its_earlier_name_and_by_todays_has_one_part(history_of, step_row, validation_row):
    rows = [
        step_row(20, loss_g=2.0, delta_e=2.0),
        validation_row(20, 9.0, loss_g=2.0, delta_e=2.0),
        step_row(40, loss_g=1.0, ciede2000_loss=1.0),
        validation_row(40, 8.0, loss_g=1.0, ciede2000_loss=1.0),
    ]
    history = history_of(rows)
    assert history.parts == ["ciede2000_loss"]
    assert [point.parts(history.parts) for point in history.points] == [
        {"ciede2000_loss": 2.0},
        {"ciede2000_loss": 1.0},
    ]
    assert [point.val["ciede2000"] for point in history.points] == [9.0, 8.0]
