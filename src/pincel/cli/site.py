"""`pincel site`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["site"]


def site(
    out: Annotated[Path, typer.Argument(help="Folder of the site; new, or one that this wrote before.")],
    models: Annotated[
        str, typer.Option(help="Embedded models and .onnx files, as default,sketch,mine.onnx; all embedded by default.")
    ] = "",
    base: Annotated[str, typer.Option(help="Path under which it will be served, as /photos/.")] = "./",
) -> None:
    """Write a page that paints in the browser, for any web host; after the first visit it needs no network."""
    from pincel.serve.site import write_site

    names = write_site(out, [name.strip() for name in models.split(",") if name.strip()], base)
    typer.echo(f"{out} paints with {', '.join(names)}; try it: python -m http.server --directory {out}")
