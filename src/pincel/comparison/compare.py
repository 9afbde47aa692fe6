"""`compare`: two or more runs against the target and against the first of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pincel.comparison.measure import Series, Table, masks_of, measure_all, scores_of
from pincel.comparison.runs import Contender, Key, common_epochs, enter
from pincel.evaluation.tables import Bootstrap, Figure
from pincel.export.cost import Cost, costs_of
from pincel.metrics.trend import Trend, linear_trend
from pincel.training.outputs import Pictures

__all__ = ["Comparison", "Divergence", "compare"]


@dataclass(frozen=True)
class Divergence:
    """Where two runs paint least alike.

    Attributes:
        place: of the epoch, by the mean SSIM over all pictures.
        ssim: there.
        others: the same by other figures: name -> place.
    """

    place: int
    ssim: float
    others: dict[str, int]


@dataclass(frozen=True)
class Comparison:
    """Everything that was measured.

    Attributes:
        contenders: the base first.
        pictures: what all of them were shown.
        keys: the common epochs, in hundredths. full_keys: those with all pictures at full size.
        against_target: of every run. against_base: of every candidate; its operands are candidate and base.
        unchanged: the input as it is against the target, (1, n): the baseline that costs nothing.
        costs: of every run; empty when not measured.
    """

    contenders: list[Contender]
    pictures: Pictures
    keys: list[Key]
    full_keys: list[Key]
    against_target: list[Series]
    against_base: list[Series]
    unchanged: Table
    costs: list[Cost]
    bootstrap: Bootstrap

    @property
    def base(self) -> Contender:
        """What the others are compared with."""
        return self.contenders[0]

    @property
    def candidates(self) -> list[Contender]:
        """All but the base."""
        return self.contenders[1:]

    @property
    def epochs(self) -> np.ndarray:
        """The common epochs, (E,)."""
        return np.array(self.keys) / 100

    @property
    def sides(self) -> tuple[int, int]:
        """Small and full side of the kept pictures in pixels."""
        return self.pictures.target.shape[1], self.pictures.chosen_target.shape[1]

    def trend(self, values: np.ndarray) -> Trend | None:
        """The line through one value an epoch, (E,)."""
        return linear_trend(self.epochs, values, self.bootstrap.level)

    def last(self, table: Table) -> dict[str, Figure]:
        """Means over the pictures at the table's last epoch, with intervals."""
        return {name: self.bootstrap.mean(values[-1]) for name, values in table.items()}

    def mean_over_epochs(self, table: Table, measure: str) -> Figure:
        """The mean over all epochs and pictures; the interval is over pictures."""
        return self.bootstrap.mean(table[measure].mean(axis=0))

    def difference(self, candidate: int, measure: str) -> Figure:
        """Candidate minus base, each against the target, at the last epoch; the pictures are paired."""
        ours, theirs = (self.against_target[place].whole[measure][-1] for place in (candidate + 1, 0))
        return self.bootstrap.mean(ours - theirs)

    def divergence(self, candidate: int) -> Divergence:
        """Where candidate and base are least alike over all pictures."""
        means = {name: values.mean(axis=1) for name, values in self.against_base[candidate].whole.items()}
        place = int(means["ssim"].argmin())
        others = {name: int(means[name].argmax()) for name in ("mse", "residual_std")}
        return Divergence(place, float(means["ssim"][place]), others)


def compare(
    folders: Sequence[str | Path],
    *,
    cost: bool = True,
    threads: int | None = None,
    runs: int = 50,
    bootstrap: Bootstrap | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    """Compare runs by the validation outputs they kept; nothing is trained again.

    Args:
        folders: of the runs, the base first.
        cost: whether to export each and measure what it costs to paint with it.
        threads: of onnxruntime for the latency; the processors this process may use by default.
        runs: paintings timed for each network.
        bootstrap: settings of the intervals.
        on_progress: called with (epochs measured, all).

    Raises:
        PincelError: the runs cannot be compared (`pincel.comparison.runs.enter`), or one has no weights to
            measure the cost of.
    """
    contenders, pictures = enter(folders)
    keys = common_epochs(contenders)
    costs = []
    if cost:
        costs = costs_of([c.run.folder for c in contenders], contenders[0].size, threads=threads, runs=runs)
    against_target, against_base, full_keys = measure_all(contenders, pictures, keys, on_progress)
    unchanged = scores_of(pictures.source, pictures.target, masks_of(pictures.mask))
    return Comparison(
        contenders=contenders,
        pictures=pictures,
        keys=keys,
        full_keys=full_keys,
        against_target=against_target,
        against_base=against_base,
        unchanged={name: values[None] for name, values in unchanged.items()},
        costs=costs,
        bootstrap=bootstrap or Bootstrap(),
    )
