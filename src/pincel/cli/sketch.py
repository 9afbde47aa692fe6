"""`pincel sketch`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pincel.cli.options import OVERWRITE, Out, OutputOptions, with_options
from pincel.options import option

if TYPE_CHECKING:
    from pincel.imaging.edges import EdgeFunction

__all__ = ["EdgeSize", "Method", "StyleSettings", "Weights", "edges_of", "sketch"]


class Method(StrEnum):
    """How sketches can be drawn."""

    canny = "canny"
    xdog = "xdog"
    hed = "hed"


EdgeSize = Annotated[
    int, typer.Option("--size", min=0, help="Long side in pixels at which edges are looked for; 0: the photo's own.")
]
StyleSettings = Annotated[
    list[str] | None,
    typer.Option(
        "--style", "-s", help="A parameter of the method, as sigma=1.4; may be repeated.", metavar="KEY=VALUE"
    ),
]
Weights = Annotated[Path | None, typer.Option(help="HED's weights, a .safetensors file; for hed.")]


@dataclass(frozen=True, kw_only=True)
class SketchOptions(OutputOptions):
    """Sketches have a format of their own."""

    format: Literal["jpeg", "png", "tiff", "webp", "bmp"] = option("png", "File format of the sketches.")


@with_options(SketchOptions, OVERWRITE)
def sketch(
    photos: Annotated[list[str], typer.Argument(help="Photos, folders of photos, or globs.", metavar="PHOTO...")],
    out: Out = Path("sketches"),
    method: Annotated[
        Method, typer.Option(help="Outlines (canny), brush and ink (xdog), or a network's edges (hed).")
    ] = Method.canny,
    size: EdgeSize = 256,
    style: StyleSettings = None,
    weights: Weights = None,
    *,
    options: SketchOptions,
) -> None:
    """Draw sketches of photos: dark lines on white, of the photo's size."""
    from pincel.cli.progress import report
    from pincel.imaging.edges import style_of
    from pincel.runtime.jobs import find_jobs
    from pincel.runtime.sketches import sketch_all

    drawn = style_of(method.value, style or [])
    found = find_jobs(photos, out, options.pages)
    made_with = {"style": drawn.model_dump(), "size": size, "pages": options.pages}
    results = sketch_all(
        found.jobs,
        out,
        drawn,
        size=size or None,
        edge_function=edges_of(method.value, weights),
        output=replace(options.output(), made_with=made_with),
    )
    raise typer.Exit(report(results, found, out, json_lines=options.json, doing="drawing", word="drawn"))


def edges_of(method: str, weights: Path | None) -> EdgeFunction | None:
    """HED with its weights; None for other methods. Torch is imported for it alone."""
    from pincel.errors import PincelError

    if method != "hed":
        if weights:
            raise PincelError(f"--weights are for the method hed, not {method}")
        return None
    if weights is None:
        raise PincelError(
            "the method hed needs the weights of its network: --weights hed_vgg16.safetensors; canny and xdog need none"
        )
    from pincel.training.hed_edges import hed_edges

    return hed_edges(weights)
