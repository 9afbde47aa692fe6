"""`pincel prune`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pincel.cli.early import check_names
from pincel.cli.options import with_options
from pincel.cli.train import say_saved
from pincel.study.options import PruneOptions

__all__ = ["prune"]


@with_options(PruneOptions)
def prune(
    run: Annotated[Path, typer.Argument(help="Folder of a run.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the pruned run.")],
    options: PruneOptions,
    data: Annotated[
        list[Path] | None, typer.Option("--data", "-d", help="Data sets instead of the run's own; may be repeated.")
    ] = None,
) -> None:
    """Leave out the channels that matter least, then train on. The result is an ordinary run."""
    check_names(runs=[run], folders=data)
    from pincel.study.prune import prune as run_prune

    try:
        pruned = run_prune(run, out, options, data=data or [])
    except KeyboardInterrupt:
        say_saved(f"{out}/recipe.yaml", out)
        raise
    typer.echo(f"The run is in {pruned.folder}; next: pincel export {pruned.folder} -o model.onnx")
