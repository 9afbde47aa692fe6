"""How many steps a time budget allows: time a few, then plan."""

from __future__ import annotations

import copy
import statistics
import time
from collections.abc import Sequence

import torch
from rich.console import Console

from pincel.data.pairs import Pair
from pincel.training.dataset import TrainingData
from pincel.training.learner import Learner
from pincel.training.plan import PlannedPhase, make_plan
from pincel.training.recipe import Recipe

__all__ = ["plan_within", "time_steps", "validate_seldom"]


def plan_within(
    recipe: Recipe,
    data: TrainingData,
    learner: Learner,
    minutes: float | None,
    epochs: float | None,
    console: Console,
) -> list[PlannedPhase]:
    """The recipe's phases in steps; with ``minutes``, as many as the time allows, by timing a few of each phase.

    Args:
        recipe: the experiment.
        data: what it learns from.
        learner: is as before afterwards.
        minutes: time budget; None: none.
        epochs: passes over the data, instead of the recipe's; None: the recipe's.
        console: where it says what it does.
    """
    world = learner.fabric.world_size
    plan = make_plan(recipe, len(data.train), world=world, epochs=epochs)
    if minutes is None:
        return plan
    with console.status("timing a few steps ..."):
        seconds = [time_steps(recipe, data, learner, phase) for phase in plan]
    seconds = learner.fabric.broadcast(seconds)  # every device must plan the same
    return make_plan(
        recipe, len(data.train), world=world, seconds=minutes * 60 * 0.95, step_seconds=seconds
    )  # 5 % for validation


def validate_seldom(recipe: Recipe, plan: Sequence[PlannedPhase], count: float) -> Recipe:
    """At most 20 validations in a time budget: with few pictures an epoch takes less time than a validation."""
    epochs = sum(phase.steps * phase.batch for phase in plan) / count
    every = max(recipe.validation.every, epochs / 20)
    return recipe.model_copy(update={"validation": recipe.validation.model_copy(update={"every": every})})


def time_steps(recipe: Recipe, data: TrainingData, learner: Learner, phase: PlannedPhase) -> float:
    """Median seconds of up to 50 steps (15 s at most) of one phase; the learner is as before afterwards."""
    state = copy.deepcopy({name: part.state_dict() for name, part in learner.state().items()})
    pairs = data.pairs(recipe, "train", phase.size)
    batch = Pair(*map(torch.stack, zip(*(pairs[i % len(pairs)] for i in range(phase.batch)), strict=True)))
    batch = Pair(*(part.to(learner.fabric.device) for part in batch))
    seconds: list[float] = []
    learner.train(phase)
    while learner.fabric.broadcast(len(seconds) < 5 or (sum(seconds) < 15 and len(seconds) < 50)):
        begin = time.perf_counter()
        learner.step(batch, phase, phase.start + phase.critic_steps)
        seconds.append(time.perf_counter() - begin)
    for name, part in learner.state().items():
        part.load_state_dict(state[name])
    return statistics.median(seconds[1:])
