"""`load_teacher`: the finished network that a student learns from, a run's or a model file's."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pincel.errors import PincelError, RecipeError
from pincel.models.generators.base import Generator
from pincel.runtime.hub import is_hub, pinned
from pincel.runtime.model_file import Model, embedded_models, load_model
from pincel.tasks import TASKS
from pincel.training.networks import load_painter
from pincel.training.recipe import Recipe
from pincel.training.run import Run

__all__ = ["Teacher", "load_teacher", "teacher_path"]

KEY = "distillation.teacher"


@dataclass(frozen=True)
class Teacher:
    """A frozen network.

    Attributes:
        name: where it was loaded from.
        task: what it paints.
        classes: labels it is told; empty: none.
        size_multiple: of the sides it sees.
        sketch: how the sketches were drawn that it knows; empty when that is not known.
        digest: of its weights' file; a resumed run asks for the same.
        hashes: of the pictures it was trained on, 16 hexadecimal digits each.
        paint: (source, label of its own) -> output, without gradients.
        network: its layers; None: it is a file whose layers cannot be looked at.
        numbers: (classes of the data + 1,) its own label for each label of the data, the last one unknown.
    """

    name: str
    task: str
    classes: list[str]
    size_multiple: int
    sketch: dict[str, Any]
    digest: str
    hashes: list[str]
    paint: Callable[[Tensor, Tensor], Tensor]
    network: Generator | None
    numbers: Tensor

    def __call__(self, source: Tensor, label: Tensor) -> Tensor:
        """(N, C, H, W) source and int64 (N,) labels of the data, both as the student's -> (N, C', H, W) in -1..1."""
        return self.paint(source, self.numbers.to(label.device)[label])


def teacher_path(teacher: str | Path) -> str:
    """How a recipe names a teacher so that it is found from everywhere.

    That is an absolute path, an embedded model's name, or a model on the Hub with its commit.

    Raises:
        RecipeError: there is nothing of that name.
    """
    if str(teacher) in embedded_models():
        return str(teacher)
    if is_hub(teacher):
        return pinned(str(teacher))
    if not Path(teacher).exists():
        raise RecipeError(f"the teacher {teacher} does not exist; it is the folder of a run, or an .onnx file")
    return str(Path(teacher).resolve())


def load_teacher(recipe: Recipe, classes: Sequence[str], device: torch.device) -> Teacher | None:
    """The recipe's teacher, when it has one.

    Args:
        recipe: of the student.
        classes: of the data; the teacher is told its own label of the same name, or unknown where it has none.
        device: where it shall run; a model file always runs on the processor.

    Raises:
        PincelError: it does not exist, or teaches another task, other sketches, or larger pictures.
    """
    if recipe.distillation is None:
        return None
    path = teacher_path(recipe.distillation.teacher)
    if Path(path).is_dir():
        teacher = _of_run(Run.open(path), classes, device)
    else:
        teacher = _of_model(load_model(path, threads=torch.get_num_threads()), classes)
    if teacher.task != recipe.task:
        raise RecipeError(
            f"the teacher {teacher.name} is for the task {teacher.task}, and the student for the task {recipe.task}; "
            "a student can only learn from a teacher of its own task"
        )
    if TASKS[recipe.task].draws and teacher.sketch and teacher.sketch != recipe.sketch.model_dump(mode="json"):
        raise RecipeError(
            f"the teacher {teacher.name} knows sketches drawn otherwise than the recipe's; give the recipe "
            f"'sketch: {teacher.sketch}', or make a teacher for yours"
        )
    smallest = min(phase.size for phase in recipe.phases)
    if smallest < teacher.size_multiple:
        raise RecipeError(
            f"the teacher {teacher.name} sees {teacher.size_multiple} px at least, and the student learns at "
            f"{smallest} px; use data.size={teacher.size_multiple}, or a teacher for smaller pictures"
        )
    if recipe.distillation.features and teacher.network is None:
        raise RecipeError(
            f"recipe key 'distillation.features': the layers of the model file {teacher.name} cannot be looked at; "
            "use 0, or the run that it was exported from"
        )
    return teacher


def _of_run(run: Run, classes: Sequence[str], device: torch.device) -> Teacher:
    recipe, facts = run.recipe(), run.facts()
    which = recipe.validation.keep
    network = load_painter(run, which).requires_grad_(False)
    network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    own = list(facts["classes"]) if network.classes else []
    return Teacher(
        name=str(run.folder),
        task=recipe.task,
        classes=own,
        size_multiple=network.size_multiple,
        sketch=recipe.sketch.model_dump(mode="json"),
        digest=_digest(run.weights(which)),
        hashes=facts["training_hashes"],
        paint=lambda source, label: network(source, label),
        network=network,
        numbers=_numbers(classes, own).to(device),
    )


def _of_model(model: Model, classes: Sequence[str]) -> Teacher:
    card = model.card

    def paint(source: Tensor, label: Tensor) -> Tensor:
        return torch.from_numpy(model.run(source.cpu().numpy(), label.cpu().numpy())).to(source.device)

    return Teacher(
        name=str(model.path),
        task=card.task,
        classes=card.classes,
        size_multiple=card.size_multiple,
        sketch=card.sketch,
        digest=_digest(model.path),
        hashes=[f"{int(value):016x}" for value in model.training_hashes],
        paint=paint,
        network=None,
        numbers=_numbers(classes, card.classes),
    )


def _numbers(classes: Sequence[str], own: Sequence[str]) -> Tensor:
    """Labels of the data -> labels of the teacher by their names; the number past its last one means unknown."""
    return torch.tensor([own.index(name) if name in own else len(own) for name in [*classes, None]])


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise PincelError(f"{path} cannot be read: {error.strerror}") from None
