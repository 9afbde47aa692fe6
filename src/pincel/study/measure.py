"""What a trial is worth: the figures of its network on the validation pictures, and what painting with it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from pincel.data.pairs import PairDataset
from pincel.evaluation.tables import Bootstrap, Figure
from pincel.export.export import executed_macs, load_painter
from pincel.metrics.frechet import frechet_distance
from pincel.metrics.lite import LiteFeatures, feature_square, vectors_and_distances
from pincel.metrics.quality import SSIM_WINDOW
from pincel.metrics.table import PICTURE_METRICS, Metric, score_pair
from pincel.training.dataset import load_training_data
from pincel.training.networks import new_generator
from pincel.training.recipe import Recipe
from pincel.training.run import Run
from pincel.training.validate import paint_all, shown_and_real

__all__ = ["MEASURES", "Measured", "Pictures", "cost_of", "figures_of", "measure_run"]

BATCH = 16  # squares through the eye at once
SHOWN = 6  # pictures in a strip


OF_PIXELS = ("ssim", "l1", "mse")
MEASURES: dict[str, Metric] = {
    "lite0_distance": Metric(
        "lite0 distance",
        group="Perception",
        title="lite0 distance",
        decimals=4,
        better="less",
        meaning="Mean distance of EfficientNet-Lite0's features at four scales; 0 is equal.",
    ),
    "frechet_lite0": Metric(
        "Frechet-Lite0",
        group="Whole set",
        title="Frechet-Lite0",
        decimals=2,
        better="less",
        meaning="Frechet distance of the sets of EfficientNet-Lite0 features (no FID); 0 is equal.",
    ),
    **{name: PICTURE_METRICS[name] for name in OF_PIXELS},
}


@dataclass(frozen=True)
class Pictures:
    """Validation pictures, uint8 sRGB.

    Attributes:
        source: (n, S, S, 3) what the network is shown, as a person sees it.
        target: (n, S, S, 3) the real ones.
        masks: bool (S, S) where there is photo; None without padding.
    """

    source: np.ndarray
    target: np.ndarray
    masks: Sequence[np.ndarray | None]


@dataclass(frozen=True)
class Measured:
    """The figures of one network.

    Attributes:
        figures: by the keys of `MEASURES`. baseline: of the input shown as it is; empty when not measured.
        n: pictures.
        strips: ``source``, ``painted``, ``target`` of a few of them, (S, k * S, 3) uint8.
    """

    figures: dict[str, Figure]
    baseline: dict[str, Figure]
    n: int
    strips: dict[str, np.ndarray]


def cost_of(recipe: Recipe, classes: int = 0) -> tuple[int, int]:
    """Parameters of a recipe's generator and the multiply-adds it executes for one picture; nothing is computed.

    Raises:
        RecipeError: options that the generator does not have.
    """
    with torch.device("meta"):  # shapes alone: no memory, no time
        generator = new_generator(recipe, classes)
        return sum(p.numel() for p in generator.parameters()), executed_macs(
            generator, recipe.data.size, recipe.data.size
        )


def measure_run(
    run: Run, *, count: int | None = None, device: torch.device | None = None, baseline: bool = True
) -> Measured:
    """Measure a run's network on its validation pictures.

    Args:
        run: a run with weights.
        count: of the validation pictures, evenly spread; all when None.
        device: where it paints; the CPU by default.
        baseline: measure the input shown as it is, too.

    Raises:
        PincelError: the pictures or the weights are not there.
    """
    recipe, device = run.recipe(), device or torch.device("cpu")
    data = load_training_data(recipe, [Path(folder) for folder in run.facts()["folders"]], split=run.split())
    pairs = data.pairs("val", recipe.data.size, count)
    painter = load_painter(run, recipe.validation.keep).to(device)
    painted, pictures, eye = paint_all(painter, pairs, device, recipe.data.batch), _pictures(pairs), LiteFeatures()
    chosen = np.unique(np.linspace(0, len(pairs) - 1, SHOWN).astype(int))
    stacks = {"source": pictures.source, "painted": painted, "target": pictures.target}
    return Measured(
        figures_of(painted, pictures, eye),
        figures_of(pictures.source, pictures, eye) if baseline else {},
        len(pairs),
        {name: np.hstack(list(stack[chosen])) for name, stack in stacks.items()},
    )


def figures_of(painted: np.ndarray, pictures: Pictures, eye: LiteFeatures) -> dict[str, Figure]:
    """The figures of `MEASURES` with bootstrap intervals over pictures.

    lite0 looks at squares of 128 px, to which smaller pictures are enlarged; masks count for the others alone. The
    Frechet distance has no interval: drawn with replacement it is always larger.

    Args:
        painted: (n, S, S, 3) uint8.
        pictures: the real ones.
        eye: the frozen network.
    """
    rows = zip(painted, pictures.target, pictures.masks, strict=True)
    each = [_pixel_figures(*row) for row in rows]
    seen, real = (np.stack([feature_square(rgb) for rgb in stack]) for stack in (painted, pictures.target))
    starts = range(0, len(real), BATCH)
    batches = [vectors_and_distances(eye, real[i : i + BATCH], [seen[i : i + BATCH]]) for i in starts]
    vectors = [np.concatenate(sets) for sets in zip(*(looked for looked, _ in batches), strict=True)]
    frechet = frechet_distance(*vectors) if len(seen) > 1 else float("nan")
    bootstrap = Bootstrap()
    return {
        "lite0_distance": bootstrap.mean(np.concatenate([far for _, (far,) in batches]).astype(np.float64)),
        "frechet_lite0": Figure(frechet, float("nan"), float("nan")),
        **{name: bootstrap.mean(np.array([row[name] for row in each])) for name in OF_PIXELS},
    }


def _pictures(pairs: PairDataset) -> Pictures:
    source, target, masks = shown_and_real(pairs)
    return Pictures(source, target, [None if mask.all() or not mask.any() else mask for mask in masks > 0])


def _pixel_figures(painted: np.ndarray, real: np.ndarray, mask: np.ndarray | None) -> dict[str, float]:
    names = [name for name in OF_PIXELS if name != "ssim" or len(real) >= SSIM_WINDOW]
    return dict.fromkeys(OF_PIXELS, float("nan")) | score_pair(painted, real, mask, names)
