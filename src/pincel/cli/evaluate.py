"""`pincel evaluate`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from pincel.cli.early import check_names

__all__ = ["evaluate"]


class ProtocolName(StrEnum):
    """How photos are shown to the network."""

    letterbox = "letterbox"
    square = "square"
    photo = "photo"


class Side(StrEnum):
    """Sides of a split."""

    test = "test"
    val = "val"
    train = "train"


def evaluate(
    model: Annotated[str, typer.Argument(help="Name of a model, an .onnx file, or the folder of a run.")],
    data: Annotated[
        list[Path], typer.Option("--data", "-d", help="Folder of colour photos, or of pairs; may be repeated.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the report.")],
    split: Annotated[
        str | None, typer.Option(help="A shipped split or a CSV file; the model's own by default.")
    ] = None,
    side: Annotated[Side, typer.Option(help="Which side of the split.")] = Side.test,
    protocol: Annotated[
        ProtocolName | None,
        typer.Option(
            help="letterbox: the papers' black square, default of colorizers; square: the middle one, default of other "
            "models; photo: the whole picture as the painting commands do."
        ),
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(
            min=16,
            help="Long side in pixels; for colorizers 128 (letterbox) or 256 (photo) by default, else the model's own.",
        ),
    ] = None,
    label: Annotated[
        str,
        typer.Option(
            help="What models with labels are told: own (the class folder), wrong, unknown, auto, or a class."
        ),
    ] = "own",
    other: Annotated[
        list[str] | None, typer.Option("--other", help="A reference model of the same task; may be repeated.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many photos, evenly spread.")] = None,
    allow_trained: Annotated[
        bool, typer.Option("--allow-trained", help="Measure photos that the model was trained on, and say so.")
    ] = False,
    grey_photos: Annotated[
        bool,
        typer.Option("--grey-photos", help="Measure photos without colour too: any paint is an error there."),
    ] = False,
    near_duplicates: Annotated[
        bool,
        typer.Option(
            "--near-duplicates/--no-near-duplicates",
            help="Measure photos that nearly repeat a training photo of a random split.",
        ),
    ] = True,
    set_metrics: Annotated[
        bool,
        typer.Option(
            "--set-metrics/--no-set-metrics",
            help="Frechet and MMD of the whole set in the eyes of Lite1 and Lite0; 25 ms a photo and row.",
        ),
    ] = True,
    inception: Annotated[
        bool,
        typer.Option(
            "--inception/--no-inception",
            help="Inception Score and FID, where the weights of Inception-v3 are found; 250 ms a photo and row.",
        ),
    ] = True,
    inception_weights: Annotated[
        Path | None, typer.Option(help="Inception-v3's weights file; torch's own cache is looked into by default.")
    ] = None,
    write_card: Annotated[
        bool, typer.Option("--write-card", help="Write the figures into the card inside the model file.")
    ] = False,
) -> None:
    """Measure a model against the real pictures and against what it was given, left as it is."""
    from pincel.errors import PincelError

    if write_card and Path(model).is_dir():
        raise PincelError("--write-card needs a model file; export the run first")

    if inception_weights and not (inception and set_metrics):
        raise PincelError("--inception-weights goes with neither --no-inception nor --no-set-metrics; leave one out")

    check_names(models=[model, *(other or [])], folders=data, split=split)
    from pincel.cli.progress import counter
    from pincel.evaluation import evaluate as measure
    from pincel.evaluation import summary_lines, write_report
    from pincel.runtime.model_file import load_model

    with counter("measuring") as on_progress:
        result = measure(
            model,
            data,
            split=split,
            side=side.value,
            protocol=protocol.value if protocol else None,
            size=size,
            label=label,
            others=other or [],
            limit=limit,
            allow_trained=allow_trained,
            grey_photos=grey_photos,
            near_duplicates=near_duplicates,
            set_metrics=set_metrics,
            inception=inception_weights or inception,
            on_progress=on_progress,
        )
    write_report(result, out)
    if write_card:
        from pincel.evaluation.report import as_quality
        from pincel.export.card_file import add_quality

        add_quality(load_model(model).path, as_quality(result))
    for line in summary_lines(result):
        typer.echo(line)
    typer.echo(f"The report is in {out / 'index.html'}, every number in {out / 'metrics.json'}.")
    raise typer.Exit(1 if result.measured.skipped else 0)
