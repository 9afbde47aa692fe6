"""Where a generator starts from: a whole earlier generator, or an encoder with ImageNet weights or from a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from pincel.data.pairs import Pair
from pincel.errors import PincelError, RecipeError
from pincel.models.generators.base import Generator
from pincel.runtime.hub import is_hub
from pincel.runtime.model_file import Model, embedded_models, load_model
from pincel.training.model_start import misfit, read_tensors, restore_norms, weights_of
from pincel.training.recipe import Recipe
from pincel.training.recipe_parts import GeneratorRecipe
from pincel.training.run import Run

__all__ = [
    "after",
    "hashes_behind",
    "load_encoder",
    "load_start",
    "model_behind",
    "origin_behind",
    "shown_as",
]

KEY = "generator.encoder_weights"


def load_start(
    generator: Generator, recipe: GeneratorRecipe, classes: Sequence[str] = (), examples: Sequence[Pair] = ()
) -> None:
    """What the recipe says: ``weights`` of a whole generator, otherwise ``encoder_weights``.

    A conditional generator may start from an unconditional one, and from a model file of other classes: its labels then
    change nothing until they have learnt. An unconditional one may start from one that is told classes.

    Args:
        generator: filled in place.
        recipe: what it starts from.
        classes: of the data, in the order of their numbers.
        examples: batches of training pairs; a model file needs them (`restore_norms`).

    Raises:
        PincelError: the weights cannot be had, or do not fit.
    """
    if recipe.weights is None:
        load_encoder(generator, recipe.encoder_weights)
        return
    key = "generator.weights"
    model = model_behind(recipe.weights)
    if model is None:
        state = generator.with_names_of_today(_read(recipe.weights, key))
    else:
        made = {"name": recipe.name} | model.card.generator
        if made["name"] != recipe.name:
            raise PincelError(
                f"recipe key '{key}': {recipe.weights} is a {made['name']}, not a {recipe.name}; give "
                f"generator.name={made['name']} generator.options='{json.dumps(made.get('options', {}))}'"
            )
        state = weights_of(generator, read_tensors(model.path), examples[0])
        if model.card.classes != list(classes):
            state = {name: value for name, value in state.items() if not name.startswith(generator.label_parts)}
    own = {name: value for name, value in generator.state_dict().items() if name.startswith(generator.label_parts)}
    if not own:
        state = {name: value for name, value in state.items() if not name.startswith(generator.label_parts)}
    elif model is not None or not any(name in state for name in own):
        state = own | state
    missing = sorted(generator.state_dict().keys() - state.keys()) if model is not None else []
    if missing:
        raise PincelError(f"recipe key '{key}': {recipe.weights} does not fit: it has no {missing[0]}")
    _fill(generator.load_state_dict, state, recipe.weights, key)
    if model is not None:
        restore_norms(generator, examples)


def model_behind(weights: str | None) -> Model | None:
    """The model that ``generator.weights`` names: embedded, a file, on the Hub; None: it names something else."""
    if weights is not None and (weights in embedded_models() or weights.endswith(".onnx") or is_hub(weights)):
        return load_model(weights)
    return None


def shown_as(recipe: Recipe) -> dict[str, Any]:
    """Fields of the `ModelCard` that tell how pictures are shown, of the model that a recipe starts from; or none.

    Not how far small ones are enlarged: that follows the size of the views that a network learnt from last.
    """
    model = model_behind(recipe.generator.weights)
    return {"leaves_bars": model.card.leaves_bars} if model else {}


def hashes_behind(weights: str | None) -> set[str]:
    """The pictures that a run's starting weights have seen already, so that evaluation can refuse them too.

    Args:
        weights: ``generator.weights`` of the recipe; None: it starts from nothing.

    Returns:
        Difference hashes, 16 hexadecimal digits each; none when the file does not lie in a run.
    """
    if weights is None:
        return set()
    model = model_behind(weights)
    if model is not None:
        return {f"{int(value):016x}" for value in model.training_hashes}
    run = Run(Path(weights).parent)
    if Path(weights).name == run.start.name:
        run = run.pruned_from() or run
    return set(run.facts()["training_hashes"]) if (run.folder / "facts.json").is_file() else set()


def origin_behind(weights: str | None) -> dict[str, str]:
    """What a run's starting weights were made of: ``name``, ``data`` and ``data_licence``, which its model owes them.

    Args:
        weights: ``generator.weights`` of the recipe; None: it starts from nothing.

    Returns:
        Nothing when the file is no model and does not lie in a run.
    """
    if weights is None:
        return {}
    model = model_behind(weights)
    if model is not None:
        return {"name": model.card.name, "data": model.card.data, "data_licence": model.card.data_licence}
    run = Run(Path(weights).parent)
    run = run.pruned_from() or run
    if not run.begun:
        return {}
    data = {"data": ", ".join(Path(folder).name for folder in run.facts()["folders"]), "data_licence": ""}
    return {"name": run.folder.name, **after(data, run.facts().get("start", {}))}


def after(fields: Mapping[str, str], origin: Mapping[str, str]) -> dict[str, str]:
    """``data`` and ``data_licence`` of a card, with those of what it started from behind them.

    >>> after({"data": "mine", "data_licence": ""}, {"name": "default", "data": "photos", "data_licence": "research"})
    {'data': 'mine; started from default: photos', 'data_licence': 'started from default: research'}
    """
    names = ("data", "data_licence")
    if not origin:
        return {name: fields[name] for name in names}
    started = {name: f"started from {origin['name']}: {origin[name] or 'not stated'}" for name in names}
    return {name: "; ".join(filter(None, [fields[name], started[name]])) for name in names}


def load_encoder(generator: Generator, weights: str | None) -> None:
    """Fill the generator's encoder.

    Args:
        generator: which of them have one, and whose weights they take, stands in their own files.
        weights: ``imagenet``, ``none`` (keep the random start), a .safetensors file as the generator's ``fill_encoder``
            takes it (the encoder's alone, mostly), or None: the generator's default.

    Raises:
        PincelError: the weights cannot be had, or their tensors do not fit.
    """
    weights = weights or generator.default_encoder_weights
    if weights == "none":
        return
    if generator.pretrainable is None:
        raise RecipeError(f"recipe key '{KEY}': {type(generator).__name__} has no encoder; use none")
    state = generator.imagenet_weights() if weights == "imagenet" else _read(weights, KEY)
    _fill(generator.fill_encoder, state, weights, KEY)


def _read(path: str, key: str) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not Path(path).is_file():
        raise RecipeError(f"recipe key '{key}': file {path} does not exist")
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise PincelError(f"recipe key '{key}': {path} cannot be read: {str(error).splitlines()[0]}") from None


def _fill(take: Callable[[dict[str, Tensor]], object], state: dict[str, Tensor], path: str, key: str) -> None:
    try:
        take(state)
    except RuntimeError as error:
        raise PincelError(f"recipe key '{key}': {path} does not fit: {misfit(error)}") from None
