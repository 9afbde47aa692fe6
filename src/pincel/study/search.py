"""Let Optuna choose the candidates: less error and fewer multiply-adds at once.

The folder's ``study.db`` (SQLite) is Optuna's memory, ``study.json`` ours; a trial's name is made of its choices, so an
interrupted one is found again by what was chosen. Two objectives: the sampler is TPE (Ozaki et al. 2022).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from pincel.errors import PincelError, RecipeError
from pincel.study.halting import hopeless
from pincel.study.measure import MEASURES, cost_of
from pincel.study.options import SearchOptions
from pincel.study.record import DONE, PRUNED, Study, Trial
from pincel.study.space import OWN, Axis, Candidate, Misfit, Space, Value
from pincel.study.trial import Pruned, Watch, run_trial, time_models
from pincel.training.recipe import Recipe

if TYPE_CHECKING:
    import optuna

__all__ = ["peers_of", "run_search", "watched"]

STARTUP = 8  # trials by chance before the sampler has a view
LOOKS = 8  # validations of a trial that may be pruned
FRUITLESS = 8  # suggestions in a row without a new trial, before chance chooses
DIGITS = 3  # of numbers out of a range, so that names stay short


def run_search(
    study: Study,
    space: Space,
    options: SearchOptions,
    *,
    classes: int = 0,
    console: Console | None = None,
    on_trial: Callable[[Trial, int, int], None] | None = None,
) -> str:
    """Search until there are ``options.trials`` trials, those of earlier calls included.

    Args:
        study: from `pincel.study.grid.begin_study`.
        space: the recipe and its axes.
        options: how trials are run and judged, how many there are (the recipe as it is, trained first, does not count),
            and whether hopeless ones are stopped (`pincel.study.halting`).
        classes: that a conditional generator is told.
        console: where the trainings show their progress.
        on_trial: called before and after each trial with (trial, its number, all).

    Returns:
        Why the search ended before ``options.trials``; "" when it did not.

    Raises:
        PincelError: optuna is not installed.
        KeyboardInterrupt: stopped by Ctrl-C; everything is saved.
    """
    memory, trials, prune = _open(study.folder, options.seed), options.trials, options.prune
    say = on_trial or (lambda _trial, _number, _all: None)

    def run(candidate: Candidate, number: int) -> Trial:
        trial = study.trial(candidate.name) or (study.trial(OWN) if candidate.own else None)
        if trial is None:
            trial = Trial(candidate.name, dict(candidate.choices), *cost_of(candidate.recipe, classes), candidate.own)
            study.trials.append(trial)
        if not trial.is_over:
            say(trial, number, trials)
            run_trial(
                study,
                trial,
                _with_looks(candidate.recipe, study) if prune else candidate.recipe,
                accelerator=options.accelerator,
                console=console,
                watch=watched(study) if prune and not trial.own else None,
            )
            say(trial, number, trials)
        return trial

    if options.own:
        run(space.own, 0)
    _ask_again(memory, study)
    fruitless, rng = 0, random.Random(options.seed)
    why = ""
    while (count := sum(trial.is_over and trial.name != OWN for trial in study.trials)) < trials:
        if fruitless and fruitless % FRUITLESS == 0:
            untried = _untried(space, study, rng)
            if untried is None:
                why = "all combinations have been tried"
                break
            memory.enqueue_trial(dict(untried))
        asked = memory.ask()
        made = space.candidate({axis.key: _suggest(asked, axis) for axis in space.axes})
        before = len(study.trials)
        trial = _run_or_misfit(study, made, lambda candidate: run(candidate, count + 1))
        fruitless = 0 if len(study.trials) > before else fruitless + 1
        _tell(memory, asked, trial, options.quality)
    time_models(study, options)
    return why


def watched(study: Study) -> Watch:
    """A watch that prunes what does worse than half of the trials that cost no more."""

    def look(trial: Trial) -> None:
        peers = peers_of(study, trial)
        median = hopeless(trial.curve, [peer.curve for peer in peers])
        if median is not None:
            share, error = trial.curve[-1]
            raise Pruned(
                f"after {share:.0%} of its budget its error was {error:.4f}, above {median:.4f}, the median of trials "
                "that cost no more"
            )

    return look


def peers_of(study: Study, trial: Trial) -> list[Trial]:
    """The trials that were measured or pruned and cost no more multiply-adds."""
    return [
        peer
        for peer in study.with_status(DONE, PRUNED)
        if peer.name != trial.name and peer.macs <= trial.macs and peer.curve
    ]


def _open(folder: Path, seed: int) -> optuna.Study:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    folder.mkdir(parents=True, exist_ok=True)
    file = (folder / "study.db").resolve()
    try:
        storage = optuna.storages.RDBStorage(f"sqlite:///{file}")
        known = optuna.get_all_study_names(storage)
        count = len(optuna.load_study(study_name="search", storage=storage).trials) if "search" in known else 0
        return optuna.create_study(
            study_name="search",
            storage=storage,
            load_if_exists=True,
            directions=["minimize", "minimize"],
            sampler=optuna.samplers.TPESampler(seed=seed + count, n_startup_trials=STARTUP),
        )
    except Exception as error:  # SQLAlchemy's and optuna's errors have no common base
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise PincelError(f"{file} cannot be used ({reason}); move it away to let the search begin anew") from None


def _ask_again(memory: optuna.Study, study: Study) -> None:
    """What was running when the search ended, and what gets another chance, is asked first, with the same choices."""
    from optuna.trial import TrialState

    for stale in memory.get_trials(deepcopy=False, states=(TrialState.RUNNING, TrialState.WAITING)):
        memory.tell(stale.number, state=TrialState.FAIL)
    for trial in study.trials:
        if not trial.is_over and trial.name != OWN:
            memory.enqueue_trial(trial.choices)


def _suggest(asked: optuna.Trial, axis: Axis) -> Value:
    if axis.low is None or axis.high is None:
        return asked.suggest_categorical(axis.key, list(axis.values))
    wide = axis.low > 0 and axis.high >= 10 * axis.low
    if isinstance(axis.low, int) and isinstance(axis.high, int):
        return asked.suggest_int(axis.key, axis.low, axis.high, log=wide)
    return float(f"{asked.suggest_float(axis.key, axis.low, axis.high, log=wide):.{DIGITS}g}")


def _run_or_misfit(study: Study, made: Candidate | Misfit, run: Callable[[Candidate], Trial]) -> Trial | None:
    """The candidate's trial; None, and a note, for what cannot be."""
    if isinstance(made, Candidate):
        try:
            return run(made)
        except RecipeError as error:  # the generator refused it when its cost was counted
            made = Misfit(made.name, made.choices, str(error))
    if all(misfit.name != made.name for misfit in study.misfits):
        study.misfits.append(made)
        study.save()
    return None


