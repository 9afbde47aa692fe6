"""Distillation: a student learns from what a finished network paints, and from what it computes on the way.

Its own losses against the photo stay as they are. The output's distance is Aguinaldo et al.'s (2019, "Compressing GANs
using knowledge distillation"); that of inner features, with 1x1 convolutions from the student's width to the teacher's,
is that of FitNets (Romero et al. 2015), which Li et al. (2020, "GAN compression") brought to pix2pix.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import torch
from lightning.fabric import Fabric
from torch import Tensor, nn
from torch.nn import functional as F

from pincel.data.pairs import Pair
from pincel.errors import RecipeError
from pincel.models.generators.base import Generator
from pincel.training.losses.pixels import l1, masked_mean
from pincel.training.recipe_parts import DistillationRecipe
from pincel.training.teacher import Teacher

__all__ = ["Distillation", "feature_distance", "layer_sizes", "pair_layers"]

KEY = "distillation.layers"


def feature_distance(student: Tensor, teacher: Tensor, mask: Tensor) -> Tensor:
    """Mean squared error of features over the mean square of the teacher's: 0 is equal, 1 no better than zeros.

    The ratio makes layers of all scales, and so the recipe's weight, comparable.

    Args:
        student: (N, C, h, w), already projected to the teacher's C.
        teacher: (N, C, h', w'); brought to (h, w) bilinearly when it differs.
        mask: (N, 1, H, W); a position counts as much as its part of the picture is photo.
    """
    height, width = student.shape[-2:]
    if teacher.shape[-2:] != (height, width):
        teacher = F.interpolate(teacher, (height, width), mode="bilinear", align_corners=False)
    weight = F.adaptive_avg_pool2d(mask, (height, width))
    power = masked_mean(teacher.square(), weight)
    return masked_mean((student - teacher).square(), weight) / power.clamp(min=1e-6)


def layer_sizes(network: Generator, size: int) -> dict[str, torch.Size]:
    """Shapes (1, C, h, w) of what the steps of a network give for a square picture, in the order they run.

    Steps are the members of its lists of layers: ``down.0``, ``up.3``, ``decoder.1``.
    """
    seen: dict[str, torch.Size] = {}
    names = [
        f"{name}.{number}"
        for name, part in network.named_children()
        if isinstance(part, nn.ModuleList)
        for number in range(len(part))
    ]

    def note(name: str, _module: nn.Module, _inputs: Any, output: Any) -> None:
        if isinstance(output, Tensor) and output.ndim == 4:
            seen[name] = output.shape

    handles = [network.get_submodule(name).register_forward_hook(partial(note, name)) for name in names]
    parameter = next(network.parameters())
    source = torch.zeros(1, network.in_channels, size, size, device=parameter.device)
    training = network.training
    with torch.no_grad():
        network.eval()(source)
    network.train(training)
    for handle in handles:
        handle.remove()
    return seen


def pair_layers(
    student: Mapping[str, torch.Size], teacher: Mapping[str, torch.Size], wanted: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Which of the student's layers learns from which of the teacher's.

    Args:
        student: its `layer_sizes`.
        teacher: the same of the teacher.
        wanted: by name, as in the recipe; when empty, of each size that both have the last layers that run, which is
            where a U-Net knows most at that size.

    Raises:
        RecipeError: an unknown layer, or no common size.
    """
    for names, known, whose in ((wanted, student, "student"), (wanted.values(), teacher, "teacher")):
        for name in names:
            if name not in known:
                raise RecipeError(f"recipe key '{KEY}': the {whose} has no layer '{name}'; it has: {', '.join(known)}")
    if wanted:
        return list(wanted.items())
    own, taught = ({shape[-2:]: name for name, shape in shapes.items()} for shapes in (student, teacher))
    pairs = [(own[size], taught[size]) for size in own if size in taught]
    if not pairs:
        raise RecipeError(
            f"recipe key '{KEY}': student and teacher have no layers of equal size; name pairs of them, as in "
            f"{{{next(iter(student), 'LAYER')}: {next(iter(teacher), 'LAYER')}}}"
        )
    return pairs


