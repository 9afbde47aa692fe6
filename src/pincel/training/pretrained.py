"""Where a generator starts from: a whole earlier generator, or an encoder with ImageNet weights or from a file."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from pincel.errors import PincelError, RecipeError
from pincel.metrics.lite0 import lite0_state
from pincel.training.recipe import GeneratorRecipe

__all__ = ["load_encoder", "load_start"]


def load_start(generator: nn.Module, recipe: GeneratorRecipe) -> None:
    """What the recipe says: ``weights`` of a whole generator, otherwise ``encoder_weights``."""
    if recipe.weights is None:
        load_encoder(generator, recipe.encoder_weights)
    else:
        _load_file(generator, recipe.weights, "generator.weights")


def load_encoder(generator: nn.Module, weights: str) -> None:
    """Fill ``generator.encoder``.

    Args:
        generator: a network with an ``encoder``.
        weights: ``imagenet`` (EfficientNet-Lite0), ``none`` (keep the random start), or a .safetensors file.

    Raises:
        PincelError: the file is missing or its tensors do not fit.
    """
    if weights == "none":
        return
    encoder = getattr(generator, "encoder", None)
    if not isinstance(encoder, nn.Module):
        raise RecipeError(
            f"recipe key 'generator.encoder_weights': {type(generator).__name__} has no encoder; use none"
        )
    if weights == "imagenet":
        encoder.load_state_dict(lite0_state(encoder.state_dict()), strict=False)
        return
    _load_file(encoder, weights, "generator.encoder_weights")


def _load_file(network: nn.Module, path: str, key: str) -> None:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not Path(path).is_file():
        raise RecipeError(f"recipe key '{key}': file {path} does not exist")
    try:
        network.load_state_dict(load_file(path))
    except (SafetensorError, RuntimeError) as error:
        raise PincelError(f"recipe key '{key}': {path} does not fit: {str(error).splitlines()[0]}") from None
