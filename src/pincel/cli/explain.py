"""`pincel explain`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pincel.cli.early import check_names

__all__ = ["explain"]


class Side(StrEnum):
    """Sides of a split that were not trained on."""

    val = "val"
    test = "test"


def explain(
    model: Annotated[
        str,
        typer.Option(
            "--model",
            "-m",
            help="A model's name, an .onnx file, or the folder of a run; a quantized file only for occlusion, labels "
            "and classes.",
        ),
    ],
    pictures: Annotated[list[Path] | None, typer.Argument(help="Picture files.", metavar="PICTURE...")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder of the report.")] = None,
    methods: Annotated[
        str,
        typer.Option(
            help="saliency, smoothgrad, integrated, gradcam, occlusion, labels, classes, receptive, discriminator, "
            "separated by commas; by default all that the model allows, classes with --data only."
        ),
    ] = "",
    scalar: Annotated[
        str | None,
        typer.Option(
            help="What is explained: chroma (default), a, b or grey of colorizers; red, green, blue or luminance "
            "(default) of others; margin; verdict."
        ),
    ] = None,
    label: Annotated[
        str | None, typer.Option(help="What the network is told; guessed where it can, otherwise unknown.")
    ] = None,
    between: Annotated[str, typer.Option(help="The two labels of the scalar margin, as flower,car.")] = "",
    region: Annotated[
        str | None, typer.Option(help="x,y,width,height in pixels of the file: the part that is asked about.")
    ] = None,
    layer: Annotated[
        list[str] | None,
        typer.Option("--layer", help="For Grad-CAM, may be repeated; bottleneck and last encoder stage by default."),
    ] = None,
    list_layers: Annotated[bool, typer.Option("--list-layers", help="Print the layers that --layer takes.")] = False,
    size: Annotated[
        int | None, typer.Option(min=16, max=1024, help="Long side in pixels; the model's working size by default.")
    ] = None,
    real: Annotated[
        list[Path] | None,
        typer.Option(
            "--real",
            help="What should have been painted, once for each picture, for the discriminator; of colorizers the "
            "picture itself.",
        ),
    ] = None,
    sample: Annotated[
        int | None,
        typer.Option(min=1, help="Explain so many pictures of the split's side too, told their own labels."),
    ] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Check whether each map can be believed; slow.")] = False,
    data: Annotated[
        list[Path] | None,
        typer.Option("--data", "-d", help="Data set for classes and --sample, may be repeated; a run's by default."),
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="A shipped split or a CSV file; the model's own by default.")
    ] = None,
    side: Annotated[Side, typer.Option(help="Which side of the split for those.")] = Side.val,
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most so many pictures for classes, evenly spread.")
    ] = None,
) -> None:
    """Show what a network looks at, and what its label changes."""
    check_names(models=[model], folders=data, files=pictures, split=split)
    from pincel.cli.progress import counter
    from pincel.errors import PincelError
    from pincel.explain.explain import explain as run_explain
    from pincel.explain.explained import load_explained
    from pincel.explain.gradcam import layers_of
    from pincel.explain.report.words import explanation_lines
    from pincel.explain.report.write import write_explanation

    explained = load_explained(model)
    if list_layers:
        for one in layers_of(explained):
            typer.echo(f"{one.name}  {one.channels} x {one.height} x {one.width}")
        return
    if out is None:
        raise PincelError("the report needs a folder; give -o REPORT")
    with counter("explaining") as on_progress:
        found = run_explain(
            pictures or [],
            explained,
            methods=_listed(methods),
            scalar=scalar,
            label=label,
            between=_listed(between),
            region=region,
            layers=layer or [],
            size=size,
            real=real or [],
            sample=sample,
            verify=verify,
            data=data or [],
            split=split,
            side=side.value,
            limit=limit,
            record=out / "classes.jsonl",
            on_progress=on_progress,
        )
    write_explanation(found, out)
    for line in explanation_lines(found):
        typer.echo(line)
    typer.echo(f"The report is in {out / 'index.html'}, every number in {out / 'explain.json'}.")
    raise typer.Exit(1 if found.failed else 0)


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
