"""How good a model is, measured on photos it never saw, and the report that says so.

``evaluate``: the whole of it. ``contestants``: the models that take part. ``selection``: which pictures.
``protocols``: how a picture is shown. ``scores``: the figures of one picture. ``sets``: figures that only a whole set
has. ``tables``: figures of many, with intervals. ``gallery``: pictures to look at. ``headline``: the result in words.
``report``: `metrics.json` and one HTML page.
"""

from __future__ import annotations

from pincel.evaluation.evaluate import Evaluation, evaluate
from pincel.evaluation.headline import summary_lines
from pincel.evaluation.report import write_report

__all__ = ["Evaluation", "evaluate", "summary_lines", "write_report"]
