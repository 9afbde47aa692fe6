"""`WeightedLosses`: every loss of the table on one batch, with the weight that the recipe gives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from pincel.data.pairs import Pair
from pincel.tasks import Task
from pincel.training.losses.color import ChromaRebalance
from pincel.training.losses.table import LOSSES, function_at
from pincel.training.losses.view import View
from pincel.training.recipe_parts import LossRecipe

__all__ = ["WeightedLosses"]


class WeightedLosses:
    """The losses against the real picture.

    Args:
        task: whose output is compared.
        classes: names of the data's, in the order of their numbers.
        device: where batches come from.
        rebalance: weights of the target colours, when the recipe asks for them.
        bin_colors: (K, 2) ab of the generator's bins in Lab units; empty when it has none.
    """

    def __init__(
        self,
        task: Task,
        classes: Sequence[str],
        device: torch.device,
        rebalance: ChromaRebalance | None = None,
        bin_colors: Sequence[Sequence[float]] = (),
    ) -> None:
        self.task, self.classes, self.rebalance = task, list(classes), rebalance
        self.bin_colors = torch.tensor(bin_colors, device=device)
        self._functions = {
            name: (function_at(row.function), function_at(row.planes.function)) for name, row in LOSSES.items()
        }

    def __call__(
        self, pair: Pair, painted: Tensor, side: Mapping[str, Tensor], recipe: LossRecipe, label_share: float = 1.0
    ) -> dict[str, Tensor]:
        """The weighted parts by their names in the logs.

        A side output that is there takes part even with a weight of 0: distributed training wants a gradient of it.

        Args:
            pair: the batch.
            painted: (N, C', H, W) what the generator paints of it.
            side: its side outputs by name, as far as they were asked for.
            recipe: the weights.
            label_share: of the labels that a training would count, where none of the batch was dropped.
        """
        rebalance = self.rebalance if recipe.chroma_rebalance else None
        whole, parts = View(self.task, pair, painted, side, self.bin_colors, label_share, rebalance), {}
        for name, row in LOSSES.items():
            weight, settings = recipe.weight(name), recipe.settings(name)
            of = row.planes.side_output
            if of not in side if of else not weight:
                continue
            spared = settings.pop("except", [])
            view = whole.without([self.classes.index(label) for label in spared]) if spared else whole
            loss, planes = self._functions[name]
            if len(view.painted):
                value = loss(*planes(view, view.rebalanced if row.rebalanced else view.pair.mask), **settings)
            else:
                value = painted.new_zeros(())
            parts[row.part or name] = value * weight
        return parts
