"""`pincel colorize`, `pincel draw`, `pincel translate`, `pincel demo`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pincel.cli.options import OVERWRITE, Label, Out, OutputOptions, Pictures, WorkingSize, finite, with_options
from pincel.runtime.paint_options import PaintOptions

if TYPE_CHECKING:
    from pincel.runtime.folder import Output

__all__ = ["colorize", "demo", "draw", "translate"]


@with_options(OutputOptions, OVERWRITE)
def colorize(
    pictures: Pictures,
    out: Out = Path("painted"),
    model: Annotated[
        str, typer.Option("--model", "-m", help="Name of an embedded model, .onnx file, or hf:OWNER/NAME.")
    ] = "default",
    label: Label = None,
    saturation: Annotated[
        float, typer.Option(callback=finite, min=0, max=4, help="Strength of colour; 1 is as the model paints.")
    ] = 1.0,
    working_size: WorkingSize = None,
    recolour: Annotated[bool, typer.Option("--recolour", help="Paint pictures that are in colour, too.")] = False,
    *,
    options: OutputOptions,
) -> None:
    """Colour black-and-white photos. Sizes, names and metadata stay as they are."""
    output = replace(options.output(), keep_color=not recolour, is_default=model == "default" and not recolour)
    painting = PaintOptions(label, working_size, saturation)
    _paint(pictures, out, model, "colorize", painting, options, output, word="coloured")


@with_options(OutputOptions, OVERWRITE)
def draw(
    pictures: Pictures,
    out: Out = Path("painted"),
    model: Annotated[
        str, typer.Option("--model", "-m", help="Name of an embedded sketch model, .onnx file, or hf:OWNER/NAME.")
    ] = "sketch",
    label: Label = None,
    working_size: WorkingSize = None,
    *,
    options: OutputOptions,
) -> None:
    """Turn drawings into photos: by hand or by an edge detector, dark on light or light on dark."""
    output = replace(options.output(), is_default=model == "sketch")
    _paint(pictures, out, model, "draw", PaintOptions(label, working_size), options, output)


@with_options(OutputOptions, OVERWRITE)
def translate(
    pictures: Pictures,
    model: Annotated[str, typer.Option("--model", "-m", help="Name of a model, .onnx file, or hf:OWNER/NAME.")],
    out: Out = Path("painted"),
    label: Label = None,
    working_size: WorkingSize = None,
    *,
    options: OutputOptions,
) -> None:
    """Turn pictures A into pictures B with a model that was trained on pairs."""
    _paint(pictures, out, model, "translate", PaintOptions(label, working_size), options, options.output())


def _paint(
    pictures: list[str],
    out: Path,
    model: str,
    command: str,
    painting: PaintOptions,
    options: OutputOptions,
    output: Output,
    word: str = "painted",
) -> None:
    """Paint what is found with a model that the command is for, show how it goes, and end with the exit code."""
    from pincel.cli.progress import report
    from pincel.runtime.finished import digest_of
    from pincel.runtime.folder import paint_all
    from pincel.runtime.jobs import find_jobs
    from pincel.runtime.model_file import load_model, require_task
    from pincel.runtime.painter import bounded_size, check_label, paint
    from pincel.tasks import tasks_of

    found = find_jobs(pictures, out, options.pages)
    threads = 1 if len(found.jobs) > 1 else None  # many photos: one a processor; one photo: all processors on it
    loaded = require_task(load_model(model, threads=threads), *tasks_of(command))
    check_label(loaded, painting.label)
    if note := bounded_size(loaded, painting.working_size)[1]:  # once, before the work
        typer.echo(f"pincel: {note}", err=True)
    used = {
        name: value for name, value in vars(painting).items() if name != "saturation" or loaded.task.keeps_lightness
    }
    output = replace(
        output,
        made_with={"model": digest_of(loaded.path), **used, "pages": options.pages},
        is_default=output.is_default and painting == PaintOptions() and options.pages is None,
    )
    done = paint_all(found.jobs, out, lambda picture: paint(picture, loaded, painting, workers=threads), output)
    raise typer.Exit(report(done, found, out, json_lines=options.json, word=word))


def demo(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the results.")] = Path("pincel-demo"),
    model: Annotated[
        str, typer.Option("--model", "-m", help="Name of an embedded model, .onnx file, or hf:OWNER/NAME.")
    ] = "default",
) -> None:
    """Colour the example photos that come with Pincel, make photos of its drawings, and lay them side by side."""
    from pincel.runtime.demo import draw_examples, paint_examples

    sheet, drawings = paint_examples(out, model), draw_examples(out)
    typer.echo(f"The pictures are in {out.resolve()}; look at {sheet.resolve()} and {drawings.resolve()} first.")
