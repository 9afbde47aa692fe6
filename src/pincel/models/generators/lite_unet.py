"""`LiteUNet`: a small U-Net on the EfficientNet-Lite0 encoder; 4 M parameters, under 0.5 GMACs at 128 px."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pincel.metrics.lite import LITE_CHANNELS
from pincel.models.blocks import conv_norm_act, crop_to, join_skip, pad_to_multiple
from pincel.models.encoders import LiteEncoded, lite_encoder
from pincel.models.labels import LabelEmbedding

__all__ = ["LiteUNet"]


class LiteUNet(LiteEncoded):
    """EfficientNet-Lite0 encoder (Tan & Le 2019, the "lite" variant), a light decoder, one global context vector.

    With one decoder step fewer than the encoder has, it works up to half the input size and the output planes are
    brought to full size bilinearly: colour needs no sharper edge than that, since painting puts the edges back from the
    full-size lightness. One more step joins the source itself at full size, for outputs that are whole pictures.

    Args:
        in_channels: planes of the source: 1 (lightness) is shown to the three RGB inputs of the encoder, 3 as they are.
        out_channels: planes of the output.
        classes: labels it can be told, and can tell by itself; 0: none.
        decoder_channels: width of the decoder steps, from the encoder's last but one stride up to stride 2 or 1.
        encoder_steps: strides of 2 that the encoder is kept for, 3 to 5; the blocks behind them are left out.
    """

    encoder_network = "lite0"
    unprunable = ""  # the decoder can; the encoder keeps the widths that ImageNet's weights have

    def __init__(
        self,
        in_channels: int = 1,
        out_channels: int = 2,
        classes: int = 0,
        decoder_channels: Sequence[int] = (144, 96, 64, 32),
        encoder_steps: int = 5,
    ) -> None:
        super().__init__(in_channels, out_channels, classes)
        if encoder_steps not in (3, 4, 5):
            raise ValueError(f"encoder_steps is 3, 4 or 5, not {encoder_steps}")
        if len(decoder_channels) not in (encoder_steps - 1, encoder_steps):
            raise ValueError(
                f"decoder_channels are {encoder_steps - 1} or {encoder_steps} widths "
                f"beside {encoder_steps} encoder steps, not {len(decoder_channels)}"
            )
        self.size_multiple = 2**encoder_steps
        self.encoder = lite_encoder(self.encoder_network, encoder_steps)
        *skips, deepest = LITE_CHANNELS[self.encoder_network][:encoder_steps]
        self.context = nn.Sequential(nn.Linear(deepest, deepest), nn.ReLU(inplace=True))
        widths = [deepest, *decoder_channels]
        skips = [*reversed(skips), in_channels]
        self.decoder = nn.ModuleList(
            DecoderStep(below, skip, out) for below, skip, out in zip(widths, skips, widths[1:], strict=False)
        )
        self.head = nn.Conv2d(widths[-1], out_channels, 3, padding=1)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)  # type: ignore[arg-type]
        self.labels = nn.ModuleList(LabelEmbedding(classes, width) for width in widths) if classes else None
        self.classifier = nn.Linear(deepest, classes) if classes else None

    def forward(
        self, source: Tensor, label: Tensor | None = None, also: Sequence[str] = ()
    ) -> Tensor | dict[str, Tensor]:
        """(N, in_channels, H, W) in -1..1 -> (N, out_channels, H, W) in -1..1. H and W are any size.

        Args:
            source: what is shown.
            label: int64 (N,); ``classes``, or none at all, means unknown. Not used when ``classes`` is 0.
            also: of ``side_outputs``: ``label_logits`` (N, classes), what `classify` gives. Then the result is a
                dictionary with the output as ``painted``.
        """
        height, width = source.shape[-2:]
        features = self.features(source)
        x = features[-1]
        whole = x.mean((-2, -1))  # (N, 320)
        x = x + self.context(whole)[..., None, None]  # what the whole picture is about, everywhere
        if self.labels is not None:
            x = self.labels[0](x, label)
        skips = [*features[-2::-1], pad_to_multiple(source, self.size_multiple)]
        for depth, (step, skip) in enumerate(zip(self.decoder, skips, strict=False), start=1):
            x = step(x, skip)
            if self.labels is not None:  # at every depth: what a class looks like, down to its mean colour
                x = self.labels[depth](x, label)
        painted = torch.tanh(self.head(x))  # (N, out_channels, H/2, W/2), or H, W after a fifth step
        if len(self.decoder) < len(skips):
            painted = F.interpolate(painted, scale_factor=2.0, mode="bilinear", align_corners=False)
        painted = crop_to(painted, height, width)
        return {"painted": painted, "label_logits": self.logits(whole)} if also else painted

    @property
    def given_parts(self) -> list[nn.Module]:
        """See `Generator.given_parts`."""
        return [part for part in (self.encoder, self.context, self.classifier, self.head) if part is not None]

    def pruned(self, kept: Mapping[str, int]) -> dict[str, Any]:
        """See `Generator.pruned`."""
        return {"decoder_channels": [kept[f"decoder.{depth}.mix.0"] for depth in range(len(self.decoder))]}


class DecoderStep(nn.Module):
    """Double the size, join the encoder's features of that size, mix them."""

    def __init__(self, in_channels: int, skip_channels: int, out_channels: int) -> None:
        super().__init__()
        self.mix = conv_norm_act(in_channels + skip_channels, out_channels)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        """(N, C, H, W) and the skip (N, S, 2H, 2W) -> (N, out_channels, 2H, 2W)."""
        x = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        return self.mix(join_skip(x, skip))
