"""`LiteUNet`: a small U-Net on the EfficientNet-Lite0 encoder; 4 M parameters, under 0.5 GMACs at 128 px."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pincel.models.blocks import conv_norm_act, crop_to, fix_same_padding, pad_to_multiple

__all__ = ["LiteUNet"]

ENCODER = "tf_efficientnet_lite0"
ENCODER_CHANNELS = (16, 24, 40, 112, 320)  # at strides 2, 4, 8, 16, 32


class LiteUNet(nn.Module):
    """EfficientNet-Lite0 encoder (Tan & Le 2019, the "lite" variant), a light decoder, one global context vector.

    The decoder works up to half the input size and the two output planes are brought to full size bilinearly:
    colour needs no sharper edge than that, since painting puts the edges back from the full-size lightness.

    Args:
        in_channels: planes of the source: 1 (lightness) is shown to the three RGB inputs of the encoder, 3 as they are.
        out_channels: planes of the output.
        decoder_channels: width of the four decoder steps, from stride 16 up to stride 2.
    """

    size_multiple = 32

    def __init__(
        self, in_channels: int = 1, out_channels: int = 2, decoder_channels: Sequence[int] = (144, 96, 64, 32)
    ) -> None:
        super().__init__()
        if in_channels not in (1, 3):
            raise ValueError(f"lite_unet takes 1 or 3 input planes, not {in_channels}")
        if len(decoder_channels) != 4:
            raise ValueError(f"decoder_channels are 4 widths, not {len(decoder_channels)}")
        import timm

        self.in_channels, self.out_channels = in_channels, out_channels
        self.encoder = fix_same_padding(timm.create_model(ENCODER, features_only=True, pretrained=False))
        self.context = nn.Sequential(nn.Linear(ENCODER_CHANNELS[-1], ENCODER_CHANNELS[-1]), nn.ReLU(inplace=True))
        widths = [ENCODER_CHANNELS[-1], *decoder_channels]
        skips = ENCODER_CHANNELS[-2::-1]
        self.decoder = nn.ModuleList(
            DecoderStep(below, skip, out) for below, skip, out in zip(widths, skips, widths[1:], strict=False)
        )
        self.head = nn.Conv2d(widths[-1], out_channels, 3, padding=1)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)  # type: ignore[arg-type]

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        """(N, in_channels, H, W) in -1..1 -> (N, out_channels, H, W) in -1..1. H and W are any size.

        ``label`` is accepted and not used: every generator is called the same way.
        """
        height, width = source.shape[-2:]
        padded = pad_to_multiple(source, self.size_multiple)
        features = self.encoder(padded.expand(-1, 3, -1, -1))  # [(N, 16, H/2, W/2), ..., (N, 320, H/32, W/32)]
        x = features[-1]
        x = x + self.context(x.mean((-2, -1)))[..., None, None]  # what the whole picture is about, everywhere
        for step, skip in zip(self.decoder, features[-2::-1], strict=True):
            x = step(x, skip)
        painted = torch.tanh(self.head(x))  # (N, out_channels, H/2, W/2)
        return crop_to(F.interpolate(painted, scale_factor=2.0, mode="bilinear", align_corners=False), height, width)


class DecoderStep(nn.Module):
    """Double the size, join the encoder's features of that size, mix them."""

    def __init__(self, in_channels: int, skip_channels: int, out_channels: int) -> None:
        super().__init__()
        self.mix = conv_norm_act(in_channels + skip_channels, out_channels)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        """(N, C, H, W) and the skip (N, S, 2H, 2W) -> (N, out_channels, 2H, 2W)."""
        x = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        return self.mix(torch.cat([x, skip], dim=1))
