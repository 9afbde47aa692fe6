"""How many steps a time budget allows: time a few, and a look at validation pictures, then plan the rest."""

from __future__ import annotations

import copy
import io
import statistics
import time
from collections.abc import Sequence

import torch

from pincel.data.pairs import PositionSampler
from pincel.text import counted
from pincel.training.dataset import TrainingData
from pincel.training.learner import Learner
from pincel.training.options import TrainingOptions
from pincel.training.plan import PlannedPhase, make_plan
from pincel.training.quick import wait_for
from pincel.training.recipe import Recipe
from pincel.training.step_errors import explained_errors
from pincel.training.validate import losses_of, validate

__all__ = ["plan_within", "time_look", "time_steps"]

MOST_LOOKS = 20  # validations beside those at the ends of phases: with few pictures an epoch is shorter than one
LOOKING = 0.15  # share of the time that they may take
TIMING = 0.2  # share of the time for timing steps; 15 s a phase at most
LOOKED_AT = 16  # pictures
CLOSE = 1.15  # times the budget: what comes on top of more is said


def plan_within(learner: Learner, data: TrainingData, options: TrainingOptions) -> tuple[Recipe, list[PlannedPhase]]:
    """The phases of the learner's recipe in steps; with ``minutes``, as many as the time that is left allows.

    Args:
        learner: is as before afterwards.
        data: what it learns from.
        options: how long; the time ends with the training, validations included.

    Returns:
        The recipe, with validations seldom enough for the time, and its phases.
    """
    recipe, minutes, began = learner.recipe, options.minutes, options.began
    world = learner.fabric.world_size
    plan = make_plan(recipe, len(data.passes), world=world, epochs=options.epochs)
    if minutes is None:
        return recipe, plan
    from torch.utils.tensorboard.writer import SummaryWriter  # noqa: F401 - slow to import, so before the clock is read

    device = learner.fabric.device
    random_state = torch.random.fork_rng([device] if device.type == "cuda" else [])
    with options.console.status("timing a few steps ..."), random_state:
        most = TIMING * max(0.0, began + 60 * minutes - time.perf_counter())
        steps, starts = time_phases(learner, data, plan, most)
        look = time_look(learner, data, plan[-1])
    left = began + 60 * minutes - time.perf_counter()
    steps, starts, look, left = learner.fabric.broadcast((steps, starts, look, left))  # all devices plan the same
    looks = max(1, min(MOST_LOOKS, int(LOOKING * left / look)))
    measured = len(plan) + (recipe.generator.weights is not None)  # at the end of each phase, and what it starts from
    needed = sum(starts) + look * (measured + 1)  # the first checkpoint, and closing, take about one more
    passes = 0.0
    for _ in range(2):  # fewer steps may be fewer looks
        seconds = max(0.0, left - needed - looks * look)
        plan = make_plan(recipe, len(data.passes), world=world, seconds=seconds, step_seconds=steps)
        passes = sum(phase.steps * phase.batch for phase in plan) * world / len(data.passes)
        looks = min(looks, int(passes / recipe.validation.every))
    recipe = validate_seldom(recipe, passes, max(1, looks))
    whole = sum(phase.steps * cost for phase, cost in zip(plan, steps, strict=True)) + needed + looks * look
    if whole > CLOSE * left + (CLOSE - 1) * 60 * minutes:
        options.console.print(
            f"--minutes {minutes:g} is too short for {counted(len(plan), 'phase')} of one step and one validation at "
            f"least: about {counted(whole - left, 'second')} come on top",
            highlight=False,
            soft_wrap=True,
        )
    return recipe, plan


def validate_seldom(recipe: Recipe, passes: float, most: int) -> Recipe:
    """At most so many validations in all passes, beside those at the ends of phases."""
    every = max(recipe.validation.every, passes / most)
    return recipe.model_copy(update={"validation": recipe.validation.model_copy(update={"every": every})})


def time_phases(
    learner: Learner, data: TrainingData, plan: Sequence[PlannedPhase], most: float
) -> tuple[list[float], list[float]]:
    """`time_steps` of each phase; beyond ``most`` seconds by the first phase and the number of pixels."""
    costs: list[tuple[float, float]] = []
    began = time.perf_counter()
    for number, phase in enumerate(plan):
        late = bool(costs) and time.perf_counter() - began > most
        if learner.fabric.broadcast(late):
            first = plan[0]
            step, start = costs[0]
            costs.append((step * phase.batch * phase.size**2 / (first.batch * first.size**2), start))
        else:
            with explained_errors(number, phase):
                costs.append(time_steps(learner, data, phase, min(15.0, most / len(plan))))
    return [step for step, _ in costs], [start for _, start in costs]


def time_steps(learner: Learner, data: TrainingData, phase: PlannedPhase, most: float = 15.0) -> tuple[float, float]:
    """Mean seconds of up to 50 steps (2 at least, ``most`` seconds) of one phase, and how much longer the first takes.

    Views are made as in training. The learner is as before afterwards.
    """
    state = copy.deepcopy({name: part.state_dict() for name, part in learner.state().items()})
    sampler = PositionSampler(data.passes, phase.batch, 50)
    seconds: list[float] = []
    learner.train(phase)
    begin = time.perf_counter()
    for pair in data.batches(phase.size, sampler, learner.fabric):
        learner.step(pair, phase, phase.start + phase.critic_steps)
        end = time.perf_counter()
        seconds.append(end - begin)
        begin = end
        if not learner.fabric.broadcast(len(seconds) < 2 or sum(seconds) < most):
            break
    wait_for(learner.fabric.device)
    seconds[-1] += time.perf_counter() - begin
    for name, part in learner.state().items():
        part.load_state_dict(state[name])
    mean = statistics.fmean(seconds[1:])
    return mean, max(0.0, seconds[0] - mean)


def time_look(learner: Learner, data: TrainingData, phase: PlannedPhase) -> float:
    """Seconds that a validation takes, with its sample sheet and the checkpoint after it, by a look at few pictures."""
    wanted = learner.recipe.validation
    pairs = data.pairs("val", learner.recipe.data.size, min(wanted.pictures, LOOKED_AT))
    begin = time.perf_counter()
    validate(learner.painter(), pairs, learner.fabric.device, batch=phase.batch, losses=losses_of(learner, phase))
    each = (time.perf_counter() - begin) / len(pairs)
    count = min(wanted.pictures, len(data.val)) + wanted.samples + (len(data.val) if wanted.outputs else 0)
    begin = time.perf_counter()
    torch.save({name: part.state_dict() for name, part in learner.state().items()}, io.BytesIO())
    learner.train(phase)
    return each * count + time.perf_counter() - begin
