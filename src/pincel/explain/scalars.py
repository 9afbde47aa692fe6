"""Named scalars: one number a painting, of which a map says what it depends on.

An explanation explains a number. Which number it is must be said: the mean chroma of a painting is made elsewhere than
its mean a, and the difference between two labels elsewhere again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from pincel.errors import PincelError, join
from pincel.explain.explained import Explained
from pincel.explain.options import ExplainOptions
from pincel.explain.views import Region
from pincel.tasks import Task

__all__ = [
    "BOTH",
    "COLOUR_SCALARS",
    "PICTURE_SCALARS",
    "Question",
    "Scalar",
    "make_scalar",
    "question_of",
    "scalar_names",
]

LUMA = (0.299, 0.587, 0.114)  # Rec. 601
TINY = 1e-6  # keeps roots differentiable at grey
BOTH = "a and b"  # not a number but two, for the saliency of both planes together

COLOUR_SCALARS: dict[str, tuple[str, Callable[[Tensor], Tensor]]] = {
    "chroma": ("mean chroma", lambda ab: (ab.square().sum(1) + TINY).sqrt().mean((-2, -1))),
    "a": ("mean a (green to red)", lambda ab: ab[:, 0].mean((-2, -1))),
    "b": ("mean b (blue to yellow)", lambda ab: ab[:, 1].mean((-2, -1))),
    "grey": ("distance to grey (root mean square of ab)", lambda ab: (ab.square().sum(1).mean((-2, -1)) + TINY).sqrt()),
}
PICTURE_SCALARS: dict[str, tuple[str, Callable[[Tensor], Tensor]]] = {
    "red": ("mean red", lambda rgb: rgb[:, 0].mean((-2, -1))),
    "green": ("mean green", lambda rgb: rgb[:, 1].mean((-2, -1))),
    "blue": ("mean blue", lambda rgb: rgb[:, 2].mean((-2, -1))),
    "luminance": (
        "mean luminance (Rec. 601)",
        lambda rgb: sum(weight * rgb[:, c] for c, weight in enumerate(LUMA)).mean((-2, -1)),  # type: ignore[union-attr]
    ),
}


@dataclass(frozen=True)
class Scalar:
    """One number for each painting.

    Attributes:
        name: as in commands.
        title: for readers, with the region and the labels it is about.
        unit: of its values.
        pixels: how many pixels it is the mean of.
        of: (N, C, H, W) source in -1..1 -> (N,), differentiable; (N, 2) of `BOTH`.
        parts: how many numbers it is: 1, or 2 of `BOTH`.
    """

    name: str
    title: str
    unit: str
    pixels: int
    of: Callable[[Tensor], Tensor]
    parts: int = 1


@dataclass(frozen=True)
class Question:
    """What is asked about one picture.

    Attributes:
        name: of the scalar.
        shape: height and width of the source.
        label: number of what the network is told; None: it takes none.
        region: the part of the painting that counts.
        between: the two labels of a margin.
    """

    name: str
    shape: tuple[int, int]
    label: int | None = None
    region: Region | None = None
    between: Sequence[str] = ()

    def scalar(self, explained: Explained, name: str | None = None) -> Scalar:
        """The scalar of a model, or another one of the same picture."""
        return make_scalar(
            explained, name or self.name, self.shape, label=self.label, region=self.region, between=self.between
        )


def question_of(
    explained: Explained,
    options: ExplainOptions,
    shape: tuple[int, int],
    label: int | None = None,
    region: Region | None = None,
) -> Question:
    """What options ask about a picture: the scalar that they name, else mean chroma, or of other tasks luminance."""
    name = options.scalar or ("chroma" if explained.task.keeps_lightness else "luminance")
    return Question(name, shape, label, region, options.between)


def scalar_names(explained: Explained) -> list[str]:
    """The scalars that this model has."""
    names = list(_of_planes(explained.task))
    names += ["margin"] if explained.classes else []
    return [*names, *(["verdict"] if explained.discriminator is not None else [])]


def make_scalar(
    explained: Explained,
    name: str,
    shape: tuple[int, int],
    *,
    label: int | None = None,
    region: Region | None = None,
    between: Sequence[str] = (),
) -> Scalar:
    """A scalar of a model's painting.

    Args:
        explained: whose painting.
        name: chroma, a, b, grey (of colorizers); red, green, blue, luminance (of others); margin; verdict; `BOTH`.
        shape: height and width of the source.
        label: what the network is told.
        region: the part of the painting that counts; everywhere when None. A verdict is always of the whole.
        between: of ``margin``: the two labels.

    Returns:
        Colours in Lab units or 8-bit levels; a margin as the mean Euclidean distance in those; a verdict as the mean
        logit of the patches (above 0: taken for real).

    Raises:
        PincelError: no such scalar for this model.
    """
    task, unit = explained.task, explained.task.unit
    if name == "margin" and not explained.classes:
        raise PincelError(
            f"{explained.name} takes no label, so there is no margin between two; choose another --scalar"
        )
    if name == "verdict" and explained.discriminator is None:
        raise PincelError(f"{explained.name} keeps no discriminator, so there is no verdict; choose another --scalar")
    known = scalar_names(explained)
    if name not in known and (name != BOTH or not task.keeps_lightness):
        raise PincelError(f"unknown scalar '{name}' for {explained.name}; known: {join(known)}")
    rows = slice(region.y, region.y + region.height) if region else slice(None)
    columns = slice(region.x, region.x + region.width) if region else slice(None)
    pixels = region.width * region.height if region else shape[0] * shape[1]
    where = f" inside {region.width} x {region.height} px" if region else ""

    def part(source: Tensor) -> Tensor:
        return colors(explained.output(source, label))

    def colors(output: Tensor) -> Tensor:
        return (output[..., rows, columns] - task.zero) * task.scale

    if name == "margin":
        first, second = _two(explained, between)
        numbers = explained.label_number(first), explained.label_number(second)

        def margin(source: Tensor) -> Tensor:
            one, other = (colors(output) for output in explained.output_each(source, numbers))
            return ((one - other).square().sum(1) + TINY).sqrt().mean((-2, -1))

        return Scalar(name, f"margin between {first} and {second}{where}", unit, pixels, margin)
    if name == "verdict":
        critic = explained.discriminator
        assert critic is not None

        def verdict(source: Tensor) -> Tensor:
            labels = None if label is None else torch.full((len(source),), label, dtype=torch.int64)
            return critic(source, explained.output(source, label), labels).mean((1, 2, 3))

        return Scalar(name, "the discriminator's mean verdict", "logits", shape[0] * shape[1], verdict)
    if name == BOTH:
        return Scalar(name, f"mean a and mean b{where}", unit, pixels, lambda source: part(source).mean((-2, -1)), 2)
    title, reduce = _of_planes(task)[name]
    return Scalar(name, title + where, unit, pixels, lambda source: reduce(part(source)))


def _of_planes(task: Task) -> dict[str, tuple[str, Callable[[Tensor], Tensor]]]:
    return COLOUR_SCALARS if task.keeps_lightness else PICTURE_SCALARS


def _two(explained: Explained, between: Sequence[str]) -> tuple[str, str]:
    if len(between) != 2 or between[0] == between[1]:
        raise PincelError(f"a margin is between two different labels; give --between A,B of {join(explained.classes)}")
    return between[0], between[1]
