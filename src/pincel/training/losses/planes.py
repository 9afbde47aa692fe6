"""What a network paints, as the planes that losses compare."""

from __future__ import annotations

import torch
from torch import Tensor

from pincel.tasks import Task

__all__ = ["output_to_rgb"]


def output_to_rgb(task: Task, source: Tensor, output: Tensor) -> Tensor:
    """Differentiable `Task.decode` of a batch: (N, C, H, W) source and output in -1..1 -> sRGB (N, 3, H, W) in 0..1."""
    return task.to_rgb(source, output, _lab_to_rgb)


def _lab_to_rgb(light: Tensor, ab: Tensor) -> Tensor:
    """Differentiable: L (N, 1, H, W) in 0..100 and ab (N, 2, H, W) -> sRGB (N, 3, H, W), not clipped."""
    from kornia.color import lab_to_rgb

    return lab_to_rgb(torch.cat([light, ab], dim=1), clip=False)
