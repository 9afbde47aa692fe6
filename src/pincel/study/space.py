"""What a study tries: axes, and the candidates that their values make of a recipe."""

from __future__ import annotations

import inspect
import itertools
import json
import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pincel.documents import parse_yaml, read_yaml
from pincel.errors import RecipeError, join
from pincel.models.names import GENERATORS, class_of
from pincel.models.stages import Stage, stages_text
from pincel.study.shape import SHAPE, reshape
from pincel.text import shorten
from pincel.training.old_keys import key_of_today
from pincel.training.phases import place_in_phases
from pincel.training.recipe import Recipe, load_recipe

__all__ = ["OWN", "SHORT", "Axis", "Candidate", "Misfit", "Space", "Value", "default_axes", "read_axes", "sample"]

Value = int | float | str | bool | None
OWN = "recipe"  # name of the candidate that is the recipe as it is

SHORT = {
    "norm": "generator.options.norm",
    "upsampling": "generator.options.upsampling",
    "dropout": "generator.options.dropout",
    "dropout_stages": "generator.options.dropout_stages",
    "skips": "generator.options.skips",
    "weight_decay": "optimizer.weight_decay",
    "lr": "optimizer.lr",
    "lambda": "losses.l1",
    "batch": "data.batch",
    "discriminator_norm": "discriminator.norm",
    "discriminator_width": "discriminator.width",
    "discriminator_lr": "discriminator.lr",
}
OF_THE_MEASURE = ("task", "sketch", "data.size", "data.split", "data.fit", "data.exclude_grey", "validation")


@dataclass(frozen=True)
class Axis:
    """One thing that is varied.

    Attributes:
        key: a short name (``depth``, ``norm``, ...) or a dotted recipe key.
        values: that are tried; empty for a range.
        low, high: ends of a range, for a search: by the logarithm where ``high`` is 10 times ``low`` or more.
    """

    key: str
    values: tuple[Value, ...] = ()
    low: float | None = None
    high: float | None = None

    @property
    def is_range(self) -> bool:
        """Whether it has ends instead of values."""
        return self.low is not None

    @property
    def recipe_key(self) -> str:
        """The dotted recipe key."""
        return "generator.options.stages" if self.key in SHAPE else key_of_today(SHORT.get(self.key, self.key))

    def to_json(self) -> list[Value] | dict[str, float | None]:
        """What `read_axes` reads."""
        return {"low": self.low, "high": self.high} if self.is_range else list(self.values)


@dataclass(frozen=True)
class Candidate:
    """One recipe of the study.

    Attributes:
        name: of its folder, made of the choices.
        choices: axis -> value.
        recipe: resolved.
        own: whether it is the recipe as it is.
    """

    name: str
    choices: Mapping[str, Value]
    recipe: Recipe
    own: bool = False


@dataclass(frozen=True)
class Misfit:
    """A combination that cannot be trained, and why."""

    name: str
    choices: Mapping[str, Value]
    reason: str


