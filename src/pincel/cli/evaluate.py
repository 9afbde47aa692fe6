"""`pincel evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pincel.cli.early import check_names
from pincel.cli.options import with_options
from pincel.evaluation.options import EvaluateOptions

__all__ = ["evaluate"]


@with_options(EvaluateOptions)
def evaluate(
    model: Annotated[str, typer.Argument(help="Name of a model, .onnx file, hf:OWNER/NAME, or the folder of a run.")],
    data: Annotated[
        list[Path], typer.Option("--data", "-d", help="Folder of colour photos, or of pairs; may be repeated.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the report.")],
    options: EvaluateOptions,
    other: Annotated[
        list[str] | None, typer.Option("--other", help="A reference model of the same task; may be repeated.")
    ] = None,
    write_card: Annotated[
        bool, typer.Option("--write-card", help="Write the figures into the card inside the model file.")
    ] = False,
) -> None:
    """Measure a model against the real pictures and against what it was given, left as it is."""
    from pincel.errors import PincelError
    from pincel.runtime.hub import is_hub

    if write_card and Path(model).is_dir():
        raise PincelError("--write-card needs a model file; export the run first")
    if write_card and is_hub(model):
        raise PincelError("--write-card changes a model file, and a version on the Hub stays as it is; export it anew")

    check_names(models=[model, *(other or [])], folders=data, split=options.split)
    from pincel.cli.progress import counter
    from pincel.evaluation.evaluate import evaluate as measure
    from pincel.evaluation.headline import summary_lines
    from pincel.evaluation.report import as_quality, write_report
    from pincel.runtime.model_file import load_model

    with counter("measuring") as on_progress:
        result = measure(model, data, options, others=other or [], on_progress=on_progress)
    write_report(result, out)
    if write_card:
        from pincel.export.card_file import add_quality

        add_quality(load_model(model).path, as_quality(result))
    for line in summary_lines(result):
        typer.echo(line)
    typer.echo(f"The report is in {out / 'index.html'}, every number in {out / 'metrics.json'}.")
    raise typer.Exit(1 if result.measured.skipped else 0)
