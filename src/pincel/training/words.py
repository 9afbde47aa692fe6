"""Sentences about a training that spare a user a wrong turn."""

from __future__ import annotations

from pincel.training.plan import PlannedPhase
from pincel.training.run import Run

__all__ = ["said_of_end", "said_of_first_step", "said_of_gain"]


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


def said_of_first_step(phase: PlannedPhase, seconds: float) -> str:
    """What to say of the first step of a shape, in which much is prepared on a GPU."""
    return f"first step of {phase.size} px in batches of {phase.batch}: {seconds:.1f} s"
