"""The figures of a comparison: every picture, after every epoch, against the target and against the base."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pincel.comparison.runs import Contender, Key
from pincel.imaging.resize import resize
from pincel.metrics.quality import ssim
from pincel.metrics.residual import intensity_std, mse, residual_variance
from pincel.training.outputs import EpochOutputs, Pictures

__all__ = ["MEASURES", "Measure", "Series", "Table", "masks_of", "measure_all", "scores_of"]


@dataclass(frozen=True)
class Measure:
    """What a figure is called and how it is read.

    Attributes:
        title: for readers. scale: of its values. decimals: that are shown.
        higher_is_better: towards the other operand; None: 0 is best, with a sign.
    """

    title: str
    scale: str
    decimals: int
    higher_is_better: bool | None


MEASURES = {
    "mse": Measure("MSE", "sRGB in 0..1", 4, False),
    "ssim": Measure("SSIM", "-1..1, 1 is equal", 4, True),
    "residual_std": Measure("residual deviation", "grey in 0..1, with the root", 4, False),
    "residual_variance": Measure("residual variance", "grey in 0..1, the paper's formula without a root", 5, False),
    "intensity_gap": Measure("contrast gap", "grey in 0..1, deviation of the one minus that of the other", 4, None),
}
MASKED = 127  # a shrunk mask is photo where it is above

Table = dict[str, np.ndarray]
"""Figure by name of `MEASURES` -> (epochs, pictures)."""


@dataclass(frozen=True)
class Series:
    """One run against the target or against the base.

    Attributes:
        whole: all validation pictures at the small side. chosen: the chosen ones at full size.
        full: all of them at full size, at the epochs that kept them; empty when there are none, and against the
            target, whose full size a run keeps of the chosen pictures only.
    """

    whole: Table
    chosen: Table
    full: Table


def measure_all(
    contenders: Sequence[Contender],
    pictures: Pictures,
    keys: Sequence[Key],
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[list[Series], list[Series], list[Key]]:
    """Measure every epoch in ``keys``.

    Returns:
        Every run against the target; every run but the first against the first; the epochs that all runs kept at full
        size (none where the small side is the full one: it would be measured twice).
    """
    masks, chosen_masks = masks_of(pictures.mask), masks_of(pictures.chosen_mask)
    small, large = pictures.target.shape[1], pictures.chosen_target.shape[1]
    against_target = [_Rows() for _ in contenders]
    against_base = [_Rows() for _ in contenders[1:]]
    full_keys: list[Key] = []
    for number, key in enumerate(keys):
        outputs = [contender.epoch(key) for contender in contenders]
        for rows, painted in zip(against_target, outputs, strict=True):
            rows.whole.append(scores_of(painted.whole, pictures.target, masks))
            rows.chosen.append(scores_of(painted.chosen, pictures.chosen_target, chosen_masks))
        for rows, painted in zip(against_base, outputs[1:], strict=True):
            rows.whole.append(scores_of(painted.whole, outputs[0].whole, masks))
            rows.chosen.append(scores_of(painted.chosen, outputs[0].chosen, chosen_masks))
        if small < large and all(painted.full is not None for painted in outputs):
            full_keys.append(key)
            full_masks = masks_of(_enlarged(pictures.mask, large))
            for rows, painted in zip(against_base, outputs[1:], strict=True):
                rows.full.append(scores_of(_full(painted), _full(outputs[0]), full_masks))
        if on_progress:
            on_progress(number + 1, len(keys))
    return [rows.series() for rows in against_target], [rows.series() for rows in against_base], full_keys


def scores_of(first: np.ndarray, second: np.ndarray, masks: Sequence[np.ndarray | None]) -> dict[str, np.ndarray]:
    """The figures of `MEASURES` of two stacks (n, H, W, 3) uint8, picture by picture: (n,) each."""
    names = list(MEASURES)
    found = np.empty((len(first), len(names)))
    for place, (one, other, mask) in enumerate(zip(first, second, masks, strict=True)):
        variance = residual_variance(one, other, mask)
        gap = intensity_std(one, mask) - intensity_std(other, mask)
        found[place] = mse(one, other, mask), ssim(one, other, mask), np.sqrt(variance), variance, gap
    return dict(zip(names, found.T, strict=True))


class _Rows:
    """The figures of one pair of operands, growing by an epoch at a time."""

    def __init__(self) -> None:
        self.whole: list[dict[str, np.ndarray]] = []
        self.chosen: list[dict[str, np.ndarray]] = []
        self.full: list[dict[str, np.ndarray]] = []

    def series(self) -> Series:
        return Series(*(_stacked(rows) for rows in (self.whole, self.chosen, self.full)))


def _stacked(rows: Sequence[dict[str, np.ndarray]]) -> Table:
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]} if rows else {}


def masks_of(masks: np.ndarray) -> list[np.ndarray | None]:
    """(n, H, W) uint8 -> bool masks; None for a picture without padding, measured as scikit-image does."""
    photo = masks > MASKED
    return [None if mask.all() or not mask.any() else mask for mask in photo]


def _enlarged(masks: np.ndarray, side: int) -> np.ndarray:
    return np.stack([resize(mask, side, side) for mask in masks])


def _full(outputs: EpochOutputs) -> np.ndarray:
    assert outputs.full is not None
    return outputs.full
