"""`pincel distil`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pincel.cli.early import check_names
from pincel.cli.options import with_options
from pincel.cli.train import say_saved
from pincel.study.options import DistilOptions

__all__ = ["distil"]


@with_options(DistilOptions)
def distil(
    teacher: Annotated[str, typer.Argument(help="Folder of a run, .onnx file, hf:OWNER/NAME, or a model's name.")],
    options: DistilOptions,
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
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the resolved recipe and stop.")] = False,
) -> None:
    """Train a small network that also learns from a finished larger one. The result is an ordinary run."""
    check_names(models=[teacher], folders=data)
    from pincel.errors import PincelError

    if not student:
        raise PincelError("who shall learn? name the student's recipe with --student")
    from pincel.training.phases import kept_by_phases
    from pincel.training.recipe import load_recipe

    overrides = overrides or []
    for line in kept_by_phases(load_recipe(student, overrides), overrides):
        typer.echo(f"pincel: {line}", err=True)
    from pincel.study.distil import distil as run_distil
    from pincel.study.distil import student_recipe

    if dry_run:
        from pincel.training.networks import check_networks

        recipe = student_recipe(teacher, student, options, overrides)
        check_networks(recipe)
        typer.echo(recipe.to_yaml(), nl=False)
        return
    if out is None:
        raise PincelError("where should the run go? name a folder with --out")
    try:
        run = run_distil(teacher, student, out, options, overrides=overrides, data=data or [])
    except KeyboardInterrupt:
        say_saved(f"{out}/recipe.yaml", out)
        raise
    typer.echo(f"The run is in {run.folder}; next: pincel export {run.folder} -o model.onnx")
