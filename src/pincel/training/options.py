"""`TrainOptions`: how long and where a recipe is trained."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from rich.console import Console

__all__ = ["TrainOptions"]


@dataclass(frozen=True, kw_only=True)
class TrainOptions:
    """What `pincel.training.loop.train` is told beside the recipe, and all that train by it.

    Attributes:
        minutes: time budget, from ``began`` to the end: the steps it allows are measured once, stored, and kept on
            resume.
        epochs: passes over the data, instead of the recipe's.
        resume: go on where the run stopped, exactly.
        devices: how many, or ``auto``.
        accelerator: ``cpu``, ``cuda``, ``mps`` or ``auto``.
        console: where progress is shown.
        on_validation: called after every validation, when its row and the state are written; what it raises ends the
            training, and ``resume`` can go on from there.
        began: when the work began, by `time.perf_counter`.
    """

    minutes: float | None = None
    epochs: float | None = None
    resume: bool = False
    devices: int | str = "auto"
    accelerator: str = "auto"
    console: Console = field(default_factory=lambda: Console(stderr=True))
    on_validation: Callable[[], None] = lambda: None
    began: float = field(default_factory=time.perf_counter)
