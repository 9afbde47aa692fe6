"""Where encoders start from: ImageNet weights out of a package, or a file."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from pincel.errors import PincelError, RecipeError
from pincel.metrics.lite0 import lite0_state

__all__ = ["load_encoder"]


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
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not Path(weights).is_file():
        raise RecipeError(f"recipe key 'generator.encoder_weights': file {weights} does not exist (or: imagenet, none)")
    try:
        encoder.load_state_dict(load_file(weights))
    except (SafetensorError, RuntimeError) as error:
        raise PincelError(f"encoder weights {weights} do not fit: {str(error).splitlines()[0]}") from None
