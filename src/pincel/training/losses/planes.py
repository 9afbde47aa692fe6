"""What a network paints, as the planes that losses compare."""

from __future__ import annotations

import torch
from torch import Tensor

from pincel.tasks import Task
from pincel.tasks.colorize import AB_SCALE

__all__ = ["lab_to_rgb", "output_to_rgb"]


def output_to_rgb(task: Task, source: Tensor, output: Tensor) -> Tensor:
    """Differentiable `Task.decode` of a batch: (N, C, H, W) source and output in -1..1 -> sRGB (N, 3, H, W) in 0..1."""
    return (output + 1) / 2 if task.paints_rgb else lab_to_rgb(source, output)


def lab_to_rgb(source: Tensor, ab: Tensor) -> Tensor:
    """Differentiable: source L / 50 - 1 (N, 1, H, W) and ab / 110 (N, 2, H, W) -> sRGB (N, 3, H, W), not clipped."""
    from kornia.color import lab_to_rgb as kornia_lab_to_rgb

    return kornia_lab_to_rgb(torch.cat([(source + 1) * 50, ab * AB_SCALE], dim=1), clip=False)
