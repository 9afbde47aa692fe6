"""`Run`: the folder that `train` writes. Resuming, exporting and evaluating need nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pincel.data.split import Split, read_split
from pincel.errors import PincelError
from pincel.files import write_atomically
from pincel.training.recipe import Recipe, load_recipe

__all__ = ["Run"]


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
        if not (run.folder / "recipe.yaml").is_file() or not (run.folder / "facts.json").is_file():
            raise PincelError(f"{folder} is not a run (no recipe.yaml and facts.json inside); `pincel train` makes one")
        return run

    def recipe(self) -> Recipe:
        """The resolved recipe."""
        return load_recipe(self.folder / "recipe.yaml")

    def split(self) -> Split:
        """The split this run was trained with."""
        return read_split(self.folder / "split.csv")

    def facts(self) -> dict[str, Any]:
        """What was found out at the start: data folders, classes, planned steps, hashes."""
        return json.loads((self.folder / "facts.json").read_text(encoding="utf-8"))

    def begin(self, recipe: Recipe, split: Split, facts: dict[str, Any]) -> None:
        """Write the files that stay as they are."""
        self.samples.mkdir(parents=True, exist_ok=True)
        write_atomically(self.folder / "recipe.yaml", recipe.to_yaml().encode())
        write_atomically(self.folder / "split.csv", split.to_csv().encode())
        self.update_facts(facts)

    def update_facts(self, facts: dict[str, Any]) -> None:
        """Replace ``facts.json``."""
        write_atomically(self.folder / "facts.json", json.dumps(facts, indent=1).encode())

    def rows(self, kind: str | None = None) -> Iterator[dict[str, Any]]:
        """The logged rows, all or those of one kind (``step``, ``validation``)."""
        if self.metrics.is_file():
            for line in self.metrics.read_text(encoding="utf-8").splitlines():
                try:
                    row = json.loads(line)
                except json.JSONDecodeError:
                    continue  # cut off by a power cut or a full disk
                if kind in (None, row["kind"]):
                    yield row
