import pytest

from pincel.training.report.findings import findings, headline, notes
from pincel.training.report.history import read_history
from pincel.training.run import Run


@pytest.fixture
def history_of(write_run):
    return lambda *arguments, **options: read_history(Run.open(write_run(*arguments, **options)))


def test_the_headline_names_the_best_epoch(history_of, paper_rows):
    assert headline(history_of(paper_rows, phases=[{"epochs": 3, "adversarial": 1}])) == "Epoch 2 of 3 is the best."


def test_the_headline_says_when_the_start_was_never_beaten(history_of, step_row, validation_row):
    rows = [validation_row(0, 7.0), step_row(40, loss_g=1.0), validation_row(40, 8.0)]
    text = "Epoch 4 of 4: no epoch was better than what the training started from."
    assert headline(history_of(rows, phases=[{"epochs": 4}])) == text


@pytest.mark.parametrize(
    ("epochs", "scores", "text"),
    [
        (4, (), "Epoch 4 of 4, and no validation yet."),
        (4, (9.0,), "4 epochs with one validation, at the end."),
        (4, (9.0, 8.0), "The last epoch, 4, is the best: longer training may still help."),
        (9, (8.0, 9.0), "Not finished: epoch 4 of 9. The best so far is epoch 2."),
    ],
)
def test_the_headline_says_where_a_run_stands(history_of, step_row, validation_row, epochs, scores, text):
    rows = [step_row(40, loss_g=1.0)]
    places = (40,) if len(scores) == 1 else (20, 40)
    rows += [validation_row(step, score) for step, score in zip(places, scores, strict=False)]
    assert headline(history_of(rows, phases=[{"epochs": epochs}])) == text


def test_findings_tell_quality_shares_gap_verdicts_rates_and_time(history_of, paper_rows):
    text = "\n".join(findings(history_of(paper_rows, phases=[{"epochs": 3, "adversarial": 1}])))
    assert "On 50 validation photos the painted colours are CIEDE2000 7.00 from the real ones" in text
    assert "validation loss there is 6.366: 81.1 % L1, 18.9 % adversarial." in text
    assert "3.9 % below its training loss: no sign of learning by heart" in text
    assert "calls real photos real with 0.62 and painted ones with 0.35" in text
    assert "Training steps took 30 s at 40 pictures a second." in text


@pytest.mark.parametrize(
    ("real", "fake", "verdict"),
    [(0.5, 0.48, "cannot tell them apart"), (0.97, 0.02, "has won"), (0.7, 0.3, "neither side has won")],
)
def test_the_balance_is_judged(history_of, step_row, validation_row, real, fake, verdict):
    values = {"loss_d": 0.5, "d_real": real, "d_fake": fake}
    rows = [step_row(20, loss_g=1, l1=1, **values), validation_row(20, 9.0, loss_g=1, l1=1, **values)]
    assert verdict in "\n".join(findings(history_of(rows, phases=[{"epochs": 2, "adversarial": 1}])))


@pytest.mark.parametrize(("val", "verdict"), [(1.3, "by heart"), (1.05, "no sign"), (0.7, "augmented crops")])
def test_the_gap_is_judged(history_of, step_row, validation_row, val, verdict):
    rows = [step_row(20, loss_g=1.0, l1=1.0), validation_row(20, 9.0, loss_g=val, l1=val)]
    assert verdict in "\n".join(findings(history_of(rows)))


def test_waiting_for_data_comes_with_advice(history_of, step_row):
    history = history_of([step_row(20, loss_g=1.0, wait_share=0.5)])
    assert "50.0 % of it went into waiting for data: raise data.workers." in "\n".join(findings(history))
    history.facts["views"] = "device"
    assert "50.0 % of it went into waiting for data, made on the device." in "\n".join(findings(history))


def test_steps_down_of_the_rate_are_told(history_of, step_row):
    rows = [step_row(20 * n, loss_g=1, lr=1e-3 if n < 4 else 5e-4) for n in range(1, 8)]
    assert "stepped down once (epoch 6)" in "\n".join(findings(history_of(rows, phases=[{"epochs": 14}])))


def test_notes_say_what_is_missing_and_what_export_takes(history_of, step_row, validation_row):
    rows = [
        step_row(20, loss_g=1.0, l1=1.0),
        validation_row(20, 8.0),
        step_row(40, loss_g=1.0),
        validation_row(40, 9.0),
    ]
    text = "\n".join(notes(history_of(rows)))
    assert "takes the last weights" in text
    assert "those of epoch 2 come with --weights best" in text
    assert "validation curves and the gap are missing" in text


def test_a_plain_finished_run_needs_no_notes(history_of, step_row, validation_row):
    rows = [step_row(20, loss_g=1.0, l1=1.0), validation_row(20, 9.0, loss_g=1.0, l1=1.0)]
    rows += [step_row(40, loss_g=1.0, l1=1.0), validation_row(40, 8.0, loss_g=1.0, l1=1.0)]
    assert notes(history_of(rows)) == []
