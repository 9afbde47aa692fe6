"""`pincel models`, `pincel models show`."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(help="List the models, and show the card inside each.", invoke_without_command=True)


@app.callback()
def models(
    context: typer.Context,
    files: Annotated[
        list[str] | None, typer.Option("--file", "-f", help="Further .onnx files to list beside the embedded ones.")
    ] = None,
) -> None:
    """List the models that come with Pincel, and given ones."""
    if context.invoked_subcommand:
        return
    from rich.console import Console
    from rich.table import Table

    from pincel.runtime.model_file import embedded_models, load_model

    table = Table(box=None, header_style="bold")
    for column in ("name", "task", "labels", "size", "trained on"):
        table.add_column(column, overflow="fold")
    for name in [*embedded_models(), *(files or [])]:
        model = load_model(name)
        card, size = model.card, model.path.stat().st_size
        labels = str(len(card.classes)) if card.classes else "-"
        table.add_row(name, card.task, labels, f"{size / 2**20:.1f} MiB", card.data)
    Console().print(table)
    typer.echo("pincel models show NAME prints everything a model says of itself.")


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="Name of an embedded model, .onnx file, or hf:OWNER/NAME.")],
    json_output: Annotated[bool, typer.Option("--json", help="The whole card as JSON.")] = False,
) -> None:
    """Print the card inside a model file: task, size, data and its licence, quality, recipe, versions."""
    from pincel.runtime.model_file import load_model

    model = load_model(name)
    if json_output:
        typer.echo(model.card.model_dump_json(indent=1))
        return
    from pincel.cli.card_text import card_text

    typer.echo(card_text(model))
