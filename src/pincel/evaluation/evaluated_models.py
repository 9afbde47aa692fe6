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
from pincel.evaluation.evaluated_tasks import EvaluatedTask, evaluated_task
from pincel.runtime.model_file import Model, embedded_models, load_model, require_task

__all__ = ["EvaluatedModel", "evaluated_model", "evaluated_models", "split_of"]


@dataclass(frozen=True)
class EvaluatedModel:
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
    def task(self) -> EvaluatedTask:
        """How models of its task are measured."""
        return evaluated_task(self.model.card.task)


def evaluated_models(candidate: str | Path | Model, others: Sequence[str | Path | Model] = ()) -> list[EvaluatedModel]:
    """The candidate first, then the reference models; equal names get their file's name or a number behind them.

    Raises:
        PincelError: one of them cannot be loaded, or does another task than the candidate.
    """
    models: list[EvaluatedModel] = []
    for model in (candidate, *others):
        evaluated = evaluated_model(model)
        task = (models[0] if models else evaluated).task
        require_task(evaluated.model, task.name)
        names = {task.baseline, *(other.name for other in models)}
        spare = [evaluated.name, f"{evaluated.name} ({evaluated.source.stem})"]
        spare += [f"{evaluated.name} ({number})" for number in range(2, len(others) + 3)]
        models.append(replace(evaluated, name=next(name for name in spare if name not in names)))
    return models


def evaluated_model(model: str | Path | Model) -> EvaluatedModel:
    """A model by name, by file, loaded, or as the run folder it can be exported from.

    Raises:
        PincelError: it cannot be loaded.
    """
    if not isinstance(model, Model) and str(model) not in embedded_models() and Path(model).is_dir():
        return _evaluated_run(Path(model))
    loaded = load_model(model)
    return _evaluated(loaded, loaded.path)


def split_of(evaluated: EvaluatedModel, named: str | Path | None = None) -> tuple[Split | None, str]:
    """The split that is named, or else the model was trained with, and its name; or None and why there is none."""
    if named is not None:
        return read_split(named), str(named)
    name = str(evaluated.source / "split.csv") if evaluated.run else evaluated.model.card.learnt_from().split
    if not name:
        return None, "the model names no split"
    try:
        return read_split(name), str(name)
    except PincelError:
        return None, f"the model's split '{name}' is not on this machine"


def _evaluated_run(folder: Path) -> EvaluatedModel:
    from pincel.export import export_run  # brings torch

    with tempfile.TemporaryDirectory(prefix="pincel-") as work:
        loaded = load_model(export_run(folder, Path(work) / f"{folder.resolve().name}.onnx"))
        return replace(_evaluated(loaded, loaded.path), source=folder, run=True)


def _evaluated(model: Model, path: Path) -> EvaluatedModel:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    side = model.card.learnt_from().cache_side or CACHE_SIDE
    hashes = frozenset(int(value) for value in model.training_hashes)
    return EvaluatedModel(model.card.name or path.stem, model, path, digest, hashes, side)
