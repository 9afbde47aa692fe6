"""`prune`: a run's network without the channels that matter least, then trained on."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from torch import nn

from pincel.errors import PincelError
from pincel.files import write_atomically
from pincel.models.generators.base import Generator
from pincel.study.channels import Pruned, remove_channels
from pincel.study.distil import distillation_of, own_data
from pincel.training.begin import new_run
from pincel.training.loop import train
from pincel.training.painter import load_painter
from pincel.training.recipe import Recipe
from pincel.training.run import Run

__all__ = ["PruningPlan", "parse_macs", "prune"]

UNITS = {"": 1, "K": 1e3, "M": 1e6, "G": 1e9}


@dataclass(frozen=True)
class PruningPlan:
    """How far to go, and what to go by.

    Attributes:
        target_macs: executed multiply-adds of one picture at most. ratio: the same as a share of the whole network's;
            one of the two is given.
        importance: a key of `pincel.study.channels.IMPORTANCES`.
        distil: learn from the whole network while training on.
        output, features: weights of what is learnt from it, as for `pincel.study.distil.distil`.
    """

    target_macs: float | None = None
    ratio: float | None = None
    importance: str = "magnitude"
    distil: bool = False
    output: float | None = None
    features: float | None = None

    def __post_init__(self) -> None:
        if (self.target_macs is None) == (self.ratio is None):
            raise PincelError("say how small: give --target-macs (as 500M or 0.5G) or --ratio (as 0.5), one of them")
        if self.ratio is not None and not 0 < self.ratio < 1:
            raise PincelError(f"a ratio of {self.ratio} is not between 0 and 1; 0.5 keeps half of the multiply-adds")
        if not self.distil and (self.output is not None or self.features is not None):
            raise PincelError(
                "--output and --features are weights of what is learnt from the whole network; add --distil"
            )

    def macs(self, whole: int) -> float:
        """The target for a network of ``whole`` multiply-adds."""
        return self.target_macs if self.target_macs is not None else whole * (self.ratio or 0)


def prune(
    run: str | Path,
    out: Path,
    plan: PruningPlan,
    *,
    data: Sequence[Path] = (),
    minutes: float | None = None,
    epochs: float | None = None,
    devices: int | str = "auto",
    accelerator: str = "auto",
    console: Console | None = None,
) -> Run:
    """Prune a run's generator and train it on by its own recipe; the result is an ordinary run.

    Multiply-adds are counted at the recipe's working size. The discriminator begins anew.

    Args:
        run: a run whose generator can be pruned (`pincel.models.generators.base.Generator.unprunable`).
        out: folder of the new run.
        plan: how far.
        data: data sets instead of the run's own; its split stays.
        minutes: see `pincel.training.loop.train`, as those below. By default as many epochs as the recipe says.
        epochs: passes over the data.
        devices: how many.
        accelerator: which.
        console: where progress is shown.

    Raises:
        PincelError: the generator cannot be pruned (so far), or what `pincel.training.loop.train` raises.
    """
    console = console or Console(stderr=True)
    base, new = Run.open(run), new_run(out)
    recipe = base.recipe()
    painter = load_painter(base, recipe.validation.keep)
    size = recipe.working_size or recipe.data.size
    with console.status("choosing channels ..."):
        pruned = _pruned(painter, recipe, plan, size)
    folders, recipe = own_data(base, recipe)
    generator = recipe.generator.model_copy(update={"options": pruned.options, "weights": str(new.start.resolve())})
    recipe = recipe.model_copy(update={"generator": generator})
    if plan.distil:
        distillation = distillation_of(recipe, base.folder, plan.output, plan.features)
        recipe = recipe.model_copy(update={"distillation": distillation})
    _write_start(new, base, pruned, plan, size)
    before, after = (_parameters(network) for network in (painter, pruned.generator))
    console.print(
        f"{pruned.macs_before / 1e6:.1f} -> {pruned.macs / 1e6:.1f} M multiply-adds at {size} px, "
        f"{before / 1e6:.2f} -> {after / 1e6:.2f} M parameters",
        highlight=False,
    )
    return train(
        Recipe.model_validate(recipe.model_dump()),
        list(data) or folders,
        out,
        minutes=minutes,
        epochs=epochs,
        devices=devices,
        accelerator=accelerator,
        console=console,
    )


def parse_macs(text: str) -> float:
    """Multiply-adds as people write them.

    Raises:
        PincelError: not a number above 0 with K, M, G or nothing behind it.

    >>> parse_macs("500M"), parse_macs("0.5 G"), parse_macs("2e8")
    (500000000.0, 500000000.0, 200000000.0)
    """
    match = re.fullmatch(r"\s*(\d{1,20}\.?\d{0,20}(?:e\d{1,2})?)\s*([KMG]?)\s*", text, flags=re.IGNORECASE)
    if match is None or not float(match[1]):
        raise PincelError(f"'{text}' is no count of multiply-adds; write it as 500M or 0.5G")
    return float(match[1]) * UNITS[match[2].upper()]


def _pruned(painter: Generator, recipe: Recipe, plan: PruningPlan, size: int) -> Pruned:
    from pincel.export.export import executed_macs

    target = plan.macs(executed_macs(painter, size, size))
    return remove_channels(
        recipe.generator.name, painter, recipe.generator.options, target, size, importance=plan.importance
    )


def _write_start(new: Run, base: Run, pruned: Pruned, plan: PruningPlan, size: int) -> None:
    """What the run begins with: weights, and a note of what was left out."""
    from safetensors.torch import save

    note = {
        "of": str(base.folder.resolve()),
        "importance": plan.importance,
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
