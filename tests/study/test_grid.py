"""A grid on real photos, from plan to trained networks. Exporting is left out but for one test in tests/cli."""

import pytest

from pincel.errors import PincelError, RecipeError
from pincel.study import trial as trial_module
from pincel.study.grid import begin_study, plan_grid
from pincel.study.options import GridOptions
from pincel.study.record import DONE, FAILED, RUNNING, Study
from pincel.training.run import Run

pytestmark = pytest.mark.usefixtures("no_export")


@pytest.fixture
def trained(monkeypatch):
    """Names of the runs that were trained, each with whether it was gone on with."""
    names, train = [], trial_module.train

    def noted(recipe, folders, out, options):
        names.append((out.name, options.resume))
        return train(recipe, folders, out, options)

    monkeypatch.setattr(trial_module, "train", noted)
    return names


def failing(monkeypatch, name, error, *, after=False):
    """Let the training of one trial raise an error, before or after it."""
    train = trial_module.train

    def train_or_fail(recipe, folders, out, options):
        if out.name == name and not after:
            raise error
        run = train(recipe, folders, out, options)
        if out.name == name:
            raise error
        return run

    monkeypatch.setattr(trial_module, "train", train_or_fail)


def test_the_plan_knows_the_cost_of_everything_and_starts_with_the_cheapest(tiny_space):
    plan = plan_grid(tiny_space("width=8,4,2", "kernel=3,4"), GridOptions(own=False))
    assert [candidate.choices["width"] for candidate in plan.candidates] == [2, 4, 8]
    assert [macs for _, macs in plan.costs] == sorted(macs for _, macs in plan.costs)
    # down 1 -> 4 -> 4, up 4 -> 4 and (4 + 4) -> 3 with 4 x 4 kernels at 8, 4, 4 and 8 px
    weights = 16 * (4 + 16 + 16 + 24)
    assert plan.costs[1] == (weights + 4 + 4 + 8 + 3, 16 * (4 * 64 + 16 * 16 + 16 * 16 + 24 * 64))
    assert len(plan.misfits) == 3


@pytest.mark.parametrize(("axis", "names"), [("width=4", ["recipe", "width4"]), ("width=4,8", ["width4", "width8"])])
def test_the_recipe_itself_takes_part_once(tiny_space, axis, names):
    assert [candidate.name for candidate in plan_grid(tiny_space(axis), GridOptions()).candidates] == names


def test_a_sample_keeps_the_recipe_itself(tiny_space):
    plan = plan_grid(tiny_space("width=2,3,4,5,6,7,8"), GridOptions(sample=2))
    assert (len(plan.candidates), plan.of) == (3, 7)
    assert [candidate.name for candidate in plan.candidates if candidate.own] == ["width8"]


def test_an_option_that_the_generator_refuses_is_a_misfit_or_ends_it_when_all_are(tiny_space):
    plan = plan_grid(tiny_space("norm=batch,bach"), GridOptions(own=False))
    assert len(plan.candidates) == 1
    assert "unknown norm 'bach'" in plan.misfits[0].reason
    with pytest.raises(RecipeError, match="none of the 1 combinations fits"):
        plan_grid(tiny_space("norm=bach"), GridOptions(own=False))


@pytest.mark.parametrize(
    ("folders", "message"), [([], "no data folder given"), (["nowhere"], "data folder nowhere does not exist")]
)
def test_without_data_there_is_no_study(tiny_space, tmp_path, folders, message):
    paths = [tmp_path.relative_to(tmp_path) / folder for folder in folders]
    with pytest.raises(PincelError, match=message):
        begin_study(tiny_space("width=4"), paths, tmp_path / "study", "grid", GridOptions())


def test_every_trial_is_an_ordinary_run_with_figures_and_is_not_trained_again(run_tiny_grid, trained):
    study = run_tiny_grid("width=4,8")
    assert [trial.status for trial in study.trials] == [DONE, DONE]
    for trial in study.trials:
        run = Run.open(study.run_folder(trial))
        assert run.recipe().generator.options["stages"].startswith(f"{trial.choices['width']}k4s2")
        assert run.weights("last").is_file()
        assert (trial.steps, trial.n, trial.curve[-1][0]) == (2, 3, 1)
        assert set(trial.quality) == {"lite0_distance", "frechet_lite0", "ssim", "l1", "mse"}
        assert 0 < trial.figure("l1") < 1
        assert study.strip_file(trial).is_file()
        assert trial.latency_p50 == 0.002
    assert study.baseline["l1"]["value"] > 0
    assert run_tiny_grid("width=4,8").trials == study.trials
    assert trained == [("width4", False), ("width8", False)]
    assert [trial.name for trial in run_tiny_grid("width=2,4,8").trials] == ["width4", "width8", "width2"]
    assert trained[2:] == [("width2", False)]


def test_a_crash_is_recorded_and_the_rest_goes_on(run_tiny_grid, trained, monkeypatch):
    with monkeypatch.context() as patch:
        failing(patch, "width4", RuntimeError("out of memory\nmore"))
        study = run_tiny_grid("width=4,8")
    assert [(trial.status, trial.reason) for trial in study.trials] == [
        (FAILED, "training: out of memory"),
        (DONE, ""),
    ]
    assert "Traceback" in (study.folder / "crashes" / "width4.txt").read_text()
    assert run_tiny_grid("width=4,8").trials[0].status == FAILED
    assert run_tiny_grid("width=4,8", retry=True).trials[0].status == DONE
    assert trained == [("width8", False), ("width4", False)]


def test_ctrl_c_keeps_everything_and_the_interrupted_trial_goes_on(run_tiny_grid, trained, monkeypatch, tmp_path):
    with monkeypatch.context() as patch:
        failing(patch, "width8", KeyboardInterrupt(), after=True)
        with pytest.raises(KeyboardInterrupt):
            run_tiny_grid("width=4,8")
    kept = Study.open(tmp_path / "study")
    assert [(trial.status, trial.attempts) for trial in kept.trials] == [(DONE, 1), (RUNNING, 0)]
    assert [trial.status for trial in run_tiny_grid("width=4,8").trials] == [DONE, DONE]
    assert trained == [("width4", False), ("width8", False), ("width8", True)]


def test_a_run_that_was_only_begun_is_begun_anew(run_tiny_grid, trained, tmp_path):
    study = run_tiny_grid("width=4")
    study.trials[0].status = RUNNING
    study.save()
    Run(study.run_folder(study.trials[0])).checkpoint.unlink()  # as if the power had gone before the first
    assert run_tiny_grid("width=4").trials[0].status == DONE
    assert trained == [("width4", False), ("width4", False)]


def test_a_trial_that_kills_the_process_again_and_again_is_given_up(run_tiny_grid, trained, monkeypatch, tmp_path):
    study = run_tiny_grid("width=4")
    trial = study.trials[0]
    trial.status, trial.attempts = RUNNING, 3
    study.save()
    trial = run_tiny_grid("width=4").trials[0]
    assert trial.status == FAILED
    assert trial.reason.startswith("it ended the whole process 3 times")
