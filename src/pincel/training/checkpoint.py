"""Exact resume: everything that changes while training, in one file that is never half-written."""

from __future__ import annotations

import os
from typing import Any

import torch
from lightning.fabric import Fabric
from torch import nn

from pincel.errors import PincelError
from pincel.files import write_atomically
from pincel.training.learner import Learner
from pincel.training.run import Run

__all__ = ["load_checkpoint", "save_checkpoint", "save_weights"]


def save_checkpoint(run: Run, fabric: Fabric, learner: Learner, progress: dict[str, Any]) -> None:
    """Networks, optimisers, averages, torch's random state and ``progress`` (step, best score, ...)."""
    temporary = run.checkpoint.with_suffix(f".tmp{os.getpid()}")
    state = learner.state() | {"progress": progress, "rng": torch.get_rng_state()}
    try:
        fabric.save(temporary, state)
        fabric.barrier()
        if fabric.is_global_zero:
            temporary.replace(run.checkpoint)
    finally:
        temporary.unlink(missing_ok=True)


def load_checkpoint(run: Run, fabric: Fabric, learner: Learner) -> dict[str, Any]:
    """Put the learner and torch's random state back; returns ``progress``.

    Raises:
        PincelError: there is no checkpoint, or it is damaged.
    """
    if not run.checkpoint.is_file():
        raise PincelError(f"{run.folder} has no checkpoint to resume from; start it anew without --resume")
    try:
        rest = fabric.load(run.checkpoint, learner.state(), weights_only=True)
        torch.set_rng_state(rest["rng"].cpu())
        return rest["progress"]
    except Exception as error:  # reading a damaged file can raise nearly anything
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise PincelError(f"{run.checkpoint} is damaged or from another recipe ({reason})") from None


def save_weights(run: Run, which: str, painter: nn.Module) -> None:
    """Generator weights as safetensors, ``last`` or ``best``."""
    from safetensors.torch import save

    tensors = {name: value.detach().cpu().contiguous() for name, value in painter.state_dict().items()}
    write_atomically(run.weights(which), save(tensors))
