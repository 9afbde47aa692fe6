"""`pincel colorize`, `pincel demo`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["colorize", "demo"]


class Format(StrEnum):
    """File formats that results can have."""

    jpeg = "jpeg"
    png = "png"
    tiff = "tiff"
    webp = "webp"
    bmp = "bmp"


def colorize(
    pictures: Annotated[list[str], typer.Argument(help="Photos, folders of photos, or globs.", metavar="PICTURE...")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder of the results; a file when there is one photo.")
    ] = Path("painted"),
    model: Annotated[
        str, typer.Option("--model", "-m", help="Name of an embedded model, or an .onnx file.")
    ] = "default",
    label: Annotated[
        str | None,
        typer.Option(help="What the photos show, for a model with labels; auto lets it tell, unknown tells nothing."),
    ] = None,
    saturation: Annotated[
        float, typer.Option(min=0, max=4, help="Strength of colour; 1 is as the model paints.")
    ] = 1.0,
    working_size: Annotated[
        int | None, typer.Option(min=16, max=4096, help="Long side in pixels that the network sees.")
    ] = None,
    side_by_side: Annotated[bool, typer.Option("--side-by-side", help="Put the grey photo to the left.")] = False,
    file_format: Annotated[
        Format | None, typer.Option("--format", help="File format of the results; the photo's own by default.")
    ] = None,
    quality: Annotated[int, typer.Option(min=1, max=100, help="Of JPEG and WebP.")] = 95,
    overwrite: Annotated[
        bool, typer.Option("--overwrite/--skip-existing", help="Paint again what is in OUT already, or go on after it.")
    ] = False,
    max_pixels: Annotated[float, typer.Option(min=0.001, help="Refuse photos of more megapixels than this.")] = 250.0,
    json_lines: Annotated[bool, typer.Option("--json", help="One JSON object a photo on stdout, no progress.")] = False,
) -> None:
    """Colour black-and-white photos. Sizes, names and metadata stay as they are."""
    from pincel.cli.progress import report
    from pincel.runtime.folder import Output, find_jobs, paint_all
    from pincel.runtime.model_file import load_model, require_task
    from pincel.runtime.painter import check_label, paint_labelled

    jobs = find_jobs(pictures)
    loaded = require_task(load_model(model, threads=1 if len(jobs) > 1 else None), "colorize")
    check_label(loaded, label)
    output = Output(
        file_format.value if file_format else None, quality, side_by_side, overwrite, round(max_pixels * 1e6)
    )
    threads = 1 if len(jobs) > 1 else None  # many photos: one a processor; one photo: all processors on it
    done = paint_all(
        jobs,
        out,
        lambda picture: paint_labelled(
            picture, loaded, label=label, working_size=working_size, saturation=saturation, workers=threads
        ),
        output,
    )
    raise typer.Exit(report(done, len(jobs), out, json_lines=json_lines))


def demo(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the results.")] = Path("pincel-demo"),
    model: Annotated[
        str, typer.Option("--model", "-m", help="Name of an embedded model, or an .onnx file.")
    ] = "default",
) -> None:
    """Colour the example photos that come with Pincel and lay them side by side: grey, coloured, original."""
    from pincel.runtime.demo import paint_examples

    sheet = paint_examples(out, model)
    typer.echo(f"The coloured photos are in {out.resolve()}; look at {sheet.resolve()} first.")
