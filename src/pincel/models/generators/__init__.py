"""Generators by name.

Each is ``forward(source, label) -> output``, both in -1..1, at any size, and publishes ``size_multiple``,
``in_channels``, ``out_channels`` and ``classes`` (how many labels it can be told). One that can tell the label itself
has ``classify(source) -> logits``. What it tells besides the output stands in ``side_outputs``, by the names that these
have in a model file: ``forward(source, label, also=names) -> {"painted": output, name: ...}``. One that starts from
ImageNet weights names the network as ``encoder_network``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from pincel.errors import RecipeError, pick
from pincel.models.generators.lite_unet import LiteUNet
from pincel.models.generators.query_unet import QueryUNet
from pincel.models.generators.stage_unet import StageUNet
from pincel.models.generators.vgg16_unet import VGG16UNet

__all__ = [
    "GENERATORS",
    "LiteUNet",
    "QueryUNet",
    "StageUNet",
    "VGG16UNet",
    "build_generator",
    "check_training_size",
    "side_outputs",
]

GENERATORS: dict[str, Callable[..., nn.Module]] = {
    "lite_unet": LiteUNet,
    "query_unet": QueryUNet,
    "stage_unet": StageUNet,
    "vgg16_unet": VGG16UNet,
}


def build_generator(name: str, in_channels: int, out_channels: int, classes: int = 0, **options: Any) -> nn.Module:
    """A generator with fresh weights.

    Args:
        name: a key of `GENERATORS`.
        in_channels: planes of the source.
        out_channels: planes of the output.
        classes: labels it can be told; 0: none.
        options: further arguments of its constructor.

    Raises:
        RecipeError: unknown name or option.
    """
    try:
        return pick(GENERATORS, name, "generator", RecipeError)(in_channels, out_channels, classes=classes, **options)
    except (TypeError, ValueError) as error:
        raise RecipeError(f"recipe key 'generator.options' does not fit {name}: {error}") from None


def side_outputs(generator: nn.Module) -> tuple[str, ...]:
    """What a generator tells besides its output; see `pincel.models.generators`."""
    return getattr(generator, "side_outputs", ())


def check_training_size(name: str, size: int, batch: int, options: dict[str, Any]) -> None:
    """Whether a generator can be trained on squares, before it is built.

    A generator whose sizes depend on its options answers with its own ``check_training_size(size, batch, options)``.

    Args:
        name: a key of `GENERATORS`.
        size: side of the squares in pixels.
        batch: how many at a time.
        options: further arguments of its constructor.

    Raises:
        ValueError: it cannot; says what would do.
    """
    generator: Any = GENERATORS[name]
    if hasattr(generator, "check_training_size"):
        generator.check_training_size(size, batch, options)
    elif batch == 1 and size <= generator.size_multiple:
        raise ValueError(
            f"{name} is shown one picture of {size} px at a time, which leaves nothing to normalise over; "
            f"use a batch of 2 or a size above {generator.size_multiple}"
        )
