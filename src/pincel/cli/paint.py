"""`pincel colorize`, `pincel draw`, `pincel translate`, `pincel demo`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pincel.cli.options import (
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

if TYPE_CHECKING:
    from pincel.imaging.picture import Picture
    from pincel.runtime.folder import Output
    from pincel.runtime.jobs import Found
    from pincel.runtime.model_file import Model
    from pincel.runtime.painter import Painting

__all__ = ["colorize", "demo", "draw", "translate"]


def colorize(
    pictures: Pictures,
    out: Out = Path("painted"),
    model: Annotated[
        str, typer.Option("--model", "-m", help="Name of an embedded model, or an .onnx file.")
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
    max_pixels: MaxPixels = 250.0,
    max_memory: MaxMemory = None,
    json_lines: JsonLines = False,
) -> None:
    """Colour black-and-white photos. Sizes, names and metadata stay as they are."""
    from pincel.runtime.model_file import load_model, require_task
    from pincel.runtime.painter import check_label, check_strength, paint_labelled

    check_strength(saturation)
    found = _find(pictures, out, pages)
    threads = _threads(found)
    loaded = require_task(load_model(model, threads=threads), "colorize")
    check_label(loaded, label)
    _tell_bound(loaded, working_size)
    output = output_of(file_format, quality, side_by_side, overwrite, max_pixels, max_memory)
    _paint(
        found,
        out,
        lambda picture: paint_labelled(
            picture, loaded, label=label, working_size=working_size, saturation=saturation, workers=threads
        ),
        replace(output, keep_color=not recolour),
        loaded,
        {"label": label, "saturation": saturation, "working_size": working_size, "pages": pages},
        {"label": None, "saturation": 1.0, "working_size": None, "pages": None},
        is_default=model == "default" and not recolour,
        json_lines=json_lines,
        word="coloured",
    )


def draw(
    pictures: Pictures,
    out: Out = Path("painted"),
    model: Annotated[
        str, typer.Option("--model", "-m", help="Name of an embedded sketch model, or an .onnx file.")
    ] = "sketch",
    label: Label = None,
    working_size: WorkingSize = None,
    side_by_side: SideBySide = False,
    pages: Pages = None,
    file_format: OptionalFormat = None,
    quality: Quality = 95,
    overwrite: Overwrite = False,
    max_pixels: MaxPixels = 250.0,
    max_memory: MaxMemory = None,
    json_lines: JsonLines = False,
) -> None:
    """Turn drawings into photos: by hand or by an edge detector, dark on light or light on dark."""
    output = output_of(file_format, quality, side_by_side, overwrite, max_pixels, max_memory)
    _translate_all(pictures, out, model, "sketch", label, working_size, pages, output, json_lines)


def translate(
    pictures: Pictures,
    model: Annotated[str, typer.Option("--model", "-m", help="Name of an embedded model, or an .onnx file.")],
    out: Out = Path("painted"),
    label: Label = None,
    working_size: WorkingSize = None,
    side_by_side: SideBySide = False,
    pages: Pages = None,
    file_format: OptionalFormat = None,
    quality: Quality = 95,
    overwrite: Overwrite = False,
    max_pixels: MaxPixels = 250.0,
    max_memory: MaxMemory = None,
    json_lines: JsonLines = False,
) -> None:
    """Turn pictures A into pictures B with a model that was trained on pairs."""
    output = output_of(file_format, quality, side_by_side, overwrite, max_pixels, max_memory)
    _translate_all(pictures, out, model, None, label, working_size, pages, output, json_lines)


def _translate_all(
    pictures: list[str],
    out: Path,
    model: str,
    task: str | None,
    label: str | None,
    working_size: int | None,
    pages: str | None,
    output: Output,
    json_lines: bool,
) -> None:
    from pincel.runtime.model_file import load_model, require_task
    from pincel.runtime.painter import check_label
    from pincel.runtime.translator import TRANSLATING
    from pincel.runtime.translator import translate as translate_one

    found = _find(pictures, out, pages)
    loaded = require_task(load_model(model, threads=_threads(found)), *([task] if task else TRANSLATING))
    check_label(loaded, label)
    _tell_bound(loaded, working_size)
    _paint(
        found,
        out,
        lambda picture: translate_one(picture, loaded, label=label, working_size=working_size),
        output,
        loaded,
        {"label": label, "working_size": working_size, "pages": pages},
        {"label": None, "working_size": None, "pages": None},
        is_default=model == "sketch" or task is None,
        json_lines=json_lines,
        word="painted",
    )


def _find(pictures: list[str], out: Path, pages: str | None) -> Found:
    from pincel.runtime.jobs import find_jobs

    return find_jobs(pictures, out, pages)


def _threads(found: Found) -> int | None:
    """Many photos: one a processor; one photo: all processors on it."""
    return 1 if len(found.jobs) > 1 else None


def _paint(
    found: Found,
    out: Path,
    paint: Callable[[Picture], Painting],
    output: Output,
    model: Model,
    options: dict[str, object],
    defaults: dict[str, object],
    *,
    is_default: bool,
    json_lines: bool,
    word: str,
) -> None:
    """Paint what was found, show how it goes, and end with the exit code."""
    from pincel.cli.progress import report
    from pincel.runtime.finished import digest_of
    from pincel.runtime.folder import paint_all

    made_with = {"model": digest_of(model.path), **options}
    output = replace(output, made_with=made_with, is_default=is_default and options == defaults)
    done = paint_all(found.jobs, out, paint, output)
    raise typer.Exit(report(done, found, out, json_lines=json_lines, word=word))


def _tell_bound(model: Model, working_size: int | None) -> None:
    """Say so once, before the work, where a model is shown less than was wished."""
    from pincel.runtime.painter import bounded_size

    if note := bounded_size(model, working_size)[1]:
        typer.echo(f"pincel: {note}", err=True)


def demo(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the results.")] = Path("pincel-demo"),
    model: Annotated[
        str, typer.Option("--model", "-m", help="Name of an embedded model, or an .onnx file.")
    ] = "default",
) -> None:
    """Colour the example photos that come with Pincel, make photos of its drawings, and lay them side by side."""
    from pincel.runtime.demo import draw_examples, paint_examples

    sheet, drawings = paint_examples(out, model), draw_examples(out)
    typer.echo(f"The pictures are in {out.resolve()}; look at {sheet.resolve()} and {drawings.resolve()} first.")
