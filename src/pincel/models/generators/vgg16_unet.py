"""`VGG16UNet`: the class-conditional generator of the colorization paper; 20.3 M parameters, 9.24 GMACs at 128 px."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pincel.errors import PincelError
from pincel.models.blocks import conv_norm_act, crop_to, join_skip, pad_to_multiple
from pincel.models.generators.base import Generator
from pincel.models.initialisation import initialise_dcgan
from pincel.models.labels import LabelPlanes

__all__ = ["ChannelGate", "ResidualBlock", "VGG16UNet"]

STAGE_ENDS = (4, 9, 16, 23, 30)  # in torchvision's vgg16().features; a stage ends after its last ReLU
STAGE_CHANNELS = (64, 128, 256, 512, 512)  # at strides 1, 2, 4, 8, 16
DECODER_CHANNELS = (256, 128, 64, 32)  # at strides 8, 4, 2, 1

# What the encoder was trained to see, as (scale, shift) of a grey value in -1..1 for each of its three inputs.
ADAPTER_STARTS: dict[str, list[tuple[float, float]]] = {
    "imagenet": [(0.5 / std, (0.5 - mean) / std) for mean, std in ((0.485, 0.229), (0.456, 0.224), (0.406, 0.225))],
    "hed": [(127.5, 127.5 - mean) for mean in (104.00699, 116.66877, 122.67892)],  # BGR in 0..255 minus the mean
}


class VGG16UNet(Generator):
    """U-Net on VGG16 with a channel gate and a residual decoder (the colorization paper, section V).

    Lightness and one-hot label planes pass a 1x1 adapter to VGG16's three inputs. The first stages are frozen, the
    last two learn. The bottleneck's channels are gated at each position; four decoder steps double the size, join the
    encoder's features and refine them by a residual block.

    Args:
        in_channels: planes of the source.
        out_channels: planes of the output.
        classes: labels it can be told; 0: none.
        frozen_stages: how many of the five encoder stages do not learn.
        plain_adapter: leave the adapter at its random start, as the paper does, whatever the encoder's weights are.
    """

    size_multiple = 16
    default_encoder_weights = "imagenet"
    unprunable = "its widths are the paper's, and no option says others"

    def __init__(
        self,
        in_channels: int = 1,
        out_channels: int = 2,
        classes: int = 0,
        frozen_stages: int = 3,
        plain_adapter: bool = False,
    ) -> None:
        super().__init__(in_channels, out_channels, classes)
        if not 0 <= frozen_stages <= len(STAGE_ENDS):
            raise ValueError(f"frozen_stages is 0 to {len(STAGE_ENDS)}, not {frozen_stages}")
        from torchvision.models import vgg16

        self.plain_adapter = plain_adapter
        self.label_planes = LabelPlanes(classes)
        self.adapter = initialise_dcgan(nn.Conv2d(in_channels + classes, 3, 1))
        layers = list(vgg16(weights=None).features.children())[: STAGE_ENDS[-1]]
        self.encoder = nn.Sequential(*layers)
        for layer in layers[: (0, *STAGE_ENDS)[frozen_stages]]:
            layer.requires_grad_(False)
        self.gate = initialise_dcgan(ChannelGate(STAGE_CHANNELS[-1]))
        widths = (STAGE_CHANNELS[-1], *DECODER_CHANNELS)
        self.decoder = nn.ModuleList(
            initialise_dcgan(DecoderStep(below, skip, out))
            for below, skip, out in zip(widths, STAGE_CHANNELS[-2::-1], widths[1:], strict=False)
        )
        self.head = initialise_dcgan(nn.Conv2d(widths[-1], out_channels, 1))

    def imagenet_weights(self) -> dict[str, Tensor]:
        """See `Generator.imagenet_weights`; from torch's own store, or downloaded into it."""
        from torchvision.models import VGG16_Weights

        wanted = VGG16_Weights.IMAGENET1K_V1
        try:
            return dict(wanted.get_state_dict(progress=False, check_hash=True))
        except (OSError, RuntimeError) as error:
            store = Path(torch.hub.get_dir()) / "checkpoints" / Path(wanted.url).name
            raise PincelError(
                f"VGG16's ImageNet weights are not at {store} and cannot be downloaded ({error}); "
                "put the file there, or give generator.encoder_weights=FILE.safetensors or none"
            ) from None

    def fill_encoder(self, state: Mapping[str, Tensor]) -> None:
        """See `Generator.fill_encoder`; then the source reaches the encoder at the scale that it was trained on.

        Args:
            state: the encoder's, or a whole VGG16's with torchvision's keys ``features.N.weight``. One that also holds
                ``dsn1`` .. ``dsn5`` is taken for an HED edge detector (Xie & Tu 2015), which sees BGR in 0..255 minus
                the mean; any other for one that sees normalised RGB.
        """
        features = {
            name.removeprefix("features."): value.float()
            for name, value in state.items()
            if not name.startswith(("dsn", "fuse", "classifier"))
        }
        super().fill_encoder(features)
        self._start_adapter("hed" if any(name.startswith("dsn") for name in state) else "imagenet")

    @torch.no_grad()
    def _start_adapter(self, kind: str) -> None:
        """With a source of three planes, or ``plain_adapter``, nothing changes; labels start near 0 (N(0, 0.02))."""
        if self.plain_adapter or self.in_channels != 1:
            return
        assert isinstance(self.adapter, nn.Conv2d)
        assert self.adapter.bias is not None
        for row, (scale, shift) in enumerate(ADAPTER_STARTS[kind]):
            self.adapter.weight[row, 0] = scale
            self.adapter.bias[row] = shift

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        """(N, in_channels, H, W) in -1..1 and int64 (N,) labels -> (N, out_channels, H, W) in -1..1. Any H and W.

        A label of ``classes``, or none at all, means unknown.
        """
        height, width = source.shape[-2:]
        x = self.adapter(self.label_planes(pad_to_multiple(source, self.size_multiple), label))  # (N, 3, H, W)
        skips = []
        for begin, end in zip((0, *STAGE_ENDS), STAGE_ENDS, strict=False):
            x = self.encoder[begin:end](x)  # (N, 64, H, W), (N, 128, H/2, W/2), ..., (N, 512, H/16, W/16)
            skips.append(x)
        x = self.gate(x)
        for step, skip in zip(self.decoder, skips[-2::-1], strict=True):
            x = step(x, skip)
        return crop_to(torch.tanh(self.head(x)), height, width)


