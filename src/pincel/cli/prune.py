"""`pincel prune`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pincel.cli.early import check_names
from pincel.cli.options import finite
from pincel.cli.train import say_saved

__all__ = ["prune"]


class ImportanceKind(StrEnum):
    """By what a channel's importance is told."""

    magnitude = "magnitude"
    norm = "norm"


def prune(
    run: Annotated[Path, typer.Argument(help="Folder of a run.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the pruned run.")],
    target_macs: Annotated[
        str | None, typer.Option(help="Multiply-adds that a picture may cost, as 500M or 0.5G.")
    ] = None,
    ratio: Annotated[
        float | None, typer.Option(callback=finite, help="Share of the multiply-adds that stays, as 0.5.")
    ] = None,
    importance: Annotated[
        ImportanceKind, typer.Option(help="All weights of a channel, or the factor of its norm.")
    ] = ImportanceKind.magnitude,
    data: Annotated[
        list[Path] | None, typer.Option("--data", "-d", help="Data sets instead of the run's own; may be repeated.")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(callback=finite, min=0.05, max=525_600, help="Time to train on.")
    ] = None,
    epochs: Annotated[
        float | None,
        typer.Option(callback=finite, min=0.001, max=1e6, help="Passes to train on; the recipe's by default."),
    ] = None,
    distil: Annotated[bool, typer.Option("--distil", help="Learn from the whole network while training on.")] = False,
    output: Annotated[
        float | None, typer.Option(callback=finite, min=0, help="With --distil: weight of its output.")
    ] = None,
    features: Annotated[
        float | None, typer.Option(callback=finite, min=0, help="With --distil: weight of its inner layers.")
    ] = None,
    devices: Annotated[str, typer.Option(help="How many, or auto.")] = "auto",
    accelerator: Annotated[str, typer.Option(help="cpu, cuda, mps or auto.")] = "auto",
) -> None:
    """Leave out the channels that matter least, then train on. The result is an ordinary run."""
    from pincel.errors import PincelError

    if minutes and epochs:
        raise PincelError("give --minutes or --epochs, not both")
    check_names(runs=[run], folders=data)
    from pincel.study.prune import PruningPlan, parse_macs
    from pincel.study.prune import prune as run_prune
    from pincel.training.options import TrainOptions

    macs = None if target_macs is None else parse_macs(target_macs)
    plan = PruningPlan(macs, ratio, importance.value, distil, output, features)
    options = TrainOptions(minutes=minutes, epochs=epochs, devices=devices, accelerator=accelerator)
    try:
        pruned = run_prune(run, out, plan, data=data or [], options=options)
    except KeyboardInterrupt:
        say_saved(f"{out}/recipe.yaml", out)
        raise
    typer.echo(f"The run is in {pruned.folder}; next: pincel export {pruned.folder} -o model.onnx")
