"""`pincel compare`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pincel.cli.early import check_names

__all__ = ["compare"]


def compare(
    runs: Annotated[list[Path], typer.Argument(help="Folders of runs, the base first.", metavar="BASE CANDIDATE...")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the report.")],
    cost: Annotated[
        bool, typer.Option("--cost/--no-cost", help="Export each run and measure what painting with it costs.")
    ] = True,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Of onnxruntime, for the latency; all that may be used by default.")
    ] = None,
    paintings: Annotated[int, typer.Option(min=5, help="Paintings timed for each run.")] = 50,
) -> None:
    """Compare runs epoch by epoch: to each other, to the target, and by what they cost."""
    check_names(runs=runs)
    from pincel.cli.progress import counter
    from pincel.comparison.compare import compare as measure
    from pincel.comparison.words import comparison_lines
    from pincel.comparison.write import write_comparison

    with counter("measuring epochs") as on_progress:
        result = measure(runs, cost=cost, threads=threads, runs=paintings, on_progress=on_progress)
    write_comparison(result, out)
    for line in comparison_lines(result):
        typer.echo(line)
    typer.echo(f"The report is in {out / 'index.html'}, every number in {out / 'comparison.json'}.")
