"""`pincel list`, `pincel recipes`: what can be chosen, by name, each in a line. Nothing here needs an extra."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["REGISTRIES", "list_registry", "recipes"]


def _show(rows: dict[str, str]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column()
    for name, text in rows.items():
        table.add_row(name, text)
    Console(highlight=False).print(table)


def _generators() -> dict[str, str]:
    from pincel.models.names import GENERATORS

    return _networks(GENERATORS)


def _discriminators() -> dict[str, str]:
    from pincel.models.names import DISCRIMINATORS

    return _networks(DISCRIMINATORS)


def _losses() -> dict[str, str]:
    from pydantic import BaseModel

    from pincel.training.recipe_parts import LossRecipe

    fields = LossRecipe.model_fields.items()
    weights = {name: one for name, one in fields if one.default == 0 or isinstance(one.default, BaseModel)}
    return {name: _sentence(one.description or name) for name, one in weights.items()}


def _metrics() -> dict[str, str]:
    from pincel.evaluation.evaluated_tasks import evaluated_task
    from pincel.tasks import TASKS

    metrics = {name: one for task in reversed(TASKS) for name, one in evaluated_task(task).metrics.items()}
    return {name: f"{one.name}: {_sentence(one.meaning)}" for name, one in metrics.items()}


def _tasks() -> dict[str, str]:
    from pincel.tasks import TASKS

    return {name: _subject(sys.modules[type(task).__module__].__doc__) for name, task in TASKS.items()}


def _recipes() -> dict[str, str]:
    from pincel.training.recipe import describe_recipes

    return describe_recipes()


REGISTRIES: dict[str, tuple[str, Callable[[], dict[str, str]]]] = {
    "generators": ("Networks that paint; generator.name of a recipe.", _generators),
    "discriminators": ("Networks that judge; discriminator.name of a recipe.", _discriminators),
    "losses": ("What training minimises; losses of a recipe.", _losses),
    "metrics": ("Figures in the reports of pincel evaluate.", _metrics),
    "tasks": ("What a network is shown and what it paints; task of a recipe.", _tasks),
    "recipes": ("Experiments that come with Pincel; pincel train NAME.", _recipes),
}


def list_registry(
    registry: Annotated[
        str | None,
        typer.Argument(help=f"{', '.join(REGISTRIES)}; these are listed by default.", metavar="[REGISTRY]"),
    ] = None,
) -> None:
    """List what can be chosen by name in recipes and reports: generators, losses, metrics and more."""
    from pincel.errors import pick

    if registry is None:
        _show({name: subjects for name, (subjects, _) in REGISTRIES.items()})
        typer.echo("pincel list NAME lists one of these.")
        return
    _show(pick(REGISTRIES, registry, "registry")[1]())


def recipes() -> None:
    """List the recipes that come with Pincel."""
    list_registry("recipes")
    typer.echo("pincel train NAME --dry-run prints one; pincel train NAME --data PHOTOS --out RUN trains it.")


def _networks(table: dict[str, str]) -> dict[str, str]:
    """The subject of each network's module, which is read and not imported: that would need torch."""
    subjects = {}
    for name, row in table.items():
        file = Path(*row.partition(":")[0].split(".")).with_suffix(".py")
        source = (Path(__file__).parents[2] / file).read_text(encoding="utf-8")
        subjects[name] = _subject(ast.get_docstring(ast.parse(source)))
    return subjects


def _subject(docstring: str | None) -> str:
    """What a module says first, without the name of what it holds."""
    return _sentence(re.sub(r"^[^:]*`: ", "", " ".join((docstring or "").partition("\n\n")[0].split())))


def _sentence(text: str) -> str:
    """The first sentence, with a capital letter and a stop."""
    first = re.split(r"\. (?=[A-Z])", text.replace("`", ""), maxsplit=1)[0].removesuffix(".")
    return f"{first[:1].upper()}{first[1:]}." if first else ""
