"""`StageUNet`: pix2pix's generator written as a list of stages, the original, the reduced and any other."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from pincel.errors import RecipeError, pick
from pincel.models.blocks import crop_to, join_skip, pad_to_multiple
from pincel.models.convolutions import QuickConv2d, QuickConvTranspose2d
from pincel.models.generators.base import Generator
from pincel.models.initialisation import initialise_dcgan
from pincel.models.labels import LabelPlanes
from pincel.models.stages import Stage, check_fit, parse_stages, size_multiple, stages_text

__all__ = ["ResizeConv2d", "StageUNet"]

STAGES = "pix2pix_256"  # unless the options say others

NORMS: dict[str, Callable[[int], nn.Module]] = {
    "batch": nn.BatchNorm2d,
    "instance": lambda channels: nn.InstanceNorm2d(channels, affine=True),
    "group": lambda channels: nn.GroupNorm(channels // math.gcd(channels, 16), channels),  # 16 each (Wu & He 2018)
    "none": lambda channels: nn.Identity(),
}


class StageUNet(Generator):
    """U-Net of strided convolutions and their mirror image (Isola et al. 2017, section 6.1).

    Down: convolution - norm - LeakyReLU 0.2. Up: transposed convolution of the same kernel and stride - norm -
    dropout - ReLU, each joined with the features of its size. The first and the innermost stage have no norm: the
    innermost may be a single pixel, where a norm over the picture gives zero and one over a batch of one cannot be.
    The last convolution has no norm and ends in tanh. Only convolutions without a norm behind them have a bias.

    With pix2pix's stages and three planes in and out this has 54.41 M parameters and executes 6.05 GMACs at 256 px
    (torch's flop counter: a transposed convolution counts at its input's size). A bias before each norm, or a norm at
    the innermost stage, would make it 54.42 M. One plane in instead of three saves 2048 parameters and 0.03 GMACs.

    pix2pix keeps dropout and the batch's own statistics while painting; here `eval()` switches both off, so that a
    picture is painted the same every time and whatever is beside it.

    Args:
        in_channels: planes of the source.
        out_channels: planes of the output.
        classes: labels it can be told, as further planes of the input; 0: none.
        stages: outermost first: ``"64k4s2 128k4s2 ..."``, a list of such, or a name in `STAGE_LISTS`.
        norm: ``batch``, ``instance``, ``group`` or ``none``.
        dropout: share of the values set to 0 while training.
        dropout_stages: how many stages on the way up have it, from the innermost on; the last one never has.
        skips: join the features of the way down.
        decoder_filters: of the step up to each stage's size but the innermost's, outermost first like the stages; as
            many as the stages' own by default, as in pix2pix. Pruning leaves others.
        upsampling: ``transposed``, or ``resize``: pixels repeated, then a convolution (Odena et al. 2016), which leaves
            no checkerboard; from 4 MACs an output pixel and pair of channels for ``k4s2`` it goes up to 9.

    Raises:
        ValueError: a wrong argument; says what is allowed.
    """

    way_down = "down"
    unprunable = ""

    def __init__(
        self,
        in_channels: int = 3,
        out_channels: int = 3,
        classes: int = 0,
        stages: str | Sequence[str] = STAGES,
        norm: str = "batch",
        dropout: float = 0.5,
        dropout_stages: int = 3,
        skips: bool = True,
        upsampling: str = "transposed",
        decoder_filters: Sequence[int] | None = None,
    ) -> None:
        super().__init__(in_channels, out_channels, classes)
        if not 0 <= dropout < 1:
            raise ValueError(f"dropout is from 0 to below 1, not {dropout}")
        if dropout_stages < 0:
            raise ValueError(f"dropout_stages is 0 or more, not {dropout_stages}")
        normalise = pick(NORMS, norm, "norm", RecipeError)
        enlarge = pick(UPSAMPLING, upsampling, "upsampling", RecipeError)
        if norm == "group":
            self.unprunable = "16 channels each are normalised together by norm: group; use batch, instance or none"
        self.stages, self.skips = parse_stages(stages), skips
        self.size_multiple = size_multiple(self.stages)
        self.label_planes = LabelPlanes(classes)
        innermost = len(self.stages) - 1
        widths = [in_channels + classes, *(stage.filters for stage in self.stages)]
        steps_up = _steps_up(self.stages, decoder_filters)
        self.down = nn.ModuleList()
        for depth, stage in enumerate(self.stages):
            normed = 0 < depth < innermost and norm != "none"
            layers: list[nn.Module] = [
                QuickConv2d(widths[depth], stage.filters, stage.kernel, stage.stride, stage.padding, bias=not normed)
            ]
            layers += [normalise(stage.filters)] if normed else []
            layers += [nn.LeakyReLU(0.2, inplace=True)] if depth < innermost else []
            self.down.append(nn.Sequential(*layers))
        joined = [up + (stage.filters if skips else 0) for up, stage in zip(steps_up, self.stages, strict=False)]
        joined.append(self.stages[-1].filters)
        self.up = nn.ModuleList()
        for depth in range(innermost, 0, -1):
            layers = [enlarge(joined[depth], steps_up[depth - 1], self.stages[depth], norm == "none")]
            layers += [normalise(steps_up[depth - 1])] if norm != "none" else []
            layers += [nn.Dropout(dropout)] if dropout and innermost - depth < dropout_stages else []
            self.up.append(nn.Sequential(*layers))
        self.head = enlarge(joined[0], out_channels, self.stages[0], True)
        initialise_dcgan(self)

    @classmethod
    def check_training_size(cls, size: int, batch: int, options: Mapping[str, Any]) -> None:
        """See `Generator.check_training_size`; of one picture too, since no norm is over a single pixel."""
        stages = cls.stages_of(options)
        check_fit(stages, size)
        _steps_up(stages, options.get("decoder_filters"))

    @classmethod
    def stages_of(cls, options: Mapping[str, Any]) -> tuple[Stage, ...]:
        """See `Generator.stages_of`."""
        return parse_stages(options.get("stages", STAGES))

    @property
    def given_parts(self) -> list[nn.Module]:
        """See `Generator.given_parts`."""
        return [self.head]

    def pruned(self, kept: Mapping[str, int]) -> dict[str, Any]:
        """See `Generator.pruned`."""
        widths = [kept[f"down.{depth}.0"] for depth in range(len(self.stages))]
        stages = [replace(stage, filters=width) for stage, width in zip(self.stages, widths, strict=True)]
        steps_up = [kept[f"up.{number}.0"] for number in reversed(range(len(self.up)))]  # outermost first
        return {"stages": stages_text(stages), "decoder_filters": steps_up}

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        """(N, in_channels, H, W) in -1..1 and int64 (N,) labels -> (N, out_channels, H, W) in -1..1. Any H and W.

        A label of ``classes``, or none at all, means unknown.
        """
        height, width = source.shape[-2:]
        x = self.label_planes(pad_to_multiple(source, self.size_multiple), label)
        skips = []
        for stage in self.down:
            x = stage(x)  # for pix2pix: (N, 64, H/2, W/2), (N, 128, H/4, W/4), ..., (N, 512, H/256, W/256)
            skips.append(x)
        for stage, skip in zip(self.up, skips[-2::-1], strict=True):
            x = stage(F.relu(x, inplace=True))
            if self.skips:  # what LeakyReLU let through below zero ends at the next ReLU, as in pix2pix
                x = join_skip(x, skip)
        return crop_to(torch.tanh(self.head(F.relu(x, inplace=True))), height, width)


def _steps_up(stages: Sequence[Stage], filters: Sequence[int] | None) -> list[int]:
    """The filters of every step up but the last, outermost first."""
    if filters is None:
        return [stage.filters for stage in stages[:-1]]
    if len(filters) != len(stages) - 1 or not all(isinstance(count, int) and count >= 1 for count in filters):
        raise ValueError(f"decoder_filters are {len(stages) - 1} widths, one a stage but the innermost, not {filters}")
    return list(filters)


class ResizeConv2d(QuickConv2d):
    """Repeat each pixel ``scale`` times both ways, then convolve.

    Each output pixel sees as many input pixels as with a transposed convolution of kernel k and stride s when the
    kernel here is k - s + 1: 3 for ``k4s2``, 5 for ``k8s4``.
    """

    def __init__(self, in_channels: int, out_channels: int, kernel: int, scale: int, bias: bool) -> None:
        super().__init__(in_channels, out_channels, kernel, padding=kernel // 2, bias=bias)
        self.scale = scale

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, out_channels, scale * H, scale * W)."""
        return super().forward(F.interpolate(input, scale_factor=float(self.scale), mode="nearest"))


def _transposed(in_channels: int, out_channels: int, stage: Stage, bias: bool) -> nn.Module:
    return QuickConvTranspose2d(in_channels, out_channels, stage.kernel, stage.stride, stage.padding, bias=bias)


def _resized(in_channels: int, out_channels: int, stage: Stage, bias: bool) -> nn.Module:
    return ResizeConv2d(in_channels, out_channels, stage.kernel - stage.stride + 1, stage.stride, bias)


UPSAMPLING: dict[str, Callable[[int, int, Stage, bool], nn.Module]] = {"transposed": _transposed, "resize": _resized}