class Distillation:
    """The losses against a teacher, and the projections that learn with the student and are then thrown away.

    Args:
        recipe: weights and layers.
        teacher: frozen, in evaluation mode.
        student: the networks whose features are looked at: the one that learns and its average. The last one that ran
            is the one that is measured.
        size: of the pictures in pixels, at which layers are paired.
        fabric: where it runs.
    """

    def __init__(
        self, recipe: DistillationRecipe, teacher: Teacher, student: Sequence[Generator], size: int, fabric: Fabric
    ) -> None:
        self.recipe, self.teacher = recipe, teacher
        self.projections = self.optimizer = None
        if not recipe.features:
            return
        assert teacher.network is not None
        own_sizes, taught_sizes = (layer_sizes(network, size) for network in (student[0], teacher.network))
        pairs = pair_layers(own_sizes, taught_sizes, recipe.layers)
        self._student = _Taps([own for own, _ in pairs], student)
        self._teacher = _Taps([taught for _, taught in pairs], [teacher.network])
        widths = [(own_sizes[own][1], taught_sizes[taught][1]) for own, taught in pairs]
        projections = _Projections(widths).to(fabric.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        optimizer = torch.optim.Adam(projections.parameters(), fused=True)
        self.projections, self.optimizer = fabric.setup(projections, optimizer)

    def lesson(self, pair: Pair) -> Pair:
        """The batch with what the student's own losses compare with: the photo, or what the teacher paints."""
        if self.recipe.target == "photo":
            return pair
        with torch.no_grad():
            taught = self.teacher(pair.source, pair.label)
        return pair._replace(target=taught.contiguous(memory_format=torch.channels_last))

    def losses(self, pair: Pair, painted: Tensor) -> dict[str, Tensor]:
        """The weighted losses; ``painted`` is what the student has just painted of the pair."""
        parts: dict[str, Tensor] = {}
        if not self.recipe.output and self.projections is None:
            return parts
        with torch.no_grad():
            taught = self.teacher(pair.source, pair.label)
        if self.recipe.output:
            parts["distil_output"] = l1(painted, taught, pair.mask) * self.recipe.output
        if self.projections is not None:
            projected = self.projections(self._student.take())
            distances = [
                feature_distance(own, theirs, pair.mask)
                for own, theirs in zip(projected, self._teacher.take(), strict=True)
            ]
            parts["distil_features"] = torch.stack(distances).mean() * self.recipe.features
        return parts

    def step(self, lr: float) -> None:
        """Let the projections learn from the gradients that the generator's losses have left."""
        if self.optimizer is not None:
            for group in self.optimizer.param_groups:
                group["lr"] = lr
            self.optimizer.step()
            self.optimizer.zero_grad()

    def state(self) -> dict[str, Any]:
        """What a checkpoint holds of it."""
        if self.projections is None:
            return {}
        return {"projections": self.projections, "optimizer_p": self.optimizer}


class _Projections(nn.Module):
    """A 1x1 convolution for each pair of layers, from the student's width to the teacher's."""

    def __init__(self, widths: Sequence[tuple[int, int]]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Conv2d(own, taught, 1) for own, taught in widths)

    def forward(self, features: list[Tensor]) -> list[Tensor]:
        return [layer(feature) for layer, feature in zip(self.layers, features, strict=True)]


class _Taps:
    """Keeps what layers gave when a network last ran.

    U-Nets rectify some of it in place afterwards, in student and teacher alike; that is then what is compared.
    """

    def __init__(self, names: Sequence[str], networks: Sequence[nn.Module]) -> None:
        self._names = list(names)
        self._seen: dict[str, Tensor] = {}
        for network in networks:
            for name in set(names):
                network.get_submodule(name).register_forward_hook(partial(self._keep, name))

    def _keep(self, name: str, _module: nn.Module, _inputs: Any, output: Tensor) -> None:
        self._seen[name] = output

    def take(self) -> list[Tensor]:
        """The features by order of the names; they are forgotten, so that no graph outlives its step."""
        features = [self._seen[name] for name in self._names]
        self._seen.clear()
        return features
