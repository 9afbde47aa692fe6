"""`pincel saturate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pincel.cli.early import check_names
from pincel.cli.options import with_options
from pincel.evaluation.options import SaturateOptions
from pincel.options import options_of

__all__ = ["saturate"]

SEARCHING = ("data", *(one.name for one in options_of(SaturateOptions)))  # options that --like has no use for


@with_options(SaturateOptions)
def saturate(
    context: typer.Context,
    model: Annotated[str, typer.Argument(help="Name of a model that colours, .onnx file, or hf:OWNER/NAME.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The .onnx file to write.")],
    options: SaturateOptions,
    data: Annotated[
        list[Path] | None,
        typer.Option("--data", "-d", help="Folder of colour photos that it never saw; may be repeated."),
    ] = None,
    like: Annotated[
        str | None, typer.Option(help="Take what was found for this model instead of looking at photos.")
    ] = None,
) -> None:
    """Set how strong a model colours, class by class, by photos it never saw; its network stays as it is."""
    check_names(models=[model, like], folders=data, split=options.split)
    from pincel.cli.progress import counter
    from pincel.errors import PincelError
    from pincel.evaluation.saturate import GOALS
    from pincel.evaluation.saturate import saturate as run_saturate

    sources = {name: context.get_parameter_source(name) for name in SEARCHING}
    given = [
        f"--{name.replace('_', '-')}" for name, source in sources.items() if source and source.name == "COMMANDLINE"
    ]
    if like and given:
        raise PincelError(
            f"--like takes the strengths of another model and looks at no photos; leave out {' and '.join(given)}"
        )
    with counter("looking") as on_progress:
        result = run_saturate(model, out, data or [], options, like=like, on_progress=on_progress)
    for one in result.strengths:
        typer.echo(
            f"{f'{one.label}: ' if one.label else ''}saturation {one.gain_before:g} -> {one.gain:g}; "
            f"{GOALS[options.goal].name} {one.value_before:.2f} -> {one.value:.2f} on {one.pictures} photos"
        )
    for note in result.notes:
        typer.echo(f"pincel: {note}", err=True)
    for reason in result.skipped.values():
        typer.echo(f"pincel: {reason}", err=True)
    typer.echo(f"{result.path}; next: pincel colorize PHOTO --model {result.path}")
    raise typer.Exit(1 if result.skipped else 0)
