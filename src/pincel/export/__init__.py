"""From a run to one .onnx file that paints alone: `export_run`."""

from __future__ import annotations

from pincel.export.export import export_run

__all__ = ["export_run"]
