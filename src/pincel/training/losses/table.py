"""The losses by name: what a recipe says of each, where its function is, and what it is called. Without torch.

A new loss is a function in a module of this package and a row of `LOSSES`: recipes, training, validation, reports and
the table in docs/reference/recipes.md take it from there. No rows are:

* ``chroma_rebalance``, which is no loss but weighs the pixels of those that have `Loss.rebalanced`;
* the adversarial loss, whose weight belongs to a phase and whose kind to the discriminator;
* distillation's two, which compare with a teacher instead of the real picture (`pincel.training.distillation`).

They are named in reports all the same: `title_of`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Annotated, Any

from pydantic import Field

__all__ = ["ADVERSARIAL", "LABELS", "LOSSES", "REBALANCE", "Loss", "Planes", "function_at", "part_of_today", "title_of"]

ADVERSARIAL, REBALANCE = "adversarial", "chroma_rebalance"


@dataclass(frozen=True)
class Planes:
    """What losses are given of a batch.

    Attributes:
        function: that picks it from a `pincel.training.losses.view.View` and the weight of the pixels, as
            ``module.name`` in this package; gives the first arguments of the loss.
        only_for: words for the docs' table, where not every recipe can have such a loss.
        of_color: whether it is only for tasks that keep the lightness.
        side_output: of the generator, that it looks at; none: at the painting.
        lacking: what a generator without that side output has not.
    """

    function: str
    only_for: str = ""
    of_color: bool = False
    side_output: str = ""
    lacking: str = ""


OUTPUT = Planes("view.output")
AB = Planes("view.output", only_for="`colorize`", of_color=True)
RGB = Planes("view.rgb")
FEATURES = Planes("perceptual.features_and_rgb")
BINS = Planes("logits.of_bins", only_for="`query_unet`", side_output="bins", lacking="bins of colour")
LABELS = Planes("logits.of_labels", only_for="conditional generators", side_output="label_logits", lacking="classifier")


@dataclass(frozen=True)
class Loss:
    """One loss.

    Attributes:
        title: in reports.
        meaning: in a few words.
        function: that computes it, as ``module.name`` in this package.
        planes: what it is given.
        teaches: whether a phase that has no other learns something.
        rebalanced: whether its weight is the mask times the recipe's ``chroma_rebalance``; otherwise it is the mask.
        settings: further keys of the recipe, given to the function by name: their types. ``except`` is not given:
            pictures of those classes are left out.
        part: its name in the logs, where its own is a validation's figure already.
    """

    title: str
    meaning: str
    function: str
    planes: Planes = OUTPUT
    teaches: bool = True
    rebalanced: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    part: str = ""


SHARE = Annotated[float, Field(gt=0, le=2, description="of the real pictures' colourfulness, that is asked for")]
SPARED = Annotated[list[str], Field(description="classes of which it does not ask: to be painted as closely as can be")]

LOSSES: dict[str, Loss] = {
    "l1": Loss("L1", "mean absolute error", "pixels.l1", OUTPUT, rebalanced=True),
    "smooth_l1": Loss(
        "smooth L1", "Huber's, with its bend at 10 Lab units", "pixels.smooth_l1", OUTPUT, rebalanced=True
    ),
    "cie94": Loss("CIE94", "colour difference as the eye weighs it", "color.cie94", AB, rebalanced=True),
    "ciede2000": Loss(
        "CIEDE2000",
        "the colour difference that evaluation measures",
        "color.ciede2000",
        AB,
        rebalanced=True,
        part="ciede2000_loss",
    ),
    "colourfulness": Loss(
        "colourfulness",
        "for too little colour in a batch",
        "color.colourfulness",
        AB,
        teaches=False,
        settings={"share": (SHARE, 0.9), "except": (SPARED, [])},
    ),
    "psnr": Loss("PSNR", "what the mean PSNR lacks, in bel: a share of every picture's error", "pixels.psnr", RGB),
    "perceptual": Loss("perceptual", "`lite0_distance` in sRGB", "perceptual.perceptual", FEATURES),
    "classification": Loss(
        "classification",
        "cross-entropy of the generator's own guess of the class, for `--label auto`",
        "logits.classification",
        LABELS,
        teaches=False,
    ),
    "bins": Loss("bins of colour", "cross-entropy of `query_unet`'s bins of ab", "logits.bins", BINS, teaches=False),
}

OTHER_TITLES = {
    ADVERSARIAL: "adversarial",
    "distil_output": "distance to the teacher's output",
    "distil_features": "distance to the teacher's layers",
}
EARLIER_PARTS = {"delta_e": "ciede2000_loss"}  # in the logs of earlier runs


def function_at(name: str) -> Callable[..., Any]:
    """The function ``module.name`` of this package; brings torch."""
    module, _, function = name.partition(".")
    return getattr(import_module(f"pincel.training.losses.{module}"), function)


def part_of_today(name: str) -> str:
    """The name under which a part of the generator's loss is logged now."""
    return EARLIER_PARTS.get(name, name)


def title_of(part: str) -> str:
    """What a part of the generator's loss is called.

    >>> title_of("ciede2000_loss"), title_of("smooth_l1"), title_of("distil_output")
    ('CIEDE2000', 'smooth L1', "distance to the teacher's output")
    """
    titles = {row.part or name: row.title for name, row in LOSSES.items()} | OTHER_TITLES
    return titles.get(part, part.replace("_", " "))
