"""The figures of many pictures: means, ratios of means, and their bootstrap intervals, in all and per class."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

import numpy as np

from pincel.evaluation.evaluated_tasks import COLORIZING, RATIOS, EvaluatedTask
from pincel.evaluation.sets import SetFigures
from pincel.metrics.bootstrap import bootstrap_interval

__all__ = ["Bootstrap", "Figure", "PictureScores", "QualityRow", "Spread", "quality_rows", "rows_by_label", "spreads"]

SPREAD_METRICS = ("psnr_whole", "ssim_whole", "psnr", "ssim")


@dataclass(frozen=True)
class PictureScores:
    """What was measured on one picture.

    Attributes:
        key, label: see `pincel.data.scan.PictureFile`.
        height, width: in pixels, as compared.
        real_colourfulness: of the real photo.
        scores: row name -> metric -> value. ``ciede2000_at``: at equal colourfulness; absent where it is not reached.
        real_patchiness: of the real photo; not a number where it was not asked for.
        trained_by: the model that was trained on this picture, if any.
        labels: row name -> the label it was painted with.
    """

    key: str
    label: str
    height: int
    width: int
    real_colourfulness: float
    scores: dict[str, dict[str, float]]
    real_patchiness: float = math.nan
    trained_by: str = ""
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Bootstrap:
    """Settings of the intervals; see `pincel.metrics.bootstrap`."""

    level: float = 0.95
    resamples: int = 1000
    seed: int = 0

    def mean(self, values: np.ndarray) -> Figure:
        """Mean of (n,) values."""
        return Figure(float(values.mean()), *bootstrap_interval(values, **asdict(self)))

    def ratio(self, numerator: np.ndarray, denominator: np.ndarray) -> Figure:
        """Ratio of the means of (n,) values of the same pictures; not a number where the lower mean is 0."""
        below = float(denominator.mean())
        value = float(numerator.mean()) / below if below else math.nan
        return Figure(value, *bootstrap_interval(numerator, denominator, **asdict(self)))


@dataclass(frozen=True)
class Figure:
    """A value and its bootstrap interval; the ends are not numbers where a figure has no interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Spread:
    """How a figure is spread over pictures, as the colorization papers print PSNR and SSIM.

    Attributes:
        mean: over pictures.
        std: sample standard deviation; not a number for one picture.
        min, max: the worst and the best picture's.
    """

    mean: float
    std: float
    min: float
    max: float


@dataclass(frozen=True)
class QualityRow:
    """One row of a quality table.

    Attributes:
        name: the baseline's (``grey``, ``identity``) or a model's.
        role: ``baseline``, ``reference`` or ``candidate``.
        n: pictures.
        figures: by the keys of the task's metrics, in that order.
    """

    name: str
    role: str
    n: int
    figures: dict[str, Figure]


def quality_rows(
    pictures: Sequence[PictureScores],
    candidate: str,
    bootstrap: Bootstrap,
    sets: SetFigures | None = None,
    task: EvaluatedTask = COLORIZING,
) -> list[QualityRow]:
    """Baseline, reference models, candidate.

    Args:
        pictures: measured with the same models, at least one.
        candidate: its row name.
        bootstrap: settings.
        sets: figures of these pictures as a set.
        task: which figures, beside which baseline.
    """
    baseline = task.baseline
    others = [name for name in pictures[0].scores if name not in (baseline, candidate)]
    roles = {baseline: "baseline", **dict.fromkeys(others, "reference"), candidate: "candidate"}
    rows = []
    for name, role in roles.items():
        figures = _figures(pictures, name, bootstrap, task)
        if sets:
            of_set = sets.figures(name)
            figures |= {metric: Figure(value, *sets.interval(name, metric)) for metric, value in of_set.items()}
        rows.append(QualityRow(name, role, len(pictures), figures))
    return rows


def spreads(pictures: Sequence[PictureScores], name: str) -> dict[str, Spread]:
    """How one row's PSNR and SSIM are spread, by metric; those of the whole square only where there is padding.

    Args:
        pictures: at least one.
        name: of the row.
    """
    found = {}
    for metric in SPREAD_METRICS:
        if metric in pictures[0].scores[name]:
            values = np.array([picture.scores[name][metric] for picture in pictures])
            std = float(values.std(ddof=1)) if len(values) > 1 else float("nan")
            found[metric] = Spread(float(values.mean()), std, float(values.min()), float(values.max()))
    return found


def rows_by_label(
    pictures: Sequence[PictureScores], candidate: str, bootstrap: Bootstrap, task: EvaluatedTask = COLORIZING
) -> dict[str, list[QualityRow]]:
    """`quality_rows` of every class, by its name."""
    parts = {
        label: [picture for picture in pictures if picture.label == label]
        for label in sorted({picture.label for picture in pictures})
    }
    return {label: quality_rows(part, candidate, bootstrap, task=task) for label, part in parts.items()}


def _figures(
    pictures: Sequence[PictureScores], name: str, bootstrap: Bootstrap, task: EvaluatedTask
) -> dict[str, Figure]:
    values = {
        metric: np.array([picture.scores[name][metric] for picture in pictures]) for metric in pictures[0].scores[name]
    }
    real = np.array([picture.real_colourfulness for picture in pictures])
    figures = {metric: bootstrap.mean(column) for metric, column in values.items()}
    for metric in task.leading:
        if metric in values:
            below = np.array([picture.scores[task.baseline][metric] for picture in pictures])
            figures[RATIOS[metric]] = bootstrap.ratio(values[metric], below)
    if "ciede2000_at" in values:
        grey = np.array([picture.scores[task.baseline]["ciede2000"] for picture in pictures])
        figures["ciede2000_ratio_at"] = bootstrap.ratio(values["ciede2000_at"], grey)
        worst = _worst_tenth(values["ciede2000_at"], grey)
        figures["ciede2000_worst_at"] = Figure(worst, math.nan, math.nan)
    if "patchiness" in values:
        figures["patchiness"] = bootstrap.ratio(values["patchiness"], np.array([p.real_patchiness for p in pictures]))
    figures["colourfulness_ratio"] = bootstrap.ratio(values["colourfulness"], real)
    figures["colourfulness_gap"] = bootstrap.mean(values["colourfulness"] - real)
    return {metric: figures[metric] for metric in task.metrics if metric in figures}


def _worst_tenth(errors: np.ndarray, grey: np.ndarray) -> float:
    """Summed errors over summed grey errors of the tenth of the photos with the largest ratio, one photo at least."""
    ratio = errors / np.maximum(grey, 1e-9)
    worst = np.argsort(-ratio)[: max(1, len(ratio) // 10)]
    return float(errors[worst].sum() / max(grey[worst].sum(), 1e-9))
