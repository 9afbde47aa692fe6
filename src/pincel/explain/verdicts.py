"""The discriminator's map: the verdict on every patch of the painted and of the real picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from pincel.errors import PincelError
from pincel.explain.explained import Explained

__all__ = ["Verdicts", "patch_box", "verdicts"]


@dataclass(frozen=True)
class Verdicts:
    """Patch verdicts of one picture.

    Attributes:
        painted: float32 (h, w) logits; above 0 is taken for real.
        real: the same of the real picture; None when that is not known.
        receptive_field, stride, padding: which pixels each verdict sees.
        doubted: row and column of the painted patch that is believed least.
    """

    painted: np.ndarray
    real: np.ndarray | None
    receptive_field: int
    stride: int
    padding: int

    @property
    def doubted(self) -> tuple[int, int]:
        """Row and column of the painted patch with the lowest verdict."""
        row, column = np.unravel_index(int(self.painted.argmin()), self.painted.shape)
        return int(row), int(column)


def verdicts(
    explained: Explained, source: np.ndarray, output: np.ndarray, real: np.ndarray | None, label: int | None
) -> Verdicts:
    """What the discriminator makes of a painting.

    Args:
        explained: a run with a discriminator.
        source: float32 (C, H, W).
        output: float32 (C', H, W), painted.
        real: uint8 (H, W, 3), what should have been painted; None: not known.
        label: what the discriminator is told.

    Raises:
        PincelError: the run keeps none.
    """
    critic = explained.discriminator
    if critic is None:
        raise PincelError(
            f"{explained.name} keeps no discriminator (an .onnx file, or a run that was trained without one); "
            "leave 'discriminator' out of --methods"
        )
    labels = None if label is None else torch.tensor([label])

    def score(photo: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return critic(torch.from_numpy(source)[None], torch.from_numpy(photo)[None], labels)[0, 0].numpy()

    of_real = None if real is None else score(explained.task.encode_target(real))
    g = critic.geometry
    return Verdicts(score(output), of_real, g.receptive_field, g.stride, g.padding)


def patch_box(seen: Verdicts, row: int, column: int) -> tuple[int, int, int, int]:
    """x, y, width, height in pixels of what a verdict sees; it may reach over the picture's edge.

    >>> patch_box(Verdicts(np.zeros((2, 2)), None, 70, 8, 23), 1, 0)
    (-23, -15, 70, 70)
    """
    side = seen.receptive_field
    return column * seen.stride - seen.padding, row * seen.stride - seen.padding, side, side
