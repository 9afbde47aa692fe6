"""The page of an exploration: findings first, then tables, figures and photos, all inside one file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pincel.data.cache import CACHE_SIDE, GREY_CHROMA
from pincel.data.exploration.explore import Exploration
from pincel.data.exploration.figures import Scale, ab_cells, histogram, lab_hex, spark_path
from pincel.data.exploration.file import LOW_CHROMA, FileFacts
from pincel.data.exploration.pictures import Choice, choose, thumbnails
from pincel.data.exploration.summary import Spread, Summary
from pincel.pages.canvas import Theme
from pincel.pages.figures import themed
from pincel.pages.tables import MISSING, number
from pincel.pages.template import fill_page, jpeg_uri

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["render"]

LISTED = 60  # names in a list; the rest is in dataset.csv
PLANES = 24  # classes with a plane of their own, the largest
SHAPES = {"width": 0, "height": 0, "aspect": 2}  # measure -> decimals


def render(found: Exploration, content: Mapping[str, Any], workers: int | None = None) -> str:
    """The page as text.

    Args:
        found: what was explored.
        content: the same as JSON values (`pincel.data.exploration.table.to_json`), with the command and the versions.
        workers: photos read again at once; the number of processors by default.
    """
    choice = choose(found)
    uris = {index: jpeg_uri(small, 82) for index, small in thumbnails(found, choice.all(), workers).items()}
    scales = _scales(found)
    filled = {name: summary for name, summary in found.by_class.items() if summary.files}
    return fill_page(
        "pincel.data.exploration",
        found=found,
        content=content,
        total=found.total,
        facts=_facts(found),
        classes=[_class(name, summary, found) for name, summary in found.by_class.items()] if len(filled) > 1 else [],
        shown_columns={name for name in ("copies", "unreadable", "mislabelled") if getattr(found.total, name)},
        whole_plane=ab_cells(_whole_plane(found)),
        whole_mean=found.total.mean_lab,
        planes=_planes(found) if len(filled) > 1 else [],
        size_figures=_size_figures(found, scales),
        size_rows=_size_rows(found, scales, filled),
        chroma_figure=_chroma_figure(found),
        grey=[_photo(found, uris, index) for index in choice.grey if index in uris],
        pale=[_photo(found, uris, index) for index in choice.pale if index in uris],
        copies=_listed([(key, f"same bytes as {first}") for key, first in sorted(found.copies.items())]),
        sheets=_sheets(found, choice, uris),
        examples=_examples(found, choice, uris),
        stored=_stored(found.facts),
        unreadable=_listed([(fact.file.key, fact.error) for fact in found.facts if fact.error]),
        mislabelled=_listed([(fact.file.key, f"{fact.format} inside") for fact in found.facts if fact.mislabelled]),
        passed_by=_listed(list(found.surroundings.unlooked_pictures.items())),
        other_files=found.surroundings.other_files,
        limits={"grey": f"{GREY_CHROMA:g}", "pale": f"{LOW_CHROMA:g}", "side": CACHE_SIDE},
    )


def _facts(found: Exploration) -> dict[str, str]:
    total = found.total
    facts = {
        "Photos": f"{total.files:,}",
        "Classes": f"{sum(summary.files > 0 for summary in found.by_class.values()):,}",
        "Different scenes": f"{total.scenes:,}",
        "Smallest and largest": _extremes(found.facts),
        "On disk": _bytes(sum(fact.bytes for fact in found.facts)),
        "Formats": ", ".join(dict(Counter(fact.format or "unknown" for fact in found.facts).most_common())),
    }
    return {name: value for name, value in facts.items() if name != "Classes" or len(found.by_class) > 1}


def _extremes(facts: Sequence[FileFacts]) -> str:
    """Smallest and largest photo by area."""
    shapes = [(fact.width, fact.height) for fact in facts if fact.width and fact.height]
    low, high = (pick(shapes, key=lambda shape: shape[0] * shape[1]) for pick in (min, max))
    return f"{low[0]} × {low[1]} to {high[0]} × {high[1]} px"


def _class(name: str, summary: Summary, found: Exploration) -> dict[str, Any]:
    largest = max(other.files for other in found.by_class.values())
    light, a, b = summary.mean_lab or (0.0, 0.0, 0.0)
    return {
        "name": name,
        "summary": summary,
        "bar": round(100 * summary.files / largest, 2),
        "share": f"{summary.files / found.total.files:.1%}",
        "swatch": lab_hex(light, a, b) if summary.mean_lab else "",
        "lab": [number(value, 0) for value in (light, a, b)] if summary.mean_lab else [],
    }


def _whole_plane(found: Exploration) -> np.ndarray:
    """The ab plane of the whole set: every photo weighs the same."""
    parts = [plane * found.by_class[name].readable for name, plane in found.ab_planes.items()]
    return np.sum(parts, axis=0) / found.total.readable


def _planes(found: Exploration) -> list[dict[str, Any]]:
    """One plane a class, of the largest classes, in order of the name."""
    largest = sorted(found.ab_planes, key=lambda name: -found.by_class[name].files)[:PLANES]
    return [
        {"name": name, "cells": ab_cells(found.ab_planes[name]), "mean": found.by_class[name].mean_lab}
        for name in sorted(largest)
    ]


def _scales(found: Exploration) -> dict[str, Scale]:
    values = {measure: _values(found.facts, measure) for measure in SHAPES}
    return {measure: Scale.of(values[measure], log=True if measure == "aspect" else None) for measure in SHAPES}


def _values(facts: Sequence[FileFacts], measure: str) -> list[float]:
    return [getattr(fact, measure) for fact in facts if not fact.error]


def _size_figures(found: Exploration, scales: dict[str, Scale]) -> list[dict[str, str]]:
    labels = {"width": "width, px", "height": "height, px", "aspect": "width : height"}

    def drawn(measure: str, label: str) -> dict[str, str]:
        values, ratio = _values(found.facts, measure), measure == "aspect"
        return themed(
            lambda theme: histogram(values, scales[measure], theme, label=label, ratio=ratio),
            f"Distribution of {label}",
        )

    return [drawn(measure, label) for measure, label in labels.items()]


def _chroma_figure(found: Exploration) -> dict[str, str]:
    values = [fact.high_chroma or 0.0 for fact in found.facts if not fact.error]
    scale = Scale(np.arange(0, max(60.0, *values) + 2.5, 2.5), log=False)
    label = "strongest chroma of a photo, Lab units"

    def draw(theme: Theme) -> Figure:
        zones = {
            "grey": (GREY_CHROMA, theme.ink),
            "hardly any colour": (LOW_CHROMA, theme.grey),
            "colour": (np.inf, theme.candidate),
        }
        return histogram(values, scale, theme, label=label, zones=zones, size=(7.4, 2.6))

    return themed(draw, "Distribution of chroma")


def _size_rows(found: Exploration, scales: dict[str, Scale], classes: dict[str, Summary]) -> list[dict[str, Any]]:
    """The whole set, then each class: a small histogram and the figures of each measure."""
    facts_of: dict[str, list[FileFacts]] = {name: [] for name in classes}
    for fact, name in zip(found.facts, found.classes, strict=True):
        facts_of[name].append(fact)
    parts = [("all", found.total, found.facts)]
    if len(classes) > 1:
        parts += [(name, summary, facts_of[name]) for name, summary in classes.items()]
    return [
        {
            "name": name,
            "cells": [
                {"path": spark_path(_values(facts, measure), scales[measure])}
                | _spread(getattr(summary, measure), SHAPES[measure])
                for measure in SHAPES
            ],
        }
        for name, summary, facts in parts
    ]


def _spread(spread: Spread | None, decimals: int) -> dict[str, str]:
    if spread is None:
        return {"mean": MISSING, "std": MISSING, "min": MISSING, "max": MISSING}
    return {name: number(getattr(spread, name), decimals) for name in ("mean", "std", "min", "max")}


def _photo(found: Exploration, uris: dict[int, str], index: int) -> dict[str, str]:
    fact = found.facts[index]
    return {"uri": uris[index], "key": fact.file.key, "chroma": number(fact.high_chroma, 1)}


def _sheets(found: Exploration, choice: Choice, uris: dict[int, str]) -> dict[str, list[dict[str, Any]]]:
    return {
        title: [
            {
                "classes": ", ".join(sheet.classes),
                "count": sheet.count,
                "photos": [_photo(found, uris, index) for index in sheet.shown if index in uris],
                "more": sheet.count - len(sheet.shown),
            }
            for sheet in sheets
        ]
        for title, sheets in choice.sheets.items()
    }


def _examples(found: Exploration, choice: Choice, uris: dict[int, str]) -> list[dict[str, Any]]:
    return [
        {"name": name, "photos": [_photo(found, uris, index) for index in shown if index in uris]}
        for name, shown in choice.examples.items()
    ]


def _stored(facts: Sequence[FileFacts]) -> list[dict[str, Any]]:
    """One line for every way in which files are stored, the most frequent first."""
    kinds: dict[tuple[str, str, str], list[int]] = {}
    for fact in facts:
        kinds.setdefault((fact.format or "unknown", fact.mode or MISSING, fact.suffix), []).append(fact.bytes)
    lines = []
    for (file_format, mode, suffix), sizes in sorted(kinds.items(), key=lambda kind: -len(kind[1])):
        spread = [_bytes(size) for size in (min(sizes), sum(sizes) / len(sizes), max(sizes))]
        lines.append(
            {"names": (file_format, mode, suffix), "count": len(sizes), "bytes": [*spread, _bytes(sum(sizes))]}
        )
    return lines


def _listed(rows: list[tuple[str, str]]) -> dict[str, Any]:
    return {"rows": rows[:LISTED], "count": len(rows), "more": max(0, len(rows) - LISTED)}


def _bytes(count: float) -> str:
    """A size of a file for readers.

    >>> _bytes(999), _bytes(7915), _bytes(54_600_000)
    ('999 B', '7.7 KiB', '52.1 MiB')
    """
    size = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} TiB"
