"""The EfficientNet-Lite networks (Tan & Le 2019, the "lite" variants) as encoders."""

from __future__ import annotations

from typing import Any

from torch import nn

from pincel.models.blocks import fix_same_padding

__all__ = ["lite_encoder"]

BLOCKS = (1, 2, 3, 5, 7)  # of all their blocks those that lead to strides 2, 4, 8, 16 and 32


def lite_encoder(network: str, steps: int = 5) -> nn.Module:
    """An encoder with random weights: (N, 3, H, W) in -1..1 -> features at strides 2, 4, 8, ... H and W are even.

    Args:
        network: a key of `pincel.metrics.lite.LITE_CHANNELS`, which has the features' channels.
        steps: how many strides of 2; the blocks behind them are left out.
    """
    import timm

    name = f"tf_efficientnet_{network}"
    whole: Any = timm.create_model(name, features_only=True, pretrained=False, out_indices=tuple(range(steps)))
    whole.blocks = whole.blocks[: BLOCKS[steps - 1]]  # timm keeps and runs them all, whatever is asked for
    return fix_same_padding(whole)
