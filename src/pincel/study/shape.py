"""A family of U-Nets made from one list of stages: other depths, widths, kernels and strides."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pincel.errors import RecipeError
from pincel.models.stages import Stage

__all__ = ["SHAPE", "Pattern", "reshape", "stage_values"]

SHAPE = ("depth", "width", "kernel", "stride")
Pattern = int | str
"""One number for all stages, or ``"4-8-8-4"``: stage by stage from the outermost on, the last for all further ones."""


def reshape(
    base: Sequence[Stage],
    *,
    depth: int | None = None,
    width: int | None = None,
    kernel: Pattern | None = None,
    stride: Pattern | None = None,
) -> tuple[Stage, ...]:
    """Another network of the same family.

    Args:
        base: the stages of the recipe. What is not given stays as it is there.
        depth: how many stages; further ones are like the last of ``base``.
        width: filters of the first stage; all others keep their proportion to it.
        kernel: of the stages.
        stride: of the stages.

    Raises:
        ValueError: a kernel and a stride that do not go together, or a number below 1.
        RecipeError: not a number, or not a pattern.

    >>> from pincel.models.stages import parse_stages, stages_text
    >>> stages_text(reshape(parse_stages("pix2pix_256"), depth=6, kernel="4-8-8-4", stride="2-4-4-2"))
    '64k4s2 128k8s4 256k8s4 512k4s2 512k4s2 512k4s2'
    """
    count = len(base) if depth is None else _whole("depth", depth)
    factor = 1.0 if width is None else _whole("width", width) / base[0].filters
    kernels, strides = stage_values("kernel", kernel, count), stage_values("stride", stride, count)
    stages = []
    for place in range(count):
        like = base[min(place, len(base) - 1)]
        stages.append(
            Stage(
                max(1, round(like.filters * factor)),
                kernels[place] if kernels else like.kernel,
                strides[place] if strides else like.stride,
            )
        )
    return tuple(stages)


def stage_values(name: str, pattern: Pattern | None, count: int) -> list[int] | None:
    """The value of each of ``count`` stages; None for no pattern.

    >>> stage_values("kernel", "4-8-8-4", 6)
    [4, 8, 8, 4, 4, 4]
    """
    if pattern is None:
        return None
    if not re.fullmatch(r"[1-9]\d*(-[1-9]\d*)*", str(pattern)):
        raise RecipeError(f"{name} is a number for all stages or a pattern like 4-8-8-4, not {pattern!r}")
    numbers = [int(part) for part in str(pattern).split("-")]
    return [numbers[min(place, len(numbers) - 1)] for place in range(count)]


def _whole(name: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise RecipeError(f"{name} is a whole number of 1 or more, not {value!r}")
    return value
