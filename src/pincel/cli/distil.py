"""`pincel distil`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pincel.cli.early import check_names
from pincel.cli.options import finite
from pincel.cli.train import say_saved

__all__ = ["distil"]


def distil(
    teacher: Annotated[str, typer.Argument(help="Folder of a run, an .onnx file, or an embedded model's name.")],
    overrides: Annotated[
        list[str] | None,
        typer.Argument(help="Changes to the student's recipe, as data.size=64.", metavar="[KEY=VALUE]..."),
    ] = None,
    student: Annotated[str, typer.Option(help="Name of a shipped recipe, or a YAML file.")] = "",
    data: Annotated[
        list[Path] | None,
        typer.Option("--data", "-d", help="Folder of photos or pairs; may be repeated. A teacher's run knows its own."),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder of the student's run.")] = None,
    output: Annotated[
        float | None,
        typer.Option(
            callback=finite,
            min=0,
            help="Weight of the distance to the teacher's output; as much as the photo's by default.",
        ),
    ] = None,
    features: Annotated[
        float | None,
        typer.Option(callback=finite, min=0, help="Weight of the distance between inner layers; the teacher is a run."),
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(callback=finite, min=0.05, max=525_600, help="Time budget; the steps it allows are fixed."),
    ] = None,
    epochs: Annotated[
        float | None, typer.Option(callback=finite, min=0.001, max=1e6, help="Passes over the photos.")
    ] = None,
    devices: Annotated[str, typer.Option(help="How many, or auto.")] = "auto",
    accelerator: Annotated[str, typer.Option(help="cpu, cuda, mps or auto.")] = "auto",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the resolved recipe and stop.")] = False,
) -> None:
    """Train a small network that also learns from a finished larger one. The result is an ordinary run."""
    check_names(models=[teacher], folders=data)
    from pincel.errors import PincelError

    if not student:
        raise PincelError("who shall learn? name the student's recipe with --student")
    if minutes and epochs:
        raise PincelError("give --minutes or --epochs, not both")
    from pincel.training.recipe import load_recipe

    load_recipe(student, overrides or [])
    from pincel.study.distil import distil as run_distil
    from pincel.study.distil import student_recipe
    from pincel.training.options import TrainOptions

    if dry_run:
        recipe = student_recipe(teacher, student, overrides or [], output=output, features=features)
        typer.echo(recipe.to_yaml(), nl=False)
        return
    if out is None:
        raise PincelError("where should the run go? name a folder with --out")
    try:
        run = run_distil(
            teacher,
            student,
            out,
            overrides=overrides or [],
            data=data or [],
            output=output,
            features=features,
            options=TrainOptions(minutes=minutes, epochs=epochs, devices=devices, accelerator=accelerator),
        )
    except KeyboardInterrupt:
        say_saved(f"{out}/recipe.yaml", out)
        raise
    typer.echo(f"The run is in {run.folder}; next: pincel export {run.folder} -o model.onnx")
