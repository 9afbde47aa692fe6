"""What training may be told beside its recipe."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from rich.console import Console

from pincel.errors import PincelError
from pincel.options import Options, option

__all__ = ["TrainingOptions"]


@dataclass(frozen=True, kw_only=True)
class TrainingOptions(Options):
    """How long a network is trained, and on what.

    Attributes:
        resume: go on where the run stopped, exactly.
        console: where progress is shown.
        on_validation: called after every validation, when its row and the state are written; what it raises ends the
            training, and ``resume`` can go on from there.
        began: when the work began, by `time.perf_counter`; ``minutes`` count from there to the end, and the steps that
            they allow are measured once and kept on resume.
    """

    minutes: float | None = option(None, "Time budget; the steps it allows are fixed.", low=0.01, high=525_600)
    epochs: float | None = option(None, "Passes over the photos; the recipe's by default.", low=0.001, high=1e6)
    devices: str = option("auto", "How many, or auto.")
    accelerator: str = option("auto", "cpu, cuda, mps or auto.")
    resume: bool = False
    console: Console = field(default_factory=lambda: Console(stderr=True), compare=False)
    on_validation: Callable[[], None] = lambda: None
    began: float = field(default_factory=time.perf_counter, compare=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.minutes and self.epochs:
            raise PincelError("give --minutes or --epochs, not both")
