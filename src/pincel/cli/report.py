"""`pincel report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pincel.cli.early import check_names

__all__ = ["report"]


def report(
    run: Annotated[Path, typer.Argument(help="Folder of a run; it may still be training.")],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder of the report; RUN/report by default.")
    ] = None,
) -> None:
    """Report what a training did: losses, best epoch, shares, gap, learning rates, samples epoch by epoch."""
    check_names(runs=[run])
    from pincel.training.report.write import report_training, training_lines
    from pincel.training.run import Run

    folder = run / "report" if out is None else out
    for line in training_lines(report_training(Run.open(run), folder)):
        typer.echo(line)
    typer.echo(f"The report is in {folder / 'index.html'}, every number in {folder / 'report.json'}.")
