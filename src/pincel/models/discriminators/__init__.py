"""Discriminators by name: what one promises stands in `.base`, which there are in `pincel.models.names`."""

from __future__ import annotations

from typing import Any

from pincel.errors import RecipeError, pick
from pincel.models.discriminators.base import Discriminator
from pincel.models.names import DISCRIMINATORS, class_of

__all__ = ["build_discriminator"]


def build_discriminator(name: str, in_channels: int, classes: int = 0, **options: Any) -> Discriminator:
    """A discriminator with fresh weights.

    Args:
        name: a key of `pincel.models.names.DISCRIMINATORS`.
        in_channels: planes of source and photo together.
        classes: labels that it is told; 0: none.
        options: further arguments of its constructor.

    Raises:
        RecipeError: unknown name or option.
    """
    kind = class_of(pick(DISCRIMINATORS, name, "discriminator", RecipeError))
    try:
        return kind(in_channels, classes=classes, **options)
    except (TypeError, ValueError) as error:
        raise RecipeError(f"recipe key 'discriminator' does not fit {name}: {error}") from None
