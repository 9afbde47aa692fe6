"""What torch raises in the middle of a training, as sentences for the user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from pincel.errors import PincelError
from pincel.training.plan import PlannedPhase

__all__ = ["explained_errors"]

FULL = ("DefaultCPUAllocator", "out of memory")  # in the messages of devices that have no error of their own for it


@contextmanager
def explained_errors(number: int, phase: PlannedPhase, saved: Path | None = None) -> Iterator[None]:
    """Around steps of a phase: turns what they may raise into a sentence.

    Args:
        number: of the phase, from 0.
        phase: whose steps they are.
        saved: weights from which another run may go on, if they are there; None where there is no run yet.

    Raises:
        PincelError: a batch does not fit in memory, or ``compile`` cannot be done here.
    """
    try:
        yield
    except RuntimeError as error:  # `torch.OutOfMemoryError` is one, and so is a `TorchDynamoException`
        from torch._dynamo.exc import TorchDynamoException  # heavy, and needed by nobody else

        if isinstance(error, TorchDynamoException):
            why = str(error).strip().splitlines()[0]
            raise PincelError(f"torch.compile does not work here ({why}); set compile=false") from None
        if not isinstance(error, torch.OutOfMemoryError) and not any(word in str(error) for word in FULL):
            raise
        raise PincelError(_of_memory(number, phase, saved)) from None


def _of_memory(number: int, phase: PlannedPhase, saved: Path | None) -> str:
    smaller = f"batch={phase.batch // 2}" if phase.batch > 1 else f"size={phase.size // 2}"
    fault = f"phase {number} ({phase.size} px in batches of {phase.batch}) does not fit in the memory that is free"
    if saved is None:
        return f"{fault}; set phases.{number}.{smaller}"
    start = f" generator.weights={saved}" if saved.is_file() else ""
    return f"{fault}; --resume goes on where there is more, or begin another run with phases.{number}.{smaller}{start}"
