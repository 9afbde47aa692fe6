"""From a run to one .onnx file that paints alone: `export_run`; and what it costs to paint with it: `cost`."""

from __future__ import annotations

from pincel.export.export import export_run

__all__ = ["export_run"]
