"""`pincel push`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from pincel.cli.early import check_names

__all__ = ["push"]


def push(
    model: Annotated[str, typer.Argument(help="Folder of a run, an .onnx file, or a model's name.")],
    repository: Annotated[str, typer.Argument(help="OWNER/NAME on the Hugging Face Hub; made when it is not there.")],
    fp16: Annotated[bool, typer.Option("--fp16", help="Of a run: store its weights in half the space.")] = False,
    weights: Annotated[str | None, typer.Option(help="Of a run: last or best; as its recipe says by default.")] = None,
    card: Annotated[
        Path | None, typer.Option(help="Of a run: YAML file with further fields of the model card.")
    ] = None,
    private: Annotated[bool, typer.Option("--private", help="A new repository is seen by you alone.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write the files into this folder, and send nothing.")
    ] = None,
) -> None:
    """Send a model to the Hugging Face Hub, from where others paint with --model hf:OWNER/NAME."""
    from pincel.errors import PincelError
    from pincel.runtime.hub import check_repository, client
    from pincel.runtime.hub_push import send, write_folder

    check_repository(repository)
    is_run = Path(model).is_dir()
    if not is_run and (fp16 or weights or card):
        raise PincelError(f"--fp16, --weights and --card are for runs, and {model} is a model file already")
    check_names(models=[model])
    if out is None:
        client()  # before a run is exported for it
    with tempfile.TemporaryDirectory(prefix="pincel-") as work:
        folder, kept = out or Path(work) / "push", None
        if is_run:
            from pincel.export import export_run
            from pincel.export.card_file import read_card_fields
            from pincel.training.run import Run

            run, name = Run(Path(model)), repository.partition("/")[2]
            which = weights or run.recipe().validation.keep
            file = Path(work) / f"{name}.onnx"
            model = str(export_run(model, file, fp16=fp16, which=which, card=read_card_fields(card)))
            kept = run.weights(which)
        files = write_folder(model, repository, folder, kept)
        if out is not None:
            typer.echo(f"{', '.join(file.name for file in files)} are in {out}; nothing was sent.")
            return
        commit, address = send(files, repository, private=private)
    typer.echo(f"{address}\nThis version for ever: --model hf:{repository}@{commit}")
