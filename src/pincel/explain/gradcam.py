"""Grad-CAM (Selvaraju et al. 2017) at any named layer, and how much of it lies on the subject."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from pincel.errors import PincelError
from pincel.explain.explained import Explained
from pincel.explain.scalars import Scalar
from pincel.models.generators.base import Generator

__all__ = [
    "Layer",
    "SubjectShare",
    "default_layers",
    "gradcam",
    "layers_of",
    "list_layers",
    "pick_layer",
    "subject_share",
]

SMALLEST = 4  # positions a side below which a map says nothing about places


@dataclass(frozen=True)
class Layer:
    """A layer that gives feature maps: its name, channels, and size for the source it was looked at with."""

    name: str
    channels: int
    height: int
    width: int


@dataclass(frozen=True)
class SubjectShare:
    """How a map is divided.

    Attributes:
        mass: share of the map's sum on the subject, 0..1; not a number when the map is empty.
        area: share of the picture that is subject; what an even map has.
        how: what was taken for the subject.
    """

    mass: float
    area: float
    how: str

    @property
    def concentration(self) -> float:
        """Times as dense on the subject as in an even map."""
        return self.mass / self.area if self.area else float("nan")


def list_layers(network: nn.Module, source: Tensor) -> list[Layer]:
    """The layers with feature maps in the order they run in; those that run twice are left out.

    Args:
        network: a generator, (N, C, H, W) -> (N, C', H, W).
        source: (1, C, H, W), any picture.
    """
    seen: dict[str, list[tuple[int, ...]]] = {}
    handles = []

    def note(name: str):
        def hook(_module: nn.Module, _inputs: object, output: object) -> None:
            shape = tuple(output.shape) if isinstance(output, Tensor) else ()
            seen.setdefault(name, []).append(shape)

        return hook

    try:
        for name, module in network.named_modules():
            if name:
                handles.append(module.register_forward_hook(note(name)))
        with torch.no_grad():
            network(source)
    finally:
        for handle in handles:
            handle.remove()
    once = {name: shapes[0] for name, shapes in seen.items() if len(shapes) == 1 and len(shapes[0]) == 4}
    return [Layer(name, *shape[1:]) for name, shape in once.items()]


def layers_of(explained: Explained, size: int | None = None) -> list[Layer]:
    """`list_layers` of a model for a square of ``size`` px, its working size by default.

    Raises:
        PincelError: it is a file.
    """
    network = explained.require_network("a list of layers")
    side = -(-(size or explained.working_size) // explained.size_multiple) * explained.size_multiple
    return list_layers(network, torch.zeros(1, explained.task.source_channels, side, side))


def default_layers(layers: list[Layer], network: Generator) -> list[str]:
    """The bottleneck and the last encoder stage.

    The bottleneck is the layer that the network calls so, otherwise the last layer of the
    coarsest size that still has 4 x 4 positions; the last encoder stage is the last layer of the way down of its
    coarsest such size, outermost name. Where both are one layer, the stage before it is the second.
    """
    large = [layer for layer in layers if min(layer.height, layer.width) >= SMALLEST] or layers
    if not large:
        return []
    bottleneck = network.bottleneck or _coarsest(large)[-1].name
    way_down = [layer for layer in large if layer.name.split(".")[0] == network.way_down]
    if way_down and _outermost(_coarsest(way_down)) == bottleneck:
        coarsest = _coarsest(way_down)[0]
        way_down = [layer for layer in way_down if layer.height > coarsest.height]
    return list(dict.fromkeys([bottleneck, *([_outermost(_coarsest(way_down))] if way_down else [])]))


def _coarsest(layers: list[Layer]) -> list[Layer]:
    fewest = min(layer.height * layer.width for layer in layers)
    return [layer for layer in layers if layer.height * layer.width == fewest]


def _outermost(layers: list[Layer]) -> str:
    """The last one of those whose names have the fewest parts."""
    parts = min(layer.name.count(".") for layer in layers)
    return [layer.name for layer in layers if layer.name.count(".") == parts][-1]


def pick_layer(network: nn.Module, layers: list[Layer], name: str) -> nn.Module:
    """A layer by its name.

    Raises:
        PincelError: there is none of that name; names some.
    """
    if name not in {layer.name for layer in layers}:
        beginning = name.split(".")[0]
        near = [layer.name for layer in layers if layer.name.startswith(beginning)] or [layer.name for layer in layers]
        near.sort(key=lambda one: one.count("."))  # whole stages first
        shown = ", ".join(near[:12]) + (", ..." if len(near) > 12 else "")
        raise PincelError(f"unknown layer '{name}'; known: {shown} (--list-layers shows all {len(layers)})")
    return network.get_submodule(name)


def gradcam(scalar: Scalar, source: Tensor, layer: nn.Module) -> np.ndarray:
    """What of a layer raises the scalar.

    The layer's channels, each weighed by the mean of the scalar's gradient on it, summed; the positive part.

    Args:
        scalar: what is explained.
        source: (1, C, H, W).
        layer: of the network that the scalar is of.

    Returns:
        float32 (H, W) of the source's size, by bilinear interpolation; its unit has no meaning by itself.
    """
    from captum.attr import LayerGradCam

    with torch.enable_grad():
        found = LayerGradCam(scalar.of, layer).attribute(source.clone().requires_grad_())
    assert isinstance(found, Tensor)
    small = found.detach()[:, 0].sum(0).clamp(min=0).numpy().astype(np.float32)  # a margin paints twice: two rows
    height, width = source.shape[-2:]
    return np.maximum(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), 0) * scalar.pixels


def subject_share(values: np.ndarray, mask: np.ndarray, how: str) -> SubjectShare:
    """How much of a map (H, W) lies on the subject, bool (H, W)."""
    total = float(values.sum())
    return SubjectShare(float(values[mask].sum()) / total if total else float("nan"), float(mask.mean()), how)
