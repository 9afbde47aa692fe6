"""`Balance`: the weights of losses as shares of the gradient, so that they mean the same in every recipe."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from lightning.fabric import Fabric
from torch import Tensor

__all__ = ["Balance"]

LEAST_RATE = 0.1  # of a step in the running means, so that they follow what is learnt


class Balance:
    """Scales losses by the norms of their gradients at what the generator paints.

    The first of them keeps its scale. Beside it one with a weight of 1.2 has 1.2 times the gradient that the first
    would have with a weight of 1, whatever its values are. Norms are running means over steps and devices.

    Args:
        fabric: where it runs.
    """

    def __init__(self, fabric: Fabric) -> None:
        self.fabric = fabric
        self._norms: dict[str, Tensor] = {}  # of each loss without its weight: mean and steps

    def __call__(
        self, parts: Mapping[str, Tensor], weights: Mapping[str, float], painted: Tensor, seen: Tensor
    ) -> dict[str, Tensor]:
        """``loss_g`` and the scaled parts by name; only of ``loss_g`` gradients reach the generator.

        Args:
            parts: the weighted losses.
            weights: of those that are scaled; the first of them keeps its scale.
            painted: (N, C, H, W) of the generator.
            seen: the same as a leaf, from which the parts were computed. Where it wants no gradient, nothing is learnt
                and the norms stay as they are.
        """
        gradients = self._gradients(parts, seen) if seen.requires_grad else {}
        self._note({name: gradients[name].norm() / weight for name, weight in weights.items() if name in gradients})
        scales = self._scales(weights)
        scaled = {name: part * scales.get(name, 1.0) for name, part in parts.items()}
        total = torch.stack([part.detach() if name in gradients else part for name, part in scaled.items()]).sum()
        if gradients:  # backward goes through the losses only once: from here on their gradients are known
            gradient = torch.stack([one * scales.get(name, 1.0) for name, one in gradients.items()]).sum(0)
            carrier = (painted * gradient).sum()
            total = total + (carrier - carrier.detach())
        return {"loss_g": total, **scaled}

    def state_dict(self) -> dict[str, Tensor]:
        """What a checkpoint holds of it."""
        return dict(self._norms)

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what a checkpoint holds."""
        self._norms = {name: record.to(self.fabric.device) for name, record in state.items()}

    def _gradients(self, parts: Mapping[str, Tensor], seen: Tensor) -> dict[str, Tensor]:
        """Gradients of the parts at ``seen``, of those that look at it."""
        unit = torch.ones((), device=seen.device, requires_grad=True)
        self.fabric.backward(unit)
        assert unit.grad is not None  # the scale of gradients, where the precision is 16-mixed
        gradients: dict[str, Tensor] = {}
        for name, part in parts.items():
            if part.requires_grad:
                self.fabric.backward(part, inputs=[seen], retain_graph=True)
            if seen.grad is not None:
                gradients[name], seen.grad = seen.grad / unit.grad, None
        return gradients

    def _note(self, norms: Mapping[str, Tensor]) -> None:
        if not norms:
            return
        found = torch.stack(list(norms.values()))
        if self.fabric.world_size > 1:
            found = self.fabric.all_reduce(found, reduce_op="mean")
        for name, norm in zip(norms, found, strict=True):  # type: ignore[arg-type]
            before = self._norms.get(name, norm.new_zeros(2))
            mean, steps = before[0], before[1] + 1
            after = torch.stack([mean + (norm - mean) * (1 / steps).clamp(min=LEAST_RATE), steps])
            self._norms[name] = torch.where(norm.isfinite(), after, before)

    def _scales(self, weights: Mapping[str, float]) -> dict[str, Tensor]:
        """1 for the first, and for those that have had no gradient yet."""
        means = {name: self._norms[name][0] for name in weights if name in self._norms}
        first = next(iter(means), "")
        return {name: torch.where(mean > 0, means[first] / mean, 1.0) for name, mean in means.items()}
