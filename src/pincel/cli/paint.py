"""`pincel colorize`, `pincel draw`, `pincel translate`, `pincel demo`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pincel.cli.options import (
    MAX_MEGAPIXELS,
    JsonLines,
    Label,
    MaxMemory,
    MaxPixels,
    OptionalFormat,
    Out,
    Overwrite,
    Pages,
    Pictures,
    Quality,
    SideBySide,
    WorkingSize,
    finite,
    output_of,
)
from pincel.runtime.paint_options import PaintOptions

if TYPE_CHECKING:
    from pincel.runtime.folder import Output

__all__ = ["colorize", "demo", "draw", "translate"]


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
    side_by_side: SideBySide = False,
    pages: Pages = None,
    file_format: OptionalFormat = None,
    quality: Quality = 95,
    overwrite: Overwrite = False,
    max_pixels: MaxPixels = MAX_MEGAPIXELS,
    max_memory: MaxMemory = None,
    json_lines: JsonLines = False,
) -> None:
    """Colour black-and-white photos. Sizes, names and metadata stay as they are."""
    output = output_of(file_format, quality, side_by_side, overwrite, max_pixels, max_memory)
    output = replace(output, keep_color=not recolour, is_default=model == "default" and not recolour)
    options = PaintOptions(label, working_size, saturation)
    _paint(pictures, out, model, "colorize", options, pages, output, json_lines, word="coloured")


def draw(
    pictures: Pictures,
    out: Out = Path("painted"),
    model: Annotated[
        str, typer.Option("--model", "-m", help="Name of an embedded sketch model, .onnx file, or hf:OWNER/NAME.")
    ] = "sketch",
    label: Label = None,
    working_size: WorkingSize = None,
    side_by_side: SideBySide = False,
    pages: Pages = None,
    file_format: OptionalFormat = None,
    quality: Quality = 95,
    overwrite: Overwrite = False,
    max_pixels: MaxPixels = MAX_MEGAPIXELS,
    max_memory: MaxMemory = None,
    json_lines: JsonLines = False,
) -> None:
    """Turn drawings into photos: by hand or by an edge detector, dark on light or light on dark."""
    output = output_of(file_format, quality, side_by_side, overwrite, max_pixels, max_memory)
    output = replace(output, is_default=model == "sketch")
    _paint(pictures, out, model, "draw", PaintOptions(label, working_size), pages, output, json_lines)


def translate(
    pictures: Pictures,
    model: Annotated[str, typer.Option("--model", "-m", help="Name of a model, .onnx file, or hf:OWNER/NAME.")],
    out: Out = Path("painted"),
    label: Label = None,
    working_size: WorkingSize = None,
    side_by_side: SideBySide = False,
    pages: Pages = None,
    file_format: OptionalFormat = None,
    quality: Quality = 95,
    overwrite: Overwrite = False,
    max_pixels: MaxPixels = MAX_MEGAPIXELS,
    max_memory: MaxMemory = None,
    json_lines: JsonLines = False,
) -> None:
    """Turn pictures A into pictures B with a model that was trained on pairs."""
    output = output_of(file_format, quality, side_by_side, overwrite, max_pixels, max_memory)
    _paint(pictures, out, model, "translate", PaintOptions(label, working_size), pages, output, json_lines)


def _paint(
    pictures: list[str],
    out: Path,
    model: str,
    command: str,
    options: PaintOptions,
    pages: str | None,
    output: Output,
    json_lines: bool,
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

    found = find_jobs(pictures, out, pages)
    threads = 1 if len(found.jobs) > 1 else None  # many photos: one a processor; one photo: all processors on it
    loaded = require_task(load_model(model, threads=threads), *tasks_of(command))
    check_label(loaded, options.label)
    if note := bounded_size(loaded, options.working_size)[1]:  # once, before the work
        typer.echo(f"pincel: {note}", err=True)
    used = {name: value for name, value in vars(options).items() if name != "saturation" or loaded.task.keeps_lightness}
    output = replace(
        output,
        made_with={"model": digest_of(loaded.path), **used, "pages": pages},
        is_default=output.is_default and options == PaintOptions() and pages is None,
    )
    done = paint_all(found.jobs, out, lambda picture: paint(picture, loaded, options, workers=threads), output)
    raise typer.Exit(report(done, found, out, json_lines=json_lines, word=word))


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
