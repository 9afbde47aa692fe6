"""Sentences about a training that spare a user a wrong turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pincel.training.recipe import Recipe
from pincel.training.run import Run

__all__ = ["kept_by_phases", "said_of_end", "said_of_gain"]

OF_PHASES = {"data.size": "size", "data.batch": "batch", "losses": "losses", "optimizer": "optimizer"}


def kept_by_phases(recipe: Recipe, overrides: Sequence[str]) -> Iterator[str]:
    """Of each change to a recipe that some phases do not see, since they have their own: which, and how to reach them.

    Args:
        recipe: with the changes.
        overrides: as ``data.batch=1``.
    """
    given = dict(override.split("=", 1) for override in overrides)
    for key, value in given.items():
        part = next((part for part in OF_PHASES if key == part or key.startswith(f"{part}.")), None)
        if part is None:
            continue
        name = OF_PHASES[part]
        places = {number: f"phases.{number}.{name}" for number, phase in enumerate(recipe.phases)}
        kept = [
            number
            for number, place in places.items()
            if getattr(recipe.phases[number], name) is not None and not any(other.startswith(place) for other in given)
        ]
        if kept:
            numbers = ", ".join(map(str, kept))
            whose = f"phase {numbers} has its" if len(kept) == 1 else f"phases {numbers} have their"
            yield f"{key} does not change all: {whose} own {name}; add {places[kept[0]]}{key[len(part) :]}={value}"


def said_of_gain(run: Run) -> str:
    """What to say of a run that became no better than what it started from; empty where it did, or nobody knows."""
    recipe = run.recipe()
    monitor = recipe.validation.monitor
    start, *later = [(row["step"], row[monitor]) for row in run.rows("validation") if monitor in row] or [(1, 0.0)]
    best = min((value for _, value in later), default=None)
    if start[0] > 0 or best is None or best < start[1]:
        return ""
    return (
        f"{run.folder} gained nothing: {monitor} was {start[1]:.4g} at its start and {best:.4g} at best later, so "
        f"{run.weights('best').name} is what it started from; try more photos, or a lower optimizer.lr"
    )


def said_of_end(run: Run, step: int, steps: int) -> str:
    """What to say when a run is resumed that has nothing left to do."""
    why = f"its {steps:,} steps are done" if step == steps else f"nothing improved any more at step {step:,}"
    return (
        f"{run.folder} is finished ({why}); to learn more, start another run from it, as: pincel train "
        f"{run.folder / 'recipe.yaml'} generator.weights={run.weights('last')} --data FOLDER --out ANOTHER"
    )
