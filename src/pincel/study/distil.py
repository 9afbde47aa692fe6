"""`distil`: train a student that also learns from a finished network."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch

from pincel.errors import PincelError
from pincel.study.options import DistilOptions
from pincel.training.loop import train
from pincel.training.recipe import Recipe, load_recipe
from pincel.training.recipe_parts import DistillationRecipe
from pincel.training.run import Run
from pincel.training.teacher import load_teacher, teacher_path

__all__ = ["distil", "distillation_of", "own_data", "student_recipe"]


def distil(
    teacher: str | Path,
    student: str | Path,
    out: Path,
    options: DistilOptions | None = None,
    *,
    overrides: Iterable[str] = (),
    data: Sequence[Path] = (),
) -> Run:
    """Train ``student`` on the photos and on what ``teacher`` makes of them; the run is an ordinary one.

    Args:
        teacher: folder of a run, an .onnx file (its output alone is learnt), or an embedded model's name.
        student: name of a shipped recipe, or a YAML file.
        out: folder of the run; must be new.
        options: how much is learnt from the teacher, and for how long.
        overrides: changes to the recipe, as ``data.size=64``.
        data: data sets; the teacher's own, with its split, when there are none and the teacher is a run.

    Raises:
        PincelError: the teacher does not fit, or what `pincel.training.loop.train` raises.
    """
    options = options or DistilOptions()
    recipe = student_recipe(teacher, student, options, overrides)
    load_teacher(recipe, [], torch.device("cpu"))  # refuses what does not fit, before pictures are decoded
    if not data:
        path = Path(teacher)
        if not path.is_dir():
            raise PincelError(
                f"no data folder given, and the model {teacher} does not name its own; name one with --data"
            )
        data, recipe = own_data(Run.open(path), recipe)
    return train(recipe, data, out, options)


def student_recipe(
    teacher: str | Path, student: str | Path, options: DistilOptions, overrides: Iterable[str] = ()
) -> Recipe:
    """The student's recipe with its teacher.

    Args:
        teacher: as for `distil`.
        student: name of a shipped recipe, or a YAML file; its own ``distillation`` part counts where nothing is given.
        options: the output weighs as much as the student's own L1 (or smooth L1) by default, so that photo and teacher
            count alike, inner layers nothing.
        overrides: changes to it.

    Raises:
        PincelError: no such recipe or teacher, a wrong key, or both weights 0.
    """
    named = f"distillation.teacher={json.dumps(teacher_path(teacher))}"  # JSON is YAML: any path survives
    recipe = load_recipe(student, [*overrides, named])
    return recipe.model_copy(
        update={"distillation": distillation_of(recipe, teacher, options.output, options.features)}
    )


def distillation_of(
    recipe: Recipe, teacher: str | Path, output: float | None, features: float | None
) -> DistillationRecipe:
    """The part of a recipe that names its teacher; arguments as `student_recipe`."""
    losses, written = recipe.losses, recipe.distillation
    said = written.model_dump(include=written.model_fields_set) if written else {}
    target = said.get("target", "photo")
    if output is None:
        alike = max(losses.weight("l1"), losses.weight("smooth_l1")) or 1.0
        output = float(said.get("output", alike if target == "photo" else 0.0))
    if features is None:
        features = float(said.get("features", 0.0))
    if not output and not features and target == "photo":
        raise PincelError("output and features both weigh 0, so nothing is learnt from the teacher; give one a weight")
    layers = said.get("layers", {})
    return DistillationRecipe(
        teacher=teacher_path(teacher), target=target, output=output, features=features, layers=layers
    )


def own_data(run: Run, recipe: Recipe) -> tuple[list[Path], Recipe]:
    """A run's data folders, and a recipe that uses them with the run's split."""
    split = str((run.folder / "split.csv").resolve())
    data = recipe.data.model_copy(update={"split": split})
    return [Path(folder) for folder in run.facts()["folders"]], recipe.model_copy(update={"data": data})
