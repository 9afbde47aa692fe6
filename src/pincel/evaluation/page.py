"""The report's HTML page: tables, figures and pictures, all inside one file."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from importlib import resources
from itertools import groupby
from typing import Any

import numpy as np
from PIL import Image

from pincel.evaluation.canvas import DARK, LIGHT
from pincel.evaluation.contestants import GREY
from pincel.evaluation.evaluate import Evaluation
from pincel.evaluation.figures import distribution, gains
from pincel.evaluation.scores import METRICS
from pincel.evaluation.sets import SetFigures
from pincel.evaluation.tables import Figure, QualityRow, spreads

__all__ = ["number", "render"]

MISSING = "–"


def render(evaluation: Evaluation, content: dict[str, Any]) -> str:
    """The page as text.

    Args:
        evaluation: what was measured.
        content: the same as JSON values (`pincel.evaluation.report.as_json`).
    """
    from jinja2 import Environment, StrictUndefined
    from markupsafe import Markup

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    folder = resources.files("pincel.evaluation")
    template = environment.from_string((folder / "report.html.j2").read_text("utf-8"))
    shown = [name for name in METRICS if name in evaluation.rows[0].figures]
    grey, painted = _ciede2000(evaluation, GREY), _ciede2000(evaluation, evaluation.candidate)
    return template.render(
        style=Markup((folder / "style.css").read_text("utf-8")),
        content=content,
        evaluation=evaluation,
        groups=[(name, len(list(members))) for name, members in groupby(METRICS[name].group for name in shown)],
        metrics={name: METRICS[name] for name in shown},
        rows=[_cells(row, shown, evaluation.measured.sets) for row in evaluation.rows],
        spread=_spread(evaluation),
        sets=evaluation.measured.sets,
        classes=_classes(evaluation),
        figures=[
            {
                name: _data_uri(draw(grey, painted, theme), "svg+xml")
                for name, theme in (("light", LIGHT), ("dark", DARK))
            }
            for draw in (distribution, gains)
        ],
        gallery=_gallery(evaluation),
        card=_card(evaluation),
        left_out=_left_out(content["data"]),
        folder_names=[folder.resolve().name for folder in evaluation.folders],
    )


def number(value: float | None, decimals: int) -> str:
    """A figure for readers: fixed decimals, a real minus sign, a dash for what is undefined.

    >>> number(-1.25, 1)
    '−1.2'
    """
    if value is None or not np.isfinite(value):
        return MISSING
    text = f"{value:.{decimals}f}"
    return text.removeprefix("-") if float(text) == 0 else text.replace("-", "−")


def _cells(row: QualityRow, metrics: Sequence[str], sets: SetFigures | None) -> dict[str, Any]:
    cells = []
    for metric in metrics:
        value, small = _figure(row.figures[metric], METRICS[metric].decimals)
        if sets and metric == "frechet_lite0":
            small = f"n = {sets.n:,}"
        if sets and metric == "mmd_lite0":
            small = f"± {number(sets.rows[row.name].mmd_lite0_std, METRICS[metric].decimals)}"
        cells.append((METRICS[metric], value, small))
    return {"name": _row_name(row), "role": row.role, "n": row.n, "cells": cells}


def _row_name(row: QualityRow) -> str:
    return "grey baseline" if row.role == "baseline" else row.name


def _spread(evaluation: Evaluation) -> dict[str, Any]:
    """PSNR and SSIM as the papers print them, with Inception Score and FID where Inception-v3 has seen the pictures."""
    inception = evaluation.measured.sets.inception if evaluation.measured.sets else {}
    tables = {row.name: spreads(evaluation.measured.pictures, row.name) for row in evaluation.rows}
    metrics = {metric: METRICS[metric] for metric in tables[GREY]}
    lines = []
    for row in evaluation.rows:
        cells = []
        for metric, spread in tables[row.name].items():
            mean, std, low, high = (
                number(getattr(spread, name), METRICS[metric].decimals) for name in ("mean", "std", "min", "max")
            )
            cells.append((metrics[metric].name, f"{mean} ± {std}", f"{low}\u2009–\u2009{high}"))
        if figures := inception.get(row.name):
            cells.append(("Inception Score", f"{number(figures.score, 2)} ± {number(figures.score_std, 2)}", ""))
            cells.append(("FID", number(figures.fid, 2), ""))
        lines.append({"name": _row_name(row), "role": row.role, "cells": cells})
    groups = [(name, len(list(members))) for name, members in groupby(metric.group for metric in metrics.values())]
    titles = [metric.title for metric in metrics.values()]
    if inception:
        groups.append(("Inception-v3", 2))
        titles += ["Inception Score", "FID"]
    return {"groups": groups, "titles": titles, "lines": lines}


def _figure(figure: Figure, decimals: int) -> tuple[str, str]:
    """Value and interval; no interval where it is a single number."""
    low, high = number(figure.low, decimals), number(figure.high, decimals)
    return number(figure.value, decimals), "" if low == high else f"{low}\u2009–\u2009{high}"


def _classes(evaluation: Evaluation) -> list[dict[str, Any]]:
    """One line a class; nothing when there is one class only."""
    tables = evaluation.rows_by_label
    if len(tables) < 2:
        return []
    ratios = {label: rows[-1].figures["ciede2000_ratio"] for label, rows in tables.items()}
    low = min(1.0, *(ratio.low for ratio in ratios.values()))
    high = max(1.0, *(ratio.high for ratio in ratios.values()))
    span = (high - low) or 1.0

    def place(value: float) -> float:
        return round(100 * (value - low) / span, 2)

    lines = []
    for label, rows in tables.items():
        ratio, colour = ratios[label], rows[-1].figures["colourfulness_ratio"]
        lines.append(
            {
                "label": label,
                "n": rows[0].n,
                "ciede2000": [number(row.figures["ciede2000"].value, 2) for row in rows],
                "ratio": _figure(ratio, 3),
                "whisker": {name: place(getattr(ratio, name)) for name in ("low", "value", "high")} | {"one": place(1)},
                "psnr": number(rows[-1].figures["psnr"].value, 2),
                "ssim": number(rows[-1].figures["ssim"].value, 4),
                "ab_psnr": number(rows[-1].figures["ab_psnr"].value, 2),
                "colourfulness_ratio": _figure(colour, 2),
            }
        )
    return lines


def _gallery(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Best, median and worst, each with its pictures."""
    kinds = {
        "best": "Best: closest to the real colours",
        "median": "Median: what to expect",
        "worst": "Worst: furthest from the real colours",
    }
    groups = []
    for kind, title in kinds.items():
        items = [
            {
                "key": item.picture.key,
                "grey_score": number(item.picture.scores[GREY]["ciede2000"], 1),
                "painted_score": number(item.picture.scores[evaluation.candidate]["ciede2000"], 1),
                "pictures": [(name, _picture_uri(getattr(item, name))) for name in ("grey", "painted", "real")],
                "height": item.real.shape[0],
                "width": item.real.shape[1],
            }
            for item in evaluation.gallery
            if item.kind == kind
        ]
        if items:
            groups.append({"title": title, "items": items})
    return groups


