"""Train every combination of a recipe's choices for the same budget, and remember what came of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from pincel.data.scan import scan
from pincel.errors import PincelError, RecipeError
from pincel.study.measure import cost_of
from pincel.study.options import GridOptions, StudyOptions
from pincel.study.record import FAILED, WAITING, Budget, Study, Trial, axes_to_json, resolved
from pincel.study.space import Candidate, Misfit, Space, sample
from pincel.study.trial import run_trial, time_models
from pincel.training.recipe import Recipe

__all__ = ["Plan", "begin_study", "classes_in", "plan_grid", "run_grid"]


@dataclass(frozen=True)
class Plan:
    """What a grid would train.

    Attributes:
        candidates: in the order of their cost, the recipe itself first. costs: parameters and multiply-adds of each.
        misfits: combinations that cannot be trained.
        of: how many combinations fit; more than ``candidates`` when they are a sample.
    """

    candidates: list[Candidate]
    costs: list[tuple[int, int]]
    misfits: list[Misfit]
    of: int = field(default=0)


def plan_grid(space: Space, options: GridOptions, classes: int = 0) -> Plan:
    """The candidates of a grid and what each costs, before anything is trained.

    Args:
        space: the recipe and its axes.
        options: how many, and whether the recipe as it is takes part too, unless a combination equals it.
        classes: that a conditional generator is told.

    Raises:
        RecipeError: no combination can be trained.
    """
    candidates, misfits = space.grid()
    fitting: list[tuple[Candidate, tuple[int, int]]] = []
    for candidate in candidates:
        try:
            fitting.append((candidate, cost_of(candidate.recipe, classes)))
        except RecipeError as error:
            misfits.append(Misfit(candidate.name, candidate.choices, str(error)))
    if not fitting:
        raise RecipeError(f"none of the {len(misfits)} combinations fits; the first: {misfits[0].reason}")
    costs = {candidate.name: cost for candidate, cost in fitting}
    chosen = sorted(sample([c for c, _ in fitting], options.sample, options.seed), key=lambda c: costs[c.name][::-1])
    if options.own and not any(candidate.own for candidate in chosen):
        first = next((candidate for candidate, _ in fitting if candidate.own), space.own)
        costs[first.name] = cost_of(first.recipe, classes)
        chosen.insert(0, first)
    return Plan(chosen, [costs[candidate.name] for candidate in chosen], misfits, len(fitting))


def begin_study(
    space: Space, folders: Sequence[Path], out: Path, kind: str, options: StudyOptions, command: str = ""
) -> Study:
    """A new study in ``out``, or the one that is there, when it is the same.

    Args:
        space: the recipe and its axes.
        folders: data sets.
        out: folder of the study.
        kind: ``grid`` or ``search``.
        options: how trials are run and judged.
        command: how the study was called.

    Raises:
        PincelError: no data folder, or the folder holds another study.
    """
    if not folders:
        raise PincelError("no data folder given; name one with --data")
    missing = next((folder for folder in folders if not folder.is_dir()), None)
    if missing:
        raise PincelError(f"data folder {missing} does not exist")
    recipe = space.recipe
    study = Study.begin(
        Study(
            folder=out,
            kind=kind,
            recipe=" ".join([str(space.source), *space.overrides]),
            recipe_yaml=recipe.to_yaml(),
            task=recipe.task,
            size=recipe.data.size,
            folders=resolved(folders),
            budget=Budget(options.minutes, options.epochs),
            axes=axes_to_json(space.axes),
            judged_by=options.quality,
            pictures=options.pictures,
            command=command,
        )
    )
    if options.retry:
        for trial in study.with_status(FAILED):
            trial.status, trial.reason, trial.attempts = WAITING, "", 0
    return study


def run_grid(
    study: Study,
    plan: Plan,
    options: StudyOptions,
    console: Console | None = None,
    on_trial: Callable[[Trial, int, int], None] | None = None,
) -> None:
    """Run what is not finished yet, one trial after the other, then time all networks in turns.

    Args:
        study: from `begin_study`; saved at every change.
        plan: from `plan_grid`.
        options: how.
        console: where the trainings show their progress.
        on_trial: called before and after each trial with (trial, its number, all).

    Raises:
        KeyboardInterrupt: stopped by Ctrl-C; everything is saved.
    """
    say = on_trial or (lambda _trial, _number, _all: None)
    recipes: dict[str, Recipe] = {}
    for candidate, (parameters, macs) in zip(plan.candidates, plan.costs, strict=True):
        recipes[candidate.name] = candidate.recipe
        if study.trial(candidate.name) is None:
            study.trials.append(Trial(candidate.name, dict(candidate.choices), parameters, macs, candidate.own))
    known = {misfit.name for misfit in study.misfits}
    study.misfits += [misfit for misfit in plan.misfits if misfit.name not in known]
    study.save()
    waiting = [trial for trial in study.trials if not trial.is_over and trial.name in recipes]
    for number, trial in enumerate(waiting, start=1):
        say(trial, number, len(waiting))
        run_trial(study, trial, recipes[trial.name], accelerator=options.accelerator, console=console)
        say(trial, number, len(waiting))
    time_models(study, options)


def classes_in(recipe: Recipe, folders: Sequence[Path]) -> int:
    """How many labels a conditional generator will be told; 0 for others."""
    if not recipe.generator.conditional:
        return 0
    return len({file.label for file in scan(folders)})
