"""Class labels inside networks: numbers 0 .. n-1 are classes, n is "unknown"."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["LabelEmbedding", "LabelPlanes", "unknown_labels"]


def unknown_labels(like: Tensor, classes: int) -> Tensor:
    """(N,) int64 labels that say "unknown" for the N pictures of ``like``."""
    return torch.full((like.shape[0],), classes, dtype=torch.int64, device=like.device)


class LabelPlanes(nn.Module):
    """One plane a class, 1 everywhere in the plane of the picture's class; all planes are 0 when it is unknown.

    Args:
        classes: how many.
    """

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.classes = classes
        self.register_buffer("one_hot", torch.eye(classes + 1)[:, :classes], persistent=False)

    def forward(self, picture: Tensor, label: Tensor | None) -> Tensor:
        """(N, C, H, W) and int64 (N,) labels, or None for unknown -> (N, C + classes, H, W)."""
        if not self.classes:
            return picture
        numbers = unknown_labels(picture, self.classes) if label is None else label
        planes = self.get_buffer("one_hot")[numbers][..., None, None]  # (N, classes, 1, 1)
        return torch.cat([picture, planes.expand(-1, -1, *picture.shape[-2:])], dim=1)


class LabelEmbedding(nn.Module):
    """A learnt vector a class, and one for "unknown", added to every position.

    All vectors start at 0: a network that learnt without labels paints as before until they have been trained.

    Args:
        classes: how many.
        channels: of what they are added to.
    """

    def __init__(self, classes: int, channels: int) -> None:
        super().__init__()
        self.classes = classes
        self.vectors = nn.Embedding(classes + 1, channels)
        nn.init.zeros_(self.vectors.weight)

    def forward(self, x: Tensor, label: Tensor | None) -> Tensor:
        """(N, channels, H, W) and int64 (N,) labels, or None for unknown -> the same shape."""
        numbers = unknown_labels(x, self.classes) if label is None else label
        return x + self.vectors(numbers)[..., None, None]
