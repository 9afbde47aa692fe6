"""What training may be told beside its recipe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pincel.errors import PincelError
from pincel.options import Options, option

__all__ = ["TrainingOptions"]


@dataclass(frozen=True, kw_only=True)
class TrainingOptions(Options):
    """How long a network is trained, and on what."""

    minutes: float | None = option(None, "Time budget; the steps it allows are fixed.", low=0.05, high=525_600)
    epochs: float | None = option(None, "Passes over the photos; the recipe's by default.", low=0.001, high=1e6)
    devices: str = option("auto", "How many, or auto.")
    accelerator: str = option("auto", "cpu, cuda, mps or auto.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.minutes and self.epochs:
            raise PincelError("give --minutes or --epochs, not both")

    def arguments(self) -> dict[str, Any]:
        """Those of `pincel.training.loop.train`."""
        devices = int(self.devices) if self.devices.isdigit() else self.devices
        budget = {"minutes": self.minutes, "epochs": self.epochs}
        return {**budget, "devices": devices, "accelerator": self.accelerator}
