"""The typer application and its commands, in the order that ``pincel --help`` shows them."""

from __future__ import annotations

from typing import Annotated

import typer

from pincel import __version__
from pincel.cli import (
    compare,
    data,
    distil,
    evaluate,
    explain,
    models,
    paint,
    prune,
    push,
    quantize,
    registries,
    report,
    saturate,
    serve,
    site,
    sketch,
    study,
    train,
    web,
)

__all__ = ["app"]

app = typer.Typer(
    name="pincel",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pincel {__version__}")
        raise typer.Exit


@app.callback()
def pincel(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Colour grey photos; train, measure and export small conditional GANs that turn one picture into another."""


PAINT, TRAIN = "Paint", "Train and measure"
app.command(rich_help_panel=PAINT)(paint.colorize)
app.command(rich_help_panel=PAINT)(paint.draw)
app.command(rich_help_panel=PAINT)(paint.translate)
app.command(rich_help_panel=PAINT)(sketch.sketch)
app.command(rich_help_panel=PAINT)(paint.demo)
app.command(rich_help_panel=PAINT)(serve.serve)
app.command(rich_help_panel=PAINT)(site.site)
app.command(rich_help_panel=PAINT)(web.web)
app.add_typer(models.app, name="models", rich_help_panel=PAINT)
app.add_typer(data.app, name="data", rich_help_panel=TRAIN)
app.command(rich_help_panel=TRAIN)(registries.recipes)
app.command("list", rich_help_panel=TRAIN)(registries.list_registry)
app.command(rich_help_panel=TRAIN)(train.train)
app.command(rich_help_panel=TRAIN)(report.report)
app.command(rich_help_panel=TRAIN)(train.export)
app.command(rich_help_panel=TRAIN)(push.push)
app.command(rich_help_panel=TRAIN)(distil.distil)
app.command(rich_help_panel=TRAIN)(prune.prune)
app.command(rich_help_panel=TRAIN)(quantize.quantize)
app.command(rich_help_panel=TRAIN)(saturate.saturate)
app.command(rich_help_panel=TRAIN)(evaluate.evaluate)
app.command(rich_help_panel=TRAIN)(compare.compare)
app.command(rich_help_panel=TRAIN)(explain.explain)
app.add_typer(study.app, name="study", rich_help_panel=TRAIN)
