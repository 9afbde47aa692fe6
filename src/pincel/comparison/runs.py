"""The runs that take part in a comparison: opened, named apart, and refused where their outputs do not match."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pincel.errors import PincelError
from pincel.tasks import TASKS
from pincel.training.outputs import EpochOutputs, KeptOutputs, Pictures
from pincel.training.phases import key_behind
from pincel.training.recipe import Recipe
from pincel.training.run import Run

__all__ = ["Contender", "common_epochs", "enter", "recipe_differences"]

Key = int
"""An epoch in hundredths: two runs whose batches end an epoch a picture apart still meet."""


@dataclass(frozen=True)
class Contender:
    """A run with its kept outputs.

    Attributes:
        name: in tables; no two are alike.
        files: the outputs of each epoch.
    """

    name: str
    run: Run
    recipe: Recipe
    facts: dict[str, Any]
    kept: KeptOutputs
    files: dict[Key, Path]

    @property
    def size(self) -> int:
        """Side in pixels at which it was validated."""
        return self.recipe.data.size

    def epoch(self, key: Key) -> EpochOutputs:
        """What it painted after an epoch.

        Raises:
            PincelError: the file is damaged.
        """
        path = self.files[key]
        try:
            return self.kept.epoch(path)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            raise PincelError(
                f"{path} is damaged; delete it to compare the other epochs, or train the run again"
            ) from None


def enter(folders: Sequence[str | Path]) -> tuple[list[Contender], Pictures]:
    """Open the runs, the base first, and make sure that they painted the same pictures.

    Returns:
        The runs, and what all of them were shown.

    Raises:
        PincelError: fewer than two, one twice, not a run, a run without outputs, or runs of another task, size, split,
            picture set or preparation; the difference is named.
    """
    if len(folders) < 2:
        raise PincelError("a comparison needs at least two runs: the base and a candidate")
    paths = [Path(folder).resolve() for folder in folders]
    for number, path in enumerate(paths):
        if path in paths[:number]:
            raise PincelError(f"{folders[number]} is given twice; compare it with another run")
    contenders = [_open(Path(folder), name) for folder, name in zip(folders, _names(paths), strict=True)]
    base = contenders[0]
    pictures = _pictures(base)
    for other in contenders[1:]:
        for what, ours, theirs in _settings(base, other):
            if ours != theirs:
                raise _different(base, other, f"{what}: {ours} and {theirs}")
        if difference := _picture_difference(pictures, _pictures(other)):
            raise _different(base, other, difference)
    return contenders, pictures


def common_epochs(contenders: Sequence[Contender]) -> list[Key]:
    """The epochs that every run kept, in order.

    Raises:
        PincelError: there is none.
    """
    common = set.intersection(*(set(contender.files) for contender in contenders))
    if not common:
        kept = "; ".join(f"{c.name}: {', '.join(f'{key / 100:g}' for key in sorted(c.files))}" for c in contenders)
        raise PincelError(f"the runs kept no epoch in common ({kept}); train them with the same validation.every")
    return sorted(common)


def recipe_differences(base: Recipe, other: Recipe) -> list[tuple[str, Any, Any]]:
    """What was done differently: recipe key, the base's value, the other's; keys that one lacks are None there.

    What phases only have from the recipe is named once, where the recipe says it.
    """
    ours, theirs = (dict(_flat(recipe.model_dump(mode="json"))) for recipe in (base, other))
    own, other_own = ({k: v for k, v in flat.items() if v != flat.get(key_behind(k))} for flat in (ours, theirs))
    keys = [key for key in dict.fromkeys([*ours, *theirs]) if own.get(key) != other_own.get(key)]
    return [(key, ours.get(key), theirs.get(key)) for key in keys if ours.get(key) != theirs.get(key)]


def _open(folder: Path, name: str) -> Contender:
    run = Run.open(folder)
    kept = KeptOutputs.open(folder)
    files = {_key(path): path for path in kept.files()}
    if not files:
        raise PincelError(f"{folder} kept no epoch yet; train it to its first validation")
    return Contender(name, run, run.recipe(), run.facts(), kept, files)


def _key(path: Path) -> Key:
    number = path.stem.removeprefix("epoch-")
    if not number.isdigit():
        raise PincelError(f"{path} is not the outputs of an epoch (epoch-0000100.npz is the first); move it elsewhere")
    return int(number)


def _names(paths: Sequence[Path]) -> list[str]:
    """The folders' names, with as much in front as tells them apart."""
    for parts in range(1, max(len(path.parts) for path in paths) + 1):
        names = ["/".join(path.parts[-parts:]) for path in paths]
        if len(set(names)) == len(names):
            return names
    return [str(path) for path in paths]


