"""`pincel quantize`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pincel.cli.early import check_names

__all__ = ["quantize"]


def quantize(
    model: Annotated[str, typer.Argument(help="Name of a model, .onnx file, or hf:OWNER/NAME.")],
    data: Annotated[
        list[Path],
        typer.Option("--data", "-d", help="Folder of photos, or of pairs, to calibrate with; may be repeated."),
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The .onnx file to write; NAME-int8.onnx by default.")
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(help="A shipped split or a CSV file; the model's own by default. Its test side is left alone."),
    ] = None,
    pictures: Annotated[int, typer.Option(min=1, help="At most so many to calibrate with, evenly spread.")] = 128,
    measured: Annotated[int, typer.Option(min=1, help="At most so many to measure the quality on.")] = 100,
) -> None:
    """Make a model smaller and faster: 8-bit arithmetic, calibrated on your pictures; measured before and after."""
    check_names(models=[model], folders=data, split=split)
    from pincel.cli.progress import counter
    from pincel.export.quantize import quantize as run_quantize

    with counter("quantising") as on_progress:
        result = run_quantize(
            model, data, out, split=split, pictures=pictures, measured=measured, on_progress=on_progress
        )
    facts, mib = result.card.quantization, 2**20
    typer.echo(
        f"{result.path}: {result.size / mib:.2f} MiB, {result.size / result.float32_size:.2f} of the network in float32"
        f" ({result.float32_size / mib:.2f} MiB); calibrated with {facts['calibration_pictures']} pictures."
    )
    for name, title in (("psnr", "PSNR, dB"), ("ciede2000", "CIEDE2000")):
        if f"{name}_float" in facts:
            before, after = facts[f"{name}_float"], facts[f"{name}_int8"]
            typer.echo(
                f"{title}: {before:.2f} -> {after:.2f} ({after - before:+.2f}) on {facts['measured_pictures']} pictures"
            )
    for note in result.notes:
        typer.echo(f"pincel: {note}", err=True)
    for reason in result.skipped.values():
        typer.echo(f"pincel: {reason}", err=True)
    raise typer.Exit(1 if result.skipped else 0)
