"""`pincel evaluate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["evaluate"]


def evaluate(
    model: Annotated[str, typer.Argument(help="Name of a model, an .onnx file, or the folder of a run.")],
    data: Annotated[list[Path], typer.Option("--data", "-d", help="Folder of colour photos; may be repeated.")],
) -> None:
    """Measure a model against real colour photos and the grey baseline."""
    raise NotImplementedError