def _pictures(contender: Contender) -> Pictures:
    try:
        return contender.kept.pictures()
    except (OSError, ValueError, KeyError, EOFError, TypeError, zipfile.BadZipFile):
        raise PincelError(f"{contender.kept.folder / 'pictures.npz'} is damaged; train the run again") from None


def _settings(base: Contender, other: Contender) -> Iterator[tuple[str, Any, Any]]:
    """What must be the same, in words: its name, the base's, the other's."""
    yield "task", base.recipe.task, other.recipe.task
    yield "picture size in pixels", base.size, other.size
    yield "fit of the pictures", base.recipe.data.fit, other.recipe.data.fit
    if base.recipe.task == other.recipe.task and TASKS[base.recipe.task].draws:
        ours, theirs = (dict(_flat(run.recipe.sketch.model_dump(mode="json"))) for run in (base, other))
        for key in dict.fromkeys([*ours, *theirs]):
            yield f"sketch.{key}", ours.get(key), theirs.get(key)
    yield "split", base.facts.get("split_digest"), other.facts.get("split_digest")


def _picture_difference(ours: Pictures, theirs: Pictures) -> str:
    """How two validation sets differ; empty when they do not."""
    mine, other = list(ours.keys), list(theirs.keys)
    if mine != other:
        alone = sorted(set(mine) ^ set(other))
        example = f", {alone[0]} is in one only" if alone else ", in another order"
        return f"validation pictures: {len(mine)} and {len(other)}{example}"
    if ours.target.shape != theirs.target.shape:
        return f"side of the kept pictures: {ours.target.shape[1]} and {theirs.target.shape[1]} px"
    if list(ours.chosen) != list(theirs.chosen):
        return f"chosen pictures: {_listed(ours)} and {_listed(theirs)}"
    for name, what in (("target", "targets"), ("mask", "padding"), ("source", "inputs"), ("chosen_target", "targets")):
        first, second = getattr(ours, name), getattr(theirs, name)
        if first.shape != second.shape:
            return f"size of the {what}: {first.shape[1]} and {second.shape[1]} px"
        changed = np.flatnonzero((first != second).reshape(len(first), -1).any(axis=1))
        if len(changed):
            keys = mine if len(first) == len(mine) else [mine[int(place)] for place in ours.chosen]
            return f"{what}: {len(changed)} of {len(first)} were prepared in another way, {keys[changed[0]]} first"
    return ""


def _listed(pictures: Pictures) -> str:
    names = [pictures.keys[int(place)] for place in pictures.chosen]
    return f"{', '.join(names[:2])}{', ...' if len(names) > 2 else ''}"


def _different(base: Contender, other: Contender, difference: str) -> PincelError:
    return PincelError(
        f"{base.name} and {other.name} cannot be compared, they differ in {difference}; "
        "train both on the same data, split and size"
    )


def _flat(values: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested settings as ``a.b.0.c`` -> value."""
    if isinstance(values, dict) and values:
        for name, value in values.items():
            yield from _flat(value, f"{prefix}{name}.")
    elif isinstance(values, list) and any(isinstance(value, dict) for value in values):
        for number, value in enumerate(values):
            yield from _flat(value, f"{prefix}{number}.")
    else:
        yield prefix.removesuffix("."), values
