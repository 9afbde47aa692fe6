"""Convolutions that learn faster on a CPU: the gradient of their weights is taken by matrix products.

With channels side by side (channels_last) oneDNN's kernels for AVX2 run forward and for the input's gradient at the
rate of a matrix product, but for the weights' gradient at half of it, and at a tenth where pictures have shrunk to a
few pixels. These layers are torch's own in all else: weights, results, export, other devices and precisions.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

__all__ = ["QuickConv2d", "QuickConvTranspose2d", "weight_gradient"]

FEWEST_CHANNELS = 32  # below, the products are too thin to pay
FEW_PIXELS = 16  # up to here a whole batch goes into one product, above each picture into its own


class QuickConv2d(nn.Conv2d):
    """`torch.nn.Conv2d` with the quick gradient where it pays."""

    def forward(self, input: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, out_channels, H', W')."""
        weight = self.weight  # asked for once: with spectral norm each asking is a step of its power iteration
        if _pays(input, weight, self):
            return _convolve(input, weight, self, False)
        return self._conv_forward(input, weight, self.bias)


class QuickConvTranspose2d(nn.ConvTranspose2d):
    """`torch.nn.ConvTranspose2d` with the quick gradient where it pays."""

    def forward(self, input: Tensor, output_size: list[int] | None = None) -> Tensor:
        """(N, C, H, W) -> (N, out_channels, H', W')."""
        if output_size is None and not any(self.output_padding) and _pays(input, self.weight, self):
            return _convolve(input, self.weight, self, True)
        return super().forward(input, output_size)


def _pays(input: Tensor, weight: Tensor, layer: nn.Conv2d | nn.ConvTranspose2d) -> bool:
    (kernel, other), (stride, _) = layer.kernel_size, layer.stride
    return (
        torch.is_grad_enabled()
        and weight.requires_grad
        and input.device.type == "cpu"
        and input.dtype == weight.dtype == torch.float32
        and not torch.is_autocast_enabled("cpu")
        and not torch.compiler.is_compiling()
        and input.is_contiguous(memory_format=torch.channels_last)
        and min(layer.in_channels, layer.out_channels) >= FEWEST_CHANNELS
        and kernel == other
        and kernel % stride == 0
        and len({*layer.stride}) == len({*layer.padding}) == 1
        and layer.padding_mode == "zeros"
        and layer.groups == 1
        and set(layer.dilation) == {1}
    )


def _convolve(input: Tensor, weight: Tensor, layer: nn.Conv2d | nn.ConvTranspose2d, transposed: bool) -> Tensor:
    stride, padding = layer.stride[0], int(layer.padding[0])
    return _Convolution.apply(input, weight, layer.bias, stride, padding, transposed)  # type: ignore[return-value]


class _Convolution(torch.autograd.Function):
    """torch's convolution, but for the gradient of the weight."""

    @staticmethod
    def forward(
        ctx: Any, input: Tensor, weight: Tensor, bias: Tensor | None, stride: int, padding: int, transposed: bool
    ) -> Tensor:
        ctx.save_for_backward(input, weight)
        ctx.has_bias = bias is not None
        ctx.arguments = ([stride] * 2, [padding] * 2, [1, 1], transposed, [0, 0], 1)
        return torch.convolution(input, weight, bias, *ctx.arguments)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:  # type: ignore[override]
        input, weight = ctx.saved_tensors
        gradient = gradients[0].contiguous(memory_format=torch.channels_last)
        (stride, _), (padding, _), _, transposed, *_ = ctx.arguments
        of_input = of_weight = of_bias = None
        if ctx.needs_input_grad[0]:
            mask = [True, False, False]
            of_input = torch.ops.aten.convolution_backward(gradient, input, weight, None, *ctx.arguments, mask)[0]
        if ctx.needs_input_grad[1]:
            wide, narrow = (gradient, input) if transposed else (input, gradient)
            of_weight = weight_gradient(wide, narrow, weight.shape[-1], stride, padding)
        if ctx.has_bias and ctx.needs_input_grad[2]:
            of_bias = gradient.sum((0, 2, 3))
        return of_input, of_weight, of_bias, None, None, None


def weight_gradient(wide: Tensor, narrow: Tensor, kernel: int, stride: int, padding: int) -> Tensor:
    """The gradient of a convolution's weight.

    Rows of ``wide`` are sorted by their place in a stride. Then what each part of the kernel sees is one matrix, from a
    certain row on, and no patch is copied: ``narrow`` is widened by zeros to the same rows, so that the products across
    the edges vanish.

    Args:
        wide: (N, C, H, W) what a convolution saw, or the gradient of what a transposed one gave.
        narrow: (N, K, h, w) the gradient of what a convolution gave, or what a transposed one saw.
        kernel: side; a multiple of the stride.
        stride: pixels of ``wide`` for each of ``narrow``.
        padding: zeros around ``wide``.

    Returns:
        (K, C, kernel, kernel), channels last.
    """
    count, channels, _, width = wide.shape
    filters, h, w = narrow.shape[1:]
    steps = kernel // stride  # strides that the kernel spans
    rows, columns = h + steps - 1, w + steps - 1
    sorted_rows = wide.new_empty(stride, count, rows, columns * stride, channels)
    right = min(width, columns * stride - padding)  # what lies behind is seen by no kernel
    for place in range(stride):
        first = (place - padding) % stride
        before = (first + padding) // stride  # rows that are padding
        taken = wide.permute(0, 2, 3, 1)[:, first::stride, :right][:, : rows - before]
        _place(sorted_rows[place], taken, before, padding)
    together = h * w <= FEW_PIXELS
    widened = narrow.new_empty(count, rows if together else h, columns, filters)
    _place(widened, narrow.permute(0, 2, 3, 1), 0, 0)
    parts = 1 if together else count
    left = widened.view(parts, -1, filters).transpose(1, 2)  # (parts, K, positions)
    seen = sorted_rows.view(stride, parts, -1, stride * channels)  # (stride, parts, positions, stride * C)
    gradient = narrow.new_empty(filters, kernel, steps, stride * channels)
    for y in range(kernel):
        down, place = divmod(y, stride)
        for across in range(steps):
            start = down * columns + across
            length = min(left.shape[2], seen.shape[2] - start)
            out = gradient[:, y, across]
            for part in range(parts):
                matrix = seen[place, part, start : start + length]
                torch.addmm(out, left[part, :, :length], matrix, beta=float(part > 0), out=out)
    return gradient.view(filters, kernel, kernel, channels).permute(0, 3, 1, 2)


def _place(out: Tensor, inside: Tensor, top: int, left: int) -> None:
    """Write (N, h, w, C) ``inside`` into (N, H, W, C) ``out`` from ``top`` and ``left`` on, zeros around it."""
    bottom, right = top + inside.shape[1], left + inside.shape[2]
    out[:, :top] = 0
    out[:, bottom:] = 0
    out[:, top:bottom, :left] = 0
    out[:, top:bottom, right:] = 0
    out[:, top:bottom, left:right] = inside
