"""What a network looks at, and what its label changes."""

from __future__ import annotations

from pincel.explain.explain import Explanation, explain
from pincel.explain.report.write import write_explanation

__all__ = ["Explanation", "explain", "write_explanation"]
