"""The models that take part: loaded, named apart, with what they were trained on."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pincel.data.cache import CACHE_SIDE
from pincel.data.split import Split, read_split
from pincel.errors import PincelError
from pincel.evaluation.disciplines import Discipline, discipline_of
from pincel.runtime.model_file import Model, embedded_models, load_model, require_task

__all__ = ["Contestant", "enter", "enter_all", "split_of"]


@dataclass(frozen=True)
class Contestant:
    """A model and what is known of its training.

    Attributes:
        name: its row in tables; no two are alike.
        model: loaded.
        source: the file or run folder it came from.
        digest: SHA-256 of the .onnx file, 64 hexadecimal digits.
        hashes: difference hashes of its training pictures; empty when its file does not say.
        cache_side: short side in pixels at which those were taken.
        run: whether it came from a run, which keeps its own split.
    """

    name: str
    model: Model
    source: Path
    digest: str
    hashes: frozenset[int]
    cache_side: int
    run: bool = False

    @property
    def discipline(self) -> Discipline:
        """How models of its task are measured."""
        return discipline_of(self.model.card.task)


def enter_all(candidate: str | Path | Model, others: Sequence[str | Path | Model] = ()) -> list[Contestant]:
    """The candidate first, then the reference models; equal names get their file's name or a number behind them.

    Raises:
        PincelError: one of them cannot be loaded, or does another task than the candidate.
    """
    entered: list[Contestant] = []
    for model in (candidate, *others):
        contestant = enter(model)
        discipline = (entered[0] if entered else contestant).discipline
        require_task(contestant.model, discipline.task)
        names = {discipline.baseline, *(other.name for other in entered)}
        spare = [contestant.name, f"{contestant.name} ({contestant.source.stem})"]
        spare += [f"{contestant.name} ({number})" for number in range(2, len(others) + 3)]
        entered.append(replace(contestant, name=next(name for name in spare if name not in names)))
    return entered


def enter(model: str | Path | Model) -> Contestant:
    """A model by name, by file, loaded, or as the run folder it can be exported from.

    Raises:
        PincelError: it cannot be loaded.
    """
    if not isinstance(model, Model) and str(model) not in embedded_models() and Path(model).is_dir():
        return _enter_run(Path(model))
    loaded = load_model(model)
    return _contestant(loaded, loaded.path)


def split_of(contestant: Contestant) -> tuple[Split | None, str]:
    """The split a contestant was trained with and what it is called, or None and why there is none."""
    name = str(contestant.source / "split.csv") if contestant.run else contestant.model.card.learnt_from().split
    if not name:
        return None, "the model names no split"
    try:
        return read_split(name), str(name)
    except PincelError:
        return None, f"the model's split '{name}' is not on this machine"


def _enter_run(folder: Path) -> Contestant:
    from pincel.export import export_run  # brings torch

    with tempfile.TemporaryDirectory(prefix="pincel-") as work:
        loaded = load_model(export_run(folder, Path(work) / f"{folder.resolve().name}.onnx"))
        return replace(_contestant(loaded, loaded.path), source=folder, run=True)


def _contestant(model: Model, path: Path) -> Contestant:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    side = model.card.learnt_from().cache_side or CACHE_SIDE
    hashes = frozenset(int(value) for value in model.training_hashes)
    return Contestant(model.card.name or path.stem, model, path, digest, hashes, side)
