import io

import pytest
from rich.console import Console

from pincel.study import trial as trial_module
from pincel.study.grid import begin_study
from pincel.study.options import StudyOptions
from pincel.study.record import DONE, PRUNED, Trial
from pincel.study.trial import Pruned, curve_of, run_trial, time_models
from pincel.training.run import Run

pytestmark = pytest.mark.usefixtures("no_export")


@pytest.fixture
def tried(class_folders, cache_folder, tmp_path, tiny_space):
    """``tried(watch)`` -> the study and its one trial, trained for two passes with a validation after each half."""

    def run(watch=None):
        space = tiny_space("width=4", changes=("validation.every=0.5",))
        study = begin_study(space, [class_folders], tmp_path / "study", "grid", StudyOptions(epochs=2))
        trial = Trial("width4", {"width": 4}, 10, 100)
        study.trials.append(trial)
        recipe = space.candidate({"width": 4}).recipe
        run_trial(study, trial, recipe, accelerator="cpu", console=Console(file=io.StringIO()), watch=watch)
        return study, trial

    return run


def test_a_watch_sees_the_curve_grow_and_is_not_asked_at_the_end(tried):
    seen = []
    study, trial = tried(lambda trial: seen.append([share for share, _ in trial.curve]))
    assert trial.status == DONE
    assert [len(shares) for shares in seen] == [1, 2, 3]
    assert seen[-1] == pytest.approx([0.25, 0.5, 0.75], abs=0.1)
    assert trial.curve == curve_of(Run(study.run_folder(trial)))
    assert trial.curve[-1][0] == 1


def test_what_a_watch_prunes_stops_there_with_its_reason_and_its_run_is_kept(tried):
    def verdict(trial):
        if len(trial.curve) == 2:
            raise Pruned("it does worse")

    study, trial = tried(verdict)
    assert (trial.status, trial.reason) == (PRUNED, "it does worse")
    assert trial.is_over
    assert len(trial.curve) == 2
    run = Run(study.run_folder(trial))
    assert len(list(run.rows("validation"))) == 2
    assert run.checkpoint.is_file()
    assert not study.model_file(trial).exists()


def test_models_are_timed_in_groups_that_fit_in_memory_and_deleted_ones_keep_their_figures(made_study, monkeypatch):
    study = made_study([(1e9, 0.5), (2e9, 0.4), (3e9, 0.3)])
    for trial in study.trials[:2]:
        study.model_file(trial).parent.mkdir(exist_ok=True)
        study.model_file(trial).write_bytes(b"1234")
    measured, costs_of = [], trial_module.costs_of
    monkeypatch.setattr(trial_module, "IN_TURNS", 7)
    monkeypatch.setattr(
        trial_module,
        "costs_of",
        lambda files, *a, **k: (measured.append([f.stem for f in files]), costs_of(files, *a, **k))[1],
    )
    before = study.trials[2].latency_p50
    time_models(study, StudyOptions())
    assert measured == [["width0"], ["width1"]]
    assert [trial.latency_p50 for trial in study.trials] == [0.002, 0.002, before]
    assert study.processor
