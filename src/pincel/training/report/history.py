"""What a run's `metrics.jsonl` tells: every validation beside the training since the one before, and the best."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pincel.errors import PincelError
from pincel.training.log import EVERY_STEPS
from pincel.training.losses.table import ADVERSARIAL, part_of_today
from pincel.training.plan import PlannedPhase
from pincel.training.recipe import Recipe
from pincel.training.run import Run

__all__ = ["History", "Point", "gap", "read_history", "shares"]

VERDICTS = ("loss_d", "d_real", "d_fake")
RATES = ("lr", "lr_encoder", "lr_d")
SPEED = ("pictures_per_second", "wait_share", "seconds")
NO_PART = {"kind", "step", "epoch", "phase", "loss_g", *VERDICTS, *RATES, *SPEED}
Row = dict[str, Any]


@dataclass(frozen=True)
class Point:
    """One validation.

    Attributes:
        step: of the whole training. epoch: passes over the training pictures until then. phase: from 0.
        train: mean losses over the training steps since the validation before.
        val: what the validation found.
        sheet: its sample sheet, when it is there.
    """

    step: int
    epoch: float
    phase: int
    train: dict[str, float]
    val: dict[str, float]
    sheet: Path | None

    def parts(self, names: Sequence[str]) -> dict[str, float]:
        """The weighted parts of the generator's loss: of the validation, or of the training where it has none."""
        for values in (self.val, self.train):
            if "loss_g" in values:
                return {name: values[name] for name in names if name in values}
        return {}

    @property
    def gap(self) -> float | None:
        """`gap` of the generator's loss, None where either side is unknown."""
        train, val = self.train.get("loss_g"), self.val.get("loss_g")
        return None if train is None or val is None else gap(train, val)


@dataclass(frozen=True)
class History:
    """A run as numbers.

    Attributes:
        steps: rows of the training, means over up to 20 steps. points: the validations.
        parts: names of the parts of the generator's loss, the adversarial one last.
        interruptions: steps at which the training was stopped and went on later.
    """

    run: Run
    recipe: Recipe
    facts: dict[str, Any]
    plan: list[PlannedPhase]
    steps: list[Row]
    points: list[Point]
    parts: list[str]
    interruptions: list[int]

    @property
    def monitor(self) -> str:
        """The figure that decides which validation is the best; lower is better."""
        return self.recipe.validation.monitor

    @property
    def best(self) -> Point | None:
        """The validation whose weights are ``best.safetensors``: the first of the lowest in `monitor`."""
        measured = [point for point in self.points if self.monitor in point.val]
        return min(measured, key=lambda point: point.val[self.monitor], default=None)

    @property
    def start(self) -> Point | None:
        """What the training began from: the validation before its first step, where there was one."""
        return next((point for point in self.points if point.step == 0), None)

    @property
    def end(self) -> tuple[int, float]:
        """The last step that is logged, and the passes over the training pictures until then."""
        rows = [(row["step"], row["epoch"]) for row in self.steps[-1:]]
        return max(rows + [(point.step, point.epoch) for point in self.points[-1:]])

    @property
    def planned_epochs(self) -> float:
        """Passes over the training pictures that were planned."""
        last = self.plan[-1]
        return (last.pictures_before + last.steps * last.batch * self.world) / self.facts["pictures_a_pass"]

    @property
    def world(self) -> int:
        """Devices that took part: pictures a step over the batch of one device."""
        for row in self.steps:
            phase = self.plan[row["phase"]]
            seen = row["epoch"] * self.facts["pictures_a_pass"] - phase.pictures_before
            return max(1, round(seen / (row["step"] - phase.start) / phase.batch))
        return 1

    @property
    def finished(self) -> bool:
        """All planned steps are done."""
        return self.end[0] >= self.plan[-1].end

    @property
    def stopped_early(self) -> bool:
        """Ended before its time because validations did not improve any more."""
        patience, best = self.recipe.validation.patience, self.best
        if self.finished or not patience or best is None:
            return False
        return len(self.points) - 1 - self.points.index(best) >= patience

    @property
    def adversarial(self) -> bool:
        """A discriminator took part."""
        return any("loss_d" in row for row in self.steps)

    @property
    def seconds(self) -> float:
        """Time spent in the training steps that are logged; validations and repeated steps are not in it."""
        return sum(row["seconds"] for row in self.steps)

    @property
    def pictures_per_second(self) -> float | None:
        """Mean over the whole training."""
        pictures = sum(row["seconds"] * row["pictures_per_second"] for row in self.steps)
        return pictures / self.seconds if self.seconds else None

    @property
    def wait_share(self) -> float | None:
        """Share of the training time spent waiting for data."""
        waited = sum(row["seconds"] * row["wait_share"] for row in self.steps)
        return waited / self.seconds if self.seconds else None

    def boundaries(self) -> list[float]:
        """Epochs at which the second and later phases began, as far as they were reached."""
        starts = (round(phase.pictures_before / self.facts["pictures_a_pass"], 4) for phase in self.plan[1:])
        return [epoch for phase, epoch in zip(self.plan[1:], starts, strict=True) if phase.start < self.end[0]]

    def reductions(self, name: str = "lr") -> list[tuple[float, float]]:
        """Where a constant learning rate was stepped down: (epoch, factor), as ReduceLROnPlateau does."""
        found = []
        for before, last, now in zip(self.steps, self.steps[1:], self.steps[2:], strict=False):
            if len({row["phase"] for row in (before, last, now)}) > 1 or not all(
                name in r for r in (before, last, now)
            ):
                continue
            if math.isclose(before[name], last[name], rel_tol=1e-6) and 0 < now[name] < 0.9 * last[name]:
                found.append((last["epoch"], now[name] / last[name]))
        return found


