"""The figures of a comparison: every picture, after every epoch, against the target and against the base."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pincel.comparison.runs import Contender, Key
from pincel.imaging.resize import resize
from pincel.metrics.table import PICTURE_METRICS, score_pair
from pincel.training.outputs import EpochOutputs, Pictures

__all__ = ["MEASURES", "Series", "Table", "masks_of", "measure_all", "scores_of"]

MEASURES = {
    name: PICTURE_METRICS[name] for name in ("mse", "ssim", "residual_std", "residual_variance", "intensity_gap")
}
MEASURES["residual_std"] = replace(MEASURES["residual_std"], decimals=4)
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
    rows = [score_pair(*row, MEASURES) for row in zip(first, second, masks, strict=True)]
    return {name: np.array([row[name] for row in rows]) for name in MEASURES}


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
