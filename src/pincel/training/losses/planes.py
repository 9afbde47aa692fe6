"""What a network paints, as the planes that losses compare and critics judge."""

from __future__ import annotations

from torch import Tensor

from pincel.metrics.tensor_color import lab_to_rgb
from pincel.models.discriminators.base import Discriminator
from pincel.tasks import Task

__all__ = ["output_to_rgb", "planes_for"]


def output_to_rgb(task: Task, source: Tensor, output: Tensor) -> Tensor:
    """Differentiable `Task.decode` of a batch: (N, C, H, W) source and output in -1..1 -> sRGB (N, 3, H, W) in 0..1."""
    return task.to_rgb(source, output, lab_to_rgb)


def planes_for(critic: Discriminator, task: Task, source: Tensor, output: Tensor, mask: Tensor | None = None) -> Tensor:
    """What a critic is shown of an output (`Discriminator.planes`); all of it is photo when the mask is None."""
    if critic.planes == "output":
        return output
    rgb = output_to_rgb(task, source, output)
    return rgb if mask is None else rgb * mask
