"""`open_fabric`: where a network is trained, or a sentence that says why not there."""

from __future__ import annotations

import torch
from lightning.fabric import Fabric

from pincel.errors import PincelError, join

__all__ = ["open_fabric"]


def open_fabric(accelerator: str = "auto", devices: str = "auto", precision: str = "32-true") -> Fabric:
    """Lightning's Fabric.

    Args:
        accelerator: ``cpu``, ``cuda``, ``mps`` or ``auto``.
        devices: how many, or ``auto``.
        precision: as in recipes.

    Raises:
        PincelError: this computer has no such accelerator, or not so many of them.
    """
    there = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if not there.get(accelerator, True):
        found = join([name for name, is_there in there.items() if is_there])
        raise PincelError(f"--accelerator {accelerator}: torch finds none on this computer; it finds {found}")
    try:
        count = int(devices) if devices.isdigit() else devices
        return Fabric(accelerator=accelerator, devices=count, precision=precision)  # type: ignore[arg-type]
    except Exception as error:  # Fabric has several kinds
        raise PincelError(f"--accelerator {accelerator} --devices {devices}: {str(error).splitlines()[0]}") from None
