"""`WeightedLosses`: every loss of the table on one batch, with the weight that the recipe gives it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import import_module
from typing import Any

import torch
from torch import Tensor

from pincel.data.pairs import Pair
from pincel.metrics.lite import LiteFeatures, shared_features
from pincel.tasks import Task
from pincel.training.losses.color import ChromaRebalance
from pincel.training.losses.planes import output_to_rgb
from pincel.training.losses.table import LOSSES, Loss
from pincel.training.recipe_parts import LossRecipe

__all__ = ["WeightedLosses", "function_of"]


def function_of(row: Loss) -> Callable[..., Tensor]:
    """The function that a row of the table names."""
    module, name = row.function.split(".")
    return getattr(import_module(f"pincel.training.losses.{module}"), name)


class WeightedLosses:
    """The losses against the real picture.

    Args:
        task: whose output is compared.
        classes: names of the data's, in the order of their numbers.
        device: where the perceptual loss's network looks.
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
        self.task, self.classes, self.device, self.rebalance = task, list(classes), device, rebalance
        self.bin_colors = torch.tensor(bin_colors, device=device)
        self._functions = {name: function_of(row) for name, row in LOSSES.items()}

    @cached_property
    def features(self) -> LiteFeatures:
        """The perceptual loss's frozen network; made when first needed."""
        return shared_features("lite0", self.device)

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
        look, parts = _Look(self, pair, painted, side, recipe, label_share), {}
        for name, row in LOSSES.items():
            weight, settings = recipe.weight(name), recipe.settings(name)
            if row.planes not in side and (row.of_side_output or not weight):
                continue
            seen = look.without(settings.pop("except")) if "except" in settings else look
            value = self._functions[name](*seen.planes(row), **settings) if len(seen.painted) else painted.new_zeros(())
            parts[row.part or name] = value * weight
        return parts


@dataclass
class _Look:
    """A batch as losses see it; what several of them look at is made once."""

    of: WeightedLosses
    pair: Pair
    painted: Tensor
    side: Mapping[str, Tensor]
    recipe: LossRecipe
    label_share: float

    def planes(self, row: Loss) -> tuple[Any, ...]:
        """What the function of a row is given (`Loss.planes`)."""
        pair, weight = self.pair, self._rebalanced if row.rebalanced else self.pair.mask
        match row.planes:
            case "output" | "ab":
                return self.painted, pair.target, weight
            case "rgb":
                return *self._rgb, weight
            case "features":
                return self.of.features, *self._rgb, weight
            case "bins":
                return self.side["bins"].float(), pair.target, weight, self.of.bin_colors
            case "label_logits":
                return self.side["label_logits"], pair.label, self.label_share

    def without(self, spared: Sequence[str]) -> _Look:
        """The pictures of other classes."""
        label = self.pair.label
        asked = ~torch.isin(label, label.new_tensor([self.of.classes.index(name) for name in spared]))
        return replace(self, pair=Pair(*(plane[asked] for plane in self.pair)), painted=self.painted[asked])

    @cached_property
    def _rebalanced(self) -> Tensor:
        if self.of.rebalance is None or not self.recipe.chroma_rebalance:
            return self.pair.mask
        return self.pair.mask * self.of.rebalance(self.pair.target)

    @cached_property
    def _rgb(self) -> tuple[Tensor, Tensor]:
        painted, real = (
            output_to_rgb(self.of.task, self.pair.source, output) for output in (self.painted, self.pair.target)
        )
        return painted, real