class Space:
    """A recipe and what is varied in it.

    Args:
        recipe: name of a shipped recipe, or a YAML file.
        overrides: changes to it that hold for all candidates.
        axes: what is varied; the default ones when empty.

    Raises:
        RecipeError: a wrong recipe, an axis that does not exist, or one that changes what is measured.
    """

    def __init__(self, recipe: str | Path, overrides: Sequence[str] = (), axes: Sequence[Axis] = ()) -> None:
        self.source, self.overrides = recipe, list(overrides)
        self.recipe = load_recipe(recipe, overrides)
        self.axes = list(axes) or default_axes(self.recipe)
        for axis in self.axes:
            _check(axis, self.recipe)

    def candidate(self, choices: Mapping[str, Value]) -> Candidate | Misfit:
        """The recipe with these choices."""
        name = _name(choices)
        try:
            shape = {key: value for key, value in choices.items() if key in SHAPE}
            changes = [
                f"{axis.recipe_key}={json.dumps(choices[axis.key])}" for axis in self.axes if axis.key not in SHAPE
            ]
            if shape:
                base = _stages(self.recipe)
                changes.append(f"generator.options.stages={stages_text(reshape(base, **shape))}")  # type: ignore[arg-type]
            made = load_recipe(self.source, [*self.overrides, *changes])
            return Candidate(name, choices, made, _filled(made) == _filled(self.recipe))
        except (RecipeError, ValueError) as error:
            return Misfit(name, choices, str(error))

    def grid(self) -> tuple[list[Candidate], list[Misfit]]:
        """All combinations; those whose recipe is another one's are misfits that name it.

        Raises:
            RecipeError: an axis is a range, or nothing fits.
        """
        ranges = [axis.key for axis in self.axes if axis.is_range]
        if ranges:
            raise RecipeError(
                f"axis '{ranges[0]}' is a range, which only `study search` can use; give values, as {ranges[0]}=a,b,c"
            )
        fitting: dict[str, Candidate] = {}
        misfits: list[Misfit] = []
        for values in itertools.product(*(axis.values for axis in self.axes)):
            made = self.candidate(dict(zip((axis.key for axis in self.axes), values, strict=True)))
            if isinstance(made, Misfit):
                misfits.append(made)
                continue
            same = fitting.setdefault(_filled(made.recipe), made)
            if same is not made:
                misfits.append(Misfit(made.name, made.choices, f"the same recipe as {same.name}"))
        if not fitting:
            raise RecipeError(f"none of the {len(misfits)} combinations fits; the first: {misfits[0].reason}")
        return list(fitting.values()), misfits

    @property
    def own(self) -> Candidate:
        """The recipe as it is."""
        return Candidate(OWN, {}, self.recipe, True)


def sample(candidates: Sequence[Candidate], count: int | None, seed: int = 0) -> list[Candidate]:
    """``count`` of them by chance, in their order; a larger sample of the same seed holds the smaller one."""
    if count is None or count >= len(candidates):
        return list(candidates)
    places = list(range(len(candidates)))
    random.Random(seed).shuffle(places)
    return [candidates[place] for place in sorted(places[:count])]


def read_axes(texts: Iterable[str], file: Path | None = None) -> list[Axis]:
    """Axes from ``key=a,b,c`` (or ``key=low..high``) and from a YAML file of ``key: [a, b, c]``.

    Raises:
        RecipeError: not of these forms, or an axis twice.
    """
    axes = [_from_text(text) for text in texts]
    if file is not None:
        try:
            content = read_yaml(file)
        except (OSError, ValueError) as error:
            raise RecipeError(f"the axes in {file} cannot be read; is it a YAML file? ({error})") from None
        if not isinstance(content, dict):
            raise RecipeError(f"{file} must have lines like 'depth: [4, 5, 6]'")
        axes = [_from_yaml(str(key), value) for key, value in content.items()] + axes
    twice = {axis.key for axis in axes if sum(other.key == axis.key for other in axes) > 1}
    if twice:
        raise RecipeError(f"axis '{min(twice)}' is given twice; put all its values into one")
    return axes


