"""`Run`: the folder that `train` writes. Resuming, exporting and evaluating need nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from pincel.data.split import Split, read_split
from pincel.documents import first_problem, parse_json
from pincel.errors import PincelError
from pincel.files import is_leftover, remove_leftovers, write_atomically
from pincel.training.plan import PlannedPhase, plan_from_facts
from pincel.training.recipe import Recipe, load_recipe

__all__ = ["Run"]

ROW = ("step", "epoch")
ROWS = {"step": (*ROW, "phase"), "validation": (*ROW, "loss", "ciede2000", "best")}  # numbers that every row has


class _Facts(TypedDict, total=False):
    """What is read out of ``facts.json``, by its kind; the plan is `pincel.training.plan`'s."""

    folders: list[str]
    classes: list[str]
    split_digest: str
    training_pictures: int
    pictures_a_pass: int
    views: Literal["loader", "device"]
    validation_pictures: int
    training_hashes: list[str]
    plan: list[dict[str, Any]]
    teacher: dict[str, Any]
    start: dict[str, str]


class _Known(dict[str, Any]):
    """Facts of a file; asking for one that it lacks is an error for the user."""

    def __init__(self, file: Path, facts: dict[str, Any]) -> None:
        super().__init__(facts)
        self.file = file

    def __missing__(self, name: str) -> Any:
        raise _damaged(self.file, f"it has no {name}")


def _damaged(file: Path, why: str) -> PincelError:
    return PincelError(f"{file} is damaged ({why}); put a copy of the run back, or begin another one")


@dataclass(frozen=True)
class Run:
    """Names of the files of a run.

    ``recipe.yaml``, ``split.csv``, ``facts.json`` (data folders, classes, planned steps, hashes),
    ``metrics.jsonl``, ``tensorboard/``, ``samples/``, ``checkpoint.ckpt`` (everything that resuming needs),
    ``last.safetensors`` and ``best.safetensors`` (generator weights, averaged when the recipe says so). A pruned run
    also has ``start.safetensors`` (weights it began with) and ``pruning.json`` (what was left out).
    """

    folder: Path

    @property
    def metrics(self) -> Path:
        """One JSON object a line."""
        return self.folder / "metrics.jsonl"

    @property
    def samples(self) -> Path:
        """Sample sheets, one PNG an epoch."""
        return self.folder / "samples"

    @property
    def checkpoint(self) -> Path:
        """Networks, optimisers, averages, random states, position."""
        return self.folder / "checkpoint.ckpt"

    @property
    def start(self) -> Path:
        """Generator weights that a pruned run begins with."""
        return self.folder / "start.safetensors"

    @property
    def pruning(self) -> Path:
        """What pruning left out, and of which run."""
        return self.folder / "pruning.json"

    def weights(self, which: str) -> Path:
        """Generator weights, ``last`` or ``best``."""
        return self.folder / f"{which}.safetensors"

    @classmethod
    def open(cls, folder: str | Path) -> Run:
        """An existing run.

        Raises:
            PincelError: the folder is no run.
        """
        run = cls(Path(folder))
        if not run.begun:
            raise PincelError(f"{folder} is not a run (no recipe.yaml and facts.json inside); `pincel train` makes one")
        return run

    def recipe(self) -> Recipe:
        """The resolved recipe."""
        return load_recipe(self.folder / "recipe.yaml")

    @property
    def begun(self) -> bool:
        """Whether everything is there that a training needs to go by."""
        return (self.folder / "recipe.yaml").is_file() and (self.folder / "facts.json").is_file()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is there but what a run begins with: it was killed before its first checkpoint, say."""
        ours = {"recipe.yaml", "split.csv", "facts.json", self.samples.name, self.start.name, self.pruning.name}
        if not self.folder.is_dir():
            return not self.folder.exists()
        found = {path.name for path in self.folder.iterdir() if not is_leftover(path.name)}
        return found <= ours and not (self.samples.is_dir() and any(self.samples.iterdir()))

    def split(self) -> Split:
        """The split this run was trained with."""
        return read_split(self.folder / "split.csv")

    def facts(self) -> dict[str, Any]:
        """What was found out at the start: data folders, classes, planned steps, hashes.

        Raises:
            PincelError: the file is damaged.
        """
        file = self.folder / "facts.json"
        try:
            facts = parse_json(file.read_bytes())
            TypeAdapter(_Facts).validate_python(facts, strict=True)
            for text in facts.get("training_hashes", []):
                int(text, 16)
        except (OSError, ValueError) as error:
            raise _damaged(file, first_problem(error)) from None
        return _Known(file, facts)

    def pruned_from(self) -> Run | None:
        """The run that this one was pruned from; None: it was not.

        Raises:
            PincelError: the note of it is damaged.
        """
        if not self.pruning.is_file():
            return None
        try:
            return Run(Path(parse_json(self.pruning.read_bytes())["of"]))
        except (OSError, ValueError, KeyError, TypeError):
            raise _damaged(self.pruning, "it does not name the run that was pruned") from None

    def begin(self, recipe: Recipe, split: Split, facts: dict[str, Any]) -> None:
        """Write the files that stay as they are; half-written ones of a run that was killed are removed."""
        remove_leftovers(self.folder)
        if recipe.generator.weights != str(self.start.resolve()):  # it was to be a pruned run, and is now another
            self.start.unlink(missing_ok=True)
            self.pruning.unlink(missing_ok=True)
        self.samples.mkdir(parents=True, exist_ok=True)
        write_atomically(self.folder / "recipe.yaml", recipe.to_yaml().encode())
        write_atomically(self.folder / "split.csv", split.to_csv().encode())
        self.update_facts(facts)

    def update_facts(self, facts: dict[str, Any]) -> None:
        """Replace ``facts.json``."""
        write_atomically(self.folder / "facts.json", json.dumps(facts, indent=1).encode())

    def plan(self) -> list[PlannedPhase]:
        """The phases in steps, as they were planned when the run began.

        Raises:
            PincelError: ``facts.json`` is damaged.
        """
        try:
            return plan_from_facts(self.facts()["plan"])
        except ValueError as error:
            raise _damaged(self.folder / "facts.json", f"plan: {first_problem(error)}") from None

    def rows(self, kind: str | None = None) -> Iterator[dict[str, Any]]:
        """The logged rows, all or those of one kind (``step``, ``validation``); one that was cut off is left out.

        Raises:
            PincelError: a line is something else than a row.
        """
        text = self.metrics.read_text(encoding="utf-8", errors="replace") if self.metrics.is_file() else ""
        for number, line in enumerate(text.split("\n"), start=1):
            try:
                row = parse_json(line)
            except ValueError:
                continue  # cut off by a power cut or a full disk
            if not _is_row(row):
                raise PincelError(
                    f"{self.metrics}, line {number}, is no row of a training; remove that line, or put a copy back"
                )
            if kind in (None, row["kind"]):
                yield row


def _is_row(row: Any) -> bool:
    """Whether it has its numbers, and only numbers beside its kind."""
    if not isinstance(row, dict) or not isinstance(row.get("kind"), str):
        return False
    numbers = {name: value for name, value in row.items() if name != "kind"}
    return (
        all(isinstance(value, int | float) for value in numbers.values())
        and numbers.keys() >= {*ROWS.get(row["kind"], ROW)}
        and all(isinstance(numbers.get(name, 0), int) and numbers.get(name, 0) >= 0 for name in ("step", "phase"))
    )
