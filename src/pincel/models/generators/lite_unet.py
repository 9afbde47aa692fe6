"""`LiteUNet`: a small U-Net on the EfficientNet-Lite0 encoder; 4 M parameters, under 0.5 GMACs at 128 px."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pincel.metrics.lite import LITE_CHANNELS
from pincel.models.blocks import conv_norm_act, crop_to, join_skip, pad_to_multiple
from pincel.models.encoders import lite_encoder
from pincel.models.labels import LabelEmbedding

__all__ = ["LiteUNet"]


class LiteUNet(nn.Module):
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

    size_multiple = 32  # with all five encoder steps; a network with fewer has its own
    encoder_network = "lite0"  # see `pincel.metrics.lite.lite_state`

    def __init__(
        self,
        in_channels: int = 1,
        out_channels: int = 2,
        classes: int = 0,
        decoder_channels: Sequence[int] = (144, 96, 64, 32),
        encoder_steps: int = 5,
    ) -> None:
        super().__init__()
        if in_channels not in (1, 3):
            raise ValueError(f"lite_unet takes 1 or 3 input planes, not {in_channels}")
        if encoder_steps not in (3, 4, 5):
            raise ValueError(f"encoder_steps is 3, 4 or 5, not {encoder_steps}")
        if len(decoder_channels) not in (encoder_steps - 1, encoder_steps):
            raise ValueError(
                f"decoder_channels are {encoder_steps - 1} or {encoder_steps} widths "
                f"beside {encoder_steps} encoder steps, not {len(decoder_channels)}"
            )

        self.in_channels, self.out_channels, self.classes = in_channels, out_channels, classes
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
        self.side_outputs = ("label_logits",) if classes else ()

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
        features = self._features(source)
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
        return {"painted": painted, "label_logits": self._require_classifier()(whole)} if also else painted

    def classify(self, source: Tensor) -> Tensor:
        """(N, in_channels, H, W) in -1..1 -> (N, classes) logits of what the picture shows."""
        return self._require_classifier()(self._features(source)[-1].mean((-2, -1)))

    def _features(self, source: Tensor) -> list[Tensor]:
        padded = pad_to_multiple(source, self.size_multiple)
        return self.encoder(padded.expand(-1, 3, -1, -1))  # [(N, 16, H/2, W/2), ..., (N, 320, H/32, W/32)] of five

    def _require_classifier(self) -> nn.Module:
        if self.classifier is None:
            raise ValueError("this lite_unet was made without classes, so it cannot tell them")
        return self.classifier


class DecoderStep(nn.Module):
    """Double the size, join the encoder's features of that size, mix them."""

    def __init__(self, in_channels: int, skip_channels: int, out_channels: int) -> None:
        super().__init__()
        self.mix = conv_norm_act(in_channels + skip_channels, out_channels)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        """(N, C, H, W) and the skip (N, S, 2H, 2W) -> (N, out_channels, 2H, 2W)."""
        x = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        return self.mix(join_skip(x, skip))