def default_axes(recipe: Recipe) -> list[Axis]:
    """What the paper varied, around the recipe's own network: 96 combinations at most.

    Raises:
        RecipeError: the generator is no list of stages; axes must be named then.
    """
    stages = _stages(recipe)
    if not stages:
        raise RecipeError(
            f"there are no default axes for the generator {recipe.generator.name}; name some with --axis, as --axis "
            "lr=1e-4,2e-4 or --axis generator.options.KEY=a,b"
        )
    depth, width = len(stages), stages[0].filters
    return [
        Axis("depth", tuple(sorted({max(2, depth - 2), depth}))),
        Axis("width", tuple(sorted({max(8, width // 4), max(8, width // 2), width}))),
        Axis("kernel", (4, "4-8-8-4")),
        Axis("stride", (2, "2-4-4-2")),
        Axis("norm", ("batch", "instance")),
        Axis("upsampling", ("transposed", "resize")),
    ]


def _from_text(text: str) -> Axis:
    key, equals, values = text.partition("=")
    if not equals or not key.strip() or not values.strip():
        raise RecipeError(f"axis '{text}' is not of the form key=a,b,c")
    ends = re.fullmatch(r"\s*(\S+?)\.\.(\S+)\s*", values)
    if ends:
        return _range(key.strip(), *(_value(end) for end in ends.groups()))
    return _from_yaml(key.strip(), [_value(part) for part in values.split(",")])


def _from_yaml(key: str, content: Any) -> Axis:
    if isinstance(content, dict) and content.keys() == {"low", "high"}:
        return _range(key, content["low"], content["high"])
    if isinstance(content, str) and ".." in content:
        return _from_text(f"{key}={content}")
    values = [_value(value) if isinstance(value, str) else value for value in _listed(content)]
    if not values or not all(value is None or isinstance(value, int | float | str | bool) for value in values):
        raise RecipeError(f"axis '{key}' needs values, like [1, 2, 3]")
    return Axis(key, tuple(dict.fromkeys(values)))


def _listed(content: Any) -> list[Any]:
    return content if isinstance(content, list) else [content]


def _range(key: str, low: Any, high: Any) -> Axis:
    if not isinstance(low, int | float) or not isinstance(high, int | float) or not low < high:
        raise RecipeError(f"axis '{key}': a range is of two numbers, the smaller first, as {key}=1e-4..1e-3")
    return Axis(key, (), low, high)


def _value(text: str) -> Value:
    """A value as YAML reads it; numbers like 1e-4, which YAML takes for words, are numbers."""
    try:
        value = parse_yaml(text.strip())
        return float(value) if isinstance(value, str) and re.fullmatch(r"[\d.]+e[+-]?\d+", value) else value
    except ValueError as error:
        raise RecipeError(f"the value '{shorten(text, 60)}' of an axis is not valid YAML: {error}") from None


def _check(axis: Axis, recipe: Recipe) -> None:
    """Whether an axis means something in this recipe.

    Raises:
        RecipeError: it does not; says what would.
    """
    key, known = axis.recipe_key, [*SHAPE, *SHORT]
    if axis.key not in known and "." not in axis.key and axis.key not in Recipe.model_fields:
        raise RecipeError(f"axis '{axis.key}' is unknown; known: {join(known)}, or any recipe key like optimizer.lr")
    if axis.key in SHAPE and not _stages(recipe):
        shaped = join(name for name in GENERATORS if class_of(GENERATORS[name]).stages_of({}))
        raise RecipeError(f"axis '{axis.key}' is for the generator {shaped}, not {recipe.generator.name}")
    if any(key == part or key.startswith(f"{part}.") for part in OF_THE_MEASURE):
        raise RecipeError(f"axis '{axis.key}' changes what is measured; make a study for each value of {key} instead")
    if key == "seed" and not recipe.data.split:
        raise RecipeError("axis 'seed' would also change the split; name one with data.split=FILE")
    place, others = place_in_phases(recipe, key)
    if others:
        own = f"phases.{others[0]}.{place}"
        raise RecipeError(f"axis '{axis.key}' has no effect in phase {others[0]}, which has its own; vary {own}")


def _filled(recipe: Recipe) -> str:
    """The recipe as text with the generator's defaults written out, so that equal ones can be told."""
    generator = recipe.generator
    arguments = inspect.signature(class_of(GENERATORS[generator.name])).parameters.values()
    defaults = {argument.name: argument.default for argument in arguments if argument.default is not argument.empty}
    options = defaults | generator.options
    if stages := _stages(recipe):
        options["stages"] = stages_text(stages)
    filled = {name: options[name] for name in sorted(options)}
    return recipe.model_copy(update={"generator": generator.model_copy(update={"options": filled})}).model_dump_json()


def _stages(recipe: Recipe) -> tuple[Stage, ...]:
    """Of a generator that is written as a list of them; empty: it is none."""
    return class_of(GENERATORS[recipe.generator.name]).stages_of(recipe.generator.options)


def _name(choices: Mapping[str, Value]) -> str:
    """``depth4_kernel4-8-8-4_batch``: letters, digits and what no file system minds."""
    shorts = [key.rpartition(".")[2] for key in choices]
    parts = []
    for (key, value), short in zip(choices.items(), shorts, strict=True):
        label = short if shorts.count(short) == 1 else key
        text = f"{value:.4g}" if isinstance(value, float) else str(value).lower()
        parts.append(re.sub(r"[^\w.+-]+", "-", f"{label}{text}" if text[:1].isdigit() else f"{label}-{text}"))
    return "_".join(parts)
