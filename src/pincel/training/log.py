"""What a training says while it runs: a progress line, ``metrics.jsonl``, TensorBoard."""

from __future__ import annotations

import json
import math
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from torch import Tensor

from pincel.errors import PincelError, join
from pincel.files import write_atomically
from pincel.training.run import Run

__all__ = ["TrainingLog"]

EVERY_STEPS = 20
Batch = TypeVar("Batch")


class TrainingLog:
    """Collects the parts of the losses and writes their means every 20 steps.

    Args:
        run: where to write. console: where to show; progress is shown only on a terminal.
        total_steps: of the whole training. start: steps done before (rows after it are dropped on resume).
        active: false on all devices but the first.
    """

    def __init__(self, run: Run, console: Console, total_steps: int, start: int = 0, active: bool = True) -> None:
        self.run, self.console, self.active = run, console, active
        self.sums: dict[str, Tensor | float] = defaultdict(float)
        self.counts: dict[str, int] = defaultdict(int)
        self.epoch = 0.0
        self._said: set[str] = set()
        self._at: tuple[int, dict[str, float]] = (start, {})  # the last step, its phase and rates
        self.restart_clock()
        if not active:
            return
        from torch.utils.tensorboard.writer import SummaryWriter

        kept = "".join(json.dumps(row) + "\n" for row in run.rows() if row["step"] <= start).encode()
        found = run.metrics.read_bytes() if run.metrics.is_file() else b""
        if found and not found.endswith(b"\n"):
            self.say(f"the last row of {run.metrics} was cut off and is left out")
        if found != kept:
            write_atomically(run.metrics, kept)
        self.file = run.metrics.open("a", encoding="utf-8")
        self.board = SummaryWriter(run.folder / "tensorboard", purge_step=start + 1 if start else None)
        self.progress = Progress(
            TextColumn("[bold]epoch {task.fields[epoch]:.1f}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("loss {task.fields[loss]:.4f} · {task.fields[rate]:.0f} img/s"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self.bar = self.progress.add_task("train", total=total_steps, completed=start, epoch=0.0, loss=0.0, rate=0.0)

    def __enter__(self) -> TrainingLog:
        if self.active:
            self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.active:
            self.progress.stop()
            self.file.close()
            self.board.close()

    def waiting(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """The batches; notes how long each is waited for."""
        since = time.perf_counter()
        for batch in batches:
            self.wait_seconds += time.perf_counter() - since
            yield batch
            since = time.perf_counter()

    def step(
        self,
        step: int,
        parts: dict[str, Tensor],
        *,
        epoch: float,
        phase: int,
        pictures: int,
        rates: Mapping[str, float],
    ) -> None:
        """Note one step.

        Args:
            step: counts from 1.
            parts: losses, scalars on the device.
            epoch: passes over the training pictures.
            phase: number, from 0.
            pictures: in the batch, over all devices.
            rates: learning rates by name (``lr``, ``lr_encoder``, ``lr_d``).
        """
        self.epoch = epoch
        if not self.active:
            return
        for name, value in parts.items():
            self.sums[name] = self.sums[name] + value
            self.counts[name] += 1
        self.steps += 1
        self.pictures += pictures
        self._at = step, {"phase": phase, **rates}
        if self.steps == EVERY_STEPS:
            self.flush()
        self.progress.update(self.bar, completed=step, epoch=epoch)

    def require_numbers(self) -> None:
        """Stop a training that has run away, before its state is saved over the last good one.

        Raises:
            PincelError: a part of the losses since the last row is infinite or not a number.
        """
        wild = [name for name, value in self.sums.items() if not math.isfinite(float(value))]
        if wild:
            raise PincelError(
                f"{join(wild)}: no longer a number at step {self._at[0]}; train with a lower learning rate, "
                f"from {self.run.folder / 'last.safetensors'} by generator.weights if it is there"
            )

    def flush(self) -> None:
        """Write the row of the steps since the last one, if there are any; each part's mean is over its own steps."""
        if not self.active or not self.steps:
            return
        seconds = time.perf_counter() - self.since
        means = {name: float(value) / self.counts[name] for name, value in self.sums.items()}
        self.require_numbers()
        rate, (step, at) = self.pictures / seconds, self._at
        speed = {"pictures_per_second": rate, "wait_share": self.wait_seconds / seconds, "seconds": seconds}
        self.row("step", step, {**means, **at, **speed})
        self.progress.update(self.bar, loss=means.get("loss_g", 0.0), rate=rate)
        self.restart_clock()

    def restart_clock(self) -> None:
        """Leave what happened since the last row (a validation, say) out of the rates."""
        self.sums.clear()
        self.counts.clear()
        self.steps = self.pictures = 0
        self.wait_seconds = 0.0
        self.since = time.perf_counter()

    def row(self, kind: str, step: int, values: dict[str, Any]) -> None:
        """Append one row to ``metrics.jsonl`` and to TensorBoard."""
        if not self.active:
            return
        row = {"kind": kind, "step": step, "epoch": round(self.epoch, 4), **values}
        self.file.write(json.dumps(row) + "\n")
        self.file.flush()
        for name, value in values.items():
            if isinstance(value, int | float):
                self.board.add_scalar(f"{kind}/{name}", value, step)

    def say(self, text: str) -> None:
        """One line above the progress bar."""
        if self.active and text:
            self.console.print(text, highlight=False, soft_wrap=True)

    def say_once(self, text: str) -> None:
        """`say`, but for what it has said before."""
        if text not in self._said:
            self._said.add(text)
            self.say(text)
