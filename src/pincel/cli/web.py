"""`pincel web`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["web"]


def web(
    tarball: Annotated[
        Path | None, typer.Argument(help="The npm package, fetched elsewhere; by default it is fetched from npm.")
    ] = None,
) -> None:
    """Fetch what painting in the browser runs on (onnxruntime-web, once, 33 MB), for `serve` and `site`."""
    from pincel.serve.browser_runtime import find_runtime, install_runtime

    runtime = find_runtime() if tarball is None else None
    runtime = runtime or install_runtime(tarball, say=lambda line: typer.echo(line, err=True))
    typer.echo(f"{runtime.folder}: `pincel serve` and `pincel site` paint in the browser now")
