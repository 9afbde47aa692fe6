"""`View`: a batch as losses see it, and what most of them look at (`pincel.training.losses.table.Planes`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from pincel.data.pairs import Pair
from pincel.tasks import Task
from pincel.training.losses.color import ChromaRebalance
from pincel.training.losses.planes import output_to_rgb

__all__ = ["View", "output", "rgb"]


@dataclass(frozen=True)
class View:
    """A batch as losses see it; what several of them look at is made once.

    Attributes:
        task: whose output is compared.
        pair: the batch.
        painted: (N, C', H, W) what the generator paints of it, in -1..1.
        side: its side outputs by name, as far as they were asked for.
        bin_colors: (K, 2) ab of its bins in Lab units; K is 0 when it has none.
        label_share: of the labels that a training would count, where none of the batch was dropped.
        rebalance: weights of the target colours, when the recipe asks for them.
    """

    task: Task
    pair: Pair
    painted: Tensor
    side: Mapping[str, Tensor]
    bin_colors: Tensor
    label_share: float = 1.0
    rebalance: ChromaRebalance | None = None

    def without(self, labels: Sequence[int]) -> View:
        """The pictures of other classes."""
        label = self.pair.label
        asked = ~torch.isin(label, label.new_tensor(labels))
        return replace(self, pair=Pair(*(plane[asked] for plane in self.pair)), painted=self.painted[asked])

    @cached_property
    def rebalanced(self) -> Tensor:
        """(N, 1, H, W): the mask times the weights of the target colours."""
        mask = self.pair.mask
        return mask if self.rebalance is None else mask * self.rebalance(self.pair.target)

    @cached_property
    def rgb(self) -> tuple[Tensor, Tensor]:
        """(N, 3, H, W) painted and real, sRGB in 0..1, not clipped."""
        source = self.pair.source
        return output_to_rgb(self.task, source, self.painted), output_to_rgb(self.task, source, self.pair.target)


def output(view: View, weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Painted and target as the network paints, in -1..1, and the weight (N, 1, H, W)."""
    return view.painted, view.pair.target, weight


def rgb(view: View, weight: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Painted and real in sRGB, and the weight (N, 1, H, W)."""
    return *view.rgb, weight
