"""How many steps each phase takes, and the learning rate at each of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from pincel.training.old_keys import plan_of_today
from pincel.training.recipe import Recipe
from pincel.training.recipe_parts import AdversarialKind, LossRecipe, OptimizerRecipe

__all__ = ["PlannedPhase", "make_plan", "plan_from_facts", "plan_to_facts", "rate"]


WARMUP_STEPS = 20  # at least, where a phase warms up and is twice as long: Adam must first know its gradients


@dataclass(frozen=True)
class PlannedPhase:
    """A phase with everything resolved.

    Attributes:
        start: first step, counted over the whole training. steps: how many.
        pictures_before: pictures seen before it, over all devices.
    """

    start: int
    steps: int
    pictures_before: int
    size: int
    batch: int
    adversarial: float
    critic_steps: int
    adversarial_kind: AdversarialKind
    losses: LossRecipe
    optimizer: OptimizerRecipe

    @property
    def end(self) -> int:
        """The step after its last."""
        return self.start + self.steps

    def learning_rate(self, step: int, lr: float) -> float:
        """Warm-up and cosine decay of ``lr`` at a step of the whole training (``plateau``: the warm-up alone)."""
        o = self.optimizer
        final = 1.0 if o.schedule == "plateau" else o.final_lr
        return lr * rate((step - self.start + 1) / self.steps, self.warmup, final)

    @property
    def warmup(self) -> float:
        """Share of the phase in which the rate rises: the recipe's, but not fewer than 20 steps or half of a phase."""
        share = self.optimizer.warmup
        return max(share, min(0.5, WARMUP_STEPS / self.steps)) if share else 0.0


def rate(progress: float, warmup: float, final: float) -> float:
    """Factor on the learning rate after ``progress`` (0..1) of a phase: linear rise, then half a cosine to ``final``.

    >>> [round(rate(p, 0.1, 0.0), 2) for p in (0.05, 0.1, 0.55, 1.0)]
    [0.5, 1.0, 0.5, 0.0]
    """
    if progress < warmup:
        return progress / warmup
    decay = (progress - warmup) / (1 - warmup)
    return final + (1 - final) * (1 + math.cos(math.pi * decay)) / 2


def make_plan(
    recipe: Recipe,
    count: int,
    *,
    world: int = 1,
    epochs: float | None = None,
    seconds: float | None = None,
    step_seconds: Sequence[float] = (),
) -> list[PlannedPhase]:
    """Turn epochs or a time budget into steps.

    Args:
        recipe: its phases give the proportions.
        count: training pictures that a pass draws.
        world: devices.
        epochs: passes in all; the sum of the recipe's phases when None.
        seconds: time in all, instead of ``epochs``.
        step_seconds: measured seconds a step takes in each phase; needed with ``seconds``.
    """
    batches = [phase.batch * world for phase in recipe.phases]
    steps_for_one_unit = [phase.epochs * count / batch for phase, batch in zip(recipe.phases, batches, strict=True)]
    if seconds is not None:
        scale = seconds / sum(n * s for n, s in zip(steps_for_one_unit, step_seconds, strict=True))
    else:
        total = sum(phase.epochs for phase in recipe.phases)
        scale = 1 if epochs is None else epochs / total
    plan: list[PlannedPhase] = []
    start = pictures = 0
    for phase, batch, steps in zip(recipe.phases, batches, steps_for_one_unit, strict=True):
        whole = max(1, round(steps * scale))
        planned = PlannedPhase(
            start=start,
            steps=whole,
            pictures_before=pictures,
            critic_steps=round(phase.critic_first * whole),
            adversarial_kind=recipe.discriminator.adversarial_kind,
            **{name: getattr(phase, name) for name in ("size", "batch", "adversarial", "losses", "optimizer")},
        )
        plan.append(planned)
        start, pictures = planned.end, pictures + whole * batch
    return plan


def plan_to_facts(plan: Sequence[PlannedPhase]) -> list[dict[str, Any]]:
    """The plan as JSON."""
    return TypeAdapter(list[PlannedPhase]).dump_python(list(plan), mode="json")


def plan_from_facts(facts: Sequence[dict[str, Any]]) -> list[PlannedPhase]:
    """The plan a run was begun with: schedules of a resumed run go on as they were.

    Raises:
        ValueError: it is none: no phase, one without steps, or one that does not begin where the one before ends.
    """
    plan = TypeAdapter(list[PlannedPhase]).validate_python(plan_of_today(facts))
    ends = [0, *(phase.end for phase in plan)]
    if not plan or any(phase.start != end or phase.steps < 1 for phase, end in zip(plan, ends, strict=False)):
        raise ValueError("its phases do not follow each other")
    return plan
