"""Generators by name.

Each is ``forward(source, label) -> output``, both in -1..1, at any size, and publishes ``size_multiple``,
``in_channels`` and ``out_channels``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from pincel.errors import RecipeError, pick
from pincel.models.generators.lite_unet import LiteUNet

__all__ = ["GENERATORS", "LiteUNet", "build_generator"]

GENERATORS: dict[str, Callable[..., nn.Module]] = {"lite_unet": LiteUNet}


def build_generator(name: str, in_channels: int, out_channels: int, **options: Any) -> nn.Module:
    """A generator with fresh weights.

    Raises:
        RecipeError: unknown name or option.
    """
    try:
        return pick(GENERATORS, name, "generator", RecipeError)(in_channels, out_channels, **options)
    except (TypeError, ValueError) as error:
        raise RecipeError(f"recipe key 'generator.options' does not fit {name}: {error}") from None
