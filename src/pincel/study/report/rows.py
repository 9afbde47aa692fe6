"""What a report says of a study: trials in order of cost, the fronts, the main effects."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pincel.errors import PincelError
from pincel.study.effects import Effects, main_effects
from pincel.study.measure import MEASURES
from pincel.study.pareto import pareto_front
from pincel.study.record import DONE, Study, Trial
from pincel.study.space import Value

__all__ = ["COSTS", "Cost", "Result", "Row", "result_of"]

MOST_VALUES = 6  # of an axis that comes from a range; more are put into thirds


@dataclass(frozen=True)
class Cost:
    """A way to count cost: axis title, and value of a trial (not a number where unknown)."""

    title: str
    short: str
    of: Callable[[Trial], float]


COSTS = {
    "macs": Cost("executed multiply-adds, M", "MACs", lambda trial: trial.macs / 1e6),
    "latency": Cost(
        "latency p50, ms",
        "latency",
        lambda trial: math.nan if trial.latency_p50 is None else trial.latency_p50 * 1e3,
    ),
}


@dataclass(frozen=True)
class Row:
    """A finished trial.

    Attributes:
        number: as it is called in figures and tables; 1 is the cheapest.
        front: names of `COSTS` against which no other trial beats it by the figure that decides.
    """

    number: int
    trial: Trial
    front: frozenset[str]

    @property
    def label(self) -> str:
        """What stands beside its point."""
        return "recipe" if self.trial.own else str(self.number)


@dataclass(frozen=True)
class Result:
    """Everything a report says.

    Attributes:
        rows: by multiply-adds, the cheapest first. judged_by: the figure that decides.
        effects: ``quality``, ``macs``, ``latency`` -> main effects; of costs those of their logarithm. Empty with fewer
            than three trials.
        own: the row of the recipe as it is, if it took part.
    """

    study: Study
    judged_by: str
    rows: list[Row]
    effects: dict[str, Effects]

    @property
    def own(self) -> Row | None:
        """The recipe as it is, or the combination that equals it."""
        return next((row for row in self.rows if row.trial.own), None)

    def no_worse(self) -> list[Row]:
        """Rows that cost less than the recipe and whose figure is no worse than the worse end of its interval."""
        own = self.own
        if own is None:
            return []
        worst = _worse_end(own.trial, self.judged_by)
        better = MEASURES[self.judged_by].higher_is_better
        return [
            row
            for row in self.rows
            if row.trial.macs < own.trial.macs
            and (row.trial.figure(self.judged_by) >= worst if better else row.trial.figure(self.judged_by) <= worst)
        ]


def result_of(study: Study, judged_by: str | None = None) -> Result:
    """Sort and weigh the finished trials.

    Raises:
        PincelError: an unknown figure, or no trial is finished.
    """
    judged_by = judged_by or study.judged_by
    if judged_by not in MEASURES:
        raise PincelError(f"unknown figure '{judged_by}'; known: {', '.join(MEASURES)}")
    done = sorted(study.with_status(DONE), key=lambda trial: (trial.macs, trial.parameters, trial.name))
    if not done:
        failed = next((trial for trial in study.trials if trial.reason), None)
        why = f"; the first that ended so: {failed.name}, {failed.reason}" if failed else ""
        raise PincelError(f"no trial of {study.folder} is finished{why}")
    sign = -1 if MEASURES[judged_by].higher_is_better else 1
    quality = np.array([sign * trial.figure(judged_by) for trial in done])
    fronts = {
        name: pareto_front(np.column_stack([quality, [cost.of(trial) for trial in done]]))
        for name, cost in COSTS.items()
    }
    rows = [
        Row(place + 1, trial, frozenset(name for name, front in fronts.items() if front[place]))
        for place, trial in enumerate(done)
    ]
    return Result(study, judged_by, rows, _effects(study, done, judged_by))


def _effects(study: Study, done: list[Trial], judged_by: str) -> dict[str, Effects]:
    trials = [trial for trial in done if trial.choices.keys() == study.axes.keys()]
    if len(trials) < 3:
        return {}
    choices: list[dict[str, Value]] = [dict(trial.choices) for trial in trials]
    for axis, content in study.axes.items():
        if isinstance(content, dict):
            for choice, third in zip(choices, _thirds([choice[axis] for choice in choices]), strict=True):
                choice[axis] = third
    figures = {
        "quality": [trial.figure(judged_by) for trial in trials],
        "macs": [math.log10(trial.macs) for trial in trials],
        "latency": [math.log10(trial.latency_p50) if trial.latency_p50 else math.nan for trial in trials],
    }
    return {name: main_effects(choices, values) for name, values in figures.items() if np.isfinite(values).all()}


def _thirds(values: list) -> list[str]:
    """Numbers out of a range as the third of them that they belong to, named by its ends."""
    if len(set(values)) <= MOST_VALUES:
        return [f"{value:g}" for value in values]
    parts = np.array_split(np.unique(values), 3)
    names = [f"{part[0]:g} to {part[-1]:g}" for part in parts]
    return [names[next(i for i, part in enumerate(parts) if value <= part[-1])] for value in values]


def _worse_end(trial: Trial, measure: str) -> float:
    """The worse end of a figure's interval; the figure where it has none."""
    name = "low" if MEASURES[measure].higher_is_better else "high"
    end = trial.quality[measure].get(name)
    return trial.figure(measure) if end is None else float(end)
