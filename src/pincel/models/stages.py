"""The notation in which a U-Net is written: ``64k4s2`` is a stage of 64 filters, kernel 4 and stride 2."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["STAGE_LISTS", "Stage", "check_fit", "parse_stages", "size_multiple", "stages_text"]

PIX2PIX_256 = "64k4s2 128k4s2 256k4s2 512k4s2 512k4s2 512k4s2 512k4s2 512k4s2"
REDUCED_256 = "64k4s2 128k8s4 256k8s4 512k4s2 512k4s2 512k4s2"

# Lists by name. Those for 256 px are pix2pix's (Isola et al. 2017, section 6.1) and that of the paper on reducing it;
# for smaller pictures the same lists lose their innermost stages, which makes them scaled ones, not the papers'.
STAGE_LISTS: dict[str, str] = {
    "pix2pix_256": PIX2PIX_256,
    "pix2pix_128": " ".join(PIX2PIX_256.split()[:7]),
    "pix2pix_64": " ".join(PIX2PIX_256.split()[:6]),
    "reduced_256": REDUCED_256,
    "reduced_128": " ".join(REDUCED_256.split()[:5]),
    "reduced_64": " ".join(REDUCED_256.split()[:4]),
}


@dataclass(frozen=True)
class Stage:
    """One step down: a convolution that divides the sides by ``stride``. On the way up it is mirrored.

    Raises:
        ValueError: the kernel skips pixels, or sizes would not come out whole.
    """

    filters: int
    kernel: int
    stride: int

    def __post_init__(self) -> None:
        if min(self.filters, self.kernel, self.stride) < 1:
            raise ValueError(f"stage '{self}': filters, kernel and stride are at least 1")
        if self.kernel < self.stride:
            raise ValueError(
                f"stage '{self}': a kernel of {self.kernel} is smaller than its stride of {self.stride} and would skip "
                f"pixels; use a kernel of {self.stride}, {self.stride + 2} or {2 * self.stride}"
            )
        if (self.kernel - self.stride) % 2:
            near = [kernel for kernel in (self.kernel - 1, self.kernel + 1) if kernel >= self.stride]
            raise ValueError(
                f"stage '{self}': kernel - stride must be even, or sizes do not come out whole; "
                f"use a kernel of {' or '.join(map(str, near))}"
            )

    def __str__(self) -> str:
        return f"{self.filters}k{self.kernel}s{self.stride}"

    @property
    def padding(self) -> int:
        """Pixels on each side with which a side of n comes out as n / stride, and n as n * stride on the way up."""
        return (self.kernel - self.stride) // 2


def parse_stages(written: str | Sequence[str]) -> tuple[Stage, ...]:
    """A list of stages from its notation, outermost first.

    Args:
        written: ``"64k4s2 128k8s4"``, the same as a list of strings, or a name in `STAGE_LISTS`.

    Raises:
        ValueError: not the notation, a stage that cannot be, or an innermost stage that keeps the size.

    >>> parse_stages("64k4s2 128k8s4")
    (Stage(filters=64, kernel=4, stride=2), Stage(filters=128, kernel=8, stride=4))
    """
    if not isinstance(written, str):
        if not isinstance(written, Sequence) or not all(isinstance(part, str) for part in written):
            raise ValueError(f"stages are written like '64k4s2 128k4s2', not {written!r}")
        written = " ".join(written)
    parts = STAGE_LISTS.get(written.strip(), written).replace(",", " ").split()
    if not parts:
        raise ValueError("stages are empty; give at least one, like '64k4s2'")
    stages = tuple(map(_parse, parts))
    if stages[-1].stride == 1:  # at the smallest size the way up would have one pixel to normalise over
        raise ValueError(f"the innermost stage '{stages[-1]}' keeps the size; give it a stride of 2 or more")
    return stages


def _parse(text: str) -> Stage:
    match = re.fullmatch(r"(\d{1,4})k(\d{1,2})s(\d{1,2})", text)
    if match is None:
        raise ValueError(
            f"'{text}' is no stage; a stage is written filters k kernel s stride, like '64k4s2', "
            f"and lists by name are {', '.join(STAGE_LISTS)}"
        )
    return Stage(*map(int, match.groups()))


def stages_text(stages: Sequence[Stage]) -> str:
    """The notation of a list of stages; what `parse_stages` reads.

    >>> stages_text(parse_stages("pix2pix_64"))
    '64k4s2 128k4s2 256k4s2 512k4s2 512k4s2 512k4s2'
    """
    return " ".join(map(str, stages))


def size_multiple(stages: Sequence[Stage]) -> int:
    """What sides must be multiples of, so that every stage gives whole sizes: the product of the strides."""
    return math.prod(stage.stride for stage in stages)


def check_fit(stages: Sequence[Stage], size: int) -> None:
    """Whether pictures of ``size`` px pass the stages without padding.

    Raises:
        ValueError: they do not; says which sizes and which shorter list do.
    """
    multiple = size_multiple(stages)
    if size % multiple == 0:
        return
    below = size // multiple * multiple
    fitting = [str(below)] if below else []
    fitting += [str(below + multiple), str(below + 2 * multiple)]
    shorter = [count for count in range(1, len(stages)) if size % size_multiple(stages[:count]) == 0]
    hint = f"; of {size} px the first {max(shorter)} stages fit" if shorter else ""
    raise ValueError(
        f"stages '{stages_text(stages)}' do not fit pictures of {size} px: their strides multiply to {multiple}, so "
        f"sizes that fit are {', '.join(fitting)} and other multiples{hint}"
    )
