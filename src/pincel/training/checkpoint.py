"""Exact resume: everything that changes while training, in one file that is never half-written."""

from __future__ import annotations

from dataclasses import asdict
from pickle import UnpicklingError

import torch
from pydantic import TypeAdapter
from torch import nn

from pincel.documents import first_problem
from pincel.errors import PincelError
from pincel.files import temporary_name, write_atomically
from pincel.training.learner import Learner
from pincel.training.progress import Progress
from pincel.training.run import Run

__all__ = ["load_checkpoint", "save_checkpoint", "save_weights"]


def save_checkpoint(run: Run, learner: Learner, progress: Progress) -> None:
    """Networks, optimisers, averages, the random states of torch and of the device, and the progress."""
    temporary = temporary_name(run.checkpoint)
    state = learner.state() | {"progress": asdict(progress), "rng": torch.get_rng_state()}
    if (device := learner.fabric.device).type != "cpu":
        state["device_rng"] = torch.get_device_module(device).get_rng_state()
    try:
        learner.fabric.save(temporary, state)
        learner.fabric.barrier()
        if learner.fabric.is_global_zero:
            temporary.replace(run.checkpoint)
    finally:
        temporary.unlink(missing_ok=True)


def load_checkpoint(run: Run, learner: Learner, steps: int) -> Progress:
    """Put the learner and the random states back.

    Args:
        run: with a checkpoint.
        learner: filled in place.
        steps: that are planned.

    Raises:
        PincelError: there is no checkpoint, it is damaged, or beyond the plan.
    """
    if not run.checkpoint.is_file():
        raise PincelError(f"{run.checkpoint} is gone; put a copy back, or begin another run with another --out")
    try:
        rest = learner.fabric.load(run.checkpoint, learner.state(), weights_only=True)
        torch.set_rng_state(rest["rng"].cpu())
        if "device_rng" in rest and (device := learner.fabric.device).type != "cpu":
            torch.get_device_module(device).set_rng_state(rest["device_rng"].cpu())
        progress = TypeAdapter(Progress).validate_python(rest["progress"])
        if not 0 <= progress.step <= steps:
            raise ValueError(f"its step {progress.step} is not one of the {steps} that are planned")
        return progress
    except Exception as error:  # reading a damaged file can raise nearly anything
        why = "it cannot be unpacked" if isinstance(error, UnpicklingError) else first_problem(error)
        raise PincelError(
            f"{run.checkpoint} is damaged or from another recipe ({why}); put a copy of the run "
            f"back, or begin another run, which {run.weights('last').name} can start if it is there (generator.weights)"
        ) from None


def save_weights(run: Run, which: str, painter: nn.Module) -> None:
    """Generator weights as safetensors, ``last`` or ``best``."""
    from safetensors.torch import save

    tensors = {name: value.detach().cpu().contiguous() for name, value in painter.state_dict().items()}
    write_atomically(run.weights(which), save(tensors))
