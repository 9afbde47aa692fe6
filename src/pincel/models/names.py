"""Names of what recipes choose from; without torch, so that a recipe is read at once."""

from __future__ import annotations

__all__ = ["DISCRIMINATOR_NAMES", "DISCRIMINATOR_NORMS", "GENERATOR_NAMES"]

GENERATOR_NAMES = ("lite_unet", "query_unet", "stage_unet", "vgg16_unet")
DISCRIMINATOR_NAMES = ("patchgan",)
DISCRIMINATOR_NORMS = ("batch", "instance", "none", "spectral")
