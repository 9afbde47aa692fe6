"""What a server offers by name: models that paint, and those and runs to be explained. Clients give no paths."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pincel.errors import ModelError, PincelError, pick
from pincel.explain.options import MAP_METHODS
from pincel.runtime.card import ModelCard
from pincel.runtime.card_facts import card_facts, quality_facts
from pincel.runtime.hub import is_hub
from pincel.runtime.model_file import embedded_models, find_model, load_model
from pincel.tasks import TASKS, tasks_of

__all__ = ["EXAMPLES", "LABELS", "STATIC", "Catalogue", "Offer", "find_models"]

LABELS = "labels"
BROWSER_TASKS = ("colorize", "sketch", "paired")  # what static/engine can do
BROWSER_FACTS = (
    *("classes", "tells_label", "least_logit", "size_multiple", "working_size", "largest_working_size"),
    *("largest_enlargement", "leaves_bars", "saturation", "class_saturation"),
)
EXAMPLES = Path(str(resources.files("pincel"))) / "examples"
STATIC = Path(str(resources.files("pincel"))) / "serve" / "static"


@dataclass(frozen=True)
class Offer:
    """A model that paints."""

    name: str
    path: Path
    card: ModelCard

    @property
    def draws(self) -> bool:
        """Whether it makes a whole picture of what it is given, a drawing for instance."""
        return not TASKS[self.card.task].keeps_lightness

    @property
    def has_layers(self) -> bool:
        """Whether its network can be had from the file, for maps of gradients."""
        return bool(self.card.generator) and not self.card.quantization

    def shown(self) -> dict[str, Any]:
        """What clients are told of it."""
        card = self.card
        rows = {**card_facts(card), **{f"quality on {name}": text for name, text in quality_facts(card).items()}}
        return {
            "name": self.name,
            "task": card.task,
            "title": card.name[:1].upper() + card.name[1:],
            "description": card.description,
            "labels": card.classes,
            "tells_label": card.tells_label,
            "working_size": card.working_size,
            "megabytes": round(self.path.stat().st_size / 1e6, 1),
            "draws": self.draws,
            "saturation": card.saturation,
            "card": [[heading[:1].upper() + heading[1:], text] for heading, text in rows.items()],
            "file": f"api/v1/models/{quote(self.name, safe='')}/file",
            "browser": self._in_browser(),
        }

    def _in_browser(self) -> dict[str, Any] | None:
        """What painting with it in the browser needs to know; None where that cannot be done."""
        task = TASKS[self.card.task]
        if task.name not in BROWSER_TASKS:
            return None
        return {
            **self.card.model_dump(include=set(BROWSER_FACTS)),
            "bytes": self.path.stat().st_size,
            "keeps_lightness": task.keeps_lightness,
            "keeps_alpha": task.keeps_alpha,
            "draws_lines": task.draws,
            "source_channels": task.source_channels,
        }


@dataclass(frozen=True)
class Catalogue:
    """Everything that is offered.

    Attributes:
        models: those that paint, by name.
        runs: folders of runs, by name.
    """

    models: dict[str, Offer]
    runs: dict[str, Path]

    def pick(self, name: str, command: str) -> Offer:
        """A model that a command paints with.

        Args:
            name: of the model.
            command: ``colorize`` or ``translate``.

        Raises:
            PincelError: there is none of this name, or it does another task.
        """
        offer, tasks = pick(self.models, name, "model", ModelError), tasks_of(command)
        if offer.card.task in tasks:
            return offer
        fitting = sorted(other.name for other in self.models.values() if other.card.task in tasks)
        raise ModelError(
            f"model '{name}' is for the task {offer.card.task}, not {' or '.join(tasks)}; "
            f"models that fit: {', '.join(fitting) or 'none'}"
        )

    @cached_property
    def explained(self) -> dict[str, Path]:
        """What can be explained: the runs, then the models that paint photos and have layers."""
        models = {offer.name: offer.path for offer in self.models.values() if offer.has_layers and not offer.draws}
        return self.runs | {name: path for name, path in models.items() if name not in self.runs}

    @cached_property
    def why_not(self) -> str | None:
        """Why nothing can be explained; None when it can."""
        if importlib.util.find_spec("torch") is None or importlib.util.find_spec("captum") is None:
            return "Explaining needs torch, which is not installed here; pip install 'pincel[train]' brings it."
        return None

    def pick_explained(self, name: str | None, method: str) -> Path:
        """One of `explained`, the first when no name is given; or, for what labels change, a model with labels.

        Raises:
            PincelError: nothing can be explained, or there is no such name or method.
        """
        if self.why_not:
            raise PincelError(self.why_not)
        if method == LABELS:
            models = {offer.name: offer.path for offer in self.models.values() if offer.card.classes}
            return pick(models | self.runs, name or next(iter(self.runs | models)), "model with labels", ModelError)
        pick(dict.fromkeys(MAP_METHODS), method, "method", ModelError)
        return pick(self.explained, name or next(iter(self.explained)), "network", ModelError)

    def shown(self) -> dict[str, Any]:
        """What clients are told of all this."""
        why = {"available": self.why_not is None, "models": list(self.explained), "methods": list(MAP_METHODS)}
        if self.why_not:
            why |= {"reason": self.why_not, "models": [], "methods": []}
        return {
            "models": [offer.shown() for offer in self.models.values()],
            "why": why,
            "examples": {
                "folder": "examples/",
                "photos": sorted(path.name for path in EXAMPLES.glob("*.jpg")),
                "drawings": sorted(path.name for path in EXAMPLES.glob("*.png")),
            },
        }


def find_models(given: Sequence[str]) -> Catalogue:
    """The embedded models and the given ones.

    Args:
        given: .onnx files, offered by their name without suffix, models on the Hub (``hf:owner/name``), offered by
            their name, and folders of runs, by theirs; a run's own .onnx files are offered too.

    Raises:
        PincelError: something that is neither, or two of one name.
    """
    models: dict[str, Offer] = {}
    runs: dict[str, Path] = {}
    for name, path in sorted(embedded_models().items(), key=lambda item: item[0] != "default"):  # it comes first
        models[name] = _offer(name, path)
    for one in given:
        path = Path(one)
        if is_hub(one):
            _add(models, _offer(one.partition("@")[0].rpartition("/")[2], find_model(one)))
            continue
        if not path.is_dir():
            _add(models, _offer(path.stem, path))
            continue
        if not (path / "recipe.yaml").is_file() or not (path / "facts.json").is_file():
            raise PincelError(f"{path} is not a run (no recipe.yaml and facts.json inside); `pincel train` makes one")
        name = path.resolve().name
        if name in runs:
            raise PincelError(f"two runs are called {name}; rename one of the folders")
        runs[name] = path
        for file in sorted(path.glob("*.onnx")):
            _add(models, _offer(name if file.stem == "model" else f"{name} {file.stem}", file))
    return Catalogue(models, runs)


def _offer(name: str, path: Path) -> Offer:
    return Offer(name, path.resolve(), load_model(path, threads=1).card)


def _add(models: dict[str, Offer], offer: Offer) -> None:
    if offer.name in models:
        raise PincelError(f"two models are called {offer.name} ({models[offer.name].path}, {offer.path}); rename one")
    models[offer.name] = offer
