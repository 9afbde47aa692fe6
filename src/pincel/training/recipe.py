"""One YAML file = one experiment, validated when it is read: every wrong key or value is named in the error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import resources
from itertools import takewhile
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from pincel.documents import MOST_DEPTH, parse_yaml, read_yaml
from pincel.errors import RecipeError, did_you_mean, join
from pincel.imaging.edges import SketchStyle
from pincel.tasks import TASKS
from pincel.text import shorten
from pincel.training.recipe_parts import (
    DataRecipe,
    DiscriminatorRecipe,
    DistillationRecipe,
    GeneratorRecipe,
    LossRecipe,
    OptimizerRecipe,
    Part,
    Phase,
    Side,
    ValidationRecipe,
    one_of,
)

__all__ = ["Recipe", "describe_recipes", "list_recipes", "load_recipe"]

AGAINST_THE_TARGET = ("l1", "smooth_l1", "cie94", "delta_e", "psnr", "perceptual")  # losses that alone teach something
OF_COLOUR = ("cie94", "delta_e", "colourfulness", "chroma_rebalance")  # losses on ab, for the task colorize
SMALLEST_PATCHED = 4  # pixels that must be left after the discriminator's strided layers


class Recipe(Part):
    """One experiment."""

    task: str = "colorize"
    seed: int = Field(default=0, ge=0, lt=2**32)
    precision: Literal["32-true", "bf16-mixed", "16-mixed"] = "32-true"
    working_size: Side | None = Field(
        default=None, description="long side at which the finished model sees pictures; data.size when absent"
    )
    data: DataRecipe = DataRecipe()
    sketch: SketchStyle = Field(default=SketchStyle(), description="how sketches are drawn; for the task sketch")
    generator: GeneratorRecipe = GeneratorRecipe()
    discriminator: DiscriminatorRecipe = DiscriminatorRecipe()
    losses: LossRecipe = LossRecipe(smooth_l1=1.0)
    distillation: DistillationRecipe | None = None
    optimizer: OptimizerRecipe = OptimizerRecipe()
    phases: list[Phase] = Field(default_factory=lambda: [Phase(epochs=10)], min_length=1, max_length=100)
    validation: ValidationRecipe = ValidationRecipe()

    @field_validator("task")
    @classmethod
    def _known(cls, task: str) -> str:
        return one_of(task, TASKS)

    @model_validator(mode="after")
    def _something_to_learn(self) -> Recipe:
        for number, phase in enumerate(self.phases):
            losses = phase.losses or self.losses
            taught = phase.adversarial or self.distillation
            if not taught and not any(getattr(losses, name) for name in AGAINST_THE_TARGET):
                known = ", ".join(AGAINST_THE_TARGET)
                raise ValueError(f"phase {number} has no loss; give {known} or adversarial a weight")
            if phase.critic_first and not phase.adversarial:
                raise ValueError(f"phase {number} has critic_first, but no critic; give adversarial a weight")
            if not TASKS[self.task].keeps_lightness and any(getattr(losses, name) for name in OF_COLOUR):
                wrong = next(name for name in OF_COLOUR if getattr(losses, name))
                raise ValueError(
                    f"phase {number} has {wrong}, which is only for the task colorize; use l1 or perceptual"
                )
            if losses.colourfulness_except and self.data.label_dropout:
                raise ValueError(
                    f"phase {number} has colourfulness_except, which needs every label; set data.label_dropout to 0"
                )
            if losses.classification and not self.generator.conditional:
                raise ValueError(f"phase {number} has classification, but generator.conditional is false")
        return self

    @model_validator(mode="after")
    def _pictures_are_large_enough(self) -> Recipe:
        from pincel.models.generators import check_training_size  # brings torch, where all else is right already

        depth = self.discriminator.depth
        for number, phase in enumerate(self.phases):
            size, batch = phase.size or self.data.size, phase.batch or self.data.batch
            try:
                check_training_size(self.generator.name, size, batch, self.generator.options)
            except ValueError as error:
                raise ValueError(f"phase {number}: {error}") from None
            if phase.adversarial and size < SMALLEST_PATCHED << depth:
                fitting = (size // SMALLEST_PATCHED).bit_length() - 1
                raise ValueError(
                    f"phase {number}: discriminator.depth {depth} leaves no patch of {size} px pictures to judge; "
                    f"use {fitting} at most"
                )
        return self

    @property
    def tells_label(self) -> bool:
        """Whether the generator learns to tell the class by itself in any phase."""
        return any((phase.losses or self.losses).classification for phase in self.phases)

    def to_yaml(self) -> str:
        """The whole recipe, defaults included."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def list_recipes() -> list[str]:
    """Names of the shipped recipes."""
    folder = resources.files("pincel") / "recipes"
    return sorted(Path(entry.name).stem for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def describe_recipes() -> dict[str, str]:
    """Name of each shipped recipe -> what it is for: the first sentence that stands in it."""
    folder = resources.files("pincel") / "recipes"
    told = {}
    for name in list_recipes():
        lines = (folder / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
        notes = " ".join(line.removeprefix("#").strip() for line in takewhile(lambda line: line.startswith("#"), lines))
        told[name] = notes.partition(". ")[0].removesuffix(".") + "."
    return told


def load_recipe(name: str | Path, overrides: Iterable[str] = ()) -> Recipe:
    """A recipe by its shipped name or by path, with ``key.of.part=value`` overrides (values are YAML).

    Raises:
        RecipeError: it does not exist, is not YAML, or has an unknown key or a wrong value.
    """
    shipped = resources.files("pincel") / "recipes" / f"{name}.yaml"
    source = shipped if shipped.is_file() else Path(name)
    try:
        content = read_yaml(source)
    except OSError:
        known = list_recipes()
        raise RecipeError(
            f"recipe '{name}' does not exist{did_you_mean(str(name), known)}; shipped recipes: {join(known)}"
        ) from None
    except ValueError as error:
        raise RecipeError(f"recipe {name} is not valid YAML: {error}") from None
    if not isinstance(content, dict):
        raise RecipeError(f"recipe {name} must be a list of 'key: value' lines")
    for override in overrides:
        _apply(content, override)
    try:
        return Recipe.model_validate(content)
    except ValidationError as error:
        raise RecipeError(_explain(error)) from None


def _apply(content: dict[str, Any], override: str) -> None:
    """Set ``a.b.0.c=value`` inside nested dictionaries and lists."""
    path, equals, text = override.partition("=")
    if not equals or not path or path.count(".") > MOST_DEPTH:
        raise RecipeError(f"'{override}' is not of the form key=value")
    try:
        value = parse_yaml(text)
    except ValueError as error:
        raise RecipeError(f"the value of '{shorten(override, 60)}' is not valid YAML: {error}") from None
    *parents, last = path.split(".")
    place: Any = content
    try:
        for name in parents:
            if isinstance(place, list):
                place = place[int(name)]
            else:
                place[name] = {} if place.get(name) is None else place[name]
                place = place[name]
        place[int(last) if isinstance(place, list) else last] = value
    except (IndexError, ValueError, TypeError, AttributeError):
        raise RecipeError(f"recipe key '{path}' does not exist") from None


def _explain(error: ValidationError) -> str:
    """The first problem as one sentence: key, value, what is allowed."""
    problem = error.errors(include_url=False)[0]
    key = ".".join(map(str, problem["loc"])) or "recipe"
    if problem["type"] == "extra_forbidden":
        part: Any = Recipe
        for name in problem["loc"][:-1]:
            part = _part_behind(part, name)
        near = did_you_mean(key, _keys(Recipe))
        return f"recipe key '{key}' is unknown{near}; known here: {join(part.model_fields)}"
    message = problem["msg"].removeprefix("Value error, ")
    if not problem["loc"]:
        return f"recipe: {message}"
    return (
        f"recipe key '{key}': {shorten(repr(problem['input']), 60)} is not allowed: {message[0].lower() + message[1:]}"
    )


def _keys(part: type[BaseModel], before: str = "") -> Iterator[str]:
    """All keys of a part of a recipe and of the parts in it: ``data``, ``data.size`` and so on."""
    for name, field in part.model_fields.items():
        yield before + name
        for kind in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from _keys(kind, f"{before}{name}.")


def _part_behind(part: Any, name: str | int) -> Any:
    """The recipe class that describes field ``name`` of ``part``."""
    if isinstance(name, int) or part is list:
        return part
    annotation = part.model_fields[name].annotation
    candidates = [annotation, *getattr(annotation, "__args__", ())]
    return next(c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel))
