"""`write_explanation`: `index.html`, `explain.json` and a PNG of every figure."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from pincel.explain.classes import ClassChanges
from pincel.explain.explain import ExplainedPicture, Explanation
from pincel.explain.faithfulness import Checks
from pincel.explain.picture_maps import PictureMap
from pincel.explain.report.figures import curves_figure, matrix_figure, ranking_figure
from pincel.explain.report.page import groups_of, render_explanation
from pincel.explain.report.pictures import enlarge
from pincel.explain.report.summary import summarise
from pincel.explain.report.words import findings, headline, notes
from pincel.pages.canvas import LIGHT, png
from pincel.pages.write import command_line, finite, json_text, png_bytes, versions, write_files

__all__ = ["as_json", "write_explanation"]

VERSIONED = ("pincel", "torch", "captum", "numpy", "scikit-image", "matplotlib")


def write_explanation(explanation: Explanation, folder: Path, *, command: str | None = None) -> dict[str, Any]:
    """Write the report, each file whole or not at all.

    Args:
        explanation: from `pincel.explain.explain`.
        folder: made when it does not exist.
        command: that the report says it was made by; this process's own by default.

    Returns:
        What ``explain.json`` holds.

    Raises:
        PincelError: the folder cannot be written.
    """
    content = as_json(explanation, command or command_line())
    files = {"explain.json": json_text(content), "index.html": render_explanation(explanation, content)}
    write_files(folder, files, _figures(explanation))
    return content


def as_json(explanation: Explanation, command: str = "") -> dict[str, Any]:
    """Everything that was found out, as JSON values."""
    explained = explanation.explained
    return {
        "headline": headline(explanation),
        "findings": findings(explanation),
        "notes": notes(explanation),
        "command": command,
        "model": explained.name,
        "task": explained.task.name,
        "classes": explained.classes,
        "methods": explanation.methods,
        "scales": explanation.scales,
        "maps": [asdict(one) for one in summarise(explanation)],
        "pictures": [_picture(picture) for picture in explanation.pictures],
        "class_attribution": _classes(explanation.classes),
        "failed": explanation.failed,
        "versions": versions(VERSIONED),
    }


def _picture(picture: ExplainedPicture) -> dict[str, Any]:
    view, scalar, seen, field = picture.view, picture.scalar, picture.verdicts, picture.field
    return {
        "file": str(view.path),
        "height": view.rgb.shape[0],
        "width": view.rgb.shape[1],
        "label": picture.label,
        "region": asdict(view.region) if view.region else None,
        "scalar": {"name": scalar.name, "title": scalar.title, "unit": scalar.unit, "value": picture.value},
        "subject": {"how": picture.how, "area": float(picture.subject.mean())},
        "maps": [_map(one) for one in picture.maps],
        "labels": {
            p.label: {"ciede2000": p.ciede2000, "shift": list(p.shift), "chroma": p.chroma} for p in picture.paintings
        },
        "receptive_field": {
            "row": field.row,
            "column": field.column,
            "reachable": list(field.theoretical),
            "half_of_the_effect_within": field.half,
            "95_percent_within": field.most,
        }
        if field
        else None,
        "discriminator": {
            "receptive_field": seen.receptive_field,
            "stride": seen.stride,
            "painted_mean": float(seen.painted.mean()),
            "real_mean": None if seen.real is None else float(seen.real.mean()),
            "painted": seen.painted.tolist(),
            "real": None if seen.real is None else seen.real.tolist(),
        }
        if seen
        else None,
    }


def _map(one: PictureMap) -> dict[str, Any]:
    return {
        "method": one.method,
        "title": one.title,
        "scale": one.scale,
        "unit": one.unit,
        "mean": float(one.values.mean()),
        "largest": float(one.values.max()),
        "on_subject": {
            "mass": finite(float(one.share.mass)),
            "area": one.share.area,
            "concentration": finite(float(one.share.concentration)),
        },
        "rank_correlation_with_edges": one.edges,
        "checks": _checks(one.checks),
    }


def _checks(checks: Checks | None) -> dict[str, Any] | None:
    if checks is None:
        return None
    return {
        "deletion": checks.response.deletion.tolist(),
        "insertion": checks.response.insertion.tolist(),
        "random_deletion": checks.chance.deletion.tolist(),
        "random_insertion": checks.chance.insertion.tolist(),
        "gain": checks.response.gain,
        "random_gains": checks.chance_gains,
        "infidelity": None if checks.infidelity is None else finite(float(checks.infidelity)),
        "sensitivity": finite(float(checks.sensitivity)),
        "rank_correlation_untrained": checks.untrained,
        "failures": checks.failures,
    }


def _classes(changes: ClassChanges | None) -> dict[str, Any] | None:
    if changes is None:
        return None
    return {
        "side": changes.side,
        "size": changes.size,
        "pictures": len(changes.keys),
        "counts": dict(zip(changes.classes, changes.counts(), strict=True)),
        "classes": changes.classes,
        "ciede2000_true_by_given": finite(changes.matrix().tolist()),
        "ab_shift_true_by_given": finite(changes.shifts().tolist()),
        "ranking_against_own_label": [asdict(one) for one in changes.influences()],
        "ranking_against_unknown": [asdict(one) for one in changes.influences("unknown")],
        "failed": changes.failed,
    }


def _figures(explanation: Explanation) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for place, picture in enumerate(explanation.pictures, start=1):
        stem = f"{place}-{picture.view.path.stem}"
        found[f"{stem}-painted"] = _png(picture.painted)
        for group in groups_of(explanation, picture):
            found |= {f"{stem}-{name}": _png(rgb) for name, _, _, rgb in group.pictures}
        for number, one in enumerate(one for one in picture.maps if one.checks):
            assert one.checks is not None
            found[f"{stem}-checks-{number + 1}-{one.method}"] = png(curves_figure(one.checks, one.asked_unit, LIGHT))
    if explanation.classes is not None:
        found["class-matrix"] = png(matrix_figure(explanation.classes, LIGHT))
        found["class-ranking"] = png(ranking_figure(explanation.classes, LIGHT))
    return found


def _png(rgb: np.ndarray) -> bytes:
    """uint8 (H, W, 3) as PNG, small ones enlarged."""
    return png_bytes(Image.fromarray(enlarge(rgb)[0]))