def read_history(run: Run) -> History:
    """Everything the report needs, from the run's own files.

    Raises:
        PincelError: nothing is logged yet, or ``facts.json`` is damaged.
    """
    facts, recipe, plan = run.facts(), run.recipe(), run.plan()
    pictures = facts.setdefault("pictures_a_pass", facts["training_pictures"])  # earlier runs weighed nothing
    rows = [_finite(row) for row in run.rows()]
    steps = [row for row in rows if row["kind"] == "step"]
    validations = [row for row in rows if row["kind"] == "validation"]
    if not steps and not validations:
        raise PincelError(
            f"{run.folder} has no logged step yet; look again after {EVERY_STEPS} steps of `pincel train`"
        )
    parts = sorted(_parts(steps), key=lambda name: name == ADVERSARIAL)
    widths = _widths(steps)
    _add_seconds(steps, widths, pictures)
    points, before = [], 0
    for row in validations:
        since = [(r, n) for r, n in zip(steps, widths, strict=True) if before < r["step"] <= row["step"]]
        points.append(_point(run, plan, row, _means(since, ("loss_g", *parts, *VERDICTS))))
        before = row["step"]
    return History(run, recipe, facts, plan, steps, points, parts, _interruptions(steps, points, plan))


def gap(train: float, val: float) -> float:
    """(validation - training) / |training|: above 0 where the validation is worse.

    >>> round(gap(6.624, 6.366), 4)
    -0.0389
    """
    return (val - train) / abs(train) if train else 0.0


def shares(parts: dict[str, float]) -> dict[str, float]:
    """Each part's absolute value over the sum of all, 0..1; a hinge loss can be negative.

    >>> {name: round(share, 3) for name, share in shares({"l1": 5.160, "adversarial": 1.206}).items()}
    {'l1': 0.811, 'adversarial': 0.189}
    """
    total = sum(map(abs, parts.values()))
    return {name: abs(value) / total if total else 0.0 for name, value in parts.items()}


def _finite(row: Row) -> Row:
    """The row by today's names, without numbers that are not finite: nothing can be drawn or compared there."""
    return {part_of_today(k): v for k, v in row.items() if not isinstance(v, float) or math.isfinite(v)}


def _parts(steps: Iterable[Row]) -> list[str]:
    return list(dict.fromkeys(name for row in steps for name in row if name not in NO_PART))


def _widths(steps: Sequence[Row]) -> list[int]:
    """How many steps each row is the mean of."""
    before = [0, *(row["step"] for row in steps)]
    return [min(EVERY_STEPS, row["step"] - last) for row, last in zip(steps, before, strict=False)]


def _add_seconds(steps: Sequence[Row], widths: Sequence[int], pictures: int) -> None:
    """Fill in ``seconds`` in rows of runs that did not log it: pictures seen over pictures a second."""
    last = {"step": 0, "epoch": 0.0}
    for row, width in zip(steps, widths, strict=True):
        seen = (row["epoch"] - last["epoch"]) * pictures * width / max(1, row["step"] - last["step"])
        row.setdefault("pictures_per_second", 0.0)
        row.setdefault("wait_share", 0.0)
        row.setdefault("seconds", seen / row["pictures_per_second"] if row["pictures_per_second"] else 0.0)
        last = row


def _means(rows: Sequence[tuple[Row, int]], names: Iterable[str]) -> dict[str, float]:
    means = {}
    for name in names:
        known = [(row[name], width) for row, width in rows if name in row]
        if known:
            means[name] = sum(value * width for value, width in known) / sum(width for _, width in known)
    return means


def _point(run: Run, plan: Sequence[PlannedPhase], row: Row, train: dict[str, float]) -> Point:
    phase = next((number for number, planned in enumerate(plan) if row["step"] <= planned.end), len(plan) - 1)
    sheet = run.samples / f"step-{row['step']:06d}.png"
    val = {name: value for name, value in row.items() if name not in ("kind", "step", "epoch", "best")}
    return Point(row["step"], row["epoch"], phase, train, val, sheet if sheet.is_file() else None)


def _interruptions(steps: Sequence[Row], points: Sequence[Point], plan: Sequence[PlannedPhase]) -> list[int]:
    """A row of fewer steps that no validation cut short (Ctrl-C), or steps without a row (a crash)."""
    validated = {0} | {point.step for point in points} | {phase.end for phase in plan}
    found, before = [], 0
    for number, row in enumerate(steps):
        width, last = row["step"] - before, number == len(steps) - 1
        if width > EVERY_STEPS and not any(before < step < row["step"] for step in validated):
            found.append(before)
        elif width < EVERY_STEPS and row["step"] not in validated and not last:
            found.append(row["step"])
        before = row["step"]
    return found
