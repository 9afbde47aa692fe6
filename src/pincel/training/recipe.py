"""One YAML file = one experiment, validated when it is read: every wrong key or value is named in the error."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from itertools import takewhile
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from pincel.documents import MOST_DEPTH, parse_yaml, read_yaml
from pincel.errors import RecipeError, did_you_mean, join
from pincel.imaging.edges import SketchStyle
from pincel.models.names import DISCRIMINATORS, GENERATORS, class_of
from pincel.tasks import TASKS
from pincel.text import shorten
from pincel.training.losses.table import LOSSES, REBALANCE
from pincel.training.old_keys import key_of_today, recipe_of_today, tell_once
from pincel.training.phases import let_follow, make_whole, require_read
from pincel.training.recipe_parts import (
    DEFAULT_LOSSES,
    OF_DISCRIMINATORS,
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

GIVEN = ("in_channels", "out_channels", "classes")  # arguments of networks that are no options

AGAINST_THE_TARGET = [name for name, row in LOSSES.items() if row.teaches]
OF_COLOUR = [*(name for name, row in LOSSES.items() if row.planes.of_color), REBALANCE]  # for the task colorize alone


class Recipe(Part):
    """One experiment."""

    task: str = "colorize"
    seed: int = Field(default=0, ge=0, lt=2**32)
    precision: Literal["32-true", "bf16-mixed", "16-mixed"] = "32-true"
    compile: Literal[False, True, "auto"] = Field(
        default=False, description="networks by torch.compile, a minute or so for each size; auto: on a GPU alone"
    )
    working_size: Side | None = Field(
        default=None, description="long side at which the finished model sees pictures; data.size when absent"
    )
    data: DataRecipe = DataRecipe()
    sketch: SketchStyle = Field(default=SketchStyle(), description="how sketches are drawn; for the task sketch")
    generator: GeneratorRecipe = GeneratorRecipe()
    discriminator: DiscriminatorRecipe = DiscriminatorRecipe()
    losses: LossRecipe = DEFAULT_LOSSES
    balance: Literal["gradient"] | None = Field(
        default=None, description="gradient: weights are shares of the gradient at what is painted; null: plain factors"
    )
    distillation: DistillationRecipe | None = None
    optimizer: OptimizerRecipe = OptimizerRecipe()
    phases: list[Phase] = Field(default=[], min_length=1, max_length=100)  # one of 10 epochs where none is given
    validation: ValidationRecipe = ValidationRecipe()

    @model_validator(mode="before")
    @classmethod
    def _whole_phases(cls, content: Any) -> Any:
        return make_whole(recipe_of_today(content)[0]) if isinstance(content, dict) else content

    @field_validator("task")
    @classmethod
    def _known(cls, task: str) -> str:
        return one_of(task, TASKS)

    @model_validator(mode="after")
    def _something_to_learn(self) -> Recipe:
        for number, phase in enumerate(self.phases):
            losses = phase.losses
            taught = phase.adversarial or self.distillation
            if not taught and not any(losses.weight(name) for name in AGAINST_THE_TARGET):
                known = ", ".join(AGAINST_THE_TARGET)
                raise ValueError(f"phase {number} has no loss; give {known} or adversarial a weight")
            if phase.critic_first and not phase.adversarial:
                raise ValueError(f"phase {number} has critic_first, but no critic; give adversarial a weight")
            wrong = next((name for name in OF_COLOUR if losses.weight(name)), None)
            if wrong is not None and not TASKS[self.task].keeps_lightness:
                raise ValueError(
                    f"phase {number} has {wrong}, which is only for the task colorize; use l1 or perceptual"
                )
            if losses.spared() and self.data.label_dropout:
                raise ValueError(
                    f"phase {number} has {next(iter(losses.spared()))}.except, which needs every label; "
                    "set data.label_dropout to 0"
                )
            if losses.weight("classification") and not self.generator.conditional:
                raise ValueError(f"phase {number} has classification, but generator.conditional is false")
        return self

    @model_validator(mode="after")
    def _monitor_keeps_its_scale(self) -> Recipe:
        if self.balance and self.validation.monitor == "loss_g":
            raise ValueError("validation.monitor loss_g has no fixed scale with balance; use loss or ciede2000")
        return self

    @model_validator(mode="after")
    def _film_keeps_colors(self) -> Recipe:
        if self.data.augment.film.share and not TASKS[self.task].keeps_lightness:
            raise ValueError("data.augment.film is only for the task colorize; set data.augment.film.share to 0")
        return self

    @model_validator(mode="after")
    def _networks_can_be_built(self) -> Recipe:
        """What is left to them is filled in here, so that a whole recipe says it."""
        g, d = self.generator, self.discriminator
        painter, critic = class_of(GENERATORS[g.name]), class_of(DISCRIMINATORS[d.name])
        _require_options("generator", g.name, painter, g.options)
        _require_options("discriminator", d.name, critic, d.arguments)
        try:
            critic.check_options(d.arguments)
        except ValueError as error:
            raise ValueError(f"the options of discriminator {d.name} do not fit: {error}") from None
        for number, phase in enumerate(self.phases):
            size = phase.size
            try:
                painter.check_training_size(size, phase.batch, g.options)
                if phase.adversarial:
                    critic.check_training_size(size, d.arguments)
            except ValueError as error:
                raise ValueError(f"phase {number}: {error}") from None
        weights = g.encoder_weights or painter.default_encoder_weights
        self.generator = g.model_copy(update={"encoder_weights": weights})
        defaults = {name: argument.default for name, argument in inspect.signature(critic).parameters.items()}
        own = {key: defaults[key] for key in OF_DISCRIMINATORS if key in defaults and key not in d.arguments}
        self.discriminator = d.model_copy(update=own)
        return self

    @property
    def adversarial(self) -> bool:
        """Whether any phase has a critic."""
        return any(phase.adversarial for phase in self.phases)

    @property
    def side_outputs(self) -> tuple[str, ...]:
        """What the generator must say beside its painting, in every phase: distributed training wants all gradients."""
        return tuple(dict.fromkeys(name for phase in self.phases for name in phase.losses.side_outputs()))

    def to_yaml(self) -> str:
        """The whole recipe with whole phases, defaults included."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def _require_options(part: str, name: str, network: type, options: Mapping[str, Any]) -> None:
    """Refuse an option that the constructor of a network does not have."""
    known = [key for key in inspect.signature(network).parameters if key not in GIVEN]
    unknown = next((key for key in options if key not in known), None)
    if unknown in OF_DISCRIMINATORS and part == "discriminator":
        raise ValueError(f"discriminator {name} has no {unknown}; add discriminator.{unknown}=null")
    if unknown is not None:
        near = did_you_mean(unknown, known)
        raise ValueError(f"{part}.options: {name} has no '{unknown}'{near}; known: {join(known) or 'none'}")


