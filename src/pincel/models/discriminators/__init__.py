"""Discriminators by name. Each is ``forward(source, photo, label) -> patch logits`` and publishes its ``geometry``."""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from pincel.models.discriminators.patchgan import PatchGAN

__all__ = ["DISCRIMINATORS", "PatchGAN"]

DISCRIMINATORS: dict[str, Callable[..., nn.Module]] = {"patchgan": PatchGAN}
