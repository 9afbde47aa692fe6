"""`pincel explain`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pincel.cli.early import check_names
from pincel.cli.options import with_options
from pincel.explain.options import ExplainOptions

__all__ = ["explain"]


@with_options(ExplainOptions, {"layers": ("--layer",)}, commas=("methods", "between"))
def explain(
    model: Annotated[
        str,
        typer.Option(
            "--model",
            "-m",
            help="A model's name, .onnx file, hf:OWNER/NAME, or the folder of a run; a quantized file only for "
            "occlusion, labels and classes.",
        ),
    ],
    options: ExplainOptions,
    pictures: Annotated[list[Path] | None, typer.Argument(help="Picture files.", metavar="PICTURE...")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder of the report.")] = None,
    list_layers: Annotated[bool, typer.Option("--list-layers", help="Print the layers that --layer takes.")] = False,
    real: Annotated[
        list[Path] | None,
        typer.Option(
            "--real",
            help="What should have been painted, once for each picture, for the discriminator; of colorizers the "
            "picture itself.",
        ),
    ] = None,
    data: Annotated[
        list[Path] | None,
        typer.Option("--data", "-d", help="Data set for classes and --sample, may be repeated; a run's by default."),
    ] = None,
) -> None:
    """Show what a network looks at, and what its label changes."""
    check_names(models=[model], folders=data, files=pictures, split=options.split)
    from pincel.cli.progress import counter
    from pincel.errors import PincelError
    from pincel.explain.explain import explain as run_explain
    from pincel.explain.explained import load_explained
    from pincel.explain.gradcam import layers_of
    from pincel.explain.report.words import explanation_lines
    from pincel.explain.report.write import write_explanation

    explained = load_explained(model)
    if list_layers:
        for one in layers_of(explained):
            typer.echo(f"{one.name}  {one.channels} x {one.height} x {one.width}")
        return
    if out is None:
        raise PincelError("the report needs a folder; give -o REPORT")
    with counter("explaining") as on_progress:
        found = run_explain(
            pictures or [],
            explained,
            options,
            real=real or [],
            data=data or [],
            record=out / "classes.jsonl",
            on_progress=on_progress,
        )
    write_explanation(found, out)
    for line in explanation_lines(found):
        typer.echo(line)
    typer.echo(f"The report is in {out / 'index.html'}, every number in {out / 'explain.json'}.")
    raise typer.Exit(1 if found.failed else 0)
