import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from rich.console import Console

from pincel.training import log as log_module
from pincel.training.log import EVERY_STEPS, TrainingLog
from pincel.training.run import Run

SCORES = {"loss": 0.5, "ciede2000": 8.0, "best": 8.0}


@pytest.fixture
def run(tmp_path) -> Run:
    return Run(tmp_path)


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is told otherwise."""
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(log_module, "time", SimpleNamespace(perf_counter=lambda: clock.now))
    return clock


@pytest.fixture
def open_log(run):
    def make(start: int = 0, active: bool = True) -> TrainingLog:
        return TrainingLog(run, Console(file=io.StringIO()), 100, start, active)

    return make


def note(log, step, **parts):
    tensors = {name: torch.tensor(float(value)) for name, value in parts.items()}
    log.wait_seconds += 0.25
    log.step(step, tensors, epoch=1.23456, phase=1, pictures=8, rates={"lr": 0.5, "lr_d": 0.25})


def test_a_row_holds_the_means_of_its_steps_and_the_rates(run, open_log, clock):
    with open_log() as log:
        for step in range(1, EVERY_STEPS + 1):
            clock.now += 0.5
            note(log, step, loss_g=step, l1=2)
    (row,) = run.rows()
    assert row.pop("loss_g") == pytest.approx((EVERY_STEPS + 1) / 2)
    assert row == {
        "kind": "step",
        "step": EVERY_STEPS,
        "epoch": 1.2346,
        "l1": 2.0,
        "phase": 1,
        "lr": 0.5,
        "lr_d": 0.25,
        "pictures_per_second": 16.0,
        "wait_share": 0.5,
        "seconds": 10.0,
    }


def test_the_next_row_starts_from_nothing(run, open_log, clock):
    with open_log() as log:
        for step in range(1, 2 * EVERY_STEPS + 1):
            clock.now += 1
            note(log, step, loss_g=1 if step <= EVERY_STEPS else 5)
    assert [(row["step"], row["loss_g"]) for row in run.rows()] == [(EVERY_STEPS, 1), (2 * EVERY_STEPS, 5)]


def test_a_part_that_only_some_steps_have_keeps_its_own_mean(run, open_log, clock):
    with open_log() as log:
        for step in range(1, EVERY_STEPS + 1):
            clock.now += 1
            note(log, step, **({"loss_d": 4} if step <= 15 else {"loss_d": 4, "loss_g": 3}))
    (row,) = run.rows()
    assert (row["loss_d"], row["loss_g"]) == (4, 3)


def test_steps_since_the_last_row_are_written_on_demand_and_only_once(run, open_log, clock):
    with open_log() as log:
        clock.now += 2
        note(log, 1, loss_g=7)
        log.flush()
        log.flush()
    assert [(row["step"], row["loss_g"], row["pictures_per_second"]) for row in run.rows()] == [(1, 7, 4)]


def test_how_long_batches_are_waited_for_is_noted(run, open_log, clock):
    def slow():
        for step in (1, 2):
            clock.now += 3
            yield step

    with open_log() as log:
        for step in log.waiting(slow()):
            clock.now += 1
            log.step(step, {}, epoch=0.5, phase=0, pictures=8, rates={})
        log.flush()
    (row,) = run.rows()
    assert row["wait_share"] == 6 / 8


def test_restarting_the_clock_leaves_a_validation_out_of_the_rates(run, open_log, clock):
    with open_log() as log:
        clock.now += 1000
        log.restart_clock()
        clock.now += 1
        note(log, 1, loss_g=1)
        log.flush()
    (row,) = run.rows()
    assert (row["pictures_per_second"], row["wait_share"]) == (8, 0.25)


def test_rows_after_the_start_are_dropped_on_resume_and_the_others_kept(run, open_log):
    rows = [{"kind": "step", "step": n, "epoch": 0.1, "phase": 0, "loss_g": n} for n in (20, 40, 60)]
    run.metrics.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with open_log(start=40) as log:
        log.row("validation", 50, SCORES)
    assert [(row["kind"], row["step"]) for row in run.rows()] == [("step", 20), ("step", 40), ("validation", 50)]


def test_rows_that_stay_are_never_in_danger_on_resume(run, open_log, monkeypatch):
    rows = [{"kind": "step", "step": n, "epoch": 0.1, "phase": 0} for n in (20, 40)]
    run.metrics.write_text("".join(json.dumps(row) + "\n" for row in rows))

    def killed(self, *_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        open_log(start=20)
    assert list(run.rows()) == rows
    open_log(start=40).file.close()  # nothing is to be dropped: nothing is written
    assert list(run.rows()) == rows


def test_a_row_that_was_cut_off_is_told_and_left_out_on_resume(run):
    whole = json.dumps({"kind": "step", "step": 20, "epoch": 0.1, "phase": 0}) + "\n"
    run.metrics.write_text(whole + '{"kind": "st')
    said = io.StringIO()
    TrainingLog(run, Console(file=said, width=20), 100, 40).file.close()
    assert said.getvalue() == f"the last row of {run.metrics} was cut off and is left out\n"
    assert run.metrics.read_text() == whole


def test_every_row_is_on_disk_at_once(run, open_log):
    with open_log() as log:
        log.row("validation", 3, SCORES)
        assert next(run.rows())["loss"] == SCORES["loss"]


def test_tensorboard_gets_the_same_numbers(run, open_log):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    with open_log() as log:
        log.row("validation", 3, {"loss": 0.5, "name": "x"})
        log.row("validation", 6, {"loss": 0.25})
    events = EventAccumulator(str(run.folder / "tensorboard")).Reload()
    assert events.Tags()["scalars"] == ["validation/loss"]
    assert [(e.step, e.value) for e in events.Scalars("validation/loss")] == [(3, 0.5), (6, 0.25)]


def test_other_devices_than_the_first_write_nothing(run, open_log):
    with open_log(active=False) as log:
        for step in range(1, EVERY_STEPS + 1):
            note(log, step, loss_g=1)
        log.flush()
        log.row("validation", 1, {"loss": 1})
        log.say("hello")
    assert list(run.folder.iterdir()) == []


def test_what_is_said_reaches_the_console(run):
    out = io.StringIO()
    with TrainingLog(run, Console(file=out, width=200), 10) as log:
        log.say("epoch 1.0, step 3: loss 0.5")
    assert "epoch 1.0, step 3: loss 0.5" in out.getvalue()
