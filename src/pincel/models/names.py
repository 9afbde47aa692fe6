"""Which networks there are, by the names that recipes give them: one row each, where its class stands.

Without torch, so that a recipe is read at once; a network's own file is read when it is asked for (`class_of`).
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["DISCRIMINATORS", "GENERATORS", "class_of"]

GENERATORS = {
    "lite_unet": "pincel.models.generators.lite_unet:LiteUNet",
    "query_unet": "pincel.models.generators.query_unet:QueryUNet",
    "stage_unet": "pincel.models.generators.stage_unet:StageUNet",
    "vgg16_unet": "pincel.models.generators.vgg16_unet:VGG16UNet",
}
DISCRIMINATORS = {"patchgan": "pincel.models.discriminators.patchgan:PatchGAN"}


def class_of(row: str) -> Any:
    """The class that a row of a table names as ``module:class``; brings torch."""
    module, _, name = row.partition(":")
    return getattr(import_module(module), name)
