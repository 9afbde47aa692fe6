"""The pieces that several networks share: padding to a multiple, convolution blocks, fixed SAME padding."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["FixedSameConv2d", "conv_norm_act", "crop_to", "fix_same_padding", "join_skip", "pad_to_multiple"]


def pad_to_multiple(x: Tensor, multiple: int) -> Tensor:
    """Repeat the right and bottom edge until height and width are multiples of ``multiple``.

    Written with index clamping instead of ``F.pad(mode="replicate")``: it allows any amount of padding
    (also more than the picture's own size) and exports with symbolic height and width.

    Args:
        x: (N, C, H, W), any range.
        multiple: at least 1.

    Returns:
        (N, C, H', W') with H <= H' < H + multiple, likewise W'.
    """
    height, width = x.shape[-2], x.shape[-1]
    up = multiple - 1  # rounding up by a positive division: ONNX truncates where Python floors
    rows = torch.arange((height + up) // multiple * multiple, device=x.device).clamp(max=height - 1)
    columns = torch.arange((width + up) // multiple * multiple, device=x.device).clamp(max=width - 1)
    return x.index_select(-2, rows).index_select(-1, columns)


def crop_to(x: Tensor, height: int, width: int) -> Tensor:
    """The top left (N, C, height, width) of ``x``: undoes `pad_to_multiple`."""
    return x[..., :height, :width]


def join_skip(x: Tensor, skip: Tensor) -> Tensor:
    """``torch.cat([x, skip], dim=1)`` whose gradient reaches ``x`` in one piece.

    torch hands on a view of the joined gradient, every other stretch of memory: on a CPU BatchNorm then takes many
    times as long to go back through it (130 against 5 ms for the outermost step up of pix2pix, batch 8 at 256 px).

    Args:
        x: (N, C, H, W).
        skip: (N, S, H, W).

    Returns:
        (N, C + S, H, W).
    """
    if x.requires_grad and not torch.compiler.is_compiling():
        layout = torch.channels_last if x.is_contiguous(memory_format=torch.channels_last) else torch.contiguous_format
        x.register_hook(lambda gradient: gradient.contiguous(memory_format=layout))
    return torch.cat([x, skip], dim=1)


def conv_norm_act(in_channels: int, out_channels: int, kernel: int = 3) -> nn.Sequential:
    """Convolution (size kept) - BatchNorm - ReLU, the decoder's ordinary step."""
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(inplace=True),
    )


class FixedSameConv2d(nn.Conv2d):
    """TensorFlow's SAME padding for stride 2 on even sizes: the odd pixel goes to the right and bottom.

    timm computes this padding from the input size at run time, which makes symbolic export slow; on inputs
    padded to an even size it is a constant (kernel 3: 0 left, 1 right; kernel 5: 1 left, 2 right).
    """

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) with even H and W -> (N, C', H/2, W/2)."""
        before, after = (self.kernel_size[0] - 2) // 2, (self.kernel_size[0] - 1) // 2
        return self._conv_forward(F.pad(input, (before, after, before, after)), self.weight, self.bias)


def fix_same_padding(network: nn.Module) -> nn.Module:
    """Replace every timm ``Conv2dSame`` of stride 2 in ``network`` by a `FixedSameConv2d` with the same weights."""
    from timm.layers import Conv2dSame  # pyright: ignore[reportPrivateImportUsage]

    for name, child in network.named_children():
        same: Any = child  # timm's layer has no types
        if isinstance(child, Conv2dSame) and tuple(same.stride) == (2, 2):
            fixed = FixedSameConv2d(
                same.in_channels,
                same.out_channels,
                same.kernel_size[0],
                stride=same.stride[0],
                groups=same.groups,
                bias=same.bias is not None,
            )
            fixed.load_state_dict(same.state_dict())
            setattr(network, name, fixed)
        else:
            fix_same_padding(child)
    return network
