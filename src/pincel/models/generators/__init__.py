"""Generators by name: what one promises stands in `.base`, which there are in `pincel.models.names`."""

from __future__ import annotations

from typing import Any

from pincel.errors import RecipeError, pick
from pincel.models.generators.base import Generator
from pincel.models.names import GENERATORS, class_of

__all__ = ["build_generator"]


def build_generator(name: str, in_channels: int, out_channels: int, classes: int = 0, **options: Any) -> Generator:
    """A generator with fresh weights.

    Args:
        name: a key of `pincel.models.names.GENERATORS`.
        in_channels: planes of the source.
        out_channels: planes of the output.
        classes: labels it can be told; 0: none.
        options: further arguments of its constructor.

    Raises:
        RecipeError: unknown name or option.
    """
    kind = class_of(pick(GENERATORS, name, "generator", RecipeError))
    try:
        return kind(in_channels, out_channels, classes=classes, **options)
    except (TypeError, ValueError, RuntimeError) as error:
        raise RecipeError(f"recipe key 'generator.options' does not fit {name}: {error}") from None
