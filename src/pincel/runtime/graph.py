"""A model file as a graph that can be changed; needs the package onnx, which painting does without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pincel.errors import ModelError

__all__ = ["read_graph"]


def read_graph(path: Path) -> Any:
    """The whole file, an ``onnx.ModelProto``.

    Raises:
        ModelError: onnx cannot read it, even where onnxruntime can.
    """
    import onnx

    try:
        return onnx.load(path)
    except Exception:  # of protobuf, of onnx, of Python where names are no text
        raise ModelError(f"{path} is not one of Pincel's models: the package onnx cannot read its network") from None