class ChannelGate(nn.Module):
    """Channels weighed against each other at each position: x * sigmoid(expand(relu(reduce(x)))).

    The paper calls it attention on regions; it has no pooling and looks at no other position.

    Args:
        channels: of the features.
        reduction: how many times fewer channels there are in between.
    """

    def __init__(self, channels: int, reduction: int = 8) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(channels, channels // reduction, 1)
        self.expand = nn.Conv2d(channels // reduction, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        return x * torch.sigmoid(self.expand(F.relu(self.reduce(x))))


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with BatchNorm, added to their input (He et al. 2016)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = conv_norm_act(channels, channels)
        self.second = nn.Sequential(nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        return F.relu(x + self.second(self.first(x)))


class DecoderStep(nn.Module):
    """Double the size, join the encoder's features, mix them by two convolutions, refine by a residual block."""

    def __init__(self, in_channels: int, skip_channels: int, out_channels: int) -> None:
        super().__init__()
        self.mix = nn.Sequential(
            conv_norm_act(in_channels + skip_channels, out_channels), conv_norm_act(out_channels, out_channels)
        )
        self.refine = ResidualBlock(out_channels)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        """(N, C, H, W) and the skip (N, S, 2H, 2W) -> (N, out_channels, 2H, 2W)."""
        x = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        return self.refine(self.mix(join_skip(x, skip)))