def _tell(memory: optuna.Study, asked: optuna.Trial, trial: Trial | None, judged_by: str) -> None:
    from optuna.trial import TrialState

    if trial is not None:
        asked.set_user_attr("name", trial.name)
    if trial is None or trial.status == PRUNED:
        memory.tell(asked, state=TrialState.PRUNED)
    elif trial.status == DONE and trial.figure(judged_by) == trial.figure(judged_by):
        sign = -1 if MEASURES[judged_by].higher_is_better else 1
        memory.tell(asked, [sign * trial.figure(judged_by), trial.macs])
    else:
        memory.tell(asked, state=TrialState.FAIL)


def _untried(space: Space, study: Study, rng: random.Random) -> Mapping[str, Value] | None:
    """A combination nobody has tried, by chance; None when there is none left, or axes have ranges and no end."""
    if any(axis.is_range for axis in space.axes):
        return {axis.key: _by_chance(axis, rng) for axis in space.axes}
    known = {trial.name for trial in study.trials} | {misfit.name for misfit in study.misfits}
    left = [c for c in space.grid()[0] if c.name not in known and not (c.own and OWN in known)]
    return rng.choice(left).choices if left else None


def _by_chance(axis: Axis, rng: random.Random) -> Any:
    if axis.low is None or axis.high is None:
        return rng.choice(axis.values)
    if isinstance(axis.low, int) and isinstance(axis.high, int):
        return rng.randint(axis.low, axis.high)
    return float(f"{rng.uniform(axis.low, axis.high):.{DIGITS}g}")


def _with_looks(recipe: Recipe, study: Study) -> Recipe:
    """The recipe with validations often enough to prune by, and without the outputs that would be kept at each."""
    epochs = study.budget.epochs or sum(phase.epochs for phase in recipe.phases)
    every = 1e-3 if study.budget.minutes is not None else min(recipe.validation.every, epochs / LOOKS)
    validation = recipe.validation.model_copy(update={"every": every, "outputs": False})
    return recipe.model_copy(update={"validation": validation})
