"""The report's HTML page: tables, figures and pictures, all inside one file."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np

from pincel.evaluation.evaluate import Evaluation
from pincel.evaluation.evaluated_tasks import RATIOS, EvaluatedTask
from pincel.evaluation.figures import distribution, gains
from pincel.evaluation.scores import EYES
from pincel.evaluation.sets import SetFigures
from pincel.evaluation.tables import Figure, QualityRow, spreads
from pincel.pages.figures import themed
from pincel.pages.tables import MISSING, number
from pincel.pages.template import fill_page, jpeg_uri
from pincel.runtime.card_facts import saturation_text
from pincel.runtime.sketches import style_text

__all__ = ["render"]


def render(evaluation: Evaluation, content: dict[str, Any]) -> str:
    """The page as text.

    Args:
        evaluation: what was measured.
        content: the same as JSON values (`pincel.evaluation.report.as_json`).
    """
    words = evaluation.task
    metrics, leading = words.metrics, words.metrics[evaluation.leading]
    # the table is wide enough with one ratio, and without what two of its columns tell
    spared = set(RATIOS.values()) - {RATIOS[evaluation.leading]} | {"colourfulness_gap"}
    shown = [name for name in evaluation.figures if name not in spared]
    before, painted = _leading(evaluation, words.baseline), _leading(evaluation, evaluation.candidate)
    return fill_page(
        "pincel.evaluation",
        "report.html.j2",
        content=content,
        evaluation=evaluation,
        words=words,
        leading=leading,
        ratio=metrics[RATIOS[evaluation.leading]],
        class_metric=metrics[words.class_metric],
        groups=[(name, len(list(members))) for name, members in groupby(metrics[name].group for name in shown)],
        metrics={name: metrics[name] for name in shown},
        rows=[_cells(row, words, shown, evaluation.measured.sets) for row in evaluation.rows],
        spread=_spread(evaluation),
        sets=evaluation.measured.sets,
        classes=_classes(evaluation),
        figures=[
            themed(lambda theme, draw=draw: draw(before, painted, theme, words, leading.name), caption)
            for draw, caption in (
                (distribution, f"Distribution of {leading.name}, {words.shown} and painted"),
                (gains, f"{leading.name} painted against {words.shown}, a dot a {words.photo}"),
            )
        ],
        gallery=_gallery(evaluation),
        card=_card(evaluation),
        left_out=_left_out(content["data"]),
        folder_names=[folder.resolve().name for folder in evaluation.folders],
    )


def _cells(row: QualityRow, words: EvaluatedTask, metrics: Sequence[str], sets: SetFigures | None) -> dict[str, Any]:
    cells = []
    for name in metrics:
        metric = words.metrics[name]
        value, small = _figure(row.figures[name], metric.decimals) if name in row.figures else (MISSING, "")
        kind, _, eye = name.partition("_")
        if sets and eye in EYES and not sets.frechet_resamples:
            spread = number(sets.rows[eye][row.name].mmd_std, metric.decimals)
            small = f"n = {sets.n:,}" if kind == "frechet" else f"± {spread}"
        cells.append((metric, value, small))
    return {"name": _row_name(row), "role": row.role, "n": row.n, "cells": cells}


def _row_name(row: QualityRow) -> str:
    return f"{row.name} baseline" if row.role == "baseline" else row.name


def _spread(evaluation: Evaluation) -> dict[str, Any]:
    """PSNR and SSIM as the papers print them, with Inception Score and FID where Inception-v3 has seen the pictures."""
    inception = evaluation.measured.sets.inception if evaluation.measured.sets else {}
    tables = {row.name: spreads(evaluation.measured.pictures, row.name) for row in evaluation.rows}
    metrics = {metric: evaluation.task.metrics[metric] for metric in tables[evaluation.candidate]}
    lines = []
    for row in evaluation.rows:
        cells = []
        for metric, spread in tables[row.name].items():
            mean, std, low, high = (
                number(getattr(spread, name), metrics[metric].decimals) for name in ("mean", "std", "min", "max")
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
    tables, words, leading = evaluation.rows_by_label, evaluation.task, evaluation.leading
    if len(tables) < 2:
        return []
    ratios = {label: rows[-1].figures[RATIOS[leading]] for label, rows in tables.items()}
    low = min(1.0, *(ratio.low for ratio in ratios.values()))
    high = max(1.0, *(ratio.high for ratio in ratios.values()))
    span = (high - low) or 1.0

    def place(value: float) -> float:
        return round(100 * (value - low) / span, 2)

    lines = []
    for label, rows in tables.items():
        ratio, color = ratios[label], rows[-1].figures["colourfulness_ratio"]
        lines.append(
            {
                "label": label,
                "n": rows[0].n,
                "leading": [number(row.figures[leading].value, 2) for row in rows],
                "ratio": _figure(ratio, 3),
                "whisker": {name: place(getattr(ratio, name)) for name in ("low", "value", "high")} | {"one": place(1)},
                "further": number(rows[-1].figures[words.class_metric].value, 2),
                "colourfulness_ratio": _figure(color, 2),
            }
        )
    return lines


def _gallery(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Best, median and worst, each with its pictures."""
    words, leading = evaluation.task, evaluation.leading
    decimals = 1 if leading == "ciede2000" else 2
    kinds = {
        "best": f"Best: closest to {words.near}",
        "median": "Median: what to expect",
        "worst": f"Worst: furthest from {words.near}",
    }
    groups = []
    for kind, title in kinds.items():
        items = [
            {
                "key": item.picture.key,
                "shown_score": number(item.picture.scores[words.baseline][leading], decimals),
                "painted_score": number(item.picture.scores[evaluation.candidate][leading], decimals),
                "pictures": [
                    (words.shown, jpeg_uri(item.shown)),
                    ("painted", jpeg_uri(item.painted)),
                    ("real", jpeg_uri(item.real)),
                ],
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
    card, evaluated = evaluation.card, evaluation.models[0]
    facts = {
        "Name": card.name,
        "Task": card.task,
        "Description": card.description,
        "File": f"{evaluated.source}",
        "SHA-256": evaluated.digest,
        "Classes": ", ".join(card.classes) or "none: the model takes no label",
        "Size": f"{card.parameters / 1e6:.2f} M parameters" if card.parameters else "",
        "Cost": f"{card.macs_128 / 1e9:.3f} G multiply-adds executed for 128 x 128 px" if card.macs_128 else "",
        "Working size": _working_size(evaluation),
        "Saturation": "" if evaluation.task.translates else saturation_text(card),
        "Sketches": style_text(card.sketch) if card.sketch else "",
        "Trained on": f"{card.training_pictures:,} pictures: {card.data}" if card.data else "",
        "Licence of the data": card.data_licence,
        "Split": card.split_digest,
        "Training": _pairs(card.training),
        "Difference to torch": _pairs(card.parity),
        "Made": card.created,
        "Made with": _pairs(card.versions),
    }
    return [(name, value) for name, value in facts.items() if value]


def _working_size(evaluation: Evaluation) -> str:
    card = evaluation.card
    cost = f", {card.macs_working / 1e9:.3f} G multiply-adds for a square of that size" if card.macs_working else ""
    return f"{card.working_size} px long side{cost if evaluation.task.translates else ''}"


def _left_out(data: dict[str, Any]) -> list[str]:
    """What was found and not measured, in words."""
    reasons = {
        "excluded": "set aside by the split (grey photos)",
        "unknown": "unknown to the split",
        "near-duplicate": "nearly repeating a training photo",
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


def _leading(evaluation: Evaluation, name: str) -> np.ndarray:
    return np.array([picture.scores[name][evaluation.leading] for picture in evaluation.measured.pictures])
