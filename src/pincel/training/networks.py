"""The networks of a recipe, of a run and of a model file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from pincel.data.pairs import Pair
from pincel.errors import ModelError, PincelError, RecipeError
from pincel.models.discriminators import build_discriminator
from pincel.models.discriminators.base import Discriminator
from pincel.models.generators import build_generator
from pincel.models.generators.base import Generator
from pincel.models.names import DISCRIMINATORS, class_of
from pincel.runtime.model_file import Model
from pincel.tasks import TASKS
from pincel.training.losses.table import LABELS, LOSSES
from pincel.training.model_start import misfit, read_tensors, weights_of
from pincel.training.recipe import Recipe
from pincel.training.run import Run

__all__ = [
    "check_networks",
    "could_hold",
    "count_parameters",
    "load_painter",
    "network_of",
    "new_discriminator",
    "new_generator",
]

SMALL = 10_000_000  # parameters


def new_generator(recipe: Recipe, classes: int = 0) -> Generator:
    """The recipe's generator with fresh weights, encoder not loaded.

    Args:
        recipe: the experiment.
        classes: of the data; the generator is told them when the recipe says that it is conditional.
    """
    task, g = TASKS[recipe.task], recipe.generator
    labels = classes if g.conditional else 0
    generator = build_generator(g.name, task.source_channels, task.target_channels, labels, **g.options)
    for loss, planes in ((name, row.planes) for name, row in LOSSES.items() if row.planes.side_output):
        side, asked = planes.side_output, planes.side_output in recipe.side_outputs
        if asked and side not in generator.side_outputs and (labels or planes is not LABELS):
            raise RecipeError(
                f"recipe key 'losses.{loss}': {g.name} has no {planes.lacking} for the task {recipe.task}; use 0"
            )
        if side in generator.painted_by and not asked and g.weights is None:
            option = generator.painted_by[side]
            raise RecipeError(
                f"recipe key 'generator.options': {option} comes from the {side}, which nothing would teach; give "
                f"losses.{loss} a weight, or leave {option} away"
            )
    return generator


def check_networks(recipe: Recipe) -> None:
    """Build the networks without memory, before there are data: what only their constructors know is said at once.

    Raises:
        RecipeError: an option of the generator or of the critic cannot be.
    """
    count_parameters(lambda: new_generator(recipe, classes=1))
    if recipe.adversarial:
        count_parameters(lambda: new_discriminator(recipe, classes=1))


def new_discriminator(recipe: Recipe, classes: int = 0) -> Discriminator:
    """The recipe's discriminator with fresh weights; arguments as `new_generator`."""
    task, d = TASKS[recipe.task], recipe.discriminator
    painted = task.target_channels if class_of(DISCRIMINATORS[d.name]).planes == "output" else 3
    labels = classes if d.conditional else 0
    return build_discriminator(d.name, task.source_channels + painted, labels, **d.arguments)


def load_painter(run: Run, which: str = "last") -> Generator:
    """What a run has kept of its painter (`pincel.training.learner.Learner.painter`), in evaluation mode.

    Raises:
        PincelError: the run has no such weights yet.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if which not in ("last", "best"):
        raise PincelError(f"a run keeps its last and its best weights, not '{which}'; choose one of the two")
    path = run.weights(which)
    if not path.is_file():
        raise PincelError(
            f"{run.folder} has no {which} weights yet; train it longer (they are kept at each validation)"
        )
    generator = new_generator(run.recipe(), len(run.facts()["classes"]))
    try:
        generator.load_state_dict(load_file(path))
    except SafetensorError as error:
        raise PincelError(f"{path} cannot be read: {error}") from None
    except RuntimeError as error:
        raise PincelError(f"{path} does not fit the run's recipe: {misfit(error)}") from None
    return generator.eval()


def network_of(model: Model) -> Generator:
    """The layers of a model file of `pincel.export`, in evaluation mode: they paint what the file paints.

    Raises:
        PincelError: it was quantized, or is of another make than its card says.
    """
    card, task = model.card, TASKS[model.card.task]
    name, options = card.generator.get("name"), card.generator.get("options", {})
    if not isinstance(name, str) or not isinstance(options, dict):
        raise ModelError(f"the card of {card.name} does not say which network it is")
    tensors = read_tensors(model.path)

    def build() -> Generator:
        return build_generator(name, task.source_channels, task.target_channels, len(card.classes), **options)

    try:
        if not could_hold(model.path, count_parameters(build)):
            raise ModelError(f"{card.name} does not fit its card: the file is too small for the network that it names")
        generator = build()
        side = card.size_multiple * 2
        nothing = torch.zeros(1, task.source_channels, side, side)
        generator.load_state_dict(weights_of(generator, tensors, Pair(nothing, nothing, torch.tensor([0]), nothing)))
    except PincelError:
        raise
    except RuntimeError as error:
        raise ModelError(f"{card.name} does not fit its card: {misfit(error)}") from None
    except Exception:  # options and tensors of any kind
        raise ModelError(f"{card.name} does not fit its card; export it again") from None
    return generator.eval()


def could_hold(path: Path, parameters: int) -> bool:
    """Whether a network of so many parameters can be what is in a file; small ones are not worth the question."""
    return parameters <= max(SMALL, path.stat().st_size)


def count_parameters(build: Callable[[], nn.Module]) -> int:
    """How many parameters a network has that takes no memory yet."""
    with torch.device("meta"):
        return sum(parameter.numel() for parameter in build().parameters())
