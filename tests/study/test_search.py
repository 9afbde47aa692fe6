"""Optuna's search on real photos; exporting is left out."""

import io

import optuna
import pytest
from rich.console import Console

from pincel.errors import PincelError
from pincel.study import search as search_module
from pincel.study.grid import begin_study
from pincel.study.options import SearchOptions
from pincel.study.record import DONE, FAILED, PRUNED, RUNNING, Study
from pincel.study.search import peers_of, run_search, watched
from pincel.study.trial import Pruned


@pytest.fixture
def run_tiny_search(class_folders, cache_folder, tmp_path, tiny_space):
    """``run_tiny_search(3, "width=2..8")`` -> (study, why it ended); the study in ``study`` is gone on with."""

    def run(trials, *axes, own=False, **settings):
        space = tiny_space(*axes)
        chosen = SearchOptions(accelerator="cpu", epochs=0.5, trials=trials, own=own, **settings)
        study = begin_study(space, [class_folders], tmp_path / "study", "search", chosen)
        return study, run_search(study, space, chosen, console=Console(file=io.StringIO()))

    return run


@pytest.fixture
def fake_trials(monkeypatch):
    """Trials that are not trained: their distance is 1 / width. ``fake_trials``: what becomes of the first ones."""
    outcomes = []

    def run_trial(study, trial, recipe, **_):
        outcome = outcomes.pop(0) if outcomes else DONE
        if outcome is KeyboardInterrupt:
            trial.status = RUNNING
            study.save()
            raise KeyboardInterrupt
        trial.status, trial.curve = outcome, [[1.0, 1 / trial.choices.get("width", 1)]]
        trial.quality = {"lite0_distance": {"value": 1 / trial.choices.get("width", 1), "low": None, "high": None}}
        study.save()

    monkeypatch.setattr(search_module, "run_trial", run_trial)
    monkeypatch.setattr(search_module, "time_models", lambda *_, **__: None)
    return outcomes


def stored(tmp_path):
    return optuna.load_study(study_name="search", storage=f"sqlite:///{tmp_path}/study/study.db").trials


@pytest.mark.usefixtures("no_export")
def test_a_search_trains_the_recipe_and_what_optuna_suggests(run_tiny_search, tmp_path):
    study, why = run_tiny_search(2, "width=2..6", "lr=1e-4..1e-2", own=True)
    assert why == ""
    assert [trial.status for trial in study.trials] == [DONE] * 3
    assert [trial.own for trial in study.trials] == [True, False, False]
    assert all(len(trial.curve) >= 2 for trial in study.trials)  # looked at on the way, to prune by
    values = {trial.user_attrs["name"]: trial.values for trial in stored(tmp_path)}
    assert values == {t.name: [t.figure("lite0_distance"), t.macs] for t in study.trials[1:]}


def test_failed_and_pruned_trials_count_and_it_goes_on_to_more(run_tiny_search, fake_trials, tmp_path):
    fake_trials += [FAILED, PRUNED]
    first = [trial.name for trial in run_tiny_search(3, "width=2..60")[0].trials]
    assert [trial.state.name for trial in stored(tmp_path)] == ["FAIL", "PRUNED", "COMPLETE"]
    study, _ = run_tiny_search(5, "width=2..60")
    assert [trial.name for trial in study.trials][:3] == first
    assert len({trial.name for trial in study.trials}) == 5


def test_the_interrupted_trial_is_asked_first_with_the_same_choices(run_tiny_search, fake_trials, tmp_path):
    fake_trials += [DONE, KeyboardInterrupt]
    axes = ("width=2..60", "lr=1e-4..1e-2")
    with pytest.raises(KeyboardInterrupt):
        run_tiny_search(3, *axes)
    assert [trial.state.name for trial in stored(tmp_path)] == ["COMPLETE", "RUNNING"]
    names = [trial.name for trial in Study.open(tmp_path / "study").trials]
    study, _ = run_tiny_search(3, *axes)
    assert [trial.name for trial in study.trials][:2] == names
    assert [trial.status for trial in study.trials] == [DONE] * 3
    assert [trial.state.name for trial in stored(tmp_path)] == ["COMPLETE", "FAIL", "COMPLETE", "COMPLETE"]


def test_it_ends_when_everything_has_been_tried_and_names_what_cannot_be(run_tiny_search, fake_trials):
    study, why = run_tiny_search(50, "width=2,4", "kernel=3,4")
    assert why == "all combinations have been tried"
    assert {trial.name for trial in study.trials} == {"width2_kernel4", "width4_kernel4"}
    assert {misfit.name for misfit in study.misfits} <= {"width2_kernel3", "width4_kernel3"}


def test_more_is_better_for_ssim(run_tiny_search, fake_trials, monkeypatch, tmp_path):
    monkeypatch.setattr(search_module.Trial, "figure", lambda trial, name: 0.7)
    run_tiny_search(1, "width=2..60", quality="ssim")
    assert stored(tmp_path)[0].values[0] == -0.7


def test_a_trial_is_compared_with_those_that_cost_no_more(made_study):
    study = made_study([(1e6, 0.1), (2e6, 0.1), (3e6, 0.1), (4e6, 0.1), (9e6, 0.1)], own=None)
    for trial in study.trials:
        trial.curve = [[0.5, 0.3], [1.0, 0.2]]
    bad = study.trials[3]
    bad.status, bad.curve = RUNNING, [[0.5, 0.4]]
    assert [peer.name for peer in peers_of(study, bad)] == ["width0", "width1", "width2"]
    with pytest.raises(Pruned, match=r"after 50% of its budget its error was 0\.4000, above 0\.3000"):
        watched(study)(bad)
    bad.macs = 2_000_000  # now only two cost no more
    watched(study)(bad)


@pytest.mark.usefixtures("no_export")
def test_a_pruned_trial_stops_in_the_middle_of_its_training(run_tiny_search, monkeypatch):
    monkeypatch.setattr(search_module, "hopeless", lambda curve, peers: 0.1)
    study, _ = run_tiny_search(1, "width=2..6")
    (trial,) = study.trials
    assert (trial.status, len(trial.curve)) == (PRUNED, 1)
    assert trial.curve[0][0] < 1


def test_a_damaged_memory_is_named(run_tiny_search, tmp_path, class_folders):
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "study.db").write_text("no database " * 200)
    (tmp_path / "study" / "study.json").write_text("{}")
    with pytest.raises(PincelError):
        run_tiny_search(1, "width=2..6")
