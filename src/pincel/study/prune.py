"""`prune`: a run's network without the channels that matter least, then trained on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from torch import nn

from pincel.errors import PincelError
from pincel.files import write_atomically
from pincel.models.generators.base import Generator
from pincel.study.channels import Pruned, remove_channels
from pincel.study.distil import distillation_of, own_data
from pincel.study.options import PruneOptions
from pincel.training.begin import new_run
from pincel.training.loop import train
from pincel.training.networks import load_painter
from pincel.training.recipe import Recipe
from pincel.training.run import Run

__all__ = ["prune"]


def prune(
    run: str | Path,
    out: Path,
    options: PruneOptions,
    *,
    data: Sequence[Path] = (),
) -> Run:
    """Prune a run's generator and train it on by its own recipe; the result is an ordinary run.

    Multiply-adds are counted at the recipe's working size. The discriminator begins anew.

    Args:
        run: a run whose generator can be pruned (`pincel.models.generators.base.Generator.unprunable`).
        out: folder of the new run.
        options: how far, and how it is trained on.
        data: data sets instead of the run's own; its split stays.

    Raises:
        PincelError: the generator cannot be pruned (so far), or what `pincel.training.loop.train` raises.
    """
    base, new = Run.open(run), new_run(out)
    recipe = base.recipe()
    painter = load_painter(base, recipe.validation.keep)
    size = recipe.working_size or recipe.data.size
    with options.console.status("choosing channels ..."):
        pruned = _pruned(painter, recipe, options, size)
    folders, recipe = own_data(base, recipe)
    generator = recipe.generator.model_copy(update={"options": pruned.options, "weights": str(new.start.resolve())})
    recipe = recipe.model_copy(update={"generator": generator})
    if options.distil:
        distillation = distillation_of(recipe, base.folder, options.output, options.features)
        recipe = recipe.model_copy(update={"distillation": distillation})
    _write_start(new, base, pruned, options, size)
    before, after = (_parameters(network) for network in (painter, pruned.generator))
    options.console.print(
        f"{pruned.macs_before / 1e6:.1f} -> {pruned.macs / 1e6:.1f} M multiply-adds at {size} px, "
        f"{before / 1e6:.2f} -> {after / 1e6:.2f} M parameters",
        highlight=False,
    )
    return train(Recipe.model_validate(recipe.model_dump()), list(data) or folders, out, options)


def _pruned(painter: Generator, recipe: Recipe, options: PruneOptions, size: int) -> Pruned:
    from pincel.export.export import executed_macs

    target = options.macs(executed_macs(painter, size, size))
    return remove_channels(
        recipe.generator.name, painter, recipe.generator.options, target, size, importance=options.importance
    )


def _write_start(new: Run, base: Run, pruned: Pruned, options: PruneOptions, size: int) -> None:
    """What the run begins with: weights, and a note of what was left out."""
    from safetensors.torch import save

    note = {
        "of": str(base.folder.resolve()),
        "importance": options.importance,
        "size": size,
        "macs_before": pruned.macs_before,
        "macs": pruned.macs,
        "channels": {layer: {"kept": kept, "of": count} for layer, (kept, count) in pruned.kept.items()},
    }
    tensors = {name: value.detach().contiguous() for name, value in pruned.generator.state_dict().items()}
    try:
        new.folder.mkdir(parents=True, exist_ok=True)
        write_atomically(new.start, save(tensors))
        write_atomically(new.pruning, json.dumps(note, indent=1).encode())
    except OSError as error:
        raise PincelError(f"{new.folder} cannot be written: {error.strerror}; choose another --out") from None


def _parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())
