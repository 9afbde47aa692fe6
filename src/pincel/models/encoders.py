"""The EfficientNet-Lite networks (Tan & Le 2019, the "lite" variants) as encoders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from pincel.metrics.lite import lite_state
from pincel.models.blocks import fix_same_padding, pad_to_multiple
from pincel.models.generators.base import Generator

__all__ = ["LiteEncoded", "lite_encoder"]

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


class LiteEncoded(Generator):
    """A generator that sees through such an encoder, and tells the class by its deepest features.

    A source of 1 plane (lightness) is shown to the encoder's three RGB inputs, one of 3 as it is.

    Attributes:
        encoder_network: a key of `pincel.metrics.lite.LITE_CHANNELS`.
        encoder: a `lite_encoder`. classifier: (N, deepest channels) -> (N, classes); None without classes.
    """

    size_multiple = 32  # with all five steps; a network with fewer has its own
    default_encoder_weights = "imagenet"
    encoder_network: str
    encoder: nn.Module
    classifier: nn.Module | None

    def __init__(self, in_channels: int, out_channels: int, classes: int) -> None:
        super().__init__(in_channels, out_channels, classes)
        if in_channels not in (1, 3):
            raise ValueError(f"it takes 1 or 3 input planes, not {in_channels}")

    def imagenet_weights(self) -> dict[str, Tensor]:
        """See `Generator.imagenet_weights`; from the package of these weights."""
        return self.encoder.state_dict() | lite_state(self.encoder_network, self.encoder.state_dict())

    @property
    def side_outputs(self) -> Mapping[str, nn.Module]:
        """See `Generator.side_outputs`."""
        return {"label_logits": self.classifier} if self.classifier is not None else {}

    def classify(self, source: Tensor) -> Tensor:
        """(N, in_channels, H, W) in -1..1 -> (N, classes) logits of what the picture shows."""
        return self.logits(self.features(source)[-1].mean((-2, -1)))

    def features(self, source: Tensor) -> list[Tensor]:
        """(N, in_channels, H, W) -> [(N, 16, H/2, W/2), ..., (N, C, H/32, W/32)] of five steps, H and W padded."""
        padded = pad_to_multiple(source, self.size_multiple)
        return self.encoder(padded.expand(-1, 3, -1, -1))

    def logits(self, whole: Tensor) -> Tensor:
        """What `classify` gives, of the mean (N, C) over the deepest features."""
        if self.classifier is None:
            raise ValueError(f"this {type(self).__name__} was made without classes, so it cannot tell them")
        return self.classifier(whole)
