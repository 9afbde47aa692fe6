"""What the phases of a recipe have from it and what is their own; which changes of the recipe reach them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from pydantic import BaseModel

from pincel.documents import parse_yaml
from pincel.errors import RecipeError
from pincel.training.recipe_parts import DEFAULT_LOSSES, DataRecipe, OptimizerRecipe, Phase

__all__ = ["kept_by_phases", "key_behind", "let_follow", "make_whole", "place_in_phases", "require_read"]

OF_PHASES = {"data.size": "size", "data.batch": "batch", "losses": "losses", "optimizer": "optimizer"}
BESIDE_PHASES = "data.size"  # validation reads it too
CRITIC = "discriminator"


class Recipe(Protocol):
    """A `pincel.training.recipe.Recipe`, as far as it is known here."""

    phases: list[Phase]


def make_whole(content: Mapping[str, Any]) -> dict[str, Any]:
    """A recipe's mappings with phases that say everything themselves; what is wrong in them stays as it is.

    A phase's ``optimizer`` is laid over the recipe's: only the keys that it gives are its own. Its ``losses`` are a
    list of their own, and ``size`` and ``batch`` those of ``data`` where it gives none.
    """
    inherited, phases = _inherited(content), content.get("phases", [{"epochs": 10}])
    if isinstance(phases, list):
        phases = [_laid_over(inherited, phase) if isinstance(phase, Mapping) else phase for phase in phases]
    return {**content, "phases": phases}


def let_follow(content: Mapping[str, Any], key: str) -> None:
    """Take out of the phases what only repeats the recipe at ``key``, which is about to change: they change with it.

    The recipe of a run, whose phases are whole, can be changed like the one that it was begun with.
    """
    inherited, phases = _inherited(content), content.get("phases")
    asked = key.split(".")[1:2]
    reached = [
        name for part, name in OF_PHASES.items() if f"{key}.".startswith(f"{part}.") or part.startswith(f"{key}.")
    ]
    for phase in phases if isinstance(phases, list) else []:
        for name in reached if isinstance(phase, dict) else []:
            own = phase.get(name)
            if name == "optimizer" and isinstance(own, Mapping):
                common = OptimizerRecipe().model_dump(mode="json") | inherited[name]
                phase[name] = {k: v for k, v in own.items() if (asked and k not in asked) or v != common.get(k)}
            elif own == inherited[name]:
                phase[name] = None


def place_in_phases(recipe: Recipe, key: str) -> tuple[str, list[int]]:
    """Where a phase says what the recipe says under ``key``, and the numbers of the phases that say something else.

    Returns:
        ``("optimizer.lr", [1, 2])``; ``("", [])`` where phases do not have such a thing.
    """
    part = next((part for part in OF_PHASES if f"{key}.".startswith(f"{part}.")), None)
    if part is None:
        return "", []
    compared = part if part != "optimizer" else ".".join(key.split(".")[:2])
    place = OF_PHASES[part] + compared[len(part) :]
    others = [number for number, phase in enumerate(recipe.phases) if _at(phase, place) != _at(recipe, compared)]
    return OF_PHASES[part] + key[len(part) :], others


def key_behind(key: str) -> str:
    """The recipe's key that a phase's key lies over; empty where there is none.

    >>> key_behind("phases.0.size"), key_behind("phases.1.optimizer.lr"), key_behind("phases.1.epochs")
    ('data.size', 'optimizer.lr', '')
    """
    _, _, inside = key.removeprefix("phases.").partition(".") if key.startswith("phases.") else ("", "", "")
    name, dot, rest = inside.partition(".")
    return next((f"{part}{dot}{rest}" for part, place in OF_PHASES.items() if place == name), "")


def require_read(recipe: Recipe, overrides: Sequence[str]) -> None:
    """Refuse changes that no phase sees.

    Args:
        recipe: with the changes.
        overrides: as ``optimizer.lr=0.1``.

    Raises:
        RecipeError: every phase has its own; names where it stands.
    """
    last = len(recipe.phases) - 1
    for key, value in _leaves(overrides):
        place, others = place_in_phases(recipe, key)
        if len(others) == last + 1 and key != BESIDE_PHASES:
            rest = f", and likewise {_numbered(others[1:])}" if last else ""
            raise RecipeError(
                f"recipe key '{key}' reaches no phase: {_whose(others, place)}; change phases.0.{place}={value}{rest}"
            )
        if key.startswith(f"{CRITIC}.") and not any(phase.adversarial for phase in recipe.phases):
            raise RecipeError(
                f"recipe key '{key}' reaches no phase: none has a critic; give one a weight, as "
                f"phases.{last}.adversarial=0.02"
            )


def kept_by_phases(recipe: Recipe, overrides: Sequence[str]) -> Iterator[str]:
    """Of each change that some phases do not see, since they have their own: which, and how to reach them."""
    given = [f"{override.partition('=')[0]}." for override in overrides]
    for key, value in _leaves(overrides):
        place, others = place_in_phases(recipe, key)
        places = {number: f"phases.{number}.{place}." for number in others}
        kept = [n for n, place in places.items() if not any(place.startswith(one) for one in given)]
        if kept:
            yield f"{key} does not change all: {_whose(kept, place)}; add phases.{kept[0]}.{place}={value}"


def _whose(numbers: Sequence[int], place: str) -> str:
    """``phases 0, 1 have their own lr``."""
    part, _, name = place.partition(".")
    said = name.partition(".")[0] if part == "optimizer" and name else part
    return f"{_numbered(numbers)} {'has its' if len(numbers) == 1 else 'have their'} own {said}"


def _numbered(numbers: Sequence[int]) -> str:
    return f"phase{'' if len(numbers) == 1 else 's'} {', '.join(map(str, numbers))}"


def _leaves(overrides: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Key and text of each change; a mapping, as ``optimizer={lr: 0.1}``, counts as a change of each of its keys."""
    for override in overrides:
        key, _, text = override.partition("=")
        value = parse_yaml(text)
        if isinstance(value, Mapping):
            yield from ((f"{key}.{name}", json.dumps(one, default=str)) for name, one in value.items())
        else:
            yield key, text


def _inherited(content: Mapping[str, Any]) -> dict[str, Any]:
    """What a phase has from these mappings of a recipe."""
    data = {name: field.default for name, field in DataRecipe.model_fields.items()} | _mapping(content.get("data"))
    losses, optimizer = content.get("losses", DEFAULT_LOSSES), _mapping(content.get("optimizer"))
    return {"size": data["size"], "batch": data["batch"], "losses": losses, "optimizer": optimizer}


def _laid_over(inherited: Mapping[str, Any], phase: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: value for name, value in phase.items() if value is not None or name not in inherited}
    if isinstance(own.get("optimizer"), Mapping | BaseModel):
        own["optimizer"] = inherited["optimizer"] | _mapping(own["optimizer"])
    return {**inherited, **own}


def _mapping(part: Any) -> dict[str, Any]:
    """What a part of a recipe gives; nothing where it is no part."""
    if isinstance(part, BaseModel):
        return part.model_dump(exclude_unset=True)
    return dict(part) if isinstance(part, Mapping) else {}


def _at(part: Any, key: str) -> Any:
    """What stands there; None where there is no such thing."""
    for name in key.split("."):
        part = getattr(part, name, None)
    return part
