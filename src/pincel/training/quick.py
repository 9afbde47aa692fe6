"""What makes the steps of a GPU quick; on other devices nothing changes."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import nn

__all__ = ["maybe_compiled", "quicken", "wait_for"]

Network = TypeVar("Network", bound=nn.Module)


def quicken(device: torch.device) -> str:
    """Let a GPU multiply float32 by its matrix units, and choose its convolutions by trying.

    Returns:
        What to say of it; empty where nothing was done.
    """
    if device.type != "cuda":
        return ""
    torch.set_float32_matmul_precision("high")  # convolutions do so without being told
    torch.backends.cudnn.benchmark = True
    return (
        "the GPU multiplies float32 as TensorFloat32 (10 bits of mantissa), and chooses its convolutions at the first "
        "step of each size"
    )


def maybe_compiled(network: Network, wanted: bool | str, device: torch.device) -> Network:
    """The network for `Fabric.setup`, compiled at its first step of each shape where the recipe's ``compile`` says so.

    What holds its weights, and what a checkpoint holds of it, is the same with and without.

    Args:
        network: that learns.
        wanted: ``auto`` compiles on a GPU.
        device: where it learns.
    """
    if wanted is True or (wanted == "auto" and device.type == "cuda"):
        return torch.compile(network, dynamic=False)  # type: ignore[return-value]
    return network


def wait_for(device: torch.device) -> None:
    """Until a device has done what it was told, so that a clock tells the truth."""
    if device.type != "cpu":
        torch.accelerator.synchronize(device)
