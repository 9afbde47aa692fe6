"""`pincel train`, `pincel export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["export", "train"]


def train(
    recipe: Annotated[str, typer.Argument(help="Name of a shipped recipe, or a YAML file.")],
    overrides: Annotated[
        list[str] | None, typer.Argument(help="Changes to the recipe, as data.size=64.", metavar="[KEY=VALUE]...")
    ] = None,
    data: Annotated[
        list[Path] | None, typer.Option("--data", "-d", help="Folder of class folders of photos; may be repeated.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder of the run.")] = None,
    minutes: Annotated[float | None, typer.Option(min=0.05, help="Time budget; the steps it allows are fixed.")] = None,
    epochs: Annotated[float | None, typer.Option(min=0.001, help="Passes over the photos.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on exactly where the run in OUT stopped.")] = False,
    devices: Annotated[str, typer.Option(help="How many, or auto.")] = "auto",
    accelerator: Annotated[str, typer.Option(help="cpu, cuda, mps or auto.")] = "auto",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the resolved recipe and stop.")] = False,
) -> None:
    """Train a recipe on your pictures. Everything it needs later is in the run's folder."""
    from pincel.errors import PincelError
    from pincel.training.recipe import load_recipe

    resolved = load_recipe(recipe, overrides or [])
    if dry_run:
        typer.echo(resolved.to_yaml(), nl=False)
        return
    if out is None:
        raise PincelError("where should the run go? name a folder with --out")
    if minutes and epochs:
        raise PincelError("give --minutes or --epochs, not both")
    from pincel.training.loop import train as run_training

    try:
        run = run_training(
            resolved,
            data or [],
            out,
            minutes=minutes,
            epochs=epochs,
            resume=resume,
            devices=int(devices) if devices.isdigit() else devices,
            accelerator=accelerator,
        )
    except KeyboardInterrupt:
        typer.echo(f"pincel: saved; go on with: pincel train {recipe} --out {out} --resume", err=True)
        raise
    typer.echo(f"The run is in {run.folder}; next: pincel export {run.folder} -o model.onnx")


def export(
    run: Annotated[Path, typer.Argument(help="Folder of a run.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The .onnx file to write.")],
    fp16: Annotated[
        bool, typer.Option("--fp16", help="Store weights in half the space; arithmetic stays float32.")
    ] = False,
    weights: Annotated[
        str | None, typer.Option(help="last or best, of every run; as its recipe says by default.")
    ] = None,
    average: Annotated[
        list[Path] | None,
        typer.Option(
            help="A further run of the same network; the mean of the weights is written. Named twice, it counts twice."
        ),
    ] = None,
    card: Annotated[Path | None, typer.Option(help="YAML file with further fields of the model card.")] = None,
) -> None:
    """Write a run's network as one .onnx file that carries its own card and paints without torch."""
    from pincel.export import export_run
    from pincel.export.card_file import read_card_fields
    from pincel.runtime.model_file import load_model

    path = export_run(run, out, fp16=fp16, which=weights, average=average or [], card=read_card_fields(card))
    command = {"colorize": "colorize PHOTO", "sketch": "draw SKETCH"}.get(
        load_model(path).card.task, "translate PICTURE"
    )
    typer.echo(f"{path}: {path.stat().st_size / 2**20:.2f} MiB; next: pincel {command} --model {path}")
