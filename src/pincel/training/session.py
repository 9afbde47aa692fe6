"""`Session`: everything that a training works with, in one hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import torch
from lightning.fabric import Fabric

from pincel.data.pairs import Pair, PositionSampler
from pincel.training.dataset import TrainingData
from pincel.training.kept_pairs import KeptPairs
from pincel.training.learner import Learner
from pincel.training.log import TrainingLog
from pincel.training.plan import PlannedPhase
from pincel.training.progress import Progress
from pincel.training.recipe import Recipe
from pincel.training.run import Run

__all__ = ["Session"]


@dataclass(frozen=True)
class Session:
    """A training between its beginning and its end; `pincel.training.begin` opens it.

    Attributes:
        recipe: the experiment, with validations as seldom as the time allows.
        run: where everything is kept.
        fabric: where it is computed.
        data: what is learnt from.
        learner: what learns.
        plan: its phases in steps.
        progress: where it is.
        log: what it says.
        on_validation: called after every validation of a phase, when its row and the state are written.
    """

    recipe: Recipe
    run: Run
    fabric: Fabric
    data: TrainingData
    learner: Learner
    plan: list[PlannedPhase]
    progress: Progress
    log: TrainingLog
    on_validation: Callable[[], None]

    @cached_property
    def looked_at(self) -> KeptPairs:
        """The pictures by which every validation measures."""
        recipe = self.recipe
        return KeptPairs(self.data.pairs("val", recipe.data.size, recipe.validation.pictures), self.fabric.device)

    @cached_property
    def whole_side(self) -> KeptPairs:
        """The whole validation side, for the outputs that are kept."""
        return KeptPairs(self.data.pairs("val", self.recipe.data.size), self.fabric.device)

    def seen(self, phase: PlannedPhase) -> int:
        """Pictures seen so far, over all devices, with those of earlier phases."""
        return phase.pictures_before + (self.progress.step - phase.start) * phase.batch * self.fabric.world_size

    def epoch(self, phase: PlannedPhase) -> float:
        """Passes over the training pictures so far."""
        return self.seen(phase) / len(self.data.passes)

    def batches(self, phase: PlannedPhase) -> Iterator[Pair]:
        """What this device is still to learn in a phase, already on it."""
        fabric, left = self.fabric, phase.end - self.progress.step
        place = self.recipe.seed, fabric.global_rank, fabric.world_size
        sampler = PositionSampler(self.data.passes, phase.batch, left, self.seen(phase), *place)
        return self.data.batches(phase.size, sampler, fabric)

    def any_device(self, *flags: bool) -> list[bool]:
        """Each flag: whether any device raised it. All devices must save, and stop, at the same step."""
        if self.fabric.world_size == 1:
            return list(flags)
        own = torch.tensor(flags, dtype=torch.float32, device=self.fabric.device)
        return [bool(count) for count in self.fabric.all_reduce(own, reduce_op="sum")]  # type: ignore[union-attr]