def list_recipes() -> list[str]:
    """Names of the shipped recipes."""
    folder = resources.files("pincel") / "recipes"
    return sorted(Path(entry.name).stem for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def describe_recipes() -> dict[str, str]:
    """Name of each shipped recipe -> what it is for: the first sentence that stands in it."""
    folder = resources.files("pincel") / "recipes"
    subjects = {}
    for name in list_recipes():
        lines = (folder / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
        notes = " ".join(line.removeprefix("#").strip() for line in takewhile(lambda line: line.startswith("#"), lines))
        subjects[name] = notes.partition(". ")[0].removesuffix(".") + "."
    return subjects


def load_recipe(name: str | Path, overrides: Iterable[str] = (), *, unread: bool = False) -> Recipe:
    """A recipe by its shipped name or by path, with ``key.of.part=value`` overrides (values are YAML).

    Keys of older recipes are read with a `PincelWarning` that names those of today.

    Args:
        name: of a shipped recipe, or a YAML file.
        overrides: changes, the later ones win.
        unread: let changes be that no phase sees; for a run that goes on by its own recipe.

    Raises:
        RecipeError: it does not exist, is not YAML, has an unknown key or a wrong value, or no phase sees a change.
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
    content, lines = recipe_of_today(content)
    given = [override.partition("=") for override in overrides]
    changes = ["".join([key_of_today(key), *rest]) for key, *rest in given]
    for key, *_ in given:
        let_follow(content, key)
    for change in changes:
        _apply(content, change)
    content, more = recipe_of_today(content)
    lines += [f"recipe key '{key}' is now '{new}'" for key, *_ in given if (new := key_of_today(key)) != key]
    for line in dict.fromkeys([*lines, *more]):
        tell_once(line)
    try:
        recipe = Recipe.model_validate(content)
    except ValidationError as error:
        raise RecipeError(_explain(error)) from None
    if not unread:
        require_read(recipe, changes)
    return recipe


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
        for depth, name in enumerate(parents):
            if isinstance(place, list):
                place = place[int(name)]
            else:
                place[name] = _opened(place.get(name), of_losses=parents[depth - 1 : depth] == ["losses"])
                place = place[name]
        if parents[-1:] == ["losses"] and isinstance(place.get(last), dict) and not isinstance(value, dict):
            value = {**place[last], "weight": value}  # a plain number changes the weight alone
        place[int(last) if isinstance(place, list) else last] = value
    except (IndexError, ValueError, TypeError, AttributeError):
        raise RecipeError(f"recipe key '{path}' does not exist") from None


def _opened(part: Any, *, of_losses: bool) -> Any:
    """A part into which a change goes: a new one where there is none, and a loss that is given as its weight alone."""
    if part is None:
        return {}
    return {"weight": part} if of_losses and isinstance(part, int | float) else part


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