def _card(evaluation: Evaluation) -> list[tuple[str, str]]:
    card, contestant = evaluation.card, evaluation.contestants[0]
    facts = {
        "Name": card.name,
        "Task": card.task,
        "Description": card.description,
        "File": f"{contestant.source}",
        "SHA-256": contestant.digest,
        "Classes": ", ".join(card.classes) or "none: the model takes no label",
        "Size": f"{card.parameters / 1e6:.2f} M parameters" if card.parameters else "",
        "Cost": f"{card.macs_128 / 1e9:.3f} G multiply-adds executed for 128 x 128 px" if card.macs_128 else "",
        "Working size": f"{card.working_size} px long side",
        "Saturation": f"{card.saturation:g}",
        "Trained on": f"{card.training_pictures:,} pictures: {card.data}" if card.data else "",
        "Licence of the data": card.data_licence,
        "Split": card.split_digest,
        "Training": _pairs(card.training),
        "Difference to torch": _pairs(card.parity),
        "Made": card.created,
        "Made with": _pairs(card.versions),
    }
    return [(name, value) for name, value in facts.items() if value]


def _left_out(data: dict[str, Any]) -> list[str]:
    """What was found and not measured, in words."""
    reasons = {
        "excluded": "set aside by the split (grey photos)",
        "unknown": "unknown to the split",
        "limit": "beyond the limit",
    }
    counts = {reasons.get(reason, f"on the {reason} side"): count for reason, count in data["left_out"].items()}
    counts["grey: no real colours to compare with"] = len(data["grey_photos"])
    counts["could not be read or compared"] = len(data["not_measured"])
    return [f"{count:,} {reason}" for reason, count in counts.items() if count]


def _pairs(values: dict[str, Any]) -> str:
    return ", ".join(
        f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}" for name, value in values.items()
    )


def _ciede2000(evaluation: Evaluation, name: str) -> np.ndarray:
    return np.array([picture.scores[name]["ciede2000"] for picture in evaluation.measured.pictures])


def _picture_uri(rgb: np.ndarray) -> str:
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "JPEG", quality=93, subsampling=0)
    return _data_uri(buffer.getvalue(), "jpeg")


def _data_uri(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
